"""The notices of one person in their cabinet: unread ones first, read by opening them."""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core.kit.text import Text
from core.notify.letters import words
from core.notify.model import NoticeRow
from core.notify.tell import Recipient
from core.work import Work

PAGE: Final = 20


class Notice(msgspec.Struct, frozen=True):
    """A notice as its reader sees it."""

    id: UUID
    kind: str
    title: Text
    text: Text
    path: str
    created_at: datetime
    read: bool


class Notices(msgspec.Struct, frozen=True):
    """A page of notices and the cursor of the next one."""

    items: tuple[Notice, ...]
    after: str | None


def page(
    session: Session, recipient: Recipient, *, after: str | None = None, most: int = PAGE
) -> Notices:
    """Unread notices, then read ones, each the newest first. Raises ValueError for a bad cursor.

    Two short walks along two partial indexes, whatever the number of notices.
    """
    shelf, _, last = (after or "u~").partition("~")
    if shelf not in ("u", "r"):
        raise ValueError(after)
    before = UUID(last) if last else None
    found: list[Notice] = []
    if shelf == "u":
        found += _walk(session, recipient, read=False, before=before, most=most + 1)
        before = None
    if len(found) <= most:
        found += _walk(session, recipient, read=True, before=before, most=most + 1 - len(found))
    if len(found) <= most:
        return Notices(tuple(found), None)
    end = found[most - 1]
    return Notices(tuple(found[:most]), f"{'r' if end.read else 'u'}~{end.id}")


def open_notice(work: Work, notice_id: UUID, recipient: Recipient | None) -> str | None:
    """Where a notice leads; it is read now if it is its own reader who opens it. None if there is
    no such notice (any more)."""
    row = work.session.execute(
        select(NoticeRow.path, NoticeRow.recipient_id, NoticeRow.read_at).where(
            NoticeRow.id == notice_id
        )
    ).one_or_none()
    if row is None:
        return None
    path, owner, read_at = row
    if recipient is not None and recipient.id == owner and read_at is None:
        work.session.execute(
            update(NoticeRow).where(NoticeRow.id == notice_id).values(read_at=work.now)
        )
    return str(path)


def mark_all(work: Work, recipient: Recipient, *, until: UUID) -> int:
    """Mark as read all that was there when the page was drawn: nothing newer than `until`."""
    return len(
        work.session.scalars(
            update(NoticeRow)
            .where(
                NoticeRow.recipient_id == recipient.id,
                NoticeRow.read_at.is_(None),
                NoticeRow.id <= until,
            )
            .values(read_at=work.now)
            .returning(NoticeRow.id)
        ).all()
    )


def _walk(
    session: Session, recipient: Recipient, *, read: bool, before: UUID | None, most: int
) -> list[Notice]:
    query = select(
        NoticeRow.id,
        NoticeRow.kind,
        NoticeRow.title,
        NoticeRow.body,
        NoticeRow.path,
        NoticeRow.created_at,
    ).where(
        NoticeRow.recipient_id == recipient.id,
        NoticeRow.read_at.is_not(None) if read else NoticeRow.read_at.is_(None),
    )
    if before is not None:
        query = query.where(NoticeRow.id < before)
    return [
        Notice(id, kind, words(title), words(body), path, at, read)
        for id, kind, title, body, path, at in session.execute(
            query.order_by(NoticeRow.id.desc()).limit(most)
        )
    ]
