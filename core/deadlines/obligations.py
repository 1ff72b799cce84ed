"""Obligations: opened by a feature with the clause they rest on, closed by what fulfils them.

Opening and closing are kept in the history alone: the journal has the use case that caused them.
What a person decides of a term (moving, assigning, pausing, cancelling) is in the journal too.
Everything here may be called again without harm. Nobody's rights are checked: a feature closes
what its own use case fulfils, and the desk asks before it lets an official move or cancel.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final, cast
from uuid import UUID

import msgspec
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from core.deadlines import reminders
from core.deadlines.calendar import calendar_of
from core.deadlines.domain import DayKind, Term, days_left, due_on
from core.deadlines.model import ObligationRow, ObligationStep
from core.deadlines.register import ObligationView, of_subject
from core.kit.actor import ResidentActor, StaffActor, actor_label
from core.kit.errors import Conflict
from core.kit.ids import new_id
from core.kit.text import Text
from core.work import Work

__all__ = [
    "CONTROL",
    "ObligationView",
    "assign_obligation",
    "cancel_obligation",
    "close_obligation",
    "move_obligation",
    "of_subject",
    "open_obligation",
    "pause_obligation",
    "resume_obligation",
    "term_date",
]

CONTROL: Final = "deadlines.control"
_WORKING_DAYS_A_YEAR: Final = 200

_LATE_ALREADY = Text(
    ru="Срок уже прошёл, приостановить его нельзя.", en="The term is over and cannot be paused."
)
_MOVE_INSTEAD = Text(
    ru="Перенесите срок и напишите почему.", en="Move the last day instead, and say why."
)


class ObligationChanged(msgspec.Struct, frozen=True):
    """Announced as `deadlines.opened`, `.closed`, `.cancelled`, `.moved`, `.assigned`."""

    obligation_id: UUID
    kind: str
    subject: str


def term_date(work: Work, term: Term, start: date) -> date:
    """The last day of a term that begins on the day after `start`, by the city's calendar."""
    years = range(start.year, start.year + 2 + term.amount // _WORKING_DAYS_A_YEAR)
    return due_on(term, start, calendar_of(work.tenant, years))


def open_obligation(
    work: Work,
    kind: str,
    subject: str,
    *,
    title: Text,
    path: str,
    due_on: date,
    reasons: Sequence[object],
    holder_post: str | None = None,
    holder_staff: UUID | None = None,
    holder_permission: str | None = None,
    controller_permission: str = CONTROL,
    term: Term | None = None,
    remind_days: Sequence[int] | None = None,
) -> UUID:
    """Somebody owes something by the end of a day. Only the first call for a kind and a subject
    opens anything; a later one moves nothing and returns the same obligation.

    The holder is a person (`holder_staff`), or else everybody with a post or a right. `term` is
    kept so that a pause gives back as many days of the right kind; `remind_days` are days before
    the last one on which the holder is reminded, the city's own unless given.
    """
    if holder_post is None and holder_staff is None and holder_permission is None:
        raise ValueError(f"{kind}: an obligation needs a holder")
    days = work.tenant.profile.calendar.remind_days if remind_days is None else remind_days
    inserted = work.session.scalar(
        insert(ObligationRow)
        .values(
            id=new_id(),
            kind=kind,
            subject=subject,
            title=msgspec.to_builtins(title),
            path=path,
            due_on=due_on,
            first_due_on=due_on,
            term=msgspec.to_builtins(term) if term is not None else None,
            remind_days=sorted({day for day in days if day > 0}, reverse=True),
            holder_post=holder_post,
            holder_staff=holder_staff,
            holder_permission=holder_permission,
            controller_permission=controller_permission,
            reasons=msgspec.to_builtins(list(reasons)),
            opened_at=work.now,
        )
        .on_conflict_do_nothing(index_elements=["kind", "subject"])
        .returning(ObligationRow.id)
    )
    if inserted is None:
        return work.session.execute(
            select(ObligationRow.id).where(
                ObligationRow.kind == kind, ObligationRow.subject == subject
            )
        ).scalar_one()
    row = work.session.get_one(ObligationRow, inserted)
    _note(work, row, "opened", reasons=reasons)
    work.emit("deadlines.opened", ObligationChanged(row.id, kind, subject))
    reminders.plan(work, row)
    return row.id


def close_obligation(work: Work, kind: str, subject: str, *, note: str = "") -> bool:
    """It is fulfilled; False if it was not open."""
    return _end(work, kind, subject, "done", note)


def cancel_obligation(work: Work, kind: str, subject: str, *, note: str) -> bool:
    """It is owed no more, though nothing was done; False if it was not open."""
    return _end(work, kind, subject, "cancelled", note)


def _end(work: Work, kind: str, subject: str, state: str, note: str) -> bool:
    row = _open(work, kind, subject)
    if row is None:
        return False
    row.state = state
    row.closed_at = work.now
    row.paused_on = row.left_days = None
    row.version += 1
    work.session.flush()
    _note(work, row, state, note)
    verb = "closed" if state == "done" else "cancelled"
    if state == "cancelled" and not isinstance(work.actor, ResidentActor):
        work.record("deadlines.cancelled", subject, kind=kind, note=note)
    work.emit(f"deadlines.{verb}", ObligationChanged(row.id, kind, subject))
    return True


def move_obligation(
    work: Work,
    kind: str,
    subject: str,
    *,
    due_on: date,
    note: str,
    reasons: Sequence[object] = (),
) -> bool:
    """Another last day; reminders and escalation follow it. False if nothing changes. `reasons`
    replace those it rested on."""
    row = _open(work, kind, subject)
    if row is None or row.due_on == due_on:
        return False
    before = row.due_on
    row.due_on = due_on
    if reasons:
        row.reasons = cast("list[object]", msgspec.to_builtins(list(reasons)))
    if row.paused_on is not None:
        row.left_days = _left(work, row, row.paused_on)
    row.version += 1
    work.session.flush()
    _note(work, row, "moved", note, reasons)
    work.record("deadlines.moved", subject, kind=kind, was=before, due_on=due_on, note=note)
    work.emit("deadlines.moved", ObligationChanged(row.id, kind, subject))
    reminders.plan(work, row)
    return True


def assign_obligation(
    work: Work, kind: str, subject: str, *, staff_id: UUID | None, note: str
) -> bool:
    """One person owes it from now on; None gives it back to everybody with the post or the right.
    False if nothing changes."""
    row = _open(work, kind, subject)
    if row is None or row.holder_staff == staff_id:
        return False
    if staff_id is None and row.holder_post is None and row.holder_permission is None:
        return False
    row.holder_staff = staff_id
    row.version += 1
    work.session.flush()
    _note(work, row, "assigned", note)
    work.record(
        "deadlines.assigned",
        subject,
        kind=kind,
        to=f"staff:{staff_id}" if staff_id is not None else None,
        note=note,
    )
    work.emit("deadlines.assigned", ObligationChanged(row.id, kind, subject))
    return True


def pause_obligation(
    work: Work, kind: str, subject: str, *, note: str, reasons: Sequence[object] = ()
) -> bool:
    """Stop the clock: what is left of the term is kept until it goes on. False if it does not run.
    Raises Conflict for a term that is over."""
    row = _open(work, kind, subject)
    if row is None or row.paused_on is not None:
        return False
    if row.due_on < work.today:
        raise Conflict("deadlines.late", _LATE_ALREADY, _MOVE_INSTEAD)
    row.paused_on = work.today
    row.left_days = _left(work, row, work.today)
    row.version += 1
    work.session.flush()
    _note(work, row, "paused", note, reasons)
    work.record("deadlines.paused", subject, kind=kind, left=row.left_days, note=note)
    return True


def resume_obligation(work: Work, kind: str, subject: str, *, note: str = "") -> bool:
    """Let the clock go on: as many days of the term's kind are left as when it stopped."""
    row = _open(work, kind, subject)
    if row is None or row.paused_on is None or row.left_days is None:
        return False
    if row.paused_on < work.today:
        kept = msgspec.structs.replace(_term(row), amount=row.left_days)
        row.due_on = term_date(work, kept, work.today)
    row.paused_on = row.left_days = None
    row.version += 1
    work.session.flush()
    _note(work, row, "resumed", note)
    work.record("deadlines.resumed", subject, kind=kind, due_on=row.due_on, note=note)
    reminders.plan(work, row)
    return True


def _term(row: ObligationRow) -> Term:
    """The term of an obligation; one that was opened for a day counts calendar days."""
    if row.term is None:
        return Term(1, DayKind.CALENDAR)
    return msgspec.convert(row.term, Term)


def _left(work: Work, row: ObligationRow, day: date) -> int:
    years = range(day.year, max(day.year, row.due_on.year) + 1)
    return max(0, days_left(_term(row), day, row.due_on, calendar_of(work.tenant, years)))


def _open(work: Work, kind: str, subject: str) -> ObligationRow | None:
    """The open obligation, held still until the work is over."""
    return work.session.execute(
        select(ObligationRow)
        .where(
            ObligationRow.kind == kind,
            ObligationRow.subject == subject,
            ObligationRow.state == "open",
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    ).scalar_one_or_none()


def _note(
    work: Work,
    row: ObligationRow,
    kind: str,
    note: str = "",
    reasons: Sequence[object] = (),
) -> None:
    values: dict[str, Any] = {
        "id": new_id(),
        "obligation_id": row.id,
        "at": work.now,
        "kind": kind,
        "actor": actor_label(work.actor),
        "actor_name": work.actor.name if isinstance(work.actor, StaffActor) else "",
        "note": note,
        "due_on": row.due_on,
        "reasons": msgspec.to_builtins(list(reasons)),
    }
    work.session.execute(insert(ObligationStep).values(**values))
