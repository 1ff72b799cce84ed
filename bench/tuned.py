"""The product's application with its process tuned from the environment, for `--only servers`."""

import gc
import os
import sys
from typing import Any, Final

import anyio.to_thread

from core.app import Sites
from core.app import create_app as create_product

THREADS: Final = "VECHE_BENCH_THREADS"
GC: Final = "VECHE_BENCH_GC"
SWITCH: Final = "VECHE_BENCH_SWITCH"


class _Tuned:
    """Sets the number of handlers' threads where it can be set: inside the loop."""

    def __init__(self, app: Sites, threads: int) -> None:
        self._app = app
        self._threads = threads

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        limiter = anyio.to_thread.current_default_thread_limiter()
        if limiter.total_tokens != self._threads:
            limiter.total_tokens = self._threads
        await self._app(scope, receive, send)


def create_app() -> Any:
    app = create_product()
    if threshold := os.environ.get(GC):
        gc.collect()
        gc.freeze()
        gc.set_threshold(int(threshold), 50, 100)
    if interval := os.environ.get(SWITCH):
        sys.setswitchinterval(float(interval))
    threads = os.environ.get(THREADS)
    return _Tuned(app, int(threads)) if threads else app
