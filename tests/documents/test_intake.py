"""Templates from strangers: nothing runs, nothing is fetched, nothing unpacks without end."""

import io
import zipfile

import docx
import pytest

from core.documents import intake
from core.documents.filling import filled, findings
from core.documents.intake import taken
from core.documents.language import Refused, shape_of
from tests.documents.reading import docx_text
from tests.files import samples

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
RELS = "word/_rels/document.xml.rels"


def template(*paragraphs: str) -> bytes:
    document = docx.Document()
    for text in paragraphs:
        document.add_paragraph(text)
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def part_of(content: bytes, name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as box:
        return box.read(name)


def with_relation(kind: str, target: str, *, mode: str = ' TargetMode="External"') -> bytes:
    plain = template("Текст")
    relation = (
        '<Relationship Id="rId99" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
        f'relationships/{kind}" Target="{target}"{mode}/></Relationships>'
    )
    changed = part_of(plain, RELS).replace(b"</Relationships>", relation.encode())
    return samples.with_part(plain, RELS, changed)


def in_body(xml: str) -> bytes:
    plain = template("Текст")
    body = part_of(plain, "word/document.xml").replace(b"<w:body>", f"<w:body>{xml}".encode(), 1)
    return samples.with_part(plain, "word/document.xml", body)


def refusal(content: bytes) -> tuple[str, ...]:
    with pytest.raises(Refused) as refused:
        taken(content)
    assert all(one.en for one in refused.value.findings)
    return tuple(one.ru for one in refused.value.findings)


def test_a_plain_template_is_taken_and_says_nothing_of_its_author():
    kept = taken(template("Здравствуйте, {{ name }}!"))
    assert b"python-docx" not in part_of(kept, "docProps/core.xml")
    assert "Здравствуйте, мир!" in docx_text(filled(kept, {"name": "мир"}, title="Письмо"))
    assert taken(kept) == kept


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "не документ Word"),
        (b"{\\rtf1}", "не документ Word"),
        (samples.pdf_file(), "не документ Word"),
        (samples.xlsx_file(), "не документ Word"),
        (samples.odt_file(), "не документ Word"),
        (template("x")[:500], "повреждён"),
        (samples.with_part(template("x"), "word/vbaProject.bin", b"x"), "макросы"),
        (samples.with_part(template("x"), "word/activeX/activeX1.xml", b"<x/>"), "макросы"),
        (samples.with_part(template("x"), "word/embeddings/o.bin", b"x"), "вложенные документы"),
        (samples.with_part(template("x"), "word/media/run.exe", b"MZ"), "вложенные документы"),
        (samples.with_part(template("x"), "word/afchunk.html", b"<b>"), "вложенные документы"),
        (samples.with_part(template("x"), "word/styles.xml", b"<not closed"), "повреждён"),
        (with_relation("image", "https://example.org/spy.png"), "только связана"),
    ],
)
def test_what_is_no_harmless_template_is_refused(content, words):
    assert any(words in one for one in refusal(content))


def test_a_document_with_macros_is_refused_whatever_it_is_called():
    plain = template("x")
    kinds = part_of(plain, "[Content_Types].xml").replace(
        b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
        b"application/vnd.ms-word.document.macroEnabled.main+xml",
    )
    assert refusal(samples.with_part(plain, "[Content_Types].xml", kinds)) == (intake.WITH_CODE.ru,)


def test_a_zip_bomb_is_refused_before_it_is_unpacked():
    bomb = samples.with_part(template("x"), "word/media/a.png", b"\0" * (30 * 1024 * 1024))
    assert len(bomb) < 100_000
    assert refusal(bomb) == (intake.TOO_LARGE.ru,)
    padded = b"<?xml version='1.0'?><a>" + b" " * (4 * 1024 * 1024) + b"</a>"
    assert refusal(samples.with_part(template("x"), "word/x.xml", padded)) == (intake.TOO_LARGE.ru,)
    many = template("x")
    for_box = {f"word/media/{n}.png": b"x" for n in range(400)}
    with zipfile.ZipFile(io.BytesIO(many)) as box:
        parts = {one: box.read(one) for one in box.namelist()}
    assert refusal(samples.zipped({**parts, **for_box})) == (intake.DAMAGED.ru,)


def test_entities_are_refused():
    bomb = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><x>&b;</x>'
    file = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>'
    for part in (bomb, file):
        assert refusal(samples.with_part(template("x"), "word/settings.xml", part)) == (
            intake.DAMAGED.ru,
        )


@pytest.mark.parametrize(
    ("kind", "target"),
    [
        ("attachedTemplate", "file:///C:/Users/x/Normal.dotm"),
        ("attachedTemplate", "http://example.org/evil.dotm"),
        ("frame", "http://example.org/"),
        ("hyperlink", "file:///etc/passwd"),
        ("hyperlink", "javascript:alert(1)"),
        ("oleObject", "http://example.org/x"),
    ],
)
def test_what_leads_outside_is_removed(kind, target):
    assert target.encode() not in part_of(taken(with_relation(kind, target)), RELS)


def test_links_to_the_web_stay():
    kept = taken(with_relation("hyperlink", "https://example.org/page?a=1"))
    assert b"https://example.org/page?a=1" in part_of(kept, RELS)


@pytest.mark.parametrize("field", ["DDEAUTO c:\\\\x", "INCLUDETEXT file", "includepicture x"])
def test_fields_that_fetch_are_refused(field):
    xml = f'<w:p><w:r><w:instrText xml:space="preserve"> {field} </w:instrText></w:r></w:p>'
    assert "обращается к другим файлам" in refusal(in_body(xml))[0]
    simple = f'<w:p><w:fldSimple w:instr="{field}"/></w:p>'
    assert "обращается к другим файлам" in refusal(in_body(simple))[0]


@pytest.mark.parametrize(
    "text",
    [
        "{{ title",
        "title }}",
        "{{ a {{ b }}",
        "{% if a }}",
        "{{ " + "a" * 500 + " }}",
    ],
)
def test_brackets_close_in_their_paragraph(text):
    assert "Скобки не закрыты" in refusal(template("Хорошо {{ a }}", text))[0]


def test_fields_hidden_in_properties_are_refused():
    xml = '<w:p><w:bookmarkStart w:id="1" w:name="{{ x }}"/></w:p>'
    assert refusal(in_body(xml)) == (intake.HIDDEN_TAG.ru,)


def test_too_many_fields_are_refused_quickly():
    assert refusal(template(*["{{ a }}" * 20] * 400)) == (intake.TOO_MANY_TAGS.ru,)


def test_all_that_is_wrong_is_said_at_once_in_words():
    kept = taken(
        template("{{ nazvanie }}", "{% for i in range(9) %}{% endfor %}", "{{ title | safe }}")
    )
    found = [one.ru for one in findings(kept, shape_of({"title": ""}, ()))]
    assert any("«nazvanie»" in one for one in found)
    assert any("for i in" in one for one in found)
    assert any("«safe»" in one for one in found)
    broken = taken(template("{% if title %}", "конец"))
    assert "{% endif %}" in findings(broken, shape_of({"title": ""}, ()))[0].ru
