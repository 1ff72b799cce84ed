"""The wall between cities, for every table there is: what the database itself refuses.

Everything here runs as the application would run it, by its own role and engine; "injected" means
that a statement or expression of an attacker's choice has reached the database.
"""

from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.errors import FeatureNotSupported, InsufficientPrivilege
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from core.db.base import FULL, CityTable, PlatformTable
from core.db.engine import Databases, NoRole, begin_sql
from core.tables import load_tables

load_tables()
TABLES = sorted(CityTable.metadata.tables)
PLATFORM = sorted(PlatformTable.metadata.tables)
SAME = UUID("00000000-0000-7000-8000-000000000001")
ALL_PRIVILEGES = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")


@pytest.fixture
def one(settings):
    """A pool of exactly one connection, so that every city meets what the last one left."""
    databases = Databases(settings.database_url, pool_size=1, name="test")
    yield databases
    databases.dispose()


@pytest.fixture
def namesakes(owner, city, other_city):
    """A staff member in each of two cities, of the same id."""
    for each in (city, other_city):
        owner.execute(
            f"INSERT INTO {each.role}.staff (id, name, email) VALUES (%s, %s, 'a@example.org')",
            (SAME, each.slug),
        )
    return SAME


def refused(databases, role, statement, **values):
    """Run an injected statement; returns PostgreSQL's complaint."""
    with pytest.raises(DBAPIError) as caught, databases.session(role) as session:
        session.execute(text(statement), values)
    return caught.value.orig


def who(session):
    """Whose staff this transaction sees."""
    return session.execute(text("SELECT name FROM staff WHERE id = :id"), {"id": SAME}).scalar()


# Every table.


def test_there_are_tables_to_look_at():
    assert len(TABLES) > 20


@pytest.mark.parametrize("table", TABLES)
def test_another_city_s_table_cannot_be_touched(table, runtime, city, other_city):
    theirs = f'"{other_city.schema}"."{table}"'
    column = next(iter(CityTable.metadata.tables[table].columns)).name
    for statement in (
        f"SELECT 1 FROM {theirs}",
        f"SELECT count(*) FROM {theirs}",
        f"INSERT INTO {theirs} DEFAULT VALUES",
        f"UPDATE {theirs} SET {column} = {column}",
        f"DELETE FROM {theirs}",
        f"TRUNCATE {theirs}",
        f"SELECT * FROM {table} UNION ALL SELECT * FROM {theirs}",
        f"LOCK TABLE {theirs}",
        f"COPY {theirs} TO STDOUT",
    ):
        problem = refused(runtime.databases, city.role, statement)
        assert isinstance(problem, InsufficientPrivilege), statement


@pytest.mark.parametrize("table", TABLES)
def test_a_city_may_do_on_its_table_what_the_model_says_and_no_more(table, owner, city):
    allowed = CityTable.metadata.tables[table].info.get("access", FULL)
    for privilege in ALL_PRIVILEGES:
        row = owner.execute(
            "SELECT has_table_privilege(%s, %s, %s)",
            (city.role, f"{city.schema}.{table}", privilege),
        ).fetchone()
        assert row[0] is (privilege in allowed), privilege


APPEND_ONLY = [
    name
    for name, table in CityTable.metadata.tables.items()
    if "UPDATE" not in table.info.get("access", FULL)
]


def test_history_is_append_only():
    assert {
        "audit_entry",
        "bonus_transfer",
        "decision_entry",
        "poll_ballot",
        "poll_roll",
        "poll_step",
        "regulation_entry",
    } <= set(APPEND_ONLY)


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_an_append_only_table_cannot_be_edited(table, runtime, city):
    column = next(iter(CityTable.metadata.tables[table].columns)).name
    problem = refused(runtime.databases, city.role, f"UPDATE {table} SET {column} = {column}")
    assert isinstance(problem, InsufficientPrivilege)


@pytest.mark.parametrize("table", PLATFORM)
def test_the_platform_is_closed_to_cities(table, runtime, city):
    for statement in (
        f"SELECT 1 FROM platform.{table}",
        f"DELETE FROM platform.{table}",
        f"TRUNCATE platform.{table}",
        *([] if table == "outbox" else [f"INSERT INTO platform.{table} DEFAULT VALUES"]),
    ):
        problem = refused(runtime.databases, city.role, statement)
        assert isinstance(problem, InsufficientPrivilege), statement


# The same ids in two cities.


def test_each_city_sees_its_own_of_two_namesakes(runtime, city, other_city, namesakes):
    for each in (city, other_city):
        with runtime.databases.session(each.role) as session:
            assert who(session) == each.slug
            session.execute(text("UPDATE staff SET unit = 'x' WHERE id = :id"), {"id": SAME})
    with runtime.databases.session(city.role) as session:
        session.execute(text("DELETE FROM staff WHERE id = :id"), {"id": SAME})
    with runtime.databases.session(other_city.role) as session:
        assert who(session) == other_city.slug


# What the last transaction left on the connection.


def test_one_connection_serves_cities_in_turn(one, city, other_city, namesakes):
    for each in (city, other_city, city, other_city):
        with one.session(each.role) as session:
            assert who(session) == each.slug


def test_a_failed_transaction_leaves_nothing(one, city, other_city, namesakes):
    with pytest.raises(DBAPIError), one.session(city.role) as session:
        session.execute(text("UPDATE staff SET name = CAST(1 / (length(name) * 0) AS text)"))
    with one.session(other_city.role) as session:
        assert who(session) == other_city.slug
    with one.session(city.role) as session:
        assert who(session) == city.slug


@pytest.mark.parametrize(
    "forgotten",
    [
        "SET ROLE {city}",
        "SET SESSION ROLE {city}",
        "RESET ROLE",
        "RESET ALL",
        "SET SESSION AUTHORIZATION DEFAULT",
    ],
)
def test_a_role_left_over_on_the_session_is_overruled(one, city, other_city, namesakes, forgotten):
    with one.session(city.role) as session:
        session.execute(text(forgotten.format(city=city.role)))
    with one.session(other_city.role) as session:
        assert who(session) == other_city.slug


@pytest.mark.parametrize("path", ["{city}", "platform", "{city}, platform, public", "''"])
def test_a_search_path_left_over_shows_nobody_else_s_rows(one, city, other_city, namesakes, path):
    with one.session(city.role) as session:
        session.execute(text(f"SET search_path = {path.format(city=city.role)}"))
    with pytest.raises(DBAPIError, match="does not exist"), one.session(other_city.role) as session:
        who(session)


def test_statements_prepared_for_one_city_give_another_its_own(one, city, other_city, namesakes):
    for turn in range(12):
        each = (city, other_city)[turn % 2]
        with one.session(each.role) as session:
            raw = session.connection().connection.driver_connection
            raw.prepare_threshold = 0
            assert who(session) == each.slug
            row = raw.execute("SELECT name FROM staff WHERE id = %s", (SAME,)).fetchone()
            assert row == (each.slug,)


def test_a_pipeline_keeps_to_its_city(one, city, other_city, namesakes):
    for each in (city, other_city):
        with one.session(each.role) as session:
            raw = session.connection().connection.driver_connection
            with raw.pipeline():
                cursors = [raw.execute("SELECT name FROM staff") for _ in range(3)]
                assert [cursor.fetchall() for cursor in cursors] == [[(each.slug,)]] * 3


def test_a_transaction_without_a_role_cannot_begin(one):
    with pytest.raises(NoRole), one.engine().connect() as connection:
        connection.execute(text("SELECT 1"))


@pytest.mark.parametrize(
    "role", ["postgres", "veche_owner", "t_1; DROP TABLE x", 't_1"', "", "t_", "T_1", "t_1\n"]
)
def test_only_roles_of_the_installation_can_be_become(role):
    with pytest.raises(NoRole):
        begin_sql(role)


# Injection.


@pytest.mark.parametrize(
    "expression",
    [
        "set_config('role', :other, true)",
        "set_config('search_path', :other, true)",
        "pg_catalog.set_config('role', :other, false)",
        "(SELECT set_config('role', :other, true) FROM generate_series(1, 1))",
        "query_to_xml('SET LOCAL ROLE ' || :other, true, false, '')",
        "query_to_xml('SELECT * FROM ' || :other || '.staff', true, false, '')",
        "table_to_xml(CAST(:other || '.staff' AS regclass), true, false, '')",
        "schema_to_xml(:other, true, false, '')",
        "(SELECT count(*) FROM ts_stat('SELECT to_tsvector(name) FROM ' || :other || '.staff'))",
        "pg_read_file('/etc/hostname')",
        "lo_import('/etc/hostname')",
        "(SELECT bool_or(pg_terminate_backend(pid)) FROM pg_stat_activity)",
        "pg_reload_conf()",
    ],
)
def test_an_injected_expression_does_not_leave_the_city(
    runtime, city, other_city, namesakes, expression
):
    query = f"SELECT CAST({expression} AS text), current_user, (SELECT min(name) FROM staff)"
    values = {"other": other_city.role} if ":other" in expression else {}
    problem = refused(runtime.databases, city.role, query, **values)
    assert isinstance(problem, InsufficientPrivilege | FeatureNotSupported)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE pg_settings SET setting = :other WHERE name = 'search_path'",
        "CREATE TABLE mine (id int)",
        "CREATE TEMP TABLE mine (id int)",
        "CREATE SCHEMA mine",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE VIEW v AS SELECT 1",
        "DROP TABLE staff",
        "ALTER TABLE poll_ballot ADD COLUMN x int",
        "ALTER TABLE poll_ballot DISABLE TRIGGER ALL",
        "CREATE ROLE mine",
        "ALTER ROLE veche_app SUPERUSER",
        "COPY staff TO PROGRAM 'cat'",
        "COPY staff TO '/tmp/x'",
        "SET SESSION AUTHORIZATION postgres",
        "SET ROLE veche_owner",
        "SET LOCAL ROLE postgres",
        "CREATE EXTENSION dblink",
    ],
)
def test_an_injected_statement_gains_no_power(runtime, city, other_city, statement):
    values = {"other": other_city.role} if ":other" in statement else {}
    problem = refused(runtime.databases, city.role, statement, **values)
    assert isinstance(problem, InsufficientPrivilege)


def test_settings_changed_in_passing_stay_as_they_were(runtime, city, other_city):
    with runtime.databases.session(city.role) as session:
        path = session.execute(
            text(
                "WITH x AS (UPDATE pg_settings SET setting = :other WHERE name = 'search_path')"
                " SELECT current_setting('search_path')"
            ),
            {"other": other_city.role},
        ).scalar_one()
        assert path == session.execute(text("SHOW search_path")).scalar_one() == '"$user"'


def test_two_statements_do_not_fit_where_one_is_expected(runtime, city, other_city):
    with runtime.databases.session(city.role) as session:
        raw = session.connection().connection.driver_connection
        with pytest.raises(psycopg.errors.SyntaxError, match="multiple commands"):
            raw.execute(
                f"SELECT %s; SET LOCAL ROLE {other_city.role}; SELECT 1", (1,), prepare=True
            )


# Without any city.


@pytest.mark.parametrize("where", ["{city}.staff", "platform.tenant", "platform.outbox", "staff"])
def test_the_login_role_alone_sees_nothing(settings, city, where):
    nothing = (InsufficientPrivilege, psycopg.errors.UndefinedTable)
    with psycopg.connect(settings.database_url) as connection, pytest.raises(nothing):
        connection.execute(f"SELECT 1 FROM {where.format(city=city.role)}")


def test_a_city_s_role_cannot_log_in(owner, runtime):
    rows = owner.execute(
        "SELECT rolname FROM pg_roles WHERE rolname ~ '^t_[0-9]+$' AND"
        " (rolcanlogin OR rolsuper OR rolcreaterole OR rolcreatedb OR rolbypassrls)"
    ).fetchall()
    assert rows == []


def test_a_city_is_a_member_of_no_other(owner, runtime, city, other_city):
    for granted in (other_city.role, "platform", "veche_owner", "veche_app"):
        row = owner.execute("SELECT pg_has_role(%s, %s, 'MEMBER')", (city.role, granted)).fetchone()
        assert row == (False,), granted


# The outbox.


def test_an_event_says_truly_whose_it_is(runtime, city, work):
    with runtime.databases.session(city.role) as session:
        session.execute(
            text("INSERT INTO platform.outbox (id, kind, payload) VALUES (:id, 'x', '{}')"),
            {"id": uuid4()},
        )
    with runtime.databases.platform() as session:
        assert session.execute(text("SELECT role FROM outbox")).scalar_one() == city.role


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO platform.outbox (id, kind, payload, role)"
        " VALUES (gen_random_uuid(), 'x', '{}', :other)",
        "INSERT INTO platform.outbox (id, kind, payload, handed_over)"
        " VALUES (gen_random_uuid(), 'x', '{}', 0)",
        "INSERT INTO platform.outbox (id, kind, payload) VALUES (gen_random_uuid(), 'x', '{}')"
        " RETURNING id",
        "INSERT INTO platform.outbox (id, kind, payload) VALUES (gen_random_uuid(), 'x', '{}')"
        " ON CONFLICT (id) DO UPDATE SET role = excluded.role",
        "UPDATE platform.outbox SET role = :other",
        "DELETE FROM platform.outbox",
    ],
)
def test_an_event_cannot_be_forged_read_or_changed(runtime, city, other_city, statement):
    values = {"other": other_city.role} if ":other" in statement else {}
    problem = refused(runtime.databases, city.role, statement, **values)
    assert isinstance(problem, InsufficientPrivilege)
