"""The migration runner: many cities at once, one failing, one locked, one run at a time."""

import threading

import psycopg
import pytest

from core.embedded import APP
from core.tenancy import migrate as runner
from core.tenancy.migrate import Busy, CityAt, behind, fingerprints, migrate, migrate_city
from core.tenancy.provision import connect_owner, create_city
from core.tenancy.schema import Revision, head, revisions


@pytest.fixture
def towns(owner):
    """Two cities that nobody needs afterwards."""
    for slug in ("town-one", "town-two"):
        create_city(owner, slug=slug, hosts=(), profile={}, app_role=APP)


@pytest.fixture
def next_release(monkeypatch, towns):
    """A release with two revisions more than the cities have."""
    steps = list(revisions("tenant"))
    last = steps[-1].id
    steps += [
        Revision("next1", last, "one", _step(last, "next1", "ALTER TABLE staff ADD nick text;")),
        Revision(
            "next2",
            "next1",
            "two",
            _step("next1", "next2", "CREATE INDEX ix_staff_nick ON staff (nick);"),
        ),
    ]

    def fake(history):
        return tuple(steps) if history == "tenant" else revisions(history)

    monkeypatch.setattr("core.tenancy.schema.revisions", fake)
    return steps


@pytest.fixture(autouse=True)
def previous_release(owner, runtime, next_release):
    """Afterwards the cities of all tests go back to the release that is really installed."""
    yield
    for (role,) in owner.execute("SELECT role FROM platform.tenant").fetchall():
        owner.execute(
            f"ALTER TABLE IF EXISTS {role}.staff DROP COLUMN IF EXISTS nick CASCADE;"
            f" UPDATE {role}.schema_revision SET version_num = '{revisions('tenant')[-1].id}'"
        )


def _step(previous, number, change):
    return (
        f"{change} UPDATE schema_revision SET version_num = '{number}'"
        f" WHERE version_num = '{previous}';"
    )


def standing(owner):
    return dict(owner.execute("SELECT slug, revision FROM platform.tenant").fetchall())


def run(settings, **more):
    return migrate(settings.owner_url, app_role=APP, **more)


def test_all_cities_reach_the_head_and_the_ledger_says_so(owner, settings):
    seen = []
    total = len(standing(owner))
    report = run(settings, parallel=2, progress=lambda done, total: seen.append((done, total)))
    assert report.cities == len(report.done) == total
    assert not report.failed
    assert {done.applied for done in report.done} == {("next1", "next2")}
    assert set(standing(owner).values()) == {"next2"}
    assert len(fingerprints(owner)) == 1
    assert seen[-1] == (total, total)
    rows = owner.execute(
        "SELECT revision, outcome, count(*) FROM platform.migration_run"
        " WHERE revision LIKE 'next%' GROUP BY 1, 2 ORDER BY 1"
    ).fetchall()
    assert rows == [("next1", "applied", total), ("next2", "applied", total)]


def test_nothing_to_do_is_one_query(owner, settings, monkeypatch):
    run(settings)
    monkeypatch.setattr(runner, "_migrate_share", None)
    report = run(settings)
    assert report.done == ()
    statements = []
    with connect_owner(settings.owner_url) as connection:
        real = connection.execute
        monkeypatch.setattr(
            connection, "execute", lambda *a, **k: statements.append(a) or real(*a, **k)
        )
        assert behind(connection) == ()
    assert len(statements) == 1


def test_one_broken_city_holds_up_no_other_and_can_be_resumed(owner, settings):
    role = owner.execute("SELECT role FROM platform.tenant WHERE slug = 'town-two'").fetchone()[0]
    # The second revision will trip over this.
    owner.execute(f"CREATE INDEX ix_staff_nick ON {role}.staff (name)")
    report = run(settings)
    assert [failed.city.slug for failed in report.failed] == ["town-two"]
    failed = report.failed[0]
    assert failed.applied == ("next1",)
    assert "already exists" in failed.error
    standings = standing(owner)
    assert standings.pop("town-two") == "next1"
    assert set(standings.values()) == {"next2"}
    assert owner.execute(
        "SELECT message FROM platform.migration_run WHERE outcome = 'failed'"
    ).fetchall() == [(failed.error,)]

    owner.execute(f"DROP INDEX {role}.ix_staff_nick")
    again = run(settings)
    assert [(done.city.slug, done.applied) for done in again.done] == [("town-two", ("next2",))]
    assert not again.failed


def test_a_revision_is_applied_whole_or_not_at_all(owner, next_release):
    next_release[-1] = Revision(
        "next2", "next1", "two", "CREATE TABLE half (id int); SELECT 1 / 0;"
    )
    city = next(one for one in behind(owner) if one.slug == "town-one")
    done = migrate_city(owner, city)
    assert done.applied == ("next1",)
    assert "division by zero" in done.error
    assert owner.execute("SELECT to_regclass(%s)", (f"{city.role}.half",)).fetchone() == (None,)
    assert standing(owner)["town-one"] == "next1"


def test_a_lock_held_by_somebody_is_waited_for(owner, settings, monkeypatch):
    monkeypatch.setattr(runner, "_PATIENCE", "100ms")
    city = next(one for one in behind(owner) if one.slug == "town-one")
    held, release = threading.Event(), threading.Event()

    def hold():
        with connect_owner(settings.owner_url) as connection, connection.transaction():
            connection.execute(f"LOCK TABLE {city.role}.staff")
            held.set()
            release.wait(10)

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait(10)
    threading.Timer(0.6, release.set).start()
    assert migrate_city(owner, city).error is None
    holder.join()


def test_a_lock_held_for_too_long_is_reported(owner, settings, monkeypatch):
    monkeypatch.setattr(runner, "_PATIENCE", "20ms")
    monkeypatch.setattr(runner, "_RETRIES", 2)
    city = next(one for one in behind(owner) if one.slug == "town-one")
    with connect_owner(settings.owner_url) as other, other.transaction():
        other.execute(f"LOCK TABLE {city.role}.staff")
        done = migrate_city(owner, city)
    assert "lock timeout" in done.error
    assert done.applied == ()


def test_a_city_that_has_moved_on_is_left_alone(owner):
    city = next(one for one in behind(owner) if one.slug == "town-one")
    stale = CityAt(city.id, city.slug, city.role, revisions("tenant")[0].id)
    done = migrate_city(owner, stale)
    assert "no longer stands at revision" in done.error
    assert migrate_city(owner, city).error is None


def test_a_city_migrated_by_a_newer_release_is_refused_politely(owner, settings):
    owner.execute("UPDATE platform.tenant SET revision = 'future' WHERE slug = 'town-one'")
    report = run(settings)
    assert [failed.city.slug for failed in report.failed] == ["town-one"]
    assert "newer release" in report.failed[0].error


def test_two_runs_do_not_meet(settings, owner):
    with connect_owner(settings.owner_url) as other:
        other.execute("SELECT pg_advisory_lock(%s)", (runner._RUNNER_LOCK,))
        with pytest.raises(Busy):
            run(settings, wait=False)


def test_a_lost_connection_costs_one_city(owner, settings, monkeypatch):
    real = runner.migrate_city
    lost = []

    def unlucky(connection, city):
        if not lost:
            lost.append(city.slug)
            connection.close()
        return real(connection, city)

    monkeypatch.setattr(runner, "migrate_city", unlucky)
    report = run(settings, parallel=1)
    assert [failed.city.slug for failed in report.failed] == lost
    assert len(report.done) == len(standing(owner))
    assert not run(settings).failed


def test_the_head_is_what_new_cities_are_made_at(owner, next_release):
    assert head("tenant") == "next2"


def test_the_platform_of_a_newer_release_is_refused(owner, settings):
    current = owner.execute("SELECT version_num FROM platform.schema_revision").fetchone()
    owner.execute("UPDATE platform.schema_revision SET version_num = 'future'")
    try:
        with pytest.raises(LookupError, match="newer release"):
            run(settings)
    finally:
        owner.execute("UPDATE platform.schema_revision SET version_num = %s", current)


def test_the_owner_needs_no_superuser(owner):
    assert owner.execute(
        "SELECT rolsuper, rolbypassrls, rolcreatedb FROM pg_roles WHERE rolname = current_user"
    ).fetchone() == (False, False, False)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        owner.execute("CREATE ROLE x SUPERUSER")
