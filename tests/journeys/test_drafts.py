"""Nothing that was written is lost: not by a reload, an expired session, a mistake, or a colleague
who was faster."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from core.features.polls.service.drafting import create_draft
from core.identity import consents, sessions
from core.identity.consents import Purpose
from core.kit.actor import StaffActor, SystemActor
from core.kit.level import Level
from tests.features.polls.build import draft, official, resident
from tests.journeys.conftest import OFFICE, Visit

pytestmark = pytest.mark.browser

SITE = "gubkinsky"
TITLE = "Где поставить ледовый городок?"


@pytest.fixture
def moderator(runtime: Any) -> StaffActor:
    city = runtime.registry.by_slug(SITE)
    return official(runtime, city, "polls.draft", but_not=["polls.approve"], name="Модератор")


@pytest.fixture
def stored(runtime: Any, moderator: StaffActor) -> UUID:
    """A draft that was saved once."""
    with runtime.work(runtime.registry.by_slug(SITE), moderator) as work:
        return create_draft(work, draft=draft(first=work.today, title="Черновик"))


def kept(page: Page, text: str) -> None:
    """Wait until the browser keeps what was typed."""
    page.wait_for_function(
        "(text) => Object.values(localStorage).some((one) => one.includes(text))", arg=text
    )


def test_a_reload_gives_back_what_was_typed(
    visit: Visit, moderator: StaffActor, stored: UUID
) -> None:
    page = visit(SITE, f"/desk/polls/{stored}/edit", screen=OFFICE, who=moderator)
    page.get_by_label("Название").fill(TITLE)
    page.get_by_role("textbox", name="Вариант 1", exact=True).fill("У реки")
    kept(page, "У реки")
    page.reload()
    expect(page.get_by_text("Вернули то, что вы начали писать")).to_be_visible()
    expect(page.get_by_label("Название")).to_have_value(TITLE)
    expect(page.get_by_role("textbox", name="Вариант 1", exact=True)).to_have_value("У реки")

    # Once it is saved, the browser keeps nothing more.
    page.get_by_role("button", name="Сохранить черновик").click()
    expect(page.get_by_text("Сохранено:")).to_be_visible()
    page.goto("/desk/polls")
    page.goto(f"/desk/polls/{stored}/edit")
    expect(page.get_by_label("Название")).to_have_value(TITLE)
    expect(page.get_by_text("Вернули то, что вы начали писать")).to_have_count(0)


def test_a_poll_never_saved_is_given_back_as_well(visit: Visit, moderator: StaffActor) -> None:
    page = visit(SITE, "/desk/polls/new", screen=OFFICE, who=moderator)
    page.get_by_label("Название").fill(TITLE)
    kept(page, TITLE)
    page.reload()
    expect(page.get_by_label("Название")).to_have_value(TITLE)
    # A button that only changes the form stores nothing, so it ends no draft either.
    page.get_by_role("button", name="Добавить вариант").click()
    expect(page.get_by_role("textbox", name="Вариант 3", exact=True)).to_be_focused()
    page.reload()
    expect(page.get_by_label("Название")).to_have_value(TITLE)

    page.get_by_role("button", name="Сохранить черновик").click()
    expect(page.get_by_text("Черновик сохранён.")).to_be_visible()
    page.goto("/desk/polls/new")
    expect(page.get_by_label("Название")).to_have_value("")


@pytest.mark.parametrize("new", [False, True], ids=["stored", "never saved"])
def test_an_expired_session_loses_nothing(
    visit: Visit, runtime: Any, moderator: StaffActor, stored: UUID, new: bool
) -> None:
    path = "/desk/polls/new" if new else f"/desk/polls/{stored}/edit"
    page = visit(SITE, path, screen=OFFICE, who=moderator)
    page.get_by_label("Название").fill(TITLE)
    kept(page, TITLE)
    city = runtime.registry.by_slug(SITE)
    sessions.end_all(runtime, city, kind="staff", id=moderator.id)

    page.get_by_role("button", name="Сохранить черновик").click()
    expect(page.get_by_role("heading", name="Вход", exact=True)).to_be_visible()
    page.get_by_role("link", name="Войти как…").click()
    page.get_by_role("button", name="как Модератор").click()
    expect(page).to_have_url(visit.url(SITE, path))
    expect(page.get_by_label("Название")).to_have_value(TITLE)
    page.get_by_role("button", name="Сохранить черновик").click()
    expect(
        page.get_by_text("Черновик сохранён.").or_(page.get_by_text("Сохранено:"))
    ).to_be_visible()
    page.reload()
    expect(page.get_by_label("Название")).to_have_value(TITLE)


def test_a_resident_s_form_that_failed_keeps_what_was_typed(visit: Visit, runtime: Any) -> None:
    with runtime.work(runtime.registry.by_slug(SITE), SystemActor("test")) as work:
        anna = resident(work, level=Level.CONTACT, born_on=None, name="Анна")
        consents.give(work, anna, tuple(Purpose))
    page = visit(SITE, "/profile/details", who=anna)
    page.get_by_label("Как к вам обращаться").fill("Анна Петровна")
    kept(page, "Анна Петровна")
    page.reload()
    expect(page.get_by_label("Как к вам обращаться")).to_have_value("Анна Петровна")
    page.get_by_label("Дата рождения").fill("2031-01-01")
    page.get_by_role("button", name="Сохранить").click()
    expect(page.get_by_label("Как к вам обращаться")).to_have_value("Анна Петровна")
    expect(page.get_by_label("Дата рождения")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("Дата рождения").fill("1981-01-01")
    page.get_by_role("button", name="Сохранить").click()
    page.wait_for_url("**/profile")
    expect(page.get_by_role("heading", name="Анна Петровна")).to_be_visible()


def test_two_editors_keep_both_texts(
    visit: Visit,
    runtime: Any,
    moderator: StaffActor,
    stored: UUID,
    accessible: Callable[[Page], None],
) -> None:
    path = f"/desk/polls/{stored}/edit"
    colleague = official(runtime, runtime.registry.by_slug(SITE), name="Заместитель главы")
    slow = visit(SITE, path, screen=OFFICE, who=moderator)
    fast = visit(SITE, path, screen=OFFICE, who=colleague)
    fast.get_by_label("Название").fill("Название коллеги")
    fast.get_by_role("button", name="Сохранить черновик").click()
    expect(fast.get_by_text("Сохранено:")).to_be_visible()

    slow.get_by_label("Название").fill("Моё название")
    slow.get_by_label("Кратко, для списка").fill("Моё описание")
    slow.get_by_role("button", name="Сохранить черновик").click()
    notice = slow.get_by_role("alert")
    expect(notice).to_be_visible()
    expect(notice.get_by_text("Отличаются: название, краткое описание.")).to_be_visible()
    expect(slow.get_by_label("Название")).to_have_value("Моё название")
    accessible(slow)
    with slow.context.expect_page() as opened:
        notice.get_by_role("link", name="Открыть сохранённый вариант").click()
    theirs = opened.value
    expect(theirs.get_by_label("Название")).to_have_value("Название коллеги")
    theirs.close()

    # Saving once more replaces the other text, now knowingly.
    slow.get_by_role("button", name="Сохранить черновик").click()
    expect(slow.get_by_text("Сохранено:")).to_be_visible()
    fast.reload()
    expect(fast.get_by_label("Название")).to_have_value("Моё название")
