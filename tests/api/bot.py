"""A resident's own program: its key, and the application as it sees it."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx

from core.identity import tokens
from core.kit.actor import SystemActor
from core.tenancy.tenant import Tenant
from core.work import Runtime
from tests.support.http import Client

API = "/api/v1"
PROBLEM = "application/problem+json"


def key_of(runtime: Runtime, city: Tenant, resident: UUID) -> str:
    """A new key of a resident."""
    with runtime.work(city, SystemActor("test")) as work:
        return tokens.issue(work, resident, name="Бот", lasts=timedelta(days=30))


class Bot:
    """Speaks JSON on a city's host, with a key or without."""

    def __init__(self, browser: Client, key: str | None = None) -> None:
        self._browser = browser
        self.headers: dict[str, str] = {"accept": "application/json"}
        if key is not None:
            self.headers["authorization"] = f"Bearer {key}"

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Any request under the API's path."""
        headers = {**self.headers, **more.pop("headers", {})}
        return self._browser.request(method, f"{API}{path}", headers=headers, **more)

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.ask("GET", path, **more)

    def vote(self, poll: UUID | str, choices: Mapping[str, Sequence[str]]) -> httpx.Response:
        return self.ask("POST", f"/polls/{poll}/ballot", json={"choices": choices})


def problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    """The body of an error, after a look at what every error has."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == PROBLEM
    assert answer.headers["cache-control"] == "no-store"
    said: dict[str, Any] = answer.json()
    assert said["status"] == status
    assert said["type"].startswith("urn:veche:problem:")
    assert said["title"]
    assert said["instance"] == answer.request.url.path
    return said
