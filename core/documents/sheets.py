"""A table as a spreadsheet for printing: A4 on its side, fitted to the width, heads repeated."""

import io
from typing import Any, Final

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter

from core.documents.manifest import Cell, Sheet
from core.documents.packing import settled

_FONT: Final = "Times New Roman"
_THIN: Final = Side(style="thin", color="999999")
_BOX: Final = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)
_HEAD: Final = PatternFill("solid", start_color="E8ECF1")
_LONGEST: Final = 32_000
_NOT_IN_TITLES: Final = "[]:*?/\\"


def workbook(sheet: Sheet) -> bytes:
    """The spreadsheet's bytes; the same table gives the same bytes. Text is text, also where it
    begins like a formula."""
    book = Workbook()
    page: Any = book.active
    page.title = _title(sheet.title)
    width = max(1, len(sheet.columns))
    row = 1
    for n, line in enumerate(sheet.above):
        _put(page, row, 1, line, bold=n == 0, wrapped=True)
        page.merge_cells(start_row=row, end_row=row, start_column=1, end_column=width)
        page.row_dimensions[row].height = 15 * _lines(line, sum(sheet.widths) or 80)
        row += 1
    if sheet.above:
        row += 1
    head = row
    for column, label in enumerate(sheet.columns, start=1):
        cell = _put(page, row, column, label, bold=True, wrapped=True)
        cell.fill, cell.border = _HEAD, _BOX
        cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
    for values in sheet.rows:
        row += 1
        for column, value in enumerate(values, start=1):
            _put(page, row, column, value, wrapped=True).border = _BOX
        page.row_dimensions[row].height = 15 * max(
            (
                _lines(str(value), size)
                for value, size in zip(values, sheet.widths, strict=False)
                if value is not None
            ),
            default=1,
        )
    row += 1
    for line in sheet.below:
        row += 1
        _put(page, row, 1, line, wrapped=True)
        page.merge_cells(start_row=row, end_row=row, start_column=1, end_column=width)
    for column, size in enumerate(sheet.widths, start=1):
        page.column_dimensions[get_column_letter(column)].width = size
    page.freeze_panes = page.cell(row=head + 1, column=1)
    page.print_title_rows = f"{head}:{head}"
    page.page_setup.orientation = "landscape"
    page.page_setup.paperSize = page.PAPERSIZE_A4
    page.page_setup.fitToWidth = 1
    page.page_setup.fitToHeight = 0
    page.sheet_properties.pageSetUpPr.fitToPage = True
    page.print_options.horizontalCentered = True
    page.oddFooter.center.text = "&P / &N"
    stream = io.BytesIO()
    book.save(stream)
    return settled(stream.getvalue(), title=sheet.title)


def _put(
    page: Any, row: int, column: int, value: Cell, *, bold: bool = False, wrapped: bool = False
) -> Any:
    if isinstance(value, str):
        value = "".join(sign for sign in value if sign >= " " or sign in "\n\t")[:_LONGEST]
    cell = page.cell(row=row, column=column)
    cell.value = value
    if isinstance(value, str):
        # Written after the value, which would have made a formula of «=…».
        cell.data_type = "s"
        cell.quotePrefix = value.lstrip().startswith(("=", "+", "-", "@"))
    cell.font = Font(name=_FONT, size=11, bold=bold)
    cell.alignment = Alignment(
        vertical="top",
        wrap_text=wrapped,
        horizontal="right" if isinstance(value, int | float) else None,
    )
    return cell


def _lines(text: str, width: int) -> int:
    """How many lines a text takes: no program recalculates heights of a file it did not make."""
    fits = max(4, int(width * 1.05))
    return min(25, sum(1 + max(0, len(line) - 1) // fits for line in text.split("\n")))


def _title(text: str) -> str:
    return "".join(sign for sign in text if sign not in _NOT_IN_TITLES)[:31].strip("' ") or "1"
