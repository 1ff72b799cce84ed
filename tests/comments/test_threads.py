"""What people see of a discussion: pages both ways, first replies, one's own, hidden places."""

from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.comments import service, threads
from core.comments.domain import REPLIES_SHOWN, RefusalShown, State
from core.comments.model import CommentRow
from core.kit.actor import Anonymous
from core.kit.errors import NotFound
from core.kit.ids import new_id
from tests.comments.build import counted

NOBODY = Anonymous()


def add(work, bench, author, body="…", *, parent=None, state=State.PUBLISHED):
    """A comment put straight into the table, without limits on how fast one writes."""
    comment = new_id()
    work.session.add(
        CommentRow(
            id=comment,
            kind="test.bench",
            subject_id=bench,
            parent_id=parent,
            author_id=author,
            body=body,
            state=State.WAITING.value,
            digest=comment.bytes,
            created_at=work.now,
        )
    )
    work.session.flush()
    if state is State.PUBLISHED:
        service.publish(work, comment)
    elif state is State.REFUSED:
        service.refuse(work, comment, RefusalShown(uuid4(), 3, "Письмо", ()))
    return comment


def see(work, benches, bench, viewer=NOBODY, **where):
    return threads.for_page(work, benches.commentable, bench, viewer, **where)


def walk(work, bench, viewer, most, *, back=False):
    """All pages forwards, or backwards from the last one."""
    pages, cursor = [], None
    page = threads.thread(work, "test.bench", bench, viewer=viewer, most=most)
    pages.append([one.body for one in page.comments])
    while page.older:
        cursor = page.older
        page = threads.thread(work, "test.bench", bench, viewer=viewer, most=most, after=cursor)
        pages.append([one.body for one in page.comments])
    if not back:
        return pages
    pages = [pages[-1]]
    while page.newer:
        page = threads.thread(
            work, "test.bench", bench, viewer=viewer, most=most, before=page.newer
        )
        pages.append([one.body for one in page.comments])
    return pages


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(number=st.integers(0, 9), most=st.integers(1, 5))
def test_pages_lose_and_repeat_nothing_in_either_direction(work, city, benches, anna, number, most):
    bench = benches.put()
    with work(city) as w:
        for n in range(number):
            add(w, bench, anna.id, str(n))
        forwards = walk(w, bench, NOBODY, most)
        backwards = walk(w, bench, NOBODY, most, back=True)
    newest_first = [str(n) for n in range(number - 1, -1, -1)]
    assert [one for page in forwards for one in page] == newest_first
    assert [one for page in reversed(backwards) for one in page] == newest_first


@pytest.mark.parametrize("cursor", ["", "x", "\x00", "~"])
def test_a_made_up_cursor_is_refused_or_ignored(work, city, benches, bench, anna, cursor):
    with work(city) as w:
        add(w, bench, anna.id)
        if cursor:
            with pytest.raises(ValueError):
                see(w, benches, bench, after=cursor)
        else:
            assert len(see(w, benches, bench, after=cursor).page.comments) == 1


def test_the_first_replies_come_along_and_the_citys_own_before_others(
    work, city, benches, bench, anna, boris, boss
):
    with work(city) as w:
        top = add(w, bench, anna.id, "Вопрос")
        for number in range(REPLIES_SHOWN + 2):
            add(w, bench, boris.id, f"ответ {number}", parent=top)
    with work(city, boss) as w:
        service.answer(w, benches.commentable, bench, body="Город", key="k", parent_id=top)
    with work(city) as w:
        (one,) = see(w, benches, bench).page.comments
        assert [reply.body for reply in one.replies] == ["Город", "ответ 0", "ответ 1"]
        assert one.more_replies == REPLIES_SHOWN + 3 - REPLIES_SHOWN
        assert one.replies[0].official
        branch = threads.branch(w, one.replies[1].id, viewer=NOBODY, most=2)
        assert branch.comment.id == top
        assert [reply.body for reply in branch.comment.replies] == ["ответ 0", "ответ 1"]
        assert branch.older is None
        later = threads.branch(w, top, viewer=NOBODY, most=2, after=branch.newer)
        assert [reply.body for reply in later.comment.replies] == ["ответ 2", "ответ 3"]
        before = threads.branch(w, top, viewer=NOBODY, most=2, before=later.older)
        assert [reply.body for reply in before.comment.replies] == ["ответ 0", "ответ 1"]


def test_unpublished_words_are_the_authors_alone(work, city, benches, bench, anna, boris):
    with work(city) as w:
        top = add(w, bench, boris.id, "видно")
        add(w, bench, anna.id, "ждёт", state=State.WAITING)
        add(w, bench, anna.id, "отказано", state=State.REFUSED)
        add(w, bench, anna.id, "ответ ждёт", parent=top, state=State.WAITING)
        for viewer in (NOBODY, boris):
            shown = see(w, benches, bench, viewer).page.comments
            assert [one.body for one in shown] == ["видно"]
            assert shown[0].replies == ()
        refused, waiting, seen = see(w, benches, bench, anna).page.comments
        assert (refused.body, refused.state, refused.refusal.number) == (
            "отказано",
            State.REFUSED,
            3,
        )
        assert (waiting.body, waiting.mine) == ("ждёт", True)
        assert [one.body for one in seen.replies] == ["ответ ждёт"]
        assert seen.more_replies == 0
        assert see(w, benches, bench, anna).total == 1
        assert threads.branch(w, waiting.id, viewer=boris) is None
        assert threads.branch(w, waiting.id, viewer=anna) is not None


def test_of_a_hidden_comment_with_answers_its_place_is_left(
    work, city, benches, bench, anna, boris
):
    with work(city) as w:
        gone = add(w, bench, anna.id, "секрет")
        add(w, bench, boris.id, "ответ", parent=gone)
        alone = add(w, bench, anna.id, "ещё секрет")
    with work(city, anna) as w:
        service.withdraw(w, gone)
        service.withdraw(w, alone)
    with work(city) as w:
        (place,) = see(w, benches, bench, boris).page.comments
        assert (place.body, place.author, place.state) == ("", "", State.WITHDRAWN)
        assert [one.body for one in place.replies] == ["ответ"]
        hidden = add(w, bench, anna.id, "плохо")
        add(w, bench, boris.id, "да", parent=hidden)
        service.refuse(w, hidden, RefusalShown(uuid4(), 1, "Письмо"))
        assert see(w, benches, bench, boris).page.comments[0].body == ""
        assert see(w, benches, bench, boris).page.comments[0].refusal is None
        assert see(w, benches, bench, anna).page.comments[0].body == "плохо"


def test_a_page_takes_the_same_queries_however_much_is_on_it(
    work, city, benches, bench, anna, boris
):
    def queries():
        with work(city, anna) as w:
            w.regulation  # noqa: B018 -- read once per process
            with counted(w) as sent:
                see(w, benches, bench, anna)
            return len(sent)

    with work(city) as w:
        top = add(w, bench, boris.id)
        add(w, bench, anna.id, parent=top)
    few = queries()
    with work(city) as w:
        for _ in range(19):
            top = add(w, bench, boris.id)
            for _ in range(3):
                add(w, bench, anna.id, parent=top)
    assert queries() == few <= 4


def test_the_page_says_what_one_may_do(runtime, work, city, benches, bench, anna, boss):
    with work(city, NOBODY) as w:
        assert see(w, benches, bench).allowed is None
    with work(city, anna) as w:
        mine = see(w, benches, bench, anna)
        assert (mine.allowed, mine.answers) == (True, False)
        assert mine.key != see(w, benches, bench, anna).key
        # The actor of the work is the viewer unless told otherwise.
        assert threads.for_page(w, benches.commentable, bench).allowed
    with work(city, boss) as w:
        assert see(w, benches, bench, boss).answers
    benches.change(bench, open=False)
    with work(city, anna) as w:
        assert see(w, benches, bench, anna).allowed is None
        with pytest.raises(NotFound):
            see(w, benches, uuid4(), anna)


def test_the_author_of_the_thing_is_marked(work, city, benches, anna, boris):
    bench = benches.put(author_id=anna.id)
    with work(city) as w:
        add(w, bench, anna.id)
        add(w, bench, boris.id)
        assert [one.is_subject_author for one in see(w, benches, bench).page.comments] == [
            False,
            True,
        ]
