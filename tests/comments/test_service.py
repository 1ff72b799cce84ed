"""Writing, answering, mending and taking back; publishing and hiding; each once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from uuid import uuid4

import msgspec
import pytest
from sqlalchemy import select

from core.audit.model import AuditEntry
from core.comments import own_data, service
from core.comments.domain import LONGEST, RefusalShown, State
from core.comments.model import CommentRow
from core.comments.threads import counts
from core.identity.limits import TooMany
from core.identity.model import Resident
from core.kit.actor import Anonymous, ResidentActor
from core.kit.errors import Conflict, Forbidden, Invalid, NotFound, SignInNeeded
from core.kit.level import Level
from core.rules import Refused
from tests.comments.build import neighbour
from tests.features.polls.build import official


@pytest.fixture
def write(work, city, benches, bench):
    """`write(actor, "text")` posts a comment in a transaction of its own."""

    def post(actor, body="Хорошая скамейка.", *, parent=None, key=None, hold=False, on=None):
        with work(city, actor) as w:
            return service.post(
                w,
                benches.commentable,
                on or bench,
                body=body,
                key=key or uuid4().hex,
                parent_id=parent,
                hold=hold,
            )

    return post


@pytest.fixture
def total(work, city, bench):
    def read():
        with work(city) as w:
            return counts(w.session, "test.bench", [bench])[bench]

    return read


def row(work, city, comment_id):
    with work(city) as w:
        found = w.session.get_one(CommentRow, comment_id)
        w.session.expunge(found)
        return found


def kinds(events):
    """What was announced, but for the counts."""
    return [one.kind for one in events if one.kind != "comments.counted"]


def test_a_comment_is_published_and_announced_once(work, city, benches, bench, anna, total):
    with work(city, anna) as w:
        posted = service.post(
            w, benches.commentable, bench, body="  Поставьте\r\nурну  ", key="k", hold=False
        )
        event, counted = sorted(w.waiting_events, key=lambda one: one.kind, reverse=True)
    assert posted.state is State.PUBLISHED
    assert event.kind == "comments.published"
    assert msgspec.json.decode(event.payload) == {
        "comment_id": str(posted.id),
        "kind": "test.bench",
        "subject_id": str(bench),
        "author_id": str(anna.id),
        "day": "2026-06-15",
        "parent_id": None,
    }
    assert msgspec.json.decode(counted.payload) == {"kind": "test.bench", "subject_id": str(bench)}
    assert row(work, city, posted.id).body == "Поставьте\nурну"
    assert total() == 1


def test_a_double_click_is_one_comment(write, anna, boris, total):
    first = write(anna, "Раз", key="same")
    again = write(anna, "Раз", key="same")
    assert (again.id, again.repeated) == (first.id, True)
    # The back button keeps the key of a form: other words are another comment.
    assert write(anna, "Два", key="same").id != first.id
    assert write(boris, "Раз", key="same").id != first.id
    assert write(anna, "Раз", key="other").id != first.id
    assert total() == 4


def test_clicks_at_the_very_same_time_are_one_comment(write, anna, total):
    with ThreadPoolExecutor(4) as pool:
        posted = list(pool.map(lambda _: write(anna, "Раз", key="same"), range(4)))
    assert len({one.id for one in posted}) == 1
    assert total() == 1


def test_what_is_checked_first_is_seen_by_nobody_yet(work, city, write, anna, total):
    held = write(anna, hold=True)
    assert held.state is State.WAITING
    assert total() == 0
    with work(city) as w:
        service.publish(w, held.id)
        service.publish(w, held.id)
        assert kinds(w.waiting_events) == ["comments.published"]
    assert total() == 1


def test_refused_and_let_through_after_all(work, city, write, anna, total):
    posted = write(anna)
    refusal = RefusalShown(uuid4(), 7, "Нельзя.", ({"text": "Пункт"},))
    with work(city) as w:
        service.refuse(w, posted.id, refusal)
        service.refuse(w, posted.id, refusal)
        assert kinds(w.waiting_events) == ["comments.hidden"]
    assert total() == 0
    kept = row(work, city, posted.id)
    assert kept.state == "refused"
    assert kept.refusal["number"] == 7
    with work(city) as w:
        service.publish(w, posted.id)
        # What followed from the first publication (points, notices) does not follow again.
        assert [one.kind for one in w.waiting_events] == ["comments.counted"]
    assert total() == 1
    assert row(work, city, posted.id).refusal is None


def test_what_was_taken_back_is_neither_published_nor_refused(work, city, write, anna, total):
    posted = write(anna, hold=True)
    with work(city, anna) as w:
        assert service.withdraw(w, posted.id)
    with work(city) as w:
        service.publish(w, posted.id)
        service.refuse(w, posted.id, RefusalShown(uuid4(), 1, ""))
        assert not w.waiting_events
    kept = row(work, city, posted.id)
    assert (kept.state, kept.body) == ("withdrawn", "")
    assert total() == 0


def test_a_comment_taken_back_is_gone_at_once(work, city, write, anna, boris, total):
    posted = write(anna)
    with work(city, boris) as w, pytest.raises(Forbidden):
        service.withdraw(w, posted.id)
    with work(city, Anonymous()) as w, pytest.raises(SignInNeeded):
        service.withdraw(w, posted.id)
    with work(city, anna) as w:
        assert service.withdraw(w, posted.id)
        assert not service.withdraw(w, posted.id)
        assert kinds(w.waiting_events) == ["comments.hidden"]
    assert total() == 0


# Replies.


def test_replies_stand_one_level_deep(work, city, write, anna, boris, total):
    top = write(anna)
    reply = write(boris, "Согласен", parent=top.id)
    beside = write(anna, "Спасибо", parent=reply.id)
    assert row(work, city, beside.id).parent_id == top.id
    assert row(work, city, top.id).replies == 2
    assert total() == 3
    with work(city, boris) as w:
        service.withdraw(w, reply.id)
    assert row(work, city, top.id).replies == 1
    assert total() == 2


def test_a_reply_needs_its_comment(work, city, benches, write, anna, boris):
    top = write(anna, hold=True)
    with pytest.raises(Conflict):
        write(boris, parent=top.id)
    with pytest.raises(NotFound):
        write(boris, parent=uuid4())
    elsewhere = write(anna, on=benches.put())
    with pytest.raises(NotFound):
        write(boris, parent=elsewhere.id)


# Mending.


def test_words_can_be_mended_for_some_minutes_while_nobody_answered(
    work, city, write, clock, anna, boris
):
    posted, answered = write(anna), write(anna)
    write(boris, parent=answered.id)
    with work(city, anna) as w:
        assert service.edit(w, posted.id, body="Лучше", hold=False) is State.PUBLISHED
        with pytest.raises(Conflict):
            service.edit(w, answered.id, body="Поздно", hold=False)
    kept = row(work, city, posted.id)
    assert kept.body == "Лучше"
    assert kept.edited_at is not None
    clock.move(timedelta(minutes=15))
    with work(city, anna) as w, pytest.raises(Conflict) as late:
        service.edit(w, posted.id, body="Ещё лучше", hold=False)
    assert "15" in late.value.advice.ru
    with work(city, boris) as w, pytest.raises(Forbidden):
        service.edit(w, posted.id, body="Не моё", hold=False)


def test_mended_words_are_checked_again_where_that_comes_first(work, city, write, anna, total):
    posted = write(anna)
    with work(city, anna) as w:
        assert service.edit(w, posted.id, body="Иначе", hold=True) is State.WAITING
        assert kinds(w.waiting_events) == []
    assert total() == 0
    with work(city) as w:
        service.publish(w, posted.id)
    assert total() == 1


# Who may.


def test_the_rules_of_the_city_say_who_may(work, city, write, total):
    with work(city) as w:
        child = ResidentActor(neighbour(w, born_on=date(2020, 1, 1)))
        stranger = ResidentActor(neighbour(w, level=Level.NONE))
        blocked = ResidentActor(neighbour(w))
        w.session.get_one(Resident, blocked.id).blocked_at = w.now
    for who in (child, stranger, blocked):
        with pytest.raises(Refused) as refused:
            write(who)
        assert refused.value.decision.reasons[0].clauses
    assert total() == 0


def test_strangers_and_staff_do_not_write_as_residents(runtime, city, write, boss):
    with pytest.raises(SignInNeeded):
        write(Anonymous())
    with pytest.raises(Forbidden):
        write(boss)
    with pytest.raises(SignInNeeded):
        write(ResidentActor(uuid4()))


def test_a_closed_discussion_takes_nothing_more(benches, bench, write, anna):
    benches.change(bench, open=False)
    with pytest.raises(Conflict):
        write(anna)
    with pytest.raises(NotFound):
        write(anna, on=uuid4())


@pytest.mark.parametrize("body", ["", "   \n ", "а" * (LONGEST + 1)])
def test_words_have_a_length(write, anna, body):
    with pytest.raises(Invalid):
        write(anna, body)
    assert write(anna, "а" * LONGEST).state is State.PUBLISHED


def test_nobody_writes_faster_than_by_hand(write, anna, boris, total):
    for number in range(service.PER_PERSON.most):
        write(anna, f"№ {number}", key=str(number))
    with pytest.raises(TooMany):
        write(anna, "Ещё")
    # What is sent again costs nothing: it is there already.
    assert write(anna, "№ 0", key="0").repeated
    write(boris)
    assert total() == service.PER_PERSON.most + 1


# Official answers.


def test_an_answer_of_the_city_is_marked_recorded_and_announced(
    work, city, benches, bench, write, anna, boss, total
):
    benches.change(bench, open=False)
    with work(city, boss) as w:
        posted = service.answer(w, benches.commentable, bench, body="Поставим в мае.", key="k")
        again = service.answer(w, benches.commentable, bench, body="Поставим в мае.", key="k")
        assert kinds(w.waiting_events) == ["comments.answered"]
    assert (again.id, again.repeated) == (posted.id, True)
    kept = row(work, city, posted.id)
    assert (kept.staff_id, kept.author_id) == (boss.id, None)
    assert kept.post
    assert total() == 1
    with work(city) as w:
        actions = w.session.scalars(
            select(AuditEntry.action).where(AuditEntry.subject == f"comment:{posted.id}")
        ).all()
    assert actions == ["comments.answered"]


def test_only_those_with_the_right_answer(runtime, work, city, benches, bench, anna):
    without = official(runtime, city, "desk.enter", but_not=["comments.answer"])
    for actor, error in ((without, Refused), (anna, Forbidden), (Anonymous(), SignInNeeded)):
        with work(city, actor) as w, pytest.raises(error):
            service.answer(w, benches.commentable, bench, body="Мы решим.", key="k")


# Own data.


def test_a_copy_holds_all_one_wrote_and_erasing_leaves_only_places(
    work, city, write, anna, boris, total
):
    top = write(anna, "Тайна Анны")
    write(anna, "Ждёт", hold=True)
    write(boris, "Ответ Бориса", parent=top.id)
    with work(city) as w:
        data = own_data.export(w, anna.id)
        assert [one["text"] for one in data] == ["Ждёт", "Тайна Анны"]
        assert service.forget(w, anna.id) == 2
        assert service.forget(w, anna.id) == 0
        assert all(one["text"] == "" for one in own_data.export(w, anna.id))
    assert total() == 1
