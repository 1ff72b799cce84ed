"""Every SELECT of moderation."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from sqlalchemy import Select, and_, desc, exists, func, select, tuple_
from sqlalchemy.orm import Session

from core.identity.model import Resident
from core.moderation.domain import (
    OPEN,
    BlockView,
    DraftView,
    ItemView,
    LetterView,
    QueueFilter,
    State,
)
from core.moderation.model import (
    ModerationBlock,
    ModerationDraft,
    ModerationItem,
    ModerationLetter,
)

_OPEN: Final = tuple(sorted(OPEN))
PAGE: Final = 50
"""Items on a page of the queue."""


def item(session: Session, item_id: UUID) -> ItemView | None:
    """An item in any state."""
    row = session.execute(
        select(ModerationItem)
        .where(ModerationItem.id == item_id)
        .execution_options(populate_existing=True)
    ).scalar_one_or_none()
    return item_view(row) if row is not None else None


def locked_item(session: Session, item_id: UUID) -> ModerationItem | None:
    """An item that nobody else changes until the end of this transaction."""
    return session.execute(
        select(ModerationItem)
        .where(ModerationItem.id == item_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).scalar_one_or_none()


def item_view(row: ModerationItem) -> ItemView:
    """A row as a value."""
    return msgspec.convert(row, ItemView, from_attributes=True, strict=False)


def open_item_of(session: Session, kind: str, subject_id: UUID) -> ModerationItem | None:
    """What is still to be decided of a thing, locked."""
    return session.execute(
        select(ModerationItem)
        .where(
            ModerationItem.kind == kind,
            ModerationItem.subject_id == subject_id,
            ModerationItem.state.in_(_OPEN),
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    ).scalar_one_or_none()


def latest_item_of(session: Session, kind: str, subject_id: UUID) -> ItemView | None:
    """The last submission of a thing."""
    row = session.execute(
        select(ModerationItem)
        .where(ModerationItem.kind == kind, ModerationItem.subject_id == subject_id)
        .order_by(ModerationItem.submitted_at.desc(), ModerationItem.id.desc())
        .limit(1)
        .execution_options(populate_existing=True)
    ).scalar_one_or_none()
    return item_view(row) if row is not None else None


def looking_again_at(session: Session, item_id: UUID) -> UUID | None:
    """The item of the second look at a refused one, if its author asked for it."""
    return session.scalar(select(ModerationItem.id).where(ModerationItem.looks_again_at == item_id))


def letter(session: Session, letter_id: UUID) -> LetterView | None:
    row = session.get(ModerationLetter, letter_id)
    return _letter_view(row) if row is not None else None


def _letter_view(row: ModerationLetter) -> LetterView:
    return msgspec.convert(row, LetterView, from_attributes=True, strict=False)


def letters_to(
    session: Session, resident_id: UUID, *, before: UUID | None = None, most: int = 20
) -> Sequence[LetterView]:
    """The letters a resident got, the latest first."""
    query = select(ModerationLetter).where(ModerationLetter.addressee_id == resident_id)
    if before is not None:
        query = query.where(ModerationLetter.id < before)
    rows = session.execute(query.order_by(ModerationLetter.id.desc()).limit(most)).scalars()
    return [_letter_view(row) for row in rows]


def draft(session: Session, item_id: UUID, *, lock: bool = False) -> ModerationDraft | None:
    """The letter in work on an item."""
    query = select(ModerationDraft).where(ModerationDraft.item_id == item_id)
    if lock:
        query = query.with_for_update()
    return session.execute(query.execution_options(populate_existing=True)).scalar_one_or_none()


def draft_view(session: Session, item_id: UUID) -> DraftView | None:
    row = draft(session, item_id)
    if row is None:
        return None
    return msgspec.convert(row, DraftView, from_attributes=True, strict=False)


def writers(session: Session, items: Sequence[UUID]) -> Mapping[UUID, str]:
    """Who wrote the letters in work on these items."""
    if not items:
        return {}
    rows = session.execute(
        select(ModerationDraft.item_id, ModerationDraft.written_name).where(
            ModerationDraft.item_id.in_(items)
        )
    )
    return {row.item_id: row.written_name for row in rows}


def _queue(where: QueueFilter) -> Select[Any]:
    query = select(ModerationItem).where(
        ModerationItem.state == where.state.value, ModerationItem.kind.in_(where.kinds)
    )
    if where.looks is not None:
        looks = ModerationItem.looks_again_at.is_not(None)
        query = query.where(looks if where.looks else ~looks)
    if where.hinted is True:
        query = query.where(
            func.coalesce(func.jsonb_array_length(ModerationItem.hints), 0)
            + func.coalesce(func.jsonb_array_length(ModerationItem.similar), 0)
            > 0
        )
    elif where.hinted is False:
        query = query.where(
            func.jsonb_array_length(ModerationItem.hints) == 0,
            func.coalesce(func.jsonb_array_length(ModerationItem.similar), 0) == 0,
        )
    return query


def queue(
    session: Session,
    where: QueueFilter,
    *,
    after: tuple[datetime, UUID] | None = None,
    most: int = PAGE,
) -> Sequence[ItemView]:
    """A page of the queue: who waits longest comes first."""
    query = _queue(where)
    if after is not None:
        query = query.where(tuple_(ModerationItem.submitted_at, ModerationItem.id) > tuple_(*after))
    rows = session.execute(
        query.order_by(ModerationItem.submitted_at, ModerationItem.id)
        .limit(most)
        .execution_options(populate_existing=True)
    ).scalars()
    return [item_view(row) for row in rows]


def next_after(
    session: Session, where: QueueFilter, last: ItemView, *, now: datetime, me: UUID
) -> UUID | None:
    """The item to open next: after `last` in the queue, else the first one; none that somebody
    else is looking at or that must be looked at by somebody else."""
    free = and_(
        (ModerationItem.held_by.is_(None))
        | (ModerationItem.held_by == me)
        | (ModerationItem.held_until <= now),
        ModerationItem.id != last.id,
        ~exists().where(
            ModerationLetter.id == ModerationItem.looks_again_at,
            (ModerationLetter.written_by == me) | (ModerationLetter.approved_by == me),
        ),
    )
    base = _queue(where).where(free).with_only_columns(ModerationItem.id)
    order = (ModerationItem.submitted_at, ModerationItem.id)
    found = session.scalar(
        base.where(tuple_(*order) > tuple_(last.submitted_at, last.id)).order_by(*order).limit(1)
    )
    return found or session.scalar(base.order_by(*order).limit(1))


def before(session: Session, where: QueueFilter, this: ItemView) -> UUID | None:
    """The item before this one in the queue."""
    order = (ModerationItem.submitted_at, ModerationItem.id)
    return session.scalar(
        _queue(where)
        .with_only_columns(ModerationItem.id)
        .where(tuple_(*order) < tuple_(this.submitted_at, this.id))
        .order_by(*(column.desc() for column in order))
        .limit(1)
    )


def counts(session: Session) -> Mapping[tuple[str, str, bool], int]:
    """How many are open: by state, kind and whether it is a second look."""
    looks = ModerationItem.looks_again_at.is_not(None)
    rows = session.execute(
        select(ModerationItem.state, ModerationItem.kind, looks, func.count())
        .where(ModerationItem.state.in_(_OPEN))
        .group_by(ModerationItem.state, ModerationItem.kind, looks)
    )
    return {(state, kind, look): int(number) for state, kind, look, number in rows}


def waiting_count(session: Session) -> int:
    """How many wait to be checked."""
    return (
        session.scalar(
            select(func.count())
            .select_from(ModerationItem)
            .where(ModerationItem.state == State.WAITING.value)
        )
        or 0
    )


def letters_count(session: Session) -> int:
    """How many letters wait for approval."""
    return (
        session.scalar(
            select(func.count())
            .select_from(ModerationItem)
            .where(ModerationItem.state == State.WRITTEN.value)
        )
        or 0
    )


def oldest(session: Session) -> datetime | None:
    """Since when the first in the queue has been waiting."""
    return session.scalar(
        select(ModerationItem.submitted_at)
        .where(ModerationItem.state == State.WAITING.value)
        .order_by(ModerationItem.submitted_at)
        .limit(1)
    )


def refusals_of(session: Session, author_id: UUID) -> int:
    """How many of an author's submissions were refused so far."""
    return (
        session.scalar(
            select(func.count())
            .select_from(ModerationLetter)
            .where(ModerationLetter.addressee_id == author_id)
        )
        or 0
    )


def decided_of(
    session: Session, author_id: UUID, *, except_for: UUID, most: int = 5
) -> Sequence[ItemView]:
    """What was decided of an author's other submissions, the latest first."""
    rows = session.execute(
        select(ModerationItem)
        .where(
            ModerationItem.author_id == author_id,
            ModerationItem.id != except_for,
            ModerationItem.state.in_((State.PUBLISHED.value, State.REFUSED.value)),
        )
        .order_by(desc(ModerationItem.submitted_at))
        .limit(most)
    ).scalars()
    return [item_view(row) for row in rows]


def published_of(session: Session, author_id: UUID) -> int:
    """How many of an author's submissions were let through."""
    return (
        session.scalar(
            select(func.count())
            .select_from(ModerationItem)
            .where(
                ModerationItem.author_id == author_id,
                ModerationItem.state == State.PUBLISHED.value,
            )
        )
        or 0
    )


def block(session: Session, block_id: UUID) -> BlockView | None:
    row = session.get(ModerationBlock, block_id, populate_existing=True)
    return _block_view(row) if row is not None else None


def block_in_force(session: Session, resident_id: UUID) -> BlockView | None:
    """The block that keeps a resident out at present."""
    row = session.execute(
        select(ModerationBlock)
        .where(ModerationBlock.resident_id == resident_id, ModerationBlock.ended.is_(None))
        .execution_options(populate_existing=True)
    ).scalar_one_or_none()
    return _block_view(row) if row is not None else None


def locked_block(session: Session, block_id: UUID) -> ModerationBlock | None:
    return session.execute(
        select(ModerationBlock)
        .where(ModerationBlock.id == block_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).scalar_one_or_none()


def blocks(
    session: Session, *, in_force: bool, before: UUID | None = None, most: int = PAGE
) -> Sequence[BlockView]:
    """Decisions on blocking, the latest first."""
    ended = ModerationBlock.ended
    query = select(ModerationBlock).where(ended.is_(None) if in_force else ended.is_not(None))
    if before is not None:
        query = query.where(ModerationBlock.id < before)
    rows = session.execute(query.order_by(ModerationBlock.id.desc()).limit(most)).scalars()
    return [_block_view(row) for row in rows]


def _block_view(row: ModerationBlock) -> BlockView:
    return msgspec.convert(row, BlockView, from_attributes=True, strict=False)


def protocol_taken(session: Session, resident_id: UUID, number: str, on: date) -> UUID | None:
    """A decision of the same number and day on the same person: the form was sent twice."""
    return session.scalar(
        select(ModerationBlock.id).where(
            ModerationBlock.resident_id == resident_id,
            ModerationBlock.protocol_number == number,
            ModerationBlock.protocol_on == on,
        )
    )


def is_blocked(session: Session, resident_id: UUID) -> bool:
    """Whether a resident may not take part now, by whatever decision."""
    return bool(
        session.scalar(select(Resident.blocked_at.is_not(None)).where(Resident.id == resident_id))
    )
