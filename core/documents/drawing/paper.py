"""Paper for official documents: A4 with the usual margins, a plain serif, blocks on the right,
tables with numbered heads, lines to sign on."""

import io
from collections.abc import Sequence
from typing import Any, Final, Literal

import docx
from docx.enum.section import WD_ORIENT
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from core.documents.packing import settled

Align = Literal["left", "center", "right", "both"]
_ALIGN: Final = {
    "left": WD_ALIGN_PARAGRAPH.LEFT,
    "center": WD_ALIGN_PARAGRAPH.CENTER,
    "right": WD_ALIGN_PARAGRAPH.RIGHT,
    "both": WD_ALIGN_PARAGRAPH.JUSTIFY,
}
_FONT: Final = "Times New Roman"
_FIRST_LINE: Final = 12.5
_CELL_MARGIN: Final = 68
"""Twentieths of a point; narrow columns need every bit."""


class Paper:
    """A document that is being drawn. Measures are millimetres and points."""

    def __init__(self, *, landscape: bool = False, size: float = 12, first_plain: bool = False):
        self._document: Any = docx.Document()
        self._size = size
        self._styles()
        section = self._document.sections[0]
        width, height = (297, 210) if landscape else (210, 297)
        section.orientation = WD_ORIENT.LANDSCAPE if landscape else WD_ORIENT.PORTRAIT
        section.page_width, section.page_height = Mm(width), Mm(height)
        # A page on its side is filed by its upper edge.
        section.left_margin, section.right_margin = (
            (Mm(20), Mm(10)) if landscape else (Mm(30), Mm(10))
        )
        section.top_margin, section.bottom_margin = (
            (Mm(20), Mm(15)) if landscape else (Mm(20), Mm(20))
        )
        section.header_distance, section.footer_distance = Mm(8), Mm(8)
        self.room = width - (30 if landscape else 40)
        section.different_first_page_header_footer = first_plain
        self._page_number(section.footer.paragraphs[0])

    def _styles(self) -> None:
        style = self._document.styles["Normal"]
        style.font.name = _FONT
        style.font.size = Pt(self._size)
        fonts = style.element.rPr.rFonts
        for side in ("w:ascii", "w:hAnsi", "w:cs", "w:eastAsia"):
            fonts.set(qn(side), _FONT)
        for theme in ("w:asciiTheme", "w:hAnsiTheme", "w:cstheme", "w:eastAsiaTheme"):
            fonts.attrib.pop(qn(theme), None)
        language = OxmlElement("w:lang")
        language.set(qn("w:val"), "ru-RU")
        style.element.rPr.append(language)
        hyphens = OxmlElement("w:autoHyphenation")
        self._document.settings.element.insert_element_before(
            hyphens, "w:consecutiveHyphenLimit", "w:hyphenationZone", "w:defaultTabStop", "w:compat"
        )
        style.paragraph_format.space_after = Pt(0)
        style.paragraph_format.space_before = Pt(0)
        style.paragraph_format.line_spacing = 1.0

    def _page_number(self, paragraph: Any) -> None:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        for text, field in (("Страница ", None), ("", "PAGE"), (" из ", None), ("", "NUMPAGES")):
            if field is None:
                paragraph.add_run(text).font.size = Pt(9)
                continue
            # A run for each part of a field, as Word writes them.
            for kind in ("begin", "instruction", "separate", "result", "end"):
                run = paragraph.add_run("1" if kind == "result" else "")
                run.font.size = Pt(9)
                if kind == "instruction":
                    instruction = OxmlElement("w:instrText")
                    instruction.set(qn("xml:space"), "preserve")
                    instruction.text = field
                    run._r.append(instruction)
                elif kind != "result":
                    sign = OxmlElement("w:fldChar")
                    sign.set(qn("w:fldCharType"), kind)
                    run._r.append(sign)

    def line(
        self,
        text: str = "",
        *,
        align: Align = "left",
        bold: bool = False,
        italic: bool = False,
        size: float | None = None,
        before: float = 0,
        after: float = 0,
        indent: bool = False,
        keep: bool = False,
        spacing: float = 1.0,
        where: Any = None,
    ) -> Any:
        """A paragraph; `where` is a cell, else it goes to the end of the document."""
        if where is None:
            paragraph = self._document.add_paragraph()
        elif where.paragraphs[-1].runs or where.tables:
            paragraph = where.add_paragraph()
        else:
            paragraph = where.paragraphs[-1]
        run = paragraph.add_run(text)
        run.bold, run.italic = bold or None, italic or None
        if size is not None:
            run.font.size = Pt(size)
        look = paragraph.paragraph_format
        look.alignment = _ALIGN[align]
        look.space_before, look.space_after = Pt(before), Pt(after)
        look.line_spacing = spacing
        if indent:
            look.first_line_indent = Mm(_FIRST_LINE)
        if keep:
            look.keep_with_next = True
        return paragraph

    def tag(self, text: str, where: Any = None) -> None:
        """A paragraph that is only a command (`{%p if … %}`)."""
        self.line(text, where=where)

    def columns(self, *widths: float) -> list[Any]:
        """Cells side by side without lines."""
        table = self._table(len(widths), widths, lines=False)
        return list(table.rows[0].cells)

    def right(self, width: float = 80) -> Any:
        """A block at the right of the page."""
        return self.columns(self.room - width, width)[1]

    def approval(self) -> None:
        """«УТВЕРЖДАЮ»: who, and where to sign or the words of what was signed."""
        cell = self.right()
        self.line("УТВЕРЖДАЮ", bold=True, where=cell)
        self.line("{{ approver }}", where=cell)
        self.tag("{%p if approved %}", where=cell)
        self.line("{{ approved }}", where=cell, before=6)
        self.tag("{%p else %}", where=cell)
        self.line("____________________________", where=cell, before=12)
        self.line("«____» ______________ 20___ г.", where=cell, before=6)
        self.tag("{%p endif %}", where=cell)

    def table(
        self,
        heads: Sequence[str],
        widths: Sequence[float],
        cells: Sequence[str],
        *,
        over: str,
        size: float,
        aligns: Sequence[Align] = (),
        empty: str,
        numbered: bool = True,
    ) -> None:
        """A table over a list: heads repeated on each page and, as forms have it, numbered below;
        `over` is the inside of `for`, `cells` the fields of a row."""
        table = self._table(len(heads), widths, lines=True)
        self._row(table.rows[0], heads, size=size - 0.5, bold=True, center=True, head=True)
        if numbered:
            numbers = [str(n) for n in range(1, len(heads) + 1)]
            self._row(table.add_row(), numbers, size=size - 1, center=True, head=True)
        commands: tuple[Sequence[str], ...] = (
            [f"{{%tr if not {over.rpartition(' in ')[2]} %}}"],
            [empty],
            ["{%tr endif %}"],
            [f"{{%tr for {over} %}}"],
            cells,
            ["{%tr endfor %}"],
        )
        for texts in commands:
            row = table.add_row()
            self._row(row, texts, size=size, aligns=aligns)
            if len(texts) == 1 and len(heads) > 1:
                row.cells[0].merge(row.cells[-1])
        self._fix_widths(table, widths)

    def facts(self, rows: Sequence[tuple[str, str]], *, left: float, size: float) -> None:
        """A table of two columns: what, and its value."""
        table = self._table(2, (left, self.room - left), lines=True)
        for n, (label, value) in enumerate(rows):
            row = table.rows[0] if n == 0 else table.add_row()
            self._row(row, (label, value), size=size)
            for run in row.cells[0].paragraphs[0].runs:
                run.bold = True
        self._fix_widths(table, (left, self.room - left))

    def signature(self, post: str, name: str, *, before: float = 24) -> None:
        """Post, a line to sign on, name."""
        self.line(before=before, size=2, keep=True)
        cells = self.columns(self.room * 0.5, self.room * 0.2, self.room * 0.3)
        self.line(post, where=cells[0])
        self.line("______________", where=cells[1], align="center")
        self.line("(подпись)", where=cells[1], align="center", size=8)
        self.line(name, where=cells[2], align="right")
        for cell in cells:
            cell.vertical_alignment = 0

    def _table(self, columns: int, widths: Sequence[float], *, lines: bool) -> Any:
        table = self._document.add_table(rows=1, cols=columns)
        table.autofit = False
        table.alignment = WD_TABLE_ALIGNMENT.LEFT
        if lines:
            table.style = "Table Grid"
            # Word would hang the table's line into the margin, so that its text is in line.
            indent = OxmlElement("w:tblInd")
            indent.set(qn("w:w"), str(_CELL_MARGIN))
            indent.set(qn("w:type"), "dxa")
            table._tbl.tblPr.append(indent)
        margins = OxmlElement("w:tblCellMar")
        for side in ("w:left", "w:right"):
            margin = OxmlElement(side)
            margin.set(qn("w:w"), str(_CELL_MARGIN if lines else 0))
            margin.set(qn("w:type"), "dxa")
            margins.append(margin)
        table._tbl.tblPr.append(margins)
        self._fix_widths(table, widths)
        return table

    def _fix_widths(self, table: Any, widths: Sequence[float]) -> None:
        for column, width in zip(table._tbl.tblGrid.gridCol_lst, widths, strict=True):
            column.w = Mm(width)
        for row in table.rows:
            cells = row._tr.tc_lst
            if len(cells) == len(widths):
                for cell, width in zip(cells, widths, strict=True):
                    cell.width = Mm(width)

    def _row(
        self,
        row: Any,
        texts: Sequence[str],
        *,
        size: float,
        bold: bool = False,
        center: bool = False,
        head: bool = False,
        aligns: Sequence[Align] = (),
    ) -> None:
        properties = row._tr.get_or_add_trPr()
        whole = OxmlElement("w:cantSplit")
        properties.append(whole)
        if head:
            properties.append(OxmlElement("w:tblHeader"))
        for n, (cell, text) in enumerate(zip(row.cells, texts, strict=False)):
            align: Align = "center" if center else aligns[n] if n < len(aligns) else "left"
            self.line(text, where=cell, size=size, bold=bold, align=align)
            if head:
                cell.vertical_alignment = 1

    def content(self) -> bytes:
        """The file."""
        stream = io.BytesIO()
        self._document.save(stream)
        return settled(stream.getvalue(), title="")
