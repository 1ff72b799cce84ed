"""What a city keeps of one resident: what they say of themselves, and how well they are known."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

import msgspec
from sqlalchemy import select, update

from core.identity import access
from core.identity.contacts import Contact, ContactKind
from core.identity.model import Resident, ResidentContact, ResidentLogin
from core.identity.oidc import Identity
from core.kit.errors import Invalid, NotFound
from core.kit.level import Level
from core.kit.text import Text
from core.work import Work

MAY_CONFIRM: Final = "people.manage"
LONGEST_NAME: Final = 120
# Nobody living was born earlier; it catches a slip in the year and limits nobody.
EARLIEST_BIRTH: Final = date(1900, 1, 1)

_FUTURE = Text(ru="Эта дата ещё не наступила.", en="That date has not come yet.")
_TOO_EARLY = Text(ru="Проверьте год рождения.", en="Please check the year of birth.")
_NOT_A_DISTRICT = Text(ru="Выберите из списка.", en="Choose from the list.")
_TOO_LONG = Text(ru="Не больше 120 знаков.", en="At most 120 characters.")
_LOCKED = Text(
    ru="Это подтверждено документально; изменить можно через администрацию города.",
    en="This was confirmed by documents; the city administration can change it.",
)
_NOT_LOWER = Text(
    ru="Уровень подтверждения так не понизить.", en="A level cannot be lowered this way."
)


class ContactRow(msgspec.Struct, frozen=True):
    """A contact a resident has shown to be theirs."""

    id: UUID
    contact: Contact
    verified_at: datetime


class Login(msgspec.Struct, frozen=True):
    """A provider a resident has linked."""

    provider: str
    linked_at: datetime


class Profile(msgspec.Struct, frozen=True):
    """All the city keeps of a resident apart from what features add. What is locked was confirmed
    by a provider or by papers, and is not changed by the person."""

    id: UUID
    name: str
    born_on: date | None
    district: str | None
    level: Level
    blocked: bool
    created_at: datetime
    contacts: tuple[ContactRow, ...]
    logins: tuple[Login, ...]
    born_on_locked: bool
    district_locked: bool


def load_profile(work: Work, resident_id: UUID) -> Profile | None:
    """One resident; None if there is no such resident or the account was erased."""
    row = work.session.execute(
        select(Resident).where(Resident.id == resident_id, Resident.erased_at.is_(None))
    ).scalar_one_or_none()
    if row is None:
        return None
    contacts = work.session.execute(
        select(ResidentContact)
        .where(ResidentContact.resident_id == resident_id)
        .order_by(ResidentContact.kind, ResidentContact.value)
    ).scalars()
    logins = tuple(
        Login(provider, linked_at)
        for provider, linked_at in work.session.execute(
            select(ResidentLogin.provider, ResidentLogin.linked_at)
            .where(ResidentLogin.resident_id == resident_id)
            .order_by(ResidentLogin.provider)
        )
    )
    level = Level(row.level)
    return Profile(
        id=row.id,
        name=row.name,
        born_on=row.born_on,
        district=row.district,
        level=level,
        blocked=row.blocked_at is not None,
        created_at=row.created_at,
        contacts=tuple(
            ContactRow(one.id, Contact(_kind(one.kind), one.value), one.verified_at)
            for one in contacts
        ),
        logins=logins,
        born_on_locked=row.born_on is not None
        and level.reaches(Level.IDENTITY)
        and _supplied(work, logins, "birth_date"),
        district_locked=row.district is not None
        and level.reaches(Level.RESIDENT)
        and _supplied(work, logins, "district"),
    )


def require_profile(work: Work, resident_id: UUID) -> Profile:
    """Like `load_profile`, but raises NotFound."""
    profile = load_profile(work, resident_id)
    if profile is None:
        raise NotFound
    return profile


def change_profile(
    work: Work, resident_id: UUID, *, name: str, born_on: date | None, district: str | None
) -> None:
    """Change what residents say of themselves; what was confirmed stays. Raises Invalid."""
    profile = require_profile(work, resident_id)
    wrong = complaints(work, profile, name=name, born_on=born_on, district=district)
    if wrong:
        raise Invalid(wrong)
    _set(work, resident_id, name=name, born_on=born_on, district=district)


def complaints(
    work: Work, profile: Profile, *, name: str, born_on: date | None, district: str | None
) -> dict[str, Text]:
    """By field, what keeps a profile from being changed like this."""
    wrong: dict[str, Text] = {}
    if len(name) > LONGEST_NAME:
        wrong["name"] = _TOO_LONG
    if born_on != profile.born_on:
        if profile.born_on_locked:
            wrong["born_on"] = _LOCKED
        elif born_on is not None and born_on > work.today:
            wrong["born_on"] = _FUTURE
        elif born_on is not None and born_on < EARLIEST_BIRTH:
            wrong["born_on"] = _TOO_EARLY
    if district != profile.district:
        if profile.district_locked:
            wrong["district"] = _LOCKED
        elif district is not None and work.tenant.profile.district(district) is None:
            wrong["district"] = _NOT_A_DISTRICT
    return wrong


def confirm_in_person(
    work: Work,
    resident_id: UUID,
    *,
    level: Level,
    born_on: date | None = None,
    district: str | None = None,
) -> None:
    """Staff have seen a person's papers. Raises Refused without the right, Invalid, NotFound."""
    access.require(work, MAY_CONFIRM)
    profile = require_profile(work, resident_id)
    if not level.reaches(profile.level):
        raise Invalid({"level": _NOT_LOWER})
    if district is not None and work.tenant.profile.district(district) is None:
        raise Invalid({"district": _NOT_A_DISTRICT})
    raise_level(work, resident_id, level)
    _set(
        work,
        resident_id,
        born_on=born_on or profile.born_on,
        district=district or profile.district,
    )
    # What the papers say is not written down: the journal is kept for ever.
    work.record("people.resident_confirmed", f"resident:{resident_id}", level=level.value)


def wipe_details(work: Work, resident_id: UUID) -> None:
    """Forget birth date and district. A confirmed identity goes with them: otherwise a person
    could put other data in the place of those that were checked."""
    profile = require_profile(work, resident_id)
    level = Level.CONTACT if profile.level.reaches(Level.IDENTITY) else profile.level
    _set(work, resident_id, born_on=None, district=None, level=level.value)


def raise_level(work: Work, resident_id: UUID, proven: Level) -> None:
    """Take a level that was just proven; a weaker one changes nothing (R130)."""
    weaker = [one.value for one in Level if not one.reaches(proven)]
    if weaker:
        work.session.execute(
            update(Resident)
            .where(Resident.id == resident_id, Resident.level.in_(weaker))
            .values(level=proven.value)
        )


def take_claims(work: Work, resident_id: UUID, identity: Identity) -> None:
    """What a provider confirms replaces what the person has said."""
    confirmed: dict[str, object] = {}
    if identity.born_on is not None:
        confirmed["born_on"] = identity.born_on
    if identity.district is not None:
        confirmed["district"] = identity.district
    if confirmed:
        _set(work, resident_id, **confirmed)


def _set(work: Work, resident_id: UUID, **values: object) -> None:
    work.session.execute(
        update(Resident)
        .where(Resident.id == resident_id, Resident.erased_at.is_(None))
        .values(**values)
    )


def _supplied(work: Work, logins: Sequence[Login], claim: str) -> bool:
    """Whether a fact came from outside: from a linked provider, or from papers shown to staff."""
    if not logins:
        return True
    known = [work.tenant.profile.sign_in.provider(one.provider) for one in logins]
    return any(one is not None and getattr(one.claims, claim) is not None for one in known)


def _kind(value: str) -> ContactKind:
    return "email" if value == "email" else "phone"
