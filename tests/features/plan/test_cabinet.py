"""The cabinet behind a one-time link: it opens one list for one unit, until it is sent, taken
back or expired; guessing is slow; what was typed comes back."""

import re
from datetime import timedelta

import pytest

from core.features.plan import queries
from core.features.plan.domain import ItemState
from core.features.plan.model import PlanInvitation
from core.features.plan.service import cabinet, gathering
from core.identity import messages
from core.identity.model import OutgoingMessage
from core.kit.actor import SystemActor
from core.kit.ids import new_id
from tests.features.polls.build import official
from tests.features.polls.web.browsing import city_of, sign_in
from tests.support.http import visible_text

YEAR = 2031
ALL = ("plan.view", "plan.propose", "plan.approve")


@pytest.fixture
def city(runtime, clock):
    clock.set(clock.now().replace(year=2030))
    return city_of(runtime, "gubkinsky")


@pytest.fixture
def chief(runtime, city):
    return official(runtime, city, *ALL)


@pytest.fixture
def desk(runtime, city, chief, client):
    with runtime.work(city, chief) as work:
        gathering.begin_year(work, year=YEAR)
    return sign_in(runtime, city, client(city), chief)


def letters(runtime, city):
    with runtime.work(city, SystemActor("test")) as work:
        return [one for one in messages.newest(work, most=9) if "/plan/proposals/" in one.body]


def link_in(letter: OutgoingMessage) -> str:
    return re.search(r"/plan/proposals/\S+", letter.body)[0]


@pytest.fixture
def link(runtime, city, desk):
    sent = desk.submit(
        f"/desk/plan/{YEAR}",
        {
            "do": "invite",
            "link_unit": "education",
            "email": "Head@Example.org",
            "person": "Мария Петровна",
        },
    )
    assert sent.status_code == 303, visible_text(sent)
    (letter,) = letters(runtime, city)
    assert letter.address == "head@example.org"
    assert "Мария Петровна" in letter.body
    return link_in(letter)


def items(runtime, city):
    with runtime.work(city, SystemActor("test")) as work:
        return queries.items(work.session, YEAR)


def typed(**more):
    return {"do": "save", "version": "0", "kind": "poll", "title": "Школьный день", **more}


def test_a_unit_fills_in_its_list_and_sends_it_once(runtime, city, client, desk, link):
    unit = client(city)
    entrance = unit.get(link)
    assert entrance.status_code == 200
    assert entrance.headers["referrer-policy"] == "no-referrer"
    assert "Управление образования" in visible_text(entrance)
    assert unit.get(f"{link}/topic").status_code == 200
    item = new_id()
    wrong = unit.submit(f"{link}/topic/{item}", typed(title="", cost="сто", aim="Узнать"))
    assert wrong.status_code == 422
    assert "Узнать" in wrong.text
    for _twice in range(2):
        kept = unit.submit(f"{link}/topic/{item}", typed(unit="sport"))
        assert kept.status_code == 303
    (written,) = items(runtime, city)
    assert (written.state, written.content.unit) == (ItemState.DRAFT, "education")
    assert "Школьный день" in visible_text(unit.get(link))
    assert unit.get(f"{link}/topic/{item}").status_code == 200
    again = unit.submit(f"{link}/topic/{item}", typed(version="1", title="Во сколько в школу"))
    assert again.status_code == 303
    assert "Подразделения сейчас заполняют: 1" in visible_text(desk.get(f"/desk/plan/{YEAR}"))
    assert desk.get(f"/desk/plan/items/{item}").status_code == 404

    sent = unit.submit(link, {"do": "send"})
    assert sent.status_code == 200
    assert "Отправлено тем: 1" in visible_text(sent)
    assert items(runtime, city)[0].state is ItemState.PROPOSED
    assert unit.get(link).status_code == 410
    assert unit.submit(link, {"do": "send"}).status_code == 410
    assert unit.submit(f"{link}/topic/{item}", typed(version="2")).status_code == 410
    page = visible_text(desk.get(f"/desk/plan/items/{item}"))
    assert "Мария Петровна, Управление образования" in page


def test_an_empty_list_is_not_sent(city, client, link):
    empty = client(city).submit(link, {"do": "send"})
    assert empty.status_code == 422
    assert "В списке ещё нет ни одной темы." in visible_text(empty)


def test_a_link_ends_by_time_and_by_hand(runtime, city, client, desk, link, clock):
    with runtime.work(city, SystemActor("test")) as work:
        (kept,) = queries.invitations(work.session, YEAR)
    taken = desk.submit(f"/desk/plan/{YEAR}", {"do": "revoke", "invitation": str(kept.id)})
    assert taken.status_code == 303
    gone = client(city).get(link)
    assert gone.status_code == 410
    assert "Эта ссылка больше не действует." in visible_text(gone)
    desk.submit(
        f"/desk/plan/{YEAR}",
        {"do": "invite", "link_unit": "education", "email": "head@example.org"},
    )
    newest = link_in(letters(runtime, city)[0])
    assert client(city).get(newest).status_code == 200
    clock.move(cabinet.LASTS + timedelta(minutes=1))
    assert client(city).get(newest).status_code == 410


def test_a_second_letter_replaces_the_first_link(runtime, city, client, desk, link):
    client(city).submit(f"{link}/topic/{new_id()}", typed())
    desk.submit(
        f"/desk/plan/{YEAR}",
        {"do": "invite", "link_unit": "education", "email": "head@example.org"},
    )
    assert client(city).get(link).status_code == 404
    newest = next(x for x in map(link_in, letters(runtime, city)) if x != link)
    assert "Школьный день" in visible_text(client(city).get(newest))


def test_the_token_itself_is_stored_nowhere(runtime, city, link):
    token = link.rpartition("/")[2]
    with runtime.work(city, SystemActor("test")) as work:
        (row,) = work.session.query(PlanInvitation).all()
        assert token.encode() not in row.token_hash
        assert len(row.token_hash) == 32


def test_one_list_does_not_open_another(runtime, city, client, desk, link):
    item = new_id()
    client(city).submit(f"{link}/topic/{item}", typed())
    desk.submit(
        f"/desk/plan/{YEAR}", {"do": "invite", "link_unit": "sport", "email": "s@example.org"}
    )
    other = next(x for x in map(link_in, letters(runtime, city)) if x != link)
    assert client(city).get(f"{other}/topic/{item}").status_code == 404
    changed = client(city).submit(f"{other}/topic/{item}", typed(version="1", title="Чужое"))
    assert changed.status_code == 404
    assert items(runtime, city)[0].title == "Школьный день"


def test_guessing_is_slow_and_other_cities_know_nothing(runtime, city, client, link):
    assert client(runtime.registry.by_slug("perm")).get(link).status_code == 404
    browser = client(city)
    answers = [
        browser.get(f"/plan/proposals/{n}").status_code for n in range(cabinet.UNKNOWN.most + 1)
    ]
    assert set(answers[:-1]) == {404}
    assert answers[-1] == 429
    assert browser.get("/plan/proposals/" + "x" * 500).status_code in (404, 429)
