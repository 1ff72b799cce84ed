"""An application on a phone: it can be installed, and says politely that there is no network."""

from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from tests.features.polls.build import open_poll
from tests.journeys.conftest import Visit

pytestmark = pytest.mark.browser

SITE = "gubkinsky"
NO_NETWORK = "ERR_INTERNET_DISCONNECTED|ERR_FAILED|Failed to fetch"


@pytest.fixture
def poll(runtime: Any) -> UUID:
    return open_poll(runtime, runtime.registry.by_slug(SITE))


def wait_for_worker(page: Page) -> None:
    """Until the service worker serves this page."""
    page.evaluate("() => navigator.serviceWorker.ready")
    page.wait_for_function("() => navigator.serviceWorker.controller !== null")


def test_without_a_network(visit: Visit, poll: UUID) -> None:
    page = visit(SITE, "/", worker=True, tolerates=NO_NETWORK)
    wait_for_worker(page)
    page.context.set_offline(True)
    expect(page.locator("#toasts").get_by_text("Нет связи.")).to_be_visible()
    page.goto("/polls")
    expect(page.get_by_role("heading", name="Нет связи с интернетом")).to_be_visible()
    # It looks as the rest does: the style sheet, the font and the icons were kept.
    assert page.evaluate("() => document.fonts.check('16px \"Golos Text\"', 'я')")
    assert page.evaluate("() => getComputedStyle(document.querySelector('.empty')).display") in (
        "grid",
        "flex",
    )

    # The page is the one that was asked for, as soon as there is a network again.
    page.context.set_offline(False)
    page.reload()
    expect(page.get_by_role("link", name="Какой двор благоустроить")).to_be_visible()


def test_nothing_personal_is_kept(visit: Visit, poll: UUID) -> None:
    page = visit(SITE, "/", worker=True)
    wait_for_worker(page)
    page.goto("/polls")
    page.goto(f"/polls/{poll}")
    kept = page.evaluate(
        """async () => {
          const caches_ = await Promise.all((await caches.keys()).map((name) => caches.open(name)));
          const requests = await Promise.all(caches_.map((cache) => cache.keys()));
          return requests.flat().map((one) => new URL(one.url).pathname);
        }"""
    )
    assert "/offline" in kept
    assert all(one == "/offline" or one.startswith("/static/") for one in kept), kept


def test_it_can_be_installed(visit: Visit) -> None:
    page = visit(SITE, "/")
    address = page.locator("link[rel=manifest]").get_attribute("href")
    manifest = page.evaluate("async (url) => (await fetch(url)).json()", address)
    assert manifest["name"] == "Живём на Севере"
    assert manifest["lang"] == "ru"
    assert manifest["start_url"] == "/"
    assert manifest["display"] == "standalone"
    assert manifest["icons"]
    for icon in manifest["icons"]:
        drawn = page.evaluate(
            """async (src) => {
              const image = new Image();
              image.src = src;
              await image.decode();
              return [image.naturalWidth, image.naturalHeight];
            }""",
            icon["src"],
        )
        assert min(drawn) > 0, icon
    # What Chromium itself finds wrong with it.
    browser = page.context.new_cdp_session(page)
    assert browser.send("Page.getAppManifest")["errors"] == []
    assert [
        one["errorId"]
        for one in browser.send("Page.getInstallabilityErrors")["installabilityErrors"]
    ] in ([], ["in-incognito"])
