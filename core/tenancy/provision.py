"""Making, disabling and removing the schema and role of a city; the platform schema itself."""

from typing import Any, Final

import msgspec
import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from core.tenancy.schema import complete_metadata, grants_sql, head, pending, revisions

# Grants to thousands of city roles would swell the access list of every shared table: cities are
# members of this one role, which may do what all of them may.
CITIES: Final = "veche_city"
# SET ROLE slows down with the number of roles a login is a member of: 5 ms at 1000, 300 at 10000.
CITIES_PER_LOGIN: Final = 500
OwnerConnection = psycopg.Connection[Any]
_MIGRATION_LOCK: Final = 0x5645434845  # "VECHE"
_VERSION_LOCK: Final = 0x56455253  # "VERS"


class AlreadyThere(Exception):
    """A city of this slug or a host of this name exists already."""


def connect_owner(url: str) -> OwnerConnection:
    """A connection as the owner role, in autocommit mode; `url` in any PostgreSQL spelling."""
    return psycopg.connect(
        url.replace("postgresql+psycopg://", "postgresql://"),
        autocommit=True,
        connect_timeout=5,
        application_name="veche-owner",
    )


def role_script(role: str) -> str:
    """Statements that make a role which cannot log in, unless the cluster has it already."""
    return (
        f'DO $$ BEGIN CREATE ROLE "{role}" NOLOGIN; '
        f"EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;"
    )


def login_role(app_role: str, shard: int) -> str:
    """The login role that may become the cities of a shard; shard 0 is the application's own."""
    return app_role if shard == 0 else f"{app_role}_{shard}"


def add_login(connection: OwnerConnection, app_role: str, shard: int, password: str | None) -> None:
    """Make the login role of a further shard, with the password that all of them share.

    Without a password the server must know these roles in another way (certificate, peer).
    """
    role = login_role(app_role, shard)
    known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,)).fetchone()
    if known is not None:
        return
    name = sql.Identifier(role)
    connection.execute(sql.SQL("CREATE ROLE {} LOGIN NOINHERIT").format(name))
    # An identifier here: as a string it would be quoted twice and match nothing.
    connection.execute(sql.SQL('ALTER ROLE {} SET search_path = "$user"').format(name))
    for setting, value in _settings_of(connection, app_role).items():
        connection.execute(
            sql.SQL("ALTER ROLE {} SET {} = {}").format(
                name, sql.Identifier(setting), sql.Literal(value)
            )
        )
    connection.execute(
        sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(
            sql.Identifier(connection.info.dbname), name
        )
    )
    connection.execute(sql.SQL("GRANT platform TO {}").format(name))
    if password is not None:
        # Only the verifier travels: a password in a statement would end up in the server's log.
        verifier = connection.pgconn.encrypt_password(
            password.encode(), role.encode(), b"scram-sha-256"
        ).decode()
        connection.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(name, sql.Literal(verifier)))


def _settings_of(connection: OwnerConnection, role: str) -> dict[str, str]:
    """What the bootstrap has set for a role, such as its timeouts; the search path aside."""
    row = connection.execute(
        "SELECT rolconfig FROM pg_roles WHERE rolname = %s", (role,)
    ).fetchone()
    pairs = (pair.partition("=") for pair in (row[0] if row and row[0] else ()))
    return {name: value for name, _, value in pairs if name != "search_path"}


def order_versions(connection: OwnerConnection) -> None:
    """Take the lock under which rows of the registry get their version, until the end of the
    transaction: versions then commit in order, and a process that asks for what is newer than the
    last one it saw misses nothing."""
    connection.execute("SELECT pg_advisory_xact_lock(%s)", (_VERSION_LOCK,))


def prepare_platform(connection: OwnerConnection, app_role: str) -> tuple[str, ...]:
    """Bring the platform schema to the head revision; returns the revisions applied."""
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (_MIGRATION_LOCK,))
        connection.execute("SET LOCAL lock_timeout = '10s'")
        connection.execute(
            f"{role_script('platform')} {role_script(CITIES)} "
            "CREATE SCHEMA IF NOT EXISTS platform; "
            "GRANT USAGE ON SCHEMA platform TO platform; "
            f"GRANT USAGE ON SCHEMA platform TO {CITIES}; "
            f'GRANT platform TO "{app_role}"; '
            "SET LOCAL search_path = platform"
        )
        table = connection.execute("SELECT to_regclass('platform.schema_revision')").fetchone()
        current: str | None = None
        if table and table[0]:
            row = connection.execute("SELECT version_num FROM schema_revision").fetchone()
            current = str(row[0]) if row else None
        steps = pending("platform", current)
        for step in steps:
            connection.execute(step.sql.encode())
        if steps:
            connection.execute(grants_sql("platform", complete_metadata("platform")).encode())
            connection.execute(
                "GRANT USAGE ON ALL SEQUENCES IN SCHEMA platform TO platform; "
                f"GRANT INSERT (id, kind, payload, due_at) ON outbox TO {CITIES}"
            )
    return tuple(step.id for step in steps)


def city_script(role: str, app_role: str) -> str:
    """Everything that makes an empty city at the head revision, as one string."""
    return "\n".join(
        (
            role_script(role),
            f'GRANT {CITIES} TO "{role}"; GRANT "{role}" TO "{app_role}";',
            f'CREATE SCHEMA "{role}"; GRANT USAGE ON SCHEMA "{role}" TO "{role}";',
            f'SET LOCAL search_path = "{role}";',
            *(step.sql for step in revisions("tenant")),
            grants_sql(role, complete_metadata("tenant")),
            "SET LOCAL search_path = platform;",
        )
    )


def create_city(
    connection: OwnerConnection,
    *,
    slug: str,
    hosts: tuple[str, ...],
    profile: msgspec.Raw | dict[str, object],
    app_role: str,
    app_password: str | None = None,
    state: str = "active",
) -> int:
    """Register a city and make its role and schema in one transaction; returns its id.

    `app_password` is needed for every 500th city, whose login role is made along with it.
    Raises AlreadyThere when the slug or a host is taken.
    """
    document = profile if isinstance(profile, dict) else msgspec.json.decode(profile)
    try:
        with connection.transaction():
            row = connection.execute(
                "WITH number AS (SELECT nextval(pg_get_serial_sequence('platform.tenant', 'id')) n)"
                " INSERT INTO platform.tenant (id, slug, role, shard, state, profile, revision)"
                " OVERRIDING SYSTEM VALUE"
                " SELECT n, %s, 't_' || n, (n - 1) / %s, %s, %s, %s FROM number"
                " RETURNING id, role, shard",
                (slug, CITIES_PER_LOGIN, state, Jsonb(document), head("tenant")),
            ).fetchone()
            assert row is not None
            number, role, shard = int(row[0]), str(row[1]), int(row[2])
            with connection.cursor() as cursor:
                cursor.executemany(
                    "INSERT INTO platform.tenant_host (host, tenant_id) VALUES (%s, %s)",
                    [(host, number) for host in hosts],
                )
            if shard:
                add_login(connection, app_role, shard, app_password)
            connection.execute(city_script(role, login_role(app_role, shard)).encode())
            order_versions(connection)
            connection.execute(
                "UPDATE platform.tenant SET version = nextval('platform.tenant_version')"
                " WHERE id = %s",
                (number,),
            )
    except psycopg.errors.UniqueViolation as error:
        raise AlreadyThere(f"{slug}: {error.diag.message_detail}") from error
    return number


def set_hosts(connection: OwnerConnection, number: int, hosts: tuple[str, ...]) -> None:
    """Make exactly these names lead to the city; raises AlreadyThere if another city has one."""
    try:
        with connection.transaction():
            connection.execute(
                "DELETE FROM platform.tenant_host WHERE tenant_id = %s AND host <> ALL(%s)",
                (number, list(hosts)),
            )
            for host in hosts:
                connection.execute(
                    "INSERT INTO platform.tenant_host (host, tenant_id) VALUES (%s, %s)"
                    " ON CONFLICT (host) DO UPDATE SET host = excluded.host"
                    " WHERE tenant_host.tenant_id = excluded.tenant_id",
                    (host, number),
                )
                owner = connection.execute(
                    "SELECT tenant_id FROM platform.tenant_host WHERE host = %s", (host,)
                ).fetchone()
                if owner is None or owner[0] != number:
                    raise AlreadyThere(f"the host {host} belongs to another city")
    except psycopg.errors.UniqueViolation as error:
        raise AlreadyThere(str(error.diag.message_detail)) from error


def set_state(connection: OwnerConnection, slug: str, state: str) -> bool:
    """Switch a city on or off; its data stays. Returns whether there is such a city."""
    with connection.transaction():
        order_versions(connection)
        done = connection.execute(
            "UPDATE platform.tenant SET state = %s, version = nextval('platform.tenant_version')"
            " WHERE slug = %s",
            (state, slug),
        )
    return done.rowcount == 1


def drop_city(connection: OwnerConnection, slug: str) -> bool:
    """Remove a disabled city with all its data, for good; active cities are refused."""
    with connection.transaction():
        row = connection.execute(
            "SELECT role, state FROM platform.tenant WHERE slug = %s FOR UPDATE", (slug,)
        ).fetchone()
        if row is None:
            return False
        role, state = str(row[0]), str(row[1])
        if state == "active":
            raise AlreadyThere(f"{slug} is active: disable it first")
        connection.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(role)))
        connection.execute("DELETE FROM platform.tenant WHERE slug = %s", (slug,))
        for table in ("outbox", "outbox_dead"):
            connection.execute(
                sql.SQL("DELETE FROM platform.{} WHERE role = %s").format(sql.Identifier(table)),
                (role,),
            )
        connection.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(role)))
    return True
