"""Terms of a poll: lengths at their edges, extensions, what is silent when nothing is set."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.features.polls.decisions import (
    APPEAL_DAYS,
    MAY_EXTEND,
    MAY_OPEN,
    MAY_REVOTE,
    RESULTS_SHOWN,
    ExtendFacts,
    OpenFacts,
    PollFacts,
)
from core.features.polls.domain import ResultsShown
from core.rules import Opinion, Verdict
from core.rules.explain import as_text
from plugins import poll_terms
from plugins.poll_terms import PollTerms, may_extend, may_open, may_revote
from tests.plugins.law import ON, asked, one

POLL = PollFacts(on=ON)
BEFORE = date(2024, 1, 1)


def terms(**more: Any) -> PollTerms:
    return PollTerms(**({"minimum_days": 14, "maximum_days": 45} | more))


def opening(days: int, on: date = ON) -> OpenFacts:
    return OpenFacts(on=on, duration_days=days)


@pytest.mark.parametrize(("days", "allowed"), [(13, False), (14, True), (45, True), (46, False)])
def test_lengths_at_the_edges(days: int, allowed: bool) -> None:
    assert asked(MAY_OPEN, opening(days)).allowed is allowed


def test_too_long_names_the_latest_day() -> None:
    assert one(asked(MAY_OPEN, opening(60))) == (
        "Опрос длится 60 дней, а можно не больше 45.",
        "Выберите дату окончания не позже 15 июля 2026.",
        ("п. 3.11",),
    )


def test_too_short_names_the_earliest_day() -> None:
    assert one(asked(MAY_OPEN, opening(1))) == (
        "Опрос длится 1 день, а нужно не меньше 14.",
        "Выберите дату окончания не раньше 14 июня 2026.",
        ("п. 3.11",),
    )


def test_another_length_than_recommended_is_allowed_with_advice() -> None:
    decision = asked(MAY_OPEN, opening(30))
    assert decision.allowed
    (advice,) = decision.advice
    assert advice.text.ru == ("Рекомендуемый срок опроса — 21\u00a0день, сейчас — 30\u00a0дней.")
    assert [clause.number for clause in advice.clauses] == ["п. 3.11"]


def test_the_recommended_length_needs_no_advice() -> None:
    assert asked(MAY_OPEN, opening(21)).advice == ()
    assert may_open(opening(30), terms()).advice == ()


def test_the_last_day_may_not_count() -> None:
    rule = terms(counting="last_day_excluded")
    assert may_open(opening(46), rule).answer is Verdict.PERMIT
    assert may_open(opening(14), rule).answer is Verdict.REFUSE
    refusal = may_open(opening(47), rule)
    assert dict(refusal.values)["latest"] == date(2026, 7, 16)


def test_the_end_of_the_calendar_is_no_accident() -> None:
    refusal = may_open(opening(60, date(9999, 12, 31)), terms())
    assert dict(refusal.values)["latest"] == date.max


@given(st.integers(1, 400), st.integers(1, 366), st.integers(1, 366))
def test_allowed_exactly_between_the_bounds(days: int, one: int, other: int) -> None:
    rule = terms(minimum_days=min(one, other), maximum_days=max(one, other))
    allowed = may_open(opening(days), rule).answer is Verdict.PERMIT
    assert allowed is (rule.minimum_days <= days <= rule.maximum_days)


def extending(days: int, extensions: int = 0) -> ExtendFacts:
    return ExtendFacts(on=ON, duration_days=days, extensions=extensions)


def test_an_extension_within_the_greatest_length() -> None:
    text, _, clauses = one(asked(MAY_EXTEND, extending(45)))
    assert text == "Вместе с продлением опрос длится 45 дней: это допустимо."
    assert clauses == ("п. 3", "п. 3.11")


def test_an_extension_beyond_the_greatest_length() -> None:
    assert one(asked(MAY_EXTEND, extending(46)))[1:] == (
        "Выберите дату окончания не позже 15 июля 2026.",
        ("п. 3.11",),
    )


def test_no_more_extensions_than_set() -> None:
    text, _, clauses = one(asked(MAY_EXTEND, extending(40, 1)))
    assert text == (
        "Опрос уже продлевали, больше продлить его нельзя (допустимое число продлений: 1)."
    )
    assert clauses == ("п. 3",)


def test_no_extensions_at_all() -> None:
    opinion = may_extend(extending(40), terms(maximum_extensions=0))
    assert opinion is not None
    assert opinion.answer is Verdict.REFUSE
    assert opinion.text is not None
    assert opinion.text.ru == "Продлевать опросы нельзя."


def test_what_the_regulation_does_not_set_is_silent() -> None:
    before = PollFacts(on=BEFORE)
    assert not asked(MAY_EXTEND, ExtendFacts(on=BEFORE, duration_days=30, extensions=0)).allowed
    assert not asked(MAY_REVOTE, before).allowed
    assert asked(RESULTS_SHOWN, before).value is ResultsShown.AFTER_CLOSE
    assert asked(APPEAL_DAYS, before).value is None
    for point, facts in ((MAY_REVOTE, before), (RESULTS_SHOWN, before), (APPEAL_DAYS, before)):
        assert [reason.kind for reason in asked(point, facts).reasons] == ["silence"]


def test_results_revote_and_appeal_as_set() -> None:
    assert asked(RESULTS_SHOWN, POLL).value is ResultsShown.AFTER_VOTE
    assert one(asked(RESULTS_SHOWN, POLL))[0] == "Результаты видны после своего голоса."
    assert asked(MAY_REVOTE, POLL).allowed
    assert asked(APPEAL_DAYS, POLL).value == 10
    assert one(asked(APPEAL_DAYS, POLL)) == (
        "Срок обжалования итогов — 10 дней после завершения опроса.",
        None,
        ("п. 4",),
    )


def test_revoting_may_be_ruled_out() -> None:
    opinion: Opinion[Verdict] | None = may_revote(POLL, terms(revote="never"))
    assert opinion is not None
    assert opinion.answer is Verdict.REFUSE
    assert opinion.next_step is not None


@pytest.mark.parametrize(
    ("changed", "problems"),
    [
        ({}, 0),
        ({"recommended_days": 21}, 0),
        ({"minimum_days": 46}, 1),
        ({"recommended_days": 46}, 1),
        ({"recommended_days": 13}, 1),
        ({"minimum_days": 46, "recommended_days": 45}, 2),
    ],
)
def test_cross_field_sense(changed: dict[str, int], problems: int) -> None:
    assert len(tuple(terms(**changed).check())) == problems


def test_a_refusal_in_a_terminal() -> None:
    assert as_text(asked(MAY_OPEN, opening(60)), "ru").replace("\u00a0", " ") == (
        "Открыть опрос: нет\n"
        "по правилам на 1 июня 2026\n"
        "\n"
        "✗ Опрос длится 60 дней, а можно не больше 45.\n"
        "  Выберите дату окончания не позже 15 июля 2026.\n"
        "  Самый долгий срок опроса: 45 дней\n"
        "  Основание: п. 3.11, Регламент работы с информационным ресурсом, "
        "№ 100 от 23 октября 2023 (вымышленный акт, для примера)\n"
    )


def test_brings_its_module() -> None:
    assert poll_terms.rule_modules() == (poll_terms.MODULE,)
