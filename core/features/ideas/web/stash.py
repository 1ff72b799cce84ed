"""What somebody wrote before signing in, kept for an hour behind a random cookie, so that signing
in loses nothing even without scripts. Files are not kept: they are taken from residents only."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

import msgspec
from litestar import Response
from litestar.datastructures import Cookie

from core.identity.limits import Limit, network_of, spend
from core.identity.realm import Realm
from core.kit.crypto import new_token
from core.web.request import CityRequest

COOKIE: Final = "veche_written"
_KEPT: Final = timedelta(hours=1)
_LARGEST: Final = 24_000
_PATH: Final = "/ideas"
_OFTEN: Final = Limit("ideas.stash", 30, timedelta(hours=1))


def keep(request: CityRequest, response: Response[Any], written: Mapping[str, str]) -> None:
    """Put aside what was written; too long a text is left to the browser's own draft."""
    packed = msgspec.json.encode(dict(written))
    if len(packed) > _LARGEST:
        return
    realm = Realm(request.runtime, request.tenant)
    spend(realm, _OFTEN, network_of(request.address))
    token = new_token(24)
    with realm.redis() as redis:
        redis.set(realm.name("written", realm.digest("written", token)), packed, ex=_KEPT)
    response.set_cookie(
        Cookie(
            key=COOKIE,
            value=token,
            path=_PATH,
            max_age=int(_KEPT.total_seconds()),
            httponly=True,
            samesite="lax",
            secure=request.runtime.settings.public_scheme == "https",
        )
    )


def find(request: CityRequest) -> dict[str, str]:
    """What was put aside in this browser; empty if nothing was."""
    token = request.cookies.get(COOKIE, "")
    if not token or len(token) > 100:
        return {}
    realm = Realm(request.runtime, request.tenant)
    with realm.redis() as redis:
        packed = redis.get(realm.name("written", realm.digest("written", token)))
    if not isinstance(packed, bytes):
        return {}
    return msgspec.json.decode(packed, type=dict[str, str])


def forget(response: Response[Any]) -> None:
    """It has found its place."""
    response.delete_cookie(COOKIE, path=_PATH)
