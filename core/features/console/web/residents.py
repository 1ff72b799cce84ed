"""Residents on the desk: found one at a time by the whole contact, never listed; confirmed when
they come with their papers. Every look is written into the journal."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from litestar import Response
from litestar.params import FromPath

from core.features.console.web.people import enter
from core.identity import access, profiles, residents
from core.identity.contacts import read_contact
from core.identity.decisions import LEVEL_LABELS
from core.identity.staff import MANAGE, VIEW
from core.kit.errors import Invalid
from core.kit.level import Level
from core.kit.text import Text
from core.web.forms import Form, FormData
from core.web.pages import messages, redirect, render
from core.web.request import CityRequest
from core.web.routes import action, page
from core.work import Work


@page("/desk/people/residents")
def find_resident(request: CityRequest) -> Response[Any]:
    """The form for finding one resident by the whole contact."""
    with request.work() as work:
        enter(work, VIEW)
        return _resident(request, work, None, typed="", errors={}, searched=False, status=200)


@action("/desk/people/residents")
def show_resident(request: CityRequest, data: FormData) -> Response[Any]:
    """The resident with exactly this contact. The contact travels in the body, not in an address
    that logs keep; that somebody looked is written into the journal."""
    form = Form(data)
    errors: dict[str, str] = {}
    found = None
    status = 200
    with request.work() as work:
        enter(work, VIEW)
        try:
            contact = read_contact(form.raw("contact"))
        except Invalid as problem:
            errors, status = messages(problem, request.locale), problem.status
        else:
            found = residents.find(work, contact=contact)
        if found is not None:
            work.record("people.resident_viewed", f"resident:{found}")
        return _resident(
            request,
            work,
            found,
            typed=form.raw("contact"),
            errors=errors,
            searched=not errors,
            status=status,
        )


_CONFIRMED = Text(
    ru="Подтверждение записано: {level}.", en="The confirmation is recorded: {level}."
)


@action("/desk/people/residents/{resident_id:uuid}")
def confirm(request: CityRequest, resident_id: FromPath[UUID], data: FormData) -> Response[Any]:
    """An official has seen the resident's papers: record the level, birth date and district."""
    form = Form(data)
    try:
        with request.work(person=False) as work:
            enter(work, MANAGE)
            level = form.choice("level", [Level.IDENTITY.value, Level.RESIDENT.value])
            born_on = form.day("born_on", required=False)
            if born_on is not None and not (profiles.EARLIEST_BIRTH <= born_on <= work.today):
                form.wrong("born_on", Text(ru="Проверьте дату.", en="Please check the date."))
            form.check()
            assert level is not None
            profiles.confirm_in_person(
                work,
                resident_id,
                level=Level(level),
                born_on=born_on,
                district=form.raw("district") or None,
            )
    except Invalid as problem:
        with request.work() as work:
            enter(work, MANAGE)
            return _resident(
                request,
                work,
                resident_id,
                typed="",
                errors=messages(problem, request.locale),
                searched=True,
                status=problem.status,
                form=form,
            )
    label = LEVEL_LABELS[Level(level)].in_(request.locale)
    return redirect(
        request,
        "/desk/people/residents",
        flash=("good", _CONFIRMED.format(level=label).in_(request.locale)),
    )


def _resident(
    request: CityRequest,
    work: Work,
    resident_id: UUID | None,
    *,
    typed: str,
    errors: Mapping[str, str],
    searched: bool,
    status: int,
    form: Form | None = None,
) -> Response[Any]:
    locale = request.locale
    found = profiles.load_profile(work, resident_id) if resident_id is not None else None
    district = work.tenant.profile.district(found.district) if found and found.district else None
    may_confirm = found is not None and access.may(work, MANAGE)
    return render(
        request,
        "console/residents.html",
        work=work,
        status=status,
        typed=typed,
        errors=errors,
        searched=searched,
        resident={
            "id": found.id,
            "level": LEVEL_LABELS[found.level].in_(locale),
            "strong": found.level.reaches(Level.IDENTITY),
            "district": district.name.in_(locale) if district else "",
            "since": found.created_at,
            "blocked": found.blocked,
            # Whoever compares papers has to see which name they belong to; others need not.
            "name": found.name if may_confirm else "",
        }
        if found
        else None,
        confirmation={
            "levels": [
                {"value": level.value, "label": LEVEL_LABELS[level].in_(locale)}
                for level in (Level.IDENTITY, Level.RESIDENT)
                if level.reaches(found.level)
            ],
            "districts": [
                {"value": one.key, "label": one.name.in_(locale)}
                for one in work.tenant.profile.districts
            ],
            "level": form.raw("level") if form else Level.RESIDENT.value,
            "district": form.raw("district") if form else found.district or "",
            "born_on": form.raw("born_on") if form else "",
        }
        if found and may_confirm
        else None,
    )


HANDLERS: Final = (find_resident, show_resident, confirm)
