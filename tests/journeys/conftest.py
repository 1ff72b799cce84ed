"""Journeys: what people do, in a real browser against a real server on loopback.

The server runs in this process on the test's own runtime, so a journey may move the clock and
deliver events, and what it wrote is put back afterwards.
"""

import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, expect

from tests.support.browser import chromium

AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
PHONE = {"width": 390, "height": 844}
OFFICE = {"width": 1280, "height": 900}
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


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture
def visit(
    browser: Browser, port: int, runtime: Any, request: pytest.FixtureRequest
) -> Iterator[Callable[..., Page]]:
    """`visit("gubkinsky", "/polls", width=…, scheme=…)` opens a page in a browser of its own.

    A script error, a resource that is missing or anything the CSP blocks fails the test.
    """
    contexts = []
    complaints: list[str] = []

    def go(
        site: str,
        path: str = "/",
        *,
        screen: dict[str, int] = PHONE,
        scheme: str = "light",
        scripts: bool = True,
    ) -> Page:
        context = browser.new_context(
            viewport=screen,  # type: ignore[arg-type]
            color_scheme=scheme,  # type: ignore[arg-type]
            locale="ru-RU",
            base_url=f"http://{site}.localhost:{port}",
            reduced_motion="reduce",
            service_workers="block",
            java_script_enabled=scripts,
        )
        contexts.append(context)
        context.set_default_timeout(15_000)
        page = context.new_page()
        page.on(
            "console",
            lambda message: (
                complaints.append(message.text)
                if message.type == "error"
                # Refusals are answers, and leaving a page aborts what htmx was asking.
                and "status of 4" not in message.text
                and not message.text.startswith("htmx:")
                else None
            ),
        )
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(path)
        return page

    yield go
    for context in contexts:
        context.close()
    assert not complaints, complaints


@pytest.fixture
def accessible() -> Callable[[Page], None]:
    """`accessible(page)` fails with every WCAG 2.2 AA violation that axe finds on the page."""
    source = AXE.read_text(encoding="utf-8")

    def check(page: Page) -> None:
        page.evaluate(source)
        result = page.evaluate(
            "async () => await axe.run(document, {runOnly: {type: 'tag', values: "
            "['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']}})"
        )
        found = [
            f"{one['id']}: {one['help']}: {[node['html'][:200] for node in one['nodes'][:3]]}"
            for one in result["violations"]
        ]
        assert not found, f"{page.url}\n" + "\n".join(found)

    return check
