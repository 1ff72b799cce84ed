"""The life of a poll after the draft: approval, opening, extension, closing, results, sealing.

Opening and closing happen by themselves at the city's own midnight: they are events due at that
hour. Each handler looks at the state again, so an event that comes twice or late does no harm.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final, cast
from uuid import UUID

import msgspec
from sqlalchemy import delete, func, insert, select, text

from core.features.polls import queries
from core.features.polls.decisions import (
    APPEAL_DAYS,
    MAY_EXTEND,
    MAY_OPEN,
    MAY_REVOTE,
    QUORUM,
    QUORUM_LEVEL,
    QUORUM_MISSED,
    RESULTS_SHOWN,
    REWARD,
    ExtendFacts,
    PollFacts,
)
from core.features.polls.domain import (
    Consequence,
    DayTurnout,
    DistrictTurnout,
    Paper,
    Results,
    State,
    Term,
    Terms,
    Verdict,
    count_ballots,
    counted_voters,
    judge,
    may_become,
    question_results,
)
from core.features.polls.model import (
    Poll,
    PollSecret,
    PollTally,
    PollTurnout,
)
from core.features.polls.service.drafting import (
    PollReference,
    add_step,
    change_state,
    check_complete,
    opening_facts,
)
from core.features.polls.service.reporting import owe_nothing, owe_results
from core.identity import access
from core.kit.crypto import new_key, seal
from core.kit.errors import Conflict, Invalid, NotFound
from core.kit.period import Period
from core.kit.text import Text
from core.rules import Decision
from core.rules.explain import reasons_data
from core.work import Work

SECRET_PURPOSE: Final = "polls.key"  # noqa: S105 -- the name of a purpose, not a secret
_REMINDER: Final = timedelta(days=1)


class PollNews(msgspec.Struct, frozen=True):
    """Announced as `polls.opened`, `closed`, `published` and `withdrawn`: the poll as it stands
    then. `votes` and `decision` (the leading answers) are told no earlier than residents are."""

    poll_id: UUID
    plan_item: UUID | None
    number: int
    title: str
    state: State
    opens_on: date | None
    closes_on: date | None
    participants: int | None = None
    votes: int | None = None
    decision: str = ""


def _news(poll: Poll) -> PollNews:
    results = msgspec.convert(poll.results, Results) if poll.results is not None else None
    told = results if State(poll.state) in (State.PUBLISHED, State.INVALID) else None
    return PollNews(
        poll_id=poll.id,
        plan_item=poll.plan_item,
        number=poll.number,
        title=poll.title,
        state=State(poll.state),
        opens_on=poll.opens_on,
        closes_on=poll.closes_on,
        participants=results.participants if results else None,
        votes=sum(one.votes for question in told.questions for one in question.options)
        if told
        else None,
        decision="; ".join(
            one.title for question in told.questions for one in question.options if one.leads
        )
        if told
        else "",
    )


def return_to_draft(work: Work, *, poll_id: UUID, note: str) -> None:
    """Send a poll back to its authors with a word on what to mend."""
    access.require(work, "polls.approve")
    if not note.strip():
        raise Invalid(
            {"note": Text(ru="Напишите, что исправить.", en="Write what should be mended.")}
        )
    change_state(work, poll_id, State.DRAFT)
    add_step(work, poll_id, "returned", note=note)
    work.record("polls.returned", f"poll:{poll_id}", note=note)


def approve(work: Work, *, poll_id: UUID) -> None:
    """Approve a poll: it will open by itself on its first day (R26, R79)."""
    access.require(work, "polls.approve")
    poll = change_state(work, poll_id, State.SCHEDULED)
    check_complete(work, poll, queries.draft_paper(work.session, poll_id))
    period = _period(poll)
    decision = work.require(
        MAY_OPEN,
        opening_facts(work, period, poll.plan_item),
        procedure=poll.procedure,
    )
    poll.opens_at = period.starts_at(work.tenant.zone)
    poll.closes_at = period.ends_at(work.tenant.zone)
    add_step(work, poll_id, "approved", decision=decision)
    work.record("polls.approved", f"poll:{poll_id}")
    work.emit("polls.opening_due", PollReference(poll_id), due_at=poll.opens_at)


def open_now(work: Work, *, poll_id: UUID) -> None:
    """Open an approved poll today instead of waiting for its first day; the last day stays."""
    access.require(work, "polls.open")
    _open(work, poll_id, by_hand=True)


def open_when_due(work: Work, *, poll_id: UUID) -> bool:
    """What the schedule does at the first midnight; False when there is nothing to open (yet)."""
    poll = queries.locked_poll(work.session, poll_id)
    if poll is None or poll.state != State.SCHEDULED or poll.opens_at is None:
        return False
    if poll.opens_at > work.now:
        work.emit("polls.opening_due", PollReference(poll_id), due_at=poll.opens_at)
        return False
    _open(work, poll_id, by_hand=False)
    return True


def _open(work: Work, poll_id: UUID, *, by_hand: bool) -> None:
    """Freeze the paper and the law of this day, make the poll's key, let residents in."""
    poll = change_state(work, poll_id, State.OPEN)
    period = _period(poll)
    if by_hand or period.first < work.today:
        # By hand, or after an outage: the poll opens today, and today's law decides.
        if period.last < work.today:
            raise Conflict(
                "polls.late",
                Text(ru="Последний день опроса уже прошёл.", en="The poll's last day is over."),
                Text(
                    ru="Верните опрос в черновики и выберите новые даты.",
                    en="Return the poll to drafts and choose new dates.",
                ),
            )
        period = Period(work.today, period.last)
        poll.opens_on = work.today
    decision = work.require(
        MAY_OPEN,
        opening_facts(work, period, poll.plan_item),
        procedure=poll.procedure,
    )
    poll.governing_on = period.first
    poll.opens_at = work.now if by_hand else period.starts_at(work.tenant.zone)
    poll.closes_at = period.ends_at(work.tenant.zone)
    poll.paper = cast(
        "dict[str, object]", msgspec.to_builtins(queries.draft_paper(work.session, poll_id))
    )
    poll.terms = cast(
        "dict[str, object]", msgspec.to_builtins(terms_of(work, poll, opening=decision))
    )
    key = work.runtime.city_key(work.tenant, SECRET_PURPOSE)
    work.session.execute(
        insert(PollSecret).values(poll_id=poll_id, sealed_key=seal(key, new_key()))
    )
    add_step(work, poll_id, "opened", decision=decision)
    work.record("polls.opened", f"poll:{poll_id}", governing_on=period.first.isoformat())
    work.record_decision(f"poll:{poll_id}", decision)
    _remind(work, poll)
    work.emit("polls.opened", _news(poll))


def terms_of(work: Work, poll: Poll, *, opening: Decision[bool]) -> Terms:
    """All that binds a poll from its opening on, decided once by the law of that day."""
    on = opening.on
    facts = PollFacts(
        on=on, territory=frozenset(poll.territory) if poll.territory is not None else None
    )
    bonus = work.procedure("bonus")

    def ask(point: Any, procedure: str = poll.procedure) -> Term:
        return term(work.decide(point, facts, procedure=procedure))

    return Terms(
        duration=term(opening),
        quorum=ask(QUORUM),
        quorum_level=ask(QUORUM_LEVEL),
        quorum_missed=ask(QUORUM_MISSED),
        results_shown=ask(RESULTS_SHOWN),
        revote=ask(MAY_REVOTE),
        reward=ask(REWARD, bonus),
        appeal_days=ask(APPEAL_DAYS),
    )


def term(decision: Decision[Any]) -> Term:
    """A decision as it is kept with a poll, explained in both languages."""
    return Term(
        value=msgspec.to_builtins(decision.value),
        reasons={
            "ru": cast("list[object]", msgspec.to_builtins(reasons_data(decision, "ru"))),
            "en": cast("list[object]", msgspec.to_builtins(reasons_data(decision, "en"))),
        },
    )


def _remind(work: Work, poll: Poll) -> None:
    assert poll.closes_at is not None
    work.emit("polls.closing_due", PollReference(poll.id), due_at=poll.closes_at)
    if poll.closes_at - _REMINDER > work.now:
        work.emit("polls.closing_soon", PollReference(poll.id), due_at=poll.closes_at - _REMINDER)


def extend(work: Work, *, poll_id: UUID, closes_on: date, note: str) -> None:
    """Prolong a running poll within the limit of the law of its opening; a recorded act."""
    access.require(work, "polls.extend")
    if not note.strip():
        raise Invalid(
            {"note": Text(ru="Напишите, почему продлеваете.", en="Write why it is extended.")}
        )
    poll = change_state(work, poll_id, State.OPEN)
    if poll.closes_on is not None and closes_on <= poll.closes_on:
        raise Invalid(
            {
                "closes_on": Text(
                    ru="Новый последний день должен быть позже нынешнего.",
                    en="The new last day must be later than the present one.",
                )
            }
        )
    _extend(work, poll, closes_on, note=note)


def _extend(work: Work, poll: Poll, closes_on: date, *, note: str) -> None:
    decision = work.require(MAY_EXTEND, _extend_facts(poll, closes_on), procedure=poll.procedure)
    poll.closes_on = closes_on
    poll.closes_at = _period(poll).ends_at(work.tenant.zone)
    poll.extensions += 1
    add_step(work, poll.id, "extended", note=note, decision=decision)
    work.record("polls.extended", f"poll:{poll.id}", closes_on=closes_on.isoformat(), note=note)
    work.record_decision(f"poll:{poll.id}", decision)
    _remind(work, poll)


def _extend_facts(poll: Poll, closes_on: date) -> ExtendFacts:
    assert poll.opens_on is not None
    return ExtendFacts(
        on=poll.governing_on or poll.opens_on,
        duration_days=Period(poll.opens_on, closes_on).days,
        extensions=poll.extensions,
    )


def latest_extension(work: Work, poll: Poll) -> date | None:
    """The latest last day to which the city's rules would let a poll be extended, if any."""
    assert poll.closes_on is not None
    # The limit is the rule's secret: ask, doubling the step, then close in on the last "yes".
    reach = 0
    step = 1
    while step <= 512 and _may_extend(work, poll, poll.closes_on + timedelta(days=step)):
        reach, step = step, step * 2
    low, high = reach, min(step, 512)
    while low + 1 < high:
        middle = (low + high) // 2
        if _may_extend(work, poll, poll.closes_on + timedelta(days=middle)):
            low = middle
        else:
            high = middle
    return poll.closes_on + timedelta(days=low) if low else None


def _may_extend(work: Work, poll: Poll, closes_on: date) -> bool:
    return work.decide(MAY_EXTEND, _extend_facts(poll, closes_on), procedure=poll.procedure).allowed


def close_when_due(work: Work, *, poll_id: UUID) -> bool:
    """What the schedule does at the last midnight. Counts from the ballots themselves.

    If too few took part and the city's consequence is to extend, the poll goes on for as long as
    its law allows, once; that too is a recorded act.
    """
    # Voters hold this lock shared: once we have it, every acknowledged vote is in the tables.
    work.session.execute(select(func.pg_advisory_xact_lock(lock_number(poll_id))))
    poll = queries.locked_poll(work.session, poll_id)
    if poll is None or poll.state != State.OPEN or poll.closes_at is None:
        return False
    if poll.closes_at > work.now:
        return False
    terms = msgspec.convert(poll.terms, Terms)
    results = count(work, poll)
    if (
        terms.needed is not None
        and results.counted < terms.needed
        and terms.consequence is Consequence.EXTEND
        and (until := latest_extension(work, poll)) is not None
        and until >= work.today
    ):
        _extend(
            work,
            poll,
            until,
            note="Кворум не набран: опрос продлён до наибольшего допустимого срока.",
        )
        return False
    change_state(work, poll_id, State.CLOSED)
    poll.closed_at = work.now
    poll.results = cast("dict[str, object]", msgspec.to_builtins(results))
    add_step(work, poll_id, "closed", reasons=terms.quorum.reasons.get(work.tenant.locale, []))
    work.record(
        "polls.closed",
        f"poll:{poll_id}",
        participants=results.participants,
        counted=results.counted,
        verdict=results.verdict,
    )
    owe_results(work, poll)
    work.emit("polls.closed", _news(poll))
    return True


def lock_number(poll_id: UUID) -> int:
    """The advisory lock of a poll: voters share it, the one who closes takes it alone."""
    return int.from_bytes(poll_id.bytes[-8:], "big", signed=True)


def count(work: Work, poll: Poll) -> Results:
    """The result from roll and ballots; counters that differ are set right and reported."""
    paper = msgspec.convert(poll.paper, Paper)
    terms = msgspec.convert(poll.terms, Terms)
    session = work.session
    votes = count_ballots(queries.final_ballots(session, poll.id))
    levels = queries.roll_by_level(session, poll.id)
    kept = {option: n for option, n in queries.tally(session, poll.id).items() if n}
    if kept != votes or queries.turnout_by_level(session, poll.id) != levels:
        work.record(
            "polls.recounted",
            f"poll:{poll.id}",
            # That they differed, not how: the journal is read before results are published.
            options=len({*kept.items()} ^ {*votes.items()}),
        )
        _set_counters(work, poll.id, votes, levels)
    days: dict[str, int] = {}
    districts: dict[str, int] = {}
    roll = queries.roll_by_day(session, poll.id)
    for day, district, _level, voters in roll:
        days[day.isoformat()] = days.get(day.isoformat(), 0) + voters
        districts[district] = districts.get(district, 0) + voters
    participants = sum(levels.values())
    counted = counted_voters(levels, terms.level)
    return Results(
        participants=participants,
        counted=counted,
        needed=terms.needed,
        verdict=judge(needed=terms.needed, counted=counted, consequence=terms.consequence),
        questions=question_results(paper, votes, participants),
        days=tuple(DayTurnout(day, days[day]) for day in sorted(days)),
        districts=tuple(
            DistrictTurnout(key, districts[key])
            for key in sorted(districts, key=lambda key: (-districts[key], key))
        ),
        paper_digest=paper.digest,
    )


def _set_counters(
    work: Work, poll_id: UUID, votes: Mapping[UUID, int], levels: Mapping[str, int]
) -> None:
    session = work.session
    session.execute(delete(PollTally).where(PollTally.poll_id == poll_id))
    session.execute(delete(PollTurnout).where(PollTurnout.poll_id == poll_id))
    if votes:
        session.execute(
            insert(PollTally),
            [
                {"poll_id": poll_id, "option_id": option, "slot": 0, "votes": number}
                for option, number in sorted(votes.items())
            ],
        )
    if levels:
        session.execute(
            insert(PollTurnout),
            [
                {"poll_id": poll_id, "level": level, "slot": 0, "voters": number}
                for level, number in sorted(levels.items())
            ],
        )


def publish(work: Work, *, poll_id: UUID, note: str = "") -> Verdict:
    """Publish the results; a poll that missed its quorum becomes what its law says (R54)."""
    access.require(work, "polls.publish")
    poll = queries.locked_poll(work.session, poll_id)
    if poll is None:
        raise NotFound
    if poll.results is None or not may_become(State(poll.state), State.PUBLISHED):
        raise Conflict(
            "polls.not_closed",
            Text(
                ru="Итоги можно опубликовать после завершения опроса.",
                en="Results can be published after the poll has closed.",
            ),
            Text(ru="Обновите страницу.", en="Reload the page."),
        )
    results = msgspec.convert(poll.results, Results)
    terms = msgspec.convert(poll.terms, Terms)
    state = State.INVALID if results.verdict is Verdict.VOID else State.PUBLISHED
    change_state(work, poll_id, state)
    poll.published_at = work.now
    add_step(
        work,
        poll_id,
        "published" if state is State.PUBLISHED else "invalidated",
        note=note,
        reasons=[
            *terms.quorum.reasons.get(work.tenant.locale, []),
            *(
                terms.quorum_missed.reasons.get(work.tenant.locale, [])
                if results.verdict is not Verdict.VALID
                else []
            ),
        ],
    )
    work.record("polls.published", f"poll:{poll_id}", verdict=results.verdict)
    _plan_sealing(work, poll, terms)
    work.emit("polls.published", _news(poll))
    return results.verdict


def withdraw(work: Work, *, poll_id: UUID, note: str) -> None:
    """Take a poll back before its results are published; the reason is shown."""
    access.require(work, "polls.approve")
    if not note.strip():
        raise Invalid(
            {"note": Text(ru="Напишите, почему опрос снят.", en="Write why it is withdrawn.")}
        )
    work.session.execute(select(func.pg_advisory_xact_lock(lock_number(poll_id))))
    poll = change_state(work, poll_id, State.WITHDRAWN)
    add_step(work, poll_id, "withdrawn", note=note)
    work.record("polls.withdrawn", f"poll:{poll_id}", note=note)
    owe_nothing(work, poll, note)
    work.emit("polls.withdrawn", _news(poll))
    if poll.terms is not None:
        _plan_sealing(work, poll, msgspec.convert(poll.terms, Terms))


def _plan_sealing(work: Work, poll: Poll, terms: Terms) -> None:
    days = terms.appeal_days.value
    term_over = work.now + timedelta(days=days if isinstance(days, int) else 0)
    work.emit("polls.sealing_due", PollReference(poll.id), due_at=term_over)


def seal_ballots(work: Work, *, poll_id: UUID) -> bool:
    """Destroy what could tie ballots to people, once the result is final (migration `polls`)."""
    poll = queries.locked_poll(work.session, poll_id)
    if poll is None or poll.sealed_at is not None:
        return False
    done = work.session.scalar(text("SELECT poll_seal(:poll)"), {"poll": poll_id})
    if not done:
        return False
    poll.sealed_at = work.now
    add_step(work, poll_id, "sealed")
    work.record("polls.sealed", f"poll:{poll_id}")
    return True


def _period(poll: Poll) -> Period:
    assert poll.opens_on is not None
    assert poll.closes_on is not None
    return Period(poll.opens_on, poll.closes_on)
