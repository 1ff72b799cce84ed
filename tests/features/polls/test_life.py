"""The life of a poll: approval, schedule, extension, closing, results, sealing."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from core.features.polls import queries
from core.features.polls.domain import Consequence, State, Verdict
from core.features.polls.model import Poll, PollBallot, PollSecret, PollTally
from core.features.polls.service import life
from core.features.polls.service.drafting import (
    create_draft,
    save_draft,
    submit_for_review,
)
from core.features.polls.service.voting import cast_ballot
from core.kit.actor import SystemActor
from core.kit.errors import Conflict, Invalid
from core.kit.ids import new_id
from core.rules import Refused
from tests.features.plan.build import listed_topic
from tests.features.polls.build import (
    choose,
    draft,
    official,
    open_poll,
    paper_of,
    residents,
    state_of,
)


@pytest.fixture
def city(runtime):
    """The city whose regulation is entered from a real act: п. 3.10–3.13."""
    return runtime.registry.by_slug("gubkinsky")


@pytest.fixture
def chief(runtime, city):
    return official(runtime, city)


def view(runtime, city, poll):
    with runtime.work(city, SystemActor("test")) as work:
        return queries.poll_view(work.session, poll)


def clauses(refusal) -> set[str]:
    return {clause.number for clause in refusal.value.decision.clauses}


def submitted(runtime, city, actor, **how):
    with runtime.work(city, actor) as work:
        poll = create_draft(work, draft=draft(**{"first": work.today, **how}))
        submit_for_review(work, poll_id=poll)
    return poll


@pytest.mark.parametrize("days", [1, 13, 46, 60])
def test_an_unlawful_length_is_refused_with_its_clause(runtime, city, chief, days):
    with runtime.work(city, chief) as work:
        poll = create_draft(work, draft=draft(first=work.today, days=days))
    with pytest.raises(Refused) as refusal, runtime.work(city, chief) as work:
        submit_for_review(work, poll_id=poll)
    assert clauses(refusal) == {"п. 3.11"}
    assert state_of(runtime, city, poll) is State.DRAFT


@pytest.mark.parametrize("days", [14, 21, 45])
def test_a_lawful_length_goes_to_approval(runtime, city, chief, days):
    assert state_of(runtime, city, submitted(runtime, city, chief, days=days)) is State.REVIEW


def test_rights_follow_from_the_post(runtime, city, chief):
    moderator = official(runtime, city, "polls.draft", but_not=["polls.approve"])
    poll = submitted(runtime, city, moderator)
    with pytest.raises(Refused) as refusal, runtime.work(city, moderator) as work:
        life.approve(work, poll_id=poll)
    assert refusal.value.status == 403
    assert clauses(refusal)
    with runtime.work(city, chief) as work:
        life.approve(work, poll_id=poll)
    assert state_of(runtime, city, poll) is State.SCHEDULED


def test_a_returned_poll_can_be_mended_and_sent_again(runtime, city, chief):
    poll = submitted(runtime, city, chief)
    with pytest.raises(Invalid), runtime.work(city, chief) as work:
        life.return_to_draft(work, poll_id=poll, note="  ")
    with runtime.work(city, chief) as work:
        life.return_to_draft(work, poll_id=poll, note="Уточните адреса дворов.")
    version = view(runtime, city, poll).version
    with runtime.work(city, chief) as work:
        save_draft(
            work, poll_id=poll, version=version, draft=draft(first=work.today, title="Новый")
        )
        submit_for_review(work, poll_id=poll)
    assert view(runtime, city, poll).title == "Новый"


def test_a_stale_save_overwrites_nothing(runtime, city, chief):
    with runtime.work(city, chief) as work:
        poll = create_draft(work, draft=draft(first=work.today))
    with runtime.work(city, chief) as work:
        save_draft(work, poll_id=poll, version=1, draft=draft(first=work.today, title="Первый"))
    with pytest.raises(Conflict), runtime.work(city, chief) as work:
        save_draft(work, poll_id=poll, version=1, draft=draft(first=work.today, title="Второй"))
    assert view(runtime, city, poll).title == "Первый"


def test_creating_twice_under_one_id_makes_one(runtime, city, chief):
    number = new_id()
    for _ in range(2):
        with runtime.work(city, chief) as work:
            assert create_draft(work, draft=draft(first=work.today), poll_id=number) == number
    with runtime.work(city, chief) as work:
        assert len(queries.desk_polls(work.session).polls) == 1


def test_the_schedule_opens_and_closes_at_the_citys_midnight(runtime, city, chief, clock, deliver):
    with runtime.work(city, chief) as work:
        first = work.today + timedelta(days=2)
    poll = submitted(runtime, city, chief, first=first, days=14)
    with runtime.work(city, chief) as work:
        life.approve(work, poll_id=poll)
    deliver()
    assert state_of(runtime, city, poll) is State.SCHEDULED
    opens, closes = view(runtime, city, poll).opens_at, view(runtime, city, poll).closes_at
    assert opens.astimezone(city.zone).strftime("%H:%M") == "00:00"
    clock.set(opens - timedelta(seconds=1))
    deliver()
    assert state_of(runtime, city, poll) is State.SCHEDULED
    clock.set(opens)
    deliver()
    assert state_of(runtime, city, poll) is State.OPEN
    assert view(runtime, city, poll).governing_on == first
    clock.set(closes - timedelta(seconds=1))
    deliver()
    assert state_of(runtime, city, poll) is State.OPEN


def test_an_outage_over_midnight_only_delays(runtime, city, chief, clock, deliver):
    with runtime.work(city, chief) as work:
        first = work.today + timedelta(days=1)
    poll = submitted(runtime, city, chief, first=first, days=21)
    with runtime.work(city, chief) as work:
        life.approve(work, poll_id=poll)
    clock.move(timedelta(days=3))
    deliver()
    opened = view(runtime, city, poll)
    assert opened.state is State.OPEN
    assert opened.governing_on == opened.opens_on > first


def test_when_the_law_changes_before_opening_the_poll_goes_back(
    runtime, city, chief, clock, deliver
):
    """After an outage of eight days fourteen have become six: no longer lawful."""
    with runtime.work(city, chief) as work:
        first = work.today + timedelta(days=1)
    poll = submitted(runtime, city, chief, first=first, days=14)
    with runtime.work(city, chief) as work:
        life.approve(work, poll_id=poll)
    clock.move(timedelta(days=9))
    deliver()
    assert state_of(runtime, city, poll) is State.DRAFT
    with runtime.work(city, chief) as work:
        last = queries.steps(work.session, poll)[-1]
    assert last.kind == "returned"
    assert "3.11" in str(last.reasons)


def test_an_open_poll_keeps_its_paper_and_its_law(runtime, city, chief):
    poll = open_poll(runtime, city, staff=chief)
    opened = view(runtime, city, poll)
    assert opened.terms.needed == 300
    for term in (opened.terms.duration, opened.terms.quorum):
        for locale in ("ru", "en"):
            assert "3.1" in str(term.reasons[locale])
    with pytest.raises(Conflict), runtime.work(city, chief) as work:
        save_draft(work, poll_id=poll, version=opened.version, draft=draft(first=work.today))


def test_an_extension_stays_within_the_law_of_the_opening(runtime, city, chief, clock):
    poll = open_poll(runtime, city, staff=chief, days=21)
    opened = view(runtime, city, poll)
    with pytest.raises(Refused) as refusal, runtime.work(city, chief) as work:
        life.extend(
            work,
            poll_id=poll,
            closes_on=opened.opens_on + timedelta(days=45),
            note="Каникулы",
        )
    assert "п. 3.11" in clauses(refusal)
    with runtime.work(city, chief) as work:
        latest = life.latest_extension(work, work.session.get_one(Poll, poll))
        assert latest == opened.opens_on + timedelta(days=44)
        life.extend(work, poll_id=poll, closes_on=latest, note="Каникулы")
    extended = view(runtime, city, poll)
    assert extended.closes_on == latest
    assert extended.extensions == 1
    with pytest.raises(Invalid), runtime.work(city, chief) as work:
        life.extend(work, poll_id=poll, closes_on=opened.closes_on, note="Назад")


def test_the_old_closing_event_does_not_close_an_extended_poll(
    runtime, city, chief, clock, deliver
):
    poll = open_poll(runtime, city, staff=chief, days=14)
    old_end = view(runtime, city, poll).closes_at
    with runtime.work(city, chief) as work:
        life.extend(
            work, poll_id=poll, closes_on=work.today + timedelta(days=29), note="Мало голосов"
        )
    clock.set(old_end)
    deliver()
    assert state_of(runtime, city, poll) is State.OPEN


def run_to_end(runtime, city, poll, clock, deliver, *, voters=0):
    paper = paper_of(runtime, city, poll)
    for index, person in enumerate(residents(runtime, city, voters)):
        cast_ballot(runtime, city, poll_id=poll, resident_id=person, sent=choose(paper, index % 2))
    for _ in range(4):
        end = view(runtime, city, poll).closes_at
        clock.set(end)
        deliver()
        if state_of(runtime, city, poll) is not State.OPEN:
            return
    raise AssertionError("the poll never closed")


def test_every_city_does_what_its_law_says_of_a_missed_quorum(runtime, clock, deliver):
    seen = set()
    for city in runtime.registry.all():
        chief = official(runtime, city)
        with runtime.work(city, chief) as work:
            first = work.today
        days = next(d for d in range(7, 40) if lawful(runtime, city, chief, first, d))
        poll = open_poll(runtime, city, staff=chief, days=days)
        terms = view(runtime, city, poll).terms
        run_to_end(runtime, city, poll, clock, deliver, voters=3)
        closed = view(runtime, city, poll)
        if terms.needed is None:
            assert closed.results.verdict is Verdict.VALID
            continue
        seen.add(terms.consequence)
        assert closed.extensions == (1 if terms.consequence is Consequence.EXTEND else 0)
        with runtime.work(city, chief) as work:
            verdict = life.publish(work, poll_id=poll)
        void = terms.consequence is not Consequence.INFORMATIONAL
        assert verdict is (Verdict.VOID if void else Verdict.INFORMATIONAL)
        expected = State.INVALID if void else State.PUBLISHED
        assert state_of(runtime, city, poll) is expected
    assert len(seen) >= 2, "the cities differ in this"


def lawful(runtime, city, chief, first, days) -> bool:
    from core.features.polls.service.drafting import check_opening

    with runtime.work(city, chief) as work:
        return check_opening(
            work,
            opens_on=first,
            closes_on=first + timedelta(days=days - 1),
            plan_item=listed_topic(first.year),
        ).allowed


def test_results_come_from_ballots_and_mend_counters(runtime, city, chief, clock, deliver, owner):
    poll = open_poll(runtime, city, staff=chief)
    paper = paper_of(runtime, city, poll)
    people = residents(runtime, city, 5)
    for person in people:
        cast_ballot(runtime, city, poll_id=poll, resident_id=person, sent=choose(paper, 0))
    with runtime.work(city, SystemActor("sabotage")) as work:
        work.session.execute(
            PollTally.__table__.update().where(PollTally.poll_id == poll).values(votes=99)
        )
    run_to_end(runtime, city, poll, clock, deliver)
    results = view(runtime, city, poll).results
    assert results.participants == 5
    assert results.questions[0].options[0].votes == 5
    with runtime.work(city, chief) as work:
        assert set(queries.tally(work.session, poll).values()) == {5}
        from core.audit.model import AuditEntry

        recorded = work.session.scalars(
            select(AuditEntry.action).where(AuditEntry.subject == f"poll:{poll}")
        ).all()
    assert "polls.recounted" in recorded


def test_after_the_appeal_term_nothing_ties_ballots_to_people(runtime, city, chief, clock, deliver):
    poll = open_poll(runtime, city, staff=chief)
    run_to_end(runtime, city, poll, clock, deliver, voters=6)
    with runtime.work(city, chief) as work:
        life.publish(work, poll_id=poll)
        before = {
            row.id: (row.choices, row.nonce)
            for row in work.session.scalars(select(PollBallot).where(PollBallot.poll_id == poll))
        }
        assert queries.sealed_key(work.session, poll) is not None
    clock.move(timedelta(days=400))
    deliver()
    with runtime.work(city, chief) as work:
        after = work.session.scalars(select(PollBallot).where(PollBallot.poll_id == poll)).all()
        assert {row.id: (row.choices, row.nonce) for row in after} == before
        assert all(row.cast_hour is None for row in after)
        assert work.session.get(PollSecret, poll) is None
        # One transaction number for all of them: it no longer says which roll row came along.
        from sqlalchemy import text

        numbers = work.session.execute(
            text("SELECT DISTINCT xmin::text FROM poll_ballot WHERE poll_id = :poll"),
            {"poll": poll},
        ).all()
        assert len(numbers) == 1
    assert view(runtime, city, poll).sealed_at is not None


def test_a_running_poll_cannot_be_sealed(runtime, city, chief):
    poll = open_poll(runtime, city, staff=chief)
    with runtime.work(city, chief) as work:
        assert life.seal_ballots(work, poll_id=poll) is False
        assert queries.sealed_key(work.session, poll) is not None


def test_the_day_before_the_end_those_who_may_extend_get_a_letter(
    runtime, city, chief, clock, deliver
):
    from core.identity.model import OutgoingMessage

    poll = open_poll(runtime, city, staff=chief)
    clock.set(view(runtime, city, poll).closes_at - timedelta(hours=23))
    deliver()
    with runtime.work(city, chief) as work:
        letters = work.session.scalars(select(OutgoingMessage)).all()
    assert letters
    assert "не хватает" in letters[0].body.replace("\u00a0", " ")


def test_the_history_tells_who_and_why(runtime, city, chief, clock, deliver):
    poll = open_poll(runtime, city, staff=chief)
    run_to_end(runtime, city, poll, clock, deliver, voters=1)
    with runtime.work(city, chief) as work:
        life.publish(work, poll_id=poll)
        kinds = [step.kind for step in queries.steps(work.session, poll)]
    assert kinds[:4] == ["created", "submitted", "approved", "opened"]
    assert kinds[-2:] in (["closed", "invalidated"], ["closed", "published"])
