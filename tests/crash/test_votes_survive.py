"""Residents vote over real HTTP while every process and every server is killed (kill -9). Whatever
was acknowledged is counted, once: in the roll, the ballots, the counters, the turnout, the points.
"""

import threading
import time
from collections import Counter
from datetime import timedelta
from uuid import UUID

import httpx
import msgspec
import pytest
from sqlalchemy import func, select

from core.events.model import DeadEvent, OutboxEvent
from core.features.bonus import queries as ledger
from core.features.bonus.model import BonusAccount, BonusTransfer
from core.features.polls import queries
from core.features.polls.model import PollBallot, PollRoll
from core.identity import tokens
from core.kit.actor import SystemActor
from core.tenancy.tenant import Tenant
from core.work import Runtime
from tests.crash.house import House, eventually
from tests.features.polls.build import choose, open_poll, paper_of, residents

pytestmark = pytest.mark.crash

PEOPLE = 300
THREADS = 8
TWICE = 3
"""Every third resident votes in a second tab as well."""
PAUSE = 0.12
PATIENCE = 60.0


class Voter(msgspec.Struct, frozen=True):
    """Somebody with a key and a choice."""

    person: UUID
    key: str
    choices: dict[str, list[str]]


class Crowd:
    """Voters who try again until they are answered, as their programs should."""

    def __init__(self, house: House, host: str, poll: UUID) -> None:
        self._url = f"{house.address}/api/v1/polls/{poll}/ballot"
        self._host = host
        self._lock = threading.Lock()
        self.acknowledged: set[UUID] = set()
        self.answers: Counter[str] = Counter()
        self.refused: list[str] = []
        self._threads: list[threading.Thread] = []

    def begin(self, voters: list[Voter]) -> None:
        tabs = [*voters, *voters[::TWICE]]
        for n in range(THREADS):
            # A voter's second tab is in another thread, often at the same moment.
            thread = threading.Thread(target=self._vote, args=(tabs[n::THREADS],))
            thread.start()
            self._threads.append(thread)

    def wait_for(self, number: int) -> bool:
        return eventually(lambda: len(self.acknowledged) >= number, PATIENCE, 0.02)

    def end(self) -> None:
        for thread in self._threads:
            thread.join(PATIENCE)

    def _vote(self, voters: list[Voter]) -> None:
        with httpx.Client(timeout=5) as client:
            for voter in voters:
                self._until_answered(client, voter)
                time.sleep(PAUSE)

    def _until_answered(self, client: httpx.Client, voter: Voter) -> None:
        limit = time.monotonic() + PATIENCE
        while time.monotonic() < limit:
            try:
                answer = client.post(
                    self._url,
                    json={"choices": voter.choices},
                    headers={"host": self._host, "authorization": f"Bearer {voter.key}"},
                )
            except httpx.HTTPError as error:
                self._note(type(error).__name__)
            else:
                self._note(str(answer.status_code))
                if answer.status_code in (200, 201):
                    with self._lock:
                        self.acknowledged.add(voter.person)
                    return
                if answer.status_code < 500 and answer.status_code != 429:
                    self.refused.append(answer.text)
                    return
            time.sleep(0.3)

    def _note(self, what: str) -> None:
        with self._lock:
            self.answers[what] += 1


def voters_of(runtime: Runtime, city: Tenant, poll: UUID) -> list[Voter]:
    paper = paper_of(runtime, city, poll)
    people = residents(runtime, city, PEOPLE)
    with runtime.work(city, SystemActor("test")) as work:
        return [
            Voter(
                person,
                tokens.issue(work, person, name="Бот", lasts=timedelta(days=30)),
                choose(paper, n % 3),
            )
            for n, person in enumerate(people)
        ]


def waiting(runtime: Runtime) -> int:
    """Events that have not been handled yet; what is due on a later day does not count."""
    with runtime.databases.platform() as session:
        return (
            session.scalar(
                select(func.count())
                .select_from(OutboxEvent)
                .where(OutboxEvent.kind == "polls.ballot_cast")
            )
            or 0
        )


def test_no_vote_is_lost_or_counted_twice(house: House) -> None:
    began = time.monotonic()
    runtime = house.runtime()
    city = runtime.registry.all()[0]
    host = runtime.registry.hosts(city)[0]
    poll = open_poll(runtime, city)
    voters = voters_of(runtime, city, poll)
    for name in ("web", "worker", "scheduler"):
        house.start(name)
    assert eventually(house.ready, 30), house.words("web")
    crowd = Crowd(house, host, poll)
    said: list[str] = [f"ready after {time.monotonic() - began:.1f} s"]

    def killed(what: str) -> None:
        said.append(
            f"{time.monotonic() - began:5.1f} s, {len(crowd.acknowledged)} votes: killed {what}"
        )

    crowd.begin(voters)
    try:
        assert crowd.wait_for(PEOPLE // 12)
        house.kill("worker")
        killed("the worker")
        assert crowd.wait_for(PEOPLE // 6)
        house.kill("scheduler")
        killed("the scheduler")
        house.start("worker")
        assert crowd.wait_for(PEOPLE // 4)
        house.start("scheduler")
        gone = house.kill_web_worker()
        killed("a web worker")
        assert crowd.wait_for(PEOPLE // 2)
        house.bundle.postgres.kill()
        killed("PostgreSQL")
        house.bundle.postgres.start()
        assert crowd.wait_for(PEOPLE * 2 // 3)
        house.bundle.redis.kill()
        killed("Valkey")
        assert crowd.wait_for(PEOPLE * 3 // 4), "votes are taken also without Valkey"
        house.bundle.redis.start()
    finally:
        crowd.end()
    said.append(f"{time.monotonic() - began:5.1f} s: answers {dict(sorted(crowd.answers.items()))}")
    assert crowd.refused == []
    assert len(crowd.acknowledged) == PEOPLE
    assert gone not in house.web_workers()
    assert len(house.web_workers()) == 2, "the web process has replaced the worker it lost"

    runtime.close()
    runtime = house.runtime()  # the connections of the old one have died with PostgreSQL
    drained = eventually(lambda: waiting(runtime) == 0, PATIENCE, 0.25)
    said.append(f"{time.monotonic() - began:5.1f} s: the relay has drained")
    print("\n" + "\n".join(said))
    assert drained, house.words("worker") + house.words("scheduler")
    check_counts(runtime, city, poll, crowd.acknowledged)
    runtime.close()


def check_counts(runtime: Runtime, city: Tenant, poll: UUID, acknowledged: set[UUID]) -> None:
    """Acknowledged votes = roll = ballots = counters = turnout = credited points."""
    number = len(acknowledged)
    with runtime.work(city, SystemActor("test")) as work:
        session = work.session
        view = queries.poll_view(session, poll)
        assert view is not None
        assert view.terms is not None
        points = view.terms.points
        assert points > 0
        roll = set(session.scalars(select(PollRoll.resident_id).where(PollRoll.poll_id == poll)))
        assert roll == acknowledged
        ballots, tags = session.execute(
            select(func.count(), func.count(PollBallot.voter_tag.distinct())).where(
                PollBallot.poll_id == poll
            )
        ).one()
        assert (ballots, tags) == (number, number)
        assert sum(queries.tally(session, poll).values()) == number
        assert sum(queries.turnout_by_level(session, poll).values()) == number
        assert sum(one.voters for one in queries.turnout_days(session, poll)) == number
        assert view.participants == number
        transfers, credited, people = session.execute(
            select(
                func.count(),
                func.sum(BonusTransfer.points),
                func.count(BonusTransfer.credit.distinct()),
            )
        ).one()
        assert (transfers, credited, people) == (number, number * points, number)
        assert session.scalar(select(func.sum(BonusAccount.balance))) == number * points
        assert ledger.unsound_accounts(session) == ()
    with runtime.databases.platform() as session:
        assert session.scalar(select(func.count()).select_from(DeadEvent)) == 0
