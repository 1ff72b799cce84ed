"""The cities of the tests: made once for each test process, put back cheaply after each test."""

from collections.abc import Mapping
from typing import Any, Final

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from core.db.base import CityTable
from core.tenancy.provision import OwnerConnection, drop_city, set_hosts, set_state

LAW: Final = ("regulation_entry", "regulation_act", "regulation_procedure")
# Tables emptied after each test, in an order that foreign keys allow.
EMPTIED: Final = ("outbox", "outbox_dead", "operator", "migration_run")
_BIG: Final = 512 * 1024


class Baseline:
    """How the cities looked before the first test, and the way back there.

    A test may write to any table, append to a regulation, change the registry and make cities of
    its own; it may not edit or delete what the baseline's regulation holds.
    """

    def __init__(self, owner: OwnerConnection) -> None:
        self._owner = owner
        self._tenants = self._read_tenants()
        self._law = {role: self._read_law(role) for role in self._roles()}

    def _roles(self) -> list[str]:
        return [str(row["role"]) for row in self._tenants.values()]

    def _read_tenants(self) -> dict[int, Mapping[str, Any]]:
        with self._owner.cursor(row_factory=psycopg.rows.dict_row) as cursor:
            rows = cursor.execute(
                "SELECT t.*, ARRAY(SELECT host FROM platform.tenant_host h"
                " WHERE h.tenant_id = t.id ORDER BY host) AS hosts"
                " FROM platform.tenant t ORDER BY id"
            ).fetchall()
        return {row["id"]: row for row in rows}

    def _read_law(self, role: str) -> tuple[int, list[str], list[str]]:
        schema = sql.Identifier(role)
        row = self._owner.execute(
            sql.SQL(
                "SELECT (SELECT coalesce(max(id), 0) FROM {0}.regulation_entry),"
                " ARRAY(SELECT key FROM {0}.regulation_act ORDER BY 1),"
                " ARRAY(SELECT key FROM {0}.regulation_procedure ORDER BY 1)"
            ).format(schema)
        ).fetchone()
        assert row is not None
        return row

    def restore(self) -> tuple[bool, bool]:
        """Put everything back; says whether the registry and whether a regulation had changed."""
        self._owner.execute("SET lock_timeout = '5s'")
        registry = self._restore_registry()
        try:
            self._empty()
        except psycopg.errors.LockNotAvailable as error:
            raise AssertionError("the test left a transaction open") from error
        return registry, self._restore_law()

    def _empty(self) -> None:
        order = {table.name: -n for n, table in enumerate(CityTable.metadata.sorted_tables)}
        rows = self._owner.execute(
            "SELECT n.nspname, c.relname, pg_relation_size(c.oid) FROM pg_class c"
            " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'r'"
            " AND ((n.nspname = ANY(%s) AND NOT c.relname = ANY(%s))"
            "  OR (n.nspname = 'platform' AND c.relname = ANY(%s)))"
            " AND pg_relation_size(c.oid) > 0",
            (self._roles(), list(LAW), list(EMPTIED)),
        ).fetchall()
        names = [
            sql.Identifier(schema, table)
            for schema, table, _size in sorted(rows, key=lambda row: order.get(row[1], 0))
        ]
        if any(size > _BIG for _schema, _table, size in rows):
            self._owner.execute(sql.SQL("TRUNCATE {} CASCADE").format(sql.SQL(", ").join(names)))
        elif names:
            self._owner.execute(
                sql.SQL("; ").join(sql.SQL("DELETE FROM {}").format(name) for name in names)
            )

    def _restore_registry(self) -> bool:
        now = self._read_tenants()
        if {n: _content(row) for n, row in now.items()} == {
            n: _content(row) for n, row in self._tenants.items()
        }:
            return False
        for number, row in now.items():
            if number not in self._tenants:
                set_state(self._owner, row["slug"], "disabled")
                drop_city(self._owner, row["slug"])
        self._owner.execute("DELETE FROM platform.tenant_host")
        for was in self._tenants.values():
            self._owner.execute(
                "UPDATE platform.tenant SET slug = %(slug)s, state = %(state)s,"
                " shard = %(shard)s, database_url = %(database_url)s, revision = %(revision)s,"
                " profile = %(document)s, regulation_version = %(regulation_version)s,"
                " version = nextval('platform.tenant_version') WHERE id = %(id)s",
                {**was, "document": Jsonb(was["profile"])},
            )
            set_hosts(self._owner, was["id"], tuple(was["hosts"]))
        return True

    def _restore_law(self) -> bool:
        changed = False
        for role, before in self._law.items():
            if self._read_law(role) == before:
                continue
            changed = True
            last, acts, procedures = before
            schema = sql.Identifier(role)
            for query, kept in (
                ("DELETE FROM {}.regulation_entry WHERE id > %s", last),
                ("DELETE FROM {}.regulation_act WHERE NOT key = ANY(%s)", acts),
                ("DELETE FROM {}.regulation_procedure WHERE NOT key = ANY(%s)", procedures),
            ):
                self._owner.execute(sql.SQL(query).format(schema), (kept,))
        return changed


def _content(row: Mapping[str, Any]) -> dict[str, Any]:
    return {**row, "version": 0}
