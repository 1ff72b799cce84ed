"""The results go to the initiator: the term begins as a poll closes and ends as they are sent."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from core.deadlines.obligations import of_subject
from core.features.polls import queries
from core.features.polls.service import life, reporting
from core.identity.model import OutgoingMessage
from core.kit.actor import SystemActor
from core.kit.errors import Conflict, Invalid
from core.rules import Refused
from tests.features.console.browsing import offers, signed_in, step_fields
from tests.features.polls.build import official, open_poll
from tests.features.polls.web.browsing import close, publish, turn_out
from tests.support.http import visible_text


@pytest.fixture
def city(runtime):
    return runtime.registry.by_slug("gubkinsky")


@pytest.fixture
def chief(runtime, city):
    return official(runtime, city, name="Заместитель главы")


def owed(runtime, city, poll):
    with runtime.work(city, SystemActor("test")) as work:
        return next(iter(of_subject(work.session, f"poll:{poll}")), None)


def test_five_working_days_from_the_last_day_with_the_clause(runtime, clock, city, chief):
    poll = open_poll(runtime, city, staff=chief)  # 15 June to 5 July, a Sunday
    assert owed(runtime, city, poll) is None
    close(runtime, clock, city, poll)
    found = owed(runtime, city, poll)
    assert found.kind == "polls.results_to_initiator"
    assert found.due_on == date(2026, 7, 10)
    assert found.state == "open"
    assert found.holder_staff == chief.id
    assert found.remind_days == (2,)
    clauses = [clause["number"] for reason in found.reasons for clause in reason["clauses"]]
    assert clauses == ["п. 3.13", "п. 3.13"]
    assert "5\u00a0рабочих дней" in found.reasons[0]["text"]


@pytest.mark.parametrize(
    ("slug", "first", "days", "due"),
    [
        # Three working days after Friday 12 June, a holiday.
        ("tyumen", date(2026, 6, 3), 10, date(2026, 6, 17)),
        # Seven working days, and no quorum.
        ("oktyabrsky", date(2026, 6, 3), 14, date(2026, 6, 25)),
        # Ten calendar days that end on a Sunday: the next working day.
        ("perm", date(2026, 6, 3), 40, date(2026, 7, 22)),
    ],
)
def test_every_city_by_its_own_law(runtime, clock, slug, first, days, due):
    there = runtime.registry.by_slug(slug)
    clock.set(clock.now() + (first - date(2026, 6, 15)) * 1)
    poll = open_poll(runtime, there, days=days)
    close(runtime, clock, there, poll)
    found = owed(runtime, there, poll)
    with runtime.work(there, SystemActor("test")) as work:
        view = queries.poll_view(work.session, poll)
    if slug == "tyumen":
        # A missed quorum prolongs the poll there; the term follows its new last day.
        assert found.due_on > view.closes_on
        assert view.extensions > 0
    else:
        assert (view.closes_on, found.due_on) == (first + timedelta(days=days - 1), due)


def test_closing_twice_opens_one_obligation(runtime, clock, city, deliver, chief):
    poll = open_poll(runtime, city, staff=chief)
    close(runtime, clock, city, poll)
    before = owed(runtime, city, poll)
    deliver()
    deliver()
    assert owed(runtime, city, poll) == before


def test_an_author_without_the_right_owes_nothing_personally(runtime, clock, city, chief):
    poll = open_poll(runtime, city, staff=chief)
    with runtime.work(city, SystemActor("test")) as work:
        queries.locked_poll(work.session, poll).created_by = "system:import"
    close(runtime, clock, city, poll)
    found = owed(runtime, city, poll)
    assert (found.holder_staff, found.holder_permission) == (None, "polls.publish")


def test_a_withdrawn_poll_owes_nothing(runtime, clock, city, chief):
    poll = open_poll(runtime, city, staff=chief)
    close(runtime, clock, city, poll)
    with runtime.work(city, chief) as work:
        life.withdraw(work, poll_id=poll, note="Ошибка в вопросе")
    assert owed(runtime, city, poll).state == "cancelled"


def test_by_letter_with_the_results_and_the_protocol(runtime, clock, city, chief):
    poll = open_poll(runtime, city, staff=chief)
    turn_out(runtime, city, poll, 3)
    close(runtime, clock, city, poll)
    with runtime.work(city, chief) as work, pytest.raises(Conflict):
        reporting.hand_over(work, poll_id=poll, way="email", address="unit@example.org")
    publish(runtime, city, poll)
    with runtime.work(city, chief) as work, pytest.raises(Invalid):
        reporting.hand_over(work, poll_id=poll, way="email", address="nowhere")
    with runtime.work(city, chief) as work, pytest.raises(Invalid):
        reporting.hand_over(work, poll_id=poll, way="otherwise", note=" ")
    with runtime.work(city, chief) as work:
        reporting.hand_over(
            work, poll_id=poll, way="email", address="Unit@Example.org", note="С уважением."
        )
    with runtime.work(city, chief) as work:
        letter = work.session.scalars(
            select(OutgoingMessage).where(OutgoingMessage.address == "unit@example.org")
        ).one()
    assert letter.subject.startswith("Итоги опроса № ")
    for part in (
        "Приняли участие: 3\u00a0жителя",
        "Кворум не набран, опрос не состоялся.",
        "- Микрорайон 9: 3\u00a0голоса, 100\u00a0%",
        "С уважением.",
        f"/polls/{poll}/protocol",
    ):
        assert part in letter.body
    assert owed(runtime, city, poll).state == "done"
    with runtime.work(city, chief) as work, pytest.raises(Conflict):
        reporting.hand_over(work, poll_id=poll, way="email", address="unit@example.org")


def test_only_those_who_publish_hand_over(runtime, clock, city, chief):
    poll = open_poll(runtime, city, staff=chief)
    close(runtime, clock, city, poll)
    publish(runtime, city, poll)
    other = official(runtime, city, "bonus.view", but_not=("polls.publish",))
    with runtime.work(city, other) as work, pytest.raises(Refused):
        reporting.hand_over(work, poll_id=poll, way="otherwise", note="Письмо 12")


def test_on_the_desk_with_the_term_and_a_double_click(runtime, clock, city, client, chief):
    poll = open_poll(runtime, city, staff=chief)
    close(runtime, clock, city, poll)
    path = f"/desk/polls/{poll}"
    desk = signed_in(runtime, city, client(city), chief)
    words = visible_text(desk.get(path))
    assert "Передача итогов инициатору" in words
    assert "до 10 июля 2026 есть 4 дня" in words
    assert "Сначала опубликуйте итоги." in words
    assert "hand_over" not in offers(desk.get(path))
    publish(runtime, city, poll)
    form = step_fields(desk.get(path), "hand_over")
    refused = desk.submit(path, {**form, "way": "email", "address": "никуда", "note": "Прошу"})
    assert refused.status_code == 422
    assert "Такого адреса почты не бывает" in visible_text(refused)
    assert "Прошу" in refused.text
    assert desk.submit(path, {**form, "way": "голубем"}).status_code == 422
    sent = {**form, "way": "otherwise", "note": "Исх. № 17 от 6 июля"}
    for _click in range(2):
        assert desk.submit(path, sent).status_code == 303
    words = visible_text(desk.get(path))
    assert "Итоги переданы инициатору" in words
    assert "«Исх. № 17 от 6 июля»" in words
    assert "hand_over" not in offers(desk.get(path))
    assert owed(runtime, city, poll).state == "done"
    # Residents are not told to whom letters went.
    assert "Исх. № 17" not in visible_text(client(city).get(f"/polls/{poll}"))


def test_it_stands_among_the_tasks_of_the_author(runtime, clock, city, client, chief):
    poll = open_poll(runtime, city, staff=chief)
    close(runtime, clock, city, poll)
    words = visible_text(signed_in(runtime, city, client(city), chief).get("/desk"))
    assert "Передать итоги опроса № " in words
    assert "п. 3.13" in words
