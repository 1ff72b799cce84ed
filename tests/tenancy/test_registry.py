"""The registry's copy in a process: hosts, freshness, and what it does without a database."""

import threading

import pytest
from sqlalchemy.exc import OperationalError

from core.db.engine import Databases
from core.embedded import APP
from core.tenancy.provision import connect_owner, create_city, order_versions, set_hosts, set_state
from core.tenancy.registry import Registry


@pytest.fixture
def databases(settings):
    made = Databases(settings.database_url, pool_size=2, name="test")
    yield made
    made.dispose()


@pytest.fixture
def registry(databases, runtime):
    return Registry(databases, ttl=0)


def bump(owner, slug):
    owner.execute(
        "UPDATE platform.tenant SET version = nextval('platform.tenant_version') WHERE slug = %s",
        (slug,),
    )


class Counted:
    """Databases that count how often the platform was asked."""

    def __init__(self, databases):
        self._databases = databases
        self.asked = 0

    def platform(self):
        self.asked += 1
        return self._databases.platform()


def test_a_host_means_one_city(registry, city, other_city):
    for each in (city, other_city):
        for host in registry.hosts(each):
            assert registry.by_host(host) == each
    assert registry.by_slug(city.slug) == registry.by_role(city.role) == city


@pytest.mark.parametrize("host", ["", "nowhere.localhost", "localhost", "gubkinsky"])
def test_an_unknown_host_means_no_city(registry, host):
    assert registry.by_host(host) is None


def test_a_copy_is_not_asked_for_again_until_it_is_old(databases, runtime, city):
    counted = Counted(databases)
    registry = Registry(counted, ttl=60)
    host = f"{city.slug}.localhost"
    assert not registry.fresh
    for _ in range(5):
        assert registry.by_host(host) == city
        assert registry.by_host("nowhere.localhost") is None
    assert registry.fresh
    assert counted.asked == 1


def test_an_old_copy_is_refreshed_with_what_has_changed(databases, runtime, owner, city):
    counted = Counted(databases)
    registry = Registry(counted, ttl=0)
    before = registry.by_slug(city.slug)
    set_hosts(owner, city.id, ("new.localhost",))
    bump(owner, city.slug)
    assert registry.by_host("new.localhost").version > before.version
    assert registry.by_host(f"{city.slug}.localhost") is None
    assert counted.asked == 3


def test_a_disabled_city_answers_to_no_host_but_is_still_known(registry, owner, city):
    set_state(owner, city.slug, "disabled")
    assert registry.by_host(f"{city.slug}.localhost") is None
    assert registry.by_slug(city.slug).state == "disabled"
    set_state(owner, city.slug, "active")
    assert registry.by_host(f"{city.slug}.localhost").active


def test_a_host_may_move_to_another_city(registry, owner, city, other_city):
    set_hosts(owner, city.id, ("elsewhere.localhost",))
    bump(owner, city.slug)
    set_hosts(owner, other_city.id, (f"{city.slug}.localhost",))
    bump(owner, other_city.slug)
    assert registry.by_host(f"{city.slug}.localhost").id == other_city.id


def test_without_a_database_an_old_copy_serves(databases, registry, city, monkeypatch):
    host = f"{city.slug}.localhost"
    assert registry.by_host(host) == city

    def gone():
        raise OperationalError("SELECT", {}, Exception("gone"))

    monkeypatch.setattr(databases, "platform", gone)
    assert registry.by_host(host) == city


def test_without_a_database_and_without_a_copy_there_is_an_error(databases, runtime, monkeypatch):
    def gone():
        raise OperationalError("SELECT", {}, Exception("gone"))

    monkeypatch.setattr(databases, "platform", gone)
    with pytest.raises(OperationalError):
        Registry(databases, ttl=0).by_host("x.localhost")


def test_one_thread_fetches_for_all(databases, runtime, city):
    counted = Counted(databases)
    registry = Registry(counted, ttl=60)
    threads = [threading.Thread(target=registry.by_slug, args=(city.slug,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counted.asked == 1


def test_a_change_that_began_first_and_ended_last_is_not_missed(
    settings, registry, owner, city, other_city
):
    """Versions are handed out under a lock: without it the slower change would have the smaller
    number and be passed over for ever."""
    slow = connect_owner(settings.owner_url)
    done = threading.Event()
    with slow.transaction():
        order_versions(slow)
        bump(slow, city.slug)

        def quick():
            set_state(owner, other_city.slug, "disabled")
            done.set()

        thread = threading.Thread(target=quick)
        thread.start()
        assert not done.wait(0.3)
        assert registry.by_slug(other_city.slug).active
        slow.execute("UPDATE platform.tenant SET state = 'disabled' WHERE id = %s", (city.id,))
    thread.join()
    slow.close()
    assert not registry.by_slug(city.slug).active
    assert not registry.by_slug(other_city.slug).active


def test_a_new_city_appears(registry, owner):
    assert registry.by_slug("fresh") is None
    profile = owner.execute("SELECT profile FROM platform.tenant LIMIT 1").fetchone()[0]
    create_city(owner, slug="fresh", hosts=("fresh.test",), profile=profile, app_role=APP)
    assert registry.by_host("fresh.test").slug == "fresh"
