"""A synchronous HTTP client on the real ASGI application: cookies, forms with their CSRF token."""

import re
from collections.abc import Mapping
from typing import Any

import httpx
from anyio.from_thread import BlockingPortal

CSRF_COOKIE = "veche_csrf"
CSRF_FIELD = "_csrf_token"


class AsgiTransport(httpx.BaseTransport):
    """Runs an ASGI application in the event loop of a portal, one request at a time."""

    def __init__(self, app: Any, portal: BlockingPortal) -> None:
        self._inner = httpx.ASGITransport(app=app, client=("127.0.0.1", 50_000))
        self._portal = portal

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        return self._portal.call(self._answer, request)

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        asynchronous = httpx.Request(
            request.method,
            request.url,
            headers=request.headers,
            content=request.content,
            extensions=request.extensions,
        )
        answer = await self._inner.handle_async_request(asynchronous)
        content = b"".join([part async for part in answer.stream])  # type: ignore[union-attr]
        return httpx.Response(
            answer.status_code,
            headers=[
                (name, value)
                for name, value in answer.headers.raw
                if name.lower() not in (b"content-length", b"transfer-encoding")
            ],
            stream=httpx.ByteStream(content),
            extensions=answer.extensions,
        )


class Client(httpx.Client):
    """A browser without scripts: keeps cookies, follows no redirect, submits forms."""

    def __init__(self, app: Any, portal: BlockingPortal, host: str) -> None:
        super().__init__(
            transport=AsgiTransport(app, portal),
            base_url=f"http://{host}",
            headers={"accept": "text/html", "accept-language": "ru"},
        )

    @property
    def csrf(self) -> str:
        """The token of this browser; asks for a page first if it has none yet."""
        if CSRF_COOKIE not in self.cookies:
            self.get("/")
        return self.cookies.get(CSRF_COOKIE) or ""

    def submit(
        self,
        path: str,
        data: Mapping[str, Any] | None = None,
        *,
        htmx: bool = False,
        follow: bool = False,
        **more: Any,
    ) -> httpx.Response:
        """POST a form as a page of ours would, with its CSRF token; `files=` makes it multipart."""
        headers = {**({"hx-request": "true"} if htmx else {}), **more.pop("headers", {})}
        return self.post(
            path,
            data={CSRF_FIELD: self.csrf, **(data or {})},
            headers=headers,
            follow_redirects=follow,
            **more,
        )


def visible_text(page: httpx.Response | str) -> str:
    """What a reader sees of a page, without tags and with single spaces."""
    html = page if isinstance(page, str) else page.text
    html = re.sub(r"(?s)<(script|style|svg)\b.*?</\1>", " ", html)
    words = re.sub(r"(?s)<[^>]+>", " ", html)
    for entity, letter in (("&nbsp;", " "), ("&quot;", '"'), ("&#39;", "'"), ("&amp;", "&")):
        words = words.replace(entity, letter)
    return re.sub(r"\s+", " ", words.replace("\u00a0", " ")).strip()
