"""What a feature says of the things people may comment on."""

from collections.abc import Callable
from uuid import UUID

import msgspec

from core.kit.text import Text
from core.work import Work


class Subject(msgspec.Struct, frozen=True):
    """A thing that people talk about, as of now. `open`: new comments are taken. `followers` are
    told of a new comment, the author first; `author_id` marks the author's own replies."""

    title: str
    path: str
    open: bool
    author_id: UUID | None = None
    followers: tuple[UUID, ...] = ()


class Commentable(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of thing with comments; `subject` gives None for what the actor may not see."""

    kind: str
    label: Text
    feature: str
    subject: Callable[[Work, UUID], Subject | None]
