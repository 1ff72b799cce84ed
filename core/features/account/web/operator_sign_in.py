"""Signing in on the hosts of the operator and the association: a code to a known e-mail."""

from contextlib import suppress
from typing import Any, Final

from litestar import Response

from core.features.account.domain import HOME, return_path
from core.features.account.web import cookies
from core.features.account.web.answers import field_errors
from core.identity import codes, operators, sessions
from core.identity.codes import Challenge, CodeGone
from core.identity.contacts import read_contact
from core.identity.limits import TooMany
from core.identity.realm import Realm
from core.kit.errors import Invalid, Problem, Unavailable
from core.kit.text import Text
from core.web.forms import Form, FormData
from core.web.pages import redirect, render
from core.web.request import SESSION_COOKIE, CityRequest
from core.web.routes import action, page

_CODE_GONE: Final = Text(
    ru="Этот код больше не действует. Запросите новый.",
    en="This code is no longer valid. Please ask for a new one.",
)


@page("/sign-in")
def ask_email(request: CityRequest) -> Response[Any]:
    """Where to send a code."""
    next_path = return_path(request.query_params.get("next"))
    if request.visitor is not None:
        return redirect(request, next_path)
    return _email_form(request, next_path, "")


@action("/sign-in")
def send_code(request: CityRequest, data: FormData) -> Response[Any]:
    """Send it if the e-mail is known; the answer is the same if not."""
    form = Form(data)
    next_path = return_path(form.raw("next"))
    try:
        token = operators.send_code(
            request.runtime,
            Challenge(
                read_contact(form.raw("contact"), phone=False), codes.Purpose.SIGN_IN, next_path
            ),
            address=request.address,
            locale=request.locale,
        )
    except (Invalid, TooMany) as problem:
        return _email_form(request, next_path, form.raw("contact"), problem)
    response = redirect(request, "/sign-in/code")
    cookies.set_step(request, response, cookies.CODE, token)
    return response


@page("/sign-in/code")
def ask_code(request: CityRequest) -> Response[Any]:
    """Where to type it."""
    challenge = codes.look(_realm(request), request.cookies.get(cookies.CODE))
    return _gone(request) if challenge is None else _code_form(request, challenge)


@action("/sign-in/code")
def check_code(request: CityRequest, data: FormData) -> Response[Any]:
    """Check it and open the page asked for."""
    token = request.cookies.get(cookies.CODE)
    challenge = codes.look(_realm(request), token)
    if challenge is None:
        return _gone(request)
    try:
        codes.check_code(
            _realm(request),
            token,
            Form(data).raw("code"),
            purpose=codes.Purpose.SIGN_IN,
            address=request.address,
        )
    except CodeGone:
        return _gone(request)
    except (Invalid, TooMany) as problem:
        return _code_form(request, challenge, problem)
    operator = operators.find_operator(request.runtime, challenge.contact)
    if operator is None:
        return _gone(request)
    session = sessions.begin(
        request.runtime,
        None,
        kind="operator",
        id=operator.id,
        name=operator.name,
        replacing=request.cookies.get(SESSION_COOKIE),
    )
    response = redirect(request, challenge.next)
    cookies.clear_steps(response)
    cookies.set_session(request, response, session, "operator")
    return response


@action("/sign-out")
def sign_out(request: CityRequest) -> Response[Any]:
    """Sign out in this browser."""
    with suppress(Unavailable):
        sessions.end(request.runtime, None, request.cookies.get(SESSION_COOKIE))
    response = redirect(request, HOME)
    cookies.clear_session(response)
    cookies.clear_steps(response)
    return response


def _realm(request: CityRequest) -> Realm:
    return Realm(request.runtime, None)


def _gone(request: CityRequest) -> Response[Any]:
    return redirect(request, "/sign-in", flash=("warn", _CODE_GONE.in_(request.locale)))


def _email_form(
    request: CityRequest, next_path: str, typed: str, problem: Problem | None = None
) -> Response[Any]:
    return render(
        request,
        "account/sign_in.html",
        status=problem.status if problem else 200,
        next=next_path,
        typed=typed,
        email=True,
        phone=False,
        providers=(),
        errors=field_errors(request, problem, "contact"),
    )


def _code_form(
    request: CityRequest, challenge: Challenge, problem: Problem | None = None
) -> Response[Any]:
    return render(
        request,
        "account/code.html",
        status=problem.status if problem else 200,
        contact=challenge.contact,
        next=challenge.next,
        errors=field_errors(request, problem, "code"),
    )


HANDLERS = (ask_email, send_code, ask_code, check_code, sign_out)
