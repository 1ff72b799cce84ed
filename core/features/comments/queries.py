"""Every SELECT of the comments slice; those of a thread are in `core.comments.threads`."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from core.comments.domain import State
from core.comments.model import CommentRow

_QUOTED = 300


class Reference(msgspec.Struct, frozen=True):
    """A comment for those who follow up on it."""

    id: UUID
    kind: str
    subject_id: UUID
    author_id: UUID | None
    post: str | None
    body: str
    state: State
    parent_id: UUID | None
    parent_author_id: UUID | None
    parent_body: str


def references(session: Session, comments: Sequence[UUID]) -> Mapping[UUID, Reference]:
    """These comments, with whom they answer."""
    parent = aliased(CommentRow)
    rows = session.execute(
        select(
            CommentRow.id,
            CommentRow.kind,
            CommentRow.subject_id,
            CommentRow.author_id,
            CommentRow.post,
            CommentRow.body,
            CommentRow.state,
            CommentRow.parent_id,
            parent.author_id,
            func.left(func.coalesce(parent.body, ""), _QUOTED),
        )
        .outerjoin(parent, parent.id == CommentRow.parent_id)
        .where(CommentRow.id.in_(comments))
    )
    return {
        row[0]: Reference(
            id=row[0],
            kind=row[1],
            subject_id=row[2],
            author_id=row[3],
            post=row[4],
            body=row[5],
            state=State(row[6]),
            parent_id=row[7],
            parent_author_id=row[8],
            parent_body=row[9],
        )
        for row in rows
    }


def reference(session: Session, comment_id: UUID) -> Reference | None:
    return references(session, [comment_id]).get(comment_id)


def waiting_of(session: Session, resident_id: UUID) -> Sequence[UUID]:
    """A resident's comments that moderation may still have in its queue."""
    return session.scalars(
        select(CommentRow.id).where(
            CommentRow.author_id == resident_id, CommentRow.state != State.WITHDRAWN.value
        )
    ).all()
