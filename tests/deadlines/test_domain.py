"""Terms and working days: the laws that hold for any calendar."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from core.deadlines.domain import Calendar, DayKind, LastDay, Term, days_left, due_on

FIRST, LAST = date(2020, 1, 1), date(2030, 12, 31)
days = st.dates(FIRST, LAST)
amounts = st.integers(1, 60)


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    """Any days off, and weekends that are worked: sometimes a whole month is off."""
    begun = draw(days)
    off = {begun + timedelta(days=n) for n in range(draw(st.integers(0, 40)))}
    off |= draw(st.frozensets(days, max_size=20))
    worked = {day for day in draw(st.frozensets(days, max_size=20)) if day.weekday() >= 5}
    return Calendar(off=frozenset(off), working=frozenset(worked))


@given(calendars(), days, amounts)
def test_a_term_of_working_days_never_ends_on_a_day_off(calendar, start, n):
    assert calendar.is_working(due_on(Term(n, DayKind.WORKING), start, calendar))


@given(calendars(), days, amounts)
def test_adding_and_counting_are_each_others_inverse(calendar, start, n):
    end = calendar.add_working(start, n)
    assert calendar.count_working(start, end) == n
    assert calendar.count_working(end, start) == -n
    assert days_left(Term(n, DayKind.WORKING), start, end, calendar) == n


@given(calendars(), days, amounts, st.sampled_from(list(DayKind)), st.sampled_from(list(LastDay)))
def test_a_longer_term_never_ends_earlier(calendar, start, n, kind, last_day):
    shorter = due_on(Term(n, kind, last_day), start, calendar)
    longer = due_on(Term(n + 1, kind, last_day), start, calendar)
    assert start < shorter <= longer
    if kind is DayKind.WORKING:
        assert shorter < longer


@given(calendars(), days, amounts, st.sampled_from(list(DayKind)), st.sampled_from(list(LastDay)))
def test_a_term_that_begins_later_never_ends_earlier(calendar, start, n, kind, last_day):
    term = Term(n, kind, last_day)
    assert due_on(term, start, calendar) <= due_on(term, start + timedelta(days=1), calendar)


@given(calendars(), days, amounts)
def test_a_calendar_term_moves_on_only_from_a_day_off_and_only_if_the_rule_says_so(
    calendar, start, n
):
    plain = due_on(Term(n, DayKind.CALENDAR), start, calendar)
    moved = due_on(Term(n, DayKind.CALENDAR, LastDay.NEXT_WORKING), start, calendar)
    assert plain == start + timedelta(days=n)
    assert calendar.is_working(moved)
    assert (moved == plain) == calendar.is_working(plain)
    assert calendar.count_working(plain, moved) == (0 if moved == plain else 1)


@given(calendars(), days)
def test_the_nearest_working_days_lie_on_either_side(calendar, day):
    before, after = calendar.working_until(day), calendar.working_from(day)
    assert before <= day <= after
    assert (before == after) == calendar.is_working(day)


@given(calendars(), days, amounts, amounts)
def test_a_term_can_be_walked_in_two_parts(calendar, start, n, m):
    assert calendar.add_working(calendar.add_working(start, n), m) == calendar.add_working(
        start, n + m
    )


def test_no_term_walks_beyond_the_calendar():
    nothing = Calendar(off=frozenset())
    assert due_on(Term(10**6, DayKind.CALENDAR), date(9980, 1, 1), nothing) == date(9990, 1, 1)
    assert due_on(Term(5, DayKind.WORKING), date(9990, 1, 1), nothing) == date(9990, 1, 1)


def test_a_term_in_words():
    assert Term(5, DayKind.WORKING).text().ru == "5\u00a0рабочих дней"
    assert Term(1, DayKind.CALENDAR).text().en == "1\u00a0calendar day"
