"""A city's regulation: acts, procedures, and per parameter a history of dated, cited entries.

Immutable, and built from any source (a folder of files, a table). It knows which entry is in force
on a day; what an entry means is the business of the rule modules.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any, TypeVar, cast

import msgspec

from core.kit.text import Text

T = TypeVar("T")


class Act(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A legal act. `example` marks one made up to show how the product works."""

    key: str
    title: Text
    number: str
    adopted: date
    link: str | None = None
    example: bool = False


class Clause(msgspec.Struct, frozen=True):
    """A place in an act: "п. 3.11" of the act that adopted it."""

    number: str
    act: Act


class Procedure(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A procedure (порядок): one set of numbers for one feature; a feature may have several."""

    key: str
    feature: str
    title: Text


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One decision of a city on one parameter, from a day on; appended, never edited.

    `parameter` may be the reserved `in_force` (true or false) or `edition` (a number). `value` is
    plain data as read from JSON or TOML, without floats.
    """

    procedure: str
    module: str
    parameter: str
    since: date = msgspec.field(name="from")
    value: Any
    clause: str | None = None
    act: str | None = None
    note: str = ""


Name = tuple[str, str]
"""Module and parameter."""


class Regulation:
    """All that a city has decided, in the order in which it was recorded.

    Of several entries with the same day the one recorded last counts. `version` tells caches that
    the regulation has moved on.
    """

    __slots__ = ("_acts", "_changes", "_entries", "_histories", "_kept", "_procedures", "_version")

    def __init__(
        self,
        version: int = 0,
        acts: Iterable[Act] = (),
        procedures: Iterable[Procedure] = (),
        entries: Iterable[Entry] = (),
    ) -> None:
        self._version = version
        self._acts = {act.key: act for act in acts}
        self._procedures = {procedure.key: procedure for procedure in procedures}
        self._entries = tuple(entries)
        self._kept: dict[object, object] = {}
        histories: dict[str, dict[Name, list[Entry]]] = {key: {} for key in self._procedures}
        for entry in self._entries:
            history = histories.setdefault(entry.procedure, {})
            history.setdefault((entry.module, entry.parameter), []).append(entry)
        # The sort is stable: among entries of one day the last recorded comes last.
        self._histories = {
            key: {name: tuple(sorted(found, key=_since)) for name, found in history.items()}
            for key, history in histories.items()
        }
        self._changes = {
            key: sorted({entry.since for found in history.values() for entry in found})
            for key, history in self._histories.items()
        }

    @property
    def version(self) -> int:
        return self._version

    @property
    def acts(self) -> Mapping[str, Act]:
        return self._acts

    @property
    def procedures(self) -> Mapping[str, Procedure]:
        return self._procedures

    @property
    def entries(self) -> tuple[Entry, ...]:
        return self._entries

    def changes(self, procedure: str) -> tuple[date, ...]:
        """The days on which anything changes in a procedure, in order."""
        return tuple(self._changes.get(procedure, ()))

    def names(self, procedure: str) -> tuple[Name, ...]:
        """Every (module, parameter) that has ever had an entry in a procedure."""
        return tuple(sorted(self._histories.get(procedure, {})))

    def history(self, procedure: str, module: str, parameter: str) -> tuple[Entry, ...]:
        """All entries of one parameter by day; among those of one day the last recorded counts."""
        return self._histories.get(procedure, {}).get((module, parameter), ())

    def in_force(self, procedure: str, on: date) -> Mapping[Name, Entry]:
        """The entry that counts on a day, for each parameter that has one."""
        found: dict[Name, Entry] = {}
        for name, history in self._histories.get(procedure, {}).items():
            place = bisect_right(history, on, key=_since)
            if place:
                found[name] = history[place - 1]
        return found

    def clause(self, entry: Entry, number: str | None = None) -> Clause | None:
        """The clause an entry rests on (or a closer one of its act); None if it names none."""
        act = self._acts.get(entry.act or "")
        number = number or entry.clause
        return Clause(number, act) if act and number else None

    def kept(self, procedure: str, on: date, owner: object, make: Callable[[date], T]) -> T:
        """What `make` made for the stretch of unchanged law that `on` lies in, made once.

        `make` is given the first day of that stretch, so the cache grows with the number of
        changes and not with the number of days asked about.
        """
        changes = self._changes.get(procedure, ())
        place = bisect_right(changes, on)
        key = (procedure, place, owner)
        try:
            return cast("T", self._kept[key])
        except KeyError:
            made = make(changes[place - 1] if place else date.min)
            self._kept[key] = made
            return made


def _since(entry: Entry) -> date:
    return entry.since
