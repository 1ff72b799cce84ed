"""When somebody is to be told of a term: some days before its end, on its last day, and when it was
missed. Each is an event due at that hour; it is claimed once, and not at all if the obligation has
been closed, paused or moved to another day meanwhile."""

from datetime import date, datetime, time, timedelta
from typing import Final, Literal
from uuid import UUID

import msgspec
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from core.deadlines.calendar import calendar_of
from core.deadlines.model import ObligationRow, ObligationStep
from core.deadlines.register import ObligationView, view_of
from core.identity import staff
from core.identity.model import Staff, StaffPost
from core.kit.actor import actor_label
from core.kit.ids import new_id
from core.work import Work

REMINDER_DUE: Final = "deadlines.reminder_due"
MISSED_DUE: Final = "deadlines.missed_due"

_MORNING: Final = time(9)
"""The hour of the city's day at which people are told."""


class TermTimer(msgspec.Struct, frozen=True):
    """The payload of both events: for which last day they were set, and how many days before it
    (0 is that day itself, -1 that it is over)."""

    obligation_id: UUID
    due_on: date
    days: int


def plan(work: Work, row: ObligationRow) -> None:
    """Set the timers for the present last day. Hours that have passed are left out, but not the
    escalation: what is late from the first is told at once."""
    calendar = calendar_of(work.tenant, (row.due_on.year - 1, row.due_on.year))
    mornings = {
        calendar.working_until(row.due_on - timedelta(days=days)): days
        for days in sorted(_leads(row), reverse=True)
    }
    for day, days in mornings.items():
        _set(work, row, REMINDER_DUE, days, day)
    _set(work, row, REMINDER_DUE, 0, row.due_on)
    _set(work, row, MISSED_DUE, -1, row.due_on + timedelta(days=1))


def _leads(row: ObligationRow) -> tuple[int, ...]:
    return msgspec.convert(row.remind_days, tuple[int, ...])


def _set(work: Work, row: ObligationRow, kind: str, days: int, day: date) -> None:
    at = datetime.combine(day, _MORNING, tzinfo=work.tenant.zone)
    if at > work.now or kind == MISSED_DUE:
        work.emit(kind, TermTimer(row.id, row.due_on, days), due_at=max(at, work.now))


def claim(work: Work, timer: TermTimer) -> ObligationView | None:
    """The obligation if this timer still means anything and nobody has been told yet; from then on
    they have."""
    found = work.session.execute(
        select(ObligationRow, Staff.name)
        .outerjoin(Staff, Staff.id == ObligationRow.holder_staff)
        .where(ObligationRow.id == timer.obligation_id)
        .with_for_update(of=ObligationRow)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        return None
    row, name = found
    if row.state != "open" or row.paused_on is not None or row.due_on != timer.due_on:
        return None
    what: Literal["reminded", "missed"] = "missed" if timer.days < 0 else "reminded"
    if what == "missed" and row.due_on >= work.today:
        return None
    later = [0, *(days for days in _leads(row) if days < timer.days), -1]
    if what == "reminded" and any(
        row.due_on - timedelta(days=days) <= work.today for days in later if days < timer.days
    ):
        # The worker was away for so long that a later reminder, or the escalation, says more.
        return None
    told = work.session.scalar(
        insert(ObligationStep)
        .values(
            id=new_id(),
            obligation_id=row.id,
            at=work.now,
            kind=what,
            actor=actor_label(work.actor),
            due_on=row.due_on,
            once=once(timer),
        )
        .on_conflict_do_nothing(index_elements=["obligation_id", "once"])
        .returning(ObligationStep.id)
    )
    return view_of(row, name) if told is not None else None


def once(timer: TermTimer) -> str:
    """What must happen a single time: this reminder for this last day."""
    what = f"remind:{timer.days}" if timer.days >= 0 else "missed"
    return f"{what}:{timer.due_on.isoformat()}"


def holders(work: Work, owed: ObligationView) -> tuple[UUID, ...]:
    """The officials who owe it today: the person it was given to, or all who have the post or the
    right. Also if that person's account has been shut."""
    if owed.holder_staff is not None:
        active = work.session.scalar(
            select(Staff.id).where(Staff.id == owed.holder_staff, Staff.disabled_at.is_(None))
        )
        if active is not None:
            return (active,)
    found: list[UUID] = []
    if owed.holder_post is not None:
        found += work.session.scalars(
            select(StaffPost.staff_id)
            .join(Staff, Staff.id == StaffPost.staff_id)
            .where(
                StaffPost.post == owed.holder_post,
                StaffPost.since <= work.today,
                (StaffPost.until.is_(None)) | (StaffPost.until > work.today),
                Staff.disabled_at.is_(None),
            )
            .order_by(StaffPost.staff_id)
        )
    if owed.holder_permission is not None:
        found += [one.id for one in staff.holders(work, owed.holder_permission)]
    return tuple(dict.fromkeys(found))


def controllers(work: Work, owed: ObligationView) -> tuple[UUID, ...]:
    """The officials who control it and learn when it was missed (п. 3.6 of the source)."""
    return tuple(one.id for one in staff.holders(work, owed.controller_permission))
