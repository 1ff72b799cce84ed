"""Who is signed in: server-side sessions in Redis, one per browser.

The browser holds a random token; Redis holds the visitor under the token's hash, so that reading
Redis signs nobody in. A session lives as long as it is used, up to a limit. What the visitor may do
is not here: it is asked of the database and the rules at every unit of work.
"""

import hashlib
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

import msgspec

from core.identity.realm import Realm
from core.kit.crypto import new_token
from core.kit.errors import Forbidden
from core.kit.text import Text
from core.tenancy.tenant import Tenant
from core.work import Runtime

STAFF_ONLY: Final = Text(
    ru="Эта страница для сотрудников.", en="This page is for members of staff."
)
STAFF_ONLY_ADVICE: Final = Text(
    ru="Если вы сотрудник, войдите с рабочей почтой.",
    en="If you are one of them, sign in with your work e-mail.",
)
_RESIDENTS_ONLY = Text(
    ru="Вы вошли как сотрудник, а это страница жителя.",
    en="You are signed in as staff, and this page is a resident's.",
)
_RESIDENTS_ONLY_ADVICE = Text(
    ru="Чтобы участвовать самому, выйдите и войдите как житель.",
    en="To take part yourself, sign out and sign in as a resident.",
)

VisitorKind = Literal["resident", "staff", "operator"]


class Visitor(msgspec.Struct, frozen=True):
    """Somebody who has signed in on this host; `token_id` names the session without opening it."""

    kind: VisitorKind
    id: UUID | int
    token_id: str
    started_at: datetime
    name: str = ""
    """Of staff and operators, as it was at sign-in; residents may change theirs any time."""

    @property
    def resident_id(self) -> UUID:
        """The resident; raises Forbidden for somebody who is here in the city's name."""
        if self.kind != "resident" or not isinstance(self.id, UUID):
            raise Forbidden("residents_only", _RESIDENTS_ONLY, _RESIDENTS_ONLY_ADVICE)
        return self.id

    @property
    def staff_id(self) -> UUID:
        """The official; raises Forbidden for anybody else."""
        if self.kind != "staff" or not isinstance(self.id, UUID):
            raise Forbidden("staff_only", STAFF_ONLY, STAFF_ONLY_ADVICE)
        return self.id

    @property
    def operator_id(self) -> int:
        """The operator; raises Forbidden for anybody else."""
        if self.kind != "operator" or not isinstance(self.id, int):
            raise Forbidden("staff_only", STAFF_ONLY, STAFF_ONLY_ADVICE)
        return self.id


class Lifetime(msgspec.Struct, frozen=True):
    """How long a session lasts without being used, and at most."""

    idle: timedelta
    most: timedelta


# Limits of security, the same for every city. Staff sign in anew each working day.
LIFETIMES: Final[dict[VisitorKind, Lifetime]] = {
    "resident": Lifetime(idle=timedelta(days=30), most=timedelta(days=180)),
    "staff": Lifetime(idle=timedelta(hours=8), most=timedelta(hours=16)),
    "operator": Lifetime(idle=timedelta(hours=2), most=timedelta(hours=12)),
}

# The first sign of a token says how long to keep it alive, which saves a second call to Redis.
# Another first sign makes another hash, so nobody gains by changing it.
_LETTERS: Final[dict[VisitorKind, str]] = {"resident": "r", "staff": "s", "operator": "o"}
_KINDS: Final = {letter: kind for kind, letter in _LETTERS.items()}
_TOKEN_LENGTH: Final = 2 + 43


class _Stored(msgspec.Struct, frozen=True):
    kind: VisitorKind
    id: UUID | int
    started_at: datetime
    name: str = ""


def load(runtime: Runtime, tenant: Tenant | None, token: str | None) -> Visitor | None:
    """The visitor behind a browser's token, and a longer life for the session.

    Without a well-formed token Redis is not asked. Raises Unavailable when Redis does not answer.
    """
    kind = _kind_of(token)
    if token is None or kind is None:
        return None
    realm = Realm(runtime, tenant)
    token_id = _hash(token)
    lifetime = LIFETIMES[kind]
    with realm.redis() as store:
        raw = store.getex(realm.name("session", token_id), ex=lifetime.idle)
    if raw is None:
        return None
    stored = msgspec.json.decode(raw, type=_Stored)
    if realm.now >= stored.started_at + lifetime.most:
        end(runtime, tenant, token)
        return None
    return Visitor(stored.kind, stored.id, token_id, stored.started_at, stored.name)


def begin(
    runtime: Runtime,
    tenant: Tenant | None,
    *,
    kind: VisitorKind,
    id: UUID | int,
    name: str = "",
    replacing: str | None = None,
) -> str:
    """Sign somebody in; returns the token for the browser.

    `replacing` is the token the browser had before: that session ends, so a token known to others
    from before signing in is worth nothing afterwards.
    """
    if replacing is not None:
        end(runtime, tenant, replacing)
    realm = Realm(runtime, tenant)
    token = f"{_LETTERS[kind]}.{new_token(32)}"
    token_id = _hash(token)
    lifetime = LIFETIMES[kind]
    value = msgspec.json.encode(_Stored(kind, id, realm.now, name))
    index = realm.name("sessions", kind, str(id))
    with realm.redis() as store:
        gone = [one for one in _members(realm, index) if not store.exists(_named(realm, one))]
        with store.pipeline(transaction=True) as batch:
            if gone:
                batch.srem(index, *gone)
            batch.set(_named(realm, token_id), value, ex=lifetime.idle)
            batch.sadd(index, token_id)
            batch.expire(index, lifetime.most)
            batch.execute()
    return token


def end(runtime: Runtime, tenant: Tenant | None, token: str | None) -> None:
    """Sign out in this browser; a token that is no session any more is ignored."""
    if token is None or _kind_of(token) is None:
        return
    realm = Realm(runtime, tenant)
    token_id = _hash(token)
    with realm.redis() as store:
        raw = store.getdel(_named(realm, token_id))
        if raw is not None:
            stored = msgspec.json.decode(raw, type=_Stored)
            store.srem(realm.name("sessions", stored.kind, str(stored.id)), token_id)


def end_all(
    runtime: Runtime,
    tenant: Tenant | None,
    *,
    kind: VisitorKind,
    id: UUID | int,
    but: str | None = None,
) -> int:
    """Sign somebody out in every browser, `but` (a `token_id`) excepted; returns how many."""
    realm = Realm(runtime, tenant)
    index = realm.name("sessions", kind, str(id))
    with realm.redis() as store:
        ending = [one for one in _members(realm, index) if one != but]
        if not ending:
            return 0
        with store.pipeline(transaction=True) as batch:
            batch.delete(*(_named(realm, one) for one in ending))
            batch.srem(index, *ending)
            return int(batch.execute()[0])


def count(runtime: Runtime, tenant: Tenant | None, *, kind: VisitorKind, id: UUID | int) -> int:
    """In how many browsers somebody is signed in."""
    realm = Realm(runtime, tenant)
    with realm.redis() as store:
        names = [
            _named(realm, one) for one in _members(realm, realm.name("sessions", kind, str(id)))
        ]
        return int(store.exists(*names)) if names else 0


def _members(realm: Realm, index: str) -> list[str]:
    return sorted(
        one.decode() if isinstance(one, bytes) else str(one)
        for one in realm.runtime.redis.smembers(index)
    )


def _named(realm: Realm, token_id: str) -> str:
    return realm.name("session", token_id)


def _kind_of(token: str | None) -> VisitorKind | None:
    if token is None or len(token) != _TOKEN_LENGTH or token[1] != ".":
        return None
    return _KINDS.get(token[0])


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()
