"""Tables: a city's own document templates."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from core.db.base import APPEND, CityTable


class DocumentTemplate(CityTable):
    """A template that a city uses instead of the product's own: the latest row of a kind counts.
    A row without content goes back to the product's. History is never edited."""

    __tablename__ = "document_template"
    __table_args__ = (
        Index("ix_document_template_kind", "kind", "at", "id"),
        {"info": {"access": APPEND}},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    name: Mapped[str]
    content: Mapped[bytes | None]
    digest: Mapped[str]
    note: Mapped[str]
    at: Mapped[datetime]
    actor: Mapped[str]
    actor_name: Mapped[str]
