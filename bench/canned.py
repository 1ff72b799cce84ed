"""The product's pages without a database: what a page costs before any query.

Each page asked for is made once for real; the templates and everything they were given are kept.
From then on the same routes, on the same server and through the same middleware, render the same
templates from what was kept. Neither PostgreSQL nor Redis is asked.
"""

import asyncio
import os
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final
from unittest.mock import patch

import httpx
import msgspec
from litestar import Response

from core import app as product
from core.app import Sites, make_runtime
from core.feature import Feature, Site, installed_features
from core.settings import read_settings
from core.web import pages
from core.web.log import configure_logging
from core.web.request import SESSION_COOKIE, CityRequest, Person
from core.web.routes import page

VARIABLE: Final = "VECHE_BENCH_PAGES"
ROUTES: Final = (
    "/",
    "/polls",
    "/polls/{poll_id:uuid}",
    "/ideas",
    "/ideas/{number:int}",
    "/ideas/similar",
)


class Asked(msgspec.Struct, frozen=True):
    """A page to be kept: as whom (a Cookie header, or nobody) and where."""

    host: str
    path: str
    cookies: str = ""


class Rendering(msgspec.Struct, frozen=True):
    """A template and what it was given."""

    template: str
    context: Mapping[str, Any]


class Kept(msgspec.Struct):
    """Everything that was rendered for one page, the page itself last."""

    person: Person | None = None
    renderings: list[Rendering] = []


Key = tuple[str, bool]


def _key(request: CityRequest) -> Key:
    return request.here, SESSION_COOKIE in request.cookies


def create_app() -> Sites:
    """The application for `bench.serve`; VECHE_BENCH_PAGES says what to keep, as JSON."""
    settings = read_settings()
    configure_logging(settings)
    runtime = make_runtime(settings)
    asked = msgspec.json.decode(os.environ[VARIABLE], type=list[Asked])
    kept = _make_once(Sites(runtime), asked)
    features = _with_canned_pages(kept)
    # The application asks for the features where it has imported the question to.
    with patch.object(product, "installed_features", lambda: features):
        return Sites(runtime)


def _make_once(app: Sites, asked: Sequence[Asked]) -> dict[Key, Kept]:
    kept: dict[Key, Kept] = {}

    async def ask() -> None:
        transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport) as client:
            for one in asked:
                headers = {"accept": "text/html", "cookie": one.cookies}
                answer = await client.get(f"http://{one.host}{one.path}", headers=headers)
                answer.raise_for_status()

    with _noting(kept):
        # In a thread of its own: this one may be running a loop already.
        worker = threading.Thread(target=lambda: asyncio.run(ask()))
        worker.start()
        worker.join()
    missing = [one.path for one in asked if (one.path, bool(one.cookies)) not in kept]
    if missing:
        raise RuntimeError(f"these pages were not rendered: {missing}")
    return kept


@contextmanager
def _noting(kept: dict[Key, Kept]) -> Iterator[None]:
    """Keep what goes through `render_text`, wherever it has been imported to."""
    original = pages.render_text

    def note(request: CityRequest, template: str, *, work: Any = None, **context: Any) -> str:
        made = kept.setdefault(_key(request), Kept())
        made.person = request.person
        made.renderings.append(Rendering(template, context))
        return original(request, template, work=work, **context)

    places = [
        module
        for module in list(sys.modules.values())
        if getattr(module, "render_text", None) is original
    ]
    for module in places:
        module.render_text = note  # type: ignore[attr-defined]
    try:
        yield
    finally:
        for module in places:
            module.render_text = original  # type: ignore[attr-defined]


def _with_canned_pages(kept: Mapping[Key, Kept]) -> tuple[Feature, ...]:
    """The installed features with the routes in question answered from memory."""
    taken: list[Feature] = []
    added = False
    for feature in installed_features():
        handlers = feature.pages.get(Site.CITY, ())
        rest = [one for one in handlers if not _paths(one) & set(ROUTES)]
        if len(rest) < len(handlers) and not added:
            rest += [page(route)(_answer_from(kept)) for route in ROUTES]
            added = True
        taken.append(
            msgspec.structs.replace(feature, pages={**feature.pages, Site.CITY: tuple(rest)})
        )
    return tuple(taken)


def _paths(handler: Any) -> set[str]:
    return set(getattr(handler, "paths", ()))


def _answer_from(kept: Mapping[Key, Kept]) -> Callable[[CityRequest], Response[Any]]:
    def answer(request: CityRequest) -> Response[Any]:
        made = kept[_key(request)]
        request.scope["veche_person"] = made.person  # type: ignore[typeddict-unknown-key]
        *parts, whole = made.renderings
        for part in parts:
            pages.render_text(request, part.template, **part.context)
        return pages.render(request, whole.template, **whole.context)

    return answer
