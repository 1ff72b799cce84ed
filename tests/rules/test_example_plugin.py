"""The example distribution, installed as anybody would install it: a city adopts the rule, and the
refusal names its clause."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "tests" / "example_plugin"
ASK = """
import json, sys
from datetime import date
from pathlib import Path
from core.features.polls.decisions import MAY_OPEN, OpenFacts
from core.rules import Catalogue, Regulation, decide
from core.rules.explain import as_data
from core.rules.findings import check_regulation
from core.rules.written import read_acts, read_procedure

city = Path(sys.argv[1])
procedure, entries = read_procedure("polls", (city / "polls.toml").read_text("utf-8"))
terms, more = read_procedure("polls", '''
feature = "polls"
title = { ru = "Порядок", en = "Procedure" }
[[poll_terms.minimum_days]]
from = 2026-01-01
value = 14
clause = "п. 1"
act = "quiet-2026"
[[poll_terms.maximum_days]]
from = 2026-01-01
value = 45
clause = "п. 1"
act = "quiet-2026"
''')
regulation = Regulation(
    1, read_acts((city / "acts.toml").read_text("utf-8")), [procedure], entries + more
)
catalogue = Catalogue.installed()
decisions = [
    decide(
        MAY_OPEN,
        OpenFacts(on=on, duration_days=21),
        regulation=regulation,
        procedure="polls",
        catalogue=catalogue,
    )
    for on in (date(2026, 9, 9), date(2026, 9, 10))
]
print(json.dumps({
    "modules": sorted({module.key for module in catalogue.modules}),
    "home": sys.modules["veche_quiet_days"].__file__,
    "findings": len(check_regulation(regulation, catalogue)),
    "decisions": [as_data(decision, "ru") for decision in decisions],
}))
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The distribution, built from a copy and installed into a folder of its own."""
    folder = tmp_path_factory.mktemp("example")
    source = folder / "source"
    shutil.copytree(EXAMPLE, source, ignore=shutil.ignore_patterns("__pycache__"))
    target = folder / "site"
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run(
        [*command, "--no-build-isolation", "--target", str(target), str(source)],
        check=True,
        cwd=folder,
    )
    return target


@pytest.fixture(scope="module")
def answer(installed: Path) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-c", ASK, str(EXAMPLE / "city")],
        check=True,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{installed}{os.pathsep}{ROOT}", "PYTHONUTF8": "1"},
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_is_found_beside_the_modules_of_the_product(
    answer: dict[str, Any], installed: Path
) -> None:
    assert {"quiet_days", "poll_terms"} <= set(answer["modules"])
    assert answer["home"].startswith(str(installed))


def test_a_city_adopts_it_without_findings(answer: dict[str, Any]) -> None:
    assert answer["findings"] == 0


def test_before_the_quiet_days_it_is_silent_and_the_others_decide(answer: dict[str, Any]) -> None:
    before = answer["decisions"][0]
    assert before["value"] is True
    assert {reason["module"] for reason in before["reasons"]} == {"poll_terms"}


def test_in_the_quiet_days_it_refuses_with_its_clause(answer: dict[str, Any]) -> None:
    refused = answer["decisions"][1]
    assert refused["value"] is False
    (reason,) = refused["reasons"]
    assert reason["text"] == (
        "С 10 сентября 2026 и до дня выборов (20 сентября 2026) новые опросы не открываются."
    )
    assert reason["next_step"] == "Выберите дату начала после 20 сентября 2026."
    assert [clause["number"] for clause in reason["clauses"]] == ["п. 2", "п. 3"]
    assert reason["clauses"][0]["act_title"] == "Решение о днях тишины"
