"""Writing a draft on the desk: the editor, its buttons, the rules' answer to the dates, pictures.

Every button sends the whole form, so the editor works without scripts; htmx only spares the page.
"""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from litestar import Response
from litestar.datastructures import UploadFile

from core.features.polls import queries
from core.features.polls.domain import MOST_OPTIONS, MOST_QUESTIONS, State
from core.features.polls.queries import PollView
from core.features.polls.service import drafting
from core.features.polls.service.drafting import LARGEST_PICTURE
from core.features.polls.web import editor, law, rights, words
from core.features.polls.web.editor import EditorForm
from core.kit.errors import Conflict, Invalid, NotFound, Problem
from core.kit.ids import new_id
from core.kit.text import Text
from core.rules import Refused
from core.rules.explain import reasons_data
from core.web.forms import UploadData
from core.web.pages import messages, redirect, render
from core.web.request import CityRequest
from core.web.routes import action, page
from core.work import Work

_SAVED = Text(ru="Черновик сохранён.", en="The draft is saved.")
_SUBMITTED = Text(ru="Опрос отправлен на согласование.", en="The poll was sent for approval.")
_TITLE_NEEDED = Text(
    ru="Напишите вопрос или тему опроса.", en="Write what the poll is about."
)
_PICTURES_AGAIN = Text(
    ru="Картинки придётся выбрать ещё раз: браузер не отправляет их повторно сам.",
    en="Pictures have to be chosen again: browsers do not send them a second time.",
)
_NO_LONGER_DRAFT = Text(
    ru="Этот опрос уже не черновик: текст ниже не сохранён.",
    en="This poll is no longer a draft: the text below is not saved.",
)
_NO_LONGER_DRAFT_ADVICE = Text(
    ru="Скопируйте нужное и верните опрос в черновики, если это ещё возможно.",
    en="Copy what you need, and return the poll to drafts if that is still possible.",
)


@page("/desk/polls/new")
def begin(request: CityRequest) -> Response[Any]:
    """An empty form; its poll has an id already, so that sending it twice makes one poll."""
    with request.work() as work:
        rights.enter(work, rights.DRAFT)
        form = EditorForm(poll_id=new_id(), procedure=work.procedure("polls"))
        return _show(request, work, form, stored=None)


@page("/desk/polls/{poll_id:uuid}/edit")
def edit(request: CityRequest, poll_id: UUID) -> Response[Any]:
    """A draft in the editor; a poll in any other state is looked at on its own page."""
    with request.work() as work:
        rights.enter(work, rights.DRAFT)
        poll = _existing(work, poll_id)
        if poll.state is not State.DRAFT:
            return redirect(request, f"/desk/polls/{poll_id}")
        form = editor.form_of(poll, queries.draft_paper(work.session, poll_id))
        return _show(request, work, form, stored=poll)


@action("/desk/polls/new")
def send_new(request: CityRequest, data: UploadData) -> Response[Any]:
    """The form of a poll that has not been saved yet."""
    return _sent(request, data, _poll_id(data))


@action("/desk/polls/{poll_id:uuid}/edit")
def send(request: CityRequest, poll_id: UUID, data: UploadData) -> Response[Any]:
    """The form of a stored draft."""
    with request.work(person=False) as work:
        rights.enter(work, rights.DRAFT)
        _existing(work, poll_id)
    return _sent(request, data, poll_id)


def _poll_id(data: Mapping[str, Any]) -> UUID:
    try:
        return UUID(str(data.get("poll_id", "")))
    except ValueError as error:
        raise NotFound from error


def _existing(work: Work, poll_id: UUID) -> PollView:
    poll = queries.poll_view(work.session, poll_id)
    if poll is None:
        raise NotFound
    return poll


def _sent(request: CityRequest, data: Mapping[str, Any], poll_id: UUID) -> Response[Any]:
    """Do what the pressed button says. Whatever goes wrong, the form comes back as it was typed."""
    form = editor.read(data, poll_id)
    files = editor.uploads(data, form)
    do = data.get("do")
    do = do if isinstance(do, str) else "save"
    if do in ("save", "submit"):
        return _save(request, form, files, submit=do == "submit")
    kept = form
    focus = None
    errors: dict[str, Text] = {}
    if files:
        # A browser cannot be given a file back, so the draft is saved before the form changes.
        kept, errors = _store(request, form, files, strict=False)
    changed, focus = editor.pressed(kept, do)
    with request.work() as work:
        rights.enter(work, rights.DRAFT)
        stored = queries.poll_view(work.session, poll_id)
        return _show(
            request,
            work,
            changed,
            stored=stored,
            errors=errors if changed is kept or not errors else _only_pictures(errors),
            focus=focus,
            status=422 if errors else 200,
        )


def _only_pictures(errors: Mapping[str, Text]) -> dict[str, Text]:
    """Messages that still make sense after rows have moved."""
    return {"picture": text for text in errors.values()}


def _save(
    request: CityRequest, form: EditorForm, files: Mapping[tuple[int, int], UploadFile], *, submit: bool
) -> Response[Any]:
    try:
        kept, errors = _store(request, form, files, strict=True)
    except Invalid as problem:
        if files:
            problem.fields.setdefault("files", _PICTURES_AGAIN)
        return _again(request, form, problem)
    except Conflict as problem:
        return _overtaken(request, form, problem)
    if errors:
        return _again(request, kept, Invalid(errors))
    if submit:
        # What was typed is saved by now, whatever the rules say of it.
        try:
            with request.work(person=False) as work:
                drafting.submit_for_review(work, poll_id=form.poll_id)
        except (Invalid, Refused) as problem:
            return _again(request, kept, problem)
        except Conflict as problem:
            return _overtaken(request, kept, problem)
        return redirect(
            request,
            f"/desk/polls/{form.poll_id}",
            flash=("good", _SUBMITTED.in_(request.locale)),
        )
    return redirect(
        request,
        f"/desk/polls/{form.poll_id}/edit",
        flash=("good", _SAVED.in_(request.locale)),
    )


def _store(
    request: CityRequest,
    form: EditorForm,
    files: Mapping[tuple[int, int], UploadFile],
    *,
    strict: bool,
) -> tuple[EditorForm, dict[str, Text]]:
    """Write the form into the draft; returns it as stored, with complaints about pictures.

    `strict` refuses (Invalid) what cannot be kept as it stands; otherwise only what can be kept is
    written, and the form keeps the rest.
    """
    with request.work(person=False) as work:
        rights.enter(work, rights.DRAFT)
        stored = queries.poll_view(work.session, form.poll_id)
        paper = queries.draft_paper(work.session, form.poll_id)
        draft, errors = _draft(work, form, editor.own_ids(paper))
        if strict and not draft.title:
            errors.setdefault("title", _TITLE_NEEDED)
        if strict and errors:
            raise Invalid(errors)
        if stored is None:
            drafting.create_draft(work, draft=draft, poll_id=form.poll_id)
            version = 1
        else:
            version = form.version
            if version == 0:
                # The form of a new poll again: a second click, or the browser's back button.
                if not editor.differing(form, editor.form_of(stored, paper), request.locale):
                    return editor.form_of(stored, paper), {}
                # Nobody can have read version 0, so this is refused unless nothing was changed.
            if not files:
                drafting.save_draft(work, poll_id=form.poll_id, version=version, draft=draft)
        kept, wrong = form, dict[str, Text]()
        if files:
            if stored is not None and stored.version != version:
                # Raises the same Conflict as without files, before anything is stored.
                drafting.save_draft(work, poll_id=form.poll_id, version=version, draft=draft)
            kept, wrong = _add_pictures(work, form, files)
            draft, _errors = _draft(work, kept, editor.own_ids(paper))
            drafting.save_draft(work, poll_id=form.poll_id, version=version, draft=draft)
        after = _existing(work, form.poll_id)
        saved = editor.form_of(after, queries.draft_paper(work.session, form.poll_id))
        # In lenient mode the form may hold what could not be written; it must not be lost.
        return saved if strict else _with_identity(kept, saved), wrong if strict else {**errors, **wrong}


def _with_identity(form: EditorForm, saved: EditorForm) -> EditorForm:
    """What was typed, with the version and the ids that storing gave it."""
    import msgspec

    return msgspec.structs.replace(
        form,
        version=saved.version,
        questions=tuple(
            msgspec.structs.replace(
                question,
                id=stored.id,
                options=tuple(
                    msgspec.structs.replace(option, id=there.id, picture=there.picture)
                    for option, there in zip(question.options, stored.options, strict=True)
                ),
            )
            for question, stored in zip(form.questions, saved.questions, strict=True)
        ),
    )
