"""Ideas on a map: the page with its list beside it, and the points as GeoJSON."""

import hashlib
from collections.abc import Sequence
from typing import Any, Final

import msgspec
from litestar import Response
from litestar.types import ControllerRouterHandler

from core.features.ideas.domain import LABELS, CampaignState
from core.features.ideas.queries import one, places
from core.features.ideas.queries.figures import figures
from core.features.ideas.queries.filters import Box, read_box
from core.features.ideas.web.cards import (
    CHIPS,
    GROUP_LABELS,
    IDEAS,
    box_text,
    cards,
    read_asked,
)
from core.features.ideas.web.gallery import ON_PAGE, page_of, require_ideas, sorts_of
from core.kit.errors import NotFound
from core.kit.text import VOTES, Locale
from core.web.pages import render
from core.web.request import CityRequest
from core.web.routes import page

_CAMPAIGNS: Final = 60
_MARGIN: Final = 0.05
_LEAST_SIDE: Final = 0.01
_DEEPEST: Final = 19
_GEOJSON: Final = "application/geo+json"


class Point(msgspec.Struct, frozen=True, tag="Point"):
    """A GeoJSON point: longitude first."""

    coordinates: tuple[float, float]


class Properties(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a marker says: of one idea its title, of several how many there are."""

    ideas: int
    label: str
    number: int | None = None
    href: str | None = None
    state: str | None = None
    state_label: str | None = None
    kind: str | None = None
    note: str | None = None


class PlaceFeature(msgspec.Struct, frozen=True, tag="Feature"):
    """A marker."""

    geometry: Point
    properties: Properties


class Places(msgspec.Struct, frozen=True, tag="FeatureCollection"):
    """All markers of a piece of the map."""

    features: list[PlaceFeature]


@page("/ideas/map")
def idea_map(request: CityRequest) -> Response[Any]:
    """The map of ideas. The list beside it shows the same ideas, so that nobody needs the map."""
    require_ideas(request)
    with request.work() as work:
        asked = read_asked(work, request.query_params)
        counts = figures(work.session)
        box = asked.filters.box or counts.box
        found = None
        if box is not None:
            here = msgspec.structs.replace(asked.filters, box=box)
            beside = msgspec.structs.replace(asked, filters=here)
            found = page_of(work, beside, most=ON_PAGE)
        shown = cards(work, found.ideas) if found else ()
        campaigns = one.campaigns(
            work.session,
            [CampaignState.OPEN, CampaignState.CLOSED, CampaignState.SUMMED_UP],
            soonest_first=False,
            most=_CAMPAIGNS,
        )
    under = ground(request, box)
    return render(
        request,
        "ideas/gallery_map.html",
        asked=asked,
        cards=shown,
        page=found,
        counts=counts,
        groups=GROUP_LABELS,
        sorts=sorts_of(asked),
        campaigns=campaigns,
        profile=request.tenant.profile,
        title=request.tenant.profile.features["ideas"].name.in_(request.locale),
        points=asked.address("/ideas/points", sort=None, box=None),
        box=under.box,
        tiles=under.tiles,
        credit=under.credit,
    )


class Ground(msgspec.Struct, frozen=True):
    """What a map is drawn on, and where it opens; without `box` there is nothing to open."""

    box: str | None
    tiles: str | None
    credit: str


def ground(request: CityRequest, box: Box | None = None) -> Ground:
    """The ground of a map of the city, opened on `box` or on the whole city."""
    city = request.tenant.profile.map
    if box is not None:
        shown = _wider(box)
    elif city is not None:
        shown = Box(city.west, city.south, city.east, city.north)
    else:
        shown = None
    settings = request.runtime.settings
    return Ground(
        box_text(shown) if shown is not None else None, settings.map_tiles, settings.map_credit
    )


def _wider(box: Box) -> Box:
    """With a margin, and never so small that a single idea fills the map."""
    lat = max((box.north - box.south) * _MARGIN, _LEAST_SIDE / 2)
    lon = max((box.east - box.west) * _MARGIN, _LEAST_SIDE)
    return Box(
        max(-180, box.west - lon),
        max(-90, box.south - lat),
        min(180, box.east + lon),
        min(90, box.north + lat),
    )


@page("/ideas/points")
def idea_points(request: CityRequest) -> Response[Any]:
    """The markers within `box` at a `zoom`: single ideas, and groups of those that lie close."""
    require_ideas(request)
    query = request.query_params
    try:
        box = read_box(query.get("box") or "")
        zoom = min(max(int(query.get("zoom") or "12"), 0), _DEEPEST)
    except ValueError as error:
        raise NotFound from error
    with request.work(person=False) as work:
        asked = read_asked(work, query)
        filters = msgspec.structs.replace(asked.filters, box=None)
        found = places.spots(work.session, filters, box, zoom=zoom)
    body = msgspec.json.encode(Places([_feature(spot, request.locale) for spot in found]))
    etag = f'W/"{hashlib.sha256(body).hexdigest()[:20]}"'
    # The same for everybody: nothing in it depends on who asks.
    headers = {"etag": etag, "cache-control": "public, max-age=30", "vary": "cookie"}
    if request.headers.get("if-none-match") == etag:
        return Response(b"", status_code=304, headers=headers, media_type=_GEOJSON)
    return Response(body, headers=headers, media_type=_GEOJSON)


def _feature(spot: places.Spot, locale: Locale) -> PlaceFeature:
    point = Point((round(spot.lon, 6), round(spot.lat, 6)))
    if spot.idea is None or spot.state is None:
        return PlaceFeature(point, Properties(spot.ideas, IDEAS.count(spot.ideas, locale)))
    return PlaceFeature(
        point,
        Properties(
            1,
            spot.title,
            number=spot.number,
            href=f"/ideas/{spot.number}",
            state=spot.state.value,
            state_label=LABELS[spot.state].in_(locale),
            kind=CHIPS[spot.state],
            note=VOTES.count(spot.supports, locale),
        ),
    )


HANDLERS: Final[Sequence[ControllerRouterHandler]] = (idea_map, idea_points)
