"""One item on the desk, by plain forms: publishing, the letter, approval, blocks."""

import re

import pytest

from core.kit.ids import new_id
from core.moderation import deciding, queries, service
from core.moderation.domain import State
from tests.features.console.browsing import fields, signed_in
from tests.features.polls.build import resident
from tests.moderation.build import (
    BODY,
    OBSCENE,
    ORIGINAL,
    journal,
    kinds,
    notices,
    refused,
    submitted,
)
from tests.support.http import visible_text


@pytest.fixture
def author(work, city):
    with work(city) as w:
        return resident(w, name="Автор Авторович")


def state(work, city, item):
    with work(city) as w:
        return queries.item(w.session, item).state


def test_publishing_opens_the_next(runtime, work, city, desk):
    items = [submitted(runtime, city, title=f"Идея {place}") for place in range(3)]
    browser = desk[0].browser
    path = f"/desk/moderation/{items[0]}"
    assert browser.get(path).status_code == 200
    sent = browser.submit(f"{path}/publish")
    assert sent.headers["location"] == f"/desk/moderation/{items[1]}"
    text = visible_text(browser.get(sent.headers["location"]))
    assert "Опубликовано. Следующая запись." in text
    browser.submit(f"/desk/moderation/{items[1]}/publish")
    last = browser.submit(f"/desk/moderation/{items[2]}/publish")
    assert last.headers["location"] == "/desk/moderation"
    # A double click on the last button does no harm.
    assert browser.submit(f"/desk/moderation/{items[2]}/publish").status_code == 303
    with work(city) as w:
        assert journal(w, "test.published") == 3


def test_marks_stand_in_the_text_with_a_legend(runtime, city, desk, deliver, author):
    item = submitted(
        runtime,
        city,
        author=author,
        title="Скамейки! Звоните 89123456789",
        body="Первый абзац <b>жирно</b>.\n\nПиздец какие скамейки, пишите на a@b.ru.",
    )
    deliver()
    page = desk[0].browser.get(f"/desk/moderation/{item}")
    marks = re.findall(
        r'<mark class="hint-mark (\w+)">([^<]+)<span class="sr"> \(([^)]+)\)', page.text
    )
    assert marks == [
        ("phone", "89123456789", "номер телефона"),
        ("obscene", "Пиздец", "возможно, брань"),
        ("email", "a@b.ru", "адрес почты"),
    ]
    text = visible_text(page)
    assert "подсказка, а не решение" in text
    assert "<b>жирно</b>" not in page.text
    assert "Скамейки у третьей школы" in text
    assert "Автор Авторович" in text


def test_a_refusal_by_plain_forms(runtime, work, city, desk, deliver, author):
    item = submitted(runtime, city, author=author, body="Поставьте скамейки у школы.")
    following = submitted(runtime, city, title="Следующая")
    deliver()
    browser = desk[0].browser
    path = f"/desk/moderation/{item}"
    form = {"ground": ["obscene", "duplicate"], "body": ""}

    composed = browser.submit(f"{path}/letter", {**form, "do": "compose"})
    body = fields(composed, action=f"{path}/letter")["body"]
    assert "спокойно" in body
    assert "Поддержите" in body

    bare = browser.submit(f"{path}/letter", {**form, "body": body, "do": "send"})
    assert bare.status_code == 422
    assert "нужна ссылка" in visible_text(bare)
    assert "п. 3.8(7)" in visible_text(bare)
    assert fields(bare, action=f"{path}/letter")["body"] == body
    assert state(work, city, item) is State.WAITING

    linked = {**form, "body": body, "link-duplicate": f"ideas|{ORIGINAL}"}
    shown = browser.submit(f"{path}/letter", {**linked, "do": "preview"})
    assert "Так письмо увидит автор" in visible_text(shown)
    assert "Здравствуйте! Мы проверили" in visible_text(shown)

    sent = browser.submit(f"{path}/letter", {**linked, "do": "send"})
    assert sent.headers["location"] == f"/desk/moderation/{following}"
    assert state(work, city, item) is State.WRITTEN

    own = visible_text(browser.get(path))
    assert "Письмо согласует другой сотрудник" in own
    assert browser.submit(f"{path}/approve", {"do": "approve", "body": body}).status_code == 409

    editor = desk[1].browser
    compared = editor.submit(f"{path}/approve", {"do": "compare", "body": body + " И спасибо."})
    assert "<ins>" in compared.text
    done = editor.submit(f"{path}/approve", {"do": "approve", "body": body + " И спасибо."})
    assert done.status_code == 303
    assert state(work, city, item) is State.REFUSED
    text = visible_text(editor.get(path))
    assert "Письмо № 1" in text
    assert "Что изменили при согласовании" in text
    with work(city) as w:
        assert journal(w, "test.refused") == 1
        assert len(notices(w, "moderation.refused")) == 1


def test_a_draft_is_kept_and_found_again(runtime, city, desk):
    item = submitted(runtime, city)
    path = f"/desk/moderation/{item}"
    sent = desk[0].browser.submit(
        f"{path}/letter", {"ground": "obscene", "body": "Начало…", "do": "save"}
    )
    assert sent.status_code == 303
    form = fields(desk[0].browser.get(path), action=f"{path}/letter")
    assert (form["ground"], form["body"]) == ("obscene", "Начало…")


def test_somebody_was_faster_and_nothing_typed_is_lost(runtime, work, city, desk):
    item = submitted(runtime, city)
    path = f"/desk/moderation/{item}"
    desk[0].browser.get(path)
    held = desk[1].browser.get(path)
    assert "Сейчас эту запись проверяет Модератор 1" in visible_text(held)
    late = desk[1].browser.submit(
        f"{path}/letter", {"ground": "obscene", "body": "Моё письмо", "do": "send"}
    )
    assert late.status_code == 409
    assert "Модератор 1" in visible_text(late)
    published = desk[1].browser.submit(f"{path}/publish")
    assert published.status_code == 409
    desk[0].browser.submit(f"{path}/release")
    assert desk[1].browser.submit(f"{path}/publish").status_code == 303
    assert state(work, city, item) is State.PUBLISHED


def test_returning_needs_a_note_and_keeps_the_text(runtime, work, city, desk):
    item = submitted(runtime, city)
    path = f"/desk/moderation/{item}"
    with work(city, desk[0].actor) as w:
        deciding.write_letter(w, item, grounds=OBSCENE, body=BODY, kinds=kinds())
    empty = desk[1].browser.submit(
        f"{path}/approve", {"do": "return", "body": "Правка", "note": ""}
    )
    assert empty.status_code == 422
    assert fields(empty, action=f"{path}/approve")["body"] == "Правка"
    desk[1].browser.submit(f"{path}/approve", {"do": "return", "body": BODY, "note": "Мягче"})
    text = visible_text(desk[0].browser.get(path))
    assert "Письмо вернули на доработку" in text
    assert "Мягче" in text


def test_a_link_typed_by_hand_for_the_plan(runtime, work, city, desk):
    item = submitted(runtime, city)
    path = f"/desk/moderation/{item}"
    form = {
        "ground": "already_planned",
        "body": BODY,
        "do": "send",
        "title-already_planned": "План",
    }
    for address in ("javascript:alert(1)", "//чужой", "просто слова"):
        bad = desk[0].browser.submit(f"{path}/letter", {**form, "address-already_planned": address})
        assert bad.status_code == 422
        assert "ничего не найдено" in visible_text(bad)
    sent = desk[0].browser.submit(f"{path}/letter", {**form, "address-already_planned": "/plan"})
    assert sent.status_code == 303
    with work(city) as w:
        link = queries.draft_view(w.session, item).grounds[0].link
        assert (link.title, link.path) == ("План", "/plan")


def test_looking_for_the_original_by_words(runtime, city, desk):
    item = submitted(runtime, city)
    path = f"/desk/moderation/{item}"
    found = desk[0].browser.submit(
        f"{path}/letter",
        {"ground": "duplicate", "find-duplicate": "скамейки", "do": "find:duplicate"},
    )
    assert "Скамейки у третьей школы" in visible_text(found)
    none = desk[0].browser.submit(
        f"{path}/letter", {"ground": "duplicate", "find-duplicate": "xyz", "do": "find:duplicate"}
    )
    assert "ничего не нашлось" in visible_text(none)


def test_odd_input_is_an_answer_and_not_a_failure(runtime, city, desk):
    item = submitted(runtime, city)
    path = f"/desk/moderation/{item}"
    browser = desk[0].browser
    for sent in (
        {"do": "nonsense"},
        {"do": "find:nonsense", "find-nonsense": "x"},
        {"ground": "nonsense", "do": "send", "body": BODY},
        {"ground": "duplicate", "link-duplicate": "ideas|x", "do": "send", "body": BODY},
        {"ground": "duplicate", "link-duplicate": "|||", "do": "preview"},
        {"ground": "obscene", "body": "ы" * 7000, "do": "save"},
    ):
        assert browser.submit(f"{path}/letter", sent).status_code in (200, 422), sent
    assert browser.submit(f"{path}/approve", {"do": "nonsense"}).status_code == 200
    assert browser.submit(f"{path}/take-back").status_code == 303
    assert browser.get(f"/desk/moderation/{new_id()}").status_code == 404
    assert browser.submit(f"/desk/moderation/{new_id()}/publish").status_code == 404


def test_a_block_from_the_letter_to_its_end(runtime, work, city, desk, client, author, deliver):
    item = submitted(runtime, city, author=author)
    refused(runtime, city, desk[0].actor, desk[1].actor, item=item)
    browser = desk[0].browser
    assert f"/desk/moderation/letters/{item}/block" in browser.get(f"/desk/moderation/{item}").text
    path = f"/desk/moderation/letters/{item}/block"
    page = visible_text(browser.get(path))
    assert "Срок не установлен регламентом" in page
    assert "Баллы автора будут аннулированы" in page
    empty = browser.submit(path, {})
    assert empty.status_code == 422
    form = {
        "protocol_number": "12",
        "protocol_on": "2026-06-15",
        "members": ["analytics_head"],
        "reason": "Оскорблял соседей",
        "until": "",
    }
    alone = browser.submit(path, form)
    assert alone.status_code == 422
    assert fields(alone, action=path)["reason"] == "Оскорблял соседей"
    both = {**form, "members": ["analytics_head", "pr_specialist"]}
    assert browser.submit(path, both).status_code == 303
    assert browser.submit(path, both).status_code == 303
    listed = browser.get("/desk/moderation/blocks")
    assert "Оскорблял соседей" in visible_text(listed)
    me = signed_in(runtime, city, client(city), service_actor(author))
    profile = visible_text(me.get("/profile"))
    assert "Ваше участие ограничено" in profile
    assert "протокол № 12 от 15 июня 2026" in profile
    block_id = re.search(r"/desk/moderation/blocks/([0-9a-f-]{36})/lift", listed.text)[1]
    lift = f"/desk/moderation/blocks/{block_id}/lift"
    assert browser.submit(lift, {"reason": ""}).status_code == 422
    assert browser.submit(lift, {"reason": "Извинился"}).status_code == 303
    assert browser.submit(lift, {"reason": "Извинился"}).status_code == 303
    assert "Извинился" in visible_text(browser.get("/desk/moderation/blocks?ended=1"))
    assert "Ваше участие ограничено" not in visible_text(me.get("/profile"))


def service_actor(author):
    from core.kit.actor import ResidentActor

    return ResidentActor(author)


def test_the_author_reads_the_letter_and_asks_again(runtime, work, city, desk, client, author):
    item = submitted(runtime, city, author=author, title="Моя идея")
    refused(runtime, city, desk[0].actor, desk[1].actor, item=item)
    me = signed_in(runtime, city, client(city), service_actor(author))
    assert "Моя идея" in visible_text(me.get("/me/letters"))
    path = f"/me/letters/{item}"
    text = visible_text(me.get(path))
    assert "Нецензурная лексика" in text
    assert "п. 3.8(1)" in text
    assert "Попросить посмотреть ещё раз" in text
    assert "Войти" not in text
    document = me.get(f"{path}/letter.pdf")
    assert document.content.startswith(b"%PDF")
    ask = f"/moderation/{item}/second-look"
    empty = me.submit(ask, {"reason": " "})
    assert empty.status_code == 422
    assert "Войти" not in visible_text(empty)
    for _twice in range(2):
        assert me.submit(ask, {"reason": "Я был вежлив."}).status_code == 303
    assert "Вы попросили посмотреть ещё раз" in visible_text(me.get(path))
    with work(city) as w:
        look = queries.looking_again_at(w.session, item)
        assert service.standing(w.session, "ideas.idea", queries.item(w.session, item).subject_id)
    mine = visible_text(desk[0].browser.get(f"/desk/moderation/{look}"))
    assert "Эту запись проверит другой сотрудник" in mine
    other = desk[2].browser.get(f"/desk/moderation/{look}")
    assert "Я был вежлив." in visible_text(other)
    assert desk[2].browser.submit(f"/desk/moderation/{look}/publish").status_code == 303
    assert state(work, city, look) is State.PUBLISHED

    stranger = signed_in(runtime, city, client(city), service_actor(_resident(work, city)))
    assert stranger.get(path).status_code == 404
    assert stranger.submit(ask, {"reason": "Дайте"}).status_code == 404
    assert "Писем нет" in visible_text(stranger.get("/me/letters"))
    assert client(city).get(path).status_code in (302, 303)
    assert desk[0].browser.get(path).status_code in (302, 303, 401, 404)


def _resident(work, city):
    with work(city) as w:
        return resident(w)


def test_the_fields_of_the_document_are_those_it_promises(runtime, work, city, desk):
    from core.features.moderation.service import REFUSAL

    item = refused(runtime, city, desk[0].actor, desk[1].actor)
    with work(city) as w:
        data = REFUSAL.data(w, item)
        assert REFUSAL.name(w, item) == "Письмо об отказе № 1 от 15 июня 2026"
    assert set(data) == set(REFUSAL.fields) == set(REFUSAL.example)
    assert data["grounds"][0].keys() == REFUSAL.example["grounds"][0].keys()
    assert data["body"] == BODY
