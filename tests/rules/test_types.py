"""The type checker refuses what does not fit a decision point, before anything runs."""

from pathlib import Path

import pytest
from mypy import api

ROOT = Path(__file__).parents[2]
HEAD = """
from datetime import date
from core.kit.text import Text
from core.rules import *
from core.rules import AnyModule, Catalogue, Opinion, Verdict
from core.features.polls.decisions import *
from core.features.polls.decisions import OpenFacts, PollFacts
from core.kit.level import Level

class Mine(Params, frozen=True):
    pass

class Foreign(Params, frozen=True):
    pass

T = Text(ru="", en="")

def module(*answers: object) -> None: ...
def may_open(facts: OpenFacts, rule: Mine) -> Opinion[Verdict] | None:
    return permit()
def quorum(facts: PollFacts, rule: Mine) -> Opinion[int] | None:
    return value_of(300, rests_on=["x"])
def level(facts: PollFacts, rule: Mine) -> Opinion[Level]:
    return value_of(Level.NONE, rests_on=["x"])
def foreign(facts: OpenFacts, rule: Foreign) -> Opinion[Verdict]:
    return permit()
LAW, KNOWN, DAY = Regulation(), Catalogue.of([], []), date(2024, 1, 1)
"""
RIGHT = """
RuleModule(key="x", label=T, about=T, params=Mine, answers=(
    Answer(MAY_OPEN, may_open), Answer(QUORUM, quorum), Answer(QUORUM_LEVEL, level)))
allowed: bool = decide(MAY_OPEN, OpenFacts(on=DAY, duration_days=1),
    regulation=LAW, procedure="polls", catalogue=KNOWN).value
number: int | None = decide(QUORUM, PollFacts(on=DAY),
    regulation=LAW, procedure="polls", catalogue=KNOWN).value
chosen: Level = decide(QUORUM_LEVEL, PollFacts(on=DAY),
    regulation=LAW, procedure="polls", catalogue=KNOWN).value
"""
WRONG = {
    "facts of another point in an answer": "Answer(MAY_EXTEND, may_open)",
    "a number where a permission is asked": "Answer(MAY_REVOTE, quorum)",
    "a permission where a number is asked": (
        "def f(facts: PollFacts, rule: Mine) -> Opinion[Verdict]: return permit()\n"
        "Answer(QUORUM, f)"
    ),
    "another set of options": "Answer(QUORUM_MISSED, level)",
    "the parameters of another module": (
        'RuleModule(key="x", label=T, about=T, params=Mine, answers=(Answer(MAY_OPEN, foreign),))'
    ),
    "facts of another point in a decision": (
        "decide(MAY_OPEN, PollFacts(on=DAY), regulation=LAW, procedure='p', catalogue=KNOWN)"
    ),
    "a number that may be absent": (
        "n: int = decide(QUORUM, PollFacts(on=DAY),"
        " regulation=LAW, procedure='p', catalogue=KNOWN).value"
    ),
    "a refusal without a next step": 'refuse(T, rests_on=["x"])',
    "a value that rests on nothing": "value_of(3)",
    "changing a fact": "OpenFacts(on=DAY, duration_days=1).duration_days = 2",
}


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Every snippet in a file of its own, all checked in one run."""
    folder = tmp_path_factory.mktemp("snippets")
    files = {}
    for number, (name, code) in enumerate({"right": RIGHT, **WRONG}.items()):
        file = folder / f"snippet_{number}.py"
        file.write_text(HEAD + code, encoding="utf-8")
        files[file.name] = name
    out, err, _ = api.run(
        [
            "--config-file",
            str(ROOT / "pyproject.toml"),
            "--cache-dir",
            str(folder / "cache"),
            "--no-error-summary",
            *(str(folder / file) for file in files),
        ]
    )
    assert not err
    found = dict.fromkeys(files.values(), "")
    for line in out.splitlines():
        file = Path(line.partition(":")[0]).name
        found[files[file]] += line + "\n"
    return found


def test_what_fits_is_accepted(verdicts: dict[str, str]) -> None:
    assert verdicts["right"] == ""


@pytest.mark.parametrize("name", WRONG)
def test_what_does_not_fit_is_refused(name: str, verdicts: dict[str, str]) -> None:
    assert "error:" in verdicts[name]
