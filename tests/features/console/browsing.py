"""Staff at the desk as browsers without scripts: signing in, sending a form as it was shown."""

from html.parser import HTMLParser
from typing import Any

import httpx

from core.identity import sessions
from core.kit.actor import ResidentActor, StaffActor
from core.tenancy.tenant import Tenant
from core.web.request import SESSION_COOKIE
from core.work import Runtime
from tests.support.http import Client


def signed_in(
    runtime: Runtime, city: Tenant, browser: Client, actor: StaffActor | ResidentActor
) -> Client:
    """The same browser with a session of its own."""
    if isinstance(actor, StaffActor):
        token = sessions.begin(runtime, city, kind="staff", id=actor.id, name=actor.name)
    else:
        token = sessions.begin(runtime, city, kind="resident", id=actor.id)
    browser.cookies.set(SESSION_COOKIE, token)
    return browser


class _Forms(HTMLParser):
    """All forms of a page with the values their fields would send."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[tuple[dict[str, str], dict[str, list[str]]]] = []
        self._name = ""
        self._text: list[str] | None = None
        self._chosen: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {key: value or "" for key, value in attrs}
        if tag == "form":
            self.forms.append((given, {}))
        if not self.forms:
            return
        match tag:
            case "input" if given.get("type") in ("checkbox", "radio"):
                if "checked" in given:
                    self._add(given["name"], given.get("value", "on"))
            case "input" if given.get("type") != "file" and "name" in given:
                self._add(given["name"], given.get("value", ""))
            case "textarea":
                self._name, self._text = given["name"], []
            case "select":
                self._name, self._chosen = given["name"], None
            case "option" if "selected" in given or self._chosen is None:
                self._chosen = given.get("value", "")

    def handle_data(self, data: str) -> None:
        if self._text is not None:
            self._text.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._text is not None:
            # HTML drops the first line break of a textarea.
            self._add(self._name, "".join(self._text).removeprefix("\n"))
            self._text = None
        elif tag == "select":
            self._add(self._name, self._chosen or "")

    def _add(self, name: str, value: str) -> None:
        self.forms[-1][1].setdefault(name, []).append(value)


def fields(page: httpx.Response, **attributes: str) -> dict[str, Any]:
    """What the form with these attributes (`id="editor"`) would send, without its buttons."""
    reader = _Forms()
    reader.feed(page.text)
    for given, values in reader.forms:
        if all(given.get(key) == value for key, value in attributes.items()):
            return {
                name: found if len(found) > 1 else found[0]
                for name, found in values.items()
                if not name.startswith("_")
            }
    raise AssertionError(f"the page has no form with {attributes}")


def step_fields(page: httpx.Response, do: str) -> dict[str, Any]:
    """The form of a desk page whose hidden field `do` says this."""
    reader = _Forms()
    reader.feed(page.text)
    for _given, values in reader.forms:
        if values.get("do") == [do]:
            return {name: found[0] for name, found in values.items() if not name.startswith("_")}
    raise AssertionError(f"the page offers no step {do}")


def offers(page: httpx.Response) -> set[str]:
    """The steps that a desk page offers."""
    reader = _Forms()
    reader.feed(page.text)
    return {values["do"][0] for _given, values in reader.forms if "do" in values}
