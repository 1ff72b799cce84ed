"""One-time codes that show that an e-mail address or a phone number belongs to somebody.

A code belongs to one browser: whoever asked for it holds a random token, and only with that token
can the code be entered. So guessing takes both, and nobody can use up another person's attempts.
Whether the contact is known to the city plays no part here, so asking reveals nothing.
"""

import hashlib
from datetime import timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from core.identity.contacts import Contact
from core.identity.limits import Limit, network_of, spend
from core.identity.messages import queue
from core.identity.realm import Realm
from core.kit.crypto import new_digits, new_token, same
from core.kit.errors import Invalid, Problem
from core.kit.text import Locale, Noun, Text
from core.work import Work

DIGITS: Final = 6
LASTS: Final = timedelta(minutes=10)
ATTEMPTS: Final = 5

_SENT_TO_CONTACT: Final = Limit("code-contact", 5, timedelta(minutes=15))
_SENT_TO_CONTACT_A_DAY: Final = Limit("code-contact-day", 20, timedelta(days=1))
_SENT_FROM_ADDRESS: Final = Limit("code-address", 60, timedelta(hours=1))
_TRIED_FROM_ADDRESS: Final = Limit("code-try-address", 200, timedelta(hours=1))

_ATTEMPTS_LEFT: Final = Noun(ru=("попытка", "попытки", "попыток"), en=("attempt", "attempts"))
_WRONG = Text(ru="Код не подошёл. Осталось: {left}.", en="That is not the code. {left} left.")
_WRONG_LAST = Text(
    ru="Код не подошёл, попытки кончились. Запросите новый код.",
    en="That is not the code, and no attempts are left. Please ask for a new code.",
)
_NOT_A_CODE = Text(
    ru="Код состоит из шести цифр, он есть в сообщении.",
    en="The code has six digits; it is in the message.",
)
_GONE = Text(ru="Этот код больше не действует.", en="This code is no longer valid.")
_GONE_ADVICE = Text(
    ru="Код живёт 10 минут и подходит один раз. Запросите новый.",
    en="A code lives for 10 minutes and works once. Please ask for a new one.",
)


class Purpose(StrEnum):
    """What a code is for; one asked for one purpose is worth nothing for another."""

    SIGN_IN = "sign_in"
    NEW_CONTACT = "new_contact"


class Challenge(msgspec.Struct, frozen=True):
    """A code on its way: to whom, what for, and where the person goes afterwards."""

    contact: Contact
    purpose: Purpose
    next: str = "/"
    resident_id: UUID | None = None


class CodeGone(Problem):
    """No code waits under this token: it was used, has expired, or never was here."""

    status = 410

    def __init__(self) -> None:
        super().__init__("code_gone", _GONE, _GONE_ADVICE)


def send_code(work: Work, challenge: Challenge, *, address: str, locale: Locale) -> str:
    """Send a code to the contact; returns the token for the browser.

    `address` is the client's network address. Raises TooMany and Unavailable.
    """
    token, code = new_code(Realm(work.runtime, work.tenant), challenge, address=address)
    subject, body = wording(code, product=work.tenant.product(locale), locale=locale)
    queue(work, challenge.contact, subject=subject, body=body)
    return token


def new_code(realm: Realm, challenge: Challenge, *, address: str) -> tuple[str, str]:
    """Make a code: the token for the browser and the digits for the message."""
    spend(realm, _SENT_FROM_ADDRESS, network_of(address))
    contact = f"{challenge.contact.kind}:{challenge.contact.value}"
    spend(realm, _SENT_TO_CONTACT, contact)
    spend(realm, _SENT_TO_CONTACT_A_DAY, contact)
    token, code = new_token(32), new_digits(DIGITS)
    name = _name(realm, token)
    with realm.redis() as store, store.pipeline(transaction=True) as batch:
        batch.hset(
            name,
            mapping={
                "code": realm.digest("sign-in code", token, code),
                "challenge": msgspec.json.encode(challenge),
                "tries": 0,
            },
        )
        batch.expire(name, LASTS)
        batch.execute()
    return token, code


def look(realm: Realm, token: str | None) -> Challenge | None:
    """What the code under this token is for; None when there is none."""
    if not token:
        return None
    with realm.redis() as store:
        raw = store.hget(_name(realm, token), "challenge")
    return msgspec.json.decode(raw, type=Challenge) if raw else None


def check_code(
    realm: Realm, token: str | None, typed: str, *, purpose: Purpose, address: str
) -> Challenge:
    """Use up the code. Raises Invalid on the field `code` (with attempts left), CodeGone, TooMany.

    Attempts are counted before they are looked at, so any number at once makes no more than five;
    of several right ones only one is accepted.
    """
    if not token:
        raise CodeGone
    digits = "".join(sign for sign in typed if sign.isdigit())
    if len(digits) != DIGITS or not digits.isascii():
        raise Invalid({"code": _NOT_A_CODE})
    spend(realm, _TRIED_FROM_ADDRESS, network_of(address))
    name = _name(realm, token)
    with realm.redis() as store:
        with store.pipeline(transaction=True) as batch:
            batch.hincrby(name, "tries", 1)
            batch.hmget(name, "code", "challenge")
            tries, (kept, raw) = batch.execute()
        if kept is None or raw is None:
            # Counting has made an empty record; no code ever comes under a used token again.
            store.delete(name)
            raise CodeGone
        challenge = msgspec.json.decode(raw, type=Challenge)
        if tries > ATTEMPTS or challenge.purpose is not purpose:
            store.delete(name)
            raise CodeGone
        if not same(kept, realm.digest("sign-in code", token, digits)):
            left = ATTEMPTS - tries
            if left == 0:
                store.delete(name)
                raise Invalid({"code": _WRONG_LAST})
            raise Invalid({"code": _WRONG.with_values({"left": _ATTEMPTS_LEFT.text(left)})})
        if store.delete(name) != 1:
            raise CodeGone
    return challenge


def wording(code: str, *, product: str, locale: Locale) -> tuple[str, str]:
    """Subject and text of the message."""
    return (
        _SUBJECT.format(code=code, product=product).in_(locale),
        _BODY.format(code=code, product=product).in_(locale),
    )


_SUBJECT: Final = Text(ru="{code} — код для входа, «{product}»", en="{code} is your {product} code")
_BODY: Final = Text(
    ru="{code} — ваш код, «{product}». Он действует 10 минут. Никому его не сообщайте: сотрудники"
    " городских служб кода не спрашивают. Если вы его не запрашивали, ничего делать не нужно.",
    en="{code} is your code for {product}. It is valid for 10 minutes. Tell it to nobody: city"
    " staff never ask for it. If you did not request it, there is nothing to do.",
)


def _name(realm: Realm, token: str) -> str:
    return realm.name("code", hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest())
