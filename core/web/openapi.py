"""The OpenAPI document of the JSON API."""

from collections.abc import Mapping
from importlib.metadata import version
from typing import Any, Final

import msgspec
from litestar import Request
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme, Tag
from litestar.routes import HTTPRoute

from core.web.api import PATH, SHAPES, ProblemOut

DOCUMENT: Final = f"{PATH}/schema/openapi.json"
"""Where it is served."""

_HEADERS_OF: Final[Mapping[str, Mapping[str, object]]] = {
    "429": {"Retry-After": {"description": "Seconds to wait", "schema": {"type": "integer"}}},
    "503": {"Retry-After": {"description": "Seconds to wait", "schema": {"type": "integer"}}},
    "401": {"WWW-Authenticate": {"description": "`Bearer`", "schema": {"type": "string"}}},
}
_ETAG: Final = {
    "ETag": {
        "description": "Send it back as `If-None-Match` to get 304 while nothing has changed",
        "schema": {"type": "string"},
    }
}


class _Document(JsonRenderPlugin):
    """The document with msgspec's own schemas, which carry the docstrings and limits of the shapes,
    and with the headers of answers."""

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        shapes = [
            shape
            for route in request.app.routes
            if isinstance(route, HTTPRoute)
            for handler in route.route_handlers
            for shape in handler.opt.get(SHAPES, ())
        ]
        _, schemas = msgspec.json.schema_components(
            [ProblemOut, *shapes], ref_template="#/components/schemas/{name}"
        )
        document = {
            **openapi_schema,
            "components": {**openapi_schema["components"], "schemas": schemas},
        }
        for path in document["paths"].values():
            for method, operation in path.items():
                for status, response in operation["responses"].items():
                    headers = (
                        _ETAG if (method, status) == ("get", "200") else _HEADERS_OF.get(status)
                    )
                    if headers:
                        response["headers"] = headers
        return super().render(request, document)


def openapi() -> OpenAPIConfig:
    """The document at DOCUMENT, as JSON only: a viewer would need scripts from elsewhere."""
    return OpenAPIConfig(
        title="Veche API",
        version=version("veche"),
        description="What a resident can do, for programs and bots. Each city answers on its own "
        "host and has its own keys: make one in your profile and send it as "
        "`Authorization: Bearer …`. Errors are problem+json (RFC 9457); refusals carry `reasons` "
        "with the clauses of the city's own regulation.",
        path=f"{PATH}/schema",
        render_plugins=[_Document()],
        use_handler_docstrings=True,
        tags=[
            Tag("city", "The city behind the host"),
            Tag("me", "The owner of the key"),
            Tag("polls", "Polls, and voting in them"),
            Tag("ideas", "Ideas and campaigns: reading, supporting, sending"),
            Tag("comments", "What people say of things"),
            Tag("points", "Points for taking part"),
        ],
        components=Components(
            security_schemes={
                "token": SecurityScheme(
                    type="http",
                    scheme="bearer",
                    description="A personal key from the profile; it belongs to one city.",
                )
            }
        ),
    )
