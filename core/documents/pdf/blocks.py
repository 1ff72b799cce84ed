"""Paragraphs and tables, the blocks a page is filled with."""

from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from core.documents.pdf import typst
from core.documents.pdf.inline import LINE_BOTTOM, LINE_TOP, Inline, Piece, letters, line_code
from core.documents.pdf.lists import Lists
from core.documents.pdf.styles import (
    Line,
    ParagraphLook,
    RunLook,
    Styles,
    borders_of,
    colour_of,
)
from core.documents.pdf.wml import Element, attribute, child, children, is_on, name, number, points

_LINE: Final = LINE_TOP + LINE_BOTTOM
_CELL_MARGIN: Final = 5.4
_MOST_COLUMNS: Final = 63
_MOST_DEPTH: Final = 5
_SIDES: Final = ("top", "bottom", "left", "right")


class Cell(msgspec.Struct):
    """A cell in the grid: where it begins, how far it reaches."""

    element: Element
    column: int
    columns: int
    merged: str | None
    rows: int = 1


class Blocks:
    """Reads the blocks of one part of a document."""

    def __init__(self, styles: Styles, lists: Lists, inline: Inline) -> None:
        self._styles = styles
        self._lists = lists
        self._inline = inline

    def within(self, parent: Element, *, width: float) -> list[str]:
        """All blocks of a header, a footer or a cell, as expressions."""
        return [code for one in parent.iterchildren() for code in self.block(one, width=width)]

    def block(
        self,
        element: Element,
        *,
        width: float,
        around: list[Element] | None = None,
        depth: int = 0,
    ) -> Iterator[str]:
        """One block; a content control gives those inside it."""
        if element.tag == name("w:p"):
            yield from self.paragraph(element, width=width, around=around)
        elif element.tag == name("w:tbl") and depth < _MOST_DEPTH:
            yield self.table(element, width=width, depth=depth)
        elif element.tag in (name("w:sdt"), name("w:ins"), name("w:customXml")):
            content = child(element, "sdtContent")
            for one in (content if content is not None else element).iterchildren():
                yield from self.block(one, width=width, around=around, depth=depth)

    # Paragraphs.

    def paragraph(
        self, element: Element, *, width: float, around: list[Element] | None = None
    ) -> Iterator[str]:
        """A paragraph: one block, or several with page breaks between them."""
        properties = child(element, "pPr")
        look, run = self._styles.of_paragraph(properties, around=around)
        look = self._lists.look(look, properties)
        pieces = self._inline.pieces(element, run)
        label = self._lists.label(look)
        if label:
            mark = self._styles.of_run(run, child(properties, "rPr"))
            pieces.insert(0, Piece(code=_labelled(label, look, mark)))
        if look.break_before and around is None:
            yield "pagebreak(weak: true)"
        mark_look = self._styles.of_run(run, child(properties, "rPr"))
        parts = _divided(pieces)
        for n, part in enumerate(parts):
            if n:
                yield "pagebreak()"
            if part or len(parts) == 1:
                yield _paragraph(look, part, mark_look, width=width)

    # Tables.

    def table(self, element: Element, *, width: float, depth: int) -> str:
        properties = child(element, "tblPr")
        chain = self._styles.chain("table", attribute(child(properties, "tblStyle")))
        layers = [*(child(style, "tblPr") for style in chain), properties]
        borders: dict[str, Line | None] = {}
        margins = {"left": _CELL_MARGIN, "right": _CELL_MARGIN, "top": 0.0, "bottom": 0.0}
        for layer in layers:
            borders |= borders_of(child(layer, "tblBorders"), (*_SIDES, "insideH", "insideV"))
            margins |= _margins(child(layer, "tblCellMar"))
        rows = list(_rows(element))
        grid = [self._cells(row) for row in rows]
        columns = max((one.column + one.columns for row in grid for one in row), default=0)
        if not columns:
            return "[]"
        _span_rows(grid)
        widths = _widths(element, grid, columns, width)
        heads = 0
        while heads < len(rows) and _switch(rows[heads], "tblHeader"):
            heads += 1
        heads = 0 if heads == len(rows) else heads
        made = [
            self._row(
                row,
                grid[n],
                first=n == 0,
                number_of_rows=len(rows),
                at=n,
                widths=widths,
                borders=borders,
                margins=margins,
                chain=chain,
                depth=depth,
                heads=heads,
            )
            for n, row in enumerate(rows)
        ]
        body = [cell for row in made[heads:] for cell in row]
        if heads:
            body.insert(0, typst.call("table.header", *(c for row in made[:heads] for c in row)))
        code = typst.call(
            "table",
            *body,
            columns=typst.array(typst.length(one) for one in widths),
            stroke="none",
            inset="0pt",
        )
        match attribute(child(properties, "jc")):
            case "center":
                return typst.call("align", "center", code)
            case "right" | "end":
                return typst.call("align", "right", code)
        indent = points(attribute(child(properties, "tblInd"), "w")) or 0
        if 0 < indent < width - sum(widths) + 1:
            return typst.call("pad", code, left=typst.length(indent))
        return code

    def _cells(self, row: Element) -> list[Cell]:
        found: list[Cell] = []
        column = int(number(attribute(child(row, "trPr", "gridBefore"))) or 0)
        for one in _inside(row, "tc"):
            properties = child(one, "tcPr")
            span = int(number(attribute(child(properties, "gridSpan"))) or 1)
            span = max(1, min(span, _MOST_COLUMNS - column))
            merge = child(properties, "vMerge")
            merged = None if merge is None else attribute(merge) or "continue"
            if column < _MOST_COLUMNS:
                found.append(Cell(one, column, span, merged))
            column += span
        return found

    def _row(
        self,
        row: Element,
        cells: Sequence[Cell],
        *,
        first: bool,
        number_of_rows: int,
        at: int,
        widths: Sequence[float],
        borders: dict[str, Line | None],
        margins: dict[str, float],
        chain: list[Element],
        depth: int,
        heads: int,
    ) -> list[str]:
        height = points(attribute(child(row, "trPr", "trHeight"))) or 0
        empty = not any(text.strip() for text in row.itertext(name("w:t")))
        whole = _switch(row, "cantSplit") or at < heads
        found: list[str] = []
        column = 0
        for one in cells:
            found += ["[]"] * (one.column - column)
            column = one.column + one.columns
            if one.merged == "continue" and one.rows == 0:
                continue
            properties = child(one.element, "tcPr")
            last = at + one.rows >= number_of_rows
            lines = {
                "top": borders.get("top" if first else "insideH"),
                "bottom": borders.get("bottom" if last else "insideH"),
                "left": borders.get("left" if one.column == 0 else "insideV"),
                "right": borders.get("right" if column >= len(widths) else "insideV"),
            }
            lines |= borders_of(child(properties, "tcBorders"), _SIDES)
            inset = margins | _margins(child(properties, "tcMar"))
            width = sum(widths[one.column : column]) - inset["left"] - inset["right"]
            content = [
                code
                for inner in one.element.iterchildren()
                for code in self.block(inner, width=width, around=chain, depth=depth + 1)
                if not code.startswith("pagebreak")
            ]
            if empty and height and one is cells[0]:
                content = [typst.call("v", typst.length(height))]
            fill = colour_of(attribute(child(properties, "shd"), "fill"))
            vertical = {"center": "horizon", "bottom": "bottom"}.get(
                attribute(child(properties, "vAlign")) or "", "top"
            )
            found.append(
                typst.call(
                    "table.cell",
                    typst.joined(content),
                    colspan=str(one.columns) if one.columns > 1 else None,
                    rowspan=str(one.rows) if one.rows > 1 else None,
                    align=f"{vertical} + left",
                    fill=f'rgb("#{fill}")' if fill else None,
                    breakable="false" if whole else None,
                    stroke=_strokes(lines),
                    inset=typst.dictionary({k: typst.length(v) for k, v in inset.items()}),
                )
            )
        found += ["[]"] * (len(widths) - column)
        return found


def _labelled(label: str, look: ParagraphLook, mark: RunLook) -> str:
    text = letters(typst.quoted(label), mark)
    if look.first < 0:
        return typst.call("box", text, width=typst.length(-look.first))
    return typst.joined([text, "h(0.5em)"])


def _divided(pieces: Sequence[Piece]) -> list[list[Piece]]:
    parts: list[list[Piece]] = [[]]
    for piece in pieces:
        if piece.page_break:
            parts.append([])
        else:
            parts[-1].append(piece)
    return parts


def _paragraph(look: ParagraphLook, pieces: list[Piece], mark: RunLook, *, width: float) -> str:
    size = max((one.look.size for one in pieces if one.text), default=mark.size)
    match look.line_rule:
        case "exact":
            leading = look.line - _LINE * size
        case "atLeast":
            leading = max(0.0, look.line - _LINE * size)
        case _:
            leading = (look.line - 1) * _LINE * size
    code = line_code(pieces, look.tabs, room=width - look.left - look.right)
    if code:
        body = typst.call(
            "par",
            typst.joined(code),
            justify="true" if look.align == "justify" else "false",
            leading=typst.length(leading),
            first_line_indent=f"(amount: {typst.length(look.first)}, all: true)"
            if look.first > 0
            else None,
            hanging_indent=typst.length(-look.first) if look.first < 0 else None,
        )
    else:
        body = typst.call("v", typst.length(_LINE * size + leading))
    if look.align in ("center", "right"):
        body = typst.call("align", look.align, body)
    borders = {side: line for side, line in look.borders if line is not None}
    inset = {
        "left": max(0.0, look.left + min(0.0, look.first)),
        "right": look.right,
        "top": 1.0 if "top" in borders else 0.0,
        # Word leaves the room of a line after the last one, too.
        "bottom": (1.0 if "bottom" in borders else 0.0) + (max(0.0, leading) if code else 0.0),
    }
    block = typst.call(
        "block",
        body,
        width="100%",
        inset=typst.dictionary({side: typst.length(value) for side, value in inset.items()}),
        stroke=_strokes(dict(borders)) if borders else None,
        sticky="true" if look.keep_next else None,
    )
    # The room between paragraphs adds up in Word; between blocks of Typst the larger one wins.
    before = [typst.call("v", typst.length(look.before))] if look.before else []
    after = [typst.call("v", typst.length(look.after))] if look.after else []
    if not before and not after:
        return block
    return typst.joined([*before, block, *after])


def _strokes(lines: dict[str, Line | None]) -> str:
    return typst.dictionary(
        {
            side: "none" if line is None else f'{typst.length(line.width)} + rgb("#{line.colour}")'
            for side, line in lines.items()
        }
    )


def _margins(element: Element | None) -> dict[str, float]:
    found = {}
    for side in _SIDES:
        names = {"left": ("left", "start"), "right": ("right", "end")}.get(side, (side,))
        for one in names:
            if (value := points(attribute(child(element, one), "w"))) is not None:
                found[side] = min(max(value, 0.0), 60.0)
    return found


def _inside(parent: Element, local: str) -> Iterator[Element]:
    """Rows of a table, or cells of a row, also those within content controls."""
    for one in parent.iterchildren():
        if one.tag == name(f"w:{local}"):
            yield one
        elif one.tag == name("w:sdt"):
            content = child(one, "sdtContent")
            if content is not None:
                yield from _inside(content, local)
        elif one.tag == name("w:ins"):
            yield from _inside(one, local)


def _rows(table: Element) -> Iterator[Element]:
    return _inside(table, "tr")


def _switch(row: Element, local: str) -> bool:
    found = child(row, "trPr", local)
    return found is not None and is_on(found)


def _span_rows(grid: Sequence[Sequence[Cell]]) -> None:
    """Give each cell that begins a vertical merge its number of rows, and those below it none."""
    begun: dict[int, Cell] = {}
    for row in grid:
        for one in row:
            above = begun.get(one.column)
            if one.merged == "continue" and above is not None and above.columns == one.columns:
                above.rows += 1
                one.rows = 0
            else:
                begun[one.column] = one
        for column in set(begun) - {one.column for one in row if one.merged is not None}:
            del begun[column]


def _widths(
    element: Element, grid: Sequence[Sequence[Cell]], columns: int, room: float
) -> list[float]:
    """Widths of the columns in points: as the grid says, fitted to the page where they exceed it
    or where the table asks for a share of it."""
    widths = [
        points(attribute(one, "w")) or 0 for one in children(child(element, "tblGrid"), "gridCol")
    ]
    widths = (widths + [0.0] * columns)[:columns]
    for row in grid:
        for one in row:
            stated = child(one.element, "tcPr", "tcW")
            if one.columns == 1 and not widths[one.column] and attribute(stated, "type") == "dxa":
                widths[one.column] = points(attribute(stated, "w")) or 0
    given = [one for one in widths if one > 0]
    usual = sum(given) / len(given) if given else room / columns
    widths = [one if one > 0 else usual for one in widths]
    total = sum(widths)
    wanted = total
    stated = child(element, "tblPr", "tblW")
    if attribute(stated, "type") == "pct":
        share = (attribute(stated, "w") or "").removesuffix("%")
        parts = number(share) or 0
        wanted = room * (
            parts / 100 if (attribute(stated, "w") or "").endswith("%") else parts / 5000
        )
    wanted = min(wanted or total, room) if room > 0 else wanted
    return [one * wanted / total for one in widths]
