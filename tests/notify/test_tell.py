"""Notices are written with the fact, once for a person, to those who still are somebody."""

from contextlib import suppress

import msgspec
import pytest
from sqlalchemy import func, select, text

from core.identity import own_data, staff
from core.identity.model import Resident
from core.kit.ids import new_id
from core.notify import cabinet
from core.notify.model import NoticeRow
from core.notify.tell import NOTICED, Noticed, Recipient, unread
from tests.identity.build import email, official, resident
from tests.notify.build import AT_ONCE, told


def test_a_notice_is_there_with_the_fact_and_gone_with_it(work, city, anna):
    with suppress(RuntimeError), work(city) as w:
        assert told(w, AT_ONCE, anna) == 1
        raise RuntimeError
    with work(city) as w:
        assert unread(w.session, anna) == 0
        assert told(w, AT_ONCE, anna) == 1
        assert [one.kind for one in w.waiting_events] == [NOTICED]
    with work(city) as w:
        assert unread(w.session, anna) == 1


def test_once_is_once_for_each_person(work, city, anna, boris):
    with work(city) as w:
        assert told(w, AT_ONCE, anna, anna, once="idea:1") == 1
        assert told(w, AT_ONCE, anna, boris, once="idea:1") == 1
        assert told(w, AT_ONCE, anna, boris, once="idea:2") == 2
        assert told(w, AT_ONCE, once="idea:3") == 0
    with work(city) as w:
        assert unread(w.session, anna) == unread(w.session, boris) == 2


def test_another_city_knows_nothing_of_it(work, city, other_city, anna):
    with work(other_city) as w:
        assert told(w, AT_ONCE, anna) == 0
    with work(city) as w:
        told(w, AT_ONCE, anna)
    with work(other_city) as w:
        assert unread(w.session, anna) == 0


def test_the_erased_and_the_disabled_are_passed_over_and_the_blocked_are_told(work, city, anna):
    with work(city) as w:
        gone = Recipient("resident", resident(w, email("gone")))
        blocked = Recipient("resident", resident(w, email("blocked")))
        own_data.erase(w, gone.id)
        w.session.get_one(Resident, blocked.id).blocked_at = w.now
        boss = Recipient("staff", official(w, address="boss@example.org"))
        left = Recipient("staff", official(w, address="left@example.org"))
        staff.disable(w, left.id)
        nobody = Recipient("resident", new_id())
        # Somebody's id under the wrong kind is nobody.
        mixed = Recipient("staff", anna.id)
        assert told(w, AT_ONCE, gone, left, nobody, mixed) == 0
        assert told(w, AT_ONCE, anna, blocked, boss) == 3


def test_thousands_are_told_by_one_statement(work, city):
    with work(city) as w:
        w.session.execute(
            text(
                "INSERT INTO resident (id, created_at)"
                " SELECT gen_random_uuid(), now() FROM generate_series(1, 3000)"
            )
        )
        people = [
            Recipient("resident", one) for one in w.session.scalars(select(Resident.id)).all()
        ]
        assert told(w, AT_ONCE, *people) == len(people)
        spoken_of = [
            notice
            for event in w.waiting_events
            if event.kind == NOTICED
            for notice in msgspec.json.decode(event.payload, type=Noticed).notice_ids
        ]
        assert len(set(spoken_of)) == len(people)
        assert max(len(one.payload) for one in w.waiting_events) < 10_000
        assert w.session.scalar(select(func.count()).select_from(NoticeRow)) == len(people)


def test_the_cabinet_has_unread_first_and_loses_none_between_pages(work, city, anna):
    with work(city) as w:
        for number in range(7):
            told(w, AT_ONCE, anna, once=str(number), title=f"№ {number}", path=f"/{number}")
    with work(city) as w:
        everything = cabinet.page(w.session, anna, most=100).items
        assert [one.title.ru for one in everything] == [f"№ {n}" for n in range(6, -1, -1)]
        assert cabinet.open_notice(w, everything[0].id, anna) == "/6"
        assert cabinet.open_notice(w, everything[4].id, anna) == "/2"
        # Somebody else may follow the link, but reads nothing for her.
        assert cabinet.open_notice(w, everything[1].id, None) == "/5"
        assert cabinet.open_notice(w, new_id(), anna) is None
        found, after = [], None
        while True:
            page = cabinet.page(w.session, anna, after=after, most=2)
            found += [one.title.ru for one in page.items]
            after = page.after
            if after is None:
                break
        assert found == ["№ 5", "№ 4", "№ 3", "№ 1", "№ 0", "№ 6", "№ 2"]
        assert unread(w.session, anna) == 5


@pytest.mark.parametrize("cursor", ["x~", "u~1", "~", "r~nonsense", "u~\x00"])
def test_a_made_up_cursor_is_refused(work, city, anna, cursor):
    with work(city) as w, pytest.raises(ValueError):
        cabinet.page(w.session, anna, after=cursor)


def test_reading_all_leaves_what_came_meanwhile(work, city, anna, boris):
    with work(city) as w:
        told(w, AT_ONCE, anna, boris, once="1")
        shown = cabinet.page(w.session, anna).items[0].id
        told(w, AT_ONCE, anna, once="2")
    with work(city) as w:
        assert cabinet.mark_all(w, anna, until=shown) == 1
        assert cabinet.mark_all(w, anna, until=shown) == 0
        assert (unread(w.session, anna), unread(w.session, boris)) == (1, 1)
