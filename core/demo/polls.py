"""The life of a demo poll up to today: its dates, the law of its opening as the city's rules decide
it, its paper, and every step with the hand that took it. Who votes is decided elsewhere."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from core.demo.dice import dice, item_id, ordered_id
from core.demo.journal import Journal
from core.demo.officials import Officials
from core.demo.rhythm import Rhythm, poll_days
from core.demo.texts import PollText
from core.demo.topic_texts import TopicTexts
from core.features.polls.decisions import (
    MAY_EXTEND,
    MAY_OPEN,
    ExtendFacts,
    OpenFacts,
)
from core.features.polls.domain import (
    Consequence,
    Option,
    Paper,
    Question,
    Results,
    State,
    Terms,
    Verdict,
)
from core.features.polls.model import Poll
from core.features.polls.service import life
from core.features.polls.service.reporting import HANDED_OVER
from core.kit.actor import Actor, SystemActor, actor_label
from core.kit.crypto import derive_key
from core.kit.period import Period
from core.kit.standing import Standing
from core.rules import Decision, Refused
from core.rules.explain import reasons_data
from core.work import Work

_OPENING: Final = SystemActor("polls.open_due")
_CLOSING: Final = SystemActor("polls.close_due")
_SEALING: Final = SystemActor("polls.seal_due")
_EXTENDED: Final = "Кворум не набран: опрос продлён до наибольшего допустимого срока."
_HANDED_OVER: Final = "Протокол передан служебной запиской."
_SATURDAY: Final = 5


class Step(msgspec.Struct, frozen=True):
    """A step taken in the life of a poll."""

    at: datetime
    kind: str
    actor: Actor
    note: str = ""
    reasons: Sequence[object] = ()


class DemoPoll(msgspec.Struct, kw_only=True):
    """A poll on its way; filled in the order of its life. `paper` is what the editor holds."""

    text: PollText
    id: UUID
    number: int
    procedure: str
    period: Period
    zone: ZoneInfo
    paper: Paper
    created_at: datetime
    created_by: str
    steps: list[Step]
    state: State = State.DRAFT
    version: int = 1
    terms: Terms | None = None
    extensions: int = 0
    results: Results | None = None
    closed_at: datetime | None = None
    published_at: datetime | None = None
    sealing_at: datetime | None = None
    sealed_at: datetime | None = None
    handed_over_at: datetime | None = None
    topic_id: UUID | None = None

    @property
    def opens_at(self) -> datetime:
        return self.period.starts_at(self.zone)

    @property
    def closes_at(self) -> datetime:
        return self.period.ends_at(self.zone)

    @property
    def territory(self) -> frozenset[str] | None:
        return frozenset(self.text.districts) if self.text.districts else None

    @property
    def law(self) -> Terms:
        """The terms of a poll that has opened."""
        assert self.terms is not None
        return self.terms

    def take(self, step: Step, state: State | None = None) -> None:
        self.steps.append(step)
        if state is not None:
            self.state = state
            self.version += 1


class Lives:
    """Leads the polls of one city through their lives, asking its rules at every turn."""

    def __init__(
        self,
        seed: object,
        work: Work,
        officials: Officials,
        journal: Journal,
        *,
        topics: TopicTexts | None = None,
    ) -> None:
        """With `topics` the city keeps a list of them, and every poll is held on one."""
        self._seed = seed
        self._work = work
        self._topics = topics
        self._officials = officials
        self._journal = journal
        self._procedure = work.procedure("polls")

    def begin(self, texts: Sequence[PollText]) -> list[DemoPoll]:
        """Every poll written, and as far as it goes, sent, approved and opened; by number."""
        begun = sorted(
            ((self._written_at(text), n, text) for n, text in enumerate(texts)),
            key=lambda one: one[:2],
        )
        return [self._begin(number, at, text) for number, (at, _n, text) in enumerate(begun, 1)]

    def rhythm(self, poll: DemoPoll) -> Rhythm:
        """When people vote in it, as far as it has run."""
        days = poll_days(
            poll.period.first, poll.period.last, dice(self._seed, poll.text.key, "days")
        )
        return Rhythm(poll.opens_at, min(poll.closes_at, self._work.now), poll.zone, days)

    def key(self, poll: DemoPoll) -> bytes:
        """The poll's key: the same for the same installation, seed and day."""
        settings = self._work.runtime.settings
        purpose = f"demo/{self._seed}/{poll.id}"
        return derive_key(settings.secret_key, purpose=purpose, city=self._work.tenant.role)

    def extend_if_needed(self, poll: DemoPoll, counted: int) -> None:
        """What the schedule does at the last midnight when too few have voted, if the city's
        consequence is to extend."""
        missed = poll.law.needed is not None and counted < poll.law.needed
        if (
            poll.closes_at > self._work.now
            or not missed
            or poll.law.consequence is not Consequence.EXTEND
        ):
            return
        at = poll.closes_at
        row = Poll(
            procedure=poll.procedure,
            opens_on=poll.period.first,
            closes_on=poll.period.last,
            governing_on=poll.period.first,
            extensions=poll.extensions,
        )
        until = life.latest_extension(self._work, row)
        if until is None:
            return
        longer = Period(poll.period.first, until)
        decision = self._work.decide(
            MAY_EXTEND,
            ExtendFacts(on=longer.first, duration_days=longer.days, extensions=poll.extensions),
            procedure=poll.procedure,
        )
        poll.period = longer
        poll.extensions += 1
        poll.take(Step(at, "extended", _CLOSING, _EXTENDED, self._reasons(decision)))
        subject = f"poll:{poll.id}"
        self._journal.action(
            at, _CLOSING, "polls.extended", subject, closes_on=until.isoformat(), note=_EXTENDED
        )
        self._journal.decision(at, _CLOSING, subject, decision)

    def end(self, poll: DemoPoll, results: Results) -> None:
        """Close a poll whose last day is over; publish and seal it if the time has come."""
        now = self._work.now
        if poll.closes_at > now:
            return
        locale = self._work.tenant.locale
        subject = f"poll:{poll.id}"
        quorum = poll.law.quorum.reasons.get(locale, [])
        poll.results = results
        poll.closed_at = poll.closes_at
        poll.take(Step(poll.closed_at, "closed", _CLOSING, reasons=quorum), State.CLOSED)
        self._journal.action(
            poll.closed_at,
            _CLOSING,
            "polls.closed",
            subject,
            participants=results.participants,
            counted=results.counted,
            verdict=results.verdict,
        )
        rng = dice(self._seed, poll.text.key, "end")
        published_at = self._office(_next_workday(poll.period.last + timedelta(days=2)), rng)
        if published_at > now:
            return
        void = results.verdict is Verdict.VOID
        missed = poll.law.quorum_missed.reasons.get(locale, [])
        publisher = self._officials.pick(rng, "polls.publish")
        poll.published_at = published_at
        poll.take(
            Step(
                published_at,
                "invalidated" if void else "published",
                publisher,
                reasons=[*quorum, *(missed if results.verdict is not Verdict.VALID else [])],
            ),
            State.INVALID if void else State.PUBLISHED,
        )
        self._journal.action(
            published_at, publisher, "polls.published", subject, verdict=results.verdict
        )
        handed_over = self._office(_next_workday(published_at.date() + timedelta(days=1)), rng)
        if handed_over <= now:
            poll.handed_over_at = handed_over
            poll.take(Step(handed_over, HANDED_OVER, publisher, _HANDED_OVER))
            self._journal.action(handed_over, publisher, "polls.handed_over", subject)
        appeal = poll.law.appeal_days.value
        poll.sealing_at = published_at + timedelta(days=appeal if isinstance(appeal, int) else 0)
        if poll.sealing_at <= now:
            poll.sealed_at = poll.sealing_at
            poll.take(Step(poll.sealed_at, "sealed", _SEALING))
            self._journal.action(poll.sealed_at, _SEALING, "polls.sealed", subject)

    def _written_at(self, text: PollText) -> datetime:
        """When the draft was begun: some two weeks before it opens, or before today."""
        rng = dice(self._seed, text.key, "written")
        day = min(text.period(self._work.today).first, self._work.today)
        return self._office(_last_workday(day - timedelta(days=12 + rng.randrange(2))), rng)

    def _begin(self, number: int, created_at: datetime, text: PollText) -> DemoPoll:
        work = self._work
        rng = dice(self._seed, text.key, "begin")
        author = self._officials.pick(rng, "polls.draft")
        poll = DemoPoll(
            text=text,
            id=ordered_id(rng, int(created_at.timestamp())),
            number=number,
            procedure=self._procedure,
            period=text.period(work.today),
            zone=work.tenant.zone,
            paper=_paper(text, rng, int(created_at.timestamp())),
            created_at=created_at,
            created_by=actor_label(author),
            steps=[],
            topic_id=item_id(self._seed, text.key) if self._topics is not None else None,
        )
        subject = f"poll:{poll.id}"
        poll.take(Step(created_at, "created", author))
        self._journal.action(created_at, author, "polls.created", subject, title=text.title)
        if text.stage == "draft":
            return poll
        before = min(poll.period.first, work.today)
        opening = work.decide(
            MAY_OPEN,
            OpenFacts(
                on=poll.period.first,
                duration_days=poll.period.days,
                standing=self._standing(text),
            ),
            procedure=poll.procedure,
        )
        if not opening.allowed:
            raise Refused(opening)
        reasons = self._reasons(opening)
        at = self._office(_last_workday(before - timedelta(days=7 + rng.randrange(2))), rng)
        poll.take(Step(at, "submitted", author, reasons=reasons), State.REVIEW)
        self._journal.action(at, author, "polls.submitted", subject)
        if text.stage == "review":
            return poll
        approver = self._officials.pick(rng, "polls.approve")
        at = self._office(_last_workday(before - timedelta(days=3)), rng)
        poll.take(Step(at, "approved", approver, reasons=reasons), State.SCHEDULED)
        self._journal.action(at, approver, "polls.approved", subject)
        if text.stage == "scheduled":
            return poll
        self._open(poll, opening)
        return poll

    def _standing(self, text: PollText) -> Standing | None:
        """How a poll's topic stands to the list of its year."""
        if self._topics is None:
            return None
        return Standing.AMENDED if self._topics.motivation(text.key) else Standing.LISTED

    def _open(self, poll: DemoPoll, opening: Decision[bool]) -> None:
        subject = f"poll:{poll.id}"
        territory = list(poll.text.districts) if poll.text.districts else None
        row = Poll(procedure=poll.procedure, territory=territory)
        poll.terms = life.terms_of(self._work, row, opening=opening)
        reasons = self._reasons(opening)
        poll.take(Step(poll.opens_at, "opened", _OPENING, reasons=reasons), State.OPEN)
        self._journal.action(
            poll.opens_at,
            _OPENING,
            "polls.opened",
            subject,
            governing_on=poll.period.first.isoformat(),
        )
        self._journal.decision(poll.opens_at, _OPENING, subject, opening)

    def _reasons(self, decision: Decision[bool]) -> Sequence[object]:
        return reasons_data(decision, self._work.tenant.locale)

    def _office(self, day: date, rng: Random) -> datetime:
        """An hour at which offices work."""
        minutes = 9 * 60 + rng.randrange(8 * 60)
        at = datetime.combine(day, time(minutes // 60, minutes % 60), self._work.tenant.zone)
        return at + timedelta(seconds=rng.randrange(60))


def _last_workday(day: date) -> date:
    return day - timedelta(days=max(0, day.weekday() - _SATURDAY + 1))


def _next_workday(day: date) -> date:
    return day + timedelta(days=7 - day.weekday() if day.weekday() >= _SATURDAY else 0)


def _paper(text: PollText, rng: Random, at: int) -> Paper:
    return Paper(
        tuple(
            Question(
                id=ordered_id(rng, at),
                title=question.title,
                max_choices=question.max_choices,
                options=tuple(
                    Option(ordered_id(rng, at), option.title, option.detail)
                    for option in question.options
                ),
            )
            for question in text.questions
        )
    )
