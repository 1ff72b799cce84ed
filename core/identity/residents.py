"""Who somebody is to the city: residents by what they have just shown, and the contacts and
providers they sign in with. One contact and one identity lead to one resident, never to two."""

from collections.abc import Sequence
from uuid import UUID

import msgspec
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from core.identity.contacts import Contact
from core.identity.erased import erased_account, forget_marks
from core.identity.model import Resident, ResidentContact, ResidentLogin
from core.identity.oidc import Identity
from core.identity.profiles import raise_level, require_profile, take_claims
from core.kit.errors import Conflict, NotFound
from core.kit.ids import new_id
from core.kit.level import Level
from core.kit.text import Text
from core.work import Work

_TAKEN = Text(
    ru="Этот контакт принадлежит другой учётной записи.",
    en="This contact belongs to another account.",
)
_TAKEN_ADVICE = Text(
    ru="Войдите с ним отдельно или укажите другой.",
    en="Sign in with it separately, or give another one.",
)
_YOURS = Text(
    ru="Учётная запись с контактом {contact} уже есть.",
    en="There is an account with the contact {contact} already.",
)
_YOURS_ADVICE = Text(
    ru="Если она ваша, войдите по коду на этот контакт и подтвердите личность в профиле: голоса и"
    " баллы останутся в одной учётной записи.",
    en="If it is yours, sign in with a code to that contact and confirm your identity in the"
    " profile: your votes and points will stay in one account.",
)
_LOGIN_TAKEN = Text(
    ru="Эта учётная запись «{provider}» уже связана с другим жителем.",
    en="This {provider} account is already linked to another resident.",
)
_LOGIN_TAKEN_ADVICE = Text(
    ru="Если она ваша, выйдите и войдите через «{provider}»: откроется та учётная запись.",
    en="If it is yours, sign out and sign in with {provider}: that account will open.",
)
_ONLY_WAY = Text(ru="Это единственный способ войти.", en="This is the only way to sign in.")
_ONLY_WAY_ADVICE = Text(
    ru="Сначала добавьте другой контакт.", en="Please add another contact first."
)


class Entered(msgspec.Struct, frozen=True):
    """A resident who has just shown who they are; `new` if the city did not know them."""

    id: UUID
    new: bool


def find(
    work: Work, *, contact: Contact | None = None, identity: Identity | None = None
) -> UUID | None:
    """The resident behind a contact or an identity."""
    query = select(Resident.id).where(Resident.erased_at.is_(None))
    if identity is not None:
        query = query.join(ResidentLogin, ResidentLogin.resident_id == Resident.id).where(
            ResidentLogin.provider == identity.provider,
            ResidentLogin.subject == identity.subject,
        )
    elif contact is not None:
        query = query.join(ResidentContact, ResidentContact.resident_id == Resident.id).where(
            ResidentContact.kind == contact.kind, ResidentContact.value == contact.value
        )
    else:
        return None
    return work.session.execute(query).scalar_one_or_none()


def find_or_create(
    work: Work, *, contact: Contact | None = None, identity: Identity | None = None
) -> Entered:
    """The resident who has shown this, made if need be, with the level it proves.

    Raises Conflict when an identity brings a contact that belongs to somebody else: two accounts
    of one person would be two votes.
    """
    if (contact is None) == (identity is None):
        raise ValueError("either a contact or an identity is shown")
    found = find(work, contact=contact, identity=identity)
    if found is None:
        return _create(work, contact, identity)
    if contact is not None:
        work.session.execute(
            update(ResidentContact)
            .where(ResidentContact.kind == contact.kind, ResidentContact.value == contact.value)
            .values(verified_at=work.now)
        )
    _take_proven(work, found, identity)
    return Entered(found, new=False)


def _create(work: Work, contact: Contact | None, identity: Identity | None) -> Entered:
    brought = [contact] if contact is not None else list(identity.contacts if identity else ())
    if identity is not None:
        _require_free(work, brought)
    erased = erased_account(work, brought, identity)
    resident_id = erased or new_id()
    try:
        with work.session.begin_nested():
            if erased is None:
                work.session.execute(insert(Resident).values(id=resident_id, created_at=work.now))
            else:
                # The same person is back: the roll knows this id, so nobody votes twice.
                work.session.execute(
                    update(Resident).where(Resident.id == erased).values(erased_at=None)
                )
                forget_marks(work, erased)
            _attach(work, resident_id, brought, identity)
    except IntegrityError:
        # The same was shown at the same moment, in another tab as a rule.
        found = find(work, contact=contact, identity=identity)
        if found is None:
            _require_free(work, brought)
            raise
        return Entered(found, new=False)
    _take_proven(work, resident_id, identity)
    return Entered(resident_id, new=True)


def is_free(work: Work, contact: Contact) -> bool:
    """Whether a contact belongs to nobody; one of an erased account is still that person's."""
    return find(work, contact=contact) is None and erased_account(work, [contact]) is None


def add_contact(work: Work, resident_id: UUID, contact: Contact) -> None:
    """A further contact, just shown by a code; raises Conflict when it is somebody else's."""
    require_profile(work, resident_id)
    if find(work, contact=contact) == resident_id:
        return
    taken = Conflict("contact_taken", _TAKEN, _TAKEN_ADVICE)
    if not is_free(work, contact):
        raise taken
    try:
        with work.session.begin_nested():
            _attach(work, resident_id, [contact], None)
    except IntegrityError as error:
        raise taken from error
    raise_level(work, resident_id, Level.CONTACT)


def remove_contact(work: Work, resident_id: UUID, contact_id: UUID) -> Contact:
    """Forget one contact; the last way to sign in stays. Raises NotFound or Conflict."""
    # Locked, so that two removals at once cannot take the last two.
    work.session.execute(select(Resident.id).where(Resident.id == resident_id).with_for_update())
    profile = require_profile(work, resident_id)
    found = next((one for one in profile.contacts if one.id == contact_id), None)
    if found is None:
        raise NotFound
    if len(profile.contacts) == 1 and not profile.logins:
        raise Conflict("last_contact", _ONLY_WAY, _ONLY_WAY_ADVICE)
    work.session.execute(
        delete(ResidentContact).where(
            ResidentContact.id == contact_id, ResidentContact.resident_id == resident_id
        )
    )
    return found.contact


def link_identity(work: Work, resident_id: UUID, identity: Identity) -> None:
    """Link a provider to an account that is signed in, and take the level it grants.

    Contacts the provider knows are not added. Raises Conflict when the identity is another
    resident's.
    """
    require_profile(work, resident_id)
    owner = find(work, identity=identity)
    if owner is None:
        if erased_account(work, (), identity) is not None:
            raise _login_taken(work, identity)
        try:
            with work.session.begin_nested():
                _attach(work, resident_id, (), identity)
        except IntegrityError as error:
            raise _login_taken(work, identity) from error
    elif owner != resident_id:
        raise _login_taken(work, identity)
    _take_proven(work, resident_id, identity)


def _take_proven(work: Work, resident_id: UUID, identity: Identity | None) -> None:
    """A code proves the contact and no more; a provider what the city trusts it with."""
    if identity is None:
        raise_level(work, resident_id, Level.CONTACT)
    else:
        raise_level(work, resident_id, identity.grants)
        take_claims(work, resident_id, identity)


def _attach(
    work: Work, resident_id: UUID, contacts: Sequence[Contact], identity: Identity | None
) -> None:
    for one in contacts:
        work.session.execute(
            insert(ResidentContact).values(
                id=new_id(),
                resident_id=resident_id,
                kind=one.kind,
                value=one.value,
                verified_at=work.now,
            )
        )
    if identity is not None:
        work.session.execute(
            insert(ResidentLogin).values(
                provider=identity.provider,
                subject=identity.subject,
                resident_id=resident_id,
                linked_at=work.now,
            )
        )


def _require_free(work: Work, contacts: Sequence[Contact]) -> None:
    for contact in contacts:
        if find(work, contact=contact) is not None:
            raise Conflict("contact_taken", _YOURS.format(contact=contact.shown), _YOURS_ADVICE)


def _login_taken(work: Work, identity: Identity) -> Conflict:
    provider = work.tenant.profile.sign_in.provider(identity.provider)
    name = provider.label if provider else identity.provider
    return Conflict(
        "login_taken",
        _LOGIN_TAKEN.with_values({"provider": name}),
        _LOGIN_TAKEN_ADVICE.with_values({"provider": name}),
    )
