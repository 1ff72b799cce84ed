"""Signing in on a city's host: a code by e-mail or phone, or a provider; then consent if it is
owed, the choice of the desk for staff, and back to where the person was."""

from collections.abc import Collection
from contextlib import suppress
from typing import Any, Final
from urllib.parse import quote
from uuid import UUID

from litestar import Response

from core.features.account import service
from core.features.account.domain import DESK, HOME, is_desk, return_path
from core.features.account.service import Step
from core.features.account.web import cookies, notices
from core.features.account.web.answers import field_errors, realm_of
from core.identity import codes, consents, oidc, proofs, sessions, staff, totp
from core.identity.codes import Challenge, CodeGone
from core.identity.consents import NEEDED, Purpose
from core.identity.contacts import read_contact
from core.identity.limits import TooMany
from core.identity.proofs import Proof, ProofGone
from core.identity.sessions import Visitor
from core.kit.actor import Anonymous
from core.kit.errors import Invalid, NotFound, Problem, Unavailable
from core.kit.text import Text
from core.web.errors import away
from core.web.forms import Form, FormData
from core.web.pages import messages, redirect, render
from core.web.request import SESSION_COOKIE, CityRequest
from core.web.routes import action, page

_CODE_GONE: Final = Text(
    ru="Этот код больше не действует. Запросите новый.",
    en="This code is no longer valid. Please ask for a new one.",
)
_WELCOME: Final = Text(ru="Добро пожаловать! Вы вошли.", en="Welcome! You are signed in.")
_LINKED: Final = Text(
    ru="Готово, уровень подтверждения обновлён.", en="Done: your level is updated."
)
_OUT: Final = Text(ru="Вы вышли.", en="You are signed out.")
_CHOOSE: Final = Text(ru="Выберите, куда войти.", en="Choose where to go.")


@page("/sign-in")
def ask_contact(request: CityRequest) -> Response[Any]:
    """Where to send a code; for somebody signed in already, whom they are signed in as."""
    next_path = return_path(request.query_params.get("next"))
    visitor = request.visitor
    if visitor is not None:
        with request.work():
            pass
        return render(request, "account/already.html", next=next_path, visitor_kind=visitor.kind)
    return _contact_form(request, next_path=next_path, typed=request.query_params.get("contact"))


@action("/sign-in")
def send_code(request: CityRequest, data: FormData) -> Response[Any]:
    """Send a code. The answer is the same whether or not the city knows the contact."""
    form = Form(data)
    next_path = return_path(form.raw("next"))
    offer = request.tenant.profile.sign_in
    try:
        contact = read_contact(form.raw("contact"), email=offer.email_code, phone=offer.phone_code)
        with request.runtime.work(request.tenant, Anonymous()) as work:
            token = codes.send_code(
                work,
                Challenge(contact, codes.Purpose.SIGN_IN, next_path),
                address=request.address,
                locale=request.locale,
            )
    except (Invalid, TooMany) as problem:
        return _contact_form(
            request, next_path=next_path, typed=form.raw("contact"), problem=problem
        )
    response = redirect(request, "/sign-in/code")
    cookies.set_step(request, response, cookies.CODE, token)
    return response


@page("/sign-in/code")
def ask_code(request: CityRequest) -> Response[Any]:
    """Where to type the code."""
    challenge = _challenge(request)
    if challenge is None:
        return redirect(request, "/sign-in", flash=("warn", _CODE_GONE.in_(request.locale)))
    return _code_form(request, challenge)


@action("/sign-in/code")
def check_code(request: CityRequest, data: FormData) -> Response[Any]:
    """Check the code and go on."""
    form = Form(data)
    token = request.cookies.get(cookies.CODE)
    challenge = _challenge(request)
    if challenge is None:
        return redirect(request, "/sign-in", flash=("warn", _CODE_GONE.in_(request.locale)))
    try:
        codes.check_code(
            realm_of(request),
            token,
            form.raw("code"),
            purpose=codes.Purpose.SIGN_IN,
            address=request.address,
        )
    except CodeGone:
        return redirect(request, "/sign-in", flash=("warn", _CODE_GONE.in_(request.locale)))
    except (Invalid, TooMany) as problem:
        return _code_form(request, challenge, problem=problem)
    return _go_on(request, Proof(next=challenge.next, contact=challenge.contact))


@page("/sign-in/as")
def ask_role(request: CityRequest) -> Response[Any]:
    """Staff choose: the desk, or the city's pages as a resident."""
    proof = _proof(request)
    with request.runtime.work(request.tenant, Anonymous()) as work:
        if service.staff_of(work, proof) is None:
            raise ProofGone
    return render(request, "account/role.html", proof=proof)


@action("/sign-in/as")
def choose_role(request: CityRequest, data: FormData) -> Response[Any]:
    """Go on as chosen; the desk asks for the second factor if there is one."""
    form = Form(data)
    proof = _proof(request)
    role = form.choice("role", ("desk", "resident"))
    if role is None:
        errors = {"role": _CHOOSE.in_(request.locale)}
        return render(request, "account/role.html", status=422, proof=proof, errors=errors)
    with request.runtime.work(request.tenant, Anonymous()) as work:
        staff_id = service.staff_of(work, proof)
        if role == "resident" or staff_id is None:
            step = service.resident_step(work, proof)
        elif totp.is_enrolled(work, staff_id):
            return redirect(request, "/sign-in/second")
    if role == "desk" and staff_id is not None:
        return _enter_desk(request)
    if step is Step.CONSENT:
        return redirect(request, "/sign-in/consent")
    return _enter_resident(request, ())


@page("/sign-in/second")
def ask_second_factor(request: CityRequest) -> Response[Any]:
    """The six digits of the application on the phone."""
    _proof(request)
    return render(request, "account/second.html")


@action("/sign-in/second")
def check_second_factor(request: CityRequest, data: FormData) -> Response[Any]:
    """Check them and open the desk."""
    form = Form(data)
    proof = _proof(request)
    try:
        with request.runtime.work(request.tenant, Anonymous()) as work:
            staff_id = service.staff_of(work, proof)
            if staff_id is None:
                raise ProofGone
            totp.check(work, staff_id, form.raw("code"))
    except (Invalid, TooMany) as problem:
        return render(
            request,
            "account/second.html",
            status=problem.status,
            errors=field_errors(request, problem, "code"),
        )
    return _enter_desk(request, second_factor=True)


@page("/sign-in/consent")
def ask_consent(request: CityRequest) -> Response[Any]:
    """Consents, each by itself (152-ФЗ)."""
    return _consent_form(request, _proof(request))


@action("/sign-in/consent")
def give_consent(request: CityRequest, data: FormData) -> Response[Any]:
    """Keep what was agreed to and sign in."""
    form = Form(data)
    proof = _proof(request)
    agreed = [one for one in _asked(proof) if form.flag(one.value)]
    try:
        return _enter_resident(request, agreed)
    except Invalid as problem:
        return _consent_form(request, proof, agreed=agreed, problem=problem)


@page("/sign-in/with/{key:str}")
def leave_for_provider(request: CityRequest, key: str) -> Response[Any]:
    """Send the browser to a provider. A link and not a form: the content policy lets forms lead
    nowhere but here."""
    realm = realm_of(request)
    provider = oidc.provider_of(realm, key)
    visitor = request.visitor
    linking = request.query_params.get("link") == "1"
    departure = oidc.depart(
        realm,
        provider,
        redirect_uri=_back_url(request, key),
        next="/profile" if linking else return_path(request.query_params.get("next")),
        resident_id=visitor.resident_id if linking and visitor is not None else None,
    )
    response: Response[Any] = Response(
        "", status_code=303, headers={"location": departure.url, "cache-control": "no-store"}
    )
    cookies.set_step(request, response, cookies.PROVIDER, departure.browser_token)
    return response


@page("/sign-in/with/{key:str}/back")
def return_from_provider(request: CityRequest, key: str) -> Response[Any]:
    """The browser is back: link the identity to who is signed in, or sign in with it."""
    realm = realm_of(request)
    arrival = oidc.arrive(
        realm,
        oidc.provider_of(realm, key),
        {name: str(value) for name, value in request.query_params.items()},
        browser_token=request.cookies.get(cookies.PROVIDER),
    )
    if arrival.resident_id is None:
        return _go_on(request, Proof(next=arrival.next, identity=arrival.identity))
    visitor = request.visitor
    if visitor is None or visitor.kind != "resident" or visitor.id != arrival.resident_id:
        # Somebody else has signed in here meanwhile: the identity is not theirs.
        raise oidc.AttemptGone
    with request.work() as work:
        service.link(work, arrival.resident_id, arrival.identity)
    response = redirect(request, arrival.next, flash=("good", _LINKED.in_(request.locale)))
    cookies.clear_steps(response)
    return response


@action("/sign-out")
def sign_out(request: CityRequest, data: FormData) -> Response[Any]:
    """Sign out in this browser, also when Redis is away: then the token is at least forgotten."""
    form = Form(data)
    target = HOME
    if form.flag("again"):
        target = f"/sign-in?next={quote(return_path(form.raw('next')), safe='/')}"
    with suppress(Unavailable):
        visitor = request.visitor
        sessions.end(request.runtime, request.place.tenant, request.cookies.get(SESSION_COOKIE))
        _end_push(request, visitor)
    response = redirect(request, target, flash=("good", _OUT.in_(request.locale)))
    cookies.clear_session(response)
    cookies.clear_steps(response)
    return response


def _end_push(request: CityRequest, visitor: Visitor | None) -> None:
    """Whoever uses this browser next is not to see the notices of the one who leaves. Leaving
    works without the database too."""
    tenant = request.place.tenant
    if visitor is None or tenant is None:
        return
    try:
        with request.runtime.work(tenant, Anonymous()) as work:
            notices.end_push(work, visitor)
    except Exception as error:
        if not away(error):
            raise


@page("/consents/{purpose:str}")
def consent_text(request: CityRequest, purpose: str) -> Response[Any]:
    """The text of a consent as it stands now."""
    if purpose not in {one.value for one in Purpose}:
        raise NotFound
    wording = consents.current(Purpose(purpose))
    return render(
        request,
        "account/consent_text.html",
        title=wording.title.in_(request.locale),
        text=wording.of(request.tenant).in_(request.locale),
        version=wording.version,
    )


def _challenge(request: CityRequest) -> Challenge | None:
    found = codes.look(realm_of(request), request.cookies.get(cookies.CODE))
    return found if found is not None and found.purpose is codes.Purpose.SIGN_IN else None


def _proof(request: CityRequest) -> Proof:
    return proofs.look(realm_of(request), request.cookies.get(cookies.PROOF))


def _go_on(request: CityRequest, proof: Proof) -> Response[Any]:
    """The next step after a proof, or straight in."""
    realm = realm_of(request)
    with request.runtime.work(request.tenant, Anonymous()) as work:
        step = service.next_step(work, proof)
        entered = service.enter(work, proof) if step is Step.ENTER else None
    if entered is not None:
        return _signed_in(request, proof, entered.id)
    response = redirect(request, "/sign-in/as" if step is Step.CHOOSE else "/sign-in/consent")
    cookies.clear_steps(response)
    cookies.set_step(request, response, cookies.PROOF, proofs.keep(realm, proof))
    return response


def _enter_resident(request: CityRequest, agreed: Collection[Purpose]) -> Response[Any]:
    """Sign in as the resident behind the proof; the proof is used up."""
    proof = _proof(request)
    with request.runtime.work(request.tenant, Anonymous()) as work:
        entered = service.enter(work, proof, agreed)
    proofs.use(realm_of(request), request.cookies.get(cookies.PROOF))
    return _signed_in(request, proof, entered.id, new=entered.new)


def _enter_desk(request: CityRequest, *, second_factor: bool = False) -> Response[Any]:
    """Sign in as the official behind the proof; the proof is used up."""
    proof = proofs.use(realm_of(request), request.cookies.get(cookies.PROOF))
    with request.runtime.work(request.tenant, Anonymous()) as work:
        staff_id = service.staff_of(work, proof)
        official = staff.load_staff_actor(work, staff_id) if staff_id is not None else None
        if official is None or (totp.is_enrolled(work, official.id) and not second_factor):
            raise ProofGone
    token = sessions.begin(
        request.runtime,
        request.tenant,
        kind="staff",
        id=official.id,
        name=official.name,
        replacing=request.cookies.get(SESSION_COOKIE),
    )
    response = redirect(request, proof.next if is_desk(proof.next) else DESK)
    cookies.clear_steps(response)
    cookies.set_session(request, response, token, "staff")
    return response


def _signed_in(
    request: CityRequest, proof: Proof, resident_id: UUID, *, new: bool = False
) -> Response[Any]:
    token = sessions.begin(
        request.runtime,
        request.tenant,
        kind="resident",
        id=resident_id,
        replacing=request.cookies.get(SESSION_COOKIE),
    )
    # A resident who came for the desk would only be turned away there.
    target = HOME if is_desk(proof.next) else proof.next
    response = redirect(
        request, target, flash=("good", _WELCOME.in_(request.locale)) if new else None
    )
    cookies.clear_steps(response)
    cookies.set_session(request, response, token, "resident")
    return response


def _contact_form(
    request: CityRequest,
    *,
    next_path: str,
    typed: str | None,
    problem: Problem | None = None,
) -> Response[Any]:
    offer = request.tenant.profile.sign_in
    return render(
        request,
        "account/sign_in.html",
        status=problem.status if problem else 200,
        next=next_path,
        typed=typed or "",
        email=offer.email_code,
        phone=offer.phone_code,
        providers=offer.providers,
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


def _asked(proof: Proof) -> tuple[Purpose, ...]:
    """The consents of a first sign-in: those needed, and those there is something to ask about."""
    details = (Purpose.DETAILS,) if service.brings_details(proof) else ()
    return (*NEEDED, *details, Purpose.NEWS)


def _consent_form(
    request: CityRequest,
    proof: Proof,
    *,
    agreed: Collection[Purpose] = (),
    problem: Problem | None = None,
) -> Response[Any]:
    wordings = [
        {
            "purpose": one.value,
            "title": consents.current(one).title.in_(request.locale),
            "text": consents.current(one).of(request.tenant).in_(request.locale),
            "needed": one in NEEDED,
            "checked": one in agreed,
        }
        for one in _asked(proof)
    ]
    return render(
        request,
        "account/consent.html",
        status=problem.status if problem else 200,
        wordings=wordings,
        errors=messages(problem, request.locale) if problem else {},
    )


def _back_url(request: CityRequest, key: str) -> str:
    return request.runtime.settings.url_of(request.place.host, f"/sign-in/with/{key}/back")


HANDLERS = (
    ask_contact,
    send_code,
    ask_code,
    check_code,
    ask_role,
    choose_role,
    ask_second_factor,
    check_second_factor,
    ask_consent,
    give_consent,
    leave_for_provider,
    return_from_provider,
    sign_out,
    consent_text,
)
