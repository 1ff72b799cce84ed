"""Voting on a phone as people do it: in two tabs, twice, with second thoughts, with too many
answers; and what each city's law makes of it."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from core.kit.actor import SystemActor
from core.tenancy.tenant import Tenant
from tests.features.polls.build import open_poll, resident
from tests.features.polls.web.browsing import (
    AFTER_CLOSE,
    AFTER_CLOSE_ONCE,
    AFTER_VOTE,
    close,
    publish,
    turn_out,
)
from tests.journeys.city import known_resident
from tests.journeys.conftest import Visit
from tests.journeys.steps import expect_counted, participants, sign_in_as, vote, votes

pytestmark = pytest.mark.browser

ONE, OTHER = "Микрорайон 9", "Микрорайон 14"
TWO_QUESTIONS = (
    ("Какой двор благоустроить первым?", 1, (ONE, OTHER)),
    ("Что в нём нужно?", 2, ("Скамейки", "Фонари", "Деревья")),
)


def city_of(runtime: Any, slug: str) -> Tenant:
    city: Tenant = runtime.registry.by_slug(slug)
    return city


@pytest.fixture
def anna(runtime: Any) -> UUID:
    return known_resident(runtime, city_of(runtime, AFTER_VOTE), "Анна")


@pytest.fixture
def poll(runtime: Any) -> UUID:
    return open_poll(runtime, city_of(runtime, AFTER_VOTE))


def test_the_choice_outlives_signing_in_and_points_appear(
    visit: Visit,
    runtime: Any,
    poll: UUID,
    anna: UUID,
    deliver: Callable[[], int],
    accessible: Callable[[Page], None],
) -> None:
    page = visit(AFTER_VOTE, "/polls")
    page.get_by_role("link", name="Какой двор благоустроить").click()
    expect(page.get_by_text("станет видно после вашего голоса")).to_be_visible()
    vote(page, OTHER)
    page.get_by_role("link", name="Войти как…").click()
    sign_in_as(page, "Анна")
    expect(page).to_have_url(visit.url(AFTER_VOTE, f"/polls/{poll}"))
    expect(page.get_by_text("Ваш выбор сохранился")).to_be_visible()
    expect(page.get_by_label(OTHER)).to_be_checked()
    accessible(page)

    page.get_by_role("button", name="Проголосовать").click()
    expect_counted(page)
    # What others say is shown from now on, without leaving the page.
    expect(page.locator("#results").get_by_text("Как отвечают сейчас")).to_be_visible()
    expect(page.locator("#facts .figure")).to_have_text("1")
    accessible(page)

    deliver()
    page.goto("/")
    expect(
        page.get_by_role("banner").get_by_role("link", name=re.compile(r"^5.баллов на счету"))
    ).to_be_visible()
    page.get_by_role("banner").get_by_role("link", name="баллов на счету").click()
    expect(page.get_by_text(re.compile(r"\+5")).first).to_be_visible()
    accessible(page)


def test_nothing_is_counted_twice(visit: Visit, runtime: Any, poll: UUID, anna: UUID) -> None:
    page = visit(AFTER_VOTE, f"/polls/{poll}", who=anna)
    other_tab = page.context.new_page()
    other_tab.goto(f"/polls/{poll}")

    page.get_by_label(OTHER).check()
    page.get_by_role("button", name="Проголосовать").dblclick()
    expect_counted(page)

    # The same in the other tab, which does not know yet.
    vote(other_tab, OTHER)
    expect(other_tab.get_by_text("второй раз он не считается")).to_be_visible()

    page.reload()
    expect_counted(page)
    page.goto("/polls")
    page.go_back()
    expect_counted(page)
    page.reload()
    expect_counted(page)
    assert participants(runtime, AFTER_VOTE, poll) == 1
    assert votes(runtime, AFTER_VOTE, poll) == {OTHER: 1}


def test_without_scripts_refreshing_the_answer_votes_no_second_time(
    visit: Visit, runtime: Any, poll: UUID, anna: UUID
) -> None:
    page = visit(AFTER_VOTE, f"/polls/{poll}", who=anna, scripts=False)
    vote(page, ONE)
    expect(page).to_have_url(visit.url(AFTER_VOTE, f"/polls/{poll}"))
    page.reload()
    expect_counted(page)
    page.go_back()
    assert votes(runtime, AFTER_VOTE, poll) == {ONE: 1}


def test_second_thoughts_where_the_law_allows_them(
    visit: Visit, runtime: Any, poll: UUID, anna: UUID, accessible: Callable[[Page], None]
) -> None:
    page = visit(AFTER_VOTE, f"/polls/{poll}", who=anna)
    vote(page, ONE)
    expect_counted(page)
    page.locator("summary").filter(has_text="Изменить голос").click()
    # What was chosen is kept apart from the name, so the form cannot show it.
    expect(page.get_by_label(ONE)).not_to_be_checked()
    page.get_by_label(OTHER).check()
    accessible(page)
    page.get_by_role("button", name="Изменить голос").click()
    expect(page.get_by_text("Ваш голос изменён")).to_be_visible()
    assert votes(runtime, AFTER_VOTE, poll) == {OTHER: 1}
    assert participants(runtime, AFTER_VOTE, poll) == 1


def test_no_second_thoughts_where_it_does_not(
    visit: Visit, runtime: Any, accessible: Callable[[Page], None]
) -> None:
    city = city_of(runtime, AFTER_CLOSE_ONCE)
    poll = open_poll(runtime, city)
    person = known_resident(runtime, city)
    page = visit(AFTER_CLOSE_ONCE, f"/polls/{poll}", who=person)
    late = page.context.new_page()
    late.goto(f"/polls/{poll}")
    vote(page, ONE)
    expect_counted(page)
    expect(page.get_by_role("button", name="Изменить голос")).to_have_count(0)
    page.get_by_text("Почему голос нельзя изменить").click()
    expect(page.locator("#vote").get_by_text("п. 15")).to_be_visible()
    accessible(page)

    vote(late, OTHER)
    expect(late.locator("#vote").get_by_role("status")).to_be_visible()
    expect(late.get_by_role("button", name="Проголосовать")).to_have_count(0)
    accessible(late)
    assert votes(runtime, AFTER_CLOSE_ONCE, poll) == {ONE: 1}


def test_a_poll_of_one_district_is_for_those_who_live_there(
    visit: Visit, runtime: Any, accessible: Callable[[Page], None]
) -> None:
    city = city_of(runtime, AFTER_VOTE)
    poll = open_poll(runtime, city, territory=("mkr-2",))
    away = known_resident(runtime, city)
    with runtime.work(city, SystemActor("test")) as work:
        near = resident(work, name="Борис", district="mkr-2")

    page = visit(AFTER_VOTE, f"/polls/{poll}", who=away)
    expect(page.get_by_text("Опрос для части города: Микрорайон 2")).to_be_visible()
    expect(page.get_by_label(ONE)).to_be_disabled()
    expect(page.get_by_role("button", name="Проголосовать")).to_have_count(0)
    page.locator("#vote").get_by_text("Почему?").click()
    expect(page.locator("#vote .why-body")).to_contain_text("п. ")
    accessible(page)

    page = visit(AFTER_VOTE, f"/polls/{poll}", who=near)
    vote(page, ONE)
    expect_counted(page)


def test_too_many_answers_are_said_beside_their_question(
    visit: Visit, runtime: Any, anna: UUID, accessible: Callable[[Page], None]
) -> None:
    poll = open_poll(runtime, city_of(runtime, AFTER_VOTE), questions=TWO_QUESTIONS)
    page = visit(AFTER_VOTE, f"/polls/{poll}", who=anna)
    vote(page, ONE, "Скамейки", "Фонари", "Деревья")

    summary = page.get_by_role("alert")
    expect(summary).to_be_focused()
    second = page.get_by_role("group", name="Что в нём нужно?")
    expect(second.locator(".error")).to_be_visible()
    expect(page.get_by_role("group", name="Какой двор").locator(".error")).to_have_count(0)
    accessible(page)
    # What was marked stays marked, and the summary leads to the question.
    for answer in (ONE, "Скамейки", "Фонари", "Деревья"):
        expect(page.get_by_label(answer)).to_be_checked()
    summary.get_by_role("link").click()
    expect(second.get_by_label("Скамейки")).to_be_focused()

    second.get_by_label("Фонари").uncheck()
    page.get_by_role("button", name="Проголосовать").click()
    expect_counted(page)
    assert votes(runtime, AFTER_VOTE, poll) == {ONE: 1, "Скамейки": 1, "Деревья": 1}


def test_an_empty_ballot_is_said_and_not_sent(
    visit: Visit, runtime: Any, poll: UUID, anna: UUID
) -> None:
    page = visit(AFTER_VOTE, f"/polls/{poll}", who=anna)
    page.get_by_role("button", name="Проголосовать").click()
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_role("group", name="Какой двор").locator(".error")).to_be_visible()
    assert participants(runtime, AFTER_VOTE, poll) == 0


def test_results_stay_hidden_until_the_end_where_the_law_says_so(
    visit: Visit, runtime: Any, clock: Any, accessible: Callable[[Page], None]
) -> None:
    city = city_of(runtime, AFTER_CLOSE)
    poll = open_poll(runtime, city)
    turn_out(runtime, city, poll, 3, 1)
    page = visit(AFTER_CLOSE, f"/polls/{poll}", who=known_resident(runtime, city))
    vote(page, ONE)
    expect_counted(page)
    hidden = page.locator("#results")
    expect(hidden.get_by_text("станет видно после завершения опроса")).to_be_visible()
    expect(hidden.get_by_text("%")).to_have_count(0)
    accessible(page)

    close(runtime, clock, city, poll)
    clock.move(timedelta(hours=1))
    publish(runtime, city, poll)
    reader = visit(AFTER_CLOSE, f"/polls/{poll}")
    expect(reader.locator("#results").get_by_text(re.compile("75.%")).first).to_be_visible()
    accessible(reader)
