"""Cities come and go: what is made, what is refused, what is left behind."""

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import text

from core.db.engine import Databases
from core.embedded import APP
from core.tenancy import provision
from core.tenancy.provision import (
    AlreadyThere,
    add_login,
    create_city,
    drop_city,
    login_role,
    prepare_platform,
    set_hosts,
    set_state,
)
from core.tenancy.schema import head


def make(owner, slug="newtown", hosts=("newtown.test",), **more):
    return create_city(owner, slug=slug, hosts=hosts, profile={}, app_role=APP, **more)


def test_a_city_is_made_at_the_head_and_answers_to_its_role(owner, runtime):
    number = make(owner)
    row = owner.execute(
        "SELECT role, revision, state, shard FROM platform.tenant WHERE id = %s", (number,)
    ).fetchone()
    assert row == (f"t_{number}", head("tenant"), "active", 0)
    with runtime.databases.session(f"t_{number}") as session:
        said = session.execute(text("SELECT current_user, current_schema()")).one()
    assert said == (f"t_{number}", f"t_{number}")


def test_a_slug_that_is_taken_leaves_nothing_half_made(owner, city):
    before = owner.execute("SELECT count(*) FROM pg_namespace").fetchone()
    with pytest.raises(AlreadyThere, match=city.slug):
        make(owner, slug=city.slug)
    assert owner.execute("SELECT count(*) FROM pg_namespace").fetchone() == before


def test_a_host_that_is_taken_leaves_nothing_half_made(owner, runtime, city):
    taken = runtime.registry.hosts(city)[0]
    with pytest.raises(AlreadyThere):
        make(owner, hosts=(taken,))
    assert owner.execute("SELECT 1 FROM platform.tenant WHERE slug = 'newtown'").fetchone() is None
    number = make(owner)
    with pytest.raises(AlreadyThere, match="belongs to another city"):
        set_hosts(owner, number, (taken,))


def test_only_a_disabled_city_can_be_deleted(owner, runtime):
    number = make(owner)
    with pytest.raises(AlreadyThere, match="disable it first"):
        drop_city(owner, "newtown")
    assert set_state(owner, "newtown", "disabled")
    assert drop_city(owner, "newtown")
    for query in (
        "SELECT 1 FROM pg_namespace WHERE nspname = %s",
        "SELECT 1 FROM pg_roles WHERE rolname = %s",
        "SELECT 1 FROM platform.tenant WHERE role = %s",
    ):
        assert owner.execute(query, (f"t_{number}",)).fetchone() is None
    assert (
        owner.execute("SELECT 1 FROM platform.tenant_host WHERE host = 'newtown.test'").fetchone()
        is None
    )


def test_a_deleted_city_takes_its_events_along(owner, runtime):
    number = make(owner)
    with runtime.databases.session(f"t_{number}") as session:
        session.execute(
            text(
                "INSERT INTO platform.outbox (id, kind, payload)"
                " VALUES (gen_random_uuid(), 'x', '{}')"
            )
        )
    runtime.databases.dispose()
    set_state(owner, "newtown", "disabled")
    drop_city(owner, "newtown")
    assert owner.execute("SELECT count(*) FROM platform.outbox").fetchone() == (0,)


@pytest.mark.parametrize("change", [drop_city, lambda c, slug: set_state(c, slug, "disabled")])
def test_a_city_that_is_not_there_is_no_error(owner, change):
    assert change(owner, "nowhere") is False


def test_preparing_the_platform_again_does_nothing(owner):
    assert prepare_platform(owner, APP) == ()


def test_a_role_left_by_another_database_of_the_cluster_is_taken_over(owner):
    row = owner.execute(
        "SELECT last_value FROM pg_sequences, LATERAL (SELECT pg_get_serial_sequence("
        "'platform.tenant', 'id') AS s) x WHERE schemaname || '.' || sequencename = x.s"
    ).fetchone()
    owner.execute(f"CREATE ROLE t_{row[0] + 1} NOLOGIN")
    assert make(owner) == row[0] + 1


# Many cities: several login roles.


@pytest.fixture
def two_per_login(monkeypatch, owner):
    monkeypatch.setattr(provision, "CITIES_PER_LOGIN", 2)
    yield
    # Roles belong to the whole server.
    for (slug,) in owner.execute("SELECT slug FROM platform.tenant WHERE shard > 0").fetchall():
        if slug.startswith("newtown"):
            set_state(owner, slug, "disabled")
            drop_city(owner, slug)
    for (role,) in owner.execute(
        "SELECT rolname FROM pg_roles WHERE rolname ~ %s", (f"^{APP}_[0-9]+$",)
    ).fetchall():
        owner.execute(
            f"REVOKE CONNECT ON DATABASE {owner.info.dbname} FROM {role}; DROP ROLE {role}"
        )


def test_cities_are_spread_over_login_roles(owner, settings, two_per_login, runtime):
    password = conninfo_to_dict(settings.database_url)["password"]
    first = make(owner, "newtown-a", (), app_password=password)
    shard = (first - 1) // 2
    assert shard > 0
    login = login_role(APP, shard)
    members = owner.execute(
        "SELECT count(*) FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.member"
        " WHERE r.rolname = %s AND m.roleid <> 'platform'::regrole",
        (login,),
    ).fetchone()
    assert members == (1,)
    databases = Databases(settings.database_url, pool_size=1, name="test")
    try:
        with databases.session(f"t_{first}", shard=shard) as session:
            said = session.execute(text("SELECT session_user, current_user, current_schema()"))
            assert said.one() == (login, f"t_{first}", f"t_{first}")
        # The application's first login is no member of this city.
        with (
            pytest.raises(psycopg.errors.InsufficientPrivilege),
            databases.session(f"t_{first}") as session,
        ):
            session.execute(text("SELECT 1"))
    finally:
        databases.dispose()


def test_a_further_login_role_has_the_settings_of_the_first(owner, two_per_login):
    add_login(owner, APP, 9, "secret")
    rows = dict(
        owner.execute(
            "SELECT rolname, rolconfig FROM pg_roles WHERE rolname IN (%s, %s)", (APP, f"{APP}_9")
        ).fetchall()
    )
    assert set(rows[f"{APP}_9"]) == set(rows[APP])


def test_a_further_login_role_sees_nothing_by_itself(owner, settings, two_per_login, city):
    add_login(owner, APP, 9, "secret")
    add_login(owner, APP, 9, "ignored, it is there")
    parts = conninfo_to_dict(settings.database_url)
    with psycopg.connect(**{**parts, "user": f"{APP}_9", "password": "secret"}) as connection:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SELECT 1 FROM platform.tenant")
        connection.rollback()
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(f"SET ROLE {city.role}")
