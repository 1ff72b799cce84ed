"""Taking points back, and credits for ideas and comments."""

from datetime import date
from uuid import UUID

import msgspec
import pytest

from core.features.bonus import queries
from core.features.bonus.service import Earned, annul, credit
from core.kit.ids import new_id
from tests.features.polls.build import resident

TODAY = date(2026, 6, 15)


class Published(msgspec.Struct, frozen=True):
    idea_id: UUID
    author_id: UUID | None
    day: date
    campaign_id: UUID | None = None


class Commented(msgspec.Struct, frozen=True):
    comment_id: UUID
    kind: str
    subject_id: UUID
    author_id: UUID
    day: date


@pytest.fixture
def person(work, city):
    with work(city) as w:
        return resident(w)


def balance(work, city, person):
    with work(city) as w:
        return queries.balance(w.session, person)


def test_ideas_and_comments_earn_their_tariff(work, city, person, deliver):
    with work(city) as w:
        w.emit("ideas.published", Published(new_id(), person, TODAY))
        w.emit("ideas.published", Published(new_id(), None, TODAY))
        w.emit("comments.published", Commented(new_id(), "ideas.idea", new_id(), person, TODAY))
    deliver()
    assert balance(work, city, person) == 22
    with work(city) as w:
        transfers, _more = queries.statement(w.session, person)
    assert {one.act: one.points for one in transfers} == {"idea": 20, "comment": 2}
    assert all(one.reasons for one in transfers)


def test_the_cap_of_a_day_holds_over_all_acts(work, city, person, deliver):
    with work(city) as w:
        for _ in range(3):
            w.emit("ideas.published", Published(new_id(), person, TODAY))
    deliver()
    assert balance(work, city, person) == 40


def test_annulment_is_a_movement_and_happens_once(work, city, person):
    event = new_id()
    with work(city) as w:
        credit(w, [Earned(new_id(), person, "idea", "idea:x", TODAY, None)])
    for points in (20, 0):
        with work(city) as w:
            taken = annul(
                w,
                event=event,
                resident_id=person,
                subject="block:x",
                day=TODAY,
                reasons=[{"text": "п. 3.9"}],
            )
            assert taken == points
    with work(city) as w:
        assert queries.balance(w.session, person) == 0
        assert queries.unsound_accounts(w.session) == ()
    with work(city) as w:
        credit(w, [Earned(new_id(), person, "vote", "poll:x", date(2026, 6, 16), 5)])
        annul(w, event=event, resident_id=person, subject="block:x", day=TODAY, reasons=[])
    assert balance(work, city, person) == 5


def test_nobody_owes_points(work, city, person):
    with work(city) as w:
        taken = annul(
            w, event=new_id(), resident_id=person, subject="block:x", day=TODAY, reasons=[]
        )
        assert taken == 0
    assert balance(work, city, person) == 0
