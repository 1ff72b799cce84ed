"""What people see of a thread: pages of comments with the first replies of each, counts, and all
that a feature's page needs to show a discussion.

A page takes the same number of queries however many comments it holds.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from core.comments.decisions import MAY_COMMENT, CommentFacts
from core.comments.domain import (
    LONGEST,
    PAGE,
    REPLIES_SHOWN,
    CommentView,
    RefusalShown,
    State,
    may_edit,
    may_withdraw,
)
from core.comments.manifest import Commentable, Subject
from core.comments.model import CommentCount, CommentRow
from core.identity import access
from core.identity.model import Resident
from core.kit.actor import Actor, ResidentActor, StaffActor
from core.kit.crypto import new_token
from core.kit.errors import NotFound, SignInNeeded
from core.kit.level import Level
from core.kit.text import Locale
from core.rules import Decision
from core.rules.explain import reasons_data
from core.work import Work

ANSWER: Final = "comments.answer"
_UNPUBLISHED: Final = (State.WAITING.value, State.REFUSED.value)


class ThreadPage(msgspec.Struct, frozen=True):
    """Comments of a page, the newest first; `newer` and `older` are cursors where there is more."""

    comments: tuple[CommentView, ...]
    newer: str | None
    older: str | None


class ThreadView(msgspec.Struct, frozen=True, kw_only=True):
    """A discussion as one person sees it: what the macro `comments` shows.

    `allowed` is None for somebody who has not signed in, else what the city's rules say, with
    `reasons` for a no. `answers`: an official who may answer in the city's name. `key` makes the
    form's text unique, so that a double click is one comment.
    """

    kind: str
    subject_id: UUID
    subject: Subject
    total: int
    page: ThreadPage
    allowed: bool | None
    answers: bool
    key: str
    reasons: tuple[object, ...] = ()
    longest: int = LONGEST


class Branch(msgspec.Struct, frozen=True):
    """One comment with a page of its replies, the oldest first."""

    comment: CommentView
    newer: str | None
    older: str | None


def for_page(
    work: Work,
    commentable: Commentable,
    subject_id: UUID,
    viewer: Actor | None = None,
    *,
    after: str | None = None,
    before: str | None = None,
    locale: Locale | None = None,
) -> ThreadView:
    """A discussion for a page; `viewer` is the actor of the work unless told otherwise, `locale`
    the language of reasons.

    Raises NotFound for what the viewer may not see, ValueError for a bad cursor.
    """
    subject = commentable.subject(work, subject_id)
    if subject is None:
        raise NotFound
    return for_subject(
        work,
        commentable.kind,
        subject_id,
        subject,
        viewer,
        after=after,
        before=before,
        locale=locale,
    )


def for_subject(
    work: Work,
    kind: str,
    subject_id: UUID,
    subject: Subject,
    viewer: Actor | None = None,
    *,
    after: str | None = None,
    before: str | None = None,
    locale: Locale | None = None,
) -> ThreadView:
    """The same for a subject that has been read already."""
    viewer = viewer or work.actor
    decision = permission(work, viewer) if subject.open else None
    return ThreadView(
        kind=kind,
        subject_id=subject_id,
        subject=subject,
        total=counts(work.session, kind, [subject_id])[subject_id],
        page=thread(
            work,
            kind,
            subject_id,
            viewer=viewer,
            subject_author=subject.author_id,
            after=after,
            before=before,
        ),
        allowed=decision.allowed if decision is not None else None,
        reasons=tuple(reasons_data(decision, locale or work.tenant.locale))
        if decision is not None and not decision.allowed
        else (),
        answers=isinstance(viewer, StaffActor) and access.may(work, ANSWER),
        key=new_token(12),
    )


def permission(work: Work, viewer: Actor) -> Decision[bool] | None:
    """Whether the city's rules let a resident comment today; None for anybody else."""
    if not isinstance(viewer, ResidentActor):
        return None
    row = work.session.execute(
        select(Resident.born_on, Resident.level, Resident.blocked_at).where(
            Resident.id == viewer.id, Resident.erased_at.is_(None)
        )
    ).one_or_none()
    if row is None:
        raise SignInNeeded
    born_on, level, blocked_at = row
    return work.decide(
        MAY_COMMENT,
        CommentFacts(
            on=work.today,
            age=_age(born_on, work.today) if born_on is not None else None,
            level=Level(level),
            blocked=blocked_at is not None,
        ),
    )


def counts(session: Session, kind: str, subjects: Sequence[UUID]) -> Mapping[UUID, int]:
    """Published comments and replies of each of these things."""
    rows = session.execute(
        select(CommentCount.subject_id, CommentCount.published).where(
            CommentCount.kind == kind, CommentCount.subject_id.in_(subjects)
        )
    )
    found: dict[UUID, int] = {subject: number for subject, number in rows}  # noqa: C416 -- rows
    return {subject: found.get(subject, 0) for subject in subjects}


def thread(
    work: Work,
    kind: str,
    subject_id: UUID,
    *,
    viewer: Actor,
    subject_author: UUID | None = None,
    after: str | None = None,
    before: str | None = None,
    most: int = PAGE,
) -> ThreadPage:
    """A page of comments with their first replies; `after` goes to older ones, `before` to newer.

    Raises ValueError for a cursor that was not made here.
    """
    query = _visible(viewer).where(
        CommentRow.kind == kind,
        CommentRow.subject_id == subject_id,
        CommentRow.parent_id.is_(None),
    )
    rows, more_before, more_after = _walk(
        work.session, query, after=after, before=before, most=most, newest_first=True
    )
    replies = _first_replies(work.session, [row.CommentRow for row in rows], viewer)
    shown = tuple(
        _view(row, work, viewer, subject_author, replies.get(row.CommentRow.id, ())) for row in rows
    )
    return ThreadPage(
        shown,
        str(shown[0].id) if shown and more_before else None,
        str(shown[-1].id) if shown and more_after else None,
    )


def branch(
    work: Work,
    comment_id: UUID,
    *,
    viewer: Actor,
    subject_author: UUID | None = None,
    after: str | None = None,
    before: str | None = None,
    most: int = PAGE,
) -> Branch | None:
    """A comment with a page of its replies; None for what the viewer may not see. For a reply it
    is the comment it answers. Raises ValueError for a bad cursor."""
    top = work.session.scalar(
        select(func.coalesce(CommentRow.parent_id, CommentRow.id)).where(
            CommentRow.id == comment_id
        )
    )
    row = work.session.execute(_visible(viewer).where(CommentRow.id == top)).one_or_none()
    if row is None:
        return None
    rows, more_before, more_after = _walk(
        work.session,
        _visible(viewer).where(CommentRow.parent_id == row.CommentRow.id),
        after=after,
        before=before,
        most=most,
        newest_first=False,
    )
    shown = _view(row, work, viewer, subject_author, rows, all_shown=True)
    return Branch(
        shown,
        str(rows[-1].CommentRow.id) if rows and more_after else None,
        str(rows[0].CommentRow.id) if rows and more_before else None,
    )


def _visible(viewer: Actor) -> Select[CommentRow, str]:
    """Comments that somebody sees: published ones, places of hidden ones that were answered, and
    one's own. The author's name comes along."""
    seen: list[ColumnElement[bool]] = [
        CommentRow.state == State.PUBLISHED.value,
        CommentRow.replies > 0,
    ]
    if isinstance(viewer, ResidentActor):
        seen.append(and_(CommentRow.author_id == viewer.id, CommentRow.state.in_(_UNPUBLISHED)))
    return (
        select(CommentRow, Resident.name)
        .outerjoin(Resident, Resident.id == CommentRow.author_id)
        .where(or_(*seen))
    )


def _walk(
    session: Session,
    query: Select[CommentRow, str],
    *,
    after: str | None,
    before: str | None,
    most: int,
    newest_first: bool,
) -> tuple[list[Any], bool, bool]:
    """A page of rows in the order of the page, and whether there is more before and after it."""
    back = before is not None
    cursor = UUID(before if before is not None else after) if before or after else None
    if cursor is not None:
        # Going on in the order of the page, or back against it.
        down = newest_first is not back
        query = query.where(CommentRow.id < cursor if down else CommentRow.id > cursor)
    falling = newest_first is not back
    order = CommentRow.id.desc() if falling else CommentRow.id.asc()
    rows = list(session.execute(query.order_by(order).limit(most + 1)))
    more = len(rows) > most
    rows = rows[:most]
    if back:
        rows.reverse()
        return rows, more, True
    return rows, cursor is not None, more


def _first_replies(
    session: Session, parents: Sequence[CommentRow], viewer: Actor
) -> dict[UUID, list[Any]]:
    """The first replies of each comment, the city's own before others, in one query."""
    answered = [one.id for one in parents if one.replies > 0 or isinstance(viewer, ResidentActor)]
    if not answered:
        return {}
    visible = _visible(viewer).where(CommentRow.parent_id.in_(answered)).subquery()
    place = (
        func.row_number()
        .over(
            partition_by=visible.c.parent_id,
            order_by=(visible.c.staff_id.is_(None), visible.c.id),
        )
        .label("place")
    )
    ranked = select(visible.c.id, place).subquery()
    rows = session.execute(
        select(CommentRow, Resident.name)
        .join(ranked, ranked.c.id == CommentRow.id)
        .outerjoin(Resident, Resident.id == CommentRow.author_id)
        .where(ranked.c.place <= REPLIES_SHOWN)
        .order_by(CommentRow.parent_id, ranked.c.place)
    )
    found: dict[UUID, list[Any]] = {}
    for row in rows:
        found.setdefault(row.CommentRow.parent_id, []).append(row)
    return found


def _view(
    row: Any,
    work: Work,
    viewer: Actor,
    subject_author: UUID | None,
    replies: Sequence[Any] = (),
    *,
    all_shown: bool = False,
) -> CommentView:
    comment: CommentRow = row.CommentRow
    mine = is_own(comment, viewer)
    state = State(comment.state)
    hidden = state is not State.PUBLISHED and not (mine and state is not State.WITHDRAWN)
    published = sum(1 for one in replies if one.CommentRow.state == State.PUBLISHED.value)
    return CommentView(
        id=comment.id,
        parent_id=comment.parent_id,
        author="" if hidden else row.name or "",
        official=comment.staff_id is not None,
        post=comment.post,
        is_subject_author=comment.author_id is not None and comment.author_id == subject_author,
        body="" if hidden else comment.body,
        state=state,
        created_at=comment.created_at,
        edited=comment.edited_at is not None,
        mine=mine,
        may_edit=may_edit(
            state=state,
            created_at=comment.created_at,
            replies=comment.replies,
            mine=mine,
            now=work.now,
        ),
        may_withdraw=may_withdraw(state=state, mine=mine),
        refusal=msgspec.convert(comment.refusal, RefusalShown)
        if mine and state is State.REFUSED and comment.refusal is not None
        else None,
        replies=tuple(_view(one, work, viewer, subject_author) for one in replies),
        more_replies=0 if all_shown else max(0, comment.replies - published),
    )


def is_own(comment: CommentRow, viewer: Actor) -> bool:
    """Whether somebody wrote a comment; an official wrote it as that official."""
    match viewer:
        case ResidentActor(id=person):
            return comment.author_id == person
        case StaffActor(id=person):
            return comment.staff_id == person
        case _:
            return False


def _age(born_on: date, day: date) -> int:
    """Full years lived on a day."""
    return day.year - born_on.year - ((day.month, day.day) < (born_on.month, born_on.day))
