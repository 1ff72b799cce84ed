"""What comments keep of one resident: a copy of it, and forgetting it (152-ФЗ)."""

from typing import Final
from uuid import UUID

from sqlalchemy import select

from core.comments.model import CommentRow
from core.work import Work

# A copy is one file: far more than anybody writes, few enough to be made in one go.
_MOST: Final = 10_000


def export(work: Work, resident_id: UUID) -> list[dict[str, object]]:
    """A resident's comments in every state, as plain data, the latest first."""
    rows = work.session.scalars(
        select(CommentRow)
        .where(CommentRow.author_id == resident_id)
        .order_by(CommentRow.id.desc())
        .limit(_MOST)
    )
    return [
        {
            "id": one.id,
            "on": f"{one.kind}:{one.subject_id}",
            "answers": one.parent_id,
            "text": one.body,
            "state": one.state,
            "created_at": one.created_at,
            "published_at": one.published_at,
            "edited_at": one.edited_at,
        }
        for one in rows
    ]
