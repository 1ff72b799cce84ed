"""Ideas for programs: lists with cursors, one idea, its steps, supporting, sending, and retries."""

from uuid import UUID, uuid4

import pytest

from core.features.ideas.domain import State
from core.features.ideas.model import Idea, IdeaStep
from core.kit.actor import SystemActor
from core.kit.ids import new_id
from tests.api.bot import Bot, key_of, problem
from tests.features.ideas.build import BODY, TITLE, let_through
from tests.features.ideas.shelf import put, put_campaign
from tests.features.polls.build import residents


@pytest.fixture
def person(runtime, city):
    return residents(runtime, city, 1)[0]


@pytest.fixture
def bot(client, city):
    return Bot(client(city))


@pytest.fixture
def keyed(runtime, client, city, person):
    return Bot(client(city), key_of(runtime, city, person))


def numbers(answer):
    assert answer.status_code == 200, answer.text
    return [one["number"] for one in answer.json()["items"]]


def test_a_list_takes_the_filters_of_the_gallery(runtime, city, bot):
    topic = city.profile.topics[0].key
    campaign = put_campaign(runtime, city)
    put(runtime, city, number=1, topic=topic, supports=5, age=3)
    put(runtime, city, number=2, campaign_id=campaign, supports=9, age=9, photo=True)
    put(runtime, city, number=3, state=State.DONE, age=80, title="Открыть каток")
    put(runtime, city, number=4, state=State.REFUSED)
    assert numbers(bot.get("/ideas")) == [1, 2, 3]
    assert numbers(bot.get("/ideas?sort=popular")) == [2, 1, 3]
    assert numbers(bot.get("/ideas?group=done")) == [3]
    assert numbers(bot.get(f"/ideas?topic={topic}")) == [1]
    assert numbers(bot.get(f"/ideas?campaign={campaign}")) == [2]
    assert numbers(bot.get("/ideas?photo=true")) == [2]
    assert numbers(bot.get("/ideas", params={"q": "каток"})) == [3]
    assert numbers(bot.get("/ideas?box=1,1,2,2")) == []


def test_cursors_lead_on_and_back(runtime, city, bot):
    for n in range(5):
        put(runtime, city, number=n + 1, age=n + 1)
    first = bot.get("/ideas?limit=2")
    second = bot.get("/ideas", params={"limit": 2, "after": first.json()["next"]})
    assert numbers(second) == [3, 4]
    assert second.json()["next"] is not None
    back = bot.get("/ideas", params={"limit": 2, "after": second.json()["previous"]})
    assert numbers(back) == [1, 2]
    assert back.json()["previous"] is None


@pytest.mark.parametrize(
    ("query", "status"),
    [("after=x", 400), ("box=1", 400), ("group=nope", 400), ("campaign=5", 400), ("limit=0", 400),
     ("topic=%00", 200), ("q=%00", 200), ("sort=fitting", 200)],
)  # fmt: skip
def test_odd_questions(bot, query, status):
    assert bot.get(f"/ideas?{query}").status_code == status


def test_one_idea_tells_its_law_and_whether_one_supports_it(runtime, city, bot, keyed):
    idea = put(runtime, city, topic=None, place="У школы", place_lat=64.4, place_lon=76.4)
    said = bot.get(f"/ideas/{idea}").json()
    assert said["threshold"] == 100
    assert said["terms"]["threshold"]["value"] == 100
    assert said["place"] == {"text": "У школы", "lat": 64.4, "lon": 76.4}
    assert said["supported"] is None
    assert keyed.get(f"/ideas/{idea}").json()["supported"] is False
    hidden = put(runtime, city, state=State.REFUSED)
    for path in (f"/ideas/{hidden}", f"/ideas/{hidden}/steps", f"/ideas/{hidden}/support",
                 f"/ideas/{uuid4()}"):  # fmt: skip
        problem(bot.get(path), 404)


def test_steps_are_told_with_their_clauses(runtime, city, bot):
    idea = put(runtime, city)
    with runtime.work(city, SystemActor("test")) as work:
        work.session.add(
            IdeaStep(id=new_id(), idea_id=idea, at=work.now, kind="answered", actor="staff:1",
                     actor_name="Отдел благоустройства", note="Сделаем весной.",
                     reasons=[{"kind": "value", "text": "Ответ дан в срок.", "clauses": []}])
        )  # fmt: skip
    (step,) = bot.get(f"/ideas/{idea}/steps").json()["items"]
    assert (step["kind"], step["by"]) == ("answered", "Отдел благоустройства")
    assert step["reasons"][0]["text"] == "Ответ дан в срок."


def test_support_is_given_and_taken_back_once_however_often_it_is_sent(runtime, city, keyed, bot):
    idea = put(runtime, city)
    path = f"/ideas/{idea}/support"
    given = [keyed.ask("POST", path, json={"support": True}) for _ in range(3)]
    assert [one.status_code for one in given] == [200, 200, 200]
    assert [one.json()["repeated"] for one in given] == [False, True, True]
    assert {one.json()["supports"] for one in given} == {1}
    assert bot.get(path).json() == {"supports": 1, "supported": None}
    assert keyed.get(path).json() == {"supports": 1, "supported": True}
    back = [keyed.ask("POST", path, json={"support": False}) for _ in range(2)]
    assert [one.json()["repeated"] for one in back] == [False, True]
    assert bot.get(path).json()["supports"] == 0
    problem(bot.ask("POST", path, json={"support": True}), 401)
    problem(keyed.ask("POST", path, json={"support": "maybe"}), 400)


def test_what_no_longer_collects_takes_no_support(runtime, city, keyed):
    idea = put(runtime, city, state=State.DONE)
    problem(keyed.ask("POST", f"/ideas/{idea}/support", json={"support": True}), 409)


def idea_to_send(city, **changes):
    topics = city.profile.topics
    return {
        "id": str(uuid4()),
        "title": TITLE,
        "body": BODY,
        "acknowledged": True,
        "topic": topics[0].key if topics else None,
        **changes,
    }


def test_an_idea_is_sent_once_however_often_it_is_sent(runtime, city, keyed, bot):
    sent = idea_to_send(city)
    first = keyed.ask("POST", "/ideas", json=sent)
    assert first.status_code == 201, first.text
    again = keyed.ask("POST", "/ideas", json=sent)
    assert again.status_code == 200
    assert again.json() == {**first.json(), "repeated": True}
    with runtime.work(city, SystemActor("test")) as work:
        assert work.session.query(Idea).count() == 1
    let_through(runtime, city, UUID(sent["id"]))
    assert bot.get(f"/ideas/{sent['id']}").json()["title"] == TITLE
    problem(bot.ask("POST", "/ideas", json=sent), 401)


def test_what_is_missing_is_said_where(city, keyed):
    said = problem(keyed.ask("POST", "/ideas", json=idea_to_send(city, title="", body="")), 422)
    assert {"title", "body"} <= set(said["fields"])


@pytest.mark.parametrize(
    "changes", [{"title": "a\0b\0c\0d\0e\0f"}, {"body": "\0" * 40}, {"place": "\0"},
                {"extra": {"\0": "\0"}}, {"author": "\u202e"}, {"lat": 5.0}, {"topic": "\0"}],
)  # fmt: skip
def test_odd_signs_do_no_harm(city, keyed, changes):
    answer = keyed.ask("POST", "/ideas", json=idea_to_send(city, **changes))
    assert answer.status_code < 500


def test_another_persons_id_is_not_taken(runtime, client, city, keyed):
    other = Bot(client(city), key_of(runtime, city, residents(runtime, city, 1)[0]))
    sent = idea_to_send(city)
    keyed.ask("POST", "/ideas", json=sent)
    problem(other.ask("POST", "/ideas", json=sent), 404)


def test_campaigns(runtime, city, bot):
    campaign = put_campaign(runtime, city, number=3, form=[
        {"key": "where", "kind": "text", "label": "Где", "required": True}])  # fmt: skip
    put_campaign(runtime, city, number=4, state="summed_up")
    hidden = put_campaign(runtime, city, number=5, state="draft")
    assert sorted(numbers(bot.get("/campaigns"))) == [3, 4]
    assert numbers(bot.get("/campaigns?running=true")) == [3]
    one = bot.get(f"/campaigns/{campaign}").json()
    assert one["questions"][0]["label"] == "Где"
    problem(bot.get(f"/campaigns/{hidden}"), 404)
