"""Scenarios: tables of given and expected that a lawyer can read, run against a regulation.

A scenario names a day, the facts, and what must come out with which clause; it is the proof that a
city's numbers and a module's logic together say what the act says.
"""

import tomllib
from datetime import date
from decimal import Decimal
from typing import Any, get_args, get_type_hints

import msgspec

from core.kit.text import Text
from core.rules.catalogue import Catalogue
from core.rules.decision import Decision
from core.rules.errors import BadRegulation, RuleError
from core.rules.evaluate import decide
from core.rules.points import AnyPoint, Facts
from core.rules.regulation import Regulation


class Expected(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What must come out: a value, or `absent` when no rule sets one; and the clauses of the
    decision and of the advice, by number."""

    value: bool | int | str | None = None
    absent: bool = False
    clause: str | None = None
    advice_clause: str | None = None


class Scenario(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One line of the table."""

    title: str
    procedure: str
    point: str
    on: date
    expect: Expected
    given: dict[str, Any] = {}


class Outcome(msgspec.Struct, frozen=True):
    """What came of a scenario; it passed if there are no problems."""

    scenario: Scenario
    decision: Decision[Any] | None
    problems: tuple[Text, ...]

    @property
    def passed(self) -> bool:
        return not self.problems


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    scenario: tuple[Scenario, ...]


def read_scenarios(text: str) -> tuple[Scenario, ...]:
    """`[[scenario]]` tables of a TOML text."""
    try:
        return msgspec.convert(tomllib.loads(text, parse_float=Decimal), _File).scenario
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise BadRegulation(f"scenarios: {error}") from error


def run(scenario: Scenario, regulation: Regulation, catalogue: Catalogue) -> Outcome:
    """Decide what the scenario asks, and compare."""
    point = catalogue.point(scenario.point)
    if point is None:
        return _failed(
            scenario,
            f"нет такого вопроса: {scenario.point}",
            f"there is no such decision point: {scenario.point}",
        )
    try:
        facts = facts_from(point, scenario.on, scenario.given)
    except msgspec.ValidationError as error:
        return _failed(scenario, f"условия не подходят: {error}", f"the facts do not fit: {error}")
    try:
        decision = decide(
            point,
            facts,
            regulation=regulation,
            procedure=scenario.procedure,
            catalogue=catalogue,
        )
    except RuleError as error:
        return _failed(scenario, f"решить нельзя: {error}", f"there is no decision: {error}")
    return Outcome(scenario, decision, tuple(_compare(scenario.expect, decision)))


def facts_from(point: AnyPoint, on: date, given: dict[str, Any]) -> Facts:
    """The facts of a point from plain data; raises msgspec.ValidationError if they do not fit.

    What is not given is not known, where facts may be unknown (TOML has no word for None).
    """
    unknown = {
        name: None
        for name, hint in get_type_hints(point.facts).items()
        if type(None) in get_args(hint)
    }
    facts: Facts = msgspec.convert(unknown | {"on": on} | given, point.facts)
    return facts


def _compare(expect: Expected, decision: Decision[Any]) -> list[Text]:
    problems = []
    wanted = None if expect.absent else expect.value
    got = msgspec.to_builtins(decision.value)
    if type(got) is not type(wanted) or got != wanted:
        problems.append(_differs("значение", "value", wanted, got))
    for ru, en, number, reasons in (
        ("пункт", "clause", expect.clause, decision.grounds),
        ("пункт совета", "clause of the advice", expect.advice_clause, decision.advice),
    ):
        numbers = [clause.number for reason in reasons for clause in reason.clauses]
        if number is not None and number not in numbers:
            problems.append(_differs(ru, en, number, ", ".join(numbers)))
    return problems


def _differs(ru: str, en: str, wanted: object, got: object) -> Text:
    return Text(
        ru=f"{ru}: ожидали {wanted!r}, получили {got!r}",
        en=f"{en}: expected {wanted!r}, got {got!r}",
    )


def _failed(scenario: Scenario, ru: str, en: str) -> Outcome:
    return Outcome(scenario, None, (Text(ru=ru, en=en),))
