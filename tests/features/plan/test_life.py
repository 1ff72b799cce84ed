"""The plan's use cases: who may do what and when, what is written with it, what a retry does."""

from datetime import date, timedelta
from uuid import UUID

import msgspec
import pytest

from core.deadlines.obligations import of_subject
from core.features.plan import queries
from core.features.plan.domain import (
    ActivityKind,
    AmendmentKind,
    ItemKind,
    ItemState,
    MeasureState,
    Report,
    YearState,
)
from core.features.plan.service import amending, approval, gathering, implementing, papers, topics
from core.kit.actor import Anonymous, SystemActor
from core.kit.errors import Conflict, Invalid, SignInNeeded
from core.kit.ids import new_id
from core.kit.standing import Standing
from core.rules import Refused
from tests.features.plan.build import approved, content, item, listed_topic, proposed
from tests.features.polls.build import official, open_poll
from tests.features.polls.web.browsing import city_of

ALL = ("plan.view", "plan.propose", "plan.approve", "plan.implement")
YEAR = 2031
"""A year for which the builder of officials makes no list."""


@pytest.fixture
def city(runtime):
    return city_of(runtime, "gubkinsky")


@pytest.fixture
def chief(runtime, city, clock):
    clock.set(clock.now().replace(year=2030))
    return official(runtime, city, *ALL)


def topic(runtime, city, item_id):
    with runtime.work(city, SystemActor("test")) as work:
        return topics.find(work, item_id)


def owed(runtime, city, subject, kind):
    with runtime.work(city, SystemActor("test")) as work:
        return next((one for one in of_subject(work.session, subject) if one.kind == kind), None)


def test_a_year_brings_its_two_days_and_their_clauses(runtime, city, chief):
    with runtime.work(city, chief) as work:
        gathering.begin_year(work, year=YEAR)
        gathering.begin_year(work, year=YEAR)
        found = queries.year_view(work.session, YEAR)
    assert (found.proposals_due, found.approval_due) == (date(2030, 12, 1), date(2030, 12, 25))
    gathered = owed(runtime, city, f"plan_year:{YEAR}", "plan.proposals_due")
    assert gathered.due_on == date(2030, 12, 1)
    assert "п. 3.3" in str(gathered.reasons)
    assert owed(runtime, city, f"plan_year:{YEAR}", "plan.approval_due").due_on.day == 25


def test_strangers_and_other_years(runtime, city, chief):
    with runtime.work(city, Anonymous()) as work, pytest.raises(SignInNeeded):
        gathering.begin_year(work, year=YEAR)
    with runtime.work(city, chief) as work, pytest.raises(Invalid):
        gathering.begin_year(work, year=2029)


def test_numbers_come_with_the_approval_in_the_order_of_the_year(runtime, city, chief, deliver):
    late, early = content(title="Осень", quarter=4), content(title="Весна", quarter=1)
    ids = approved(runtime, city, chief, YEAR, [late, early])
    assert [item(runtime, city, one).number for one in ids] == [2, 1]
    assert topic(runtime, city, ids[0]).standing is Standing.LISTED
    with runtime.work(city, SystemActor("test")) as work:
        year = queries.year_view(work.session, YEAR)
        assert year.state is YearState.APPROVED
        assert [one.id for one in topics.choices(work, "poll", date(YEAR, 5, 5))] == ids[::-1]
        assert topics.choices(work, "campaign", date(YEAR, 5, 5)) == ()
        assert topics.choices(work, "nothing", date(YEAR, 5, 5)) == ()
    assert owed(runtime, city, f"plan_year:{YEAR}", "plan.approval_due").state == "done"
    with runtime.work(city, chief) as work:
        assert approval.approve_year(work, year=YEAR, act_number="2", act_on=work.today) == 0


def test_only_the_named_post_approves(runtime, city, chief):
    made = proposed(runtime, city, chief, YEAR, [content()])
    other = msgspec.structs.replace(chief, posts=("deputy_economy",))
    with runtime.work(city, other) as work:
        approval.send_to_review(work, year=YEAR)
        approval.admit(work, year=YEAR, items=made)
    with runtime.work(city, other) as work, pytest.raises(Refused) as refused:
        approval.approve_year(work, year=YEAR, act_number="1", act_on=work.today)
    assert "п. 3.4" in str(refused.value.decision.grounds)


def test_late_proposals_are_marked_and_after_the_approval_amendments_are_needed(
    runtime, city, chief, clock
):
    with runtime.work(city, chief) as work:
        gathering.begin_year(work, year=YEAR)
    clock.set(clock.now().replace(month=12, day=3))
    with runtime.work(city, chief) as work:
        decision = gathering.check_gathering(work, YEAR)
        assert [c.number for one in decision.advice for c in one.clauses] == ["п. 3.3"]
        one = gathering.propose(work, year=YEAR, content=content())
    with runtime.work(city, chief) as work:
        approval.send_to_review(work, year=YEAR)
        approval.admit(work, year=YEAR, items=[one])
        approval.approve_year(work, year=YEAR, act_number="1", act_on=work.today)
    with runtime.work(city, chief) as work, pytest.raises(Conflict):
        gathering.propose(work, year=YEAR, content=content())


def test_a_decided_topic_that_says_something_else_is_decided_anew(runtime, city, chief):
    (made,) = proposed(runtime, city, chief, YEAR, [content()])
    with runtime.work(city, chief) as work:
        approval.admit(work, year=YEAR, items=[made])
    version = item(runtime, city, made).version
    with runtime.work(city, chief) as work:
        gathering.correct(work, item_id=made, version=version, content=content(phone="5-00-00"))
    assert item(runtime, city, made).state is ItemState.ADMITTED
    with runtime.work(city, chief) as work:
        gathering.correct(work, item_id=made, version=version + 1, content=content(title="Другое"))
    assert item(runtime, city, made).state is ItemState.PROPOSED
    with runtime.work(city, chief) as work, pytest.raises(Conflict):
        gathering.correct(work, item_id=made, version=1, content=content(title="Третье"))


def amend(runtime, city, chief, year, kind, *, why="Так просят жители.", **more):
    with runtime.work(city, chief) as work:
        amendment = amending.propose_amendment(
            work, amendment_id=new_id(), year=year, kind=kind, motivation=why, **more
        )
        return amending.decide(work, amendment_id=amendment, accept=True, act_number="7")


def test_amendments_write_history_that_can_be_shown(runtime, city, chief, clock):
    kept, changed, removed = approved(
        runtime,
        city,
        chief,
        YEAR,
        [content(title="А"), content(title="Б"), content(title="В")],
    )
    first = clock.now().date()
    clock.move(timedelta(days=10))
    added = amend(runtime, city, chief, YEAR, AmendmentKind.ADD, content=content(title="Г"))
    amend(
        runtime,
        city,
        chief,
        YEAR,
        AmendmentKind.CHANGE,
        item_id=changed,
        content=content(title="Б, новая"),
    )
    clock.move(timedelta(days=10))
    amend(runtime, city, chief, YEAR, AmendmentKind.REMOVE, item_id=removed)
    with runtime.work(city, SystemActor("test")) as work:

        def titles(day):
            return [one.content.title for one in queries.entries_on(work.session, YEAR, day)]

        assert titles(first - timedelta(days=1)) == []
        assert titles(first) == ["А", "Б", "В"]
        assert titles(first + timedelta(days=10)) == ["А", "Б, новая", "В", "Г"]
        assert titles(work.today) == ["А", "Б, новая", "Г"]
    assert topic(runtime, city, added).standing is Standing.AMENDED
    assert topic(runtime, city, kept).standing is Standing.LISTED
    assert topic(runtime, city, changed).standing is Standing.LISTED
    assert topic(runtime, city, removed).standing is Standing.UNLISTED
    assert item(runtime, city, added).number == 4


def test_an_amendment_needs_a_reason_and_is_decided_once(runtime, city, chief):
    approved(runtime, city, chief, YEAR, [content()])
    with runtime.work(city, chief) as work, pytest.raises(Refused) as refused:
        amending.propose_amendment(
            work,
            amendment_id=new_id(),
            year=YEAR,
            kind=AmendmentKind.ADD,
            content=content(),
            motivation=" ",
        )
    assert "п. 3.5" in str(refused.value.decision.grounds)
    one = new_id()
    with runtime.work(city, chief) as work:
        for _twice in range(2):
            amending.propose_amendment(
                work,
                amendment_id=one,
                year=YEAR,
                kind=AmendmentKind.ADD,
                content=content(title="Новая"),
                motivation="Нужно.",
            )
    with runtime.work(city, chief) as work:
        made = amending.decide(work, amendment_id=one, accept=True)
        assert amending.decide(work, amendment_id=one, accept=False, note="Поздно") == made
        assert len(queries.items(work.session, YEAR)) == 2


def measure(runtime, city, chief, item_id, measure_id=None, **more):
    measure_id = measure_id or new_id()
    with runtime.work(city, chief) as work:
        implementing.save_measure(
            work,
            item_id=item_id,
            measure_id=measure_id,
            draft=implementing.MeasureDraft(
                **{"title": "Сделать", "due_on": date(YEAR, 6, 1), **more}
            ),
        )
    return measure_id


def events(runtime, city, kind):
    """Payloads of what waits to be delivered of this kind."""
    from core.events import relay

    with runtime.databases.platform() as session:
        waiting = relay.take_due(session, now=runtime.clock.now())
        found = [
            event
            for batch in waiting
            if batch.role == city.role
            for event in relay.read(session, role=batch.role, events=batch.events)
        ]
    return [msgspec.json.decode(one.payload) for one in found if one.kind == kind]


def test_measures_owe_their_day_and_tell_of_their_ideas(runtime, city, chief):
    (one,) = approved(runtime, city, chief, YEAR, [content()])
    idea = new_id()
    made = measure(runtime, city, chief, one, idea_ids=(idea,), responsible_post="utilities_head")
    measure(runtime, city, chief, one, made, idea_ids=(idea,), responsible_post="utilities_head")
    obligation = owed(runtime, city, f"measure:{made}", "plan.measure_due")
    assert (obligation.due_on, obligation.holder_post) == (date(YEAR, 6, 1), "utilities_head")
    assert "п. 3.6" in str(obligation.reasons)
    measure(runtime, city, chief, one, made, due_on=date(YEAR, 7, 1))
    assert owed(runtime, city, f"measure:{made}", "plan.measure_due").due_on.month == 7
    with runtime.work(city, chief) as work:
        version = queries.measure_view(work.session, made).version
        outcome = implementing.Outcome(
            state=MeasureState.DONE, done_on=work.today, spent=118_040_040
        )
        for _twice in range(2):
            implementing.mark(work, measure_id=made, version=version, outcome=outcome)
    assert owed(runtime, city, f"measure:{made}", "plan.measure_due").state == "done"
    told = events(runtime, city, "plan.measure_changed")
    assert [event["state"] for event in told if event["measure_id"] == str(made)][-1] == "done"
    assert told[0]["idea_ids"] == [str(idea)]


def test_the_report_is_due_ten_days_after_the_period(runtime, city, chief):
    (one,) = approved(runtime, city, chief, YEAR, [content()])
    measure(runtime, city, chief, one, due_on=date(YEAR, 6, 2))
    obligation = owed(runtime, city, f"plan_item:{one}", "plan.report_due")
    # The tenth day after 2 June 2031 is the holiday of 12 June.
    assert date(YEAR, 6, 12) <= obligation.due_on <= date(YEAR, 6, 16)
    assert "п. 3.14" in str(obligation.reasons)
    assert item(runtime, city, one).implement_until == date(YEAR, 6, 2)
    measure(runtime, city, chief, one, due_on=date(YEAR, 8, 1))
    assert owed(runtime, city, f"plan_item:{one}", "plan.report_due").due_on > date(YEAR, 8, 10)


def test_a_report_waits_for_every_result_and_is_frozen(runtime, city, chief):
    (one,) = approved(runtime, city, chief, YEAR, [content()])
    made = measure(runtime, city, chief, one, planned=120_000_000)

    def send(work, decision="Двор девятый."):
        report = Report(decision=decision)
        implementing.send_report(
            work,
            item_id=one,
            version=None,
            report=report,
            document=papers.report_now(work, queries.item_view(work.session, one), report),
        )

    with runtime.work(city, chief) as work, pytest.raises(Invalid):
        send(work)
    with runtime.work(city, chief) as work:
        implementing.mark(
            work,
            measure_id=made,
            version=1,
            outcome=implementing.Outcome(
                state=MeasureState.NOT_DONE, done_on=work.today, result="Нет подрядчика."
            ),
        )
        send(work)
        send(work, "Другое решение")
        data = papers.report_data(work, one)
    assert data["decision"] == "Двор девятый."
    assert data["rows"][0]["reason"] == "Нет подрядчика."
    assert data["rows"][0]["planned_money"].replace("\u00a0", " ") == "1 200 000 ₽"
    assert owed(runtime, city, f"plan_item:{one}", "plan.report_due").state == "done"
    with runtime.work(city, chief) as work, pytest.raises(Conflict):
        implementing.save_report(work, item_id=one, version=None, report=Report())


def test_a_poll_tells_its_topic_how_it_stands(runtime, city, clock, deliver):
    clock.set(clock.now().replace(year=2026))
    poll = open_poll(runtime, city)
    deliver()
    with runtime.work(city, SystemActor("test")) as work:
        (held,) = queries.activities(work.session, listed_topic(2026))
    assert (held.kind, held.subject_id, held.state) == (ActivityKind.POLL, poll, "open")
    assert held.path == f"/polls/{poll}"


def test_an_end_is_not_undone_by_a_late_beginning(runtime, city, chief):
    (one,) = approved(runtime, city, chief, YEAR, [content(kind=ItemKind.CAMPAIGN)])
    campaign = new_id()
    with runtime.work(city, SystemActor("test")) as work:
        for state, number in (("closed", 41), ("open", 0), ("summed_up", None)):
            implementing.note_activity(
                work,
                implementing.Activity(
                    kind=ActivityKind.CAMPAIGN,
                    subject_id=campaign,
                    item_id=one,
                    state=state,
                    received=number,
                ),
            )
        (held,) = queries.activities(work.session, one)
    assert (held.state, held.received) == ("summed_up", 41)


def test_ideas_that_have_come_far_may_become_topics(runtime, city, chief):
    idea = new_id()
    with runtime.work(city, SystemActor("test")) as work:
        gathering.note_idea(work, idea_id=idea, state="consideration")
        gathering.note_idea(work, idea_id=idea, state="taken_up")
        assert [one[:2] for one in queries.candidates(work.session)] == [(idea, "taken_up")]
    proposed(runtime, city, chief, YEAR, [content(idea_id=idea)])
    with runtime.work(city, SystemActor("test")) as work:
        assert queries.candidates(work.session) == ()
        gathering.note_idea(work, idea_id=idea, state="done")


def test_refusals_can_point_to_the_list(runtime, city, chief):
    (one,) = approved(runtime, city, chief, YEAR, [content(title="Двор на Лесной улице")])
    made = measure(runtime, city, chief, one, title="Осветить Лесную улицу")
    with runtime.work(city, chief) as work:
        found = [link.reference for link in topics.search_links(work, "Лесной", "")]
        assert f"item:{one}" in found
        assert topics.find_link(work, f"item:{one}").path == f"/plan/{YEAR}/1"
        assert topics.find_link(work, f"measure:{made}").path.endswith(f"#m-{made}")
        assert topics.search_links(work, "", "") == ()
        for nonsense in ("", "item:", f"item:{UUID(int=1)}", "measure:x", f"other:{one}"):
            assert topics.find_link(work, nonsense) is None
