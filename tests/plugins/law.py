"""A regulation as a city would write it, for the tests of the rule modules."""

from datetime import date
from pathlib import Path
from typing import Any

from core.rules import Catalogue, Decision, Facts, Procedure, Regulation, decide
from core.rules.points import AnyPoint
from core.rules.written import read_acts, read_procedure

FOLDER = Path(__file__).parent / "city"
PROCEDURES = ("polls", "people", "bonus")
ON = date(2026, 6, 1)
CATALOGUE = Catalogue.installed()


def read(name: str) -> str:
    return (FOLDER / f"{name}.toml").read_text(encoding="utf-8")


def city(**replaced: str) -> Regulation:
    """The regulation of the folder; whole procedures may be replaced by other texts."""
    procedures: list[Procedure] = []
    entries = []
    for key in PROCEDURES:
        procedure, written = read_procedure(key, replaced.get(key) or read(key))
        procedures.append(procedure)
        entries += written
    return Regulation(1, read_acts(read("acts")), procedures, entries)


CITY = city()


def asked(
    point: AnyPoint, facts: Facts, *, procedure: str = "polls", regulation: Regulation = CITY
) -> Decision[Any]:
    return decide(point, facts, regulation=regulation, procedure=procedure, catalogue=CATALOGUE)


def one(decision: Decision[Any]) -> tuple[str, str | None, tuple[str, ...]]:
    """The only ground of a decision: text, next step (in Russian) and clauses."""
    (reason,) = decision.grounds
    return (
        reason.text.ru.replace("\u00a0", " "),
        reason.next_step.ru.replace("\u00a0", " ") if reason.next_step else None,
        tuple(clause.number for clause in reason.clauses),
    )
