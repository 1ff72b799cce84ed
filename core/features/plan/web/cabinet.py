"""The cabinet behind a one-time link: a unit's list, a topic's form, sending. Nobody is signed in
here; the link is in the address, so nothing of these pages is cached or passed on."""

from typing import Any, Final
from uuid import UUID

from litestar import Response
from litestar.params import FromPath

from core.features.plan import queries
from core.features.plan.domain import MISSING, Content, ItemKind, ItemState, missing
from core.features.plan.model import PlanInvitation
from core.features.plan.service import cabinet, steps
from core.features.plan.web import forms, shown
from core.kit.errors import Conflict, Invalid, NotFound, Problem
from core.kit.ids import new_id
from core.kit.text import Text
from core.rules import Refused
from core.rules.explain import reasons_data
from core.web.forms import Form, FormData
from core.web.pages import messages, redirect, render
from core.web.request import CityRequest
from core.web.routes import action, page
from core.work import Work

_QUIET: Final = {"referrer-policy": "no-referrer", "x-robots-tag": "noindex"}
_SAVED: Final = Text(ru="Тема сохранена.", en="The topic is saved.")
_REMOVED: Final = Text(ru="Тема убрана из списка.", en="The topic was taken out.")


def _enter(request: CityRequest, work: Work, token: str) -> PlanInvitation:
    if not request.tenant.profile.offers("plan"):
        raise NotFound
    return cabinet.enter(work, token=token, address=request.address)


@page("/plan/proposals/{token:str}")
def entrance(request: CityRequest, token: FromPath[str]) -> Response[Any]:
    """What is in the list so far, and what is still missing."""
    with request.work(person=False) as work:
        return _list(request, work, _enter(request, work, token), token)


def _list(
    request: CityRequest,
    work: Work,
    invitation: PlanInvitation,
    token: str,
    problem: Problem | None = None,
) -> Response[Any]:
    locale = request.locale
    found = [one for one in cabinet.items(work, invitation) if one.state is ItemState.DRAFT]
    year = queries.year_view(work.session, invitation.year)
    assert year is not None
    left, kind = shown.left_words(year.proposals_due, work.today, locale)
    return render(
        request,
        "plan/cabinet.html",
        status=problem.status if problem else 200,
        headers=_QUIET,
        token=token,
        invitation=invitation,
        unit=steps.unit_title(work, invitation.unit),
        items=[
            {
                "item": one,
                "missing": [MISSING[key].in_(locale) for key in missing(one.content)],
            }
            for one in found
        ],
        due=year.proposals_due,
        left=left,
        left_kind=kind,
        problem=problem,
        refusal=reasons_data(problem.decision, locale) if isinstance(problem, Refused) else (),
        errors=messages(problem, locale) if problem else {},
        why=shown.why(work, invitation.year, locale)[:1],
    )


@action("/plan/proposals/{token:str}")
def send(request: CityRequest, token: FromPath[str], data: FormData) -> Response[Any]:
    """Send the list; the link ends with it."""
    form = Form(data)
    try:
        with request.work(person=False) as work:
            invitation = _enter(request, work, token)
            if form.raw("do") != "send":
                raise NotFound
            number = cabinet.send(work, invitation)
            return render(
                request,
                "plan/cabinet_sent.html",
                headers=_QUIET,
                number=number,
                year=invitation.year,
                unit=steps.unit_title(work, invitation.unit),
            )
    except (Invalid, Refused, Conflict) as problem:
        with request.work(person=False) as work:
            return _list(request, work, _enter(request, work, token), token, problem)


@page("/plan/proposals/{token:str}/topic")
def begin(request: CityRequest, token: FromPath[str]) -> Response[Any]:
    """An empty form; its topic has an id already."""
    with request.work(person=False) as work:
        invitation = _enter(request, work, token)
        typed = forms.typed_of(Content(kind=ItemKind.POLL, title="", unit=invitation.unit))
        return _form(request, work, invitation, token, new_id(), 0, typed)


@page("/plan/proposals/{token:str}/topic/{item_id:uuid}")
def edit(request: CityRequest, token: FromPath[str], item_id: FromPath[UUID]) -> Response[Any]:
    """A topic of the list in the form."""
    with request.work(person=False) as work:
        invitation = _enter(request, work, token)
        item = next(
            (
                one
                for one in cabinet.items(work, invitation)
                if one.id == item_id and one.state is ItemState.DRAFT
            ),
            None,
        )
        if item is None:
            raise NotFound
        typed = forms.typed_of(item.content)
        return _form(request, work, invitation, token, item_id, item.version, typed)


@action("/plan/proposals/{token:str}/topic/{item_id:uuid}")
def save(
    request: CityRequest, token: FromPath[str], item_id: FromPath[UUID], data: FormData
) -> Response[Any]:
    """Keep what was typed; a form that fails comes back as it was."""
    form = Form(data)
    version = form.raw("version")
    known = int(version) if version.isascii() and version.isdigit() and len(version) < 9 else 0
    try:
        with request.work(person=False) as work:
            invitation = _enter(request, work, token)
            if form.raw("do") == "remove":
                cabinet.remove_item(work, invitation, item_id=item_id)
                said = _REMOVED
            else:
                content = forms.read_content(form, work.tenant.profile, unit=invitation.unit)
                form.check()
                cabinet.save_item(work, invitation, item_id=item_id, version=known, content=content)
                said = _SAVED
    except (Invalid, Conflict, Refused) as problem:
        with request.work(person=False) as work:
            invitation = _enter(request, work, token)
            return _form(
                request,
                work,
                invitation,
                token,
                item_id,
                known,
                forms.shown_again(form),
                problem,
            )
    return redirect(request, f"/plan/proposals/{token}", flash=("good", said.in_(request.locale)))


def _form(
    request: CityRequest,
    work: Work,
    invitation: PlanInvitation,
    token: str,
    item_id: UUID,
    version: int,
    typed: dict[str, Any],
    problem: Problem | None = None,
) -> Response[Any]:
    locale = request.locale
    return render(
        request,
        "plan/cabinet_topic.html",
        status=problem.status if problem else 200,
        headers=_QUIET,
        token=token,
        path=f"/plan/proposals/{token}/topic/{item_id}",
        item_id=item_id,
        version=version,
        year=invitation.year,
        unit=steps.unit_title(work, invitation.unit),
        typed=typed,
        questions=forms.questions_shown(typed),
        limits=forms.LIMITS,
        problem=problem,
        refusal=reasons_data(problem.decision, locale) if isinstance(problem, Refused) else (),
        errors=messages(problem, locale) if problem else {},
        fixed_unit=True,
        **shown.choices(work, locale),
    )


HANDLERS: Final = (entrance, send, begin, edit, save)
