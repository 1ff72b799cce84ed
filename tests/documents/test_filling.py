"""Filled documents: what was given is there as it was given, and the same input gives the same
bytes."""

import hashlib

import pytest

from core.documents import templates
from core.documents.drawing.forms import FORMS
from core.documents.filling import filled, findings, plain
from core.documents.language import shape_of
from core.documents.pdf.pages import make_pdf
from tests.documents import samples
from tests.documents.reading import docx_text, pdf_pages, pdf_text

NAMES = sorted(samples.DATA)


def document(name, **changes):
    return filled(
        templates.default(samples.kind(name)), {**samples.DATA[name], **changes}, title="Документ"
    )


@pytest.mark.parametrize("name", NAMES)
def test_the_product_s_templates_keep_to_their_own_rules(name):
    kind = samples.kind(name)
    content = templates.default(kind)
    assert findings(content, shape_of(samples.DATA[name], ())) == []
    checked = templates.check(kind, content)
    assert not checked.missing


@pytest.mark.parametrize("path", sorted(FORMS))
def test_the_product_s_templates_are_as_they_are_drawn(path, root):
    drawn = FORMS[path]().content()
    assert drawn == (root / "core" / path).read_bytes(), "run python -m core.documents.drawing"


def _texts(value):
    if isinstance(value, dict):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)
    elif isinstance(value, str) and value:
        yield value


UNUSED = {
    "appendix_1": {"II"},
    "quarterly": {
        "II",
        *(one["aim"] for one in samples.LIST["items"]),
        *(one["programme"] for one in samples.LIST["items"]),
        *(one["source"] for one in samples.LIST["items"]),
        *(one["funding"] for one in samples.LIST["items"]),
    },
    "refusal": {"5", "3", "Идея", "10 июня 2026 года"},
}
"""What a form has no place for."""


@pytest.mark.parametrize("name", NAMES)
def test_everything_given_is_in_the_document(name):
    text = " ".join(docx_text(document(name)).split())
    for value in _texts(samples.DATA[name]):
        if value not in UNUSED.get(name, ()):
            for line in value.splitlines():
                assert line in text, value
    assert "{{" not in text
    assert "{%" not in text


@pytest.mark.parametrize("name", NAMES)
def test_the_same_input_gives_the_same_bytes(name):
    first, second = document(name), document(name)
    assert hashlib.sha256(first).digest() == hashlib.sha256(second).digest()
    pdf = make_pdf(first, title="Документ").content
    assert pdf == make_pdf(second, title="Документ").content
    assert pdf.startswith(b"%PDF-")


HOSTILE = "</w:t></w:p> {{ title }} {% for %} #set text(red) $x$ \\ \" ' & <b> *я* _я_ @a `b` [x]"


@pytest.mark.parametrize("name", NAMES)
def test_what_people_write_stays_words(name):
    content = document(name, title=HOSTILE, number=HOSTILE, body=HOSTILE)
    if name not in ("quarterly", "appendix_1"):
        assert HOSTILE in docx_text(content)
        shown = pdf_text(make_pdf(content, title=HOSTILE).content)
        assert "#set text(red)" in shown
        assert "$x$" in shown


def test_signs_that_no_document_can_hold_are_left_out():
    content = document("refusal", title="а\u0000б\u0007в\ud800г\ufffeд\fе", addressee="раз\r\nдва")
    text = docx_text(content)
    assert "«а б в гд е»" in text
    assert make_pdf(content, title="\u0000").content


def test_values_are_plain():
    assert plain({"a": [None, 1, True, 1.5], "b": ("x\r\ny",)}) == {
        "a": [None, 1, True, 1.5],
        "b": ["x\ny"],
    }


def test_a_long_list_runs_over_pages_with_its_heads():
    items = [samples.item(n) for n in range(1, 201)]
    content = document("appendix_1", items=items)
    text = docx_text(content)
    assert "микрорайона № 200" in text
    assert "Всего тематик: 200." in text
    pdf = make_pdf(content, title="Перечень").content
    pages = pdf_pages(pdf)
    assert 30 < pages < 120
    shown = pdf_text(pdf)
    assert shown.count("Целевая аудитория, территория") == pages
    assert f"Страница {pages} из {pages}" in shown
    assert "№ 200" in shown


def test_an_empty_list_says_so():
    text = docx_text(document("appendix_1", items=[]))
    assert "Предложений нет" in text
    assert "Мероприятий в плане нет" in docx_text(document("appendix_2", rows=[]))


def test_missing_fields_leave_gaps_not_errors():
    for name in NAMES:
        kind = samples.kind(name)
        assert make_pdf(filled(templates.default(kind), {}, title="x"), title="x").content
