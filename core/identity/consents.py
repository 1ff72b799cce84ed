"""Consent to the processing of personal data: separate for each purpose, in versioned wording, and
provable (152-ФЗ, art. 9). Wordings are appended, never edited."""

import hashlib
from collections.abc import Collection, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec
from sqlalchemy import select, update

from core.identity.model import ResidentConsent
from core.identity.profiles import wipe_details
from core.kit.errors import Conflict
from core.kit.ids import new_id
from core.kit.text import Text
from core.tenancy.tenant import Tenant
from core.work import Work


class Purpose(StrEnum):
    """What data are processed for. Each has a consent of its own."""

    ACCOUNT = "account"
    DETAILS = "details"
    NEWS = "news"


class Wording(msgspec.Struct, frozen=True):
    """One version of the text a person agrees to; `{official}`, `{product}` and `{email}` are the
    city's own."""

    purpose: Purpose
    version: int
    title: Text
    body: Text

    def of(self, tenant: Tenant) -> Text:
        """The text as people of this city read it."""
        profile = tenant.profile
        return self.body.with_values(
            {
                "official": profile.names.official,
                "product": profile.names.product,
                "email": profile.contacts.email,
            }
        )

    def reference(self, tenant: Tenant) -> str:
        """What is stored with a consent: purpose, version, and a digest of the very text."""
        text = self.of(tenant)
        digest = hashlib.sha256(f"{text.ru}\n{text.en}".encode()).hexdigest()
        return f"{self.purpose.value}/{self.version}/{digest[:16]}"


NEEDED: Final = (Purpose.ACCOUNT,)
"""Without these there is no account; the others are a person's free choice."""

WORDINGS: Final[tuple[Wording, ...]] = (
    Wording(
        purpose=Purpose.ACCOUNT,
        version=1,
        title=Text(
            ru="Согласие на обработку данных учётной записи",
            en="Consent to the processing of account data",
        ),
        body=Text(
            ru="Я даю согласие оператору — {official} — на обработку моих персональных данных для"
            " участия в работе ресурса «{product}»: адреса электронной почты, номера телефона,"
            " имени, если я его укажу, отметки об уровне подтверждения и отметок об участии в"
            " опросах. Оператор собирает, хранит, использует и удаляет эти данные с помощью"
            " программ и не передаёт их третьим лицам. То, как я проголосовал(а), хранится отдельно"
            " и после подведения итогов не может быть связано со мной. Согласие действует, пока"
            " существует учётная запись. Его можно отозвать в любой момент: удалить учётную запись"
            " в профиле или написать на {email}.",
            en="I consent to the operator, {official}, processing my personal data so that I can"
            " take part in “{product}”: e-mail address, phone number, my name if I give it, the"
            " level of confirmation, and records of my taking part in polls. The operator collects,"
            " keeps, uses and erases these data by software and passes them to nobody. How I voted"
            " is kept apart and cannot be joined to me once the results are final. This consent is"
            " valid while the account exists. I can withdraw it at any time by erasing the account"
            " in my profile or by writing to {email}.",
        ),
    ),
    Wording(
        purpose=Purpose.DETAILS,
        version=1,
        title=Text(
            ru="Согласие на обработку даты рождения и района",
            en="Consent to the processing of birth date and district",
        ),
        body=Text(
            ru="Я даю согласие оператору — {official} — на обработку моей даты рождения и района"
            " проживания, чтобы проверять по правилам города, в каких опросах я могу участвовать,"
            " и показывать итоги по районам без имён. Данные не передаются третьим лицам. Согласие"
            " можно отозвать в профиле: эти данные сразу удаляются.",
            en="I consent to the operator, {official}, processing my birth date and district in"
            " order to check by the city's rules which polls I may take part in, and to show"
            " results by district without names. The data are passed to nobody. I can withdraw this"
            " consent in my profile: the data are erased at once.",
        ),
    ),
    Wording(
        purpose=Purpose.NEWS,
        version=1,
        title=Text(ru="Согласие на получение сообщений", en="Consent to receiving messages"),
        body=Text(
            ru="Я даю согласие оператору — {official} — присылать мне на указанные почту и телефон"
            " сообщения о новых опросах и их итогах. Согласие можно отозвать в профиле, сообщения"
            " сразу прекратятся.",
            en="I consent to the operator, {official}, sending me messages about new polls and"
            " their results to my e-mail and phone. I can withdraw this consent in my profile, and"
            " the messages stop at once.",
        ),
    ),
)

_NOT_WITHDRAWN = Text(
    ru="Без этого согласия учётной записи быть не может.",
    en="There can be no account without this consent.",
)
_NOT_WITHDRAWN_ADVICE = Text(
    ru="Чтобы отозвать его, удалите учётную запись: кнопка внизу профиля.",
    en="To withdraw it, erase the account: the button at the end of the profile.",
)


class Consent(msgspec.Struct, frozen=True):
    """A consent as given; `wording` names version and digest of the text."""

    purpose: str
    wording: str
    given_at: datetime
    withdrawn_at: datetime | None


def current(purpose: Purpose) -> Wording:
    """The wording people are asked to agree to now."""
    return max((one for one in WORDINGS if one.purpose is purpose), key=lambda one: one.version)


def history(work: Work, resident_id: UUID) -> tuple[Consent, ...]:
    """Everything a resident has agreed to or withdrawn, oldest first."""
    rows = work.session.execute(
        select(ResidentConsent)
        .where(ResidentConsent.resident_id == resident_id)
        .order_by(ResidentConsent.given_at, ResidentConsent.id)
    ).scalars()
    return tuple(Consent(one.purpose, one.wording, one.given_at, one.withdrawn_at) for one in rows)


def given(work: Work, resident_id: UUID) -> Mapping[Purpose, Consent]:
    """The consents that stand, each in the current wording of its purpose."""
    standing: dict[Purpose, Consent] = {}
    for consent in history(work, resident_id):
        for purpose in Purpose:
            version = f"{purpose.value}/{current(purpose).version}/"
            if consent.withdrawn_at is None and consent.wording.startswith(version):
                standing[purpose] = consent
    return standing


def missing(work: Work, resident_id: UUID | None) -> tuple[Purpose, ...]:
    """The needed consents this resident (None = somebody new) has not given yet."""
    standing = given(work, resident_id) if resident_id is not None else {}
    return tuple(purpose for purpose in NEEDED if purpose not in standing)


def give(work: Work, resident_id: UUID, purposes: Collection[Purpose]) -> None:
    """Record consent in the current wording; what stands already is not recorded twice."""
    standing = given(work, resident_id)
    for purpose in Purpose:
        if purpose in purposes and purpose not in standing:
            work.session.add(
                ResidentConsent(
                    id=new_id(),
                    resident_id=resident_id,
                    purpose=purpose.value,
                    wording=current(purpose).reference(work.tenant),
                    given_at=work.now,
                    withdrawn_at=None,
                )
            )
    work.session.flush()


def withdraw(work: Work, resident_id: UUID, purpose: Purpose) -> None:
    """Take a consent back; data processed under it alone are erased at once. Raises Conflict for
    the one without which there is no account."""
    if purpose in NEEDED:
        raise Conflict("consent_needed", _NOT_WITHDRAWN, _NOT_WITHDRAWN_ADVICE)
    _end(work, resident_id, purpose)
    if purpose is Purpose.DETAILS:
        wipe_details(work, resident_id)


def end_all(work: Work, resident_id: UUID) -> None:
    """Every consent ends with the account; the rows stay as proof and name nobody."""
    for purpose in Purpose:
        _end(work, resident_id, purpose)


def _end(work: Work, resident_id: UUID, purpose: Purpose) -> None:
    work.session.execute(
        update(ResidentConsent)
        .where(
            ResidentConsent.resident_id == resident_id,
            ResidentConsent.purpose == purpose.value,
            ResidentConsent.withdrawn_at.is_(None),
        )
        .values(withdrawn_at=work.now)
    )
