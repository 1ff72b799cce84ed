"""Where somebody signs in: one city, or the platform itself for operators.

A realm gives every short-lived value in Redis its prefix and every secret its key, so that nothing
made in one city means anything in another. It also turns a silent Redis into words for people.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Final

import redis

from core.kit.crypto import derive_key, keyed_hash
from core.kit.errors import Unavailable
from core.kit.text import Text
from core.tenancy.tenant import Tenant
from core.work import Runtime

PLATFORM: Final = "platform"

_AWAY = Text(ru="Вход ненадолго недоступен.", en="Signing in is briefly unavailable.")
_AWAY_ADVICE = Text(
    ru="Ничего не потеряно: повторите через минуту. Открытые страницы читать можно и без входа.",
    en="Nothing is lost: try again in a minute. Public pages can be read without signing in.",
)


class Realm:
    """One city, or with `tenant=None` the platform."""

    __slots__ = ("role", "runtime", "tenant")

    def __init__(self, runtime: Runtime, tenant: Tenant | None) -> None:
        self.runtime = runtime
        self.tenant = tenant
        self.role = tenant.role if tenant is not None else PLATFORM

    @property
    def now(self) -> datetime:
        return self.runtime.clock.now()

    def name(self, *parts: str) -> str:
        """The name of a value in Redis: `t_7:session:…`."""
        return ":".join((self.role, *parts))

    def key(self, purpose: str) -> bytes:
        """A key for one purpose that no other realm shares."""
        return derive_key(self.runtime.settings.secret_key, purpose=purpose, city=self.role)

    def digest(self, purpose: str, *parts: str) -> str:
        """A keyed hash as hex: the same value gives another one in every other realm."""
        return keyed_hash(self.key(purpose), *(part.encode() for part in parts)).hex()

    @contextmanager
    def redis(self) -> Iterator[redis.Redis]:
        """Redis for a few commands; if it does not answer, Unavailable says so."""
        try:
            yield self.runtime.redis
        except redis.RedisError as error:
            raise Unavailable("sign_in_unavailable", _AWAY, _AWAY_ADVICE) from error
