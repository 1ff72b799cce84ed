"""What Word's documents consist of is found again in the PDF."""

import io

import docx
import pytest
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_BREAK
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from core.documents.pdf import typst
from core.documents.pdf.lists import numeral
from core.documents.pdf.pages import make_pdf
from tests.documents.reading import pdf_pages, pdf_text
from tests.files import samples


def saved(document) -> bytes:
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def pdf(document):
    return make_pdf(saved(document), title="Проба")


def test_letters_in_every_look():
    document = docx.Document()
    paragraph = document.add_paragraph("Обычный текст ")
    for look in ("bold", "italic", "underline", "strike", "all_caps", "small_caps"):
        run = paragraph.add_run(f"вид {look} ")
        setattr(run.font, look, True)
    paragraph.add_run("высокий").font.superscript = True
    hidden = paragraph.add_run("невидимый")
    hidden.font.hidden = True
    paragraph.alignment = WD_ALIGN_PARAGRAPH.JUSTIFY
    paragraph.paragraph_format.first_line_indent = Mm(12.5)
    paragraph.paragraph_format.line_spacing = Pt(20)
    document.add_paragraph("Пункт", style="List Bullet")
    document.add_paragraph("Первый", style="List Number")
    document.add_paragraph("Второй", style="List Number")
    made = pdf(document)
    shown = pdf_text(made.content)
    for words in ("Обычный текст", "вид bold", "ВИД ALL_CAPS", "•", "1.", "2.", "Второй"):
        assert words in shown
    assert "невидимый" not in shown
    assert not made.missing


def test_pages_sections_and_breaks():
    document = docx.Document()
    document.sections[0].footer.paragraphs[0].text = "Подвал первый"
    document.add_paragraph("Страница первая").add_run().add_break(WD_BREAK.PAGE)
    document.add_paragraph("Страница вторая")
    section = document.add_section(WD_SECTION.NEW_PAGE)
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = Mm(297), Mm(210)
    section.footer.is_linked_to_previous = False
    section.footer.paragraphs[0].text = "Подвал второй"
    document.add_paragraph("Страница третья")
    made = pdf(document)
    assert pdf_pages(made.content) == 3
    shown = pdf_text(made.content)
    assert shown.count("Подвал первый") == 2
    assert shown.count("Подвал второй") == 1
    assert b"841.9 595.3" in made.content or b"841.9 595" in made.content


def test_the_first_page_may_have_its_own_footer():
    document = docx.Document()
    section = document.sections[0]
    section.different_first_page_header_footer = True
    section.first_page_footer.paragraphs[0].text = "Только первая"
    section.footer.paragraphs[0].text = "Прочие"
    document.add_paragraph("А").add_run().add_break(WD_BREAK.PAGE)
    document.add_paragraph("Б").add_run().add_break(WD_BREAK.PAGE)
    document.add_paragraph("В")
    shown = pdf_text(pdf(document).content)
    assert shown.count("Только первая") == 1
    assert shown.count("Прочие") == 2


def test_tables_with_merged_cells_and_repeated_heads():
    document = docx.Document()
    table = document.add_table(rows=1, cols=3, style="Table Grid")
    table.rows[0].cells[0].merge(table.rows[0].cells[1]).text = "Шапка"
    table.rows[0].cells[2].text = "Итог"
    head = OxmlElement("w:tblHeader")
    table.rows[0]._tr.get_or_add_trPr().append(head)
    for n in range(120):
        for cell, text in zip(table.add_row().cells, (f"а{n}", f"б{n}", f"в{n}"), strict=True):
            cell.text = text
    table.cell(1, 0).merge(table.cell(3, 0))
    table.cell(5, 1).merge(table.cell(6, 2))
    inner = table.cell(8, 2).add_table(rows=1, cols=2)
    inner.cell(0, 1).text = "внутри"
    made = pdf(document)
    shown = pdf_text(made.content)
    pages = pdf_pages(made.content)
    assert pages > 1
    assert shown.count("Шапка") == pages
    for words in ("а119", "б60", "в119", "внутри"):
        assert words in shown


def test_ragged_tables_do_not_break():
    document = docx.Document()
    table = document.add_table(rows=3, cols=3)
    for row, gone in ((0, 1), (1, 2)):
        for cell in list(table.rows[row]._tr.tc_lst)[:gone]:
            table.rows[row]._tr.remove(cell)
    for column in list(table._tbl.tblGrid):
        table._tbl.tblGrid.remove(column)
    table.rows[2].cells[2].text = "последняя"
    assert "последняя" in pdf_text(pdf(document).content)
    empty = docx.Document()
    empty._body._body.insert(0, OxmlElement("w:tbl"))
    assert pdf(empty).content


def test_pictures_come_along_and_what_cannot_is_named():
    document = docx.Document()
    document.add_picture(io.BytesIO(samples.png(mode="RGB")), width=Mm(30))
    made = pdf(document)
    assert b"/Image" in made.content
    assert not made.missing
    paragraph = document.add_paragraph("Текст")
    run = paragraph.add_run()
    run._r.append(OxmlElement("w:footnoteReference"))
    run._r.append(OxmlElement("w:pict"))
    assert pdf(document).missing == {"notes", "old pictures"}


def test_numbers_of_pages_are_counted():
    document = docx.Document()
    footer = document.sections[0].footer.paragraphs[0]
    for instruction in ("PAGE", "NUMPAGES"):
        field = OxmlElement("w:fldSimple")
        field.set(qn("w:instr"), f" {instruction} \\* MERGEFORMAT ")
        footer._p.append(field)
        footer.add_run("|")
    for _ in range(2):
        document.add_paragraph("А").add_run().add_break(WD_BREAK.PAGE)
    shown = pdf_text(pdf(document).content).replace(" ", "")
    for page in ("1|3|", "2|3|", "3|3|"):
        assert page in shown


def test_words_that_no_line_holds_are_divided():
    assert typst.breakable("коротко") == "коротко"
    assert "\u200b" in typst.breakable("https://example.org/a/very/long/path?with=query&more=1")
    assert "\u200b" not in typst.breakable("_" * 60)
    assert typst.breakable("я" * 100).replace("\u200b", "") == "я" * 100


def test_strings_cannot_leave_their_quotes():
    assert typst.quoted('a"b\\c\n#d\ud800') == '"a\\"b\\\\c#d"'


@pytest.mark.parametrize(
    ("n", "kind", "text"),
    [
        (4, "decimal", "4"),
        (27, "lowerLetter", "aa"),
        (3, "russianLower", "в"),
        (14, "upperRoman", "XIV"),
        (1, "none", ""),
    ],
)
def test_numerals(n, kind, text):
    assert numeral(n, kind) == text
