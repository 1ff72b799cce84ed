"""A resident's own page: what the city knows of them, and their name, birth date and district."""

from typing import Any, Final

from litestar import Response
from markupsafe import Markup

from core.feature import installed_features
from core.features.account.domain import LEVEL_ADVICE, LEVEL_STANDING, LEVEL_TITLES
from core.features.account.web.answers import own_profile
from core.identity import consents, profiles, tokens
from core.identity.consents import Purpose
from core.identity.profiles import EARLIEST_BIRTH, LONGEST_NAME, Profile
from core.kit.errors import Invalid
from core.kit.level import Level
from core.kit.text import Text
from core.web.forms import Form, FormData
from core.web.pages import messages, redirect, render, render_text
from core.web.request import CityRequest
from core.web.routes import action, page

_SAVED: Final = Text(ru="Сохранено.", en="Saved.")
_CONSENT_FIRST: Final = Text(
    ru="Чтобы мы могли хранить дату рождения и район, нужно согласие.",
    en="We need your consent to keep the birth date and the district.",
)


@page("/profile")
def overview(request: CityRequest) -> Response[Any]:
    """Everything at a glance; staff are shown their own page at the desk."""
    if request.signed_in.kind == "staff":
        return redirect(request, "/desk/security")
    sections: list[tuple[str, dict[str, Any]]] = []
    with request.work() as work:
        profile = own_profile(request, work)
        given = consents.given(work, profile.id)
        keys = len(tokens.standing(work, profile.id))
        brought = [one for feature in installed_features() for one in feature.profile]
        for section in sorted(brought, key=lambda one: one.order):
            context = section.context(work)
            if context is not None:
                sections.append((section.template, dict(context)))
    locale = request.locale
    known = request.tenant.profile.district(profile.district) if profile.district else None
    return render(
        request,
        "account/profile.html",
        profile=profile,
        district=known.name if known else None,
        level_standing=LEVEL_STANDING[profile.level].in_(locale),
        level_advice=LEVEL_ADVICE[profile.level].in_(locale),
        level_titles=[LEVEL_TITLES[one].in_(locale) for one in Level],
        level_place=list(Level).index(profile.level),
        providers=_raising(request, profile),
        office=request.tenant.profile.contacts,
        needs_office=profile.level is not Level.RESIDENT,
        consents_given=len(given),
        details_agreed=Purpose.DETAILS in given,
        keys=keys,
        sections=[Markup(render_text(request, name, **one)) for name, one in sections],  # noqa: S704
    )


@page("/profile/details")
def edit_details(request: CityRequest) -> Response[Any]:
    """Name, birth date, district."""
    with request.work() as work:
        profile = own_profile(request, work)
        agreed = Purpose.DETAILS in consents.given(work, profile.id)
    return _details_form(request, profile, agreed=agreed)


@action("/profile/details")
def save_details(request: CityRequest, data: FormData) -> Response[Any]:
    """Keep them. Birth date and district need a consent of their own."""
    form = Form(data)
    with request.work() as work:
        profile = own_profile(request, work)
        agreed = Purpose.DETAILS in consents.given(work, profile.id)
        name = form.text("name", most=LONGEST_NAME, required=False)
        born_on = profile.born_on
        if not profile.born_on_locked:
            born_on = form.day("born_on", required=False)
        district = profile.district
        if not profile.district_locked:
            district = form.raw("district") or None
        agrees = agreed or form.flag("agree")
        tells = (born_on and not profile.born_on_locked) or (
            district and not profile.district_locked
        )
        if tells and not agrees:
            form.wrong("agree", _CONSENT_FIRST)
        wrong = profiles.complaints(work, profile, name=name, born_on=born_on, district=district)
        for field, message in wrong.items():
            form.wrong(field, message)
        if not form.errors:
            profiles.change_profile(work, profile.id, name=name, born_on=born_on, district=district)
            if tells:
                consents.give(work, profile.id, [Purpose.DETAILS])
    if form.errors:
        return _details_form(
            request, profile, agreed=agreed, values=form.values, problem=Invalid(form.errors)
        )
    return redirect(request, "/profile", flash=("good", _SAVED.in_(request.locale)))


def _raising(request: CityRequest, profile: Profile) -> list[dict[str, str]]:
    """Providers that would raise the level."""
    return [
        {"key": one.key, "label": one.label.in_(request.locale)}
        for one in request.tenant.profile.sign_in.providers
        if not profile.level.reaches(one.grants)
    ]


def _details_form(
    request: CityRequest,
    profile: Profile,
    *,
    agreed: bool,
    values: dict[str, Any] | None = None,
    problem: Invalid | None = None,
) -> Response[Any]:
    locale = request.locale
    wording = consents.current(Purpose.DETAILS)
    known = {
        "name": profile.name,
        "born_on": profile.born_on.isoformat() if profile.born_on else "",
        "district": profile.district or "",
        "agree": "",
    }
    return render(
        request,
        "account/details.html",
        status=problem.status if problem else 200,
        profile=profile,
        values={**known, **(values or {})},
        errors=messages(problem, locale) if problem else {},
        districts=[
            {"value": one.key, "label": one.name.in_(locale)}
            for one in request.tenant.profile.districts
        ],
        agreed=agreed,
        consent_title=wording.title.in_(locale),
        consent_text=wording.of(request.tenant).in_(locale),
        earliest=EARLIEST_BIRTH,
        today=request.runtime.clock.now().astimezone(request.tenant.zone).date(),
    )


HANDLERS = (overview, edit_details, save_details)
