"""Carriers to test against: a mail server and a text-message gateway on loopback, in threads.

They speak just enough SMTP and HTTP to take a message, refuse it, or be down.
"""

import json
import socketserver
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, TypeVar, cast


class MailServer(socketserver.ThreadingTCPServer):
    """Keeps letters; `refuse` answers that code to every recipient."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Smtp)
        self.letters: list[EmailMessage] = []
        self.refuse: int | None = None

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.server_address[1]}"


class _Smtp(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        mail = cast("MailServer", self.server)
        self._say(220, "ready")
        while line := self.rfile.readline():
            verb = line.split(b" ")[0].strip().upper()
            if verb == b"RCPT" and mail.refuse is not None:
                self._say(mail.refuse, "no")
            elif verb == b"DATA":
                self._say(354, "go on")
                content = b""
                while (part := self.rfile.readline()) != b".\r\n":
                    content += part.removeprefix(b".") if part.startswith(b"..") else part
                mail.letters.append(
                    cast("EmailMessage", message_from_bytes(content, policy=policy.default))
                )
                self._say(250, "taken")
            elif verb == b"EHLO":
                self.wfile.write(b"250-here\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n")
            elif verb == b"QUIT":
                self._say(221, "bye")
                return
            else:
                self._say(250, "ok")

    def _say(self, code: int, text: str) -> None:
        self.wfile.write(f"{code} {text}\r\n".encode())


class Gateway(ThreadingHTTPServer):
    """Keeps text messages; answers `status`."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Sms)
        self.messages: list[dict[str, Any]] = []
        self.status = 202

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/send"


class _Sms(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        gateway = cast("Gateway", self.server)
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if gateway.status < 300:
            gateway.messages.append({**body, "key": self.headers["idempotency-key"]})
        self.send_response(gateway.status)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


S = TypeVar("S", bound=socketserver.BaseServer)


@contextmanager
def running(server: S) -> Iterator[S]:
    """The server in a thread of its own, stopped afterwards."""
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
