"""A resident's right to a copy of their data and to have them erased (152-ФЗ)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
from sqlalchemy import Select, delete, select, update

from core.identity import consents
from core.identity.erased import REMEMBERED, forget_marks, leave_marks
from core.identity.model import (
    OutgoingMessage,
    Resident,
    ResidentContact,
    ResidentToken,
)
from core.identity.profiles import require_profile
from core.kit.level import Level
from core.work import Work

RESIDENT_ERASED: Final = "identity.resident_erased"
ERASURE_SETTLED: Final = "identity.erasure_settled"


class ResidentErased(msgspec.Struct, frozen=True):
    """An account was erased; features forget what they keep of the person beside the id."""

    resident_id: UUID
    erased_at: datetime


def export(
    work: Work, resident_id: UUID, *, sections: Mapping[str, object] | None = None
) -> dict[str, object]:
    """Everything the city keeps of a resident, as plain data; `sections` come from features."""
    profile = require_profile(work, resident_id)
    tokens = work.session.execute(
        select(ResidentToken)
        .where(ResidentToken.resident_id == resident_id)
        .order_by(ResidentToken.created_at)
    ).scalars()
    data = {
        "made_at": work.now,
        "city": work.tenant.name(),
        "account": {
            "id": profile.id,
            "name": profile.name,
            "born_on": profile.born_on,
            "district": profile.district,
            "level": profile.level,
            "blocked": profile.blocked,
            "created_at": profile.created_at,
        },
        "contacts": [
            {"kind": one.contact.kind, "value": one.contact.value, "verified_at": one.verified_at}
            for one in profile.contacts
        ],
        # What a provider calls the person is kept as a keyed hash, which is nobody's to read.
        "linked_providers": profile.logins,
        "consents": consents.history(work, resident_id),
        "api_keys": [
            {
                "name": one.name,
                "created_at": one.created_at,
                "expires_at": one.expires_at,
                "revoked_at": one.revoked_at,
            }
            for one in tokens
        ],
        "messages": [
            {"address": one.address, "subject": one.subject, "created_at": one.created_at}
            for one in work.session.execute(_messages(resident_id)).scalars()
        ],
        **({"sections": sections} if sections else {}),
    }
    plain: dict[str, object] = msgspec.to_builtins(data, enc_hook=str)
    return plain


def erase(work: Work, resident_id: UUID) -> None:
    """Forget the person: name, birth date, district, contacts, links, keys and messages go.

    The id stays, because the roll of past polls holds it; ballots cannot be joined to it. Of
    contacts and links keyed hashes stay for a year (see `erased`).
    """
    profile = require_profile(work, resident_id)
    work.session.execute(
        delete(OutgoingMessage).where(
            OutgoingMessage.id.in_(_messages(resident_id).with_only_columns(OutgoingMessage.id))
        )
    )
    leave_marks(work, resident_id, [one.contact for one in profile.contacts])
    work.session.execute(delete(ResidentContact).where(ResidentContact.resident_id == resident_id))
    work.session.execute(delete(ResidentToken).where(ResidentToken.resident_id == resident_id))
    consents.end_all(work, resident_id)
    work.session.execute(
        update(Resident)
        .where(Resident.id == resident_id)
        .values(name="", born_on=None, district=None, level=Level.NONE.value, erased_at=work.now)
    )
    fact = ResidentErased(resident_id, work.now)
    work.emit(RESIDENT_ERASED, fact)
    work.emit(ERASURE_SETTLED, fact, due_at=work.now + REMEMBERED)


def settle_erasure(work: Work, fact: ResidentErased) -> None:
    """A year later the hashes go too, unless the person has come back meanwhile."""
    still = work.session.execute(
        select(Resident.id).where(
            Resident.id == fact.resident_id, Resident.erased_at == fact.erased_at
        )
    ).scalar_one_or_none()
    if still is not None:
        forget_marks(work, fact.resident_id)


def _messages(resident_id: UUID) -> Select[OutgoingMessage]:
    """Letters and text messages to any contact of a resident."""
    return (
        select(OutgoingMessage)
        .join(
            ResidentContact,
            (ResidentContact.kind == OutgoingMessage.channel)
            & (ResidentContact.value == OutgoingMessage.address),
        )
        .where(ResidentContact.resident_id == resident_id)
        .order_by(OutgoingMessage.created_at)
    )
