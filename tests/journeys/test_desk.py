"""The staff desk with htmx: rules that answer while one types, pictures, people and posts, the
regulation and questions to it, the journal."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from core.identity.contacts import Contact
from core.identity.residents import find_or_create
from core.kit.actor import StaffActor, SystemActor
from tests.features.polls.build import official, open_poll
from tests.journeys.city import known_resident, picture
from tests.journeys.conftest import OFFICE, Visit
from tests.journeys.steps import agree

pytestmark = pytest.mark.browser

SITE = "gubkinsky"


@pytest.fixture
def moderator(runtime: Any) -> StaffActor:
    city = runtime.registry.by_slug(SITE)
    return official(runtime, city, "polls.draft", but_not=["polls.approve"], name="Модератор")


@pytest.fixture
def administrator(runtime: Any) -> StaffActor:
    return official(runtime, runtime.registry.by_slug(SITE), name="Заместитель главы")


def test_the_regulation_answers_while_a_poll_is_written(
    visit: Visit,
    runtime: Any,
    clock: Any,
    moderator: StaffActor,
    accessible: Callable[[Page], None],
) -> None:
    today = clock.now().astimezone(runtime.registry.by_slug(SITE).zone).date()
    page = visit(SITE, "/desk", screen=OFFICE, who=moderator)
    page.get_by_role("link", name="Новый опрос").first.click()
    law = page.locator("#law")
    expect(law).to_contain_text("Укажите первый и последний день")
    page.get_by_label("Первый день", exact=True).fill(today.isoformat())
    last = page.get_by_label("Последний день")
    last.fill((today + timedelta(days=59)).isoformat())
    last.blur()
    expect(law.locator(".notice.bad").filter(has_text="п. 3.11")).to_be_visible()
    expect(law.locator(".notice.bad").filter(has_text="перечне")).to_be_visible()
    topic = page.get_by_label("Тема годового перечня")
    topic.select_option(label="2026, № 1. Тема 1")
    topic.blur()
    expect(law.locator(".notice.bad")).to_have_count(1)
    accessible(page)
    last.fill((today + timedelta(days=29)).isoformat())
    last.blur()
    expect(law.locator(".notice.bad")).to_have_count(0)
    expect(law.locator(".notice.warn")).to_contain_text("21")
    expect(law).to_contain_text("300 жителей")

    # Buttons of the form change it without leaving the page, and the typing goes on in place.
    page.get_by_label("Название").fill("Каким быть скверу?")
    page.get_by_label("Что спрашиваем").fill("Каким быть скверу?")
    page.get_by_role("textbox", name="Вариант 1", exact=True).fill("С фонтаном")
    page.get_by_role("textbox", name="Вариант 2", exact=True).fill("С деревьями")
    page.get_by_role("button", name="Добавить вариант").click()
    third = page.get_by_role("textbox", name="Вариант 3", exact=True)
    expect(third).to_be_focused()
    third.fill("С площадкой")
    page.get_by_role("button", name="Добавить вопрос").click()
    expect(
        page.get_by_role("group", name="Вопрос 2").get_by_label("Что спрашиваем")
    ).to_be_focused()
    page.get_by_role("group", name="Вопрос 2").get_by_role("button", name="Удалить вопрос").click()
    expect(page.get_by_role("group", name="Вопрос 2")).to_have_count(0)
    expect(third).to_have_value("С площадкой")

    # A picture of an answer: chosen, stored with the draft, shown, taken away.
    page.locator("summary").filter(has_text="к варианту 1").click()
    page.locator("#f-q-0-o-0-file").set_input_files(
        {"name": "fountain.jpg", "mimeType": "image/jpeg", "buffer": picture()}
    )
    page.get_by_role("button", name="Сохранить черновик").click()
    shown = page.get_by_role("img", name="Картинка варианта 1")
    expect(shown).to_be_visible()
    shown.scroll_into_view_if_needed()
    page.wait_for_function("() => document.querySelector('.picture img').naturalWidth > 0")
    accessible(page)
    page.locator("#f-q-0-o-1-file").set_input_files(
        {"name": "letter.png", "mimeType": "image/png", "buffer": b"no picture at all"}
    )
    page.get_by_role("button", name="Сохранить черновик").click()
    expect(page.locator("#f-q-0-o-1-file-error")).to_be_visible()
    expect(page.get_by_label("Название")).to_have_value("Каким быть скверу?")
    accessible(page)
    page.get_by_role("button", name="Убрать картинку").click()
    expect(shown).to_have_count(0)
    page.get_by_role("button", name="Отправить на согласование").click()
    expect(page.get_by_text("Согласуется").first).to_be_visible()
    accessible(page)


def test_people_and_posts(
    visit: Visit, administrator: StaffActor, accessible: Callable[[Page], None]
) -> None:
    page = visit(SITE, "/desk", screen=OFFICE, who=administrator)
    page.get_by_role("link", name="Люди и должности").click()
    expect(page.get_by_text("раздел 2").first).to_be_visible()
    page.get_by_role("link", name="Добавить сотрудника").click()
    page.get_by_label("Имя и отчество или фамилия").fill("Ольга Северская")
    page.get_by_label("Рабочая почта").fill("olga")
    page.get_by_role("button", name="Добавить и пригласить").click()
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_label("Имя и отчество или фамилия")).to_have_value("Ольга Северская")
    accessible(page)
    page.get_by_label("Рабочая почта").fill("olga@example.org")
    page.get_by_role("button", name="Добавить и пригласить").click()
    expect(page.get_by_role("heading", name="Ольга Северская")).to_be_visible()
    expect(page.get_by_text("приглашение отправлено на olga@example.org")).to_be_visible()

    page.get_by_label("Должность").select_option(label="Начальник управления культуры")
    page.get_by_role("button", name="Назначить").click()
    expect(page.get_by_text("Должность назначена.")).to_be_visible()
    expect(page.get_by_text("Прав нет.")).to_be_visible()
    accessible(page)
    # Twice the same post: said, and nothing happens.
    page.get_by_label("Должность").select_option(label="Начальник управления культуры")
    page.get_by_role("button", name="Назначить").click()
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_role("alert")).to_contain_text("уже назначена")
    accessible(page)

    page.get_by_text("Снять с должности").click()
    page.get_by_role("button", name="Снять", exact=True).click()
    expect(page.get_by_text("Должность снята.")).to_be_visible()
    page.get_by_role("button", name="Отключить учётную запись").click()
    agree(page)
    expect(page.get_by_text("отключён").first).to_be_visible()
    page.get_by_role("link", name="Записи журнала об учётной записи").click()
    expect(page.get_by_text("отключена учётная запись сотрудника")).to_be_visible()


def test_a_resident_is_found_by_the_whole_contact_and_confirmed(
    visit: Visit, runtime: Any, administrator: StaffActor, accessible: Callable[[Page], None]
) -> None:
    with runtime.work(runtime.registry.by_slug(SITE), SystemActor("test")) as work:
        find_or_create(work, contact=Contact("email", "vera@example.org"))
    page = visit(SITE, "/desk/people/residents", screen=OFFICE, who=administrator)
    page.get_by_label("Почта или телефон целиком").fill("vera@")
    page.get_by_role("button", name="Найти").click()
    expect(page.locator("#f-contact-error")).to_be_visible()
    page.get_by_label("Почта или телефон целиком").fill("vera@example.org")
    page.get_by_role("button", name="Найти").click()
    # What polls know of them comes by itself.
    expect(page.get_by_text("В опросах пока не участвовал")).to_be_visible()
    accessible(page)
    page.get_by_label("Дата рождения").fill("1990-04-12")
    page.get_by_role("button", name="Подтвердить").click()
    expect(page.get_by_text("Подтверждение записано")).to_be_visible()


def test_the_regulation_can_be_read_and_asked(
    visit: Visit, moderator: StaffActor, accessible: Callable[[Page], None]
) -> None:
    page = visit(SITE, "/desk/regulation", screen=OFFICE, who=moderator)
    expect(page.get_by_role("heading", name="Регламент", exact=True)).to_be_visible()
    expect(page.get_by_text("п. 3.11").first).to_be_visible()
    page.get_by_label("На какой день").fill("2018-01-01")
    page.get_by_role("button", name="Показать").click()
    expect(page.get_by_text("Как он действовал на")).to_be_visible()

    page.get_by_role("link", name="Спросить правила").click()
    page.get_by_label("Вопрос").select_option(value="polls~polls.may_open")
    page.get_by_role("button", name="Дальше").click()
    page.get_by_label("По правилам какого дня").fill("2026-03-02")
    page.get_by_role("button", name="Спросить").click()
    expect(page.get_by_role("alert")).to_be_focused()
    accessible(page)
    page.locator("input[name=duration_days]").fill("60")
    page.get_by_role("button", name="Спросить").click()
    answer = page.locator("#answer")
    expect(answer).to_contain_text("Нельзя")
    expect(answer).to_contain_text("п. 3.11")
    accessible(page)
    page.locator("input[name=duration_days]").fill("21")
    page.get_by_role("button", name="Спросить").click()
    expect(answer).to_contain_text("Можно")


def test_the_journal_tells_what_was_done_and_holds(
    visit: Visit, runtime: Any, administrator: StaffActor, accessible: Callable[[Page], None]
) -> None:
    city = runtime.registry.by_slug(SITE)
    open_poll(runtime, city, staff=administrator)
    known_resident(runtime, city)
    page = visit(SITE, "/desk", screen=OFFICE, who=administrator)
    page.get_by_role("link", name="Журнал").click()
    expect(page.get_by_text("голосование открыто")).to_be_visible()
    page.get_by_role("button", name="Проверить цепочку").click()
    expect(page.get_by_text("Журнал цел")).to_be_visible()
    accessible(page)
    page.get_by_role("link", name="Решения по правилам").click()
    expect(page.get_by_text("п. 3.11").first).to_be_visible()
    accessible(page)
