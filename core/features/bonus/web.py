"""A resident's points: balance, how each was earned, and the clauses behind them."""

from typing import Any

from litestar import Response

from core.features.bonus import queries
from core.kit.errors import NotFound, SignInNeeded
from core.web.pages import render
from core.web.request import CityRequest
from core.web.routes import page


@page("/profile/points")
def points(request: CityRequest) -> Response[Any]:
    """The statement of the person signed in; residents only."""
    visitor = request.signed_in
    if not request.tenant.profile.offers("bonus"):
        raise NotFound
    if visitor.kind != "resident":
        raise SignInNeeded
    with request.work() as work:
        try:
            transfers, more = queries.statement(
                work.session, visitor.resident_id, after=request.query_params.get("after")
            )
        except ValueError as error:
            raise NotFound from error
        balance = queries.balance(work.session, visitor.resident_id)
    return render(request, "bonus/points.html", balance=balance, transfers=transfers, more=more)


HANDLERS = (points,)
