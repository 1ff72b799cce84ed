"""Filling a DOCX template with a document's data."""

import io
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from docxtpl import DocxTemplate
from jinja2 import TemplateSyntaxError

from core.documents.language import (
    Language,
    Shape,
    findings_in,
    in_plain_words,
    unknown_fields,
)
from core.documents.packing import settled
from core.kit.text import Text

_MOST_ROWS: Final = 20_000
_UNKNOWN: Final = Text(
    ru="Такого поля у этого документа нет: {names}.",
    en="This document has no such field: {names}.",
)


def filled(template: bytes, data: Mapping[str, object], *, title: str) -> bytes:
    """The document; what the data lacks is left empty. The same input gives the same bytes."""
    document: Any = DocxTemplate(io.BytesIO(template))
    document.render(plain(data), jinja_env=Language(), autoescape=True)
    stream = io.BytesIO()
    document.save(stream)
    return settled(stream.getvalue(), title=title)


def findings(template: bytes, shape: Shape) -> list[Text]:
    """What is wrong with a template, in plain words: its language, and fields there are none of."""
    document: Any = DocxTemplate(io.BytesIO(template))
    document.init_docx()
    language = Language()
    found: list[Text] = []
    unknown: list[str] = []
    for source in _sources(document):
        try:
            tree = language.parse(source)
        except TemplateSyntaxError as error:
            found.append(in_plain_words(error, source))
            continue
        found += findings_in(tree)
        unknown += unknown_fields(tree, shape)
    if unknown:
        names = ", ".join(f"«{one}»" for one in dict.fromkeys(unknown))
        found.append(_UNKNOWN.format(names=names))
    return list(dict.fromkeys(found))


def _sources(document: Any) -> list[str]:
    """The parts of a document that are templates, as they reach the language; a paragraph a line,
    so that an error can be placed."""
    parts = [document.get_xml()]
    for uri in (document.HEADER_URI, document.FOOTER_URI):
        parts += [document.get_part_xml(part) for _key, part in document.get_headers_footers(uri)]
    return [
        document.patch_xml(part).replace("<w:p ", "\n<w:p ").replace("<w:p>", "\n<w:p>")
        for part in parts
    ]


def plain(value: object) -> Any:
    """Data as templates may have it: text, numbers, lists and fields. Signs that would end a
    paragraph or a page are spaces."""
    match value:
        case bool() | int() | float() | None:
            return value
        case str():
            text = value.replace("\r\n", "\n").replace("\r", "\n")
            return "".join(
                sign
                if sign in "\n\t" or (sign >= " " and not "\ud800" <= sign <= "\udfff")
                else " "
                for sign in text
                if sign not in "\ufffe\uffff"
            )
        case datetime() | date():
            return f"{value:%d.%m.%Y}"
        case Text():
            return plain(value.ru)
        case Mapping():
            return {str(key): plain(one) for key, one in value.items()}
        case Sequence():
            return [plain(one) for one in value[:_MOST_ROWS]]
        case _:
            return plain(str(value))
