"""What officials of a demo city owe and have done: answers to ideas, results of polls, each with
its last day by the city's own calendar and the clause it rests on."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

import msgspec

from core.deadlines.domain import DayKind, LastDay, Term
from core.deadlines.obligations import CONTROL, term_date
from core.deadlines.reminders import MISSED_DUE, TermTimer
from core.demo.dice import dice, ordered_id
from core.demo.idea_lives import IdeaLives
from core.demo.ideas import DemoIdea
from core.demo.polls import DemoPoll
from core.demo.tables import Row, Tables, as_json, moment
from core.features.ideas.queries.desk import OWED
from core.features.polls.decisions import (
    RESULTS_DUE,
    RESULTS_DUE_COUNTED,
    RESULTS_LAST_DAY,
    PollFacts,
)
from core.features.polls.service.reporting import RESULTS
from core.kit.actor import SystemActor, actor_label
from core.kit.text import Text
from core.rules.explain import reasons_data
from core.work import Work

_BY: Final = SystemActor("demo")


class Duty(msgspec.Struct, frozen=True, kw_only=True):
    """An obligation as the services would have opened it, and closed it if `closed` is set."""

    kind: str
    subject: str
    title: Text
    path: str
    holder: str
    controller: str = CONTROL
    due_on: date
    reasons: Sequence[object]
    opened: datetime
    closed: datetime | None = None


def idea_duties(work: Work, lives: IdeaLives, ideas: Sequence[DemoIdea]) -> Iterator[Duty]:
    """An answer is owed for every idea that found its support, where the city sets a term."""
    for one in ideas:
        kept = lives.terms(one.campaign)
        if one.reached is None or kept.consider is None:
            continue
        opened = moment(one.reached)
        day = opened.astimezone(work.tenant.zone).date()
        yield Duty(
            kind=OWED,
            subject=f"idea:{one.id}",
            title=Text(
                ru=f"Ответить на идею № {one.number}: {one.text.title}",
                en=f"Answer idea No. {one.number}: {one.text.title}",
            ),
            path=f"/desk/ideas/{one.id}",
            holder="ideas.decide",
            due_on=term_date(work, kept.consider, day),
            reasons=kept.consider_days.reasons.get(work.tenant.locale, []),
            opened=opened,
            closed=moment(one.decided) if one.decided else None,
        )


def poll_duties(work: Work, polls: Sequence[DemoPoll]) -> Iterator[Duty]:
    """The results of a closed poll are owed to its initiator, where the city sets a term."""
    for poll in polls:
        if poll.closed_at is None:
            continue
        facts = PollFacts(on=poll.period.first, territory=poll.territory)
        days = work.decide(RESULTS_DUE, facts, procedure=poll.procedure)
        if days.value is None:
            continue
        counted = work.decide(RESULTS_DUE_COUNTED, facts, procedure=poll.procedure)
        last_day = work.decide(RESULTS_LAST_DAY, facts, procedure=poll.procedure)
        term = Term(days.value, DayKind(counted.value), LastDay(last_day.value))
        yield Duty(
            kind=RESULTS,
            subject=f"poll:{poll.id}",
            title=Text(
                ru=f"Передать итоги опроса № {poll.number} инициатору: {poll.text.title}",
                en=f"Send the results of poll No. {poll.number}: {poll.text.title}",
            ),
            path=f"/desk/polls/{poll.id}",
            holder="polls.publish",
            due_on=term_date(work, term, poll.period.last),
            reasons=reasons_data(days, work.tenant.locale),
            opened=poll.closed_at,
            closed=poll.handed_over_at,
        )


def write_duties(seed: object, tables: Tables, work: Work, duties: Sequence[Duty]) -> None:
    """Obligations with their steps, and the timers of those still open."""
    rng = dice(seed, "duties")
    known = [
        (ordered_id(rng, int(one.opened.timestamp())), one)
        for one in sorted(duties, key=lambda one: one.opened)
    ]
    tables.copy(
        "obligation",
        "id kind subject title path state due_on first_due_on remind_days holder_permission"
        " controller_permission reasons opened_at closed_at",
        (_row(work, id_, one) for id_, one in known),
    )
    tables.copy(
        "obligation_step",
        "id obligation_id at kind actor due_on once",
        (row for id_, one in known for row in _steps(seed, work, id_, one)),
    )
    tables.copy(
        "outbox",
        "id role kind payload due_at created_at",
        (
            (
                ordered_id(rng, int(work.now.timestamp())),
                tables.role,
                MISSED_DUE,
                as_json(TermTimer(id_, one.due_on, -1)),
                _morning_after(work, one.due_on),
                work.now,
            )
            for id_, one in known
            if one.closed is None and one.due_on >= work.today
        ),
        schema="platform",
    )


def _row(work: Work, id_: UUID, one: Duty) -> Row:
    return (
        id_,
        one.kind,
        one.subject,
        as_json(one.title),
        one.path,
        "done" if one.closed else "open",
        one.due_on,
        one.due_on,
        as_json(list(work.tenant.profile.calendar.remind_days)),
        one.holder,
        one.controller,
        as_json(one.reasons),
        one.opened,
        one.closed,
    )


def _steps(seed: object, work: Work, id_: UUID, one: Duty) -> Iterator[Row]:
    rng = dice(seed, "duty steps", one.subject, one.kind)
    missed = _morning_after(work, one.due_on)
    steps: list[tuple[str, datetime, str | None]] = [("opened", one.opened, None)]
    if missed < (one.closed or work.now):
        steps.append(("missed", missed, f"missed:{one.due_on.isoformat()}"))
    if one.closed is not None:
        steps.append(("done", one.closed, None))
    for kind, at, once in steps:
        yield (
            ordered_id(rng, int(at.timestamp())),
            id_,
            at,
            kind,
            actor_label(_BY),
            one.due_on,
            once,
        )


def _morning_after(work: Work, day: date) -> datetime:
    """Nine in the morning of the day after: when a missed term is told."""
    next_day = date.fromordinal(day.toordinal() + 1)
    return datetime(next_day.year, next_day.month, next_day.day, 9, tzinfo=work.tenant.zone)
