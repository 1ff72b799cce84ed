"""What the bonus programme does when residents took part in something, or were excluded."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import msgspec

from core.events.outbox import Event
from core.features.bonus.service import Earned, annul, credit
from core.work import Work


class _BallotCast(msgspec.Struct, frozen=True):
    """What this feature needs to know of `polls.ballot_cast`."""

    poll_id: UUID
    resident_id: UUID
    day: date
    points: int
    reasons: list[object]


def credit_votes(work: Work, events: Sequence[Event]) -> None:
    """Credit points for taking part in polls."""
    cast = [(event.id, msgspec.json.decode(event.payload, type=_BallotCast)) for event in events]
    credit(
        work,
        [
            Earned(
                event=event,
                resident_id=one.resident_id,
                act="vote",
                subject=f"poll:{one.poll_id}",
                day=one.day,
                offered=one.points,
                reasons=tuple(one.reasons),
            )
            for event, one in cast
            if one.points > 0
        ],
    )


class _IdeaPublished(msgspec.Struct, frozen=True):
    """What this feature needs to know of `ideas.published`."""

    idea_id: UUID
    author_id: UUID | None
    day: date


class _CommentPublished(msgspec.Struct, frozen=True):
    """What this feature needs to know of `comments.published`."""

    comment_id: UUID
    author_id: UUID | None
    day: date


class _ResidentBlocked(msgspec.Struct, frozen=True):
    """What this feature needs to know of `moderation.resident_blocked`."""

    block_id: UUID
    resident_id: UUID
    day: date
    annul: bool
    reasons: list[object]


def credit_ideas(work: Work, events: Sequence[Event]) -> None:
    """Credit points for ideas that were published, by the tariff of the day."""
    published = [
        (event.id, msgspec.json.decode(event.payload, type=_IdeaPublished)) for event in events
    ]
    credit(
        work,
        [
            Earned(
                event=event,
                resident_id=one.author_id,
                act="idea",
                subject=f"idea:{one.idea_id}",
                day=one.day,
                offered=None,
            )
            for event, one in published
            if one.author_id is not None
        ],
    )


def credit_comments(work: Work, events: Sequence[Event]) -> None:
    """Credit points for comments that were published, by the tariff of the day."""
    published = [
        (event.id, msgspec.json.decode(event.payload, type=_CommentPublished)) for event in events
    ]
    credit(
        work,
        [
            Earned(
                event=event,
                resident_id=one.author_id,
                act="comment",
                subject=f"comment:{one.comment_id}",
                day=one.day,
                offered=None,
            )
            for event, one in published
            if one.author_id is not None
        ],
    )


def annul_points(work: Work, events: Sequence[Event]) -> None:
    """Take back the points of residents who were blocked, where the city's rule says so (R77)."""
    for event in events:
        one = msgspec.json.decode(event.payload, type=_ResidentBlocked)
        if one.annul:
            annul(
                work,
                event=event.id,
                resident_id=one.resident_id,
                subject=f"block:{one.block_id}",
                day=one.day,
                reasons=one.reasons,
            )
