"""Taking ballots: the hot path. Two round trips to PostgreSQL and no session of SQLAlchemy.

A vote is acknowledged after COMMIT and not before. Sending the same vote again, by retry, double
click or a second tab, finds it already there and says so; nothing is counted twice. If the
connection breaks in the middle, the whole is tried once more and either finds the vote or casts it.
"""

import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any, Final, TypeVar, cast
from uuid import UUID

import msgspec
import psycopg
from psycopg.rows import TupleRow

from core.db.engine import begin_sql, is_connection_loss
from core.features.polls.decisions import MAY_VOTE, VoterFacts
from core.features.polls.domain import (
    SLOTS,
    Choices,
    Paper,
    State,
    Terms,
    canonical,
    chosen_options,
    hour_of,
    read_choices,
    voter_tag,
)
from core.features.polls.queries import PollView
from core.features.polls.service.life import SECRET_PURPOSE, lock_number
from core.identity.model import Resident
from core.kit.clock import local_date
from core.kit.crypto import unseal
from core.kit.errors import Conflict, NotFound, SignInNeeded
from core.kit.ids import new_id, unordered_id
from core.kit.level import Level
from core.kit.text import Text
from core.rules import Decision, Refused, Regulation, decide
from core.tenancy.tenant import Tenant
from core.work import Runtime, Work

T = TypeVar("T")
Driver = psycopg.Connection[TupleRow]


class BallotCast(msgspec.Struct, frozen=True):
    """The payload of `polls.ballot_cast`: that somebody took part, never what they chose."""

    poll_id: UUID
    resident_id: UUID
    day: date
    district: str
    level: str
    points: int
    reasons: list[object]


class Receipt(msgspec.Struct, frozen=True):
    """What a voter is told. `repeated`: this very vote was there before. `changed`: it replaced
    an earlier one. `points` is what the city's rules promise for taking part."""

    poll_id: UUID
    repeated: bool
    changed: bool
    points: int


class _Poll(msgspec.Struct, frozen=True):
    """What voting needs to know, read in one statement."""

    state: State
    opens_at: datetime
    closes_at: datetime
    governing_on: date
    procedure: str
    territory: frozenset[str] | None
    terms: Terms
    paper: Paper
    sealed_key: bytes


class _Voter(msgspec.Struct, frozen=True):
    """What the rules may know of the voter, and whether they are on the roll."""

    born_on: date | None
    level: Level
    district: str | None
    blocked: bool
    on_roll: bool


_READ: Final = """
SELECT p.state, p.opens_at, p.closes_at, p.governing_on, p.procedure, p.territory::text,
       p.terms::text, p.paper::text, s.sealed_key,
       r.id, r.born_on, r.level, r.district, r.blocked_at IS NOT NULL, r.erased_at IS NOT NULL,
       EXISTS (SELECT FROM poll_roll v WHERE v.poll_id = p.id AND v.resident_id = r.id)
FROM poll p
LEFT JOIN poll_secret s ON s.poll_id = p.id
LEFT JOIN resident r ON r.id = %(resident)s
WHERE p.id = %(poll)s
"""

# Everything hangs on the roll: who is there already inserts nothing at all. Counters come last
# and in the order of option ids, so that two voters never wait for each other crosswise.
_WRITE: Final = """
WITH roll AS (
  INSERT INTO poll_roll (poll_id, resident_id, level, district, cast_on)
  VALUES (%(poll)s, %(resident)s, %(level)s, %(district)s, %(day)s)
  ON CONFLICT DO NOTHING RETURNING poll_id
), ballot AS (
  INSERT INTO poll_ballot (id, poll_id, voter_tag, round, choices, nonce, cast_hour)
  SELECT %(ballot)s, poll_id, %(tag)s, 0, %(choices)s, %(nonce)s, %(hour)s FROM roll
), event AS (
  INSERT INTO platform.outbox (id, kind, payload, due_at)
  SELECT %(event)s, 'polls.ballot_cast', %(payload)s::jsonb, %(now)s FROM roll
), turnout AS (
  INSERT INTO poll_turnout (poll_id, level, slot, voters)
  SELECT poll_id, %(level)s, %(slot)s, 1 FROM roll
  ON CONFLICT (poll_id, level, slot) DO UPDATE SET voters = poll_turnout.voters + 1
), tally AS (
  INSERT INTO poll_tally (poll_id, option_id, slot, votes)
  SELECT poll_id, option_id, %(slot)s, 1
  FROM roll, unnest(%(options)s::uuid[]) AS option_id ORDER BY option_id
  ON CONFLICT (poll_id, option_id, slot) DO UPDATE SET votes = poll_tally.votes + 1
)
SELECT count(*) FROM roll
"""

_LATEST: Final = """
SELECT round, choices FROM poll_ballot WHERE poll_id = %s AND voter_tag = %s
ORDER BY round DESC LIMIT 1
"""

_SUPERSEDE: Final = """
INSERT INTO poll_ballot (id, poll_id, voter_tag, round, choices, nonce, cast_hour)
VALUES (%s, %s, %s, %s, %s, %s, %s)
"""

_MOVE_VOTES: Final = """
INSERT INTO poll_tally (poll_id, option_id, slot, votes)
SELECT %(poll)s, option_id, %(slot)s, change
FROM unnest(%(options)s::uuid[], %(changes)s::int[]) AS moved (option_id, change) ORDER BY option_id
ON CONFLICT (poll_id, option_id, slot) DO UPDATE SET votes = poll_tally.votes + excluded.votes
"""


def cast_ballot(
    runtime: Runtime,
    tenant: Tenant,
    *,
    poll_id: UUID,
    resident_id: UUID,
    sent: Mapping[str, Sequence[str]],
) -> Receipt:
    """Cast a ballot, or recognise that it has been cast.

    `sent` is what came in: question id → option ids. Raises NotFound, Conflict (not open, or
    voted otherwise already), Refused (the city's rules, with clauses), Invalid (choices),
    SignInNeeded (the account is gone).
    """
    return _once_more(
        lambda: _cast(runtime, tenant, poll_id=poll_id, resident_id=resident_id, sent=sent)
    )


def _once_more(attempt: Callable[[], T]) -> T:
    try:
        return attempt()
    except Exception as error:
        if not is_connection_loss(error):
            raise
    return attempt()


@contextmanager
def _connection(runtime: Runtime, tenant: Tenant) -> Any:
    """A driver connection from the city's pool, given back clean or thrown away."""
    pooled = runtime.databases.engine(tenant.database, tenant.shard).raw_connection()
    try:
        yield cast("Driver", pooled.driver_connection)
    except BaseException as error:
        if is_connection_loss(error):
            pooled.invalidate(error)
        raise
    finally:
        pooled.close()


def _cast(
    runtime: Runtime,
    tenant: Tenant,
    *,
    poll_id: UUID,
    resident_id: UUID,
    sent: Mapping[str, Sequence[str]],
) -> Receipt:
    now = runtime.clock.now()
    # Before the connection is taken: reading the law may need one too, and the pool is small.
    regulation = runtime.regulation(tenant)
    with _connection(runtime, tenant) as driver:
        poll, voter = _read(driver, tenant, poll_id, resident_id)
        check_open(poll.state, poll.closes_at, now)
        choices = read_choices(poll.paper, sent)
        decision = may_vote(runtime, regulation, poll, voter)
        if not decision.value:
            raise Refused(decision, status=403)
        key = unseal(runtime.city_key(tenant, SECRET_PURPOSE), poll.sealed_key)
        tag = voter_tag(key, poll_id, resident_id)
        fresh = not voter.on_roll and _write(
            driver, tenant, poll_id, resident_id, poll, voter, choices, tag, now
        )
        if fresh:
            return Receipt(poll_id, repeated=False, changed=False, points=poll.terms.points)
        return _again(driver, tenant, poll_id, poll, choices, tag, now)


def _read(driver: Driver, tenant: Tenant, poll_id: UUID, resident_id: UUID) -> tuple[_Poll, _Voter]:
    """First round trip. The lock comes in a statement of its own: the next one then sees every
    change made before it, the closing of the poll included."""
    with driver.pipeline():
        _begin(driver, tenant)
        driver.execute("SELECT pg_advisory_xact_lock_shared(%s)", (lock_number(poll_id),))
        cursor = driver.execute(_READ, {"poll": poll_id, "resident": resident_id})
    # Fetched after the pipeline has ended: inside it, every fetch would be a round trip more.
    row = cursor.fetchone()
    if row is None or row[0] not in (State.OPEN, State.CLOSED, State.PUBLISHED, State.INVALID):
        raise NotFound("polls.unknown")
    if row[9] is None or row[14]:
        raise SignInNeeded
    if row[6] is None or row[7] is None:
        raise NotFound("polls.unknown")
    poll = _Poll(
        state=State(row[0]),
        opens_at=row[1],
        closes_at=row[2],
        governing_on=row[3],
        procedure=row[4],
        territory=frozenset(msgspec.json.decode(row[5], type=list[str])) if row[5] else None,
        terms=msgspec.json.decode(row[6], type=Terms),
        paper=msgspec.json.decode(row[7], type=Paper),
        sealed_key=bytes(row[8] or b""),
    )
    voter = _Voter(
        born_on=row[10],
        level=Level(row[11]),
        district=row[12],
        blocked=bool(row[13]),
        on_roll=bool(row[15]),
    )
    return poll, voter


def _begin(driver: Driver, tenant: Tenant) -> None:
    """BEGIN and the switch of role. A pipeline speaks the extended protocol: one statement each."""
    begin, switch = begin_sql(tenant.role).split("; ")
    driver.execute(begin)
    driver.execute(switch)


def check_open(state: State, closes_at: datetime, now: datetime) -> None:
    """Raises Conflict unless the poll takes votes at this instant."""
    if state is not State.OPEN or now >= closes_at:
        raise Conflict(
            "polls.closed",
            Text(ru="Голосование уже завершилось.", en="Voting has ended."),
            Text(
                ru="Итоги появятся на странице опроса.",
                en="The results will appear on the poll's page.",
            ),
        )


def voter_facts(poll: _Poll, voter: _Voter) -> VoterFacts:
    """The facts for `polls.may_vote`; age is counted on the poll's governing date."""
    return VoterFacts(
        on=poll.governing_on,
        age=age_on(voter.born_on, poll.governing_on) if voter.born_on else None,
        level=voter.level,
        district=voter.district,
        territory=poll.territory,
        blocked=voter.blocked,
    )


def eligibility(work: Work, *, poll: PollView, resident_id: UUID) -> Decision[bool]:
    """Whether a resident may vote in a poll, for showing it before they try. Raises SignInNeeded
    when the account is gone."""
    resident = work.session.get(Resident, resident_id)
    if resident is None or resident.erased_at is not None:
        raise SignInNeeded
    on = poll.governing_on or poll.opens_on or work.today
    return work.decide(
        MAY_VOTE,
        VoterFacts(
            on=on,
            age=age_on(resident.born_on, on) if resident.born_on else None,
            level=Level(resident.level),
            district=resident.district,
            territory=frozenset(poll.territory) if poll.territory is not None else None,
            blocked=resident.blocked_at is not None,
        ),
        procedure=poll.procedure,
    )


def age_on(born_on: date, day: date) -> int:
    """Full years lived on a day."""
    return day.year - born_on.year - ((day.month, day.day) < (born_on.month, born_on.day))


def may_vote(
    runtime: Runtime, regulation: Regulation, poll: _Poll, voter: _Voter
) -> Decision[bool]:
    """Ask the law of the poll's opening whether this person may vote in it."""
    return decide(
        MAY_VOTE,
        voter_facts(poll, voter),
        regulation=regulation,
        procedure=poll.procedure,
        catalogue=runtime.catalogue,
    )


def _write(
    driver: Driver,
    tenant: Tenant,
    poll_id: UUID,
    resident_id: UUID,
    poll: _Poll,
    voter: _Voter,
    choices: Choices,
    tag: bytes,
    now: datetime,
) -> bool:
    """Second round trip. False when the roll had this person already (another tab was faster)."""
    ballot = unordered_id()
    text = canonical(choices)
    payload = BallotCast(
        poll_id=poll_id,
        resident_id=resident_id,
        day=local_date(now, tenant.zone),
        district=voter.district or "",
        level=voter.level,
        points=poll.terms.points,
        reasons=list(poll.terms.reward.reasons.get(tenant.locale, [])),
    )
    with driver.pipeline():
        cursor = driver.execute(
            _WRITE,
            {
                "poll": poll_id,
                "resident": resident_id,
                "level": voter.level.value,
                "district": voter.district,
                "day": payload.day,
                "ballot": ballot,
                "tag": tag,
                "choices": text,
                "nonce": secrets.token_bytes(16),
                "hour": hour_of(now),
                "event": new_id(),
                "payload": msgspec.json.encode(payload).decode(),
                "now": now,
                "slot": ballot.int % SLOTS,
                "options": list(chosen_options(text)),
            },
        )
        driver.execute("COMMIT")
    row = cursor.fetchone()
    return bool(row and row[0])


def _again(
    driver: Driver,
    tenant: Tenant,
    poll_id: UUID,
    poll: _Poll,
    choices: Choices,
    tag: bytes,
    now: datetime,
) -> Receipt:
    """Somebody on the roll votes again: the same vote, a changed one, or one too many."""
    if driver.info.transaction_status == psycopg.pq.TransactionStatus.IDLE:
        _begin(driver, tenant)
        driver.execute("SELECT pg_advisory_xact_lock_shared(%s)", (lock_number(poll_id),))
    # One voter's ballots follow one another; other voters are not held up.
    driver.execute(
        "SELECT pg_advisory_xact_lock(%s)", (int.from_bytes(tag[:8], "big", signed=True),)
    )
    latest = driver.execute(_LATEST, (poll_id, tag)).fetchone()
    if latest is None:
        raise Conflict("polls.sealed", Text(ru="Голосование завершено.", en="Voting is over."))
    text = canonical(choices)
    if latest[1] == text:
        driver.rollback()
        return Receipt(poll_id, repeated=True, changed=False, points=poll.terms.points)
    if poll.terms.revote.value is not True:
        driver.rollback()
        raise AlreadyVoted(poll.terms)
    ballot = unordered_id()
    before, after = chosen_options(latest[1]), chosen_options(text)
    changes = dict.fromkeys(before, -1)
    for option in after:
        changes[option] = changes.get(option, 0) + 1
    moved = sorted((option, change) for option, change in changes.items() if change)
    driver.execute(
        _SUPERSEDE,
        (ballot, poll_id, tag, latest[0] + 1, text, secrets.token_bytes(16), hour_of(now)),
    )
    driver.execute(
        _MOVE_VOTES,
        {
            "poll": poll_id,
            "slot": ballot.int % SLOTS,
            "options": [option for option, _change in moved],
            "changes": [change for _option, change in moved],
        },
    )
    driver.execute("COMMIT")
    return Receipt(poll_id, repeated=False, changed=True, points=poll.terms.points)


class AlreadyVoted(Conflict):
    """Voted otherwise before, and the law of this poll knows no second vote; `terms` says why."""

    def __init__(self, terms: Terms) -> None:
        super().__init__(
            "polls.already_voted",
            Text(ru="Вы уже проголосовали в этом опросе.", en="You have already voted here."),
            Text(
                ru="Изменить голос в этом опросе нельзя. Ваш первый голос учтён.",
                en="Votes cannot be changed in this poll. Your first vote is counted.",
            ),
        )
        self.reasons: Mapping[str, list[object]] = terms.revote.reasons
