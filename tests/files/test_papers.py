"""Documents are known by what is inside them, whatever they are called."""

import pytest

from core.files import papers
from core.files.papers import recognise
from core.files.pictures import Unfit
from core.files.store import clean_name
from tests.files import samples


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (samples.pdf_file(), papers.PDF),
        (samples.docx_file(), papers.DOCX),
        (samples.xlsx_file(), papers.XLSX),
        (samples.odt_file(), papers.ODT),
    ],
)
def test_documents_are_recognised(content, kind):
    assert recognise(content) == kind


@pytest.mark.parametrize(
    "content",
    [
        b"plain words",
        b"MZ\x90\0",
        b"<html><script>alert(1)</script></html>",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512,
        samples.zipped({"readme.txt": b"hello"}),
        samples.zipped({"[Content_Types].xml": b"<Types/>"}),
        samples.docx_file()[:200],
        b"PK\x03\x04",
        b"  %PDF-1.4",
    ],
)
def test_anything_else_is_refused(content):
    with pytest.raises(Unfit):
        recognise(content)


@pytest.mark.parametrize(
    "content",
    [
        samples.with_part(samples.docx_file(), "word/vbaProject.bin", b"code"),
        samples.with_part(
            samples.docx_file(),
            "[Content_Types].xml",
            b'<Types><Override ContentType="application/vnd.ms-word.document.macroEnabled'
            b'.main+xml"/></Types>',
        ),
        samples.with_part(samples.odt_file(), "Basic/script-lc.xml", b"<x/>"),
    ],
)
def test_macros_are_refused_by_name(content):
    with pytest.raises(Unfit) as refused:
        recognise(content)
    assert refused.value.text is papers.WITH_MACROS


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("план.pdf", "план.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\Users\\me\\смета.xlsx", "смета.pdf"),
        ("смета\u202efdp.exe", "сметаfdp.pdf"),
        ('a"b\r\nc.pdf', "a b c.pdf"),
        ("", "file.pdf"),
        (".pdf", "pdf.pdf"),
        ("я" * 300 + ".pdf", "я" * 116 + ".pdf"),
    ],
)
def test_names_are_safe_and_tell_the_real_kind(name, clean):
    assert clean_name(name, ending=".pdf") == clean
