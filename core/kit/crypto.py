"""Keyed hashes and sealed secrets. Keys are derived from the installation's secret per purpose
and per city, so that a value of one city means nothing in another."""

import base64
import hashlib
import hmac
import secrets

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


class Unsealable(Exception):
    """A sealed value was made with another key, for another purpose, or was altered."""


def derive_key(secret: bytes, *, purpose: str, city: str = "") -> bytes:
    """A 32-byte key for one purpose of one city."""
    info = f"veche/{purpose}/{city}".encode()
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=info).derive(secret)


def keyed_hash(key: bytes, *parts: bytes) -> bytes:
    """HMAC-SHA256 over length-prefixed parts, so that ("ab","c") and ("a","bc") differ."""
    mac = hmac.new(key, digestmod=hashlib.sha256)
    for part in parts:
        mac.update(len(part).to_bytes(4, "big"))
        mac.update(part)
    return mac.digest()


def seal(key: bytes, value: bytes) -> bytes:
    """Encrypt and authenticate a small value with a 32-byte key."""
    return Fernet(base64.urlsafe_b64encode(key)).encrypt(value)


def unseal(key: bytes, sealed: bytes) -> bytes:
    """Undo `seal`; raises Unsealable."""
    try:
        return Fernet(base64.urlsafe_b64encode(key)).decrypt(sealed)
    except InvalidToken as error:
        raise Unsealable from error


def new_token(length: int = 32) -> str:
    """A random URL-safe token of `length` bytes of entropy."""
    return secrets.token_urlsafe(length)


def new_key() -> bytes:
    return secrets.token_bytes(32)


def new_digits(length: int) -> str:
    """A random decimal code for typing by hand."""
    return "".join(secrets.choice("0123456789") for _ in range(length))


def same(a: str | bytes, b: str | bytes) -> bool:
    """Comparison in constant time."""
    left = a.encode() if isinstance(a, str) else a
    right = b.encode() if isinstance(b, str) else b
    return hmac.compare_digest(left, right)
