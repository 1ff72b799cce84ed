"""Turning errors into something people can read: a page, a fragment, or problem+json."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, cast
from urllib.parse import quote
from uuid import uuid4

import msgspec
import psycopg
import redis
import structlog
from litestar import Response
from litestar.exceptions import (
    HTTPException,
    NotFoundException,
    PermissionDeniedException,
    ValidationException,
)
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from core.identity.limits import TooMany
from core.kit.errors import Conflict, Forbidden, NotFound, Problem, SignInNeeded, Unavailable
from core.kit.text import Locale, Text
from core.rules import Refused, RuleError
from core.rules.explain import reasons_data
from core.web.api import ProblemOut, reasons_out
from core.web.pages import messages, redirect, render
from core.web.request import CityRequest

log = structlog.get_logger("web")
PROBLEM_JSON: Final = "application/problem+json"

_BROKEN = Text(ru="Что-то сломалось на нашей стороне.", en="Something broke on our side.")
_BROKEN_ADVICE = Text(
    ru="Мы уже видим ошибку. Написанное вами сохранено в браузере; попробуйте ещё раз позже.",
    en="We can see the error. What you typed is kept in your browser; please try again later.",
)
_AWAY = Text(ru="Сервис ненадолго недоступен.", en="The service is briefly unavailable.")
_AWAY_ADVICE = Text(
    ru="Ничего не потеряно: повторите через минуту. Повторная отправка безопасна.",
    en="Nothing is lost: try again in a minute. Sending the same thing twice is safe.",
)
_UNRULED = Text(
    ru="Регламент города не даёт ответа на этот случай.",
    en="The city's regulation gives no answer for this case.",
)
_UNRULED_ADVICE = Text(
    ru="Действие остановлено, сотрудники города уведомлены.",
    en="The action was stopped and the city's staff have been told.",
)
_STALE = Text(ru="Страница устарела.", en="This page has become stale.")
_STALE_ADVICE = Text(
    ru="Обновите страницу и отправьте форму ещё раз: написанное сохранено.",
    en="Reload the page and send the form again: what you typed is kept.",
)
_BAD_INPUT = Text(ru="Запрос непонятен.", en="The request makes no sense.")
_BY_STATUS: Final[Mapping[int, tuple[str, Text, Text]]] = {
    405: (
        "method_not_allowed",
        Text(ru="По этому адресу так нельзя.", en="This address does not take such requests."),
        Text(
            ru="Вернитесь на предыдущую страницу и попробуйте ещё раз.",
            en="Go back to the page before and try again.",
        ),
    ),
    413: (
        "too_large",
        Text(ru="Отправлено слишком много данных.", en="That was too much data."),
        Text(ru="Сократите текст или файл.", en="Please make the text or the file smaller."),
    ),
    415: (
        "not_json",
        Text(ru="Данные присланы не в том виде.", en="The data came in the wrong form."),
        Text(ru="Отправьте их как application/json.", en="Please send them as application/json."),
    ),
}
_ANY_OTHER: Final = ("bad_request", _BAD_INPUT, None)
# What the framework calls the body of a request.
_NAMES: Final[Mapping[object, str]] = {"data": "body"}
# What PostgreSQL says of values no column can hold: text with a NUL (noticed before it is sent, so
# without a code), not UTF-8, not a date, out of range.
_UNSTORABLE: Final = (None, "22021", "22P05", "22P02", "22003", "22007", "22008")


def problem_of(error: Exception) -> Problem:
    """The nearest Problem to any exception; unexpected ones are logged with a number."""
    match error:
        case Problem():
            return error
        case NotFoundException():
            return NotFound()
        case PermissionDeniedException():
            return Forbidden("stale", _STALE, _STALE_ADVICE)
        case ValidationException():
            return Problem(
                "bad_input",
                _BAD_INPUT,
                status=400,
                fields={
                    _NAMES.get(one.get("key"), str(one.get("key", ""))): Text(
                        ru=str(one["message"]), en=str(one["message"])
                    )
                    for one in (error.extra if isinstance(error.extra, list) else [])
                    if isinstance(one, dict) and "message" in one
                },
            )
        case HTTPException():
            key, title, advice = _BY_STATUS.get(
                error.status_code, ("bad_request", _BAD_INPUT, None)
            )
            return Problem(key, title, advice, status=error.status_code)
        case _ if unstorable(error):
            return Problem("bad_input", _BAD_INPUT, status=400)
        case RuleError():
            log.error("regulation_incomplete", error=str(error), exc_info=error)
            return Problem("regulation_incomplete", _UNRULED, _UNRULED_ADVICE, status=500)
        case _ if away(error):
            log.warning("service_away", error=str(error).splitlines()[0] if str(error) else "")
            return Unavailable("unavailable", _AWAY, _AWAY_ADVICE)
        case _:
            number = uuid4().hex[:8]
            log.error("unexpected", number=number, exc_info=error)
            advice = Text(
                ru=f"{_BROKEN_ADVICE.ru} Номер ошибки: {number}.",
                en=f"{_BROKEN_ADVICE.en} Error number: {number}.",
            )
            return Problem("broken", _BROKEN, advice, status=500)


def away(error: BaseException) -> bool:
    """Whether PostgreSQL or Redis cannot be reached just now."""
    if isinstance(error, DBAPIError):
        return (
            isinstance(error, OperationalError)
            or error.connection_invalidated
            or isinstance(error.orig, psycopg.OperationalError)
        )
    return isinstance(
        error, psycopg.OperationalError | PoolTimeout | redis.ConnectionError | redis.TimeoutError
    )


def unstorable(error: BaseException) -> bool:
    """Whether somebody sent a value that no column can hold, or JSON nested beyond all sense."""
    if isinstance(error, RecursionError):
        return "deserializing" in str(error)
    cause = error.orig if isinstance(error, DBAPIError) else error
    return isinstance(cause, psycopg.DataError) and cause.sqlstate in _UNSTORABLE


def reasons_of(problem: Problem, locale: Locale) -> Sequence[object]:
    """Why the city's rules refuse: of a decision taken just now, or as kept with what was decided
    before (`reasons` by language)."""
    if isinstance(problem, Refused):
        return reasons_data(problem.decision, locale)
    kept = cast("Mapping[str, Sequence[object]]", getattr(problem, "reasons", {}))
    return kept.get(locale, ())


def problem_out(problem: Problem, locale: Locale, instance: str) -> ProblemOut:
    """A problem as the API says it."""
    return ProblemOut(
        type=f"urn:veche:problem:{problem.key}",
        title=problem.title.in_(locale),
        status=problem.status,
        instance=instance,
        detail=problem.advice.in_(locale) if problem.advice is not None else None,
        fields=messages(problem, locale),
        reasons=reasons_out(reasons_of(problem, locale)),
    )


def _headers(error: Exception, problem: Problem) -> dict[str, str]:
    """What a status obliges to say: when to come back, which methods there are."""
    headers = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
    if isinstance(problem, TooMany):
        headers["retry-after"] = str(problem.retry_after)
    elif problem.status == 503:
        headers["retry-after"] = "5"
    return headers


def handle(request: CityRequest, error: Exception) -> Response[Any]:
    """The application's one exception handler."""
    problem = problem_of(error)
    locale = request.locale
    headers = _headers(error, problem)
    if request.is_api:
        said = problem_out(problem, locale, request.scope["path"])
        if said.detail is None and isinstance(error, HTTPException) and not said.fields:
            # For the programmer, in the words of the parser.
            said = msgspec.structs.replace(said, detail=error.detail)
        if problem.status == 401:
            headers["www-authenticate"] = "Bearer"
        return Response(
            msgspec.json.encode(said),
            status_code=problem.status,
            media_type=PROBLEM_JSON,
            headers={**headers, "cache-control": "no-store"},
        )
    if isinstance(problem, SignInNeeded):
        back = request.here if request.method == "GET" else _referring_path(request)
        return redirect(request, f"/sign-in?next={quote(back, safe='/')}")
    if request.is_htmx and isinstance(problem, Conflict | Refused):
        headers |= {"hx-reswap": "beforeend", "hx-retarget": "#notices"}
    return render(
        request,
        "layout/problem.html" if not request.is_htmx else "layout/problem_part.html",
        status=problem.status,
        headers=headers,
        problem=problem,
        title=problem.title.in_(locale),
        advice=problem.advice.in_(locale) if problem.advice else None,
        field_messages=messages(problem, locale),
        reasons=reasons_of(problem, locale),
    )


def _referring_path(request: CityRequest) -> str:
    referer = request.headers.get("referer", "")
    _, _, rest = referer.partition("://")
    _, slash, path = rest.partition("/")
    return f"{slash}{path}" or "/"
