"""Obligations: opened once, closed, moved, paused; timers that fire once whatever happens."""

from datetime import date, timedelta

import pytest

from core.deadlines import obligations, register, reminders
from core.deadlines.domain import DayKind, LastDay, Term
from core.deadlines.obligations import (
    assign_obligation,
    cancel_obligation,
    close_obligation,
    move_obligation,
    of_subject,
    open_obligation,
    pause_obligation,
    resume_obligation,
    term_date,
)
from core.deadlines.register import EVERYBODY, Whose
from core.deadlines.reminders import TermTimer
from core.kit.errors import Conflict
from core.kit.text import Text
from tests.features.polls.build import official

KIND, SUBJECT = "polls.results_to_initiator", "poll:1"
TODAY = date(2026, 6, 15)
DUE = date(2026, 6, 22)


def opening(work, subject=SUBJECT, **more):
    given = {
        "title": Text(ru="Передать итоги", en="Send the results"),
        "path": "/desk/polls",
        "due_on": DUE,
        "reasons": [{"kind": "value", "text": "Пять дней", "clauses": []}],
        "holder_permission": "polls.publish",
    }
    return open_obligation(work, KIND, subject, **(given | more))


def only(work, subject=SUBJECT):
    (found,) = of_subject(work.session, subject)
    return found


def kinds(work, subject=SUBJECT):
    return [one.kind for one in register.steps(work.session, only(work, subject).id)]


def timer(work, days, due=DUE):
    return TermTimer(only(work).id, due, days)


def test_the_first_call_opens_and_the_second_moves_nothing(work, city):
    with work(city) as w:
        first = opening(w)
    with work(city) as w:
        assert opening(w, due_on=DUE + timedelta(days=9)) == first
        assert not w.waiting_events
        found = only(w)
    assert (found.due_on, found.first_due_on, found.state) == (DUE, DUE, "open")
    assert found.reasons[0]["text"] == "Пять дней"
    with work(city) as w:
        assert kinds(w) == ["opened"]


def test_it_needs_somebody_who_owes_it(work, city):
    with work(city) as w, pytest.raises(ValueError, match="holder"):
        opening(w, holder_permission=None)


def test_it_is_of_one_city(work, city, other_city):
    with work(city) as w:
        opening(w)
    with work(other_city) as w:
        assert of_subject(w.session, SUBJECT) == ()


def test_it_is_closed_once(work, city):
    with work(city) as w:
        opening(w)
        assert close_obligation(w, KIND, SUBJECT, note="Отправлено")
        assert not close_obligation(w, KIND, SUBJECT)
        assert not cancel_obligation(w, KIND, SUBJECT, note="Поздно")
        assert not move_obligation(w, KIND, SUBJECT, due_on=DUE + timedelta(days=1), note="Нет")
        assert not close_obligation(w, KIND, "poll:2")
        assert only(w).state == "done"
        assert kinds(w) == ["opened", "done"]
        assert opening(w) == only(w).id
        assert only(w).state == "done"


def test_a_term_follows_the_city_s_calendar(work, runtime):
    with work(runtime.registry.by_slug("gubkinsky")) as w:
        five = Term(5, DayKind.WORKING)
        assert term_date(w, five, date(2026, 6, 11)) == date(2026, 6, 19)
        # The city's own day off at the end of August.
        assert term_date(w, five, date(2026, 8, 26)) == date(2026, 9, 3)
        over = Term(10, DayKind.CALENDAR, LastDay.NEXT_WORKING)
        assert term_date(w, over, date(2026, 12, 25)) == date(2027, 1, 11)
        assert term_date(w, Term(700, DayKind.WORKING), TODAY).year == 2029


def test_moving_keeps_the_first_day_and_replaces_the_grounds_if_there_are_new_ones(work, city):
    later = DUE + timedelta(days=7)
    with work(city) as w:
        opening(w)
        assert move_obligation(w, KIND, SUBJECT, due_on=later, note="Ждём данные")
        assert not move_obligation(w, KIND, SUBJECT, due_on=later, note="Ещё раз")
        found = only(w)
        assert (found.due_on, found.first_due_on) == (later, DUE)
        assert found.reasons[0]["text"] == "Пять дней"
        assert move_obligation(
            w, KIND, SUBJECT, due_on=DUE, note="Вернули", reasons=[{"text": "Иначе"}]
        )
        assert only(w).reasons == ({"text": "Иначе"},)
        assert kinds(w) == ["opened", "moved", "moved"]


def test_a_pause_gives_back_as_many_working_days_as_were_left(work, runtime, clock):
    city = runtime.registry.by_slug("gubkinsky")
    with work(city) as w:
        opening(w, term=Term(5, DayKind.WORKING))  # 15 June → 22 June
    clock.move(timedelta(days=2))
    with work(city) as w:
        assert pause_obligation(w, KIND, SUBJECT, note="Запросили данные")
        assert not pause_obligation(w, KIND, SUBJECT, note="Дважды")
        assert only(w).left_days == 3
        assert not only(w).running
    clock.move(timedelta(days=20))
    with work(city) as w:
        assert not only(w).late(w.today)
        assert resume_obligation(w, KIND, SUBJECT)
        assert not resume_obligation(w, KIND, SUBJECT)
        # Tuesday 7 July and three working days.
        assert w.today == date(2026, 7, 7)
        assert only(w).due_on == date(2026, 7, 10)


def test_what_is_late_cannot_be_paused(work, city, clock):
    with work(city) as w:
        opening(w)
    clock.move(timedelta(days=8))
    with work(city) as w, pytest.raises(Conflict):
        pause_obligation(w, KIND, SUBJECT, note="Поздно")


def test_moving_while_it_is_paused_moves_what_is_left(work, city):
    with work(city) as w:
        opening(w)
        pause_obligation(w, KIND, SUBJECT, note="Ждём")
        assert only(w).left_days == 7
        move_obligation(w, KIND, SUBJECT, due_on=DUE + timedelta(days=3), note="Ещё")
        assert only(w).left_days == 10


def test_one_person_may_be_given_what_was_everybody_s(work, city, runtime):
    person = official(runtime, city, name="Исполнитель")
    other = official(runtime, city)
    with work(city) as w:
        opening(w)
        shared = Whose(staff=frozenset({other.id}), permissions=frozenset({"polls.publish"}))
        assert len(register.owed(w.session, shared)) == 1
        assert assign_obligation(w, KIND, SUBJECT, staff_id=person.id, note="Вам")
        assert not assign_obligation(w, KIND, SUBJECT, staff_id=person.id, note="Вам")
        assert register.owed(w.session, shared) == ()
        assert only(w).holder_name == "Исполнитель"
        assert reminders.holders(w, only(w)) == (person.id,)
        assert assign_obligation(w, KIND, SUBJECT, staff_id=None, note="Всем")
        assert set(reminders.holders(w, only(w))) == {person.id, other.id}


def test_somebody_without_a_post_or_a_right_beside_them_stays(work, city, runtime):
    person = official(runtime, city)
    with work(city) as w:
        opening(w, holder_permission=None, holder_staff=person.id)
        assert not assign_obligation(w, KIND, SUBJECT, staff_id=None, note="Никому")


# Timers.


def test_timers_are_set_for_the_morning_some_days_before_and_on_the_day_and_after(work, runtime):
    city = runtime.registry.by_slug("gubkinsky")
    with work(city) as w:
        opening(w)
        due = [
            (one.kind, one.due_at.astimezone(city.zone).isoformat())
            for one in w.waiting_events
            if one.kind.endswith("_due")
        ]
    assert due == [
        ("deadlines.reminder_due", "2026-06-19T09:00:00+05:00"),
        ("deadlines.reminder_due", "2026-06-22T09:00:00+05:00"),
        ("deadlines.missed_due", "2026-06-23T09:00:00+05:00"),
    ]


def test_a_reminder_before_a_day_off_comes_on_the_last_working_day(work, runtime):
    with work(runtime.registry.by_slug("gubkinsky")) as w:
        opening(w, remind_days=[1])  # Sunday → Friday
        assert w.waiting_events[1].due_at.date() == date(2026, 6, 19)


def test_what_is_late_from_the_first_is_told_at_once(work, city):
    with work(city) as w:
        opening(w, due_on=TODAY - timedelta(days=3))
        timers = [one for one in w.waiting_events if one.kind.endswith("_due")]
        assert [(one.kind, one.due_at) for one in timers] == [("deadlines.missed_due", w.now)]


def test_a_reminder_is_claimed_once(work, city):
    with work(city) as w:
        opening(w)
        assert reminders.claim(w, timer(w, 3)) is not None
        assert reminders.claim(w, timer(w, 3)) is None
        assert reminders.claim(w, timer(w, 0)) is not None
    with work(city) as w:
        assert reminders.claim(w, timer(w, 3)) is None
        assert kinds(w) == ["opened", "reminded", "reminded"]


@pytest.mark.parametrize("how", ["done", "cancelled", "paused", "moved", "gone"])
def test_a_timer_of_what_has_changed_means_nothing(work, city, how):
    later = DUE + timedelta(days=1)
    with work(city) as w:
        opening(w)
        meant = timer(w, 3)
        match how:
            case "done":
                close_obligation(w, KIND, SUBJECT)
            case "cancelled":
                cancel_obligation(w, KIND, SUBJECT, note="Не нужно")
            case "paused":
                pause_obligation(w, KIND, SUBJECT, note="Ждём")
            case "moved":
                move_obligation(w, KIND, SUBJECT, due_on=later, note="Позже")
                assert reminders.claim(w, timer(w, 3, later)) is not None
            case "gone":
                meant = TermTimer(official_id(), DUE, 3)
        assert reminders.claim(w, meant) is None


def official_id():
    from core.kit.ids import new_id

    return new_id()


def test_a_missed_term_is_claimed_only_once_it_is_over(work, city, clock):
    with work(city) as w:
        opening(w)
        assert reminders.claim(w, timer(w, -1)) is None
    clock.move(timedelta(days=8))
    with work(city) as w:
        assert reminders.claim(w, timer(w, 3)) is None  # too late to remind
        assert reminders.claim(w, timer(w, -1)) is not None
        assert reminders.claim(w, timer(w, -1)) is None


# Lists.


def test_lists_go_page_by_page_without_gaps(work, city):
    with work(city) as w:
        for number in range(7):
            opening(w, f"poll:{number}", due_on=DUE + timedelta(days=number // 2))
        seen = []
        after = None
        for _page in range(9):
            found = register.listed(w.session, EVERYBODY, after=after, most=3)
            seen += [one.subject for one in found.obligations]
            after = found.after
            if after is None:
                break
        assert seen == [f"poll:{number}" for number in range(7)]
        for number in range(7):
            close_obligation(w, KIND, f"poll:{number}")
        done = register.listed(w.session, EVERYBODY, state="done", most=4)
        rest = register.listed(w.session, EVERYBODY, state="done", after=done.after, most=4)
        assert {one.subject for one in (*done.obligations, *rest.obligations)} == set(seen)


@pytest.mark.parametrize(
    "after", ["", "x", "2026-06-01", "2026-06-01~x", "~", "0~0", "2026-06-01T00:00~"]
)
def test_a_place_that_no_page_gave_is_refused(work, city, after):
    with work(city) as w:
        for state in ("open", "done"):
            with pytest.raises(ValueError):
                register.listed(w.session, EVERYBODY, state=state, after=after)


def test_counts_and_loads_say_who_is_late(work, city, runtime):
    person = official(runtime, city, name="Исполнитель")
    with work(city) as w:
        for number, days in enumerate((-2, 0, 3, 30)):
            opening(w, f"poll:{number}", due_on=TODAY + timedelta(days=days))
        opening(w, "poll:9", holder_staff=person.id, due_on=TODAY - timedelta(days=9))
        opening(w, "poll:10", due_on=DUE)
        pause_obligation(w, KIND, "poll:10", note="Ждём")
        found = register.counts(w.session, EVERYBODY, today=TODAY)
        assert (found.late, found.today, found.week, found.later, found.paused) == (2, 1, 1, 1, 1)
        assert (found.open, found.pressing) == (6, 3)
        loads = register.loads(w.session, today=TODAY)
        assert [(one.name, one.permission, one.late, one.open) for one in loads] == [
            ("Исполнитель", None, 1, 1),
            (None, "polls.publish", 1, 5),
        ]


def test_what_people_decide_of_a_term_is_in_the_journal(work, city):
    from core.audit.model import AuditEntry

    with work(city) as w:
        opening(w)
        move_obligation(w, KIND, SUBJECT, due_on=DUE + timedelta(days=1), note="Ждём")
        cancel_obligation(w, KIND, SUBJECT, note="Не нужно")
        actions = [
            one.action
            for one in w.session.query(AuditEntry).order_by(AuditEntry.id)
            if one.subject == SUBJECT
        ]
    assert actions == ["deadlines.moved", "deadlines.cancelled"]
    assert obligations.CONTROL == "deadlines.control"


def test_two_leads_that_fall_on_one_morning_are_one_reminder(work, runtime):
    with work(runtime.registry.by_slug("gubkinsky")) as w:
        opening(w, remind_days=[3, 2, 1])  # Friday, Saturday, Sunday
        due = [one for one in w.waiting_events if one.kind == "deadlines.reminder_due"]
        assert len(due) == 2


def test_after_an_outage_the_latest_reminder_speaks_for_all(work, city, clock):
    with work(city) as w:
        opening(w, remind_days=[5, 3])
    clock.move(timedelta(days=5))
    with work(city) as w:
        assert reminders.claim(w, timer(w, 5)) is None
        assert reminders.claim(w, timer(w, 3)) is not None
