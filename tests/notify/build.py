"""Kinds of notice, people, and a push service on loopback for tests of notify."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, cast

import http_ece  # type: ignore[import-untyped]
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from core.kit.text import Text
from core.notify.manifest import MessageKind
from core.notify.tell import Recipient, tell
from core.work import Work


def kind(key: str = "test.news", **how: Any) -> MessageKind:
    return MessageKind(key=key, label=Text(ru="Новости проверки", en="News of the test"), **how)


AT_ONCE = kind("test.at_once", email="at_once")
DAILY = kind("test.daily", email="daily")
WEEKLY = kind("test.weekly", email="weekly")
SILENT = kind("test.silent", email="never", push=False)
BINDING = kind("test.binding", email="at_once", binding=True)
KINDS = {one.key: one for one in (AT_ONCE, DAILY, WEEKLY, SILENT, BINDING)}


def told(
    work: Work,
    of: MessageKind,
    *people: Recipient,
    once: str = "first",
    title: str = "Новость",
    text: str = "Что-то произошло.",
    path: str = "/polls",
) -> int:
    return tell(
        work,
        of.key,
        people,
        title=Text(ru=title, en=f"{title} (en)"),
        text=Text(ru=text, en=f"{text} (en)"),
        path=path,
        once=once,
    )


class Browser:
    """A browser's side of a push subscription: it can read what was pushed to it."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._auth = b"0123456789abcdef"

    @property
    def p256dh(self) -> str:
        point = self._key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return urlsafe_b64encode(point).decode().rstrip("=")

    @property
    def auth(self) -> str:
        return urlsafe_b64encode(self._auth).decode().rstrip("=")

    def read(self, body: bytes) -> dict[str, str]:
        plain = http_ece.decrypt(body, private_key=self._key, auth_secret=self._auth)
        return cast("dict[str, str]", json.loads(plain))


class PushService(ThreadingHTTPServer):
    """Takes messages for any subscription; `status` by path, else `usual`."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Push)
        self.taken: list[tuple[str, dict[str, str], bytes]] = []
        self.asked: list[str] = []
        self.usual = 201
        self.status: dict[str, int] = {}

    def endpoint(self, name: str) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/{name}"


class _Push(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        service = cast("PushService", self.server)
        body = self.rfile.read(int(self.headers["content-length"]))
        name = self.path.strip("/")
        service.asked.append(name)
        status = service.status.get(name, service.usual)
        if status < 300:
            headers = {key.lower(): value for key, value in self.headers.items()}
            service.taken.append((name, headers, body))
        self.send_response(status)
        if status in (301, 302, 307):
            self.send_header("location", service.endpoint("elsewhere"))
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_args: object) -> None:
        pass


@contextmanager
def push_service() -> Iterator[PushService]:
    server = PushService()
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def claims(header: str) -> dict[str, str]:
    """What a VAPID header says, unverified."""
    token = header.partition("t=")[2].partition(",")[0]
    payload = token.split(".")[1]
    return cast("dict[str, str]", json.loads(urlsafe_b64decode(payload + "==")))
