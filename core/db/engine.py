"""Engines whose every transaction runs as exactly one database role.

A city's role, its schema and its search path are one name, so switching the role with SET LOCAL
switches everything and ends with the transaction: nothing can be left over on a pooled
connection, also behind a transaction pooler. Connections are opened in psycopg's autocommit mode;
SQLAlchemy's begin event then sends BEGIN and the switch as one round trip. A transaction for
which no role was named cannot begin.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any, Final

import msgspec
import psycopg
from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session

_ROLE: Final = re.compile(r"(platform|t_[0-9]{1,9})\Z")


class NoRole(RuntimeError):
    """Code tried to open a transaction without saying on whose behalf."""


def begin_sql(role: str) -> str:
    """BEGIN and the switch to `role` as one string: the only composed SQL in the application.

    `role` comes from the registry, never from a request; the pattern is a second lock on that door.
    """
    if not _ROLE.match(role):
        raise NoRole(f"not a role of this installation: {role!r}")
    return f'BEGIN; SET LOCAL ROLE "{role}"'


def sqlalchemy_url(url: str) -> URL:
    """The URL with the psycopg driver named, whatever spelling came from outside."""
    return make_url(url).set(drivername="postgresql+psycopg")


class Databases:
    """The engines of one process: one for each database and application role it meets.

    `shard` numbers application roles: none is a member of more than some 500 city roles, because
    SET ROLE slows down with the number of memberships. Shard 0 is the role in the URL itself.
    """

    def __init__(
        self, url: str, *, pool_size: int = 8, prepared: bool = True, name: str = "web"
    ) -> None:
        self._url = url
        self._pool_size = pool_size
        self._prepared = prepared
        self._name = name
        self._engines: dict[tuple[str, int], Engine] = {}
        self._lock = Lock()

    def engine(self, database: str | None = None, shard: int = 0) -> Engine:
        key = (database or self._url, shard)
        engine = self._engines.get(key)
        if engine is None:
            with self._lock:
                engine = self._engines.get(key) or self._make(*key)
                self._engines[key] = engine
        return engine

    def _make(self, url: str, shard: int) -> Engine:
        address = sqlalchemy_url(url)
        if shard:
            address = address.set(username=f"{address.username}_{shard}")
        return make_role_engine(
            address,
            pool_size=self._pool_size,
            application_name=f"veche-{self._name}",
            prepared=self._prepared,
        )

    @contextmanager
    def session(
        self, role: str, *, database: str | None = None, shard: int = 0
    ) -> Iterator[Session]:
        """One transaction as `role`: commits on leaving, rolls back on an exception."""
        engine = self.engine(database, shard)
        with (
            engine.connect().execution_options(role=role) as connection,
            Session(bind=connection, expire_on_commit=False, autoflush=True) as session,
        ):
            try:
                yield session
                session.commit()
            except BaseException:
                session.rollback()
                raise

    @contextmanager
    def platform(self) -> Iterator[Session]:
        """One transaction in the platform schema of the default database."""
        with self.session("platform") as session:
            yield session

    def dispose(self) -> None:
        for engine in self._engines.values():
            engine.dispose()
        self._engines.clear()


def make_role_engine(url: URL, *, pool_size: int, application_name: str, prepared: bool) -> Engine:
    """An engine as described in the module's docstring.

    Timeouts belong to the role (see the bootstrap), because a transaction pooler accepts no
    start-up options; `prepared=False` is for poolers that cannot carry prepared statements.
    """
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=5,
        pool_recycle=900,
        pool_use_lifo=True,
        pool_reset_on_return=None,
        # Documents are large and read on every page; this decodes them half again as fast.
        json_deserializer=msgspec.json.decode,
        connect_args={
            "autocommit": True,
            "connect_timeout": 5,
            "application_name": application_name,
            **({} if prepared else {"prepare_threshold": None}),
        },
    )

    @event.listens_for(engine, "begin")
    def _switch(connection: Connection) -> None:
        role = connection.get_execution_options().get("role")
        if role is None:
            raise NoRole("a transaction needs a role; use Databases.session")
        raw = connection.connection.driver_connection
        assert isinstance(raw, psycopg.Connection)
        try:
            raw.execute(begin_sql(role), prepare=False)
        except psycopg.OperationalError as error:
            # The pool hands out connections whose server has since died: drop them all, and tell
            # the caller in SQLAlchemy's own words so that a retry finds a fresh connection.
            connection.invalidate(error)
            engine.dispose(close=False)
            raise OperationalError("BEGIN", None, error, connection_invalidated=True) from error

    @event.listens_for(engine, "checkin")
    def _leave_clean(raw: Any, _record: object) -> None:
        if raw is None or raw.closed:
            return
        if raw.info.transaction_status != psycopg.pq.TransactionStatus.IDLE:
            raw.rollback()

    return engine


def driver_connection(session: Session) -> psycopg.Connection[Any]:
    """The psycopg connection under a session whose transaction has begun (for pipelines)."""
    raw = session.connection().connection.driver_connection
    assert isinstance(raw, psycopg.Connection)
    return raw


def is_connection_loss(error: BaseException) -> bool:
    """Whether the database went away, so that the same work may be tried again."""
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or isinstance(error.orig, psycopg.OperationalError)
    return isinstance(error, psycopg.OperationalError)
