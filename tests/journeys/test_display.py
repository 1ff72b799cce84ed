"""The panel that Russian practice expects: larger text, contrast schemes, no pictures; and text
twice as large without loss."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.city import Life, lead
from tests.journeys.conftest import OFFICE, PHONE, Visit, overflowing
from tests.journeys.slices import NEXT, Slices, lead_slices

pytestmark = pytest.mark.browser

SITE = "gubkinsky"
SCHEMES = {
    "Чёрный на белом": "black-white",
    "Белый на чёрном": "white-black",
    "Жёлтый на чёрном": "yellow-black",
    "Синий на голубом": "blue",
}


@pytest.fixture
def life(runtime: Any, clock: Any, deliver: Callable[[], int]) -> Life:
    return lead(runtime, clock, deliver, runtime.registry.by_slug(SITE))


@pytest.fixture
def slices(runtime: Any, clock: Any, deliver: Callable[[], int], life: Life) -> Slices:
    city = runtime.registry.by_slug(SITE)
    return lead_slices(runtime, clock, deliver, city, life.administrator, life.resident)


def choose(page: Page, *names: str) -> None:
    """Open the panel and press these; each is kept before the next."""
    page.locator(".display-menu summary").click()
    for name in names:
        with page.expect_response("**/display"):
            page.get_by_role("button", name=name, exact=True).click()
        expect(page.get_by_role("button", name=name, exact=True)).to_have_attribute(
            "aria-pressed", "true"
        )
    page.keyboard.press("Escape")


def pages_of(life: Life) -> tuple[str, ...]:
    return ("/", f"/polls/{life.polls['open']}", f"/polls/{life.polls['published']}")


def test_larger_text_is_kept_and_fits(
    visit: Visit, life: Life, accessible: Callable[[Page], None]
) -> None:
    page = visit(SITE, "/")
    size = page.evaluate("() => parseFloat(getComputedStyle(document.body).fontSize)")
    for name, times in (("А+", 1.2), ("А++", 1.5)):
        choose(page, name)
        for path in pages_of(life):
            page.goto(path)
            now = page.evaluate("() => parseFloat(getComputedStyle(document.body).fontSize)")
            assert now == pytest.approx(size * times)
            assert not overflowing(page), path
    accessible(page)
    page.set_viewport_size(OFFICE)  # type: ignore[arg-type]
    page.goto("/")
    assert not overflowing(page)
    accessible(page)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_contrast_scheme_is_kept_everywhere(
    visit: Visit, life: Life, accessible: Callable[..., None], scheme: str
) -> None:
    page = visit(SITE, "/")
    choose(page, scheme)
    for path in pages_of(life):
        page.goto(path)
        expect(page.locator("html")).to_have_attribute("data-contrast", SCHEMES[scheme])
        # Beyond what WCAG wants: who chooses such a scheme needs seven to one.
        accessible(page, rules=("color-contrast", "color-contrast-enhanced"))
    visit.enter(page.context, SITE, life.administrator)
    page.goto(f"/desk/polls/{life.polls['open']}")
    accessible(page, rules=("color-contrast", "color-contrast-enhanced"))


def test_without_pictures(visit: Visit, life: Life, accessible: Callable[[Page], None]) -> None:
    page = visit(SITE, f"/polls/{life.polls['open']}")
    pictures = page.locator("main img")
    expect(pictures.first).to_be_visible()
    choose(page, "Не показывать")
    expect(pictures.first).to_be_hidden()
    page.reload()
    expect(pictures.first).to_be_hidden()
    accessible(page)
    page.goto("/")
    for one in page.locator("img").all():
        expect(one).to_be_hidden()
    accessible(page)

    choose(page, "Показывать")
    page.goto(f"/polls/{life.polls['open']}")
    expect(pictures.first).to_be_visible()


def test_text_twice_as_large_loses_nothing_in_public(
    visit: Visit, life: Life, slices: Slices
) -> None:
    number = slices.numbers["collecting"]
    page = visit(SITE, "/offline", screen=PHONE)
    fits_twice_as_large(
        page,
        *(*pages_of(life), "/polls", "/sign-in", "/ideas", f"/ideas/{number}", "/ideas/map"),
        *(f"/ideas/{slices.numbers['merged']}", f"/ideas/{number}/versions"),
        *("/campaigns", "/campaigns/1", "/plan/2026", "/plan/2026/2"),
        f"/plan/proposals/{slices.fillings['token'][0]}",
    )


def test_text_twice_as_large_loses_nothing_for_a_resident(
    visit: Visit, life: Life, slices: Slices
) -> None:
    page = visit(SITE, "/offline", screen=PHONE, who=life.resident)
    fits_twice_as_large(
        page,
        *("/", "/profile", "/profile/details", "/profile/points"),
        *("/ideas/new", f"/ideas/{slices.numbers['collecting']}/edit", "/me/ideas", "/me/letters"),
        *(f"/me/letters/{slices.fillings['letter_id'][0]}", "/profile/notices"),
        "/profile/notices/settings",
    )


def test_text_twice_as_large_loses_nothing_on_the_desk(
    visit: Visit, life: Life, slices: Slices
) -> None:
    waiting, written, refused = slices.places["/desk/moderation/", "item_id"]
    topic = slices.places["/desk/plan/items/", "item_id"][0]
    page = visit(SITE, "/offline", screen=PHONE, who=life.administrator)
    fits_twice_as_large(
        page,
        *("/desk", f"/desk/polls/{life.polls['open']}", "/desk/polls/new", "/desk/regulation"),
        *("/desk/ideas", f"/desk/ideas/{slices.ideas['collecting']}", "/desk/campaigns"),
        *(f"/desk/campaigns/{one}" for one in slices.fillings["campaign_id"][-2:]),
        *("/desk/campaigns/new", "/desk/moderation", f"/desk/moderation/{waiting}"),
        *(f"/desk/moderation/{written}", f"/desk/moderation/{refused}", "/desk/moderation/blocks"),
        *("/desk/plan/2026", f"/desk/plan/{NEXT}", f"/desk/plan/{NEXT}/new"),
        *(f"/desk/plan/items/{topic}", f"/desk/plan/items/{topic}/report"),
        f"/desk/plan/items/{topic}/measures/{slices.fillings['measure_id'][0]}",
        *("/desk/plan/2026/amendments", "/desk/tasks", "/desk/control", "/desk/calendar"),
        *(f"/desk/tasks/{slices.fillings['task_id'][0]}", "/desk/documents"),
    )


def fits_twice_as_large(page: Page, *paths: str) -> None:
    """Nothing is cut off, and no page is wider than the phone."""
    wrong = []
    for path in paths:
        page.goto(path)
        page.evaluate("() => { document.documentElement.style.fontSize = '200%'; }")
        wrong += [f"{path}: {one}" for one in (*overflowing(page), *page.evaluate(LOST))]
    assert not wrong, "\n".join(wrong)


# Text that is cut off (wider or higher than a box that neither shows nor scrolls the rest), or in a
# box so narrow that its letters stand one below the other.
LOST = """() => {
  const cut = [];
  // For screen readers alone: as good as not there.
  const spoken = (one) => {
    for (let box = one; box; box = box.parentElement) {
      if (getComputedStyle(box).clipPath === "inset(50%)") return true;
    }
    return false;
  };
  for (const one of document.querySelectorAll("body *")) {
    const own = [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (!own || one.closest("svg, select, noscript") || !one.checkVisibility()) continue;
    if (spoken(one)) continue;
    const letters = parseFloat(getComputedStyle(one).fontSize);
    const narrow = one.getBoundingClientRect().width < 2 * letters;
    if (narrow && one.innerText.trim().length > 4) {
      cut.push(`narrow: ${one.outerHTML.slice(0, 140)}`);
      continue;
    }
    for (let box = one; box && box !== document.body; box = box.parentElement) {
      const style = getComputedStyle(box);
      const frame = box.getBoundingClientRect();
      const text = one.getBoundingClientRect();
      const hides = (way) => way === "hidden" || way === "clip";
      if (hides(style.overflowX) && (text.right > frame.right + 1 || text.left < frame.left - 1)
        || hides(style.overflowY) && (text.bottom > frame.bottom + 1 || text.top < frame.top - 1)
        || style.textOverflow === "ellipsis" && box.scrollWidth > box.clientWidth) {
        cut.push(one.outerHTML.slice(0, 140));
        break;
      }
      if (style.overflowX === "auto" || style.overflowX === "scroll") break;
    }
  }
  return cut.slice(0, 5);
}"""
