"""Every SELECT of the points ledger."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import Text, cast, desc, func, or_, select, tuple_
from sqlalchemy.orm import Session

from core.features.bonus.domain import Transfer, Unsound, resident_account
from core.features.bonus.model import BonusAccount, BonusTransfer


def balance(session: Session, resident_id: UUID) -> int:
    """A resident's points; somebody without an account has none."""
    return (
        session.scalar(select(BonusAccount.balance).where(BonusAccount.resident_id == resident_id))
        or 0
    )


def earned(
    session: Session, residents: Sequence[UUID], days: Sequence[date]
) -> dict[tuple[UUID, date], int]:
    """Points credited to each of these residents on each of these days."""
    rows = session.execute(
        select(BonusTransfer.credit, BonusTransfer.booked_on, func.sum(BonusTransfer.points))
        .where(
            BonusTransfer.credit.in_([resident_account(one) for one in residents]),
            BonusTransfer.booked_on.in_(days),
        )
        .group_by(BonusTransfer.credit, BonusTransfer.booked_on)
    )
    return {(UUID(account), day): int(points) for account, day, points in rows}


def booked(session: Session, events: Sequence[UUID]) -> frozenset[UUID]:
    """Which of these events have been credited already."""
    return frozenset(session.scalars(select(BonusTransfer.id).where(BonusTransfer.id.in_(events))))


def lock_accounts(session: Session, residents: Sequence[UUID]) -> None:
    """Hold these accounts until the end of the transaction, locked in the order of their ids."""
    session.execute(
        select(BonusAccount.resident_id)
        .where(BonusAccount.resident_id.in_(residents))
        .order_by(BonusAccount.resident_id)
        .with_for_update()
    ).all()


def statement(
    session: Session, resident_id: UUID, *, after: str | None = None, most: int = 30
) -> tuple[tuple[Transfer, ...], str | None]:
    """A resident's transfers, the latest first, and the cursor of the next page.

    Raises ValueError for a cursor that was not made here.
    """
    account = resident_account(resident_id)
    query = select(BonusTransfer).where(
        or_(BonusTransfer.credit == account, BonusTransfer.debit == account)
    )
    if after:
        day, _, last = after.partition("~")
        query = query.where(
            tuple_(BonusTransfer.booked_on, BonusTransfer.id)
            < (date.fromisoformat(day), UUID(last))
        )
    rows = session.scalars(
        query.order_by(desc(BonusTransfer.booked_on), desc(BonusTransfer.id)).limit(most + 1)
    ).all()
    transfers = tuple(
        Transfer(
            id=row.id,
            points=row.points if row.credit == account else -row.points,
            act=row.act,
            subject=row.subject,
            booked_on=row.booked_on,
            booked_at=row.booked_at,
            reasons=row.reasons,
        )
        for row in rows[:most]
    )
    more = f"{transfers[-1].booked_on}~{transfers[-1].id}" if len(rows) > most else None
    return transfers, more


def unsound_accounts(session: Session, *, most: int = 100) -> tuple[Unsound, ...]:
    """Accounts whose balance is not the sum of their transfers; empty when the ledger is sound."""
    came = (
        select(
            BonusTransfer.credit.label("account"), func.sum(BonusTransfer.points).label("points")
        )
        .group_by(BonusTransfer.credit)
        .subquery()
    )
    went = (
        select(BonusTransfer.debit.label("account"), func.sum(BonusTransfer.points).label("points"))
        .group_by(BonusTransfer.debit)
        .subquery()
    )
    key = cast(BonusAccount.resident_id, Text)
    total = func.coalesce(came.c.points, 0) - func.coalesce(went.c.points, 0)
    rows = session.execute(
        select(BonusAccount.resident_id, BonusAccount.balance, total)
        .outerjoin(came, came.c.account == key)
        .outerjoin(went, went.c.account == key)
        .where(BonusAccount.balance != total)
        .limit(most)
    )
    return tuple(Unsound(row[0], row[1], int(row[2])) for row in rows)
