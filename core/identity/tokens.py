"""Keys with which a resident's own programs speak to the API; shown once, stored as a hash."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec
from sqlalchemy import func, select, update

from core.identity.model import Resident, ResidentToken
from core.kit.actor import Anonymous
from core.kit.crypto import keyed_hash, new_token
from core.kit.errors import Conflict, Invalid, NotFound
from core.kit.ids import new_id
from core.kit.text import Text
from core.tenancy.tenant import Tenant
from core.work import Runtime, Work

PREFIX: Final = "veche_"
"""Lets people, and programs that look for leaked secrets, tell what such a key is."""
LIFETIMES: Final = (timedelta(days=30), timedelta(days=90), timedelta(days=365))
MOST: Final = 10
_LONGEST_NAME: Final = 60
_LENGTH: Final = len(PREFIX) + 43

_TOO_MANY = Text(ru="У вас уже десять ключей.", en="You have ten keys already.")
_TOO_MANY_ADVICE = Text(ru="Отзовите один из них.", en="Please revoke one of them.")
_NO_NAME = Text(
    ru="Назовите ключ, до 60 знаков: по названию его потом узнать.",
    en="Name the key, in up to 60 characters: you will know it by its name.",
)
_NO_SUCH_TIME = Text(ru="Выберите срок из списка.", en="Choose a term from the list.")


class Token(msgspec.Struct, frozen=True):
    """A key as its owner sees it; the key itself is not among what is known."""

    id: UUID
    name: str
    created_at: datetime
    expires_at: datetime


def issue(work: Work, resident_id: UUID, *, name: str, lasts: timedelta) -> str:
    """Make a key and return it, for the only time. Raises Invalid or Conflict."""
    wrong: dict[str, Text] = {}
    if not name.strip() or len(name) > _LONGEST_NAME:
        wrong["name"] = _NO_NAME
    if lasts not in LIFETIMES:
        wrong["lasts"] = _NO_SUCH_TIME
    if wrong:
        raise Invalid(wrong)
    # One at a time for each person, so that the limit holds.
    work.session.execute(select(Resident.id).where(Resident.id == resident_id).with_for_update())
    if len(standing(work, resident_id)) >= MOST:
        raise Conflict("too_many_tokens", _TOO_MANY, _TOO_MANY_ADVICE)
    token = PREFIX + new_token(32)
    work.session.add(
        ResidentToken(
            id=new_id(),
            resident_id=resident_id,
            name=name.strip(),
            digest=_digest(work, token),
            created_at=work.now,
            expires_at=work.now + lasts,
            revoked_at=None,
        )
    )
    work.session.flush()
    return token


def standing(work: Work, resident_id: UUID) -> tuple[Token, ...]:
    """The keys that work now, newest first."""
    rows = work.session.execute(
        select(ResidentToken)
        .where(
            ResidentToken.resident_id == resident_id,
            ResidentToken.revoked_at.is_(None),
            ResidentToken.expires_at > work.now,
        )
        .order_by(ResidentToken.created_at.desc(), ResidentToken.id.desc())
    ).scalars()
    return tuple(Token(one.id, one.name, one.created_at, one.expires_at) for one in rows)


def revoke(work: Work, resident_id: UUID, token_id: UUID) -> None:
    """End one key of one's own; raises NotFound."""
    done = work.session.execute(
        update(ResidentToken)
        .where(
            ResidentToken.id == token_id,
            ResidentToken.resident_id == resident_id,
            ResidentToken.revoked_at.is_(None),
        )
        .values(revoked_at=func.coalesce(ResidentToken.revoked_at, work.now))
        .returning(ResidentToken.id)
    ).scalar_one_or_none()
    if done is None:
        raise NotFound


def resident_of(runtime: Runtime, tenant: Tenant, token: str) -> UUID | None:
    """Whose key this is; None for one that is unknown in this city, expired, revoked, malformed."""
    if not token.startswith(PREFIX) or len(token) != _LENGTH:
        return None
    with runtime.work(tenant, Anonymous()) as work:
        return work.session.execute(
            select(ResidentToken.resident_id)
            .join(Resident, Resident.id == ResidentToken.resident_id)
            .where(
                ResidentToken.digest == _digest(work, token),
                ResidentToken.revoked_at.is_(None),
                ResidentToken.expires_at > work.now,
                Resident.erased_at.is_(None),
            )
        ).scalar_one_or_none()


def _digest(work: Work, token: str) -> bytes:
    return keyed_hash(work.runtime.city_key(work.tenant, "api tokens"), token.encode())
