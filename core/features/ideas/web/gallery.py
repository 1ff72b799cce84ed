"""The gallery of ideas, ideas like the one being written, and what the home page shows of ideas."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final
from uuid import UUID
from weakref import WeakKeyDictionary

from litestar import Response
from litestar.types import ControllerRouterHandler

from core.feature import HomeFigure, HomeSection
from core.features.ideas.domain import LABELS, CampaignState
from core.features.ideas.queries import gallery, one, search
from core.features.ideas.queries import similar as likeness
from core.features.ideas.queries.figures import Figures, figures
from core.features.ideas.queries.filters import Filters, Group
from core.features.ideas.queries.gallery import Page, Sort
from core.features.ideas.web.cards import (
    CHIPS,
    GROUP_LABELS,
    IDEAS,
    SORT_LABELS,
    Asked,
    cards,
    has_order,
    read_asked,
    stale,
)
from core.identity.limits import Limit, network_of, spend
from core.identity.realm import Realm
from core.kit.errors import NotFound, Unavailable
from core.kit.text import VOTES, Noun, Text
from core.web.pages import render
from core.web.request import CityRequest
from core.web.routes import page
from core.work import Work

ON_PAGE: Final = 12
_ON_HOME: Final = 3
_CAMPAIGNS: Final = 60
_LONGEST_TITLE: Final = 200
_LONGEST_BODY: Final = 3000
# While typing somebody asks every second or so; a programme that reads everything asks oftener.
_ASKING: Final = Limit("ideas.similar", 120, timedelta(minutes=1))


def require_ideas(request: CityRequest) -> None:
    """NotFound in a city that does without ideas."""
    if not request.tenant.profile.offers("ideas"):
        raise NotFound


@page("/ideas")
def idea_list(request: CityRequest) -> Response[Any]:
    """Public ideas in some order, narrowed by what the address says, page by page."""
    require_ideas(request)
    with request.work() as work:
        asked = read_asked(work, request.query_params)
        found = page_of(work, asked, most=ON_PAGE)
        shown = cards(work, found.ideas)
        counts = figures(work.session)
        campaigns = one.campaigns(
            work.session,
            [CampaignState.OPEN, CampaignState.CLOSED, CampaignState.SUMMED_UP],
            soonest_first=False,
            most=_CAMPAIGNS,
        )
    return render(
        request,
        "ideas/gallery.html",
        asked=asked,
        cards=shown,
        page=found,
        counts=counts,
        groups=GROUP_LABELS,
        sorts=sorts_of(asked),
        campaigns=campaigns,
        profile=request.tenant.profile,
        title=request.tenant.profile.features["ideas"].name.in_(request.locale),
    )


def page_of(work: Work, asked: Asked, *, most: int) -> Page:
    """The page that is asked for; raises Problem for a place that is not in this list."""
    find = search.find if asked.filters.words else gallery.ideas
    try:
        return find(
            work.session,
            asked.filters,
            sort=asked.sort,
            now=work.now,
            cursor=asked.cursor,
            most=most,
        )
    except ValueError as error:
        raise stale(error) from error


def sorts_of(asked: Asked) -> dict[Sort, Text]:
    """The orders that make sense for this list."""
    return {
        sort: label
        for sort, label in SORT_LABELS.items()
        if (sort is not Sort.FITTING or asked.filters.words)
        and has_order(asked.filters.group, sort)
    }


@page("/ideas/similar")
def similar_ideas(request: CityRequest) -> Response[Any]:
    """Ideas like a title and a text, while somebody writes them: a fragment, kept nowhere."""
    require_ideas(request)
    query = request.query_params
    title = (query.get("title") or "").replace("\0", "")[:_LONGEST_TITLE]
    body = (query.get("body") or "").replace("\0", "")[:_LONGEST_BODY]
    own = query.get("idea") or ""
    try:
        spend(Realm(request.runtime, request.tenant), _ASKING, network_of(request.address))
    except Unavailable:
        return Response("", status_code=204)
    with request.work(person=False) as work:
        found = likeness.similar(work.session, title, body, but_not=_id(own))
    return render(
        request,
        "ideas/gallery_similar.html",
        headers={"cache-control": "no-store"},
        similar=found,
        labels=LABELS,
        chips=CHIPS,
    )


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


HANDLERS: Final[Sequence[ControllerRouterHandler]] = (idea_list, similar_ideas)


def newest(work: Work) -> Mapping[str, object] | None:
    """For the home page: what people support most of what still collects, and the newest."""
    collecting = Filters(group=Group.COLLECTING)
    popular = gallery.ideas(
        work.session, collecting, sort=Sort.POPULAR, now=work.now, most=_ON_HOME
    ).ideas
    new = gallery.ideas(work.session, sort=Sort.NEW, now=work.now, most=_ON_HOME * 2).ideas
    known = {idea.id for idea in popular}
    rest = [idea for idea in new if idea.id not in known][:_ON_HOME]
    shown = cards(work, [*popular, *rest])
    return {"popular": shown[: len(popular)], "newest": shown[len(popular) :]}


def running_campaigns(work: Work) -> Mapping[str, object] | None:
    """For the home page: the campaigns that end first."""
    found = one.campaigns(work.session, [CampaignState.OPEN], most=_ON_HOME + 1)
    if not found:
        return None
    return {
        "campaigns": [(campaign, left_of(work, campaign)) for campaign in found[:_ON_HOME]],
        "more": len(found) > _ON_HOME,
    }


def left_of(work: Work, campaign: one.CampaignView) -> timedelta | None:
    return campaign.closes_at - work.now if campaign.closes_at is not None else None


_counted: Final[WeakKeyDictionary[Work, Figures]] = WeakKeyDictionary()


def _figures(work: Work) -> Figures:
    """All figures of the strip from one look."""
    if work not in _counted:
        _counted[work] = figures(work.session)
    return _counted[work]


_IDEAS: Final = Text(ru="{ideas} жителей", en="{ideas} of residents")
_SUPPORTS: Final = Text(ru="{votes} за идеи", en="{votes} for ideas")
_TAKEN_UP: Final = Text(ru="{ideas} принято к реализации", en="{ideas} taken up")


def published(work: Work) -> tuple[int, Text] | None:
    number = _figures(work).ideas
    return (number, _IDEAS.with_values({"ideas": _form(IDEAS, number)})) if number else None


def supported(work: Work) -> tuple[int, Text] | None:
    number = _figures(work).supports
    return (number, _SUPPORTS.with_values({"votes": _form(VOTES, number)})) if number else None


def taken_up(work: Work) -> tuple[int, Text] | None:
    number = _figures(work).taken_up
    return (number, _TAKEN_UP.with_values({"ideas": _form(IDEAS, number)})) if number else None


def _form(noun: Noun, number: int) -> Text:
    return Text(ru=noun.form(number, "ru"), en=noun.form(number, "en"))


HOME: Final = (
    HomeSection(order=12, template="ideas/gallery_campaigns.html", context=running_campaigns),
    HomeSection(order=15, template="ideas/gallery_home.html", context=newest),
)
FIGURES: Final = (
    HomeFigure(order=40, figure=published),
    HomeFigure(order=50, figure=supported),
    HomeFigure(order=60, figure=taken_up),
)
