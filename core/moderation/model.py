"""Tables of moderation: the queue, letters in work, letters sent, decisions on blocking.

The database itself refuses a refusal without its letter: an item is `refused` only with the letter
of its own number, and a letter has text, grounds, a number and a signature or does not exist."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.db.base import APPEND, CityTable


class ModerationLetter(CityTable):
    """A refusal as it was sent. Its id is that of the item it answers, so there is one at most.

    `written` is what the moderator wrote, `body` what was approved; `grounds` are kept in the words
    and with the clauses of the day. `look_until` is the last day for asking again, if there is one.
    """

    __tablename__ = "moderation_letter"
    __table_args__ = (
        CheckConstraint("body <> ''", name="body"),
        CheckConstraint("jsonb_array_length(grounds) > 0", name="grounds"),
        CheckConstraint("number > 0", name="number"),
        UniqueConstraint("year", "number"),
        Index("ix_moderation_letter_addressee", "addressee_id", "id"),
        {"info": {"access": APPEND}},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    year: Mapped[int]
    number: Mapped[int]
    signed_on: Mapped[date] = mapped_column(Date)
    signed_at: Mapped[datetime]
    kind: Mapped[str]
    subject_id: Mapped[UUID]
    addressee_id: Mapped[UUID | None]
    title: Mapped[str]
    path: Mapped[str]
    submitted_at: Mapped[datetime]
    grounds: Mapped[list[object]] = mapped_column(JSONB)
    reasons: Mapped[list[object]] = mapped_column(JSONB)
    written: Mapped[str]
    body: Mapped[str]
    written_by: Mapped[UUID]
    written_name: Mapped[str]
    approved_by: Mapped[UUID]
    approved_name: Mapped[str]
    signer_post: Mapped[str]
    look_until: Mapped[date | None] = mapped_column(Date)
    look_reasons: Mapped[list[object]] = mapped_column(JSONB)


class ModerationItem(CityTable):
    """Something sent to moderation, with the text as it was then.

    `written`: a letter waits for approval. `checked` says whether others see it already. `hints`
    is empty until the worker has looked. `held_by` looks at it now, until `held_until`.
    `looks_again_at` is the refused item whose author asks for a second look, `plea` why.
    """

    __tablename__ = "moderation_item"
    __table_args__ = (
        CheckConstraint(
            "state in ('waiting', 'written', 'published', 'refused', 'withdrawn', 'superseded')",
            name="state",
        ),
        CheckConstraint("checked in ('before', 'after')", name="checked"),
        CheckConstraint("(state = 'refused') = (letter_id is not null)", name="letter"),
        CheckConstraint("letter_id = id", name="own_letter"),
        CheckConstraint("(held_by is null) = (held_until is null)", name="held"),
        CheckConstraint("looks_again_at is null or plea <> ''", name="plea"),
        Index(
            "uq_moderation_item_open",
            "kind",
            "subject_id",
            unique=True,
            postgresql_where=text("state in ('waiting', 'written')"),
        ),
        Index(
            "uq_moderation_item_look",
            "looks_again_at",
            unique=True,
            postgresql_where=text("looks_again_at is not null"),
        ),
        Index(
            "ix_moderation_item_queue",
            "state",
            "submitted_at",
            "id",
            postgresql_where=text("state in ('waiting', 'written')"),
        ),
        Index("ix_moderation_item_subject", "kind", "subject_id", "submitted_at"),
        Index("ix_moderation_item_author", "author_id", "submitted_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    subject_id: Mapped[UUID]
    title: Mapped[str]
    body: Mapped[str]
    author_id: Mapped[UUID | None]
    path: Mapped[str]
    checked: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="waiting")
    submitted_at: Mapped[datetime]
    due_on: Mapped[date | None] = mapped_column(Date)
    hints: Mapped[list[object] | None] = mapped_column(JSONB(none_as_null=True))
    similar: Mapped[list[object] | None] = mapped_column(JSONB(none_as_null=True))
    held_by: Mapped[UUID | None]
    held_name: Mapped[str] = mapped_column(server_default="")
    held_until: Mapped[datetime | None]
    looks_again_at: Mapped[UUID | None] = mapped_column(ForeignKey("moderation_item.id"))
    plea: Mapped[str] = mapped_column(server_default="")
    letter_id: Mapped[UUID | None] = mapped_column(ForeignKey("moderation_letter.id"))
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[UUID | None]
    decided_name: Mapped[str] = mapped_column(server_default="")


class ModerationDraft(CityTable):
    """A letter in work: what the moderator wrote, and what the editor said when returning it.

    `grounds` are keys with links. `before` is the text as it was when it was returned.
    """

    __tablename__ = "moderation_draft"
    __table_args__ = (
        CheckConstraint("state in ('writing', 'submitted', 'returned')", name="state"),
    )

    item_id: Mapped[UUID] = mapped_column(ForeignKey("moderation_item.id"), primary_key=True)
    state: Mapped[str]
    grounds: Mapped[list[object]] = mapped_column(JSONB)
    body: Mapped[str]
    before: Mapped[str] = mapped_column(server_default="")
    written_by: Mapped[UUID]
    written_name: Mapped[str]
    written_at: Mapped[datetime]
    note: Mapped[str] = mapped_column(server_default="")
    returned_name: Mapped[str] = mapped_column(server_default="")
    returned_at: Mapped[datetime | None]


class ModerationNumber(CityTable):
    """The last number given to a letter in a year; without gaps, because it is given in the
    transaction that sends the letter."""

    __tablename__ = "moderation_number"

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int]


class ModerationBlock(CityTable):
    """A collegial decision to exclude an author from taking part (п. 3.9 of the source), and its
    end. `until` is the last day; without one the city's regulation sets no term."""

    __tablename__ = "moderation_block"
    __table_args__ = (
        CheckConstraint("protocol_number <> ''", name="protocol"),
        CheckConstraint("reason <> ''", name="reason"),
        CheckConstraint("jsonb_array_length(members) > 0", name="members"),
        CheckConstraint("ended in ('lifted', 'expired')", name="ended"),
        CheckConstraint("(ended is null) = (ended_at is null)", name="ended_at"),
        Index(
            "uq_moderation_block_resident",
            "resident_id",
            unique=True,
            postgresql_where=text("ended is null"),
        ),
        Index("ix_moderation_block_blocked_at", "blocked_at", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    resident_id: Mapped[UUID]
    letter_id: Mapped[UUID] = mapped_column(ForeignKey("moderation_letter.id"))
    protocol_number: Mapped[str]
    protocol_on: Mapped[date] = mapped_column(Date)
    members: Mapped[list[object]] = mapped_column(JSONB)
    reason: Mapped[str]
    until: Mapped[date | None] = mapped_column(Date)
    annuls: Mapped[bool]
    reasons: Mapped[list[object]] = mapped_column(JSONB)
    blocked_at: Mapped[datetime]
    recorded_by: Mapped[UUID]
    recorded_name: Mapped[str]
    ended: Mapped[str | None]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[UUID | None]
    ended_name: Mapped[str] = mapped_column(server_default="")
    ended_reason: Mapped[str] = mapped_column(server_default="")
