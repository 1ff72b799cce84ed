"""Signing in through a provider, against a real server that also misbehaves."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import msgspec
import pytest
from joserfc import jwt

from core.identity import oidc, providers
from core.identity.contacts import Contact
from core.identity.oidc import AnswerInvalid, Arrival, AttemptGone, ProviderDenied, ProviderDown
from core.identity.realm import Realm
from core.kit.clock import FixedClock
from core.kit.errors import NotFound
from core.kit.level import Level
from core.tenancy.tenant import Provider, Tenant
from core.work import Runtime
from tests.identity.provider import CLIENT_ID, CLIENT_SECRET, OpenIdProvider, query_of, visit

BACK = "http://gubkinsky.localhost/sign-in/with/esia/back"


@pytest.fixture
def realm(runtime: Runtime, open_city: Tenant) -> Realm:
    return Realm(runtime, open_city)


def leave(realm: Realm, provider: Provider, **more: Any) -> oidc.Departure:
    return oidc.depart(realm, provider, redirect_uri=BACK, next="/polls", **more)


def come_back(realm: Realm, provider: Provider, **more: Any) -> Arrival:
    """The whole way there and back."""
    departure = leave(realm, provider, **more)
    answer = query_of(visit(departure.url))
    return oidc.arrive(
        realm,
        provider,
        answer,
        browser_token=departure.browser_token,
        signer=more.get("signer"),
    )


def test_a_person_is_known_by_a_keyed_hash(
    realm: Realm, trusted: Provider, openid: OpenIdProvider
) -> None:
    first, second = come_back(realm, trusted), come_back(realm, trusted)
    assert first.next == "/polls"
    assert first.identity.grants is Level.IDENTITY
    assert first.identity.subject == second.identity.subject
    assert b"person-1" not in first.identity.subject
    openid.claims["sub"] = "person-2"
    assert come_back(realm, trusted).identity.subject != first.identity.subject


def test_the_request_follows_the_standard(realm: Realm, trusted: Provider) -> None:
    departure = leave(realm, trusted)
    asked = query_of(departure.url)
    assert asked["response_type"] == "code"
    assert asked["client_id"] == CLIENT_ID
    assert asked["redirect_uri"] == BACK
    assert asked["scope"] == "openid email"
    assert asked["code_challenge_method"] == "S256"
    for secret in ("state", "nonce", "code_challenge"):
        assert len(asked[secret]) >= 32
    assert CLIENT_SECRET not in departure.url
    assert query_of(leave(realm, trusted).url)["state"] != asked["state"]


def test_redis_holds_no_state_and_no_browser_token(
    realm: Realm, runtime: Runtime, trusted: Provider
) -> None:
    departure = leave(realm, trusted)
    (name,) = runtime.redis.keys("*:oidc:*")
    assert name.startswith(f"{realm.role}:".encode())
    kept = name + (runtime.redis.get(name) or b"")
    assert query_of(departure.url)["state"].encode() not in kept
    assert departure.browser_token.encode() not in kept


def test_only_the_claims_the_city_wants_are_taken(
    realm: Realm, open_city: Tenant, trusted: Provider, openid: OpenIdProvider
) -> None:
    district = open_city.profile.districts[0]
    openid.claims |= {
        "email": "Anna@Example.org",
        "email_verified": True,
        "phone_number": "8 912 345-67-89",
        "phone_number_verified": True,
        "birthdate": "17.05.1990",
        "district": f" {district.name.ru.upper()} ",
        "snils": "112-233-445 95",
    }
    identity = come_back(realm, trusted).identity
    assert identity.contacts == (
        Contact("email", "anna@example.org"),
        Contact("phone", "+79123456789"),
    )
    assert identity.born_on == date(1990, 5, 17)
    assert identity.district == district.key
    assert b"112-233" not in msgspec.json.encode(identity)
    nothing = msgspec.structs.replace(trusted, claims=type(trusted.claims)())
    bare = come_back(realm, nothing).identity
    assert (bare.contacts, bare.born_on, bare.district) == ((), None, None)


@pytest.mark.parametrize(
    "claims",
    [
        {"email": "anna@example.org"},
        {"email": "anna@example.org", "email_verified": False},
        {"email": "nonsense", "email_verified": True},
        {"email": 7, "email_verified": True},
        {"birthdate": "0000-05-17"},
        {"birthdate": "yesterday"},
        {"district": "Atlantis"},
        {"district": ["mkr-1"]},
    ],
)
def test_what_is_unchecked_or_senseless_is_left_out(
    realm: Realm, trusted: Provider, openid: OpenIdProvider, claims: Mapping[str, Any]
) -> None:
    openid.claims |= claims
    identity = come_back(realm, trusted).identity
    assert (identity.contacts, identity.born_on, identity.district) == ((), None, None)


def test_missing_claims_are_asked_of_userinfo(
    realm: Realm, trusted: Provider, openid: OpenIdProvider
) -> None:
    openid.userinfo = {"sub": "person-1", "birthdate": "1990-05-17"}
    assert come_back(realm, trusted).identity.born_on == date(1990, 5, 17)
    openid.userinfo = {"sub": "somebody-else", "birthdate": "1980-01-01"}
    with pytest.raises(AnswerInvalid):
        come_back(realm, trusted)


def test_an_answer_comes_back_once(realm: Realm, trusted: Provider) -> None:
    departure = leave(realm, trusted)
    answer = query_of(visit(departure.url))
    oidc.arrive(realm, trusted, answer, browser_token=departure.browser_token)
    with pytest.raises(AttemptGone):
        oidc.arrive(realm, trusted, answer, browser_token=departure.browser_token)


def test_an_answer_belongs_to_the_browser_that_left(realm: Realm, trusted: Provider) -> None:
    """Somebody who is handed the address of another person's sign-in is not signed in by it."""
    victim = leave(realm, trusted)
    for token in (None, "", "made-up", victim.browser_token):
        attacker = leave(realm, trusted)
        answer = query_of(visit(attacker.url))
        with pytest.raises(AttemptGone):
            oidc.arrive(realm, trusted, answer, browser_token=token)


def test_an_answer_belongs_to_its_provider_and_city(
    realm: Realm, runtime: Runtime, other_city: Tenant, trusted: Provider
) -> None:
    other_provider = msgspec.structs.replace(trusted, key="vk")
    departure = leave(realm, trusted)
    answer = query_of(visit(departure.url))
    with pytest.raises(AttemptGone):
        oidc.arrive(realm, other_provider, answer, browser_token=departure.browser_token)
    departure = leave(realm, trusted)
    answer = query_of(visit(departure.url))
    with pytest.raises(AttemptGone):
        oidc.arrive(
            Realm(runtime, other_city), trusted, answer, browser_token=departure.browser_token
        )


@pytest.mark.parametrize("answer", [{}, {"code": "x"}, {"state": "made-up", "code": "x"}])
def test_an_answer_to_nothing(realm: Realm, trusted: Provider, answer: Mapping[str, str]) -> None:
    with pytest.raises(AttemptGone):
        oidc.arrive(realm, trusted, answer, browser_token="x")


def test_somebody_who_says_no(realm: Realm, trusted: Provider, openid: OpenIdProvider) -> None:
    openid.deny = True
    with pytest.raises(ProviderDenied) as refused:
        come_back(realm, trusted)
    assert refused.value.advice is not None


def test_another_error_of_the_provider(realm: Realm, trusted: Provider) -> None:
    departure = leave(realm, trusted)
    state = query_of(departure.url)["state"]
    with pytest.raises(ProviderDown):
        oidc.arrive(
            realm,
            trusted,
            {"state": state, "error": "server_error"},
            browser_token=departure.browser_token,
        )


def put(name: str, value: object) -> Any:
    def tamper(claims: dict[str, Any]) -> None:
        claims[name] = value

    return tamper


def drop(name: str) -> Any:
    def tamper(claims: dict[str, Any]) -> None:
        claims.pop(name)

    return tamper


def shift(name: str, seconds: int) -> Any:
    def tamper(claims: dict[str, Any]) -> None:
        claims[name] += seconds

    return tamper


@pytest.mark.parametrize(
    "tamper",
    [
        pytest.param(put("nonce", "another"), id="wrong nonce"),
        pytest.param(drop("nonce"), id="no nonce"),
        pytest.param(put("iss", "https://evil.example.org"), id="wrong issuer"),
        pytest.param(drop("iss"), id="no issuer"),
        pytest.param(put("aud", "another-client"), id="wrong audience"),
        pytest.param(put("aud", ["another-client", "a-third"]), id="wrong audiences"),
        pytest.param(put("aud", [CLIENT_ID, "another"]), id="two audiences, no party"),
        pytest.param(put("azp", "another-client"), id="wrong party"),
        pytest.param(shift("exp", -400), id="expired"),
        pytest.param(put("exp", "tomorrow"), id="senseless expiry"),
        pytest.param(drop("exp"), id="no expiry"),
        pytest.param(shift("iat", 600), id="from the future"),
        pytest.param(drop("sub"), id="no subject"),
        pytest.param(put("sub", ""), id="empty subject"),
        pytest.param(put("at_hash", "AAAAAAAAAAAAAAAAAAAAAA"), id="another access token"),
    ],
)
def test_a_token_that_does_not_fit(
    realm: Realm, trusted: Provider, openid: OpenIdProvider, tamper: Any
) -> None:
    openid.tamper = tamper
    with pytest.raises(AnswerInvalid):
        come_back(realm, trusted)


def test_an_expired_token_passes_within_a_minute_of_leeway(
    realm: Realm, trusted: Provider, openid: OpenIdProvider, clock: FixedClock
) -> None:
    openid.tamper = put("exp", int(clock.now().timestamp()) - 30)
    assert come_back(realm, trusted).identity


def _alter(token: str) -> str:
    header, payload, signature = token.split(".")
    flipped = "A" if signature[0] != "A" else "B"
    return f"{header}.{payload}.{flipped}{signature[1:]}"


def _unsigned(token: str) -> str:
    return f"eyJhbGciOiJub25lIn0.{token.split('.')[1]}."


@pytest.mark.parametrize("tamper", [_alter, _unsigned, lambda token: "nonsense", lambda _: ""])
def test_a_token_nobody_has_signed(
    realm: Realm, trusted: Provider, openid: OpenIdProvider, tamper: Any
) -> None:
    openid.tamper_token = tamper
    with pytest.raises(AnswerInvalid):
        come_back(realm, trusted)


def test_a_token_signed_with_the_clients_secret(
    realm: Realm, trusted: Provider, openid: OpenIdProvider
) -> None:
    def resign(token: str) -> str:
        return openid.sign_with_secret(jwt.decode(token, openid.key).claims)

    openid.tamper_token = resign
    with pytest.raises(AnswerInvalid):
        come_back(realm, trusted)


def test_a_token_signed_by_another_key_of_the_same_name(
    realm: Realm, trusted: Provider, openid: OpenIdProvider
) -> None:
    come_back(realm, trusted)
    impostor = type(openid.key).generate_key(2048, {"kid": openid.key.kid})

    def resign(token: str) -> str:
        claims = jwt.decode(token, openid.key).claims
        return jwt.encode({"alg": "RS256", "kid": openid.key.kid}, claims, impostor)

    openid.tamper_token = resign
    with pytest.raises(AnswerInvalid):
        come_back(realm, trusted)


def test_a_provider_may_change_its_keys(
    realm: Realm, trusted: Provider, openid: OpenIdProvider
) -> None:
    come_back(realm, trusted)
    openid.turn_key()
    assert come_back(realm, trusted).identity
    assert openid.asked.count("/keys") == 2


def test_what_a_provider_publishes_is_asked_once_an_hour(
    realm: Realm, trusted: Provider, openid: OpenIdProvider, clock: FixedClock
) -> None:
    for _ in range(3):
        come_back(realm, trusted)
    assert openid.asked.count("/.well-known/openid-configuration") == 1
    assert openid.asked.count("/keys") == 1
    clock.move(timedelta(hours=1, seconds=1))
    come_back(realm, trusted)
    assert openid.asked.count("/.well-known/openid-configuration") == 2


def test_a_provider_that_is_away(realm: Realm, trusted: Provider, openid: OpenIdProvider) -> None:
    departure = leave(realm, trusted)
    answer = query_of(visit(departure.url))
    openid.broken = True
    with pytest.raises(ProviderDown):
        oidc.arrive(realm, trusted, answer, browser_token=departure.browser_token)
    providers.forget_published()
    with pytest.raises(ProviderDown):
        leave(realm, trusted)
    unreachable = msgspec.structs.replace(trusted, issuer="http://127.0.0.1:1")
    with pytest.raises(ProviderDown) as refused:
        leave(realm, unreachable)
    assert refused.value.status == 503


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://evil.example.org"},
        {"token_endpoint": "http://evil.example.org/token"},
        {"jwks_uri": "file:///etc/passwd"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"jwks_uri": None},
    ],
)
def test_a_provider_that_says_something_unsound(
    realm: Realm, trusted: Provider, openid: OpenIdProvider, metadata: Mapping[str, Any]
) -> None:
    openid.metadata = dict(metadata)
    with pytest.raises(AnswerInvalid):
        leave(realm, trusted)


def test_only_tls_except_to_this_machine(realm: Realm, trusted: Provider) -> None:
    with pytest.raises(AnswerInvalid):
        leave(realm, msgspec.structs.replace(trusted, issuer="http://esia.example.org"))


def test_a_wrong_or_missing_secret(
    realm: Realm, trusted: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VECHE_SECRET_TEST_PROVIDER", "wrong")
    with pytest.raises(AnswerInvalid):
        come_back(realm, trusted)
    monkeypatch.delenv("VECHE_SECRET_TEST_PROVIDER")
    with pytest.raises(ProviderDown):
        come_back(realm, trusted)


def test_a_citys_folder_names_no_other_setting(
    trusted: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OIDC_SECRET", "theirs")
    monkeypatch.setenv("VECHE_SECRET_KEY", "the installation's own")
    monkeypatch.setenv("VECHE_DATABASE_URL", "the installation's own")
    assert oidc.secret_of(msgspec.structs.replace(trusted, secret="OIDC_SECRET")) == "theirs"
    for name in ("VECHE_SECRET_KEY", "VECHE_DATABASE_URL", "KEY", "NOWHERE"):
        with pytest.raises(ProviderDown):
            oidc.secret_of(msgspec.structs.replace(trusted, secret=name))


def test_the_secret_may_go_into_the_form(
    realm: Realm, trusted: Provider, openid: OpenIdProvider
) -> None:
    openid.metadata = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    assert come_back(realm, trusted).identity
    assert openid.token_requests[-1]["client_secret"] == CLIENT_SECRET


def test_a_signer_takes_the_place_of_the_secret(
    realm: Realm, trusted: Provider, openid: OpenIdProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As ESIA wants it: both requests carry a signature over their own parameters."""
    monkeypatch.delenv("VECHE_SECRET_TEST_PROVIDER")
    seen: list[Mapping[str, str]] = []

    def sign(parameters: Mapping[str, str]) -> Mapping[str, str]:
        seen.append(parameters)
        return {"signature": f"signed {parameters['client_id']} {parameters.get('code', '')}"}

    departure = leave(realm, trusted, signer=sign)
    assert query_of(departure.url)["signature"] == f"signed {CLIENT_ID} "
    assert come_back(realm, trusted, signer=sign).identity
    assert "client_secret" not in openid.token_requests[-1]
    for one in seen:
        assert set(one) >= {"client_id", "scope", "state", "redirect_uri"}


def test_linking_remembers_who_asked(realm: Realm, trusted: Provider) -> None:
    who = uuid4()
    assert come_back(realm, trusted, resident_id=who).resident_id == who


def test_a_provider_the_city_does_not_know(
    realm: Realm, runtime: Runtime, trusted: Provider
) -> None:
    assert oidc.provider_of(realm, "esia") == trusted
    for place in (realm, Realm(runtime, None)):
        with pytest.raises(NotFound):
            oidc.provider_of(place, "vk")
