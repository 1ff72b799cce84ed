"""Polls for programs and bots: everything a resident can do with them."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Response
from litestar.params import FromPath, JSONBody, QueryParameter

from core.features.polls import queries
from core.features.polls.domain import QuestionResult, State, Terms
from core.features.polls.queries import PollView
from core.features.polls.service import voting
from core.kit.actor import Actor, Anonymous, ResidentActor
from core.kit.errors import NotFound
from core.kit.text import Locale, Text
from core.rules.explain import reasons_data
from core.web.api import (
    BadCursor,
    ReasonOut,
    answer,
    changing,
    reading,
    reasons_out,
    require_offered,
    resident_if_any,
    resident_of,
)
from core.web.request import CityRequest


class OptionOut(msgspec.Struct, frozen=True):
    """An answer; `votes` and `share` (0 to 1) only while results are shown to you."""

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
    reasons: list[ReasonOut]


class PollOut(msgspec.Struct, frozen=True):
    """A poll in a list. Days are the city's own and both ends count; `closes_at` is the instant
    from which no vote is taken. `counted` are the participants that count for the quorum."""

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


class DayOut(msgspec.Struct, frozen=True):
    """Voters of one day."""

    day: date
    voters: int


class DistrictOut(msgspec.Struct, frozen=True):
    """Voters of one district; an empty key stands for those who named none."""

    district: str
    voters: int


class PollDetailOut(PollOut, frozen=True, kw_only=True):
    """A poll with its questions, its law and, when shown, its results. `voted` needs a key;
    `verdict` is `valid`, `void` or `informational`."""

    body: str
    questions: list[QuestionOut]
    results_shown: bool
    voted: bool | None = None
    verdict: str | None = None
    days: list[DayOut] = []
    by_district: list[DistrictOut] = []
    terms: dict[str, TermOut] = {}


Chosen = Annotated[
    dict[str, list[str]],
    msgspec.Meta(
        max_length=100,
        description="Question id → ids of the options chosen",
        examples=[
            {"018f6f2e-0000-7000-8000-000000000002": ["018f6f2e-0000-7000-8000-000000000003"]}
        ],
    ),
]


class BallotIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A ballot. Every question is answered."""

    choices: Chosen


class BallotOut(msgspec.Struct, frozen=True):
    """`repeated`: this very vote was there before (a retry); `changed`: it replaced an earlier
    one. `points` will be credited within a minute."""

    poll: UUID
    repeated: bool
    changed: bool
    points: int


class EligibilityOut(msgspec.Struct, frozen=True):
    """Whether you may vote in a poll, and on which clauses that rests. `governing_on` is the day
    whose law applies; `voted` says that you have voted, `may_change` that you may still choose
    otherwise."""

    allowed: bool
    voted: bool
    may_change: bool
    governing_on: date
    reasons: list[ReasonOut]


class ParticipationOut(msgspec.Struct, frozen=True):
    """A poll you took part in; what you chose is nowhere to be read."""

    poll: UUID
    number: int
    title: str
    state: State
    cast_on: date


class ParticipationsOut(msgspec.Struct, frozen=True):
    """Polls you took part in, the latest first."""

    items: list[ParticipationOut]


Shelf = Literal["now", "soon", "done"]

_UNKNOWN = Text(ru="Такого опроса в этом городе нет.", en="There is no such poll in this city.")


@reading(
    "/polls",
    name="listPolls",
    summary="Polls of the city",
    tag="polls",
    gives=PollPageOut,
    errors=(404,),
)
def list_polls(
    request: CityRequest,
    shelf: Annotated[
        Shelf, QueryParameter(description="Running (`now`), coming (`soon`) or finished (`done`)")
    ] = "now",
    topic: Annotated[
        str | None, QueryParameter(max_length=60, description="Key of a topic, see `/city`")
    ] = None,
    q: Annotated[
        str | None, QueryParameter(max_length=100, description="Words in the title or summary")
    ] = None,
    after: Annotated[
        str | None, QueryParameter(max_length=100, description="`next` of the page before")
    ] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=50, description="Polls on a page")] = 20,
) -> Response[Any]:
    """Polls of one shelf, page by page: running ones that end first, coming ones that begin first,
    finished ones the latest first."""
    require_offered(request, "polls")
    with request.runtime.work(request.tenant, _actor(request)) as work:
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


@reading(
    "/polls/{poll_id:uuid}",
    name="getPoll",
    summary="One poll",
    tag="polls",
    gives=PollDetailOut,
    errors=(404,),
)
def get_poll(request: CityRequest, poll_id: FromPath[UUID]) -> Response[Any]:
    """One poll with its questions and its law. Results appear as the city's rules allow; with a
    key they may appear earlier, once you have voted."""
    require_offered(request, "polls")
    resident = resident_if_any(request)
    with request.runtime.work(request.tenant, _actor(request)) as work:
        poll = queries.public_poll(work.session, poll_id)
        if poll is None:
            raise NotFound("polls.unknown", _UNKNOWN)
        voted = queries.has_voted(work.session, poll_id, resident) if resident else None
        shown = queries.results_visible(poll, voted=bool(voted))
        results = queries.current_results(work.session, poll) if shown else ()
        paper = poll.paper or queries.draft_paper(work.session, poll_id)
    votes = _votes(results)
    stored = poll.results if shown else None
    return answer(
        request,
        PollDetailOut(
            **msgspec.structs.asdict(_poll_out(request, poll)),
            body=poll.body,
            questions=[
                QuestionOut(
                    id=question.id,
                    title=question.title,
                    hint=question.hint,
                    max_choices=question.max_choices,
                    options=[
                        OptionOut(
                            option.id,
                            option.title,
                            option.detail,
                            _picture(request, poll, option.picture),
                            *votes.get(option.id, (None, None)),
                        )
                        for option in question.options
                    ],
                )
                for question in paper.questions
            ],
            results_shown=shown,
            voted=voted,
            verdict=stored.verdict.value if stored else None,
            days=msgspec.convert(stored.days if stored else (), list[DayOut], from_attributes=True),
            by_district=msgspec.convert(
                stored.districts if stored else (), list[DistrictOut], from_attributes=True
            ),
            terms=_terms(poll.terms, request.locale) if poll.terms else {},
        ),
    )


@reading(
    "/polls/{poll_id:uuid}/eligibility",
    name="mayVote",
    summary="May I vote here, and why",
    tag="polls",
    gives=EligibilityOut,
    needs_key=True,
    errors=(404,),
)
def eligibility(request: CityRequest, poll_id: FromPath[UUID]) -> Response[Any]:
    """The decision of the city's rules on your own vote, with its clauses. It does not say whether
    the poll is open: see `state` and `closes_at` of the poll."""
    require_offered(request, "polls")
    resident = resident_of(request)
    with request.runtime.work(request.tenant, ResidentActor(resident)) as work:
        poll = queries.public_poll(work.session, poll_id)
        if poll is None:
            raise NotFound("polls.unknown", _UNKNOWN)
        decision = voting.eligibility(work, poll=poll, resident_id=resident)
        voted = queries.has_voted(work.session, poll_id, resident)
    revote = poll.terms is not None and poll.terms.revote.value is True
    return answer(
        request,
        EligibilityOut(
            allowed=decision.allowed,
            voted=voted,
            may_change=decision.allowed and voted and revote and poll.state is State.OPEN,
            governing_on=decision.on,
            reasons=reasons_out(reasons_data(decision, request.locale)),
        ),
    )


@changing(
    "/polls/{poll_id:uuid}/ballot",
    name="castBallot",
    summary="Vote",
    tag="polls",
    takes=BallotIn,
    gives={
        201: (BallotOut, "The vote is counted"),
        200: (BallotOut, "The same vote was there before, nothing has changed"),
    },
    errors=(403, 404, 409, 422),
)
def cast(request: CityRequest, poll_id: FromPath[UUID], data: JSONBody[BallotIn]) -> Response[Any]:
    """Cast a ballot. Answered only once the vote is stored for good. Sending the same ballot again,
    after an error or a lost connection, is safe: it answers 200 and counts nothing twice. Another
    choice replaces the first one where the city allows that, and is refused with 409 elsewhere."""
    require_offered(request, "polls")
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


@reading(
    "/me/polls",
    name="listMyPolls",
    summary="Polls you took part in",
    tag="me",
    gives=ParticipationsOut,
    needs_key=True,
    errors=(404,),
)
def my_polls(
    request: CityRequest,
    limit: Annotated[int, QueryParameter(ge=1, le=100, description="Most polls to list")] = 20,
) -> Response[Any]:
    """That you took part is on the roll; what you chose is on no list of yours or anybody's."""
    require_offered(request, "polls")
    resident = resident_of(request)
    with request.runtime.work(request.tenant, ResidentActor(resident)) as work:
        found = queries.participations(work.session, resident, most=limit)
    return answer(
        request,
        ParticipationsOut(
            [
                ParticipationOut(one.poll_id, one.number, one.title, one.state, one.cast_on)
                for one in found
            ]
        ),
    )


def _actor(request: CityRequest) -> Actor:
    resident = resident_if_any(request)
    return ResidentActor(resident) if resident else Anonymous()


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


def _votes(results: tuple[QuestionResult, ...]) -> dict[UUID, tuple[int, float]]:
    return {
        option.id: (option.votes, option.share)
        for question in results
        for option in question.options
    }


def _terms(terms: Terms, locale: Locale) -> dict[str, TermOut]:
    found = {}
    for name in Terms.__struct_fields__:
        one = getattr(terms, name)
        found[name] = TermOut(one.value, reasons_out(one.reasons.get(locale, [])))
    return found


def _picture(request: CityRequest, poll: PollView, picture: UUID | None) -> str | None:
    if picture is None:
        return None
    return request.runtime.settings.url_of(
        request.place.host, f"/polls/{poll.id}/pictures/{picture}"
    )


def _words(text: str | None) -> str | None:
    return (text or "").strip() or None


HANDLERS = (list_polls, get_poll, eligibility, cast, my_polls)
