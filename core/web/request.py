"""The request as handlers see it: the city its host means, who is there, and a unit of work."""

import base64
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any, Final, Literal, Protocol, cast

import msgspec
from litestar import Request
from litestar.datastructures import State

from core.identity import sessions
from core.identity.sessions import Visitor
from core.kit.actor import Actor, Anonymous, ResidentActor
from core.kit.errors import NotFound, SignInNeeded
from core.kit.text import Locale
from core.tenancy.tenant import Tenant
from core.work import Runtime, Work

FlashKind = Literal["info", "good", "warn", "bad"]
SESSION_COOKIE: Final = "veche_session"
FLASH_COOKIE: Final = "veche_flash"
LANGUAGE_COOKIE: Final = "veche_language"
SCOPE_KEY: Final = "veche"
API: Final = "/api/"


class Flash(msgspec.Struct, frozen=True):
    """A short message shown once, on the next page."""

    kind: FlashKind
    text: str


class Person(msgspec.Struct, frozen=True):
    """Who is signed in, as the header shows it; `unread` notices where there is a cabinet."""

    name: str
    points: int | None = None
    desk: bool = False
    unread: int | None = None


class Shell(Protocol):
    """What the composition root puts around every page: only it knows the features."""

    def person(self, work: Work, visitor: Visitor) -> Person | None: ...

    def actor(self, work: Work, visitor: Visitor) -> Actor: ...

    def nav(self, request: "CityRequest") -> Sequence[Mapping[str, object]]: ...

    def desk_nav(self, request: "CityRequest", work: Work) -> Sequence[Mapping[str, object]]: ...


class Place(msgspec.Struct, frozen=True):
    """Where a request arrived: put into the ASGI scope by the dispatcher."""

    runtime: Runtime
    shell: Shell
    host: str
    tenant: Tenant | None = None
    demo: bool = False


class CityRequest(Request[Any, Any, State]):
    """A request on a city's host (or, without a tenant, on the association's or operator's)."""

    @property
    def place(self) -> Place:
        return cast("Place", self.scope[SCOPE_KEY])  # type: ignore[typeddict-item]

    @property
    def runtime(self) -> Runtime:
        return self.place.runtime

    @property
    def tenant(self) -> Tenant:
        """The city; asking for it on another kind of host is Not Found."""
        tenant = self.place.tenant
        if tenant is None:
            raise NotFound
        return tenant

    @property
    def locale(self) -> Locale:
        """The language to answer in: a program says it in a header, a person has chosen it; else
        it is the city's own."""
        if self.is_api:
            preferred = preferred_language(self.headers.get("accept-language", ""))
            if preferred is not None:
                return preferred
        elif self.cookies.get(LANGUAGE_COOKIE) in ("ru", "en"):
            return cast("Locale", self.cookies[LANGUAGE_COOKIE])
        return self.place.tenant.locale if self.place.tenant else "ru"

    @property
    def is_api(self) -> bool:
        return self.scope["path"].startswith(API)

    @property
    def is_htmx(self) -> bool:
        return self.headers.get("hx-request") == "true"

    @property
    def here(self) -> str:
        """Path and query of this page, for coming back to it."""
        query = self.scope["query_string"].decode("latin-1")
        return self.url.path + (f"?{query}" if query else "")

    @property
    def address(self) -> str:
        """The network address of the client, as far as it can be trusted."""
        if self.runtime.settings.trust_proxy:
            forwarded = self.headers.get("x-forwarded-for", "")
            if forwarded:
                return str(forwarded.rsplit(",", 1)[-1].strip())
        return self.client.host if self.client else "unknown"

    @cached_property
    def visitor(self) -> Visitor | None:
        """Who is signed in; read from Redis on first use, never for people without a cookie."""
        token = self.cookies.get(SESSION_COOKIE)
        if not token:
            return None
        return sessions.load(self.runtime, self.place.tenant, token)

    @property
    def signed_in(self) -> Visitor:
        visitor = self.visitor
        if visitor is None:
            raise SignInNeeded
        return visitor

    @contextmanager
    def work(self, *, person: bool = True) -> Iterator[Work]:
        """One unit of work for this city and this visitor.

        With `person` it also reads what the page's header says of them.
        """
        visitor = self.visitor
        actor: Actor = Anonymous()
        if visitor is not None and visitor.kind == "resident":
            actor = ResidentActor(cast("Any", visitor.id))
        with self.runtime.work(self.tenant, actor) as work:
            if visitor is not None and visitor.kind == "staff":
                work.actor = self.place.shell.actor(work, visitor)
            if visitor is None or not person:
                yield work
                return
            scope = cast("dict[str, Any]", self.scope)
            scope["veche_work"] = work
            try:
                yield work
                scope["veche_person"] = self.place.shell.person(work, visitor)
            finally:
                del scope["veche_work"]

    @property
    def person(self) -> Person | None:
        """What the header says of the visitor: as of the end of the work, or, on a page that is
        rendered while it is open, as of now."""
        scope = cast("dict[str, Any]", self.scope)
        if "veche_person" not in scope and "veche_work" in scope and self.visitor is not None:
            scope["veche_person"] = self.place.shell.person(scope["veche_work"], self.visitor)
        return cast("Person | None", scope.get("veche_person"))

    @property
    def flashes(self) -> list[Flash]:
        raw = self.cookies.get(FLASH_COOKIE)
        if not raw:
            return []
        try:
            return msgspec.json.decode(base64.urlsafe_b64decode(raw), type=list[Flash])
        except (ValueError, msgspec.DecodeError):
            return []


def preferred_language(header: str) -> Locale | None:
    """The language of ours that an Accept-Language header likes best."""
    best: tuple[float, Locale] | None = None
    for one in header.split(","):
        tag, _, weight = one.lower().replace(" ", "").partition(";q=")
        language = tag.partition("-")[0]
        if language not in ("ru", "en"):
            continue
        try:
            liking = float(weight or 1)
        except ValueError:
            continue
        if liking > 0 and (best is None or liking > best[0]):
            best = (liking, cast("Locale", language))
    return best[1] if best else None


def flash_value(messages: Sequence[Flash]) -> str:
    """The cookie that carries messages to the next page."""
    return base64.urlsafe_b64encode(msgspec.json.encode(list(messages))).decode()
