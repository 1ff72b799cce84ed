"""What a municipality's folder and its tables have not in common, and what is to be done about it.

The regulation only grows, so each day's entries of a parameter are compared as a sequence: what is
missing is appended, what the folder no longer says is kept, what would override the screen is a
conflict. Nothing is read or written here.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final, Literal

import msgspec

from core.rules import Act, Catalogue, Entry, Procedure, Regulation
from core.rules.findings import Finding, check_regulation
from core.tenancy.folder import TenantFolder
from core.tenancy.regulation import value_to_json
from core.tenancy.tenant import CityProfile

ChangeKind = Literal["city", "profile", "hosts", "act", "procedure", "entry"]
Key = tuple[str, str, str, date]
"""Procedure, module, parameter, in force from."""


class Change(msgspec.Struct, frozen=True):
    """One thing that `sync` does; `was` is None when it is new."""

    kind: ChangeKind
    subject: str
    was: str | None
    becomes: str


class Kept(msgspec.Struct, frozen=True):
    """Something of the regulation that the folder does not say; it stays, for history is kept.

    `on_screen` tells what was entered at the desk from what was once in the folder.
    """

    subject: str
    value: str
    on_screen: bool


class Conflict(msgspec.Struct, frozen=True):
    """An entry of the folder that would override what was entered on screen later."""

    subject: str
    in_folder: str
    on_screen: str

    def __str__(self) -> str:
        return (
            f"{self.subject}: the folder says {self.in_folder}, but {self.on_screen} was entered "
            "on screen since. Export the city to take the screen's value into the folder, or give "
            "the folder's entry a date of its own."
        )


class Differences(msgspec.Struct, frozen=True, kw_only=True):
    """What a folder and the tables have not in common."""

    slug: str
    changes: tuple[Change, ...] = ()
    kept: tuple[Kept, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    findings: tuple[Finding, ...] = ()
    """What would be wrong with the regulation once the changes are made."""

    @property
    def nothing(self) -> bool:
        return not self.changes

    @property
    def problems(self) -> tuple[str, ...]:
        """Why `sync` would refuse; empty if it would not."""
        return (
            *(str(conflict) for conflict in self.conflicts),
            *(
                f"{finding.procedure} {finding.module}.{finding.parameter}: {finding.message.en}"
                for finding in self.findings
                if finding.severity == "error"
            ),
        )


class Row(msgspec.Struct, frozen=True):
    """The registry's row of a city."""

    id: int
    role: str
    revision: str | None
    regulation_version: int
    profile: dict[str, Any]
    hosts: tuple[str, ...]


class Recorded(msgspec.Struct, frozen=True):
    """An entry as the table holds it."""

    entry: Entry
    on_screen: bool


class Stored(msgspec.Struct, frozen=True):
    """A city's regulation as its tables hold it, in the order of recording."""

    acts: Mapping[str, Act]
    procedures: Mapping[str, Procedure]
    entries: tuple[Recorded, ...]


NOTHING: Final = Stored({}, {}, ())


class Plan(msgspec.Struct, frozen=True):
    """The differences for people, and the values to write."""

    differences: Differences
    acts: tuple[Act, ...]
    procedures: tuple[Procedure, ...]
    entries: tuple[Entry, ...]


def plan(
    folder: TenantFolder,
    hosts: Sequence[str],
    row: Row | None,
    stored: Stored,
    catalogue: Catalogue,
) -> Plan:
    """Compare; `row` is None for a city that does not exist yet."""
    appended, kept, conflicts = _entries(folder.entries, stored.entries)
    acts = tuple(act for act in folder.acts if stored.acts.get(act.key) != act)
    procedures = tuple(one for one in folder.procedures if stored.procedures.get(one.key) != one)
    merged = Regulation(
        acts={**stored.acts, **{act.key: act for act in acts}}.values(),
        procedures={**stored.procedures, **{one.key: one for one in procedures}}.values(),
        entries=[*(recorded.entry for recorded in stored.entries), *appended],
    )
    return Plan(
        differences=Differences(
            slug=folder.slug,
            changes=(
                *_registry_changes(folder, hosts, row),
                *(_document_change("act", a.key, stored.acts.get(a.key), a) for a in acts),
                *(
                    _document_change("procedure", p.key, stored.procedures.get(p.key), p)
                    for p in procedures
                ),
                *(_entry_change(entry, stored.entries) for entry in appended),
            ),
            kept=(
                *kept,
                *_kept_documents("act", stored.acts, {act.key for act in folder.acts}),
                *_kept_documents(
                    "procedure", stored.procedures, {one.key for one in folder.procedures}
                ),
            ),
            conflicts=conflicts,
            findings=check_regulation(merged, catalogue),
        ),
        acts=acts,
        procedures=procedures,
        entries=appended,
    )


def _registry_changes(
    folder: TenantFolder, hosts: Sequence[str], row: Row | None
) -> Iterable[Change]:
    if row is None:
        yield Change("city", folder.slug, None, ", ".join(hosts))
        return
    was, becomes = _leaves(row.profile), _leaves(document_of(folder.profile))
    for path in sorted({*was, *becomes}):
        before, after = was.get(path), becomes.get(path)
        if before != after:
            yield Change("profile", path, None if before is None else _brief(before), _brief(after))
    if row.hosts != tuple(sorted(hosts)):
        yield Change("hosts", folder.slug, ", ".join(row.hosts), ", ".join(sorted(hosts)))


def _entries(
    wanted: Sequence[Entry], recorded: Sequence[Recorded]
) -> tuple[tuple[Entry, ...], tuple[Kept, ...], tuple[Conflict, ...]]:
    """What to append, what stays beside the folder, and what would override the screen.

    Of several entries for one day the last one counts, so each day's entries are compared as a
    sequence: the folder's are appended from where the recorded ones leave off.
    """
    files: dict[Key, list[Entry]] = {}
    for entry in wanted:
        files.setdefault(key_of(entry), []).append(entry)
    history: dict[Key, list[Recorded]] = {}
    for one in recorded:
        history.setdefault(key_of(one.entry), []).append(one)
    appended: list[Entry] = []
    conflicts: list[Conflict] = []
    for key, entries in files.items():
        there = history.get(key, [])
        missing = _missing(entries, there)
        unseen = there and there[-1].on_screen and not _among(there[-1].entry, entries)
        if missing and unseen:
            conflicts.append(
                Conflict(_subject(entries[-1]), _value(entries[-1]), _value(there[-1].entry))
            )
        else:
            appended += missing
    kept = tuple(
        Kept(_subject(one.entry), _value(one.entry), one.on_screen)
        for one in recorded
        if not _among(one.entry, files.get(key_of(one.entry), ()))
    )
    return tuple(appended), kept, tuple(conflicts)


def _missing(entries: Sequence[Entry], there: Sequence[Recorded]) -> list[Entry]:
    """What to append to `there` so that the last of `entries` counts, repeating no history."""
    if there and _same(entries[-1], there[-1].entry):
        return []
    matched = 0
    for one in there:
        if matched < len(entries) and _same(entries[matched], one.entry):
            matched += 1
    if matched == len(entries) and not there[-1].on_screen:
        # All there already, but overruled since: the folder goes back to an earlier decision.
        return [entries[-1]]
    return list(entries[matched:])


def key_of(entry: Entry) -> Key:
    return entry.procedure, entry.module, entry.parameter, entry.since


def _same(one: Entry, other: Entry) -> bool:
    return _content(one) == _content(other)


def _content(entry: Entry) -> tuple[object, ...]:
    return value_to_json(entry.value), entry.clause, entry.act, entry.note


def _among(entry: Entry, entries: Iterable[Entry]) -> bool:
    return any(_same(entry, other) for other in entries)


# In words.


def _entry_change(entry: Entry, recorded: Sequence[Recorded]) -> Change:
    before = [one.entry for one in recorded if key_of(one.entry) == key_of(entry)]
    return Change("entry", _subject(entry), _value(before[-1]) if before else None, _value(entry))


def _document_change(
    kind: Literal["act", "procedure"], key: str, was: Act | Procedure | None, now: Act | Procedure
) -> Change:
    return Change(kind, key, _document_words(was) if was else None, _document_words(now))


def _kept_documents(
    kind: str, stored: Mapping[str, Act | Procedure], wanted: set[str]
) -> Iterable[Kept]:
    for key, document in stored.items():
        if key not in wanted:
            yield Kept(f"{kind} {key}", _document_words(document), on_screen=False)


def _document_words(document: Act | Procedure) -> str:
    if isinstance(document, Procedure):
        return f"{document.title.ru} ({document.feature})"
    example = ", example" if document.example else ""
    return f"{document.title.ru}, {document.number}, {document.adopted}{example}"


def _subject(entry: Entry) -> str:
    return f"{entry.procedure} {entry.module}.{entry.parameter} from {entry.since}"


def _value(entry: Entry) -> str:
    cited = ", ".join(part for part in (entry.clause, entry.act) if part)
    return _brief(value_to_json(entry.value)) + (f" ({cited})" if cited else "")


def _brief(value: object) -> str:
    text = value if isinstance(value, str) else value_to_json(value)
    flat = " ".join(text.split())
    return flat if len(flat) <= 120 else f"{flat[:119]}…"


def _leaves(document: Any, path: str = "") -> dict[str, Any]:
    """Every plain value of a document by its dotted path; lists are compared as a whole."""
    if not isinstance(document, dict):
        return {path: document}
    found: dict[str, Any] = {}
    for key, value in document.items():
        found |= _leaves(value, f"{path}.{key}" if path else str(key))
    return found


def document_of(value: CityProfile | Act | Procedure) -> dict[str, Any]:
    """A value as the JSON that is stored of it."""
    plain: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(value))
    return plain
