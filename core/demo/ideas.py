"""The ideas of a demo city up to today: who had them, who supports them and since when, and what
became of them by the city's own terms. Rows are written elsewhere."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from random import Random
from typing import Final
from uuid import UUID

import msgspec

from core.demo.dice import dice, ordered_id, shares
from core.demo.idea_texts import (
    CampaignText,
    Figures,
    IdeaText,
    IdeaTexts,
    PlaceText,
    RefusedText,
    UncheckedText,
)
from core.demo.people import DAY, Person
from core.features.ideas.domain import State
from core.kit.level import Level
from core.kit.period import Period

HOUR: Final = 3600
_NEW: Final = 7 * DAY
"""Ideas this young have had no time to find their supporters."""
_FOR_THE_SUPPORTED: Final = 0.85
"""The share of all voices that those with enough support may need at least."""
_EARLY: Final = 2.2
"""Most supporters come soon after publication: the power that bends even chance towards it."""


class Conditions(msgspec.Struct, frozen=True):
    """The city's terms for ideas: supporters needed, days to find them, days to answer."""

    threshold: int
    support_days: int
    consider_days: int


class Supporter(msgspec.Struct, frozen=True):
    """Somebody and the second since 1970 at which they gave their support."""

    person: Person
    at: int


class DemoCampaign(msgspec.Struct, kw_only=True):
    """A campaign and its place in the year."""

    text: CampaignText
    id: UUID
    number: int
    period: Period


class DemoIdea(msgspec.Struct, kw_only=True):
    """An idea on its way; filled in the order of its life. Instants are seconds since 1970."""

    text: IdeaText
    place: PlaceText | None
    campaign: DemoCampaign | None
    submitted: int
    published: int
    destiny: State = State.COLLECTING
    id: UUID = UUID(int=0)
    number: int = 0
    author: Person | None = None
    spot: tuple[float, float] | None = None
    state: State = State.COLLECTING
    supporters: Sequence[Supporter] = ()
    ends: int | None = None
    reached: int | None = None
    decided: int | None = None
    begun: int | None = None
    done: int | None = None

    @property
    def since(self) -> int:
        """When it came to stand where it stands."""
        for instant in (self.done, self.begun, self.decided, self.reached):
            if instant is not None:
                return instant
        return self.ends if self.state is State.UNSUPPORTED and self.ends else self.published


class Unpublished(msgspec.Struct, kw_only=True):
    """What nobody else sees: waiting for a moderator (`refused` None), or refused."""

    text: UncheckedText | RefusedText
    author: Person
    submitted: int
    id: UUID
    number: int = 0
    decided: int | None = None


class Ideas(msgspec.Struct, frozen=True):
    """All ideas of a city by number, those that are not public, and the campaigns."""

    published: Sequence[DemoIdea]
    waiting: Sequence[Unpublished]
    refused: Sequence[Unpublished]
    campaigns: Sequence[DemoCampaign]


def make_ideas(
    seed: object,
    texts: IdeaTexts,
    people: Sequence[Person],
    campaigns: Sequence[DemoCampaign],
    conditions: Conditions,
    *,
    launch: datetime,
    now: datetime,
) -> Ideas:
    """A year of ideas. `people` are in the order of signing up."""
    return _Maker(seed, texts, people, campaigns, conditions, launch, now).make()


class _Maker:
    def __init__(
        self,
        seed: object,
        texts: IdeaTexts,
        people: Sequence[Person],
        campaigns: Sequence[DemoCampaign],
        conditions: Conditions,
        launch: datetime,
        now: datetime,
    ) -> None:
        self._seed = seed
        self._texts = texts
        self._conditions = conditions
        self._now = int(now.timestamp())
        self._first = int(launch.timestamp()) + 20 * DAY
        self._zone = now.tzinfo
        self._campaigns = campaigns
        self._told: set[str] = set()
        # Those who may take part; the ready ones stay free for whoever tries the demo.
        self._able = [
            one
            for one in people
            if one.level is not Level.NONE and one.blocked_at is None and one.ready is None
        ]
        self._since = [one.registered for one in self._able]
        self._blocked = [one for one in people if one.blocked_at is not None]

    def make(self) -> Ideas:
        figures = self._texts.figures
        ideas = list(self._begin(figures))
        ideas.sort(key=lambda one: (one.published, one.text.title))
        self._told = {one.text.title for one in ideas}
        self._choose_destinies(ideas, figures)
        self._find_supporters(ideas, figures)
        for idea in ideas:
            self._live(idea)
        waiting, refused = self._unpublished()
        self._number(ideas, [*waiting, *refused])
        return Ideas(ideas, waiting, refused, self._campaigns)

    # --- Which ideas there are -------------------------------------------------------------------

    def _begin(self, figures: Figures) -> Iterator[DemoIdea]:
        in_campaigns = 0
        for campaign in self._campaigns:
            rng = dice(self._seed, "campaign", campaign.text.key)
            found = list(self._texts.everywhere(campaign.text.key))
            rng.shuffle(found)
            first, last = self._span(campaign.period)
            for text, place in found[: campaign.text.ideas]:
                at = int(first + (last - first) * rng.random() ** 1.4)
                in_campaigns += 1
                yield self._idea(rng, text, place, campaign, at)
        rng = dice(self._seed, "ideas")
        free = list(self._texts.everywhere(None))
        rng.shuffle(free)
        last = self._now - DAY // 2
        for text, place in free[: max(0, figures.published - in_campaigns)]:
            at = int(self._first + (last - self._first) * rng.random())
            yield self._idea(rng, text, place, None, at)

    def _span(self, period: Period) -> tuple[int, int]:
        first = datetime.combine(period.first, datetime.min.time(), self._zone)
        last = datetime.combine(period.last, datetime.min.time(), self._zone)
        begin = int(first.timestamp()) + 10 * HOUR
        return begin, max(begin + 1, min(int(last.timestamp()) + 20 * HOUR, self._now - 8 * HOUR))

    def _idea(
        self,
        rng: Random,
        text: IdeaText,
        place: PlaceText | None,
        campaign: DemoCampaign | None,
        at: int,
    ) -> DemoIdea:
        """By day, a moderator's few hours after it was sent."""
        published = at - at % DAY + 4 * HOUR + rng.randrange(9 * HOUR)
        published = min(max(published, self._first), self._now - HOUR)
        spot = None
        if place is not None:
            north, east = place.at
            spot = (north + rng.uniform(-0.0012, 0.0012), east + rng.uniform(-0.0024, 0.0024))
        return DemoIdea(
            text=text,
            place=place,
            campaign=campaign,
            submitted=published - HOUR - rng.randrange(40 * HOUR),
            published=published,
            spot=spot,
        )

    # --- What becomes of them --------------------------------------------------------------------

    def _choose_destinies(self, ideas: Sequence[DemoIdea], figures: Figures) -> None:
        """Which are taken up, declined, still considered; the rest collect or find too few."""
        rng = dice(self._seed, "destinies")
        to_answer = (self._conditions.consider_days + 14) * DAY
        old = [one for one in ideas if self._now - one.published > to_answer]
        hopeful = sorted(
            (one for one in old if one.text.taken), key=lambda one: rng.random() / one.text.weight
        )
        for one in hopeful[: figures.taken_up]:
            one.destiny = State.TAKEN_UP
        for one in old:
            if one.text.declined and one.destiny is State.COLLECTING and rng.random() < 0.45:
                one.destiny = State.DECLINED
        # Reached the number not long ago: an answer is due, from some it is late.
        span = (self._conditions.consider_days + 9) * DAY
        for one in ideas:
            age = self._now - one.published
            if one.destiny is not State.COLLECTING or age < _NEW:
                continue
            if rng.random() < (0.3 if age < span else 0.25 * (age < 2 * span)):
                one.destiny = State.CONSIDERATION

        self._keep_within(ideas, figures)

    def _keep_within(self, ideas: Sequence[DemoIdea], figures: Figures) -> None:
        """There are only so many voices: ideas that would need more than there are go without."""
        room = int(figures.supports * _FOR_THE_SUPPORTED / (self._conditions.threshold + 3))
        order = (State.TAKEN_UP, State.CONSIDERATION, State.DECLINED)
        passing = [one for kind in order for one in ideas if one.destiny is kind]
        for one in passing[max(0, room) :]:
            one.destiny = State.COLLECTING

    def _find_supporters(self, ideas: Sequence[DemoIdea], figures: Figures) -> None:
        rng = dice(self._seed, "supporters")
        threshold = self._conditions.threshold
        limits = [self._limits(rng, one, threshold) for one in ideas]
        weights = [self._pull(rng, one) for one in ideas]
        counts = _within(figures.supports, weights, limits)
        for one, wanted in zip(ideas, counts, strict=True):
            until = self._until(one)
            eligible = bisect_left(self._since, until - HOUR)
            chosen = rng.sample(range(eligible), min(wanted, eligible))
            moments = []
            for n in chosen:
                begin = max(one.published, self._since[n]) + 60
                moments.append(begin + int(max(1, until - begin) * rng.random() ** _EARLY))
            one.supporters = sorted(
                (Supporter(self._able[n], at) for n, at in zip(chosen, moments, strict=True)),
                key=lambda supporter: (supporter.at, supporter.person.registered),
            )

    def _limits(self, rng: Random, one: DemoIdea, threshold: int) -> tuple[int, int]:
        """The fewest and the most supporters that fit what becomes of it; few come close."""
        most = max(1, bisect_left(self._since, self._until(one) - HOUR) - 1)
        if one.destiny is State.COLLECTING:
            return 0, min(most, int(max(0, threshold - 1) * rng.uniform(0.15, 1.0)))
        return min(most, threshold + 3), most

    def _pull(self, rng: Random, one: DemoIdea) -> float:
        luck = min(9.0, rng.paretovariate(1.6))
        popular = 0.5 if one.destiny is State.COLLECTING else 1.6
        age: float = min(1.0, (self._now - one.published) / (60 * DAY)) ** 0.5
        return one.text.weight * popular * luck * age

    def _until(self, one: DemoIdea) -> int:
        """People support as long as it collects, and a while after."""
        return min(one.published + self._conditions.support_days * DAY, self._now)

    def _live(self, one: DemoIdea) -> None:
        rng = dice(self._seed, "life", one.text.title)
        conditions = self._conditions
        one.author = self._author(rng, one.submitted)
        one.ends = one.published + conditions.support_days * DAY
        if len(one.supporters) < conditions.threshold:
            one.state = State.COLLECTING if one.ends > self._now else State.UNSUPPORTED
            return
        one.reached = one.supporters[conditions.threshold - 1].at + 30
        one.state = State.CONSIDERATION
        if one.destiny not in (State.TAKEN_UP, State.DECLINED):
            return
        term = conditions.consider_days * DAY
        at = _office(one.reached + int(term * rng.uniform(0.35, 1.02)), rng)
        one.decided = min(at, self._now - 2 * HOUR)
        one.state = one.destiny
        if one.destiny is not State.TAKEN_UP:
            return
        begun = _office(one.decided + rng.randrange(8, 40) * DAY, rng)
        if begun < self._now - DAY and rng.random() < 0.8:
            one.begun, one.state = begun, State.IN_WORK
            done = _office(begun + rng.randrange(14, 70) * DAY, rng)
            if one.text.done and done < self._now - DAY:
                one.done, one.state = done, State.DONE

    def _author(self, rng: Random, at: int) -> Person:
        known = max(1, bisect_left(self._since, at))
        return self._able[rng.randrange(known)]

    # --- What others do not see ------------------------------------------------------------------

    def _unpublished(self) -> tuple[list[Unpublished], list[Unpublished]]:
        rng = dice(self._seed, "unpublished")
        talk, figures = self._texts.talk, self._texts.figures
        spare = [
            UncheckedText(text.title, text.body, text.topic)
            for text, _place in self._texts.everywhere(None)
            if text.title not in self._told
        ]
        rng.shuffle(spare)
        texts = [*talk.waiting, *spare][: figures.waiting]
        waiting = [
            self._unseen(rng, text, self._now - int(HOUR + 4 * DAY * rng.random() ** 1.5))
            for text in texts
        ]
        refused = [
            self._unseen(
                rng, text, int(self._first + (self._now - 5 * DAY - self._first) * rng.random())
            )
            for n in range(figures.refused)
            if talk.refused
            for text in (talk.refused[n % len(talk.refused)],)
        ]
        refused += [*self._of_the_blocked(rng)]
        return waiting, refused

    def _of_the_blocked(self, rng: Random) -> Iterator[Unpublished]:
        """What went before a decision to exclude somebody (п. 3.9 of the source)."""
        for person in self._blocked:
            assert person.blocked_at is not None
            at = max(person.registered + HOUR, person.blocked_at - 3 * DAY)
            if self._texts.talk.refused and at < person.blocked_at - HOUR:
                text = rng.choice(self._texts.talk.refused)
                yield Unpublished(text=text, author=person, submitted=at, id=UUID(int=0))

    def _unseen(self, rng: Random, text: UncheckedText | RefusedText, at: int) -> Unpublished:
        return Unpublished(
            text=text, author=self._author(rng, at), submitted=at, id=ordered_id(rng, at)
        )

    def _number(self, ideas: Sequence[DemoIdea], unseen: Sequence[Unpublished]) -> None:
        """Numbers and ids in the order of sending, as the service gives them."""
        rng = dice(self._seed, "idea ids")
        everything: list[DemoIdea | Unpublished] = [*ideas, *unseen]
        for number, one in enumerate(sorted(everything, key=lambda one: one.submitted), 1):
            one.number = number
            one.id = ordered_id(rng, one.submitted)


def make_campaigns(
    seed: object, texts: Sequence[CampaignText], *, today: date
) -> list[DemoCampaign]:
    """Campaigns by number, in the order of opening."""
    rng = dice(seed, "campaigns")
    ordered = sorted(texts, key=lambda one: -one.opened_days_ago)
    found = []
    for number, text in enumerate(ordered, 1):
        period = text.period(today)
        written = datetime.combine(
            min(period.first, today) - timedelta(days=20), datetime.min.time()
        )
        found.append(
            DemoCampaign(
                text=text,
                id=ordered_id(rng, int(written.timestamp())),
                number=number,
                period=period,
            )
        )
    return found


def _office(at: int, rng: Random) -> int:
    """The same day at an hour at which offices work; weekends wait for Monday."""
    day = datetime.fromtimestamp(at).weekday()  # noqa: DTZ006  (a day more or less is no matter)
    at += max(0, 7 - day) * DAY if day > 4 else 0
    return at - at % DAY + 4 * HOUR + rng.randrange(8 * HOUR)


def _within(total: int, weights: Sequence[float], limits: Sequence[tuple[int, int]]) -> list[int]:
    """`total` shared by weights, each share within its limits; what does not fit goes to others."""
    counts = [least for least, _most in limits]
    left = total - sum(counts)
    open_ = [n for n, (least, most) in enumerate(limits) if most > least]
    while left > 0 and open_:
        given = shares(left, [weights[n] for n in open_])
        left = 0
        for n, more in zip(open_, given, strict=True):
            room = limits[n][1] - counts[n]
            counts[n] += min(more, room)
            left += max(0, more - room)
        open_ = [n for n in open_ if counts[n] < limits[n][1]]
    return counts
