"""What a superuser does once for an installation: roles, database, extensions, hygiene.

Serves embedded and external servers alike, and checks that a database can cope with Russian text.
Schemas and tables are the migrations' business.
"""

from urllib.parse import quote, urlsplit, urlunsplit

import msgspec
import psycopg
from psycopg import sql

from core.embedded.postgres import BUILTIN_LOCALE, PostgresServer

OWNER = "veche_owner"
APP = "veche_app"
EXTENSIONS = ("pg_trgm", "unaccent", "btree_gist")
#: Any number will do as long as all bootstraps of one server take the same lock.
_LOCK = 8_632_474_301

Connection = psycopg.Connection[tuple[object, ...]]


class LocaleProblem(Exception):
    """The database would search Russian text wrongly; the message says what failed."""


class Urls(msgspec.Struct, frozen=True):
    """Where to connect: `app` for web and workers, `owner` for migrations and provisioning."""

    app: str
    owner: str


class BootstrapSql(msgspec.Struct, frozen=True):
    """The bootstrap in three steps; all of them may be repeated, except `create`."""

    name: str
    roles: str
    create: str
    contents: str

    def for_psql(self) -> str:
        """One script for psql; takes the passwords as variables."""
        return (
            "-- Run as a superuser:\n"
            "--   psql -d postgres -v ON_ERROR_STOP=1 -v owner_password=... -v app_password=... "
            "-f bootstrap.sql\n\n"
            f"{self.roles}\n"
            f"ALTER ROLE {OWNER} PASSWORD :'owner_password';\n"
            f"ALTER ROLE {APP} PASSWORD :'app_password';\n\n"
            f"SELECT {_literal(self.create)}\n"
            "WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_database "
            f"WHERE datname = {_literal(self.name)}) \\gexec\n\n"
            f"\\connect {_identifier(self.name)}\n\n"
            f"{self.contents}"
        )


def bootstrap_sql(database: str, *, version: int = 18) -> BootstrapSql:
    """The statements for a server of the given major version; contain no passwords."""
    name = _identifier(database)
    builtin = "LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8'"
    provider = builtin if version >= BUILTIN_LOCALE else "LOCALE_PROVIDER libc"
    extensions = (f"CREATE EXTENSION IF NOT EXISTS {each} SCHEMA public;" for each in EXTENSIONS)
    return BootstrapSql(
        name=database,
        roles=_ROLES,
        create=(
            f"CREATE DATABASE {name} OWNER {OWNER} TEMPLATE template0 ENCODING 'UTF8' "
            f"{provider} LC_COLLATE 'C' LC_CTYPE 'C.UTF-8'"
        ),
        contents=_CONTENTS.replace("%DATABASE%", name).replace(
            "%EXTENSIONS%", "\n".join(extensions)
        ),
    )


# search_path takes an identifier here: as a string it would be quoted twice and match nothing.
_ROLES = f"""\
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = '{OWNER}') THEN
    CREATE ROLE {OWNER};
  END IF;
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = '{APP}') THEN
    CREATE ROLE {APP};
  END IF;
END
$$;
ALTER ROLE {OWNER} LOGIN INHERIT CREATEROLE NOCREATEDB NOSUPERUSER NOREPLICATION NOBYPASSRLS;
ALTER ROLE {APP} LOGIN NOINHERIT NOCREATEROLE NOCREATEDB NOSUPERUSER NOREPLICATION NOBYPASSRLS;
-- A schema is named like its role: SET LOCAL ROLE chooses both, and without it nothing is seen.
ALTER ROLE {APP} SET search_path = "$user";
-- Here and not in the connection: a transaction pooler accepts no start-up options.
ALTER ROLE {APP} SET statement_timeout = '15s';
ALTER ROLE {APP} SET idle_in_transaction_session_timeout = '60s';
"""  # noqa: S608

_CONTENTS = f"""\
ALTER DATABASE %DATABASE% OWNER TO {OWNER};
REVOKE ALL ON DATABASE %DATABASE% FROM PUBLIC;
GRANT CONNECT ON DATABASE %DATABASE% TO {OWNER}, {APP};
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
%EXTENSIONS%

-- As a function it would let one injected expression change role or search path.
REVOKE EXECUTE ON FUNCTION pg_catalog.set_config(text, text, boolean) FROM PUBLIC;
-- pg_dump and restores need it; they run as the owner.
GRANT EXECUTE ON FUNCTION pg_catalog.set_config(text, text, boolean) TO {OWNER};

-- Figures on statements show how busy other cities are: not for everybody.
DO $$
BEGIN
  IF current_setting('shared_preload_libraries') LIKE '%pg_stat_statements%' THEN
    CREATE EXTENSION IF NOT EXISTS pg_stat_statements SCHEMA public;
    REVOKE ALL ON public.pg_stat_statements, public.pg_stat_statements_info FROM PUBLIC;
    REVOKE ALL ON FUNCTION public.pg_stat_statements(boolean),
      public.pg_stat_statements_info() FROM PUBLIC;
    GRANT SELECT ON public.pg_stat_statements, public.pg_stat_statements_info
      TO pg_read_all_stats, {OWNER};
    GRANT EXECUTE ON FUNCTION public.pg_stat_statements(boolean),
      public.pg_stat_statements_info() TO pg_read_all_stats, {OWNER};
  END IF;
END
$$;
"""


def bootstrap_roles(
    server: PostgresServer,
    *,
    database: str = "veche",
    owner_password: str | None = None,
    app_password: str | None = None,
) -> Urls:
    """Bootstrap an embedded server; passwords left out are made up and kept in its folder."""
    for role, password in ((OWNER, owner_password), (APP, app_password)):
        if password is not None:
            server.set_password(role, password)
    return bootstrap(
        server.url(),
        database=database,
        owner_password=server.password(OWNER),
        app_password=server.password(APP),
    )


def bootstrap(superuser_url: str, *, database: str, owner_password: str, app_password: str) -> Urls:
    """Bootstrap any server; may be repeated. Raises LocaleProblem if its Russian is wrong."""
    with psycopg.connect(superuser_url, autocommit=True) as conn:
        statements = bootstrap_sql(database, version=conn.info.server_version // 10_000)
        # Two at once would trip over each other's rows in the catalog.
        conn.execute("SELECT pg_catalog.pg_advisory_lock(%s)", (_LOCK,))
        _execute(conn, statements.roles)
        for role, password in ((OWNER, owner_password), (APP, app_password)):
            _set_password(conn, role, password)
        known = "SELECT FROM pg_catalog.pg_database WHERE datname = %s"
        if conn.execute(known, (database,)).fetchone() is None:
            _execute(conn, statements.create)
        inside = _relocated(superuser_url, database=database)
        with psycopg.connect(inside) as inner:
            _execute(inner, statements.contents)
            check_database_locale(inner)
    return Urls(
        app=_relocated(superuser_url, database=database, login=(APP, app_password)),
        owner=_relocated(superuser_url, database=database, login=(OWNER, owner_password)),
    )


def check_database_locale(conn: Connection) -> None:
    """Raise LocaleProblem unless case, trigrams and Russian search work in this database.

    Each of them fails silently under a wrong locale: queries run and find nothing.
    """
    encoding = _value(conn, "SELECT pg_catalog.current_setting('server_encoding')")
    if encoding != "UTF8":
        raise LocaleProblem(f"The database is encoded in {encoding}; it must be UTF8.")
    if _value(conn, "SELECT pg_catalog.lower('ЩЁГОЛЬ')") != "щёголь":
        raise LocaleProblem(f"lower() leaves Cyrillic letters as they are. {_ADVICE}")
    schema = _value(
        conn,
        "SELECT extnamespace::pg_catalog.regnamespace::text FROM pg_catalog.pg_extension "
        "WHERE extname = 'pg_trgm'",
    )
    if schema is None:
        raise LocaleProblem("The extension pg_trgm is missing; run the bootstrap as a superuser.")
    trigrams = f"SELECT pg_catalog.cardinality({schema}.show_trgm('Щёголь'))"
    if not _value(conn, trigrams):
        raise LocaleProblem(f"Cyrillic words have no trigrams, search would find none. {_ADVICE}")
    stem = _value(conn, "SELECT pg_catalog.to_tsvector('pg_catalog.russian', 'ДОРОГАМИ')::text")
    if stem != "'дорог':1":
        raise LocaleProblem(f"Russian full-text search does not fold case ({stem}). {_ADVICE}")


_ADVICE = (
    "Create the database with LOCALE_PROVIDER builtin, BUILTIN_LOCALE 'C.UTF-8', LC_COLLATE 'C' "
    "and LC_CTYPE 'C.UTF-8' (before PostgreSQL 17: LOCALE_PROVIDER libc)."
)


def _set_password(conn: Connection, role: str, password: str) -> None:
    # Only the verifier travels: a password in a statement would end up in the server's log.
    verifier = conn.pgconn.encrypt_password(
        password.encode(), role.encode(), b"scram-sha-256"
    ).decode()
    statement = sql.SQL("ALTER ROLE {} PASSWORD {}")
    conn.execute(statement.format(sql.Identifier(role), sql.Literal(verifier)))


def _execute(conn: Connection, statements: str) -> None:
    # The text is this module's own; the only name put into it is quoted by _identifier.
    conn.execute(statements)


def _value(conn: Connection, query: str) -> object:
    row = conn.execute(query).fetchone()
    return None if row is None else row[0]


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _relocated(url: str, *, database: str, login: tuple[str, str] | None = None) -> str:
    """The same server under another database and, if given, another role and password."""
    parts = urlsplit(url)
    user, _, host = parts.netloc.rpartition("@")
    if login is not None:
        user = f"{quote(login[0], safe='')}:{quote(login[1], safe='')}"
    netloc = f"{user}@{host}" if user else host
    return urlunsplit((parts.scheme, netloc, f"/{quote(database, safe='')}", parts.query, ""))
