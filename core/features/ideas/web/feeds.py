"""Feeds of ideas and campaigns for readers of news, RSS and Atom: public things only, the same for
everybody, answered with 304 when nothing is new."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any, Final, Literal

import msgspec
from feedgen.feed import FeedGenerator
from litestar import Response
from litestar.types import ControllerRouterHandler

from core.features.ideas.domain import LABELS, CampaignState
from core.features.ideas.queries import one
from core.features.ideas.queries.filters import Listed
from core.features.ideas.web.cards import read_asked
from core.features.ideas.web.gallery import page_of, require_ideas
from core.kit.text import VOTES, Locale, Text
from core.web.request import CityRequest
from core.web.routes import page

Kind = Literal["rss", "atom"]
_MOST: Final = 40
_TYPES: Final = {"rss": "application/rss+xml", "atom": "application/atom+xml"}
_ALL: Final = Text(ru="Идеи жителей", en="Ideas of residents")
_CAMPAIGNS: Final = Text(ru="Обсуждения", en="Campaigns")
_STATE: Final = Text(ru="{state}. За: {votes}.", en="{state}. In favour: {votes}.")


class Entry(msgspec.Struct, frozen=True):
    """An item of a feed."""

    id: str
    path: str
    title: str
    text: str
    at: datetime
    changed: datetime
    author: str = ""
    category: str = ""


@page("/ideas/feed.rss")
def ideas_rss(request: CityRequest) -> Response[Any]:
    """Ideas as RSS; the address takes what the gallery's takes."""
    return _ideas(request, "rss")


@page("/ideas/feed.atom")
def ideas_atom(request: CityRequest) -> Response[Any]:
    """Ideas as Atom; the address takes what the gallery's takes."""
    return _ideas(request, "atom")


@page("/campaigns/feed.rss")
def campaigns_rss(request: CityRequest) -> Response[Any]:
    """Campaigns as RSS."""
    return _campaign_list(request, "rss")


@page("/campaigns/feed.atom")
def campaigns_atom(request: CityRequest) -> Response[Any]:
    """Campaigns as Atom."""
    return _campaign_list(request, "atom")


HANDLERS: Final[Sequence[ControllerRouterHandler]] = (
    ideas_rss,
    ideas_atom,
    campaigns_rss,
    campaigns_atom,
)


def _ideas(request: CityRequest, kind: Kind) -> Response[Any]:
    require_ideas(request)
    locale = request.locale
    query = {name: value for name, value in request.query_params.items() if name != "at"}
    with request.work(person=False) as work:
        asked = read_asked(work, query)
        found = page_of(work, asked, most=_MOST).ideas
    topics = {one.key: one.name.in_(locale) for one in request.tenant.profile.topics}
    title = asked.campaign.title if asked.campaign else _ALL.in_(locale)
    entries = [_idea(idea, topics.get(idea.topic or "", ""), locale) for idea in found]
    return _answer(request, kind, title, asked.address("/ideas"), entries)


def _idea(idea: Listed, topic: str, locale: Locale) -> Entry:
    said = _STATE.with_values({"state": LABELS[idea.state], "votes": VOTES.text(idea.supports)})
    return Entry(
        id=f"urn:uuid:{idea.id}",
        path=f"/ideas/{idea.number}",
        title=idea.title,
        text=f"{idea.excerpt}\n\n{said.in_(locale)}",
        at=idea.published_at,
        changed=max(idea.published_at, idea.decided_at or idea.published_at),
        author=idea.author_name,
        category=topic,
    )


def _campaign_list(request: CityRequest, kind: Kind) -> Response[Any]:
    require_ideas(request)
    with request.work(person=False) as work:
        found = one.campaigns(
            work.session,
            [CampaignState.OPEN, CampaignState.CLOSED, CampaignState.SUMMED_UP],
            soonest_first=False,
            most=_MOST,
        )
    entries = [
        Entry(
            id=f"urn:uuid:{campaign.id}",
            path=f"/campaigns/{campaign.number}",
            title=campaign.title,
            text=campaign.summary,
            at=campaign.opens_at,
            changed=max(campaign.opens_at, campaign.closed_at or campaign.opens_at),
        )
        for campaign in found
        if campaign.opens_at is not None
    ]
    return _answer(request, kind, _CAMPAIGNS.in_(request.locale), "/campaigns", entries)


def _answer(
    request: CityRequest, kind: Kind, title: str, path: str, entries: Sequence[Entry]
) -> Response[Any]:
    changed = max((entry.changed for entry in entries), default=datetime(2020, 1, 1, tzinfo=UTC))
    changed = changed.astimezone(UTC).replace(microsecond=0)
    body = _feed(request, kind, title, path, entries, changed)
    etag = f'W/"{hashlib.sha256(body).hexdigest()[:20]}"'
    headers = {
        "etag": etag,
        "last-modified": format_datetime(changed, usegmt=True),
        "cache-control": "public, max-age=300",
        "vary": "cookie",
    }
    media_type = f"{_TYPES[kind]}; charset=utf-8"
    if _has_already(request, etag, changed):
        return Response(b"", status_code=304, headers=headers, media_type=media_type)
    return Response(body, headers=headers, media_type=media_type)


def _has_already(request: CityRequest, etag: str, changed: datetime) -> bool:
    """What the reader knows; a tag says more than a time, so the time is asked only without it."""
    known = request.headers.get("if-none-match")
    if known is not None:
        tags = {tag.strip().removeprefix("W/") for tag in known.split(",")}
        return "*" in tags or etag.removeprefix("W/") in tags
    since = request.headers.get("if-modified-since")
    if not since or request.query_params:
        # An item that no longer fits a filter changes the feed without being newer.
        return False
    try:
        at = parsedate_to_datetime(since)
    except ValueError:
        return False
    return at.tzinfo is not None and changed <= at


def _feed(
    request: CityRequest,
    kind: Kind,
    title: str,
    path: str,
    entries: Sequence[Entry],
    changed: datetime,
) -> bytes:
    settings, host = request.runtime.settings, request.place.host
    here = settings.url_of(host, request.here)
    feed = FeedGenerator()
    feed.id(here)
    feed.title(_fit(f"{title} — {request.tenant.product(request.locale)}"))
    feed.description(_fit(title))
    feed.language(request.locale)
    feed.link(href=settings.url_of(host, path), rel="alternate")
    feed.link(href=here, rel="self")
    feed.updated(changed)
    feed.lastBuildDate(changed)
    feed.generator("Veche")
    for entry in entries:
        item = feed.add_entry(order="append")
        address = settings.url_of(host, entry.path)
        item.id(entry.id)
        item.guid(entry.id, permalink=False)
        item.title(_fit(entry.title))
        item.link(href=address)
        item.published(entry.at)
        item.updated(entry.changed)
        item.author(name=_fit(entry.author) or request.tenant.product(request.locale))
        if entry.category:
            item.category(term=_fit(entry.category))
        if kind == "atom":
            item.summary(_fit(entry.text))
        else:
            item.description(_fit(entry.text))
    made: bytes = feed.atom_str() if kind == "atom" else feed.rss_str()
    return made


def _fit(text: str) -> str:
    """Without signs that XML has no place for."""
    return "".join(
        sign
        for sign in text
        if sign in "\t\n\r"
        or "\x20" <= sign <= "\ud7ff"
        or "\ue000" <= sign <= "\ufffd"
        or sign >= "\U00010000"
    )
