"""The OpenAPI document: complete, and true to what the application does."""

import json
import re

import jsonschema_rs
import pytest

from core.web.api import HANDLERS
from core.web.openapi import DOCUMENT
from tests.api.bot import problem
from tests.features.polls.build import open_poll, residents

METHODS = ("get", "post")


@pytest.fixture
def document(city, client):
    answer = client(city).get(DOCUMENT)
    assert answer.status_code == 200
    assert "json" in answer.headers["content-type"]
    return answer.json()


@pytest.fixture
def operations(document):
    return {
        operation["operationId"]: (method, path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


def test_all_there_is_to_do_is_in_it(operations):
    assert {name: (method, path) for name, (method, path, _) in operations.items()} == {
        "getCity": ("get", "/api/v1/city"),
        "getMe": ("get", "/api/v1/me"),
        "listMyPolls": ("get", "/api/v1/me/polls"),
        "listMyPoints": ("get", "/api/v1/me/points"),
        "listPolls": ("get", "/api/v1/polls"),
        "getPoll": ("get", "/api/v1/polls/{poll_id}"),
        "mayVote": ("get", "/api/v1/polls/{poll_id}/eligibility"),
        "castBallot": ("post", "/api/v1/polls/{poll_id}/ballot"),
        "listIdeas": ("get", "/api/v1/ideas"),
        "sendIdea": ("post", "/api/v1/ideas"),
        "getIdea": ("get", "/api/v1/ideas/{idea_id}"),
        "listIdeaSteps": ("get", "/api/v1/ideas/{idea_id}/steps"),
        "getSupport": ("get", "/api/v1/ideas/{idea_id}/support"),
        "supportIdea": ("post", "/api/v1/ideas/{idea_id}/support"),
        "listCampaigns": ("get", "/api/v1/campaigns"),
        "getCampaign": ("get", "/api/v1/campaigns/{campaign_id}"),
        "listComments": ("get", "/api/v1/comments/{kind}/{subject_id}"),
    }
    assert HANDLERS


def test_every_operation_is_described(operations, document):
    tags = {tag["name"] for tag in document["tags"]}
    for name, (method, path, operation) in operations.items():
        assert operation["summary"], name
        assert operation["description"], name
        assert set(operation["tags"]) <= tags, name
        assert {"400", "401", "429", "503"} <= set(operation["responses"]), name
        for status, response in operation["responses"].items():
            assert response["description"]
            if status >= "400":
                assert list(response["content"]) == ["application/problem+json"], (name, status)
                shape = response["content"]["application/problem+json"]["schema"]
                assert shape == {"$ref": "#/components/schemas/ProblemOut"}
        for parameter in operation.get("parameters", ()):
            if parameter["in"] == "query":
                assert parameter["description"], (name, parameter["name"])
        assert "Retry-After" in operation["responses"]["429"]["headers"]
        if method == "get":
            assert "ETag" in operation["responses"]["200"]["headers"]
        needs_key = "me" in path.split("/") or name == "mayVote" or method == "post"
        assert operation["security"] == ([{"token": []}] if needs_key else [{}, {"token": []}])
    assert document["components"]["securitySchemes"]["token"]["scheme"] == "bearer"


def test_every_shape_is_described_and_every_reference_leads_somewhere(document):
    shapes = document["components"]["schemas"]
    for name, shape in shapes.items():
        assert shape.get("description"), name
    for reference in re.findall(r'"\$ref": "([^"]+)"', json.dumps(document)):
        assert reference.removeprefix("#/components/schemas/") in shapes
    assert shapes["BallotIn"]["additionalProperties"] is False
    assert shapes["BallotIn"]["properties"]["choices"]["examples"]


def test_examples_are_of_the_shape_they_stand_for(operations, document):
    found = 0
    for _method, _path, operation in operations.values():
        for response in operation["responses"].values():
            for content in response.get("content", {}).values():
                for example in content.get("examples", {}).values():
                    schema = {**content["schema"], "components": document["components"]}
                    jsonschema_rs.validate(schema, example["value"])
                    found += 1
    assert found


def test_errors_have_the_shape_they_are_said_to_have(runtime, city, bot, document):
    poll = open_poll(runtime, city)
    (child,) = residents(runtime, city, 1, born_on=None)
    schema = {
        "$ref": "#/components/schemas/ProblemOut",
        "components": document["components"],
        "unevaluatedProperties": False,
    }
    asking = bot(city, child)
    for said in (
        problem(asking.get("/nothing"), 404),
        problem(asking.get("/polls?limit=x"), 400),
        problem(asking.vote(poll, {}), 422),
        problem(bot(city).get("/me"), 401),
    ):
        jsonschema_rs.validate(schema, said)


def test_it_is_json_and_nothing_else(city, client):
    """A viewer would need scripts from elsewhere, which the content policy forbids anyway."""
    browser = client(city)
    for path in ("swagger", "redoc", "elements", "rapidoc", "scalar", "openapi.yaml"):
        assert browser.get(f"/api/v1/schema/{path}").status_code == 404
    root = browser.get("/api/v1/schema")
    assert "html" not in root.headers["content-type"]
    assert "script-src 'self'" in browser.get(DOCUMENT).headers["content-security-policy"]


def test_it_is_the_same_every_time(city, client):
    browser = client(city)
    assert browser.get(DOCUMENT).content == browser.get(DOCUMENT).content
