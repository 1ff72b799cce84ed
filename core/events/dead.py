"""Events that failed too often: what an operator sees of them, and sending them again."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from core.events.model import DeadEvent, OutboxEvent


class Dead(msgspec.Struct, frozen=True):
    """A dead event without its payload, which may be personal."""

    id: UUID
    role: str
    kind: str
    error: str
    died_at: datetime


class Waiting(msgspec.Struct, frozen=True):
    """How much of one kind waits in the outbox, and since when the oldest that is due."""

    role: str
    kind: str
    due: int
    later: int
    oldest: datetime | None


def dead_events(session: Session, *, most: int = 100) -> tuple[Dead, ...]:
    """The dead events of all cities, the latest first; in a platform transaction."""
    rows = session.execute(
        select(DeadEvent.id, DeadEvent.role, DeadEvent.kind, DeadEvent.error, DeadEvent.died_at)
        .order_by(DeadEvent.died_at.desc())
        .limit(most)
    )
    return tuple(Dead(*row) for row in rows)


def waiting_events(session: Session, *, now: datetime) -> tuple[Waiting, ...]:
    """What is in the outbox, by city and kind; in a platform transaction."""
    is_due = OutboxEvent.due_at <= now
    rows = session.execute(
        select(
            OutboxEvent.role,
            OutboxEvent.kind,
            func.count().filter(is_due),
            func.count().filter(~is_due),
            func.min(OutboxEvent.due_at).filter(is_due),
        )
        .group_by(OutboxEvent.role, OutboxEvent.kind)
        .order_by(OutboxEvent.role, OutboxEvent.kind)
    )
    return tuple(Waiting(*row) for row in rows)


def resend(session: Session, *, now: datetime, events: Sequence[UUID] | None = None) -> int:
    """Put dead events back into the outbox, due at once; all of them if none are named.

    Handlers that had already taken effect have their receipts and will not run again.
    """
    everything = events is None
    done = session.execute(_RESEND, {"all": everything, "events": list(events or ()), "now": now})
    return int(done.rowcount)  # type: ignore[attr-defined]


_RESEND: Final = text(
    "WITH back AS (DELETE FROM outbox_dead WHERE :all OR id = ANY(CAST(:events AS uuid[]))"
    " RETURNING id, role, kind, payload)"
    " INSERT INTO outbox (id, role, kind, payload, due_at)"
    " SELECT id, role, kind, payload, :now FROM back"
)
