"""A city's own look as files: accent colours, emblem, web manifest; and the service worker."""

import hashlib
from typing import Any

from litestar import Response
from litestar.datastructures import Cookie

from core.kit.errors import NotFound
from core.web.accent import accent_css
from core.web.assets import asset_path, static
from core.web.forms import FormData
from core.web.pages import (
    DISPLAY,
    DISPLAY_COOKIE,
    display_of,
    local_path,
    redirect,
    render,
)
from core.web.request import LANGUAGE_COOKIE, CityRequest
from core.web.routes import action, page

_YEAR = "public, max-age=31536000, immutable"


def _file(request: CityRequest, content: str, media_type: str) -> Response[str]:
    etag = '"' + hashlib.sha256(content.encode()).hexdigest()[:16] + '"'
    lasting = _YEAR if request.query_params.get("v") else "public, max-age=300"
    headers = {"etag": etag, "cache-control": lasting}
    if request.headers.get("if-none-match") == etag:
        return Response("", status_code=304, headers=headers)
    return Response(content, media_type=media_type, headers=headers)


@page("/brand/accent.css")
def accent(request: CityRequest) -> Response[str]:
    """The accent colours, computed so that text on them is readable whatever the city chose."""
    brand = request.tenant.profile.brand
    return _file(request, accent_css(brand.hue, brand.chroma), "text/css; charset=utf-8")


@page("/brand/emblem.svg")
def emblem(request: CityRequest) -> Response[str]:
    return _file(request, request.tenant.profile.brand.emblem, "image/svg+xml")


@page("/brand/cover.svg")
def cover(request: CityRequest) -> Response[str]:
    picture = request.tenant.profile.brand.cover
    if picture is None:
        raise NotFound
    return _file(request, picture, "image/svg+xml")


@page("/manifest.webmanifest")
def manifest(request: CityRequest) -> Response[Any]:
    """What a phone needs to install the city's page as an application."""
    tenant = request.place.tenant
    name = tenant.product(request.locale) if tenant else "Вече"
    icon = "/brand/emblem.svg" if tenant else asset_path(request.runtime.settings, "mark.svg")
    return Response(
        {
            "name": name,
            "short_name": name[:24],
            "lang": request.locale,
            "start_url": "/",
            "display": "standalone",
            "background_color": "#ffffff",
            "icons": [{"src": icon, "sizes": "any", "type": "image/svg+xml"}],
        },
        media_type="application/manifest+json",
        headers={"cache-control": "public, max-age=3600"},
    )


@page("/sw.js")
def service_worker(request: CityRequest) -> Response[str]:
    """The service worker must live at the root of the host to see all of it."""
    path = request.runtime.settings.assets / "sw.js"
    if not path.is_file():
        raise NotFound
    return Response(
        path.read_text(encoding="utf-8"),
        media_type="text/javascript; charset=utf-8",
        headers={"cache-control": "no-cache", "service-worker-allowed": "/"},
    )


@page("/language/{code:str}")
def language(request: CityRequest, code: str) -> Response[str]:
    """Remember the language of pages in this browser."""
    if code not in ("ru", "en"):
        raise NotFound
    response = redirect(request, local_path(request.query_params.get("next")))
    response.set_cookie(
        Cookie(key=LANGUAGE_COOKIE, value=code, max_age=31_536_000, samesite="lax", httponly=True)
    )
    return response


@action("/display")
def display(request: CityRequest, data: FormData) -> Response[str]:
    """Remember how this person wants pages to look: text size, contrast, pictures, scheme."""
    chosen = display_of(request)
    if "reset" in data:
        chosen = {key: values[0] for key, values in DISPLAY.items()}
    for key, values in DISPLAY.items():
        if data.get(key) in values:
            chosen[key] = str(data[key])
    response = redirect(request, local_path(str(data.get("next", "/"))))
    response.set_cookie(
        Cookie(
            key=DISPLAY_COOKIE,
            value="|".join(f"{key}:{value}" for key, value in chosen.items()),
            max_age=31_536_000,
            samesite="lax",
            httponly=True,
        )
    )
    return response


@page("/offline")
def offline(request: CityRequest) -> Response[str]:
    """What the service worker shows when there is no network."""
    return render(request, "layout/offline.html")


HANDLERS = (static, offline, accent, emblem, cover, manifest, service_worker, language, display)
