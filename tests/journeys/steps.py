"""What people do in many journeys: agree, vote, read a code in the mailbox, walk by keyboard."""

import re
from typing import Any
from uuid import UUID

from playwright.sync_api import Locator, Page, expect

from core.features.polls import queries
from core.kit.actor import SystemActor


def agree(page: Page) -> None:
    """Answer the product's own "are you sure?" dialog."""
    page.get_by_role("dialog").get_by_role("button", name="Да").click()


def vote(page: Page, *answers: str) -> None:
    """Mark these answers and send the ballot."""
    for answer in answers:
        page.get_by_label(answer).check()
    page.get_by_role("button", name="Проголосовать").click()


def expect_counted(page: Page) -> None:
    expect(page.locator("#vote").get_by_text("Ваш голос учтён").first).to_be_visible()


def sign_in_as(page: Page, name: str) -> None:
    """As one of the ready people of the demo; ends where the person was going."""
    page.get_by_role("button", name=f"как {name}").click()
    page.wait_for_url(lambda url: "/demo" not in url)


def ask_for_code(page: Page, contact: str) -> None:
    page.get_by_label("Почта или телефон").fill(contact)
    page.get_by_role("button", name="Получить код").click()
    expect(page.get_by_role("heading", name="Введите код")).to_be_visible()


def code_in_mailbox(page: Page) -> str:
    """The newest code, read where the demo shows it, in a tab of its own."""
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Открыть почту в новой вкладке").click()
    mailbox = opened.value
    letter = mailbox.get_by_role("article").first
    expect(letter).to_be_visible()
    found = re.search(r"\b\d{6}\b", letter.inner_text())
    assert found is not None, letter.inner_text()
    mailbox.close()
    return found[0]


def enter_code(page: Page, code: str) -> None:
    page.get_by_label("Шесть цифр").fill(code)
    page.get_by_role("main").get_by_role("button", name="Войти").click()


def votes(runtime: Any, site: str, poll: UUID) -> dict[str, int]:
    """The votes of a poll as counted, by the words of the answers."""
    city = runtime.registry.by_slug(site)
    with runtime.work(city, SystemActor("test")) as work:
        view = queries.poll_view(work.session, poll)
        assert view is not None
        assert view.paper is not None
        tally = queries.tally(work.session, poll)
        return {
            option.title: tally[option.id]
            for question in view.paper.questions
            for option in question.options
            if tally.get(option.id)
        }


def participants(runtime: Any, site: str, poll: UUID) -> int:
    city = runtime.registry.by_slug(site)
    with runtime.work(city, SystemActor("test")) as work:
        view = queries.poll_view(work.session, poll)
        assert view is not None
        return view.participants


def tab_to(page: Page, target: Locator, *, most: int = 60) -> None:
    """Press Tab until the target has the focus, seeing the focus at every step."""
    for _ in range(most):
        page.keyboard.press("Tab")
        assert focus_is_seen(page), page.evaluate("() => document.activeElement.outerHTML")
        if target.evaluate("(one) => one === document.activeElement"):
            return
    raise AssertionError(f"{most} times Tab do not lead to {target}")


def focus_is_seen(page: Page) -> bool:
    """Whether the element in focus, or what it is drawn as, has a ring around it."""
    seen: bool = page.evaluate(
        """() => {
          const ring = (one, part) => {
            const style = one && getComputedStyle(one, part);
            return !!style && style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
          };
          const one = document.activeElement;
          if (!one || one === document.body) return false;
          return ring(one) || ring(one, "::after") || ring(one.closest(".option"));
        }"""
    )
    return seen
