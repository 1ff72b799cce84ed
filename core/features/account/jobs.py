"""Handlers of identity's events: carrying messages, and ending the traces of erased accounts."""

from collections.abc import Sequence
from typing import Final

import msgspec

from core.events.outbox import Event
from core.identity import own_data
from core.identity.carriers import CarrierDown
from core.identity.messages import MESSAGE_QUEUED, MessageQueued, carry
from core.identity.own_data import ERASURE_SETTLED, ResidentErased
from core.work import Work

CARRY: Final = ("account.carry_messages", MESSAGE_QUEUED)
SETTLE: Final = ("account.settle_erasures", ERASURE_SETTLED)


def carry_messages(work: Work, events: Sequence[Event]) -> None:
    """Hand each waiting message to its carrier.

    If one cannot be carried now the error goes on, and the relay offers its event again later;
    those already taken by the carrier are known as such and are not sent twice.
    """
    down: CarrierDown | None = None
    for event in events:
        queued = msgspec.json.decode(event.payload, type=MessageQueued)
        try:
            carry(work, queued.message_id)
        except CarrierDown as error:
            down = error
    if down is not None:
        raise down


def settle_erasures(work: Work, events: Sequence[Event]) -> None:
    """Remove what was left of accounts erased a year ago."""
    for event in events:
        own_data.settle_erasure(work, msgspec.json.decode(event.payload, type=ResidentErased))
