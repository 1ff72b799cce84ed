"""The journey this product stands on: from a draft question to a published result."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from core.kit.actor import SystemActor
from core.kit.level import Level
from tests.features.polls.build import official, resident
from tests.journeys.conftest import OFFICE

pytestmark = pytest.mark.browser

SITE = "gubkinsky"


@pytest.fixture
def people(runtime: Any) -> None:
    """Those who take part in the journey; the demo's page offers them."""
    city = runtime.registry.by_slug(SITE)
    official(runtime, city, "polls.draft", but_not=["polls.approve"], name="Модератор")
    official(runtime, city, "polls.approve", name="Заместитель главы")
    with runtime.work(city, SystemActor("test")) as work:
        resident(work, name="Анна")
        resident(work, name="Борис", level=Level.NONE)


def sign_in(page: Page, name: str) -> None:
    page.goto("/demo")
    page.get_by_role("button", name=f"как {name}").click()
    page.wait_for_load_state()
    if page.get_by_role("button", name="Согласен").count():
        page.get_by_role("button", name="Согласен").click()


def agree(page: Page) -> None:
    """Answer the product's own "are you sure?" dialog."""
    page.get_by_role("dialog").get_by_role("button", name="Да").click()


def test_from_a_draft_to_a_result(
    visit: Callable[..., Page],
    people: None,
    runtime: Any,
    clock: Any,
    deliver: Callable[[], int],
    accessible: Callable[[Page], None],
) -> None:
    today = clock.now().astimezone(runtime.registry.by_slug(SITE).zone).date()

    # The moderator drafts a poll of sixty days and is refused with the clause.
    desk = visit(SITE, "/demo", screen=OFFICE)
    sign_in(desk, "Модератор")
    desk.goto("/desk/polls")
    accessible(desk)
    desk.get_by_role("link", name="Новый опрос").first.click()
    desk.get_by_label("Название").fill("Какой двор благоустроить первым?")
    desk.get_by_label("Кратко, для списка").fill("Победивший двор войдёт в план на год.")
    # Only what is on the approved list is asked (п. 3.1).
    desk.get_by_label("Тема годового перечня").select_option(label="2026, № 1. Тема 1")
    desk.get_by_label("Первый день", exact=True).fill(today.isoformat())
    desk.get_by_label("Последний день").fill((today + timedelta(days=59)).isoformat())
    desk.get_by_label("Что спрашиваем").fill("Какой двор благоустроить первым?")
    desk.get_by_role("textbox", name="Вариант 1", exact=True).fill("Микрорайон 9")
    desk.get_by_role("textbox", name="Вариант 2", exact=True).fill("Микрорайон 14")
    expect(desk.get_by_text("п. 3.11").first).to_be_visible()
    accessible(desk)
    desk.get_by_role("button", name="Отправить на согласование").click()
    expect(desk.get_by_role("alert").get_by_text("не больше 45")).to_be_visible()
    expect(desk.get_by_label("Название")).to_have_value("Какой двор благоустроить первым?")

    # Thirty days are lawful; twenty-one are recommended.
    desk.get_by_label("Последний день").fill((today + timedelta(days=29)).isoformat())
    expect(desk.get_by_text(re.compile("21.день")).first).to_be_visible()
    desk.get_by_role("button", name="Отправить на согласование").click()
    expect(desk.get_by_text("Согласуется").first).to_be_visible()
    accessible(desk)
    poll = re.search(r"[0-9a-f-]{36}", desk.url)
    assert poll is not None

    # The deputy head approves; the poll's first day is today, so the schedule opens it.
    chief = visit(SITE, "/demo", screen=OFFICE)
    sign_in(chief, "Заместитель главы")
    chief.goto(f"/desk/polls/{poll[0]}")
    chief.get_by_role("button", name="Согласовать", exact=True).click()
    agree(chief)
    expect(chief.get_by_text("Запланирован").first).to_be_visible()
    deliver()

    # A resident without a confirmed contact is told why not; another one votes, once.
    stranger = visit(SITE, "/demo")
    sign_in(stranger, "Борис")
    stranger.goto(f"/polls/{poll[0]}")
    expect(stranger.get_by_text("Почему").first).to_be_visible()
    accessible(stranger)

    anna = visit(SITE, "/demo")
    sign_in(anna, "Анна")
    anna.goto("/polls")
    accessible(anna)
    anna.get_by_role("link", name="Какой двор благоустроить первым?").click()
    accessible(anna)
    anna.get_by_label("Микрорайон 14").check()
    anna.get_by_role("button", name="Проголосовать").dblclick()
    expect(anna.get_by_text("Ваш голос учтён").first).to_be_visible()
    accessible(anna)
    deliver()
    anna.goto("/profile/points")
    expect(anna.get_by_text(re.compile(r"5.баллов")).first).to_be_visible()
    accessible(anna)

    # The end: too few took part; the city's law says what follows, and the head publishes it.
    for _ in range(3):
        clock.move(timedelta(days=31))
        deliver()
    chief.goto("/demo")
    sign_in(chief, "Заместитель главы")
    chief.goto(f"/desk/polls/{poll[0]}")
    accessible(chief)
    chief.get_by_label("Явка и кворум проверены").check()
    chief.get_by_role("button", name="Опубликовать итоги").click()
    agree(chief)
    chief.wait_for_load_state()

    reader = visit(SITE, f"/polls/{poll[0]}")
    expect(reader.get_by_text("не состоял").first).to_be_visible()
    accessible(reader)
    reader.goto(f"/polls/{poll[0]}/protocol")
    expect(reader.get_by_text("п. 3.12").first).to_be_visible()
    accessible(reader)
