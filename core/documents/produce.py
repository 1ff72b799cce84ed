"""Making a document: a kind, what it is of, and a format give a file. Whether somebody may have it
was asked before."""

import re
from typing import Final
from uuid import UUID

import msgspec

from core.documents import filling, sheets, templates
from core.documents.manifest import DocumentKind, Format
from core.documents.pdf.pages import make_pdf
from core.kit.errors import NotFound
from core.work import Work

DOCX: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MEDIA_TYPES: Final[dict[Format, str]] = {
    "docx": DOCX,
    "pdf": "application/pdf",
    "xlsx": XLSX,
}
_UNSAFE: Final = re.compile(r'[\\/:*?"<>|\x00-\x1f]+')
_LONGEST_NAME: Final = 120


class Produced(msgspec.Struct, frozen=True):
    """A file to send."""

    name: str
    media_type: str
    content: bytes


def produce(work: Work, kind: DocumentKind, subject: UUID, fmt: Format) -> Produced:
    """The document as a file. The same data and template give the same bytes. Raises NotFound for
    a format the kind does not have, and whatever the kind's own `data` raises."""
    if fmt not in kind.formats or (fmt == "xlsx" and kind.sheet is None):
        raise NotFound
    title = kind.name(work, subject)
    if fmt == "xlsx":
        assert kind.sheet is not None
        content = sheets.workbook(kind.sheet(work, subject))
    else:
        content = filling.filled(
            templates.active(work.session, kind), kind.data(work, subject), title=title
        )
        if fmt == "pdf":
            content = make_pdf(content, title=title).content
    return Produced(f"{_file_name(title)}.{fmt}", MEDIA_TYPES[fmt], content)


def example(kind: DocumentKind, template: bytes, fmt: Format) -> Produced:
    """A template filled with the kind's example, to look at before it is used."""
    title = kind.label.ru
    content = filling.filled(template, kind.example, title=title)
    if fmt == "pdf":
        content = make_pdf(content, title=title).content
    return Produced(f"{_file_name(title)}.{fmt}", MEDIA_TYPES[fmt], content)


def _file_name(title: str) -> str:
    return " ".join(_UNSAFE.sub(" ", title).split())[:_LONGEST_NAME].strip(" .") or "document"
