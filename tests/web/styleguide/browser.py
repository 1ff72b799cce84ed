"""Shows the style guide's pages in Chromium without a server: requests to a made-up host are
answered from the renderer, under the product's strict CSP."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, Route

from tests.web.styleguide.render import ASSETS, HERE, asset_addresses, environment, render

HOST = "http://styleguide.test"
CSP = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self';"
    " object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}


def open_page(
    browser: Browser,
    name: str,
    *,
    width: int,
    scheme: str,
    height: int = 900,
    display: Mapping[str, str] | None = None,
    complaints: list[str] | None = None,
) -> Page:
    """The sample page `name` as a person with this screen and these settings sees it.

    `complaints` collects what the browser has against the page."""
    env = environment(asset_addresses())
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if scheme == "dark" else "light",
        reduced_motion="reduce",
        service_workers="block",
    )
    page = context.new_page()
    if complaints is not None:
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))

    def answer(route: Route) -> None:
        path = urlsplit(route.request.url).path
        file: Path | None = None
        if path.startswith("/static/"):
            file = ASSETS / path.removeprefix("/static/")
        elif path.startswith("/pictures/"):
            file = HERE / "assets" / path.removeprefix("/pictures/")
        if file is not None and file.is_file():
            route.fulfill(body=file.read_bytes(), content_type=TYPES[file.suffix])
        elif path == f"/{name}":
            headers = {"Content-Security-Policy": CSP, "Content-Type": "text/html; charset=utf-8"}
            route.fulfill(body=render(name, env, **(display or {})), headers=headers)
        else:
            ignored = path == "/manifest.webmanifest"
            if complaints is not None and not ignored:
                complaints.append(f"missing: {path}")
            route.fulfill(status=404, body="")

    page.route(f"{HOST}/**", answer)
    page.goto(f"{HOST}/{name}")
    page.evaluate("document.fonts.ready")
    return page
