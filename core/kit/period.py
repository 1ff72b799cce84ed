"""A span of whole calendar days, both ends counted."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec


class Period(msgspec.Struct, frozen=True):
    """From the first moment of `first` to the last moment of `last`, in some city's own time."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError("a period cannot end before it begins")

    @property
    def days(self) -> int:
        """Length in calendar days; one day has length 1 (R129)."""
        return (self.last - self.first).days + 1

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last

    def __iter__(self) -> Iterator[date]:
        return (self.first + timedelta(days=n) for n in range(self.days))

    def starts_at(self, zone: ZoneInfo) -> datetime:
        """The instant (UTC) at which `first` begins in `zone`."""
        return datetime.combine(self.first, time.min, zone).astimezone(UTC)

    def ends_at(self, zone: ZoneInfo) -> datetime:
        """The first instant (UTC) after `last` in `zone`: an open right end."""
        return datetime.combine(self.last + timedelta(days=1), time.min, zone).astimezone(UTC)
