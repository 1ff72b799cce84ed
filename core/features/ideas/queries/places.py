"""Ideas on the map: what lies in a box, drawn together by a grid so that the answer stays small
however many ideas there are."""

import math
from typing import Final
from uuid import UUID

import msgspec
from sqlalchemy import Integer, cast, func, select
from sqlalchemy.orm import Session

from core.features.ideas.domain import State
from core.features.ideas.model import Idea
from core.features.ideas.queries.filters import LISTED, Box, Filters, in_states, inside, narrowed

MOST_CELLS: Final = 400
_CELL_PIXELS: Final = 64
_TILE_PIXELS: Final = 256
_DEEPEST: Final = 19


class Spot(msgspec.Struct, frozen=True):
    """One idea on the map, or several that lie close together (`idea` is None then)."""

    lat: float
    lon: float
    ideas: int
    idea: UUID | None = None
    number: int | None = None
    title: str = ""
    state: State | None = None
    supports: int = 0


class Grid(msgspec.Struct, frozen=True):
    """The size of a cell in degrees."""

    lat: float
    lon: float


def grid_of(box: Box, zoom: int) -> Grid:
    """Cells of some 64 pixels at this zoom; larger ones if the box would hold too many of them."""
    zoom = min(max(zoom, 0), _DEEPEST)
    lon = 360 / 2**zoom * _CELL_PIXELS / _TILE_PIXELS
    squeezed = math.cos(math.radians(min(85.0, abs(box.north + box.south) / 2)))
    lat = lon * squeezed
    cells = ((box.east - box.west) / lon + 1) * ((box.north - box.south) / lat + 1)
    while cells > MOST_CELLS:
        lon, lat = lon * 2, lat * 2
        cells = ((box.east - box.west) / lon + 1) * ((box.north - box.south) / lat + 1)
    return Grid(lat, lon)


def spots(session: Session, filters: Filters, box: Box, *, zoom: int) -> tuple[Spot, ...]:
    """What lies in the box, at most one spot for each cell of the grid."""
    grid = grid_of(box, zoom)
    row = cast(func.floor(Idea.place_lat / grid.lat), Integer)
    column = cast(func.floor(Idea.place_lon / grid.lon), Integer)
    cells = (
        select(
            func.avg(Idea.place_lat).label("lat"),
            func.avg(Idea.place_lon).label("lon"),
            func.count().label("ideas"),
            # There is no min(uuid): of one idea its text is as good.
            func.min(Idea.number).label("number"),
        )
        .where(*narrowed(filters), *inside(box))
        .group_by(row, column)
        .limit(MOST_CELLS)
    )
    found = session.execute(cells).all()
    single = _ideas(session, [one.number for one in found if one.ideas == 1])
    return tuple(
        single.get(one.number, Spot(one.lat, one.lon, 1))
        if one.ideas == 1
        else Spot(one.lat, one.lon, one.ideas)
        for one in found
    )


def _ideas(session: Session, numbers: list[int]) -> dict[int, Spot]:
    if not numbers:
        return {}
    rows = session.execute(
        select(
            Idea.place_lat,
            Idea.place_lon,
            Idea.id,
            Idea.number,
            Idea.title,
            Idea.state,
            Idea.supports,
        ).where(Idea.number.in_(numbers), in_states(LISTED))
    )
    return {
        row.number: Spot(
            row.place_lat,
            row.place_lon,
            1,
            row.id,
            row.number,
            row.title,
            State(row.state),
            row.supports,
        )
        for row in rows
    }
