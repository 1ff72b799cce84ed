"""Route decorators for pages and for the forms on them: synchronous, outside the API's schema."""

from collections.abc import Callable
from typing import Any

from litestar import get, post
from litestar.enums import MediaType
from litestar.handlers import HTTPRouteHandler

Decorator = Callable[[Callable[..., Any]], HTTPRouteHandler]


def page(path: str, **options: Any) -> Decorator:
    """GET a page: `@page("/polls")` over a plain function."""
    return get(
        path, sync_to_thread=True, include_in_schema=False, media_type=MediaType.HTML, **options
    )


def action(path: str, **options: Any) -> Decorator:
    """POST a form: `@action("/polls/{poll_id:uuid}/vote")`."""
    return post(
        path,
        sync_to_thread=True,
        include_in_schema=False,
        media_type=MediaType.HTML,
        status_code=200,
        **options,
    )
