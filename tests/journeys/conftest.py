"""Journeys: what people do, in a real browser against a real server on loopback.

The server runs in this process on the test's own runtime, so a journey may move the clock and
deliver events, and what it wrote is put back afterwards.
"""

import re
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Response, expect

from core.identity import sessions
from core.kit.actor import StaffActor
from core.web.request import SESSION_COOKIE

AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
PHONE = {"width": 390, "height": 844}
OFFICE = {"width": 1280, "height": 900}
# What axe judges: WCAG 2.2 up to AA, and what its authors think good besides.
STANDARD = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
expect.set_options(timeout=15_000)


@pytest.fixture(scope="session")
def port(installation: Any) -> Iterator[int]:
    """The port on which the demo application answers for all hosts."""
    listening = socket.create_server(("127.0.0.1", 0))
    number = int(listening.getsockname()[1])
    config = uvicorn.Config(installation.app(demo=True), log_level="warning", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    yield number
    server.should_exit = True
    thread.join(timeout=10)


class Complaints:
    """What browsers complained of: script errors, anything the content policy blocked, pieces of a
    page that did not come. A refusal of the page itself is an answer and no complaint."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def listen(self, context: BrowserContext, tolerates: str | None) -> None:
        def hear(text: str) -> None:
            if tolerates is None or not re.search(tolerates, text):
                self.heard.append(text)

        def said(message: ConsoleMessage) -> None:
            # What did not come is heard below; leaving a page aborts what htmx was asking.
            answer = "status of 4" in message.text or message.text.startswith("htmx:")
            if message.type == "error" and not answer:
                hear(message.text)

        def came(response: Response) -> None:
            whole = response.request.resource_type in ("document", "xhr", "fetch")
            if response.status >= (500 if whole else 400):
                hear(f"{response.status} {response.url}")

        context.on("console", said)
        context.on("weberror", lambda error: hear(str(error.error)))
        context.on("response", came)


class Visit:
    """`visit("gubkinsky", "/polls", …)` opens a page in a browser of its own.

    `who` is signed in beforehand; without `scripts` no script runs; `worker` lets the service
    worker in; complaints that match `tolerates` are expected.
    """

    def __init__(self, browser: Browser, port: int, runtime: Any, complaints: Complaints) -> None:
        self._browser = browser
        self._runtime = runtime
        self._complaints = complaints
        self.port = port
        self.contexts: list[BrowserContext] = []

    def __call__(
        self,
        site: str,
        path: str = "/",
        *,
        screen: dict[str, int] = PHONE,
        scheme: str = "light",
        scripts: bool = True,
        who: UUID | StaffActor | None = None,
        worker: bool = False,
        tolerates: str | None = None,
    ) -> Page:
        context = self._browser.new_context(
            viewport=screen,  # type: ignore[arg-type]
            color_scheme=scheme,  # type: ignore[arg-type]
            locale="ru-RU",
            base_url=self.url(site),
            reduced_motion="reduce",
            service_workers="allow" if worker else "block",
            java_script_enabled=scripts,
        )
        self.contexts.append(context)
        context.set_default_timeout(15_000)
        self._complaints.listen(context, tolerates)
        if who is not None:
            self.enter(context, site, who)
        page = context.new_page()
        page.goto(path)
        return page

    def url(self, site: str, path: str = "") -> str:
        return f"http://{site}.localhost:{self.port}{path}"

    def enter(self, context: BrowserContext, site: str, who: UUID | StaffActor) -> None:
        """Sign somebody in without the pages for it, which have journeys of their own."""
        token = session_of(self._runtime, site, who)
        context.add_cookies([{"name": SESSION_COOKIE, "value": token, "url": self.url(site)}])


def session_of(runtime: Any, site: str, who: UUID | StaffActor) -> str:
    """The token of a new session."""
    city = runtime.registry.by_slug(site)
    if isinstance(who, StaffActor):
        return sessions.begin(runtime, city, kind="staff", id=who.id, name=who.name)
    return sessions.begin(runtime, city, kind="resident", id=who)


@pytest.fixture
def visit(browser: Browser, port: int, runtime: Any) -> Iterator[Visit]:
    """Opens pages; a complaint of any browser fails the test."""
    complaints = Complaints()
    opened = Visit(browser, port, runtime, complaints)
    yield opened
    for context in opened.contexts:
        context.close()
    assert not complaints.heard, complaints.heard


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe-core."""
    return AXE.read_text(encoding="utf-8")


@pytest.fixture
def accessible(axe: str) -> Callable[..., None]:
    """`accessible(page)` fails with every violation of WCAG 2.2 AA that axe finds on the page;
    `rules=("color-contrast",)` asks only for these, where all others cannot have changed."""

    def check(page: Page, *, rules: Sequence[str] = ()) -> None:
        found = violations(page, axe, rules)
        assert not found, f"{page.url} at {page.viewport_size}\n" + "\n".join(found)

    return check


# Without style sheets fetched anew and selectors made up: both take time and tell nothing here.
_PLAINLY = {"resultTypes": ["violations"], "preload": False, "selectors": False}


def violations(page: Page, axe: str, rules: Sequence[str] = ()) -> list[str]:
    """What axe finds, in words."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(axe)
    asked = {"type": "rule", "values": rules} if rules else {"type": "tag", "values": STANDARD}
    result = page.evaluate(
        """async (options) => (await axe.run(document, options)).violations.map(
          ({id, help, nodes}) => [id, help, nodes.slice(0, 3).map(({html}) => html.slice(0, 200))]
        )""",
        {"runOnly": asked, **_PLAINLY},
    )
    return [f"{rule}: {wanted}: {where}" for rule, wanted, where in result]


def hold_still(page: Page) -> None:
    """Let colours change at once from now on, as long as the page stays: axe does not wait."""
    page.evaluate(
        """() => {
          const sheet = new CSSStyleSheet();
          sheet.replaceSync("*, *::before, *::after { transition: none !important }");
          document.adoptedStyleSheets = [sheet];
        }"""
    )


def overflowing(page: Page) -> list[str]:
    """What makes a page wider than its window: nothing, it is hoped."""
    found: list[str] = page.evaluate(
        """() => {
          const width = document.documentElement.clientWidth;
          if (document.documentElement.scrollWidth <= width) return [];
          const scrolls = (one) => !!one && (getComputedStyle(one).overflowX !== "visible"
            || scrolls(one.parentElement));
          const wide = [...document.body.querySelectorAll("*")]
            .filter((one) => one.getBoundingClientRect().right > width + 1)
            .filter((one) => !scrolls(one.parentElement))
            .map((one) => one.outerHTML.slice(0, 120));
          return [`${document.documentElement.scrollWidth} > ${width}`, ...wide.slice(-4)];
        }"""
    )
    return found
