"""Ideas by the thousand for files, in the order of their numbers."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.features.ideas.domain import PUBLIC, State
from core.features.ideas.model import Campaign, Idea

SENT = tuple(state for state in State if state is not State.DRAFT)
"""What staff may take out: everything but drafts, which are nobody's business yet."""


class Exported(msgspec.Struct, frozen=True):
    """An idea as a row of a file."""

    number: int
    title: str
    body: str
    state: State
    state_since: datetime
    topic: str | None
    district: str | None
    place: str
    lat: float | None
    lon: float | None
    supports: int
    comments: int
    campaign: str | None
    author: str
    submitted_at: datetime | None
    published_at: datetime | None
    ends_at: datetime | None
    decided_at: datetime | None


def rows(
    session: Session, *, after: int, most: int, states: Sequence[State] = tuple(sorted(PUBLIC))
) -> list[Exported]:
    """The next ideas beyond a number."""
    found = session.execute(
        select(
            Idea.number,
            Idea.title,
            Idea.body,
            Idea.state,
            Idea.state_since,
            Idea.topic,
            Idea.district,
            Idea.place,
            Idea.place_lat,
            Idea.place_lon,
            Idea.supports,
            Idea.comments,
            Campaign.title,
            Idea.author_name,
            Idea.submitted_at,
            Idea.published_at,
            Idea.ends_at,
            Idea.decided_at,
        )
        .outerjoin(Campaign, Campaign.id == Idea.campaign_id)
        .where(Idea.number > after, Idea.state.in_([state.value for state in states]))
        .order_by(Idea.number)
        .limit(most)
    )
    return [_exported(tuple(row)) for row in found]


def _exported(row: tuple[Any, ...]) -> Exported:
    values = dict(zip(Exported.__struct_fields__, row, strict=True))
    return Exported(**{**values, "state": State(values["state"])})
