"""Lists of ideas, page by page in both directions, by keys and never by counting."""

import base64
import binascii
from collections.abc import Callable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Literal
from uuid import UUID

import msgspec
from sqlalchemy import bindparam, desc, select, tuple_
from sqlalchemy.orm import Session

from core.features.ideas.domain import State
from core.features.ideas.model import Campaign, Idea
from core.features.ideas.queries.filters import (
    COLUMNS,
    DECIDED,
    GROUPS,
    Filters,
    Listed,
    listed,
    matching,
    narrowed,
)

MOST_SUPPORTS: Final = 2**31 - 1


class Sort(StrEnum):
    """Orders of a list: the newest, the most supported, those that end first, the latest decided,
    and for a search those that fit best."""

    NEW = "new"
    POPULAR = "popular"
    ENDING = "ending"
    DECIDED = "decided"
    FITTING = "fitting"


class Page(msgspec.Struct, frozen=True):
    """A piece of a list and the cursors of its neighbours; None where there is nothing more."""

    ideas: tuple[Listed, ...]
    next: str | None = None
    previous: str | None = None
    guessed: bool = False


class Cursor(msgspec.Struct, frozen=True, array_like=True):
    """A place between two ideas of one order: after (`a`) or before (`b`) the idea named."""

    sort: Sort
    side: Literal["a", "b"]
    key: datetime | int
    id: UUID

    def packed(self) -> str:
        """As a word for an address."""
        raw = msgspec.json.encode(self)
        return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def read_cursor(text: str, sort: Sort) -> Cursor:
    """Raises ValueError for a cursor that was not made here, or was made for another order."""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        cursor = msgspec.json.decode(raw, type=Cursor)
    except (binascii.Error, msgspec.DecodeError, UnicodeError) as error:
        raise ValueError("not a cursor") from error
    counted = sort in (Sort.POPULAR, Sort.FITTING)
    fits = (
        isinstance(cursor.key, int) and abs(cursor.key) <= MOST_SUPPORTS
        if counted
        else isinstance(cursor.key, datetime) and cursor.key.tzinfo is not None
    )
    if cursor.sort is not sort or not fits:
        raise ValueError("a cursor of another list")
    return cursor


def ideas(
    session: Session,
    filters: Filters = Filters(),
    *,
    sort: Sort,
    now: datetime,
    cursor: str | None = None,
    most: int = 12,
) -> Page:
    """A page of public ideas. `ending` shows those that still collect support, `decided` those
    with an outcome. Raises ValueError for a cursor of something else."""
    place = read_cursor(cursor, sort) if cursor else None
    if sort is Sort.FITTING:
        raise ValueError("only a search knows what fits")
    key, descending = _ORDERS[sort]
    conditions = _conditions(filters, sort, now)
    if conditions is None:
        return Page(())
    forwards = place is None or place.side == "a"
    if place is not None:
        beyond = tuple_(key, Idea.id)
        edge = (place.key, place.id)
        conditions.append(beyond < edge if descending == forwards else beyond > edge)
    order = (desc(key), desc(Idea.id)) if descending == forwards else (key, Idea.id)
    rows = session.execute(
        select(*COLUMNS)
        .outerjoin(Campaign, Campaign.id == Idea.campaign_id)
        .where(*conditions)
        .order_by(*order)
        .limit(bindparam(None, most + 1, literal_execute=True))
    ).all()
    return page_of(
        [listed(row) for row in (rows[:most] if forwards else rows[:most][::-1])],
        sort,
        more=len(rows) > most,
        place=place,
        key=lambda idea: key_of(idea, sort),
    )


def page_of(
    found: Sequence[Listed],
    sort: Sort,
    *,
    more: bool,
    place: Cursor | None,
    key: Callable[[Listed], datetime | int],
) -> Page:
    """A page with the cursors around it; `more` says whether the reading went on, `place` where
    it began."""
    if not found:
        return Page(())
    forwards = place is None or place.side == "a"
    last = Cursor(sort, "a", key(found[-1]), found[-1].id).packed()
    first = Cursor(sort, "b", key(found[0]), found[0].id).packed()
    return Page(
        tuple(found),
        next=last if more or not forwards else None,
        previous=first if (place is not None if forwards else more) else None,
    )


def key_of(idea: Listed, sort: Sort) -> datetime | int:
    """What an idea is sorted by."""
    match sort:
        case Sort.POPULAR:
            return idea.supports
        case Sort.ENDING if idea.ends_at is not None:
            return idea.ends_at
        case Sort.DECIDED if idea.decided_at is not None:
            return idea.decided_at
        case _:
            return idea.published_at


_ORDERS: Final[dict[Sort, tuple[Any, bool]]] = {
    Sort.NEW: (Idea.published_at, True),
    Sort.POPULAR: (Idea.supports, True),
    Sort.ENDING: (Idea.ends_at, False),
    Sort.DECIDED: (Idea.decided_at, True),
}


def _conditions(filters: Filters, sort: Sort, now: datetime) -> list[Any] | None:
    """None when the filters leave nothing that this order shows."""
    within = GROUPS[filters.group] if filters.group else None
    states: tuple[State, ...] | None = within
    if sort is Sort.ENDING:
        states = (State.COLLECTING,)
    elif sort is Sort.DECIDED:
        states = DECIDED
    if states is not None and within is not None:
        states = tuple(one for one in states if one in within)
        if not states:
            return None
    found = narrowed(filters, states=states)
    if sort is Sort.ENDING:
        found.append(Idea.ends_at > now)
    elif sort is Sort.DECIDED:
        found.append(Idea.decided_at.is_not(None))
    if filters.words:
        found.append(matching(filters.words))
    return found
