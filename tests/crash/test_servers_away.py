"""What people see while Valkey or PostgreSQL is away, and that nobody has to restart anything
afterwards. In one process, on servers that these tests may kill."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from anyio.from_thread import BlockingPortal

from core.app import Sites
from core.identity import sessions, tokens
from core.kit.actor import SystemActor
from core.tenancy.tenant import Tenant
from core.web.request import SESSION_COOKIE
from core.work import Runtime
from tests.api.bot import Bot, problem
from tests.crash.house import House, eventually
from tests.features.polls.build import choose, open_poll, paper_of, residents
from tests.support.http import Client, visible_text

pytestmark = pytest.mark.crash


class Scene:
    """A city with an open poll, a resident with a session and a key."""

    def __init__(self, runtime: Runtime, portal: BlockingPortal) -> None:
        self.runtime = runtime
        self.app = Sites(runtime)
        self._portal = portal
        self.city: Tenant = runtime.registry.all()[0]
        self.host = runtime.registry.hosts(self.city)[0]
        self.poll: UUID = open_poll(runtime, self.city)
        self.choices = choose(paper_of(runtime, self.city, self.poll), 0)
        (self.person,) = residents(runtime, self.city, 1)
        with runtime.work(self.city, SystemActor("test")) as work:
            self.key = tokens.issue(work, self.person, name="Бот", lasts=timedelta(days=30))
        self.token = sessions.begin(runtime, self.city, kind="resident", id=self.person)

    def browser(self, *, signed_in: bool = False, host: str | None = None) -> Client:
        made = Client(self.app, self._portal, host or self.host)
        if signed_in:
            made.cookies.set(SESSION_COOKIE, self.token)
        return made

    def bot(self, *, key: bool = True) -> Bot:
        return Bot(self.browser(), self.key if key else None)


@pytest.fixture
def scene(house: House, portal: BlockingPortal) -> Iterator[Scene]:
    runtime = house.runtime("web")
    yield Scene(runtime, portal)
    runtime.close()


@pytest.fixture
def without_redis(house: House) -> Iterator[Callable[[], Any]]:
    """Valkey is dead until the function is called; at the latest at the end of the test."""
    house.bundle.redis.kill()
    yield house.bundle.redis.start
    if not house.bundle.redis.running:
        house.bundle.redis.start()


@pytest.fixture
def without_postgres(house: House) -> Iterator[Callable[[], Any]]:
    house.bundle.postgres.kill()
    yield house.bundle.postgres.start
    if not house.bundle.postgres.running:
        house.bundle.postgres.start()


def timed(ask: Callable[[], httpx.Response]) -> tuple[httpx.Response, float]:
    began = time.monotonic()
    return ask(), time.monotonic() - began


def polite(answer: httpx.Response) -> None:
    """A page that says what happened and when to try again."""
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert "text/html" in answer.headers["content-type"]
    text = visible_text(answer)
    assert "недоступ" in text
    assert "Ничего не потеряно" in text
    assert "Traceback" not in text
    assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_without_redis_strangers_read_on(scene: Scene, without_redis: Callable[[], Any]) -> None:
    browser = scene.browser()
    for path in ("/", "/polls", f"/polls/{scene.poll}", "/sign-in", "/brand/accent.css"):
        answer, seconds = timed(lambda path=path: browser.get(path))
        assert answer.status_code == 200, path
        assert seconds < 3, path
    assert browser.get("/health/live").status_code == 200
    assert browser.get("/health/ready").status_code == 503
    without_redis()
    assert browser.get("/health/ready").status_code == 200


def test_without_redis_who_is_signed_in_is_told_politely(
    scene: Scene, without_redis: Callable[[], Any]
) -> None:
    browser = scene.browser()
    assert browser.csrf, "from before the session was needed"
    browser.cookies.set(SESSION_COOKIE, scene.token)
    answer, seconds = timed(lambda: browser.get("/profile"))
    polite(answer)
    assert seconds < 5, "nobody waits long for bad news"
    vote = browser.submit(f"/polls/{scene.poll}/vote", {})
    polite(vote)
    polite(scene.browser().submit("/sign-in", {"contact": "anna@example.org"}))
    without_redis()
    assert browser.get("/profile").status_code == 200, "the session was kept"


def test_without_redis_votes_by_key_are_taken(
    scene: Scene, without_redis: Callable[[], Any]
) -> None:
    answer, seconds = timed(lambda: scene.bot().vote(scene.poll, scene.choices))
    assert answer.status_code == 201, answer.text
    assert seconds < 5
    assert scene.bot(key=False).get("/polls").status_code == 200
    without_redis()
    assert scene.bot().vote(scene.poll, scene.choices).json()["repeated"]


def test_without_postgres_everybody_is_told_politely_and_it_mends_itself(
    scene: Scene, house: House
) -> None:
    browser, bot = scene.browser(), scene.bot()
    assert browser.get("/").status_code == 200
    house.bundle.postgres.kill()
    try:
        for path in ("/", "/polls", f"/polls/{scene.poll}"):
            answer, seconds = timed(lambda path=path: browser.get(path))
            polite(answer)
            assert seconds < 6, path
        polite(scene.browser(signed_in=True).get("/profile"))
        said = problem(bot.vote(scene.poll, scene.choices), 503)
        assert said["type"] == "urn:veche:problem:unavailable"
        assert int(bot.get("/polls").headers["retry-after"]) > 0
        # What needs no database goes on: the registry's old copy knows the city.
        time.sleep(scene.runtime.settings.registry_ttl)
        assert browser.get("/brand/accent.css").status_code == 200
        assert browser.get("/sign-in").status_code == 200
        assert scene.browser(host="nowhere.example").get("/").status_code in (404, 503)
        assert browser.get("/health/live").status_code == 200
        assert browser.get("/health/ready").status_code == 503
    finally:
        house.bundle.postgres.start()
    assert eventually(lambda: browser.get("/").status_code == 200, 5, 0.2)
    assert bot.vote(scene.poll, scene.choices).status_code in (200, 201)
    assert scene.browser(signed_in=True).get("/profile").status_code == 200
    assert browser.get("/health/ready").status_code == 200


def test_a_process_that_starts_without_postgres_comes_to_life_with_it(
    house: House, portal: BlockingPortal, without_postgres: Callable[[], Any]
) -> None:
    runtime = house.runtime("web")
    try:
        browser = Client(Sites(runtime), portal, "gubkinsky.localhost")
        answer = browser.get("/")
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) > 0
        assert browser.get("/health/live").status_code == 200
        without_postgres()
        host = runtime.registry.hosts(runtime.registry.all()[0])[0]
        again = Client(Sites(runtime), portal, host)
        assert eventually(lambda: again.get("/").status_code == 200, 5, 0.2)
    finally:
        runtime.close()
