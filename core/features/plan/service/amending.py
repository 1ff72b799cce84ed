"""Changing an approved list: a reasoned proposal, a decision, and a new line of the list; what was
on it before stays readable (п. 3.5 of the source, R45)."""

from datetime import date
from typing import Final
from uuid import UUID

import msgspec
from sqlalchemy.dialects.postgresql import insert

from core.deadlines import obligations
from core.features.plan import queries
from core.features.plan.decisions import MAY_AMEND, MAY_APPROVE, AmendFacts, ApproveFacts
from core.features.plan.domain import (
    AmendmentKind,
    AmendmentState,
    Content,
    ItemState,
    YearState,
)
from core.features.plan.model import PlanAmendment, PlanItem
from core.features.plan.service import approval, gathering, steps
from core.identity import access
from core.kit.actor import actor_label
from core.kit.errors import Conflict, Invalid, NotFound
from core.kit.ids import new_id
from core.kit.text import Text
from core.notify.tell import tell
from core.work import Work

_NOT_APPROVED: Final = Text(
    ru="Перечень ещё не утверждён: просто поправьте предложение.",
    en="The list is not approved yet: simply correct the proposal.",
)
_WHY_DECLINED: Final = Text(ru="Напишите, почему отклоняете.", en="Write why you decline it.")


def propose_amendment(
    work: Work,
    *,
    amendment_id: UUID,
    year: int,
    kind: AmendmentKind,
    motivation: str,
    content: Content | None = None,
    item_id: UUID | None = None,
    unit: str = "",
) -> UUID:
    """Enter a proposal to change the approved list. `amendment_id` is made by the form: sending it
    twice makes one. Raises Refused without a reason where the rules ask for one."""
    access.require(work, steps.PROPOSE)
    row = steps.locked_year(work, year)
    if row.state != YearState.APPROVED:
        raise Conflict("plan.not_approved", _NOT_APPROVED)
    work.require(
        MAY_AMEND, AmendFacts(on=work.today, year=year, motivated=bool(motivation.strip()))
    )
    if kind is AmendmentKind.ADD:
        item_id = None
    else:
        _listed(work, year, item_id)
    if kind is AmendmentKind.REMOVE:
        content = None
    elif content is None:
        raise NotFound
    else:
        gathering.check_content(work, content)
    number = queries.last_amendment_number(work.session, year) + 1
    made = work.session.scalar(
        insert(PlanAmendment)
        .values(
            id=amendment_id,
            year=year,
            number=number,
            kind=kind,
            item_id=item_id,
            content=msgspec.to_builtins(content) if content is not None else None,
            motivation=motivation.strip(),
            unit=unit,
            created_at=work.now,
            created_by=actor_label(work.actor),
        )
        .on_conflict_do_nothing(index_elements=["id"])
        .returning(PlanAmendment.id)
    )
    if made is None:
        return amendment_id
    steps.add_step(work, year, "amendment_proposed", item_id=item_id, note=motivation.strip())
    work.record("plan.amendment_proposed", f"plan_amendment:{amendment_id}", kind=kind, year=year)
    tell(
        work,
        "plan.amendment",
        steps.holders(work, steps.APPROVE),
        title=Text(
            ru="Предложено изменить перечень тематик на {year} год",
            en="A change to the topic list of {year} is proposed",
        ).format(year=year),
        text=Text(ru="Обоснование: {why}", en="Reasons: {why}").format(why=motivation.strip()),
        path=f"/desk/plan/{year}/amendments",
        once=f"plan.amendment:{amendment_id}",
    )
    return amendment_id


def decide(
    work: Work,
    *,
    amendment_id: UUID,
    accept: bool,
    note: str = "",
    act_number: str = "",
    act_on: date | None = None,
) -> UUID | None:
    """Make the change, or decline it with a word why; returns the item it made or touched.
    Deciding twice changes nothing."""
    access.require(work, steps.APPROVE)
    amendment = queries.locked_amendment(work.session, amendment_id)
    if amendment is None:
        raise NotFound
    if amendment.state != AmendmentState.PROPOSED:
        return amendment.item_id
    if not accept and not note.strip():
        raise Invalid({"note": _WHY_DECLINED})
    steps.locked_year(work, amendment.year)
    amendment.decided_on = work.today
    amendment.decided_by = steps.actor_name(work)
    amendment.decision_note = note.strip()
    amendment.act_number = act_number.strip()
    amendment.act_on = act_on
    if not accept:
        amendment.state = AmendmentState.REFUSED
        steps.add_step(
            work, amendment.year, "amendment_refused", item_id=amendment.item_id, note=note
        )
        work.record("plan.amendment_refused", f"plan_amendment:{amendment_id}", note=note)
        return amendment.item_id
    work.require(
        MAY_APPROVE,
        ApproveFacts(on=work.today, year=amendment.year, posts=steps.actor_posts(work)),
    )
    decision = work.require(
        MAY_AMEND,
        AmendFacts(on=work.today, year=amendment.year, motivated=bool(amendment.motivation)),
    )
    amendment.state = AmendmentState.APPROVED
    match AmendmentKind(amendment.kind):
        case AmendmentKind.ADD:
            amendment.item_id = _add(work, amendment)
        case AmendmentKind.CHANGE:
            _change(work, amendment)
        case AmendmentKind.REMOVE:
            _remove(work, amendment)
    steps.add_step(
        work,
        amendment.year,
        "amended",
        item_id=amendment.item_id,
        note=amendment.motivation,
        decision=decision,
    )
    work.record(
        "plan.amended",
        f"plan_amendment:{amendment_id}",
        kind=amendment.kind,
        item=f"plan_item:{amendment.item_id}",
        act_number=amendment.act_number,
    )
    work.record_decision(f"plan_amendment:{amendment_id}", decision)
    return amendment.item_id


def _listed(work: Work, year: int, item_id: UUID | None) -> PlanItem:
    row = queries.locked_item(work.session, item_id) if item_id is not None else None
    if row is None or row.year != year:
        raise NotFound
    if row.state != ItemState.APPROVED:
        raise steps.MovedOn
    return row


def _add(work: Work, amendment: PlanAmendment) -> UUID:
    content = msgspec.convert(amendment.content, Content)
    item_id = gathering.insert_item(
        work,
        year=amendment.year,
        content=content,
        item_id=new_id(),
        state=ItemState.ADMITTED,
        by=amendment.created_by,
        amendment_id=amendment.id,
    )
    approval.put_on_list(
        work,
        steps.locked_item(work, item_id),
        number=queries.last_number(work.session, amendment.year) + 1,
        amendment_id=amendment.id,
    )
    return item_id


def _change(work: Work, amendment: PlanAmendment) -> None:
    row = _listed(work, amendment.year, amendment.item_id)
    content = msgspec.convert(amendment.content, Content)
    gathering.write(row, content)
    approval.add_entry(work, row, content, listed=True, amendment_id=amendment.id)


def _remove(work: Work, amendment: PlanAmendment) -> None:
    row = _listed(work, amendment.year, amendment.item_id)
    row.state = ItemState.WITHDRAWN
    row.reason = amendment.motivation
    row.version += 1
    content = msgspec.convert(row.content, Content)
    approval.add_entry(work, row, content, listed=False, amendment_id=amendment.id)
    note = "Тема исключена из перечня."
    for measure in queries.measures(work.session, row.id):
        obligations.cancel_obligation(work, steps.MEASURE_DUE, f"measure:{measure.id}", note=note)
    obligations.cancel_obligation(work, steps.REPORT_DUE, f"plan_item:{row.id}", note=note)
