"""The queue by keyboard in a real browser: fifty simple items in well under three minutes."""

import time

import pytest
from playwright.sync_api import Page, expect

from core.features.moderation import service
from core.moderation import queries
from core.moderation.domain import QueueFilter, State
from tests.features.polls.build import official, resident
from tests.journeys.conftest import (  # noqa: F401 -- fixtures
    OFFICE,
    accessible,
    axe,
    port,
    visit,
)
from tests.moderation import build
from tests.moderation.build import KIND, journal, submitted

LIMIT = 180


@pytest.fixture
def moderator(runtime, city):
    return official(runtime, city, build.REVIEW, build.APPROVE, name="Модератор")


def fifty(runtime, work, city, number=50):
    with work(city) as w:
        author = resident(w)
    return [
        submitted(runtime, city, author=author, title=f"Идея номер {place}")
        for place in range(number)
    ]


def test_fifty_simple_items_one_by_one(runtime, work, city, visit, moderator):  # noqa: F811
    items = fifty(runtime, work, city)
    page: Page = visit(city.slug, "/desk/moderation", screen=OFFICE, who=moderator)
    began = time.monotonic()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    for place in range(len(items)):
        expect(page.locator("h1")).to_have_text(f"Идея номер {place}")
        page.keyboard.press("p")
    expect(page.get_by_text("Здесь пусто")).to_be_visible()
    took = time.monotonic() - began
    assert took < LIMIT, f"{took:.0f} s for {len(items)} items"
    with work(city) as w:
        assert journal(w, "test.published") == len(items)
        assert not queries.queue(w.session, QueueFilter(kinds=(KIND,)))


def test_many_at_once_after_a_question(runtime, work, city, visit, moderator):  # noqa: F811
    fifty(runtime, work, city, 12)
    page: Page = visit(city.slug, "/desk/moderation", screen=OFFICE, who=moderator)
    page.get_by_label("Отметить все на странице").check()
    expect(page.get_by_text("Отмечено: 12")).to_be_visible()
    page.get_by_role("button", name="Опубликовать выбранные").click()
    page.get_by_role("dialog").get_by_role("button", name="Отмена").click()
    page.get_by_role("button", name="Опубликовать выбранные").click()
    page.get_by_role("dialog").get_by_role("button", name="Да").click()
    expect(page.get_by_text("Опубликовано: 12 записей")).to_be_visible()
    with work(city) as w:
        assert journal(w, "test.published") == 12


def test_keys_work_while_the_keyboard_types_russian(runtime, work, city, visit, moderator):  # noqa: F811
    fifty(runtime, work, city, 3)
    page: Page = visit(city.slug, "/desk/moderation", screen=OFFICE, who=moderator)

    def key(code, letter):
        page.evaluate(
            """([code, key]) => (document.activeElement ?? document.body).dispatchEvent(
                 new KeyboardEvent("keydown", {code, key, bubbles: true, cancelable: true}))""",
            [code, letter],
        )

    key("KeyJ", "о")
    key("KeyJ", "о")
    expect(page.locator(".mod-row.here h2")).to_have_text("Идея номер 1")
    key("KeyP", "з")
    expect(page.get_by_text("Опубликовано: 1 запись")).to_be_visible()
    expect(page.locator(".mod-row.here h2")).to_have_text("Идея номер 2")
    key("KeyO", "щ")
    expect(page.locator("h1")).to_have_text("Идея номер 2")


def test_a_refusal_by_keyboard(runtime, work, city, visit, moderator, accessible):  # noqa: F811
    item, following = fifty(runtime, work, city, 2)
    page: Page = visit(city.slug, f"/desk/moderation/{item}", screen=OFFICE, who=moderator)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("r")
    page.keyboard.press("1")
    page.keyboard.press("7")
    letter = page.get_by_label("Письмо автору")
    expect(letter).to_have_value(
        "В тексте есть слова или призывы, которые публиковать нельзя. Напишите о том же спокойно и "
        "отправьте ещё раз.\n\nТакое предложение уже опубликовано. Поддержите его по ссылке: чем "
        "больше голосов у одного предложения, тем оно заметнее."
    )
    page.keyboard.press("7")
    expect(letter).not_to_contain_text("Поддержите")
    accessible(page)
    letter.focus()
    page.keyboard.press("End")
    page.keyboard.type(" Про первую строку.")
    # A letter typed into the field is no command.
    expect(letter).to_have_value(
        "В тексте есть слова или призывы, которые публиковать нельзя. Напишите о том же спокойно и "
        "отправьте ещё раз. Про первую строку."
    )
    page.get_by_role("button", name="Отправить на согласование").click()
    page.get_by_role("dialog").get_by_role("button", name="Да").click()
    expect(page.locator("h1")).to_have_text("Идея номер 1")
    with work(city) as w:
        found = queries.item(w.session, item)
        assert found is not None
        assert found.state is State.WRITTEN
        assert queries.item(w.session, following).held_by == moderator.id


def test_keys_can_be_switched_off(runtime, work, city, visit, moderator):  # noqa: F811
    (item,) = fifty(runtime, work, city, 1)
    page: Page = visit(city.slug, f"/desk/moderation/{item}", screen=OFFICE, who=moderator)
    page.keyboard.press("?")
    page.get_by_label("Работать клавишами").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("p")
    page.reload()
    page.keyboard.press("p")
    expect(page.get_by_role("button", name="Опубликовать")).to_be_visible()
    with work(city) as w:
        assert journal(w, "test.published") == 0
    assert service.kinds()
