"""How a process without HTTP lives: it shows that it works, and stops when it is asked to."""

import os
import signal
import time
from pathlib import Path
from threading import Event
from types import FrameType
from typing import Final

HEARTBEAT_VARIABLE: Final = "VECHE_HEARTBEAT"
_INTERVAL: Final = 10.0


class Heartbeat:
    """Touches the file that VECHE_HEARTBEAT names, at most every ten seconds; without the variable
    it does nothing. Kubernetes restarts a worker or scheduler whose file has grown old."""

    def __init__(self) -> None:
        named = os.environ.get(HEARTBEAT_VARIABLE)
        self._file = Path(named) if named else None
        self._last = float("-inf")

    def beat(self) -> None:
        now = time.monotonic()
        if self._file is not None and now - self._last >= _INTERVAL:
            self._file.touch()
            self._last = now


def stop_on_signals() -> Event:
    """An event that the first SIGTERM or Ctrl-C sets; a second one ends the process at once."""
    stopping = Event()

    def ask(number: int, _frame: FrameType | None) -> None:
        if stopping.is_set():
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
        stopping.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, ask)
    return stopping
