"""The production calendar: the country's days off and transfers, and what a city adds to them."""

from datetime import date

import msgspec
import pytest

from core.deadlines.calendar import calendar_of, named_days
from core.deadlines.domain import DayKind, LastDay, Term, due_on
from core.kit.text import Text
from core.tenancy.folder import FolderError, check_folder, read_folder, write_folder
from core.tenancy.tenant import CityCalendar, SpecialDay, Tenant
from tests.conftest import ROOT

GUBKINSKY = read_folder(ROOT / "tenants" / "gubkinsky")


def city(*own: SpecialDay) -> Tenant:
    profile = msgspec.structs.replace(GUBKINSKY.profile, calendar=CityCalendar(day=own))
    return Tenant(id=1, slug="city", role="t_1", profile=profile)


def special(on: date, *, working: bool) -> SpecialDay:
    return SpecialDay(
        on=on,
        working=working,
        title=Text(ru="По решению города", en="By the city's decision"),
        act="order-2272",
        clause="п. 1",
    )


@pytest.mark.parametrize(
    ("day", "working"),
    [
        (date(2024, 4, 27), True),  # a Saturday that was worked
        (date(2024, 4, 29), False),  # the day off that it was exchanged for
        (date(2025, 11, 1), True),
        (date(2025, 12, 31), False),
        (date(2026, 1, 9), False),  # moved from 3 January
        (date(2026, 3, 9), False),  # 8 March fell on a Sunday
        (date(2026, 6, 12), False),
        (date(2026, 6, 15), True),
        (date(2026, 6, 20), False),
    ],
)
def test_the_country_with_its_transfers(day, working):
    assert calendar_of(city(), (day.year,)).is_working(day) is working


def test_five_working_days_around_the_may_holidays():
    calendar = calendar_of(city(), (2026,))
    # Thursday 30 April; 1 May and 11 May are off.
    assert due_on(Term(5, DayKind.WORKING), date(2026, 4, 30), calendar) == date(2026, 5, 8)
    assert due_on(Term(6, DayKind.WORKING), date(2026, 4, 30), calendar) == date(2026, 5, 12)


def test_ten_calendar_days_into_the_new_year_holidays():
    calendar = calendar_of(city(), (2026, 2027))
    start = date(2026, 12, 25)
    assert due_on(Term(10, DayKind.CALENDAR), start, calendar) == date(2027, 1, 4)
    moved = due_on(Term(10, DayKind.CALENDAR, LastDay.NEXT_WORKING), start, calendar)
    assert moved == date(2027, 1, 11)


def test_a_city_has_days_of_its_own():
    own = city(special(date(2026, 6, 19), working=False), special(date(2026, 6, 20), working=True))
    calendar = calendar_of(own, (2026,))
    assert not calendar.is_working(date(2026, 6, 19))
    assert calendar.is_working(date(2026, 6, 20))
    named = named_days(own, (2026,))
    assert named[date(2026, 6, 19)].clause == "п. 1"
    assert named[date(2026, 6, 12)].title.en == "Russia Day"
    assert calendar_of(city(), (2026,)).is_working(date(2026, 6, 19))


def test_a_city_may_work_on_a_day_that_the_country_has_off():
    own = city(special(date(2026, 6, 12), working=True))
    assert calendar_of(own, (2026,)).is_working(date(2026, 6, 12))


def test_years_the_package_does_not_know_have_weekends():
    calendar = calendar_of(city(), (2150,))
    assert not calendar.is_working(date(2150, 1, 3))
    assert calendar.is_working(date(2150, 1, 1))


# The city's file.


def copy(tmp_path, calendar: str):
    path = tmp_path / "gubkinsky"
    write_folder(GUBKINSKY, path)
    (path / "reference" / "calendar.toml").write_text(calendar, encoding="utf-8")
    return path


LINE = """
[[day]]
on = {on}
working = false
title = {{ ru = "День города", en = "City Day" }}
act = "{act}"
clause = "п. 1"
"""


def test_the_file_is_read_and_written_back(tmp_path):
    path = copy(tmp_path, "remind_days = [5, 1]\n" + LINE.format(on="2026-08-31", act="order-2272"))
    folder = read_folder(path)
    assert folder.profile.calendar.remind_days == (5, 1)
    assert folder.profile.calendar.day[0].on == date(2026, 8, 31)
    again = tmp_path / "again" / "gubkinsky"
    write_folder(folder, again)
    assert read_folder(again) == folder


def test_a_city_without_the_file_has_the_country_s_calendar(tmp_path):
    path = copy(tmp_path, "")
    (path / "reference" / "calendar.toml").unlink()
    folder = read_folder(path)
    assert folder.profile.calendar == CityCalendar()
    write_folder(GUBKINSKY, path)
    write_folder(folder, path)
    assert not (path / "reference" / "calendar.toml").exists()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("remind_days = [0]", "remind_days"),
        ("remind = [1]", "remind"),
        (LINE.format(on="2026-08-31", act="order-2272") * 2, "2026-08-31"),
        (LINE.format(on="2026-08-31", act="order-2272").replace("п. 1", 'п. 1"\nx = "1'), "x"),
    ],
)
def test_what_cannot_be_meant_is_refused(tmp_path, text, problem):
    with pytest.raises(FolderError, match=problem):
        read_folder(copy(tmp_path, text))


@pytest.mark.parametrize(
    ("on", "act", "severity"),
    [
        ("2026-08-31", "no-such-act", "error"),
        ("2026-08-30", "order-2272", "warning"),
        ("2020-08-31", "order-2272", "warning"),
    ],
)
def test_an_act_that_is_not_there_and_days_that_make_no_sense_are_found(
    tmp_path, on, act, severity
):
    from core.rules import Catalogue

    folder = read_folder(copy(tmp_path, LINE.format(on=on, act=act)))
    found = [one for one in check_folder(folder, Catalogue.installed()) if "calendar" in one.where]
    assert [one.severity for one in found] == [severity]
