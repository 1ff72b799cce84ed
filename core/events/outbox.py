"""Putting facts into the outbox, in the transaction that made them true."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import text
from sqlalchemy.orm import Session

# Named columns only: a city's role may not fill the others.
INSERT_EVENT = text(
    "INSERT INTO platform.outbox (id, kind, payload, due_at)"
    " VALUES (:id, :kind, CAST(:payload AS jsonb), :due_at)"
)


class Event(msgspec.Struct, frozen=True):
    """A fact that happened in a city (`polls.ballot_cast`), or a reminder for a later hour.

    `payload` is JSON; the receiving handler decodes the fields it needs into a struct of its own.
    """

    id: UUID
    kind: str
    payload: msgspec.Raw
    due_at: datetime


def put(session: Session, events: Sequence[Event]) -> None:
    """Write events to the outbox; they exist if and only if the transaction commits."""
    if events:
        session.execute(
            INSERT_EVENT,
            [
                {
                    "id": event.id,
                    "kind": event.kind,
                    "payload": bytes(event.payload).decode(),
                    "due_at": event.due_at,
                }
                for event in events
            ],
        )
