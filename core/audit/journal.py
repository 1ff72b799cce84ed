"""Writing the journal: staff actions in a hash chain, and decisions with their clauses."""

import hashlib
from datetime import date, datetime

import msgspec
from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from core.audit.model import AuditEntry, DecisionEntry
from core.kit.actor import Actor, actor_label


def record_action(
    session: Session,
    *,
    at: datetime,
    actor: Actor,
    action: str,
    subject: str,
    details: dict[str, object],
) -> None:
    """Append one action. Writers of one city queue up, so that the chain has no forks."""
    session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || '/audit', 0))")
    )
    previous = session.execute(
        select(AuditEntry.digest).order_by(AuditEntry.id.desc()).limit(1)
    ).scalar_one_or_none()
    session.execute(
        insert(AuditEntry).values(
            at=at,
            actor=actor_label(actor),
            action=action,
            subject=subject,
            details=details,
            digest=link_digest(previous, at, actor_label(actor), action, subject, details),
        )
    )


def link_digest(
    previous: bytes | None,
    at: datetime,
    actor: str,
    action: str,
    subject: str,
    details: dict[str, object],
) -> bytes:
    """The digest of one link: over the digest before it and a canonical form of the row."""
    canonical = msgspec.json.encode(
        [int(at.timestamp() * 1_000_000), actor, action, subject, details], order="deterministic"
    )
    return hashlib.sha256((previous or b"") + canonical).digest()


def broken_link(session: Session) -> int | None:
    """The id of the first journal row that does not fit the one before it; None if all fit."""
    previous: bytes | None = None
    rows = session.execute(
        select(
            AuditEntry.id,
            AuditEntry.at,
            AuditEntry.actor,
            AuditEntry.action,
            AuditEntry.subject,
            AuditEntry.details,
            AuditEntry.digest,
        )
        .order_by(AuditEntry.id)
        .execution_options(yield_per=1000)
    )
    for row in rows:
        if row.digest != link_digest(
            previous, row.at, row.actor, row.action, row.subject, row.details
        ):
            return int(row.id)
        previous = row.digest
    return None


def record_decision(
    session: Session,
    *,
    at: datetime,
    actor: Actor,
    subject: str,
    point: str,
    governing_on: date,
    value: object,
    reasons: list[object],
    regulation: str,
) -> None:
    """Append a decision; `regulation` is the digest of the entries it used."""
    session.execute(
        insert(DecisionEntry).values(
            at=at,
            actor=actor_label(actor),
            subject=subject,
            point=point,
            governing_on=governing_on,
            value=value,
            reasons=reasons,
            regulation=regulation,
        )
    )
