"""What the bonus programme does when residents took part in something."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import msgspec

from core.events.outbox import Event
from core.features.bonus.service import Earned, credit
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
