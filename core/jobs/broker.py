"""The dramatiq broker on Redis and the one kind of message that travels over it.

A message only says "look at these events of this city": what they contain stays in PostgreSQL, so
losing Redis loses nothing and no personal data waits in a queue.
"""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import dramatiq
from dramatiq.brokers.redis import RedisBroker
from dramatiq.middleware import AgeLimit, Callbacks, Pipelines, Retries, ShutdownNotifications

QUEUE: Final = "events"
DELIVER: Final = "deliver"
# An event is offered again by the relay after its own pause, never by the broker.
_NO_RETRIES: Final = 0


def make_broker(redis_url: str) -> RedisBroker:
    """A broker with just the middleware that delivering events needs."""
    return RedisBroker(  # type: ignore[no-untyped-call]
        url=redis_url,
        namespace="veche",
        middleware=[
            AgeLimit(),
            ShutdownNotifications(),
            Callbacks(),
            Pipelines(),
            Retries(max_retries=_NO_RETRIES),
        ],
    )


def deliver_message(role: str, events: Sequence[UUID]) -> "dramatiq.Message[None]":
    """Ask a worker to handle these events of the city behind `role`."""
    return dramatiq.Message(
        queue_name=QUEUE,
        actor_name=DELIVER,
        args=(),
        kwargs={"role": role, "events": [str(event) for event in events]},
        options={},
    )
