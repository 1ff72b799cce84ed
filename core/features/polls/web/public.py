"""Residents' pages of polls: the list, a poll with its ballot and results, pictures; and what polls
show on the home page and in a resident's own room."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final, Literal, get_args
from urllib.parse import urlencode
from uuid import UUID
from weakref import WeakKeyDictionary

import msgspec
from litestar import Response, Router
from litestar.datastructures import Cookie
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from core.feature import HomeFigure, HomeSection
from core.features.polls import queries
from core.features.polls.domain import PUBLIC, Paper, State, read_choices
from core.features.polls.queries import PollView, Shelf
from core.features.polls.service import topics
from core.features.polls.service.voting import (
    AlreadyVoted,
    Receipt,
    cast_ballot,
    check_open,
    eligibility,
)
from core.features.polls.web import shown
from core.features.polls.web.shown import Ground, Phase
from core.identity.decisions import LEVEL_LABELS
from core.kit.actor import Anonymous
from core.kit.errors import Conflict, Forbidden, Invalid, NotFound, Problem, SignInNeeded
from core.kit.level import Level
from core.kit.text import POINTS, POLLS, VOTES, Locale, Text
from core.rules import Refused
from core.rules.explain import reasons_data
from core.web.forms import Form, FormData
from core.web.i18n import short_day_text
from core.web.pages import messages, redirect, render
from core.web.request import CityRequest
from core.web.routes import action, page
from core.work import Work

SHELVES: Final[tuple[Shelf, ...]] = get_args(Shelf)
_ON_PAGE: Final = 12
_ON_HOME: Final = 3
_LONGEST_SEARCH: Final = 100
_CHOICES_COOKIE: Final = "veche_choices"
_CHOICES_KEPT: Final = 1800
_LONGEST_COOKIE: Final = 3500

_NO_SUCH_POLL: Final = Text(ru="Такого опроса здесь нет.", en="There is no such poll here.")
_STALE_LIST: Final = Text(ru="Эта часть списка устарела.", en="This part of the list is stale.")
_STALE_LIST_ADVICE: Final = Text(
    ru="Откройте список опросов заново.", en="Open the list of polls again."
)
_STAFF: Final = Text(
    ru="Вы вошли как сотрудник, а голосуют жители.",
    en="You are signed in as staff, and it is residents who vote.",
)
_STAFF_ADVICE: Final = Text(
    ru="Чтобы проголосовать, выйдите и войдите как житель.",
    en="To vote, sign out and sign in as a resident.",
)
_COUNTED: Final = Text(ru="Ваш голос учтён", en="Your vote is counted")
_COUNTED_BEFORE: Final = Text(
    ru="Этот ваш голос уже учтён, второй раз он не считается.",
    en="This vote of yours was counted before; it does not count twice.",
)
_CHANGED: Final = Text(ru="Ваш голос изменён", en="Your vote has been changed")


@page("/polls")
def poll_list(request: CityRequest) -> Response[Any]:
    """Polls of one shelf, narrowed by topic and words, page by page."""
    _require_offered(request)
    query = request.query_params
    shelf = query.get("shelf") or "now"
    if shelf not in SHELVES:
        raise NotFound
    topic = _clean(query.get("topic"))
    words = _clean(query.get("q"))[:_LONGEST_SEARCH]
    after = query.get("after") or None
    with request.work() as work:
        try:
            found = queries.public_polls(
                work.session,
                shelf=shelf,
                topic=topic or None,
                words=words or None,
                after=after,
                most=_ON_PAGE,
            )
        except (ValueError, OverflowError) as error:
            raise Problem("polls.cursor", _STALE_LIST, _STALE_LIST_ADVICE) from error
        counts = queries.state_counts(work.session)
        cards = shown.cards(work, found.polls)

    def address(**changes: str | None) -> str:
        asked = {"shelf": shelf, "topic": topic, "q": words, **changes}
        kept = {name: value for name, value in asked.items() if value and value != "now"}
        return "/polls" + (f"?{urlencode(kept)}" if kept else "")

    return render(
        request,
        "polls/list.html",
        cards=cards,
        shelf=shelf,
        topic=topic,
        words=words,
        topics=request.tenant.profile.topics,
        counts=_shelf_counts(counts),
        address=address,
        first=after is None,
        more=address(after=found.after) if found.after else None,
    )


def _clean(text: str | None) -> str:
    """What was asked for without signs that no text of ours holds."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text or "").split())


def _shelf_counts(counts: Mapping[State, int]) -> dict[Shelf, int]:
    return {
        "now": counts.get(State.OPEN, 0),
        "soon": counts.get(State.SCHEDULED, 0),
        "done": sum(
            counts.get(state, 0) for state in (State.CLOSED, State.PUBLISHED, State.INVALID)
        ),
    }


def _require_offered(request: CityRequest) -> None:
    if not request.tenant.profile.offers("polls"):
        raise NotFound


@page("/polls/{poll_id:uuid}")
def poll_page(request: CityRequest, poll_id: FromPath[UUID]) -> Response[Any]:
    """A poll: what is asked, how it stands, by which rules, and, when shown, how people vote."""
    return _poll(request, poll_id)


@page("/polls/{poll_id:uuid}/vote")
def vote_again(request: CityRequest, poll_id: FromPath[UUID]) -> Response[Any]:
    """The address of the form, asked for by hand or after choosing another language."""
    return redirect(request, f"/polls/{poll_id}")


@action("/polls/{poll_id:uuid}/vote")
def vote(request: CityRequest, poll_id: FromPath[UUID], data: FormData) -> Response[Any]:
    """Take a ballot. Who has not signed in yet loses nothing: the choices come back with them."""
    _require_offered(request)
    form = Form(data)
    sent = {name: form.many(name) for name in form.values if _is_id(name)}
    visitor = request.visitor
    try:
        if visitor is None:
            return _sign_in_first(request, poll_id, sent)
        if visitor.kind != "resident":
            raise Forbidden("polls.staff", _STAFF, _STAFF_ADVICE)
        receipt = cast_ballot(
            request.runtime,
            request.tenant,
            poll_id=poll_id,
            resident_id=visitor.resident_id,
            sent=sent,
        )
    except (Invalid, Conflict, Refused, Forbidden) as problem:
        return _poll(request, poll_id, status=problem.status, problem=problem, sent=sent)
    except SignInNeeded:
        return _sign_in_first(request, poll_id, sent)
    if request.is_htmx:
        response = _poll(request, poll_id, receipt=receipt)
    else:
        response = redirect(request, f"/polls/{poll_id}", flash=("good", _thanks(request, receipt)))
    response.delete_cookie(_CHOICES_COOKIE, path=f"/polls/{poll_id}")
    return response


def _is_id(name: str) -> bool:
    try:
        UUID(name)
    except ValueError:
        return False
    return True


def _thanks(request: CityRequest, receipt: Receipt) -> str:
    locale = request.locale
    if receipt.repeated:
        return _COUNTED_BEFORE.in_(locale)
    if receipt.changed:
        return f"{_CHANGED.in_(locale)}."
    if receipt.points and shown.gives_points(request.tenant):
        return f"{_COUNTED.in_(locale)}. +{POINTS.count(receipt.points, locale)}"
    return f"{_COUNTED.in_(locale)}."


def _sign_in_first(
    request: CityRequest, poll_id: UUID, sent: Mapping[str, Sequence[str]]
) -> Response[Any]:
    """Send to the sign-in page with the choices in a cookie of this poll's page alone; what could
    not be voted at all is said at once."""
    with request.runtime.work(request.tenant, Anonymous()) as work:
        poll = queries.public_poll(work.session, poll_id)
    if poll is None or poll.closes_at is None:
        raise NotFound("polls.unknown", _NO_SUCH_POLL)
    check_open(poll.state, poll.closes_at, request.runtime.clock.now())
    if poll.paper is None:
        raise NotFound("polls.unknown", _NO_SUCH_POLL)
    read_choices(poll.paper, sent)
    response = redirect(request, f"/sign-in?next=/polls/{poll_id}")
    kept = pack_choices(poll.paper, sent)
    if len(kept) <= _LONGEST_COOKIE:
        response.set_cookie(
            Cookie(
                key=_CHOICES_COOKIE,
                value=kept,
                path=f"/polls/{poll_id}",
                max_age=_CHOICES_KEPT,
                httponly=True,
                samesite="lax",
                secure=request.runtime.settings.public_scheme == "https",
            )
        )
    return response


def pack_choices(paper: Paper, sent: Mapping[str, Sequence[str]]) -> str:
    """Choices as places on the paper, short enough for a cookie: `0.1-3_1.2`."""
    parts = []
    for n, question in enumerate(paper.questions):
        places = {str(option.id): place for place, option in enumerate(question.options)}
        chosen = [str(places[one]) for one in sent.get(str(question.id), ()) if one in places]
        if chosen:
            parts.append(f"{n}.{'-'.join(chosen)}")
    return "_".join(parts)


def unpack_choices(paper: Paper, packed: str) -> dict[str, list[str]]:
    """Undo `pack_choices`; what makes no sense is left out."""
    found: dict[str, list[str]] = {}
    for part in packed[:_LONGEST_COOKIE].split("_"):
        number, _, places = part.partition(".")
        if not number.isdecimal() or int(number) >= len(paper.questions):
            continue
        question = paper.questions[int(number)]
        found[str(question.id)] = [
            str(question.options[int(place)].id)
            for place in places.split("-")
            if place.isdecimal() and int(place) < len(question.options)
        ]
    return found


VotingKind = Literal["soon", "form", "refused", "voted", "staff", "counting", "final"]


class Voting(msgspec.Struct, frozen=True):
    """What a visitor can do in a poll now. `title`, `advice` and `why` explain a refusal;
    `took_part` is about a poll that is over."""

    kind: VotingKind
    title: str = ""
    advice: str = ""
    why: tuple[Ground, ...] = ()
    resumed: bool = False
    took_part: bool = False


def _poll(
    request: CityRequest,
    poll_id: UUID,
    *,
    status: int = 200,
    problem: Problem | None = None,
    sent: Mapping[str, Sequence[str]] | None = None,
    receipt: Receipt | None = None,
) -> Response[Any]:
    """The page of a poll; for a ballot sent by htmx only the parts that it changes."""
    _require_offered(request)
    locale = request.locale
    with request.work() as work:
        poll = queries.poll_view(work.session, poll_id)
        withdrawn = None
        context: dict[str, Any] = {}
        if poll is not None and poll.state is State.WITHDRAWN:
            withdrawn = shown.was_public(work, poll)
        if poll is None or (poll.state not in PUBLIC and withdrawn is None):
            raise NotFound("polls.unknown", _NO_SUCH_POLL)
        if withdrawn is None:
            context = _poll_context(request, work, poll, problem=problem, sent=sent)
    if withdrawn is not None:
        points = poll.terms is not None and shown.gives_points(request.tenant)
        return render(
            request, "polls/withdrawn.html", status=410, poll=poll, step=withdrawn, points=points
        )
    problem_why: tuple[Ground, ...] = ()
    if isinstance(problem, Refused):
        problem_why = shown.grounds(reasons_data(problem.decision, locale))
    elif isinstance(problem, AlreadyVoted):
        problem_why = shown.grounds(shown.reasons_in(problem.reasons.get(locale, ())))
    in_part = request.is_htmx and request.method == "POST"
    return render(
        request,
        "polls/voted_part.html" if in_part else "polls/poll.html",
        status=status,
        **context,
        in_part=in_part,
        problem=None
        if problem is None or isinstance(problem, Invalid)
        else {
            "title": problem.title.in_(locale),
            "advice": problem.advice.in_(locale) if problem.advice else None,
            "why": problem_why,
        },
        errors=messages(problem, locale) if isinstance(problem, Invalid) else {},
        thanks=_thanks(request, receipt) if receipt is not None else None,
    )


def _poll_context(
    request: CityRequest,
    work: Work,
    poll: PollView,
    *,
    problem: Problem | None,
    sent: Mapping[str, Sequence[str]] | None,
) -> dict[str, Any]:
    locale = request.locale
    tenant = request.tenant
    phase = shown.phase_of(poll, work.now)
    law = shown.law_of(work, poll, locale)
    paper = poll.paper or queries.draft_paper(work.session, poll.id)
    resident = shown.resident_of(work)
    voted = resident is not None and queries.has_voted(work.session, poll.id, resident)
    voting = _voting(request, work, poll, phase, voted=voted, locale=locale)
    chosen: Mapping[str, Sequence[str]] = {}
    if voting.kind == "form":
        cookie = request.cookies.get(_CHOICES_COOKIE, "")
        chosen = sent if sent is not None else unpack_choices(paper, cookie)
        if resident is not None and problem is None and any(chosen.values()):
            voting = msgspec.structs.replace(voting, resumed=True)
    elif sent is not None and isinstance(problem, Invalid):
        chosen = sent
    results = shown.seen_results(work, poll, voted=voted)
    return {
        "poll": poll,
        "card": shown.card(work, poll, voted=voted),
        "phase": phase,
        "law": law,
        "level": "" if law.level is Level.NONE else LEVEL_LABELS[law.level].in_(locale),
        "paper": paper,
        "voting": voting,
        "chosen": chosen,
        "results": results,
        "steps": shown.history(work, poll),
        "prose": shown.prose(poll.body),
        "districts": [shown.district_name(tenant, key, locale) for key in poll.territory or ()],
        "day_label": lambda iso: short_day_text(date.fromisoformat(iso), locale, tenant.zone),
        "district_name": lambda key: shown.district_name(tenant, key, locale),
        "initiator": shown.initiator_name(tenant, poll.initiator, locale),
        "listed": topics.topic_of(work, poll.plan_item),
        "link": request.runtime.settings.url_of(request.place.host, f"/polls/{poll.id}"),
    }


def _voting(
    request: CityRequest,
    work: Work,
    poll: PollView,
    phase: Phase,
    *,
    voted: bool,
    locale: Locale,
) -> Voting:
    visitor = request.visitor
    match phase:
        case Phase.SOON:
            return Voting("soon")
        case Phase.COUNTING:
            return Voting("counting", took_part=voted)
        case Phase.VALID | Phase.INFORMATIONAL | Phase.VOID:
            return Voting("final", took_part=voted)
        case _ if voted:
            return Voting("voted")
        case _ if visitor is None:
            return Voting("form")
        case _ if visitor.kind != "resident":
            return Voting("staff", _STAFF.in_(locale), _STAFF_ADVICE.in_(locale))
    try:
        decision = eligibility(work, poll=poll, resident_id=visitor.resident_id)
    except SignInNeeded:
        return Voting("form")
    if decision.allowed:
        return Voting("form")
    refusal = Refused(decision)
    return Voting(
        "refused",
        refusal.title.in_(locale),
        refusal.advice.in_(locale) if refusal.advice else "",
        shown.grounds(reasons_data(decision, locale)),
    )


@page("/polls/{poll_id:uuid}/pictures/{picture_id:uuid}")
def picture(
    request: CityRequest, poll_id: FromPath[UUID], picture_id: FromPath[UUID]
) -> Response[Any]:
    """A picture of an answer, as long as residents may see its poll."""
    with request.runtime.work(request.tenant, Anonymous()) as work:
        found = (
            queries.picture(work.session, picture_id)
            if picture_id in queries.poll_pictures(work.session, poll_id)
            else None
        )
    if found is None or State(found[1]) not in PUBLIC:
        raise NotFound
    headers = {"etag": f'"{picture_id}"', "cache-control": "public, max-age=86400"}
    if request.headers.get("if-none-match") == headers["etag"]:
        return Response(b"", status_code=304, headers=headers, media_type="image/webp")
    return Response(found[0], headers=headers, media_type="image/webp")


# Both methods of one path come in one router: Litestar 2.25 would wrap a synchronous handler anew
# for each method that joins its path later.
HANDLERS: Final[Sequence[ControllerRouterHandler]] = (
    poll_list,
    poll_page,
    Router("/", route_handlers=[vote_again, vote]),
    picture,
)


def running(work: Work) -> Mapping[str, object] | None:
    """For the home page: the polls that end first."""
    found = queries.public_polls(work.session, shelf="now", most=_ON_HOME)
    coming = queries.public_polls(work.session, shelf="soon", most=_ON_HOME)
    if not found.polls and not coming.polls:
        return {"cards": (), "more": False, "coming": False}
    polls = found.polls or coming.polls
    return {
        "cards": shown.cards(work, polls),
        "more": found.after is not None or coming.after is not None,
        "coming": not found.polls,
    }


def recent(work: Work) -> Mapping[str, object] | None:
    """For the home page: the latest polls whose results are published."""
    found = queries.public_polls(work.session, shelf="done", most=_ON_HOME * 2)
    final = [poll for poll in found.polls if shown.phase_of(poll, work.now).final]
    if not final:
        return None
    return {"cards": shown.cards(work, final[:_ON_HOME])}


def took_part(work: Work) -> Mapping[str, object] | None:
    """For a resident's own room: where they have taken part; what they chose is nowhere kept."""
    resident = shown.resident_of(work)
    if resident is None:
        return None
    return {"participations": queries.participations(work.session, resident)}


_totals: Final[WeakKeyDictionary[Work, queries.Totals]] = WeakKeyDictionary()


def _figures(work: Work) -> queries.Totals:
    """Both figures of the strip from one look."""
    if work not in _totals:
        _totals[work] = queries.totals(work.session)
    return _totals[work]


_HELD: Final = Text(ru="{polls} с итогами", en="{polls} with results")
_GIVEN: Final = Text(ru="{votes} в опросах", en="{votes} in polls")


def polls_held(work: Work) -> tuple[int, Text] | None:
    number = _figures(work).held
    noun = Text(ru=POLLS.form(number, "ru"), en=POLLS.form(number, "en"))
    return (number, _HELD.with_values({"polls": noun})) if number else None


def votes_given(work: Work) -> tuple[int, Text] | None:
    number = _figures(work).votes
    noun = Text(ru=VOTES.form(number, "ru"), en=VOTES.form(number, "en"))
    return (number, _GIVEN.with_values({"votes": noun})) if number else None


HOME: Final = (
    HomeSection(order=10, template="polls/home_now.html", context=running),
    HomeSection(order=20, template="polls/home_done.html", context=recent),
)
FIGURES: Final = (
    HomeFigure(order=20, figure=votes_given),
    HomeFigure(order=30, figure=polls_held),
)
PROFILE: Final = (HomeSection(order=10, template="polls/profile.html", context=took_part),)
