"""Recognising the documents that people attach: by what is inside, never by name. Nothing is
unpacked beyond the few lines that say what a container is."""

import io
import zipfile
import zlib
from typing import Final

import puremagic

from core.files.pictures import Unfit
from core.kit.text import Text

PDF: Final = "application/pdf"
_OFFICE: Final = "application/vnd.openxmlformats-officedocument."
DOCX: Final = f"{_OFFICE}wordprocessingml.document"
XLSX: Final = f"{_OFFICE}spreadsheetml.sheet"
ODT: Final = "application/vnd.oasis.opendocument.text"
ENDINGS: Final = {PDF: ".pdf", DOCX: ".docx", XLSX: ".xlsx", ODT: ".odt"}

_MOST_PARTS: Final = 4_000
_MOST_UNPACKED: Final = 400 * 1024 * 1024
_MOST_LABEL: Final = 256 * 1024
_CONTENT_TYPES: Final = "[Content_Types].xml"

NOT_TAKEN: Final = Text(
    ru="Такой файл приложить нельзя. Подойдут PDF, DOCX, XLSX и ODT.",
    en="This file cannot be attached. PDF, DOCX, XLSX and ODT will do.",
)
WITH_MACROS: Final = Text(
    ru="В файле есть макросы. Сохраните его без макросов и пришлите снова.",
    en="The file contains macros. Save it without macros and send it again.",
)
BROKEN: Final = Text(
    ru="Файл повреждён или зашифрован: открыть его не получается.",
    en="The file is damaged or encrypted: it cannot be opened.",
)


def recognise(content: bytes) -> str:
    """The media type of a document; raises Unfit for anything that is not taken."""
    try:
        guesses = {one.mime_type for one in puremagic.magic_string(content)}
    except (puremagic.PureError, ValueError):
        guesses = set()
    if PDF in guesses and content.startswith(b"%PDF-"):
        return PDF
    if content.startswith(b"PK\x03\x04"):
        return _container(content)
    raise Unfit(NOT_TAKEN)


def _container(content: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as box:
            parts = box.infolist()
            names = {one.filename for one in parts}
            if len(parts) > _MOST_PARTS or sum(one.file_size for one in parts) > _MOST_UNPACKED:
                raise Unfit(BROKEN)
            if any(name.lower().endswith(("vbaproject.bin", "vbadata.xml")) for name in names):
                raise Unfit(WITH_MACROS)
            if any(name.startswith(("Basic/", "Scripts/")) for name in names):
                raise Unfit(WITH_MACROS)
            if "mimetype" in names and _label(box, "mimetype").strip() == ODT.encode():
                return ODT
            if _CONTENT_TYPES not in names:
                raise Unfit(NOT_TAKEN)
            label = _label(box, _CONTENT_TYPES)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError, ValueError) as error:
        # RuntimeError is what zipfile says to an encrypted part.
        raise Unfit(BROKEN) from error
    if b"macroEnabled" in label:
        raise Unfit(WITH_MACROS)
    for kind, main in ((DOCX, b"document.main+xml"), (XLSX, b"sheet.main+xml")):
        if kind.encode().removesuffix(b"document").removesuffix(b"sheet") + main in label:
            return kind
    raise Unfit(NOT_TAKEN)


def _label(box: zipfile.ZipFile, name: str) -> bytes:
    with box.open(name) as part:
        return part.read(_MOST_LABEL)
