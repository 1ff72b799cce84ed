"""What one test process shares: servers, cities, runtime, applications."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from core.embedded import APP
from core.events.relay import take_due
from core.feature import deliver_events
from core.kit.clock import FixedClock
from core.rules import Catalogue
from core.settings import Settings
from core.tables import load_tables
from core.tenancy.folder import list_folders, read_folder
from core.tenancy.provision import OwnerConnection, prepare_platform
from core.tenancy.registry import Registry
from core.tenancy.sync import hosts_of, sync
from core.web.log import configure_logging
from core.work import Regulations, Runtime
from tests.support.cities import Baseline

NOW: Final = datetime(2026, 6, 15, 7, 0, tzinfo=UTC)
"""A working Monday, noon in Yekaterinburg; the clock of every test stands here at first."""


class Installation:
    """The cities of `tenants/` on the servers of this test process."""

    def __init__(self, settings: Settings, owner: OwnerConnection) -> None:
        self.settings = settings
        self.owner = owner
        self.clock = FixedClock(NOW)
        configure_logging(settings)
        load_tables()
        prepare_platform(owner, APP)
        owner.execute(
            "INSERT INTO platform.installation (id, kind) VALUES (1, 'test') ON CONFLICT DO NOTHING"
        )
        make_cities(settings, owner)
        self.runtime = Runtime(
            settings, clock=self.clock, catalogue=Catalogue.installed(), name="test"
        )
        self.baseline = Baseline(owner)
        self._apps: dict[bool, Any] = {}

    def app(self, *, demo: bool) -> Any:
        """The ASGI application on this runtime, made when first asked for."""
        from core.app import Sites

        if demo not in self._apps:
            self._apps[demo] = Sites(self.runtime, demo=demo)
        return self._apps[demo]

    def clean(self) -> None:
        """Put back whatever a test has written, moved or cached."""
        registry, law = self.baseline.restore()
        self.runtime.redis.flushdb()
        self.clock.set(NOW)
        if registry:
            self.runtime.registry = Registry(self.runtime.databases, ttl=self.settings.registry_ttl)
        if law or registry:
            self.runtime.regulations = Regulations()


def make_cities(settings: Settings, owner: OwnerConnection) -> None:
    """The municipalities of `tenants/`, as `veche tenants sync` would make them."""
    for path in list_folders(settings.tenants):
        folder = read_folder(path)
        hosts = hosts_of(folder, settings.base_domain)
        sync(owner, folder, hosts=hosts, app_role=APP, catalogue=Catalogue.installed())


def delivery(runtime: Runtime) -> Callable[[], int]:
    """A function that carries what is due to its handlers until nothing is left."""

    def run() -> int:
        handled = 0
        for _round in range(50):
            with runtime.databases.platform() as session:
                due = take_due(session, now=runtime.clock.now())
            if not due:
                return handled
            handled += sum(deliver_events(runtime, one.role, one.events) for one in due)
        raise AssertionError("events keep begetting events")

    return run
