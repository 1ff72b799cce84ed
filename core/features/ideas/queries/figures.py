"""Figures of all ideas of a city, as `service/figures.py` has counted them last."""

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.features.ideas.domain import State
from core.features.ideas.model import IdeaFigure
from core.features.ideas.queries.filters import GROUPS, LISTED, Box, Group


class Figures(msgspec.Struct, frozen=True):
    """How many ideas are in each group, and how many supporters all public ideas have."""

    groups: dict[Group, int]
    supports: int
    box: Box | None = None

    @property
    def ideas(self) -> int:
        return sum(self.groups.values())

    @property
    def taken_up(self) -> int:
        """Ideas that were taken up, those already done among them."""
        return self.groups[Group.ACCEPTED] + self.groups[Group.DONE]


def figures(session: Session) -> Figures:
    """The figures as last counted; all zero before the first idea. At most a minute old."""
    rows = {
        State(row.state): row
        for row in session.scalars(
            select(IdeaFigure).where(IdeaFigure.state.in_([state.value for state in LISTED]))
        )
    }
    boxes = [row for row in rows.values() if row.west is not None]
    return Figures(
        {
            group: sum(rows[state].ideas for state in states if state in rows)
            for group, states in GROUPS.items()
        },
        sum(row.supports for row in rows.values()),
        Box(
            min(row.west for row in boxes if row.west is not None),
            min(row.south for row in boxes if row.south is not None),
            max(row.east for row in boxes if row.east is not None),
            max(row.north for row in boxes if row.north is not None),
        )
        if boxes
        else None,
    )
