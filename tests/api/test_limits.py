"""How often a program may ask: by owner of the key, or by network; and without Redis."""

from datetime import timedelta

import pytest
import redis

from core.identity.limits import Limit
from core.web import api
from tests.api.bot import problem
from tests.features.polls.build import choose, open_poll, paper_of, residents


@pytest.fixture
def strict(monkeypatch):
    """Three times a minute for an owner, five for a network."""
    monkeypatch.setattr(api, "PER_OWNER", Limit("api-owner", 3, timedelta(minutes=1)))
    monkeypatch.setattr(api, "PER_NETWORK", Limit("api-network", 5, timedelta(minutes=1)))


def codes(asking, times, path="/polls"):
    return [asking.get(path).status_code for _ in range(times)]


def test_the_limits_are_wide_enough_for_people_and_bots():
    assert api.PER_OWNER.most >= 60
    assert api.PER_NETWORK.most >= api.PER_OWNER.most


def test_each_owner_has_a_limit_of_their_own_whatever_the_number_of_keys(
    strict, runtime, city, bot
):
    busy, calm = residents(runtime, city, 2)
    one, two = bot(city, busy), bot(city, busy)
    assert codes(one, 2) + codes(two, 3) == [200, 200, 200, 429, 429]
    answer = one.get("/polls")
    said = problem(answer, 429)
    assert said["type"] == "urn:veche:problem:too_many"
    assert 0 < int(answer.headers["retry-after"]) <= 60
    assert codes(bot(city, calm), 3) == [200, 200, 200]
    assert codes(bot(city), 5) == [200] * 5, "the network has not been charged for keys"


def test_strangers_share_the_limit_of_their_network(strict, city, other_city, bot):
    assert codes(bot(city), 6) == [200] * 5 + [429]
    assert codes(bot(other_city), 1) == [200], "each city counts for itself"


def test_guessing_keys_is_limited(strict, city, bot):
    guesses = [bot(city, key=f"veche_{n:043}") for n in range(7)]
    assert [one.get("/me/polls").status_code for one in guesses] == [401] * 5 + [429] * 2


def test_without_redis_votes_are_taken_all_the_same(strict, runtime, city, bot, monkeypatch):
    poll = open_poll(runtime, city)
    (person,) = residents(runtime, city, 1)
    asking, choices = bot(city, person), choose(paper_of(runtime, city, poll), 0)

    def away(*_args, **_more):
        raise redis.ConnectionError("away")

    monkeypatch.setattr(type(runtime.redis), "pipeline", away)
    assert asking.vote(poll, choices).status_code == 201
    assert codes(bot(city), 10) == [200] * 10
