"""Which city a host name means: a per-process copy of the registry, refreshed by its changes."""

import time
from collections.abc import Sequence
from threading import Lock

import msgspec
import structlog
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from core.db.engine import Databases
from core.tenancy.model import TenantHost, TenantRow
from core.tenancy.tenant import CityProfile, Tenant

log = structlog.get_logger("tenancy")


class Registry:
    """Cities by host, slug, role. One query fetches what changed since the last look, however
    many cities there are.

    `ttl` is how many seconds a copy may lag behind the database.
    """

    def __init__(self, databases: Databases, *, ttl: float = 2.0) -> None:
        self._databases = databases
        self._ttl = ttl
        self._lock = Lock()
        self._seen = 0
        self._checked = float("-inf")
        self._by_id: dict[int, Tenant] = {}
        self._hosts: dict[int, tuple[str, ...]] = {}
        self._by_host: dict[str, Tenant] = {}
        self._by_slug: dict[str, Tenant] = {}
        self._by_role: dict[str, Tenant] = {}

    @property
    def fresh(self) -> bool:
        """Whether the next look-up will be answered from memory."""
        return time.monotonic() - self._checked < self._ttl

    def by_host(self, host: str) -> Tenant | None:
        """The active city under this host name (lower case, no port)."""
        self._look()
        found = self._by_host.get(host)
        return found if found is not None and found.active else None

    def by_slug(self, slug: str) -> Tenant | None:
        self._look()
        return self._by_slug.get(slug)

    def by_role(self, role: str) -> Tenant | None:
        self._look()
        return self._by_role.get(role)

    def all(self) -> Sequence[Tenant]:
        """Every city, also disabled ones, by id."""
        self._look()
        return [self._by_id[key] for key in sorted(self._by_id)]

    def hosts(self, tenant: Tenant) -> tuple[str, ...]:
        return self._hosts.get(tenant.id, ())

    def refresh(self) -> None:
        """Look now, whatever the age of the copy."""
        self._checked = float("-inf")
        self._look()

    def _look(self) -> None:
        if self.fresh:
            return
        with self._lock:
            if self.fresh:
                return
            try:
                self._fetch()
            except (DBAPIError, PoolTimeout):
                # An old copy beats none: pages that need the database say so themselves.
                if not self._by_id:
                    raise
                log.warning("registry_stale", exc_info=True)
            self._checked = time.monotonic()

    def _fetch(self) -> None:
        with self._databases.platform() as session:
            rows = session.execute(
                select(
                    TenantRow.id,
                    TenantRow.slug,
                    TenantRow.role,
                    TenantRow.database_url,
                    TenantRow.shard,
                    TenantRow.state,
                    TenantRow.version,
                    TenantRow.regulation_version,
                    TenantRow.profile,
                )
                .where(TenantRow.version > self._seen)
                .order_by(TenantRow.version)
            ).all()
            if not rows:
                return
            hosts: dict[int, list[str]] = {}
            for host, number in session.execute(
                select(TenantHost.host, TenantHost.tenant_id).where(
                    TenantHost.tenant_id.in_([row.id for row in rows])
                )
            ):
                hosts.setdefault(number, []).append(host)
        for row in rows:
            tenant = Tenant(
                id=row.id,
                slug=row.slug,
                role=row.role,
                database=row.database_url,
                shard=row.shard,
                state=row.state,
                version=row.version,
                regulation_version=row.regulation_version,
                profile=msgspec.convert(row.profile, CityProfile),
            )
            self._by_id[row.id] = tenant
            self._hosts[row.id] = tuple(sorted(hosts.get(row.id, ())))
            self._seen = max(self._seen, row.version)
        # Built anew and swapped in, so that readers never see half of a change.
        self._by_slug = {one.slug: one for one in self._by_id.values()}
        self._by_role = {one.role: one for one in self._by_id.values()}
        self._by_host = {
            host: self._by_id[number] for number, names in self._hosts.items() for host in names
        }
