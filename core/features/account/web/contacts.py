"""The contacts a resident signs in with: adding one by a code, removing one."""

from typing import Any, Final
from uuid import UUID

from litestar import Response

from core.features.account.web import cookies
from core.features.account.web.answers import field_errors, own_profile, realm_of, said
from core.identity import codes, residents
from core.identity.codes import Challenge, CodeGone
from core.identity.contacts import Contact, read_contact
from core.identity.limits import TooMany
from core.identity.profiles import Profile
from core.kit.errors import Conflict, Invalid, Problem
from core.kit.text import Text
from core.web.forms import Form, FormData
from core.web.pages import redirect, render
from core.web.request import CityRequest
from core.web.routes import action, page

_CONTACT_ADDED: Final = Text(ru="Контакт добавлен.", en="The contact is added.")
_CONTACT_REMOVED: Final = Text(ru="Контакт удалён.", en="The contact is removed.")
_CODE_GONE: Final = Text(
    ru="Код больше не действует. Запросите новый.",
    en="The code is no longer valid. Please ask for a new one.",
)


@page("/profile/contacts")
def show_contacts(request: CityRequest) -> Response[Any]:
    """The contacts to sign in with."""
    with request.work() as work:
        profile = own_profile(request, work)
    return _contacts_page(request, profile)


@action("/profile/contacts")
def send_contact_code(request: CityRequest, data: FormData) -> Response[Any]:
    """Send a code to a new contact."""
    form = Form(data)
    try:
        with request.work() as work:
            profile = own_profile(request, work)
            contact = read_contact(form.raw("contact"))
            token = codes.send_code(
                work,
                Challenge(contact, codes.Purpose.NEW_CONTACT, "/profile/contacts", profile.id),
                address=request.address,
                locale=request.locale,
            )
    except (Invalid, TooMany) as problem:
        return _contacts_page(request, profile, typed=form.raw("contact"), problem=problem)
    response = redirect(request, "/profile/contacts/code")
    cookies.set_step(request, response, cookies.CODE, token)
    return response


@page("/profile/contacts/code")
def ask_contact_code(request: CityRequest) -> Response[Any]:
    """Where to type it."""
    challenge = _challenge(request, request.signed_in.resident_id)
    if challenge is None:
        return _contact_code_gone(request)
    with request.work():
        pass
    return render(request, "account/contact_code.html", contact=challenge.contact)


@action("/profile/contacts/code")
def check_contact_code(request: CityRequest, data: FormData) -> Response[Any]:
    """Add the contact. Only who could read the code is told if it is somebody else's."""
    form = Form(data)
    resident_id = request.signed_in.resident_id
    challenge = _challenge(request, resident_id)
    if challenge is None:
        return _contact_code_gone(request)
    try:
        codes.check_code(
            realm_of(request),
            request.cookies.get(cookies.CODE),
            form.raw("code"),
            purpose=codes.Purpose.NEW_CONTACT,
            address=request.address,
        )
    except CodeGone:
        return _contact_code_gone(request)
    except (Invalid, TooMany) as problem:
        with request.work():
            pass
        return render(
            request,
            "account/contact_code.html",
            status=problem.status,
            contact=challenge.contact,
            errors=field_errors(request, problem, "code"),
        )
    try:
        with request.work() as work:
            residents.add_contact(work, resident_id, challenge.contact)
    except Conflict as problem:
        return redirect(request, "/profile/contacts", flash=("bad", said(request, problem)))
    response = redirect(
        request, "/profile/contacts", flash=("good", _CONTACT_ADDED.in_(request.locale))
    )
    cookies.clear_steps(response)
    return response


@action("/profile/contacts/{contact_id:uuid}/remove")
def remove_contact(request: CityRequest, contact_id: UUID) -> Response[Any]:
    """Forget a contact."""
    try:
        with request.work() as work:
            residents.remove_contact(work, request.signed_in.resident_id, contact_id)
    except Conflict as problem:
        return redirect(request, "/profile/contacts", flash=("bad", said(request, problem)))
    return redirect(
        request, "/profile/contacts", flash=("good", _CONTACT_REMOVED.in_(request.locale))
    )


def _challenge(request: CityRequest, resident_id: UUID) -> Challenge | None:
    found = codes.look(realm_of(request), request.cookies.get(cookies.CODE))
    if found is None or found.purpose is not codes.Purpose.NEW_CONTACT:
        return None
    return found if found.resident_id == resident_id else None


def _contact_code_gone(request: CityRequest) -> Response[Any]:
    return redirect(request, "/profile/contacts", flash=("warn", _CODE_GONE.in_(request.locale)))


def _contacts_page(
    request: CityRequest,
    profile: Profile,
    *,
    typed: str = "",
    problem: Problem | None = None,
) -> Response[Any]:
    contacts: list[tuple[UUID, Contact]] = [(one.id, one.contact) for one in profile.contacts]
    return render(
        request,
        "account/contacts.html",
        status=problem.status if problem else 200,
        contacts=contacts,
        removable=len(contacts) > 1 or bool(profile.logins),
        logins=[
            {
                "label": provider.label.in_(request.locale) if provider else one.provider,
                "linked_at": one.linked_at,
            }
            for one in profile.logins
            for provider in [request.tenant.profile.sign_in.provider(one.provider)]
        ],
        typed=typed,
        errors=field_errors(request, problem, "contact"),
    )


HANDLERS = (
    show_contacts,
    send_contact_code,
    ask_contact_code,
    check_contact_code,
    remove_contact,
)
