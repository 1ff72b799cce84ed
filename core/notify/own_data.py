"""What notify keeps of one resident: a copy of it, and forgetting it (152-ФЗ)."""

from typing import Final
from uuid import UUID

from sqlalchemy import delete, select

from core.notify.letters import words
from core.notify.model import NoticeDigest, NoticePreference, NoticeRow, PushSubscription
from core.work import Work

# A copy is one file: far more than anybody reads, few enough to be made in one go.
_MOST: Final = 5_000


def export(work: Work, resident_id: UUID) -> dict[str, object]:
    """Notices, choices and devices of a resident, as plain data."""
    locale = work.tenant.locale
    notices = work.session.scalars(
        select(NoticeRow)
        .where(NoticeRow.recipient_id == resident_id)
        .order_by(NoticeRow.id.desc())
        .limit(_MOST)
    )
    preferences = work.session.scalars(
        select(NoticePreference)
        .where(NoticePreference.recipient_id == resident_id)
        .order_by(NoticePreference.kind)
    )
    devices = work.session.scalars(
        select(PushSubscription)
        .where(PushSubscription.recipient_id == resident_id)
        .order_by(PushSubscription.id)
    )
    return {
        "notices": [
            {
                "kind": one.kind,
                "title": words(one.title).in_(locale),
                "text": words(one.body).in_(locale),
                "path": one.path,
                "created_at": one.created_at,
                "read_at": one.read_at,
            }
            for one in notices
        ],
        "preferences": [
            {"kind": one.kind, "email": one.email, "push": one.push, "changed_at": one.changed_at}
            for one in preferences
        ],
        "devices": [
            {"device": one.device, "endpoint": one.endpoint, "created_at": one.created_at}
            for one in devices
        ],
    }


def forget(work: Work, resident_id: UUID) -> None:
    """Remove everything kept of a resident."""
    for table in (NoticeRow, NoticePreference, NoticeDigest, PushSubscription):
        work.session.execute(delete(table).where(table.recipient_id == resident_id))
