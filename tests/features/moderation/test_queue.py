"""The queue on the desk: parts, filters, many at once."""

import re
from datetime import timedelta

import pytest

from core.kit.ids import new_id
from core.moderation import deciding, queries
from core.moderation.domain import State
from tests.features.console.browsing import signed_in
from tests.features.polls.build import official
from tests.moderation.build import BODY, OBSCENE, journal, kinds, submitted
from tests.support.http import visible_text


def state(work, city, item):
    with work(city) as w:
        return queries.item(w.session, item).state


def test_who_waits_longest_comes_first(runtime, city, desk, clock):
    for place in range(3):
        submitted(runtime, city, title=f"Идея {place}")
        clock.move(timedelta(hours=1))
    page = desk[0].browser.get("/desk/moderation")
    assert page.status_code == 200
    assert list(dict.fromkeys(re.findall(r"Идея \d", visible_text(page)))) == [
        "Идея 0",
        "Идея 1",
        "Идея 2",
    ]


def test_an_empty_queue_says_so(desk):
    assert "Здесь пусто" in visible_text(desk[0].browser.get("/desk/moderation"))


def test_parts_and_filters(runtime, work, city, desk, deliver):
    clean = submitted(runtime, city, title="Чистая")
    submitted(runtime, city, title="С телефоном", body="Звоните 89123456789")
    submitted(runtime, city, title="Комментарий", kind="comments.comment")
    written = submitted(runtime, city, title="С письмом")
    with work(city, desk[0].actor) as w:
        deciding.write_letter(w, written, grounds=OBSCENE, body=BODY, kinds=kinds())
    assert "подсказки готовятся" in visible_text(desk[0].browser.get("/desk/moderation"))
    deliver()

    def shown(query):
        text = visible_text(desk[0].browser.get(f"/desk/moderation{query}"))
        names = ("Чистая", "С телефоном", "Комментарий лавочки", "С письмом")
        return [one for one in names if one in text]

    assert shown("") == ["Чистая", "С телефоном"]
    assert shown("?hints=marked") == ["С телефоном"]
    assert "номер телефона" in visible_text(desk[0].browser.get("/desk/moderation?hints=marked"))
    assert shown("?hints=clean") == ["Чистая"]
    assert shown("?view=letters") == ["С письмом"]
    assert shown("?kind=comments.comment") == []
    assert shown("?view=nonsense&kind=nonsense&hints=nonsense") == ["Чистая", "С телефоном"]
    assert desk[0].browser.get("/desk/moderation?after=nonsense").status_code == 404
    assert desk[0].browser.get("/desk/moderation?after=2026-01-01~x").status_code == 404
    assert state(work, city, clean) is State.WAITING


def test_pages_of_a_long_queue(runtime, city, desk, clock):
    for place in range(queries.PAGE + 3):
        submitted(runtime, city, title=f"Идея-{place}.")
        clock.move(timedelta(minutes=1))
    first = desk[0].browser.get("/desk/moderation")
    following = re.search(r'href="(/desk/moderation\?after=[^"]+)" rel="next"', first.text)
    assert following is not None
    second = visible_text(desk[0].browser.get(following[1].replace("&amp;", "&")))
    assert f"Идея-{queries.PAGE}." in second
    assert "Идея-0." not in second


def test_publishing_the_chosen_ones(runtime, work, city, desk):
    items = [submitted(runtime, city, title=f"Идея {place}") for place in range(4)]
    with work(city, desk[1].actor) as w:
        deciding.claim(w, items[3])
    sent = desk[0].browser.submit(
        "/desk/moderation/publish", {"item": [str(one) for one in items[1:]]}, follow=True
    )
    text = visible_text(sent)
    assert "Опубликовано: 2 записи" in text
    assert "Модератор 2" in text
    assert [state(work, city, one) for one in items] == [
        State.WAITING,
        State.PUBLISHED,
        State.PUBLISHED,
        State.WAITING,
    ]
    again = desk[0].browser.submit(
        "/desk/moderation/publish", {"item": [str(one) for one in items[1:3]]}, follow=True
    )
    assert again.status_code == 200
    with work(city) as w:
        assert journal(w, "test.published") == 2


@pytest.mark.parametrize("sent", [{}, {"item": str(new_id())}])
def test_nothing_chosen_is_no_harm(desk, sent):
    page = desk[0].browser.submit("/desk/moderation/publish", sent)
    assert page.status_code == 303
    bad = desk[0].browser.submit("/desk/moderation/publish", {"item": "x"})
    assert bad.status_code == 404


def test_the_desk_is_for_those_with_the_right(runtime, city, client):
    assert client(city).get("/desk/moderation").status_code in (302, 303, 401)
    other = official(runtime, city, "desk.enter", but_not=("moderation.review",))
    browser = signed_in(runtime, city, client(city), other)
    for path in ("/desk/moderation", f"/desk/moderation/{new_id()}", "/desk/moderation/blocks"):
        assert browser.get(path).status_code == 403


def test_the_desk_s_first_page_tells_how_long_people_wait(runtime, city, desk, clock):
    submitted(runtime, city)
    submitted(runtime, city)
    clock.move(timedelta(hours=5))
    text = visible_text(desk[0].browser.get("/desk"))
    assert "В очереди 2 записи, дольше всех ждёт 5 часов" in text
