"""Comments for programs and bots: reading a discussion."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Response
from litestar.params import FromPath, QueryParameter

from core.comments import threads
from core.comments.domain import CommentView
from core.features.comments import service
from core.kit.actor import Anonymous, ResidentActor
from core.web.api import BadCursor, answer, reading, resident_if_any
from core.web.request import CityRequest


class CommentOut(msgspec.Struct, frozen=True):
    """A comment. `text` is plain; it is empty when only the place of a comment is left (`state` is
    `withdrawn` or `refused`). `official` ones speak in the city's name, as `post` says. Your own
    unpublished ones are there when you send your key. `more_replies` are not in `replies`."""

    id: UUID
    author: str
    official: bool
    post: str | None
    text: str
    state: str
    created_at: datetime
    edited: bool
    url: str
    replies: list["CommentOut"] = []
    more_replies: int = 0


class DiscussionOut(msgspec.Struct, frozen=True):
    """A page of a discussion, the newest comments first. `total` counts replies too; send `older`
    as `after` for the next page, `newer` as `before` for the one before."""

    total: int
    open: bool
    items: list[CommentOut]
    older: str | None = None
    newer: str | None = None


Cursor = Annotated[str | None, QueryParameter(max_length=60, description="Cursor of another page")]


@reading(
    "/comments/{kind:str}/{subject_id:uuid}",
    name="listComments",
    summary="A discussion",
    tag="comments",
    gives=DiscussionOut,
    errors=(404,),
)
def list_comments(
    request: CityRequest,
    kind: FromPath[str],
    subject_id: FromPath[UUID],
    after: Cursor = None,
    before: Cursor = None,
) -> Response[Any]:
    """What people say of a thing, with the first replies to each comment. `kind` is that of the
    thing, for instance `ideas.idea`."""
    resident = resident_if_any(request)
    actor = ResidentActor(resident) if resident is not None else Anonymous()
    with request.runtime.work(request.tenant, actor) as work:
        try:
            view = threads.for_page(
                work,
                service.commentable(work, kind),
                subject_id,
                after=after,
                before=before,
                locale=request.locale,
            )
        except ValueError as error:
            raise BadCursor from error
    return answer(
        request,
        DiscussionOut(
            total=view.total,
            open=view.subject.open,
            items=[_out(request, one) for one in view.page.comments],
            older=view.page.older,
            newer=view.page.newer,
        ),
    )


def _out(request: CityRequest, one: CommentView) -> CommentOut:
    return CommentOut(
        id=one.id,
        author=one.author,
        official=one.official,
        post=one.post,
        text=one.body,
        state=one.state.value,
        created_at=one.created_at,
        edited=one.edited,
        url=request.runtime.settings.url_of(request.place.host, service.path_of(one.id)),
        replies=[_out(request, reply) for reply in one.replies],
        more_replies=one.more_replies,
    )


HANDLERS = (list_comments,)
