"""Tables: comments and replies, and how many of them a thing has."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.db.base import CityTable

_STATES = "state in ('waiting', 'published', 'refused', 'withdrawn')"


class CommentRow(CityTable):
    """A comment on a thing, or a reply to a comment (one level).

    Either a resident wrote it (`author_id`) or an official (`staff_id`, with the post as it was
    called then). `digest` recognises the same text sent twice by one form. `refusal` is what
    moderation said, for its author to read. `replies` counts published ones.
    """

    __tablename__ = "comment"
    __table_args__ = (
        CheckConstraint(_STATES, name="state"),
        CheckConstraint("(author_id is null) <> (staff_id is null)", name="author"),
        # A page of a thread, and the replies under its comments.
        Index(
            "ix_comment_thread",
            "kind",
            "subject_id",
            "id",
            postgresql_where=text("parent_id is null"),
        ),
        Index(
            "ix_comment_replies",
            "parent_id",
            "id",
            postgresql_where=text("parent_id is not null"),
        ),
        # What an author sees of their own that nobody else does.
        Index(
            "ix_comment_unpublished",
            "author_id",
            "kind",
            "subject_id",
            postgresql_where=text("state in ('waiting', 'refused')"),
        ),
        Index("ix_comment_author", "author_id", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    subject_id: Mapped[UUID]
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("comment.id"))
    author_id: Mapped[UUID | None]
    staff_id: Mapped[UUID | None]
    post: Mapped[str | None]
    body: Mapped[str]
    state: Mapped[str]
    digest: Mapped[bytes] = mapped_column(unique=True)
    refusal: Mapped[dict[str, object] | None] = mapped_column(JSONB(none_as_null=True))
    replies: Mapped[int] = mapped_column(server_default="0")
    created_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    edited_at: Mapped[datetime | None]


class CommentCount(CityTable):
    """How many published comments and replies a thing has."""

    __tablename__ = "comment_count"

    kind: Mapped[str] = mapped_column(primary_key=True)
    subject_id: Mapped[UUID] = mapped_column(primary_key=True)
    published: Mapped[int]
