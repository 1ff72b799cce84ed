"""What an author sees of moderation: letters, asking for a second look, and a block."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from litestar import Response
from litestar.params import FromPath

from core.documents.produce import produce
from core.feature import HomeSection
from core.features.moderation import queries as own
from core.features.moderation import service
from core.kit.actor import ResidentActor
from core.kit.errors import NotFound, Problem, SignInNeeded
from core.kit.text import Text
from core.moderation import queries
from core.moderation import service as moderation
from core.moderation.domain import LONGEST_PLEA, ItemView, LetterView
from core.web.forms import Form, FormData
from core.web.pages import local_path, messages, redirect, render
from core.web.request import CityRequest
from core.web.routes import action, page
from core.work import Work

_PAGE: Final = 20
_ASKED: Final = Text(
    ru="Просьба отправлена: решение посмотрит другой сотрудник.",
    en="Sent: somebody else will look at the decision.",
)


def _resident(request: CityRequest) -> UUID:
    visitor = request.signed_in
    if visitor.kind != "resident":
        raise SignInNeeded
    return visitor.resident_id


def _addressee(request: CityRequest) -> UUID:
    """Who may read letters at all; for officials there are none here, they have the queue."""
    if request.signed_in.kind != "resident":
        raise NotFound
    return request.signed_in.resident_id


@page("/me/letters")
def my_letters(request: CityRequest) -> Response[Any]:
    """The letters of refusal that the person signed in has got."""
    me = _resident(request)
    before = request.query_params.get("before")
    try:
        after = UUID(before) if before else None
    except ValueError as error:
        raise NotFound from error
    with request.work() as work:
        found = queries.letters_to(work.session, me, before=after, most=_PAGE + 1)
        kinds = service.kinds()
        rows = [(one, own.kind_label(kinds, one.kind).in_(request.locale)) for one in found[:_PAGE]]
    return render(
        request,
        "moderation/letters.html",
        rows=rows,
        next=f"/me/letters?before={found[_PAGE - 1].id}" if len(found) > _PAGE else None,
        first="/me/letters" if after else None,
    )


@page("/me/letters/{letter_id:uuid}")
def my_letter(request: CityRequest, letter_id: FromPath[UUID]) -> Response[Any]:
    """One letter, and what can be done about it."""
    me = _addressee(request)
    with request.work() as work:
        shown = _letter(request, work, letter_id, me)
    return render(request, "moderation/letter.html", **shown)


@page("/me/letters/{letter_id:uuid}/letter.pdf")
def my_document(request: CityRequest, letter_id: FromPath[UUID]) -> Response[bytes]:
    """The letter as a document."""
    me = _addressee(request)
    with request.work(person=False) as work:
        _mine(work, letter_id, me)
        made = produce(work, service.REFUSAL, letter_id, "pdf")
    return Response(
        made.content,
        media_type=made.media_type,
        headers={
            "content-disposition": 'attachment; filename="letter.pdf"',
            "cache-control": "private, no-store",
        },
    )


@action("/moderation/{item_id:uuid}/second-look")
def second_look(request: CityRequest, item_id: FromPath[UUID], data: FormData) -> Response[Any]:
    """The author asks somebody else to look."""
    me = _resident(request)
    form = Form(data)
    reason = form.raw("reason").replace("\r\n", "\n")
    back = local_path(form.raw("next"), f"/me/letters/{item_id}")
    try:
        with request.work(person=False) as work:
            item = _my_item(work, item_id, me)
            moderation.ask_second_look(
                work, kind=item.kind, subject_id=item.subject_id, reason=reason
            )
    except NotFound:
        raise
    except Problem as problem:
        with request.work() as work:
            shown = _letter(request, work, item_id, me, problem=problem, reason=reason)
        return render(request, "moderation/letter.html", status=problem.status, **shown)
    return redirect(request, back, flash=("good", _ASKED.in_(request.locale)))


def _mine(work: Work, letter_id: UUID, me: UUID) -> LetterView:
    letter = queries.letter(work.session, letter_id)
    if letter is None or letter.addressee_id != me:
        raise NotFound
    return letter


def _my_item(work: Work, item_id: UUID, me: UUID) -> ItemView:
    item = queries.item(work.session, item_id)
    if item is None or item.author_id != me:
        raise NotFound
    return item


def _letter(
    request: CityRequest,
    work: Work,
    letter_id: UUID,
    me: UUID,
    *,
    problem: Problem | None = None,
    reason: str = "",
) -> dict[str, Any]:
    """What the page of a letter shows."""
    locale = request.locale
    letter = _mine(work, letter_id, me)
    item = queries.item(work.session, letter.id)
    second = item is not None and item.looks_again_at is not None
    return {
        "letter": letter,
        "look": moderation.look_state(work.session, item, letter, today=work.today)
        if item is not None
        else None,
        "opening": own.opening(work, letter, service.kinds(), locale),
        "closing": own.closing(letter, second=second, locale=locale),
        "problem": problem,
        "errors": messages(problem, locale) if problem else {},
        "reason": reason,
        "longest": LONGEST_PLEA,
    }


def restriction(work: Work) -> Mapping[str, object] | None:
    """For the profile: what a block is for, until when, and what to do; and the letters."""
    if not isinstance(work.actor, ResidentActor):
        return None
    found = queries.block_in_force(work.session, work.actor.id)
    letters = queries.letters_to(work.session, work.actor.id, most=3)
    # Blocked before decisions were recorded here: all there is to say is whom to ask.
    unexplained = found is None and queries.is_blocked(work.session, work.actor.id)
    if found is None and not letters and not unexplained:
        return None
    return {
        "unexplained": unexplained,
        "office": work.tenant.profile.contacts.email,
        "block": found,
        "block_letter": queries.letter(work.session, found.letter_id) if found else None,
        "letters": letters,
        "kinds": {
            one.kind: own.kind_label(service.kinds(), one.kind).in_(work.tenant.locale)
            for one in letters
        },
    }


HANDLERS: Final = (my_letters, my_letter, my_document, second_look)
PROFILE: Final = (HomeSection(order=5, template="moderation/profile.html", context=restriction),)
