"""Built assets: their addresses, and serving them from memory, compressed ahead of time."""

import mimetypes
from functools import cache
from pathlib import Path

import msgspec
from litestar import Response, get

from core.kit.errors import NotFound
from core.settings import Settings
from core.web.request import CityRequest

_TYPES = {".woff2": "font/woff2", ".js": "text/javascript", ".webmanifest": "application/json"}
_ENCODINGS = (("br", ".br"), ("gzip", ".gz"))
_LASTING = "public, max-age=31536000, immutable"


class Asset(msgspec.Struct, frozen=True):
    """A file and its compressed forms, by the name of the encoding ("" for the plain one)."""

    media_type: str
    forms: dict[str, bytes]


@cache
def manifest(folder: Path) -> dict[str, str]:
    """Logical name → file name with its digest; empty before the assets were built."""
    path = folder / "manifest.json"
    return msgspec.json.decode(path.read_bytes(), type=dict[str, str]) if path.is_file() else {}


@cache
def assets(folder: Path) -> dict[str, Asset]:
    """All built files, read once: a few hundred kilobytes."""
    found: dict[str, Asset] = {}
    for path in sorted(folder.glob("*")):
        if not path.is_file() or path.suffix in (".br", ".gz") or path.name == "manifest.json":
            continue
        kind = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0]
        forms = {"": path.read_bytes()}
        for name, suffix in _ENCODINGS:
            packed = path.with_name(path.name + suffix)
            if packed.is_file():
                forms[name] = packed.read_bytes()
        found[path.name] = Asset(kind or "application/octet-stream", forms)
    return found


def asset_path(settings: Settings, name: str) -> str:
    """The address of a built asset; its name carries a digest, so it may be kept for ever."""
    return f"/static/{manifest(settings.assets).get(name, name)}"


@get("/static/{name:str}", sync_to_thread=False, include_in_schema=False)
def static(request: CityRequest, name: str) -> Response[bytes]:
    """A built asset in the best form the browser takes."""
    asset = assets(request.runtime.settings.assets).get(name)
    if asset is None:
        raise NotFound
    taken = request.headers.get("accept-encoding", "")
    headers = {"cache-control": _LASTING, "vary": "accept-encoding"}
    for encoding, _suffix in _ENCODINGS:
        if encoding in asset.forms and encoding in taken:
            return Response(
                asset.forms[encoding],
                media_type=asset.media_type,
                headers={**headers, "content-encoding": encoding},
            )
    return Response(asset.forms[""], media_type=asset.media_type, headers=headers)
