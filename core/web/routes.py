"""Route decorators for pages and for the forms on them: synchronous, outside the API's schema."""

from collections.abc import Callable
from functools import partial
from typing import Any

from litestar import get, post
from litestar.enums import MediaType

page: Callable[..., Any] = partial(
    get, sync_to_thread=True, include_in_schema=False, media_type=MediaType.HTML
)
"""GET a page: `@page("/polls")` over a plain function or method."""

action: Callable[..., Any] = partial(
    post, sync_to_thread=True, include_in_schema=False, media_type=MediaType.HTML, status_code=200
)
"""POST a form: `@action("/polls/{poll_id:uuid}/vote")`."""
