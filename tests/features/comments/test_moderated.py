"""Comments and moderation: what waits, what is shown, whom notices reach."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from core.comments import threads
from core.comments.model import CommentRow
from core.features.comments import jobs, service
from core.identity import own_data
from core.kit.actor import SystemActor
from core.moderation import service as moderation
from core.moderation.manifest import Refusal
from core.moderation.model import ModerationItem
from core.notify.model import NoticeRow


@pytest.fixture(params=[True, False], ids=["checked before", "checked after"])
def first(request, monkeypatch):
    """Whether the city checks comments before others see them."""
    monkeypatch.setattr(moderation, "is_checked_first", lambda _work, kind: request.param)
    return request.param


@pytest.fixture
def write(work, city, bench):
    def post(actor, body="Хорошая скамейка.", *, parent=None, key=None, on=None):
        with work(city, actor) as w:
            return service.post(
                w, "test.bench", on or bench, body=body, key=key or uuid4().hex, parent_id=parent
            ).id

    return post


def waiting(work, city):
    with work(city) as w:
        return w.session.execute(
            select(ModerationItem.subject_id, ModerationItem.state).order_by(ModerationItem.id)
        ).all()


def notices(work, city):
    """Who was told what, by kind."""
    with work(city) as w:
        return sorted(
            (kind, person)
            for kind, person in w.session.execute(
                select(NoticeRow.kind, NoticeRow.recipient_id).where(
                    NoticeRow.kind.startswith("comments.")
                )
            )
        )


def state(work, city, comment):
    with work(city) as w:
        return w.session.get_one(CommentRow, comment).state


def refusal():
    return Refusal(uuid4(), 12, ("obscene",), "Уважаемый автор, так писать нельзя.", ())


def test_every_comment_is_seen_by_a_moderator(work, city, write, anna, first):
    comment = write(anna, key="same")
    assert write(anna, key="same") == comment
    assert waiting(work, city) == [(comment, "waiting")]
    assert state(work, city, comment) == ("waiting" if first else "published")
    with work(city) as w:
        assert (
            "Скамейка",
            "Скамейка у пруда",
        ) in service.said_about(w, comment)
        service.published(w, comment)
    assert state(work, city, comment) == "published"


def test_mended_words_are_checked_anew_and_taken_back_ones_no_more(work, city, write, anna, first):
    comment = write(anna)
    with work(city, anna) as w:
        service.edit(w, comment, body="Иначе")
        service.edit(w, comment, body="Иначе")
    assert waiting(work, city) == [(comment, "superseded"), (comment, "waiting")]
    with work(city, anna) as w:
        service.withdraw(w, comment)
    assert [one.state for one in waiting(work, city)] == ["superseded", "withdrawn"]


def test_a_refused_comment_is_its_authors_alone_with_the_reason(
    work, city, bench, benches, write, anna, boris, first
):
    comment = write(anna)
    with work(city) as w:
        service.refused(w, comment, refusal())
    with work(city) as w:
        (seen,) = threads.for_page(w, benches.commentable, bench, anna).page.comments
        assert seen.refusal.text.startswith("Уважаемый автор")
        assert threads.for_page(w, benches.commentable, bench, boris).page.comments == ()


# Notices.


def test_whoever_is_answered_is_told_once(work, city, deliver, benches, write, anna, boris, first):
    bench = benches.put(author_id=anna.id)
    top = write(anna, on=bench)
    with work(city) as w:
        service.published(w, top)
    reply = write(boris, "Согласен", parent=top, on=bench)
    deliver()
    if first:
        assert ("comments.reply", anna.id) not in notices(work, city)
        with work(city) as w:
            service.published(w, reply)
        deliver()
    found = notices(work, city)
    # A reply to one's own comment on one's own bench is one notice, not two.
    assert found.count(("comments.reply", anna.id)) == 1
    assert ("comments.on_mine", anna.id) not in found
    assert ("comments.shown", anna.id) in found


def test_nobody_is_told_of_their_own_words(
    work, city, deliver, benches, write, anna, boris, monkeypatch
):
    monkeypatch.setattr(moderation, "is_checked_first", lambda _work, _kind: False)
    bench = benches.put(author_id=anna.id)
    top = write(anna, on=bench)
    write(anna, "Ещё", parent=top, on=bench)
    deliver()
    assert notices(work, city) == []
    write(boris, "Новое", on=bench)
    deliver()
    assert notices(work, city) == [("comments.on_mine", anna.id)]


def test_a_comment_taken_back_before_the_worker_came_tells_nobody(
    work, city, deliver, benches, write, anna, boris, monkeypatch
):
    monkeypatch.setattr(moderation, "is_checked_first", lambda _work, _kind: False)
    bench = benches.put(author_id=anna.id)
    comment = write(boris, on=bench)
    with work(city, boris) as w:
        service.withdraw(w, comment)
    deliver()
    assert notices(work, city) == []


def test_all_who_follow_hear_when_the_city_answers(
    work, city, deliver, benches, write, anna, boris, boss, monkeypatch
):
    monkeypatch.setattr(moderation, "is_checked_first", lambda _work, _kind: False)
    bench = benches.put(author_id=anna.id, followers=(anna.id, boris.id))
    with work(city, boss) as w:
        service.answer(w, "test.bench", bench, body="Поставим в мае.", key="k")
    deliver()
    assert notices(work, city) == sorted(
        [("comments.official", anna.id), ("comments.official", boris.id)]
    )
    assert waiting(work, city) == []


def test_a_handler_that_breaks_off_tells_each_once(
    work, city, deliver, clock, benches, write, anna, boris, monkeypatch
):
    monkeypatch.setattr(moderation, "is_checked_first", lambda _work, _kind: False)
    bench = benches.put(author_id=anna.id)
    really, calls = jobs.tell, []

    def tell(*args, **kwargs):
        told = really(*args, **kwargs)
        calls.append(told)
        if len(calls) == 3:
            raise ConnectionError
        return told

    monkeypatch.setattr(jobs, "tell", tell)
    for number in range(3):
        write(boris, f"№ {number}", on=bench)
    deliver()
    clock.move(timedelta(minutes=5))
    deliver()
    assert notices(work, city) == [("comments.on_mine", anna.id)] * 3


def test_an_erased_account_leaves_no_words(work, city, deliver, write, anna, boris, first):
    comment = write(anna, "Тайна")
    kept = write(boris, "Чужое")
    with work(city) as w:
        own_data.erase(w, anna.id)
    deliver()
    with work(city) as w:
        assert w.session.scalar(
            select(func.count()).select_from(CommentRow).where(CommentRow.body == "")
        ) == 1  # fmt: skip
        assert w.session.get_one(CommentRow, kept).body == "Чужое"
    assert dict(waiting(work, city))[comment] == "withdrawn"


def test_system_and_strangers_do_not_submit(work, city, bench):
    with work(city, SystemActor("test")) as w, pytest.raises(Exception, match="sign_in_needed"):
        service.post(w, "test.bench", bench, body="x", key="k")
