"""What is wrong with a regulation is found before anybody meets it."""

from datetime import date, timedelta
from typing import Annotated

from msgspec import Meta

from core.rules import Catalogue, Entry, Parameter, Params, value_of
from core.rules.findings import Finding, check_regulation
from tests.rules.sample import (
    LEAST,
    ON,
    ONE,
    START,
    catalogue,
    entry,
    module,
    regulation,
    text,
)


class Second(Params, frozen=True):
    """Edition 2 takes greater limits, and knows one parameter more."""

    limit: Annotated[int, Parameter(label=text("L"), help=text("L")), Meta(ge=1, le=500)]
    more: Annotated[
        int, Parameter(label=text("M"), help=text("M"), cite=False), Meta(ge=0, le=9)
    ] = 0


def known() -> Catalogue:
    return catalogue(
        module("a", {ONE: lambda facts, rule: value_of(1, rests_on=["limit"])}),
        module("a", edition=2, params=Second),
        module("b", {ONE: lambda facts, rule: value_of(1, rests_on=["limit"])}),
        module("c", {LEAST: lambda facts, rule: value_of(1, rests_on=["limit"])}),
    )


def found(*entries: Entry) -> list[tuple[str, str, str]]:
    return [(f.key, f.module, f.parameter) for f in check_regulation(regulation(*entries), known())]


def test_a_sound_regulation_has_no_findings() -> None:
    assert (
        found(
            entry("a"),
            entry("a", "free", True, clause=None, act=None),
            entry("a", "in_force", False, since=ON),
            entry("c"),
        )
        == []
    )


def test_each_entry_is_looked_at() -> None:
    assert found(entry("z")) == [("unknown_module", "z", "limit")]
    assert found(entry("c"), entry("c", "colour")) == [("unknown_parameter", "c", "colour")]
    assert found(entry("c", value=0)) == [("bad_value", "c", "limit")]
    assert found(entry("c", value=1.5)) == [("bad_value", "c", "limit")]
    assert found(entry("c", act="nowhere")) == [("unknown_act", "c", "limit")]
    assert found(entry("c", clause=None)) == [("uncited", "c", "limit")]
    assert found(entry("c", act=None)) == [("uncited", "c", "limit")]
    assert found(entry("c", procedure="other")) == [("unknown_procedure", "c", "limit")]


def test_reserved_keys_are_checked_and_cited() -> None:
    assert found(entry("c"), entry("c", "in_force", 1)) == [("bad_value", "c", "in_force")]
    assert found(entry("c"), entry("c", "edition", 3)) == [("bad_value", "c", "edition")]
    assert found(entry("c"), entry("c", "edition", True)) == [("bad_value", "c", "edition")]
    assert found(entry("c"), entry("c", "edition", 1, clause=None)) == [("uncited", "c", "edition")]
    assert found(entry("a"), entry("a", "edition", 2, since=ON)) == []


def test_a_finding_says_where_since_when_and_what_is_expected() -> None:
    (finding,) = check_regulation(regulation(entry("c", value=0)), known())
    assert finding == Finding("bad_value", "error", "main", finding.message, "c", "limit", START)
    assert "от 1 до 99" in finding.message.ru
    (edition,) = check_regulation(regulation(entry("a"), entry("a", "edition", 3)), known())
    assert edition.message.en == "There is no such edition. Editions: 1, 2."


def test_conflicts_between_fields_are_found_on_the_day_they_begin() -> None:
    day = timedelta(days=1)
    findings = check_regulation(
        regulation(
            entry("c", value=8),
            entry("c", "extra", 6),
            entry("c", value=5, since=ON),
            entry("c", "free", True, since=ON + day),
            entry("c", value=9, since=ON + 2 * day),
            entry("c", value=4, since=ON + 3 * day),
        ),
        known(),
    )
    assert [(f.key, f.on) for f in findings] == [("conflict", ON), ("conflict", ON + 3 * day)]
    assert findings[0].message == text("Extra is greater than limit")


def test_a_value_that_only_another_edition_takes_is_a_conflict() -> None:
    findings = check_regulation(
        regulation(
            entry("a", value=500),
            entry("a", "more", 1),
            entry("a", "edition", 2, since=ON),
        ),
        known(),
    )
    assert [(f.key, f.on) for f in findings] == [("conflict", START)]


def test_a_module_that_never_comes_into_force() -> None:
    assert found(entry("c", "extra", 1)) == [("incomplete", "c", "")]
    assert found(entry("c", "extra", 1), entry("c", since=ON)) == []
    assert found(entry("c", "extra", 1), entry("c", "in_force", False)) == []


def test_a_module_may_come_before_the_first_entry_of_another() -> None:
    assert found(entry("c", since=date(2023, 1, 1)), entry("a")) == []


def test_two_that_may_answer_what_one_may_are_a_warning() -> None:
    (finding,) = check_regulation(
        regulation(entry("a"), entry("b", since=ON), entry("b", value=6, since=date(2025, 1, 1))),
        known(),
    )
    assert (finding.key, finding.severity, finding.on) == ("two_answers", "warning", ON)
    assert finding.message.en == "More than one may answer “One”: a, b."
