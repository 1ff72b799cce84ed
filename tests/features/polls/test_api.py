"""Polls over the JSON API: reading, voting, being refused, pages of lists."""

from datetime import date, timedelta
from uuid import uuid4

import pytest

from core.features.polls import queries
from core.features.polls.model import Poll
from core.features.polls.service import life
from core.features.polls.service.drafting import create_draft, submit_for_review
from core.identity import tokens
from core.identity.model import Resident
from core.kit.actor import SystemActor
from core.kit.level import Level
from tests.api.bot import Bot, key_of, problem
from tests.features.polls.build import (
    choose,
    draft,
    official,
    open_poll,
    paper_of,
    resident,
    residents,
)


@pytest.fixture
def poll(runtime, city):
    return open_poll(runtime, city)


@pytest.fixture
def bot(runtime, client):
    """`bot(city)` asks without a key, `bot(city, resident)` with one."""

    def make(city, person=None, *, key=None):
        return Bot(client(city), key_of(runtime, city, person) if person else key)

    return make


def system(runtime, city):
    return runtime.work(city, SystemActor("test"))


def terms_of(runtime, city, poll):
    with system(runtime, city) as work:
        return queries.poll_view(work.session, poll).terms


# Reading.


def test_running_coming_and_finished_polls_are_listed_apart(runtime, city, bot, clock):
    staff = official(runtime, city)
    running = open_poll(runtime, city, staff=staff)
    with runtime.work(city, staff) as work:
        coming = create_draft(work, draft=draft(first=work.today + timedelta(days=10)))
        submit_for_review(work, poll_id=coming)
        life.approve(work, poll_id=coming)
        hidden = create_draft(work, draft=draft(first=work.today + timedelta(days=10)))

    def listed(shelf):
        answer = bot(city).get("/polls", params={"shelf": shelf})
        assert answer.status_code == 200, answer.text
        return [one["id"] for one in answer.json()["items"]]

    assert listed("now") == [str(running)]
    assert listed("soon") == [str(coming)]
    assert listed("done") == []
    assert problem(bot(city).get(f"/polls/{hidden}"), 404)["type"].endswith("polls.unknown")
    assert bot(city).get(f"/polls/{coming}").json()["questions"][0]["options"]


def test_pages_of_a_list_meet_without_gap_or_overlap(runtime, city, bot):
    staff = official(runtime, city)
    made = {str(open_poll(runtime, city, staff=staff, title=f"Опрос {n}")) for n in range(5)}
    seen, after = [], None
    while True:
        page = bot(city).get("/polls", params={"limit": 2, **({"after": after} if after else {})})
        body = page.json()
        assert len(body["items"]) <= 2
        seen += [one["id"] for one in body["items"]]
        after = body["next"]
        if after is None:
            break
    assert len(seen) == 5
    assert set(seen) == made


def test_lists_are_narrowed_by_words_and_topic(runtime, city, bot):
    staff = official(runtime, city)
    wanted = open_poll(runtime, city, staff=staff, title="Где поставить 100% новых скамеек?")
    open_poll(runtime, city, staff=staff, title="Где поставить фонари?")
    for words in ("скамеек", "СКАМЕЕК", "100%"):
        found = bot(city).get("/polls", params={"q": words}).json()["items"]
        assert [one["id"] for one in found] == [str(wanted)], words
    assert bot(city).get("/polls", params={"q": "_"}).json()["items"] == []
    assert bot(city).get("/polls", params={"topic": "нет-такой"}).json()["items"] == []


@pytest.mark.parametrize(
    "cursor", ["x", "~", "2026-01-01", "2026-13-45~" + str(uuid4()), "2026-01-01~x", "'; --~1"]
)
def test_an_unknown_cursor_is_told_apart(city, bot, cursor):
    said = problem(bot(city).get("/polls", params={"after": cursor}), 400)
    assert said["type"] == "urn:veche:problem:bad_cursor"


def test_a_poll_says_its_law_with_clauses(city, bot, poll):
    said = bot(city).get(f"/polls/{poll}").json()
    quorum = said["terms"]["quorum"]
    assert quorum["value"] == said["quorum"] > 0
    assert quorum["reasons"][0]["clauses"][0]["number"]
    assert said["url"] == f"http://{bot(city)._browser.base_url.host}/polls/{poll}"
    assert said["voted"] is None, "nobody asks"


def test_what_is_known_already_is_not_sent_again(runtime, city, bot, poll):
    (person,) = residents(runtime, city, 1)
    path = f"/polls/{poll}"
    first = bot(city).get(path)
    tag = first.headers["etag"]
    for sent in (tag, tag.removeprefix("W/"), f'"else", {tag}', "*"):
        again = bot(city).get(path, headers={"if-none-match": sent})
        assert again.status_code == 304
        assert again.content == b""
        assert again.headers["etag"] == tag
    assert bot(city).get(path, headers={"if-none-match": '"else"'}).status_code == 200
    bot(city, person).vote(poll, choose(paper_of(runtime, city, poll), 0))
    changed = bot(city).get(path, headers={"if-none-match": tag})
    assert changed.status_code == 200
    assert changed.json()["participants"] == 1
    mine = bot(city, person).get(path)
    assert mine.headers["cache-control"] == "private, no-cache"
    assert "authorization" in mine.headers["vary"]


def test_results_are_shown_as_the_law_of_the_opening_says(runtime, bot):
    """To strangers, to those who have voted, to nobody before the end: each city by its own."""
    seen = set()
    for city in runtime.registry.all():
        poll = open_poll(runtime, city)
        voter, other = residents(runtime, city, 2)
        bot(city, voter).vote(poll, choose(paper_of(runtime, city, poll), 1))
        shown = str(terms_of(runtime, city, poll).results_shown.value)
        seen.add(shown)
        for asking, may in (
            (bot(city), shown == "always"),
            (bot(city, other), shown == "always"),
            (bot(city, voter), shown in ("always", "after_vote")),
        ):
            said = asking.get(f"/polls/{poll}").json()
            votes = [option["votes"] for option in said["questions"][0]["options"]]
            assert said["results_shown"] is may
            assert votes == ([0, 1, 0] if may else [None] * 3), city.slug
            assert said["verdict"] is None
            assert said["days"] == []
    assert len(seen) > 1, "the cities of this installation differ in this"


def test_a_published_poll_gives_its_result(runtime, city, bot, clock, deliver):
    staff = official(runtime, city)
    poll = open_poll(runtime, city, staff=staff)
    (person,) = residents(runtime, city, 1)
    bot(city, person).vote(poll, choose(paper_of(runtime, city, poll), 0))
    clock.move(timedelta(days=22))
    for _ in range(3):
        deliver()
        clock.move(timedelta(days=22))
    with runtime.work(city, staff) as work:
        if queries.poll_view(work.session, poll).state == "closed":
            life.publish(work, poll_id=poll)
    said = bot(city).get(f"/polls/{poll}").json()
    assert said["state"] in ("published", "invalid")
    assert said["results_shown"]
    assert said["verdict"] in ("valid", "void", "informational")
    assert (
        said["questions"][0]["options"][0] | {"votes": 1, "share": 1.0}
        == (said["questions"][0]["options"][0])
    )
    assert said["days"] == [{"day": "2026-06-15", "voters": 1}]
    assert sum(one["voters"] for one in said["by_district"]) == 1
    assert [one["id"] for one in bot(city).get("/polls?shelf=done").json()["items"]] == [str(poll)]


# Voting.


def test_a_vote_is_taken_once_however_often_it_is_sent(runtime, city, bot, poll):
    (person,) = residents(runtime, city, 1)
    asking, choices = bot(city, person), choose(paper_of(runtime, city, poll), 1)
    first = asking.vote(poll, choices)
    assert first.status_code == 201, first.text
    assert first.json() == {
        "poll": str(poll),
        "repeated": False,
        "changed": False,
        "points": terms_of(runtime, city, poll).points,
    }
    again = asking.vote(poll, choices)
    assert again.status_code == 200
    assert again.json()["repeated"]
    assert asking.get(f"/polls/{poll}").json()["participants"] == 1
    listed = asking.get("/me/polls").json()["items"]
    assert [(one["poll"], one["cast_on"]) for one in listed] == [(str(poll), "2026-06-15")]


def test_another_choice_is_changed_or_refused_with_the_clause(runtime, bot):
    seen = set()
    for city in runtime.registry.all():
        poll = open_poll(runtime, city)
        (person,) = residents(runtime, city, 1)
        asking, paper = bot(city, person), paper_of(runtime, city, poll)
        asking.vote(poll, choose(paper, 0))
        allowed = terms_of(runtime, city, poll).revote.value is True
        seen.add(allowed)
        assert asking.get(f"/polls/{poll}/eligibility").json()["may_change"] is allowed
        answer = asking.vote(poll, choose(paper, 2))
        if allowed:
            assert answer.status_code == 201
            assert answer.json()["changed"]
        else:
            said = problem(answer, 409)
            assert said["type"] == "urn:veche:problem:polls.already_voted"
            assert said["reasons"][0]["clauses"][0]["number"]
    assert seen == {True, False}, "the cities of this installation differ in this"


def test_a_refusal_carries_its_clauses_in_both_languages(runtime, city, bot, poll):
    with system(runtime, city) as work:
        child = resident(work, born_on=work.today - timedelta(days=365 * 5))
    asking, choices = bot(city, child), choose(paper_of(runtime, city, poll), 0)
    russian = problem(asking.vote(poll, choices), 403)
    asking.headers["accept-language"] = "en"
    english = problem(asking.vote(poll, choices), 403)
    assert russian["type"] == english["type"] == "urn:veche:problem:refused"
    assert russian["reasons"][0]["clauses"][0]["number"]
    assert russian["reasons"][0]["text"] != english["reasons"][0]["text"]
    may = asking.get(f"/polls/{poll}/eligibility")
    assert may.json()["allowed"] is False
    assert may.json()["reasons"] == english["reasons"]


def test_eligibility_knows_who_may(runtime, city, bot, poll):
    (person,) = residents(runtime, city, 1)
    said = bot(city, person).get(f"/polls/{poll}/eligibility").json()
    assert said["allowed"]
    assert not said["voted"]
    assert date.fromisoformat(said["governing_on"]) == date(2026, 6, 15)
    assert said["reasons"][0]["clauses"]


def test_choices_that_do_not_fit_are_told_by_question(runtime, city, bot, poll):
    (person,) = residents(runtime, city, 1)
    question = paper_of(runtime, city, poll).questions[0]
    asking = bot(city, person)
    for choices in (
        {},
        {str(question.id): []},
        {str(question.id): ["x"]},
        {str(question.id): ["\0"]},
        {str(question.id): [str(option.id) for option in question.options]},
    ):
        said = problem(asking.vote(poll, choices), 422)
        assert set(said["fields"]) == {str(question.id)}
    said = problem(asking.vote(poll, {**choose(paper_of(runtime, city, poll), 0), "x": ["1"]}), 422)
    assert set(said["fields"]) == {"x"}
    assert asking.get(f"/polls/{poll}").json()["participants"] == 0


def test_after_the_end_no_vote_is_taken(runtime, city, bot, poll, clock):
    (person,) = residents(runtime, city, 1)
    clock.move(timedelta(days=60))
    key = key_of(runtime, city, person)
    answer = bot(city, key=key).vote(poll, choose(paper_of(runtime, city, poll), 0))
    assert problem(answer, 409)["type"] == "urn:veche:problem:polls.closed"


def test_a_poll_of_another_city_does_not_exist(runtime, city, other_city, bot, poll):
    (person,) = residents(runtime, other_city, 1)
    asking = bot(other_city, person)
    for answer in (
        asking.get(f"/polls/{poll}"),
        asking.get(f"/polls/{poll}/eligibility"),
        asking.vote(poll, choose(paper_of(runtime, city, poll), 0)),
    ):
        assert problem(answer, 404)["type"] == "urn:veche:problem:polls.unknown"


# Keys.


def test_only_a_working_key_of_this_city_opens_anything(
    runtime, city, other_city, bot, poll, clock
):
    (person,) = residents(runtime, city, 1)
    choices = choose(paper_of(runtime, city, poll), 0)
    good = key_of(runtime, city, person)

    def assert_locked(asking):
        for answer in (
            asking.get(f"/polls/{poll}/eligibility"),
            asking.get("/me/polls"),
            asking.vote(poll, choices),
        ):
            assert problem(answer, 401)["type"] == "urn:veche:problem:key_needed"
            assert answer.headers["www-authenticate"] == "Bearer"

    assert_locked(bot(city))
    assert_locked(bot(other_city, key=good))
    for wrong in ("x", good[:-1] + ("A" if good[-1] != "A" else "B"), good.upper(), ""):
        assert_locked(bot(city, key=wrong))
    for header in (good, f"Basic {good}", "Bearer", f"Bearer  {good} x"):
        asking = bot(city)
        asking.headers["authorization"] = header
        assert_locked(asking)
        # A wrong key is an error also where none is needed: the owner should notice.
        problem(asking.get(f"/polls/{poll}"), 401)

    with system(runtime, city) as work:
        (known,) = tokens.standing(work, person)
        tokens.revoke(work, person, known.id)
    assert_locked(bot(city, key=good))

    expired = key_of(runtime, city, person)
    clock.move(timedelta(days=31))
    assert_locked(bot(city, key=expired))
    with system(runtime, city) as work:
        assert work.session.get(Poll, poll).state == "open"


def test_the_key_of_an_erased_resident_is_dead(runtime, city, bot, poll):
    (person,) = residents(runtime, city, 1)
    asking = bot(city, person)
    with system(runtime, city) as work:
        work.session.get(Resident, person).erased_at = work.now
    problem(asking.vote(poll, choose(paper_of(runtime, city, poll), 0)), 401)


def test_a_blocked_resident_is_refused_with_the_clause(runtime, city, bot, poll):
    (person,) = residents(runtime, city, 1, level=Level.RESIDENT)
    asking = bot(city, person)
    with system(runtime, city) as work:
        work.session.get(Resident, person).blocked_at = work.now
    answer = asking.vote(poll, choose(paper_of(runtime, city, poll), 0))
    assert problem(answer, 403)["reasons"][0]["clauses"]


def test_a_city_without_polls_has_none_in_the_api(runtime, city, bot, poll, monkeypatch):
    (person,) = residents(runtime, city, 1)
    asking = bot(city, person)
    monkeypatch.setattr(type(city.profile), "offers", lambda self, feature: False)
    for path in ("/polls", f"/polls/{poll}", f"/polls/{poll}/eligibility", "/me/polls"):
        problem(asking.get(path), 404)
    problem(asking.vote(poll, {}), 404)
