"""Polls on the staff desk: what waits for the one who opens it, and the list in every state.
Drafts are written in `desk_draft`, one poll is looked after in `desk_poll` and `desk_turnout`."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec
from litestar import Response, Router
from litestar.params import FromPath

from core.feature import DeskItem, HomeSection
from core.features.polls import queries
from core.features.polls.domain import State
from core.features.polls.queries import PollView
from core.features.polls.web import desk_draft, desk_poll, desk_turnout, rights, words
from core.identity import access
from core.identity.profiles import require_profile
from core.kit.errors import NotFound
from core.kit.text import RESIDENTS, Text
from core.web.i18n import left_text
from core.web.pages import render
from core.web.request import CityRequest
from core.web.routes import page
from core.work import Work

_SOON: Final = timedelta(days=3)
"""A poll that ends or begins within this time deserves a look."""
_MOST_COUNTED: Final = 1000
_EARLY: Final = 0.2
"""Before this share of its time has passed nobody can say how a poll will end."""

SHELVES: Final[Sequence[tuple[str, Text, tuple[State, ...]]]] = (
    ("draft", Text(ru="Черновики", en="Drafts"), (State.DRAFT,)),
    ("review", Text(ru="Согласуются", en="In approval"), (State.REVIEW,)),
    ("scheduled", Text(ru="Ждут начала", en="Scheduled"), (State.SCHEDULED,)),
    ("open", Text(ru="Идут", en="Open"), (State.OPEN,)),
    ("closed", Text(ru="Ждут итогов", en="Closed"), (State.CLOSED,)),
    ("done", Text(ru="С итогами", en="With results"), (State.PUBLISHED, State.INVALID)),
    ("withdrawn", Text(ru="Сняты", en="Withdrawn"), (State.WITHDRAWN,)),
)


class Task(msgspec.Struct, frozen=True):
    """Something about one poll that needs a person: why (a chip), and what is known of it."""

    poll: PollView
    reason: Text
    kind: str
    note: Text | str
    pace: bool = False
    """Whether the meter of the quorum says more than words."""


def overview(work: Work) -> Mapping[str, object] | None:
    """For the desk's first page: what waits for this person, and what to keep an eye on."""
    held = frozenset(one for one in rights.CONCERNED if access.may(work, one))
    if not held:
        return None
    counts = queries.state_counts(work.session)
    return {
        "today": work.today,
        "may_draft": rights.DRAFT in held,
        "waiting": [*_waiting(work, held)],
        "watched": [*_watched(work)],
        "coming": _of(work, State.SCHEDULED, most=5),
        "words": words,
        "states": [
            (label, sum(counts.get(state, 0) for state in states), f"/desk/polls?state={key}")
            for key, label, states in SHELVES
            if key in ("draft", "review", "scheduled", "open", "closed")
        ],
    }


def _of(work: Work, state: State, *, most: int) -> tuple[PollView, ...]:
    return queries.desk_polls(work.session, states=[state], most=most).polls


def _waiting(work: Work, held: frozenset[str]) -> Iterator[Task]:
    """What this very person can move on, the most pressing kind first."""
    if rights.PUBLISH in held:
        for poll in _of(work, State.CLOSED, most=20):
            yield Task(poll, _PUBLISH, "warn", _ended(poll), pace=True)
    if rights.APPROVE in held:
        for poll in _of(work, State.REVIEW, most=20):
            late = poll.opens_on is not None and poll.opens_on < work.today
            yield Task(
                poll,
                _APPROVE,
                "bad" if late else "warn",
                _PAST if late else _FOR_APPROVAL,
            )
    if rights.DRAFT in held:
        for poll in _of(work, State.DRAFT, most=8):
            history = queries.steps(work.session, poll.id)
            if history and history[-1].kind == "returned":
                yield Task(poll, _MEND, "warn", f"«{history[-1].note}»")


def _ended(poll: PollView) -> Text:
    if poll.needed is None:
        return _NO_QUORUM
    return _REACHED if poll.quorum_reached else _MISSED


def _left(left: timedelta) -> Text:
    return Text(ru=left_text(left, "ru"), en=left_text(left, "en"))


def _watched(work: Work) -> Iterator[Task]:
    """Open polls that end soon or are unlikely to reach their quorum, the next to end first."""
    running = sorted(_of(work, State.OPEN, most=60), key=lambda poll: poll.closes_at or work.now)
    for poll in running:
        if poll.closes_at is None or poll.opens_at is None:
            continue
        left = poll.closes_at - work.now
        expected = forecast(poll, work.now)
        if in_danger(poll, work.now):
            assert poll.needed is not None
            yield Task(
                poll,
                _DANGER,
                "bad",
                _AT_THIS_PACE.with_values(
                    {
                        "left": _left(left),
                        "expected": RESIDENTS.text(expected or poll.counted),
                    }
                ),
                pace=True,
            )
        elif left <= _SOON:
            yield Task(poll, _ENDS, "", _left(left), pace=True)


def forecast(poll: PollView, now: datetime) -> int | None:
    """How many would count towards the quorum at the end if people went on coming as they have;
    None as long as it is too early to say."""
    if poll.opens_at is None or poll.closes_at is None:
        return None
    whole = (poll.closes_at - poll.opens_at) / timedelta(hours=1)
    gone = (now - poll.opens_at) / timedelta(hours=1)
    if whole <= 0 or gone / whole < _EARLY:
        return None
    return max(poll.counted, round(poll.counted * whole / min(gone, whole)))


def in_danger(poll: PollView, now: datetime) -> bool:
    """Whether an open poll is unlikely to reach its quorum."""
    if poll.needed is None or poll.quorum_reached or poll.closes_at is None:
        return False
    expected = forecast(poll, now)
    return expected is not None and expected < poll.needed


@page("/desk/polls")
def polls(request: CityRequest) -> Response[Any]:
    """Polls by state, the newest first."""
    shelf = request.query_params.get("state", "")
    states = {key: states for key, _label, states in SHELVES}
    if shelf and shelf not in states:
        raise NotFound
    after = request.query_params.get("after")
    if after is not None and not (after.isascii() and after.isdigit() and len(after) < 10):
        raise NotFound
    locale = request.locale
    with request.work() as work:
        held = rights.enter(work)
        counts = queries.state_counts(work.session)
        found = queries.desk_polls(
            work.session,
            states=states.get(shelf),
            after=int(after) if after is not None else None,
        )
        query = f"state={shelf}&" if shelf else ""
        return render(
            request,
            "polls/desk_list.html",
            work=work,
            polls=found.polls,
            shelf=shelf,
            first=f"/desk/polls?{query}".rstrip("?&") if after else None,
            next=f"/desk/polls?{query}after={found.after}" if found.after else None,
            may_draft=rights.DRAFT in held,
            year=work.today.year,
            tabs=[
                {
                    "href": "/desk/polls",
                    "label": _ALL.in_(locale),
                    "current": not shelf,
                    "count": sum(counts.values()),
                },
                *(
                    {
                        "href": f"/desk/polls?state={key}",
                        "label": label.in_(locale),
                        "current": shelf == key,
                        "count": sum(counts.get(state, 0) for state in these),
                    }
                    for key, label, these in SHELVES
                ),
            ],
            words=words,
        )


@page("/desk/polls/participants/{resident_id:uuid}")
def participant(request: CityRequest, resident_id: FromPath[UUID]) -> Response[Any]:
    """In how many polls a resident took part: for those who help a resident in person. Which polls
    these were is the resident's own affair."""
    with request.work() as work:
        access.require(work, rights.DESK)
        access.require(work, rights.PEOPLE)
        require_profile(work, resident_id)
        found = queries.participations(work.session, resident_id, most=_MOST_COUNTED)
        return render(
            request,
            "polls/desk_participant.html",
            work=None if request.is_htmx else work,
            number=len(found),
            latest=max((one.cast_on for one in found), default=None),
            in_part=request.is_htmx,
        )


def waiting_count(work: Work) -> int:
    """The number beside «Опросы»: what this person can approve or publish."""
    counts = queries.state_counts(work.session)
    return (counts.get(State.REVIEW, 0) if access.may(work, rights.APPROVE) else 0) + (
        counts.get(State.CLOSED, 0) if access.may(work, rights.PUBLISH) else 0
    )


_ALL = Text(ru="Все", en="All")
_PUBLISH = Text(ru="Опубликовать итоги", en="Publish the results")
_APPROVE = Text(ru="Согласовать", en="Approve")
_MEND = Text(ru="Исправить по замечанию", en="Mend as noted")
_DANGER = Text(ru="Кворум под угрозой", en="Quorum in danger")
_ENDS = Text(ru="Скоро завершится", en="Ends soon")
_PAST = Text(
    ru="День начала уже прошёл: верните опрос, чтобы выбрать новые даты.",
    en="The first day is over: return the poll so that new dates can be chosen.",
)
_FOR_APPROVAL = Text(ru="Ждёт вашего решения.", en="Waits for your decision.")
_REACHED = Text(ru="Кворум набран.", en="The quorum was reached.")
_MISSED = Text(ru="Кворум не набран.", en="The quorum was missed.")
_NO_QUORUM = Text(ru="Кворум не установлен.", en="No quorum is set.")
_AT_THIS_PACE = Text(
    ru="{left}. При таком темпе к концу наберётся около {expected}.",
    en="{left}. At this pace about {expected} will have counted by the end.",
)

DESK: Final = (
    DeskItem(
        path="/desk/polls",
        label=Text(ru="Опросы", en="Polls"),
        permission=rights.EXPORT,
        order=10,
        icon="vote",
        count=waiting_count,
    ),
)

OVERVIEW: Final = (HomeSection(order=20, template="polls/desk_overview.html", context=overview),)

# Within a router all methods of a path are registered at once, which synchronous handlers need
# (Litestar 2.25 wraps them anew for each method that joins a path later).
HANDLERS: Final = (
    Router(
        "/",
        route_handlers=[
            polls,
            participant,
            *desk_draft.HANDLERS,
            *desk_poll.HANDLERS,
            *desk_turnout.HANDLERS,
        ],
    ),
)
