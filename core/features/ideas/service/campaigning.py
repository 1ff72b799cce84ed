"""Campaigns: calls for ideas on a topic of the approved list, from the draft to the outcome.

Opening and closing happen by themselves at the city's own midnight: they are events due at that
hour. Each handler looks at the state again, so an event that comes twice or late does no harm.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final, cast
from uuid import UUID

import msgspec
from sqlalchemy import func, insert, select

from core.deadlines.obligations import cancel_obligation, close_obligation, open_obligation
from core.deadlines.obligations import term_date as last_day_of
from core.feature import Topic, topic_list
from core.features.ideas.decisions import (
    MAY_OPEN_CAMPAIGN,
    RESULTS_COUNTED,
    RESULTS_DAYS,
    CampaignFacts,
)
from core.features.ideas.domain import (
    CAMPAIGN_FOLLOWS,
    LONGEST_ANSWER,
    MOST_CHOICES,
    MOST_FIELDS,
    CampaignState,
    CampaignTerms,
    FormField,
    State,
)
from core.features.ideas.model import Campaign, CampaignStep, Idea
from core.features.ideas.queries import desk, one
from core.features.ideas.service.life import term
from core.identity import access
from core.kit.actor import StaffActor, actor_label
from core.kit.errors import Conflict, Invalid, NotFound
from core.kit.ids import new_id
from core.kit.period import Period
from core.kit.standing import Standing
from core.kit.text import Text
from core.rules import Decision, Refused
from core.rules.explain import reasons_data
from core.work import Work

PREPARE: Final = "ideas.campaign"
OPEN: Final = "ideas.open_campaign"
RESULTS_OWED: Final = "ideas.campaign_results"
"""The kind of obligation to sum a campaign up and hand the results to its initiator."""
KIND: Final = "campaign"
"""How the topic list calls what a campaign is held on."""
LONGEST_TITLE: Final = 160
LONGEST_SUMMARY: Final = 400
LONGEST_BODY: Final = 10_000
_NUMBERS: Final = 1_230_013


class CampaignDraft(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that can be written of a campaign before it opens."""

    title: str = ""
    summary: str = ""
    body: str = ""
    topic: str | None = None
    plan_item: UUID | None = None
    territory: tuple[str, ...] = ()
    with_place: bool = False
    opens_on: date | None = None
    closes_on: date | None = None
    form: tuple[FormField, ...] = ()


class CampaignReference(msgspec.Struct, frozen=True):
    """The payload of reminders about a campaign."""

    campaign_id: UUID


class CampaignChanged(msgspec.Struct, frozen=True):
    """Announced as `ideas.campaign_opened`, `.campaign_closed`, `.campaign_summed_up`,
    `.campaign_withdrawn`."""

    campaign_id: UUID
    plan_item: UUID | None
    number: int
    title: str
    opens_on: date | None
    closes_on: date | None
    ideas: int
    admitted: int
    refused: int
    participants: int
    supports: int
    taken_up: int


class CampaignNews(msgspec.Struct, frozen=True):
    """Announced as `ideas.campaign_news`: a step that those who took part are told of."""

    campaign_id: UUID
    step_id: UUID


def topics(work: Work, day: date) -> Sequence[Topic]:
    """The topics of the approved list that a campaign may be held on."""
    offered = topic_list(work)
    return offered.choices(work, KIND, day) if offered is not None else ()


def topic_of(work: Work, plan_item: UUID | None) -> Topic | None:
    """The topic a campaign is held on."""
    offered = topic_list(work)
    return offered.find(work, plan_item) if offered is not None and plan_item else None


def standing(work: Work, plan_item: UUID | None, on: date) -> Standing:
    """How the topic of a campaign that opens on `on` stands to the list. A topic of another year,
    or one meant for something else, is not listed."""
    if plan_item is None:
        return Standing.UNLISTED
    chosen = next((topic for topic in topics(work, on) if topic.id == plan_item), None)
    return chosen.standing if chosen is not None else Standing.UNLISTED


def check_opening(
    work: Work, *, opens_on: date, closes_on: date, plan_item: UUID | None
) -> Decision[bool]:
    """What the regulation says of these dates and this topic (п. 3.1, 3.5)."""
    return work.decide(
        MAY_OPEN_CAMPAIGN,
        CampaignFacts(
            on=opens_on,
            duration_days=Period(opens_on, closes_on).days,
            standing=standing(work, plan_item, opens_on),
        ),
    )


def save_draft(
    work: Work, *, draft: CampaignDraft, campaign_id: UUID, version: int | None = None
) -> int:
    """Begin a campaign or replace its draft; returns its new version. `campaign_id` is made by the
    form, so a repeated submission makes no second one. Raises Conflict when somebody else saved
    since `version` was read."""
    access.require(work, PREPARE)
    row = one.locked_campaign(work.session, campaign_id)
    if row is None:
        work.session.execute(select(func.pg_advisory_xact_lock(_NUMBERS, work.tenant.id)))
        row = one.locked_campaign(work.session, campaign_id)
        if row is None:
            work.session.execute(
                insert(Campaign).values(
                    id=campaign_id,
                    number=one.next_campaign_number(work.session),
                    title=draft.title,
                    created_by=actor_label(work.actor),
                    created_at=work.now,
                )
            )
            row = one.locked_campaign(work.session, campaign_id)
            assert row is not None
            add_step(work, campaign_id, "created")
            work.record("ideas.campaign_created", f"campaign:{campaign_id}", title=draft.title)
            _write(work, row, draft)
            return row.version
    if row.state != CampaignState.DRAFT:
        raise Conflict(
            "ideas.not_a_draft",
            Text(
                ru="Обсуждение уже не черновик, править его нельзя.",
                en="This campaign is no longer a draft and cannot be edited.",
            ),
            Text(ru="Верните его в черновики.", en="Return it to drafts."),
        )
    if version is not None and version != row.version:
        raise Conflict(
            "ideas.stale",
            Text(
                ru="Пока вы писали, черновик изменил кто-то другой.",
                en="Somebody else has changed this draft while you were writing.",
            ),
            Text(
                ru="Ваш текст остался в форме. Откройте черновик в соседней вкладке, сравните и "
                "сохраните ещё раз.",
                en="Your text is still in the form. Open the draft in another tab, compare, and "
                "save again.",
            ),
        )
    row.version += 1
    _write(work, row, draft)
    work.record("ideas.campaign_saved", f"campaign:{campaign_id}", version=row.version)
    return row.version


def _write(work: Work, row: Campaign, draft: CampaignDraft) -> None:
    profile = work.tenant.profile
    if len(draft.form) > MOST_FIELDS:
        raise Invalid({"form": Text(ru="Слишком много вопросов.", en="Too many questions.")})
    if draft.opens_on and draft.closes_on and draft.closes_on < draft.opens_on:
        raise Invalid({"closes_on": _BACKWARDS})
    row.title = draft.title
    row.summary = draft.summary
    row.body = draft.body
    row.topic = draft.topic if draft.topic and profile.topic(draft.topic) else None
    row.plan_item = draft.plan_item
    known = [key for key in draft.territory if profile.district(key) is not None]
    row.territory = known or None
    row.with_place = draft.with_place
    row.opens_on = draft.opens_on
    row.closes_on = draft.closes_on
    row.form = cast("list[object]", msgspec.to_builtins(draft.form))
    work.session.flush()


_BACKWARDS: Final = Text(
    ru="Последний день раньше дня начала.", en="The last day is before the first."
)


def check_complete(work: Work, row: Campaign) -> None:
    """Raises Invalid with everything that is still missing."""
    wrong: dict[str, Text] = {}
    if not row.title.strip():
        wrong["title"] = Text(ru="Напишите тему обсуждения.", en="Write what it is about.")
    if not row.body.strip():
        wrong["body"] = Text(
            ru="Расскажите жителям, о чём вы спрашиваете и что будет с идеями.",
            en="Tell residents what you ask for and what will become of the ideas.",
        )
    if row.opens_on is None:
        wrong["opens_on"] = Text(ru="Укажите день начала.", en="Give the first day.")
    elif row.opens_on < work.today:
        wrong["opens_on"] = Text(
            ru="День начала уже прошёл. Выберите сегодня или позже.",
            en="The first day is over. Choose today or later.",
        )
    if row.closes_on is None:
        wrong["closes_on"] = Text(ru="Укажите последний день.", en="Give the last day.")
    seen: set[str] = set()
    for n, field in enumerate(msgspec.convert(row.form, tuple[FormField, ...])):
        if not field.label.strip():
            wrong[f"field-{n}-label"] = Text(ru="Напишите вопрос.", en="Write the question.")
        if field.kind == "choice" and not 2 <= len(field.options) <= MOST_CHOICES:
            wrong[f"field-{n}-options"] = Text(
                ru="Нужно от двух вариантов ответа, каждый с новой строки.",
                en="At least two answers are needed, each on its own line.",
            )
        if field.key in seen:
            wrong[f"field-{n}-label"] = Text(ru="Вопрос повторяется.", en="This is asked twice.")
        seen.add(field.key)
    if wrong:
        raise Invalid(wrong)


def schedule(work: Work, *, campaign_id: UUID) -> None:
    """Approve a campaign: it opens by itself on its first day. Raises Refused with the clause when
    its topic is not on the list, or its dates are not allowed."""
    access.require(work, OPEN)
    row = _locked(work, campaign_id)
    if row.state == CampaignState.SCHEDULED:
        return
    check_complete(work, row)
    period = _period(row)
    decision = _require_opening(work, row, period)
    row.opens_at = period.starts_at(work.tenant.zone)
    row.closes_at = period.ends_at(work.tenant.zone)
    _change(work, row, CampaignState.SCHEDULED, decision=decision)
    work.record_decision(f"campaign:{campaign_id}", decision)
    work.emit("ideas.campaign_opening_due", CampaignReference(campaign_id), due_at=row.opens_at)


def return_to_draft(work: Work, *, campaign_id: UUID, note: str = "") -> None:
    """Take a campaign that has not opened yet back to its draft."""
    access.require(work, OPEN)
    row = _locked(work, campaign_id)
    if row.state != CampaignState.DRAFT:
        _change(work, row, CampaignState.DRAFT, note=note.strip())


def open_now(work: Work, *, campaign_id: UUID) -> None:
    """Open a scheduled campaign today instead of waiting for its first day."""
    access.require(work, OPEN)
    row = _locked(work, campaign_id)
    if row.state != CampaignState.OPEN:
        _open(work, row, by_hand=True)


def open_when_due(work: Work, *, campaign_id: UUID) -> bool:
    """What the schedule does at the first midnight. If the law or the list has changed since and no
    longer allows it, the campaign goes back to its authors with the clause."""
    row = one.locked_campaign(work.session, campaign_id)
    if row is None or row.state != CampaignState.SCHEDULED or row.opens_at is None:
        return False
    if row.opens_at > work.now:
        work.emit("ideas.campaign_opening_due", CampaignReference(campaign_id), due_at=row.opens_at)
        return False
    try:
        with work.session.begin_nested():
            _open(work, row, by_hand=False)
    except Refused as refusal:
        row = _locked(work, campaign_id)
        _change(
            work,
            row,
            CampaignState.DRAFT,
            note=refusal.title.in_(work.tenant.locale),
            decision=refusal.decision,
        )
        return False
    return True


def _open(work: Work, row: Campaign, *, by_hand: bool) -> None:
    period = _period(row)
    if by_hand or period.first < work.today:
        if period.last < work.today:
            raise Conflict(
                "ideas.campaign_late",
                Text(ru="Последний день уже прошёл.", en="The last day is over."),
                Text(
                    ru="Верните обсуждение в черновики и выберите новые даты.",
                    en="Return the campaign to drafts and choose new dates.",
                ),
            )
        period = Period(work.today, period.last)
        row.opens_on = work.today
    decision = _require_opening(work, row, period)
    facts = CampaignFacts(
        on=period.first,
        duration_days=period.days,
        standing=standing(work, row.plan_item, period.first),
    )
    row.governing_on = period.first
    row.opens_at = work.now if by_hand else period.starts_at(work.tenant.zone)
    row.closes_at = period.ends_at(work.tenant.zone)
    row.terms = cast(
        "dict[str, object]",
        msgspec.to_builtins(
            CampaignTerms(
                opening=term(decision),
                results_days=term(work.decide(RESULTS_DAYS, facts)),
                results_counted=term(work.decide(RESULTS_COUNTED, facts)),
            )
        ),
    )
    _change(work, row, CampaignState.OPEN, decision=decision)
    work.record_decision(f"campaign:{row.id}", decision)
    work.emit("ideas.campaign_closing_due", CampaignReference(row.id), due_at=row.closes_at)
    work.emit("ideas.campaign_opened", _facts(work, row))


def close_when_due(work: Work, *, campaign_id: UUID) -> bool:
    """What the schedule does at the last midnight: no more ideas, and the results become due."""
    row = one.locked_campaign(work.session, campaign_id)
    if row is None or row.state != CampaignState.OPEN or row.closes_at is None:
        return False
    if row.closes_at > work.now:
        return False
    kept = msgspec.convert(row.terms, CampaignTerms)
    row.closed_at = work.now
    said = kept.results_days.reasons.get(work.tenant.locale, [])
    _change(work, row, CampaignState.CLOSED, reasons=said)
    due = kept.results
    if due is not None and row.closes_on is not None:
        open_obligation(
            work,
            RESULTS_OWED,
            f"campaign:{campaign_id}",
            title=Text(
                ru=f"Итоги обсуждения № {row.number}: {row.title}",
                en=f"Results of campaign No. {row.number}: {row.title}",
            ),
            path=f"/desk/campaigns/{campaign_id}",
            due_on=last_day_of(work, due, row.closes_on),
            reasons=said,
            holder_permission=OPEN,
        )
    work.emit("ideas.campaign_closed", _facts(work, row))
    return True


def sum_up(work: Work, *, campaign_id: UUID, outcome: str) -> None:
    """Publish what a campaign came to; whoever took part is told."""
    access.require(work, OPEN)
    said = outcome.strip()
    if not said:
        raise Invalid(
            {
                "outcome": Text(
                    ru="Напишите итоги: что предложили и что будет дальше.",
                    en="Write the outcome: what was suggested and what happens next.",
                )
            }
        )
    if len(said) > LONGEST_ANSWER:
        raise Invalid({"outcome": Text(ru="Слишком длинно.", en="Too long.")})
    row = _locked(work, campaign_id)
    if row.state == CampaignState.SUMMED_UP:
        return
    row.outcome = said
    step_id = _change(work, row, CampaignState.SUMMED_UP, note=said)
    close_obligation(work, RESULTS_OWED, f"campaign:{campaign_id}")
    work.emit("ideas.campaign_summed_up", _facts(work, row))
    work.emit("ideas.campaign_news", CampaignNews(campaign_id, step_id))


def withdraw(work: Work, *, campaign_id: UUID, note: str) -> None:
    """Take a campaign back; the reason is shown. Its ideas go on without it."""
    access.require(work, OPEN)
    if not note.strip():
        raise Invalid({"note": Text(ru="Напишите, почему снимаете.", en="Write why.")})
    row = _locked(work, campaign_id)
    if row.state == CampaignState.WITHDRAWN:
        return
    step_id = _change(work, row, CampaignState.WITHDRAWN, note=note.strip())
    cancel_obligation(work, RESULTS_OWED, f"campaign:{campaign_id}", note=note.strip())
    work.emit("ideas.campaign_news", CampaignNews(campaign_id, step_id))
    work.emit("ideas.campaign_withdrawn", _facts(work, row))


def add_step(
    work: Work,
    campaign_id: UUID,
    kind: str,
    *,
    note: str = "",
    decision: Decision[Any] | None = None,
    reasons: Sequence[object] = (),
) -> UUID:
    """Write one step into a campaign's history, with the clauses it rested on."""
    step_id = new_id()
    work.session.execute(
        insert(CampaignStep).values(
            id=step_id,
            campaign_id=campaign_id,
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
    return step_id


def _change(
    work: Work,
    row: Campaign,
    state: CampaignState,
    *,
    note: str = "",
    decision: Decision[Any] | None = None,
    reasons: Sequence[object] = (),
) -> UUID:
    if state not in CAMPAIGN_FOLLOWS[CampaignState(row.state)]:
        raise Conflict(
            "ideas.campaign_state",
            Text(
                ru="Состояние обсуждения уже изменилось.",
                en="The campaign is no longer in that state.",
            ),
            Text(ru="Обновите страницу.", en="Reload the page."),
        )
    row.state = state
    row.version += 1
    work.session.flush()
    work.record(f"ideas.campaign_{state.value}", f"campaign:{row.id}", number=row.number)
    return add_step(work, row.id, state.value, note=note, decision=decision, reasons=reasons)


def _require_opening(work: Work, row: Campaign, period: Period) -> Decision[bool]:
    decision = check_opening(
        work, opens_on=period.first, closes_on=period.last, plan_item=row.plan_item
    )
    if not decision.value:
        raise Refused(decision)
    return decision


def _locked(work: Work, campaign_id: UUID) -> Campaign:
    row = one.locked_campaign(work.session, campaign_id)
    if row is None:
        raise NotFound
    return row


def _period(row: Campaign) -> Period:
    assert row.opens_on is not None
    assert row.closes_on is not None
    return Period(row.opens_on, row.closes_on)


def _facts(work: Work, row: Campaign) -> CampaignChanged:
    ids = work.session.scalars(
        select(Idea.id).where(Idea.campaign_id == row.id, Idea.state == State.COLLECTING.value)
    ).all()
    desk.fold_supports(work.session, ids)
    figures = desk.campaign_figures(work.session, row.id)
    return CampaignChanged(
        campaign_id=row.id,
        plan_item=row.plan_item,
        number=row.number,
        title=row.title,
        opens_on=row.opens_on,
        closes_on=row.closes_on,
        **msgspec.structs.asdict(figures),
    )
