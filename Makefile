# What a developer does, one word each; `make` alone lists them. The product itself is `veche`.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

VENV := .venv
BIN := $(VENV)/bin
PY := $(BIN)/python
JOBS ?= 2
TESTS ?= tests
PORT ?= 8000

.PHONY: help
help: ## List these commands
	@echo "Veche. Usage: make <command>"; echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# --- Set-up: each step leaves a stamp, so that a second run has nothing to do. ---

.PHONY: setup
setup: $(VENV)/.complete build/assets/manifest.json ## Make the environment and the assets

# PYTHON=… chooses another one; it must be 3.11 or newer and able to make virtual environments.
$(VENV)/.python:
	@for python in $(PYTHON) python3.13 python3.12 python3.11 python3; do \
	  command -v $$python > /dev/null 2>&1 || continue; \
	  $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' || continue; \
	  if ! $$python -c 'import venv, ensurepip' 2> /dev/null; then \
	    echo "$$python cannot make virtual environments. On Debian: apt install python3-venv"; exit 1; \
	  fi; \
	  echo "Making $(VENV) with $$($$python --version)"; \
	  $$python -m venv $(VENV) && touch $@ && exit 0; exit 1; \
	done; \
	test -e $@ || { echo "Python 3.11 or newer is needed. On Debian: apt install python3 python3-venv"; exit 1; }

$(VENV)/.complete: $(VENV)/.python requirements.lock requirements-dev.lock pyproject.toml
	@echo "Installing Python packages"
	@$(PY) -m pip install --quiet --disable-pip-version-check --requirement requirements-dev.lock
	@$(PY) -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

node_modules/.complete: package.json package-lock.json
	@command -v npm > /dev/null 2>&1 || { \
	  echo "Node.js 18 or newer with npm is needed for styles and scripts. On Debian: apt install nodejs npm"; exit 1; }
	@echo "Installing Node packages"
	@npm ci --silent
	@touch $@

build/assets/manifest.json: node_modules/.complete $(shell find core/web/static -type f 2> /dev/null)
	@npm run --silent build
	@touch $@

.PHONY: assets
assets: build/assets/manifest.json ## Build styles, scripts, fonts and icons

# --- Every day. ---

.PHONY: demo
demo: setup ## Start everything here with four cities and a year of data (PORT=8000)
	@$(BIN)/veche demo --port $(PORT)

.PHONY: test
test: setup ## Run all tests, browser journeys included (TESTS=…, JOBS=2)
	@CHROMIUM="$$($(PY) -m tests.support.chromium)" $(PY) -m pytest -n $(JOBS) $(TESTS)

.PHONY: check
check: setup ## Format, lint, types, imports, municipalities, generated docs, translations
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/veche tenants check --all
	@$(BIN)/veche rules docs --check
	@$(PY) -m pytest --quiet --no-header tests/web/test_i18n.py
	@$(BIN)/djlint core --lint --quiet
	@npm run --silent check
	@echo "All checks passed."

.PHONY: fix
fix: setup ## Mend what can be mended by itself: format, imports, generated docs
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .
	@$(BIN)/veche rules docs

.PHONY: bench
bench: setup ## Measure votes and pages through HTTP beside pgbench on the same server
	@$(PY) -m bench

# --- Now and then. ---

.PHONY: messages
messages: setup ## Bring new words of the pages into the English catalogue
	@mkdir -p build
	@$(BIN)/pybabel -q extract -F core/web/babel.cfg --no-location --sort-output -o build/messages.pot core
	@$(BIN)/pybabel -q update -i build/messages.pot -o core/web/locale/en.po -l en \
	  --ignore-obsolete --ignore-pot-creation-date --width=100
	@echo "Translate what is empty or fuzzy in core/web/locale/en.po; \`make check\` names it."

.PHONY: lock
lock: ## Choose newest allowed versions anew and pin them (requirements*.lock)
	@rm -rf build/lock
	@$$(test -x $(PY) && echo $(PY) || echo python3) -m venv build/lock
	@build/lock/bin/pip install --quiet --disable-pip-version-check .
	@{ echo "# What the application runs on. Made by \`make lock\`."; \
	   build/lock/bin/pip freeze --exclude veche; } > build/lock/runtime
	@build/lock/bin/pip install --quiet --disable-pip-version-check '.[embedded,chart,test,check]'
	@{ echo "# Demo, tests and checks, on top of the application. Made by \`make lock\`."; \
	   echo "--requirement requirements.lock"; \
	   build/lock/bin/pip freeze --all --exclude veche --exclude pip | grep -vxFf build/lock/runtime; } > build/lock/dev
	@mv build/lock/runtime requirements.lock
	@mv build/lock/dev requirements-dev.lock
	@rm -rf build/lib build/bdist.*
	@rm -rf build/lock
	@wc -l requirements.lock requirements-dev.lock

.PHONY: clean
clean: ## Remove what was built and cached; environment and demo data stay
	rm -rf build .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis *.egg-info
	find . -name __pycache__ -not -path './$(VENV)/*' -not -path './node_modules/*' -prune -exec rm -rf {} +
