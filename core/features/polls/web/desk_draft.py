"""Writing a draft on the desk: the editor, its buttons, the rules' answer to the dates, pictures.

Every button sends the whole form, so the editor works without scripts; htmx only spares the page.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final
from uuid import UUID

import msgspec
from litestar import Response
from litestar.datastructures import UploadFile
from litestar.params import FromPath

from core.features.polls import queries
from core.features.polls.domain import MOST_OPTIONS, MOST_QUESTIONS, Paper, State
from core.features.polls.queries import PollView
from core.features.polls.service import drafting, topics
from core.features.polls.service.drafting import LARGEST_PICTURE
from core.features.polls.web import editor, editor_draft, law, rights, shown
from core.features.polls.web.editor import EditorForm
from core.kit.errors import Conflict, Invalid, NotFound, Problem
from core.kit.ids import new_id
from core.kit.text import Locale, Text
from core.rules import Refused
from core.rules.explain import reasons_data
from core.web.forms import FormData, UploadData
from core.web.pages import messages, redirect, render
from core.web.request import CityRequest
from core.web.routes import action, page
from core.work import Work

Files = Mapping[tuple[int, int], UploadFile]
"""What was uploaded, by question and option."""

_SAVED = Text(ru="Черновик сохранён.", en="The draft is saved.")
_SUBMITTED = Text(ru="Опрос отправлен на согласование.", en="The poll was sent for approval.")
_NO_TOPIC = Text(ru="Выберите тему из перечня.", en="Choose a topic from the list.")
_OFF_LIST = Text(
    ru="{title} (нет в перечне на год опроса)", en="{title} (not on the list of the poll's year)"
)
_TITLE_NEEDED = Text(ru="Напишите вопрос или тему опроса.", en="Write what the poll is about.")
_PICTURES_AGAIN = Text(
    ru="Картинки выберите ещё раз: повторно браузер их не отправит.",
    en="Choose the pictures again: a browser does not send them a second time.",
)


@page("/desk/polls/new")
def begin(request: CityRequest) -> Response[Any]:
    """An empty form; its poll has an id already, so that sending it twice makes one poll."""
    with request.work() as work:
        rights.enter(work, rights.DRAFT)
        form = EditorForm(poll_id=new_id(), procedure=work.procedure("polls"))
        return _show(request, work, form, stored=None)


@page("/desk/polls/{poll_id:uuid}/edit")
def edit(request: CityRequest, poll_id: FromPath[UUID]) -> Response[Any]:
    """A draft in the editor; a poll in any other state is looked at on its own page."""
    with request.work() as work:
        rights.enter(work, rights.DRAFT)
        poll = _existing(work, poll_id)
        if poll.state is not State.DRAFT:
            return redirect(request, f"/desk/polls/{poll_id}")
        form = editor_draft.form_of(poll, queries.draft_paper(work.session, poll_id))
        return _show(request, work, form, stored=poll)


@action("/desk/polls/new")
def send_new(request: CityRequest, data: UploadData) -> Response[Any]:
    """The form of a poll that may not have been saved yet."""
    try:
        poll_id = UUID(str(data.get("poll_id")))
    except ValueError as error:
        raise NotFound from error
    return _sent(request, data, poll_id)


@action("/desk/polls/{poll_id:uuid}/edit")
def send(request: CityRequest, poll_id: FromPath[UUID], data: UploadData) -> Response[Any]:
    """The form of a stored draft."""
    with request.work(person=False) as work:
        rights.enter(work, rights.DRAFT)
        _existing(work, poll_id)
    return _sent(request, data, poll_id)


@action("/desk/polls/check")
def check(request: CityRequest, data: FormData) -> Response[Any]:
    """What the regulation says of the dates just typed: a fragment for beside them."""
    form = editor.read(data, new_id())
    with request.work(person=False) as work:
        rights.enter(work, rights.DRAFT)
        found = _plan(request, work, form)
        return render(request, "polls/desk_law.html", plan=found, grounds=_grounds(found))


@page("/desk/polls/pictures/{picture_id:uuid}")
def picture(request: CityRequest, picture_id: FromPath[UUID]) -> Response[bytes]:
    """A picture of a poll in any state, for staff."""
    with request.work(person=False) as work:
        rights.enter(work)
        found = queries.picture(work.session, picture_id)
    if found is None:
        raise NotFound
    return Response(
        bytes(found[0]),
        media_type="image/webp",
        headers={"cache-control": "private, max-age=86400"},
    )


def _existing(work: Work, poll_id: UUID) -> PollView:
    poll = queries.poll_view(work.session, poll_id)
    if poll is None:
        raise NotFound
    return poll


def _sent(request: CityRequest, data: Mapping[str, Any], poll_id: UUID) -> Response[Any]:
    """Do what the pressed button says. Whatever goes wrong, the form comes back as it was typed."""
    form = editor.read(data, poll_id)
    files = editor.uploads(data, form)
    pressed = data.get("do")
    do = pressed if isinstance(pressed, str) else "save"
    final = do in ("save", "submit")
    new = form.version == 0
    errors: Mapping[str, Text] = {}
    try:
        # Other buttons save only when there are files: a browser cannot be given them back.
        if final or files:
            form, errors = _store(request, form, files, strict=final)
        if do == "submit" and not errors:
            with request.work(person=False) as work:
                drafting.submit_for_review(work, poll_id=poll_id)
    except Conflict as problem:
        return _overtaken(request, form, problem)
    except (Invalid, Refused) as problem:
        return _again(request, form, problem, lost=len(files) if problem.key == "invalid" else 0)
    if errors:
        return _again(request, form, Invalid(errors))
    if do == "submit":
        return redirect(
            request,
            f"/desk/polls/{poll_id}",
            flash=("good", _SUBMITTED.in_(request.locale)),
        )
    if do == "save" and (new or not request.is_htmx):
        return redirect(
            request,
            f"/desk/polls/{poll_id}/edit",
            flash=("good", _SAVED.in_(request.locale)),
        )
    changed, focus = editor.pressed(form, do)
    with request.work() as work:
        rights.enter(work, rights.DRAFT)
        stored = queries.poll_view(work.session, poll_id)
        if stored is not None and stored.state is not State.DRAFT:
            return _show(request, work, changed, stored=stored, status=409)
        return _show(request, work, changed, stored=stored, focus=focus, saved=do == "save")


def _store(
    request: CityRequest, form: EditorForm, files: Files, *, strict: bool
) -> tuple[EditorForm, dict[str, Text]]:
    """Write the form into the draft; returns the form with its new version and what is wrong with
    the pictures. The text is stored even if a picture is not fit.

    `strict` refuses (Invalid) what cannot be kept as it stands; without it the form keeps what was
    typed and cannot be written yet.
    """
    with request.work(person=False) as work:
        rights.enter(work, rights.DRAFT)
        # The lock comes first: what is compared below is what will be replaced.
        queries.locked_poll(work.session, form.poll_id)
        stored = queries.poll_view(work.session, form.poll_id)
        paper = queries.draft_paper(work.session, form.poll_id)
        draft, errors = _draft(work, form, paper)
        if strict and not draft.title:
            errors.setdefault("title", _TITLE_NEEDED)
        if strict and errors:
            raise Invalid(errors)
        if stored is not None and _repeated(form, draft, stored, paper, files):
            return editor_draft.form_of(stored, paper), {}
        if stored is None:
            drafting.create_draft(work, draft=draft, poll_id=form.poll_id)
            version = 1
        else:
            version = drafting.save_draft(
                work, poll_id=form.poll_id, version=form.version, draft=draft
            )
        pictured, wrong = _add_pictures(work, form, files)
        if pictured != form:
            draft, _errors = _draft(work, pictured, paper)
            drafting.save_draft(work, poll_id=form.poll_id, version=version, draft=draft)
        work.session.expire_all()
        saved = editor_draft.form_of(
            _existing(work, form.poll_id), queries.draft_paper(work.session, form.poll_id)
        )
    return (saved, wrong) if strict else (editor_draft.identified(pictured, saved), wrong)


def _draft(work: Work, form: EditorForm, paper: Paper) -> tuple[drafting.Draft, dict[str, Text]]:
    draft, errors = editor_draft.draft_of(
        form, work.tenant.profile, _procedures(work), editor_draft.own_ids(paper)
    )
    if draft.plan_item is not None and topics.topic_of(work, draft.plan_item) is None:
        # Made up, or the city has ceased to keep a list: there is nothing to keep.
        draft = msgspec.structs.replace(draft, plan_item=None)
        if topics.keeps_list(work):
            errors.setdefault("plan_item", _NO_TOPIC)
    return draft, errors


def _listed(work: Work, form: EditorForm, locale: Locale) -> list[dict[str, str]]:
    """The topics to choose from: of the year in which the poll opens, else of this year and the
    next; and the one that was chosen before, whatever became of it."""
    days = editor_draft.days_of(form)
    years = (days[0].year,) if days else (work.today.year, work.today.year + 1)
    found = [(topic, year) for year in years for topic in topics.choices(work, date(year, 1, 1))]
    offered = [
        {
            "value": str(topic.id),
            "label": f"{year}, № {topic.number}. {topic.title}",
        }
        for topic, year in found
    ]
    chosen = topics.topic_of(work, editor_draft.plan_item_of(form))
    if chosen is not None and all(topic.id != chosen.id for topic, _year in found):
        offered.append(
            {
                "value": str(chosen.id),
                "label": _OFF_LIST.format(title=chosen.title).in_(locale),
            }
        )
    return offered


def _procedures(work: Work) -> list[str]:
    return [key for key, one in work.regulation.procedures.items() if one.feature == "polls"]


def _repeated(
    form: EditorForm, draft: drafting.Draft, stored: PollView, paper: Paper, files: Files
) -> bool:
    """Whether this very text is stored already: a second click, or the browser's back button."""
    if files and form.version == stored.version:
        return False
    return stored.state is State.DRAFT and not editor_draft.differing(
        draft, editor_draft.stored_draft(stored, paper), pictures=not files
    )


def _add_pictures(work: Work, form: EditorForm, files: Files) -> tuple[EditorForm, dict[str, Text]]:
    """The form with the pictures that are fit, and a complaint for each that is not."""
    wrong: dict[str, Text] = {}
    for place, upload in files.items():
        name = "q-{}-o-{}-file".format(*place)
        # One byte more than allowed is enough to be refused.
        content = upload.file.read(LARGEST_PICTURE + 1)
        try:
            stored = drafting.add_picture(work, poll_id=form.poll_id, content=content)
        except Invalid as problem:
            wrong[name] = problem.fields["picture"]
        else:
            form = editor.with_picture(form, place, stored)
    return form, wrong


def _again(
    request: CityRequest, form: EditorForm, problem: Problem, *, lost: int = 0
) -> Response[Any]:
    """The form with what is wrong beside the fields; `lost` files were not stored."""
    with request.work() as work:
        rights.enter(work, rights.DRAFT)
        stored = queries.poll_view(work.session, form.poll_id)
        errors = {**problem.fields, **({"files": _PICTURES_AGAIN} if lost else {})}
        return _show(
            request,
            work,
            form,
            stored=stored,
            errors=errors,
            refusal=problem if isinstance(problem, Refused) else None,
            status=problem.status,
        )


def _overtaken(request: CityRequest, form: EditorForm, problem: Conflict) -> Response[Any]:
    """Somebody else was faster. The typed text stays, and where it differs is said; saving once
    more then replaces the other text knowingly."""
    with request.work() as work:
        rights.enter(work, rights.DRAFT)
        stored = _existing(work, form.poll_id)
        paper = queries.draft_paper(work.session, form.poll_id)
        draft, _errors = _draft(work, form, paper)
        return _show(
            request,
            work,
            msgspec.structs.replace(form, version=stored.version),
            stored=stored,
            conflict=problem,
            parts=[
                label.in_(request.locale)
                for label in editor_draft.differing(draft, editor_draft.stored_draft(stored, paper))
            ],
            status=409,
        )


def _plan(request: CityRequest, work: Work, form: EditorForm) -> law.Plan | None:
    days = editor_draft.days_of(form)
    if days is None:
        return None
    known = _procedures(work)
    districts = {district.key for district in work.tenant.profile.districts}
    return law.plan(
        work,
        first=days[0],
        last=days[1],
        territory=[key for key in form.territory if key in districts],
        plan_item=editor_draft.plan_item_of(form),
        procedure=form.procedure if form.procedure in known else work.procedure("polls"),
        locale=request.locale,
    )


def _grounds(plan: law.Plan | None) -> tuple[shown.Ground, ...]:
    return shown.grounds(plan.reasons) if plan is not None else ()


def _show(
    request: CityRequest,
    work: Work,
    form: EditorForm,
    *,
    stored: PollView | None,
    errors: Mapping[str, Text] | None = None,
    refusal: Refused | None = None,
    conflict: Conflict | None = None,
    parts: list[str] | None = None,
    focus: str | None = None,
    saved: bool = False,
    status: int = 200,
) -> Response[Any]:
    locale = request.locale
    profile = work.tenant.profile
    path = f"/desk/polls/{form.poll_id}/edit" if stored else "/desk/polls/new"
    found = _plan(request, work, form)
    procedures = [
        {"value": key, "label": work.regulation.procedures[key].title.in_(locale)}
        for key in _procedures(work)
    ]
    return render(
        request,
        "polls/desk_form.html" if request.is_htmx else "polls/desk_draft.html",
        work=None if request.is_htmx else work,
        status=status,
        headers={"hx-replace-url": path} if request.is_htmx and stored is not None else {},
        typed=form,
        path=path,
        stored=stored,
        writable=stored is None or stored.state is State.DRAFT,
        errors=messages(Invalid(errors or {}), locale),
        refusal=reasons_data(refusal.decision, locale) if refusal else [],
        conflict=conflict,
        parts=parts or [],
        focus=focus,
        saved_at=work.now if saved else None,
        plan=found,
        grounds=_grounds(found),
        earliest=work.today,
        keeps_list=topics.keeps_list(work),
        listed=_listed(work, form, locale),
        topics=[{"value": one.key, "label": one.name.in_(locale)} for one in profile.topics],
        units=[{"value": one.key, "label": one.title.in_(locale)} for one in profile.units],
        districts=[{"value": one.key, "label": one.name.in_(locale)} for one in profile.districts],
        procedures=procedures,
        max_choices=[editor.max_choices_offered(one, locale) for one in form.questions],
        most_questions=MOST_QUESTIONS,
        most_options=MOST_OPTIONS,
        limits=_LIMITS,
    )


_LIMITS: Final = {
    "title": editor_draft.LONGEST_TITLE,
    "summary": editor_draft.LONGEST_SUMMARY,
    "body": editor_draft.LONGEST_BODY,
    "question": editor_draft.LONGEST_QUESTION,
    "hint": editor_draft.LONGEST_HINT,
    "option": editor_draft.LONGEST_OPTION,
    "detail": editor_draft.LONGEST_DETAIL,
}

HANDLERS: Final = (begin, edit, send_new, send, check, picture)
