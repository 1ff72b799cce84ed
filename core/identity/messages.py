"""Messages to one person: written in the transaction that caused them, carried after it.

A message waits in `outgoing_message`; the event `identity.message_queued` asks a worker to carry
it. Without a carrier it stays there, which is what the demo's mailbox shows.
"""

from datetime import timedelta
from typing import Final
from uuid import UUID

import msgspec
import redis
import structlog
from sqlalchemy import delete, select, update

from core.identity.carriers import Message, Undeliverable, carries, hand_over
from core.identity.contacts import Contact, ContactKind
from core.identity.model import OutgoingMessage
from core.identity.realm import Realm
from core.kit.ids import new_id
from core.work import Work

log = structlog.get_logger("identity")

MESSAGE_QUEUED: Final = "identity.message_queued"
_REMEMBERED: Final = timedelta(days=2)


class MessageQueued(msgspec.Struct, frozen=True):
    """A message waits for its carrier."""

    message_id: UUID


def queue(
    work: Work, contact: Contact, *, subject: str, body: str, unsubscribe: str | None = None
) -> UUID:
    """Write a message; it is carried if and only if the work commits. `unsubscribe` is the address
    that mail programs call when somebody wants no more letters like it."""
    message = OutgoingMessage(
        id=new_id(),
        channel=contact.kind,
        address=contact.value,
        subject=subject,
        body=body,
        created_at=work.now,
        unsubscribe=unsubscribe,
    )
    work.session.add(message)
    work.emit(MESSAGE_QUEUED, MessageQueued(message.id))
    return message.id


def carry(work: Work, message_id: UUID) -> bool:
    """Hand a waiting message to its carrier; returns whether there is nothing left to do.

    May be called again after any failure. What the carrier has taken is noted outside the
    transaction as well, so a rollback afterwards sends nobody a second copy. The text is wiped
    once it is out of the house: it may hold a code, and nobody needs it here any more.
    Raises CarrierDown.
    """
    row = work.session.execute(
        select(OutgoingMessage)
        .where(OutgoingMessage.id == message_id, OutgoingMessage.sent_at.is_(None))
        .with_for_update(skip_locked=True)
    ).scalar_one_or_none()
    if row is None:
        return True
    channel: ContactKind = "email" if row.channel == "email" else "phone"
    if not carries(work.runtime.settings, channel):
        return False
    message = Message(
        id=row.id,
        channel=channel,
        address=row.address,
        subject=row.subject,
        body=row.body,
        written_at=row.created_at,
        sender=work.tenant.product(),
        unsubscribe=row.unsubscribe,
    )
    if not _taken(work, message_id):
        try:
            hand_over(work.runtime.settings, message)
        except Undeliverable as error:
            log.warning("message_undeliverable", message_id=str(message_id), reason=str(error))
            work.session.execute(delete(OutgoingMessage).where(OutgoingMessage.id == message_id))
            return True
        _note_taken(work, message_id)
    work.session.execute(
        update(OutgoingMessage)
        .where(OutgoingMessage.id == message_id)
        .values(sent_at=work.now, body="")
    )
    return True


def _note(work: Work, message_id: UUID) -> str:
    return Realm(work.runtime, work.tenant).name("carried", str(message_id))


def _taken(work: Work, message_id: UUID) -> bool:
    # Without Redis the worst case is a second copy with the same id, never a lost message.
    try:
        return bool(work.runtime.redis.exists(_note(work, message_id)))
    except redis.RedisError:
        return False


def _note_taken(work: Work, message_id: UUID) -> None:
    try:
        work.runtime.redis.set(_note(work, message_id), 1, ex=_REMEMBERED)
    except redis.RedisError:
        log.warning("carried_unnoted", message_id=str(message_id))


def newest(work: Work, *, most: int) -> tuple[OutgoingMessage, ...]:
    """The latest messages of the city, newest first."""
    return tuple(
        work.session.execute(
            select(OutgoingMessage)
            .order_by(OutgoingMessage.created_at.desc(), OutgoingMessage.id.desc())
            .limit(most)
        ).scalars()
    )
