"""What the administrator's desk reads of the journal and of people, beyond what identity offers."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.audit.model import AuditEntry, DecisionEntry
from core.identity.model import Staff


def actions(
    session: Session,
    *,
    about: str | None = None,
    before: int | None = None,
    most: int = 50,
) -> tuple[Sequence[AuditEntry], int | None]:
    """Entries of the journal, the latest first, and the cursor of the next page."""
    query = select(AuditEntry)
    if about:
        query = query.where(AuditEntry.subject == about)
    if before is not None:
        query = query.where(AuditEntry.id < before)
    rows = session.scalars(query.order_by(AuditEntry.id.desc()).limit(most + 1)).all()
    return rows[:most], rows[most - 1].id if len(rows) > most else None


def decisions(
    session: Session, *, about: str | None = None, before: int | None = None, most: int = 30
) -> tuple[Sequence[DecisionEntry], int | None]:
    """Entries of the decision log, the latest first, and the cursor of the next page."""
    query = select(DecisionEntry)
    if about:
        query = query.where(DecisionEntry.subject == about)
    if before is not None:
        query = query.where(DecisionEntry.id < before)
    rows = session.scalars(query.order_by(DecisionEntry.id.desc()).limit(most + 1)).all()
    return rows[:most], rows[most - 1].id if len(rows) > most else None


def staff_names(session: Session, ids: Collection[UUID]) -> Mapping[UUID, str]:
    """The names behind some accounts of staff; unknown ones are absent."""
    if not ids:
        return {}
    rows = session.execute(select(Staff.id, Staff.name).where(Staff.id.in_(ids)))
    return {row.id: row.name for row in rows}
