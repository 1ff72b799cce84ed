"""Counting the ideas of a city for the home page and the gallery, at most once a minute.

A count reads every public idea, which takes the worker some hundredths of a second in a large
city; pages only read what was counted last. As it is always counted anew, no figure drifts.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec
from sqlalchemy import func, select, text, update

from core.events.outbox import Event
from core.features.ideas.domain import State
from core.features.ideas.model import IdeaFigure
from core.work import Work

DUE: Final = "ideas.figures_due"
_EVERY: Final = timedelta(minutes=1)
_STATES: Final = sorted(state.value for state in State)

_COUNT: Final = text(
    """
INSERT INTO idea_figure (state, ideas, supports, west, south, east, north, counted_at, due_at)
SELECT every.state, count(idea.id), coalesce(sum(idea.supports), 0), min(place_lon),
  min(place_lat), max(place_lon), max(place_lat), :now, NULL
FROM unnest(CAST(:states AS text[])) AS every (state)
LEFT JOIN idea ON idea.state = every.state
GROUP BY every.state ORDER BY every.state
ON CONFLICT (state) DO UPDATE SET ideas = excluded.ideas, supports = excluded.supports,
  west = excluded.west, south = excluded.south, east = excluded.east, north = excluded.north,
  counted_at = excluded.counted_at, due_at = NULL
"""
)


class CountDue(msgspec.Struct, frozen=True):
    """Asks for a count that was put off (`ideas.figures_due`)."""

    at: datetime


def note_changes(work: Work, events: Sequence[Event]) -> None:
    """Something has changed: count now, or in a while if it was counted just now."""
    last, due = work.session.execute(
        select(func.max(IdeaFigure.counted_at), func.max(IdeaFigure.due_at))
    ).one()
    if last is None or work.now - last >= _EVERY:
        count(work)
    elif due is None:
        at = last + _EVERY
        # Whoever sets it first sends for the count; the others find it set.
        marked = work.session.scalars(
            update(IdeaFigure)
            .where(IdeaFigure.due_at.is_(None), IdeaFigure.state == State.COLLECTING.value)
            .values(due_at=at)
            .returning(IdeaFigure.state)
        ).all()
        if marked:
            work.emit(DUE, CountDue(at), due_at=at)


def count_due(work: Work, events: Sequence[Event]) -> None:
    """A count that was put off."""
    count(work)


def count(work: Work) -> None:
    """Count everything anew."""
    work.session.execute(_COUNT, {"now": work.now, "states": _STATES})
