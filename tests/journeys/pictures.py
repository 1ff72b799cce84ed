"""Takes the pictures of the product that the documentation shows, from a running demo:
`python -m tests.journeys.pictures --port 8000`. They land in `docs/pictures/`, each under 150 kB.
"""

import argparse
import io
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page

from tests.journeys.conftest import OFFICE, PHONE, hold_still
from tests.support.browser import chromium

CITY = "gubkinsky"
FOLDER = Path(__file__).resolve().parents[2] / "docs" / "pictures"
HEAVIEST = 150_000
TALLEST = 2_000


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--port", type=int, default=8000, help="where the demo answers")
    asked.add_argument("--city", default=CITY)
    given = asked.parse_args()
    FOLDER.mkdir(parents=True, exist_ok=True)
    with chromium() as browser:
        take_all(browser, f"http://{given.city}.localhost:{given.port}")


def take_all(browser: Browser, url: str) -> None:
    for screen in (PHONE, OFFICE):
        page = open_page(browser, url, screen)
        width = screen["width"]
        for name, show in PUBLIC.items():
            show(page)
            keep(page, f"{name}-{width}")
        if screen is OFFICE:
            page.goto("/")
            page.emulate_media(color_scheme="dark")
            keep(page, f"home-dark-{width}")
            page.emulate_media(color_scheme="light")
        enter(page)
        for name, show in DESK.items():
            show(page)
            keep(page, f"{name}-{width}")
        page.context.close()


def open_page(browser: Browser, url: str, screen: dict[str, int]) -> Page:
    context = browser.new_context(
        base_url=url,
        viewport=screen,  # type: ignore[arg-type]
        locale="ru-RU",
        reduced_motion="reduce",
        service_workers="block",
    )
    return context.new_page()


def go(path: str) -> Callable[[Page], None]:
    def show(page: Page) -> None:
        page.goto(path)

    return show


def first(path: str, link: str) -> Callable[[Page], None]:
    """The page behind the first link of a list."""

    def show(page: Page) -> None:
        page.goto(path)
        page.goto(page.locator(link).first.get_attribute("href") or path)

    return show


def enter(page: Page) -> None:
    """Sign in as the first administrator that the demo offers."""
    page.goto("/demo")
    officials = page.get_by_role("region", name="Сотрудники")
    officials.get_by_role("button").first.click()
    page.wait_for_url("**/desk")


PUBLIC: dict[str, Callable[[Page], None]] = {
    "home": go("/"),
    "poll": first("/polls", ".card.link a"),
    "result": first("/polls?shelf=done", ".card.link:has(.foot .chip.good) a"),
}
DESK: dict[str, Callable[[Page], None]] = {
    "desk": go("/desk"),
    "desk-poll": first("/desk/polls?state=open", "table th a"),
    "regulation": go("/desk/regulation"),
}


def keep(page: Page, name: str) -> None:
    """A picture of the page from its top, as light as it can be without looking so."""
    page.wait_for_load_state("networkidle")
    page.evaluate("() => document.fonts.ready")
    hold_still(page)
    height = int(page.evaluate("() => document.documentElement.scrollHeight"))
    # A bar that is fixed to the window would hang in the middle of a long picture.
    size = page.viewport_size or PHONE
    page.set_viewport_size({"width": size["width"], "height": min(height, TALLEST)})
    shot = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    page.set_viewport_size(size)  # type: ignore[arg-type]
    path = FOLDER / f"{name}.png"
    for colours in (256, 128, 64, 32):
        shot.quantize(colours, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(
            path, optimize=True
        )
        if path.stat().st_size < HEAVIEST:
            break
    print(
        f"{path.relative_to(FOLDER.parents[1])}: {path.stat().st_size:,} bytes, {colours} colours"
    )


if __name__ == "__main__":
    main()
