"""With the keyboard alone: every stop can be seen, nothing is a trap, and the focus comes back from
where it was sent."""

from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import expect

from core.features.polls.service.drafting import create_draft, submit_for_review
from tests.features.polls.build import draft, official, open_poll
from tests.journeys.city import known_resident
from tests.journeys.conftest import OFFICE, Visit, hold_still
from tests.journeys.steps import expect_counted, tab_to, votes

pytestmark = pytest.mark.browser

SITE = "gubkinsky"


@pytest.fixture
def poll(runtime: Any) -> UUID:
    return open_poll(runtime, runtime.registry.by_slug(SITE))


def test_a_vote(visit: Visit, runtime: Any, poll: UUID) -> None:
    anna = known_resident(runtime, runtime.registry.by_slug(SITE))
    page = visit(SITE, "/polls", screen=OFFICE, who=anna)
    keys = page.keyboard

    # The first stop leads past the menus.
    keys.press("Tab")
    skip = page.get_by_role("link", name="К содержанию")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    keys.press("Enter")
    expect(page.locator("#main")).to_be_focused()

    tab_to(page, page.get_by_role("link", name="Какой двор благоустроить"))
    keys.press("Enter")
    page.wait_for_url(f"**/polls/{poll}")

    keys.press("Tab")
    keys.press("Enter")
    tab_to(page, page.get_by_role("radio").first)
    keys.press("Space")
    expect(page.get_by_role("radio").first).to_be_checked()
    keys.press("ArrowDown")
    expect(page.get_by_label("Микрорайон 14")).to_be_checked()
    tab_to(page, page.get_by_role("button", name="Проголосовать"))
    keys.press("Enter")
    expect_counted(page)
    # The answer has the focus, so what follows is read and reached from there.
    expect(page.locator("#vote")).to_be_focused()
    assert votes(runtime, SITE, poll) == {"Микрорайон 14": 1}


def test_menus_close_with_escape_and_give_the_focus_back(visit: Visit, runtime: Any) -> None:
    anna = known_resident(runtime, runtime.registry.by_slug(SITE))
    page = visit(SITE, "/", screen=OFFICE, who=anna)
    keys = page.keyboard
    for summary, inside in (
        (page.locator(".display-menu summary"), page.get_by_role("button", name="А+", exact=True)),
        (page.locator(".person-menu summary"), page.get_by_role("link", name="Мой кабинет")),
    ):
        tab_to(page, summary)
        expect(inside).to_be_hidden()
        keys.press("Enter")
        expect(inside).to_be_visible()
        tab_to(page, inside)
        keys.press("Escape")
        expect(inside).to_be_hidden()
        expect(summary).to_be_focused()
    # Walking on closes a menu as well: it must not hide what has the focus.
    keys.press("Enter")
    expect(page.get_by_role("link", name="Мой кабинет")).to_be_visible()
    tab_to(page, page.locator("main a").first)
    expect(page.get_by_role("link", name="Мой кабинет")).to_be_hidden()


def test_a_dialog_keeps_the_focus_and_gives_it_back(visit: Visit, runtime: Any) -> None:
    city = runtime.registry.by_slug(SITE)
    chief = official(runtime, city, name="Заместитель главы")
    with runtime.work(city, chief) as work:
        poll = create_draft(work, draft=draft(first=work.today))
        submit_for_review(work, poll_id=poll)
    page = visit(SITE, f"/desk/polls/{poll}", screen=OFFICE, who=chief)
    keys = page.keyboard
    button = page.get_by_role("button", name="Согласовать", exact=True)
    dialog = page.get_by_role("dialog")

    tab_to(page, button)
    keys.press("Enter")
    expect(dialog).to_be_visible()
    expect(dialog.get_by_role("button", name="Да")).to_be_focused()
    for _ in range(4):
        keys.press("Tab")
        # Out of a dialog the focus may go to the browser itself, never to the page below.
        assert page.evaluate(
            "() => document.activeElement === document.body"
            " || !!document.activeElement.closest('dialog')"
        )
    keys.press("Escape")
    expect(dialog).to_have_count(0)
    expect(button).to_be_focused()

    keys.press("Enter")
    expect(dialog.get_by_role("button", name="Да")).to_be_focused()
    keys.press("Enter")
    expect(page.get_by_text("Запланирован").first).to_be_visible()


def test_every_stop_can_be_seen(visit: Visit, runtime: Any, poll: UUID) -> None:
    """Through whole pages, on a phone with a keyboard too: what has the focus is drawn so, and no
    fixed bar covers it."""
    anna = known_resident(runtime, runtime.registry.by_slug(SITE))
    page = visit(SITE, "/", who=anna)
    for path in ("/", f"/polls/{poll}", "/profile"):
        page.goto(path)
        hold_still(page)
        stops = set()
        for _ in range(80):
            page.keyboard.press("Tab")
            found = page.evaluate(FOCUS)
            if found is None:
                break
            where, ringed, covered = found
            assert ringed, f"{path}: no ring around {where}"
            assert not covered, f"{path}: {where} is covered by {covered}"
            stops.add(where)
        assert len(stops) > 8, path


# What has the focus, whether it is drawn so, and what lies over its middle.
FOCUS = """() => {
  const one = document.activeElement;
  if (!one || one === document.body) return null;
  const ring = (of, part) => {
    const style = of && getComputedStyle(of, part);
    return !!style && style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  };
  const ringed = ring(one) || ring(one, "::after") || ring(one.closest(".option"));
  const box = one.getBoundingClientRect();
  const over = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
  const mine = !over || one.contains(over) || over.contains(one)
    || !!one.closest(".option, .tick")?.contains(over) || over.closest("label")?.control === one;
  return [one.outerHTML.slice(0, 160), ringed, mine ? null : over.outerHTML.slice(0, 120)];
}"""
