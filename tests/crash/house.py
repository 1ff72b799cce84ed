"""A whole installation in processes of its own, on servers that keep what they promised, for
killing parts of it."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import httpx

from core.embedded import Bundle
from core.embedded.process import tied_to_parent
from core.kit.clock import SystemClock
from core.rules import Catalogue
from core.settings import Settings
from core.work import Runtime

ROOT: Final = Path(__file__).parents[2]


def eventually(true: Callable[[], bool], seconds: float, every: float = 0.1) -> bool:
    """Whether it becomes true within some time."""
    limit = time.monotonic() + seconds
    while not true():
        if time.monotonic() > limit:
            return False
        time.sleep(every)
    return True


class House:
    """The processes `web`, `worker` and `scheduler`, started as an operator would."""

    def __init__(self, bundle: Bundle, settings: Settings, logs: Path) -> None:
        self.bundle = bundle
        self.settings = settings
        self.port = _free_port()
        self._logs = logs
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def runtime(self, name: str = "test") -> Runtime:
        """A runtime of this test process on the same servers and the real clock."""
        return Runtime(
            self.settings, clock=SystemClock(), catalogue=Catalogue.installed(), name=name
        )

    def start(self, name: str) -> None:
        commands = {
            "web": ["web", "--workers", "2", "--address", "127.0.0.1", "--port", str(self.port)],
            "worker": ["worker"],
            "scheduler": ["scheduler"],
        }
        with (self._logs / f"{name}.log").open("ab") as log:
            self._running[name] = subprocess.Popen(
                [sys.executable, "-m", "core.cli", *commands[name]],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=ROOT,
                env=self._environment(),
                start_new_session=True,
                preexec_fn=tied_to_parent(signal.SIGTERM),
            )

    def kill(self, name: str) -> None:
        """kill -9 the one process of this name."""
        process = self._running[name]
        process.kill()
        process.wait()

    def kill_web_worker(self) -> int:
        """kill -9 one of the processes that answer requests; their parent starts another."""
        pid = self.web_workers()[0]
        os.kill(pid, signal.SIGKILL)
        return pid

    def web_workers(self) -> list[int]:
        """The children of the web process, without Python's own helpers."""
        parent = self._running["web"].pid
        listed = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
        return [pid for pid in map(int, listed) if "tracker" not in _command(pid)]

    def ready(self) -> bool:
        try:
            return httpx.get(f"{self.address}/health/ready", timeout=2).status_code == 200
        except httpx.HTTPError:
            return False

    def words(self, name: str) -> str:
        """The end of what a process has said."""
        path = self._logs / f"{name}.log"
        return path.read_text(errors="replace")[-4000:] if path.exists() else ""

    def stop(self) -> None:
        """End everything that was started here, children included."""
        for process in self._running.values():
            if process.poll() is None:
                process.terminate()
        limit = time.monotonic() + 10
        for process in self._running.values():
            try:
                process.wait(max(0.1, limit - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            _kill_group(process.pid)

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("VECHE_")}
        return {
            **kept,
            **self.bundle.urls.environment(),
            "VECHE_SECRET_KEY": self.settings.secret_key.decode(),
            "VECHE_TENANTS": str(self.settings.tenants),
            "VECHE_ASSETS": str(self.settings.assets),
            "VECHE_PUBLIC_SCHEME": self.settings.public_scheme,
            "VECHE_LOG": "json",
            "PYTHONUNBUFFERED": "1",
        }


def _kill_group(leader: int) -> None:
    try:
        os.killpg(leader, signal.SIGKILL)
    except ProcessLookupError:
        return


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    except OSError:
        return "tracker"  # it is gone


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
