"""The container image's recipe: what can be said of it without building it."""

import re
from pathlib import Path

import helm_python as helm

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "deploy/Dockerfile").read_text()
IGNORED = (ROOT / "deploy/Dockerfile.dockerignore").read_text().splitlines()


def instructions() -> list[tuple[str, str]]:
    """Instructions with their arguments, continuation lines joined, comments left out."""
    text = re.sub(r"(?m)^\s*#.*\n", "", DOCKERFILE).replace("\\\n", " ")
    return [
        (line.split(maxsplit=1)[0].upper(), " ".join(line.split()[1:]))
        for line in text.splitlines()
        if line.strip()
    ]


def last_stage() -> list[tuple[str, str]]:
    whole = instructions()
    start = max(number for number, (word, _) in enumerate(whole) if word == "FROM")
    return whole[start:]


def environment() -> dict[str, str]:
    return dict(
        pair.split("=", 1) for word, rest in last_stage() if word == "ENV" for pair in rest.split()
    )


def test_base_images_are_plain_names_that_can_be_replaced() -> None:
    given = dict(rest.split("=") for word, rest in instructions() if word == "ARG")
    assert given == {"PYTHON_IMAGE": "python:3.11-slim", "NODE_IMAGE": "node:20-slim"}
    # No registry in a name: where images come from is the builder's business.
    assert not any("/" in image or image.endswith(":latest") for image in given.values())
    bases = [rest.split()[0] for word, rest in instructions() if word == "FROM"]
    assert bases == ["${NODE_IMAGE}", "${PYTHON_IMAGE}", "${PYTHON_IMAGE}"]
    # A syntax line would fetch a front end from a registry.
    assert "syntax=" not in DOCKERFILE


def test_runs_as_a_numbered_user_without_root() -> None:
    users = [rest for word, rest in last_stage() if word == "USER"]
    assert users == ["10001:10001"]
    values = helm.values_from_yaml((ROOT / "deploy/helm/veche/values.yaml").read_text())
    assert values["podSecurity"] == {"runAsUser": 10001, "runAsGroup": 10001, "fsGroup": 10001}
    after = last_stage()[last_stage().index(("USER", "10001:10001")) :]
    assert not any(word in {"COPY", "ADD"} for word, _ in after)


def test_entry_is_the_command_and_roles_are_its_arguments() -> None:
    assert ("ENTRYPOINT", '["veche"]') in last_stage()
    assert ("CMD", '["web"]') in last_stage()
    assert ("EXPOSE", "8000") in last_stage()


def test_image_and_chart_agree_on_folders() -> None:
    helpers = (ROOT / "deploy/helm/veche/templates/_helpers.tpl").read_text()
    for name in ("VECHE_ASSETS", "VECHE_TENANTS"):
        assert f"{name}: {environment()[name]}\n" in helpers
    copied = [rest.split()[-1] for word, rest in last_stage() if word == "COPY"]
    assert environment()["VECHE_ASSETS"] in copied
    assert environment()["VECHE_TENANTS"] in copied


def test_production_is_the_image_s_mode() -> None:
    assert environment()["VECHE_MODE"] == "production"
    assert "demo" not in DOCKERFILE.lower()
    assert not re.search(r"VECHE_\w*(URL|KEY)", DOCKERFILE)


def test_locked_dependencies_only() -> None:
    runs = " ".join(rest for word, rest in instructions() if word == "RUN")
    assert "npm ci" in runs
    assert "npm install" not in runs
    assert "pip install --requirement requirements.lock" in runs
    assert "pip install --no-deps ." in runs


def test_build_context_is_a_list_of_what_goes_in() -> None:
    rules = [line for line in IGNORED if line and not line.startswith("#")]
    assert rules[0] == "*"
    allowed = {line[1:] for line in rules if line.startswith("!")}
    copied = {
        source
        for word, rest in instructions()
        if word == "COPY" and "--from" not in rest
        for source in rest.split()[:-1]
    }
    assert allowed == copied
    assert not allowed & {".git", ".veche", ".venv", "tests", "build", "node_modules"}
    # Exclusions come last, so nothing above takes them back.
    last_allowed = max(number for number, line in enumerate(rules) if line.startswith("!"))
    assert {"**/.env", "**/*.key", "**/*.pem"} <= set(rules[last_allowed:])
