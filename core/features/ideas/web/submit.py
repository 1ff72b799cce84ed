"""Writing an idea: the form, its draft that nobody loses, changing it, and asking for an amendment
once people support it."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from litestar import Response, Router
from litestar.datastructures import UploadFile
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from core.features.ideas.domain import (
    LONGEST_BODY,
    LONGEST_NOTE,
    LONGEST_TITLE,
    CampaignState,
    Notice,
    State,
)
from core.features.ideas.model import Idea
from core.features.ideas.queries import desk, one
from core.features.ideas.queries.one import CampaignView, IdeaView
from core.features.ideas.service import writing
from core.features.ideas.service.writing import FILES, IdeaDraft
from core.features.ideas.web import shown, stash
from core.features.ideas.web.map import ground
from core.files import store
from core.kit.errors import Conflict, Invalid, NotFound, Problem, SignInNeeded
from core.kit.ids import new_id
from core.kit.text import Text
from core.rules import Refused
from core.rules.explain import reasons_data
from core.web.forms import Form, FormData, UploadData
from core.web.pages import messages, redirect, render
from core.web.request import CityRequest
from core.web.routes import action, page
from core.work import Work

_NEW: Final = "/ideas/new"
_SENT: Final = Text(
    ru="Спасибо! Идея № {number} отправлена на проверку. Мы напишем, когда её опубликуют.",
    en="Thank you! Idea No. {number} is being checked. We will write when it is published.",
)
_PUBLISHED: Final = Text(
    ru="Спасибо! Идея № {number} опубликована.", en="Thank you! Idea No. {number} is published."
)
_SAVED: Final = Text(ru="Черновик сохранён.", en="The draft is saved.")
_DISCARDED: Final = Text(ru="Черновик удалён.", en="The draft is deleted.")
_CHANGED: Final = Text(
    ru="Изменения отправлены на проверку.", en="The changes have been sent for checking."
)
_AMENDED: Final = Text(
    ru="Поправка отправлена на проверку: до неё жители видят прежний текст.",
    en="The amendment is being checked; until then the present text stands.",
)
_NOTHING: Final = Text(ru="Вы ничего не изменили.", en="You have changed nothing.")
_FILES_AGAIN: Final = Text(
    ru="Приложите файлы ещё раз: браузер не хранит их вместе с текстом.",
    en="Please attach the files again: browsers do not keep them with the text.",
)
_RESIDENT: Final = Text(ru="Житель", en="Resident")


# --- Reading what was typed ---


def _draft(form: Form, files: tuple[UUID, ...]) -> IdeaDraft:
    """What can be kept of the form. Lengths are judged when it is sent."""
    name = form.text("name", most=LONGEST_TITLE, required=False)
    return IdeaDraft(
        title=form.text("title", most=1000, required=False),
        body=form.text("body", most=50_000, required=False, lines=True),
        extra=_extra(form),
        topic=form.raw("topic") or None,
        district=form.raw("district") or None,
        place=form.text("place", most=1000, required=False),
        place_lat=_degrees(form.raw("place_lat")),
        place_lon=_degrees(form.raw("place_lon")),
        author_name=name if form.raw("show_name") == "name" else "",
        files=files,
    )


def _extra(form: Form) -> dict[str, str]:
    return {
        name[2:]: form.raw(name).replace("\x00", "")
        for name in form.values
        if name.startswith("x-") and len(name) < 60
    }


def _degrees(raw: str) -> float | None:
    try:
        value = float(raw)
    except ValueError:
        return None
    return round(value, 6) if -180 <= value <= 180 else None


def _kept_files(form: Form) -> tuple[UUID, ...]:
    found = []
    for raw in form.many("file")[:50]:
        try:
            found.append(UUID(raw))
        except ValueError:
            continue
    return tuple(dict.fromkeys(found))


def _uploads(data: Mapping[str, Any]) -> list[UploadFile]:
    sent = data.get("photos")
    several = sent if isinstance(sent, list) else [sent]
    return [one_ for one_ in several if isinstance(one_, UploadFile) and one_.filename]


def _accept(work: Work, data: Mapping[str, Any], kept: tuple[UUID, ...]) -> tuple[UUID, ...]:
    """Take what was uploaded with the form, after what was there."""
    found = list(kept)
    for upload in _uploads(data)[: FILES.most + 1]:
        content = upload.file.read()
        found.append(store.accept(work, name=upload.filename, content=content, purpose=FILES).id)
    return tuple(found)


# --- The form ---


@page(_NEW)
def new(request: CityRequest) -> Response[Any]:
    """An empty form, or the draft that was left."""
    shown.require_offered(request, "ideas")
    written = stash.find(request)
    with request.work() as work:
        campaign = _asked_campaign(work, request.query_params.get("campaign"))
        author = _author(request)
        row = None
        if author is not None:
            row = desk.draft_of(work.session, author, campaign.id if campaign else None)
        values = written or (_values(row) if row is not None else {})
        form = _form(
            request,
            work,
            idea_id=row.id if row is not None else new_id(),
            campaign=campaign,
            values=values,
            restored=row is not None and not written,
            after_sign_in=bool(written) and author is not None,
        )
    return _show(request, form)


def _asked_campaign(work: Work, raw: str | None) -> CampaignView | None:
    """The campaign named in the address, if it takes ideas."""
    if not raw:
        return None
    if not (raw.isascii() and raw.isdecimal() and len(raw) < 10):
        raise NotFound
    campaign = one.campaign_by_number(work.session, shown.number_of(int(raw)))
    if campaign is None or not campaign.public:
        raise NotFound
    return campaign


def _author(request: CityRequest) -> UUID | None:
    """The resident who writes; None for somebody not signed in. Officials do not suggest ideas."""
    visitor = request.visitor
    return visitor.resident_id if visitor is not None else None


def _values(row: Idea | IdeaView) -> dict[str, Any]:
    """A stored idea as the form's values."""
    return {
        "title": row.title,
        "body": row.body,
        "topic": row.topic or "",
        "district": row.district or "",
        "place": row.place,
        "place_lat": row.place_lat if row.place_lat is not None else "",
        "place_lon": row.place_lon if row.place_lon is not None else "",
        "show_name": "name" if row.author_name else "none",
        **{f"x-{key}": value for key, value in row.extra.items()},
    }


def _show(request: CityRequest, context: Mapping[str, Any], status: int = 200) -> Response[Any]:
    """The form as a page; outside the unit of work, which tells the header who is there."""
    return render(request, "ideas/submit.html", status=status, **context)


def _form(
    request: CityRequest,
    work: Work,
    *,
    idea_id: UUID,
    campaign: CampaignView | None,
    values: Mapping[str, Any],
    errors: Mapping[str, str] | None = None,
    problem: Problem | None = None,
    files: tuple[UUID, ...] | None = None,
    restored: bool = False,
    after_sign_in: bool = False,
    editing: IdeaView | None = None,
) -> dict[str, Any]:
    """What the form shows."""
    locale, profile = request.locale, request.tenant.profile
    author = _author(request)
    refusal: Problem | None = problem if isinstance(problem, Refused) else None
    name = ""
    if author is not None:
        if refusal is None and editing is None:
            decision = writing.may_submit(
                work, author_id=author, campaign_id=campaign.id if campaign else None
            )
            refusal = None if decision.value else Refused(decision)
        name = desk.name_of(work.session, author)
    owner = f"idea:{idea_id}"
    attached = (
        store.of_owner(work.session, owner)
        if files is None
        else (*store.of_owner(work.session, owner), *store.waiting(work, files))
    )
    told = writing.notice(work, in_campaign=campaign is not None)
    closed = campaign is not None and campaign.state is not CampaignState.OPEN and editing is None
    return {
        "idea_id": idea_id,
        "editing": editing,
        "campaign": campaign,
        "closed": closed,
        "fields": shown.fields_of(campaign),
        "values": dict(values),
        "errors": dict(errors or {}),
        "problem": problem if not isinstance(problem, (Refused, Invalid)) else None,
        "refusal": refusal,
        "refusal_reasons": reasons_data(refusal.decision, locale)
        if isinstance(refusal, Refused)
        else (),
        "topics": [{"value": one_.key, "label": one_.name.in_(locale)} for one_ in profile.topics],
        "districts": [
            {"value": one_.key, "label": one_.name.in_(locale)} for one_ in profile.districts
        ],
        "attached": list({one_.id: one_ for one_ in attached}.values()),
        "notice_shown": told.value is not Notice.NONE,
        "notice_ticked": told.value is Notice.ACKNOWLEDGED,
        "notice_reasons": reasons_data(told, locale),
        "points": writing.reward(work, in_campaign=campaign is not None) if editing is None else 0,
        "name": name,
        "nameless": _RESIDENT.in_(locale),
        "ground": ground(request),
        "restored": restored,
        "after_sign_in": after_sign_in,
        "signed_in": author is not None,
        "most_files": FILES.most,
        "limits": {"title": LONGEST_TITLE, "body": LONGEST_BODY},
    }


@action(_NEW)
def send(request: CityRequest, data: UploadData) -> Response[Any]:
    """Send the idea, or keep it as a draft. Whoever must sign in first loses nothing."""
    shown.require_offered(request, "ideas")
    form = Form(data)
    idea_id = form.id("idea_id")
    campaign_id = form.id("campaign_id") if form.raw("campaign_id") else None
    if idea_id is None or (campaign_id is None and form.raw("campaign_id")):
        raise NotFound
    if request.visitor is None:
        return _sign_in_first(request, form, campaign_id)
    author = _author(request)
    assert author is not None
    do = form.raw("do") or "send"
    kept = _kept_files(form)
    try:
        with request.work() as work:
            if do == "discard":
                writing.discard_draft(work, author_id=author, idea_id=idea_id)
            else:
                draft = _draft(form, _accept(work, data, kept))
                form.check()
                if do == "save":
                    writing.save_draft(
                        work,
                        author_id=author,
                        draft=draft,
                        idea_id=idea_id,
                        campaign_id=campaign_id,
                    )
                else:
                    sent = writing.submit(
                        work,
                        author_id=author,
                        idea_id=idea_id,
                        draft=draft,
                        acknowledged=form.flag("notice"),
                        campaign_id=campaign_id,
                    )
    except (Invalid, Refused, Conflict) as problem:
        return _again(request, form, problem, idea_id, campaign_id, lost=bool(_uploads(data)))
    if do == "discard":
        response = redirect(request, "/me/ideas", flash=("good", _DISCARDED.in_(request.locale)))
    elif do == "save":
        response = redirect(request, "/me/ideas", flash=("good", _SAVED.in_(request.locale)))
    else:
        said = _PUBLISHED if sent.published else _SENT
        response = redirect(
            request,
            f"/ideas/{sent.number}",
            flash=("good", said.format(number=sent.number).in_(request.locale)),
        )
    stash.forget(response)
    return response


def _again(
    request: CityRequest,
    form: Form,
    problem: Problem,
    idea_id: UUID,
    campaign_id: UUID | None,
    *,
    lost: bool,
) -> Response[Any]:
    wrong = dict(problem.fields)
    if lost:
        wrong.setdefault("photos", wrong.pop("files", _FILES_AGAIN))
    elif "files" in wrong:
        wrong["photos"] = wrong.pop("files")
    with request.work() as work:
        campaign = one.campaign_view(work.session, campaign_id) if campaign_id else None
        context = _form(
            request,
            work,
            idea_id=idea_id,
            campaign=campaign,
            values=form.values,
            errors=messages(Invalid(wrong), request.locale),
            problem=problem,
            files=_kept_files(form),
        )
    return _show(request, context, problem.status)


def _sign_in_first(request: CityRequest, form: Form, campaign_id: UUID | None) -> Response[Any]:
    back = _NEW
    if campaign_id is not None:
        with request.work() as work:
            campaign = one.campaign_view(work.session, campaign_id)
        back = f"{_NEW}?campaign={campaign.number}" if campaign is not None else _NEW
    response = redirect(request, f"/sign-in?next={back}")
    written = {
        name: form.raw(name)
        for name in form.values
        if name not in ("idea_id", "campaign_id", "photos", "do", "file")
    }
    stash.keep(request, response, written)
    return response


@action("/ideas/draft")
def autosave(request: CityRequest, data: FormData) -> Response[Any]:
    """Keep what is being typed, while it is typed: a fragment says when that was."""
    shown.require_offered(request, "ideas")
    form = Form(data)
    idea_id = form.id("idea_id")
    campaign_id = form.id("campaign_id") if form.raw("campaign_id") else None
    if idea_id is None:
        raise NotFound
    author = _author(request)
    if author is None:
        raise SignInNeeded
    saved = True
    try:
        with request.work(person=False) as work:
            draft = _draft(form, _kept_files(form))
            if draft.title or draft.body:
                writing.save_draft(
                    work,
                    author_id=author,
                    draft=draft,
                    idea_id=idea_id,
                    campaign_id=campaign_id,
                )
            else:
                saved = False
    except (Invalid, Conflict):
        saved = False
    return render(
        request, "ideas/submit_saved.html", saved_at=request.runtime.clock.now() if saved else None
    )


@page("/ideas/draft/{idea_id:uuid}")
def draft(request: CityRequest, idea_id: FromPath[UUID]) -> Response[Any]:
    """One's own draft in the form it was begun in, a campaign's included."""
    shown.require_offered(request, "ideas")
    with request.work(person=False) as work:
        found = one.idea_view(work.session, idea_id)
        if found is None or found.author_id != request.signed_in.resident_id:
            raise NotFound
        if found.state is not State.DRAFT:
            return redirect(request, f"/ideas/{found.number}")
        campaign = one.campaign_view(work.session, found.campaign_id) if found.campaign_id else None
    return redirect(request, f"{_NEW}?campaign={campaign.number}" if campaign else _NEW)


# --- Changing what was sent ---


@page("/ideas/{number:int}/edit")
def edit_form(request: CityRequest, number: FromPath[int]) -> Response[Any]:
    """The author's idea in the form again; once people support it, the form of an amendment."""
    with request.work() as work:
        idea = _own(request, work, number)
        if idea.state is State.DRAFT:
            return redirect(request, _NEW)
        if idea.state not in (State.SUBMITTED, State.REFUSED, State.COLLECTING):
            return redirect(request, f"/ideas/{number}")
        supports = one.live_supports(work.session, idea.id)
        amending = idea.state is State.COLLECTING and supports > 0
        context = (
            _amend_form(work, idea, _values(idea))
            if amending
            else _edit_form(request, work, idea, _values(idea))
        )
    if amending:
        return render(request, "ideas/amend.html", **context, errors={}, problem=None)
    return _show(request, context)


@action("/ideas/{number:int}/edit")
def edit(request: CityRequest, number: FromPath[int], data: UploadData) -> Response[Any]:
    """Change an idea that nobody supports yet."""
    form = Form(data)
    try:
        with request.work() as work:
            idea = _own(request, work, number)
            assert idea.author_id is not None
            draft = _draft(form, _accept(work, data, _kept_files(form)))
            form.check()
            sent = writing.edit(work, author_id=idea.author_id, idea_id=idea.id, draft=draft)
    except (Invalid, Refused, Conflict) as problem:
        wrong = dict(problem.fields)
        if "files" in wrong:
            wrong["photos"] = wrong.pop("files")
        with request.work() as work:
            context = _edit_form(
                request,
                work,
                _own(request, work, number),
                form.values,
                errors=messages(Invalid(wrong), request.locale),
                problem=problem,
            )
        return _show(request, context, problem.status)
    said = _PUBLISHED.format(number=number) if sent.published else _CHANGED
    return redirect(request, f"/ideas/{number}", flash=("good", said.in_(request.locale)))


def _edit_form(
    request: CityRequest,
    work: Work,
    idea: IdeaView,
    values: Mapping[str, Any],
    *,
    errors: Mapping[str, str] | None = None,
    problem: Problem | None = None,
) -> dict[str, Any]:
    return _form(
        request,
        work,
        idea_id=idea.id,
        campaign=one.campaign_view(work.session, idea.campaign_id) if idea.campaign_id else None,
        values=values,
        errors=errors,
        problem=problem,
        editing=idea,
    )


@action("/ideas/{number:int}/amend")
def amend(request: CityRequest, number: FromPath[int], data: FormData) -> Response[Any]:
    """Ask for a change of a text that people support."""
    form = Form(data)
    title = form.text("title", most=1000, required=False)
    body = form.text("body", most=50_000, required=False, lines=True)
    note = form.text("note", most=10_000, required=False, lines=True)
    try:
        with request.work() as work:
            idea = _own(request, work, number)
            assert idea.author_id is not None
            form.check()
            wish = writing.amend(
                work, author_id=idea.author_id, idea_id=idea.id, title=title, body=body, note=note
            )
    except (Invalid, Conflict) as problem:
        with request.work() as work:
            context = _amend_form(work, _own(request, work, number), form.values)
        wrong = isinstance(problem, Invalid)
        return render(
            request,
            "ideas/amend.html",
            status=problem.status,
            **context,
            errors=messages(problem, request.locale) if wrong else {},
            problem=None if wrong else problem,
        )
    said = _AMENDED if wish is not None else _NOTHING
    return redirect(request, f"/ideas/{number}", flash=("good", said.in_(request.locale)))


def _amend_form(work: Work, idea: IdeaView, values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "idea": idea,
        "values": dict(values),
        "waiting": one.waiting_amendment(work.session, idea.id),
        "supports": one.live_supports(work.session, idea.id),
        "limits": {"title": LONGEST_TITLE, "body": LONGEST_BODY, "note": LONGEST_NOTE},
    }


def _own(request: CityRequest, work: Work, number: int) -> IdeaView:
    """The signed-in author's own idea; raises NotFound for anybody else's."""
    author = request.signed_in.resident_id
    idea = one.idea_by_number(work.session, shown.number_of(number))
    if idea is None or idea.author_id != author:
        raise NotFound
    return idea


HANDLERS: Final[tuple[ControllerRouterHandler, ...]] = (
    Router("/", route_handlers=[new, send, autosave, draft, edit_form, edit, amend]),
)
