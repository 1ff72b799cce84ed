"""Roles, rights and locale of a bootstrapped database, tried as the roles themselves."""

import os
import subprocess
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import errors
from sqlalchemy import create_engine, inspect

from core.embedded import (
    Bundle,
    LocaleProblem,
    bootstrap_roles,
    bootstrap_sql,
    check_database_locale,
)


@pytest.fixture
def owner(bundle: Bundle) -> Iterator[psycopg.Connection]:
    with psycopg.connect(bundle.urls.owner, autocommit=True) as conn:
        yield conn


@pytest.fixture
def app(bundle: Bundle) -> Iterator[psycopg.Connection]:
    with psycopg.connect(bundle.urls.app, autocommit=True) as conn:
        yield conn


@pytest.fixture
def cities(owner: psycopg.Connection) -> Iterator[None]:
    """Two cities as provisioning makes them."""
    for city in ("t_first", "t_second"):
        owner.execute(f"CREATE ROLE {city} NOLOGIN")
        owner.execute(f"GRANT {city} TO veche_app WITH INHERIT FALSE, SET TRUE")
        owner.execute(f"CREATE SCHEMA {city}")
        owner.execute(f"CREATE TABLE {city}.place AS SELECT '{city}' AS name")
        owner.execute(f"GRANT USAGE ON SCHEMA {city} TO {city}")
        owner.execute(f"GRANT SELECT, INSERT ON {city}.place TO {city}")
    yield
    for city in ("t_first", "t_second"):
        owner.execute(f"DROP SCHEMA {city} CASCADE")
        owner.execute(f"DROP ROLE {city}")


def scalar(conn: psycopg.Connection, query: str) -> object:
    row = conn.execute(query).fetchone()
    assert row is not None
    return row[0]


@pytest.mark.usefixtures("cities")
def test_role_of_a_city_chooses_its_schema_and_reaches_no_other(app: psycopg.Connection) -> None:
    with pytest.raises(errors.UndefinedTable):
        app.execute("SELECT name FROM place")
    with pytest.raises(errors.InsufficientPrivilege):
        app.execute("SELECT name FROM t_first.place")
    for city, other in (("t_first", "t_second"), ("t_second", "t_first")):
        with app.transaction():
            app.execute(f"SET LOCAL ROLE {city}")
            assert scalar(app, "SELECT name FROM place") == city
            with pytest.raises(errors.InsufficientPrivilege), app.transaction():
                app.execute(f"SELECT name FROM {other}.place")
    assert scalar(app, "SELECT current_user") == "veche_app"


@pytest.mark.parametrize(
    "expression",
    [
        "set_config('role', 't_second', true)",
        "pg_catalog.set_config('search_path', 't_second', true)",
        "query_to_xml('SELECT set_config(''role'', ''t_second'', true)', true, true, '')",
    ],
)
@pytest.mark.usefixtures("cities")
def test_no_expression_changes_role_or_path(app: psycopg.Connection, expression: str) -> None:
    with pytest.raises(errors.InsufficientPrivilege):
        app.execute(f"SELECT {expression}")
    with app.transaction():
        app.execute("SET LOCAL ROLE t_first")
        with pytest.raises(errors.InsufficientPrivilege), app.transaction():
            app.execute(f"SELECT {expression}")


@pytest.mark.usefixtures("cities")
def test_query_in_an_expression_cannot_set_a_role(app: psycopg.Connection) -> None:
    with pytest.raises(errors.FeatureNotSupported):
        app.execute("SELECT query_to_xml('SET ROLE t_second', true, true, '')")


def test_rights_of_the_two_roles(app: psycopg.Connection, owner: psycopg.Connection) -> None:
    for statement in (
        "CREATE TABLE public.stray (id int)",
        "CREATE SCHEMA stray",
        "CREATE TEMP TABLE stray (id int)",
        "CREATE ROLE stray",
        "SELECT * FROM public.pg_stat_statements",
    ):
        with pytest.raises(errors.InsufficientPrivilege):
            app.execute(statement)
    assert scalar(owner, "SELECT set_config('lock_timeout', '1s', false)") == "1s"
    assert scalar(owner, "SELECT count(*) > 0 FROM public.pg_stat_statements") is True
    roles = owner.execute(
        "SELECT rolname, rolsuper, rolinherit, rolcreaterole, rolcanlogin, rolbypassrls "
        "FROM pg_roles WHERE rolname LIKE 'veche%' ORDER BY 1"
    ).fetchall()
    assert roles == [
        ("veche_app", False, False, False, True, False),
        ("veche_owner", False, True, True, True, False),
    ]
    with pytest.raises(errors.InsufficientPrivilege):
        owner.execute("CREATE ROLE stray SUPERUSER")
    public = "SELECT has_database_privilege('public', 'veche', 'CONNECT')"
    assert scalar(owner, public) is False


def test_russian_text(app: psycopg.Connection) -> None:
    check_database_locale(app)
    assert scalar(app, "SELECT 'Ёлка' ILIKE '%ёЛКА%'") is True
    similar = "SELECT public.similarity('Благоустройство', 'благоустройства') > 0.7"
    assert scalar(app, similar) is True


@pytest.mark.parametrize("broken", ["LC_CTYPE 'C'", "LC_CTYPE 'C' LC_COLLATE 'C'"])
def test_wrong_locale_is_noticed(bundle: Bundle, broken: str) -> None:
    with psycopg.connect(bundle.postgres.url(), autocommit=True) as conn:
        conn.execute(
            "CREATE DATABASE crooked TEMPLATE template0 LOCALE_PROVIDER builtin "
            f"BUILTIN_LOCALE 'C.UTF-8' {broken}"
        )
        try:
            url = bundle.postgres.url(database="crooked")
            with psycopg.connect(url, autocommit=True) as crooked:
                with pytest.raises(LocaleProblem, match="pg_trgm is missing"):
                    check_database_locale(crooked)
                crooked.execute("CREATE EXTENSION pg_trgm")
                with pytest.raises(LocaleProblem, match="no trigrams"):
                    check_database_locale(crooked)
        finally:
            conn.execute("DROP DATABASE crooked WITH (FORCE)")


def test_bootstrap_may_be_repeated_and_changes_passwords(bundle: Bundle) -> None:
    assert bootstrap_roles(bundle.postgres).app == bundle.urls.app
    made = bootstrap_roles(bundle.postgres, app_password="пароль с @ и /")
    try:
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(bundle.urls.app)
        with psycopg.connect(made.app) as conn:
            assert conn.info.user == "veche_app"
    finally:
        former = psycopg.conninfo.conninfo_to_dict(bundle.urls.app)["password"]
        bootstrap_roles(bundle.postgres, app_password=str(former))
    with psycopg.connect(bundle.urls.app):
        pass


def test_printed_script_runs_in_psql_twice(bundle: Bundle) -> None:
    server = bundle.postgres
    version = server.version
    script = bootstrap_sql('printed "one"', version=version).for_psql()
    variables = [f"-vowner_password={server.password('veche_owner')}"]
    variables += [f"-vapp_password={server.password('veche_app')}", "-vON_ERROR_STOP=1"]
    try:
        for _ in range(2):
            subprocess.run(
                [server.bin_folder / "psql", "-qX", *variables, "-d", server.url(), "-f", "-"],
                input=script,
                text=True,
                check=True,
                capture_output=True,
                env={"PATH": os.environ["PATH"], "PGCLIENTENCODING": "UTF8"},
            )
        with psycopg.connect(server.url("veche_owner", 'printed "one"')) as conn:
            check_database_locale(conn)
        with (
            psycopg.connect(server.url("veche_app", 'printed "one"')) as conn,
            pytest.raises(errors.InsufficientPrivilege),
        ):
            conn.execute("SELECT set_config('role', 'none', true)")
    finally:
        with psycopg.connect(server.url(), autocommit=True) as conn:
            conn.execute('DROP DATABASE IF EXISTS "printed ""one"""')


@pytest.mark.usefixtures("cities")
def test_tools_of_the_owner_still_work(bundle: Bundle) -> None:
    """pg_dump begins with set_config; SQLAlchemy inspects the catalog."""
    dump = [str(bundle.postgres.bin_folder / "pg_dump"), "-d", bundle.urls.owner]
    done = subprocess.run(dump, capture_output=True, text=True, check=True)
    assert "CREATE TABLE t_first.place" in done.stdout
    for url in (bundle.urls.owner, bundle.urls.app):
        engine = create_engine(url)
        with engine.connect() as conn:
            assert "t_first" in inspect(conn).get_schema_names()
        engine.dispose()
