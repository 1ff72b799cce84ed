"""Traces of erased accounts: a keyed hash of each contact and link, for a limited time.

The roll of a poll knows people by id. Somebody who erases the account and signs up again with the
same contact would otherwise be a new person to a poll that is still open, and vote twice.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import delete, func, insert, or_, select, tuple_, update

from core.identity.contacts import Contact
from core.identity.model import Resident, ResidentLogin
from core.identity.oidc import Identity
from core.kit.crypto import keyed_hash
from core.work import Work

# Longer than any poll with its appeals; after that even the hashes go.
REMEMBERED: Final = timedelta(days=365)
_CONTACT: Final = "erased"
_LOGIN: Final = "erased:"


def leave_marks(work: Work, resident_id: UUID, contacts: Sequence[Contact]) -> None:
    """Turn the links of an account that is being erased into marks, and mark its contacts."""
    work.session.execute(
        update(ResidentLogin)
        .where(ResidentLogin.resident_id == resident_id)
        .values(provider=func.concat(_LOGIN, ResidentLogin.provider), linked_at=work.now)
    )
    if contacts:
        work.session.execute(
            insert(ResidentLogin),
            [
                {
                    "provider": _CONTACT,
                    "subject": _mark(work, contact),
                    "resident_id": resident_id,
                    "linked_at": work.now,
                }
                for contact in contacts
            ],
        )


def erased_account(
    work: Work, contacts: Sequence[Contact], identity: Identity | None = None
) -> UUID | None:
    """The erased account that had one of these contacts, or this identity."""
    wanted = [(_CONTACT, _mark(work, contact)) for contact in contacts]
    if identity is not None:
        wanted.append((_LOGIN + identity.provider, identity.subject))
    if not wanted:
        return None
    return work.session.execute(
        select(Resident.id)
        .join(ResidentLogin, ResidentLogin.resident_id == Resident.id)
        .where(
            tuple_(ResidentLogin.provider, ResidentLogin.subject).in_(wanted),
            Resident.erased_at.is_not(None),
        )
        .order_by(Resident.id)
        .limit(1)
    ).scalar_one_or_none()


def forget_marks(work: Work, resident_id: UUID) -> None:
    """Remove the marks of one account."""
    work.session.execute(
        delete(ResidentLogin).where(
            ResidentLogin.resident_id == resident_id,
            or_(
                ResidentLogin.provider == _CONTACT,
                ResidentLogin.provider.startswith(_LOGIN, autoescape=True),
            ),
        )
    )


def _mark(work: Work, contact: Contact) -> bytes:
    key = work.runtime.city_key(work.tenant, "erased contacts")
    return keyed_hash(key, contact.kind.encode(), contact.value.encode())
