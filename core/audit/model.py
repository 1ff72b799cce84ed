"""Tables of the journal of a city."""

from datetime import date, datetime

from sqlalchemy import BigInteger, Identity
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.db.base import APPEND, CityTable


class AuditEntry(CityTable):
    """One action of staff or of the product. `digest` covers the row and the digest before it."""

    __tablename__ = "audit_entry"
    __table_args__ = ({"info": {"access": APPEND}},)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[str]
    action: Mapped[str] = mapped_column(index=True)
    subject: Mapped[str] = mapped_column(index=True)
    details: Mapped[dict[str, object]] = mapped_column(JSONB)
    digest: Mapped[bytes]


class DecisionEntry(CityTable):
    """A decision that limited somebody or bound the city, with the clauses it rested on."""

    __tablename__ = "decision_entry"
    __table_args__ = ({"info": {"access": APPEND}},)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[str]
    subject: Mapped[str] = mapped_column(index=True)
    point: Mapped[str]
    governing_on: Mapped[date]
    value: Mapped[object] = mapped_column(JSONB)
    reasons: Mapped[list[object]] = mapped_column(JSONB)
    regulation: Mapped[str]
