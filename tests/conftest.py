"""Fixtures for everything above pure functions: one embedded PostgreSQL and Valkey for each test
process, the cities of `tenants/` in it, and after each test everything put back.

Tests run as the application's own role, never as owner or superuser, so isolation is always on.
The application is imported only by those who ask for it: tests of rules do not wait for it.
"""

import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import hypothesis
import pytest

if TYPE_CHECKING:
    from anyio.from_thread import BlockingPortal
    from playwright.sync_api import Browser

    from core.embedded import Bundle
    from core.kit.actor import Actor
    from core.kit.clock import FixedClock
    from core.settings import Settings
    from core.tenancy.provision import OwnerConnection
    from core.tenancy.tenant import Tenant
    from core.work import Runtime, Work
    from tests.support.http import Client
    from tests.support.installation import Installation

from tests.support.chromium import find_chromium

# How long an example takes says something about the machine, nothing about the product.
hypothesis.settings.register_profile(
    "veche", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("veche")

ROOT: Final = Path(__file__).resolve().parent.parent
_ID: Final = re.compile(r"[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}")
_NO_BROWSER: Final = "no Chromium was found; set CHROMIUM to one, or run `make test`"


def pytest_make_parametrize_id(val: object) -> str | None:
    """Names of tests must not differ from process to process, so made-up ids are left out."""
    if isinstance(val, UUID):
        return "id"
    if isinstance(val, str) and _ID.search(val):
        return _ID.sub("id", val)
    return None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that drive a browser are marked so, and skipped where there is none."""
    missing = find_chromium(fetch=False) is None
    for item in items:
        if "browser" not in getattr(item, "fixturenames", ()):
            continue
        item.add_marker(pytest.mark.browser)
        if missing:
            item.add_marker(pytest.mark.skip(reason=_NO_BROWSER))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say loudly what was not tested."""
    reports = terminalreporter.stats.get("skipped", ())
    skipped = [report for report in reports if _NO_BROWSER in str(report.longrepr)]
    if skipped:
        terminalreporter.section("BROWSER TESTS WERE SKIPPED", sep="!", red=True, bold=True)
        terminalreporter.line(f"{len(skipped)} of them: {_NO_BROWSER}")


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def browser() -> "Iterator[Browser]":
    """The one browser of this test process: a second one would not start beside it."""
    from tests.support.browser import chromium

    with chromium() as running:
        yield running


@pytest.fixture(scope="session")
def servers() -> "Iterator[Bundle]":
    """This test process's own PostgreSQL and Valkey."""
    from core.embedded import launch

    folder = Path(tempfile.mkdtemp(prefix="veche-tests-", dir="/tmp"))
    try:
        with launch(folder, fsync=False, initdb_template=ROOT / "build" / "test-initdb") as started:
            yield started
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def settings(servers: "Bundle") -> "Settings":
    """Settings that lead to this process's servers; the registry is never older than now."""
    from core.settings import Settings

    return Settings(
        database_url=servers.urls.app,
        owner_database_url=servers.urls.owner,
        redis_url=servers.urls.redis,
        secret_key=b"a key that protects nothing but tests",
        tenants=Path(os.environ.get("VECHE_TEST_TENANTS") or ROOT / "tenants"),
        assets=ROOT / "build" / "assets",
        public_scheme="http",
        registry_ttl=0,
    )


@pytest.fixture(scope="session")
def installation(settings: "Settings") -> "Iterator[Installation]":
    from core.tenancy.provision import connect_owner
    from tests.support.installation import Installation

    with connect_owner(settings.owner_url) as owner:
        made = Installation(settings, owner)
        yield made
        made.runtime.close()


@pytest.fixture
def runtime(installation: "Installation") -> "Iterator[Runtime]":
    """The process's runtime on a clock that stands still; whatever a test writes is undone."""
    yield installation.runtime
    installation.clean()


@pytest.fixture
def clock(installation: "Installation", runtime: "Runtime") -> "FixedClock":
    """The runtime's clock; a test may move it."""
    return installation.clock


@pytest.fixture
def owner(installation: "Installation", runtime: "Runtime") -> "OwnerConnection":
    """A connection as the owner of all schemas, in autocommit mode."""
    return installation.owner


@pytest.fixture
def city(runtime: "Runtime") -> "Tenant":
    """A real city."""
    return runtime.registry.all()[0]


@pytest.fixture
def other_city(runtime: "Runtime") -> "Tenant":
    """Another real city on the same servers."""
    return runtime.registry.all()[1]


@pytest.fixture
def work(runtime: "Runtime") -> "Callable[..., AbstractContextManager[Work]]":
    """`with work(city, actor) as w:` is one unit of work; the actor may be left out."""
    from core.kit.actor import SystemActor

    def begin(city: "Tenant", actor: "Actor | None" = None) -> "AbstractContextManager[Work]":
        return runtime.work(city, actor or SystemActor("test"))

    return begin


@pytest.fixture
def deliver(runtime: "Runtime") -> Callable[[], int]:
    """`deliver()` carries every event that is due by the clock to its handlers, and what these
    emit in turn; returns how many were handled."""
    from tests.support.installation import delivery

    return delivery(runtime)


@pytest.fixture(scope="session")
def portal() -> "Iterator[BlockingPortal]":
    from anyio.from_thread import start_blocking_portal

    with start_blocking_portal() as running:
        yield running


@pytest.fixture
def client(
    installation: "Installation", runtime: "Runtime", portal: "BlockingPortal"
) -> "Iterator[Callable[..., Client]]":
    """`client(city)` or `client("some.host")`: a browser on the real application.

    `demo=True` asks the application that also has the demo's pages.
    """
    from tests.support.http import Client

    opened: list[Client] = []

    def open_browser(where: "Tenant | str", *, demo: bool = False) -> Client:
        host = where if isinstance(where, str) else runtime.registry.hosts(where)[0]
        opened.append(Client(installation.app(demo=demo), portal, host))
        return opened[-1]

    yield open_browser
    for browser in opened:
        browser.close()
