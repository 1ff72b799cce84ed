"""How often something may be tried: counters in Redis that end by themselves.

These are limits of security, the same for every city; what a city's regulation limits is decided
by its rules.
"""

import ipaddress
from datetime import timedelta
from typing import Final

import msgspec

from core.identity.realm import Realm
from core.kit.errors import Problem
from core.kit.text import HOURS, MINUTES, Text


class Limit(msgspec.Struct, frozen=True):
    """At most `most` times within `window` for one person, contact or address."""

    name: str
    most: int
    window: timedelta


class TooMany(Problem):
    """Tried too often; `retry_after` seconds later it is possible again."""

    status = 429

    def __init__(self, retry_after: int) -> None:
        wait = _wait(retry_after)
        super().__init__(
            "too_many",
            Text(ru="Слишком много попыток подряд.", en="Too many attempts in a row."),
            Text(ru=f"Попробуйте снова через {wait.ru}.", en=f"Please try again in {wait.en}."),
        )
        self.retry_after = retry_after


def spend(realm: Realm, limit: Limit, who: str) -> None:
    """Count one attempt of `who`; raises TooMany beyond the limit. Only a hash of `who` is kept."""
    name = realm.name("limit", limit.name, realm.digest("limits", limit.name, who))
    seconds = int(limit.window.total_seconds())
    with realm.redis() as store, store.pipeline(transaction=True) as batch:
        batch.set(name, 0, ex=seconds, nx=True)
        batch.incr(name)
        batch.ttl(name)
        _, used, left = batch.execute()
    if int(used) > limit.most:
        raise TooMany(max(1, int(left)))


def network_of(address: str) -> str:
    """What counts as one address: an IPv4 address, or the /64 that one IPv6 household has."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        mapped = parsed.ipv4_mapped
        if mapped is not None:
            return str(mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


_HOUR: Final = 3600


def _wait(seconds: int) -> Text:
    if seconds > _HOUR:
        return HOURS.text(-(-seconds // _HOUR))
    return MINUTES.text(-(-seconds // 60))
