"""Pure values of moderation: where an item stands, what a letter holds, what its author is told."""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Final, Literal
from uuid import UUID

import msgspec

from core.kit.text import Text
from core.rules import Decision


class Check(StrEnum):
    """When a thing is checked: before others see it, or after."""

    BEFORE = "before"
    AFTER = "after"


class Steps(StrEnum):
    """How a refusal comes about: one person writes and sends it, or another one approves it."""

    ONE = "one_step"
    TWO = "two_steps"


class Needs(StrEnum):
    """What a ground must point to."""

    NONE = "none"
    PLAN = "plan"
    ORIGINAL = "original"


class State(StrEnum):
    """Where an item stands; `WRITTEN` is a refusal that waits for approval."""

    WAITING = "waiting"
    WRITTEN = "written"
    PUBLISHED = "published"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    SUPERSEDED = "superseded"


OPEN: Final = frozenset({State.WAITING, State.WRITTEN})
"""What is still to be decided."""

STATE_LABELS: Final[Mapping[State, Text]] = {
    State.WAITING: Text(ru="Ждёт проверки", en="Waiting to be checked"),
    State.WRITTEN: Text(ru="Письмо на согласовании", en="Letter waiting for approval"),
    State.PUBLISHED: Text(ru="Опубликовано", en="Published"),
    State.REFUSED: Text(ru="Отказано", en="Refused"),
    State.WITHDRAWN: Text(ru="Отозвано автором", en="Withdrawn by its author"),
    State.SUPERSEDED: Text(ru="Заменено новым текстом", en="Replaced by a newer text"),
}

LONGEST_LETTER: Final = 6000
LONGEST_PLEA: Final = 1500
LONGEST_NOTE: Final = 1000
MOST_AT_ONCE: Final = 100
"""How many are published by one press of a button."""


class Link(msgspec.Struct, frozen=True):
    """What a ground points to: `source` is the key of the place it was found in, or `page` for an
    address given by hand."""

    source: str
    reference: str
    title: str
    path: str


class GroundChosen(msgspec.Struct, frozen=True):
    """A ground as the moderator chose it: the key in the city's regulation, and a link."""

    key: str
    link: Link | None = None


class GroundGiven(msgspec.Struct, frozen=True):
    """A ground as the letter states it, in the words and with the clause of that day."""

    key: str
    number: str
    title: str
    clause: str
    link: Link | None = None


class LetterView(msgspec.Struct, frozen=True):
    """A letter of refusal as it was sent."""

    id: UUID
    number: int
    signed_on: date
    kind: str
    subject_id: UUID
    addressee_id: UUID | None
    title: str
    path: str
    submitted_at: datetime
    grounds: tuple[GroundGiven, ...]
    reasons: tuple[object, ...]
    body: str
    written: str
    written_by: UUID
    written_name: str
    approved_by: UUID
    approved_name: str
    signer_post: str
    look_until: date | None
    look_reasons: tuple[object, ...]


class LookState(StrEnum):
    """What may still be done about a refusal by its author."""

    OPEN = "open"
    ASKED = "asked"
    ANSWERED = "answered"
    OVER = "over"


class Standing(msgspec.Struct, frozen=True):
    """How a thing stands in moderation, for its author. `letter` only after a refusal; `look` says
    whether a second look may be asked for, `look_until` until when (None: no term is set).

    `again` is set while a second look is waiting; `earlier` is the letter that led to it.
    """

    item_id: UUID
    state: State
    submitted_at: datetime
    due_on: date | None
    decided_at: datetime | None
    letter: LetterView | None = None
    look: LookState = LookState.OVER
    look_until: date | None = None
    again: bool = False
    plea: str = ""
    earlier: LetterView | None = None


class Mark(msgspec.Struct, frozen=True):
    """A place in a text worth a second look: [start, end) in characters, and what it may be.

    A mark is a hint to a person and never decides anything.
    """

    start: int
    end: int
    kind: str


class Similar(msgspec.Struct, frozen=True):
    """Something that may be the same, found when the item came in."""

    source: str
    reference: str
    title: str
    path: str
    note: str = ""


class ItemView(msgspec.Struct, frozen=True):
    """An item of the queue, with the text as it was submitted. `hints` and `similar` are None
    until the worker has looked."""

    id: UUID
    kind: str
    subject_id: UUID
    title: str
    body: str
    author_id: UUID | None
    path: str
    checked: Check
    state: State
    submitted_at: datetime
    due_on: date | None
    hints: tuple[Mark, ...] | None
    similar: tuple[Similar, ...] | None
    held_by: UUID | None
    held_name: str
    held_until: datetime | None
    looks_again_at: UUID | None
    plea: str
    letter_id: UUID | None
    decided_at: datetime | None
    decided_by: UUID | None
    decided_name: str

    def held_by_other(self, me: UUID, now: datetime) -> bool:
        """Whether somebody else is looking at it at this moment."""
        return (
            self.held_by is not None
            and self.held_by != me
            and self.held_until is not None
            and self.held_until > now
        )


class DraftView(msgspec.Struct, frozen=True):
    """A letter in work. `before` is the text the editor returned."""

    item_id: UUID
    state: Literal["writing", "submitted", "returned"]
    grounds: tuple[GroundChosen, ...]
    body: str
    before: str
    written_by: UUID
    written_name: str
    written_at: datetime
    note: str
    returned_name: str
    returned_at: datetime | None


class QueueFilter(msgspec.Struct, frozen=True):
    """What part of the queue is looked at: things of these kinds; None means it does not matter."""

    kinds: tuple[str, ...]
    state: State = State.WAITING
    looks: bool | None = None
    hinted: bool | None = None


class Member(msgspec.Struct, frozen=True):
    """Somebody who took part in a collegial decision: the post, and who holds it."""

    post: str
    title: str
    name: str = ""


class BlockView(msgspec.Struct, frozen=True):
    """A decision on blocking. `until` is the last day; `ended` says how it ended."""

    id: UUID
    resident_id: UUID
    letter_id: UUID
    protocol_number: str
    protocol_on: date
    members: tuple[Member, ...]
    reason: str
    until: date | None
    annuls: bool
    reasons: tuple[object, ...]
    blocked_at: datetime
    recorded_name: str
    ended: Literal["lifted", "expired"] | None
    ended_at: datetime | None
    ended_name: str
    ended_reason: str


class BlockTerms(msgspec.Struct, frozen=True):
    """What the city's rules say of blocking an author: whether it is allowed, for how long at
    most, and whether points go with it."""

    allowed: Decision[bool]
    days: Decision[int | None]
    annuls: Decision[bool]
