"""Ideas in lists: what a card says, and how a list's filters stand in its address."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

import msgspec

from core.features.ideas.domain import LABELS, State
from core.features.ideas.queries import one
from core.features.ideas.queries.filters import Box, Filters, Group, Listed, read_box
from core.features.ideas.queries.gallery import Sort
from core.features.ideas.queries.one import CampaignView
from core.kit.actor import ResidentActor
from core.kit.errors import NotFound, Problem
from core.kit.text import Noun, Text
from core.tenancy.tenant import Topic
from core.work import Work

IDEAS: Final = Noun(ru=("идея", "идеи", "идей"), en=("idea", "ideas"))
COMMENTS: Final = Noun(
    ru=("комментарий", "комментария", "комментариев"), en=("comment", "comments")
)
LONGEST_SEARCH: Final = 100
_LONGEST_KEY: Final = 60
_SOON: Final = timedelta(days=3)

CHIPS: Final[Mapping[State, str]] = {
    State.COLLECTING: "",
    State.UNSUPPORTED: "plain",
    State.CONSIDERATION: "warn",
    State.DECLINED: "bad",
    State.TAKEN_UP: "good",
    State.IN_WORK: "good",
    State.DONE: "good",
    State.MERGED: "plain",
}
GROUP_LABELS: Final[Mapping[Group, Text]] = {
    Group.COLLECTING: Text(ru="Собирают поддержку", en="Collecting support"),
    Group.CONSIDERED: Text(ru="На рассмотрении", en="Under consideration"),
    Group.ACCEPTED: Text(ru="Приняты", en="Taken up"),
    Group.DONE: Text(ru="Сделано", en="Done"),
    Group.DECLINED: Text(ru="Отклонены", en="Declined"),
}
SORT_LABELS: Final[Mapping[Sort, Text]] = {
    Sort.FITTING: Text(ru="Подходящие", en="Best match"),
    Sort.NEW: Text(ru="Новые", en="New"),
    Sort.POPULAR: Text(ru="Популярные", en="Popular"),
    Sort.ENDING: Text(ru="Скоро завершатся", en="Ending soon"),
    Sort.DECIDED: Text(ru="Недавно решённые", en="Recently decided"),
}
STALE_LIST: Final = Text(ru="Эта часть списка устарела.", en="This part of the list is stale.")
STALE_LIST_ADVICE: Final = Text(
    ru="Откройте список идей заново.", en="Open the list of ideas again."
)


class Card(msgspec.Struct, frozen=True):
    """An idea in a list, as this reader sees it."""

    idea: Listed
    label: Text
    chip: str
    topic: Topic | None
    district: Text | None
    supported: bool
    left: timedelta | None

    @property
    def hurry(self) -> bool:
        """Whether little time is left."""
        return self.left is not None and self.left < _SOON

    @property
    def comments(self) -> Text:
        return COMMENTS.text(self.idea.comments)

    @property
    def enough(self) -> bool:
        return self.idea.threshold is not None and self.idea.supports >= self.idea.threshold

    @property
    def missing(self) -> int:
        """How many supporters it still lacks."""
        return max(0, (self.idea.threshold or 0) - self.idea.supports)


def resident_of(work: Work) -> UUID | None:
    return work.actor.id if isinstance(work.actor, ResidentActor) else None


def cards(work: Work, ideas: Sequence[Listed]) -> tuple[Card, ...]:
    """Cards for a list; for somebody signed in one more query marks what they support."""
    resident = resident_of(work)
    supported = (
        one.supported_among(work.session, resident, [idea.id for idea in ideas])
        if resident is not None
        else frozenset[UUID]()
    )
    return tuple(_card(work, idea, idea.id in supported) for idea in ideas)


def _card(work: Work, idea: Listed, supported: bool) -> Card:
    profile = work.tenant.profile
    district = profile.district(idea.district) if idea.district else None
    collecting = idea.state is State.COLLECTING and idea.ends_at is not None
    return Card(
        idea=idea,
        label=LABELS[idea.state],
        chip=CHIPS[idea.state],
        topic=profile.topic(idea.topic) if idea.topic else None,
        district=district.name if district else None,
        supported=supported,
        left=idea.ends_at - work.now if collecting and idea.ends_at is not None else None,
    )


class Asked(msgspec.Struct, frozen=True):
    """What a list's address asks for."""

    filters: Filters
    sort: Sort
    cursor: str | None
    campaign: CampaignView | None

    @property
    def narrowed(self) -> bool:
        """Whether anything but the group of states is asked for."""
        return msgspec.structs.replace(self.filters, group=None) != Filters()

    def address(self, path: str = "/ideas", **changes: Any) -> str:
        """The address of this list with something changed; None leaves a filter out. The place in
        the list is kept only when it is given."""
        filters = self.filters
        said: dict[str, Any] = {
            "group": filters.group,
            "sort": None if self.sort is default_sort(filters) else self.sort,
            "topic": filters.topic,
            "district": filters.district,
            "campaign": self.campaign.number if self.campaign else None,
            "photo": 1 if filters.photo else None,
            "box": box_text(filters.box) if filters.box else None,
            "q": filters.words,
            **changes,
        }
        kept = {name: str(value) for name, value in said.items() if value}
        return path + (f"?{urlencode(kept)}" if kept else "")

    def shelf(self, group: Group | None) -> str:
        """This list with another group of states; an order that it has not is left out."""
        sort = self.sort if has_order(group, self.sort) else default_sort(self.filters)
        return self.address(group=group, sort=None if sort is default_sort(self.filters) else sort)


def has_order(group: Group | None, sort: Sort) -> bool:
    """Whether ideas of these states can stand in this order."""
    match sort:
        case Sort.ENDING:
            return group in (None, Group.COLLECTING)
        case Sort.DECIDED:
            return group not in (Group.COLLECTING, Group.CONSIDERED)
        case _:
            return True


def default_sort(filters: Filters) -> Sort:
    return Sort.FITTING if filters.words else Sort.NEW


def read_asked(work: Work, query: Mapping[str, str]) -> Asked:
    """The list that an address asks for; NotFound for one that cannot be."""
    try:
        group = Group(query["group"]) if query.get("group") else None
        sort = Sort(query["sort"]) if query.get("sort") else None
        box = read_box(query["box"]) if query.get("box") else None
        number = int(query["campaign"]) if query.get("campaign") else None
    except ValueError as error:
        raise NotFound from error
    campaign = None
    if number is not None:
        campaign = one.campaign_by_number(work.session, number) if 0 < number < 2**31 else None
        if campaign is None or not campaign.public:
            raise NotFound
    words = clean(query.get("q"))[:LONGEST_SEARCH]
    filters = Filters(
        group=group,
        topic=clean(query.get("topic"))[:_LONGEST_KEY] or None,
        district=clean(query.get("district"))[:_LONGEST_KEY] or None,
        campaign=campaign.id if campaign else None,
        photo=query.get("photo") == "1",
        box=box,
        words=words,
    )
    if sort is None or (sort is Sort.FITTING and not words):
        sort = default_sort(filters)
    return Asked(filters, sort, query.get("at") or None, campaign)


def clean(text: str | None) -> str:
    """What was asked for without signs that no text of ours holds."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text or "").split())


def box_text(box: Box) -> str:
    return ",".join(f"{value:.6g}" for value in (box.west, box.south, box.east, box.north))


def stale(error: Exception) -> Problem:
    """The problem to raise for a cursor that was not made here."""
    problem = Problem("ideas.cursor", STALE_LIST, STALE_LIST_ADVICE)
    problem.__cause__ = error
    return problem
