"""Letters at once and digests: as people want them, each notice to each person exactly once."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text

from core.features.account import jobs
from core.identity.messages import newest
from core.identity.model import ResidentContact
from core.notify import delivery
from core.notify.domain import Chosen
from core.notify.model import NoticeDigest, NoticeRow
from core.notify.preferences import choose
from core.notify.tell import Recipient, unread
from tests.identity.build import official
from tests.notify.build import AT_ONCE, BINDING, DAILY, KINDS, SILENT, WEEKLY, told

# The test's clock stands at noon of a Monday in the city.
TUESDAY = timedelta(hours=21)


def letters(work, city):
    """Subjects and addresses of all letters, the oldest first."""
    with work(city) as w:
        return [(one.address, one.subject) for one in reversed(newest(w, most=999))]


def bodies(work, city):
    with work(city) as w:
        return [one.body for one in reversed(newest(w, most=999))]


def test_a_letter_at_once_says_what_happened_and_how_to_stop(work, city, deliver, anna):
    with work(city) as w:
        told(w, AT_ONCE, anna, title="Идею взяли\nв работу", text="Срок: осень.", path="/ideas/7")
        notice = w.session.scalars(select(NoticeRow.id)).one()
    deliver()
    assert letters(work, city) == [("anna@example.org", "Идею взяли в работу")]
    (body,) = bodies(work, city)
    assert "Срок: осень." in body
    assert f"/profile/notices/{notice}" in body
    assert "/notices/unsubscribe/" in body
    with work(city) as w:
        assert newest(w, most=1)[0].unsubscribe in body


def test_a_binding_letter_offers_no_way_out(work, city, deliver, anna):
    with work(city) as w:
        told(w, BINDING, anna)
    deliver()
    with work(city) as w:
        (letter,) = newest(w, most=9)
        assert letter.unsubscribe is None
        assert "unsubscribe" not in letter.body


def test_people_get_what_they_chose(work, city, deliver, anna, boris):
    with work(city) as w:
        choose(w, anna, AT_ONCE, Chosen("never", push=False))
        choose(w, boris, SILENT, Chosen("at_once", push=False))
        told(w, AT_ONCE, anna, boris, once="1", title="Первое")
        told(w, SILENT, anna, boris, once="2", title="Второе")
    deliver()
    assert sorted(letters(work, city)) == [
        ("boris@example.org", "Второе"),
        ("boris@example.org", "Первое"),
    ]
    with work(city) as w:
        assert unread(w.session, anna) == 2


def test_officials_are_written_to_at_work(work, city, deliver):
    with work(city) as w:
        boss = Recipient("staff", official(w, address="boss@example.org"))
        told(w, AT_ONCE, boss, title="Срок завтра")
    deliver()
    assert ("boss@example.org", "Срок завтра") in letters(work, city)


def test_the_address_confirmed_last_is_written_to_and_no_other(work, city, deliver, clock, anna):
    with work(city) as w:
        w.session.add_all(
            ResidentContact(
                id=key, resident_id=anna.id, kind=kind, value=value, verified_at=w.now + later
            )
            for key, kind, value, later in (
                ("018f6f2e-0000-7000-8000-00000000000a", "email", "new@example.org", TUESDAY),
                ("018f6f2e-0000-7000-8000-00000000000b", "phone", "+79120000000", 2 * TUESDAY),
            )
        )
        w.session.flush()
        told(w, AT_ONCE, anna)
    deliver()
    assert [address for address, _ in letters(work, city)] == ["new@example.org"]


def test_somebody_without_an_address_has_the_cabinet(work, city, deliver, clock, anna):
    with work(city) as w:
        w.session.execute(text("DELETE FROM resident_contact"))
        told(w, AT_ONCE, anna, once="1")
        told(w, DAILY, anna, once="2")
    deliver()
    clock.move(TUESDAY)
    deliver()
    assert letters(work, city) == []
    with work(city) as w:
        assert unread(w.session, anna) == 2
        assert w.session.scalars(select(NoticeDigest.next_at)).all() == [None]


# Digests.


def test_a_daily_digest_comes_in_the_morning_with_all_of_the_day(
    work, city, deliver, clock, anna, boris
):
    with work(city) as w:
        told(w, DAILY, anna, boris, once="1", title="Утром")
    deliver()
    clock.move(timedelta(hours=5))
    with work(city) as w:
        told(w, DAILY, anna, once="2", title="Вечером")
    deliver()
    assert letters(work, city) == []
    # Eight in the morning where the city is.
    clock.set(datetime(2026, 6, 16, 2, 59, tzinfo=UTC))
    deliver()
    assert letters(work, city) == []
    clock.set(datetime(2026, 6, 16, 3, 0, tzinfo=UTC))
    deliver()
    sent = dict(letters(work, city))
    assert "2\u00a0уведомления за день" in sent["anna@example.org"]
    assert "1\u00a0уведомление за день" in sent["boris@example.org"]
    body = next(one for one in bodies(work, city) if "Вечером" in one)
    assert body.index("Утром") < body.index("Вечером")
    clock.move(timedelta(days=3))
    deliver()
    assert len(letters(work, city)) == 2


def test_a_weekly_digest_comes_on_monday(work, city, deliver, clock, anna):
    with work(city) as w:
        told(w, WEEKLY, anna, once="1", title="В понедельник")
    deliver()
    for _day in range(6):
        clock.move(timedelta(days=1))
        deliver()
    assert letters(work, city) == []
    clock.set(datetime(2026, 6, 22, 3, 0, tzinfo=UTC))
    deliver()
    assert [subject for _, subject in letters(work, city)] == [
        f"{city.product()}: 1\u00a0уведомление за неделю"
    ]


def test_what_was_read_or_switched_off_meanwhile_is_left_out(work, city, deliver, clock, anna):
    with work(city) as w:
        told(w, DAILY, anna, once="1", title="Прочитано")
        told(w, DAILY, anna, once="2", title="Новое")
    deliver()
    with work(city) as w:
        row = w.session.scalars(select(NoticeRow).where(NoticeRow.once == "1")).one()
        row.read_at = w.now
    clock.move(TUESDAY)
    deliver()
    (body,) = bodies(work, city)
    assert "Новое" in body
    assert "Прочитано" not in body
    with work(city) as w:
        told(w, DAILY, anna, once="3", title="Третье")
    deliver()
    with work(city) as w:
        choose(w, anna, DAILY, Chosen("never", push=False))
    clock.move(timedelta(days=1))
    deliver()
    assert len(letters(work, city)) == 1


def test_a_notice_that_commits_late_is_in_the_next_digest_once(
    runtime, work, city, deliver, clock, anna
):
    """The slow transaction began, and made its ids, before the digest of the morning, and commits
    after it. Cursors on time or id would skip it for ever."""
    slow = work(city)
    late = slow.__enter__()
    told(late, DAILY, anna, once="late", title="Опоздавшее")
    with work(city) as w:
        told(w, DAILY, anna, once="quick", title="Быстрое")
    deliver()
    clock.move(TUESDAY)
    deliver()
    assert len(letters(work, city)) == 1
    with work(city) as w:
        quick = w.session.scalars(select(NoticeRow.id).where(NoticeRow.once == "quick")).one()
    slow.__exit__(None, None, None)
    with work(city) as w:
        assert w.session.scalars(select(NoticeRow.id).where(NoticeRow.once == "late")).one() < quick
    deliver()
    clock.move(timedelta(days=1))
    deliver()
    clock.move(timedelta(days=1))
    deliver()
    found = bodies(work, city)
    assert [("Опоздавшее" in one, "Быстрое" in one) for one in found] == [
        (False, True),
        (True, False),
    ]


def test_a_digest_waits_for_notices_that_are_just_joining_it(work, city, deliver, clock, anna):
    """The hour comes while a worker is putting a notice into this very digest and has not
    committed: the digest waits for it, instead of leaving it in a round that is over."""
    with work(city) as w:
        told(w, DAILY, anna, once="1", title="Раннее")
    deliver()
    with work(city) as w:
        told(w, DAILY, anna, once="2", title="Позднее")
        second = w.session.scalars(select(NoticeRow.id).where(NoticeRow.once == "2")).one()
    joining = work(city)
    w = joining.__enter__()
    delivery.route(w, [second], KINDS)
    clock.move(TUESDAY)
    sending = threading.Thread(
        target=lambda: _send_now(work, city, anna.id),
    )
    sending.start()
    sending.join(0.5)
    assert sending.is_alive(), "the digest did not wait"
    joining.__exit__(None, None, None)
    sending.join(10)
    assert not sending.is_alive()
    deliver()
    (body,) = bodies(work, city)
    assert "Раннее" in body
    assert "Позднее" in body
    clock.move(timedelta(days=2))
    deliver()
    assert len(letters(work, city)) == 1


def _send_now(work, city, person):
    with work(city) as w:
        delivery.send_digests(w, [delivery.DigestDue(person, "daily")], KINDS)


def test_a_notice_that_joins_while_a_digest_is_leaving_asks_for_another(
    work, city, deliver, clock, anna
):
    """The other way round: the digest has taken what there was and is about to commit."""
    with work(city) as w:
        told(w, DAILY, anna, once="1", title="Раннее")
    deliver()
    clock.move(TUESDAY)
    with work(city) as w:
        told(w, DAILY, anna, once="2", title="Позднее")
        second = w.session.scalars(select(NoticeRow.id).where(NoticeRow.once == "2")).one()
    leaving = work(city)
    w = leaving.__enter__()
    assert delivery.send_digests(w, [delivery.DigestDue(anna.id, "daily")], KINDS) == 1

    def join():
        with work(city) as other:
            delivery.route(other, [second], KINDS)

    joining = threading.Thread(target=join)
    joining.start()
    joining.join(0.5)
    assert joining.is_alive(), "the notice did not wait"
    leaving.__exit__(None, None, None)
    joining.join(10)
    deliver()
    clock.move(timedelta(days=1))
    deliver()
    assert [("Раннее" in one, "Позднее" in one) for one in bodies(work, city)] == [
        (True, False),
        (False, True),
    ]


# Crashes and repetitions.


@pytest.mark.parametrize("breaks_at", [1, 2, 3])
def test_a_worker_that_dies_in_the_middle_sends_nothing_twice(
    work, city, deliver, clock, anna, boris, monkeypatch, breaks_at
):
    with work(city) as w:
        told(w, AT_ONCE, anna, boris, once="1", title="Сразу")
        told(w, AT_ONCE, anna, once="2", title="Ещё")
    really, calls = delivery.queue, []

    def queue(*args, **kwargs):
        calls.append(1)
        if len(calls) == breaks_at:
            raise MemoryError
        return really(*args, **kwargs)

    monkeypatch.setattr(delivery, "queue", queue)
    deliver()
    clock.move(timedelta(minutes=10))
    deliver()
    assert sorted(letters(work, city)) == [
        ("anna@example.org", "Ещё"),
        ("anna@example.org", "Сразу"),
        ("boris@example.org", "Сразу"),
    ]


def test_a_digest_that_breaks_off_is_sent_later_once(
    work, city, deliver, clock, anna, boris, monkeypatch
):
    with work(city) as w:
        told(w, DAILY, anna, boris)
    deliver()
    really, calls = delivery.queue, []

    def queue(*args, **kwargs):
        calls.append(1)
        if len(calls) <= 2:
            raise OSError
        return really(*args, **kwargs)

    monkeypatch.setattr(delivery, "queue", queue)
    clock.move(TUESDAY)
    deliver()
    clock.move(timedelta(minutes=10))
    deliver()
    clock.move(timedelta(days=2))
    deliver()
    assert sorted(address for address, _ in letters(work, city)) == [
        "anna@example.org",
        "boris@example.org",
    ]


def test_the_same_event_again_does_nothing(work, city, deliver, clock, anna):
    """The relay may offer an event twice; without receipts it would still be so."""
    with work(city) as w:
        told(w, AT_ONCE, anna, once="1")
        told(w, DAILY, anna, once="2")
        events = tuple(w.waiting_events)
    deliver()
    with work(city) as w:
        jobs.route_notices(w, events)
        assert not w.waiting_events
    clock.move(TUESDAY)
    deliver()
    with work(city) as w:
        assert delivery.send_digests(w, [delivery.DigestDue(anna.id, "daily")], KINDS) == 0
    assert len(letters(work, city)) == 2


def test_a_kind_that_nobody_declares_any_more_still_arrives(work, city, deliver, anna, monkeypatch):
    monkeypatch.setattr(jobs, "message_kinds", lambda: {})
    with work(city) as w:
        told(w, AT_ONCE, anna, title="Весть")
    deliver()
    assert letters(work, city) == [("anna@example.org", "Весть")]


def test_a_digest_of_very_much_names_the_first_and_counts_the_rest(
    work, city, deliver, clock, anna
):
    with work(city) as w:
        for number in range(53):
            told(w, DAILY, anna, once=str(number), title=f"Весть {number:02}")
    deliver()
    clock.move(TUESDAY)
    deliver()
    (body,) = bodies(work, city)
    assert "Весть 49" in body
    assert "Весть 50" not in body
    assert "И ещё 3\u00a0уведомления" in body
