"""The unit of work: one city, one transaction, one actor, one instant.

Every service function receives a Work first. Leaving it commits, an exception rolls back.
Services never commit, never read the clock and never see a request.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from enum import StrEnum
from threading import Lock
from typing import Any, TypeVar
from uuid import UUID

import msgspec
import redis
from sqlalchemy.orm import Session

from core.audit.journal import record_action, record_decision
from core.db.engine import Databases
from core.events.outbox import Event, put
from core.kit.actor import Actor
from core.kit.clock import Clock, local_date
from core.kit.crypto import derive_key
from core.kit.ids import new_id
from core.rules import Catalogue, Decision, DecisionPoint, Facts, Refused, Regulation, decide
from core.rules.explain import reasons_data
from core.settings import Settings
from core.tenancy.registry import Registry
from core.tenancy.regulation import load_regulation
from core.tenancy.tenant import Tenant

F = TypeVar("F", bound=Facts)
V = TypeVar("V", bound=bool | int | StrEnum | None)


class Regulations:
    """Each city's regulation, read once per process and version."""

    def __init__(self) -> None:
        self._kept: dict[int, tuple[int, Regulation]] = {}
        self._lock = Lock()

    def kept(self, tenant: Tenant) -> Regulation | None:
        """The copy of this process, if it is of the right version."""
        kept = self._kept.get(tenant.id)
        return kept[1] if kept is not None and kept[0] == tenant.regulation_version else None

    def of(self, tenant: Tenant, session: Session) -> Regulation:
        """The regulation, read through `session` if need be."""
        kept = self.kept(tenant)
        if kept is not None:
            return kept
        regulation = load_regulation(session, version=tenant.regulation_version)
        with self._lock:
            self._kept[tenant.id] = (tenant.regulation_version, regulation)
        return regulation


class Runtime:
    """What one process shares between its units of work."""

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Clock,
        catalogue: Catalogue,
        name: str = "web",
        pool_size: int | None = None,
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.catalogue = catalogue
        self.databases = Databases(
            settings.database_url,
            pool_size=pool_size or settings.pool_size,
            prepared=settings.prepared_statements,
            name=name,
        )
        self.registry = Registry(self.databases, ttl=settings.registry_ttl)
        self.regulations = Regulations()
        self._keys: dict[tuple[str, str], bytes] = {}
        self.redis: redis.Redis = redis.Redis.from_url(
            settings.redis_url, socket_timeout=3, socket_connect_timeout=2
        )

    @contextmanager
    def work(self, tenant: Tenant, actor: Actor) -> "Iterator[Work]":
        """Begin a unit of work for one city."""
        with self.databases.session(
            tenant.role, database=tenant.database, shard=tenant.shard
        ) as session:
            work = Work(runtime=self, tenant=tenant, session=session, actor=actor)
            yield work
            work.flush_events()

    def regulation(self, tenant: Tenant) -> Regulation:
        """The city's regulation, for code that has no Work (hot paths)."""
        kept = self.regulations.kept(tenant)
        if kept is None:
            with self.databases.session(
                tenant.role, database=tenant.database, shard=tenant.shard
            ) as session:
                kept = self.regulations.of(tenant, session)
        return kept

    def city_key(self, tenant: Tenant, purpose: str) -> bytes:
        """A key for one purpose that no other city shares."""
        key = self._keys.get((tenant.role, purpose))
        if key is None:
            key = derive_key(self.settings.secret_key, purpose=purpose, city=tenant.role)
            self._keys[tenant.role, purpose] = key
        return key

    def close(self) -> None:
        self.databases.dispose()
        self.redis.close()


class Work:
    """See the module's docstring. `now` is one instant for the whole unit."""

    def __init__(self, *, runtime: Runtime, tenant: Tenant, session: Session, actor: Actor) -> None:
        self.runtime = runtime
        self.tenant = tenant
        self.session = session
        self.actor = actor
        self.now: datetime = runtime.clock.now()
        self._events: list[Event] = []

    @property
    def today(self) -> date:
        """The calendar day in the city's own time zone."""
        return local_date(self.now, self.tenant.zone)

    @property
    def regulation(self) -> Regulation:
        return self.runtime.regulations.of(self.tenant, self.session)

    def procedure(self, feature: str) -> str:
        """The city's procedure for a feature; the first in alphabetical order if several."""
        keys = sorted(
            key for key, one in self.regulation.procedures.items() if one.feature == feature
        )
        return keys[0] if keys else feature

    def decide(
        self, point: DecisionPoint[F, Any, V], facts: F, *, procedure: str | None = None
    ) -> Decision[V]:
        """Ask the city's rules; without `procedure` the one of the point's own feature."""
        return decide(
            point,
            facts,
            regulation=self.regulation,
            procedure=procedure or self.procedure(point.key.partition(".")[0]),
            catalogue=self.runtime.catalogue,
        )

    def require(
        self,
        point: DecisionPoint[F, Any, bool],
        facts: F,
        *,
        procedure: str | None = None,
    ) -> Decision[bool]:
        """Like `decide`, but a refusal is raised as Refused with its clauses."""
        decision = self.decide(point, facts, procedure=procedure)
        if not decision.value:
            raise Refused(decision)
        return decision

    def emit(self, kind: str, payload: msgspec.Struct, *, due_at: datetime | None = None) -> UUID:
        """Announce a fact (`feature.thing_happened`), or set a reminder for `due_at`."""
        event = Event(
            id=new_id(),
            kind=kind,
            payload=msgspec.Raw(msgspec.json.encode(payload)),
            due_at=due_at or self.now,
        )
        self._events.append(event)
        return event.id

    def record(self, action: str, subject: str, **details: object) -> None:
        """Write an action of staff or of the product to the journal."""
        record_action(
            self.session,
            at=self.now,
            actor=self.actor,
            action=action,
            subject=subject,
            details=msgspec.to_builtins(details),
        )

    def record_decision(self, subject: str, decision: Decision[Any]) -> None:
        """Keep a decision, its clauses and the digest of the regulation it used."""
        record_decision(
            self.session,
            at=self.now,
            actor=self.actor,
            subject=subject,
            point=decision.point,
            governing_on=decision.on,
            value=msgspec.to_builtins(decision.value),
            reasons=msgspec.to_builtins(reasons_data(decision, self.tenant.locale)),
            regulation=decision.digest,
        )

    def flush_events(self) -> None:
        put(self.session, self._events)
        self._events.clear()

    @property
    def waiting_events(self) -> Sequence[Event]:
        return tuple(self._events)
