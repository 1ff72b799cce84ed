"""Events: they exist if their transaction does, reach their city only, and take effect once."""

import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text

from core.events.dead import dead_events, resend, waiting_events
from core.events.receipts import KEPT, trim_receipts
from core.events.relay import take_due
from core.feature import deliver_events
from tests.events.conftest import Rang


def take(runtime, most=500):
    with runtime.databases.platform() as session:
        return take_due(session, now=runtime.clock.now(), most=most)


def test_an_event_exists_if_and_only_if_its_transaction_commits(work, city, outbox):
    with pytest.raises(ZeroDivisionError), work(city) as w:
        w.emit("bell.rang", Rang(1)), 1 / 0
    assert outbox() == []
    with work(city) as w:
        w.emit("bell.rang", Rang(1))
    assert outbox() == [("bell.rang", city.role)]


def test_every_handler_of_a_kind_gets_the_event_and_then_it_is_gone(
    bell, ring, city, deliver, heard, outbox
):
    event = ring(city)
    assert deliver() == 2  # the bell and its echo, which nobody handles
    assert heard(city) == heard(city, "bell.echoed") == [str(event)]
    assert outbox() == []


def test_an_event_is_handled_in_its_own_city_only(
    bell, ring, city, other_city, runtime, deliver, heard
):
    event = ring(city)
    assert deliver_events(runtime, other_city.role, [event]) == 0
    assert bell.calls == []
    deliver()
    assert heard(city) == [str(event)]
    assert heard(other_city) == []


def test_cities_are_served_side_by_side(bell, ring, city, other_city, deliver, heard):
    events = {each.role: [str(ring(each)) for _ in range(3)] for each in (city, other_city)}
    deliver()
    assert heard(city) == events[city.role]
    assert heard(other_city) == events[other_city.role]
    assert ("hear", city.slug, 3) in bell.calls


def test_a_role_without_a_city_is_an_error(runtime):
    with pytest.raises(LookupError, match="t_999"):
        deliver_events(runtime, "t_999", [uuid4()])


def test_a_message_delivered_twice_takes_effect_once(bell, ring, city, runtime, heard):
    event = ring(city)
    take(runtime)
    for _ in range(2):
        deliver_events(runtime, city.role, [event])
    assert heard(city) == [str(event)]


def test_two_workers_at_the_same_time_take_effect_once(bell, ring, city, runtime, heard):
    events = [ring(city) for _ in range(20)]
    barrier = threading.Barrier(3)

    def work_on_it():
        barrier.wait()
        deliver_events(runtime, city.role, events)

    threads = [threading.Thread(target=work_on_it) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(heard(city)) == sorted(map(str, events))


def test_a_handler_that_failed_leaves_no_receipt_and_no_trace(
    bell, ring, city, runtime, heard, clock
):
    event = ring(city, bad=True)
    assert deliver_events(runtime, city.role, [event]) == 0
    assert heard(city) == []
    assert heard(city, "bell.echoed") == [str(event)]  # the other handler had its own transaction
    bell.mend = True
    assert deliver_events(runtime, city.role, [event]) == 1
    assert heard(city) == heard(city, "bell.echoed") == [str(event)]


def test_one_bad_event_holds_up_no_other(bell, ring, city, runtime, heard, outbox):
    good = [ring(city) for _ in range(3)]
    bad = ring(city, bad=True)
    more = [ring(city) for _ in range(3)]
    assert deliver_events(runtime, city.role, [*good, bad, *more]) == 6
    assert heard(city) == [str(event) for event in (*good, *more)]
    assert ("bell.rang", city.role) in outbox()


def test_an_event_of_a_later_hour_waits_for_it(bell, ring, city, deliver, clock, heard):
    event = ring(city, due_at=clock.now() + timedelta(days=3))
    assert deliver() == 0
    clock.move(timedelta(days=3))
    assert deliver() > 0
    assert heard(city) == [str(event)]


def test_an_event_of_no_interest_to_anybody_is_let_go(work, city, deliver, outbox, bell):
    with work(city) as w:
        w.emit("bell.unheard_of", Rang(1))
    assert deliver() == 1
    assert outbox() == []


# The relay.


def test_what_was_taken_is_offered_again_after_growing_pauses(ring, city, runtime, clock):
    ring(city)
    waited = []
    for _ in range(5):
        assert len(take(runtime)) == 1
        seconds = 0
        while not take(runtime):
            clock.move(timedelta(seconds=15))
            seconds += 15
        waited.append(seconds)
        clock.move(timedelta(hours=3))
    assert waited[0] == 15
    assert waited == sorted(waited)
    assert waited[-1] > 100


def test_what_the_relay_takes_comes_back_if_handing_over_fails(ring, city, runtime):
    def hand_over():
        with runtime.databases.platform() as session:
            assert take_due(session, now=runtime.clock.now())
            raise ConnectionError("Redis is away")

    ring(city)
    with pytest.raises(ConnectionError):
        hand_over()
    assert len(take(runtime)) == 1


def test_two_schedulers_never_take_the_same(ring, city, other_city, runtime):
    for _ in range(10):
        ring(city)
        ring(other_city)
    with runtime.databases.platform() as first:
        here = take_due(first, now=runtime.clock.now(), most=12)
        with runtime.databases.platform() as second:
            there = take_due(second, now=runtime.clock.now(), most=12)
    taken = [event for due in (*here, *there) for event in due.events]
    assert len(taken) == len(set(taken)) == 20


def test_events_of_one_city_travel_together_in_order(ring, city, other_city, runtime):
    mine = [ring(city), ring(city)]
    theirs = [ring(other_city)]
    due = {one.role: one.events for one in take(runtime)}
    assert due == {city.role: tuple(mine), other_city.role: tuple(theirs)}


# The dead.


def test_an_event_that_keeps_failing_dies_and_can_be_sent_again(
    bell, ring, city, runtime, clock, heard, outbox
):
    event = ring(city, bad=True)
    for _ in range(12):
        for due in take(runtime):
            deliver_events(runtime, due.role, due.events)
        clock.move(timedelta(days=1))
    assert ("bell.rang", city.role) not in outbox()
    with runtime.databases.platform() as session:
        (dead,) = dead_events(session)
    assert (dead.id, dead.role, dead.kind) == (event, city.role, "bell.rang")
    assert "this bell is cracked" in dead.error

    bell.mend = True
    with runtime.databases.platform() as session:
        assert resend(session, now=clock.now(), events=[uuid4()]) == 0
        assert resend(session, now=clock.now(), events=[event]) == 1
    for due in take(runtime):
        deliver_events(runtime, due.role, due.events)
    assert heard(city) == heard(city, "bell.echoed") == [str(event)]


def test_all_dead_events_can_be_sent_again_at_once(owner, runtime, city):
    for _ in range(3):
        owner.execute(
            "INSERT INTO platform.outbox_dead (id, role, kind, payload, error)"
            " VALUES (gen_random_uuid(), %s, 'x', '{}', 'e')",
            (city.role,),
        )
    with runtime.databases.platform() as session:
        assert resend(session, now=runtime.clock.now()) == 3
        assert dead_events(session) == ()


def test_what_waits_is_counted_by_city_and_kind(ring, city, runtime, clock):
    ring(city)
    ring(city, due_at=clock.now() + timedelta(hours=1))
    with runtime.databases.platform() as session:
        (waiting,) = waiting_events(session, now=clock.now())
    assert (waiting.role, waiting.kind, waiting.due, waiting.later) == (
        city.role,
        "bell.rang",
        1,
        1,
    )


# Receipts.


def test_old_receipts_are_forgotten_a_portion_at_a_time(owner, runtime, city, clock):
    old = clock.now() - KEPT - timedelta(days=1)
    for handled_at in (old, old, old, clock.now()):
        owner.execute(
            f"INSERT INTO {city.role}.event_receipt VALUES (gen_random_uuid(), 'h', %s)",
            (handled_at,),
        )
    with runtime.databases.session(city.role) as session:
        assert trim_receipts(session, now=clock.now(), most=2) == 2
        assert trim_receipts(session, now=clock.now()) == 1
        assert session.execute(text("SELECT count(*) FROM event_receipt")).scalar_one() == 1
