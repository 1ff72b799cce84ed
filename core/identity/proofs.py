"""What somebody has shown in this browser and not yet acted on: a contact, or an identity.

Between proving who one is and being signed in lie steps of their own (consent, a second factor,
choosing the desk). A proof carries the person over them; it opens nothing by itself.
"""

import hashlib
from datetime import timedelta
from typing import Final

import msgspec

from core.identity.contacts import Contact
from core.identity.oidc import Identity
from core.identity.realm import Realm
from core.kit.crypto import new_token
from core.kit.errors import Problem
from core.kit.text import Text

LASTS: Final = timedelta(minutes=20)


class Proof(msgspec.Struct, frozen=True):
    """A contact shown by a code, or an identity confirmed by a provider; never both."""

    next: str
    contact: Contact | None = None
    identity: Identity | None = None


class ProofGone(Problem):
    """The steps of signing in took too long, or were finished in another tab."""

    status = 410

    def __init__(self) -> None:
        super().__init__(
            "sign_in_gone",
            Text(ru="Вход прервался.", en="Signing in was interrupted."),
            Text(ru="Начните его ещё раз, это быстро.", en="Please start again, it is quick."),
        )


def keep(realm: Realm, proof: Proof) -> str:
    """Remember a proof for a few minutes; returns the token for the browser."""
    token = new_token(32)
    with realm.redis() as store:
        store.set(_name(realm, token), msgspec.json.encode(proof), ex=LASTS)
    return token


def look(realm: Realm, token: str | None) -> Proof:
    """The proof under a token; raises ProofGone."""
    if not token:
        raise ProofGone
    with realm.redis() as store:
        raw = store.get(_name(realm, token))
    if raw is None:
        raise ProofGone
    return msgspec.json.decode(raw, type=Proof)


def use(realm: Realm, token: str | None) -> Proof:
    """Like `look`, and the proof is gone afterwards: only one caller gets it."""
    if not token:
        raise ProofGone
    with realm.redis() as store:
        raw = store.getdel(_name(realm, token))
    if raw is None:
        raise ProofGone
    return msgspec.json.decode(raw, type=Proof)


def _name(realm: Realm, token: str) -> str:
    return realm.name("proof", hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest())
