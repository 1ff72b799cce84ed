"""Support given and taken back by many at once: counters are exact, nobody waits for ever, nobody
counts twice."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import pairwise
from random import Random
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from core.features.ideas.domain import FOLLOWS, SLOTS, State, differences, may_become, slot_of
from core.features.ideas.model import IdeaSupport
from core.features.ideas.queries import desk, one
from core.features.ideas.service import supporting, writing
from core.kit.actor import ResidentActor
from core.kit.errors import Conflict, NotFound
from tests.features.ideas import build


def rows(work: Any, city: Any, idea: UUID) -> int:
    with work(city) as w:
        return int(
            w.session.scalar(
                select(func.count()).select_from(IdeaSupport).where(IdeaSupport.idea_id == idea)
            )
        )


def test_many_at_once(runtime, city, work, deliver) -> None:
    ideas = [build.published(runtime, city) for _ in range(2)]
    people = build.residents(runtime, city, 24)
    acts = [(idea, person) for idea in ideas for person in people] * 3
    Random(3).shuffle(acts)

    def act(one_: tuple[UUID, UUID]) -> bool:
        return supporting.support(runtime, city, idea_id=one_[0], resident_id=one_[1]).repeated

    with ThreadPoolExecutor(6) as pool:
        repeated = list(pool.map(act, acts))
    assert repeated.count(False) == 48
    deliver()
    for idea in ideas:
        assert rows(work, city, idea) == 24
        assert build.view(runtime, city, idea).supports == 24
        with work(city) as w:
            assert one.live_supports(w.session, idea) == 24


def test_to_and_fro(runtime, city, work, deliver) -> None:
    idea = build.published(runtime, city)
    people = build.residents(runtime, city, 8)
    dice = Random(5)
    acts = [(dice.random() < 0.6, dice.choice(people)) for _ in range(200)]

    def act(one_: tuple[bool, UUID]) -> None:
        give = supporting.support if one_[0] else supporting.take_back
        give(runtime, city, idea_id=idea, resident_id=one_[1])

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(act, acts))
    deliver()
    with work(city) as w:
        assert one.live_supports(w.session, idea) == rows(work, city, idea)
    assert build.view(runtime, city, idea).supports == rows(work, city, idea)


def test_one_person_in_many_tabs(runtime, city, work) -> None:
    idea = build.published(runtime, city)
    (person,) = build.residents(runtime, city, 1)
    with ThreadPoolExecutor(6) as pool:
        receipts = list(
            pool.map(
                lambda _: supporting.support(runtime, city, idea_id=idea, resident_id=person),
                range(12),
            )
        )
    assert [one_.repeated for one_ in receipts].count(False) == 1
    assert rows(work, city, idea) == 1


def test_support_while_the_threshold_is_passed(runtime, city, work, deliver) -> None:
    idea = build.published(runtime, city)
    people = build.residents(runtime, city, 110)
    build.support(runtime, city, idea, people[:95])

    def late(person: UUID) -> None:
        try:
            supporting.support(runtime, city, idea_id=idea, resident_id=person)
        except Conflict:
            return

    with ThreadPoolExecutor(4) as pool:
        futures = [pool.submit(late, person) for person in people[95:]]
        futures.append(pool.submit(deliver))
        for future in futures:
            future.result()
    deliver()
    found = build.view(runtime, city, idea)
    assert found.state is State.CONSIDERATION
    assert found.supports == rows(work, city, idea)


def test_a_change_of_text_and_a_supporter_never_cross(runtime, city, work) -> None:
    (author,) = build.residents(runtime, city, 1)
    for _ in range(4):
        idea = build.published(runtime, city, author=author)
        (person,) = build.residents(runtime, city, 1)

        def change(idea: UUID = idea) -> bool:
            try:
                with work(city, ResidentActor(author)) as w:
                    writing.edit(
                        w,
                        author_id=author,
                        idea_id=idea,
                        draft=build.draft(city, title="Другой заголовок"),
                    )
            except Conflict:
                return False
            return True

        def give(idea: UUID = idea, person: UUID = person) -> bool:
            try:
                supporting.support(runtime, city, idea_id=idea, resident_id=person)
            except (Conflict, NotFound):
                return False
            return True

        with ThreadPoolExecutor(2) as pool:
            changed, given_ = pool.submit(change), pool.submit(give)
            assert changed.result() != given_.result()


def test_not_collecting(runtime, city, clock) -> None:
    idea = build.published(runtime, city)
    (person,) = build.residents(runtime, city, 1)
    clock.move(timedelta(days=92))
    with pytest.raises(Conflict):
        supporting.support(runtime, city, idea_id=idea, resident_id=person)


def test_people_support_what_the_city_considers_until_the_term_ends(runtime, city, clock) -> None:
    idea = build.considered(runtime, city)
    one_, other = build.residents(runtime, city, 2)
    receipt = supporting.support(runtime, city, idea_id=idea, resident_id=one_)
    assert receipt.supported
    assert not receipt.repeated
    clock.move(timedelta(days=92))
    with pytest.raises(Conflict):
        supporting.support(runtime, city, idea_id=idea, resident_id=other)


def test_recounting_gives_the_same_slots(runtime, city, work) -> None:
    idea = build.published(runtime, city)
    people = build.residents(runtime, city, 20)
    build.support(runtime, city, idea, people)
    from core.features.ideas.model import IdeaSupportCount

    def slots() -> dict[int, int]:
        with work(city) as w:
            return {
                slot: n
                for slot, n in w.session.execute(
                    select(IdeaSupportCount.slot, IdeaSupportCount.supports).where(
                        IdeaSupportCount.idea_id == idea
                    )
                )
                if n
            }

    before = slots()
    with work(city) as w:
        desk.recount(w.session, idea)
    assert slots() == before


@given(st.uuids())
def test_a_slot_is_within_bounds(person: UUID) -> None:
    assert 0 <= slot_of(person) < SLOTS


@given(st.lists(st.sampled_from(State), max_size=12))
def test_a_walk_over_the_states(wishes: list[State]) -> None:
    state, seen = State.DRAFT, [State.DRAFT]
    for wanted in wishes:
        if may_become(state, wanted):
            state = wanted
            seen.append(state)
    for before, after in pairwise(seen):
        assert after in FOLLOWS[before]
    if State.DONE in seen:
        assert State.TAKEN_UP in seen
    if {State.TAKEN_UP, State.DECLINED, State.MERGED} & set(seen):
        assert State.COLLECTING in seen
    for final in (State.DONE, State.WITHDRAWN, State.MERGED):
        assert not FOLLOWS[final]


@given(st.text("абв \n", max_size=40), st.text("абв \n", max_size=40))
def test_differences_hold_both_texts(before: str, after: str) -> None:
    pieces = differences(before, after)
    assert "".join(text for kind, text in pieces if kind != "new") == before
    assert "".join(text for kind, text in pieces if kind != "gone") == after
