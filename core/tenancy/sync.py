"""Bringing a municipality's folder into its tables, and back out.

The registry row takes the profile and hosts as they are. The regulation only grows: what the folder
adds is appended, what it no longer says stays in history and is reported, and what would override
a decision entered on screen is refused. Doing it twice changes nothing the second time.
"""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from psycopg import sql
from psycopg.types.json import Jsonb

from core.rules import Act, Catalogue, Entry, Procedure
from core.tenancy.differences import (
    NOTHING,
    Differences,
    Plan,
    Recorded,
    Row,
    Stored,
    document_of,
    key_of,
    plan,
)
from core.tenancy.folder import TenantFolder
from core.tenancy.provision import OwnerConnection, create_city, order_versions, set_hosts
from core.tenancy.regulation import value_from_json, value_to_json
from core.tenancy.schema import head
from core.tenancy.tenant import CityProfile


class CannotSync(Exception):
    """The folder was left out of the tables entirely; `problems` says why, line by line."""

    def __init__(self, slug: str, problems: Sequence[str]) -> None:
        super().__init__(f"{slug}: " + "\n".join(problems))
        self.slug = slug
        self.problems = tuple(problems)


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
        stored = _stored(connection, row.role) if row else NOTHING
        return plan(folder, hosts, row, stored, catalogue).differences


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
        stored = _stored(connection, row.role) if row else NOTHING
        planned = plan(folder, hosts, row, stored, catalogue)
        if planned.differences.problems:
            raise CannotSync(folder.slug, planned.differences.problems)
        if planned.differences.nothing:
            return planned.differences
        if row is None:
            create_city(
                connection,
                slug=folder.slug,
                hosts=tuple(hosts),
                profile=document_of(folder.profile),
                app_role=app_role,
                app_password=app_password,
            )
            row = _row(connection, folder.slug, lock=True)
            assert row is not None
        else:
            set_hosts(connection, row.id, tuple(hosts))
        law = _write_law(connection, row.role, planned, by)
        order_versions(connection)
        connection.execute(
            "UPDATE platform.tenant SET profile = %s, regulation_version = regulation_version + %s,"
            " version = nextval('platform.tenant_version') WHERE id = %s",
            (Jsonb(document_of(folder.profile)), int(law), row.id),
        )
    return planned.differences


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


def _row(connection: OwnerConnection, slug: str, *, lock: bool = False) -> Row | None:
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
    return Row(number, role, revision, version, profile, tuple(host for (host,) in hosts))


def _stored(connection: OwnerConnection, role: str) -> Stored:
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
    return Stored(
        acts={act.key: act for act in acts},
        procedures={procedure.key: procedure for procedure in procedures},
        entries=tuple(
            Recorded(
                Entry(procedure, module, parameter, since, value_from_json(value), *rest),
                on_screen=source == "desk",
            )
            for procedure, module, parameter, since, value, *rest, source in rows
        ),
    )


# Writing.


def _write_law(connection: OwnerConnection, role: str, planned: Plan, by: str) -> bool:
    """Write acts, procedures and entries; returns whether there were any."""
    schema = sql.Identifier(role)
    upsert = sql.SQL(
        "INSERT INTO {}.{} (key, document) VALUES (%s, %s)"
        " ON CONFLICT (key) DO UPDATE SET document = excluded.document"
    )
    with connection.cursor() as cursor:
        for table, documents in (
            ("regulation_act", planned.acts),
            ("regulation_procedure", planned.procedures),
        ):
            cursor.executemany(
                upsert.format(schema, sql.Identifier(table)),
                [(one.key, Jsonb(document_of(one))) for one in documents],
            )
        cursor.executemany(
            sql.SQL(
                "INSERT INTO {}.regulation_entry (procedure, module, parameter, in_force_from,"
                " value, clause, act, note, source, recorded_by)"
                " VALUES (%s, %s, %s, %s, %s::jsonb, %s, %s, %s, 'file', %s)"
            ).format(schema),
            [
                (
                    *key_of(entry),
                    value_to_json(entry.value),
                    entry.clause,
                    entry.act,
                    entry.note,
                    by,
                )
                for entry in planned.entries
            ],
        )
    return bool(planned.acts or planned.procedures or planned.entries)
