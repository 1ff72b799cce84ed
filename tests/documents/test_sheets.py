"""Tables as spreadsheets: text stays text, heads stay in sight, bytes stay the same."""

import io
from typing import Any

import openpyxl

from core.documents.manifest import Sheet
from core.documents.sheets import workbook
from tests.documents import samples
from tests.documents.reading import cells


def opened(content: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(content)).active


def test_the_table_is_there_with_what_stands_around_it():
    rows = cells(workbook(samples.SHEET))
    assert rows[0][0] == "Перечень тематик на 2027 год"
    assert rows[3] == ["№", "Тема", "Сумма"]
    assert rows[4] == [1, "=2+2", 10.5]
    assert rows[6] == [3, "@SUM(A1)", 3]
    assert rows[-1][0] == "Всего: 3"


def test_no_cell_is_a_formula():
    page = opened(workbook(samples.SHEET))
    assert {cell.data_type for row in page.iter_rows() for cell in row} <= {"s", "n"}
    assert page["B5"].quotePrefix


def test_it_prints_on_sheets_on_their_side():
    page = opened(workbook(samples.SHEET))
    assert page.page_setup.orientation == "landscape"
    assert page.page_setup.paperSize == 9
    assert (page.page_setup.fitToWidth, page.page_setup.fitToHeight) == (1, 0)
    assert page.sheet_properties.pageSetUpPr.fitToPage
    assert page.print_title_rows == "$4:$4"
    assert page.freeze_panes == "A5"
    assert page.column_dimensions["B"].width == 40


def test_the_same_table_gives_the_same_bytes():
    assert workbook(samples.SHEET) == workbook(samples.SHEET)


def test_odd_tables_are_written_too():
    empty = Sheet(title="[]:*?/\\", columns=("А",), rows=(), widths=(5,))
    assert opened(workbook(empty)).title == "1"
    long = Sheet(
        title="я" * 60, columns=("А",), rows=(("я" * 50_000,), (None,), (-1,)), widths=(5,)
    )
    assert opened(workbook(long)).title == "я" * 31
