"""A load generator: keep-alive HTTP/1.1 over plain sockets in one thread.

Requests are made beforehand as bytes and answers are read no further than needed, so that on a
machine shared with the server most of the time is the server's: some 20 µs a request are not.
Each client sends its next request when it has the answer to the last one.
"""

import re
import selectors
import socket
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from time import perf_counter
from typing import Final

import msgspec

_CHUNK: Final = 1 << 18
_PATIENCE: Final = 30.0
_LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_CHUNKED: Final = re.compile(rb"\r\ntransfer-encoding: *chunked", re.IGNORECASE)
_EMPTY: Final = frozenset({204, 304})

Heard = Callable[[int, bytes], None]
"""Is told the status and the whole answer, headers included."""


class NotAnswered(Exception):
    """A server hung up, or said nothing for a long time."""


class Load(msgspec.Struct, frozen=True):
    """What came of a load. `pace` is answers per second; latencies are in seconds."""

    answers: int
    seconds: float
    statuses: dict[int, int]
    latencies: list[float]

    @property
    def pace(self) -> float:
        return self.answers / self.seconds if self.seconds else 0.0

    def quantile(self, share: float) -> float:
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0

    def only(self, *expected: int) -> "Load":
        """The same load, once it is certain that every answer had one of these statuses."""
        if unexpected := {code: n for code, n in self.statuses.items() if code not in expected}:
            raise AssertionError(f"answers other than {expected}: {unexpected}")
        return self


class _Client:
    __slots__ = ("answer", "body_from", "needed", "sent_at", "socket", "status")

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=_PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._begin()

    def _begin(self) -> None:
        self.answer = b""
        self.status = 0
        self.body_from = -1
        self.needed: int | None = None
        self.sent_at = 0.0

    def send(self, request: bytes) -> None:
        self._begin()
        self.sent_at = perf_counter()
        self.socket.sendall(request)

    def read(self) -> bool:
        """Take what has arrived; whether the answer is complete."""
        data = self.socket.recv(_CHUNK)
        if not data:
            raise NotAnswered("the server closed the connection in the middle")
        self.answer = self.answer + data if self.answer else data
        if self.body_from < 0 and not self._read_head():
            return False
        if self.needed is None:
            return self.answer.endswith(b"0\r\n\r\n")
        return len(self.answer) >= self.needed

    def _read_head(self) -> bool:
        end = self.answer.find(b"\r\n\r\n")
        if end < 0:
            return False
        self.status = int(self.answer[9:12])
        self.body_from = end + 4
        head = self.answer[: end + 2]
        if self.status in _EMPTY:
            self.needed = self.body_from
        elif found := _LENGTH.search(head):
            self.needed = self.body_from + int(found[1])
        elif not _CHUNKED.search(head):
            raise NotAnswered("an answer that does not say how long it is")
        return True


def drive(
    port: int,
    requests: Iterable[bytes],
    *,
    clients: int,
    seconds: float,
    heard: Heard | None = None,
) -> Load:
    """Put a load on a server of this machine until the time is over or no request is left.

    Answers that come after the end are waited for and heard, but not counted into the pace.
    """
    waiting = iter(requests)
    selector = selectors.DefaultSelector()
    crew = [_Client(port) for _ in range(clients)]
    statuses: Counter[int] = Counter()
    latencies: list[float] = []
    begun = perf_counter()
    end = begun + seconds
    last = begun
    busy = sum(_send_next(client, waiting, selector, first=True) for client in crew)
    try:
        while busy:
            ready = selector.select(_PATIENCE)
            if not ready:
                raise NotAnswered(f"no answer within {_PATIENCE:.0f} s")
            for key, _events in ready:
                client: _Client = key.data
                if not client.read():
                    continue
                now = perf_counter()
                # At least one answer counts, however late it comes.
                if now <= end or not latencies:
                    statuses[client.status] += 1
                    latencies.append(now - client.sent_at)
                    last = now
                if heard is not None:
                    heard(client.status, client.answer)
                if now > end or not _send_next(client, waiting, selector):
                    selector.unregister(client.socket)
                    busy -= 1
    finally:
        selector.close()
        for client in crew:
            client.socket.close()
    in_time = last <= end and perf_counter() >= end
    return Load(len(latencies), (end if in_time else last) - begun, dict(statuses), latencies)


def _send_next(
    client: _Client,
    waiting: Iterator[bytes],
    selector: selectors.BaseSelector,
    *,
    first: bool = False,
) -> bool:
    request = next(waiting, None)
    if request is None:
        return False
    client.send(request)
    if first:
        selector.register(client.socket, selectors.EVENT_READ, client)
    return True


def ask(port: int, request: bytes) -> tuple[int, bytes]:
    """One request; status and the whole answer."""
    heard: list[tuple[int, bytes]] = []
    drive(port, [request], clients=1, seconds=60, heard=lambda *answer: heard.append(answer))
    return heard[0]


def get(host: str, path: str, *, cookies: str = "", accept: str = "text/html") -> bytes:
    """A GET as a browser sends it, except that it accepts no compression: what a page costs is
    compared without the cost of compressing it."""
    cookie = f"cookie: {cookies}\r\n" if cookies else ""
    return (
        f"GET {path} HTTP/1.1\r\nhost: {host}\r\naccept: {accept}\r\n"
        f"accept-language: ru\r\n{cookie}\r\n"
    ).encode()


def post(
    host: str, path: str, body: bytes, *, media_type: str, headers: Iterable[tuple[str, str]] = ()
) -> bytes:
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers)
    head = (
        f"POST {path} HTTP/1.1\r\nhost: {host}\r\naccept-language: ru\r\n"
        f"content-type: {media_type}\r\ncontent-length: {len(body)}\r\n{lines}\r\n"
    )
    return head.encode() + body
