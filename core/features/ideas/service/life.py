"""The life of an idea once it is published: support, consideration, answers, the decision, the
work. Every step is written into its history and announced; the worker tells those concerned."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Final, cast
from uuid import UUID

import msgspec
from sqlalchemy import func, insert, select

from core.deadlines.obligations import cancel_obligation, close_obligation, open_obligation
from core.deadlines.obligations import term_date as last_day_of
from core.feature import topic_list
from core.features.ideas.decisions import (
    CONSIDER_COUNTED,
    CONSIDER_DAYS,
    FOLLOWS_SUPPORT,
    MAY_DECIDE,
    SUPPORT_DAYS,
    THRESHOLD,
    DecideFacts,
    IdeaFacts,
)
from core.features.ideas.domain import (
    LONGEST_ANSWER,
    LONGEST_NOTE,
    PUBLIC,
    Outcome,
    State,
    Term,
    Terms,
    may_become,
)
from core.features.ideas.model import Campaign, Idea, IdeaStep, IdeaVersion
from core.features.ideas.queries import desk, one
from core.features.ideas.queries.desk import OWED
from core.identity import access
from core.kit.actor import StaffActor, actor_label
from core.kit.errors import Conflict, Invalid, NotFound
from core.kit.ids import new_id
from core.kit.period import Period
from core.kit.standing import Standing
from core.kit.text import Text
from core.rules import Decision
from core.rules.explain import reasons_data
from core.work import Work

ANSWER: Final = "ideas.answer"
DECIDE: Final = "ideas.decide"


class IdeaReference(msgspec.Struct, frozen=True):
    """The payload of events that say no more than which idea is meant."""

    idea_id: UUID


class IdeaPublished(msgspec.Struct, frozen=True):
    """Announced once as `ideas.published`."""

    idea_id: UUID
    author_id: UUID | None
    day: date
    campaign_id: UUID | None


class StateChanged(msgspec.Struct, frozen=True):
    """Announced as `ideas.state_changed`."""

    idea_id: UUID
    state: State
    previous: State
    step_id: UUID


class StepTaken(msgspec.Struct, frozen=True):
    """Announced as `ideas.step_taken` for every step that people are told of."""

    idea_id: UUID
    step_id: UUID


def add_step(
    work: Work,
    idea_id: UUID,
    kind: str,
    *,
    note: str = "",
    decision: Decision[Any] | None = None,
    reasons: Sequence[object] = (),
    announced: bool = True,
) -> UUID:
    """Write one step into an idea's history, with the clauses it rested on."""
    step_id = new_id()
    work.session.execute(
        insert(IdeaStep).values(
            id=step_id,
            idea_id=idea_id,
            at=work.now,
            kind=kind,
            actor=actor_label(work.actor),
            actor_name=work.actor.name if isinstance(work.actor, StaffActor) else "",
            note=note,
            reasons=msgspec.to_builtins(
                reasons_data(decision, work.tenant.locale) if decision is not None else [*reasons]
            ),
        )
    )
    if announced:
        work.emit("ideas.step_taken", StepTaken(idea_id, step_id))
    return step_id


def change_state(
    work: Work,
    idea_id: UUID,
    state: State,
    *,
    note: str = "",
    decision: Decision[Any] | None = None,
    reasons: Sequence[object] = (),
) -> Idea:
    """The locked row in its new state; raises Conflict when the idea cannot go there from here."""
    idea = one.locked_idea(work.session, idea_id)
    if idea is None:
        raise NotFound
    previous = State(idea.state)
    if not may_become(previous, state):
        raise Conflict(
            "ideas.state",
            Text(ru="Состояние идеи уже изменилось.", en="The idea is no longer in that state."),
            Text(ru="Обновите страницу.", en="Reload the page."),
        )
    idea.state = state
    idea.state_since = work.now
    work.session.flush()
    step_id = add_step(work, idea_id, state.value, note=note, decision=decision, reasons=reasons)
    work.record(f"ideas.{state.value}", f"idea:{idea_id}", number=idea.number, previous=previous)
    work.emit("ideas.state_changed", StateChanged(idea_id, state, previous, step_id))
    return idea


def lock_number(idea_id: UUID) -> int:
    """The advisory lock of an idea: supporters share it, who changes text or moves support takes
    it alone."""
    return int.from_bytes(idea_id.bytes[-8:], "big", signed=True)


def lock_alone(work: Work, *ideas: UUID) -> None:
    """Wait until nobody is supporting these ideas, and keep others waiting until the end."""
    for number in sorted({lock_number(idea) for idea in ideas}):
        work.session.execute(select(func.pg_advisory_xact_lock(number)))


# --- Publication ---


def publish(work: Work, idea_id: UUID) -> None:
    """Show an idea to everybody, under the law of this day; what moderation calls. Repeating it
    does no harm."""
    idea = one.locked_idea(work.session, idea_id)
    if idea is None:
        raise NotFound
    if State(idea.state) not in (State.SUBMITTED, State.REFUSED):
        return
    first = idea.published_at is None
    opening = terms_of(work, idea) if first or idea.terms is None else None
    idea = change_state(
        work, idea_id, State.COLLECTING, decision=opening.threshold if opening else None
    )
    if opening is not None:
        idea.terms = cast("dict[str, object]", msgspec.to_builtins(opening.kept))
        idea.governing_on = work.today
        idea.published_at = work.now
        _set_end(work, idea, opening.kept)
        for decision in (opening.threshold, opening.support, opening.consider):
            work.record_decision(f"idea:{idea_id}", decision)
        keep_version(work, idea)
        work.session.flush()
        work.emit(
            "ideas.published", IdeaPublished(idea_id, idea.author_id, work.today, idea.campaign_id)
        )
    elif idea.ends_at is not None and idea.ends_at <= work.now:
        # Its time ran out while it was out of sight: it is due at once.
        work.emit("ideas.support_ending", IdeaReference(idea_id))
    if idea.author_id is not None:
        from core.features.ideas.service.following import follow

        follow(work, idea_id=idea_id, resident_id=idea.author_id)


class _Opening(msgspec.Struct, frozen=True):
    """The decisions of the day of publication, and what is kept of them."""

    threshold: Decision[int | None]
    support: Decision[int | None]
    consider: Decision[int | None]
    kept: Terms


def terms_of(work: Work, idea: Idea) -> _Opening:
    """All that binds an idea from its publication on, decided once by the law of this day."""
    facts = IdeaFacts(on=work.today, in_campaign=idea.campaign_id is not None)
    threshold = work.decide(THRESHOLD, facts)
    support = work.decide(SUPPORT_DAYS, facts)
    consider = work.decide(CONSIDER_DAYS, facts)
    return _Opening(
        threshold=threshold,
        support=support,
        consider=consider,
        kept=Terms(
            threshold=term(threshold),
            support_days=term(support),
            follows=term(work.decide(FOLLOWS_SUPPORT, facts)),
            consider_days=term(consider),
            consider_counted=term(work.decide(CONSIDER_COUNTED, facts)),
        ),
    )


def term(decision: Decision[Any]) -> Term:
    """A decision as it is kept, explained in both languages."""
    return Term(
        value=msgspec.to_builtins(decision.value),
        reasons={
            "ru": cast("list[object]", msgspec.to_builtins(reasons_data(decision, "ru"))),
            "en": cast("list[object]", msgspec.to_builtins(reasons_data(decision, "en"))),
        },
    )


def terms(idea: Idea) -> Terms | None:
    """The law an idea was published under."""
    return msgspec.convert(idea.terms, Terms) if idea.terms is not None else None


def _set_end(work: Work, idea: Idea, kept: Terms) -> None:
    """Until when support is collected: the campaign's end, or so many days after this one."""
    if idea.campaign_id is not None:
        campaign = work.session.get(Campaign, idea.campaign_id)
        idea.ends_at = campaign.closes_at if campaign is not None else None
    elif kept.days is not None:
        last = work.today + timedelta(days=kept.days)
        idea.ends_at = Period(work.today, last).ends_at(work.tenant.zone)
    if idea.ends_at is not None:
        work.emit("ideas.support_ending", IdeaReference(idea.id), due_at=idea.ends_at)


def keep_version(work: Work, idea: Idea, note: str = "") -> None:
    """Keep the text as it reads now under its version."""
    work.session.execute(
        insert(IdeaVersion).values(
            idea_id=idea.id,
            version=idea.version,
            title=idea.title,
            body=idea.body,
            extra=idea.extra,
            at=work.now,
            note=note,
        )
    )


def refuse(
    work: Work, idea_id: UUID, *, note: str, reasons: Sequence[object], letter_id: UUID
) -> None:
    """An approved refusal takes effect: the idea is out of sight (again), the letter says why."""
    idea = one.locked_idea(work.session, idea_id)
    if idea is None:
        raise NotFound
    if State(idea.state) is State.REFUSED:
        return
    change_state(work, idea_id, State.REFUSED, note=note, reasons=reasons)
    cancel_obligation(work, OWED, answer_subject(work, idea_id), note="refused")
    work.record("ideas.letter", f"idea:{idea_id}", letter=str(letter_id))


# --- Support ---


def fold(work: Work, ideas: Sequence[UUID]) -> None:
    """Set the counters that lists read from the slots, and move on the ideas that have enough."""
    for idea_id, supports in desk.fold_supports(work.session, ideas):
        idea = work.session.get(Idea, idea_id, populate_existing=True)
        if idea is None or State(idea.state) is not State.COLLECTING:
            continue
        kept = terms(idea)
        if kept is None or kept.needed is None or supports < kept.needed or not kept.automatic:
            continue
        if one.merge_asking(work.session, idea_id) is None:
            _consider(work, idea_id, kept, reasons=_said(work, kept.threshold))


def end_support(work: Work, *, idea_id: UUID) -> bool:
    """What the schedule does when the time for support is over. An idea whose supporters are being
    asked about a merging waits for that."""
    idea = one.locked_idea(work.session, idea_id)
    if idea is None or State(idea.state) is not State.COLLECTING or idea.ends_at is None:
        return False
    if idea.ends_at > work.now or one.merge_asking(work.session, idea_id) is not None:
        return False
    kept = terms(idea)
    assert kept is not None
    desk.fold_supports(work.session, [idea_id])
    supports = one.live_supports(work.session, idea_id)
    if kept.needed is None or supports >= kept.needed:
        _consider(work, idea_id, kept, reasons=_said(work, kept.threshold))
    else:
        change_state(
            work,
            idea_id,
            State.UNSUPPORTED,
            reasons=[*_said(work, kept.support_days), *_said(work, kept.threshold)],
        )
    return True


def _said(work: Work, kept: Term) -> Sequence[object]:
    return kept.reasons.get(work.tenant.locale, [])


# --- Consideration and decision ---


def consider(work: Work, *, idea_id: UUID, note: str = "") -> None:
    """An official takes an idea into consideration by hand, or opens a decided one again."""
    access.require(work, DECIDE)
    idea = one.locked_idea(work.session, idea_id)
    if idea is None:
        raise NotFound
    if State(idea.state) is State.CONSIDERATION:
        return
    if State(idea.state) is State.DECLINED and not note.strip():
        raise Invalid(
            {"note": Text(ru="Напишите, почему решение пересматривается.", en="Write why.")}
        )
    kept = terms(idea)
    if kept is None:
        raise Conflict(
            "ideas.unpublished",
            Text(ru="Идея ещё не опубликована.", en="The idea is not published yet."),
        )
    _consider(work, idea_id, kept, note=_checked(note, LONGEST_NOTE, "note"))


def _consider(
    work: Work, idea_id: UUID, kept: Terms, *, note: str = "", reasons: Sequence[object] = ()
) -> None:
    said = _said(work, kept.consider_days)
    idea = change_state(work, idea_id, State.CONSIDERATION, note=note, reasons=[*reasons, *said])
    idea.decided_at = None
    due = kept.consider
    if due is not None:
        open_obligation(
            work,
            OWED,
            answer_subject(work, idea_id),
            title=Text(
                ru=f"Ответить на идею № {idea.number}: {idea.title}",
                en=f"Answer idea No. {idea.number}: {idea.title}",
            ),
            path=f"/desk/ideas/{idea_id}",
            due_on=last_day_of(work, due, work.today),
            reasons=said,
            holder_permission=DECIDE,
        )


def answer_subject(work: Work, idea_id: UUID) -> str:
    """What the duty to answer is opened on: anew each time an idea is considered again."""
    times = work.session.scalar(
        select(func.count())
        .select_from(IdeaStep)
        .where(IdeaStep.idea_id == idea_id, IdeaStep.kind == State.CONSIDERATION.value)
    )
    return f"idea:{idea_id}" if (times or 0) < 2 else f"idea:{idea_id}:{times}"


def answer(work: Work, *, idea_id: UUID, text: str, answer_id: UUID | None = None) -> None:
    """Answer officially without deciding: what was found out, what happens next. With `answer_id`
    (made by the form) a repeated submission answers once."""
    access.require(work, ANSWER)
    said = _checked(text, LONGEST_ANSWER, "text", needed=True)
    idea = one.locked_idea(work.session, idea_id)
    if idea is None or State(idea.state) not in PUBLIC:
        raise NotFound
    step_id = answer_id or new_id()
    if work.session.get(IdeaStep, step_id) is not None:
        return
    work.session.execute(
        insert(IdeaStep).values(
            id=step_id,
            idea_id=idea_id,
            at=work.now,
            kind="answered",
            actor=actor_label(work.actor),
            actor_name=work.actor.name if isinstance(work.actor, StaffActor) else "",
            note=said,
        )
    )
    work.emit("ideas.step_taken", StepTaken(idea_id, step_id))
    work.record("ideas.answered", f"idea:{idea_id}", number=idea.number)


def decide(work: Work, *, idea_id: UUID, outcome: Outcome, text: str) -> None:
    """Take an idea up, or decline it with an answer (R14, R62). The rule says how long an answer
    must be; a repeated click finds it done."""
    access.require(work, DECIDE)
    said = _checked(text, LONGEST_ANSWER, "text")
    idea = one.locked_idea(work.session, idea_id)
    if idea is None:
        raise NotFound
    state = State(outcome.value)
    if State(idea.state) is state:
        return
    decision = work.require(
        MAY_DECIDE, DecideFacts(on=work.today, outcome=outcome, answer_length=len(said))
    )
    subject = answer_subject(work, idea_id)
    idea = change_state(work, idea_id, state, note=said, decision=decision)
    idea.decided_at = work.now
    work.session.flush()
    work.record_decision(f"idea:{idea_id}", decision)
    close_obligation(work, OWED, subject, note=said[:200])


def start_work(work: Work, *, idea_id: UUID, note: str = "") -> None:
    """The work has begun: by hand, or because a measure of the plan has."""
    access.require(work, DECIDE)
    _move_on(work, idea_id, State.IN_WORK, note)


def finish(work: Work, *, idea_id: UUID, note: str) -> None:
    """It is done; the note says what was done, because that is what residents look for."""
    access.require(work, DECIDE)
    if not note.strip():
        raise Invalid({"text": Text(ru="Напишите, что сделано.", en="Write what was done.")})
    _move_on(work, idea_id, State.DONE, note)


def _move_on(work: Work, idea_id: UUID, state: State, note: str) -> None:
    idea = one.locked_idea(work.session, idea_id)
    if idea is None:
        raise NotFound
    if State(idea.state) is not state:
        change_state(work, idea_id, state, note=_checked(note, LONGEST_ANSWER, "text"))


def follow_measure(work: Work, *, idea_id: UUID, state: str, note: str = "") -> None:
    """A measure of the plan moved, so its idea moves too, as far as it may from where it stands."""
    idea = one.locked_idea(work.session, idea_id)
    wanted = {"in_work": State.IN_WORK, "done": State.DONE}.get(state)
    if idea is None or wanted is None or not may_become(State(idea.state), wanted):
        return
    change_state(work, idea_id, wanted, note=note)


def link_to_plan(work: Work, *, idea_id: UUID, plan_item: UUID | None) -> None:
    """Say on which topic of the yearly list an idea lives on (R16)."""
    access.require(work, DECIDE)
    topics = topic_list(work)
    if plan_item is not None:
        found = topics.find(work, plan_item) if topics is not None else None
        if found is None or found.standing is Standing.UNLISTED:
            raise Invalid(
                {
                    "plan_item": Text(
                        ru="Такой темы в перечне нет.", en="There is no such topic on the list."
                    )
                }
            )
    idea = one.locked_idea(work.session, idea_id)
    if idea is None:
        raise NotFound
    if idea.plan_item == plan_item:
        return
    idea.plan_item = plan_item
    work.session.flush()
    work.record("ideas.linked", f"idea:{idea_id}", plan_item=str(plan_item) if plan_item else None)


def _checked(text: str, most: int, field: str, *, needed: bool = False) -> str:
    """Trimmed text of an official; raises Invalid."""
    said = text.strip()
    if needed and not said:
        raise Invalid({field: Text(ru="Напишите ответ.", en="Write an answer.")})
    if len(said) > most:
        raise Invalid(
            {
                field: Text(
                    ru=f"Слишком длинно: не больше {most} знаков.",
                    en=f"Too long: at most {most} characters.",
                )
            }
        )
    return said
