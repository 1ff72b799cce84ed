"""Writing rows in bulk as the owner of the schemas, table by table in the order of foreign keys."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from psycopg import sql

from core.db.base import CityTable
from core.tenancy.provision import OwnerConnection

Row = Sequence[object]


def as_json(value: object) -> str:
    """JSON for a column: what the services would have stored of the same value."""
    return msgspec.json.encode(value).decode()


def moment(second: int) -> datetime:
    """The instant of a second since 1970."""
    return datetime.fromtimestamp(second, UTC)


class Tables:
    """The tables of one city (`role` is also its schema) in one transaction."""

    def __init__(self, connection: OwnerConnection, role: str) -> None:
        self._connection = connection
        self.role = role

    def copy(self, table: str, columns: str, rows: Iterable[Row], *, schema: str = "") -> None:
        """COPY rows; `columns` are names with spaces between them."""
        statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
            sql.Identifier(schema or self.role, table),
            sql.SQL(", ").join(sql.Identifier(name) for name in columns.split()),
        )
        with self._connection.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)

    def one(self, query: str) -> Any:
        """The one value of a query that names this city's schema as {}."""
        row = self._connection.execute(sql.SQL(query).format(sql.Identifier(self.role))).fetchone()
        return row[0] if row else None

    def empty(self) -> None:
        """Remove everything but the regulation, and what the city has waiting in the outbox."""
        names = [
            sql.Identifier(self.role, table.name)
            for table in CityTable.metadata.sorted_tables
            if not table.name.startswith("regulation_")
        ]
        self._connection.execute(
            sql.SQL("TRUNCATE {} RESTART IDENTITY").format(sql.SQL(", ").join(names))
        )
        for table in ("outbox", "outbox_dead"):
            self._connection.execute(
                sql.SQL("DELETE FROM platform.{} WHERE role = %s").format(sql.Identifier(table)),
                (self.role,),
            )

    def analyze(self) -> None:
        """Tell the planner how much there is now."""
        for table in CityTable.metadata.sorted_tables:
            self._connection.execute(
                sql.SQL("ANALYZE {}").format(sql.Identifier(self.role, table.name))
            )
