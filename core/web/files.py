"""Answers that are files. Who may see a file, the slice's own route has decided already."""

import re
from hashlib import sha256
from typing import Any, Final
from urllib.parse import quote

from litestar import Response

from core.documents.produce import Produced
from core.files.store import Stored
from core.web.request import CityRequest

_DAY: Final = 86_400
# A file is somebody else's words: whatever it holds runs nothing and reaches nothing of ours.
_SANDBOX: Final = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def file_response(request: CityRequest, stored: Stored, public: bool) -> Response[Any]:
    """Pictures in place, anything else to be saved. `public` files may be kept by caches for a
    day; others only by the browser, which asks again each time."""
    digest = sha256(stored.content).hexdigest()[:32]
    headers = {
        "etag": f'"{digest}"',
        "cache-control": f"public, max-age={_DAY}" if public else "private, no-cache",
        "x-content-type-options": "nosniff",
        "content-security-policy": _SANDBOX,
        "content-disposition": disposition(
            stored.name, inline=stored.media_type.startswith("image/")
        ),
    }
    if f'"{digest}"' in (request.headers.get("if-none-match") or ""):
        return Response(b"", status_code=304, headers=headers, media_type=stored.media_type)
    return Response(stored.content, headers=headers, media_type=stored.media_type)


def disposition(name: str, *, inline: bool = False) -> str:
    """A Content-Disposition that every browser reads: a plain name, and the real one beside it."""
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.") or "file"
    kind = "inline" if inline else "attachment"
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def document_response(made: Produced) -> Response[Any]:
    """An official document, made anew for whoever asks."""
    return Response(
        made.content,
        media_type=made.media_type,
        headers={
            "cache-control": "private, no-cache",
            "content-disposition": disposition(made.name),
        },
    )
