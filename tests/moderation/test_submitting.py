"""Sending to moderation, taking back, standing, and asking for a second look."""

from datetime import timedelta

import pytest

from core.deadlines.obligations import of_subject
from core.kit.actor import ResidentActor
from core.kit.errors import Conflict, Forbidden, Invalid
from core.kit.ids import new_id
from core.moderation import deciding, queries, service
from core.moderation.domain import LookState, QueueFilter, State
from tests.features.polls.build import resident
from tests.moderation.build import (
    BODY,
    KIND,
    OBSCENE,
    journal,
    kinds,
    moderators,
    notices,
    refused,
    submitted,
)


@pytest.fixture
def perm(runtime):
    return next(one for one in runtime.registry.all() if one.slug == "perm")


def waiting(work, city):
    with work(city) as w:
        return [one.id for one in queries.queue(w.session, QueueFilter(kinds=(KIND,)))]


def test_the_same_text_twice_is_one_item(runtime, work, city):
    subject = new_id()
    with work(city) as w:
        author = resident(w)
    items = {submitted(runtime, city, author=author, subject=subject) for _ in range(2)}
    assert waiting(work, city) == list(items)


def test_a_newer_text_takes_the_place_of_the_older(runtime, work, city):
    subject = new_id()
    first = submitted(runtime, city, subject=subject)
    with work(city, moderators(runtime, city)[0]) as w:
        deciding.write_letter(w, first, grounds=OBSCENE, body=BODY, kinds=kinds())
    second = submitted(runtime, city, subject=subject, body="Иначе.")
    assert waiting(work, city) == [second]
    with work(city) as w:
        assert queries.item(w.session, first).state is State.SUPERSEDED
        assert service.standing(w.session, KIND, subject).item_id == second


def test_what_is_taken_back_leaves_the_queue(runtime, work, city):
    subject = new_id()
    item = submitted(runtime, city, subject=subject)
    with work(city) as w:
        for _twice in range(2):
            service.withdraw(w, kind=KIND, subject_id=subject)
    assert waiting(work, city) == []
    with work(city, moderators(runtime, city)[0]) as w, pytest.raises(Conflict):
        deciding.publish(w, item, kinds=kinds())


def test_a_term_opens_an_obligation_and_the_decision_closes_it(runtime, work, perm, city):
    item = submitted(runtime, perm)
    subject = f"moderation:{item}"
    with work(perm) as w:
        (owed,) = of_subject(w.session, subject)
        # Monday the 15th, three working days.
        assert owed.due_on.isoformat() == "2026-06-18"
        assert owed.reasons
    with work(perm, moderators(runtime, perm, 1)[0]) as w:
        deciding.publish(w, item, kinds=kinds())
    with work(perm) as w:
        (owed,) = of_subject(w.session, subject)
        assert owed.state == "done"
    without = submitted(runtime, city)
    with work(city) as w:
        assert of_subject(w.session, f"moderation:{without}") == ()


def test_checked_first_is_the_city_s_to_say(work, city):
    with work(city) as w:
        assert service.is_checked_first(w, KIND)
        assert not service.is_checked_first(w, "comments.comment")
        assert service.is_checked_first(w, "shop.review")


def ask(work, city, item, who, reason="Я ничего такого не писал."):
    with work(city, ResidentActor(who)) as w:
        found = queries.item(w.session, item)
        return service.ask_second_look(
            w, kind=found.kind, subject_id=found.subject_id, reason=reason
        )


def test_a_second_look_goes_to_somebody_else(runtime, work, city):
    writer, editor, third = moderators(runtime, city, 3)
    with work(city) as w:
        author = resident(w)
    item = refused(runtime, city, writer, editor, item=submitted(runtime, city, author=author))
    with work(city) as w:
        subject = queries.item(w.session, item).subject_id
        assert service.standing(w.session, KIND, subject).look is LookState.OPEN
    with pytest.raises(Invalid):
        ask(work, city, item, author, " ")
    with work(city) as w:
        stranger = resident(w)
    with pytest.raises(Forbidden):
        ask(work, city, item, stranger)
    look = ask(work, city, item, author)
    assert ask(work, city, item, author) == look
    with work(city) as w:
        standing = service.standing(w.session, KIND, subject)
        assert standing.again
        assert standing.look is LookState.ASKED
        assert standing.earlier.id == item
    for first in (writer, editor):
        with work(city, first) as w, pytest.raises(Conflict) as problem:
            deciding.publish(w, look, kinds=kinds())
        assert problem.value.key == "moderation.first_decision_yours"
        with work(city, first) as w:
            assert not deciding.claim(w, look).mine
    with work(city, third) as w:
        deciding.publish(w, look, kinds=kinds())
    with work(city) as w:
        assert journal(w, "test.published") == 1
        assert journal(w, "moderation.reconsidered") == 1
        assert len(notices(w, "moderation.reconsidered")) == 1
        assert queries.item(w.session, item).state is State.REFUSED


def test_a_second_refusal_is_the_last(runtime, work, city):
    writer, editor, third, fourth = moderators(runtime, city, 4)
    with work(city) as w:
        author = resident(w)
    item = refused(runtime, city, writer, editor, item=submitted(runtime, city, author=author))
    look = ask(work, city, item, author)
    refused(runtime, city, third, fourth, item=look)
    with work(city) as w:
        subject = queries.item(w.session, item).subject_id
        standing = service.standing(w.session, KIND, subject)
        assert standing.state is State.REFUSED
        assert standing.look is LookState.ANSWERED
    with pytest.raises(Conflict) as problem:
        ask(work, city, look, author)
    assert problem.value.key == "moderation.looked_twice"


def test_the_term_for_asking_ends(runtime, work, perm, clock):
    (person,) = moderators(runtime, perm, 1)
    with work(perm) as w:
        author = resident(w)
    item = refused(runtime, perm, person, person, item=submitted(runtime, perm, author=author))
    with work(perm) as w:
        letter = service.letter(w.session, item)
    clock.move(timedelta(days=(letter.look_until - letter.signed_on).days + 1))
    with work(perm) as w:
        subject = queries.item(w.session, item).subject_id
        assert service.standing(w.session, KIND, subject, today=w.today).look is LookState.OVER
    with pytest.raises(Conflict) as problem:
        ask(work, perm, item, author)
    assert problem.value.key == "moderation.look_late"


def test_nothing_to_look_at_again(runtime, work, city):
    with work(city) as w:
        author = resident(w)
    with pytest.raises(Conflict) as problem:
        ask(work, city, submitted(runtime, city, author=author), author)
    assert problem.value.key == "moderation.not_refused"


def test_erasing_an_account_empties_the_queue_and_leaves_the_letter(runtime, work, city):
    two = moderators(runtime, city)
    with work(city) as w:
        author = resident(w)
    item = refused(runtime, city, *two, item=submitted(runtime, city, author=author))
    ask(work, city, item, author)
    other = submitted(runtime, city, author=author, body="Личное.")
    with work(city) as w:
        service.forget_authors(w, [author])
    assert waiting(work, city) == []
    with work(city) as w:
        kept = queries.item(w.session, other)
        assert (kept.author_id, kept.title, kept.body) == (None, "", "")
        assert service.letter(w.session, item).body == BODY
