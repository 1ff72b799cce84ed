"""Pure values of the points ledger: accounts and the summary of a resident's statement."""

from datetime import date, datetime
from typing import Final
from uuid import UUID

import msgspec

ISSUE: Final = "issue"
"""The account that points come from; its balance is minus all points ever credited."""

ANNULMENT: Final = "annulment"
"""The act by which points are taken back when a resident is blocked (п. 3.9 of the source)."""


def resident_account(resident_id: UUID) -> str:
    """The account of a resident."""
    return str(resident_id)


class Transfer(msgspec.Struct, frozen=True):
    """One movement on a statement; `points` is positive when they came in."""

    id: UUID
    points: int
    act: str
    subject: str
    booked_on: date
    booked_at: datetime
    reasons: list[object]


class Unsound(msgspec.Struct, frozen=True):
    """An account whose stored balance is not the sum of its transfers."""

    resident_id: UUID
    balance: int
    transfers: int
