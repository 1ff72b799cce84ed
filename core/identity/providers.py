"""Speaking to an OpenID Connect provider: its metadata, its keys, the exchange of a code.

Nothing here knows a city or a person. What a provider publishes is kept per process for an hour;
keys are fetched anew at once when a token names one that is not known yet.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from threading import Lock
from typing import Any, Final, cast
from urllib.parse import quote, urlsplit

import httpx
import msgspec
from authlib.oauth2 import OAuth2Error
from authlib.oauth2.client import OAuth2Client
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, KeySetSerialization

Signer = Callable[[Mapping[str, str]], Mapping[str, str]]
"""What proves the client to providers that want more than a shared secret: it is given the
parameters of a request (to the authorization or the token endpoint) and returns those to add."""

_TIMEOUT: Final = httpx.Timeout(8.0, connect=4.0)
_KEPT: Final = timedelta(hours=1)
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


class ProviderSilent(Exception):
    """The provider cannot be reached, or answers with an error of its own."""


class ProviderUnsound(Exception):
    """The provider answers, but not as OpenID Connect prescribes."""


class Endpoints(msgspec.Struct, frozen=True):
    """What a provider says of itself at `/.well-known/openid-configuration`."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None = None
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)


class Tokens(msgspec.Struct, frozen=True):
    """What a code was exchanged for."""

    id_token: str
    access_token: str | None = None


_published: dict[str, tuple[datetime, Any]] = {}
_lock: Final = Lock()


def endpoints(issuer: str, *, now: datetime) -> Endpoints:
    """The provider's metadata; raises ProviderSilent or ProviderUnsound."""
    document = _fetch(f"{issuer.rstrip('/')}/.well-known/openid-configuration", now=now)
    try:
        found = msgspec.convert(document, Endpoints)
    except msgspec.ValidationError as error:
        raise ProviderUnsound(f"metadata: {error}") from error
    if found.issuer != issuer:
        # Another issuer's metadata would let it speak for this one.
        raise ProviderUnsound(f"metadata is of the issuer {found.issuer}, not {issuer}")
    for url in (found.authorization_endpoint, found.token_endpoint, found.jwks_uri):
        _require_private(url)
    return found


def keys(provider: Endpoints, *, now: datetime, anew: bool = False) -> KeySet:
    """The keys the provider signs with; `anew` asks it even if some are known."""
    document = _fetch(provider.jwks_uri, now=now, anew=anew)
    try:
        return KeySet.import_key_set(cast("KeySetSerialization", document))
    except (JoseError, KeyError, TypeError, ValueError) as error:
        raise ProviderUnsound(f"keys: {error!r}") from error


def authorization_url(
    provider: Endpoints,
    *,
    client_id: str,
    redirect_uri: str,
    scopes: tuple[str, ...],
    state: str,
    nonce: str,
    code_verifier: str,
    signer: Signer | None,
) -> str:
    """Where to send the browser (authorization code flow with PKCE)."""
    scope = " ".join(scopes)
    extra = _signed(
        signer, client_id=client_id, redirect_uri=redirect_uri, scope=scope, state=state
    )
    client = OAuth2Client(
        session=None,
        client_id=client_id,
        redirect_uri=redirect_uri,
        scope=scope,
        code_challenge_method="S256",
    )
    url, _ = client.create_authorization_url(
        provider.authorization_endpoint,
        state=state,
        nonce=nonce,
        code_verifier=code_verifier,
        **extra,
    )
    return str(url)


def exchange(
    provider: Endpoints,
    *,
    client_id: str,
    client_secret: str | None,
    redirect_uri: str,
    scopes: tuple[str, ...],
    code: str,
    state: str,
    code_verifier: str,
    signer: Signer | None,
) -> Tokens:
    """Trade the code for tokens; the client proves itself by its secret, or by `signer`."""
    extra = _signed(
        signer,
        client_id=client_id,
        redirect_uri=redirect_uri,
        scope=" ".join(scopes),
        state=state,
        code=code,
    )
    auth = httpx.Auth()  # adds nothing
    if signer is None and client_secret is not None:
        if "client_secret_basic" in provider.token_endpoint_auth_methods_supported:
            # RFC 6749, 2.3.1: both halves are form-encoded before they become a password.
            auth = httpx.BasicAuth(quote(client_id, safe=""), quote(client_secret, safe=""))
        else:
            extra = {**extra, "client_secret": client_secret}
    with httpx.Client(timeout=_TIMEOUT, follow_redirects=False) as session:
        client = OAuth2Client(session=session, client_id=client_id, redirect_uri=redirect_uri)
        try:
            answer = client.fetch_token(
                provider.token_endpoint,
                grant_type="authorization_code",
                code=code,
                client_id=client_id,
                redirect_uri=redirect_uri,
                code_verifier=code_verifier,
                auth=auth,
                **extra,
            )
        except OAuth2Error as error:
            raise ProviderUnsound(f"token endpoint: {error}") from error
        except (httpx.HTTPError, ValueError) as error:
            raise ProviderSilent(f"token endpoint: {error!r}") from error
    try:
        return msgspec.convert(dict(answer), Tokens)
    except msgspec.ValidationError as error:
        raise ProviderUnsound(f"token endpoint: {error}") from error


def userinfo(provider: Endpoints, access_token: str) -> dict[str, Any]:
    """Further claims about the person; without such an endpoint there are none."""
    if provider.userinfo_endpoint is None:
        return {}
    _require_private(provider.userinfo_endpoint)
    answer = _get(provider.userinfo_endpoint, {"Authorization": f"Bearer {access_token}"})
    if not isinstance(answer, dict):
        raise ProviderUnsound("userinfo: not a JSON object")
    return answer


def forget_published() -> None:
    """Ask every provider anew; for tests and after a change of a provider's keys."""
    with _lock:
        _published.clear()


def _signed(signer: Signer | None, **parameters: str) -> dict[str, str]:
    return dict(signer(parameters)) if signer is not None else {}


def _fetch(url: str, *, now: datetime, anew: bool = False) -> Any:
    with _lock:
        kept = _published.get(url)
    if kept is not None and not anew and now - kept[0] < _KEPT:
        return kept[1]
    _require_private(url)
    document = _get(url, {})
    with _lock:
        _published[url] = (now, document)
    return document


def _get(url: str, headers: Mapping[str, str]) -> Any:
    try:
        answer = httpx.get(
            url, headers={"Accept": "application/json", **headers}, timeout=_TIMEOUT
        ).raise_for_status()
        return answer.json()
    except (httpx.HTTPError, ValueError) as error:
        raise ProviderSilent(f"{url}: {error!r}") from error


def _require_private(url: str) -> None:
    """Only TLS, except to this very machine (the demo and the tests)."""
    parts = urlsplit(url)
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        return
    raise ProviderUnsound(f"{url} is not https")
