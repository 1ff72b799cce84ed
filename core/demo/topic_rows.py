"""The topic lists of a demo city as rows: years, amendments, topics, what was on the list since
when, steps, measures, reports and what was held."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from core.demo.dice import dice, ordered_id
from core.demo.tables import Row, Tables, as_json, moment
from core.demo.topics import KOPECKS, DemoTopic, Measure, Topics, Year, made_at
from core.features.ideas.domain import State as IdeaState
from core.features.plan.domain import Report
from core.features.plan.service import steps
from core.features.polls.domain import State as PollState
from core.kit.actor import StaffActor, SystemActor, actor_label
from core.rules import Decision

_BY: Final = SystemActor("demo")


class TopicRows:
    """Writes what `Topics` has made up."""

    def __init__(self, topics: Topics) -> None:
        self._topics = topics

    def write(self, tables: Tables) -> None:
        """Everything of the slice, in the order of foreign keys."""
        topics = [one for year in self._topics.years for one in year.topics]
        tables.copy(
            "plan_year",
            "year state proposals_due approval_due approved_on approved_by act_number act_on"
            " created_at version",
            (self._year_row(one) for one in self._topics.years),
        )
        tables.copy(
            "plan_amendment",
            "id year number kind item_id content motivation unit state decided_on decided_by"
            " act_number act_on created_at created_by",
            (self._amendment_row(place, one) for place, one in self._amendments()),
        )
        tables.copy(
            "plan_item",
            "id year number kind title unit idea_id content state amendment_id implement_from"
            " implement_until created_at created_by",
            (self._item_row(one) for one in topics),
        )
        rng = dice(self._topics.seed, "plan entries")
        tables.copy(
            "plan_entry",
            "id year item_id number since listed content amendment_id at",
            (
                (
                    ordered_id(rng, int(self._topics.morning(one.listed_on).timestamp())),
                    one.year,
                    one.id,
                    one.number,
                    one.listed_on,
                    True,
                    as_json(one.content),
                    self._amendment_id(one),
                    self._topics.morning(one.listed_on),
                )
                for one in topics
                if one.listed_on is not None
            ),
        )
        tables.copy(
            "plan_step",
            "id year item_id at kind actor actor_name note reasons",
            self._steps(),
        )
        tables.copy(
            "plan_measure",
            "id item_id title unit responsible_post due_on planned funds state done_on spent result"
            " idea_ids created_at",
            (self._measure_row(topic, one) for topic in topics for one in topic.measures),
        )
        tables.copy(
            "plan_report",
            "item_id content due_on sent_at sent_by",
            (
                (
                    one.id,
                    as_json(Report()),
                    one.report_due,
                    one.reported_at,
                    actor_label(_BY) if one.reported_at else "",
                )
                for one in topics
                if one.report_due is not None
            ),
        )
        tables.copy(
            "plan_activity",
            "kind subject_id item_id title path state opens_on closes_on participants received"
            " admitted refused decision changed_at",
            self._activities(topics),
        )
        tables.copy(
            "plan_candidate",
            "idea_id state since",
            (
                (one.id, one.state.value, moment(one.since))
                for one in self._topics.ideas.published
                if one.state in (IdeaState.CONSIDERATION, IdeaState.TAKEN_UP)
            ),
        )

    def _year_row(self, year: Year) -> Row:
        approver = next(
            (one.title for one in self._topics.posts.values() if "plan.approve" in one.permissions),
            "",
        )
        approved = year.approved_on is not None
        return (
            year.year,
            year.state.value,
            year.proposals_due,
            year.approval_due,
            year.approved_on,
            approver if approved else "",
            f"{100 + year.year % 100}-р" if approved else "",
            year.approved_on,
            min(year.created_at, self._topics.work.now),
            3 if approved else 1,
        )

    def _amendments(self) -> Iterator[tuple[int, DemoTopic]]:
        for year in self._topics.years:
            yield from enumerate((one for one in year.topics if one.motivation), 1)

    def _amendment_id(self, topic: DemoTopic) -> UUID | None:
        if not topic.motivation or topic.listed_on is None:
            return None
        at = int(self._topics.morning(topic.listed_on).timestamp())
        return ordered_id(dice(self._topics.seed, "amendment", topic.key), at)

    def _amendment_row(self, place: int, topic: DemoTopic) -> Row:
        assert topic.listed_on is not None
        return (
            self._amendment_id(topic),
            topic.year,
            place,
            "add",
            topic.id,
            as_json(topic.content),
            topic.motivation,
            topic.content.unit,
            "approved",
            topic.listed_on,
            "",
            f"{200 + place}-р",
            topic.listed_on,
            self._topics.morning(topic.listed_on - timedelta(days=6)),
            actor_label(_BY),
        )

    def _item_row(self, one: DemoTopic) -> Row:
        content = one.content
        return (
            one.id,
            one.year,
            one.number,
            content.kind.value,
            content.title,
            content.unit,
            content.idea_id,
            as_json(content),
            one.state.value,
            self._amendment_id(one),
            one.implement.first if one.implement else None,
            one.implement.last if one.implement else None,
            one.created_at,
            actor_label(_BY),
        )

    def _measure_row(self, topic: DemoTopic, one: Measure) -> Row:
        text = one.text
        return (
            one.id,
            topic.id,
            text.title,
            text.unit or topic.content.unit,
            self._topics.post_of(text.unit or topic.content.unit),
            one.due_on,
            round(text.planned * KOPECKS),
            "Бюджет города" if text.planned else "",
            one.state.value,
            one.done_on,
            round(text.spent * KOPECKS) if text.spent is not None and one.done_on else None,
            text.result if one.done_on else "",
            as_json([str(idea.id) for idea in one.ideas]),
            made_at(one.id),
        )

    def _steps(self) -> Iterator[Row]:
        rng = dice(self._topics.seed, "plan steps")
        for year in self._topics.years:
            for at, kind, topic, note, decision in self._history(year):
                actor = (
                    self._topics.officials.pick(
                        rng, "plan.approve" if kind == "approved" else steps.PROPOSE
                    )
                    if year.year > self._topics.work.today.year
                    else _BY
                )
                yield (
                    ordered_id(rng, int(at.timestamp())),
                    year.year,
                    topic.id if topic else None,
                    at,
                    kind,
                    actor_label(actor),
                    actor.name if isinstance(actor, StaffActor) else "",
                    note,
                    as_json(self._topics.reasons(decision)) if decision is not None else "[]",
                )

    def _history(
        self, year: Year
    ) -> Iterator[tuple[datetime, str, DemoTopic | None, str, Decision[Any] | None]]:
        yield min(year.created_at, self._topics.work.now), "begun", None, "", year.proposals
        for topic in year.topics:
            yield topic.created_at, "proposed", topic, "", None
            if topic.listed_on is not None:
                kind = "amended" if topic.motivation else "listed"
                yield self._topics.morning(topic.listed_on), kind, topic, topic.motivation, None
            for measure in topic.measures:
                yield made_at(measure.id), "measure_added", topic, measure.text.title, None
                if measure.done_on is not None:
                    at = self._topics.morning(measure.done_on)
                    yield at, f"measure_{measure.state}", topic, measure.text.title, None
            if topic.reported_at is not None:
                yield topic.reported_at, "reported", topic, "", None
        if year.approved_on is not None:
            yield self._topics.morning(year.approved_on), "approved", None, "", year.approval

    def _activities(self, topics: Sequence[DemoTopic]) -> Iterator[Row]:
        by_key = {one.key: one for one in topics}
        for poll in self._topics.polls:
            topic = by_key.get(poll.text.key)
            if topic is None or poll.state in (
                PollState.DRAFT,
                PollState.REVIEW,
                PollState.SCHEDULED,
            ):
                continue
            yield (
                "poll",
                poll.id,
                topic.id,
                poll.text.title,
                f"/polls/{poll.id}",
                poll.state.value,
                poll.period.first,
                poll.period.last,
                poll.results.participants if poll.results else None,
                None,
                None,
                None,
                "",
                poll.published_at or poll.closed_at or poll.opens_at,
            )
        for campaign in self._topics.ideas.campaigns:
            topic = by_key.get(campaign.text.key)
            zone, now = self._topics.work.tenant.zone, self._topics.work.now
            if topic is None or campaign.period.starts_at(zone) > now:
                continue
            over = campaign.period.ends_at(zone) <= now
            ideas = [one for one in self._topics.ideas.published if one.campaign is campaign]
            people = {who.person.id for one in ideas for who in one.supporters}
            yield (
                "campaign",
                campaign.id,
                topic.id,
                campaign.text.title,
                f"/campaigns/{campaign.number}",
                ("summed_up" if campaign.text.outcome else "closed") if over else "open",
                campaign.period.first,
                campaign.period.last,
                len(people) if over else None,
                len(ideas) if over else None,
                len(ideas) if over else None,
                0 if over else None,
                campaign.text.outcome if over else "",
                min(campaign.period.ends_at(zone), now),
            )
