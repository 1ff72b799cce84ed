"""What one process needs to know of its surroundings, read from VECHE_* variables.

Nothing municipal belongs here: a city is described in `tenants/` and in its own schema.
"""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import msgspec


class Misconfigured(Exception):
    """A setting is missing or makes no sense; the message names the variable and the mend."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Settings of one process. `owner_database_url` is present only where schemas are made."""

    database_url: str
    owner_database_url: str | None = None
    redis_url: str
    secret_key: bytes
    tenants: Path = Path("tenants")
    assets: Path = Path("build/assets")
    base_domain: str = "localhost"
    public_port: int | None = None
    public_scheme: Literal["http", "https"] = "https"
    association_host: str = "association"
    operator_host: str = "operator"
    web_workers: int = 1
    web_threads: int = 8
    pool_size: int = 10
    prepared_statements: bool = True
    registry_ttl: float = 2.0
    log: Literal["json", "console"] = "console"
    smtp_url: str | None = None
    mail_from: str = "noreply@localhost"
    sms_url: str | None = None
    trust_proxy: bool = False
    map_tiles: str | None = None
    map_credit: str = ""

    @property
    def map_origin(self) -> str | None:
        """Where pictures of maps come from, as a content security policy names it."""
        if self.map_tiles is None:
            return None
        parts = urlsplit(self.map_tiles)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def owner_url(self) -> str:
        if self.owner_database_url is None:
            raise Misconfigured(
                "VECHE_OWNER_DATABASE_URL is not set: this command makes or changes schemas "
                "and needs the owner role, which web and worker processes must not have."
            )
        return self.owner_database_url

    def host_of(self, label: str) -> str:
        """The host name of a site under the base domain, without port."""
        return f"{label}.{self.base_domain}"

    def url_of(self, host: str, path: str = "/") -> str:
        port = f":{self.public_port}" if self.public_port else ""
        return f"{self.public_scheme}://{host}{port}{path}"


_MINIMUM_SECRET = 32
# One host, and no sign that could end the directive of the policy it is named in.
_TILES = re.compile(
    r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?/(?=\S*\{z\})(?=\S*\{x\})(?=\S*\{y\})[^\s\"';,]+"
)


def read_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Settings from the environment; raises Misconfigured with the name of the variable."""
    env = os.environ if environ is None else environ
    raw = {
        field: value
        for field in Settings.__struct_fields__
        if (value := env.get(f"VECHE_{field.upper()}")) not in (None, "")
    }
    for required in ("database_url", "redis_url", "secret_key"):
        if required not in raw:
            raise Misconfigured(f"VECHE_{required.upper()} is not set; see docs/guides/deploy.md.")
    secret = str(raw.pop("secret_key")).encode()
    if len(secret) < _MINIMUM_SECRET:
        raise Misconfigured("VECHE_SECRET_KEY is too short: give it 32 random bytes or more.")
    try:
        settings = msgspec.convert(
            {**raw, "secret_key": b""},
            Settings,
            strict=False,
            dec_hook=lambda kind, value: kind(value),
        )
    except msgspec.ValidationError as error:
        raise Misconfigured(f"A VECHE_* variable makes no sense: {error}") from error
    if settings.map_tiles is not None and not _TILES.fullmatch(settings.map_tiles):
        raise Misconfigured(
            "VECHE_MAP_TILES makes no sense: it is an address like "
            "https://tiles.example.org/{z}/{x}/{y}.png, of one host."
        )
    return msgspec.structs.replace(settings, secret_key=secret)
