"""Tables: files people attach and their content."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from core.db.base import CityTable


class File(CityTable):
    """A file somebody uploaded. `owner` is what it is attached to (`idea:<id>`), None until then;
    `uploaded_by` is the label of an actor. `media_type` and `size` are of what a reader gets."""

    __tablename__ = "file"
    __table_args__ = (
        CheckConstraint("(width is null) = (height is null)", name="picture"),
        Index("ix_file_owner", "owner", "position", "id"),
        Index("ix_file_uploaded_by", "uploaded_by", "owner"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int] = mapped_column(Integer)
    width: Mapped[int | None] = mapped_column(Integer)
    height: Mapped[int | None] = mapped_column(Integer)
    owner: Mapped[str | None]
    position: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    uploaded_by: Mapped[str]
    uploaded_at: Mapped[datetime]


class FileContent(CityTable):
    """The bytes of a file: the original of a document, two sizes of a picture. They are kept in
    the city's schema, so they are written, isolated, backed up and dropped together with it."""

    __tablename__ = "file_content"
    __table_args__ = (CheckConstraint("variant in ('original', 'large', 'thumb')", name="variant"),)

    file_id: Mapped[UUID] = mapped_column(
        ForeignKey("file.id", ondelete="CASCADE"), primary_key=True
    )
    variant: Mapped[str] = mapped_column(primary_key=True)
    media_type: Mapped[str]
    content: Mapped[bytes]
