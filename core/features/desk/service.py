"""Use cases of the desk: fulfilling by hand, what a controller may do with obligations, and the
secret address of an official's calendar feed."""

import base64
import hmac
import secrets
from datetime import date, timedelta
from hashlib import sha256
from typing import Final
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from core.deadlines import obligations, register, reminders
from core.deadlines.register import ObligationView
from core.features.desk import queries
from core.features.desk.model import CalendarFeed
from core.identity import access
from core.kit.actor import StaffActor, actor_label
from core.kit.errors import Conflict, Forbidden, Invalid, NotFound
from core.kit.text import Text
from core.notify.tell import Recipient, tell
from core.rules.wording import day_text
from core.work import Work

CHANGED: Final = "deadlines.changed"
_PURPOSE: Final = "desk.calendar"
_FURTHEST: Final = timedelta(days=5 * 366)


def finish(work: Work, obligation_id: UUID, *, version: int, note: str) -> None:
    """The holder says that it is done; only for kinds that nothing else can show to be done."""
    owed = _current(work, obligation_id, version, "done")
    if owed is None:
        return
    kind = queries.kinds().get(owed.kind)
    if kind is None or not kind.by_hand:
        raise Conflict("deadlines.not_by_hand", _NOT_BY_HAND, kind.closed_by if kind else None)
    if not queries.is_mine(work, owed) and not queries.may_control(work, owed):
        raise Forbidden("deadlines.not_yours", _NOT_YOURS)
    obligations.close_obligation(work, owed.kind, owed.subject, note=note)
    work.record("deadlines.done", owed.subject, kind=owed.kind, note=note)


def move(work: Work, obligation_id: UUID, *, version: int, due_on: date, note: str) -> None:
    """Set another last day, with the reason."""
    owed = _controlled(work, obligation_id, version, "moved")
    if owed is None:
        return
    _said(note)
    if not work.today <= due_on <= work.today + _FURTHEST:
        raise Invalid({"due_on": _BAD_DAY})
    if due_on == owed.due_on:
        raise Invalid({"due_on": _SAME_DAY})
    obligations.move_obligation(work, owed.kind, owed.subject, due_on=due_on, note=note)
    _tell_holders(
        work,
        owed,
        _MOVED.with_values({"title": owed.title, "day": day_text(due_on)}),
        note,
    )


def cancel(work: Work, obligation_id: UUID, *, version: int, note: str) -> None:
    """It is owed no more, with the reason."""
    owed = _controlled(work, obligation_id, version, "cancelled")
    if owed is None:
        return
    _said(note)
    obligations.cancel_obligation(work, owed.kind, owed.subject, note=note)
    _tell_holders(work, owed, _CANCELLED.with_values({"title": owed.title}), note)


def assign(
    work: Work, obligation_id: UUID, *, version: int, staff_id: UUID | None, note: str
) -> None:
    """Give it to one person; None gives it back to all who have the post or the right."""
    owed = _controlled(work, obligation_id, version, "assigned")
    if owed is None:
        return
    _said(note)
    if staff_id is not None and staff_id not in {one for one, _ in queries.officials(work.session)}:
        raise Invalid({"staff": _NO_SUCH_PERSON})
    if not obligations.assign_obligation(
        work, owed.kind, owed.subject, staff_id=staff_id, note=note
    ):
        raise Invalid({"staff": _THEIRS_ALREADY})
    changed = register.one(work.session, obligation_id)
    assert changed is not None
    _tell_holders(
        work,
        changed,
        _ASSIGNED.with_values({"title": owed.title, "day": day_text(owed.due_on)}),
        note,
    )


def pause(work: Work, obligation_id: UUID, *, version: int, note: str) -> None:
    """Stop the clock, with the reason."""
    owed = _controlled(work, obligation_id, version, "paused")
    if owed is None:
        return
    _said(note)
    obligations.pause_obligation(work, owed.kind, owed.subject, note=note)


def resume(work: Work, obligation_id: UUID, *, version: int, note: str) -> None:
    """Let the clock go on."""
    owed = _controlled(work, obligation_id, version, "resumed")
    if owed is None:
        return
    obligations.resume_obligation(work, owed.kind, owed.subject, note=note)


def visible(work: Work, obligation_id: UUID) -> ObligationView:
    """An obligation that the one who acts may look at; raises NotFound."""
    owed = register.one(work.session, obligation_id)
    if owed is None or not queries.may_see(work, owed):
        raise NotFound
    return owed


def _current(work: Work, obligation_id: UUID, version: int, step: str) -> ObligationView | None:
    """The obligation as it was shown; None if this very person has just taken this step (a second
    click). Raises Conflict if it has changed otherwise."""
    owed = visible(work, obligation_id)
    if owed.version == version and owed.state == "open":
        return owed
    history = register.steps(work.session, obligation_id)
    if history and history[-1].kind == step and history[-1].actor == actor_label(work.actor):
        return None
    raise Conflict("deadlines.moved_on", _MOVED_ON, _LOOK_AGAIN)


def _controlled(work: Work, obligation_id: UUID, version: int, step: str) -> ObligationView | None:
    owed = visible(work, obligation_id)
    access.require(work, owed.controller_permission)
    return _current(work, obligation_id, version, step)


def _said(note: str) -> None:
    if not note.strip():
        raise Invalid({"note": _SAY_WHY})


def _tell_holders(work: Work, owed: ObligationView, title: Text, note: str) -> None:
    """Those who owe it learn what was decided; the one who decided knows."""
    me = work.actor.id if isinstance(work.actor, StaffActor) else None
    tell(
        work,
        CHANGED,
        [Recipient("staff", one) for one in reminders.holders(work, owed) if one != me],
        title=title,
        text=_BECAUSE.format(note=note.strip()),
        path=f"/desk/tasks/{owed.id}",
        once=f"obligation:{owed.id}:changed:{owed.version}",
    )


# The feed of a calendar.


def renew_feed(work: Work) -> None:
    """A new secret address for the calendar of the one who acts; the old one stops working."""
    if not isinstance(work.actor, StaffActor):
        raise Forbidden("staff_only", _NOT_YOURS)
    nonce = secrets.token_bytes(16)
    work.session.execute(
        insert(CalendarFeed)
        .values(staff_id=work.actor.id, nonce=nonce, renewed_at=work.now)
        .on_conflict_do_update(
            index_elements=["staff_id"], set_={"nonce": nonce, "renewed_at": work.now}
        )
    )
    work.record("deadlines.feed_renewed", f"staff:{work.actor.id}")


def feed_token(work: Work) -> str | None:
    """The secret part of the address; None if the one who acts has none yet."""
    if not isinstance(work.actor, StaffActor):
        return None
    nonce = queries.feed_nonce(work.session, work.actor.id)
    return None if nonce is None else _token(work, work.actor.id, nonce)


def feed_owner(work: Work, token: str) -> UUID | None:
    """Whose calendar an address is; None for an address that is or was nobody's here."""
    try:
        known = UUID(bytes=base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))[:16])
    except ValueError:
        return None
    nonce = queries.feed_nonce(work.session, known)
    if nonce is None or not hmac.compare_digest(
        _token(work, known, nonce).encode(), token.encode()
    ):
        return None
    return known


def _token(work: Work, staff_id: UUID, nonce: bytes) -> str:
    key = work.runtime.city_key(work.tenant, _PURPOSE)
    seal = hmac.new(key, staff_id.bytes + nonce, sha256).digest()[:20]
    return base64.urlsafe_b64encode(staff_id.bytes + seal).decode().rstrip("=")


_NOT_BY_HAND = Text(
    ru="Эта задача закрывается сама, когда сделано дело.",
    en="This task closes by itself once the matter is done.",
)
_NOT_YOURS = Text(ru="Это поручено не вам.", en="This is not yours to do.")
_BAD_DAY = Text(
    ru="Укажите день не раньше сегодняшнего и не дальше пяти лет.",
    en="Give a day from today on, within five years.",
)
_SAME_DAY = Text(ru="Срок и так в этот день.", en="The last day is this one already.")
_NO_SUCH_PERSON = Text(ru="Выберите сотрудника из списка.", en="Choose an official from the list.")
_THEIRS_ALREADY = Text(ru="Это поручено ему и сейчас.", en="It is theirs already.")
_SAY_WHY = Text(ru="Напишите, почему.", en="Please say why.")
_MOVED_ON = Text(
    ru="Пока вы смотрели, задача изменилась.", en="The task has changed while you were looking."
)
_LOOK_AGAIN = Text(
    ru="Ниже она такая, какая есть сейчас. Проверьте и решите ещё раз.",
    en="Below it is shown as it is now. Please check and decide again.",
)
_MOVED = Text(ru="Срок перенесён на {day}: {title}", en="The last day is now {day}: {title}")
_CANCELLED = Text(ru="Задача снята: {title}", en="The task was cancelled: {title}")
_ASSIGNED = Text(ru="Вам поручено до {day}: {title}", en="Yours to do by {day}: {title}")
_BECAUSE = Text(ru="Причина: {note}", en="Reason: {note}")
