"""Errors of the JSON API: always problem+json, with the right status, whatever is sent."""

import json
from uuid import uuid4

import pytest

from core.web.api import LARGEST_BODY
from core.web.request import preferred_language
from tests.api.bot import problem
from tests.features.polls.build import open_poll, residents

JSON = {"content-type": "application/json"}


@pytest.fixture
def asking(runtime, city, bot):
    (person,) = residents(runtime, city, 1)
    return bot(city, person)


@pytest.fixture
def ballot(runtime, city):
    return f"/polls/{open_poll(runtime, city)}/ballot"


@pytest.mark.parametrize(
    "path",
    ["/", "/nothing", "/polls/", "/polls/x", f"/polls/{uuid4()}", f"/polls/{uuid4()}x", "/polls/1"],
)
def test_what_is_not_there(bot, city, path):
    if path == "/polls/":
        assert bot(city).get(path).status_code == 200  # the same list
        return
    problem(bot(city).get(path), 404)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "QUERY"])
def test_a_wrong_method_is_told_the_right_ones(bot, city, method):
    answer = bot(city).ask(method, "/polls")
    problem(answer, 405)
    assert "GET" in answer.headers["allow"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=51", "limit"),
        ("limit=x", "limit"),
        ("limit=1e2", "limit"),
        ("limit=99999999999999999999", "limit"),
        ("shelf=open", "shelf"),
        ("topic=" + "x" * 61, "topic"),
        ("q=" + "x" * 101, "q"),
        ("after=" + "x" * 101, "after"),
    ],
)
def test_a_parameter_that_makes_no_sense_is_named(bot, city, query, field):
    said = problem(bot(city).get(f"/polls?{query}"), 400)
    assert set(said["fields"]) == {field}


@pytest.mark.parametrize("name", ["q", "topic", "after"])
@pytest.mark.parametrize("value", ["%00", "a%00b", "%ED%A0%80", "%FF", "%F0%9F%92%A9", "'\"\\;--"])
def test_no_text_breaks_a_search(bot, city, name, value):
    answer = bot(city).get(f"/polls?{name}={value}")
    if answer.status_code != 200:
        problem(answer, 400)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b"1",
        b'"x"',
        b"\xff\xfe",
        b'{"choices": 1}',
        b'{"choices": null}',
        b'{"choices": {"a": "b"}}',
        b'{"choices": {"a": [1]}}',
        b'{"choices": {"a": ["\\ud800"]}}',
        b'{"choices": {}, "more": 1}',
        b"{}",
        b'{"choices": ' + json.dumps({str(n): [] for n in range(101)}).encode() + b"}",
        b"[" * 5000,
        b'{"choices": {"a": ' + b"[" * 5000 + b"]" * 5000 + b"}}",
    ],
)
def test_a_body_that_makes_no_sense(asking, ballot, body):
    problem(asking.ask("POST", ballot, content=body, headers=JSON), 400)


@pytest.mark.parametrize(
    "kind",
    [None, "", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "x"],
)
def test_a_body_that_is_not_json(asking, ballot, kind):
    headers = {} if kind is None else {"content-type": kind}
    problem(asking.ask("POST", ballot, content=b'{"choices": {}}', headers=headers), 415)


def test_json_may_name_its_charset(asking, ballot):
    headers = {"content-type": "Application/JSON; charset=utf-8"}
    problem(asking.ask("POST", ballot, content=b'{"choices": {}}', headers=headers), 422)


def test_a_body_too_large(asking, ballot):
    body = json.dumps({"choices": {"a": ["x" * LARGEST_BODY]}}).encode()
    problem(asking.ask("POST", ballot, content=body, headers=JSON), 413)
    parts = (body[at : at + 8192] for at in range(0, len(body), 8192))  # of unknown length
    problem(asking.ask("POST", ballot, content=parts, headers=JSON), 413)


def test_who_has_no_key_is_told_before_the_body_is_read(bot, city, ballot):
    huge = b"x" * (LARGEST_BODY * 2)
    problem(bot(city).ask("POST", ballot, content=huge, headers=JSON), 401)


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", None),
        ("*", None),
        ("de", None),
        ("en", "en"),
        ("EN-gb", "en"),
        ("ru-RU,ru;q=0.9,en;q=0.8", "ru"),
        ("de, en;q=0.5, ru;q=0.4", "en"),
        ("ru;q=0.1, en; q=0.2", "en"),
        ("ru;q=0, en;q=x", None),
        ("en;q=nan", None),
        (",;q=1,,", None),
    ],
)
def test_the_language_that_is_liked_best(header, language):
    assert preferred_language(header) == language


def test_messages_come_in_the_language_asked_for(bot, city):
    asking = bot(city)
    said = {}
    for header in ("", "en", "ru"):
        asking.headers["accept-language"] = header
        said[header] = problem(asking.get("/nothing"), 404)["title"]
    assert said["ru"] == said[""], "the city's own language"
    assert said["en"] != said["ru"]
    # A choice made for pages in a browser does not concern programs.
    asking.headers["cookie"] = "veche_language=en"
    asking.headers["accept-language"] = "ru"
    assert problem(asking.get("/nothing"), 404)["title"] == said["ru"]


def test_a_session_of_the_browser_opens_nothing(runtime, city, client, ballot):
    """Cookies mean nothing to the API, so no other site can make a browser vote."""
    from core.identity import sessions

    (person,) = residents(runtime, city, 1)
    browser = client(city)
    token = sessions.begin(runtime, city, kind="resident", id=person)
    browser.cookies.set("veche_session", token)
    assert browser.post(f"/api/v1{ballot}", json={"choices": {}}).status_code == 401
    assert browser.get("/api/v1/me/polls").status_code == 401
