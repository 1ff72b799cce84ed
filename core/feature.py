"""The manifest by which a slice says what it brings: pages, handlers, rights, places to appear.

Features are found by the entry points of `veche.features`, those of this distribution included.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from enum import StrEnum
from functools import cache
from importlib.metadata import entry_points
from uuid import UUID

import msgspec
from litestar.types import ControllerRouterHandler

from core.comments.manifest import Commentable
from core.deadlines.manifest import ObligationKind
from core.documents.manifest import DocumentKind
from core.events import relay
from core.events.outbox import Event
from core.kit.actor import SystemActor
from core.kit.period import Period
from core.kit.standing import Standing
from core.kit.text import Text
from core.moderation.manifest import LinkSource, Moderated
from core.notify.manifest import MessageKind
from core.work import Runtime, Work


class Site(StrEnum):
    """The kinds of host an installation answers on."""

    CITY = "city"
    ASSOCIATION = "association"
    OPERATOR = "operator"


class Handler(msgspec.Struct, frozen=True):
    """What a feature does when something happened: `run` gets only events it has not had yet,
    in one transaction with the receipts. `name` is stable: receipts are kept under it."""

    name: str
    kind: str
    run: Callable[[Work, Sequence[Event]], None]


class NavItem(msgspec.Struct, frozen=True):
    """A place in the residents' navigation, under the city's own name for the feature; `offer` is
    the key of that name in `features.toml` where it is not the feature's own."""

    path: str
    icon: str
    order: int
    offer: str | None = None


class DeskItem(msgspec.Struct, frozen=True):
    """A place in the staff desk's menu, for those who hold the permission; with `offer` only where
    the city offers that key of `features.toml`."""

    path: str
    label: Text
    permission: str
    order: int
    icon: str
    count: Callable[[Work], int] | None = None
    offer: str | None = None


class HomeSection(msgspec.Struct, frozen=True):
    """A part of a city's home page: a template and what it shows; None when there is nothing."""

    order: int
    template: str
    context: Callable[[Work], Mapping[str, object] | None]


class HomeFigure(msgspec.Struct, frozen=True):
    """A number for the strip on the home page: value and the noun that agrees with it."""

    order: int
    figure: Callable[[Work], "tuple[int, Text] | None"]


class Topic(msgspec.Struct, frozen=True):
    """An item of the topic list that a poll or a campaign may be held on."""

    id: UUID
    number: str
    title: str
    standing: Standing
    period: Period | None
    path: str


class TopicList(msgspec.Struct, frozen=True):
    """The topic list, offered by one feature and read by those who hold polls and campaigns:
    the topics of a kind (`poll` or `campaign`) that may be chosen on a day, and one topic."""

    choices: Callable[[Work, str, date], Sequence[Topic]]
    find: Callable[[Work, UUID], Topic | None]


class Feature(msgspec.Struct, frozen=True, kw_only=True):
    """What a slice offers. Nothing here is a hook "just in case": each field has a reader."""

    key: str
    label: Text
    pages: Mapping[Site, Sequence[ControllerRouterHandler]] = {}
    api: Sequence[ControllerRouterHandler] = ()
    demo_pages: Mapping[Site, Sequence[ControllerRouterHandler]] = {}
    handlers: Sequence[Handler] = ()
    permissions: Mapping[str, Text] = {}
    nav: Sequence[NavItem] = ()
    desk: Sequence[DeskItem] = ()
    home: Sequence[HomeSection] = ()
    figures: Sequence[HomeFigure] = ()
    profile: Sequence[HomeSection] = ()
    balance: Callable[[Work, UUID], int] | None = None
    overview: Sequence[HomeSection] = ()
    moderated: Sequence[Moderated] = ()
    links: Sequence[LinkSource] = ()
    commentable: Sequence[Commentable] = ()
    messages: Sequence[MessageKind] = ()
    obligations: Sequence[ObligationKind] = ()
    documents: Sequence[DocumentKind] = ()
    topics: TopicList | None = None


@cache
def installed_features() -> tuple[Feature, ...]:
    """All features found by entry points, by key. Two of one key are an error."""
    found: dict[str, Feature] = {}
    for entry in entry_points(group="veche.features"):
        feature = entry.load().FEATURE
        if not isinstance(feature, Feature) or feature.key in found:
            raise TypeError(f"{entry.value} does not offer one new Feature named FEATURE")
        found[feature.key] = feature
    return tuple(found[key] for key in sorted(found))


def permissions() -> dict[str, Text]:
    """Every right that staff can hold, with its label."""
    return {
        key: label
        for feature in installed_features()
        for key, label in sorted(feature.permissions.items())
    }


def topic_list(work: Work) -> TopicList | None:
    """The topic list of the city, if it keeps one."""
    return next(
        (
            feature.topics
            for feature in installed_features()
            if feature.topics is not None and work.tenant.profile.offers(feature.key)
        ),
        None,
    )


def deliver_events(runtime: Runtime, role: str, events: Sequence[UUID]) -> int:
    """Run all handlers for these events of the city behind `role`; returns how many are done."""
    tenant = runtime.registry.by_role(role)
    if tenant is None:
        runtime.registry.refresh()
        tenant = runtime.registry.by_role(role)
    if tenant is None:
        raise LookupError(f"no city has the role {role}")
    city = tenant
    handlers = {
        handler.name: handler for feature in installed_features() for handler in feature.handlers
    }
    by_kind: dict[str, list[str]] = {}
    for handler in handlers.values():
        by_kind.setdefault(handler.kind, []).append(handler.name)

    def run(name: str, batch: Sequence[Event]) -> None:
        with runtime.work(city, SystemActor(name)) as work:
            fresh = relay.unhandled(work.session, handler=name, events=batch)
            if fresh:
                handlers[name].run(work, fresh)

    with runtime.databases.platform() as session:
        waiting = relay.read(session, role=role, events=events)
    done, failed = relay.deliver(waiting, by_kind, run)
    with runtime.databases.platform() as session:
        relay.forget(session, done)
        for event, error in failed.items():
            relay.bury(session, error=error, events=[event])
    return len(done)
