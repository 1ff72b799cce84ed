"""Casting ballots: once, again, otherwise, too late, by many at once."""

import threading
from collections import Counter
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select

from core.features.bonus import queries as points
from core.features.polls import queries
from core.features.polls.model import PollBallot, PollRoll
from core.features.polls.service import life
from core.features.polls.service.voting import AlreadyVoted, cast_ballot
from core.kit.actor import SystemActor
from core.kit.errors import Conflict, Invalid, NotFound, SignInNeeded
from core.kit.level import Level
from core.rules import Refused
from tests.features.polls.build import choose, open_poll, paper_of, resident, residents


@pytest.fixture
def poll(runtime, city):
    return open_poll(runtime, city)


def vote(runtime, city, poll: UUID, person: UUID, *picks: int):
    return cast_ballot(
        runtime,
        city,
        poll_id=poll,
        resident_id=person,
        sent=choose(paper_of(runtime, city, poll), *picks),
    )


def counts(runtime, city, poll):
    """(roll, ballots, tally sum, turnout sum, waiting events)"""
    with runtime.work(city, SystemActor("test")) as work:
        session = work.session
        return (
            session.scalar(select(func.count()).where(PollRoll.poll_id == poll)),
            session.scalar(select(func.count()).where(PollBallot.poll_id == poll)),
            sum(queries.tally(session, poll).values()),
            sum(queries.turnout_by_level(session, poll).values()),
        )


def test_a_vote_is_counted_once_and_earns_its_points(runtime, city, poll, deliver):
    (person,) = residents(runtime, city, 1)
    receipt = vote(runtime, city, poll, person, 1)
    assert not receipt.repeated
    assert receipt.points > 0
    assert counts(runtime, city, poll) == (1, 1, 1, 1)
    deliver()
    with runtime.work(city, SystemActor("test")) as work:
        assert points.balance(work.session, person) == receipt.points
        assert queries.turnout_days(work.session, poll)[0].voters == 1
        assert points.unsound_accounts(work.session) == ()


def test_the_same_vote_again_changes_nothing(runtime, city, poll, deliver):
    (person,) = residents(runtime, city, 1)
    first = vote(runtime, city, poll, person, 0)
    again = vote(runtime, city, poll, person, 0)
    assert again.repeated
    assert counts(runtime, city, poll) == (1, 1, 1, 1)
    deliver()
    deliver()
    with runtime.work(city, SystemActor("test")) as work:
        assert points.balance(work.session, person) == first.points


def test_another_choice_follows_the_law_of_the_opening(runtime, poll, city):
    (person,) = residents(runtime, city, 1)
    vote(runtime, city, poll, person, 0)
    with runtime.work(city, SystemActor("test")) as work:
        view = queries.poll_view(work.session, poll)
    if view.terms.revote.value:
        assert vote(runtime, city, poll, person, 2).changed
    else:
        with pytest.raises(AlreadyVoted) as refusal:
            vote(runtime, city, poll, person, 2)
        assert refusal.value.reasons["ru"][0]["clauses"]


def test_every_city_counts_a_revote_once(runtime, deliver):
    seen = set()
    for city in runtime.registry.all():
        poll = open_poll(runtime, city)
        (person,) = residents(runtime, city, 1)
        vote(runtime, city, poll, person, 0)
        with runtime.work(city, SystemActor("test")) as work:
            allowed = queries.poll_view(work.session, poll).terms.revote.value
        seen.add(allowed)
        if not allowed:
            continue
        assert vote(runtime, city, poll, person, 2).changed
        assert vote(runtime, city, poll, person, 2).repeated
        assert vote(runtime, city, poll, person, 1).changed
        paper = paper_of(runtime, city, poll)
        with runtime.work(city, SystemActor("test")) as work:
            tally = {k: v for k, v in queries.tally(work.session, poll).items() if v}
        assert tally == {paper.questions[0].options[1].id: 1}
        assert counts(runtime, city, poll) == (1, 3, 1, 1)
    assert seen == {True, False}, "the cities of this installation differ in this"


def test_who_may_not_vote_is_told_the_clause(runtime, city, poll):
    with runtime.work(city, SystemActor("test")) as work:
        child = resident(work, born_on=work.today - timedelta(days=365 * 5))
        stranger = resident(work, level=Level.NONE)
    for person in (child, stranger):
        with pytest.raises(Refused) as refusal:
            vote(runtime, city, poll, person, 0)
        assert refusal.value.status == 403
        assert refusal.value.decision.clauses
    assert counts(runtime, city, poll) == (0, 0, 0, 0)


def test_wrong_choices_say_what_is_wrong(runtime, city, poll):
    (person,) = residents(runtime, city, 1)
    paper = paper_of(runtime, city, poll)
    question = paper.questions[0]
    for sent in (
        {},
        {str(question.id): []},
        {str(question.id): ["x" * 5000]},
        {str(question.id): [str(uuid4())]},
        {str(question.id): [str(option.id) for option in question.options]},
        {**choose(paper, 0), str(uuid4()): ["1"]},
    ):
        with pytest.raises(Invalid) as problem:
            cast_ballot(runtime, city, poll_id=poll, resident_id=person, sent=sent)
        assert problem.value.fields
    assert counts(runtime, city, poll) == (0, 0, 0, 0)


def test_a_poll_of_another_city_is_unknown(runtime, city, other_city, poll):
    (person,) = residents(runtime, other_city, 1)
    with pytest.raises(NotFound):
        cast_ballot(runtime, other_city, poll_id=poll, resident_id=person, sent={})


def test_a_resident_of_another_city_is_unknown(runtime, city, other_city, poll):
    (person,) = residents(runtime, other_city, 1)
    with pytest.raises(SignInNeeded):
        vote(runtime, city, poll, person, 0)


def test_after_the_end_nobody_votes(runtime, city, poll, clock, deliver):
    early, late = residents(runtime, city, 2)
    vote(runtime, city, poll, early, 0)
    clock.move(timedelta(days=60))
    with pytest.raises(Conflict) as problem:
        vote(runtime, city, poll, late, 0)
    assert problem.value.key == "polls.closed"
    deliver()
    with pytest.raises(Conflict):
        vote(runtime, city, poll, late, 0)
    with runtime.work(city, SystemActor("test")) as work:
        view = queries.poll_view(work.session, poll)
    assert view.results.participants == 1


def test_many_voters_at_once_and_each_of_them_twice(runtime, city, poll, deliver):
    """Every acknowledged vote is counted once: in roll, ballots, counters and points."""
    people = residents(runtime, city, 40)
    paper = paper_of(runtime, city, poll)
    outcomes: Counter[str] = Counter()
    lock = threading.Lock()
    start = threading.Barrier(8)

    def run(share: list[UUID], pick: int) -> None:
        start.wait()
        for person in share:
            try:
                receipt = cast_ballot(
                    runtime,
                    city,
                    poll_id=poll,
                    resident_id=person,
                    sent=choose(paper, (person.int + pick) % 3),
                )
                kind = "repeated" if receipt.repeated else "changed" if receipt.changed else "new"
            except AlreadyVoted:
                kind = "refused"
            with lock:
                outcomes[kind] += 1

    # Two tabs with the same choice and two with different ones race for each voter.
    shares = [(people[0::2], 0), (people[1::2], 0)] * 2 + [(people[0::2], 0), (people[1::2], 1)] * 2
    threads = [threading.Thread(target=run, args=share) for share in shares]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes["new"] == 40
    assert sum(outcomes.values()) == 160
    roll, ballots, tally, turnout = counts(runtime, city, poll)
    assert (roll, tally, turnout) == (40, 40, 40)
    assert ballots == 40 + outcomes["changed"]
    deliver()
    with runtime.work(city, SystemActor("test")) as work:
        balances = [points.balance(work.session, person) for person in people]
        assert len(set(balances)) == 1
        assert balances[0] > 0
        assert points.unsound_accounts(work.session) == ()


def test_closing_waits_for_votes_under_way(runtime, city, poll, clock):
    """A vote acknowledged while the poll is being closed is in the result."""
    people = residents(runtime, city, 30)
    paper = paper_of(runtime, city, poll)
    acknowledged = []
    go = threading.Event()

    def voting() -> None:
        go.wait()
        for person in people:
            try:
                cast_ballot(runtime, city, poll_id=poll, resident_id=person, sent=choose(paper, 0))
                acknowledged.append(person)
            except Conflict:
                return

    thread = threading.Thread(target=voting)
    thread.start()
    go.set()
    while len(acknowledged) < 5 and thread.is_alive():
        pass
    clock.move(timedelta(days=60))
    with runtime.work(city, SystemActor("schedule")) as work:
        closed = life.close_when_due(work, poll_id=poll)
        view = queries.poll_view(work.session, poll)
    thread.join()
    if not closed:
        pytest.skip("this city extends a poll that missed its quorum")
    assert view.results.participants == len(acknowledged)


def test_nothing_in_the_event_tells_the_choice(runtime, city, poll, owner):
    (person,) = residents(runtime, city, 1)
    vote(runtime, city, poll, person, 1)
    option = paper_of(runtime, city, poll).questions[0].options[1].id
    rows = owner.execute("SELECT payload::text FROM platform.outbox").fetchall()
    assert any(str(person) in row[0] for row in rows)
    assert not any(str(option) in row[0] for row in rows)
