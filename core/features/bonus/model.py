"""Tables of the points ledger: transfers between accounts, append-only, whole points."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Date, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.db.base import APPEND, CityTable


class BonusAccount(CityTable):
    """A resident's account; its balance is the sum of its transfers and never negative.

    System accounts (`issue`) have no row: their balance is what the transfers say.
    """

    __tablename__ = "bonus_account"
    __table_args__ = (CheckConstraint("balance >= 0", name="balance"),)

    resident_id: Mapped[UUID] = mapped_column(primary_key=True)
    balance: Mapped[int]


class BonusTransfer(CityTable):
    """One movement of points. `id` is the event it rests on, so a repeat changes nothing."""

    __tablename__ = "bonus_transfer"
    __table_args__ = (
        CheckConstraint("points > 0", name="points"),
        CheckConstraint("debit <> credit", name="accounts"),
        Index("ix_bonus_transfer_credit", "credit", "booked_on"),
        Index("ix_bonus_transfer_debit", "debit", "booked_on"),
        {"info": {"access": APPEND}},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    debit: Mapped[str]
    credit: Mapped[str]
    points: Mapped[int]
    act: Mapped[str]
    subject: Mapped[str]
    booked_on: Mapped[date] = mapped_column(Date)
    booked_at: Mapped[datetime]
    reasons: Mapped[list[object]] = mapped_column(JSONB)
