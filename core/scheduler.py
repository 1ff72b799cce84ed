"""The scheduler process: hands events that have become due to the broker, and tidies up.

Any number of schedulers may run: each takes rows that no other one holds. An event is handed over
before the transaction that takes it commits, so a crash in between hands it over twice, never not
at all; handlers take effect once all the same.
"""

from threading import Event
from typing import Final

import redis
import structlog
from dramatiq.brokers.redis import RedisBroker
from dramatiq.errors import BrokerConnectionError
from sqlalchemy.exc import SQLAlchemyError

from core.events.receipts import trim_receipts
from core.events.relay import BATCH, take_due
from core.jobs.broker import QUEUE, deliver_message, make_broker
from core.jobs.process import Heartbeat, stop_on_signals
from core.kit.clock import SystemClock
from core.rules import Catalogue
from core.settings import Settings
from core.web.log import configure_logging
from core.work import Runtime

log = structlog.get_logger("scheduler")

_PAUSE: Final = 0.25
_LONGEST_PAUSE: Final = 5.0
_ROUNDS_BETWEEN_TIDYING: Final = 40  # some ten seconds
_AWAY: Final = (SQLAlchemyError, redis.RedisError, BrokerConnectionError)


def run_scheduler(settings: Settings) -> None:
    """Schedule until SIGTERM or Ctrl-C."""
    configure_logging(settings)
    stopping = stop_on_signals()
    runtime = Runtime(
        settings,
        clock=SystemClock(),
        catalogue=Catalogue.installed(),
        name="scheduler",
        pool_size=2,
    )
    try:
        schedule(runtime, stopping)
    finally:
        runtime.close()


def schedule(runtime: Runtime, stopping: Event) -> None:
    """Hand over what is due until `stopping` is set; outlives restarts of PostgreSQL and Redis."""
    broker = make_broker(runtime.settings.redis_url)
    broker.declare_queue(QUEUE)
    heartbeat = Heartbeat()
    tidying = Tidying(runtime)
    pause, rounds = _PAUSE, 0
    log.info("scheduler_started")
    while not stopping.is_set():
        try:
            handed = hand_over(runtime, broker)
            if rounds % _ROUNDS_BETWEEN_TIDYING == 0:
                tidying.next_city()
        except _AWAY as error:
            log.warning("scheduler_waits", error=str(error).splitlines()[0], seconds=pause)
            stopping.wait(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)
            continue
        heartbeat.beat()
        pause, rounds = _PAUSE, rounds + 1
        if handed < BATCH:
            stopping.wait(_PAUSE)
    broker.close()
    log.info("scheduler_stopped")


def hand_over(runtime: Runtime, broker: RedisBroker) -> int:
    """Give the broker a message for each city with due events; returns the number of events."""
    with runtime.databases.platform() as session:
        due = take_due(session, now=runtime.clock.now())
        for one in due:
            broker.enqueue(deliver_message(one.role, one.events))
    return sum(len(one.events) for one in due)


class Tidying:
    """Removes what has served its time, one city at a time, so that it costs the same however
    many cities there are."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._turn = 0

    def next_city(self) -> None:
        cities = self._runtime.registry.all()
        if not cities:
            return
        city = cities[self._turn % len(cities)]
        self._turn += 1
        now = self._runtime.clock.now()
        with self._runtime.databases.session(
            city.role, database=city.database, shard=city.shard
        ) as session:
            trimmed = trim_receipts(session, now=now)
        if trimmed:
            log.info("receipts_trimmed", tenant=city.slug, receipts=trimmed)
