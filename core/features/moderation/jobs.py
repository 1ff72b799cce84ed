"""What moderation does by itself: texts are looked at, blocks end, accounts are forgotten."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from core.events.outbox import Event
from core.features.moderation import service
from core.moderation import blocking
from core.moderation.service import forget_authors
from core.work import Work


class _Submitted(msgspec.Struct, frozen=True):
    """What this feature needs to know of `moderation.submitted`."""

    item_id: UUID


class _TermOver(msgspec.Struct, frozen=True):
    """What this feature needs to know of `moderation.block_term_over`."""

    block_id: UUID


class _Erased(msgspec.Struct, frozen=True):
    """What this feature needs to know of `identity.resident_erased`."""

    resident_id: UUID


def look_at_texts(work: Work, events: Sequence[Event]) -> None:
    """Mark what a moderator should see; here, because the dictionary is large."""
    for event in events:
        service.look_at(work, msgspec.json.decode(event.payload, type=_Submitted).item_id)


def end_blocks(work: Work, events: Sequence[Event]) -> None:
    """Let people back whose term is over."""
    for event in events:
        blocking.end_when_due(work, msgspec.json.decode(event.payload, type=_TermOver).block_id)


def forget_residents(work: Work, events: Sequence[Event]) -> None:
    """Forget who wrote and what, with the account."""
    forget_authors(
        work,
        [msgspec.json.decode(event.payload, type=_Erased).resident_id for event in events],
    )
