"""Telling people something: the notice is written with the fact it speaks of, in one transaction;
how it travels further is decided afterwards."""

from collections.abc import Sequence
from typing import Final, Literal
from uuid import UUID

import msgspec
from sqlalchemy import Uuid, bindparam, func, select, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Session
from sqlalchemy.types import Text as TextType

from core.kit.ids import new_id
from core.kit.text import Text
from core.notify.model import NoticeRow
from core.work import Work

NOTICED: Final = "notify.noticed"
_CHUNK: Final = 200
MOST_UNREAD: Final = 99


class Recipient(msgspec.Struct, frozen=True):
    """Somebody who is told something."""

    kind: Literal["resident", "staff"]
    id: UUID


class Noticed(msgspec.Struct, frozen=True):
    """Notices were written whose way beside the cabinet is still to be decided."""

    notice_ids: tuple[UUID, ...]


_WRITE: Final = text(
    """
INSERT INTO personal_notice
  (id, recipient_kind, recipient_id, kind, title, body, path, once, created_at)
SELECT told.id, told.kind, told.person, :kind, :title, :body, :path, :once, :now
FROM unnest(:ids, :kinds, :people) AS told (id, kind, person)
WHERE CASE told.kind
  WHEN 'resident' THEN EXISTS (
    SELECT 1 FROM resident WHERE resident.id = told.person AND erased_at IS NULL)
  ELSE EXISTS (SELECT 1 FROM staff WHERE staff.id = told.person AND disabled_at IS NULL)
END
ORDER BY told.person
ON CONFLICT (recipient_id, once) DO NOTHING
RETURNING id
"""
).bindparams(
    bindparam("ids", type_=ARRAY(Uuid)),
    bindparam("kinds", type_=ARRAY(TextType)),
    bindparam("people", type_=ARRAY(Uuid)),
    bindparam("title", type_=JSONB),
    bindparam("body", type_=JSONB),
)


def tell(
    work: Work,
    kind: str,
    recipients: Sequence[Recipient],
    *,
    title: Text,
    text: Text,
    path: str,
    once: str,
) -> int:
    """Write a notice to each recipient who has not had one called `once`; returns how many.

    `kind` is the key of a MessageKind. Erased residents and disabled officials are passed over;
    blocked residents are told, because it is they who must learn why. One statement, whatever the
    number of people; a rollback takes the notices back.
    """
    people = sorted({one.id: one for one in recipients}.values(), key=lambda one: one.id)
    if not people:
        return 0
    rows = work.session.execute(
        _WRITE,
        {
            "ids": [new_id() for _ in people],
            "kinds": [one.kind for one in people],
            "people": [one.id for one in people],
            "kind": kind,
            "title": msgspec.to_builtins(title),
            "body": msgspec.to_builtins(text),
            "path": path,
            "once": once,
            "now": work.now,
        },
    )
    written = sorted(rows.scalars())
    for start in range(0, len(written), _CHUNK):
        work.emit(NOTICED, Noticed(tuple(written[start : start + _CHUNK])))
    return len(written)


def unread(session: Session, recipient: Recipient) -> int:
    """How many notices somebody has not read; no more than `MOST_UNREAD` + 1 are counted."""
    waiting = (
        select(NoticeRow.id)
        .where(NoticeRow.recipient_id == recipient.id, NoticeRow.read_at.is_(None))
        .limit(MOST_UNREAD + 1)
        .subquery()
    )
    return session.scalar(select(func.count()).select_from(waiting)) or 0
