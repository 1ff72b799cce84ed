"""The working days of a city: Russia's production calendar with its official transfers, and what
the city's own acts add to it (`reference/calendar.toml`)."""

from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from typing import Final

import holidays
import msgspec

from core.deadlines.domain import Calendar
from core.kit.text import Text
from core.tenancy.tenant import CityCalendar, Tenant

FIRST_YEAR: Final = 1991
LAST_YEAR: Final = 2100
"""Years the country's calendar is asked for; beyond them only weekends are off."""

_NAMES: Final = 400
"""Kept calendars: so many cities with acts of their own times years."""


class NamedDay(msgspec.Struct, frozen=True):
    """A day that is not as its place in the week would have it, and why. `clause` and `act` are set
    for days of the city's own."""

    on: date
    working: bool
    title: Text
    act: str | None = None
    clause: str | None = None


def calendar_of(tenant: Tenant, years: Iterable[int]) -> Calendar:
    """The working days of these years in a city."""
    return _calendar(tenant.profile.calendar, tuple(sorted(set(years))))


def named_days(tenant: Tenant, years: Iterable[int]) -> dict[date, NamedDay]:
    """The days off and worked weekends of these years with what they are called."""
    found: dict[date, NamedDay] = {}
    for year in sorted(set(years)):
        found.update({day.on: day for day in _country(year)})
    for own in tenant.profile.calendar.day:
        if own.on.year in set(years):
            found[own.on] = NamedDay(own.on, own.working, own.title, own.act, own.clause)
    return found


@lru_cache(_NAMES)
def _calendar(own: CityCalendar, years: tuple[int, ...]) -> Calendar:
    days = {day.on: day.working for year in years for day in _country(year)}
    days.update({day.on: day.working for day in own.day if day.on.year in years})
    return Calendar(
        off=frozenset(day for day, working in days.items() if not working),
        working=frozenset(day for day, working in days.items() if working),
    )


@lru_cache(_NAMES)
def _country(year: int) -> tuple[NamedDay, ...]:
    """Russia's days off of a year and the weekends that are worked instead."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return ()
    russian = holidays.country_holidays("RU", years=year, language="ru")
    english = holidays.country_holidays("RU", years=year, language="en_US")
    return (
        *(
            NamedDay(day, False, Text(ru=title, en=english.get(day) or title))
            for day, title in sorted(russian.items())
        ),
        *(
            NamedDay(day, True, _WORKED)
            for day in sorted(russian.weekend_workdays)
            if day.year == year
        ),
    )


_WORKED: Final = Text(ru="Рабочий выходной", en="A weekend that is worked")
