"""What residents are shown of a poll: its phase, card, law with clauses, results, history.

Nothing here knows of HTTP. Whether results may be shown is decided in `queries.results_visible`;
here is the one place of the pages that asks it (`seen_results`).
"""

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

import msgspec
from markupsafe import Markup, escape

from core.features.polls import queries
from core.features.polls.decisions import (
    APPEAL_DAYS,
    MAY_OPEN,
    MAY_REVOTE,
    QUORUM,
    QUORUM_LEVEL,
    QUORUM_MISSED,
    RESULTS_SHOWN,
    REWARD,
    PollFacts,
)
from core.features.polls.domain import (
    DayTurnout,
    DistrictTurnout,
    OptionResult,
    QuestionResult,
    ResultsShown,
    State,
    Verdict,
)
from core.features.polls.queries import PollView
from core.features.polls.service import drafting
from core.kit.actor import ResidentActor
from core.kit.clock import local_date
from core.kit.level import Level
from core.kit.period import Period
from core.kit.text import Locale, Text
from core.rules.explain import ReasonWords, reasons_data
from core.tenancy.tenant import Tenant, Topic
from core.work import Work


class Phase(StrEnum):
    """A poll as a resident thinks of it."""

    SOON = "soon"
    OPEN = "open"
    COUNTING = "counting"
    VALID = "valid"
    INFORMATIONAL = "informational"
    VOID = "void"

    @property
    def final(self) -> bool:
        return self in (Phase.VALID, Phase.INFORMATIONAL, Phase.VOID)


def phase_of(poll: PollView, now: datetime) -> Phase:
    """A poll whose last minute has passed takes no votes, also before the schedule closes it."""
    match poll.state:
        case State.OPEN if poll.closes_at is not None and now < poll.closes_at:
            return Phase.OPEN
        case State.OPEN | State.CLOSED:
            return Phase.COUNTING
        case State.PUBLISHED:
            informational = (
                poll.results is not None and poll.results.verdict is Verdict.INFORMATIONAL
            )
            return Phase.INFORMATIONAL if informational else Phase.VALID
        case State.INVALID:
            return Phase.VOID
        case _:
            return Phase.SOON


class Card(msgspec.Struct, frozen=True):
    """A poll in a list. `leaders` is what most people chose in the first question; empty until the
    results are published."""

    poll: PollView
    phase: Phase
    topic: Topic | None
    points: int
    voted: bool
    left: timedelta | None
    leaders: tuple[OptionResult, ...]

    @property
    def hurry(self) -> bool:
        """Whether little time is left."""
        return self.left is not None and self.left < timedelta(days=2)

    @property
    def missing(self) -> int:
        """How many participants the quorum still lacks."""
        return max(0, (self.poll.needed or 0) - self.poll.counted)


def resident_of(work: Work) -> UUID | None:
    return work.actor.id if isinstance(work.actor, ResidentActor) else None


def cards(work: Work, polls: Sequence[PollView]) -> tuple[Card, ...]:
    """Cards for a list; for somebody signed in one more query marks where they have voted."""
    resident = resident_of(work)
    voted = (
        queries.voted_in(work.session, resident, [poll.id for poll in polls])
        if resident is not None
        else frozenset[UUID]()
    )
    return tuple(card(work, poll, voted=poll.id in voted) for poll in polls)


def card(work: Work, poll: PollView, *, voted: bool) -> Card:
    phase = phase_of(poll, work.now)
    leaders: tuple[OptionResult, ...] = ()
    if phase.final and phase is not Phase.VOID and poll.results and poll.results.questions:
        leaders = tuple(one for one in poll.results.questions[0].options if one.leads)
    return Card(
        poll=poll,
        phase=phase,
        topic=work.tenant.profile.topic(poll.topic) if poll.topic else None,
        points=poll.terms.points if poll.terms and gives_points(work.tenant) else 0,
        voted=voted,
        left=poll.closes_at - work.now
        if phase is Phase.OPEN and poll.closes_at is not None
        else None,
        leaders=leaders,
    )


def gives_points(tenant: Tenant) -> bool:
    """Points are promised only where somebody credits them."""
    return tenant.profile.offers("bonus")


class Line(msgspec.Struct, frozen=True):
    """A sentence and the clause it rests on («п. 3.12»)."""

    number: str
    text: str


class Ground(msgspec.Struct, frozen=True):
    """A legal act and what of it concerns this poll."""

    act: str
    link: str | None
    lines: tuple[Line, ...]


class Law(msgspec.Struct, frozen=True):
    """What binds a poll: frozen at its opening; before that, as the rules stand for its first
    day."""

    needed: int | None
    level: Level
    points: int
    shown: ResultsShown
    revote: bool
    appeal_days: int | None
    grounds: tuple[Ground, ...]
    why_hidden: tuple[Ground, ...]
    why_once: tuple[Ground, ...]


# In the order in which people ask; whether one may vote twice is told to those who have voted.
_EXPLAINED: Final = (
    "quorum",
    "quorum_level",
    "quorum_missed",
    "duration",
    "results_shown",
    "reward",
    "appeal_days",
)


def law_of(work: Work, poll: PollView, locale: Locale) -> Law:
    """The law of a poll, explained in one language."""
    asked = _frozen(poll, locale) if poll.terms else _foreseen(work, poll, locale)
    values = {name: value for name, (value, _reasons) in asked.items()}
    reasons = {name: found for name, (_value, found) in asked.items()}
    if not gives_points(work.tenant):
        values["reward"] = None
        reasons["reward"] = ()
    explained = [one for name in _EXPLAINED for one in reasons.get(name, ())]
    if values["revote"] is True:
        explained += reasons["revote"]
    return Law(
        needed=_whole(values["quorum"]),
        level=Level(str(values["quorum_level"])),
        points=_whole(values["reward"]) or 0,
        shown=ResultsShown(str(values["results_shown"])),
        revote=values["revote"] is True,
        appeal_days=_whole(values["appeal_days"]),
        grounds=grounds(explained),
        why_hidden=grounds(reasons["results_shown"]),
        why_once=grounds(reasons["revote"]),
    )


_Asked = dict[str, tuple[int | str | bool | None, tuple[ReasonWords, ...]]]


def _frozen(poll: PollView, locale: Locale) -> _Asked:
    assert poll.terms is not None
    return {
        name: (term.value, reasons_in(term.reasons.get(locale, ())))
        for name in poll.terms.__struct_fields__
        for term in (getattr(poll.terms, name),)
    }


def reasons_in(kept: Iterable[object]) -> tuple[ReasonWords, ...]:
    """Reasons as they were stored with a poll or a step."""
    return msgspec.convert(list(kept), tuple[ReasonWords, ...])


def _foreseen(work: Work, poll: PollView, locale: Locale) -> _Asked:
    assert poll.opens_on is not None
    assert poll.closes_on is not None
    on = poll.opens_on
    facts = PollFacts(
        on=on, territory=frozenset(poll.territory) if poll.territory is not None else None
    )

    def ask(
        point: Any, about: Any = facts, procedure: str = poll.procedure
    ) -> tuple[int | str | bool | None, tuple[ReasonWords, ...]]:
        decision = work.decide(point, about, procedure=procedure)
        return decision.value, reasons_data(decision, locale)

    period = Period(on, poll.closes_on)
    return {
        "duration": ask(MAY_OPEN, drafting.opening_facts(work, period, poll.plan_item)),
        "quorum": ask(QUORUM),
        "quorum_level": ask(QUORUM_LEVEL),
        "quorum_missed": ask(QUORUM_MISSED),
        "results_shown": ask(RESULTS_SHOWN),
        "revote": ask(MAY_REVOTE),
        "reward": ask(REWARD, procedure=work.procedure("bonus")),
        "appeal_days": ask(APPEAL_DAYS),
    }


def _whole(value: int | str | bool | None) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def grounds(reasons: Iterable[ReasonWords]) -> tuple[Ground, ...]:
    """Reasons gathered under the acts they rest on, each act named once. Advice to the authors of
    a poll is left out, and so is what rests on no clause."""
    found: dict[tuple[str, str | None], list[Line]] = {}
    for reason in reasons:
        if reason.kind == "advice":
            continue
        numbers: dict[tuple[str, str | None], list[str]] = {}
        for clause in reason.clauses:
            act = clause.citation.removeprefix(f"{clause.number}, ")
            numbers.setdefault((act, clause.link), []).append(clause.number)
        for act_and_link, cited in numbers.items():
            line = Line(", ".join(dict.fromkeys(cited)), reason.text)
            lines = found.setdefault(act_and_link, [])
            if line not in lines:
                lines.append(line)
    return tuple(Ground(act, link, tuple(lines)) for (act, link), lines in found.items())


class ResultsSeen(msgspec.Struct, frozen=True):
    """Votes that this visitor may see, with the turnout behind them."""

    participants: int
    questions: tuple[QuestionResult, ...]
    days: tuple[DayTurnout, ...]
    districts: tuple[DistrictTurnout, ...]


def seen_results(work: Work, poll: PollView, *, voted: bool) -> ResultsSeen | None:
    """The results if this visitor may see them now, else None. A running poll shows the first day
    to the present one, also days without a vote."""
    if not queries.results_visible(poll, voted=voted):
        return None
    session = work.session
    if poll.results is not None:
        days, districts = poll.results.days, poll.results.districts
    else:
        days = queries.turnout_days(session, poll.id)
        districts = queries.turnout_districts(session, poll.id)
    return ResultsSeen(
        participants=poll.participants,
        questions=queries.current_results(session, poll),
        days=_every_day(poll, days, work.today),
        districts=districts,
    )


def _every_day(poll: PollView, days: Sequence[DayTurnout], today: date) -> tuple[DayTurnout, ...]:
    if poll.opens_on is None or poll.closes_on is None:
        return tuple(days)
    last = min(poll.closes_on, today)
    voters = {one.day: one.voters for one in days}
    shown = [
        (poll.opens_on + timedelta(days=n)).isoformat()
        for n in range((last - poll.opens_on).days + 1)
    ]
    return tuple(DayTurnout(day, voters.get(day, 0)) for day in sorted({*shown, *voters}))


_UNNAMED: Final = Text(ru="Район не указан", en="District not given")


def district_name(tenant: Tenant, key: str, locale: Locale) -> str:
    district = tenant.profile.district(key) if key else None
    return district.name.in_(locale) if district else key or _UNNAMED.in_(locale)


def initiator_name(tenant: Tenant, key: str | None, locale: Locale) -> str | None:
    unit = tenant.profile.unit(key) if key else None
    return unit.title.in_(locale) if unit else key


class StepShown(msgspec.Struct, frozen=True):
    """A public step in the life of a poll. Who took it is not shown, only on which clauses."""

    kind: str
    at: datetime
    note: str
    clauses: tuple[str, ...]


# What happens before a poll is approved is the authors' own business.
_PUBLIC_STEPS: Final = frozenset(
    {"approved", "opened", "extended", "closed", "published", "invalidated", "withdrawn", "sealed"}
)
_NOTES_SHOWN: Final = frozenset({"extended", "published", "invalidated", "withdrawn"})


def history(work: Work, poll: PollView) -> tuple[StepShown, ...]:
    """The public history, oldest first; of several approvals only the last counts."""
    steps = [step for step in queries.steps(work.session, poll.id) if step.kind in _PUBLIC_STEPS]
    approved = max((n for n, step in enumerate(steps) if step.kind == "approved"), default=0)
    return tuple(
        StepShown(
            kind=step.kind,
            at=step.at,
            note=step.note if step.kind in _NOTES_SHOWN else "",
            clauses=tuple(
                dict.fromkeys(
                    clause.number
                    for reason in reasons_in(step.reasons)
                    if reason.kind != "advice"
                    for clause in reason.clauses
                )
            ),
        )
        for step in steps[approved:]
    )


def was_public(work: Work, poll: PollView) -> StepShown | None:
    """The withdrawal of a poll that residents had seen before; None for one they never saw."""
    steps = queries.steps(work.session, poll.id)
    seen = False
    for step in steps:
        if step.kind in ("approved", "opened", "extended", "closed"):
            seen = True
        elif step.kind in ("created", "submitted", "returned"):
            seen = False
        elif step.kind == "withdrawn" and seen:
            return StepShown(step.kind, step.at, step.note, ())
    return None


def local_day(work: Work, at: datetime) -> date:
    """The calendar day of an instant in the city."""
    return local_date(at, work.tenant.zone)


_LINK: Final = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)»]")


def prose(text: str) -> Markup:
    """Plain text as paragraphs and lists (lines that begin with «- »), with addresses as links.

    Whatever else the text holds is escaped.
    """
    parts: list[Markup] = []
    for block in re.split(r"\n\s*\n", text.replace("\r\n", "\n").strip()):
        lines = [line.strip() for line in block.splitlines() if line.strip()]
        if not lines:
            continue
        if all(line.startswith(("- ", "• ", "– ", "— ")) for line in lines):
            items = Markup("").join(Markup("<li>{}</li>").format(_links(one[2:])) for one in lines)
            parts.append(Markup("<ul>{}</ul>").format(items))
        else:
            parts.append(
                Markup("<p>{}</p>").format(Markup("<br>").join(_links(one) for one in lines))
            )
    return Markup("").join(parts)


def _links(line: str) -> Markup:
    found: list[Markup] = []
    place = 0
    for match in _LINK.finditer(line):
        found.append(escape(line[place : match.start()]))
        found.append(Markup('<a href="{0}" rel="nofollow noopener">{0}</a>').format(match.group()))
        place = match.end()
    found.append(escape(line[place:]))
    return Markup("").join(found)
