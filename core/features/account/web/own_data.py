"""What residents do with their data: consents, keys for programs, a copy, erasing the account."""

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import msgspec
from litestar import Response

from core.features.account import service
from core.features.account.web import cookies, notices
from core.features.account.web.answers import field_errors, own_profile
from core.identity import consents, own_data, sessions, tokens
from core.identity.consents import NEEDED, Purpose
from core.kit.errors import Conflict, Invalid, NotFound, Problem
from core.kit.text import DAYS, Text
from core.web.forms import Form, FormData
from core.web.pages import redirect, render
from core.web.request import CityRequest
from core.web.routes import action, page

_WITHDRAWN: Final = Text(ru="Согласие отозвано.", en="Your consent is withdrawn.")
_GIVEN: Final = Text(ru="Спасибо, согласие записано.", en="Thank you, your consent is recorded.")
_REVOKED: Final = Text(ru="Ключ больше не действует.", en="The key works no more.")
_ELSEWHERE: Final = Text(
    ru="Готово: вы остались только в этом браузере.", en="Done: you are signed in only here now."
)
_ERASED: Final = Text(
    ru="Учётная запись удалена. Спасибо, что участвовали.",
    en="Your account is erased. Thank you for taking part.",
)
_TICK: Final = Text(
    ru="Отметьте, что понимаете последствия.", en="Tick that you understand what follows."
)


@page("/profile/consents")
def show_consents(request: CityRequest) -> Response[Any]:
    """What was agreed to, when, in which words, and how to take it back."""
    with request.work() as work:
        profile = own_profile(request, work)
        given = consents.given(work, profile.id)
        past = [one for one in consents.history(work, profile.id) if one.withdrawn_at]
    rows = [
        {
            "purpose": purpose.value,
            "title": consents.current(purpose).title.in_(request.locale),
            "text": consents.current(purpose).of(request.tenant).in_(request.locale),
            "given_at": given[purpose].given_at if purpose in given else None,
            "needed": purpose in NEEDED,
        }
        for purpose in Purpose
    ]
    titles = {one.value: consents.current(one).title.in_(request.locale) for one in Purpose}
    return render(request, "account/consents.html", rows=rows, past=past, titles=titles)


@action("/profile/consents/{purpose:str}")
def change_consent(request: CityRequest, purpose: str, data: FormData) -> Response[Any]:
    """Give a consent, or take it back."""
    if purpose not in {one.value for one in Purpose}:
        raise NotFound
    chosen, giving = Purpose(purpose), Form(data).flag("give")
    with request.work() as work:
        resident_id = own_profile(request, work).id
        if giving:
            consents.give(work, resident_id, [chosen])
        else:
            consents.withdraw(work, resident_id, chosen)
    text = _GIVEN if giving else _WITHDRAWN
    return redirect(request, "/profile/consents", flash=("good", text.in_(request.locale)))


@page("/profile/keys")
def show_keys(request: CityRequest) -> Response[Any]:
    """Keys for one's own programs."""
    with request.work() as work:
        profile = own_profile(request, work)
        standing = tokens.standing(work, profile.id)
    return _keys_page(request, standing)


@action("/profile/keys")
def issue_key(request: CityRequest, data: FormData) -> Response[Any]:
    """Make a key. It is on this very answer and nowhere else, so the answer is not kept."""
    form = Form(data)
    made: str | None = None
    problem: Problem | None = None
    with request.work() as work:
        profile = own_profile(request, work)
        chosen = form.raw("lasts")
        lasts = next((one for one in tokens.LIFETIMES if str(one.days) == chosen), timedelta())
        try:
            made = tokens.issue(work, profile.id, name=form.text("name", most=60), lasts=lasts)
        except (Invalid, Conflict) as error:
            problem = error
        standing = tokens.standing(work, profile.id)
    return _keys_page(
        request, standing, made=made, values={} if made else form.values, problem=problem
    )


@action("/profile/keys/{key_id:uuid}/revoke")
def revoke_key(request: CityRequest, key_id: UUID) -> Response[Any]:
    """End a key."""
    with request.work() as work:
        tokens.revoke(work, own_profile(request, work).id, key_id)
    return redirect(request, "/profile/keys", flash=("good", _REVOKED.in_(request.locale)))


@page("/profile/data")
def show_data(request: CityRequest) -> Response[Any]:
    """A copy of one's data, other browsers, and erasing the account."""
    visitor = request.signed_in
    with request.work() as work:
        profile = own_profile(request, work)
    browsers = sessions.count(
        request.runtime, request.tenant, kind="resident", id=visitor.resident_id
    )
    return render(request, "account/data.html", profile=profile, browsers=browsers)


@page("/profile/data.json")
def download_data(request: CityRequest) -> Response[Any]:
    """The copy, as a file."""
    with request.work() as work:
        data = service.copy_of_data(work, own_profile(request, work).id)
    return Response(
        msgspec.json.format(msgspec.json.encode(data), indent=2),
        media_type="application/json",
        headers={
            "content-disposition": f'attachment; filename="veche-{request.tenant.slug}.json"',
            "cache-control": "no-store",
        },
    )


@action("/profile/elsewhere")
def sign_out_elsewhere(request: CityRequest) -> Response[Any]:
    """Sign out in all other browsers."""
    visitor = request.signed_in
    with request.work(person=False) as work:
        notices.end_push(work, visitor, elsewhere=True)
    sessions.end_all(
        request.runtime, request.tenant, kind=visitor.kind, id=visitor.id, but=visitor.token_id
    )
    back = "/desk/security" if visitor.kind == "staff" else "/profile/data"
    return redirect(request, back, flash=("good", _ELSEWHERE.in_(request.locale)))


@page("/profile/erase")
def ask_erase(request: CityRequest) -> Response[Any]:
    """What erasing means."""
    with request.work() as work:
        own_profile(request, work)
    return render(request, "account/erase.html")


@action("/profile/erase")
def erase(request: CityRequest, data: FormData) -> Response[Any]:
    """Erase the account and sign out everywhere."""
    resident_id = request.signed_in.resident_id
    if not Form(data).flag("understood"):
        with request.work() as work:
            own_profile(request, work)
        return render(
            request,
            "account/erase.html",
            status=422,
            errors={"understood": _TICK.in_(request.locale)},
        )
    with request.work(person=False) as work:
        own_data.erase(work, own_profile(request, work).id)
        # Before the commit: if Redis does not answer, nothing is erased, and no session outlives
        # its account.
        sessions.end_all(request.runtime, request.tenant, kind="resident", id=resident_id)
    response = redirect(request, "/", flash=("good", _ERASED.in_(request.locale)))
    cookies.clear_session(response)
    cookies.clear_steps(response)
    return response


def _keys_page(
    request: CityRequest,
    standing: tuple[tokens.Token, ...],
    *,
    made: str | None = None,
    values: dict[str, Any] | None = None,
    problem: Problem | None = None,
) -> Response[Any]:
    locale = request.locale
    return render(
        request,
        "account/keys.html",
        status=problem.status if problem else 200,
        headers={"cache-control": "no-store"},
        standing=standing,
        made=made,
        full=len(standing) >= tokens.MOST,
        values={"name": "", "lasts": str(tokens.LIFETIMES[1].days), **(values or {})},
        terms=[
            {"value": str(one.days), "label": DAYS.count(one.days, locale)}
            for one in tokens.LIFETIMES
        ],
        errors=field_errors(request, problem, "name"),
    )


HANDLERS = (
    show_consents,
    change_consent,
    show_keys,
    issue_key,
    revoke_key,
    show_data,
    download_data,
    sign_out_elsewhere,
    ask_erase,
    erase,
)
