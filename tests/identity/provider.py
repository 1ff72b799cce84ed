"""An OpenID Connect provider to test against: a real HTTP server on loopback, keys of its own.

It checks what a provider checks (client, redirect address, PKCE, a code used once) and can be told
to misbehave.
"""

import base64
import hashlib
import json
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from tests.identity.carriers import running

CLIENT_ID = "veche"
CLIENT_SECRET = "a secret: with / signs"


@cache
def _first_key() -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": "first", "use": "sig", "alg": "RS256"})


class OpenIdProvider(ThreadingHTTPServer):
    """`claims` are what it says of the person; `tamper` may change them, or the token, at the last
    moment."""

    daemon_threads = True

    def __init__(self, now: Callable[[], int]) -> None:
        super().__init__(("127.0.0.1", 0), _Pages)
        self.now = now
        self.key = _first_key()
        self.claims: dict[str, Any] = {"sub": "person-1"}
        self.userinfo: dict[str, Any] = {}
        self.tamper: Callable[[dict[str, Any]], None] = lambda claims: None
        self.tamper_token: Callable[[str], str] = lambda token: token
        self.metadata: dict[str, Any] = {}
        self.deny = False
        self.broken = False
        self.asked: list[str] = []
        self.token_requests: list[dict[str, str]] = []
        self.codes: dict[str, dict[str, str]] = {}

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def turn_key(self) -> None:
        """Sign with a new key, as providers do now and then."""
        self.key = RSAKey.generate_key(2048, {"kid": secrets.token_hex(4), "use": "sig"})

    def sign(self, claims: dict[str, Any]) -> str:
        header = {"alg": "RS256", "kid": self.key.kid}
        return self.tamper_token(jwt.encode(header, claims, self.key))

    def sign_with_secret(self, claims: dict[str, Any]) -> str:
        """The classic confusion: a token "signed" with what everybody knows."""
        return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(CLIENT_SECRET.encode()))


class _Pages(BaseHTTPRequestHandler):
    @property
    def provider(self) -> OpenIdProvider:
        return cast("OpenIdProvider", self.server)

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        provider = self.provider
        provider.asked.append(parts.path)
        if provider.broken:
            self._json(500, {})
        elif parts.path == "/.well-known/openid-configuration":
            self._json(
                200,
                {
                    "issuer": provider.issuer,
                    "authorization_endpoint": f"{provider.issuer}/authorize",
                    "token_endpoint": f"{provider.issuer}/token",
                    "userinfo_endpoint": f"{provider.issuer}/userinfo",
                    "jwks_uri": f"{provider.issuer}/keys",
                    **provider.metadata,
                },
            )
        elif parts.path == "/keys":
            self._json(200, {"keys": [provider.key.as_dict(private=False)]})
        elif parts.path == "/userinfo":
            self._json(200, provider.userinfo)
        elif parts.path == "/authorize":
            self._authorize(query)
        else:
            self._json(404, {})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        form = {key: values[0] for key, values in parse_qs(body).items()}
        provider = self.provider
        provider.token_requests.append(form)
        asked = provider.codes.pop(form.get("code", ""), None)
        verifier = form.get("code_verifier", "")
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest())
        if provider.broken:
            self._json(502, {})
        elif not self._client_is_known(form):
            self._json(401, {"error": "invalid_client"})
        elif (
            asked is None
            or asked["redirect_uri"] != form.get("redirect_uri")
            or asked["code_challenge"] != challenge.decode().rstrip("=")
        ):
            self._json(400, {"error": "invalid_grant"})
        else:
            self._json(200, self._tokens(asked))

    def _tokens(self, asked: dict[str, str]) -> dict[str, Any]:
        provider = self.provider
        claims = {
            "iss": provider.issuer,
            "aud": CLIENT_ID,
            "nonce": asked["nonce"],
            "iat": provider.now(),
            "exp": provider.now() + 300,
            **provider.claims,
        }
        provider.tamper(claims)
        return {
            "access_token": "opens-userinfo",
            "token_type": "Bearer",
            "expires_in": 300,
            "id_token": provider.sign(claims),
        }

    def _authorize(self, query: dict[str, str]) -> None:
        provider = self.provider
        if provider.deny:
            answer = {"error": "access_denied", "state": query["state"]}
        else:
            code = secrets.token_urlsafe(16)
            provider.codes[code] = query
            answer = {"code": code, "state": query["state"]}
        self.send_response(302)
        self.send_header("location", f"{query['redirect_uri']}?{urlencode(answer)}")
        self.end_headers()

    def _client_is_known(self, form: dict[str, str]) -> bool:
        if "signature" in form:
            return form["signature"] == f"signed {form['client_id']} {form['code']}"
        if "client_secret" in form:
            return form["client_secret"] == CLIENT_SECRET
        header = self.headers.get("authorization", "").removeprefix("Basic ")
        expected = httpx.URL(params={"a": CLIENT_SECRET}).query.decode()[2:].replace("+", "%20")
        return base64.b64decode(header).decode() == f"{CLIENT_ID}:{expected}"

    def _json(self, status: int, value: object) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def open_id_provider(now: Callable[[], int]) -> Iterator[OpenIdProvider]:
    with running(OpenIdProvider(now)) as provider:
        yield provider


def visit(url: str) -> str:
    """What the person's browser does at the provider: agree, and be sent back to an address."""
    answer = httpx.get(url, follow_redirects=False)
    assert answer.status_code == 302, answer.text
    return answer.headers["location"]


def query_of(url: str) -> dict[str, str]:
    return {key: values[0] for key, values in parse_qs(urlsplit(url).query).items()}
