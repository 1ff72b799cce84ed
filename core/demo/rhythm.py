"""When people do things: by day as the occasion asks, by hour as working people live."""

from collections.abc import Callable
from datetime import date, datetime
from itertools import accumulate
from math import exp
from random import Random
from typing import Final
from zoneinfo import ZoneInfo

HOUR: Final = 3600

# A quiet night, a look at the phone in the morning and at lunch, most of it in the evening.
_HOURS: Final = (
    *(0.9, 0.4, 0.2, 0.1, 0.1, 0.3, 1.0, 2.2, 3.0, 3.2, 3.4, 3.6),
    *(4.6, 4.0, 3.2, 3.2, 3.6, 4.6, 6.2, 7.6, 8.4, 7.8, 5.2, 2.4),
)
_SATURDAY: Final = 5


class Rhythm:
    """Draws instants (seconds since 1970) from `first` until before `end`.

    `weight` says how busy a day is; days and hours are those of the city's own time.
    """

    def __init__(
        self, first: datetime, end: datetime, zone: ZoneInfo, weight: Callable[[date], float]
    ) -> None:
        self.first = int(first.timestamp())
        self.end = int(end.timestamp())
        local = [
            datetime.fromtimestamp(second, zone) for second in range(self.first, self.end, HOUR)
        ]
        self._days = [one.date() for one in local]
        self._slots = range(len(local))
        busy = {day: weight(day) for day in dict.fromkeys(self._days)}
        self._reach = list(accumulate(busy[one.date()] * _HOURS[one.hour] for one in local))

    def draw(self, rng: Random, number: int) -> list[int]:
        """That many instants, in no order."""
        chance = rng.random
        last = self.end - 1
        return [
            min(self.first + slot * HOUR + int(chance() * HOUR), last)
            for slot in rng.choices(self._slots, cum_weights=self._reach, k=number)
        ]

    def day(self, at: int) -> date:
        """The calendar day of an instant of this span, in the city's own time."""
        return self._days[(at - self.first) // HOUR]


def poll_days(first: date, last: date, rng: Random) -> Callable[[date], float]:
    """A poll's days: a rush when it opens, a smaller one when it ends, weekends a little slower."""
    length = (last - first).days

    def weight(day: date) -> float:
        passed, left = (day - first).days, (last - day).days
        rush = 3.2 * exp(-passed / 1.7) + 1.5 * exp(-left / 0.8)
        calm = 0.8 + 0.4 * (passed / length - 0.5) ** 2 if length else 1.0
        weekend = 0.82 if day.weekday() >= _SATURDAY else 1.0
        return (calm + rush) * weekend * rng.uniform(0.85, 1.15)

    return weight


def registration_days(
    launch: date, openings: list[tuple[date, float]], rng: Random
) -> Callable[[date], float]:
    """A year of registrations: many at the launch, some every day, more when a poll opens.

    `openings` are first days of polls with their relative turnout.
    """

    def weight(day: date) -> float:
        passed = (day - launch).days
        start = 6.0 * exp(-passed / 9)
        steady = 1.0 * exp(-passed / 700)
        called = sum(
            2.2 * turnout * exp(-(day - first).days / 2.2) * exp(-passed / 400)
            for first, turnout in openings
            if 0 <= (day - first).days < 12
        )
        weekend = 0.8 if day.weekday() >= _SATURDAY else 1.0
        return (start + steady + called) * weekend * rng.uniform(0.8, 1.2)

    return weight
