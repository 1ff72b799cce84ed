"""Discussions through HTTP: writing, replying, mending, answering, reading by pages and by API."""

import re
from uuid import uuid4

import msgspec
import pytest

from core.comments import service as machinery
from core.features.comments import service
from core.kit.actor import Anonymous, ResidentActor
from core.kit.level import Level
from core.moderation import service as moderation
from core.moderation.manifest import Refusal
from tests.comments.build import neighbour
from tests.comments.test_threads import add
from tests.support.http import visible_text


@pytest.fixture(autouse=True)
def checked_after(monkeypatch):
    monkeypatch.setattr(moderation, "is_checked_first", lambda _work, _kind: False)


@pytest.fixture
def path(bench):
    return f"/comments/test.bench/{bench}"


def send(page, path, body, **more):
    return page.submit(path, {"body": body, "key": "k1", **more})


def test_a_comment_goes_from_the_form_to_the_page(browser, path, anna):
    page = browser(anna)
    first = page.get(path)
    assert "Пока никто ничего не написал" in visible_text(first)
    assert 'data-draft="comment.test.bench' in first.text
    key = re.search(r'name="key" value="([^"]+)"', first.text)[1]
    sent = page.submit(path, {"body": "Поставьте урну <b>тут</b>\nhttps://ya.ru", "key": key})
    assert sent.status_code == 303
    assert sent.headers["location"].startswith("/polls#comment-")
    again = page.submit(path, {"body": "Поставьте урну <b>тут</b>\nhttps://ya.ru", "key": key})
    assert again.headers["location"] == sent.headers["location"]
    shown = browser().get(path)
    assert "Поставьте урну &lt;b&gt;тут&lt;/b&gt;<br>" in shown.text
    assert (
        '<a href="https://ya.ru" rel="nofollow ugc noopener noreferrer">https://ya.ru</a>'
        in shown.text
    )
    assert shown.text.count('class="message"') == 1


def test_strangers_are_invited_to_sign_in_and_come_back(browser, bench, path):
    page = browser().get(path)
    assert "Войти, чтобы написать" in visible_text(page)
    assert "next=/polls%23comments" in page.text
    sent = send(browser(), path, "Здравствуйте")
    assert sent.status_code in (302, 303)
    assert "/sign-in" in sent.headers["location"]


def test_who_may_not_write_sees_why_with_the_clause(browser, work, city, path):
    with work(city) as w:
        weak = ResidentActor(neighbour(w, level=Level.NONE))
    page = browser(weak)
    shown = visible_text(page.get(path))
    assert "Чтобы писать комментарии, нужно подтверждение" in shown
    assert "п. 1" in shown
    sent = send(page, path, "Всё равно")
    assert sent.status_code == 422
    assert "data-keep-drafts" in sent.text


@pytest.mark.parametrize("body", ["", " ", "а" * 2001])
def test_a_bad_comment_comes_back_with_what_was_typed(browser, path, anna, body):
    sent = send(browser(anna), path, body)
    assert sent.status_code == 422
    assert 'aria-invalid="true"' in sent.text
    assert body.strip() in sent.text


def test_a_bad_reply_comes_back_in_its_own_form(browser, work, city, bench, path, anna, boris):
    with work(city) as w:
        top = add(w, bench, boris.id, "Вопрос")
    sent = send(browser(anna), path, "а" * 2001, parent=str(top))
    assert sent.status_code == 422
    assert "Слишком длинно" in visible_text(sent)
    assert "а" * 2001 in sent.text
    assert '<details class="comment-reply" open>' in sent.text
    good = send(browser(anna), path, "Ответ", parent=str(top))
    assert good.headers["location"].startswith("/comment/")
    there = visible_text(browser().get(good.headers["location"].partition("#")[0]))
    assert "Вопрос" in there
    assert "Ответ" in there


@pytest.mark.parametrize("parent", ["nonsense", str(uuid4()), "%00"])
def test_a_made_up_parent_is_no_error_of_ours(browser, path, anna, parent):
    assert send(browser(anna), path, "Ответ", parent=parent).status_code in (404, 422)


def test_a_closed_discussion_can_be_read_and_says_so(browser, benches, bench, path, anna):
    benches.change(bench, open=False)
    page = browser(anna)
    assert "Обсуждение завершено" in visible_text(page.get(path))
    sent = send(page, path, "Ещё слово")
    assert sent.status_code == 409


def test_mending_and_taking_back(browser, work, city, bench, path, anna, boris):
    page = browser(anna)
    send(page, path, "Было")
    comment = re.search(r"/comment/([0-9a-f-]{36})/edit", page.get(path).text)[1]
    assert "Было" in page.get(f"/comment/{comment}/edit").text
    assert page.submit(f"/comment/{comment}/edit", {"body": ""}).status_code == 422
    assert page.submit(f"/comment/{comment}/edit", {"body": "Стало"}).status_code == 303
    text = visible_text(browser().get(path))
    assert "Стало" in text
    assert "исправлено" in text
    other = browser(boris)
    assert other.submit(f"/comment/{comment}/edit", {"body": "Чужое"}).status_code == 403
    assert other.submit(f"/comment/{comment}/withdraw").status_code == 403
    assert f"/comment/{comment}/edit" not in other.get(path).text
    assert page.submit(f"/comment/{comment}/withdraw").status_code == 303
    assert "Стало" not in visible_text(browser().get(path))
    assert browser().get(f"/comment/{comment}").status_code == 404


def test_an_official_answers_with_the_post(browser, path, anna, boss):
    send(browser(anna), path, "Когда?")
    page = browser(boss)
    assert "Ответ от имени города" in visible_text(page.get(path))
    assert send(page, path, "В мае.").status_code == 303
    shown = browser().get(path)
    assert 'class="message official"' in shown.text
    assert "Официальный ответ" in visible_text(shown)


def test_a_refused_comment_is_shown_to_its_author_alone(
    browser, work, city, bench, path, anna, boris
):
    with work(city) as w:
        comment = add(w, bench, anna.id, "Грубость")
        service.refused(w, comment, Refusal(uuid4(), 12, ("obscene",), "Так писать нельзя.", ()))
    mine = visible_text(browser(anna).get(path))
    assert "не опубликован" in mine
    assert "Письмо модератора" in mine
    assert "Грубость" not in visible_text(browser(boris).get(path))
    assert browser(boris).get(f"/comment/{comment}").status_code == 404
    assert browser(anna).get(f"/comment/{comment}").status_code == 200


def test_a_long_discussion_goes_on_by_pages_and_by_htmx(browser, work, city, bench, path, anna):
    with work(city) as w:
        for number in range(45):
            add(w, bench, anna.id, f"слово-{number:02}")
    page = browser()
    seen, where, pages = [], path, 0
    while where:
        shown = page.get(where)
        seen += re.findall(r"слово-\d\d", shown.text)
        older = re.search(r'href="([^"]+after=[^"]+)"', shown.text)
        where = older[1] if older else None
        pages += 1
    assert pages == 3
    assert seen == [f"слово-{number:02}" for number in range(44, -1, -1)]
    second = re.search(r'href="([^"]+after=[^"]+)"', page.get(path).text)[1]
    fragment = page.get(second, headers={"hx-request": "true"})
    assert "<html" not in fragment.text
    assert len(re.findall(r"слово-\d\d", fragment.text)) == 20
    assert 'rel="prev"' in page.get(second).text
    assert page.get(f"{path}?after=nonsense").status_code == 404


@pytest.mark.parametrize(
    "where",
    [
        "/comments/no.such/{bench}",
        "/comments/test.bench/{other}",
        "/comment/{other}",
        "/comment/{other}/edit",
    ],
)
def test_what_is_not_there_is_not_found(browser, bench, where):
    assert browser().get(where.format(bench=bench, other=uuid4())).status_code == 404


def test_programs_read_the_same(browser, work, city, bench, benches, path, anna, boss):
    benches.change(bench, author_id=anna.id)
    with work(city) as w:
        top = add(w, bench, anna.id, "Вопрос")
    with work(city, boss) as w:
        machinery.answer(w, benches.commentable, bench, body="Ответ", key="k", parent_id=top)
    page = browser()
    answer = page.get(f"/api/v1{path}")
    assert answer.status_code == 200
    data = answer.json()
    assert (data["total"], data["open"], data["older"]) == (2, True, None)
    (one,) = data["items"]
    assert (one["author"], one["text"]) == ("Анна", "Вопрос")
    assert one["replies"][0]["official"]
    assert one["url"].endswith(f"/comment/{top}")
    assert page.get(f"/api/v1{path}?after=zzz").status_code == 400
    assert page.get(f"/api/v1/comments/no.such/{bench}").status_code == 404


def test_a_city_without_the_feature_has_no_such_discussion(
    client, work, other_city, benches, bench, monkeypatch
):
    monkeypatch.setattr(
        benches, "commentable", msgspec.structs.replace(benches.commentable, feature="no_such")
    )
    monkeypatch.setattr(service, "_commentables", lambda: {"test.bench": benches.commentable})
    assert client(other_city).get(f"/comments/test.bench/{bench}").status_code == 404
    with work(other_city, Anonymous()) as w, pytest.raises(Exception, match="not_found"):
        service.commentable(w, "test.bench")
