"""The page an official has at the desk: posts held, the second factor, other browsers."""

from typing import Any, Final

from litestar import Response
from markupsafe import Markup

from core.features.account.web.answers import field_errors
from core.identity import access, sessions, staff, totp
from core.identity.limits import TooMany
from core.kit.actor import StaffActor
from core.kit.errors import Invalid, Problem, SignInNeeded
from core.kit.text import Text
from core.web.forms import Form, FormData
from core.web.pages import redirect, render
from core.web.request import CityRequest
from core.web.routes import action, page
from core.work import Work

PATH: Final = "/desk/security"
ENTER: Final = "desk.enter"
_ON: Final = Text(
    ru="Готово: теперь при входе понадобится код из приложения.",
    en="Done: from now on signing in takes a code from the application.",
)


@page(PATH)
def security(request: CityRequest) -> Response[Any]:
    """Who I am to the city, and how my account is guarded. Open to staff without access too: they
    may see why they have none."""
    visitor = request.signed_in
    browsers = sessions.count(request.runtime, request.tenant, kind="staff", id=visitor.staff_id)
    with request.work() as work:
        actor = _official(work)
        posts = [one for one in staff.city_posts(work) if one.key in actor.posts]
        return render(
            request,
            "account/security.html",
            work=work,
            name=actor.name,
            posts=posts,
            enrolled=totp.is_enrolled(work, actor.id),
            browsers=browsers,
            may_enter=access.may(work, ENTER),
        )


@page("/desk/security/second")
def ask_enrolment(request: CityRequest) -> Response[Any]:
    """The picture to scan and the first code."""
    return _enrolment_form(request)


@action("/desk/security/second")
def confirm_enrolment(request: CityRequest, data: FormData) -> Response[Any]:
    """Switch the second factor on."""
    try:
        with request.work() as work:
            totp.confirm_enrolment(work, _official(work).id, Form(data).raw("code"))
    except (Invalid, TooMany) as problem:
        return _enrolment_form(request, problem)
    return redirect(request, PATH, flash=("good", _ON.in_(request.locale)))


def _official(work: Work) -> StaffActor:
    """The official who acts; an account disabled meanwhile means signing in again."""
    if not isinstance(work.actor, StaffActor):
        raise SignInNeeded
    return work.actor


def _enrolment_form(request: CityRequest, problem: Problem | None = None) -> Response[Any]:
    staff_id = request.signed_in.staff_id
    with request.work() as work:
        if totp.is_enrolled(work, staff_id):
            return redirect(request, PATH)
        enrolment = totp.begin_enrolment(work, _official(work).id)
        return render(
            request,
            "account/enrolment.html",
            work=work,
            status=problem.status if problem else 200,
            headers={"cache-control": "no-store"},
            picture=Markup(enrolment.svg),  # noqa: S704 -- drawn by our own QR library
            secret=" ".join(
                enrolment.secret[n : n + 4] for n in range(0, len(enrolment.secret), 4)
            ),
            errors=field_errors(request, problem, "code"),
        )


HANDLERS = (security, ask_enrolment, confirm_enrolment)
