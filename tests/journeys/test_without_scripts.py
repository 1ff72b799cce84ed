"""Everything works as plain forms and links: on old phones, behind strict office proxies, and when
the script did not come."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import expect

from core.kit.actor import StaffActor
from tests.features.polls.build import official, open_poll
from tests.journeys.city import known_resident
from tests.journeys.conftest import OFFICE, Visit
from tests.journeys.steps import expect_counted, vote, votes

pytestmark = pytest.mark.browser

SITE = "gubkinsky"
ANSWER = "Микрорайон 14"


@pytest.fixture
def poll(runtime: Any) -> UUID:
    return open_poll(runtime, runtime.registry.by_slug(SITE))


@pytest.fixture
def moderator(runtime: Any) -> StaffActor:
    city = runtime.registry.by_slug(SITE)
    return official(runtime, city, "polls.draft", but_not=["polls.approve"], name="Модератор")


def test_a_vote(visit: Visit, runtime: Any, poll: UUID) -> None:
    anna = known_resident(runtime, runtime.registry.by_slug(SITE))
    page = visit(SITE, f"/polls/{poll}", scripts=False)
    vote(page, ANSWER)
    expect(page.get_by_role("heading", name="Вход", exact=True)).to_be_visible()
    visit.enter(page.context, SITE, anna)
    page.goto(f"/polls/{poll}")
    expect(page.get_by_label(ANSWER)).to_be_checked()

    # Too little is said on the page that comes back.
    other = visit(SITE, f"/polls/{poll}", scripts=False, who=anna)
    other.get_by_role("button", name="Проголосовать").click()
    expect(other.get_by_role("alert")).to_be_visible()
    expect(other.get_by_text("Выберите вариант ответа.").first).to_be_visible()

    page.get_by_role("button", name="Проголосовать").click()
    expect_counted(page)
    expect(page.get_by_role("status").get_by_text("Ваш голос учтён")).to_be_visible()
    # Menus and disclosures are the browser's own.
    page.get_by_text("Почему так").click()
    expect(page.get_by_text("п. 3.12").first).to_be_visible()
    assert votes(runtime, SITE, poll) == {ANSWER: 1}


def test_a_draft_of_a_poll(visit: Visit, runtime: Any, clock: Any, moderator: StaffActor) -> None:
    today = clock.now().astimezone(runtime.registry.by_slug(SITE).zone).date()
    page = visit(SITE, "/desk/polls/new", scripts=False, screen=OFFICE, who=moderator)
    page.get_by_label("Название").fill("Где поставить каток?")
    topic = page.get_by_label("Тема годового перечня")
    topic.select_option(label=f"{today.year}, № 1. Тема 1")
    page.get_by_label("Что спрашиваем").fill("Где поставить каток?")
    page.get_by_role("textbox", name="Вариант 1", exact=True).fill("На площади")
    page.get_by_role("button", name="Добавить вариант").click()
    expect(page.get_by_role("textbox", name="Вариант 3", exact=True)).to_be_focused()
    expect(page.get_by_role("textbox", name="Вариант 1", exact=True)).to_have_value("На площади")
    page.get_by_role("textbox", name="Вариант 3", exact=True).fill("У стадиона")
    page.get_by_role("button", name="Удалить вариант 2").click()
    expect(page.get_by_role("textbox", name="Вариант 2", exact=True)).to_have_value("У стадиона")

    page.get_by_role("button", name="Добавить вопрос").click()
    second = page.get_by_role("group", name="Вопрос 2")
    second.get_by_label("Что спрашиваем").fill("Когда открывать?")
    second.get_by_role("button", name="Выше", exact=True).click()
    first = page.get_by_role("group", name="Вопрос 1")
    expect(first.get_by_label("Что спрашиваем")).to_have_value("Когда открывать?")
    first.get_by_role("button", name="Удалить вопрос").click()
    expect(page.get_by_role("group", name="Вопрос 2")).to_have_count(0)
    expect(page.get_by_label("Что спрашиваем")).to_have_value("Где поставить каток?")

    page.get_by_label("Первый день", exact=True).fill(today.isoformat())
    page.get_by_label("Последний день").fill((today + timedelta(days=59)).isoformat())
    page.get_by_role("button", name="Проверить сроки по регламенту").click()
    expect(page.locator("#law").get_by_text("п. 3.11").first).to_be_visible()
    page.get_by_label("Последний день").fill((today + timedelta(days=20)).isoformat())
    page.get_by_role("button", name="Сохранить черновик").click()
    expect(page.get_by_text("Черновик сохранён.")).to_be_visible()
    expect(page.get_by_label("Название")).to_have_value("Где поставить каток?")

    page.get_by_role("button", name="Отправить на согласование").click()
    expect(page.get_by_text("Согласуется").first).to_be_visible()


def test_how_pages_look(visit: Visit) -> None:
    page = visit(SITE, "/polls", scripts=False)
    page.locator(".display-menu summary").click()
    page.get_by_role("button", name="А++").click()
    expect(page).to_have_url(visit.url(SITE, "/polls"))
    root = page.locator("html")
    expect(root).to_have_attribute("data-size", "huge")
    page.locator(".display-menu summary").click()
    page.get_by_role("button", name="Белый на чёрном").click()
    expect(root).to_have_attribute("data-contrast", "white-black")
    page.goto("/about")
    expect(root).to_have_attribute("data-size", "huge")
    expect(root).to_have_attribute("data-contrast", "white-black")
    page.locator(".display-menu summary").click()
    page.get_by_role("button", name="Вернуть как было").click()
    expect(root).to_have_attribute("data-size", "normal")


def test_another_language(visit: Visit, poll: UUID) -> None:
    page = visit(SITE, f"/polls/{poll}", scripts=False)
    page.get_by_role("link", name="English").click()
    expect(page).to_have_url(visit.url(SITE, f"/polls/{poll}"))
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.get_by_role("button", name="Vote")).to_be_visible()
    page.goto("/")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.get_by_role("link", name="Русский").click()
    expect(page.locator("html")).to_have_attribute("lang", "ru")
