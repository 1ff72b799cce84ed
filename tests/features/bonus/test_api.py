"""The points of a resident over the JSON API."""

from datetime import date, timedelta

import pytest

from core.features.bonus.service import Earned, credit
from core.kit.actor import SystemActor
from core.kit.ids import new_id
from tests.api.bot import Bot, key_of, problem
from tests.features.polls.build import choose, open_poll, paper_of, residents

DAY = date(2026, 6, 15)


@pytest.fixture
def bot(runtime, client):
    """`bot(city)` asks without a key, `bot(city, resident)` with one."""

    def make(city, person=None):
        return Bot(client(city), key_of(runtime, city, person) if person else None)

    return make


def give(runtime, city, person, days):
    """A credited vote on each of these many days."""
    with runtime.work(city, SystemActor("test")) as work:
        acts = [
            Earned(
                event=new_id(),
                resident_id=person,
                act="vote",
                subject="poll:x",
                day=DAY - timedelta(days=n),
                offered=n + 1,
            )
            for n in range(days)
        ]
        return credit(work, acts)


def test_a_vote_appears_with_its_clauses(runtime, city, bot, deliver):
    poll = open_poll(runtime, city)
    (person,) = residents(runtime, city, 1)
    asking = bot(city, person)
    assert asking.get("/me/points").json() == {"balance": 0, "items": [], "next": None}
    promised = asking.vote(poll, choose(paper_of(runtime, city, poll), 0)).json()["points"]
    deliver()
    said = asking.get("/me/points").json()
    (entry,) = said["items"]
    assert said["balance"] == promised == entry["points"] > 0
    assert (entry["act"], entry["subject"]) == ("vote", f"poll:{poll}")
    assert entry["booked_on"] == "2026-06-15"
    assert entry["reasons"][0]["clauses"][0]["number"]


def test_pages_of_the_statement_add_up(runtime, city, bot):
    (person,) = residents(runtime, city, 1)
    total = give(runtime, city, person, 7)
    asking, entries, after = bot(city, person), [], None
    while True:
        answer = asking.get(
            "/me/points", params={"limit": 3, **({"after": after} if after else {})}
        ).json()
        assert answer["balance"] == total
        entries += answer["items"]
        after = answer["next"]
        if after is None:
            break
    assert len({one["id"] for one in entries}) == len(entries) == 7
    assert sum(one["points"] for one in entries) == total
    days = [one["booked_on"] for one in entries]
    assert days == sorted(days, reverse=True)


@pytest.mark.parametrize("cursor", ["x", "~", "2026-06-15", "2026-06-15~x", "x~" + "1" * 36])
def test_an_unknown_cursor(runtime, city, bot, cursor):
    (person,) = residents(runtime, city, 1)
    said = problem(bot(city, person).get("/me/points", params={"after": cursor}), 400)
    assert said["type"] == "urn:veche:problem:bad_cursor"


def test_everybody_sees_their_own_points_only(runtime, city, other_city, bot):
    rich, poor = residents(runtime, city, 2)
    give(runtime, city, rich, 2)
    assert bot(city, poor).get("/me/points").json()["balance"] == 0
    problem(bot(city).get("/me/points"), 401)
    stranger = bot(other_city)
    stranger.headers = bot(city, rich).headers
    problem(stranger.get("/me/points"), 401)


def test_a_city_without_points_has_no_statement(runtime, city, bot, monkeypatch):
    (person,) = residents(runtime, city, 1)
    asking = bot(city, person)
    monkeypatch.setattr(type(city.profile), "offers", lambda self, key: key != "bonus")
    problem(asking.get("/me/points"), 404)
