"""Whatever one city gives out means nothing in another, though both lie in one Redis."""

from collections.abc import Callable
from contextlib import suppress
from uuid import uuid4

import msgspec
import pytest

from core.identity import codes, oidc, proofs, residents, sessions, tokens, totp
from core.identity.codes import Challenge, Purpose
from core.identity.oidc import AttemptGone, Identity
from core.identity.proofs import Proof
from core.identity.realm import Realm
from core.kit.crypto import Unsealable, unseal
from core.kit.errors import Problem
from core.kit.level import Level
from core.tenancy.tenant import Provider, Tenant
from core.work import Runtime
from tests.identity.build import ADDRESS, Begin, email, official, resident
from tests.identity.provider import query_of, visit

Cities = tuple[Tenant, Tenant]


@pytest.fixture
def cities(city: Tenant, other_city: Tenant) -> Cities:
    return city, other_city


def session(runtime: Runtime, work: Begin, here: Tenant) -> Callable[[Tenant], object]:
    token = sessions.begin(runtime, here, kind="resident", id=uuid4())
    return lambda there: sessions.load(runtime, there, token)


def code(runtime: Runtime, work: Begin, here: Tenant) -> Callable[[Tenant], object]:
    token, digits = codes.new_code(
        Realm(runtime, here), Challenge(email(), Purpose.SIGN_IN), address=ADDRESS
    )
    return lambda there: codes.check_code(
        Realm(runtime, there), token, digits, purpose=Purpose.SIGN_IN, address=ADDRESS
    )


def proof(runtime: Runtime, work: Begin, here: Tenant) -> Callable[[Tenant], object]:
    token = proofs.keep(Realm(runtime, here), Proof("/", email()))
    return lambda there: proofs.look(Realm(runtime, there), token)


def api_token(runtime: Runtime, work: Begin, here: Tenant) -> Callable[[Tenant], object]:
    with work(here) as w:
        token = tokens.issue(w, resident(w), name="бот", lasts=tokens.LIFETIMES[0])
    return lambda there: tokens.resident_of(runtime, there, token)


def person(runtime: Runtime, work: Begin, here: Tenant) -> Callable[[Tenant], object]:
    with work(here) as w:
        resident(w)

    def look(there: Tenant) -> object:
        with work(there) as w:
            return residents.find(w, contact=email())

    return look


def provider_login(runtime: Runtime, work: Begin, here: Tenant) -> Callable[[Tenant], object]:
    subject = Realm(runtime, here).digest("provider logins", "person-1")
    with work(here) as w:
        residents.find_or_create(w, identity=Identity("esia", subject.encode(), Level.IDENTITY))

    def look(there: Tenant) -> object:
        elsewhere = Realm(runtime, there).digest("provider logins", "person-1")
        with work(there) as w:
            return residents.find(w, identity=Identity("esia", elsewhere.encode(), Level.IDENTITY))

    return look


def enrolment(runtime: Runtime, work: Begin, here: Tenant) -> Callable[[Tenant], object]:
    with work(here) as w:
        boss = official(w)
        totp.begin_enrolment(w, boss)

    def look(there: Tenant) -> object:
        with work(there) as w:
            return totp.begin_enrolment(w, boss)

    return look


@pytest.mark.parametrize(
    "make", [session, code, proof, api_token, person, provider_login, enrolment]
)
def test_nothing_of_one_city_works_in_another(
    runtime: Runtime,
    work: Begin,
    cities: Cities,
    make: Callable[[Runtime, Begin, Tenant], Callable[[Tenant], object]],
) -> None:
    here, there = cities
    use = make(runtime, work, here)
    with suppress(Problem):
        assert use(there) is None
    assert use(here), "and at home it works"


def test_a_providers_state_is_of_one_city(
    runtime: Runtime, work: Begin, cities: Cities, trusted: Provider
) -> None:
    here, there = (Realm(runtime, one) for one in cities)
    departure = oidc.depart(here, trusted, redirect_uri="http://here/back", next="/")
    answer = query_of(visit(departure.url))
    with pytest.raises(AttemptGone):
        oidc.arrive(there, trusted, answer, browser_token=departure.browser_token)
    assert oidc.arrive(here, trusted, answer, browser_token=departure.browser_token)


def test_a_person_at_a_provider_is_somebody_else_in_each_city(
    runtime: Runtime, cities: Cities, trusted: Provider
) -> None:
    here, there = (Realm(runtime, one) for one in cities)
    claims = {"sub": "person-1"}
    subjects = {oidc.identity_of(one, trusted, claims).subject for one in (here, there)}
    assert len(subjects) == 2
    elsewhere = msgspec.structs.replace(trusted, issuer="https://evil.example.org")
    assert oidc.identity_of(here, elsewhere, claims).subject not in subjects


def test_every_key_in_redis_says_whose_it_is(
    runtime: Runtime, work: Begin, cities: Cities, trusted: Provider
) -> None:
    here, _ = cities
    for make in (session, code, proof, enrolment):
        make(runtime, work, here)
    oidc.depart(Realm(runtime, here), trusted, redirect_uri="http://here/back", next="/")
    names = [key.decode() for key in runtime.redis.keys("*")]
    assert len(names) >= 5
    assert all(name.startswith(f"{here.role}:") for name in names)
    assert all(runtime.redis.ttl(name) > 0 for name in names), "nothing stays for ever"


def test_what_is_sealed_in_one_city_opens_in_no_other(
    runtime: Runtime, work: Begin, cities: Cities
) -> None:
    here, there = (Realm(runtime, one) for one in cities)
    enrolment(runtime, work, cities[0])
    (name,) = runtime.redis.keys("*totp-new*")
    kept = runtime.redis.get(name)
    assert unseal(here.key("totp"), kept)
    with pytest.raises(Unsealable):
        unseal(there.key("totp"), kept)
