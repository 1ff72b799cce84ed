"""Given and expected, compared."""

import pytest

from core.rules import BadRegulation, Catalogue, Regulation, advise, permit, refuse, value_of
from core.rules.scenarios import Outcome, read_scenarios, run
from tests.rules.sample import (
    COLOUR,
    MAY,
    Colour,
    Matter,
    Rule,
    catalogue,
    entry,
    module,
    regulation,
    text,
)


def may(facts: Matter, rule: Rule) -> object:
    if facts.days > rule.limit:
        return refuse(text("No"), next_step=text("Next"), rests_on=["limit"])
    return permit(advice=[advise(text("Hint"), rests_on=["limit"])])


def known() -> Catalogue:
    return catalogue(
        module(
            "a",
            {
                MAY: may,  # type: ignore[dict-item]
                COLOUR: lambda facts, rule: value_of(Colour.GREEN, rests_on=["limit"]),
            },
        )
    )


def law() -> Regulation:
    return regulation(entry("a"))


def outcome(point: str, expect: str, given: str = "", procedure: str = "main") -> Outcome:
    (scenario,) = read_scenarios(
        f"""
        [[scenario]]
        title = "Пример"
        procedure = "{procedure}"
        point = "{point}"
        on = 2024-06-01
        given = {{ {given} }}
        expect = {{ {expect} }}
        """
    )
    return run(scenario, law(), known())


@pytest.mark.parametrize(
    ("point", "expect", "given"),
    [
        ("sample.may", 'value = false, clause = "п. 1"', "days = 6"),
        ("sample.may", 'value = true, advice_clause = "п. 1"', "days = 5"),
        ("sample.colour", 'value = "green"', ""),
        ("sample.least", "absent = true", ""),
        ("sample.most", "value = 7", ""),
    ],
)
def test_passes(point: str, expect: str, given: str) -> None:
    result = outcome(point, expect, given)
    assert result.problems == ()
    assert result.passed
    assert result.decision is not None


@pytest.mark.parametrize(
    ("point", "expect", "given", "problem"),
    [
        ("sample.may", "value = true", "days = 6", "value: expected True, got False"),
        ("sample.may", "value = 1", "days = 5", "value: expected 1, got True"),
        ("sample.may", 'value = false, clause = "п. 2"', "days = 6", "clause: expected 'п. 2'"),
        (
            "sample.may",
            'value = true, clause = "п. 1"',
            "days = 5",
            "clause: expected 'п. 1', got ''",
        ),
        ("sample.may", 'value = true, advice_clause = "п. 3"', "days = 5", "clause of the advice"),
        ("sample.least", "value = 1", "", "value: expected 1, got None"),
        ("sample.nothing", "value = 1", "", "no such decision point"),
        ("sample.may", "value = true", "weeks = 1", "the facts do not fit"),
        ("sample.one", "value = 1", "", "there is no decision"),
    ],
)
def test_fails_with_what_differs(point: str, expect: str, given: str, problem: str) -> None:
    result = outcome(point, expect, given)
    assert not result.passed
    assert problem in result.problems[0].en


@pytest.mark.parametrize("wrong", ["scenario = ", "[[scenario]]\ntitle = 'x'", "other = 1"])
def test_unreadable_tables_are_errors(wrong: str) -> None:
    with pytest.raises(BadRegulation, match="scenarios"):
        read_scenarios(wrong)
