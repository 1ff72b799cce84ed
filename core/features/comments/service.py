"""Use cases of comments with moderation around them: what is checked first waits, what is checked
afterwards is shown at once; either way a moderator sees it."""

from functools import cache
from typing import Final
from uuid import UUID

from core.comments import service as comments
from core.comments.domain import RefusalShown, State
from core.comments.manifest import Commentable
from core.comments.service import Posted
from core.feature import installed_features
from core.features.comments import queries
from core.kit.actor import ResidentActor
from core.kit.errors import NotFound
from core.kit.text import Text
from core.moderation import service as moderation
from core.moderation.manifest import Refusal
from core.notify.tell import Recipient, tell
from core.work import Work

KIND: Final = "comments.comment"
SHOWN: Final = "comments.shown"
_TITLE: Final = 80

_SHOWN_TITLE: Final = Text(ru="Ваш комментарий опубликован", en="Your comment is published")


@cache
def _commentables() -> dict[str, Commentable]:
    return {one.kind: one for feature in installed_features() for one in feature.commentable}


def commentable(work: Work, kind: str) -> Commentable:
    """What a kind of thing with comments is; raises NotFound where the city does without it."""
    found = _commentables().get(kind)
    if found is None or not work.tenant.profile.offers(found.feature):
        raise NotFound
    return found


def path_of(comment_id: UUID) -> str:
    """The page of one comment and its replies."""
    return f"/comment/{comment_id}"


def post(
    work: Work, kind: str, subject_id: UUID, *, body: str, key: str, parent_id: UUID | None = None
) -> Posted:
    """Write a comment or a reply. Raises as `core.comments.service.post` does."""
    posted = comments.post(
        work,
        commentable(work, kind),
        subject_id,
        body=body,
        key=key,
        parent_id=parent_id,
        hold=moderation.is_checked_first(work, KIND),
    )
    if not posted.repeated:
        _submit(work, posted.id)
    return posted


def answer(
    work: Work, kind: str, subject_id: UUID, *, body: str, key: str, parent_id: UUID | None = None
) -> Posted:
    """Answer in the city's name; nobody checks that."""
    return comments.answer(
        work, commentable(work, kind), subject_id, body=body, key=key, parent_id=parent_id
    )


def edit(work: Work, comment_id: UUID, *, body: str) -> State:
    """Mend one's own comment; the new words go to moderation as the first ones did."""
    before = comments.own(work, comment_id).body
    state = comments.edit(work, comment_id, body=body, hold=moderation.is_checked_first(work, KIND))
    if comments.checked(body) != before:
        _submit(work, comment_id)
    return state


def withdraw(work: Work, comment_id: UUID) -> bool:
    """Take back one's own comment."""
    done = comments.withdraw(work, comment_id)
    if done:
        moderation.withdraw(work, kind=KIND, subject_id=comment_id)
    return done


def published(work: Work, comment_id: UUID) -> None:
    """Moderation has let a comment through: everybody sees it, and its author is told."""
    comments.publish(work, comment_id)
    found = queries.reference(work.session, comment_id)
    if found is None or found.author_id is None or found.state is not State.PUBLISHED:
        return
    subject = commentable(work, found.kind).subject(work, found.subject_id)
    title = subject.title if subject is not None else ""
    tell(
        work,
        SHOWN,
        [Recipient("resident", found.author_id)],
        title=_SHOWN_TITLE,
        text=Text(ru=f"К «{title}».", en=f"On “{title}”."),
        path=path_of(comment_id),
        once=f"comment:{comment_id}:shown",
    )


def refused(work: Work, comment_id: UUID, refusal: Refusal) -> None:
    """Moderation has refused a comment: nobody but its author sees it any more. The author is told
    by moderation, with the letter."""
    comments.refuse(
        work,
        comment_id,
        RefusalShown(refusal.letter_id, refusal.number, refusal.text, refusal.reasons),
    )


def forget(work: Work, resident_id: UUID) -> int:
    """Take back all that a resident wrote, also from the queue of moderation."""
    waiting = queries.waiting_of(work.session, resident_id)
    done = comments.forget(work, resident_id)
    for comment_id in waiting:
        moderation.withdraw(work, kind=KIND, subject_id=comment_id)
    return done


def said_about(work: Work, comment_id: UUID) -> list[tuple[str, str]]:
    """What a moderator sees beside the words: where they were said, and in answer to what."""
    found = queries.reference(work.session, comment_id)
    if found is None:
        return []
    known = _commentables().get(found.kind)
    subject = known.subject(work, found.subject_id) if known is not None else None
    locale = work.tenant.locale
    rows = []
    if known is not None and subject is not None:
        rows.append((known.label.in_(locale), subject.title))
    if found.parent_body:
        rows.append((_IN_ANSWER.in_(locale), found.parent_body))
    return rows


_IN_ANSWER: Final = Text(ru="В ответ на", en="In answer to")


def _submit(work: Work, comment_id: UUID) -> None:
    found = queries.reference(work.session, comment_id)
    if found is None or not isinstance(work.actor, ResidentActor):
        return
    first = " ".join(found.body.split())
    moderation.submit(
        work,
        kind=KIND,
        subject_id=comment_id,
        title=first if len(first) <= _TITLE else f"{first[: _TITLE - 1]}…",
        body=found.body,
        author_id=work.actor.id,
        path=path_of(comment_id),
    )
