"""Carrying out what was decided on a topic: measures with days, people and money (R65), what became
of them, and the report after the implementation period (п. 3.14 of the source, R63)."""

from collections.abc import Sequence
from datetime import date
from typing import Final, cast
from uuid import UUID

import msgspec
from sqlalchemy.dialects.postgresql import insert

from core.deadlines import obligations
from core.deadlines.domain import DayKind, LastDay, Term
from core.features.plan import queries
from core.features.plan.decisions import (
    CONTROL,
    REPORT_DUE,
    REPORT_DUE_COUNTED,
    REPORT_LAST_DAY,
    REPORT_REMINDER,
    ReportFacts,
    YearFacts,
)
from core.features.plan.domain import (
    ENDED,
    MOST_MONEY,
    YEARS,
    ActivityKind,
    Control,
    ItemState,
    MeasureState,
    Report,
)
from core.features.plan.model import PlanActivity, PlanItem, PlanMeasure, PlanReport
from core.features.plan.service import steps
from core.files import store
from core.identity import access, staff
from core.kit.errors import Conflict, Invalid, NotFound
from core.kit.ids import new_id
from core.kit.text import Text
from core.work import Work

MEASURE_FILES: Final = store.Purpose(
    pictures=True, documents=True, most_bytes=15 * 1024 * 1024, most=10
)
MOST_LINKS: Final = 10

_WHAT: Final = Text(ru="Напишите, что будет сделано.", en="Write what will be done.")
_YEAR: Final = Text(ru="Проверьте год.", en="Please check the year.")
_WHY: Final = Text(ru="Напишите, что не сделано и почему.", en="Write what was not done, and why.")
_WHEN: Final = Text(ru="Укажите, когда это закончено.", en="Give the day on which it ended.")
_FUTURE: Final = Text(ru="Эта дата ещё не наступила.", en="This day has not come yet.")
_MONEY: Final = Text(ru="Проверьте сумму.", en="Please check the sum.")
_LINK: Final = Text(
    ru="Ссылка должна начинаться с https:// или с косой черты.",
    en="A link begins with https:// or with a slash.",
)
_BACKWARDS: Final = Text(
    ru="Последний день раньше первого.", en="The last day is before the first."
)
_MEASURE_TITLE: Final = Text(ru="{what} (тема № {number})", en="{what} (topic no. {number})")
_REPORT_TITLE: Final = Text(
    ru="Отчёт об исполнении плана: тема № {number}, {title}",
    en="Report on the plan: topic no. {number}, {title}",
)
_SENT: Final = Text(ru="Отчёт уже отправлен.", en="The report is sent already.")
_SENT_ADVICE: Final = Text(
    ru="Отправленный отчёт не изменяют. Уточнение внесите в мероприятия.",
    en="A report that was sent is not changed. Correct the measures instead.",
)


class MeasureDraft(msgspec.Struct, frozen=True):
    """A measure as it is planned."""

    title: str
    due_on: date
    unit: str = ""
    responsible_post: str = ""
    responsible: str = ""
    planned: int | None = None
    funds: str = ""
    idea_ids: tuple[UUID, ...] = ()


class Outcome(msgspec.Struct, frozen=True):
    """What became of a measure."""

    state: MeasureState
    done_on: date | None = None
    spent: int | None = None
    result: str = ""
    links: tuple[str, ...] = ()


class MeasureChanged(msgspec.Struct, frozen=True):
    """Announced as `plan.measure_changed`: how the measure stands now, and the ideas it is for."""

    measure_id: UUID
    item_id: UUID
    idea_ids: tuple[UUID, ...]
    state: MeasureState
    title: str
    path: str


def save_measure(
    work: Work,
    *,
    item_id: UUID,
    draft: MeasureDraft,
    measure_id: UUID,
    version: int | None = None,
) -> UUID:
    """Add a measure (its id was made by the form), or change one as it was at `version`. Its day
    becomes an obligation of those responsible; the implementation period covers it."""
    access.require(work, steps.IMPLEMENT)
    _check_measure(work, draft)
    item = _listed(work, item_id)
    values = {
        "title": draft.title.strip(),
        "unit": draft.unit,
        "responsible_post": draft.responsible_post,
        "responsible": draft.responsible,
        "due_on": draft.due_on,
        "planned": draft.planned,
        "funds": draft.funds,
        "idea_ids": [str(one) for one in draft.idea_ids],
    }
    made = work.session.scalar(
        insert(PlanMeasure)
        .values(id=measure_id, item_id=item_id, created_at=work.now, **values)
        .on_conflict_do_nothing(index_elements=["id"])
        .returning(PlanMeasure.id)
    )
    if made is not None:
        steps.add_step(work, item.year, "measure_added", item_id=item_id, note=draft.title)
        work.record("plan.measure_added", f"measure:{measure_id}", item=f"plan_item:{item_id}")
        row = _locked(work, measure_id)
        _owe_measure(work, item, row)
        _announce(work, item, row)
    else:
        row = _locked(work, measure_id)
        if row.item_id != item_id:
            raise NotFound
        changed = [name for name, value in values.items() if getattr(row, name) != value]
        if not changed:
            return measure_id
        if version is not None and row.version != version:
            raise steps.Stale
        moved = row.due_on != draft.due_on
        for name, value in values.items():
            setattr(row, name, value)
        row.version += 1
        work.session.flush()
        steps.add_step(
            work,
            item.year,
            "measure_moved" if moved else "measure_corrected",
            item_id=item_id,
            note=draft.title,
        )
        work.record("plan.measure_saved", f"measure:{measure_id}", changed=changed)
        if moved:
            obligations.move_obligation(
                work,
                steps.MEASURE_DUE,
                f"measure:{measure_id}",
                due_on=draft.due_on,
                note="Срок изменён в плане реализации.",
            )
        _announce(work, item, row)
    if item.implement_until is None or item.implement_until < draft.due_on:
        _set_period(work, item, item.implement_from, draft.due_on, by_hand=False)
    return measure_id


def _check_measure(work: Work, draft: MeasureDraft) -> None:
    wrong: dict[str, Text] = {}
    if not draft.title.strip():
        wrong["title"] = _WHAT
    if draft.due_on.year not in YEARS:
        wrong["due_on"] = _YEAR
    if draft.planned is not None and not 0 <= draft.planned <= MOST_MONEY:
        wrong["planned"] = _MONEY
    if draft.unit and work.tenant.profile.unit(draft.unit) is None:
        wrong["unit"] = Text(ru="Выберите из списка.", en="Choose from the list.")
    if wrong:
        raise Invalid(wrong)


def _listed(work: Work, item_id: UUID) -> PlanItem:
    item = steps.locked_item(work, item_id)
    if item.state != ItemState.APPROVED or item.number is None:
        raise steps.MovedOn
    return item


def _locked(work: Work, measure_id: UUID) -> PlanMeasure:
    row = queries.locked_measure(work.session, measure_id)
    if row is None:
        raise NotFound
    return row


def _owe_measure(work: Work, item: PlanItem, row: PlanMeasure) -> None:
    known = {post.key for post in staff.city_posts(work)}
    post = row.responsible_post if row.responsible_post in known else None
    obligations.open_obligation(
        work,
        steps.MEASURE_DUE,
        f"measure:{row.id}",
        title=_MEASURE_TITLE.format(what=row.title, number=item.number),
        path=f"/desk/plan/items/{item.id}#m-{row.id}",
        due_on=row.due_on,
        reasons=_controlled(work, item.year),
        holder_post=post,
        holder_permission=None if post is not None else steps.IMPLEMENT,
        controller_permission=steps.CONTROL,
    )


def _controlled(work: Work, year: int) -> list[object]:
    """Why a measure that is late goes to the one who controls the list (п. 3.6 of the source)."""
    decision = work.decide(CONTROL, YearFacts(on=work.today, year=year))
    return steps.reasons_of(work, decision) if decision.value is Control.NAMED else []


def _announce(work: Work, item: PlanItem, row: PlanMeasure) -> None:
    work.emit(
        "plan.measure_changed",
        MeasureChanged(
            measure_id=row.id,
            item_id=item.id,
            idea_ids=tuple(UUID(str(one)) for one in row.idea_ids),
            state=MeasureState(row.state),
            title=row.title,
            path=f"/plan/{item.year}/{item.number}#m-{row.id}",
        ),
    )


def mark(
    work: Work,
    *,
    measure_id: UUID,
    version: int,
    outcome: Outcome,
    files: Sequence[UUID] = (),
) -> None:
    """Say how a measure stands: begun, done, partly, not done and why. Saying the same twice
    changes nothing."""
    access.require(work, steps.IMPLEMENT)
    _check_outcome(work, outcome)
    row = _locked(work, measure_id)
    item = _listed(work, row.item_id)
    values = {
        "state": outcome.state,
        "done_on": outcome.done_on if outcome.state in ENDED else None,
        "spent": outcome.spent,
        "result": outcome.result.strip(),
        "links": [*outcome.links],
    }
    store.attach(work, files, owner=f"measure:{measure_id}", purpose=MEASURE_FILES)
    changed = [name for name, value in values.items() if getattr(row, name) != value]
    if not changed:
        return
    if row.version != version:
        raise steps.Stale
    before = MeasureState(row.state)
    for name, value in values.items():
        setattr(row, name, value)
    row.version += 1
    work.session.flush()
    steps.add_step(work, item.year, f"measure_{outcome.state}", item_id=item.id, note=row.title)
    work.record(
        "plan.measure_marked",
        f"measure:{measure_id}",
        state=outcome.state,
        done_on=outcome.done_on,
        spent=outcome.spent,
    )
    if outcome.state in ENDED:
        obligations.close_obligation(
            work, steps.MEASURE_DUE, f"measure:{measure_id}", note=row.result
        )
    if outcome.state is not before:
        _announce(work, item, row)


def _check_outcome(work: Work, outcome: Outcome) -> None:
    wrong: dict[str, Text] = {}
    if outcome.state in ENDED:
        if outcome.done_on is None:
            wrong["done_on"] = _WHEN
        elif outcome.done_on > work.today:
            wrong["done_on"] = _FUTURE
        elif outcome.done_on.year not in YEARS:
            wrong["done_on"] = _YEAR
    if outcome.state in (MeasureState.PARTLY, MeasureState.NOT_DONE) and not outcome.result.strip():
        wrong["result"] = _WHY
    if outcome.spent is not None and not 0 <= outcome.spent <= MOST_MONEY:
        wrong["spent"] = _MONEY
    if any(not one.startswith(("https://", "http://", "/")) for one in outcome.links):
        wrong["links"] = _LINK
    if wrong:
        raise Invalid(wrong)


def remove_measure(work: Work, *, measure_id: UUID, note: str) -> None:
    """Take back a measure that was planned in error; that it was there stays in the history."""
    access.require(work, steps.IMPLEMENT)
    row = queries.locked_measure(work.session, measure_id)
    if row is None:
        return
    item = _listed(work, row.item_id)
    if row.state in ENDED:
        raise steps.MovedOn
    if not note.strip():
        raise Invalid({"note": Text(ru="Напишите, почему.", en="Write why.")})
    obligations.cancel_obligation(work, steps.MEASURE_DUE, f"measure:{measure_id}", note=note)
    steps.add_step(
        work, item.year, "measure_removed", item_id=item.id, note=f"{row.title}: {note.strip()}"
    )
    work.record("plan.measure_removed", f"measure:{measure_id}", title=row.title, note=note)
    store.forget_owner(work, f"measure:{measure_id}")
    work.session.delete(row)


def set_period(
    work: Work, *, item_id: UUID, version: int, first: date | None, last: date | None
) -> None:
    """Between which days the plan is carried out; the report is due after the last."""
    access.require(work, steps.IMPLEMENT)
    item = _listed(work, item_id)
    if (item.implement_from, item.implement_until) == (first, last):
        return
    if item.version != version:
        raise steps.Stale
    wrong: dict[str, Text] = {}
    for name, day in (("implement_from", first), ("implement_until", last)):
        if day is not None and day.year not in YEARS:
            wrong[name] = _YEAR
    if not wrong and first is not None and last is not None and last < first:
        wrong["implement_until"] = _BACKWARDS
    latest = max((one.due_on for one in queries.measures(work.session, item_id)), default=None)
    if latest is not None and (last is None or last < latest):
        wrong["implement_until"] = Text(
            ru="Срок мероприятия позже: {day}.", en="A measure is due later: {day}."
        ).format(day=latest.strftime("%d.%m.%Y"))
    if wrong:
        raise Invalid(wrong)
    _set_period(work, item, first, last, by_hand=True)


def _set_period(
    work: Work, item: PlanItem, first: date | None, last: date | None, *, by_hand: bool
) -> None:
    item.implement_from = first
    item.implement_until = last
    item.version += 1
    work.session.flush()
    if by_hand:
        steps.add_step(work, item.year, "period_set", item_id=item.id)
    work.record("plan.period_set", f"plan_item:{item.id}", first=first, last=last)
    if last is not None:
        _owe_report(work, item, last)


def _owe_report(work: Work, item: PlanItem, last: date) -> None:
    """The report becomes due so many days after the period, if the rules say so."""
    facts = ReportFacts(on=last)
    days = work.decide(REPORT_DUE, facts)
    if days.value is None:
        return
    counted = work.decide(REPORT_DUE_COUNTED, facts)
    last_day = work.decide(REPORT_LAST_DAY, facts)
    remind = work.decide(REPORT_REMINDER, facts)
    term = Term(days.value, DayKind(counted.value), LastDay(last_day.value))
    due = obligations.term_date(work, term, last)
    reasons = [
        *steps.reasons_of(work, days),
        *steps.reasons_of(work, counted),
        *steps.reasons_of(work, last_day),
    ]
    subject = f"plan_item:{item.id}"
    moved = obligations.move_obligation(
        work,
        steps.REPORT_DUE,
        subject,
        due_on=due,
        note="Изменился срок реализации.",
        reasons=reasons,
    )
    if not moved:
        obligations.open_obligation(
            work,
            steps.REPORT_DUE,
            subject,
            title=_REPORT_TITLE.format(number=item.number, title=item.title),
            path=f"/desk/plan/items/{item.id}/report",
            due_on=due,
            reasons=reasons,
            holder_permission=steps.IMPLEMENT,
            controller_permission=steps.CONTROL,
            term=term,
            remind_days=None if remind.value is None else (remind.value,),
        )
    statement = insert(PlanReport).values(
        item_id=item.id, content=msgspec.to_builtins(Report()), due_on=due
    )
    work.session.execute(
        statement.on_conflict_do_update(index_elements=["item_id"], set_={"due_on": due})
    )
    work.record_decision(subject, days)


# --- The report --------------------------------------------------------------------------------


def save_report(work: Work, *, item_id: UUID, version: int | None, report: Report) -> None:
    """Keep what the report says beside the measures, until it is sent."""
    access.require(work, steps.IMPLEMENT)
    _listed(work, item_id)
    _write_report(work, item_id, version, report)
    work.record("plan.report_saved", f"plan_item:{item_id}")


def _write_report(work: Work, item_id: UUID, version: int | None, report: Report) -> PlanReport:
    work.session.execute(
        insert(PlanReport)
        .values(item_id=item_id, content=msgspec.to_builtins(Report()))
        .on_conflict_do_nothing()
    )
    row = queries.locked_report(work.session, item_id)
    assert row is not None
    if row.sent_at is not None:
        raise Conflict("plan.report_sent", _SENT, _SENT_ADVICE)
    wanted = cast("dict[str, object]", msgspec.to_builtins(report))
    if row.content != wanted:
        if version is not None and row.version != version:
            raise steps.Stale
        row.content = wanted
        row.version += 1
        work.session.flush()
    return row


def send_report(
    work: Work,
    *,
    item_id: UUID,
    version: int | None,
    report: Report,
    document: dict[str, object],
) -> None:
    """Send the report: `document` is the whole of it, kept as it is now. Sending twice sends
    nothing."""
    access.require(work, steps.IMPLEMENT)
    item = _listed(work, item_id)
    kept = queries.report(work.session, item_id)
    if kept is not None and kept.sent_at is not None:
        return
    if not report.decision.strip():
        raise Invalid(
            {
                "decision": Text(
                    ru="Напишите, какое решение приняли по итогам.",
                    en="Write what was decided on the results.",
                )
            }
        )
    open_still = [one for one in queries.measures(work.session, item_id) if one.state not in ENDED]
    if open_still:
        raise Invalid(
            {
                "measures": Text(
                    ru="У мероприятия «{title}» не указан результат.",
                    en="The measure “{title}” has no result yet.",
                ).format(title=open_still[0].title)
            }
        )
    row = _write_report(work, item_id, version, report)
    row.sent_at = work.now
    row.sent_by = steps.actor_name(work)
    row.frozen = document
    row.version += 1
    steps.add_step(work, item.year, "reported", item_id=item_id)
    work.record("plan.reported", f"plan_item:{item_id}", late=_late(work, row))
    obligations.close_obligation(work, steps.REPORT_DUE, f"plan_item:{item_id}")
    work.emit("plan.reported", ItemReference(item_id))


class ItemReference(msgspec.Struct, frozen=True):
    """The payload of events that say no more than which topic is meant."""

    item_id: UUID


def _late(work: Work, row: PlanReport) -> bool:
    return row.due_on is not None and work.today > row.due_on


# --- What was held -----------------------------------------------------------------------------


class Activity(msgspec.Struct, frozen=True):
    """A poll or a campaign on a topic, as far as its event told; None leaves what was known."""

    kind: ActivityKind
    subject_id: UUID
    item_id: UUID
    state: str
    title: str = ""
    path: str = ""
    opens_on: date | None = None
    closes_on: date | None = None
    participants: int | None = None
    votes: int | None = None
    received: int | None = None
    admitted: int | None = None
    refused: int | None = None
    decision: str = ""


def note_activity(work: Work, told: Activity) -> None:
    """Keep what the feature that holds polls or campaigns told of one. Events that come twice or
    in another order do no harm: an end is never undone by a beginning."""
    item = queries.item_view(work.session, told.item_id)
    if item is None:
        return
    row = work.session.get(PlanActivity, (told.kind, told.subject_id), with_for_update=True)
    if row is None:
        work.session.add(
            PlanActivity(
                **{
                    **msgspec.structs.asdict(told),
                    "title": told.title or item.title,
                    "changed_at": work.now,
                }
            )
        )
        steps.add_step(
            work, item.year, f"{told.kind}_{told.state}", item_id=told.item_id, note=told.title
        )
        work.session.flush()
        return
    if _ORDER.get(told.state, 0) < _ORDER.get(row.state, 0):
        return
    if row.state != told.state:
        steps.add_step(
            work, item.year, f"{told.kind}_{told.state}", item_id=told.item_id, note=told.title
        )
    for name, value in msgspec.structs.asdict(told).items():
        if value not in (None, ""):
            setattr(row, name, value)
    row.changed_at = work.now
    work.session.flush()


_ORDER: Final = {
    "open": 1,
    "closed": 2,
    "published": 3,
    "summed_up": 3,
    "invalid": 3,
    "withdrawn": 4,
}


def new_measure_id() -> UUID:
    """An id for a form, so that sending it twice makes one measure."""
    return new_id()
