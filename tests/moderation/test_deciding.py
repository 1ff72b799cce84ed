"""Publishing and refusing: one transaction, two people, and nothing twice."""

import threading
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from core.audit.model import DecisionEntry
from core.kit.errors import Conflict, Invalid
from core.kit.ids import new_id
from core.moderation import deciding, queries, service
from core.moderation.domain import GroundChosen, QueueFilter, State
from core.rules import Refused
from tests.features.polls.build import official, resident
from tests.moderation import build
from tests.moderation.build import (
    APPROVE,
    BODY,
    KIND,
    LINK,
    OBSCENE,
    REVIEW,
    journal,
    kinds,
    moderators,
    notices,
    refused,
    submitted,
)


@pytest.fixture
def two(runtime, city):
    return moderators(runtime, city)


@pytest.fixture
def perm(runtime):
    return next(one for one in runtime.registry.all() if one.slug == "perm")


def state_of(work, city, item):
    with work(city) as w:
        found = queries.item(w.session, item)
        assert found is not None
        return found.state


def test_publishing_shows_it_once(runtime, work, city, two):
    item = submitted(runtime, city)
    for again in (True, False):
        with work(city, two[0]) as w:
            assert deciding.publish(w, item, kinds=kinds()) is again
    with work(city) as w:
        assert journal(w, "test.published") == journal(w, "moderation.published") == 1
    assert state_of(work, city, item) is State.PUBLISHED


def test_what_is_seen_already_is_left_alone(runtime, work, city, two):
    key = "comments.comment"
    item = submitted(runtime, city, kind=key)
    with work(city, two[0]) as w:
        deciding.publish(w, item, kinds=kinds(key=key))
    with work(city) as w:
        assert journal(w, "test.published") == 0
        assert journal(w, "moderation.published") == 1


def test_many_at_once_pass_over_what_somebody_else_is_at(runtime, work, city, two):
    items = [submitted(runtime, city, title=f"Идея {place}") for place in range(5)]
    with work(city, two[1]) as w:
        assert deciding.claim(w, items[1]).mine
        deciding.publish(w, items[2], kinds=kinds())
    with work(city, two[0]) as w:
        came = deciding.publish_many(w, [*items, items[0], new_id()], kinds=kinds())
    assert set(came.done) == {items[0], items[2], items[3], items[4]}
    (skipped,) = came.skipped
    assert skipped.item_id == items[1]
    assert "Модератор 2" in skipped.why.ru
    assert state_of(work, city, items[1]) is State.WAITING


def test_a_letter_takes_two_people(runtime, work, city, two):
    item = submitted(runtime, city)
    with work(city, two[0]) as w:
        assert (
            deciding.write_letter(w, item, grounds=OBSCENE, body=BODY, kinds=kinds())
            is State.WRITTEN
        )
    with work(city) as w:
        assert journal(w, "test.refused") == 0
        assert not notices(w, "moderation.refused")
    with work(city, two[0]) as w, pytest.raises(Conflict):
        deciding.approve_letter(w, item, body=BODY, kinds=kinds())
    with work(city, two[1]) as w:
        letter_id = deciding.approve_letter(w, item, body=BODY + " Исправлено.", kinds=kinds())
    with work(city) as w:
        letter = service.letter(w.session, letter_id)
        assert letter.number == 1
        assert (letter.written, letter.body) == (BODY, BODY + " Исправлено.")
        assert [ground.clause for ground in letter.grounds] == ["п. 3.8(1)"]
        assert letter.written_name == "Модератор 1"
        assert letter.approved_name == "Модератор 2"
        assert letter.signer_post
        assert letter.look_until is None
        (notice,) = notices(w, "moderation.refused")
        assert notice.recipient_id == letter.addressee_id
        assert journal(w, "test.refused") == journal(w, "moderation.refused") == 1
        (decided,) = w.session.scalars(
            select(DecisionEntry).where(DecisionEntry.point == "moderation.may_refuse")
        )
        assert decided.value is True


def test_one_step_where_the_city_says_so(runtime, work, perm):
    (person,) = moderators(runtime, perm, 1)
    item = submitted(runtime, perm)
    with work(perm, person) as w:
        for _twice in range(2):
            state = deciding.write_letter(w, item, grounds=OBSCENE, body=BODY, kinds=kinds())
            assert state is State.REFUSED
    with work(perm) as w:
        letter = service.letter(w.session, item)
        assert letter.look_until == w.today + timedelta(days=14)
        assert journal(w, "test.refused") == 1


@pytest.mark.parametrize("where", ["feature", "notice"])
def test_a_failure_leaves_no_letter_no_notice_and_no_number(
    runtime, work, city, two, where, monkeypatch
):
    item = submitted(runtime, city)
    with work(city, two[0]) as w:
        deciding.write_letter(w, item, grounds=OBSCENE, body=BODY, kinds=kinds())
    broken = kinds(refusing=build.break_down) if where == "feature" else kinds()
    if where == "notice":

        def fail(*_args, **_more):
            raise build.Broken

        monkeypatch.setattr(deciding, "tell", fail)
    with pytest.raises(build.Broken), work(city, two[1]) as w:
        deciding.approve_letter(w, item, body=BODY, kinds=broken)
    monkeypatch.undo()
    assert state_of(work, city, item) is State.WRITTEN
    with work(city) as w:
        assert queries.letter(w.session, item) is None
        assert not notices(w, "moderation.refused")
        assert journal(w, "test.refused") == journal(w, "moderation.refused") == 0
    with work(city, two[1]) as w:
        deciding.approve_letter(w, item, body=BODY, kinds=kinds())
    with work(city) as w:
        assert service.letter(w.session, item).number == 1


def test_the_database_refuses_a_refusal_without_its_letter(runtime, work, city, two):
    item, other = submitted(runtime, city), refused(runtime, city, *two)
    for change in (
        "state = 'refused'",
        f"state = 'refused', letter_id = '{other}'",
        f"letter_id = '{item}'",
    ):
        with pytest.raises(IntegrityError), work(city) as w:
            w.session.execute(
                text(f"UPDATE moderation_item SET {change} WHERE id = :item"), {"item": item}
            )


@pytest.mark.parametrize(
    ("grounds", "body", "field"),
    [
        ((), BODY, "grounds"),
        ((GroundChosen("unheard_of"),), BODY, "grounds"),
        ((GroundChosen("duplicate"),), BODY, "grounds"),
        ((GroundChosen("already_planned"),), BODY, "grounds"),
        (OBSCENE, "", "body"),
        (OBSCENE, "   ", "body"),
    ],
)
def test_what_the_rule_does_not_allow_is_not_written(
    runtime, work, city, two, grounds, body, field
):
    item = submitted(runtime, city)
    with pytest.raises(Refused) as problem, work(city, two[0]) as w:
        deciding.write_letter(w, item, grounds=grounds, body=body, kinds=kinds())
    assert list(problem.value.fields) == [field]
    assert problem.value.decision.clauses
    assert state_of(work, city, item) is State.WAITING


def test_several_grounds_with_a_link(runtime, work, city, two):
    grounds = (*OBSCENE, GroundChosen("duplicate", LINK))
    item = refused(runtime, city, *two, grounds=grounds)
    with work(city) as w:
        letter = service.letter(w.session, item)
        assert [one.clause for one in letter.grounds] == ["п. 3.8(1)", "п. 3.8(7)"]
        assert letter.grounds[1].link == LINK


def test_a_letter_that_is_too_long_is_not_kept(runtime, work, city, two):
    item = submitted(runtime, city)
    with pytest.raises(Invalid), work(city, two[0]) as w:
        deciding.save_letter(w, item, grounds=OBSCENE, body="ы" * 6001)


def test_the_editor_returns_a_letter_and_gets_it_again(runtime, work, city, two):
    item = submitted(runtime, city)
    with work(city, two[0]) as w:
        deciding.write_letter(w, item, grounds=OBSCENE, body=BODY, kinds=kinds())
    with work(city, two[1]) as w:
        with pytest.raises(Invalid):
            deciding.return_letter(w, item, note=" ")
        for _twice in range(2):
            deciding.return_letter(w, item, note="Мягче, пожалуйста.")
    with work(city) as w:
        draft = queries.draft_view(w.session, item)
        assert draft is not None
        assert (draft.state, draft.note, draft.before) == ("returned", "Мягче, пожалуйста.", BODY)
        (notice,) = notices(w, "moderation.returned")
        assert notice.recipient_id == two[0].id
    with work(city, two[1]) as w, pytest.raises(Conflict):
        deciding.approve_letter(w, item, body=BODY, kinds=kinds())
    with work(city, two[0]) as w:
        deciding.write_letter(w, item, grounds=OBSCENE, body="Мягко.", kinds=kinds())
    with work(city, two[1]) as w:
        deciding.approve_letter(w, item, body="Мягко.", kinds=kinds())
    assert state_of(work, city, item) is State.REFUSED


def test_a_letter_is_taken_back_by_whoever_wrote_it(runtime, work, city, two):
    item = submitted(runtime, city)
    with work(city, two[0]) as w:
        deciding.write_letter(w, item, grounds=OBSCENE, body=BODY, kinds=kinds())
        for _twice in range(2):
            deciding.take_back(w, item)
    with work(city, two[1]) as w:
        deciding.publish(w, item, kinds=kinds())
    with work(city, two[0]) as w, pytest.raises(Conflict):
        deciding.take_back(w, item)


def test_only_those_with_the_right_decide(runtime, work, city, two):
    item = submitted(runtime, city)
    nobody = official(runtime, city, "desk.enter", but_not=(REVIEW, APPROVE))
    with work(city, nobody) as w:
        for attempt in (
            lambda: deciding.publish(w, item, kinds=kinds()),
            lambda: deciding.publish_many(w, [item], kinds=kinds()),
            lambda: deciding.write_letter(w, item, grounds=OBSCENE, body=BODY, kinds=kinds()),
            lambda: deciding.approve_letter(w, item, body=BODY, kinds=kinds()),
            lambda: deciding.return_letter(w, item, note="Нет"),
        ):
            with pytest.raises(Refused):
                attempt()


def test_an_item_is_left_to_whoever_opened_it_until_it_lapses(runtime, work, city, two, clock):
    item = submitted(runtime, city)
    with work(city, two[0]) as w:
        assert deciding.claim(w, item).mine
    with work(city, two[1]) as w:
        claim = deciding.claim(w, item)
        assert (claim.mine, claim.holder) == (False, "Модератор 1")
        with pytest.raises(Conflict) as problem:
            deciding.publish(w, item, kinds=kinds())
        assert problem.value.status == 409
        assert "Модератор 1" in problem.value.title.ru
    clock.move(deciding.HELD_FOR)
    with work(city, two[1]) as w:
        assert deciding.claim(w, item).mine
        deciding.publish(w, item, kinds=kinds())
    with work(city, two[0]) as w, pytest.raises(Conflict):
        deciding.write_letter(w, item, grounds=OBSCENE, body=BODY, kinds=kinds())


def test_the_next_item_is_one_that_is_free(runtime, work, city, two, clock):
    items = []
    for place in range(4):
        items.append(submitted(runtime, city, title=str(place)))
        clock.move(timedelta(minutes=1))
    with work(city, two[1]) as w:
        deciding.claim(w, items[1])
    with work(city, two[0]) as w:
        where = QueueFilter(kinds=(KIND,))
        now, me = w.now, two[0].id

        def after(place):
            last = queries.item(w.session, items[place])
            return queries.next_after(w.session, where, last, now=now, me=me)

        assert after(0) == items[2]
        assert after(3) == items[0]
        assert [one.id for one in queries.queue(w.session, where)] == items


def _at_the_same_time(*runs):
    gate = threading.Barrier(len(runs))
    came: list[object] = []

    def start(run):
        gate.wait()
        try:
            came.append(run())
        except Exception as error:
            came.append(error)

    threads = [threading.Thread(target=start, args=(run,)) for run in runs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return came


def test_two_editors_approve_at_once_and_one_letter_leaves(runtime, work, city):
    writer, *editors = moderators(runtime, city, 3)
    item = submitted(runtime, city)
    with work(city, writer) as w:
        deciding.write_letter(w, item, grounds=OBSCENE, body=BODY, kinds=kinds())

    def approve(editor):
        def run():
            with runtime.work(city, editor) as w:
                return deciding.approve_letter(w, item, body=BODY, kinds=kinds())

        return run

    came = _at_the_same_time(*(approve(editor) for editor in editors))
    assert sum(isinstance(one, UUID) for one in came) == 1
    (other,) = [one for one in came if not isinstance(one, UUID)]
    assert isinstance(other, Conflict)
    with work(city) as w:
        assert journal(w, "test.refused") == 1
        assert len(notices(w, "moderation.refused")) == 1


def test_publishing_and_refusing_at_once_come_to_one_thing(runtime, work, city):
    writer, editor, third = moderators(runtime, city, 3)
    item = submitted(runtime, city)
    with work(city, writer) as w:
        deciding.write_letter(w, item, grounds=OBSCENE, body=BODY, kinds=kinds())

    def approve():
        with runtime.work(city, editor) as w:
            return deciding.approve_letter(w, item, body=BODY, kinds=kinds())

    def publish():
        with runtime.work(city, third) as w:
            return deciding.publish(w, item, kinds=kinds())

    came = _at_the_same_time(approve, publish)
    assert sum(isinstance(one, Conflict) for one in came) == 1
    with work(city) as w:
        assert (journal(w, "test.refused"), journal(w, "test.published")) == (1, 0)


def test_numbers_of_letters_sent_at_once_have_no_gaps(runtime, work, city):
    writer, *editors = moderators(runtime, city, 4)
    items = [submitted(runtime, city) for _ in editors]
    with work(city, writer) as w:
        for item in items:
            deciding.write_letter(w, item, grounds=OBSCENE, body=BODY, kinds=kinds())

    def approve(editor, item):
        def run():
            with runtime.work(city, editor) as w:
                return deciding.approve_letter(w, item, body=BODY, kinds=kinds())

        return run

    _at_the_same_time(*(approve(*pair) for pair in zip(editors, items, strict=True)))
    with work(city) as w:
        assert sorted(service.letter(w.session, item).number for item in items) == [1, 2, 3]


def test_numbers_begin_anew_with_the_year(runtime, work, city, two, clock):
    first = refused(runtime, city, *two)
    clock.move(timedelta(days=300))
    second = refused(runtime, city, *two)
    with work(city) as w:
        letters = [service.letter(w.session, one) for one in (first, second)]
    assert [(one.number, one.signed_on.year) for one in letters] == [(1, 2026), (1, 2027)]


def test_the_author_history_counts(runtime, work, city, two):
    with work(city) as w:
        author = resident(w)
    refused(runtime, city, *two, item=submitted(runtime, city, author=author))
    item = submitted(runtime, city, author=author)
    with work(city, two[0]) as w:
        deciding.publish(w, item, kinds=kinds())
    latest = submitted(runtime, city, author=author)
    with work(city) as w:
        assert queries.refusals_of(w.session, author) == 1
        assert queries.published_of(w.session, author) == 1
        assert len(queries.decided_of(w.session, author, except_for=latest)) == 2
