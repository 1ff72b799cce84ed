"""Tables of events: the outbox of the whole installation, the receipts of each city."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.db.base import APPEND, CityTable, PlatformTable


class OutboxEvent(PlatformTable):
    """A fact waiting to be handled, or a reminder waiting for its hour (`due_at` in the future).

    A city's role may only insert id, kind, payload and due_at; `role` fills itself with the role
    of the transaction, so that no city can speak for another.
    """

    __tablename__ = "outbox"
    __table_args__ = (Index("ix_outbox_waiting", "due_at", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    role: Mapped[str] = mapped_column(server_default=text("current_user"))
    kind: Mapped[str]
    payload: Mapped[dict[str, object]] = mapped_column(JSONB)
    due_at: Mapped[datetime] = mapped_column(server_default=func.now())
    handed_over: Mapped[int] = mapped_column(server_default="0")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class DeadEvent(PlatformTable):
    """An event that failed too often; kept for an operator to look at and send again."""

    __tablename__ = "outbox_dead"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    role: Mapped[str]
    kind: Mapped[str]
    payload: Mapped[dict[str, object]] = mapped_column(JSONB)
    error: Mapped[str]
    died_at: Mapped[datetime] = mapped_column(server_default=func.now())


class EventReceipt(CityTable):
    """Proof that a handler has taken effect for an event; written in the handler's transaction."""

    __tablename__ = "event_receipt"
    __table_args__ = ({"info": {"access": (*APPEND, "DELETE")}},)

    event_id: Mapped[UUID] = mapped_column(primary_key=True)
    handler: Mapped[str] = mapped_column(primary_key=True)
    handled_at: Mapped[datetime] = mapped_column(server_default=func.now(), index=True)
