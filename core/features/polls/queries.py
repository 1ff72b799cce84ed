"""Every SELECT of polls. Pages read counters and stored results, never ballots."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final, Literal
from uuid import UUID

import msgspec
from sqlalchemy import Row, Select, and_, desc, func, or_, select, tuple_
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session, defer

from core.features.polls.domain import (
    FINAL,
    PUBLIC,
    DayTurnout,
    DistrictTurnout,
    Option,
    Paper,
    Question,
    QuestionResult,
    Results,
    ResultsShown,
    State,
    Terms,
    counted_voters,
    question_results,
)
from core.features.polls.model import (
    Poll,
    PollBallot,
    PollOption,
    PollPicture,
    PollQuestion,
    PollRoll,
    PollSecret,
    PollStep,
    PollTally,
    PollTurnout,
    PollTurnoutDay,
)
from core.kit.level import Level


class PollView(msgspec.Struct, frozen=True):
    """A poll as pages and the API show it, with its turnout."""

    id: UUID
    number: int
    procedure: str
    title: str
    summary: str
    body: str
    topic: str | None
    plan_item: UUID | None
    initiator: str | None
    territory: tuple[str, ...] | None
    state: State
    opens_on: date | None
    closes_on: date | None
    opens_at: datetime | None
    closes_at: datetime | None
    governing_on: date | None
    terms: Terms | None
    paper: Paper | None
    results: Results | None
    extensions: int
    closed_at: datetime | None
    published_at: datetime | None
    sealed_at: datetime | None
    version: int
    participants: int = 0
    counted: int = 0

    @property
    def needed(self) -> int | None:
        return self.terms.needed if self.terms else None

    @property
    def quorum_reached(self) -> bool:
        return self.needed is None or self.counted >= self.needed


Shelf = Literal["now", "soon", "done"]
_FOR_LISTS: Final = (defer(Poll.body), defer(Poll.paper))
"""Lists show no questions: the long documents stay in the database."""


def poll_view(session: Session, poll_id: UUID) -> PollView | None:
    """One poll in any state."""
    row = session.execute(select(Poll).where(Poll.id == poll_id)).scalar_one_or_none()
    return _views(session, [row])[0] if row is not None else None


def public_poll(session: Session, poll_id: UUID) -> PollView | None:
    """One poll that residents may see."""
    view = poll_view(session, poll_id)
    return view if view is not None and view.state in PUBLIC else None


class Page(msgspec.Struct, frozen=True):
    """A page of polls and the cursors around it; None where there is nothing more."""

    polls: tuple[PollView, ...]
    after: str | None = None


def public_polls(
    session: Session,
    *,
    shelf: Shelf,
    topic: str | None = None,
    words: str | None = None,
    after: str | None = None,
    most: int = 12,
) -> Page:
    """Polls for residents. `now`: open, those that end first; `soon`: scheduled; `done`: closed
    and published, the latest first. `after` is a cursor from an earlier page."""
    order: tuple[Any, ...]
    match shelf:
        case "now":
            where, key, descending = Poll.state == State.OPEN, Poll.closes_at, False
        case "soon":
            where, key, descending = Poll.state == State.SCHEDULED, Poll.opens_at, False
        case "done":
            where = Poll.state.in_([State.CLOSED, State.PUBLISHED, State.INVALID])
            key, descending = Poll.closes_at, True
    query = select(Poll).where(where).options(*_FOR_LISTS)
    if topic:
        query = query.where(Poll.topic == topic)
    if words:
        query = query.where(_matching(words))
    if after:
        at, last = _cursor(after)
        beyond = tuple_(key, Poll.id)
        query = query.where(beyond < (at, last) if descending else beyond > (at, last))
    order = (desc(key), desc(Poll.id)) if descending else (key, Poll.id)
    rows = session.scalars(query.order_by(*order).limit(most + 1)).all()
    views = _views(session, rows[:most])
    more = None
    if len(rows) > most:
        edge = rows[most - 1]
        stamp = edge.opens_at if shelf == "soon" else edge.closes_at
        assert stamp is not None
        more = f"{stamp.isoformat()}~{edge.id}"
    return Page(views, more)


def _matching(words: str) -> Any:
    pattern = "%" + words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    return or_(Poll.title.ilike(pattern), Poll.summary.ilike(pattern))


def _cursor(text: str) -> tuple[datetime, UUID]:
    """Raises ValueError for a cursor that was not made here."""
    stamp, _, last = text.partition("~")
    return datetime.fromisoformat(stamp), UUID(last)


def desk_polls(
    session: Session,
    *,
    states: Sequence[State] | None = None,
    after: int | None = None,
    most: int = 30,
) -> Page:
    """Polls for staff, the newest number first; `after` is the last number of an earlier page."""
    query = select(Poll).options(*_FOR_LISTS)
    if states:
        query = query.where(Poll.state.in_(states))
    if after is not None:
        query = query.where(Poll.number < after)
    rows = session.scalars(query.order_by(desc(Poll.number)).limit(most + 1)).all()
    views = _views(session, rows[:most])
    return Page(views, str(views[-1].number) if len(rows) > most else None)


def state_counts(session: Session) -> dict[State, int]:
    rows = session.execute(select(Poll.state, func.count()).group_by(Poll.state))
    return {State(state): number for state, number in rows}


def _views(session: Session, rows: Sequence[Poll]) -> tuple[PollView, ...]:
    live = [row.id for row in rows if row.results is None and row.terms is not None]
    levels: dict[UUID, dict[str, int]] = {}
    if live:
        for poll_id, level, voters in session.execute(
            select(PollTurnout.poll_id, PollTurnout.level, func.sum(PollTurnout.voters))
            .where(PollTurnout.poll_id.in_(live))
            .group_by(PollTurnout.poll_id, PollTurnout.level)
        ):
            levels.setdefault(poll_id, {})[level] = int(voters)
    return tuple(_view(row, levels.get(row.id, {})) for row in rows)


def _view(row: Poll, levels: Mapping[str, int]) -> PollView:
    terms = msgspec.convert(row.terms, Terms) if row.terms is not None else None
    results = msgspec.convert(row.results, Results) if row.results is not None else None
    level = terms.level if terms else Level.NONE
    loaded = row.__dict__
    paper = loaded.get("paper")
    return PollView(
        id=row.id,
        number=row.number,
        procedure=row.procedure,
        title=row.title,
        summary=row.summary,
        body=loaded.get("body", ""),
        topic=row.topic,
        plan_item=row.plan_item,
        initiator=row.initiator,
        territory=tuple(row.territory) if row.territory is not None else None,
        state=State(row.state),
        opens_on=row.opens_on,
        closes_on=row.closes_on,
        opens_at=row.opens_at,
        closes_at=row.closes_at,
        governing_on=row.governing_on,
        terms=terms,
        paper=msgspec.convert(paper, Paper) if paper is not None else None,
        results=results,
        extensions=row.extensions,
        closed_at=row.closed_at,
        published_at=row.published_at,
        sealed_at=row.sealed_at,
        version=row.version,
        participants=results.participants if results else sum(levels.values()),
        counted=results.counted if results else counted_voters(levels, level),
    )


def draft_paper(session: Session, poll_id: UUID) -> Paper:
    """The paper as it is being written, from the editable tables."""
    questions = session.scalars(
        select(PollQuestion).where(PollQuestion.poll_id == poll_id).order_by(PollQuestion.position)
    ).all()
    options: dict[UUID, list[Option]] = {question.id: [] for question in questions}
    for option in session.scalars(
        select(PollOption)
        .where(PollOption.question_id.in_(list(options)))
        .order_by(PollOption.position)
    ):
        options[option.question_id].append(
            Option(option.id, option.title, option.detail, option.picture_id)
        )
    return Paper(
        tuple(
            Question(
                id=question.id,
                title=question.title,
                hint=question.hint,
                max_choices=question.max_choices,
                options=tuple(options[question.id]),
            )
            for question in questions
        )
    )


def locked_poll(session: Session, poll_id: UUID) -> Poll | None:
    """The row for a change; others who want to change the same poll wait."""
    return session.execute(
        select(Poll).where(Poll.id == poll_id).with_for_update(),
        # What was read before the lock may be stale by now.
        execution_options={"populate_existing": True},
    ).scalar_one_or_none()


def next_number(session: Session) -> int:
    """The next number of a poll in this city. The caller retries if two take the same."""
    return int(session.scalar(select(func.coalesce(func.max(Poll.number), 0) + 1)) or 1)


def results_visible(poll: PollView, *, voted: bool) -> bool:
    """Whether a resident sees the votes now, by the law of the poll's opening."""
    if poll.state in (State.PUBLISHED, State.INVALID):
        return True
    if poll.terms is None or poll.state not in (State.OPEN, State.CLOSED):
        return False
    match poll.terms.shown:
        case ResultsShown.ALWAYS:
            return True
        case ResultsShown.AFTER_VOTE:
            return voted
        case ResultsShown.AFTER_CLOSE:
            return False


def current_results(session: Session, poll: PollView) -> tuple[QuestionResult, ...]:
    """Stored results of a closed poll, the counters of a running one."""
    if poll.results is not None:
        return poll.results.questions
    if poll.paper is None:
        return ()
    return question_results(poll.paper, tally(session, poll.id), poll.participants)


def tally(session: Session, poll_id: UUID) -> dict[UUID, int]:
    """Votes by option from the counters."""
    rows = session.execute(
        select(PollTally.option_id, func.sum(PollTally.votes))
        .where(PollTally.poll_id == poll_id)
        .group_by(PollTally.option_id)
    )
    return {option: int(votes) for option, votes in rows}


def turnout_by_level(session: Session, poll_id: UUID) -> dict[str, int]:
    rows = session.execute(
        select(PollTurnout.level, func.sum(PollTurnout.voters))
        .where(PollTurnout.poll_id == poll_id)
        .group_by(PollTurnout.level)
    )
    return {level: int(voters) for level, voters in rows}


def turnout_days(session: Session, poll_id: UUID) -> tuple[DayTurnout, ...]:
    """Voters by day, as far as the worker has folded them."""
    rows = session.execute(
        select(PollTurnoutDay.day, func.sum(PollTurnoutDay.voters))
        .where(PollTurnoutDay.poll_id == poll_id)
        .group_by(PollTurnoutDay.day)
        .order_by(PollTurnoutDay.day)
    )
    return tuple(DayTurnout(day.isoformat(), int(voters)) for day, voters in rows)


def turnout_districts(session: Session, poll_id: UUID) -> tuple[DistrictTurnout, ...]:
    """Voters by district; a district with few voters is still only a count of people, not votes."""
    rows = session.execute(
        select(PollTurnoutDay.district, func.sum(PollTurnoutDay.voters).label("voters"))
        .where(PollTurnoutDay.poll_id == poll_id)
        .group_by(PollTurnoutDay.district)
        .order_by(desc("voters"), PollTurnoutDay.district)
    )
    return tuple(DistrictTurnout(district, int(voters)) for district, voters in rows)


def final_ballots(session: Session, poll_id: UUID) -> Sequence[str]:
    """The choices that count: of each voter tag the last round. Only for recounts by jobs."""
    newest = (
        select(PollBallot.choices)
        .where(PollBallot.poll_id == poll_id)
        .ext(distinct_on(PollBallot.voter_tag))
        .order_by(PollBallot.voter_tag, desc(PollBallot.round))
    )
    return session.scalars(newest).all()


def roll_by_level(session: Session, poll_id: UUID) -> dict[str, int]:
    """Voters by level from the roll itself. Only for recounts by jobs."""
    rows = session.execute(
        select(PollRoll.level, func.count())
        .where(PollRoll.poll_id == poll_id)
        .group_by(PollRoll.level)
    )
    return {level: int(voters) for level, voters in rows}


def roll_by_day(session: Session, poll_id: UUID) -> Sequence[tuple[date, str, str, int]]:
    """(day, district, level, voters) from the roll itself; an unknown district is "". Only for
    recounts by jobs."""
    rows = session.execute(
        select(PollRoll.cast_on, PollRoll.district, PollRoll.level, func.count())
        .where(PollRoll.poll_id == poll_id)
        .group_by(PollRoll.cast_on, PollRoll.district, PollRoll.level)
    )
    return [(day, district or "", level, voters) for day, district, level, voters in rows]


def has_voted(session: Session, poll_id: UUID, resident_id: UUID) -> bool:
    return (
        session.execute(
            select(PollRoll.cast_on).where(
                and_(PollRoll.poll_id == poll_id, PollRoll.resident_id == resident_id)
            )
        ).first()
        is not None
    )


def voted_in(session: Session, resident_id: UUID, polls: Sequence[UUID]) -> frozenset[UUID]:
    """Which of these polls the resident has taken part in."""
    if not polls:
        return frozenset()
    rows = session.scalars(
        select(PollRoll.poll_id).where(
            PollRoll.resident_id == resident_id, PollRoll.poll_id.in_(polls)
        )
    )
    return frozenset(rows)


class Participation(msgspec.Struct, frozen=True):
    """A poll that a resident has taken part in."""

    poll_id: UUID
    number: int
    title: str
    state: State
    cast_on: date


def participations(
    session: Session, resident_id: UUID, *, most: int = 20
) -> tuple[Participation, ...]:
    """Where a resident has taken part, the latest first; what was chosen is nowhere to be read."""
    rows = session.execute(
        select(Poll.id, Poll.number, Poll.title, Poll.state, PollRoll.cast_on)
        .join(PollRoll, PollRoll.poll_id == Poll.id)
        .where(PollRoll.resident_id == resident_id)
        .order_by(desc(PollRoll.poll_id))
        .limit(most)
    )
    return tuple(Participation(r[0], r[1], r[2], State(r[3]), r[4]) for r in rows)


def steps(session: Session, poll_id: UUID) -> Sequence[PollStep]:
    """The history of a poll, oldest first."""
    return session.scalars(
        select(PollStep).where(PollStep.poll_id == poll_id).order_by(PollStep.at, PollStep.id)
    ).all()


def sealed_key(session: Session, poll_id: UUID) -> bytes | None:
    return session.scalar(select(PollSecret.sealed_key).where(PollSecret.poll_id == poll_id))


def picture(session: Session, picture_id: UUID) -> Row[bytes, str] | None:
    """A picture and the state of its poll, for deciding who may see it."""
    return session.execute(
        select(PollPicture.content, Poll.state)
        .join(Poll, Poll.id == PollPicture.poll_id)
        .where(PollPicture.id == picture_id)
    ).one_or_none()


def poll_pictures(session: Session, poll_id: UUID) -> frozenset[UUID]:
    return frozenset(session.scalars(select(PollPicture.id).where(PollPicture.poll_id == poll_id)))


class Totals(msgspec.Struct, frozen=True):
    """Figures of polls for the home page."""

    held: int
    votes: int


def totals(session: Session) -> Totals:
    """Polls held and votes given in them, from stored results and open counters."""
    held, votes = session.execute(
        select(
            func.count(),
            func.coalesce(func.sum(Poll.results["participants"].as_integer()), 0),
        ).where(Poll.state.in_([State.CLOSED, *FINAL]), Poll.results.is_not(None))
    ).one()
    running = session.scalar(
        select(func.coalesce(func.sum(PollTurnout.voters), 0)).where(
            PollTurnout.poll_id.in_(_open_polls())
        )
    )
    return Totals(int(held), int(votes) + int(running or 0))


def _open_polls() -> Select[UUID]:
    return select(Poll.id).where(Poll.state == State.OPEN)
