"""Demo polls as rows: with questions, options and steps, their keys, and what the outbox holds for
them."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Final

from core.demo.dice import dice, ordered_id
from core.demo.polls import DemoPoll, Lives
from core.demo.tables import Row, Tables, as_json
from core.features.polls.domain import State
from core.kit.actor import StaffActor, actor_label
from core.kit.crypto import seal

_REMINDER: Final = timedelta(days=1)


def write_polls(seed: object, tables: Tables, polls: Sequence[DemoPoll]) -> None:
    """Polls with their questions, options and steps."""
    tables.copy(
        "poll",
        "id number procedure title summary topic initiator territory state opens_on closes_on"
        " opens_at closes_at governing_on terms paper extensions results closed_at published_at"
        " sealed_at created_at created_by version plan_item",
        (_row(poll) for poll in polls),
    )
    questions = [
        (poll, place, question)
        for poll in polls
        for place, question in enumerate(poll.paper.questions)
    ]
    tables.copy(
        "poll_question",
        "id poll_id position title hint max_choices",
        (
            (one.id, poll.id, place, one.title, one.hint, one.max_choices)
            for poll, place, one in questions
        ),
    )
    tables.copy(
        "poll_option",
        "id question_id position title detail",
        (
            (option.id, question.id, place, option.title, option.detail)
            for _poll, _place, question in questions
            for place, option in enumerate(question.options)
        ),
    )
    tables.copy(
        "poll_step",
        "id poll_id at kind actor actor_name note reasons",
        _steps(dice(seed, "steps"), polls),
    )


def _row(poll: DemoPoll) -> Row:
    begun = poll.state not in (State.DRAFT, State.REVIEW)
    opened = poll.terms is not None
    return (
        poll.id,
        poll.number,
        poll.procedure,
        poll.text.title,
        poll.text.summary,
        poll.text.topic,
        poll.text.unit,
        as_json(list(poll.text.districts)) if poll.text.districts else None,
        poll.state.value,
        poll.period.first,
        poll.period.last,
        poll.opens_at if begun else None,
        poll.closes_at if begun else None,
        poll.period.first if opened else None,
        as_json(poll.terms) if opened else None,
        as_json(poll.paper) if opened else None,
        poll.extensions,
        as_json(poll.results) if poll.results is not None else None,
        poll.closed_at,
        poll.published_at,
        poll.sealed_at,
        poll.created_at,
        poll.created_by,
        poll.version,
        poll.topic_id,
    )


def _steps(rng: Random, polls: Sequence[DemoPoll]) -> Iterator[Row]:
    for poll in polls:
        for step in poll.steps:
            yield (
                ordered_id(rng, int(step.at.timestamp())),
                poll.id,
                step.at,
                step.kind,
                actor_label(step.actor),
                step.actor.name if isinstance(step.actor, StaffActor) else "",
                step.note,
                as_json(step.reasons),
            )


def write_secrets(tables: Tables, lives: Lives, city_key: bytes, polls: Sequence[DemoPoll]) -> None:
    """The keys of polls whose result may still be contested."""
    tables.copy(
        "poll_secret",
        "poll_id sealed_key",
        (
            (poll.id, seal(city_key, lives.key(poll)))
            for poll in polls
            if poll.terms is not None and poll.sealed_at is None
        ),
    )


def write_reminders(seed: object, tables: Tables, polls: Sequence[DemoPoll], now: datetime) -> None:
    """What the outbox holds for these polls: openings, closings and sealings still to come."""
    rng = dice(seed, "reminders")
    rows: list[Row] = []
    for poll in polls:
        for kind, due in _reminders(poll, now):
            payload = as_json({"poll_id": poll.id})
            rows.append(
                (ordered_id(rng, int(now.timestamp())), tables.role, kind, payload, due, now)
            )
    tables.copy("outbox", "id role kind payload due_at created_at", rows, schema="platform")


def _reminders(poll: DemoPoll, now: datetime) -> Iterator[tuple[str, datetime]]:
    match poll.state:
        case State.SCHEDULED:
            yield "polls.opening_due", poll.opens_at
        case State.OPEN:
            yield "polls.closing_due", poll.closes_at
            if poll.closes_at - _REMINDER > now:
                yield "polls.closing_soon", poll.closes_at - _REMINDER
        case State.PUBLISHED | State.INVALID if poll.sealed_at is None and poll.sealing_at:
            yield "polls.sealing_due", poll.sealing_at
        case _:
            return
