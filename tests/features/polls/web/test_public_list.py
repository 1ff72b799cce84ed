"""The list of polls: shelves, filters, search, pages, marks."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import update

from core.features.polls.model import Poll
from core.features.polls.service import life
from core.features.polls.service.drafting import create_draft, submit_for_review
from core.features.polls.web import public
from core.kit.actor import SystemActor
from tests.features.polls.build import draft, official, open_poll, residents
from tests.features.polls.web.browsing import (
    AFTER_VOTE,
    ALWAYS,
    cast,
    city_of,
    close,
    counted,
    finished,
    publish,
    sees,
    sees_not,
    sign_in,
    titles,
    turn_out,
)


@pytest.fixture
def home(runtime):
    return city_of(runtime, AFTER_VOTE)


def scheduled(runtime, city, title="Каким маршрутом пустить вечерний автобус"):
    with runtime.work(city, official(runtime, city)) as work:
        poll = create_draft(work, draft=draft(first=work.today + timedelta(days=4), title=title))
        submit_for_review(work, poll_id=poll)
        life.approve(work, poll_id=poll)
    return poll


def test_a_city_without_polls_says_what_will_be_here(client, home):
    for shelf, words in (
        ("now", "Сейчас опросов нет"),
        ("soon", "Новых опросов пока не объявили"),
        ("done", "Завершённых опросов ещё нет"),
    ):
        answer = client(home).get(f"/polls?shelf={shelf}")
        assert answer.status_code == 200
        sees(answer, words)


def test_each_shelf_holds_its_own_polls(client, runtime, clock, home):
    finished(runtime, clock, home, title="Завершённый опрос")
    open_poll(runtime, home, title="Опрос, который идёт")
    scheduled(runtime, home, "Опрос, который будет")
    with runtime.work(home, official(runtime, home)) as work:
        create_draft(work, draft=draft(first=work.today, title="Черновик"))
    browser = client(home)
    assert titles(browser.get("/polls")) == ["Опрос, который идёт"]
    assert titles(browser.get("/polls?shelf=soon")) == ["Опрос, который будет"]
    assert titles(browser.get("/polls?shelf=done")) == ["Завершённый опрос"]
    assert browser.get("/polls?shelf=drafts").status_code == 404


def test_a_card_says_what_a_person_decides_by(client, runtime, home):
    poll = open_poll(runtime, home, title="Какой двор благоустроить первым?")
    turn_out(runtime, home, poll, 2)
    answer = client(home).get("/polls")
    sees(answer, "2 из 300 для кворума", "не хватает 298", "до 5 июля", "осталось", "+5 баллов")


def test_a_finished_card_names_what_most_people_chose(client, runtime, clock):
    city = city_of(runtime, ALWAYS)
    poll = open_poll(runtime, city)
    turn_out(runtime, city, poll, 3, 1)
    close(runtime, clock, city, poll)
    before = client(city).get("/polls?shelf=done")
    sees(before, "подводим итоги")
    sees_not(before, "Микрорайон 14")
    publish(runtime, city, poll)
    sees(
        client(city).get("/polls?shelf=done"),
        "Больше всего голосов",
        "Микрорайон 14",
        "100 %",
        "состоялся",
    )


def test_a_void_poll_is_named_so_and_has_no_winner(client, runtime, clock, home):
    finished(runtime, clock, home)
    answer = client(home).get("/polls?shelf=done")
    sees(answer, "не состоялся", "3 из 300 для кворума")
    sees_not(answer, "Больше всего голосов")


def test_points_are_promised_only_where_they_are_credited(client, runtime):
    for city in runtime.registry.all():
        open_poll(runtime, city, days=30)
        answer = client(city).get("/polls")
        if city.profile.offers("bonus"):
            sees(answer, "балл")
        else:
            sees_not(answer, "балл")


def test_who_has_voted_sees_it_and_nobody_else_does(client, runtime, home):
    poll = open_poll(runtime, home)
    voter, other = residents(runtime, home, 2)
    cast(runtime, home, poll, voter, 0)
    sees(sign_in(runtime, home, client(home), voter).get("/polls"), "вы проголосовали")
    for browser in (client(home), sign_in(runtime, home, client(home), other)):
        sees_not(browser.get("/polls"), "вы проголосовали")


def test_topics_narrow_the_list(client, runtime, home):
    open_poll(runtime, home, title="О спорте")
    with runtime.work(home, SystemActor("test")) as work:
        work.session.execute(update(Poll).values(topic="sport"))
    open_poll(runtime, home, title="О прочем")
    browser = client(home)
    assert titles(browser.get("/polls?topic=sport")) == ["О спорте"]
    sees(browser.get("/polls?topic=budget"), "Ничего не нашлось")
    sees(browser.get("/polls?topic=no-such-topic"), "Ничего не нашлось")
    assert 'aria-current="true"' in browser.get("/polls?topic=sport").text


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("двор", True),
        ("ДВОР", True),
        ("18,4 млн", True),
        ("  двор \t благоустроить ", True),
        ("%", False),
        ("_", False),
        ("\\", False),
        ("нет такого", False),
        ("двор\x00", True),
        ("'; DROP TABLE poll; --", False),
        ("д" * 5000, False),
        ("<script>", False),
    ],
)
def test_search_takes_words_as_they_are(client, runtime, home, asked, found):
    open_poll(runtime, home, title="Какой двор благоустроить первым?")
    answer = client(home).get("/polls", params={"q": asked})
    assert answer.status_code == 200
    assert bool(titles(answer)) is found
    assert "<script>" not in answer.text


@pytest.mark.parametrize(
    "query", ["after=nonsense", "after=2026-01-01~x", "after=~", "after=0001-01-01T00:00:00~1"]
)
def test_a_cursor_from_elsewhere_is_refused_with_advice(client, home, query):
    answer = client(home).get(f"/polls?{query}")
    assert answer.status_code == 400
    sees(answer, "Откройте список опросов заново")


def test_pages_follow_one_another_without_gaps(client, runtime, home, monkeypatch):
    monkeypatch.setattr(public, "_ON_PAGE", 2)
    for number in range(5):
        open_poll(runtime, home, title=f"Опрос {number}", days=21 + number)
    browser = client(home)
    seen: list[str] = []
    path = "/polls"
    for _page in range(5):
        answer = browser.get(path)
        seen += titles(answer)
        more = re.search(r'href="([^"]+)"[^>]*hx-select-oob="#more"', answer.text)
        if more is None:
            break
        path = more.group(1).replace("&amp;", "&")
    assert seen == [f"Опрос {number}" for number in range(5)]


def test_a_page_keeps_its_filters(client, runtime, home, monkeypatch):
    monkeypatch.setattr(public, "_ON_PAGE", 1)
    for _ in range(2):
        open_poll(runtime, home, title="Двор")
    answer = client(home).get("/polls?q=двор")
    more = re.search(r'href="([^"]+)"[^>]*hx-select-oob="#more"', answer.text)
    assert more is not None
    assert "q=%D0%B4%D0%B2%D0%BE%D1%80" in more.group(1)


def test_the_list_costs_the_same_with_more_polls_and_more_votes(client, runtime, home):
    poll = open_poll(runtime, home)
    (person,) = residents(runtime, home, 1)
    anonymous = client(home)
    signed_in = sign_in(runtime, home, client(home), person)
    few = counted(runtime, anonymous, "/polls"), counted(runtime, signed_in, "/polls")
    for _ in range(4):
        open_poll(runtime, home)
    turn_out(runtime, home, poll, 12)
    cast(runtime, home, poll, person, 0)
    many = counted(runtime, anonymous, "/polls"), counted(runtime, signed_in, "/polls")
    assert few == many
    assert max(many) <= 8


def test_english_pages_speak_english_where_code_words_them(client, runtime, home):
    open_poll(runtime, home)
    browser = client(home)
    browser.cookies.set("veche_language", "en")
    sees(browser.get("/polls"), "5 points")
