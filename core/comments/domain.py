"""Pure values of comments: states, limits of the form, what a page shows of a thread."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

LONGEST: Final = 2000
"""Letters in a comment: what needs more is an idea of its own."""

EDITABLE: Final = timedelta(minutes=15)
"""How long a slip of the pen can be mended, while nobody has answered."""

PAGE: Final = 20
REPLIES_SHOWN: Final = 3


class State(StrEnum):
    """A comment waits for moderation, is published, was refused, or was taken back."""

    WAITING = "waiting"
    PUBLISHED = "published"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class RefusalShown(msgspec.Struct, frozen=True):
    """Why moderation refused a comment, as its author reads it."""

    letter_id: UUID
    number: int
    text: str
    reasons: tuple[object, ...] = ()


class CommentView(msgspec.Struct, frozen=True, kw_only=True):
    """A comment as one person sees it. Of a withdrawn one only its place in the thread is left.

    `author` is empty for people without a name. `more_replies` are those not in `replies`.
    """

    id: UUID
    parent_id: UUID | None
    author: str
    official: bool
    post: str | None
    is_subject_author: bool
    body: str
    state: State
    created_at: datetime
    edited: bool
    mine: bool
    may_edit: bool
    may_withdraw: bool
    refusal: RefusalShown | None = None
    replies: tuple["CommentView", ...] = ()
    more_replies: int = 0


def may_edit(
    *, state: State, created_at: datetime, replies: int, mine: bool, now: datetime
) -> bool:
    """Whether an author may still change the words."""
    return (
        mine
        and state in (State.WAITING, State.PUBLISHED)
        and replies == 0
        and now < created_at + EDITABLE
    )


def may_withdraw(*, state: State, mine: bool) -> bool:
    """Whether an author may take a comment back; a published one too, at any time."""
    return mine and state is not State.WITHDRAWN
