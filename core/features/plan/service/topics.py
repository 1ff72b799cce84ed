"""The topic list as polls and campaigns see it: which topics there are on a day, how one stands,
and the list as an address that refusals may point to."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from core.feature import Topic
from core.features.plan import queries
from core.features.plan.domain import ItemKind, ItemState
from core.features.plan.queries import ItemView, MeasureView
from core.kit.standing import Standing
from core.kit.text import Text
from core.moderation.manifest import LinkChoice
from core.work import Work


def choices(work: Work, kind: str, day: date) -> Sequence[Topic]:
    """The topics of the approved list of the day's year on which this kind of thing may be held."""
    if kind not in (ItemKind.POLL, ItemKind.CAMPAIGN):
        return ()
    return tuple(
        topic_of(item)
        for item in queries.items(
            work.session, day.year, states=(ItemState.APPROVED,), kind=ItemKind(kind)
        )
    )


def find(work: Work, item_id: UUID) -> Topic | None:
    """One topic in whatever state; what is not on an approved list is `UNLISTED`."""
    item = queries.item_view(work.session, item_id)
    return topic_of(item) if item is not None else None


def topic_of(item: ItemView) -> Topic:
    """A topic with its standing: an item that an amendment brought stays an amended one."""
    if item.state is not ItemState.APPROVED:
        standing = Standing.UNLISTED
    else:
        standing = Standing.AMENDED if item.amendment_id is not None else Standing.LISTED
    return Topic(
        id=item.id,
        number=str(item.number) if item.number is not None else "",
        title=item.title,
        standing=standing,
        period=item.content.period(item.year),
        path=item.path if item.number is not None else "/plan",
    )


_ITEM_NOTE = Text(ru="Перечень на {year} год, № {number}", en="List of {year}, no. {number}")
_MEASURE_NOTE = Text(
    ru="Мероприятие, срок {day}; перечень на {year} год, № {number}",
    en="Measure, due {day}; list of {year}, no. {number}",
)


def search_links(work: Work, words: str, near: str) -> Sequence[LinkChoice]:
    """What a refusal «this is done or planned already» may point to."""
    asked = " ".join((words or near).split())[:200]
    if not asked:
        return ()
    found = [_item_link(work, item) for item in queries.search(work.session, asked, most=6)]
    found += [
        _measure_link(work, measure, item)
        for measure, item in queries.search_measures(work.session, asked, most=6)
    ]
    return found


def find_link(work: Work, reference: str) -> LinkChoice | None:
    """The item or measure behind `item:<id>` or `measure:<id>`."""
    kind, _, raw = reference.partition(":")
    try:
        key = UUID(raw)
    except ValueError:
        return None
    if kind == "item":
        item = queries.item_view(work.session, key)
        listed = item is not None and item.state is ItemState.APPROVED
        return _item_link(work, item) if item is not None and listed else None
    if kind == "measure":
        measure = queries.measure_view(work.session, key)
        item = queries.item_view(work.session, measure.item_id) if measure is not None else None
        if measure is None or item is None or item.state is not ItemState.APPROVED:
            return None
        return _measure_link(work, measure, item)
    return None


def _item_link(work: Work, item: ItemView) -> LinkChoice:
    return LinkChoice(
        reference=f"item:{item.id}",
        title=item.title,
        path=item.path,
        note=_ITEM_NOTE.format(year=item.year, number=item.number).in_(work.tenant.locale),
    )


def _measure_link(work: Work, measure: MeasureView, item: ItemView) -> LinkChoice:
    return LinkChoice(
        reference=f"measure:{measure.id}",
        title=measure.title,
        path=f"{item.path}#m-{measure.id}",
        note=_MEASURE_NOTE.format(
            day=measure.due_on.strftime("%d.%m.%Y"), year=item.year, number=item.number
        ).in_(work.tenant.locale),
    )
