"""Keys for programs: shown once, ended by time, by the person, and by erasing the account."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from core.identity import own_data, tokens
from core.identity.model import ResidentToken
from core.kit.actor import SystemActor
from core.kit.clock import FixedClock
from core.kit.errors import Conflict, Invalid, NotFound
from core.tenancy.tenant import Tenant
from core.work import Runtime
from tests.identity.build import Begin, email, resident

MONTH = tokens.LIFETIMES[0]


def test_a_key_leads_to_its_resident(runtime: Runtime, work: Begin, city: Tenant) -> None:
    with work(city) as w:
        anna = resident(w)
        key = tokens.issue(w, anna, name=" бот ", lasts=MONTH)
        (kept,) = w.session.query(ResidentToken)
        assert key.encode() not in kept.digest
        (shown,) = tokens.standing(w, anna)
        assert (shown.name, shown.expires_at) == ("бот", w.now + MONTH)
    assert key.startswith(tokens.PREFIX)
    assert tokens.resident_of(runtime, city, key) == anna


def test_nonsense_asks_the_database_nothing(
    runtime: Runtime, city: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtime, "databases", None)
    for key in ("", "veche_", "veche_short", "x" * 49, "VECHE_" + "a" * 43):
        assert tokens.resident_of(runtime, city, key) is None


def test_a_key_ends_by_time(runtime: Runtime, work: Begin, city: Tenant, clock: FixedClock) -> None:
    with work(city) as w:
        anna = resident(w)
        key = tokens.issue(w, anna, name="бот", lasts=MONTH)
    clock.move(MONTH - timedelta(seconds=1))
    assert tokens.resident_of(runtime, city, key) == anna
    clock.move(timedelta(seconds=1))
    assert tokens.resident_of(runtime, city, key) is None
    with work(city) as w:
        assert tokens.standing(w, anna) == ()


def test_a_key_is_revoked_by_its_owner(runtime: Runtime, work: Begin, city: Tenant) -> None:
    with work(city) as w:
        anna, boris = resident(w), resident(w, email("boris"))
        key = tokens.issue(w, anna, name="бот", lasts=MONTH)
        (shown,) = tokens.standing(w, anna)
        with pytest.raises(NotFound):
            tokens.revoke(w, boris, shown.id)
    assert tokens.resident_of(runtime, city, key) == anna
    with work(city) as w:
        tokens.revoke(w, anna, shown.id)
        with pytest.raises(NotFound):
            tokens.revoke(w, anna, shown.id)
    assert tokens.resident_of(runtime, city, key) is None


def test_erasing_the_account_ends_its_keys(runtime: Runtime, work: Begin, city: Tenant) -> None:
    with work(city) as w:
        anna = resident(w)
        key = tokens.issue(w, anna, name="бот", lasts=MONTH)
        own_data.erase(w, anna)
    assert tokens.resident_of(runtime, city, key) is None


def test_names_and_terms_are_checked(work: Begin, city: Tenant) -> None:
    with work(city) as w:
        anna = resident(w)
        for name, lasts, field in (
            ("", MONTH, "name"),
            ("x" * 61, MONTH, "name"),
            ("бот", timedelta(days=9999), "lasts"),
        ):
            with pytest.raises(Invalid) as refused:
                tokens.issue(w, anna, name=name, lasts=lasts)
            assert set(refused.value.fields) == {field}


def test_there_are_ten_at_most_even_at_once(runtime: Runtime, city: Tenant) -> None:
    with runtime.work(city, SystemActor("test")) as w:
        anna = resident(w)

    def issue(_: int) -> bool:
        try:
            with runtime.work(city, SystemActor("test")) as w:
                tokens.issue(w, anna, name="бот", lasts=MONTH)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(issue, range(14))) == tokens.MOST
