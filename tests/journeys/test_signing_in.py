"""Signing in: a code from a letter, consent, and back to where one came from; leaving, here and
everywhere; staff with a second factor."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pyotp
import pytest
from playwright.sync_api import Page, expect

from core.identity.model import Staff
from core.kit.actor import StaffActor, SystemActor
from tests.features.polls.build import official, open_poll
from tests.journeys.city import known_resident
from tests.journeys.conftest import OFFICE, Visit
from tests.journeys.steps import (
    ask_for_code,
    code_in_mailbox,
    enter_code,
    expect_counted,
    votes,
)

pytestmark = pytest.mark.browser

SITE = "gubkinsky"
ANSWER = "Микрорайон 14"


@pytest.fixture
def poll(runtime: Any) -> UUID:
    return open_poll(runtime, runtime.registry.by_slug(SITE))


def test_a_newcomer_chooses_first_and_signs_in_on_the_way(
    visit: Visit, poll: UUID, runtime: Any, accessible: Callable[[Page], None]
) -> None:
    page = visit(SITE, f"/polls/{poll}")
    page.get_by_label(ANSWER).check()
    page.get_by_role("button", name="Проголосовать").click()
    expect(page.get_by_role("heading", name="Вход", exact=True)).to_be_visible()

    # What is no contact is said beside the field; what was typed stays in it.
    page.get_by_label("Почта или телефон").fill("vera@")
    page.get_by_role("button", name="Получить код").click()
    expect(page.get_by_label("Почта или телефон")).to_have_value("vera@")
    expect(page.get_by_label("Почта или телефон")).to_be_focused()
    expect(page.locator("#f-contact-error")).to_be_visible()
    accessible(page)

    ask_for_code(page, "vera@example.org")
    code = code_in_mailbox(page)
    enter_code(page, "000000" if code != "000000" else "111111")
    expect(page.locator("#f-code-error")).to_contain_text("Осталось: 4 попытки")
    expect(page.get_by_label("Шесть цифр")).to_be_focused()
    accessible(page)
    enter_code(page, code)

    # Nobody is signed in without the consent that the law asks for.
    expect(page.get_by_role("heading", name="Остался один шаг")).to_be_visible()
    page.get_by_role("button", name="Продолжить").click()
    expect(page.get_by_role("alert")).to_be_focused()
    accessible(page)
    page.get_by_role("checkbox").first.check()
    page.get_by_role("button", name="Продолжить").click()

    # The city asks how old voters are, and says where to tell it.
    expect(page).to_have_url(visit.url(SITE, f"/polls/{poll}"))
    expect(page.get_by_text("Почему?").first).to_be_visible()
    accessible(page)
    page.get_by_role("link", name="Открыть мой кабинет").click()
    page.get_by_role("link", name="О себе").click()
    page.get_by_label("Дата рождения").fill("1990-04-12")
    page.get_by_role("button", name="Сохранить").click()
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_label("Дата рождения")).to_have_value("1990-04-12")
    accessible(page)
    page.get_by_role("main").get_by_role("checkbox").check()
    page.get_by_role("button", name="Сохранить").click()
    page.wait_for_url("**/profile")

    # The choice has waited all this time.
    page.goto(f"/polls/{poll}")
    expect(page.get_by_text("Ваш выбор сохранился")).to_be_visible()
    expect(page.get_by_label(ANSWER)).to_be_checked()
    page.get_by_role("button", name="Проголосовать").click()
    expect_counted(page)
    assert votes(runtime, SITE, poll) == {ANSWER: 1}


def test_a_code_that_has_expired_is_asked_for_anew(
    visit: Visit, runtime: Any, accessible: Callable[[Page], None]
) -> None:
    page = visit(SITE, "/sign-in?next=/polls")
    ask_for_code(page, "vera@example.org")
    code = code_in_mailbox(page)
    # Redis forgets codes by its own clock: here ten minutes pass at once.
    for key in runtime.redis.keys("*:code:*"):
        runtime.redis.pexpire(key, 1)
    enter_code(page, code)
    expect(page.get_by_text("Этот код больше не действует")).to_be_visible()
    expect(page.get_by_label("Почта или телефон")).to_be_visible()
    accessible(page)


def test_leaving_here_and_everywhere(visit: Visit, runtime: Any) -> None:
    person = known_resident(runtime, runtime.registry.by_slug(SITE))
    phone = visit(SITE, "/profile", who=person)
    library = visit(SITE, "/profile", who=person)
    expect(library.get_by_role("heading", name="Анна Лебедева")).to_be_visible()

    phone.get_by_role("link", name="Мои данные").click()
    phone.get_by_role("button", name="Выйти во всех остальных").click()
    expect(phone.get_by_text("Только в этом браузере.", exact=True)).to_be_visible()
    library.reload()
    expect(library).to_have_url(visit.url(SITE, "/sign-in?next=/profile"))

    phone.locator(".person-menu > summary").click()
    phone.get_by_role("banner").get_by_role("button", name="Выйти").click()
    expect(phone.get_by_text("Вы вышли.")).to_be_visible()
    expect(phone.get_by_role("banner").get_by_role("link", name="Войти")).to_be_visible()
    phone.go_back()
    phone.reload()
    expect(phone).to_have_url(visit.url(SITE, "/sign-in?next=/profile/data"))


@pytest.fixture
def moderator(runtime: Any) -> StaffActor:
    city = runtime.registry.by_slug(SITE)
    person = official(runtime, city, "polls.draft", but_not=["polls.approve"], name="Модератор")
    with runtime.work(city, SystemActor("test")) as work:
        work.session.get_one(Staff, person.id).email = "moderator@example.org"
    return person


def test_an_official_signs_in_with_a_second_factor(
    visit: Visit,
    moderator: StaffActor,
    clock: Any,
    accessible: Callable[[Page], None],
) -> None:
    page = visit(SITE, "/desk", screen=OFFICE)
    ask_for_code(page, "moderator@example.org")
    enter_code(page, code_in_mailbox(page))
    expect(page.get_by_label("На рабочий стол")).to_be_checked()
    accessible(page)
    page.get_by_role("button", name="Продолжить").click()
    expect(page.get_by_role("heading", name="Здравствуйте, Модератор")).to_be_visible()

    # Switching it on: the application on the phone is played by the test.
    page.get_by_role("link", name="Мой вход").click()
    page.get_by_role("link", name="Включить").click()
    page.get_by_text("Не сканируется? Введите ключ").click()
    secret = page.locator("code").inner_text().replace(" ", "")
    application = pyotp.TOTP(secret)
    page.get_by_label("Шесть цифр").fill(application.at(clock.now()))
    page.get_by_role("button", name="Включить").click()
    expect(page.get_by_text("включён", exact=True)).to_be_visible()
    accessible(page)

    page.locator(".person-menu > summary").click()
    page.get_by_role("button", name="Выйти", exact=True).click()
    page.goto("/desk")
    clock.move(timedelta(minutes=1))
    ask_for_code(page, "moderator@example.org")
    enter_code(page, code_in_mailbox(page))
    page.get_by_role("button", name="Продолжить").click()
    expect(page.get_by_role("heading", name="Код из приложения")).to_be_visible()
    right = application.at(clock.now())
    enter_code(page, "000000" if right != "000000" else "111111")
    expect(page.locator("#f-code-error")).to_contain_text("Код не подошёл")
    accessible(page)
    enter_code(page, right)
    expect(page.get_by_role("heading", name="Здравствуйте, Модератор")).to_be_visible()
