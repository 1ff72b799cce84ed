"""Calendar periods: both ends counted, in the city's own time."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.kit.clock import FixedClock, local_date
from core.kit.period import Period

ZONE = ZoneInfo("Asia/Yekaterinburg")
DAYS = st.dates(min_value=date(2000, 1, 1), max_value=date(2100, 1, 1))


@given(DAYS, st.integers(min_value=0, max_value=400))
def test_length_counts_both_ends(first, more):
    period = Period(first, first + timedelta(days=more))
    assert period.days == more + 1 == len(list(period))
    assert first in period
    assert period.last in period
    assert period.last + timedelta(days=1) not in period


def test_one_day_has_length_one():
    assert Period(date(2026, 3, 1), date(2026, 3, 1)).days == 1


def test_it_cannot_end_before_it_begins():
    with pytest.raises(ValueError, match="before"):
        Period(date(2026, 3, 2), date(2026, 3, 1))


@given(
    DAYS,
    st.integers(min_value=0, max_value=90),
    st.sampled_from(["Europe/Berlin", "Asia/Yekaterinburg"]),
)
def test_instants_bound_exactly_the_local_days(first, more, name):
    zone = ZoneInfo(name)
    period = Period(first, first + timedelta(days=more))
    start, end = period.starts_at(zone), period.ends_at(zone)
    assert start.tzinfo is UTC
    assert local_date(start, zone) == period.first
    assert local_date(start - timedelta(seconds=1), zone) < period.first
    assert local_date(end - timedelta(seconds=1), zone) == period.last
    assert local_date(end, zone) > period.last


def test_midnight_is_the_citys_own():
    assert Period(date(2026, 6, 1), date(2026, 6, 14)).ends_at(ZONE) == datetime(
        2026, 6, 14, 19, tzinfo=UTC
    )


def test_a_clock_needs_a_zone():
    with pytest.raises(ValueError, match="aware"):
        FixedClock(datetime(2026, 1, 1))
