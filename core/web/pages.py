"""Rendering: one Jinja environment per language, the context every page gets, redirects."""

from collections.abc import Mapping
from functools import cache, partial
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import jinja2
from litestar import Response
from litestar.datastructures import Cookie
from litestar.enums import MediaType
from litestar.template.base import csrf_token

from core.kit.errors import Problem
from core.kit.text import Locale, Text
from core.settings import Settings
from core.web.assets import asset_path
from core.web.i18n import filters, translations
from core.web.prose import prose
from core.web.request import (
    FLASH_COOKIE,
    CityRequest,
    Flash,
    FlashKind,
    flash_value,
)
from core.work import Work

DISPLAY_COOKIE: Final = "veche_display"
DISPLAY: Final[Mapping[str, tuple[str, ...]]] = {
    "size": ("normal", "large", "huge"),
    "contrast": ("normal", "black-white", "white-black", "yellow-black", "blue"),
    "pictures": ("on", "off"),
    "scheme": ("auto", "light", "dark"),
}
_ABOUT: Final = (
    ("how", Text(ru="Как это работает", en="How it works")),
    ("rules", Text(ru="Регламент", en="Regulation")),
    ("accessibility", Text(ru="Доступность", en="Accessibility")),
)
LANGUAGES: Final = (("ru", "Русский"), ("en", "English"))


def _slice_templates() -> dict[str, jinja2.BaseLoader]:
    loaders: dict[str, jinja2.BaseLoader] = {}
    for entry in entry_points(group="veche.features"):
        spec = find_spec(entry.value.rpartition(".")[0])
        if spec is not None and spec.submodule_search_locations:
            folder = Path(spec.submodule_search_locations[0], "templates")
            loaders[entry.name] = jinja2.FileSystemLoader(folder)
    return loaders


@cache
def environment(locale: Locale, settings: Settings) -> jinja2.Environment:
    """Templates of the shell (`layout/…`, `components/…`) and of slices (`polls/…`)."""
    env = jinja2.Environment(
        loader=jinja2.ChoiceLoader(
            [
                jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
                jinja2.PrefixLoader(_slice_templates()),
            ]
        ),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        cache_size=400,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
    )
    # A global, because macros imported without context need it too.
    env.globals["asset"] = partial(asset_path, settings)
    env.install_gettext_translations(translations(locale), newstyle=True)  # type: ignore[attr-defined]
    env.filters.update(filters(locale, lambda context: context["zone"]), prose=prose)
    return env


def display_of(request: CityRequest) -> dict[str, str]:
    """How this person wants pages to look; unknown values fall back to the first."""
    raw = dict(
        part.split(":", 1)
        for part in request.cookies.get(DISPLAY_COOKIE, "").split("|")
        if ":" in part
    )
    return {
        key: raw[key] if raw.get(key) in values else values[0] for key, values in DISPLAY.items()
    }


def site_context(request: CityRequest) -> dict[str, Any]:
    """What the layouts need, without touching the database."""
    locale = request.locale
    tenant = request.place.tenant
    languages = [
        {
            "code": code,
            "label": label,
            "href": f"/language/{code}?next={request.url.path}",
            "current": code == locale,
        }
        for code, label in LANGUAGES
    ]
    if tenant is not None:
        names = tenant.profile.names
        site: dict[str, Any] = {
            "name": names.product.in_(locale),
            "place": names.place.in_(locale),
            "emblem": f"/brand/emblem.svg?v={tenant.version}",
            "accent_css": f"/brand/accent.css?v={tenant.version}",
            "notice": tenant.profile.notice.text.in_(locale),
            "links": [
                {"href": f"/about#{anchor}", "label": text.in_(locale)} for anchor, text in _ABOUT
            ],
            "languages": languages,
        }
    else:
        site = {"name": "Вече" if locale == "ru" else "Veche", "languages": languages}
    return {
        "site": site,
        "tenant": tenant,
        "zone": tenant.zone if tenant else ZoneInfo("Europe/Moscow"),
        "lang": locale,
        "display": display_of(request),
        "here": request.here,
        "nav": request.place.shell.nav(request),
        "person": request.person,
        "flash": request.flashes,
        "csrf_token": csrf_token({"request": request}),
        "now": request.runtime.clock.now(),
        "demo": request.place.demo,
        "routes": {"me": "/profile", "points": "/profile/points"},
    }


def render_text(
    request: CityRequest, template: str, *, work: Work | None = None, **context: Any
) -> str:
    """A template as text. Desk pages give their `work`, because their menu shows counts."""
    everything = {"errors": {}, "values": {}, **site_context(request), **context}
    if work is not None:
        everything["desk_nav"] = request.place.shell.desk_nav(request, work)
        visitor = request.visitor
        if everything["person"] is None and visitor is not None:
            everything["person"] = request.place.shell.person(work, visitor)
    return (
        environment(request.locale, request.runtime.settings)
        .get_template(template)
        .render(everything)
    )


def render(
    request: CityRequest,
    template: str,
    *,
    work: Work | None = None,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    **context: Any,
) -> Response[str]:
    """A page. Rendered here, in the handler's thread, so that the event loop stays free."""
    response: Response[str] = Response(
        render_text(request, template, work=work, **context),
        status_code=status,
        media_type=MediaType.HTML,
        headers={"cache-control": "no-store" if request.cookies else "no-cache", **(headers or {})},
    )
    if request.cookies.get(FLASH_COOKIE):
        response.delete_cookie(FLASH_COOKIE)
    return response


def local_path(value: str | None, fallback: str = "/") -> str:
    """A path on this very host; anything that could lead elsewhere becomes `fallback`."""
    if not value or not value.startswith("/") or value.startswith(("//", "/\\")):
        return fallback
    parts = urlsplit(value)
    if parts.scheme or parts.netloc or "\\" in value or any(ord(sign) < 33 for sign in value):
        return fallback
    return value


def redirect(
    request: CityRequest, path: str, *, flash: tuple[FlashKind, str] | None = None
) -> Response[str]:
    """Go and GET `path` (303). With htmx the whole page follows, not a fragment."""
    target = local_path(path)
    response: Response[str] = (
        Response("", status_code=204, headers={"hx-redirect": target})
        if request.is_htmx
        else Response("", status_code=303, headers={"location": target})
    )
    if flash is not None:
        response.set_cookie(
            Cookie(
                key=FLASH_COOKIE,
                value=flash_value([Flash(flash[0], flash[1])]),
                httponly=True,
                samesite="lax",
                secure=request.runtime.settings.public_scheme == "https",
                max_age=60,
            )
        )
    return response


def messages(problem: Problem, locale: Locale) -> dict[str, str]:
    """Field messages of a problem in one language, for showing the form again."""
    return {name: text.in_(locale) for name, text in problem.fields.items()}
