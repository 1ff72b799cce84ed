"""The guide to the API is true: every request on the page is made, in order, against the real
application, and every answer has the status and the shape that the page shows."""

import re
import shlex
from datetime import timedelta
from pathlib import Path
from string import Template
from typing import Any
from urllib.parse import urlencode

import httpx
import msgspec
import pytest

from core.features.ideas.model import IdeaStep
from core.features.polls.decisions import MAY_REVOTE, PollFacts
from core.kit.actor import SystemActor
from core.kit.ids import new_id
from core.web.api import LARGEST_BODY, PER_NETWORK, PER_OWNER
from tests.api.bot import Bot, key_of
from tests.features.ideas import shelf
from tests.features.polls.build import (
    official,
    open_poll,
    paper_of,
    resident,
    residents,
)

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "api.md"
EXAMPLE = re.compile(
    r"```sh\n(?P<request>.*?)```\n\n"
    r"<!-- answer: (?P<status>\d+) -->\n(?:```json\n(?P<shown>.*?)```\n)?",
    re.DOTALL,
)


class Example(msgspec.Struct, frozen=True):
    """A command line of curl and the answer that the page shows for it."""

    command: str
    status: int
    shown: Any


def examples() -> list[Example]:
    text = GUIDE.read_text(encoding="utf-8")
    found = [
        Example(
            one["request"],
            int(one["status"]),
            msgspec.json.decode(one["shown"]) if one["shown"] else None,
        )
        for one in EXAMPLE.finditer(text)
    ]
    assert len(found) == text.count("```sh\n"), "every request has an answer"
    return found


def request_of(command: str, known: dict[str, str]) -> dict[str, Any]:
    """What curl would send, as arguments for httpx."""
    words = [Template(word).substitute(known) for word in shlex.split(command.replace("\\\n", " "))]
    assert words.pop(0) == "curl"
    sent: dict[str, Any] = {"method": "GET", "headers": {}}
    query: list[tuple[str, str]] = []
    while words:
        word = words.pop(0)
        match word:
            case "-H":
                name, _, value = words.pop(0).partition(": ")
                sent["headers"][name] = value
            case "--json":
                sent["method"] = "POST"
                sent["content"] = words.pop(0)
                sent["headers"]["content-type"] = "application/json"
            case "-d" | "--data-urlencode":
                name, _, value = words.pop(0).partition("=")
                query.append((name, value))
            case "--retry" | "--max-time":
                words.pop(0)
            case "--retry-all-errors" | "--get" | "-i":
                pass
            case _:
                sent["url"] = word
    if query:
        sent["url"] += f"?{urlencode(query)}"
    return sent


def assert_like(shown: Any, real: Any, where: str) -> None:
    """Everything that is shown is there and of the same kind; more may be there."""
    if isinstance(shown, dict):
        assert isinstance(real, dict), where
        if where.endswith(".fields"):
            assert real, where
            return
        for key, value in shown.items():
            assert key in real, f"{where}.{key}"
            assert_like(value, real[key], f"{where}.{key}")
    elif isinstance(shown, list):
        assert isinstance(real, list), where
        if shown and isinstance(shown[0], dict):
            assert real, f"{where} is empty"
            assert_like(shown[0], real[0], f"{where}[0]")
    elif shown is not None and real is not None:
        assert type(shown) is type(real) or {type(shown), type(real)} == {int, float}, where
    if where.endswith((".type", ".repeated", ".changed", ".status")):
        assert shown == real, where


@pytest.fixture
def strict(runtime):
    """A city of which the page could speak: it has points and districts, and knows no revote."""
    for city in runtime.registry.all():
        with runtime.work(city, SystemActor("test")) as work:
            facts = PollFacts(on=work.today, territory=None)
            revote = work.decide(MAY_REVOTE, facts, procedure="polls").value
        if not revote and city.profile.offers("bonus") and city.profile.districts:
            return city
    raise AssertionError("no city of this installation is like that")


@pytest.fixture
def scene(runtime, strict, client):
    """Two polls, somebody with a key, a child with a key."""
    city = strict
    staff = official(runtime, city)
    first = open_poll(runtime, city, staff=staff)
    open_poll(runtime, city, staff=staff, days=25)
    (voter,) = residents(runtime, city, 1)
    with runtime.work(city, SystemActor("test")) as work:
        child = resident(work, born_on=work.today - timedelta(days=365 * 9 + 30))
    paper = paper_of(runtime, city, first)
    question = paper.questions[0]
    browser = client(city)
    bot = Bot(browser)
    known = {
        "CITY": f"http://{browser.base_url.host}",
        "KEY": key_of(runtime, city, voter),
        "KEY_OF_A_CHILD": key_of(runtime, city, child),
        "POLL": str(first),
        "QUESTION": str(question.id),
        "OPTION": str(question.options[0].id),
        "OTHER_OPTION": str(question.options[1].id),
        "NEXT": bot.get("/polls?limit=1").json()["next"],
    }
    return browser, known


@pytest.fixture
def garden(runtime, client):
    """An idea and a campaign in a city that offers them, and somebody with a key."""
    city = next(one for one in runtime.registry.all() if one.profile.offers("ideas"))
    (author,) = residents(runtime, city, 1)
    idea = shelf.put(runtime, city)
    campaign = shelf.put_campaign(runtime, city)
    with runtime.work(city, SystemActor("test")) as work:
        work.session.add(
            IdeaStep(
                id=new_id(),
                idea_id=idea,
                at=work.now,
                kind="answered",
                actor="staff:1",
                actor_name="Отдел благоустройства",
                note="Поставим весной.",
                reasons=[],
            )
        )
    browser = client(city)
    known = {
        "CITY": f"http://{browser.base_url.host}",
        "KEY": key_of(runtime, city, author),
        "IDEA": str(idea),
        "CAMPAIGN": str(campaign),
        "NEW": str(new_id()),
        "TOPIC": city.profile.topics[0].key,
    }
    return browser, known


ABOUT_IDEAS = ("/ideas", "/campaigns", "/comments")


def test_the_page_tells_the_truth(scene, garden, deliver):
    tried = 0
    for example in examples():
        about_ideas = any(f"/v1{path}" in example.command for path in ABOUT_IDEAS)
        browser, known = garden if about_ideas else scene
        if "If-None-Match" in example.command:
            known["ETAG"] = browser.get(f"/api/v1/polls/{known['POLL']}").headers["etag"]
        sent = request_of(example.command, known)
        sent["headers"] = {"accept": "*/*", "accept-language": "", **sent["headers"]}
        answer: httpx.Response = browser.request(**sent)
        assert answer.status_code == example.status, (example.command, answer.text)
        if example.shown is not None:
            assert_like(example.shown, answer.json(), example.command.split('"')[1])
        if answer.status_code == 201:
            deliver()
        tried += 1
    assert tried >= 12


def test_every_endpoint_is_on_the_page(city, client):
    text = GUIDE.read_text(encoding="utf-8")
    document = client(city).get("/api/v1/schema/openapi.json").json()
    for path in document["paths"]:
        spoken = path.replace("{kind}/{subject_id}", "idea/$IDEA")
        for name in ("poll", "idea", "campaign"):
            spoken = spoken.replace(f"{{{name}_id}}", f"${name.upper()}")
        assert re.search(re.escape(f"$CITY{spoken}") + r"[\"?]", text), path


def test_every_status_is_on_the_page(city, client):
    text = GUIDE.read_text(encoding="utf-8")
    table = text.partition("| status |")[2].partition("\n\n")[0]
    document = client(city).get("/api/v1/schema/openapi.json").json()
    for methods in document["paths"].values():
        for operation in methods.values():
            for status in operation["responses"]:
                assert status in table or status < "400", status


def test_numbers_on_the_page_are_those_of_the_application():
    text = " ".join(GUIDE.read_text(encoding="utf-8").split())
    assert f"may make {PER_OWNER.most} requests a minute" in text
    assert f"share {PER_NETWORK.most} a minute" in text
    assert f"more than {LARGEST_BODY // 1024} KiB" in text


def test_what_is_said_of_keys(runtime, city, client):
    """The page where keys are made is where the guide says, and is not reached by a key."""
    (person,) = residents(runtime, city, 1)
    bearer = {"authorization": f"Bearer {key_of(runtime, city, person)}"}
    answer = client(city).get("/profile/keys", headers=bearer)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in")


def test_reading_curl() -> None:
    sent = request_of(
        'curl --get "$CITY/x" -d "a=1" \\\n  --data-urlencode "b=$B" -H \'C: d\'',
        {"CITY": "http://city", "B": "ж +"},
    )
    assert sent == {
        "method": "GET",
        "url": "http://city/x?a=1&b=%D0%B6+%2B",
        "headers": {"C": "d"},
    }
