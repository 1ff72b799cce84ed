"""The yearly topic lists of a demo city: a topic for every poll and campaign of the year, what was
done about them, and proposals for the next year as far as the calendar has got."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec

from core.deadlines.domain import DayKind, LastDay
from core.deadlines.domain import Term as DayTerm
from core.deadlines.obligations import term_date
from core.demo.dice import dice, item_id, ordered_id
from core.demo.duties import Duty
from core.demo.ideas import DemoIdea, Ideas
from core.demo.journal import Journal
from core.demo.officials import Officials
from core.demo.polls import DemoPoll
from core.demo.tables import moment
from core.demo.topic_texts import ItemText, MeasureText, ProposalText, TopicTexts
from core.features.ideas.domain import State as IdeaState
from core.features.plan.decisions import (
    APPROVAL_DUE,
    PROPOSALS_DUE,
    REPORT_DUE,
    REPORT_DUE_COUNTED,
    REPORT_LAST_DAY,
    ReportFacts,
    YearFacts,
)
from core.features.plan.domain import (
    Content,
    IfWins,
    ItemKind,
    ItemState,
    MeasureState,
    Passport,
    PassportQuestion,
    Source,
    YearState,
    day_before,
    money_text,
)
from core.features.plan.service import steps
from core.identity.posts import posts_on
from core.kit.period import Period
from core.kit.text import Text
from core.rules import Decision
from core.rules.explain import reasons_data
from core.work import Work

KOPECKS: Final = 100
_USUAL: Final = MeasureText(
    title="Учесть итоги в плане работ подразделения", unit="", due=30, done=27
)
"""What is done about every topic about which nothing else is told."""


class Measure(msgspec.Struct, kw_only=True):
    """A measure of an implementation plan."""

    text: MeasureText
    id: UUID
    due_on: date
    done_on: date | None
    state: MeasureState
    ideas: list[DemoIdea]


class DemoTopic(msgspec.Struct, kw_only=True):
    """A topic of a year's list."""

    id: UUID
    key: str
    year: int
    content: Content
    state: ItemState
    created_at: datetime
    number: int | None = None
    motivation: str = ""
    listed_on: date | None = None
    poll: DemoPoll | None = None
    measures: list[Measure] = []
    implement: Period | None = None
    report_due: date | None = None
    reported_at: datetime | None = None


class Year(msgspec.Struct, kw_only=True):
    """The list of one year."""

    year: int
    proposals: Decision[int | None]
    approval: Decision[int | None]
    state: YearState
    approved_on: date | None
    created_at: datetime
    topics: list[DemoTopic]

    @property
    def proposals_due(self) -> date | None:
        days = self.proposals.value
        return day_before(self.year, days) if days is not None else None

    @property
    def approval_due(self) -> date | None:
        days = self.approval.value
        return day_before(self.year, days) if days is not None else None


class Topics:
    """The lists of the years that the demo touches."""

    def __init__(
        self,
        seed: object,
        work: Work,
        texts: TopicTexts,
        polls: Sequence[DemoPoll],
        ideas: Ideas,
        officials: Officials,
        journal: Journal,
    ) -> None:
        self.seed = seed
        self.work = work
        self.texts = texts
        self.polls = polls
        self.ideas = ideas
        self.officials = officials
        self._journal = journal
        self.posts = {
            one.key: one for one in posts_on(work.regulation, work.procedure("people"), work.today)
        }
        self._notes = {one.key: one for one in texts.item}
        self.years = [self._year(number) for number in self._numbers()]

    def item_of(self, key: str) -> UUID:
        """The id of the topic that the poll or campaign of this key is held on."""
        return item_id(self.seed, key)

    # --- What is on the lists --------------------------------------------------------------------

    def _numbers(self) -> list[int]:
        """From the year of the first poll to this one, and the next once it is being gathered."""
        today = self.work.today
        first = min((one.period.first for one in self.polls), default=today)
        return [n for n in range(first.year, today.year + 2) if _begun_on(n) < today]

    def _year(self, number: int) -> Year:
        facts = YearFacts(on=self.work.today, year=number)
        year = Year(
            year=number,
            proposals=self.work.decide(PROPOSALS_DUE, facts),
            approval=self.work.decide(APPROVAL_DUE, facts),
            state=YearState.APPROVED,
            approved_on=None,
            created_at=self.morning(_begun_on(number)),
            topics=[],
        )
        due = year.approval_due or date(number - 1, 12, 25)
        year.approved_on = _workday_before(due - timedelta(days=1))
        if year.approved_on >= self.work.today:
            gathering = self.work.today <= (year.proposals_due or due)
            year.state = YearState.GATHERING if gathering else YearState.REVIEW
            year.approved_on = None
            year.topics = [
                self._proposal(year, place, one) for place, one in enumerate(self.texts.proposal)
            ]
            return year
        year.topics = [*self._held(year)]
        regular = [one for one in year.topics if not one.motivation]
        added = [one for one in year.topics if one.motivation]
        for place, one in enumerate([*sorted(regular, key=_order), *sorted(added, key=_order)], 1):
            one.number = place
        return year

    def _held(self, year: Year) -> Iterator[DemoTopic]:
        assert year.approved_on is not None
        for poll in self.polls:
            if poll.period.first.year == year.year and poll.period.first <= self.work.today:
                yield self._topic(
                    year,
                    poll.text.key,
                    ItemKind.POLL,
                    poll.text.title,
                    poll.text.topic,
                    poll.text.unit,
                    poll.period,
                    poll,
                )
            elif poll.period.first.year == year.year:
                yield self._topic(
                    year,
                    poll.text.key,
                    ItemKind.POLL,
                    poll.text.title,
                    poll.text.topic,
                    poll.text.unit,
                    poll.period,
                    None,
                )
        for campaign in self.ideas.campaigns:
            if campaign.period.first.year == year.year:
                text = campaign.text
                yield self._topic(
                    year,
                    text.key,
                    ItemKind.CAMPAIGN,
                    text.title,
                    text.topic,
                    text.unit,
                    campaign.period,
                    None,
                )

    def _topic(
        self,
        year: Year,
        key: str,
        kind: ItemKind,
        title: str,
        topic: str,
        unit: str,
        period: Period,
        poll: DemoPoll | None,
    ) -> DemoTopic:
        note = self._notes.get(key, ItemText(key))
        motivation = self.texts.motivation(key)
        assert year.approved_on is not None
        listed_on = (
            _workday_before(min(period.first, self.work.today) - timedelta(days=25))
            if motivation
            else year.approved_on
        )
        found = DemoTopic(
            id=item_id(self.seed, key),
            key=key,
            year=year.year,
            content=self._content(kind, title, topic, unit, period, note, poll),
            state=ItemState.APPROVED,
            created_at=self.morning(listed_on - timedelta(days=30)),
            motivation=motivation,
            listed_on=listed_on,
            poll=poll,
        )
        if period.last < self.work.today:
            self._implement(found, note, period)
        return found

    def _content(
        self,
        kind: ItemKind,
        title: str,
        topic: str,
        unit: str,
        period: Period | None,
        note: ItemText,
        poll: DemoPoll | None,
    ) -> Content:
        programme = self.texts.of(topic)
        questions: tuple[PassportQuestion, ...] = (PassportQuestion(title),)
        wins: tuple[IfWins, ...] = (
            IfWins("Поддержанные идеи", "Включаем в план реализации с исполнителем и сроком."),
        )
        if poll is not None:
            questions = tuple(
                PassportQuestion(one.title, tuple(option.title for option in one.options))
                for one in poll.paper.questions
            )
            wins = tuple(
                IfWins(option.title, "Принимаем к исполнению.")
                for option in poll.paper.questions[0].options
            )
        cost = round(note.cost * KOPECKS)
        return Content(
            kind=kind,
            title=title,
            aim=programme.aim,
            programme=programme.title,
            audience="Жители города",
            quarter=None if period else 1,
            opens_on=period.first if period else None,
            closes_on=period.last if period else None,
            source=Source.UNIT,
            unit=unit,
            responsible_post=self.post_of(unit),
            responsible=self.posts[post].title if (post := self.post_of(unit)) else "",
            expected=programme.expected,
            funding=money_text(cost) if cost else "Без затрат бюджета",
            passport=Passport(
                questions=questions,
                cost=cost,
                funds="Бюджет города",
                programme_code=programme.code,
                if_wins=wins,
                risks=programme.risks,
            ),
        )

    def post_of(self, unit: str) -> str:
        """The head of a unit, by the names of posts in the regulation."""
        return f"{unit}_head" if f"{unit}_head" in self.posts else ""

    def _proposal(self, year: Year, place: int, text: ProposalText) -> DemoTopic:
        content = self._content(
            ItemKind(text.kind),
            text.title,
            text.topic,
            text.unit,
            None,
            ItemText(text.title, cost=900_000.0 + 350_000 * place),
            None,
        )
        content = msgspec.structs.replace(content, quarter=text.quarter)
        if not text.complete:
            content = msgspec.structs.replace(content, passport=Passport())
        if text.from_idea:
            popular = max(
                (one for one in self.ideas.published if one.text.topic == text.topic),
                key=lambda one: len(one.supporters),
                default=None,
            )
            if popular is not None:
                content = msgspec.structs.replace(
                    content, source=Source.IDEA, idea_id=popular.id, idea_number=popular.number
                )
        review = year.state is YearState.REVIEW
        created = min(
            self.morning(date(year.year - 1, 10, 12) + timedelta(days=4 * place)),
            self.work.now - timedelta(days=1, hours=-10),
        )
        return DemoTopic(
            id=item_id(self.seed, f"{year.year}/{text.title}"),
            key=text.title,
            year=year.year,
            content=content,
            state=ItemState.ADMITTED if review and text.complete else ItemState.PROPOSED,
            created_at=created,
        )

    # --- What was done ---------------------------------------------------------------------------

    def _implement(self, topic: DemoTopic, note: ItemText, period: Period) -> None:
        today = self.work.today
        rng = dice(self.seed, "measures", topic.key)
        taken = [
            one
            for one in self.ideas.published
            if one.campaign is not None
            and one.campaign.text.key == topic.key
            and one.destiny is IdeaState.TAKEN_UP
        ]
        for place, text in enumerate(note.measures or (_USUAL,)):
            done_on = period.last + timedelta(days=text.done) if text.done is not None else None
            due_on = period.last + timedelta(days=text.due)
            if done_on is not None and done_on >= today:
                done_on = None
            state = MeasureState.PLANNED
            if done_on is not None:
                state = MeasureState.PARTLY if text.partly else MeasureState.DONE
            elif text.begun or text.done is not None:
                state = MeasureState.IN_WORK
            begun = period.ends_at(self.work.tenant.zone) + timedelta(days=5)
            if begun > self.work.now:
                continue
            topic.measures.append(
                Measure(
                    text=text,
                    id=ordered_id(rng, int(begun.timestamp())),
                    due_on=due_on,
                    done_on=done_on,
                    state=state,
                    ideas=taken[place::2] if text.ideas else [],
                )
            )
        if not topic.measures:
            return
        last = max(one.due_on for one in topic.measures)
        topic.implement = Period(period.last + timedelta(days=1), last)
        facts = ReportFacts(on=last)
        days = self.work.decide(REPORT_DUE, facts)
        if days.value is None:
            return
        counted = self.work.decide(REPORT_DUE_COUNTED, facts)
        last_day = self.work.decide(REPORT_LAST_DAY, facts)
        term = DayTerm(days.value, DayKind(counted.value), LastDay(last_day.value))
        topic.report_due = term_date(self.work, term, last)
        ended = all(one.done_on is not None for one in topic.measures)
        sent = topic.report_due - timedelta(days=1 + rng.randrange(4))
        if ended and sent < today:
            topic.reported_at = self.morning(sent)

    def duties(self) -> Iterator[Duty]:
        """What is owed by the list: proposals, approval, measures, reports."""
        for year in self.years:
            yield from self._year_duties(year)
            for topic in year.topics:
                for measure in topic.measures:
                    yield Duty(
                        kind=steps.MEASURE_DUE,
                        subject=f"measure:{measure.id}",
                        title=Text(
                            ru=f"Выполнить: {measure.text.title} (тема № {topic.number})",
                            en=f"Carry out: {measure.text.title} (topic No. {topic.number})",
                        ),
                        path=f"/desk/plan/items/{topic.id}#m-{measure.id}",
                        holder=steps.IMPLEMENT,
                        controller=steps.CONTROL,
                        due_on=measure.due_on,
                        reasons=(),
                        opened=made_at(measure.id),
                        closed=self.morning(measure.done_on) if measure.done_on else None,
                    )
                if topic.report_due is not None and topic.implement is not None:
                    facts = ReportFacts(on=topic.implement.last)
                    yield Duty(
                        kind=steps.REPORT_DUE,
                        subject=f"plan_item:{topic.id}",
                        title=Text(
                            ru=f"Отчёт об исполнении плана: тема № {topic.number}",
                            en=f"Report on the plan: topic No. {topic.number}",
                        ),
                        path=f"/desk/plan/items/{topic.id}/report",
                        holder=steps.IMPLEMENT,
                        controller=steps.CONTROL,
                        due_on=topic.report_due,
                        reasons=self.reasons(self.work.decide(REPORT_DUE, facts)),
                        opened=made_at(topic.measures[-1].id),
                        closed=topic.reported_at,
                    )

    def _year_duties(self, year: Year) -> Iterator[Duty]:
        if year.approved_on is not None:
            return
        for kind, decision, due, ru, en, holder in (
            (
                steps.PROPOSALS_DUE,
                year.proposals,
                year.proposals_due,
                "Собрать предложения в перечень тематик на {year} год",
                "Gather proposals for the topic list of {year}",
                steps.PROPOSE,
            ),
            (
                steps.APPROVAL_DUE,
                year.approval,
                year.approval_due,
                "Утвердить перечень тематик на {year} год",
                "Approve the topic list of {year}",
                steps.APPROVE,
            ),
        ):
            if due is None:
                continue
            gathered = kind == steps.PROPOSALS_DUE and year.state is YearState.REVIEW
            yield Duty(
                kind=kind,
                subject=f"plan_year:{year.year}",
                title=Text(ru=ru, en=en).format(year=year.year),
                path=f"/desk/plan/{year.year}",
                holder=holder,
                controller=steps.CONTROL,
                due_on=due,
                reasons=self.reasons(decision),
                opened=year.created_at,
                closed=self.morning(due) if gathered else None,
            )

    def reasons(self, decision: Decision[Any]) -> Sequence[object]:
        """As the services would have kept them."""
        return reasons_data(decision, self.work.tenant.locale)

    def morning(self, day: date) -> datetime:
        """Ten o'clock of a day in the city."""
        return datetime.combine(day, time(10), self.work.tenant.zone)


def _begun_on(year: int) -> date:
    """When gathering for a year begins."""
    return date(year - 1, 10, 5)


def _order(topic: DemoTopic) -> tuple[date, str]:
    return topic.content.period(topic.year).first, topic.content.title


def _workday_before(day: date) -> date:
    return day - timedelta(days=max(0, day.weekday() - 4))


def made_at(id_: UUID) -> datetime:
    """The second in which an ordered id was made."""
    return moment(int(id_.int >> 80) // 1000)
