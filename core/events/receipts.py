"""Forgetting receipts of events that can no longer be offered again."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

KEPT: Final = timedelta(days=90)
"""Far longer than the relay goes on offering an event, and than an operator may take to send a
dead one again."""

_TRIM = text(
    "DELETE FROM event_receipt WHERE ctid = ANY(ARRAY("
    "SELECT ctid FROM event_receipt WHERE handled_at < :before ORDER BY handled_at LIMIT :most))"
)


def trim_receipts(session: Session, *, now: datetime, most: int = 5_000) -> int:
    """Delete the oldest receipts of the city whose transaction this is; returns how many."""
    done = session.execute(_TRIM, {"before": now - KEPT, "most": most})
    return int(done.rowcount)  # type: ignore[attr-defined]
