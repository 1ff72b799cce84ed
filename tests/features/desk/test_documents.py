"""Documents on the desk: downloads by right, templates looked at before they are put in place."""

import re
from uuid import uuid4

import pytest

from core.features.polls.web import documents
from tests.documents.reading import cells, docx_text, pdf_text
from tests.documents.test_intake import template
from tests.features.polls.build import official, open_poll
from tests.features.polls.web.browsing import AFTER_VOTE, city_of, finished, sign_in
from tests.support.http import visible_text

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PATH = "/desk/documents"
OWN = f"{PATH}/templates/polls.protocol"


@pytest.fixture
def city(runtime):
    return city_of(runtime, AFTER_VOTE)


@pytest.fixture
def clerk(runtime, city, client):
    return sign_in(runtime, city, client(city), official(runtime, city, "documents.templates"))


def upload(browser, content, name="наш.docx"):
    return browser.submit(f"{OWN}/check", files={"template": (name, content, DOCX)})


@pytest.mark.parametrize("path", ["protocol", "desk"])
def test_the_protocol_is_downloaded(runtime, clock, city, client, path):
    poll = finished(runtime, clock, city)
    if path == "desk":
        staff = official(runtime, city, "polls.export", "desk.enter")
        browser = sign_in(runtime, city, client(city), staff)
        base = f"{PATH}/polls.protocol/{poll}"
        assert f"{base}.docx" in browser.get(f"/desk/polls/{poll}").text
    else:
        browser = client(city)
        base = f"/polls/{poll}/protocol"
        assert f"{base}.pdf" in browser.get(base).text
    word = browser.get(f"{base}.docx")
    assert word.headers["content-type"] == DOCX
    assert "attachment" in word.headers["content-disposition"]
    text = docx_text(word.content)
    for words in ("ПРОТОКОЛ №", "Микрорайон 9", "п. 3.12", "Ход опроса", "Отпечаток бюллетеня"):
        assert words in text
    assert "{{" not in text
    assert "Микрорайон 9" in pdf_text(browser.get(f"{base}.pdf").content)
    rows = cells(browser.get(f"{base}.xlsx").content)
    assert [row[2] for row in rows[4:6]] == ["Микрорайон 9", "Микрорайон 14"]
    assert browser.get(f"{base}.docx").content == word.content


def test_there_is_no_protocol_before_the_end(runtime, city, client):
    poll = open_poll(runtime, city)
    for fmt in ("docx", "pdf", "xlsx"):
        assert client(city).get(f"/polls/{poll}/protocol.{fmt}").status_code == 404
        assert client(city).get(f"/polls/{uuid4()}/protocol.{fmt}").status_code == 404


def test_the_protocol_s_fields_are_all_described():
    kind = documents.PROTOCOL

    def names(value, path):
        for key, one in value.items():
            yield f"{path}{key}"
            if isinstance(one, list):
                yield from names(one[0], f"{path}{key}.")

    assert set(names(kind.example, "")) == set(kind.fields)


def test_documents_are_for_those_with_the_right(runtime, clock, city, client):
    poll = finished(runtime, clock, city)
    address = f"{PATH}/polls.protocol/{poll}.docx"
    assert "/sign-in" in client(city).get(address).headers["location"]
    nobody = official(runtime, city, "desk.enter", but_not=["polls.export"])
    assert sign_in(runtime, city, client(city), nobody).get(address).status_code == 403


@pytest.mark.parametrize(
    "path",
    [
        f"{PATH}/polls.protocol/{uuid4()}.docx",
        f"{PATH}/polls.protocol/{uuid4()}.exe",
        f"{PATH}/polls.protocol/nonsense.docx",
        f"{PATH}/polls.protocol/.docx",
        f"{PATH}/nothing/{uuid4()}.docx",
        f"{PATH}/templates/nothing",
        f"{OWN}/current.pdf",
        f"{OWN}/default.xlsx",
        f"{OWN}/{uuid4()}.docx",
        f"{OWN}/{'0' * 64}.pdf",
        f"{OWN}/nonsense",
    ],
)
def test_what_is_not_there_is_not_found(clerk, runtime, city, client, path):
    staff = official(runtime, city, "documents.templates", "polls.export")
    assert sign_in(runtime, city, client(city), staff).get(path).status_code == 404


def test_templates_are_for_those_with_the_right(runtime, city, client):
    nobody = official(runtime, city, "desk.enter", but_not=["documents.templates"])
    browser = sign_in(runtime, city, client(city), nobody)
    for path in (PATH, OWN, f"{OWN}/current.docx", f"{OWN}/preview.pdf"):
        assert browser.get(path).status_code == 403
    assert upload(browser, template("x")).status_code == 403
    assert browser.submit(f"{OWN}/put", {"digest": "0" * 64}).status_code == 403
    assert browser.submit(f"{OWN}/restore").status_code == 403


def test_a_template_is_downloaded_changed_looked_at_and_put(runtime, clock, city, client):
    poll = finished(runtime, clock, city)
    staff = official(runtime, city, "documents.templates")
    clerk = sign_in(runtime, city, client(city), staff)
    assert "Протокол итогов опроса" in visible_text(clerk.get(PATH))
    page = visible_text(clerk.get(OWN))
    assert "{{ participants }}" in page
    assert "Сколько приняли участие" in page
    current = clerk.get(f"{OWN}/current.docx").content
    assert current == clerk.get(f"{OWN}/default.docx").content
    assert "{{ number }}" in docx_text(current)
    assert "ПРОТОКОЛ № 7" in pdf_text(clerk.get(f"{OWN}/preview.pdf").content)

    checked = upload(clerk, template("Наш протокол № {{ number }}: {{ title }}"))
    assert checked.status_code == 200
    assert "Шаблон подходит" in visible_text(checked)
    digest = re.search(r'name="digest" value="([0-9a-f]{64})"', checked.text).group(1)
    assert "Наш протокол № 7" in docx_text(clerk.get(f"{OWN}/{digest}.docx").content)
    assert "Наш протокол № 7" in pdf_text(clerk.get(f"{OWN}/{digest}.pdf").content)
    assert clerk.get(f"{OWN}/current.docx").content == current

    sent = {"digest": digest, "name": "наш.docx", "note": "Короче"}
    for _ in range(2):
        assert clerk.submit(f"{OWN}/put", sent).status_code == 303
    page = visible_text(clerk.get(OWN))
    assert "Действует шаблон города" in page
    assert page.count("Короче") == 1
    assert "Наш протокол" in docx_text(client(city).get(f"/polls/{poll}/protocol.docx").content)

    assert clerk.submit(f"{OWN}/restore").status_code == 303
    assert clerk.get(f"{OWN}/current.docx").content == current
    earlier = re.search(r'name="template" value="([0-9a-f-]{36})"', clerk.get(OWN).text).group(1)
    assert "Наш протокол" in docx_text(clerk.get(f"{OWN}/{earlier}.docx").content)
    assert clerk.submit(f"{OWN}/restore", {"template": earlier}).status_code == 303
    assert "Наш протокол" in docx_text(clerk.get(f"{OWN}/current.docx").content)
    assert clerk.submit(f"{OWN}/restore", {"template": str(uuid4())}).status_code == 404
    assert clerk.submit(f"{OWN}/restore", {"template": "x"}).status_code == 422


def test_a_bad_template_is_refused_with_all_that_is_wrong(clerk):
    answer = upload(clerk, template("{{ nomer }}", "{{ title | safe }}"))
    assert answer.status_code == 422
    page = visible_text(answer)
    assert "Шаблон не принят" in page
    assert "«nomer»" in page
    assert "«safe»" in page
    assert clerk.submit(f"{OWN}/check", files={"other": ("", b"", DOCX)}).status_code == 422
    assert clerk.submit(f"{OWN}/put", {"digest": "0" * 64}).status_code == 409
    assert clerk.submit(f"{OWN}/put", {"digest": "\u0000"}).status_code == 422
    assert clerk.submit(f"{OWN}/put").status_code == 422
    assert upload(clerk, b"PK\x03\x04" + b"\0" * 4_000_000).status_code == 422
