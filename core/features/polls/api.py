"""Polls for programs and bots: everything a resident can do with them."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import Parameter

from core.features.polls import queries
from core.features.polls.domain import State, Terms
from core.features.polls.queries import PollView
from core.features.polls.service import voting
from core.kit.actor import Anonymous
from core.kit.errors import NotFound, Problem
from core.kit.text import Locale, Text
from core.rules.explain import reasons_data
from core.web.api import (
    ERRORS,
    SECURITY,
    SIGNED_ERRORS,
    ReasonData,
    answer,
    problem_response,
    resident_of,
)
from core.web.request import CityRequest


class OptionOut(msgspec.Struct, frozen=True):
    """An answer; `votes` and `share` only while results are shown to you."""

    id: UUID
    title: str
    detail: str = ""
    picture: str | None = None
    votes: int | None = None
    share: float | None = None


class QuestionOut(msgspec.Struct, frozen=True):
    """A question; up to `max_choices` answers may be chosen."""

    id: UUID
    title: str
    max_choices: int
    options: list[OptionOut]
    hint: str = ""


class TermOut(msgspec.Struct, frozen=True):
    """A value that binds the poll, and why."""

    value: int | str | bool | None
    reasons: list[ReasonData]


class PollOut(msgspec.Struct, frozen=True):
    """A poll in a list. Days are the city's own; both ends count."""

    id: UUID
    number: int
    title: str
    summary: str
    state: State
    participants: int
    counted: int
    quorum: int | None
    opens_on: date | None
    closes_on: date | None
    opens_at: datetime | None
    closes_at: datetime | None
    url: str
    topic: str | None = None
    districts: list[str] | None = None
    points: int = 0


class PollPageOut(msgspec.Struct, frozen=True):
    """A page of polls; send `next` as `after` for the next one."""

    items: list[PollOut]
    next: str | None = None


class PollDetailOut(PollOut, frozen=True, kw_only=True):
    """A poll with its questions, its law and, when shown, its results."""

    body: str
    questions: list[QuestionOut]
    results_shown: bool
    verdict: str | None = None
    terms: dict[str, TermOut] = {}


class BallotIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A ballot: for each question the ids of the options chosen. Every question is answered."""

    choices: Annotated[dict[str, list[str]], msgspec.Meta(max_length=100)]


class BallotOut(msgspec.Struct, frozen=True):
    """`repeated`: this very vote was there before (a retry); `changed`: it replaced an earlier
    one. `points` will be credited within a minute."""

    poll: UUID
    repeated: bool
    changed: bool
    points: int


class EligibilityOut(msgspec.Struct, frozen=True):
    """Whether you may vote in a poll, and on which clauses that rests."""

    allowed: bool
    voted: bool
    governing_on: date
    reasons: list[ReasonData]


Shelf = Literal["now", "soon", "done"]


@get(
    "/polls",
    operation_id="listPolls",
    summary="Polls of the city",
    responses={200: ResponseSpec(PollPageOut, description="A page of polls"), **ERRORS},
    sync_to_thread=True,
)
def list_polls(
    request: CityRequest,
    shelf: Annotated[Shelf, Parameter(description="Running, coming or finished")] = "now",
    topic: Annotated[str | None, Parameter(max_length=60)] = None,
    q: Annotated[str | None, Parameter(max_length=100, description="Words in the title")] = None,
    after: Annotated[str | None, Parameter(max_length=100, description="Cursor")] = None,
    limit: Annotated[int, Parameter(ge=1, le=50)] = 20,
) -> Response[Any]:
    """Polls of one shelf, page by page."""
    with request.runtime.work(request.tenant, Anonymous()) as work:
        try:
            page = queries.public_polls(
                work.session, shelf=shelf, topic=topic, words=_words(q), after=after, most=limit
            )
        except ValueError as error:
            raise BadCursor from error
    return answer(
        request,
        PollPageOut([_poll_out(request, poll) for poll in page.polls], page.after),
    )


@get(
    "/polls/{poll_id:uuid}",
    operation_id="getPoll",
    summary="One poll",
    responses={200: ResponseSpec(PollDetailOut, description="The poll"), **ERRORS},
    sync_to_thread=True,
)
def get_poll(request: CityRequest, poll_id: UUID) -> Response[Any]:
    """One poll with its questions and its law. Results appear as the city's rules allow; with a
    key they may appear earlier, once you have voted."""
    resident = resident_of(request) if request.headers.get("authorization") else None
    with request.runtime.work(request.tenant, Anonymous()) as work:
        poll = queries.public_poll(work.session, poll_id)
        if poll is None:
            raise NotFound("polls.unknown")
        voted = resident is not None and queries.has_voted(work.session, poll_id, resident)
        shown = queries.results_visible(poll, voted=voted)
        results = queries.current_results(work.session, poll) if shown else ()
        paper = poll.paper or queries.draft_paper(work.session, poll_id)
    by_option = {option.id: option for question in results for option in question.options}
    base = msgspec.structs.asdict(_poll_out(request, poll))
    return answer(
        request,
        PollDetailOut(
            **base,
            body=poll.body,
            questions=[
                QuestionOut(
                    id=question.id,
                    title=question.title,
                    hint=question.hint,
                    max_choices=question.max_choices,
                    options=[
                        OptionOut(
                            id=option.id,
                            title=option.title,
                            detail=option.detail,
                            picture=_picture(request, poll, option.picture),
                            votes=by_option[option.id].votes if option.id in by_option else None,
                            share=by_option[option.id].share if option.id in by_option else None,
                        )
                        for option in question.options
                    ],
                )
                for question in paper.questions
            ],
            results_shown=shown,
            verdict=poll.results.verdict.value if poll.results and shown else None,
            terms=_terms(poll.terms, request.locale) if poll.terms else {},
        ),
    )


@get(
    "/polls/{poll_id:uuid}/eligibility",
    operation_id="mayVote",
    summary="May I vote here, and why",
    security=SECURITY,
    responses={200: ResponseSpec(EligibilityOut, description="The decision"), **SIGNED_ERRORS},
    sync_to_thread=True,
)
def eligibility(request: CityRequest, poll_id: UUID) -> Response[Any]:
    """The decision of the city's rules on your own vote, with its clauses."""
    resident = resident_of(request)
    with request.runtime.work(request.tenant, Anonymous()) as work:
        poll = queries.public_poll(work.session, poll_id)
        if poll is None:
            raise NotFound("polls.unknown")
        decision = voting.eligibility(work, poll=poll, resident_id=resident)
        voted = queries.has_voted(work.session, poll_id, resident)
    return answer(
        request,
        {
            "allowed": decision.allowed,
            "voted": voted,
            "governing_on": decision.on,
            "reasons": reasons_data(decision, request.locale),
        },
    )


@post(
    "/polls/{poll_id:uuid}/ballot",
    operation_id="castBallot",
    summary="Vote",
    security=SECURITY,
    status_code=201,
    responses={
        200: ResponseSpec(BallotOut, description="The same vote was there before"),
        201: ResponseSpec(BallotOut, description="The vote is counted"),
        **SIGNED_ERRORS,
        403: problem_response("The city's rules do not let you vote here; see `reasons`"),
        409: problem_response("Not open, or voted otherwise before"),
        413: problem_response("Too large"),
        415: problem_response("Not JSON"),
        422: problem_response("The choices do not fit the questions; see `fields`"),
    },
    sync_to_thread=True,
)
def cast(request: CityRequest, poll_id: UUID, data: BallotIn) -> Response[Any]:
    """Cast a ballot. Sending the same ballot again is safe and answers 200."""
    receipt = voting.cast_ballot(
        request.runtime,
        request.tenant,
        poll_id=poll_id,
        resident_id=resident_of(request),
        sent=data.choices,
    )
    return answer(
        request,
        BallotOut(receipt.poll_id, receipt.repeated, receipt.changed, receipt.points),
        status=200 if receipt.repeated else 201,
    )


class BadCursor(Problem):
    """A cursor that this API has not given out."""

    def __init__(self) -> None:
        super().__init__(
            "bad_cursor",
            Text(ru="Такой страницы списка нет.", en="There is no such page of the list."),
            Text(ru="Начните список сначала.", en="Start the list from the beginning."),
            status=400,
        )


def _poll_out(request: CityRequest, poll: PollView) -> PollOut:
    settings = request.runtime.settings
    return PollOut(
        id=poll.id,
        number=poll.number,
        title=poll.title,
        summary=poll.summary,
        state=poll.state,
        participants=poll.participants,
        counted=poll.counted,
        quorum=poll.needed,
        opens_on=poll.opens_on,
        closes_on=poll.closes_on,
        opens_at=poll.opens_at,
        closes_at=poll.closes_at,
        url=settings.url_of(request.place.host, f"/polls/{poll.id}"),
        topic=poll.topic,
        districts=list(poll.territory) if poll.territory is not None else None,
        points=poll.terms.points if poll.terms else 0,
    )


def _terms(terms: Terms, locale: Locale) -> dict[str, TermOut]:
    found = {}
    for name in Terms.__struct_fields__:
        one = getattr(terms, name)
        found[name] = TermOut(
            one.value, msgspec.convert(one.reasons.get(locale, []), list[ReasonData])
        )
    return found


def _picture(request: CityRequest, poll: PollView, picture: UUID | None) -> str | None:
    if picture is None:
        return None
    return request.runtime.settings.url_of(
        request.place.host, f"/polls/{poll.id}/pictures/{picture}"
    )


def _words(text: str | None) -> str | None:
    words = (text or "").replace("\x00", "").strip()
    return words or None


HANDLERS = (list_polls, get_poll, eligibility, cast)
