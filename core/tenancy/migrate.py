"""The migration runner: brings every city's schema to the head revision.

Each revision is compiled once and applied to each city in one round trip and one transaction,
with lock and statement timeouts and a guard on the revision the city stands at. What succeeded
stays; a run that was interrupted goes on where it stopped.
"""

import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import Final

import msgspec
import psycopg

from core.tenancy.provision import OwnerConnection, connect_owner, prepare_platform
from core.tenancy.schema import (
    Revision,
    complete_metadata,
    fingerprint,
    grants_sql,
    head,
    pending,
)

_RUNNER_LOCK: Final = 0x4D494752  # "MIGR"
_RETRIES: Final = 5
_PATIENCE: Final = "3s"
_TRANSIENT: Final = (
    psycopg.errors.LockNotAvailable,
    psycopg.errors.DeadlockDetected,
    psycopg.errors.QueryCanceled,
    psycopg.errors.SerializationFailure,
)


class CityAt(msgspec.Struct, frozen=True):
    """A city and the revision its schema stands at."""

    id: int
    slug: str
    role: str
    revision: str | None


class CityDone(msgspec.Struct, frozen=True):
    """What happened to one city: `error` is None when it reached the head."""

    city: CityAt
    applied: tuple[str, ...]
    milliseconds: int
    error: str | None = None


class Report(msgspec.Struct, frozen=True):
    """The outcome of a run over all cities."""

    platform: tuple[str, ...]
    cities: int
    done: tuple[CityDone, ...]

    @property
    def failed(self) -> tuple[CityDone, ...]:
        return tuple(one for one in self.done if one.error is not None)


class Busy(Exception):
    """Another migration run holds the lock."""


def behind(connection: OwnerConnection) -> tuple[CityAt, ...]:
    """Cities not at the head revision, in one query however many there are."""
    rows = connection.execute(
        "SELECT id, slug, role, revision FROM platform.tenant"
        " WHERE revision IS DISTINCT FROM %s ORDER BY id",
        (head("tenant"),),
    ).fetchall()
    return tuple(CityAt(*row) for row in rows)


def migrate(
    owner_url: str,
    *,
    app_role: str,
    parallel: int = 4,
    wait: bool = True,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Report:
    """Bring the platform and all cities to the head; raises Busy when `wait` is False and
    another run is under way. A city that fails does not stop the others."""
    with connect_owner(owner_url) as lock:
        if wait:
            lock.execute("SELECT pg_advisory_lock(%s)", (_RUNNER_LOCK,))
        else:
            row = lock.execute("SELECT pg_try_advisory_lock(%s)", (_RUNNER_LOCK,)).fetchone()
            if not row or not row[0]:
                raise Busy("another migration run is under way")
        platform = prepare_platform(lock, app_role)
        cities = behind(lock)
        total = lock.execute("SELECT count(*) FROM platform.tenant").fetchone()
        done: list[CityDone] = []
        if cities:
            with ThreadPoolExecutor(min(parallel, len(cities))) as pool:
                shares = [cities[n::parallel] for n in range(parallel) if cities[n::parallel]]
                jobs = [pool.submit(_migrate_share, owner_url, share, done) for share in shares]
                while not all(job.done() for job in jobs):
                    progress(len(done), len(cities))
                    time.sleep(0.05)
                for job in as_completed(jobs):
                    job.result()
            progress(len(done), len(cities))
    return Report(platform=platform, cities=int(total[0]) if total else 0, done=tuple(done))


def _migrate_share(owner_url: str, cities: Iterable[CityAt], done: list[CityDone]) -> None:
    """One worker's cities over one connection, opened anew when the server has dropped it."""
    connection = connect_owner(owner_url)
    try:
        for city in cities:
            if connection.closed:
                connection = connect_owner(owner_url)
            done.append(migrate_city(connection, city))
    finally:
        connection.close()


def migrate_city(connection: OwnerConnection, city: CityAt) -> CityDone:
    """Apply what is pending to one city, revision by revision; failures go to the ledger."""
    started = time.perf_counter()
    applied: list[str] = []
    current = city.revision
    message: str | None = None
    try:
        for step in pending("tenant", city.revision):
            _apply(connection, city, step, current)
            current = step.id
            applied.append(step.id)
    except (psycopg.Error, LookupError) as error:
        message = str(error).strip().splitlines()[0]
    spent = int((time.perf_counter() - started) * 1000)
    if message is not None and not connection.closed:
        connection.execute(
            "INSERT INTO platform.migration_run (tenant_id, revision, milliseconds, outcome,"
            " message) VALUES (%s, %s, %s, 'failed', %s)",
            (city.id, head("tenant"), spent, message),
        )
    return CityDone(city, tuple(applied), spent, message)


def _apply(connection: OwnerConnection, city: CityAt, step: Revision, current: str | None) -> None:
    script = _script(city, step, current)
    for attempt in range(_RETRIES):
        try:
            connection.execute(script.encode())
        except _TRANSIENT:
            connection.execute("ROLLBACK")
            if attempt == _RETRIES - 1:
                raise
            time.sleep(0.2 * 2**attempt)
        except psycopg.Error:
            if not connection.closed:
                connection.execute("ROLLBACK")
            raise
        else:
            return


def _script(city: CityAt, step: Revision, current: str | None) -> str:
    expected = "NULL" if current is None else f"'{current}'"
    role = city.role
    grants = grants_sql(role, complete_metadata("tenant"), step=step)
    return f"""
BEGIN;
SET LOCAL lock_timeout = '{_PATIENCE}';
SET LOCAL statement_timeout = '120s';
SET LOCAL search_path = "{role}";
DO $guard$ BEGIN
  PERFORM 1 FROM platform.tenant WHERE id = {city.id} FOR UPDATE;
  IF (SELECT revision FROM platform.tenant WHERE id = {city.id}) IS DISTINCT FROM {expected} THEN
    RAISE EXCEPTION 'city {city.id} no longer stands at revision {current}';
  END IF;
END $guard$;
{step.sql}
{grants}
UPDATE platform.tenant SET revision = '{step.id}' WHERE id = {city.id};
INSERT INTO platform.migration_run (tenant_id, revision, milliseconds, outcome)
  VALUES ({city.id}, '{step.id}',
          extract(milliseconds FROM clock_timestamp() - transaction_timestamp())::int, 'applied');
COMMIT;
"""  # noqa: S608 -- role, id and revision come from the registry and our own files


def fingerprints(connection: OwnerConnection) -> dict[str, list[str]]:
    """Fingerprint → cities that have it. More than one key means that schemas have drifted."""
    found: dict[str, list[str]] = {}
    rows = connection.execute("SELECT slug, role FROM platform.tenant ORDER BY id").fetchall()
    for slug, role in rows:
        found.setdefault(fingerprint(connection, str(role)), []).append(str(slug))
    return found
