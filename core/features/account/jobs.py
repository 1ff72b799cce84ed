"""Handlers of the events of identity and notify: carrying messages, delivering notices, sending
digests, and ending the traces of erased accounts."""

from collections.abc import Sequence
from typing import Final

import msgspec

from core.events.outbox import Event
from core.features.account.service import message_kinds
from core.identity import own_data
from core.identity.carriers import CarrierDown
from core.identity.messages import MESSAGE_QUEUED, MessageQueued, carry
from core.identity.own_data import ERASURE_SETTLED, RESIDENT_ERASED, ResidentErased
from core.notify import delivery, push
from core.notify import own_data as own_notices
from core.notify.delivery import DIGEST_DUE, DigestDue
from core.notify.push import PUSH_DUE, PushDue
from core.notify.tell import NOTICED, Noticed
from core.work import Work

CARRY: Final = ("account.carry_messages", MESSAGE_QUEUED)
SETTLE: Final = ("account.settle_erasures", ERASURE_SETTLED)
ROUTE: Final = ("account.route_notices", NOTICED)
DIGEST: Final = ("account.send_digests", DIGEST_DUE)
PUSH: Final = ("account.push_notices", PUSH_DUE)
FORGET: Final = ("account.forget_notices", RESIDENT_ERASED)


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


def route_notices(work: Work, events: Sequence[Event]) -> None:
    """Send new notices on their way beside the cabinet."""
    notices = [
        notice
        for event in events
        for notice in msgspec.json.decode(event.payload, type=Noticed).notice_ids
    ]
    delivery.route(work, notices, message_kinds())


def send_digests(work: Work, events: Sequence[Event]) -> None:
    """Send the digests whose morning has come."""
    dues = [msgspec.json.decode(event.payload, type=DigestDue) for event in events]
    delivery.send_digests(work, dues, message_kinds())


def push_notices(work: Work, events: Sequence[Event]) -> None:
    """Push notices to browsers; what cannot be pushed now is offered again later."""
    push.send(work, [msgspec.json.decode(event.payload, type=PushDue) for event in events])


def forget_notices(work: Work, events: Sequence[Event]) -> None:
    """Remove the notices and subscriptions of accounts that were erased."""
    for event in events:
        fact = msgspec.json.decode(event.payload, type=ResidentErased)
        own_notices.forget(work, fact.resident_id)
