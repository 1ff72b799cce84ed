"""Pages of comments: writing one, the pages of a long discussion, one comment with its replies,
mending and taking back. The discussion itself is shown on the page of what it is about."""

from typing import Annotated, Any, Final
from uuid import UUID

from litestar import Response
from litestar.params import QueryParameter

from core.comments import threads
from core.comments.domain import EDITABLE, LONGEST, State
from core.comments.threads import ThreadView
from core.features.comments import queries, service
from core.kit.actor import StaffActor
from core.kit.errors import Conflict, Invalid, NotFound, Problem
from core.kit.text import Text
from core.moderation import service as moderation
from core.web.forms import Form, FormData
from core.web.pages import messages, redirect, render
from core.web.request import CityRequest
from core.web.routes import action, page
from core.work import Work

_POSTED: Final = Text(ru="Комментарий опубликован.", en="Your comment is published.")
_HELD: Final = Text(
    ru="Комментарий отправлен на проверку. Пока его видите только вы.",
    en="Your comment was sent to be checked. Only you see it for now.",
)
_ANSWERED: Final = Text(ru="Ответ опубликован.", en="The answer is published.")
_MENDED: Final = Text(ru="Комментарий исправлен.", en="The comment is changed.")
_GONE: Final = Text(ru="Комментарий удалён.", en="The comment is gone.")
_NO_SUCH: Final = Text(ru="Такой страницы списка нет.", en="There is no such page of the list.")

_UNPUBLISHED: Final = (State.WAITING, State.REFUSED)

Cursor = Annotated[str | None, QueryParameter(max_length=60)]


@page("/comments/{kind:str}/{subject_id:uuid}")
def discussion(
    request: CityRequest,
    kind: str,
    subject_id: UUID,
    after: Cursor = None,
    before: Cursor = None,
) -> Response[Any]:
    """A page of a long discussion; for htmx only the comments that follow."""
    with request.work() as work:
        view = _view(request, work, kind, subject_id, after=after, before=before)
    template = "comments/more.html" if request.is_htmx else "comments/discussion.html"
    return render(request, template, view=view)


@action("/comments/{kind:str}/{subject_id:uuid}")
def post(request: CityRequest, kind: str, subject_id: UUID, data: FormData) -> Response[Any]:
    """A comment, a reply, or an official's answer."""
    form = Form(data)
    body = form.text("body", most=LONGEST, lines=True)
    key = form.text("key", most=60, required=False)
    parent = form.id("parent") if form.raw("parent") else None
    try:
        form.check()
        with request.work(person=False) as work:
            write = service.answer if isinstance(work.actor, StaffActor) else service.post
            posted = write(work, kind, subject_id, body=body, key=key, parent_id=parent)
            subject = service.commentable(work, kind).subject(work, subject_id)
            official = isinstance(work.actor, StaffActor)
    except (Invalid, Conflict) as problem:
        return _again(request, kind, subject_id, form, problem)
    if subject is None:
        raise NotFound
    said = _ANSWERED if official else _HELD if posted.state is State.WAITING else _POSTED
    # A comment on the thing itself is the first of its page; a reply may be far down.
    there = f"{subject.path}#comment-{posted.id}" if parent is None else _place(posted.id)
    return redirect(request, there, flash=("good", said.in_(request.locale)))


@page("/comment/{comment_id:uuid}")
def one_comment(
    request: CityRequest, comment_id: UUID, after: Cursor = None, before: Cursor = None
) -> Response[Any]:
    """A comment with its replies; for its author also what moderation says."""
    return _comment_page(request, comment_id, after=after, before=before)


@page("/comment/{comment_id:uuid}/edit")
def edit_form(request: CityRequest, comment_id: UUID) -> Response[Any]:
    """Mending one's own words."""
    return _comment_page(request, comment_id, editing=True)


@action("/comment/{comment_id:uuid}/edit")
def edit(request: CityRequest, comment_id: UUID, data: FormData) -> Response[Any]:
    """Keep the mended words."""
    form = Form(data)
    body = form.text("body", most=LONGEST, lines=True)
    try:
        form.check()
        with request.work(person=False) as work:
            state = service.edit(work, comment_id, body=body)
    except (Invalid, Conflict) as problem:
        return _comment_page(request, comment_id, editing=True, form=form, problem=problem)
    said = _HELD if state is State.WAITING else _MENDED
    return redirect(request, _place(comment_id), flash=("good", said.in_(request.locale)))


@action("/comment/{comment_id:uuid}/withdraw")
def withdraw(request: CityRequest, comment_id: UUID) -> Response[Any]:
    """Take one's own comment back."""
    with request.work(person=False) as work:
        found = queries.reference(work.session, comment_id)
        service.withdraw(work, comment_id)
        subject = (
            service.commentable(work, found.kind).subject(work, found.subject_id)
            if found is not None
            else None
        )
    there = f"{subject.path}#comments" if subject is not None else "/"
    return redirect(request, there, flash=("good", _GONE.in_(request.locale)))


def _place(comment_id: UUID) -> str:
    return f"{service.path_of(comment_id)}#comment-{comment_id}"


def _view(
    request: CityRequest,
    work: Work,
    kind: str,
    subject_id: UUID,
    *,
    after: str | None = None,
    before: str | None = None,
) -> ThreadView:
    try:
        return threads.for_page(
            work,
            service.commentable(work, kind),
            subject_id,
            after=after,
            before=before,
            locale=request.locale,
        )
    except ValueError as error:
        raise NotFound("no_such_page", _NO_SUCH) from error


def _again(
    request: CityRequest, kind: str, subject_id: UUID, form: Form, problem: Problem
) -> Response[Any]:
    """The form once more, with what was typed."""
    parent = form.id("parent") if form.raw("parent") else None
    if parent is not None and problem.status == Invalid.status:
        return _comment_page(request, parent, form=form, problem=problem)
    with request.work() as work:
        view = _view(request, work, kind, subject_id)
    return render(
        request,
        "comments/discussion.html",
        status=problem.status,
        view=view,
        values=form.values,
        errors=_errors(request, problem),
    )


def _comment_page(
    request: CityRequest,
    comment_id: UUID,
    *,
    after: str | None = None,
    before: str | None = None,
    editing: bool = False,
    form: Form | None = None,
    problem: Problem | None = None,
) -> Response[Any]:
    with request.work() as work:
        found = queries.reference(work.session, comment_id)
        if found is None:
            raise NotFound
        known = service.commentable(work, found.kind)
        subject = known.subject(work, found.subject_id)
        if subject is None:
            raise NotFound
        try:
            branch = threads.branch(
                work,
                comment_id,
                viewer=work.actor,
                subject_author=subject.author_id,
                after=after,
                before=before,
            )
        except ValueError as error:
            raise NotFound("no_such_page", _NO_SUCH) from error
        if branch is None:
            raise NotFound
        said = next(
            (one for one in (branch.comment, *branch.comment.replies) if one.id == comment_id),
            branch.comment,
        )
        standing = (
            moderation.standing(work.session, service.KIND, comment_id, today=work.today)
            if said.id == comment_id and said.mine and said.state in _UNPUBLISHED
            else None
        )
        view = threads.for_subject(
            work, found.kind, found.subject_id, subject, locale=request.locale
        )
    return render(
        request,
        "comments/comment.html",
        status=problem.status if problem else 200,
        view=view,
        branch=branch,
        said=said,
        standing=standing,
        editing=editing and said.id == comment_id and (said.may_edit or problem is not None),
        minutes=int(EDITABLE.total_seconds()) // 60,
        values=form.values if form is not None else {},
        errors=_errors(request, problem) if problem is not None else {},
    )


def _errors(request: CityRequest, problem: Problem) -> dict[str, str]:
    """Messages beside fields; a problem without fields is said beside the text."""
    said = [problem.title, *([problem.advice] if problem.advice else [])]
    return messages(problem, request.locale) or {
        "body": " ".join(one.in_(request.locale) for one in said)
    }


HANDLERS: Final = (discussion, post, one_comment, edit_form, edit, withdraw)
