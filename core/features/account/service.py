"""What signing in and the profile do, apart from pages: the steps after somebody has shown who they
are, and a copy of one's own data with what features add."""

from collections.abc import Collection, Mapping
from enum import StrEnum
from functools import cache
from uuid import UUID

import msgspec

from core.comments import own_data as own_comments
from core.feature import installed_features
from core.identity import consents, own_data, residents, staff
from core.identity.consents import Purpose
from core.identity.oidc import Identity
from core.identity.profiles import Profile, load_profile
from core.identity.proofs import Proof
from core.identity.residents import Entered
from core.kit.errors import Invalid, SignInNeeded
from core.kit.text import Text
from core.notify import delivery
from core.notify import own_data as own_notices
from core.notify.manifest import Audience, MessageKind
from core.notify.tell import Recipient
from core.work import Work

_CONSENT_NEEDED = Text(
    ru="Без этого согласия учётную запись не создать.",
    en="Without this consent there can be no account.",
)


class Step(StrEnum):
    """What comes after a proof."""

    CHOOSE = "choose"
    CONSENT = "consent"
    ENTER = "enter"


def next_step(work: Work, proof: Proof) -> Step:
    """Staff choose between desk and residents' pages; whoever owes a consent is asked for it."""
    if staff_of(work, proof) is not None:
        return Step.CHOOSE
    return resident_step(work, proof)


def resident_step(work: Work, proof: Proof) -> Step:
    """The same for somebody who goes on as a resident."""
    known = residents.find(work, contact=proof.contact, identity=proof.identity)
    return Step.CONSENT if consents.missing(work, known) else Step.ENTER


def staff_of(work: Work, proof: Proof) -> UUID | None:
    """The official whose work e-mail was shown; a provider's word opens no desk."""
    return staff.find_by_contact(work, proof.contact) if proof.contact is not None else None


def enter(work: Work, proof: Proof, agreed: Collection[Purpose] = ()) -> Entered:
    """The resident behind a proof, made if need be, with the consents just given.

    Raises Invalid when a needed consent is missing, so that nothing is kept without it.
    """
    known = residents.find(work, contact=proof.contact, identity=proof.identity)
    owed = [one for one in consents.missing(work, known) if one not in agreed]
    if owed:
        raise Invalid({one.value: _CONSENT_NEEDED for one in owed})
    identity = proof.identity and agreed_claims(work, known, proof.identity, agreed)
    entered = residents.find_or_create(work, contact=proof.contact, identity=identity)
    consents.give(work, entered.id, agreed)
    return entered


def link(work: Work, resident_id: UUID, identity: Identity) -> None:
    """Link a provider to the account that is signed in. Raises Conflict."""
    residents.link_identity(work, resident_id, agreed_claims(work, resident_id, identity))


def brings_details(proof: Proof) -> bool:
    """Whether a provider has told a birth date or a district."""
    identity = proof.identity
    return identity is not None and bool(identity.born_on or identity.district)


def agreed_claims(
    work: Work,
    resident_id: UUID | None,
    identity: Identity,
    agreed: Collection[Purpose] = (),
) -> Identity:
    """An identity without the birth date and district that the person did not agree to."""
    standing = consents.given(work, resident_id) if resident_id is not None else {}
    if Purpose.DETAILS in agreed or Purpose.DETAILS in standing:
        return identity
    return msgspec.structs.replace(identity, born_on=None, district=None)


def profile_of(work: Work, resident_id: UUID) -> Profile:
    """A resident's profile; an account erased in another browser means signing in again."""
    profile = load_profile(work, resident_id)
    if profile is None:
        raise SignInNeeded
    return profile


def copy_of_data(work: Work, resident_id: UUID) -> dict[str, object]:
    """Everything kept of a resident; features add what their part of the profile shows."""
    sections: dict[str, object] = {}
    for feature in installed_features():
        shown: list[Mapping[str, object]] = [
            context
            for section in sorted(feature.profile, key=lambda one: one.order)
            if (context := section.context(work)) is not None
        ]
        if shown:
            sections[feature.key] = shown
    sections["notices"] = own_notices.export(work, resident_id)
    sections["comments"] = own_comments.export(work, resident_id)
    return own_data.export(work, resident_id, sections=sections)


@cache
def message_kinds() -> Mapping[str, MessageKind]:
    """Every kind of notice that the installed features declare, by key."""
    return {kind.key: kind for feature in installed_features() for kind in feature.messages}


def offered_kinds(work: Work, audience: Audience) -> tuple[MessageKind, ...]:
    """The kinds of notice that somebody can get in this city, in the order of features."""
    known = work.tenant.profile.features
    return tuple(
        kind
        for feature in installed_features()
        if feature.key not in known or work.tenant.profile.offers(feature.key)
        for kind in feature.messages
        if kind.audience == audience
    )


def letter_address(work: Work, recipient: Recipient) -> str | None:
    """The address that a person's letters go to, if there is a confirmed one."""
    contact = delivery.addresses(work, [recipient.id]).get(recipient.id)
    return contact.value if contact is not None else None
