"""The small parts of which a year is made."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from random import Random
from types import SimpleNamespace
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.demo.ballots import Vote
from core.demo.dice import dice, ordered_id, random_id, shares
from core.demo.names import full_name
from core.demo.people import make_people
from core.demo.points import Ledger, Promise
from core.demo.rhythm import Rhythm, poll_days, registration_days
from core.demo.texts import Ages, Scale
from core.kit.level import Level
from core.rules import Catalogue
from core.tenancy.folder import read_folder

ZONE = ZoneInfo("Asia/Yekaterinburg")
FIRST, LAST = date(2026, 3, 2), date(2026, 3, 22)


def rhythm(weight, first=FIRST, last=LAST, zone=ZONE):
    begin = datetime(first.year, first.month, first.day, tzinfo=zone)
    end = datetime(last.year, last.month, last.day, tzinfo=zone) + timedelta(days=1)
    return Rhythm(begin, end, zone, weight)


@given(st.integers(0, 100_000), st.lists(st.floats(0.01, 100), min_size=1, max_size=40))
def test_shares_add_up(total, weights):
    parts = shares(total, weights)
    assert sum(parts) == total
    assert all(
        abs(part - total * weight / sum(weights)) < 1.000001
        for part, weight in zip(parts, weights, strict=True)
    )


def test_chance_repeats():
    assert dice("a", 1).random() == dice("a", 1).random()
    assert dice("a", 1).random() != dice("a", 2).random()


@given(st.integers(0, 2**62), st.integers(1_500_000_000, 2_500_000_000))
def test_ids_are_what_they_say(seed, at):
    first = ordered_id(Random(seed), at)
    assert (first.version, first.variant) == (7, UUID(int=0x8 << 60).variant)
    assert first < ordered_id(Random(seed), at + 1)
    assert first.int >> 80 >= at * 1000
    assert random_id(Random(seed)).version == 4


def test_people_vote_in_the_evening_and_when_a_poll_begins():
    busy = rhythm(poll_days(FIRST, LAST, Random(1)))
    drawn = busy.draw(Random(2), 20_000)
    assert min(drawn) >= busy.first
    assert max(drawn) < busy.end
    local = [datetime.fromtimestamp(at, ZONE) for at in drawn]
    hours = Counter(one.hour for one in local)
    assert sum(hours[hour] for hour in range(18, 23)) > 0.35 * len(drawn)
    assert sum(hours[hour] for hour in range(1, 6)) < 0.04 * len(drawn)
    days = Counter(one.date() for one in local)
    middle = sorted(days[FIRST + timedelta(days=n)] for n in range(6, 16))[5]
    assert days[FIRST] > 2 * middle
    assert days[LAST] > 1.4 * middle
    assert set(days) == {FIRST + timedelta(days=n) for n in range(21)}


def test_a_day_of_a_rhythm_is_the_city_s_own():
    busy = rhythm(lambda day: 1.0)
    for at in busy.draw(Random(3), 500):
        assert busy.day(at) == datetime.fromtimestamp(at, ZONE).date()


def test_clocks_that_change_lose_no_hour():
    berlin = ZoneInfo("Europe/Berlin")
    busy = rhythm(lambda day: 1.0, date(2026, 3, 28), date(2026, 3, 30), berlin)
    assert busy.end - busy.first == 71 * 3600
    for at in busy.draw(Random(3), 500):
        assert busy.day(at) == datetime.fromtimestamp(at, berlin).date()


def test_registrations_rise_at_the_launch_and_with_every_poll():
    launch = date(2026, 1, 1)
    opening = launch + timedelta(days=100)
    weight = registration_days(launch, [(opening, 2.0)], Random(1))
    assert weight(launch) > 3 * weight(launch + timedelta(days=60))
    assert weight(opening) > 2 * weight(opening - timedelta(days=1))


def test_names_agree():
    names = {full_name(Random(n)) for n in range(3000)}
    assert len(names) > 2000
    for name in names:
        first, last = name.split()
        woman = first[-1] in "аяь" and first not in {"Игорь", "Никита", "Илья", "Рамиль"}
        assert last.endswith("а") is woman, name


@pytest.mark.parametrize("today", [date(2026, 6, 15), date(2028, 2, 29), date(2027, 3, 1)])
def test_people_are_as_old_and_as_well_known_as_asked(today):
    scale = Scale(
        residents=2005,
        votes=0,
        levels={Level.NONE: 0.1, Level.CONTACT: 0.2, Level.IDENTITY: 0.3, Level.RESIDENT: 0.4},
        ages=(Ages(since=14, to=17, share=0.1), Ages(since=18, to=80, share=0.9)),
    )
    busy = rhythm(lambda day: 1.0)
    people = make_people("x", scale, ["north", "south"], today=today, rhythm=busy)
    assert len(people) == 2005
    others = [one for one in people if one.ready is None]
    levels = Counter(one.level for one in others)
    assert levels == {
        Level.NONE: 200,
        Level.CONTACT: 400,
        Level.IDENTITY: 600,
        Level.RESIDENT: 800,
    }
    ages = [
        today.year
        - one.born_on.year
        - ((today.month, today.day) < (one.born_on.month, one.born_on.day))
        for one in others
        if one.born_on is not None
    ]
    assert min(ages) >= 14
    assert max(ages) <= 80
    assert 0.07 < sum(age < 18 for age in ages) / len(ages) < 0.13
    assert all(busy.first <= one.registered < busy.end for one in people)
    assert all(one.district for one in others if one.level is Level.RESIDENT)
    assert all(one.level is Level.CONTACT for one in people if one.blocked_at is not None)


class Notebook:
    """Stands in for the tables."""

    def __init__(self):
        self.rows = {}

    def copy(self, table, columns, rows):
        self.rows[table] = [dict(zip(columns.split(), row, strict=True)) for row in rows]


def test_the_daily_cap_of_the_rule_is_kept(root):
    """Nine votes of one person on one day: the rule gives 5 points each, but 40 a day at most."""
    regulation = read_folder(root / "tenants" / "gubkinsky").regulation()
    ledger = Ledger(regulation, Catalogue.installed(), "bonus", "ru")
    eager, calm = (SimpleNamespace(id=UUID(int=n)) for n in (1, 2))
    noon = int(datetime(2026, 3, 2, 7, tzinfo=UTC).timestamp())
    promises = [
        Promise(
            Vote(noon + n, FIRST if n < 9 else FIRST + timedelta(days=1), person),
            SimpleNamespace(id=UUID(int=100 + n), number=n, law=SimpleNamespace(points=5)),
        )
        for n, person in enumerate([eager] * 9 + [calm, eager])
    ]
    tables = Notebook()
    ledger.write("seed", tables, [one.earning for one in promises], noon + 86_400)
    assert tables.rows["bonus_account"] == [
        {"resident_id": eager.id, "balance": 45},
        {"resident_id": calm.id, "balance": 5},
    ]
    first_day = [
        row
        for row in tables.rows["bonus_transfer"]
        if row["credit"] == str(eager.id) and row["booked_on"] == FIRST
    ]
    assert [row["points"] for row in first_day] == [5] * 8
    assert all("п. 1.1" in row["reasons"] for row in first_day)
