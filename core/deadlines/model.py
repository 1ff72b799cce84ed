"""Tables: obligations and their history."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.db.base import APPEND, CityTable

STATES = ("open", "done", "cancelled")
STEPS = (
    "opened",
    "reminded",
    "missed",
    "moved",
    "assigned",
    "paused",
    "resumed",
    "done",
    "cancelled",
)


class ObligationRow(CityTable):
    """Who owes what by when. `subject` says about what («poll:…»); `title` and `path` are for
    people; `reasons` are the clauses it rests on. The holder is a person if `holder_staff` is set,
    else everybody with the post or the right. `left_days` is what was left when it was paused."""

    __tablename__ = "obligation"
    __table_args__ = (
        CheckConstraint(f"state in {STATES!r}", name="state"),
        CheckConstraint("(paused_on is null) = (left_days is null)", name="paused"),
        UniqueConstraint("kind", "subject"),
        Index("ix_obligation_subject", "subject"),
        Index("ix_obligation_state_due_on", "state", "due_on", "id"),
        Index("ix_obligation_holder_staff_state", "holder_staff", "state"),
        Index("ix_obligation_state_closed_at", "state", "closed_at", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    subject: Mapped[str]
    title: Mapped[dict[str, object]] = mapped_column(JSONB)
    path: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="open")
    due_on: Mapped[date] = mapped_column(Date)
    first_due_on: Mapped[date] = mapped_column(Date)
    term: Mapped[dict[str, object] | None] = mapped_column(JSONB(none_as_null=True))
    remind_days: Mapped[list[object]] = mapped_column(JSONB, server_default="[]")
    holder_post: Mapped[str | None]
    holder_staff: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    holder_permission: Mapped[str | None]
    controller_permission: Mapped[str]
    reasons: Mapped[list[object]] = mapped_column(JSONB, server_default="[]")
    paused_on: Mapped[date | None] = mapped_column(Date)
    left_days: Mapped[int | None]
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(server_default="1")


class ObligationStep(CityTable):
    """One thing that happened to an obligation. `once` names what must happen a single time (a
    reminder for a day), so that no retry repeats it."""

    __tablename__ = "obligation_step"
    __table_args__ = (
        CheckConstraint(f"kind in {STEPS!r}", name="kind"),
        UniqueConstraint("obligation_id", "once"),
        {"info": {"access": APPEND}},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    obligation_id: Mapped[UUID] = mapped_column(ForeignKey("obligation.id"), index=True)
    at: Mapped[datetime]
    kind: Mapped[str]
    actor: Mapped[str]
    actor_name: Mapped[str] = mapped_column(server_default="")
    note: Mapped[str] = mapped_column(server_default="")
    due_on: Mapped[date] = mapped_column(Date)
    reasons: Mapped[list[object]] = mapped_column(JSONB, server_default="[]")
    once: Mapped[str | None]
