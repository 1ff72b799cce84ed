"""What a feature says of the documents it makes."""

from collections.abc import Callable, Mapping, Sequence
from typing import Literal
from uuid import UUID

import msgspec

from core.kit.text import Text
from core.work import Work

Format = Literal["docx", "pdf", "xlsx"]
Cell = str | int | float | None


class Sheet(msgspec.Struct, frozen=True):
    """A table for a spreadsheet: `widths` in characters, one for each column."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    widths: tuple[int, ...]
    above: tuple[str, ...] = ()
    below: tuple[str, ...] = ()


class DocumentKind(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of document. `template` is the DOCX that comes with the product, as a path below
    `core/`; a city may upload its own. `data` gives the template's fields for one thing (None: for
    the whole list, as a quarterly list); `sheet` the table, where the document is one; `fields`
    tells whoever writes a template what there is."""

    key: str
    label: Text
    permission: str
    template: str
    data: Callable[[Work, UUID], Mapping[str, object]]
    name: Callable[[Work, UUID], str]
    fields: Mapping[str, Text]
    sheet: Callable[[Work, UUID], Sheet] | None = None
    example: Mapping[str, object] = {}
    formats: Sequence[Format] = ("docx", "pdf")
