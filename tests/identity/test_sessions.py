"""Sessions: rotation, expiry, signing out, and Redis that does not answer."""

from datetime import timedelta
from uuid import UUID, uuid4

import msgspec
import pytest
import redis

from core.identity import sessions
from core.kit.clock import FixedClock
from core.kit.errors import Forbidden, Unavailable
from core.tenancy.tenant import Tenant
from core.work import Runtime


def begin(runtime: Runtime, city: Tenant, who: UUID | None = None, **more: str) -> str:
    return sessions.begin(runtime, city, kind="resident", id=who or uuid4(), **more)


def test_a_token_leads_to_its_visitor(runtime: Runtime, city: Tenant) -> None:
    who = uuid4()
    visitor = sessions.load(runtime, city, begin(runtime, city, who))
    assert visitor is not None
    assert (visitor.kind, visitor.id, visitor.resident_id) == ("resident", who, who)
    assert visitor.started_at == runtime.clock.now()
    with pytest.raises(Forbidden):
        _ = visitor.staff_id
    with pytest.raises(Forbidden):
        _ = visitor.operator_id


def test_redis_holds_no_token(runtime: Runtime, city: Tenant) -> None:
    token = begin(runtime, city)
    dump = b" ".join(
        bytes(key) + bytes(runtime.redis.dump(key) or b"") for key in runtime.redis.keys("*")
    )
    assert token.encode() not in dump
    assert token[2:].encode() not in dump


@pytest.mark.parametrize("token", [None, "", "r.", "x" * 45, "r." + "a" * 44, "r." + "й" * 43])
def test_nonsense_asks_redis_nothing(
    runtime: Runtime, city: Tenant, token: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    if token is None or len(token) != 45 or not token.startswith("r."):
        monkeypatch.setattr(runtime, "redis", None)
    assert sessions.load(runtime, city, token) is None
    sessions.end(runtime, city, token)


def test_changing_the_kind_in_a_token_gains_nothing(runtime: Runtime, city: Tenant) -> None:
    token = begin(runtime, city)
    assert sessions.load(runtime, city, "s" + token[1:]) is None


def test_signing_in_rotates_the_token(runtime: Runtime, city: Tenant) -> None:
    before = begin(runtime, city)
    after = begin(runtime, city, replacing=before)
    assert before != after
    assert sessions.load(runtime, city, before) is None
    assert sessions.load(runtime, city, after) is not None


def test_use_prolongs_a_session_up_to_a_limit(
    runtime: Runtime, city: Tenant, clock: FixedClock
) -> None:
    token = begin(runtime, city)
    visitor = sessions.load(runtime, city, token)
    assert visitor is not None
    name = f"{city.role}:session:{visitor.token_id}"
    runtime.redis.expire(name, 60)
    sessions.load(runtime, city, token)
    assert runtime.redis.ttl(name) > 60
    clock.move(sessions.LIFETIMES["resident"].most - timedelta(seconds=1))
    assert sessions.load(runtime, city, token) is not None
    clock.move(timedelta(seconds=1))
    assert sessions.load(runtime, city, token) is None
    assert not runtime.redis.exists(name)


def test_signing_out_ends_one_session(runtime: Runtime, city: Tenant) -> None:
    who = uuid4()
    here, there = begin(runtime, city, who), begin(runtime, city, who)
    sessions.end(runtime, city, here)
    sessions.end(runtime, city, here)
    assert sessions.load(runtime, city, here) is None
    assert sessions.load(runtime, city, there) is not None
    assert sessions.count(runtime, city, kind="resident", id=who) == 1


def test_signing_out_everywhere_but_here(runtime: Runtime, city: Tenant) -> None:
    who, other = uuid4(), uuid4()
    tokens = [begin(runtime, city, who) for _ in range(3)]
    stranger = begin(runtime, city, other)
    here = sessions.load(runtime, city, tokens[0])
    assert here is not None
    ended = sessions.end_all(runtime, city, kind="resident", id=who, but=here.token_id)
    assert ended == 2
    assert [sessions.load(runtime, city, token) is not None for token in tokens] == [
        True,
        False,
        False,
    ]
    assert sessions.load(runtime, city, stranger) is not None
    assert sessions.end_all(runtime, city, kind="resident", id=who) == 1
    assert sessions.end_all(runtime, city, kind="resident", id=who) == 0


def test_expired_sessions_are_not_counted(runtime: Runtime, city: Tenant) -> None:
    who = uuid4()
    gone = sessions.load(runtime, city, begin(runtime, city, who))
    assert gone is not None
    runtime.redis.delete(f"{city.role}:session:{gone.token_id}")
    assert sessions.count(runtime, city, kind="resident", id=who) == 0
    begin(runtime, city, who)
    assert runtime.redis.scard(f"{city.role}:sessions:resident:{who}") == 1


def test_without_redis_the_signed_in_are_told_and_others_are_not_asked(
    runtime: Runtime, city: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = begin(runtime, city)
    nowhere = redis.Redis(port=1, socket_connect_timeout=0.2)
    monkeypatch.setattr(runtime, "redis", nowhere)
    assert sessions.load(runtime, city, None) is None
    with pytest.raises(Unavailable):
        sessions.load(runtime, city, token)
    with pytest.raises(Unavailable):
        begin(runtime, city)


def test_operators_are_of_no_city(runtime: Runtime, city: Tenant) -> None:
    token = sessions.begin(runtime, None, kind="operator", id=7, name="Оператор")
    visitor = sessions.load(runtime, None, token)
    assert visitor is not None
    assert (visitor.operator_id, visitor.name) == (7, "Оператор")
    assert sessions.load(runtime, city, token) is None


def test_a_visitor_is_a_plain_value(runtime: Runtime, city: Tenant) -> None:
    visitor = sessions.load(runtime, city, begin(runtime, city))
    assert visitor == msgspec.json.decode(msgspec.json.encode(visitor), type=sessions.Visitor)
