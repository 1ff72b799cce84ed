"""Crediting points: whatever the order, the batches and the repetitions, every act earns once,
balances are the sums of transfers, and no day exceeds its cap."""

import threading
from collections import defaultdict
from datetime import date, timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from core.events import relay
from core.events.outbox import Event
from core.features.bonus import queries
from core.features.bonus.model import BonusAccount, BonusTransfer
from core.features.bonus.service import Earned, credit
from core.kit.actor import SystemActor
from core.kit.ids import new_id
from core.rules import Regulation
from tests.features.polls.build import residents

DAY = date(2026, 6, 15)
ACTS = ("vote", "idea", "comment")
BOUNDED = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def parameter(regulation: Regulation, name: str, on: date) -> int | None:
    """What the city's own regulation says of rewards on a day."""
    value = None
    for entry in sorted(regulation.entries, key=lambda one: one.since):
        if (entry.module, entry.parameter) == ("rewards", name) and entry.since <= on:
            value = entry.value
    assert value is None or isinstance(value, int)
    return value


@pytest.fixture
def capped(runtime):
    """A city that limits the points of a day, and its cap."""
    for city in runtime.registry.all():
        cap = parameter(runtime.regulation(city), "daily_cap", DAY)
        if cap is not None:
            return city, cap
    raise AssertionError("no city of this installation has a cap")


class Ledger:
    """The ledger of one city for one example: its own people, so that examples do not meet."""

    def __init__(self, runtime, city, people: list[UUID]) -> None:
        self.runtime, self.city, self.people = runtime, city, people

    def credit(self, *batches: list[Earned]) -> int:
        total = 0
        for batch in batches:
            with self.runtime.work(self.city, SystemActor("test")) as work:
                total += credit(work, batch)
        return total

    @property
    def transfers(self) -> dict[UUID, tuple[str, date, int]]:
        with self.runtime.work(self.city, SystemActor("test")) as work:
            rows = work.session.execute(
                select(
                    BonusTransfer.id,
                    BonusTransfer.credit,
                    BonusTransfer.booked_on,
                    BonusTransfer.points,
                ).where(BonusTransfer.credit.in_([str(one) for one in self.people]))
            )
            return {row[0]: (row[1], row[2], row[3]) for row in rows}

    @property
    def balances(self) -> dict[str, int]:
        with self.runtime.work(self.city, SystemActor("test")) as work:
            rows = work.session.execute(
                select(BonusAccount.resident_id, BonusAccount.balance).where(
                    BonusAccount.resident_id.in_(self.people)
                )
            )
            return {str(row[0]): row[1] for row in rows if row[1]}

    def check(self, cap: int | None) -> None:
        sums: dict[str, int] = defaultdict(int)
        days: dict[tuple[str, date], int] = defaultdict(int)
        for account, day, points in self.transfers.values():
            sums[account] += points
            days[account, day] += points
        assert self.balances == sums
        assert cap is None or all(points <= cap for points in days.values())
        with self.runtime.work(self.city, SystemActor("test")) as work:
            assert queries.unsound_accounts(work.session) == ()


# An act: who, what, on which day, what was promised.
drafts = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.sampled_from(ACTS),
        st.integers(0, 2),
        st.none() | st.integers(0, 40),
    ),
    min_size=1,
    max_size=12,
)


def acts_of(people, drafted) -> list[Earned]:
    return [
        Earned(
            event=new_id(),
            resident_id=people[who],
            act=act,
            subject="test",
            day=DAY + timedelta(days=later),
            offered=offered,
        )
        for who, act, later, offered in drafted
    ]


def split(acts: list[Earned], cuts: list[int]) -> list[list[Earned]]:
    edges = sorted({0, len(acts), *(cut % (len(acts) + 1) for cut in cuts)})
    return [acts[a:b] for a, b in pairwise(edges)]


@BOUNDED
@given(drafted=drafts, cuts=st.lists(st.integers(0, 12), max_size=4), data=st.data())
def test_any_order_any_batches_any_repetition(runtime, capped, drafted, cuts, data):
    city, cap = capped
    ledger = Ledger(runtime, city, residents(runtime, city, 3))
    acts = acts_of(ledger.people, drafted)
    given_out = ledger.credit(*split(acts, cuts))
    first = ledger.transfers
    ledger.check(cap)
    assert given_out == sum(points for _account, _day, points in first.values())
    # The same again, in any order, mixed with itself: nothing is earned twice, nothing is lost.
    again = data.draw(st.lists(st.sampled_from(acts), max_size=20))
    assert ledger.credit(*split(again, cuts), acts) == 0
    assert ledger.transfers == first
    ledger.check(cap)


@BOUNDED
@given(drafted=drafts, where=st.integers(0, 12), data=st.data())
def test_repeats_among_new_acts_take_nothing_from_them(runtime, capped, drafted, where, data):
    """New acts earn the same, whether or not old ones are offered once more together with them."""
    city, cap = capped
    clean = Ledger(runtime, city, residents(runtime, city, 3))
    noisy = Ledger(runtime, city, residents(runtime, city, 3))
    earned = []
    for ledger in (clean, noisy):
        acts = acts_of(ledger.people, drafted)
        old, new = acts[: where % len(acts)], acts[where % len(acts) :]
        ledger.credit(old)
        if ledger is noisy and old:
            new = [*new, *data.draw(st.lists(st.sampled_from(old), min_size=1, max_size=5))]
            new += new[:2]
        earned.append(ledger.credit(new))
        ledger.check(cap)
    assert earned[0] == earned[1]


def test_the_cap_holds_for_batches_at_the_same_time(runtime, capped):
    """Several workers credit the same person on the same day."""
    city, cap = capped
    (person,) = residents(runtime, city, 1)
    ledger = Ledger(runtime, city, [person])
    acts = acts_of([person], [(0, "vote", 0, max(1, cap // 2))] * 16)
    start = threading.Barrier(4)
    failures: list[BaseException] = []

    def run(share: list[Earned]) -> None:
        start.wait()
        try:
            for act in share:
                ledger.credit([act])
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=(acts[n::4],)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    ledger.check(cap)
    assert ledger.balances[str(person)] == cap


def test_batches_of_the_same_people_in_other_orders_do_not_lock_each_other(runtime, capped):
    city, cap = capped
    people = residents(runtime, city, 8)
    ledger = Ledger(runtime, city, people)
    start = threading.Barrier(4)
    failures: list[BaseException] = []

    def run(order: list[int]) -> None:
        start.wait()
        try:
            for _ in range(5):
                acts = [
                    Earned(
                        event=new_id(),
                        resident_id=people[n],
                        act="vote",
                        subject="test",
                        day=DAY,
                        offered=1,
                    )
                    for n in order
                ]
                ledger.credit(acts)
        except BaseException as error:
            failures.append(error)

    orders = [list(range(8)), list(range(7, -1, -1)), [3, 1, 4, 0, 5, 2, 6, 7], [7, 0, 6, 1, 5, 2]]
    threads = [threading.Thread(target=run, args=(order,)) for order in orders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    ledger.check(cap)


def test_a_city_without_a_tariff_gives_nothing(runtime):
    for city in runtime.registry.all():
        regulation = runtime.regulation(city)
        for act, name in zip(ACTS, ("vote", "idea", "comment"), strict=True):
            tariff = parameter(regulation, f"points_per_{name}", DAY)
            ledger = Ledger(runtime, city, residents(runtime, city, 1))
            ledger.credit(acts_of(ledger.people, [(0, act, 0, None)]))
            cap = parameter(regulation, "daily_cap", DAY)
            due = min(tariff or 0, cap) if cap is not None else tariff or 0
            assert sum(ledger.balances.values()) == due, (city.slug, act)


def test_through_receipts_an_event_counts_once(runtime, city):
    """As the worker does it: receipts let through only what this handler has not had."""
    (person,) = residents(runtime, city, 1)
    ledger = Ledger(runtime, city, [person])
    (act,) = acts_of([person], [(0, "vote", 0, 1)])
    event = Event(act.event, "polls.ballot_cast", b"{}", runtime.clock.now())  # type: ignore[arg-type]
    for round_ in range(3):
        with runtime.work(city, SystemActor("test")) as work:
            fresh = relay.unhandled(work.session, handler="test", events=[event])
            assert len(fresh) == (1 if round_ == 0 else 0)
            credit(work, [act] if fresh else [])
    assert sum(ledger.balances.values()) == 1
