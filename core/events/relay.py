"""Carrying events from the outbox to their handlers.

The relay takes due events, pushes their next due time into the future and tells a worker to look
at them. A worker runs each handler in the city's own transaction together with a receipt, so a
handler takes effect exactly once however often it is called; only when all have, the event leaves
the outbox. An event that keeps failing ends in `outbox_dead` for an operator to see.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec
import structlog
from sqlalchemy import delete, text
from sqlalchemy.orm import Session

from core.events.model import OutboxEvent
from core.events.outbox import Event

log = structlog.get_logger("events")

BATCH: Final = 500
_FIRST_PAUSE: Final = timedelta(seconds=15)
_MOST_TRIES: Final = 12


class Due(msgspec.Struct, frozen=True):
    """Events of one city that the relay has just taken."""

    role: str
    events: tuple[UUID, ...]


_TAKE = text(
    """
WITH batch AS (
  SELECT id FROM outbox WHERE due_at <= :now ORDER BY due_at, id LIMIT :most
  FOR UPDATE SKIP LOCKED
)
UPDATE outbox o SET handed_over = o.handed_over + 1,
  due_at = :now + :pause * power(2, least(o.handed_over, 8))
FROM batch WHERE o.id = batch.id
RETURNING o.role, o.id
"""
)


def take_due(session: Session, *, now: datetime, most: int = BATCH) -> tuple[Due, ...]:
    """Take what is due, grouped by city; untouched by others for a growing pause.

    Run in a platform transaction that commits only after the events were handed to the broker.
    """
    rows = session.execute(_TAKE, {"now": now, "most": most, "pause": _FIRST_PAUSE}).all()
    grouped: dict[str, list[UUID]] = {}
    for role, event in rows:
        grouped.setdefault(role, []).append(event)
    return tuple(Due(role, tuple(sorted(events))) for role, events in sorted(grouped.items()))


def bury(session: Session, *, error: str, events: Sequence[UUID]) -> None:
    """Move events that failed too often aside."""
    session.execute(
        text(
            "WITH gone AS (DELETE FROM outbox WHERE id = ANY(:ids) AND handed_over >= :most"
            " RETURNING id, role, kind, payload)"
            " INSERT INTO outbox_dead (id, role, kind, payload, error)"
            " SELECT id, role, kind, payload, :error FROM gone ON CONFLICT (id) DO NOTHING"
        ),
        {"ids": list(events), "most": _MOST_TRIES, "error": error[:2000]},
    )


def read(session: Session, *, role: str, events: Sequence[UUID]) -> tuple[Event, ...]:
    """The events still waiting, oldest first; those already handled are gone."""
    rows = session.execute(
        text(
            "SELECT id, kind, payload::text, due_at FROM outbox"
            " WHERE role = :role AND id = ANY(:ids) ORDER BY id"
        ),
        {"role": role, "ids": list(events)},
    ).all()
    return tuple(Event(row[0], row[1], msgspec.Raw(row[2].encode()), row[3]) for row in rows)


def forget(session: Session, events: Sequence[UUID]) -> None:
    session.execute(delete(OutboxEvent).where(OutboxEvent.id.in_(events)))


def unhandled(session: Session, *, handler: str, events: Sequence[Event]) -> tuple[Event, ...]:
    """Write receipts for events this handler has not had yet, and return just those.

    Part of the handler's own transaction: if it fails, the receipts vanish with it.
    """
    rows = session.execute(
        text(
            "INSERT INTO event_receipt (event_id, handler)"
            " SELECT id, :handler FROM unnest(CAST(:ids AS uuid[])) AS id ORDER BY id"
            " ON CONFLICT DO NOTHING RETURNING event_id"
        ),
        {"handler": handler, "ids": [event.id for event in events]},
    )
    fresh = {row[0] for row in rows}
    return tuple(event for event in events if event.id in fresh)


def deliver(
    events: Sequence[Event],
    handlers: Mapping[str, Sequence[str]],
    run: Callable[[str, Sequence[Event]], None],
) -> tuple[tuple[UUID, ...], dict[UUID, str]]:
    """Give events to their handlers by `run(handler, events)`, each call one transaction.

    `handlers` maps a kind of event to names of handlers. If a batch fails, its events are tried
    one by one, so that one bad event holds up no other. Returns the events that are done and, for
    the rest, the last error.
    """
    failed: dict[UUID, str] = {}
    by_handler: dict[str, list[Event]] = {}
    for event in events:
        for name in handlers.get(event.kind, ()):
            by_handler.setdefault(name, []).append(event)
    for name, batch in sorted(by_handler.items()):
        try:
            run(name, batch)
            continue
        except Exception:
            log.warning("batch_failed", handler=name, events=len(batch), exc_info=True)
        for event in batch:
            try:
                run(name, [event])
            except Exception as error:
                log.exception("handler_failed", handler=name, event_id=str(event.id))
                failed[event.id] = f"{name}: {error!r}"
    return tuple(event.id for event in events if event.id not in failed), failed
