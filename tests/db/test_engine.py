"""Engines: one round trip to begin, a role for every transaction, and life after a lost server."""

import tempfile
import threading
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError, OperationalError

from core.db.base import APPEND, FULL, CityTable
from core.db.engine import (
    Databases,
    begin_sql,
    driver_connection,
    is_connection_loss,
    sqlalchemy_url,
)
from core.embedded import launch
from core.tables import load_tables


@pytest.fixture
def databases(settings, runtime):
    made = Databases(settings.database_url, pool_size=2, name="test")
    yield made
    made.dispose()


def test_begin_and_switch_are_one_string():
    assert begin_sql("t_12") == 'BEGIN; SET LOCAL ROLE "t_12"'
    assert begin_sql("platform") == 'BEGIN; SET LOCAL ROLE "platform"'


def test_a_transaction_costs_one_round_trip_to_begin(databases, city, monkeypatch):
    sent = []
    real = psycopg.Connection.execute

    def spy(self, query, *more, **options):
        sent.append(query)
        return real(self, query, *more, **options)

    monkeypatch.setattr(psycopg.Connection, "execute", spy)
    with databases.session(city.role) as session:
        session.execute(text("SELECT 1"))
    assert sent == [begin_sql(city.role)]


def test_leaving_commits_and_an_exception_rolls_back(databases, city):
    def write(name, *, fail=False):
        with databases.session(city.role) as session:
            session.execute(
                text("INSERT INTO staff (id, name, email) VALUES (gen_random_uuid(), :n, :n)"),
                {"n": name},
            )
            if fail:
                raise KeyError(name)

    write("kept")
    with pytest.raises(KeyError):
        write("lost", fail=True)
    with databases.session(city.role) as session:
        assert session.execute(text("SELECT name FROM staff")).scalars().all() == ["kept"]


def test_a_pooled_connection_comes_back_clean(databases, city):
    with databases.session(city.role) as session:
        raw = driver_connection(session)
    assert raw.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
    assert raw.autocommit


def test_a_statement_that_runs_too_long_is_cut_off(databases, city):
    def take_long():
        with databases.session(city.role) as session:
            session.execute(text("SET LOCAL statement_timeout = '200ms'"))
            session.execute(text("SELECT pg_sleep(2)"))

    with pytest.raises(DBAPIError, match="statement timeout"):
        take_long()
    with databases.session(city.role) as session:
        assert session.execute(text("SELECT 1")).scalar_one() == 1
        assert session.execute(text("SHOW statement_timeout")).scalar_one() == "15s"


def test_a_pooler_that_carries_no_prepared_statements_gets_none(settings, runtime, city):
    databases = Databases(settings.database_url, pool_size=1, prepared=False, name="test")
    with databases.session(city.role) as session:
        assert driver_connection(session).prepare_threshold is None
    databases.dispose()


def test_two_threads_have_two_transactions(databases, city, other_city):
    inside = threading.Barrier(2)
    said = {}

    def ask(each):
        with databases.session(each.role) as session:
            inside.wait()
            said[each.role] = session.execute(text("SELECT current_user")).scalar_one()

    threads = [threading.Thread(target=ask, args=(each,)) for each in (city, other_city)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert said == {city.role: city.role, other_city.role: other_city.role}


@pytest.mark.parametrize(
    "spelling", ["postgresql://u:p@h:1/d", "postgres://u:p@h:1/d", "postgresql+psycopg://u:p@h:1/d"]
)
def test_any_spelling_of_a_url_means_psycopg(spelling):
    url = make_url(spelling) if not spelling.startswith("postgres:") else spelling
    assert str(sqlalchemy_url(str(url)).drivername) == "postgresql+psycopg"


def test_a_further_shard_is_another_login_on_its_own_engine(databases, settings):
    assert databases.engine(shard=2).url.username == "veche_app_2"
    assert databases.engine(shard=2) is databases.engine(shard=2)
    assert databases.engine() is not databases.engine(shard=2)


def test_access_is_declared_in_words_the_database_knows():
    load_tables()
    for table in CityTable.metadata.sorted_tables:
        access = table.info.get("access", FULL)
        assert set(APPEND) <= set(access) <= set(FULL), table.name


@pytest.mark.crash
def test_after_a_crash_of_the_server_the_next_transaction_finds_it_again():
    with tempfile.TemporaryDirectory(prefix="veche-crash-") as folder:
        template = Path(__file__).resolve().parents[2] / "build" / "test-initdb"
        with launch(Path(folder), fsync=False, initdb_template=template) as own:
            with psycopg.connect(own.urls.owner, autocommit=True) as owner:
                owner.execute("CREATE ROLE platform; GRANT platform TO veche_app")
            databases = Databases(own.urls.app, pool_size=3, name="test")
            for _ in range(3):
                with databases.platform() as session:
                    session.execute(text("SELECT 1"))
            own.postgres.kill()
            own.postgres.start()
            with pytest.raises(OperationalError) as lost, databases.platform() as session:
                session.execute(text("SELECT 1"))
            assert is_connection_loss(lost.value)
            for _ in range(3):
                with databases.platform() as session:
                    assert session.execute(text("SELECT 1")).scalar_one() == 1
            databases.dispose()


def test_what_counts_as_a_lost_connection():
    assert is_connection_loss(psycopg.OperationalError("gone"))
    assert is_connection_loss(OperationalError("BEGIN", {}, psycopg.OperationalError("gone")))
    assert not is_connection_loss(ValueError("no"))
    assert not is_connection_loss(DBAPIError("x", {}, psycopg.errors.UniqueViolation("twice")))
