"""Cookies of signing in: the session, and the short-lived tokens of its steps. None of them can be
read by a script or is sent along with a request from another site's form."""

from datetime import timedelta
from typing import Any, Final

from litestar import Response
from litestar.datastructures import Cookie

from core.identity import codes, oidc, proofs, sessions
from core.identity.sessions import VisitorKind
from core.web.request import SESSION_COOKIE, CityRequest

CODE: Final = "veche_code"
PROOF: Final = "veche_proof"
PROVIDER: Final = "veche_provider"

_STEPS: Final = {CODE: codes.LASTS, PROOF: proofs.LASTS, PROVIDER: oidc.LASTS}


def set_step(request: CityRequest, response: Response[Any], name: str, token: str) -> None:
    """Keep the token of a step for as long as the step lasts."""
    _set(request, response, name, token, _STEPS[name])


def clear_steps(response: Response[Any]) -> None:
    """Signing in is over, or starts anew."""
    for name in _STEPS:
        response.delete_cookie(name)


def set_session(
    request: CityRequest, response: Response[Any], token: str, kind: VisitorKind
) -> None:
    """Keep the session's token; the server decides how long it is good for."""
    _set(request, response, SESSION_COOKIE, token, sessions.LIFETIMES[kind].most)


def clear_session(response: Response[Any]) -> None:
    response.delete_cookie(SESSION_COOKIE)


def _set(
    request: CityRequest, response: Response[Any], name: str, value: str, lasts: timedelta
) -> None:
    response.set_cookie(
        Cookie(
            key=name,
            value=value,
            max_age=int(lasts.total_seconds()),
            path="/",
            httponly=True,
            samesite="lax",
            secure=request.runtime.settings.public_scheme == "https",
        )
    )
