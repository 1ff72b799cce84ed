"""Turnout by day and district: folded from events, so that voters never wait for these rows."""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from uuid import UUID

import msgspec
from sqlalchemy.dialects.postgresql import insert

from core.features.polls.model import PollTurnoutDay
from core.work import Work


class Voter(msgspec.Struct, frozen=True):
    """What turnout needs to know of one voter (of `polls.ballot_cast`)."""

    poll_id: UUID
    day: date
    district: str
    level: str


def fold(work: Work, voters: Sequence[Voter]) -> None:
    """Add voters to the turnout, many in one statement."""
    rows = sorted(
        (one.poll_id, one.day, one.district, one.level, number)
        for one, number in Counter(voters).items()
    )
    statement = insert(PollTurnoutDay)
    work.session.execute(
        statement.on_conflict_do_update(
            index_elements=["poll_id", "day", "district", "level"],
            set_={"voters": PollTurnoutDay.voters + statement.excluded.voters},
        ),
        [
            {"poll_id": poll, "day": day, "district": district, "level": level, "voters": number}
            for poll, day, district, level, number in rows
        ],
    )
