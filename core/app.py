"""The web application: one ASGI entry that finds the site behind a host name and adds the headers
every answer carries; one Litestar application per kind of site."""

import asyncio
import gc
import re
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

import structlog
from litestar import Litestar, Router
from litestar.concurrency import set_asyncio_executor
from litestar.config.compression import CompressionConfig
from litestar.config.csrf import CSRFConfig
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from sqlalchemy import text

from core.feature import Site, installed_features
from core.identity import access, staff
from core.identity.sessions import Visitor
from core.kit.actor import Actor, Anonymous
from core.kit.clock import Clock, SystemClock
from core.kit.crypto import derive_key
from core.notify.tell import Recipient, unread
from core.rules import Catalogue
from core.settings import Settings, read_settings
from core.tenancy.model import Installation
from core.web import brand, metrics
from core.web.api import api_router
from core.web.errors import handle
from core.web.log import configure_logging
from core.web.openapi import openapi
from core.web.request import SCOPE_KEY, CityRequest, Person, Place
from core.work import Runtime, Work

log = structlog.get_logger("web")

_HEADERS: Sequence[tuple[bytes, bytes]] = (
    (
        b"content-security-policy",
        b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        b"font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; "
        b"form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=(self), payment=()"),
)
_STRICT_TRANSPORT = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")
_LARGEST_BODY = 12 * 1024 * 1024
_PORT = re.compile("[0-9]{1,5}")
_PORTS = 65_536


def _with_maps(origin: str | None) -> Sequence[tuple[bytes, bytes]]:
    """The headers, with pictures of maps allowed from the one place they come from."""
    if origin is None:
        return _HEADERS
    allowed = b"img-src 'self' data: " + origin.encode()
    return [(name, value.replace(b"img-src 'self' data:", allowed)) for name, value in _HEADERS]


class ShellOfFeatures:
    """What surrounds every page, gathered from the features' manifests."""

    def person(self, work: Work, visitor: Visitor) -> Person | None:
        if visitor.kind == "resident":
            name = access.resident_name(work, visitor)
            points = next(
                (
                    feature.balance(work, visitor.resident_id)
                    for feature in installed_features()
                    if feature.balance is not None and work.tenant.profile.offers(feature.key)
                ),
                None,
            )
            waiting = unread(work.session, Recipient("resident", visitor.resident_id))
            return Person(name=name, points=points, unread=waiting)
        if visitor.kind == "staff":
            waiting = unread(work.session, Recipient("staff", visitor.staff_id))
            desk = access.may(work, "desk.enter")
            return Person(name=visitor.name, desk=desk, unread=waiting)
        return Person(name=visitor.name)

    def actor(self, work: Work, visitor: Visitor) -> Actor:
        return staff.load_staff_actor(work, visitor.staff_id) or Anonymous()

    def nav(self, request: CityRequest) -> Sequence[Mapping[str, object]]:
        tenant = request.place.tenant
        if tenant is None:
            return ()
        path = request.url.path
        items = [
            (item.order, item.offer or feature.key, item)
            for feature in installed_features()
            for item in feature.nav
            if item.order == 0 or tenant.profile.offers(item.offer or feature.key)
        ]
        home = "Главная" if request.locale == "ru" else "Home"
        return [
            {
                "href": nav.path,
                "label": tenant.profile.features[key].short.in_(request.locale)
                if key in tenant.profile.features
                else home,
                "icon": nav.icon,
                "current": path == nav.path
                or (nav.path != "/" and path.startswith(f"{nav.path}/")),
            }
            for _order, key, nav in sorted(items, key=lambda item: item[0])
        ]

    def desk_nav(self, request: CityRequest, work: Work) -> Sequence[Mapping[str, object]]:
        path = request.url.path
        items = sorted(
            (
                item
                for feature in installed_features()
                for item in feature.desk
                if (item.offer is None or work.tenant.profile.offers(item.offer))
                and access.may(work, item.permission)
            ),
            key=lambda item: item.order,
        )
        return [
            {
                "href": item.path,
                "label": item.label.in_(request.locale),
                "icon": item.icon,
                "count": item.count(work) if item.count else None,
                "current": path == item.path
                or (item.path != "/desk" and path.startswith(f"{item.path}/")),
            }
            for item in items
        ]


def make_sites(settings: Settings, *, demo: bool) -> dict[Site, Litestar]:
    """One application for each kind of host; a page of one kind does not exist on another."""
    csrf = CSRFConfig(
        secret=derive_key(settings.secret_key, purpose="csrf").hex(),
        cookie_name="veche_csrf",
        cookie_secure=settings.public_scheme == "https",
        cookie_httponly=True,
        exclude=["^/api/", "^/static/"],
    )
    sites: dict[Site, Litestar] = {}
    for site in Site:
        pages = [
            handler
            for feature in installed_features()
            for handler in (
                *feature.pages.get(site, ()),
                *(feature.demo_pages.get(site, ()) if demo else ()),
            )
        ]
        api = [handler for feature in installed_features() for handler in feature.api]
        sites[site] = Litestar(
            route_handlers=[
                # One router, because Litestar registers handlers twice when the methods of one path
                # come to an application one after another.
                Router("/", route_handlers=[*brand.HANDLERS, *pages]),
                *([api_router(api)] if site is Site.CITY else []),
            ],
            request_class=CityRequest,
            exception_handlers={Exception: cast("Any", handle)},
            csrf_config=csrf,
            compression_config=CompressionConfig(
                backend="brotli",
                brotli_quality=4,
                minimum_size=700,
                brotli_gzip_fallback=True,
                exclude=["^/static/"],
            ),
            openapi_config=openapi() if site is Site.CITY else None,
            request_max_body_size=_LARGEST_BODY,
            etag=None,
            # Logs are the composition root's business; Litestar would set up the root logger.
            logging_config=None,
        )
    return sites


class Sites:
    """The ASGI entry: health, host → site, headers. `runtime` is what all sites share."""

    def __init__(self, runtime: Runtime, *, demo: bool = False) -> None:
        self.runtime = runtime
        self.demo = demo
        self.shell = ShellOfFeatures()
        self.sites = make_sites(runtime.settings, demo=demo)
        settings = runtime.settings
        self._fixed = {
            settings.host_of(settings.association_host): Site.ASSOCIATION,
            settings.host_of(settings.operator_host): Site.OPERATOR,
        }
        self._headers = [
            *_with_maps(settings.map_origin),
            *([_STRICT_TRANSPORT] if settings.public_scheme == "https" else []),
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        kind: str = scope["type"]
        if kind == "lifespan":
            await cast("ASGIApp", self.sites[Site.CITY])(scope, receive, send)
            return
        if kind != "http":
            return
        if cast("dict[str, object]", scope)["method"] == "HEAD":
            scope, send = cast("Scope", {**scope, "method": "GET"}), _without_body(send)
        path = scope["path"]
        if path in ("/health/live", "/health/ready", "/metrics"):
            await self._health(path, send)
            return
        host = _host(scope)
        site = self._fixed.get(host)
        tenant = None
        if site is None:
            try:
                tenant = await self._tenant(host)
            except Exception:
                log.exception("registry_unreachable", host=host)
                await _plain(send, 503, "Сервис ненадолго недоступен, повторите через минуту.\n")
                return
            site = Site.CITY
            if tenant is None:
                await _plain(send, 404, "Такого города здесь нет. Проверьте адрес.\n")
                return
        cast("dict[str, object]", scope)[SCOPE_KEY] = Place(
            runtime=self.runtime, shell=self.shell, host=host, tenant=tenant, demo=self.demo
        )
        structlog.contextvars.clear_contextvars()
        if tenant is not None:
            structlog.contextvars.bind_contextvars(tenant=tenant.slug)

        began = time.perf_counter()
        city = tenant.slug if tenant is not None else ""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                metrics.REQUESTS.labels(site.value, city, str(message["status"])).inc()
                metrics.SECONDS.labels(site.value).observe(time.perf_counter() - began)
                present = {name for name, _value in message["headers"]}
                message["headers"] = [
                    *message["headers"],
                    *((name, value) for name, value in self._headers if name not in present),
                ]
            await send(message)

        await cast("ASGIApp", self.sites[site])(scope, receive, cast("Send", send_with_headers))

    async def _tenant(self, host: str) -> Any:
        registry = self.runtime.registry
        if registry.fresh:
            return registry.by_host(host)
        return await asyncio.to_thread(registry.by_host, host)

    async def _health(self, path: str, send: Send) -> None:
        if path == "/health/live":
            await _plain(send, 200, "ok\n")
        elif path == "/metrics":
            await _plain(send, 200, metrics.exposition().decode(), metrics.MEDIA_TYPE)
        else:
            problem = await asyncio.to_thread(self._not_ready)
            await _plain(send, 503 if problem else 200, f"{problem or 'ok'}\n")

    def _not_ready(self) -> str | None:
        try:
            with self.runtime.databases.platform() as session:
                session.execute(text("SELECT 1"))
        except Exception:
            log.warning("not_ready", part="postgresql", exc_info=True)
            return "postgresql does not answer"
        try:
            self.runtime.redis.ping()
        except Exception:
            log.warning("not_ready", part="redis", exc_info=True)
            return "redis does not answer"
        return None


def _host(scope: Scope) -> str:
    """The host asked for; "" for one that nobody would send who means well."""
    for name, value in scope["headers"]:
        if name == b"host":
            host, _, port = value.decode("latin-1").partition(":")
            if port and not (_PORT.fullmatch(port) and int(port) < _PORTS):
                return ""
            return host.lower().rstrip(".")
    return ""


def _without_body(send: Send) -> Send:
    """Answers HEAD: all that GET would say of itself, but not the thing."""

    async def send_head(message: Message) -> None:
        if message["type"] == "http.response.body":
            message["body"] = b""
        await send(message)

    return cast("Send", send_head)


async def _plain(
    send: Send, status: int, body: str, media_type: str = "text/plain; charset=utf-8"
) -> None:
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [
                (b"content-type", media_type.encode()),
                *((b"retry-after", b"5") for _ in range(status == 503)),
                *_HEADERS,
            ],
        }
    )
    await send({"type": "http.response.body", "body": body.encode(), "more_body": False})


def make_runtime(settings: Settings | None = None, *, clock: Clock | None = None) -> Runtime:
    """A process's runtime with all installed rule modules."""
    return Runtime(
        settings or read_settings(), clock=clock or SystemClock(), catalogue=Catalogue.installed()
    )


def create_app() -> Sites:
    """The production application; it has no demo pages, whatever the environment says."""
    settings = read_settings()
    configure_logging(settings)
    return _serve(make_runtime(settings))


def create_demo_app() -> Sites:
    """The demo application: adds the "sign in as" and mailbox pages, and refuses to start on a
    database that was not made by the demo."""
    settings = read_settings()
    configure_logging(settings)
    runtime = make_runtime(settings)
    with runtime.databases.platform() as session:
        kind = session.get(Installation, 1)
    if kind is None or kind.kind not in ("demo", "test"):
        raise SystemExit("This database belongs to no demo: demo pages stay off. Use `veche web`.")
    return _serve(runtime, demo=True)


def _serve(runtime: Runtime, *, demo: bool = False) -> Sites:
    """The sites of a web process. A handler thread holds at most one connection at a time, so
    there are as many threads as the pool has connections, or fewer."""
    settings = runtime.settings
    set_asyncio_executor(
        ThreadPoolExecutor(min(settings.web_threads, settings.pool_size), "handler")
    )
    sites = Sites(runtime, demo=demo)
    # What has been made by now lives as long as the process: the collector need not look at it.
    gc.collect()
    gc.freeze()
    return sites
