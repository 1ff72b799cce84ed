"""What a list of ideas may be narrowed by, and the columns a card is drawn from.

The sets of states are written into the statement itself: only then does the planner see that a
partial index covers them.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, bindparam, func, literal, literal_column, select

from core.features.ideas.domain import State
from core.features.ideas.model import Campaign, Idea
from core.files.model import File

RUSSIAN: Final[ColumnElement[Any]] = literal_column("'pg_catalog.russian'::regconfig")
_PICTURES: Final = (
    # Spelled as `file.owner` is written, so that its index is used.
    File.owner == func.concat("idea:", Idea.id),
    File.width.is_not(None),
)


class Group(StrEnum):
    """The states of an idea as a reader of the gallery thinks of them."""

    COLLECTING = "collecting"
    CONSIDERED = "considered"
    ACCEPTED = "accepted"
    DONE = "done"
    DECLINED = "declined"


GROUPS: Final = {
    Group.COLLECTING: (State.COLLECTING,),
    Group.CONSIDERED: (State.CONSIDERATION,),
    Group.ACCEPTED: (State.TAKEN_UP, State.IN_WORK),
    Group.DONE: (State.DONE,),
    Group.DECLINED: (State.DECLINED, State.UNSUPPORTED),
}
LISTED: Final = tuple(state for states in GROUPS.values() for state in states)
"""Merged ideas are found under the idea they were merged with."""
DECIDED: Final = (State.TAKEN_UP, State.IN_WORK, State.DONE, State.DECLINED)
EXCERPT: Final = 260


class Box(msgspec.Struct, frozen=True):
    """A piece of the map, in degrees."""

    west: float
    south: float
    east: float
    north: float


def read_box(text: str) -> Box:
    """`west,south,east,north`; raises ValueError."""
    west, south, east, north = (float(part) for part in text.split(","))
    # Written so that a NaN fails too.
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise ValueError("no box on the map")
    return Box(west, south, east, north)


class Filters(msgspec.Struct, frozen=True, kw_only=True):
    """What to narrow a list by; `words` is what was typed into the search."""

    group: Group | None = None
    topic: str | None = None
    district: str | None = None
    campaign: UUID | None = None
    photo: bool = False
    box: Box | None = None
    words: str = ""


class Listed(msgspec.Struct, frozen=True):
    """An idea in a list. `threshold` is how many supporters it needs; `cover` is its first photo;
    `title_matched` and `matched` are the title and a piece of the text as (text, whether it is
    what was searched for), empty where that is not found."""

    id: UUID
    number: int
    title: str
    excerpt: str
    topic: str | None
    district: str | None
    place: str
    author_name: str
    campaign_id: UUID | None
    campaign_number: int | None
    campaign_title: str | None
    state: State
    supports: int
    threshold: int | None
    comments: int
    published_at: datetime
    ends_at: datetime | None
    decided_at: datetime | None
    cover: UUID | None
    title_matched: tuple[tuple[str, bool], ...] = ()
    matched: tuple[tuple[str, bool], ...] = ()


COLUMNS: Final[tuple[ColumnElement[Any], ...]] = (
    Idea.id.label("id"),
    Idea.number.label("number"),
    Idea.title.label("title"),
    func.left(Idea.body, EXCERPT).label("excerpt"),
    Idea.topic.label("topic"),
    Idea.district.label("district"),
    Idea.place.label("place"),
    Idea.author_name.label("author_name"),
    Idea.campaign_id.label("campaign_id"),
    Campaign.number.label("campaign_number"),
    Campaign.title.label("campaign_title"),
    Idea.state.label("state"),
    Idea.supports.label("supports"),
    Idea.terms["threshold"]["value"].as_integer().label("threshold"),
    Idea.comments.label("comments"),
    Idea.published_at.label("published_at"),
    Idea.ends_at.label("ends_at"),
    Idea.decided_at.label("decided_at"),
    select(File.id)
    .where(*_PICTURES)
    .order_by(File.position, File.id)
    .limit(1)
    .scalar_subquery()
    .label("cover"),
)


_FIELDS: Final = frozenset(Listed.__struct_fields__)


def listed(row: Any) -> Listed:
    """A row of `COLUMNS` as a value."""
    values = {name: value for name, value in row._mapping.items() if name in _FIELDS}
    values["state"] = State(values["state"])
    values["excerpt"] = " ".join(values["excerpt"].split())
    return Listed(**values)


def in_states(states: Sequence[State]) -> ColumnElement[bool]:
    """One of these states, as constants of the statement."""
    return Idea.state.in_(
        bindparam(None, [state.value for state in states], expanding=True, literal_execute=True)
    )


def narrowed(filters: Filters, *, states: Sequence[State] | None = None) -> list[Any]:
    """The conditions for everything but the words; `states` for a list that needs its own."""
    if states is None:
        states = GROUPS[filters.group] if filters.group else LISTED
    found: list[Any] = [in_states(states)]
    if filters.topic:
        found.append(Idea.topic == filters.topic)
    if filters.district:
        found.append(Idea.district == filters.district)
    if filters.campaign:
        found.append(Idea.campaign_id == filters.campaign)
    if filters.box:
        found += inside(filters.box)
    if filters.photo:
        found.append(with_photo())
    return found


def inside(box: Box) -> list[ColumnElement[bool]]:
    return [
        Idea.place_lat.is_not(None),
        Idea.place_lat.between(box.south, box.north),
        Idea.place_lon.between(box.west, box.east),
    ]


def with_photo() -> ColumnElement[bool]:
    return select(literal(1)).where(*_PICTURES).exists()


def matching(words: str) -> ColumnElement[bool]:
    """Whether the text holds the words in any of their forms."""
    return Idea.search.bool_op("@@")(asked(words))


def asked(words: str) -> ColumnElement[Any]:
    """What was typed, as a full text query: quotes, "or" and a minus mean what they mean on the
    web, and nothing typed is an error."""
    return func.websearch_to_tsquery(RUSSIAN, words)
