"""How people want each kind of notice, and stopping letters by a link that needs no signing in."""

import base64
from collections.abc import Mapping, Sequence
from typing import Final, Literal
from uuid import UUID

import msgspec
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from core.kit.crypto import keyed_hash, same
from core.kit.errors import Invalid
from core.kit.text import Text
from core.notify.domain import Chosen, DigestPace, paces_of, proposed
from core.notify.manifest import MessageKind
from core.notify.model import NoticePreference
from core.notify.tell import Recipient
from core.tenancy.tenant import Tenant
from core.work import Runtime, Work

UNSUBSCRIBE_PATH: Final = "/notices/unsubscribe/"
_PURPOSE: Final = "unsubscribe"
_TAG: Final = 16
_LETTERS: Final[Mapping[Literal["resident", "staff"], bytes]] = {"resident": b"r", "staff": b"s"}
_DIGEST: Final = "digest:"

_BINDING: Final = Text(
    ru="Эти уведомления обязательны: письма можно получать реже, но не выключить.",
    en="These notices are binding: letters can be made rarer, but not switched off.",
)


class Stopping(msgspec.Struct, frozen=True):
    """What a link in a letter stops: letters of one kind, or the digests of one pace."""

    recipient: Recipient
    kind: str | None
    pace: DigestPace | None


def choices(
    work: Work, recipients: Sequence[UUID], kinds: Sequence[MessageKind]
) -> dict[tuple[UUID, str], Chosen]:
    """What holds for each of these people and kinds: what they chose, else what is proposed."""
    found = {(person, kind.key): proposed(kind) for person in recipients for kind in kinds}
    allowed = {kind.key: paces_of(kind) for kind in kinds}
    rows = work.session.execute(
        select(
            NoticePreference.recipient_id,
            NoticePreference.kind,
            NoticePreference.email,
            NoticePreference.push,
        ).where(
            NoticePreference.recipient_id.in_(recipients), NoticePreference.kind.in_(list(allowed))
        )
    )
    for person, kind, email, push in rows:
        # A kind may have become binding after somebody switched it off.
        pace = next((one for one in allowed[kind] if one == email), found[person, kind].email)
        found[person, kind] = Chosen(pace, push)
    return found


def choose(work: Work, recipient: Recipient, kind: MessageKind, chosen: Chosen) -> None:
    """Keep a choice. Raises Invalid for switching off a binding kind."""
    if chosen.email not in paces_of(kind):
        raise Invalid({f"email.{kind.key}": _BINDING})
    statement = insert(NoticePreference).values(
        recipient_id=recipient.id,
        recipient_kind=recipient.kind,
        kind=kind.key,
        email=chosen.email,
        push=chosen.push,
        changed_at=work.now,
    )
    work.session.execute(
        statement.on_conflict_do_update(
            index_elements=["recipient_id", "kind"],
            set_={
                "email": statement.excluded.email,
                "push": statement.excluded.push,
                "changed_at": statement.excluded.changed_at,
            },
        )
    )


def stop_letters(
    work: Work, stopping: Stopping, kinds: Sequence[MessageKind]
) -> tuple[MessageKind, ...]:
    """Send no more letters of these kinds; returns those that were stopped, binding ones not."""
    wanted = [one for one in kinds if stopping.kind is None or one.key == stopping.kind]
    standing = choices(work, [stopping.recipient.id], wanted)
    stopped = []
    for kind in wanted:
        now = standing[stopping.recipient.id, kind.key]
        if kind.binding or (stopping.pace is not None and now.email != stopping.pace):
            continue
        choose(work, stopping.recipient, kind, Chosen("never", now.push))
        stopped.append(kind)
    return tuple(stopped)


def stopping_token(
    runtime: Runtime, tenant: Tenant, recipient: Recipient, what: str | None, pace: str | None
) -> str:
    """The end of a link that stops letters: it names the person and the kind (or the pace of a
    digest), and a keyed hash shows that the city has made it."""
    said = _LETTERS[recipient.kind] + recipient.id.bytes + (what or f"{_DIGEST}{pace}").encode()
    return base64.urlsafe_b64encode(_tag(runtime, tenant, said) + said).decode().rstrip("=")


def read_stopping(runtime: Runtime, tenant: Tenant, token: str) -> Stopping | None:
    """What a link stops; None for one that this city has not made."""
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        tag, said = raw[:_TAG], raw[_TAG:]
        if not same(tag, _tag(runtime, tenant, said)):
            return None
        kind = next(kind for kind, letter in _LETTERS.items() if said[:1] == letter)
        recipient = Recipient(kind, UUID(bytes=said[1:17]))
        what = said[17:].decode()
    except (ValueError, StopIteration):
        return None
    if what.startswith(_DIGEST):
        pace = what.removeprefix(_DIGEST)
        return Stopping(recipient, None, "weekly" if pace == "weekly" else "daily")
    return Stopping(recipient, what, None)


def _tag(runtime: Runtime, tenant: Tenant, said: bytes) -> bytes:
    return keyed_hash(runtime.city_key(tenant, _PURPOSE), said)[:_TAG]
