"""The worker process: takes messages of the broker and runs the events' handlers in threads.

A message only names events; what is not handled, because the process was killed or a database was
away, is offered again by the scheduler.
"""

from collections.abc import Sequence
from threading import Event
from typing import Final
from uuid import UUID

import dramatiq
import structlog
from dramatiq.brokers.redis import RedisBroker

from core.feature import deliver_events
from core.jobs.broker import DELIVER, QUEUE, make_broker
from core.jobs.process import Heartbeat, stop_on_signals
from core.kit.clock import SystemClock
from core.rules import Catalogue
from core.settings import Settings
from core.web.log import configure_logging
from core.work import Runtime

log = structlog.get_logger("worker")

# How long a free thread sleeps at most before it looks into the queue again.
_IDLE_MS: Final = 200
_GRACE_MS: Final = 60_000


def declare_actors(broker: RedisBroker, runtime: Runtime) -> None:
    """Tell the broker what to do with the one kind of message there is."""

    def deliver(role: str, events: Sequence[str]) -> None:
        done = deliver_events(runtime, role, [UUID(event) for event in events])
        log.debug("delivered", role=role, offered=len(events), done=done)

    dramatiq.actor(actor_name=DELIVER, queue_name=QUEUE, broker=broker)(deliver)


def run_worker(settings: Settings, *, threads: int = 4) -> None:
    """Work until SIGTERM or Ctrl-C; what has been begun is finished first."""
    configure_logging(settings)
    stopping = stop_on_signals()
    runtime = Runtime(
        settings,
        clock=SystemClock(),
        catalogue=Catalogue.installed(),
        name="worker",
        pool_size=threads + 1,
    )
    try:
        work(runtime, stopping, threads=threads)
    finally:
        runtime.close()


def work(runtime: Runtime, stopping: Event, *, threads: int) -> None:
    """Handle messages in this process until `stopping` is set."""
    broker = make_broker(runtime.settings.redis_url)
    declare_actors(broker, runtime)
    worker = dramatiq.Worker(broker, worker_threads=threads, worker_timeout=_IDLE_MS)
    heartbeat = Heartbeat()
    worker.start()
    log.info("worker_started", threads=threads)
    try:
        while not stopping.wait(1):
            if all(thread.is_alive() for thread in worker.workers):
                heartbeat.beat()
    finally:
        worker.stop(timeout=_GRACE_MS)
        broker.close()
        log.info("worker_stopped")
