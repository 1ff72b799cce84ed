"""The second factor of staff: six digits from an application on the phone (TOTP, RFC 6238).

The secret lies in the database sealed with the city's key. A code is accepted once, and attempts
are counted, so neither looking over a shoulder nor guessing helps.
"""

import io
from datetime import timedelta
from typing import Final, cast
from uuid import UUID

import msgspec
import pyotp
import segno
from sqlalchemy import select, update

from core.identity import access
from core.identity.limits import Limit, spend
from core.identity.model import Staff
from core.identity.realm import Realm
from core.kit.crypto import Unsealable, seal, unseal
from core.kit.errors import Invalid, NotFound, Problem
from core.kit.text import Text
from core.work import Work

MANAGE: Final = "people.manage"
_ENROLMENT: Final = timedelta(minutes=20)
_STEP: Final = 30
# One step either way: phones' clocks are a little off.
_WINDOW: Final = 1
_TRIES: Final = Limit("totp", 10, timedelta(minutes=15))

_WRONG = Text(
    ru="Код не подошёл. Дождитесь следующего в приложении и введите его.",
    en="That is not the code. Wait for the next one in the application and enter it.",
)
_GONE = Text(ru="Подключение прервалось.", en="Setting up was interrupted.")
_GONE_ADVICE = Text(
    ru="Откройте страницу ещё раз и отсканируйте новую картинку.",
    en="Open the page again and scan the new picture.",
)
_UNREADABLE = Text(
    ru="Второй фактор этой учётной записи не читается.",
    en="The second factor of this account cannot be read.",
)
_UNREADABLE_ADVICE = Text(
    ru="Попросите администратора города сбросить его.",
    en="Please ask the city's administrator to reset it.",
)


class Enrolment(msgspec.Struct, frozen=True):
    """What somebody scans, or types, into the application; nothing is switched on yet."""

    secret: str
    uri: str
    svg: str


def is_enrolled(work: Work, staff_id: UUID) -> bool:
    """Whether signing in as this official needs a second factor."""
    return _sealed(work, staff_id) is not None


def begin_enrolment(work: Work, staff_id: UUID) -> Enrolment:
    """Make a secret, kept for a few minutes until a first code proves that it was scanned.

    Opening the page again within that time shows the same secret. Raises NotFound.
    """
    email = work.session.execute(
        select(Staff.email).where(Staff.id == staff_id)
    ).scalar_one_or_none()
    if email is None:
        raise NotFound
    realm = Realm(work.runtime, work.tenant)
    key, name = realm.key("totp"), realm.name("totp-new", str(staff_id))
    with realm.redis() as store:
        store.set(name, seal(key, pyotp.random_base32().encode()), ex=_ENROLMENT, nx=True)
        kept = store.get(name)
    if kept is None:
        raise Problem("enrolment_gone", _GONE, _GONE_ADVICE, status=410)
    secret = unseal(key, cast("bytes", kept)).decode()
    uri = pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=work.tenant.product())
    picture = io.BytesIO()
    segno.make(uri, error="m").save(
        picture, kind="svg", scale=4, border=4, light="#fff", xmldecl=False, svgns=True, nl=False
    )
    return Enrolment(secret, uri, picture.getvalue().decode())


def confirm_enrolment(work: Work, staff_id: UUID, code: str) -> None:
    """Switch the second factor on with a first code; raises Invalid, TooMany, or Problem 410."""
    realm = Realm(work.runtime, work.tenant)
    name = realm.name("totp-new", str(staff_id))
    with realm.redis() as store:
        kept = store.get(name)
    if kept is None:
        raise Problem("enrolment_gone", _GONE, _GONE_ADVICE, status=410)
    secret = unseal(realm.key("totp"), cast("bytes", kept)).decode()
    _check(work, staff_id, secret, code)
    work.session.execute(
        update(Staff)
        .where(Staff.id == staff_id)
        .values(totp_secret=seal(realm.key("totp"), secret.encode()))
    )
    with realm.redis() as store:
        store.delete(name)
    work.record("people.second_factor_on", f"staff:{staff_id}")


def check(work: Work, staff_id: UUID, code: str) -> None:
    """The second step of signing in; raises Invalid on the field `code`, or TooMany."""
    sealed = _sealed(work, staff_id)
    if sealed is None:
        raise NotFound
    key = Realm(work.runtime, work.tenant).key("totp")
    try:
        secret = unseal(key, sealed).decode()
    except Unsealable as error:
        raise Problem("totp_unreadable", _UNREADABLE, _UNREADABLE_ADVICE, status=500) from error
    _check(work, staff_id, secret, code)


def reset(work: Work, staff_id: UUID) -> None:
    """Switch the second factor off for somebody who has lost the phone. Raises Refused."""
    access.require(work, MANAGE)
    done = work.session.execute(
        update(Staff).where(Staff.id == staff_id).values(totp_secret=None).returning(Staff.id)
    ).scalar_one_or_none()
    if done is None:
        raise NotFound
    work.record("people.second_factor_reset", f"staff:{staff_id}")


def _check(work: Work, staff_id: UUID, secret: str, code: str) -> None:
    realm = Realm(work.runtime, work.tenant)
    spend(realm, _TRIES, str(staff_id))
    digits = "".join(sign for sign in code if sign.isdigit())
    totp = pyotp.TOTP(secret)
    now = int(work.now.timestamp()) // _STEP
    steps = range(now - _WINDOW, now + _WINDOW + 1)
    used = next(
        (step for step in steps if pyotp.utils.strings_equal(totp.generate_otp(step), digits)),
        None,
    )
    if used is None:
        raise Invalid({"code": _WRONG})
    with realm.redis() as store:
        fresh = store.set(
            realm.name("totp-used", str(staff_id), str(used)), 1, ex=_STEP * 4, nx=True
        )
    if not fresh:
        raise Invalid({"code": _WRONG})


def _sealed(work: Work, staff_id: UUID) -> bytes | None:
    return work.session.execute(
        select(Staff.totp_secret).where(Staff.id == staff_id)
    ).scalar_one_or_none()
