"""Filling is repeatable, does nothing twice, and keeps away from what is no demo."""

from datetime import timedelta

import msgspec
import pytest
from psycopg import sql
from rich.console import Console

from core.demo import data
from core.demo.data import NotADemo, fill_cities
from core.demo.officials import write_operators
from core.embedded import EmbeddedError
from core.features.polls.service.life import SECRET_PURPOSE
from core.kit.crypto import unseal
from tests.demo.invariants import broken

SCALE = 0.02


def digest(runtime, owner, city):
    """Every row of a city, in the order of keys; the poll keys themselves, not their sealing."""
    found = {}
    tables = owner.execute(
        "SELECT tablename::text FROM pg_tables WHERE schemaname = %s"
        " AND tablename NOT LIKE 'regulation%%' AND tablename <> 'poll_secret' ORDER BY 1",
        (city.role,),
    ).fetchall()
    for (table,) in tables:
        query = "SELECT count(*), md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {} t"
        found[table] = owner.execute(
            sql.SQL(query).format(sql.Identifier(city.role, table))
        ).fetchone()
    found["outbox"] = owner.execute(
        "SELECT count(*), md5(string_agg(t::text, '|' ORDER BY id)) FROM platform.outbox t"
        " WHERE role = %s",
        (city.role,),
    ).fetchone()
    key = runtime.city_key(city, SECRET_PURPOSE)
    found["poll_secret"] = {
        poll: unseal(key, bytes(sealed))
        for poll, sealed in owner.execute(
            sql.SQL("SELECT poll_id, sealed_key FROM {}.poll_secret").format(
                sql.Identifier(city.role)
            )
        )
    }
    return found


def test_one_seed_and_day_give_one_year(runtime, owner, clock, installation):
    cities = runtime.registry.all()

    def fill(**how):
        fill_cities(installation.settings, clock=clock, scale=SCALE, fresh=True, **how)
        return [digest(runtime, owner, city) for city in cities]

    first = fill()
    clock.move(timedelta(hours=7))
    assert fill() == first
    other = fill(seed=2)
    for one, another in zip(first, other, strict=True):
        assert one["resident"] != another["resident"]
        assert one["poll_ballot"][1] != another["poll_ballot"][1]
    clock.move(timedelta(days=1))
    assert [one["poll"] for one in fill()] != [one["poll"] for one in first]


def test_the_second_time_nothing_is_done(runtime, owner, clock, installation):
    assert len(fill_cities(installation.settings, clock=clock, scale=SCALE)) == 4
    before = [digest(runtime, owner, city) for city in runtime.registry.all()]
    assert fill_cities(installation.settings, clock=clock, scale=SCALE) == ()
    assert [digest(runtime, owner, city) for city in runtime.registry.all()] == before


def test_what_was_left_half_done_is_finished(runtime, owner, clock, installation, monkeypatch):
    """A city is filled whole or not at all; the next call fills those that are missing."""
    real = data.fill_city
    calls = []

    def fails_at_the_third(*arguments, **named):
        calls.append(1)
        filled = real(*arguments, **named)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return filled

    monkeypatch.setattr(data, "fill_city", fails_at_the_third)
    with pytest.raises(KeyboardInterrupt):
        fill_cities(installation.settings, clock=clock, scale=SCALE)
    monkeypatch.undo()
    assert len(fill_cities(installation.settings, clock=clock, scale=SCALE)) == 2


@pytest.fixture
def kind(installation, runtime):
    """Sets what the installation says it is (None: nothing), and puts it back."""

    def change(value):
        installation.owner.execute("DELETE FROM platform.installation")
        if value is not None:
            installation.owner.execute(
                "INSERT INTO platform.installation (id, kind) VALUES (1, %s)", (value,)
            )

    yield change
    change("test")


@pytest.mark.parametrize("fresh", [False, True])
def test_a_real_installation_is_refused(kind, installation, clock, runtime, owner, fresh):
    kind("production")
    with pytest.raises(NotADemo, match="production") as refused:
        fill_cities(installation.settings, clock=clock, fresh=fresh)
    assert isinstance(refused.value, EmbeddedError)
    for city in runtime.registry.all():
        assert owner.execute(f"SELECT count(*) FROM {city.role}.resident").fetchone() == (0,)


@pytest.mark.parametrize("fresh", [False, True])
def test_cities_that_somebody_lives_in_become_no_demo(kind, installation, runtime, owner, fresh):
    city = runtime.registry.all()[0]
    owner.execute(f"INSERT INTO {city.role}.resident (id) VALUES (gen_random_uuid())")
    kind(None)
    with pytest.raises(NotADemo):
        fill_cities(installation.settings, fresh=fresh)
    assert owner.execute(f"SELECT count(*) FROM {city.role}.resident").fetchone() == (1,)
    assert owner.execute("SELECT kind FROM platform.installation").fetchall() == []


def test_an_empty_installation_becomes_a_demo(kind, installation, clock, owner):
    kind(None)
    fill_cities(installation.settings, clock=clock, scale=SCALE)
    assert owner.execute("SELECT kind FROM platform.installation").fetchone() == ("demo",)


def test_a_city_without_demo_texts_stays_empty(runtime, owner, clock, installation, tmp_path):
    settings = msgspec.structs.replace(installation.settings, tenants=tmp_path)
    assert fill_cities(settings, clock=clock) == ()


def test_operators_are_not_doubled(owner, clock, runtime):
    write_operators(owner, clock.now())
    write_operators(owner, clock.now())
    assert owner.execute("SELECT count(*) FROM platform.operator").fetchone() == (2,)


def test_full_scale(runtime, owner, clock, installation):
    """The figures of the sources, exactly."""
    console = Console(record=True, width=100)
    said = []
    filled = fill_cities(
        installation.settings, clock=clock, announce=lambda *progress: said.append(progress)
    )
    assert {one.slug: (one.residents, one.polls, one.votes) for one in filled} == {
        "gubkinsky": (11_772, 35, 50_148),
        "oktyabrsky": (1_574, 9, 1_724),
        "perm": (47_000, 10, 57_204),
        "tyumen": (16_000, 14, 27_263),
    }
    assert {one.slug: (one.ideas, one.supports) for one in filled} == {
        "gubkinsky": (406, 114_570),
        "oktyabrsky": (0, 0),
        "perm": (128, 34_200),
        "tyumen": (58, 4_180),
    }
    assert said[-1][1] == said[-1][2]
    assert [done for _city, done, _total in said] == sorted(done for _city, done, _total in said)
    for city in runtime.registry.all():
        today = clock.now().astimezone(city.zone)
        midnight = today.replace(hour=0, minute=0)
        assert broken(owner, city, midnight) == {}
    gubkinsky = runtime.registry.by_slug("gubkinsky").role
    rows = owner.execute(
        f"SELECT state, results->>'verdict', title FROM {gubkinsky}.poll WHERE results IS NOT NULL"
        " AND results->>'verdict' <> 'valid'"
    ).fetchall()
    assert [row[:2] for row in rows] == [("invalid", "void")]
    data.fill(installation.settings, console)
    assert console.export_text().strip() == ""
