"""The topic a poll is held on, in cities that keep a list of topics: which there are to choose
from, and how a poll stands to the list on the day it opens."""

from collections.abc import Sequence
from datetime import date
from typing import Final
from uuid import UUID

from core.feature import Topic, topic_list
from core.kit.standing import Standing
from core.work import Work

KIND: Final = "poll"


def keeps_list(work: Work) -> bool:
    """Whether the city keeps a list of topics at all."""
    return topic_list(work) is not None


def choices(work: Work, day: date) -> Sequence[Topic]:
    """The topics on which a poll may be held that opens on this day."""
    listed = topic_list(work)
    return listed.choices(work, KIND, day) if listed is not None else ()


def topic_of(work: Work, item: UUID | None) -> Topic | None:
    """The topic a poll names, whatever became of it."""
    listed = topic_list(work)
    return listed.find(work, item) if listed is not None and item is not None else None


def standing(work: Work, item: UUID | None, on: date) -> Standing | None:
    """How a poll on this topic stands to the list when it opens on `on`; None where no list is
    kept. A topic of another year, or one meant for something else than a poll, is not listed."""
    if not keeps_list(work):
        return None
    if item is None:
        return Standing.UNLISTED
    chosen = next((topic for topic in choices(work, on) if topic.id == item), None)
    return chosen.standing if chosen is not None else Standing.UNLISTED
