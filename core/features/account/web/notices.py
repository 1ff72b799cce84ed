"""Notices in the cabinet of residents and officials, how they want them, and stopping letters."""

from typing import Annotated, Any, Final, cast
from uuid import UUID

from litestar import Response
from litestar.params import QueryParameter

from core.features.account import service
from core.identity.sessions import Visitor
from core.kit.errors import Invalid, NotFound
from core.kit.text import Locale, Text
from core.notify import cabinet, push
from core.notify.domain import PACES, Chosen, paces_of
from core.notify.letters import CABINET, SETTINGS
from core.notify.manifest import MessageKind, Pace
from core.notify.preferences import (
    UNSUBSCRIBE_PATH,
    Stopping,
    choices,
    choose,
    read_stopping,
    stop_letters,
)
from core.notify.tell import Recipient, unread
from core.web.forms import Form, FormData
from core.web.pages import messages, redirect, render
from core.web.request import CityRequest
from core.web.routes import action, page
from core.work import Work

_SAVED: Final = Text(ru="Сохранено.", en="Saved.")
_ALL_READ: Final = Text(ru="Всё прочитано.", en="All is read.")
_FORGOTTEN: Final = Text(
    ru="На это устройство больше ничего не придёт.", en="Nothing will come to that device any more."
)
_NO_SUCH: Final = Text(ru="Такой страницы списка нет.", en="There is no such page of the list.")


@page(CABINET)
def notices(
    request: CityRequest, after: Annotated[str | None, QueryParameter(max_length=60)] = None
) -> Response[Any]:
    """What the person was told, unread first."""
    visitor = request.signed_in
    recipient = _recipient(visitor)
    with request.work(person=False) as work:
        try:
            shown = cabinet.page(work.session, recipient, after=after)
        except ValueError as error:
            raise NotFound("no_such_page", _NO_SUCH) from error
        waiting = unread(work.session, recipient)
        kinds = service.message_kinds()
        return render(
            request,
            "account/notices.html",
            work=work,
            layout=_layout(visitor),
            notices=[
                {
                    "id": one.id,
                    "title": one.title,
                    "text": one.text,
                    "label": kinds[one.kind].label if one.kind in kinds else None,
                    "created_at": one.created_at,
                    "read": one.read,
                    "href": f"{CABINET}/{one.id}",
                }
                for one in shown.items
            ],
            newest=max((one.id for one in shown.items), default=None),
            first=after is None,
            next=f"{CABINET}?after={shown.after}" if shown.after else None,
            unread=waiting,
            settings=SETTINGS,
        )


@page(f"{CABINET}/{{notice_id:uuid}}")
def open_notice(request: CityRequest, notice_id: UUID) -> Response[Any]:
    """Read a notice: on to the page it speaks of. Letters and push messages lead here, so it also
    serves those who have not signed in on this device; the page itself knows who may see it."""
    visitor = request.visitor
    with request.work(person=False) as work:
        path = cabinet.open_notice(
            work, notice_id, _recipient(visitor) if visitor is not None else None
        )
    if path is None:
        raise NotFound
    return redirect(request, path)


@action(f"{CABINET}/read")
def read_all(request: CityRequest, data: FormData) -> Response[Any]:
    """Mark all as read that the page has shown as unread."""
    form = Form(data)
    until = form.id("until")
    recipient = _recipient(request.signed_in)
    form.check()
    with request.work(person=False) as work:
        cabinet.mark_all(work, recipient, until=cast("UUID", until))
    return redirect(request, CABINET, flash=("good", _ALL_READ.in_(request.locale)))


@page(SETTINGS)
def settings(request: CityRequest) -> Response[Any]:
    """Which notices come by letter and by push, and how often."""
    visitor = request.signed_in
    with request.work(person=False) as work:
        return _settings_page(request, work, visitor)


@action(SETTINGS)
def save_settings(request: CityRequest, data: FormData) -> Response[Any]:
    """Keep the whole table."""
    visitor = request.signed_in
    recipient, form = _recipient(visitor), Form(data)
    with request.work(person=False) as work:
        try:
            with work.session.begin_nested():
                for kind in _kinds(work, visitor):
                    name = f"email.{kind.key}"
                    if not form.raw(name):
                        continue
                    pace = form.choice(name, list(PACES))
                    form.check()
                    chosen = Chosen(cast("Pace", pace), form.flag(f"push.{kind.key}"))
                    choose(work, recipient, kind, chosen)
        except Invalid as problem:
            return _settings_page(request, work, visitor, problem)
    return redirect(request, SETTINGS, flash=("good", _SAVED.in_(request.locale)))


@action(f"{CABINET}/devices")
def add_device(request: CityRequest, data: FormData) -> Response[Any]:
    """Take this browser's push subscription; the page's script sends it."""
    visitor, form = request.signed_in, Form(data)
    with request.work(person=False) as work:
        push.subscribe(
            work,
            _recipient(visitor),
            endpoint=form.text("endpoint", most=1000),
            p256dh=form.text("p256dh", most=200),
            auth=form.text("auth", most=100),
            session=visitor.token_id,
            user_agent=request.headers.get("user-agent", ""),
        )
        form.check()
    return redirect(request, SETTINGS)


@action(f"{CABINET}/devices/forget")
def forget_this_device(request: CityRequest, data: FormData) -> Response[Any]:
    """End this browser's subscription; the page's script names it."""
    visitor, form = request.signed_in, Form(data)
    with request.work(person=False) as work:
        push.unsubscribe(work, _recipient(visitor), endpoint=form.text("endpoint", most=1000))
    return redirect(request, SETTINGS)


@action(f"{CABINET}/devices/{{device_id:uuid}}/forget")
def forget_device(request: CityRequest, device_id: UUID) -> Response[Any]:
    """End the subscription of any of one's browsers."""
    with request.work(person=False) as work:
        push.unsubscribe(work, _recipient(request.signed_in), device=device_id)
    return redirect(request, SETTINGS, flash=("good", _FORGOTTEN.in_(request.locale)))


@page(f"{UNSUBSCRIBE_PATH}{{token:str}}")
def ask_unsubscribe(request: CityRequest, token: str) -> Response[Any]:
    """What the link of a letter stops. Asking first, because programs that check letters for
    viruses follow every link in them."""
    stopping = _stopping(request, token)
    return _unsubscribe_page(request, stopping, done=False, stopped=())


@action(f"{UNSUBSCRIBE_PATH}{{token:str}}", exclude_from_csrf=True)
def unsubscribe(request: CityRequest, token: str) -> Response[Any]:
    """Stop letters: pressed on our page, or sent by a mail program (RFC 8058), which has neither
    cookies nor our token. The link itself is the proof."""
    stopping = _stopping(request, token)
    with request.work(person=False) as work:
        kinds = service.message_kinds()
        wanted = [one for one in kinds.values() if one.audience == _audience(stopping.recipient)]
        stopped = stop_letters(work, stopping, wanted)
    return _unsubscribe_page(request, stopping, done=True, stopped=stopped)


def end_push(work: Work, visitor: Visitor, *, elsewhere: bool = False) -> None:
    """End the push messages of this session, or of all others, together with the sign-in there."""
    if visitor.kind != "operator":
        here = visitor.token_id
        push.unsubscribe(
            work,
            _recipient(visitor),
            session=None if elsewhere else here,
            but_session=here if elsewhere else None,
        )


def _unsubscribe_page(
    request: CityRequest, stopping: Stopping, *, done: bool, stopped: tuple[MessageKind, ...]
) -> Response[Any]:
    kind = service.message_kinds().get(stopping.kind or "")
    return render(
        request,
        "account/unsubscribe.html",
        label=kind.label if kind is not None else None,
        pace=PACES[stopping.pace] if stopping.pace is not None else None,
        done=done,
        stopped=[one.label for one in stopped],
        settings=SETTINGS,
    )


def _stopping(request: CityRequest, token: str) -> Stopping:
    found = read_stopping(request.runtime, request.tenant, token)
    if found is None:
        raise NotFound
    return found


def _settings_page(
    request: CityRequest, work: Work, visitor: Visitor, problem: Invalid | None = None
) -> Response[Any]:
    recipient = _recipient(visitor)
    kinds = _kinds(work, visitor)
    chosen = choices(work, [recipient.id], kinds)
    locale = request.locale
    return render(
        request,
        "account/notice_settings.html",
        work=work,
        status=problem.status if problem else 200,
        layout=_layout(visitor),
        rows=[
            {
                "key": kind.key,
                "label": kind.label,
                "binding": kind.binding,
                "email": chosen[recipient.id, kind.key].email,
                "push": chosen[recipient.id, kind.key].push,
                "paces": _paces(kind, locale),
            }
            for kind in kinds
        ],
        errors=messages(problem, locale) if problem else {},
        address=service.letter_address(work, recipient),
        public_key=push.public_key(request.runtime, request.tenant),
        devices=push.devices(work, recipient, session=visitor.token_id),
        cabinet=CABINET,
    )


def _paces(kind: MessageKind, locale: Locale) -> list[dict[str, str]]:
    return [{"value": one, "label": PACES[one].in_(locale)} for one in paces_of(kind)]


def _kinds(work: Work, visitor: Visitor) -> tuple[MessageKind, ...]:
    return service.offered_kinds(work, _audience(_recipient(visitor)))


def _audience(recipient: Recipient) -> Any:
    return "staff" if recipient.kind == "staff" else "residents"


def _recipient(visitor: Visitor) -> Recipient:
    """Whose notices these are; raises Forbidden for operators."""
    if visitor.kind == "staff":
        return Recipient("staff", visitor.staff_id)
    return Recipient("resident", visitor.resident_id)


def _layout(visitor: Visitor) -> str:
    return "layout/desk.html" if visitor.kind == "staff" else "layout/base.html"


HANDLERS: Final = (
    notices,
    open_notice,
    read_all,
    settings,
    save_settings,
    add_device,
    forget_this_device,
    forget_device,
    ask_unsubscribe,
    unsubscribe,
)
