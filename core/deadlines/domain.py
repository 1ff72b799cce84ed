"""Pure values of deadlines: terms, days off, and the last day of a term.

The day after the event is the first of a term (ст. 191 ГК РФ). What becomes of a term whose last
day is a day off (ст. 193) is the city's to say, because regulations often say it themselves.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

import msgspec

from core.kit.text import Noun, Text

_DAY: Final = timedelta(days=1)
_SATURDAY: Final = 5
_FURTHEST: Final = date(9990, 1, 1)
"""No term reaches further: whoever asks for more gets this day and no endless walk."""

CALENDAR_DAYS: Final = Noun(
    ru=("календарный день", "календарных дня", "календарных дней"),
    en=("calendar day", "calendar days"),
)
WORKING_DAYS: Final = Noun(
    ru=("рабочий день", "рабочих дня", "рабочих дней"), en=("working day", "working days")
)


class DayKind(StrEnum):
    """Which days a term counts."""

    CALENDAR = "calendar"
    WORKING = "working"


DAY_KIND_LABELS: Final = {
    DayKind.CALENDAR: Text(ru="календарные дни", en="calendar days"),
    DayKind.WORKING: Text(ru="рабочие дни", en="working days"),
}
DAY_NOUNS: Final = {DayKind.CALENDAR: CALENDAR_DAYS, DayKind.WORKING: WORKING_DAYS}


class LastDay(StrEnum):
    """What becomes of a term that would end on a day off."""

    STAYS = "stays"
    NEXT_WORKING = "next_working"


LAST_DAY_LABELS: Final = {
    LastDay.STAYS: Text(ru="срок заканчивается в этот же день", en="the term ends on that day"),
    LastDay.NEXT_WORKING: Text(
        ru="срок заканчивается в следующий рабочий день", en="the term ends on the next working day"
    ),
}


class Calendar(msgspec.Struct, frozen=True):
    """Working days of some years. Saturdays and Sundays are off by themselves; `off` are the other
    days off, and `working` the weekends on which people work all the same."""

    off: frozenset[date]
    working: frozenset[date] = frozenset()

    def is_working(self, day: date) -> bool:
        """Whether people work on this day."""
        if day in self.working:
            return True
        return day.weekday() < _SATURDAY and day not in self.off

    def working_from(self, day: date) -> date:
        """This day if people work on it, else the next on which they do."""
        while not self.is_working(day):
            day += _DAY
        return day

    def working_until(self, day: date) -> date:
        """This day if people work on it, else the last one before on which they did."""
        while not self.is_working(day):
            day -= _DAY
        return day

    def add_working(self, day: date, n: int) -> date:
        """The n-th working day after `day`; `day` itself for 0."""
        for found in self._after(day, n):
            day = found
        return day

    def count_working(self, start: date, end: date) -> int:
        """How many working days there are after `start` up to and including `end`; negative if
        `end` lies before `start`."""
        if end < start:
            return -self.count_working(end, start)
        return sum(
            self.is_working(start + timedelta(days=n)) for n in range(1, (end - start).days + 1)
        )

    def _after(self, day: date, n: int) -> Iterator[date]:
        while n > 0 and day < _FURTHEST:
            day += _DAY
            if self.is_working(day):
                n -= 1
                yield day


class Term(msgspec.Struct, frozen=True):
    """So many days of a kind, and what happens if the last of them is a day off."""

    amount: int
    kind: DayKind
    last_day: LastDay = LastDay.STAYS

    def text(self) -> Text:
        """«5 рабочих дней»."""
        return DAY_NOUNS[self.kind].text(self.amount)


def due_on(term: Term, start: date, calendar: Calendar) -> date:
    """The last day of a term that begins on the day after `start`."""
    if term.kind is DayKind.WORKING:
        return calendar.add_working(start, term.amount)
    last = min(start, _FURTHEST - timedelta(days=term.amount)) + timedelta(days=term.amount)
    return calendar.working_from(last) if term.last_day is LastDay.NEXT_WORKING else last


def days_left(term: Term, today: date, due: date, calendar: Calendar) -> int:
    """How many days of the term's kind lie after `today` up to and including `due`."""
    if term.kind is DayKind.WORKING:
        return calendar.count_working(today, due)
    return (due - today).days
