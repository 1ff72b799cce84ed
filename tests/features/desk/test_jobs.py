"""Reminders and escalation: each told once, whatever is retried or moved."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from core.deadlines.obligations import close_obligation, move_obligation
from core.notify.model import NoticeRow
from tests.features.desk.build import KIND, owe

DUE = date(2026, 6, 22)


@pytest.fixture
def told(work, city):
    """`told(person)`: (kind, title) of every notice, oldest first."""

    def read(person):
        with work(city) as w:
            return [
                (one.kind.removeprefix("deadlines."), one.title["ru"], one.path)
                for one in w.session.scalars(
                    select(NoticeRow)
                    .where(NoticeRow.recipient_id == person.id)
                    .order_by(NoticeRow.created_at, NoticeRow.id)
                )
            ]

    return read


def at(clock, city, day, hour=10):
    from datetime import datetime

    clock.set(datetime(day.year, day.month, day.day, hour, tzinfo=city.zone))


def test_reminded_before_and_on_the_day_and_escalated_after_it(
    work, city, clock, deliver, moderator, chief, told
):
    with work(city) as w:
        task = owe(w, "poll:1", DUE, "Передать итоги", holder_staff=moderator.id)
    deliver()
    assert told(moderator) == []
    for day in range(15, 27):
        at(clock, city, date(2026, 6, day))
        deliver()
        deliver()
    assert told(moderator) == [
        ("reminder", "Через 3\u00a0дня заканчивается срок: Передать итоги", "/desk/polls"),
        ("reminder", "Сегодня последний день: Передать итоги", "/desk/polls"),
        ("missed", "Срок прошёл: Передать итоги", "/desk/polls"),
    ]
    # The controller learns only of what was missed, and where to act.
    assert told(chief) == [("missed", "Срок прошёл: Передать итоги", f"/desk/tasks/{task}")]


def test_what_was_done_in_time_reminds_nobody(work, city, clock, deliver, moderator, chief, told):
    with work(city) as w:
        owe(w, "poll:1", DUE, holder_staff=moderator.id)
        close_obligation(w, KIND, "poll:1")
    at(clock, city, DUE + timedelta(days=5))
    deliver()
    assert told(moderator) == told(chief) == []


def test_a_moved_day_is_reminded_of_once_and_the_old_one_forgotten(
    work, city, clock, deliver, moderator, chief, told
):
    with work(city) as w:
        owe(w, "poll:1", DUE, holder_staff=moderator.id, remind_days=[1])
    with work(city) as w:
        move_obligation(w, KIND, "poll:1", due_on=date(2026, 6, 25), note="Позже")
        move_obligation(w, KIND, "poll:1", due_on=DUE, note="Обратно")
        move_obligation(w, KIND, "poll:1", due_on=date(2026, 6, 25), note="И снова")
    at(clock, city, date(2026, 6, 23))
    deliver()
    assert told(moderator) == []
    at(clock, city, date(2026, 6, 24))
    deliver()
    assert [kind for kind, *_ in told(moderator)] == ["reminder"]
    at(clock, city, date(2026, 6, 30))
    deliver()
    assert [kind for kind, *_ in told(moderator)] == ["reminder", "missed"]
    assert [kind for kind, *_ in told(chief)] == ["missed"]


def test_everybody_who_may_do_it_is_reminded_when_it_is_nobody_s(
    work, city, clock, deliver, moderator, hire, chief, told
):
    colleague = hire("pr_specialist")
    with work(city) as w:
        owe(w, "poll:1", DUE)
    at(clock, city, DUE)
    deliver()
    for person in (moderator, colleague, chief):
        assert [kind for kind, *_ in told(person)] == ["reminder"]


def test_after_an_outage_only_the_escalation_is_sent(work, city, clock, deliver, moderator, told):
    with work(city) as w:
        owe(w, "poll:1", DUE, holder_staff=moderator.id)
    at(clock, city, DUE + timedelta(days=9))
    deliver()
    assert [kind for kind, *_ in told(moderator)] == ["missed"]


def test_whoever_owes_and_controls_is_told_once(work, city, clock, deliver, chief, told):
    with work(city) as w:
        owe(w, "poll:1", DUE, holder_staff=chief.id)
    at(clock, city, DUE + timedelta(days=1))
    deliver()
    assert [kind for kind, *_ in told(chief)] == ["missed"]


def test_a_queue_that_filled_on_one_day_is_one_notice(
    work, city, clock, deliver, moderator, chief, told
):
    with work(city) as w:
        for number in range(20):
            owe(w, f"poll:{number}", DUE, f"Дело {number}", holder_staff=moderator.id)
    at(clock, city, DUE)
    deliver()
    assert told(moderator) == [
        (
            "reminder",
            "Сегодня последний день: Передать итоги опроса инициатору (20\u00a0задач)",
            f"/desk/tasks?kind={KIND}",
        )
    ]
    at(clock, city, DUE + timedelta(days=1))
    deliver()
    assert len(told(moderator)) == 2
    assert told(chief) == [
        (
            "missed",
            "Срок прошёл: Передать итоги опроса инициатору (20\u00a0задач)",
            "/desk/control",
        )
    ]


def test_people_who_owe_different_things_are_told_of_their_own(
    work, city, clock, deliver, moderator, hire, told
):
    other = hire("pr_specialist")
    with work(city) as w:
        for number in range(10):
            whose = moderator if number % 2 else other
            owe(w, f"poll:{number}", DUE, holder_staff=whose.id)
    at(clock, city, DUE)
    deliver()
    for person in (moderator, other):
        ((_kind, title, _path),) = told(person)
        assert "5\u00a0задач" in title
