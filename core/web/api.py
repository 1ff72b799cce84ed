"""What the JSON API's handlers share: who holds the key, ETags, the shape of errors."""

import hashlib
from typing import Any, Final
from uuid import UUID

import msgspec
from litestar import Response
from litestar.openapi.datastructures import ResponseSpec

from core.identity import tokens
from core.kit.errors import Problem
from core.kit.text import Text
from core.web.request import CityRequest

SECURITY: Final[list[dict[str, list[str]]]] = [{"token": []}]


class ClauseData(msgspec.Struct, frozen=True, rename="camel"):
    """A clause of an act."""

    number: str
    act_title: str
    act_number: str | None = None
    act_date: str | None = None
    link: str | None = None
    example: bool = False


class ReasonData(msgspec.Struct, frozen=True):
    """Why the rules decide as they do: a sentence, the values used, the clauses."""

    kind: str
    text: str
    module: str = ""
    clauses: list[dict[str, Any]] = []


class ProblemData(msgspec.Struct, frozen=True):
    """An error (RFC 9457). `reasons` is there when the city's rules refuse; `fields` when the
    input does not make sense."""

    type: str
    title: str
    status: int
    instance: str
    detail: str | None = None
    fields: dict[str, str] = {}
    reasons: list[ReasonData] = []


def problem_response(description: str) -> ResponseSpec:
    """An error answer for the OpenAPI document."""
    return ResponseSpec(
        data_container=ProblemData,
        description=description,
        media_type="application/problem+json",
        generate_examples=False,
    )


ERRORS: Final = {
    400: problem_response("The request makes no sense"),
    404: problem_response("There is no such thing in this city"),
    429: problem_response("Too many requests"),
    503: problem_response("Briefly unavailable; a retry is safe"),
}
SIGNED_ERRORS: Final = {
    **ERRORS,
    401: problem_response("The key is missing, wrong, revoked or expired"),
}


class KeyNeeded(Problem):
    """No valid key came with the request."""

    status = 401

    def __init__(self) -> None:
        super().__init__(
            "key_needed",
            Text(ru="Нужен действующий ключ.", en="A valid key is needed."),
            Text(
                ru="Создайте ключ в личном кабинете и передайте его в заголовке "
                "Authorization: Bearer …",
                en="Make a key in your profile and send it as Authorization: Bearer …",
            ),
        )


def resident_of(request: CityRequest) -> UUID:
    """The resident whose key came with the request; raises KeyNeeded."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise KeyNeeded
    resident = tokens.resident_of(request.runtime, request.tenant, token.strip())
    if resident is None:
        raise KeyNeeded
    return resident


def answer(request: CityRequest, value: object, *, status: int = 200) -> Response[Any]:
    """JSON with an ETag; 304 when the client has it already."""
    body = msgspec.json.encode(value)
    headers = {"cache-control": "no-cache", "vary": "authorization, accept-language, cookie"}
    if status == 200 and request.method == "GET":
        etag = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
        headers["etag"] = etag
        sent = {
            one.strip().removeprefix("W/")
            for one in request.headers.get("if-none-match", "").split(",")
        }
        if etag in sent:
            return Response(None, status_code=304, headers=headers)
    return Response(body, status_code=status, media_type="application/json", headers=headers)
