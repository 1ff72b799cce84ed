"""Pages that exist in the demo only: sign in as a ready person, and read what was sent.

The demo's application alone registers them, and each asks the database as well whether it is a
demo's: a demo started on a real city's database by mistake opens nothing.
"""

from typing import Any, Final
from uuid import UUID

from litestar import Response

from core.features.account import queries
from core.features.account.domain import DESK, HOME, is_desk, return_path
from core.features.account.web import cookies
from core.identity import operators, sessions
from core.identity.sessions import VisitorKind
from core.kit.actor import Anonymous, SystemActor
from core.kit.errors import NotFound
from core.web.forms import Form, FormData
from core.web.pages import redirect, render
from core.web.request import SESSION_COOKIE, CityRequest
from core.web.routes import action, page

_MOST_MESSAGES: Final = 50
_DEMO: Final = SystemActor("demo")


@page("/demo")
def people(request: CityRequest) -> Response[Any]:
    """Ready people of this city."""
    _only_in_demo(request)
    next_path = return_path(request.query_params.get("next"))
    with request.runtime.work(request.tenant, _DEMO) as work:
        residents = queries.demo_residents(work)
        officials = queries.demo_officials(work)
    return render(
        request, "account/demo.html", residents=residents, officials=officials, next=next_path
    )


@action("/demo")
def sign_in_as(request: CityRequest, data: FormData) -> Response[Any]:
    """Sign in as one of them."""
    _only_in_demo(request)
    form = Form(data)
    chosen = form.id("id")
    next_path = return_path(form.raw("next"))
    with request.runtime.work(request.tenant, _DEMO) as work:
        resident = next((one for one in queries.demo_residents(work) if one.id == chosen), None)
        official = next((one for one in queries.demo_officials(work) if one.id == chosen), None)
    if resident is not None:
        target = HOME if is_desk(next_path) else next_path
        return _begin(request, "resident", resident.id, resident.name, target)
    if official is not None:
        target = next_path if is_desk(next_path) else DESK
        if not official.has_access:
            target = "/desk/security"
        return _begin(request, "staff", official.id, official.name, target)
    raise NotFound


@page("/demo/mailbox")
def mailbox(request: CityRequest) -> Response[Any]:
    """Letters and text messages of this city: a demo sends none of them anywhere."""
    _only_in_demo(request)
    with request.runtime.work(request.tenant, Anonymous()) as work:
        messages = queries.mailbox(work, most=_MOST_MESSAGES)
    return render(request, "account/mailbox.html", messages=messages)


@page("/demo")
def operator_people(request: CityRequest) -> Response[Any]:
    """Operators and analysts, on their own hosts."""
    _only_in_demo(request)
    return render(
        request, "account/demo_operators.html", people=operators.all_operators(request.runtime)
    )


@action("/demo")
def sign_in_as_operator(request: CityRequest, data: FormData) -> Response[Any]:
    """Sign in as one of them."""
    _only_in_demo(request)
    chosen = Form(data).raw("id")
    for one in operators.all_operators(request.runtime):
        if str(one.id) == chosen:
            return _begin(request, "operator", one.id, one.name, HOME)
    raise NotFound


def _only_in_demo(request: CityRequest) -> None:
    if not request.place.demo or not queries.is_playground(request.runtime):
        raise NotFound


def _begin(
    request: CityRequest, kind: VisitorKind, id: UUID | int, name: str, target: str
) -> Response[Any]:
    token = sessions.begin(
        request.runtime,
        request.place.tenant,
        kind=kind,
        id=id,
        name="" if kind == "resident" else name,
        replacing=request.cookies.get(SESSION_COOKIE),
    )
    response = redirect(request, target)
    cookies.clear_steps(response)
    cookies.set_session(request, response, token, kind)
    return response


CITY = (people, sign_in_as, mailbox)
OPERATORS = (operator_people, sign_in_as_operator)
