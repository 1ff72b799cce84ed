"""The page with a resident's points."""

from datetime import date, timedelta
from uuid import uuid4

import pytest

from core.features.bonus.service import Earned, credit
from core.identity import sessions
from core.kit.actor import SystemActor
from core.kit.ids import new_id
from tests.features.polls.build import choose, official, open_poll, paper_of, residents
from tests.support.http import visible_text

PAGE = "/profile/points"
DAY = date(2026, 6, 15)


@pytest.fixture
def signed_in(runtime, client):
    """`signed_in(city, resident)`: a browser with a session."""

    def make(city, who, kind="resident"):
        browser = client(city)
        browser.cookies.set(
            "veche_session", sessions.begin(runtime, city, kind=kind, id=who, name="Имя")
        )
        return browser

    return make


def give(runtime, city, person, number):
    with runtime.work(city, SystemActor("test")) as work:
        for n in range(number):
            credit(
                work,
                [
                    Earned(
                        event=new_id(),
                        resident_id=person,
                        act="vote",
                        subject=f"poll:{uuid4()}",
                        day=DAY - timedelta(days=n),
                        offered=1,
                    )
                ],
            )


def test_strangers_are_asked_to_sign_in(city, client):
    answer = client(city).get(PAGE)
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/sign-in?next={PAGE}"


def test_nothing_earned_yet(runtime, city, signed_in):
    (person,) = residents(runtime, city, 1)
    page = signed_in(city, person).get(PAGE)
    assert page.status_code == 200
    assert "0 баллов" in visible_text(page)
    assert "/polls" in page.text


def test_what_was_earned_and_why(runtime, city, signed_in, deliver):
    from core.features.polls.service.voting import cast_ballot

    poll = open_poll(runtime, city)
    (person,) = residents(runtime, city, 1)
    receipt = cast_ballot(
        runtime,
        city,
        poll_id=poll,
        resident_id=person,
        sent=choose(paper_of(runtime, city, poll), 0),
    )
    deliver()
    page = signed_in(city, person).get(PAGE)
    text = visible_text(page)
    assert f"+{receipt.points} балл" in text
    assert "15 июня 2026" in text
    assert "Участие в опросе" in text
    assert f"/polls/{poll}" in page.text
    assert "п. " in text, "the clause behind it"


def test_page_after_page(runtime, city, signed_in):
    (person,) = residents(runtime, city, 1)
    give(runtime, city, person, 45)
    browser = signed_in(city, person)
    first = browser.get(PAGE)
    assert "45 баллов" in visible_text(first)
    assert first.text.count("/polls/") >= 30
    more = first.text.partition(f'href="{PAGE}?after=')[2].partition('"')[0]
    assert more
    second = browser.get(f"{PAGE}?after={more}")
    assert second.status_code == 200
    listed = [page.text.count('href="/polls/') for page in (first, second)]
    assert listed == [30, 15]


@pytest.mark.parametrize("cursor", ["x", "~", "%00", "2026-06-15~x", "x" * 5000])
def test_a_cursor_that_was_not_made_here(runtime, city, signed_in, cursor):
    (person,) = residents(runtime, city, 1)
    assert signed_in(city, person).get(f"{PAGE}?after={cursor}").status_code in (400, 404)


def test_staff_are_told_that_it_is_a_residents_page(runtime, city, signed_in):
    actor = official(runtime, city)
    answer = signed_in(city, actor.id, kind="staff").get(PAGE)
    assert answer.status_code in (303, 403)


def test_a_city_without_points_has_no_such_page(runtime, city, signed_in, monkeypatch):
    (person,) = residents(runtime, city, 1)
    browser = signed_in(city, person)
    monkeypatch.setattr(type(city.profile), "offers", lambda self, key: False)
    assert browser.get(PAGE).status_code == 404
