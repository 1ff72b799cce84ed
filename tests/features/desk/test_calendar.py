"""The calendar page, and the feed behind a secret address."""

from datetime import date, timedelta

import icalendar
import pytest

from core.deadlines.obligations import close_obligation
from core.features.desk import service
from core.identity import staff
from tests.features.desk.build import KIND, TODAY, owe
from tests.features.desk.conftest import BONUS
from tests.features.polls.build import official
from tests.support.http import visible_text


def test_a_month_shows_days_off_and_what_is_due(work, city, desk_of, moderator):
    with work(city) as w:
        owe(w, "poll:1", date(2026, 6, 22), "Передать итоги")
        owe(w, "poll:2", date(2026, 6, 11), "Сделанное дело")
        close_obligation(w, KIND, "poll:2")
        owe(w, "poll:3", date(2026, 7, 22), "Июльское дело")
    page = desk_of(moderator).get("/desk/calendar")
    words = visible_text(page)
    assert "Июнь 2026" in words
    assert "День России" in words
    assert "Передать итоги" in words
    assert "Сделанное дело, сделано" in words.replace(" ,", ",")
    assert "Июльское дело" not in words
    assert page.text.count('aria-current="date"') == 1
    july = visible_text(desk_of(moderator).get("/desk/calendar?month=2026-07"))
    assert "Июльское дело" in july
    august = visible_text(desk_of(moderator).get("/desk/calendar?month=2026-08"))
    assert "День города (выходной)" in august


def test_the_whole_city_s_for_those_who_may(work, city, desk_of, moderator):
    with work(city) as w:
        owe(w, "poll:1", TODAY, "Дело контролёра", holder_permission="deadlines.control")
    desk = desk_of(moderator)
    assert "Дело контролёра" not in visible_text(desk.get("/desk/calendar"))
    assert "Дело контролёра" in visible_text(desk.get("/desk/calendar?whose=all"))


@pytest.mark.parametrize(
    "query",
    [
        "month=2026",
        "month=2026-13",
        "month=1999-01",
        "month=x-y",
        "month=2026-1-1",
        "month=２０２６-01",
        "whose=you",
    ],
)
def test_a_month_that_is_none_is_not_there(desk_of, moderator, query):
    assert desk_of(moderator).get(f"/desk/calendar?{query}").status_code == 404


@pytest.mark.parametrize("month", ["2010-01", "2100-12"])
def test_the_ends_of_time(desk_of, moderator, month):
    assert desk_of(moderator).get(f"/desk/calendar?month={month}").status_code == 200


# The feed.


def address(desk) -> str:
    """Ask for an address as the page does, and read it there."""
    assert desk.submit("/desk/calendar").status_code == 303
    text = desk.get("/desk/calendar").text
    return "/desk/calendar.ics?token=" + text.split("calendar.ics?token=")[1].split("<")[0]


def test_the_feed_needs_no_session_and_tells_only_what_its_owner_owes(
    work, city, client, desk_of, moderator
):
    with work(city) as w:
        task = owe(w, "poll:1", date(2026, 6, 22), "Передать итоги")
        owe(w, "poll:2", date(2026, 6, 23), "Не моё", holder_permission="people.manage")
        owe(w, "poll:3", date(2026, 6, 24), "Сделанное")
        close_obligation(w, KIND, "poll:3")
    answer = client(city).get(address(desk_of(moderator)))
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/calendar")
    assert answer.headers["cache-control"] == "private, no-store"
    calendar = icalendar.Calendar.from_ical(answer.content)
    (event,) = calendar.walk("VEVENT")
    assert event["SUMMARY"] == "Передать итоги"
    assert event["DTSTART"].dt == date(2026, 6, 22)
    assert event["DTEND"].dt == date(2026, 6, 23)
    assert event["UID"] == f"{task}@gubkinsky"
    assert str(event["URL"]).endswith(f"/desk/tasks/{task}")
    assert "п. 3.13, Регламент, № 2272" in event["DESCRIPTION"]
    assert event.walk("VALARM")[0]["TRIGGER"].dt == timedelta(hours=9)


def test_a_new_address_makes_the_old_one_worthless(city, client, desk_of, moderator):
    desk = desk_of(moderator)
    first, second = address(desk), address(desk)
    assert first != second
    assert client(city).get(first).status_code == 404
    assert client(city).get(second).status_code == 200


def test_an_address_is_good_in_one_city_only(city, other_city, runtime, client, desk_of, moderator):
    path = address(desk_of(moderator))
    for tenant in runtime.registry.all():
        wanted = 200 if tenant.slug == city.slug else 404
        assert client(tenant).get(path).status_code == wanted


def test_the_feed_ends_with_the_account_and_with_the_right(
    runtime, work, city, client, desk_of, moderator, hire
):
    path, other = address(desk_of(moderator)), address(desk_of(hire(BONUS)))
    with work(city, official(runtime, city, "people.manage")) as w:
        staff.disable(w, moderator.id)
    assert client(city).get(path).status_code == 404
    assert client(city).get(other).status_code == 200


@pytest.mark.parametrize(
    "token", ["", "x", "=", "%00", "я", "A" * 48, "A" * 200, "////", "-_-_", "AAAA" * 12]
)
def test_a_made_up_address_is_nobody_s(city, client, desk_of, moderator, token):
    address(desk_of(moderator))
    assert client(city).get("/desk/calendar.ics", params={"token": token}).status_code == 404
    assert client(city).get("/desk/calendar.ics").status_code == 404


def test_a_token_does_not_stand_in_the_database(work, city, moderator, owner):
    with work(city, moderator) as w:
        service.renew_feed(w)
        token = service.feed_token(w)
        assert token
    rows = owner.execute(f'SELECT nonce FROM "{city.schema}".calendar_feed').fetchall()
    assert len(rows) == 1
    assert bytes(rows[0][0]).hex() not in token
