"""The frame of the JSON API: keys, how often one may ask, ETags, the shape of errors. What the
endpoints say is in the features; here are only those of the city and of the person themselves."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final, cast
from uuid import UUID

import msgspec
import structlog
from litestar import Response, Router, get, post
from litestar.connection import ASGIConnection
from litestar.enums import MediaType
from litestar.exceptions import HTTPException
from litestar.handlers import BaseRouteHandler, HTTPRouteHandler
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import Example
from litestar.types import ControllerRouterHandler

from core.identity import tokens
from core.identity.limits import Limit, network_of, spend
from core.identity.profiles import load_profile
from core.identity.realm import Realm
from core.kit.actor import ResidentActor
from core.kit.errors import NotFound, Problem, Unavailable
from core.kit.level import Level
from core.kit.text import Locale, Text
from core.web.request import API, CityRequest

log = structlog.get_logger("api")

PATH: Final = f"{API}v1"
LARGEST_BODY: Final = 64 * 1024

SHAPES: Final = "shapes"
"""Under this key of a handler's options are the shapes it takes and gives."""

# Limits of security, the same for every city. A request with a valid key counts for the owner of
# the key, however many keys they have; any other counts for the network it comes from.
PER_OWNER: Final = Limit("api-owner", 300, timedelta(minutes=1))
PER_NETWORK: Final = Limit("api-network", 600, timedelta(minutes=1))

_OWNER: Final = "veche_owner"
_NEEDS_KEY: Final = "needs_key"
_READS_BODY: Final = "reads_body"


# What several answers are made of.


class ClauseOut(msgspec.Struct, frozen=True):
    """A clause of an act; `example` marks an act that is made up for demonstration."""

    number: str
    act_title: str
    act_number: str = ""
    act_adopted: date | None = None
    link: str | None = None
    example: bool = False
    citation: str = ""


class NamedValueOut(msgspec.Struct, frozen=True):
    """A value that a reason speaks of."""

    label: str
    value: str


class ReasonOut(msgspec.Struct, frozen=True):
    """Why the city's rules decide as they do: a sentence, the values used, the clauses. `kind` is
    `refusal`, `grant`, `value`, `advice` or `silence`; `next_step` is what you can do."""

    kind: str
    text: str
    next_step: str | None = None
    module: str = ""
    edition: int = 1
    values: list[NamedValueOut] = []
    clauses: list[ClauseOut] = []


class ProblemOut(msgspec.Struct, frozen=True, omit_defaults=True):
    """An error (RFC 9457). `type` is stable and meant for programs, `title` and `detail` are for
    people. `reasons` is there when the city's rules refuse; `fields` when the input makes no sense.
    """

    type: str
    title: str
    status: int
    instance: str
    detail: str | None = None
    fields: dict[str, str] = {}
    reasons: list[ReasonOut] = []


def reasons_out(reasons: object) -> list[ReasonOut]:
    """Reasons of a decision, or as they were stored with a poll."""
    return msgspec.convert(reasons, list[ReasonOut], from_attributes=True)


# Who asks, and how often.


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


class BadCursor(Problem):
    """A cursor that this API has not given out."""

    status = 400

    def __init__(self) -> None:
        super().__init__(
            "bad_cursor",
            Text(ru="Такой страницы списка нет.", en="There is no such page of the list."),
            Text(ru="Начните список сначала.", en="Start the list from the beginning."),
        )


class NotJson(HTTPException):
    """A body that does not say it is JSON. It also keeps forms of other sites away."""

    status_code = 415


def admit(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """The guard of every endpoint: key, rate, kind of body, before any body is read."""
    request = cast("CityRequest", connection)
    sent = request.headers.get("authorization")
    owner = _owner(request, sent) if sent is not None else None
    if owner is not None:
        _count(request, PER_OWNER, str(owner))
        cast("dict[str, object]", request.scope)[_OWNER] = owner
    else:
        _count(request, PER_NETWORK, network_of(request.address))
        if sent is not None or handler.opt.get(_NEEDS_KEY):
            raise KeyNeeded
    if handler.opt.get(_READS_BODY):
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != MediaType.JSON.value:
            raise NotJson(f"Send application/json, not {kind or 'nothing'}.")


def _owner(request: CityRequest, header: str) -> UUID | None:
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        return None
    return tokens.resident_of(request.runtime, request.tenant, token.strip())


def _count(request: CityRequest, limit: Limit, who: str) -> None:
    """Raises TooMany. Votes need only PostgreSQL: a Redis that is away stops none of them."""
    try:
        spend(Realm(request.runtime, request.tenant), limit, who)
    except Unavailable:
        log.warning("rate_not_counted", limit=limit.name)


def resident_if_any(request: CityRequest) -> UUID | None:
    """The resident whose key came with the request, on endpoints where a key is optional."""
    return cast("UUID | None", request.scope.get(_OWNER))


def resident_of(request: CityRequest) -> UUID:
    """The resident whose key came with the request; raises KeyNeeded."""
    resident = resident_if_any(request)
    if resident is None:
        raise KeyNeeded
    return resident


def require_offered(request: CityRequest, feature: str) -> None:
    """Raises NotFound in a city that does without the feature."""
    if not request.tenant.profile.offers(feature):
        raise NotFound


# Declaring an endpoint.

Decorator = Callable[[Callable[..., Any]], HTTPRouteHandler]

_ERRORS: Final[Mapping[int, str]] = {
    400: "The request makes no sense; see `fields`",
    401: "The key is missing, wrong, revoked, expired, or of another city",
    403: "The city's rules do not allow it; see `reasons`",
    404: "There is no such thing in this city",
    409: "The state of things does not allow it any more; see `reasons`",
    413: "The body is too large",
    415: "The body is not JSON",
    422: "The content does not fit; see `fields`",
    429: "Too many requests; wait as long as `Retry-After` says",
    503: "Briefly unavailable; a retry is safe",
}
_EVERYWHERE: Final = (400, 401, 429, 503)
_EXAMPLES: Final[Mapping[int, Example]] = {
    403: Example(
        summary="Refused, with the clause",
        value=msgspec.to_builtins(
            ProblemOut(
                type="urn:veche:problem:refused",
                title="Голосовать можно с 14 лет.",
                status=403,
                instance="/api/v1/polls/018f6f2e-0000-7000-8000-000000000001/ballot",
                reasons=[
                    ReasonOut(
                        kind="refusal",
                        text="Голосовать можно с 14 лет.",
                        module="residency",
                        values=[NamedValueOut("Возраст", "14 лет")],
                        clauses=[
                            ClauseOut(
                                number="п. 2",
                                act_title="Пример решения: участие в опросах",
                                act_number="1-пр",
                                act_adopted=date(2025, 1, 1),
                                example=True,
                                citation="п. 2, Пример решения: участие в опросах, № 1-пр",
                            )
                        ],
                    )
                ],
            )
        ),
    )
}


def _problem(status: int) -> ResponseSpec:
    example = _EXAMPLES.get(status)
    return ResponseSpec(
        ProblemOut,
        description=_ERRORS[status],
        media_type="application/problem+json",
        generate_examples=False,
        examples=[example] if example else None,
    )


def _answers(shapes: Mapping[int, tuple[Any, str]], errors: Sequence[int]) -> dict[int, Any]:
    return {
        **{
            status: ResponseSpec(shape, description=text, generate_examples=False)
            for status, (shape, text) in shapes.items()
        },
        **{status: _problem(status) for status in sorted({*_EVERYWHERE, *errors})},
    }


def _security(needs_key: bool) -> list[dict[str, list[str]]]:
    return [{"token": []}] if needs_key else [{}, {"token": []}]


def reading(
    path: str,
    *,
    name: str,
    summary: str,
    tag: str,
    gives: Any,
    needs_key: bool = False,
    errors: Sequence[int] = (),
) -> Decorator:
    """GET something. A key is checked whenever one is sent; with `needs_key` one must be sent."""
    return get(
        path,
        operation_id=name,
        summary=summary,
        tags=[tag],
        guards=[admit],
        opt={_NEEDS_KEY: needs_key, SHAPES: [gives]},
        security=_security(needs_key),
        responses=_answers(
            {200: (gives, summary), 304: (None, "You have it already (`If-None-Match`)")}, errors
        ),
        sync_to_thread=True,
    )


def changing(
    path: str,
    *,
    name: str,
    summary: str,
    tag: str,
    takes: Any,
    gives: Mapping[int, tuple[Any, str]],
    errors: Sequence[int] = (),
) -> Decorator:
    """POST a shape (the handler's `data`) with a key; the first status of `gives` is the usual."""
    return post(
        path,
        operation_id=name,
        summary=summary,
        tags=[tag],
        guards=[admit],
        opt={
            _NEEDS_KEY: True,
            _READS_BODY: True,
            SHAPES: [takes, *(shape for shape, _text in gives.values())],
        },
        security=_security(needs_key=True),
        status_code=next(iter(gives)),
        responses=_answers(gives, (413, 415, *errors)),
        request_max_body_size=LARGEST_BODY,
        sync_to_thread=True,
    )


def answer(request: CityRequest, value: object, *, status: int = 200) -> Response[Any]:
    """JSON; a GET has an ETag, and gets 304 when the client has it already."""
    body = msgspec.json.encode(value)
    private = resident_if_any(request) is not None
    headers = {
        "cache-control": "private, no-cache" if private else "no-cache",
        "vary": "authorization, accept-language",
    }
    if request.method == "GET" and status == 200:
        # Weak: the same content may travel compressed.
        etag = f'W/"{hashlib.sha256(body).hexdigest()[:20]}"'
        headers["etag"] = etag
        if _has_already(request.headers.get("if-none-match", ""), etag):
            return Response(None, status_code=304, headers=headers)
    return Response(body, status_code=status, media_type=MediaType.JSON, headers=headers)


def _has_already(sent: str, etag: str) -> bool:
    known = {one.strip().removeprefix("W/") for one in sent.split(",")}
    return "*" in known or etag.removeprefix("W/") in known


# The city and the person.


class NamedOut(msgspec.Struct, frozen=True):
    """Something with a stable key and a name for people."""

    key: str
    name: str


class CityOut(msgspec.Struct, frozen=True):
    """The city behind this host. Days in this API are days in its time zone."""

    name: str
    product: str
    timezone: str
    locale: Locale
    features: list[str]
    districts: list[NamedOut]
    topics: list[NamedOut]


class MeOut(msgspec.Struct, frozen=True):
    """What the rules of voting look at, as the city knows it of you; never your name or contacts.
    `level` is how well you are known: `none`, `contact`, `identity` or `resident`."""

    level: Level
    district: str | None
    age_known: bool
    blocked: bool


@reading("/city", name="getCity", summary="The city, its districts and topics", tag="city",
         gives=CityOut)  # fmt: skip
def city(request: CityRequest) -> Response[Any]:
    """What this host serves: names, time zone, what is on offer, and the keys of districts and
    topics that other answers use."""
    profile, locale = request.tenant.profile, request.locale
    return answer(
        request,
        CityOut(
            name=request.tenant.name(locale),
            product=request.tenant.product(locale),
            timezone=profile.timezone,
            locale=profile.locale,
            features=sorted(key for key in profile.features if profile.offers(key)),
            districts=[NamedOut(one.key, one.name.in_(locale)) for one in profile.districts],
            topics=[NamedOut(one.key, one.name.in_(locale)) for one in profile.topics],
        ),
    )


@reading("/me", name="getMe", summary="The owner of the key", tag="me", gives=MeOut, needs_key=True)
def me(request: CityRequest) -> Response[Any]:
    """What the city's rules may look at when you vote. Nothing else about you leaves the city by
    a key."""
    resident = resident_of(request)
    with request.runtime.work(request.tenant, ResidentActor(resident)) as work:
        profile = load_profile(work, resident)
    if profile is None:
        raise KeyNeeded
    return answer(
        request,
        MeOut(profile.level, profile.district, profile.born_on is not None, profile.blocked),
    )


HANDLERS: Final = (city, me)


def api_router(handlers: Sequence[ControllerRouterHandler]) -> Router:
    """The API with the endpoints of features, under its versioned path."""
    return Router(PATH, route_handlers=[*HANDLERS, *handlers])
