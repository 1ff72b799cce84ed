"""Signing in through an OpenID Connect provider that a city has configured.

Each attempt has a state, a nonce and a PKCE verifier, kept in Redis under the city's prefix and
bound to the browser by a token of its own; it can come back once. What comes back is an Identity:
the person's identifier there as a keyed hash, and only those claims that the city asks for.
"""

import hashlib
import os
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec
import structlog
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from core.identity import providers
from core.identity.contacts import Contact, read_contact
from core.identity.providers import Endpoints, ProviderSilent, ProviderUnsound, Signer, Tokens
from core.identity.realm import Realm
from core.kit.crypto import keyed_hash, new_token, same
from core.kit.errors import Invalid, NotFound, Problem, Unavailable
from core.kit.level import Level
from core.kit.text import Text
from core.tenancy.tenant import Provider

log = structlog.get_logger("identity")

LASTS: Final = timedelta(minutes=15)
_LEEWAY: Final = 60
# Signatures only: a token "signed" with the client's secret, or not at all, is no token.
_ALGORITHMS: Final = (
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA",
)  # fmt: skip


class Identity(msgspec.Struct, frozen=True):
    """Somebody as a provider knows them. `subject` is a keyed hash of this city, never the
    identifier itself."""

    provider: str
    subject: bytes
    grants: Level
    contacts: tuple[Contact, ...] = ()
    born_on: date | None = None
    district: str | None = None


class Departure(msgspec.Struct, frozen=True):
    """The browser leaves for the provider: the address, and the token to keep meanwhile."""

    url: str
    browser_token: str


class Arrival(msgspec.Struct, frozen=True):
    """The browser is back. `resident_id` is who linked their account, if it was for that."""

    identity: Identity
    next: str
    resident_id: UUID | None


class _Attempt(msgspec.Struct, frozen=True):
    provider: str
    redirect_uri: str
    nonce: str
    code_verifier: str
    browser: str
    next: str
    resident_id: UUID | None


class ProviderDown(Unavailable):
    """The provider does not answer, or this installation is not set up for it."""

    def __init__(self, provider: Provider) -> None:
        name = provider.label
        super().__init__(
            "provider_down",
            Text(ru=f"«{name.ru}» сейчас не отвечает.", en=f"{name.en} does not answer just now."),
            Text(
                ru="Попробуйте через несколько минут или войдите по коду.",
                en="Try again in a few minutes, or sign in with a code.",
            ),
        )


class ProviderDenied(Problem):
    """The person, or the provider, said no."""

    status = 403

    def __init__(self, provider: Provider) -> None:
        name = provider.label
        super().__init__(
            "provider_denied",
            Text(
                ru=f"Вход через «{name.ru}» отменён.",
                en=f"Signing in with {name.en} was cancelled.",
            ),
            Text(
                ru="Начните ещё раз или выберите другой способ входа.",
                en="Start again, or choose another way to sign in.",
            ),
        )


class AttemptGone(Problem):
    """The address the provider sent the browser to was used already, is old, or is not this
    browser's."""

    status = 410

    def __init__(self) -> None:
        super().__init__(
            "attempt_gone",
            Text(
                ru="Эта попытка входа уже использована или устарела.",
                en="This attempt to sign in was used already or is too old.",
            ),
            Text(ru="Начните вход ещё раз.", en="Please start signing in again."),
        )


class AnswerInvalid(Problem):
    """What the provider sent does not pass the checks; nobody is signed in."""

    status = 502

    def __init__(self, provider: Provider) -> None:
        name = provider.label
        super().__init__(
            "provider_answer",
            Text(
                ru=f"Ответ «{name.ru}» не прошёл проверку.",
                en=f"The answer of {name.en} did not pass our checks.",
            ),
            Text(
                ru="Вход не выполнен. Начните ещё раз; если не поможет, войдите по коду"
                " и сообщите администрации города.",
                en="You are not signed in. Start again; if that does not help, sign in with a"
                " code and tell the city administration.",
            ),
        )


def depart(
    realm: Realm,
    provider: Provider,
    *,
    redirect_uri: str,
    next: str,
    resident_id: UUID | None = None,
    signer: Signer | None = None,
) -> Departure:
    """Begin an attempt; `resident_id` links the identity to somebody already signed in."""
    state, browser_token = new_token(32), new_token(32)
    attempt = _Attempt(
        provider=provider.key,
        redirect_uri=redirect_uri,
        nonce=new_token(32),
        code_verifier=new_token(48),
        browser=_hash(browser_token),
        next=next,
        resident_id=resident_id,
    )
    url = providers.authorization_url(
        _endpoints(realm, provider),
        client_id=provider.client_id,
        redirect_uri=redirect_uri,
        scopes=provider.scopes,
        state=state,
        nonce=attempt.nonce,
        code_verifier=attempt.code_verifier,
        signer=signer,
    )
    with realm.redis() as store:
        store.set(realm.name("oidc", _hash(state)), msgspec.json.encode(attempt), ex=LASTS)
    return Departure(url, browser_token)


def arrive(
    realm: Realm,
    provider: Provider,
    answer: Mapping[str, str],
    *,
    browser_token: str | None,
    signer: Signer | None = None,
) -> Arrival:
    """Finish an attempt with the parameters that came back in the address.

    Raises AttemptGone, ProviderDenied, ProviderDown or AnswerInvalid.
    """
    attempt = _take_attempt(realm, answer.get("state"))
    if (
        attempt is None
        or attempt.provider != provider.key
        or browser_token is None
        or not same(attempt.browser, _hash(browser_token))
    ):
        raise AttemptGone
    if answer.get("error") == "access_denied":
        raise ProviderDenied(provider)
    code = answer.get("code")
    if code is None:
        log.warning("provider_error", provider=provider.key, error=answer.get("error"))
        raise ProviderDown(provider)
    try:
        metadata = _endpoints(realm, provider)
        tokens = providers.exchange(
            metadata,
            client_id=provider.client_id,
            client_secret=None if signer else secret_of(provider),
            redirect_uri=attempt.redirect_uri,
            scopes=provider.scopes,
            code=code,
            state=answer["state"],
            code_verifier=attempt.code_verifier,
            signer=signer,
        )
        claims = _claims(realm, provider, metadata, tokens, nonce=attempt.nonce)
    except ProviderSilent as error:
        log.warning("provider_silent", provider=provider.key, error=str(error))
        raise ProviderDown(provider) from error
    except ProviderUnsound as error:
        log.warning("provider_unsound", provider=provider.key, error=str(error))
        raise AnswerInvalid(provider) from error
    return Arrival(identity_of(realm, provider, claims), attempt.next, attempt.resident_id)


def secret_of(provider: Provider) -> str:
    """The client's secret: a city names it, the environment holds it.

    Under `VECHE_SECRET_<NAME>`, or under the bare name; never another setting of the installation,
    whatever a city's folder says.
    """
    name = provider.secret.upper().replace("-", "_")
    value = os.environ.get(f"VECHE_SECRET_{name}")
    if not value and not name.startswith("VECHE_"):
        value = os.environ.get(name)
    if not value or name == "KEY":
        log.error("provider_secret_missing", provider=provider.key, secret=name)
        raise ProviderDown(provider)
    return value


def identity_of(realm: Realm, provider: Provider, claims: Mapping[str, Any]) -> Identity:
    """The claims a city asks for; whatever else the provider says is dropped here."""
    wanted = provider.claims
    subject = claims.get(wanted.subject)
    if not isinstance(subject, str) or not subject:
        log.warning("provider_subject_missing", provider=provider.key)
        raise AnswerInvalid(provider)
    return Identity(
        provider=provider.key,
        # With the issuer, so that a provider re-pointed elsewhere cannot claim known people.
        subject=keyed_hash(
            realm.key("provider logins"), provider.issuer.encode(), subject.encode()
        ),
        grants=provider.grants,
        contacts=tuple(
            contact
            for claim in (wanted.email, wanted.phone)
            if claim is not None and (contact := _contact(claims, claim)) is not None
        ),
        born_on=_day(claims.get(wanted.birth_date)) if wanted.birth_date else None,
        district=_district(realm, claims.get(wanted.district)) if wanted.district else None,
    )


def _endpoints(realm: Realm, provider: Provider) -> Endpoints:
    try:
        return providers.endpoints(provider.issuer, now=realm.now)
    except ProviderSilent as error:
        log.warning("provider_silent", provider=provider.key, error=str(error))
        raise ProviderDown(provider) from error
    except ProviderUnsound as error:
        log.error("provider_unsound", provider=provider.key, error=str(error))
        raise AnswerInvalid(provider) from error


def _take_attempt(realm: Realm, state: str | None) -> _Attempt | None:
    if not state:
        return None
    with realm.redis() as store:
        raw = store.getdel(realm.name("oidc", _hash(state)))
    return msgspec.json.decode(raw, type=_Attempt) if raw else None


def _claims(
    realm: Realm, provider: Provider, metadata: Endpoints, tokens: Tokens, *, nonce: str
) -> dict[str, Any]:
    """The claims of a valid ID token, and of the userinfo endpoint if some are still missing."""
    token = _verified(realm, metadata, tokens.id_token)
    claims = CodeIDToken(
        token.claims,
        token.header,
        options={
            "iss": {"essential": True, "value": provider.issuer},
            "aud": {"essential": True, "value": provider.client_id},
            "sub": {"essential": True},
            "exp": {"essential": True},
            "iat": {"essential": True},
            "nonce": {"essential": True, "value": nonce},
        },
        params={
            "nonce": nonce,
            "client_id": provider.client_id,
            "access_token": tokens.access_token,
        },
    )
    try:
        claims.validate(now=int(realm.now.timestamp()), leeway=_LEEWAY)
    except JoseError as error:
        raise ProviderUnsound(f"ID token: {error}") from error
    found: dict[str, Any] = dict(token.claims)
    wanted = provider.claims
    asked = (wanted.email, wanted.phone, wanted.birth_date, wanted.district)
    if tokens.access_token and any(claim and claim not in found for claim in asked):
        further = providers.userinfo(metadata, tokens.access_token)
        if further and further.get("sub") != found["sub"]:
            raise ProviderUnsound("userinfo speaks of somebody else")
        found = {**further, **found}
    return found


def _verified(realm: Realm, metadata: Endpoints, id_token: str) -> jwt.Token:
    """The ID token if the provider's own key has signed it."""

    def decode(keys: KeySet) -> jwt.Token:
        return jwt.decode(id_token, keys, algorithms=_ALGORITHMS)

    try:
        try:
            return decode(providers.keys(metadata, now=realm.now))
        except InvalidKeyIdError:
            # The provider has changed its keys since we last looked.
            return decode(providers.keys(metadata, now=realm.now, anew=True))
    except (JoseError, ValueError) as error:
        raise ProviderUnsound(f"ID token: {error!r}") from error


def _contact(claims: Mapping[str, Any], claim: str) -> Contact | None:
    """A contact only if the provider says that it has checked it."""
    value, verified = claims.get(claim), claims.get(f"{claim}_verified")
    if not isinstance(value, str) or verified not in (True, "true"):
        return None
    try:
        return read_contact(value)
    except Invalid:
        return None


def _day(value: object) -> date | None:
    """A date as OpenID Connect writes it (1990-05-17), or as Russian systems do (17.05.1990)."""
    if not isinstance(value, str):
        return None
    text = "-".join(reversed(value.split("."))) if "." in value else value
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _district(realm: Realm, value: object) -> str | None:
    """A district of the city by key or by name; anything else is not taken."""
    if realm.tenant is None or not isinstance(value, str):
        return None
    wanted = value.strip().casefold()
    for one in realm.tenant.profile.districts:
        if wanted in (one.key, one.name.ru.casefold(), one.name.en.casefold()):
            return one.key
    return None


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


def provider_of(realm: Realm, key: str) -> Provider:
    """A provider of the city by its key; raises NotFound."""
    found = realm.tenant.profile.sign_in.provider(key) if realm.tenant else None
    if found is None:
        raise NotFound
    return found
