"""The component kit keeps its promises: it renders strictly, obeys the CSP, passes axe on a phone
and on a desk in light and dark, and keeps within a narrow screen."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route

from tests.web.styleguide import sample
from tests.web.styleguide.browser import open_page
from tests.web.styleguide.render import ASSETS, PAGES, ROOT, environment, render

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
BUDGET = 80_000
FIRST_LOAD = (
    "app.css",
    "app.js",
    "icons.svg",
    "golos-cyrillic.woff2",
    "golos-latin.woff2",
    "golos-rouble.woff2",
)


class Markup(HTMLParser):
    """Collects what the tests ask about a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.tags if name == tag]


@pytest.fixture(scope="module")
def assets() -> Path:
    """Built assets; built now when a build is possible."""
    if not (ASSETS / "manifest.json").is_file():
        npm = shutil.which("npm")
        if npm is None or not (ROOT / "node_modules").is_dir():
            pytest.skip("NOT TESTED: the assets are not built and npm packages are not installed")
        subprocess.run([npm, "run", "--silent", "build"], cwd=ROOT, check=True)
    return ASSETS


@pytest.mark.parametrize("page", PAGES)
def test_pages_obey_the_csp(page: str) -> None:
    markup = Markup(render(page, environment()))
    for tag, attrs in markup.tags:
        assert "style" not in attrs, (tag, attrs)
        assert not [name for name in attrs if name.startswith("on")], (tag, attrs)
    assert not markup.all("style")
    assert all(attrs.get("src") for attrs in markup.all("script"))


@pytest.mark.parametrize("page", PAGES)
def test_ids_are_unique_and_references_lead_somewhere(page: str) -> None:
    markup = Markup(render(page, environment()))
    ids = [attrs["id"] for _, attrs in markup.tags if attrs.get("id")]
    assert len(ids) == len(set(ids))
    for _, attrs in markup.tags:
        for name in ("for", "aria-describedby", "aria-labelledby", "data-dialog"):
            for target in (attrs.get(name) or "").split():
                assert target in ids, (name, target)


@pytest.mark.parametrize("page", PAGES)
def test_post_forms_carry_the_token(page: str) -> None:
    html = render(page, environment())
    for form in re.findall(r"<form[^>]*method=\"post\".*?</form>", html, re.DOTALL):
        assert 'name="_csrf_token" value="sample-token"' in form


def test_display_choices_stand_on_the_root_element() -> None:
    html = render("home", environment(), size="huge", contrast="blue", pictures="off")
    assert 'data-size="huge" data-contrast="blue" data-pictures="off" data-scheme="auto"' in html


def test_pages_need_nothing_but_the_site() -> None:
    """A layout stands with the least context the README asks for."""
    env = environment()
    for layout in ("base", "plain", "print", "desk"):
        env.get_template(f"layout/{layout}.html").render(
            site={"name": "Вече"}, csrf_token="token", desk_nav=[]
        )


def test_text_is_escaped() -> None:
    context = sample.context("kit")
    context["site"] = {**sample.SITE, "name": '<script>alert("1")</script>'}
    context["flash"] = [{"kind": "good", "text": "<b>жирно</b>"}]
    html = environment().get_template("kit.html").render(context)
    assert "<script>alert" not in html
    assert "<b>жирно</b>" not in html


def test_every_icon_in_use_is_in_the_set() -> None:
    drawn = {path.stem for path in (ROOT / "core/web/static/icons").glob("*.svg")}
    for page in PAGES:
        used = set(re.findall(r"icons\.svg#([\w-]+)", render(page, environment())))
        assert used <= drawn


def test_every_macro_is_in_the_readme() -> None:
    folder = ROOT / "core" / "web" / "templates"
    readme = (folder / "README.md").read_text()
    for file in (folder / "components").glob("*.html"):
        for macro in re.findall(r"{% macro ([a-z]\w*)\(", file.read_text()):
            if file.name != "display.html":
                assert re.search(rf"`{macro}\(", readme), f"{file.name}: {macro}"


def test_first_load_is_within_its_budget(assets: Path) -> None:
    manifest: dict[str, str] = json.loads((assets / "manifest.json").read_text())
    total = 0
    for name in FIRST_LOAD:
        path = assets / manifest[name]
        packed = path.with_name(path.name + ".gz")
        total += (packed if packed.is_file() else path).stat().st_size
    assert total + 6_000 <= BUDGET, "6 kB are for the page itself"


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing(browser: Browser, name: str, scheme: str) -> None:
    """On a phone and on a desk; and the browser reports no breach of the CSP and no error."""
    complaints: list[str] = []
    page = open_page(browser, name, width=390, scheme=scheme, complaints=complaints)
    assert violations(page) == []
    page.set_viewport_size({"width": 1280, "height": 900})
    assert violations(page) == []
    assert complaints == []
    page.context.close()


@pytest.mark.browser
@pytest.mark.parametrize(
    "choice",
    [{"contrast": name} for name in ("black-white", "white-black", "yellow-black", "blue")]
    + [{"size": "huge"}, {"pictures": "off"}],
    ids=lambda choice: "-".join(choice.values()),
)
def test_axe_finds_nothing_in_the_accessible_views(
    browser: Browser, choice: dict[str, str]
) -> None:
    page = open_page(browser, "kit", width=390, scheme="light", display=choice)
    assert violations(page) == []
    page.context.close()


@pytest.mark.browser
@pytest.mark.parametrize("name", PAGES)
def test_nothing_sticks_out_of_a_narrow_screen(browser: Browser, name: str) -> None:
    page = open_page(browser, name, width=320, scheme="light", display={"size": "huge"})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.context.close()


@pytest.mark.browser
def test_errors_take_the_focus_and_lead_to_their_fields(browser: Browser) -> None:
    page = open_page(browser, "kit", width=1280, scheme="light")
    until(page, "document.activeElement.matches('[data-error-summary]')")
    page.get_by_role("link", name="Выберите тему").click()
    assert page.evaluate("document.activeElement.id") == "f-topic"
    page.context.close()


@pytest.mark.browser
def test_a_form_is_sent_once(browser: Browser) -> None:
    page = open_page(browser, "kit", width=1280, scheme="light")
    sent: list[str] = []

    def answer(route: Route) -> None:
        sent.append(route.request.method)
        route.fulfill(status=204)

    page.route("**/ideas", answer)
    page.evaluate(
        "for (let i = 0; i < 3; i++) document.querySelector('form[action=\"/ideas\"] .btn').click()"
    )
    page.wait_for_timeout(300)
    assert sent == ["POST"]
    page.context.close()


@pytest.mark.browser
def test_a_dangerous_button_asks_first(browser: Browser) -> None:
    page = open_page(browser, "kit", width=1280, scheme="light")
    page.get_by_role("button", name="Отклонить").click()
    dialog = page.get_by_role("dialog")
    assert "Отклонить предложение?" in dialog.inner_text()
    dialog.get_by_role("button", name="Отмена").click()
    assert dialog.count() == 0
    page.context.close()


@pytest.mark.browser
def test_a_draft_comes_back_until_it_is_sent(browser: Browser) -> None:
    page = open_page(browser, "poll", width=390, scheme="light")
    page.get_by_role("radio", name="Микрорайон 14").check()
    until(page, "localStorage.getItem('draft:poll.1') !== null")
    page.reload()
    until(page, "document.querySelector('input[value=b]').checked")
    page.evaluate("sessionStorage.setItem('draft-sent', 'poll.1')")
    page.reload()
    until(page, "localStorage.getItem('draft:poll.1') === null")
    page.context.close()


@pytest.mark.browser
def test_the_panel_changes_the_page_at_once_and_posts(browser: Browser) -> None:
    page = open_page(browser, "poll", width=1280, scheme="light")
    bodies: list[str | None] = []

    def answer(route: Route) -> None:
        bodies.append(route.request.post_data)
        route.fulfill(status=204)

    page.route("**/display", answer)
    page.get_by_label("Размер текста и контраст").first.click()
    page.get_by_role("button", name="Жёлтый на чёрном").click()
    assert page.evaluate("document.documentElement.dataset.contrast") == "yellow-black"
    page.wait_for_timeout(100)
    assert bodies == ["_csrf_token=sample-token&next=%2Fpoll&contrast=yellow-black"]
    page.keyboard.press("Escape")
    assert page.locator("details[data-menu][open]").count() == 0
    page.context.close()


def until(page: Page, condition: str) -> None:
    """Waits for a condition; Playwright's own waiting needs eval, which the CSP forbids."""
    for _ in range(50):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(100)
    pytest.fail(f"never came true: {condition}")


def violations(page: Page) -> list[tuple[str, Any]]:
    """What axe finds: rule and places."""
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        (violation["id"], [node["target"] for node in violation["nodes"]])
        for violation in found["violations"]
    ]
