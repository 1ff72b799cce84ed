"""One poll on the desk: where it stands and who brought it there, the turnout, the steps that may
be taken now, and how residents see it. Choices are shown no earlier than to residents."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, cast, get_args
from uuid import UUID

import msgspec
from litestar import Response
from litestar.params import FromPath

from core.deadlines.obligations import ObligationView, of_subject
from core.features.polls import queries
from core.features.polls.domain import (
    FINAL,
    PUBLIC,
    ResultsShown,
    State,
    Verdict,
)
from core.features.polls.queries import PollView
from core.features.polls.service import drafting, life, reporting, topics
from core.features.polls.web import desk_turnout, law, rights, shown, words
from core.identity.decisions import MAY_ACT, ActFacts
from core.kit.actor import StaffActor, actor_label
from core.kit.errors import Conflict, Invalid, NotFound, Problem
from core.kit.text import DAYS, Locale, Text
from core.rules import Refused, RuleError
from core.rules.explain import ReasonWords, reasons_data
from core.web.forms import Form, FormData
from core.web.i18n import short_day_text
from core.web.pages import messages, redirect, render
from core.web.request import CityRequest
from core.web.routes import action, page
from core.work import Work

if TYPE_CHECKING:
    from core.features.polls.model import Poll


class Step(msgspec.Struct, frozen=True):
    """A step staff can take with a poll: who may, from which states, how the history calls it
    afterwards, and what is said when it is done."""

    do: str
    permission: str
    states: frozenset[State]
    kinds: frozenset[str]
    done: Text


STEPS: Final[Sequence[Step]] = (
    Step(
        "submit",
        rights.DRAFT,
        frozenset({State.DRAFT}),
        frozenset({"submitted"}),
        Text(ru="Опрос отправлен на согласование.", en="The poll was sent for approval."),
    ),
    Step(
        "approve",
        rights.APPROVE,
        frozenset({State.REVIEW}),
        frozenset({"approved"}),
        Text(ru="Опрос согласован.", en="The poll is approved."),
    ),
    Step(
        "return",
        rights.APPROVE,
        frozenset({State.REVIEW, State.SCHEDULED}),
        frozenset({"returned"}),
        Text(ru="Опрос возвращён в черновики.", en="The poll is back among the drafts."),
    ),
    Step(
        "open",
        rights.OPEN,
        frozenset({State.SCHEDULED}),
        frozenset({"opened"}),
        Text(ru="Голосование открыто.", en="Voting is open."),
    ),
    Step(
        "extend",
        rights.EXTEND,
        frozenset({State.OPEN}),
        frozenset({"extended"}),
        Text(ru="Опрос продлён.", en="The poll is extended."),
    ),
    Step(
        "publish",
        rights.PUBLISH,
        frozenset({State.CLOSED}),
        frozenset({"published", "invalidated"}),
        Text(ru="Итоги опубликованы.", en="The results are published."),
    ),
    Step(
        "hand_over",
        rights.PUBLISH,
        frozenset({State.PUBLISHED, State.INVALID}),
        frozenset({reporting.HANDED_OVER}),
        Text(ru="Итоги переданы инициатору.", en="The results were sent to the initiator."),
    ),
    Step(
        "withdraw",
        rights.APPROVE,
        frozenset({State.DRAFT, State.REVIEW, State.SCHEDULED, State.OPEN, State.CLOSED}),
        frozenset({"withdrawn"}),
        Text(ru="Опрос снят.", en="The poll is withdrawn."),
    ),
)

_LONGEST_NOTE: Final = 1000
_LONGEST_ADDRESS: Final = 254
_MOVED_ON = Text(
    ru="Пока вы смотрели, опрос изменился.", en="The poll has changed while you were looking."
)
_MOVED_ON_ADVICE = Text(
    ru="Ниже он такой, какой есть сейчас. Проверьте и решите ещё раз.",
    en="Below it is shown as it is now. Please check and decide again.",
)
_UNCHECKED = Text(
    ru="Отметьте, что итоги проверены: публикацию нельзя отменить.",
    en="Tick that the results were checked: publishing cannot be undone.",
)


@page("/desk/polls/{poll_id:uuid}")
def look(request: CityRequest, poll_id: FromPath[UUID]) -> Response[Any]:
    """A poll in any state."""
    with request.work() as work:
        held = rights.enter(work)
        return _show(request, work, _existing(work, poll_id), held)


@action("/desk/polls/{poll_id:uuid}")
def take_step(request: CityRequest, poll_id: FromPath[UUID], data: FormData) -> Response[Any]:
    """Take a step with the poll as it was shown. A second click finds the step taken, and is told
    the same; a poll that has moved on otherwise is shown anew, with what was typed."""
    form = Form(data)
    step = next((one for one in STEPS if one.do == form.raw("do")), None)
    if step is None:
        raise NotFound
    try:
        with request.work(person=False) as work:
            rights.enter(work, step.permission)
            if str(_version(work, poll_id, step)) != form.raw("version"):
                if not _taken(work, poll_id, step):
                    raise Conflict("polls.moved_on", _MOVED_ON, _MOVED_ON_ADVICE)
            else:
                _TAKE[step.do](work, poll_id, form)
    except (Conflict, Invalid, Refused) as problem:
        if problem.status == 403:
            raise
        with request.work() as work:
            held = rights.enter(work, step.permission)
            poll = _existing(work, poll_id)
            return _show(request, work, poll, held, step=step, problem=problem, form=form)
    return redirect(
        request, f"/desk/polls/{poll_id}", flash=("good", step.done.in_(request.locale))
    )


def _version(work: Work, poll_id: UUID, step: Step) -> int:
    """The poll's version, held still until the step is taken."""
    if step.do == "withdraw":
        # Withdrawing waits for voters before it takes the row, and so must we.
        version = _existing(work, poll_id).version
        work.session.expire_all()
        return version
    row = queries.locked_poll(work.session, poll_id)
    if row is None:
        raise NotFound
    return row.version


def _taken(work: Work, poll_id: UUID, step: Step) -> bool:
    """Whether this very person has just taken this very step."""
    history = queries.steps(work.session, poll_id)
    return (
        bool(history)
        and history[-1].kind in step.kinds
        and history[-1].actor == actor_label(work.actor)
    )


def _note(form: Form) -> str:
    note = form.text("note", most=_LONGEST_NOTE, required=False, lines=True)
    form.check()
    return note


def _extend(work: Work, poll_id: UUID, form: Form) -> None:
    last = form.day("closes_on")
    note = _note(form)
    assert last is not None
    if last.year > work.today.year + 5:
        raise Invalid({"closes_on": Text(ru="Проверьте год.", en="Please check the year.")})
    life.extend(work, poll_id=poll_id, closes_on=last, note=note)


def _hand_over(work: Work, poll_id: UUID, form: Form) -> None:
    way = form.choice("way", get_args(reporting.Way))
    note = _note(form)
    reporting.hand_over(
        work,
        poll_id=poll_id,
        way="email" if way == "email" else "otherwise",
        address=form.raw("address")[:_LONGEST_ADDRESS],
        note=note,
    )


def _publish(work: Work, poll_id: UUID, form: Form) -> None:
    if not form.flag("checked"):
        raise Invalid({"checked": _UNCHECKED})
    life.publish(work, poll_id=poll_id, note=_note(form))


_TAKE: Final[Mapping[str, Callable[[Work, UUID, Form], None]]] = {
    "submit": lambda work, poll_id, _form: drafting.submit_for_review(work, poll_id=poll_id),
    "approve": lambda work, poll_id, _form: life.approve(work, poll_id=poll_id),
    "return": lambda work, poll_id, form: life.return_to_draft(
        work, poll_id=poll_id, note=_note(form)
    ),
    "open": lambda work, poll_id, _form: life.open_now(work, poll_id=poll_id),
    "extend": _extend,
    "publish": _publish,
    "hand_over": _hand_over,
    "withdraw": lambda work, poll_id, form: life.withdraw(work, poll_id=poll_id, note=_note(form)),
}


def _existing(work: Work, poll_id: UUID) -> PollView:
    poll = queries.poll_view(work.session, poll_id)
    if poll is None:
        raise NotFound
    return poll


class HistoryLine(msgspec.Struct, frozen=True):
    """A step that was taken: what, when, by whom, why, and on which clauses."""

    kind: str
    title: str
    at: datetime
    who: str
    note: str
    reasons: tuple[ReasonWords, ...]

    @property
    def clauses(self) -> tuple[Any, ...]:
        return law.distinct(self.reasons)


_BY_ITSELF = Text(ru="по расписанию", en="by schedule")


def _history(work: Work, poll_id: UUID, locale: Locale) -> list[HistoryLine]:
    return [
        HistoryLine(
            kind=step.kind,
            title=words.STEPS[step.kind].in_(locale),
            at=step.at,
            who=step.actor_name or _BY_ITSELF.in_(locale),
            note=step.note,
            reasons=tuple(
                reason for reason in law.as_reasons(step.reasons) if reason.kind != "advice"
            ),
        )
        for step in queries.steps(work.session, poll_id)
    ]


def _latest(work: Work, poll: PollView) -> date | None:
    """The latest day to which the law of its opening lets this poll be extended."""
    # A view has the dates and the count of extensions that are read from the row.
    return life.latest_extension(work, cast("Poll", poll))


def _entrusted(work: Work, permission: str, locale: Locale) -> tuple[ReasonWords, ...]:
    """Why the one who looks has no right to the next step, and who has."""
    if not isinstance(work.actor, StaffActor):
        return ()
    facts = ActFacts(on=work.today, posts=work.actor.posts, permission=permission)
    return reasons_data(work.decide(MAY_ACT, facts), locale)


_NEXT: Final[Mapping[State, str]] = {
    State.DRAFT: rights.DRAFT,
    State.REVIEW: rights.APPROVE,
    State.SCHEDULED: rights.OPEN,
    State.OPEN: rights.EXTEND,
    State.CLOSED: rights.PUBLISH,
}


def _show(
    request: CityRequest,
    work: Work,
    poll: PollView,
    held: frozenset[str],
    *,
    step: Step | None = None,
    problem: Problem | None = None,
    form: Form | None = None,
) -> Response[Any]:
    locale = request.locale
    tenant = work.tenant
    plan = None
    if poll.terms is None and poll.opens_on is not None and poll.closes_on is not None:
        plan = law.plan(
            work,
            first=poll.opens_on,
            last=poll.closes_on,
            territory=poll.territory,
            plan_item=poll.plan_item,
            procedure=poll.procedure,
            locale=locale,
        )
    offered = [one.do for one in STEPS if poll.state in one.states and one.permission in held]
    taken = _history(work, poll.id, locale)
    if any(one.kind == reporting.HANDED_OVER for one in taken):
        offered = [one for one in offered if one != "hand_over"]
    results_owed = next(
        (
            one
            for one in of_subject(work.session, reporting.subject_of(poll.id))
            if one.kind == reporting.RESULTS
        ),
        None,
    )
    following = _NEXT.get(poll.state)
    seen = _results(work, poll)
    return render(
        request,
        "polls/desk_poll.html",
        work=work,
        status=problem.status if problem else 200,
        poll=poll,
        words=words,
        held=held,
        offered=offered,
        entrusted=_entrusted(work, following, locale)
        if following is not None and following not in held
        else (),
        tried=step.do if step else "",
        problem=problem,
        refusal=reasons_data(problem.decision, locale) if isinstance(problem, Refused) else (),
        errors=messages(problem, locale) if problem else {},
        note=form.raw("note")[:_LONGEST_NOTE] if form else "",
        wished=form.raw("closes_on") if form else "",
        latest=_latest(work, poll) if "extend" in offered else None,
        soonest=poll.closes_on + timedelta(days=1) if poll.closes_on else None,
        today=work.today,
        history=taken,
        results_owed=results_owed,
        results_left=_left_of(results_owed, work.today) if results_owed else None,
        way=form.raw("way") if form else "email",
        address=form.raw("address")[:_LONGEST_ADDRESS] if form else "",
        plan=plan,
        conditions=law.standing(poll.terms, locale) if poll.terms else (),
        grounds=shown.grounds(_all_reasons(poll, locale)),
        turnout=desk_turnout.turnout(work, poll, locale),
        results=seen,
        hidden=law.distinct(law.term_reasons(poll.terms.results_shown, locale))
        if poll.terms
        else (),
        verdict=poll.results.verdict if poll.results else None,
        verdict_kind={
            Verdict.VALID: "good",
            Verdict.VOID: "bad",
            Verdict.INFORMATIONAL: "warn",
        },
        public=poll.state in PUBLIC,
        final=poll.state in FINAL,
        prose=shown.prose(poll.body),
        paper=poll.paper or queries.draft_paper(work.session, poll.id),
        initiator=shown.initiator_name(tenant, poll.initiator, locale),
        keeps_list=topics.keeps_list(work),
        listed=topics.topic_of(work, poll.plan_item),
        districts=[shown.district_name(tenant, key, locale) for key in poll.territory or ()],
        district_name=lambda key: shown.district_name(tenant, key, locale),
        day_label=lambda iso: short_day_text(date.fromisoformat(iso), locale, tenant.zone),
    )


def _left_of(owed: ObligationView, today: date) -> tuple[Text, str]:
    """How long there is to send the results, and how pressing that is."""
    if owed.state != "open":
        return (_SENT, "good") if owed.state == "done" else (_NOT_OWED, "")
    if owed.paused_on is not None:
        return _STOPPED, ""
    days = owed.days(today)
    if days < 0:
        return _OVERDUE.with_values({"days": DAYS.text(-days)}), "bad"
    if days == 0:
        return _LAST_DAY, "warn"
    return _DAYS_LEFT.with_values({"days": DAYS.text(days)}), "warn" if days == 1 else ""


_SENT = Text(ru="переданы", en="sent")
_NOT_OWED = Text(ru="снято", en="cancelled")
_STOPPED = Text(ru="срок приостановлен", en="the clock is stopped")
_OVERDUE = Text(ru="просрочено на {days}", en="{days} overdue")
_LAST_DAY = Text(ru="сегодня последний день", en="today is the last day")
_DAYS_LEFT = Text(ru="есть {days}", en="{days} left")


def _results(work: Work, poll: PollView) -> shown.ResultsSeen | None:
    """The votes, once every resident may see them: staff see them no earlier."""
    early = poll.terms is not None and poll.terms.shown is not ResultsShown.ALWAYS
    if poll.state is State.OPEN and early:
        return None
    return shown.seen_results(work, poll, voted=False)


def _all_reasons(poll: PollView, locale: Locale) -> tuple[ReasonWords, ...]:
    if poll.terms is None:
        return ()
    return (
        *law.term_reasons(poll.terms.duration, locale),
        *(reason for condition in law.standing(poll.terms, locale) for reason in condition.reasons),
    )


@page("/desk/polls/{poll_id:uuid}/preview")
def preview(request: CityRequest, poll_id: FromPath[UUID]) -> Response[Any]:
    """The poll's page as residents will see it; nothing can be sent from here."""
    locale = request.locale
    tenant = request.tenant
    with request.work() as work:
        rights.enter(work)
        poll = _existing(work, poll_id)
        paper = poll.paper or queries.draft_paper(work.session, poll_id)
        known = None
        if poll.terms is not None or (poll.opens_on is not None and poll.closes_on is not None):
            # A regulation that cannot answer yet must not keep anybody from reading the text.
            with suppress(RuleError):
                known = shown.law_of(work, poll, locale)
    return render(
        request,
        "polls/desk_preview.html",
        poll=poll,
        words=words,
        law=known,
        paper=paper,
        prose=shown.prose(poll.body),
        topic=tenant.profile.topic(poll.topic) if poll.topic else None,
        initiator=shown.initiator_name(tenant, poll.initiator, locale),
        districts=[shown.district_name(tenant, key, locale) for key in poll.territory or ()],
    )


HANDLERS: Final = (look, take_step, preview)
