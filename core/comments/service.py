"""Use cases of comments: posting, answering, mending, taking back; publishing and hiding, which is
what moderation decides. Whether a text is checked first is asked above and told here (`hold`)."""

import hashlib
from datetime import date, timedelta
from typing import Final
from uuid import UUID

import msgspec
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from core.comments.domain import EDITABLE, LONGEST, RefusalShown, State, may_edit
from core.comments.manifest import Commentable, Subject
from core.comments.model import CommentCount, CommentRow
from core.comments.threads import ANSWER, is_own, permission
from core.identity import access
from core.identity.limits import Limit, spend
from core.identity.realm import Realm
from core.identity.staff import city_posts
from core.kit.actor import ResidentActor, StaffActor
from core.kit.errors import Conflict, Forbidden, Invalid, NotFound, SignInNeeded
from core.kit.ids import new_id
from core.kit.text import MINUTES, Text
from core.rules import Refused
from core.work import Work

PUBLISHED: Final = "comments.published"
HIDDEN: Final = "comments.hidden"
ANSWERED: Final = "comments.answered"
COUNTED: Final = "comments.counted"
PER_PERSON: Final = Limit("comments", 10, timedelta(minutes=10))
"""A limit of security, the same for every city: nobody writes faster by hand."""

_EMPTY: Final = Text(ru="Напишите что-нибудь.", en="Please write something.")
_TOO_LONG: Final = Text(
    ru="Слишком длинно: не больше {most} знаков, сейчас {now}.",
    en="Too long: at most {most} characters, now {now}.",
)
_CLOSED: Final = Text(ru="Обсуждение завершено.", en="The discussion has ended.")
_CLOSED_ADVICE: Final = Text(
    ru="Прочитать его можно, добавить комментарий уже нельзя.",
    en="It can be read; nothing can be added.",
)
_NOT_YOURS: Final = Text(ru="Это не ваш комментарий.", en="This comment is not yours.")
_SETTLED: Final = Text(
    ru="Исправить комментарий уже нельзя.", en="The comment cannot be changed any more."
)
_SETTLED_ADVICE: Final = Text(
    ru="Это можно сделать в первые {minutes}, пока никто не ответил. Напишите ещё один комментарий"
    " или удалите этот.",
    en="That is possible for {minutes} while nobody has answered. Write another comment, or take"
    " this one back.",
)
_GONE_PARENT: Final = Text(
    ru="Комментария, на который вы отвечаете, больше нет.",
    en="The comment you are answering is gone.",
)


class CommentFact(msgspec.Struct, frozen=True):
    """Announced as `comments.published` and `comments.hidden`; `day` is the city's own."""

    comment_id: UUID
    kind: str
    subject_id: UUID
    author_id: UUID
    day: date
    parent_id: UUID | None = None


class AnswerFact(msgspec.Struct, frozen=True):
    """Announced as `comments.answered`: an official spoke in the city's name."""

    comment_id: UUID
    kind: str
    subject_id: UUID
    staff_id: UUID
    parent_id: UUID | None = None


class CountFact(msgspec.Struct, frozen=True):
    """Announced as `comments.counted`, whenever the number of a thing's comments has changed: also
    by an official's answer, and when a hidden comment is shown again."""

    kind: str
    subject_id: UUID


class Posted(msgspec.Struct, frozen=True):
    """A comment that is kept now; `repeated`: this very text had come from this form before."""

    id: UUID
    state: State
    repeated: bool


def post(
    work: Work,
    commentable: Commentable,
    subject_id: UUID,
    *,
    body: str,
    key: str,
    parent_id: UUID | None = None,
    hold: bool,
) -> Posted:
    """Keep a resident's comment, and publish it unless it is to be checked first (`hold`).

    Raises SignInNeeded, Forbidden, NotFound, Refused with the clauses, Invalid, Conflict when the
    discussion is closed, TooMany.
    """
    match work.actor:
        case ResidentActor(id=author):
            pass
        case StaffActor():
            raise Forbidden(
                "residents_only",
                Text(ru="Вы вошли как сотрудник.", en="You are signed in as staff."),
                Text(
                    ru="Отвечать от имени города могут те, у кого есть такое право.",
                    en="Answering in the city's name needs that right.",
                ),
            )
        case _:
            raise SignInNeeded
    text = checked(body)
    _open_subject(work, commentable, subject_id)
    decision = permission(work, work.actor)
    if decision is not None and not decision.allowed:
        raise Refused(decision)
    top = _parent(work, commentable.kind, subject_id, parent_id)
    digest = _digest("resident", author, key, commentable.kind, subject_id, top, text)
    known = _known(work, digest)
    if known is not None:
        return known
    spend(Realm(work.runtime, work.tenant), PER_PERSON, str(author))
    return _keep(work, digest, commentable.kind, subject_id, top, text, author_id=author, hold=hold)


def answer(
    work: Work,
    commentable: Commentable,
    subject_id: UUID,
    *,
    body: str,
    key: str,
    parent_id: UUID | None = None,
) -> Posted:
    """Publish an official's answer, with the post that gives the right to it. A discussion that is
    closed for residents may still be answered. Raises SignInNeeded, Forbidden, Refused, NotFound,
    Invalid."""
    access.require(work, ANSWER)
    if not isinstance(work.actor, StaffActor):
        raise SignInNeeded
    text = checked(body)
    if commentable.subject(work, subject_id) is None:
        raise NotFound
    top = _parent(work, commentable.kind, subject_id, parent_id)
    actor = work.actor
    digest = _digest("staff", actor.id, key, commentable.kind, subject_id, top, text)
    known = _known(work, digest)
    if known is not None:
        return known
    posts = [one for one in city_posts(work) if one.key in actor.posts]
    speaking = [one for one in posts if ANSWER in one.permissions]
    title = next((one.title for one in (*speaking, *posts)), actor.name)
    posted = _keep(
        work, digest, commentable.kind, subject_id, top, text, staff_id=actor.id, post=title
    )
    work.record(
        "comments.answered",
        f"comment:{posted.id}",
        on=f"{commentable.kind}:{subject_id}",
    )
    return posted


def edit(work: Work, comment_id: UUID, *, body: str, hold: bool) -> State:
    """Change the words of one's own comment while that is possible; with `hold` it is checked
    again before others see it. Raises NotFound, Forbidden, Invalid, Conflict."""
    row = own(work, comment_id)
    text = checked(body)
    state = State(row.state)
    if not may_edit(
        state=state, created_at=row.created_at, replies=row.replies, mine=True, now=work.now
    ):
        minutes = MINUTES.text(int(EDITABLE.total_seconds()) // 60)
        raise Conflict(
            "comments.settled", _SETTLED, _SETTLED_ADVICE.with_values({"minutes": minutes})
        )
    if text == row.body:
        return state
    row.body = text
    row.edited_at = work.now
    if hold and state is State.PUBLISHED and row.author_id is not None:
        row.state = State.WAITING.value
        _count(work, row, -1)
    work.session.flush()
    return State(row.state)


def withdraw(work: Work, comment_id: UUID) -> bool:
    """Take back one's own comment; its words are gone, its place stays if it was answered.
    Returns False when that was done before. Raises NotFound, Forbidden."""
    row = own(work, comment_id)
    if row.state == State.WITHDRAWN.value:
        return False
    if row.staff_id is not None:
        work.record("comments.answer_withdrawn", f"comment:{row.id}")
    _hide(work, row, State.WITHDRAWN)
    row.body = ""
    row.refusal = None
    work.session.flush()
    return True


def publish(work: Work, comment_id: UUID) -> None:
    """Show a comment to everybody; one that was withdrawn or is published stays as it is."""
    row = _locked(work, comment_id)
    if row is None or row.state not in (State.WAITING.value, State.REFUSED.value):
        return
    _show(work, row)


def refuse(work: Work, comment_id: UUID, refusal: RefusalShown) -> None:
    """Hide a comment, with the reason for its author; one that was withdrawn stays so."""
    row = _locked(work, comment_id)
    if row is None or row.state == State.WITHDRAWN.value:
        return
    _hide(work, row, State.REFUSED)
    row.refusal = msgspec.to_builtins(refusal)
    work.session.flush()


def forget(work: Work, resident_id: UUID) -> int:
    """Take back all that a resident wrote, because the account was erased; returns how many."""
    rows = work.session.scalars(
        select(CommentRow)
        .where(CommentRow.author_id == resident_id, CommentRow.state != State.WITHDRAWN.value)
        .order_by(CommentRow.id)
        .with_for_update()
    ).all()
    for row in rows:
        _hide(work, row, State.WITHDRAWN)
        row.body = ""
        row.refusal = None
    work.session.flush()
    return len(rows)


def checked(body: str) -> str:
    """The text as it is kept. Raises Invalid for an empty or too long one."""
    text = body.replace("\r\n", "\n").strip()
    if not text:
        raise Invalid({"body": _EMPTY})
    if len(text) > LONGEST:
        raise Invalid({"body": _TOO_LONG.format(most=LONGEST, now=len(text))})
    return text


def own(work: Work, comment_id: UUID) -> CommentRow:
    """One's own comment, locked. Raises SignInNeeded, NotFound, Forbidden."""
    if not isinstance(work.actor, ResidentActor | StaffActor):
        raise SignInNeeded
    row = _locked(work, comment_id)
    if row is None:
        raise NotFound
    if not is_own(row, work.actor):
        raise Forbidden("comments.not_yours", _NOT_YOURS)
    return row


def lock(work: Work, comment_id: UUID) -> None:
    """Hold a comment until the end of the transaction; whoever changes it does so first."""
    _locked(work, comment_id)


def _locked(work: Work, comment_id: UUID) -> CommentRow | None:
    return work.session.scalars(
        select(CommentRow)
        .where(CommentRow.id == comment_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()


def _open_subject(work: Work, commentable: Commentable, subject_id: UUID) -> Subject:
    subject = commentable.subject(work, subject_id)
    if subject is None:
        raise NotFound
    if not subject.open:
        raise Conflict("comments.closed", _CLOSED, _CLOSED_ADVICE)
    return subject


def _parent(work: Work, kind: str, subject_id: UUID, parent_id: UUID | None) -> UUID | None:
    """The comment that a reply stands under: a reply to a reply stands beside it."""
    if parent_id is None:
        return None
    row = work.session.execute(
        select(CommentRow.id, CommentRow.parent_id, CommentRow.state).where(
            CommentRow.id == parent_id,
            CommentRow.kind == kind,
            CommentRow.subject_id == subject_id,
        )
    ).one_or_none()
    if row is None:
        raise NotFound
    if row.state != State.PUBLISHED.value:
        raise Conflict("comments.parent_gone", _GONE_PARENT)
    parent: UUID = row.parent_id or row.id
    return parent


def _digest(*parts: object) -> bytes:
    """Recognises the same text sent twice from one form; another text from the same form (after
    the browser's back button) is another comment."""
    said = hashlib.sha256()
    for part in parts:
        value = str(part).encode()
        said.update(len(value).to_bytes(4, "big") + value)
    return said.digest()


def _known(work: Work, digest: bytes) -> Posted | None:
    row = work.session.execute(
        select(CommentRow.id, CommentRow.state).where(CommentRow.digest == digest)
    ).one_or_none()
    return Posted(row.id, State(row.state), repeated=True) if row is not None else None


def _keep(
    work: Work,
    digest: bytes,
    kind: str,
    subject_id: UUID,
    parent_id: UUID | None,
    body: str,
    *,
    author_id: UUID | None = None,
    staff_id: UUID | None = None,
    post: str | None = None,
    hold: bool = False,
) -> Posted:
    comment_id = new_id()
    made = work.session.execute(
        insert(CommentRow)
        .values(
            id=comment_id,
            kind=kind,
            subject_id=subject_id,
            parent_id=parent_id,
            author_id=author_id,
            staff_id=staff_id,
            post=post,
            body=body,
            state=State.WAITING.value,
            digest=digest,
            created_at=work.now,
        )
        .on_conflict_do_nothing(index_elements=["digest"])
        .returning(CommentRow.id)
    ).scalar_one_or_none()
    if made is None:
        # The other click was faster and has committed meanwhile.
        known = _known(work, digest)
        assert known is not None
        return known
    if hold:
        return Posted(comment_id, State.WAITING, repeated=False)
    row = _locked(work, comment_id)
    assert row is not None
    _show(work, row)
    return Posted(comment_id, State.PUBLISHED, repeated=False)


def _show(work: Work, row: CommentRow) -> None:
    first = row.published_at is None
    row.state = State.PUBLISHED.value
    row.refusal = None
    if first:
        row.published_at = work.now
    work.session.flush()
    _count(work, row, 1)
    if not first:
        return
    # Once in the life of a comment: what follows from it (points, notices) follows once.
    if row.author_id is not None:
        work.emit(PUBLISHED, _fact(work, row, row.author_id))
    elif row.staff_id is not None:
        work.emit(
            ANSWERED,
            AnswerFact(row.id, row.kind, row.subject_id, row.staff_id, row.parent_id),
        )


def _hide(work: Work, row: CommentRow, state: State) -> None:
    shown = row.state == State.PUBLISHED.value
    row.state = state.value
    work.session.flush()
    if not shown:
        return
    _count(work, row, -1)
    if row.author_id is not None:
        work.emit(HIDDEN, _fact(work, row, row.author_id))


def _fact(work: Work, row: CommentRow, author_id: UUID) -> CommentFact:
    return CommentFact(row.id, row.kind, row.subject_id, author_id, work.today, row.parent_id)


def _count(work: Work, row: CommentRow, by: int) -> None:
    """Keep the counters true; the parent's first, so that two replies never wait crosswise."""
    if row.parent_id is not None:
        work.session.execute(
            update(CommentRow)
            .where(CommentRow.id == row.parent_id)
            .values(replies=CommentRow.replies + by)
        )
    statement = insert(CommentCount).values(
        kind=row.kind, subject_id=row.subject_id, published=max(by, 0)
    )
    work.session.execute(
        statement.on_conflict_do_update(
            index_elements=["kind", "subject_id"],
            set_={"published": CommentCount.published + by},
        )
    )
    work.emit(COUNTED, CountFact(row.kind, row.subject_id))
