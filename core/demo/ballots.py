"""Votes in one poll: who takes part (asked of the city's rules), when, and what is chosen; roll,
ballots and counters as voting itself would have left them."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from itertools import combinations
from math import log, prod
from random import Random
from typing import Any, Final
from uuid import UUID

import msgspec

from core.demo.dice import random_id
from core.demo.people import Person
from core.demo.polls import DemoPoll
from core.demo.rhythm import HOUR, Rhythm
from core.demo.tables import Row, Tables, moment
from core.demo.texts import QuestionText
from core.features.polls.decisions import MAY_VOTE, VoterFacts
from core.features.polls.domain import (
    DayTurnout,
    DistrictTurnout,
    Question,
    Results,
    canonical,
    chosen_options,
    counted_voters,
    judge,
    question_results,
    slot_of,
    voter_tag,
)
from core.features.polls.service.voting import age_on
from core.kit.level import Level
from core.rules import Catalogue, Regulation, decide

# Somebody who signed up for the sake of a poll takes part in it; few of those who are not there
# yet come because of it.
_NEWCOMER: Final = 0.35
_STRANGER: Final = 30.0
_REVOTES: Final = 0.02
# How likely it is that one, two, three or more answers are marked where several may be.
_MARKS: Final = (1.0, 1.3, 1.1, 0.5)


def voting_right(
    regulation: Regulation, catalogue: Catalogue, poll: DemoPoll
) -> Callable[[Person], bool]:
    """Whether somebody may vote, by the law of the poll's opening; each kind of person once."""
    on = poll.period.first
    known: dict[tuple[int | None, Level, str | None], bool] = {}

    def may(person: Person) -> bool:
        age = age_on(person.born_on, on) if person.born_on is not None else None
        kind = (age, person.level, person.district)
        if kind not in known:
            facts = VoterFacts(
                on=on,
                age=age,
                level=person.level,
                district=person.district,
                territory=poll.territory,
                blocked=False,
            )
            known[kind] = decide(
                MAY_VOTE,
                facts,
                regulation=regulation,
                procedure=poll.procedure,
                catalogue=catalogue,
            ).allowed
        return known[kind]

    return may


def choose_voters(
    rng: Random,
    people: Sequence[Person],
    wanted: int,
    *,
    rhythm: Rhythm,
    running: bool,
    may: Callable[[Person], bool],
) -> list[Person]:
    """Up to so many voters; the willing are likelier. Those who come because of this poll sign up
    while it runs, so their registration moves there."""
    latest = rhythm.end - HOUR

    def patience(person: Person) -> float:
        distance = 1.0
        if person.registered >= latest:
            distance = _STRANGER
        elif person.registered >= rhythm.first:
            distance = _NEWCOMER
        return -log(1.0 - rng.random()) * person.reluctance * distance

    waiting = [(patience(person), n) for n, person in enumerate(people)]
    waiting.sort()
    chosen: list[Person] = []
    for _patience, n in waiting:
        if len(chosen) == wanted:
            break
        person = people[n]
        if person.blocked_at is not None or (running and person.ready) or not may(person):
            continue
        if person.registered >= latest:
            (at,) = rhythm.draw(rng, 1)
            person.registered = at if at < latest else (rhythm.first + at) // 2
        chosen.append(person)
    return chosen


class Vote(msgspec.Struct, frozen=True):
    """That somebody took part, and when; never what was chosen."""

    at: int
    day: date
    person: Person


class Ballots:
    """Everything that one poll's votes leave behind."""

    def __init__(
        self, rng: Random, poll: DemoPoll, voters: Sequence[Person], *, rhythm: Rhythm, key: bytes
    ) -> None:
        self._poll = poll
        self.votes = _votes(rng, voters, rhythm)
        self._rows: list[tuple[UUID, bytes, int, str, bytes, int]] = []
        self._marks: Counter[tuple[str, int]] = Counter()
        self._voters: Counter[tuple[str, int]] = Counter()
        self._days = Counter(
            (vote.day, vote.person.district or "", vote.person.level.value) for vote in self.votes
        )
        self._fill_in(rng, rhythm.end, key)

    def _fill_in(self, rng: Random, end: int, key: bytes) -> None:
        poll_id = self._poll.id
        may_change = self._poll.law.revote.value is True
        filled_in = _filled_in(rng, self._poll, len(self.votes))
        for vote, choices in zip(self.votes, filled_in, strict=True):
            tag = voter_tag(key, poll_id, vote.person.id)
            ballot, number, at = random_id(rng), 0, vote.at
            self._voters[vote.person.level.value, slot_of(ballot)] += 1
            if may_change and rng.random() < _REVOTES:
                before = rng.choice(filled_in)
                if before != choices:
                    self._add(rng, ballot, tag, number, before, at)
                    ballot, number, at = random_id(rng), 1, int(rng.uniform(at, end))
            self._add(rng, ballot, tag, number, choices, at)
            self._marks[choices, slot_of(ballot)] += 1

    def _add(
        self, rng: Random, ballot: UUID, tag: bytes, number: int, choices: str, at: int
    ) -> None:
        self._rows.append((ballot, tag, number, choices, rng.randbytes(16), at - at % HOUR))

    def results(self) -> Results:
        """The count, by the same functions as closing a poll uses."""
        poll, terms = self._poll, self._poll.law
        levels: Counter[str] = Counter()
        for (level, _slot), number in self._voters.items():
            levels[level] += number
        days: Counter[str] = Counter()
        districts: Counter[str] = Counter()
        for (day, district, _level), number in self._days.items():
            days[day.isoformat()] += number
            districts[district] += number
        counted = counted_voters(levels, terms.level)
        return Results(
            participants=len(self.votes),
            counted=counted,
            needed=terms.needed,
            verdict=judge(needed=terms.needed, counted=counted, consequence=terms.consequence),
            questions=question_results(poll.paper, self._tally(), len(self.votes)),
            days=tuple(DayTurnout(day, days[day]) for day in sorted(days)),
            districts=tuple(
                DistrictTurnout(one, districts[one])
                for one in sorted(districts, key=lambda one: (-districts[one], one))
            ),
            paper_digest=poll.paper.digest,
        )

    def _tally(self) -> Counter[UUID]:
        votes: Counter[UUID] = Counter()
        for (option, _slot), number in self._slots().items():
            votes[option] += number
        return votes

    def _slots(self) -> Counter[tuple[UUID, int]]:
        slots: Counter[tuple[UUID, int]] = Counter()
        for (text, slot), number in self._marks.items():
            for option in chosen_options(text):
                slots[option, slot] += number
        return slots

    def write(self, rng: Random, tables: Tables) -> None:
        """Roll, ballots, counters. Sealed ballots lie in random order and without their hour."""
        poll = self._poll
        tables.copy(
            "poll_roll",
            "poll_id resident_id level district cast_on",
            (
                (poll.id, one.person.id, one.person.level.value, one.person.district, one.day)
                for one in self.votes
            ),
        )
        sealed = poll.sealed_at is not None
        rows = rng.sample(self._rows, len(self._rows)) if sealed else self._rows
        tables.copy(
            "poll_ballot",
            "id poll_id voter_tag round choices nonce cast_hour",
            (
                (ballot, poll.id, tag, number, choices, nonce, None if sealed else moment(hour))
                for ballot, tag, number, choices, nonce, hour in rows
            ),
        )
        tables.copy("poll_tally", "poll_id option_id slot votes", _counted(poll.id, self._slots()))
        tables.copy("poll_turnout", "poll_id level slot voters", _counted(poll.id, self._voters))
        tables.copy(
            "poll_turnout_day",
            "poll_id day district level voters",
            _counted(poll.id, self._days),
        )


def _counted(poll_id: UUID, counter: Mapping[Any, int]) -> Iterator[Row]:
    for key in sorted(counter):
        yield (poll_id, *key, counter[key])


def _votes(rng: Random, voters: Sequence[Person], rhythm: Rhythm) -> list[Vote]:
    """The voters in the order of their votes; nobody votes before they have signed up."""
    votes = []
    for person, drawn in zip(voters, rhythm.draw(rng, len(voters)), strict=True):
        at = drawn
        if at <= person.registered + 30:
            at = person.registered + 45 + int(rng.expovariate(1 / 1500))
            if at >= rhythm.end:
                at = (person.registered + rhythm.end) // 2
        votes.append(Vote(at, rhythm.day(at), person))
    votes.sort(key=lambda vote: vote.at)
    return votes


def _filled_in(rng: Random, poll: DemoPoll, number: int) -> list[str]:
    """So many ballots in their canonical text; every question is answered."""
    answers = [
        rng.choices(*_ways(question, text), k=number)
        for question, text in zip(poll.paper.questions, poll.text.questions, strict=True)
    ]
    questions = [question.id for question in poll.paper.questions]
    known: dict[tuple[tuple[UUID, ...], ...], str] = {}
    texts = []
    for chosen in zip(*answers, strict=True):
        text = known.get(chosen)
        if text is None:
            text = known[chosen] = canonical(dict(zip(questions, chosen, strict=True)))
        texts.append(text)
    return texts


def _ways(question: Question, text: QuestionText) -> tuple[list[tuple[UUID, ...]], list[float]]:
    """Every set of answers that may be marked, and how likely it is."""
    weights = {
        option.id: written.weight
        for option, written in zip(question.options, text.options, strict=True)
    }
    ways: list[tuple[UUID, ...]] = []
    likely: list[float] = []
    for size in range(1, question.max_choices + 1):
        sets = [tuple(sorted(one)) for one in combinations(weights, size)]
        products = [prod(weights[option] for option in one) for one in sets]
        share = _MARKS[min(size, len(_MARKS)) - 1] / sum(products)
        ways += sets
        likely += [share * one for one in products]
    return ways, likely
