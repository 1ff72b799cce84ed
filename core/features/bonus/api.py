"""A resident's points for programs and bots."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Response
from litestar.params import QueryParameter

from core.features.bonus import queries
from core.kit.actor import ResidentActor
from core.web.api import (
    BadCursor,
    ReasonOut,
    answer,
    reading,
    reasons_out,
    require_offered,
    resident_of,
)
from core.web.request import CityRequest


class EntryOut(msgspec.Struct, frozen=True):
    """A movement of points; positive when they came in. `act` is `vote`, `idea`, `comment` or
    `annulment`, and `subject` is what it was about, such as `poll:…`."""

    id: UUID
    points: int
    act: str
    subject: str
    booked_on: date
    reasons: list[ReasonOut]


class StatementOut(msgspec.Struct, frozen=True):
    """The balance, and a page of what led to it, the latest first; send `next` as `after`."""

    balance: int
    items: list[EntryOut]
    next: str | None = None


@reading(
    "/me/points",
    name="listMyPoints",
    summary="Your points, and what they rest on",
    tag="points",
    gives=StatementOut,
    needs_key=True,
    errors=(404,),
)
def statement(
    request: CityRequest,
    after: Annotated[
        str | None, QueryParameter(max_length=100, description="`next` of the page before")
    ] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=100, description="Entries on a page")] = 30,
) -> Response[Any]:
    """Each entry says by which clauses it was credited. Points for a vote appear within a minute;
    404 in a city that awards none."""
    require_offered(request, "bonus")
    resident = resident_of(request)
    with request.runtime.work(request.tenant, ResidentActor(resident)) as work:
        try:
            transfers, more = queries.statement(work.session, resident, after=after, most=limit)
        except ValueError as error:
            raise BadCursor from error
        balance = queries.balance(work.session, resident)
    return answer(
        request,
        StatementOut(
            balance,
            [
                EntryOut(
                    id=one.id,
                    points=one.points,
                    act=one.act,
                    subject=one.subject,
                    booked_on=one.booked_on,
                    reasons=reasons_out(one.reasons),
                )
                for one in transfers
            ],
            more,
        ),
    )


HANDLERS = (statement,)
