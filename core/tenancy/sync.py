"""Bringing a municipality's folder into its tables, and back out.

The registry row takes the profile and hosts as they are. The regulation only grows: what the folder
adds is appended, what it no longer says stays in history and is reported, and what would override
a decision entered on screen is refused. Doing it twice changes nothing the second time.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final, Literal

import msgspec
from psycopg import sql
from psycopg.types.json import Jsonb

from core.rules import Act, Catalogue, Entry, Procedure, Regulation
from core.rules.findings import Finding, check_regulation
from core.tenancy.folder import TenantFolder
from core.tenancy.provision import OwnerConnection, create_city, order_versions, set_hosts
from core.tenancy.regulation import value_from_json, value_to_json
from core.tenancy.schema import head
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


class CannotSync(Exception):
    """The folder was left out of the tables entirely; `problems` says why, line by line."""

    def __init__(self, slug: str, problems: Sequence[str]) -> None:
        super().__init__(f"{slug}: " + "\n".join(problems))
        self.slug = slug
        self.problems = tuple(problems)


class _Row(msgspec.Struct, frozen=True):
    """The registry's row of a city."""

    id: int
    role: str
    revision: str | None
    regulation_version: int
    profile: dict[str, Any]
    hosts: tuple[str, ...]


class _Recorded(msgspec.Struct, frozen=True):
    """An entry as the table holds it."""

    entry: Entry
    on_screen: bool


class _Stored(msgspec.Struct, frozen=True):
    """A city's regulation as its tables hold it, in the order of recording."""

    acts: Mapping[str, Act]
    procedures: Mapping[str, Procedure]
    entries: tuple[_Recorded, ...]


_NOTHING: Final = _Stored({}, {}, ())


def hosts_of(folder: TenantFolder, base_domain: str) -> tuple[str, ...]:
    """All names a city answers to: its slug under the base domain, and the names it owns."""
    return tuple(dict.fromkeys((f"{folder.slug}.{base_domain}", *folder.profile.hosts)))


def compare(
    connection: OwnerConnection,
    folder: TenantFolder,
    *,
    hosts: Sequence[str],
    catalogue: Catalogue,
) -> Differences:
    """What `sync` would do, without doing it. `hosts` are all names the city is to answer to."""
    with connection.transaction():
        row = _row(connection, folder.slug)
        stored = _stored(connection, row.role) if row else _NOTHING
        return _plan(folder, hosts, row, stored, catalogue).differences


def sync(
    connection: OwnerConnection,
    folder: TenantFolder,
    *,
    hosts: Sequence[str],
    app_role: str,
    app_password: str | None = None,
    catalogue: Catalogue,
    by: str = "system:sync",
) -> Differences:
    """Make the city if it is missing, and bring its tables up to the folder, all or nothing.

    Raises CannotSync; `provision.AlreadyThere` when a host belongs to another city.
    """
    with connection.transaction():
        row = _row(connection, folder.slug, lock=True)
        stored = _stored(connection, row.role) if row else _NOTHING
        plan = _plan(folder, hosts, row, stored, catalogue)
        if plan.differences.problems:
            raise CannotSync(folder.slug, plan.differences.problems)
        if plan.differences.nothing:
            return plan.differences
        if row is None:
            create_city(
                connection,
                slug=folder.slug,
                hosts=tuple(hosts),
                profile=_document(folder.profile),
                app_role=app_role,
                app_password=app_password,
            )
            row = _row(connection, folder.slug, lock=True)
            assert row is not None
        else:
            set_hosts(connection, row.id, tuple(hosts))
        law = _write_law(connection, row.role, plan, by)
        order_versions(connection)
        connection.execute(
            "UPDATE platform.tenant SET profile = %s, regulation_version = regulation_version + %s,"
            " version = nextval('platform.tenant_version') WHERE id = %s",
            (Jsonb(_document(folder.profile)), int(law), row.id),
        )
    return plan.differences


def stored_folder(connection: OwnerConnection, slug: str) -> TenantFolder | None:
    """The city as its tables have it, what was entered on screen included; None if there is no
    such city. Scenarios are not stored, so it has none."""
    with connection.transaction():
        row = _row(connection, slug)
        if row is None:
            return None
        stored = _stored(connection, row.role)
    return TenantFolder(
        slug=slug,
        profile=msgspec.convert(row.profile, CityProfile),
        acts=tuple(stored.acts.values()),
        procedures=tuple(stored.procedures.values()),
        entries=tuple(recorded.entry for recorded in stored.entries),
    )


# What there is.

_ROW: Final = (
    "SELECT id, role, revision, regulation_version, profile FROM platform.tenant WHERE slug = %s"
)
_LOCKED_ROW: Final = f"{_ROW} FOR UPDATE"


def _row(connection: OwnerConnection, slug: str, *, lock: bool = False) -> _Row | None:
    found = connection.execute(_LOCKED_ROW if lock else _ROW, (slug,)).fetchone()
    if found is None:
        return None
    number, role, revision, version, profile = found
    if revision != head("tenant"):
        raise CannotSync(
            slug, [f"its schema stands at revision {revision}: run `veche migrate` first"]
        )
    hosts = connection.execute(
        "SELECT host FROM platform.tenant_host WHERE tenant_id = %s ORDER BY host", (number,)
    ).fetchall()
    return _Row(number, role, revision, version, profile, tuple(host for (host,) in hosts))


def _stored(connection: OwnerConnection, role: str) -> _Stored:
    schema = sql.Identifier(role)

    def documents(table: str) -> list[Any]:
        query = sql.SQL("SELECT document FROM {}.{} ORDER BY key")
        rows = connection.execute(query.format(schema, sql.Identifier(table))).fetchall()
        return [document for (document,) in rows]

    acts = msgspec.convert(documents("regulation_act"), list[Act])
    procedures = msgspec.convert(documents("regulation_procedure"), list[Procedure])
    rows = connection.execute(
        sql.SQL(
            "SELECT procedure, module, parameter, in_force_from, value::text, clause, act, note,"
            " source FROM {}.regulation_entry ORDER BY id"
        ).format(schema)
    ).fetchall()
    return _Stored(
        acts={act.key: act for act in acts},
        procedures={procedure.key: procedure for procedure in procedures},
        entries=tuple(
            _Recorded(
                Entry(procedure, module, parameter, since, value_from_json(value), *rest),
                on_screen=source == "desk",
            )
            for procedure, module, parameter, since, value, *rest, source in rows
        ),
    )


# What there is to do.


class _Plan(msgspec.Struct, frozen=True):
    """The differences for people, and the values to write."""

    differences: Differences
    acts: tuple[Act, ...]
    procedures: tuple[Procedure, ...]
    entries: tuple[Entry, ...]


def _plan(
    folder: TenantFolder,
    hosts: Sequence[str],
    row: _Row | None,
    stored: _Stored,
    catalogue: Catalogue,
) -> _Plan:
    appended, kept, conflicts = _entries(folder.entries, stored.entries)
    acts = tuple(act for act in folder.acts if stored.acts.get(act.key) != act)
    procedures = tuple(one for one in folder.procedures if stored.procedures.get(one.key) != one)
    merged = Regulation(
        acts={**stored.acts, **{act.key: act for act in acts}}.values(),
        procedures={**stored.procedures, **{one.key: one for one in procedures}}.values(),
        entries=[*(recorded.entry for recorded in stored.entries), *appended],
    )
    return _Plan(
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
    folder: TenantFolder, hosts: Sequence[str], row: _Row | None
) -> Iterable[Change]:
    if row is None:
        yield Change("city", folder.slug, None, ", ".join(hosts))
        return
    was, becomes = row.profile, _document(folder.profile)
    for path in sorted({*_leaves(was), *_leaves(becomes)}):
        before, after = _leaves(was).get(path), _leaves(becomes).get(path)
        if before != after:
            yield Change("profile", path, None if before is None else _brief(before), _brief(after))
    if row.hosts != tuple(sorted(hosts)):
        yield Change("hosts", folder.slug, ", ".join(row.hosts), ", ".join(sorted(hosts)))


def _entries(
    wanted: Sequence[Entry], recorded: Sequence[_Recorded]
) -> tuple[tuple[Entry, ...], tuple[Kept, ...], tuple[Conflict, ...]]:
    """What to append, what stays beside the folder, and what would override the screen.

    Of several entries for one day the last one counts, so each day's entries are compared as a
    sequence: the folder's are appended from where the recorded ones leave off.
    """
    files: dict[Key, list[Entry]] = {}
    for entry in wanted:
        files.setdefault(_key(entry), []).append(entry)
    history: dict[Key, list[_Recorded]] = {}
    for one in recorded:
        history.setdefault(_key(one.entry), []).append(one)
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
        if not _among(one.entry, files.get(_key(one.entry), ()))
    )
    return tuple(appended), kept, tuple(conflicts)


def _missing(entries: Sequence[Entry], there: Sequence[_Recorded]) -> list[Entry]:
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


def _key(entry: Entry) -> Key:
    return entry.procedure, entry.module, entry.parameter, entry.since


def _same(one: Entry, other: Entry) -> bool:
    return _content(one) == _content(other)


def _content(entry: Entry) -> tuple[object, ...]:
    return value_to_json(entry.value), entry.clause, entry.act, entry.note


def _among(entry: Entry, entries: Iterable[Entry]) -> bool:
    return any(_same(entry, other) for other in entries)


# In words.


def _entry_change(entry: Entry, recorded: Sequence[_Recorded]) -> Change:
    before = [one.entry for one in recorded if _key(one.entry) == _key(entry)]
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


# Writing.


def _document(value: CityProfile | Act | Procedure) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(value))
    return plain


def _write_law(connection: OwnerConnection, role: str, plan: _Plan, by: str) -> bool:
    """Write acts, procedures and entries; returns whether there were any."""
    schema = sql.Identifier(role)
    upsert = sql.SQL(
        "INSERT INTO {}.{} (key, document) VALUES (%s, %s)"
        " ON CONFLICT (key) DO UPDATE SET document = excluded.document"
    )
    with connection.cursor() as cursor:
        for table, documents in (
            ("regulation_act", plan.acts),
            ("regulation_procedure", plan.procedures),
        ):
            cursor.executemany(
                upsert.format(schema, sql.Identifier(table)),
                [(one.key, Jsonb(_document(one))) for one in documents],
            )
        cursor.executemany(
            sql.SQL(
                "INSERT INTO {}.regulation_entry (procedure, module, parameter, in_force_from,"
                " value, clause, act, note, source, recorded_by)"
                " VALUES (%s, %s, %s, %s, %s::jsonb, %s, %s, %s, 'file', %s)"
            ).format(schema),
            [
                (
                    *_key(entry),
                    value_to_json(entry.value),
                    entry.clause,
                    entry.act,
                    entry.note,
                    by,
                )
                for entry in plan.entries
            ],
        )
    return bool(plan.acts or plan.procedures or plan.entries)
