"""Pure values of the plan: money is never rounded, quarters and days of the year before fit,
progress adds up, ids of years come back."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.features.plan.domain import (
    ENDED,
    Measured,
    MeasureState,
    Passport,
    day_before,
    days_before,
    in_quarter,
    is_late,
    missing,
    money_text,
    money_typed,
    progress,
    quarter,
    quarter_of,
    read_money,
    subject_year,
    year_subject,
)
from core.kit.errors import Invalid
from tests.features.plan.build import content

TODAY = date(2026, 6, 15)
KOPECKS = st.integers(0, 10**14)
DAYS = st.dates(date(2000, 1, 1), date(2100, 12, 31))


@given(KOPECKS)
def test_what_is_shown_is_read_back_to_the_kopeck(kopecks: int) -> None:
    assert read_money(money_text(kopecks)) == kopecks
    assert read_money(money_typed(kopecks)) == kopecks


@pytest.mark.parametrize(
    ("text", "kopecks"),
    [
        ("0", 0),
        ("1 250 000", 125_000_000),
        ("1250000,5", 125_000_050),
        ("18 000.05 ₽", 1_800_005),
        ("640 руб.", 64_000),
        ("0,01", 1),
    ],
)
def test_money_as_people_write_it(text: str, kopecks: int) -> None:
    assert read_money(text) == kopecks


@pytest.mark.parametrize("text", ["", "-1", "1,234", "1.2.3", "много", "1e6", "٣", "1" * 14])
def test_what_is_no_sum_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        read_money(text)


def test_kopecks_are_shown_only_where_there_are_some() -> None:
    assert money_text(125_000_050).replace("\u00a0", " ") == "1 250 000,50 ₽"
    assert money_text(100).replace("\u00a0", " ") == "1 ₽"
    assert money_typed(None) == ""


@given(DAYS)
def test_every_day_lies_in_its_quarter_alone(day: date) -> None:
    found = [
        n for n in range(1, 5) if quarter(day.year, n).first <= day <= quarter(day.year, n).last
    ]
    assert found == [quarter_of(day)]


@given(st.integers(2000, 2100), st.integers(1, 12), st.integers(1, 31))
def test_days_before_the_year_come_back(year: int, month: int, day: int) -> None:
    found = day_before(year, days_before(year, month, day))
    assert (found.year, found.month) == (year - 1, month)
    assert found.day == min(day, found.day)


def test_a_topic_stands_in_the_quarter_in_which_it_begins() -> None:
    dated = content(opens_on=date(2026, 3, 20), closes_on=date(2026, 4, 10), quarter=4)
    assert [n for n in range(1, 5) if in_quarter(dated, 2026, n)] == [1]
    assert [n for n in range(1, 5) if in_quarter(content(quarter=3), 2026, n)] == [3]
    assert all(in_quarter(content(quarter=None), 2026, n) for n in range(1, 5))
    assert dated.period(2026).last == date(2026, 4, 10)
    assert content(quarter=1).period(2026).first == date(2026, 1, 1)
    assert content(quarter=None).period(2026).days == 365


measures = st.builds(
    Measured,
    state=st.sampled_from(MeasureState),
    due_on=DAYS,
    done_on=st.none() | DAYS,
    planned=st.none() | KOPECKS,
    spent=st.none() | KOPECKS,
)


@given(st.lists(measures, max_size=12), st.integers(0, 12))
def test_progress_adds_up_however_it_is_split(these: list[Measured], at: int) -> None:
    whole = progress(these, TODAY)
    assert progress(these[:at], TODAY) + progress(these[at:], TODAY) == whole
    assert whole.measures == len(these)
    assert whole.done + whole.partly + whole.not_done + whole.open == whole.measures
    assert whole.planned == sum(one.planned or 0 for one in these)
    assert 0 <= whole.late <= whole.open
    assert (whole.share == 100) is (whole.measures > 0 and whole.done == whole.measures)


@given(measures)
def test_nothing_that_ended_in_time_is_late(one: Measured) -> None:
    if one.state in ENDED and one.done_on is not None and one.done_on <= one.due_on:
        assert not is_late(one, TODAY)
    if one.state not in ENDED:
        assert is_late(one, one.due_on + timedelta(days=1))
        assert not is_late(one, one.due_on)


@given(st.integers(2000, 2100), st.none() | st.integers(1, 4))
def test_a_year_comes_back_from_its_id(year: int, number: int | None) -> None:
    assert subject_year(year_subject(year, number)) == (year, number)


@given(st.uuids())
def test_other_ids_are_no_years(subject) -> None:
    known = subject_year(subject)
    assert known is None or year_subject(*known) == subject


def test_what_the_form_lacks() -> None:
    assert missing(content()) == ()
    assert missing(content(aim="", passport=Passport())) == ("aim", "passport")
    assert "period" in missing(content(quarter=None))
