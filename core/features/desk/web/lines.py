"""An obligation as a line of a list: what it is, whose, how much time is left, and why."""

from collections.abc import Iterable
from datetime import date
from typing import Literal

import msgspec

from core.deadlines.register import ObligationView
from core.features.desk import queries
from core.kit.text import DAYS, Text
from core.work import Work

Group = Literal["late", "today", "week", "later", "paused"]
_WEEK = 7


class Line(msgspec.Struct, frozen=True):
    """One obligation in words. `left` says how long there is, `chip` how pressing that is;
    `finishable`: the one who looks may say that it is done."""

    owed: ObligationView
    kind: Text
    how: Text
    holder: Text
    left: Text
    chip: Literal["", "warn", "bad", "good"]
    finishable: bool

    @property
    def page(self) -> str:
        return f"/desk/tasks/{self.owed.id}"


def lines(work: Work, found: Iterable[ObligationView]) -> list[Line]:
    """Obligations in words."""
    return [line(work, one) for one in found]


def line(work: Work, owed: ObligationView) -> Line:
    """One obligation in words."""
    kind = queries.kinds().get(owed.kind)
    return Line(
        owed=owed,
        kind=kind_label(owed.kind),
        how=kind.closed_by if kind else _NOTHING,
        holder=queries.holder_of(work, owed),
        left=left_of(owed, work.today),
        chip=_chip(owed, work.today),
        finishable=kind is not None
        and kind.by_hand
        and owed.state == "open"
        and (queries.is_mine(work, owed) or queries.may_control(work, owed)),
    )


def kind_label(key: str) -> Text:
    """What a kind of obligation is called."""
    kind = queries.kinds().get(key)
    return kind.label if kind else _OTHER


def left_of(owed: ObligationView, today: date) -> Text:
    """«осталось 2 дня», «просрочено на 3 дня», «сделано»."""
    if owed.state != "open":
        return _DONE if owed.state == "done" else _CANCELLED
    if owed.paused_on is not None:
        return _PAUSED
    days = owed.days(today)
    if days < 0:
        return _LATE.with_values({"days": DAYS.text(-days)})
    if days == 0:
        return _TODAY
    if days == 1:
        return _TOMORROW
    return _LEFT.with_values({"days": DAYS.text(days)})


def _chip(owed: ObligationView, today: date) -> Literal["", "warn", "bad", "good"]:
    if owed.state != "open":
        return "good" if owed.state == "done" else ""
    if owed.paused_on is not None:
        return ""
    days = owed.days(today)
    return "bad" if days < 0 else "warn" if days <= 1 else ""


def group_of(owed: ObligationView, today: date) -> Group:
    """Where a line stands among «мои задачи»."""
    return "paused" if owed.paused_on is not None else group_on(owed.due_on, today)


def group_on(due: date, today: date) -> Group:
    """Where what is due on a day stands."""
    days = (due - today).days
    if days < 0:
        return "late"
    if days == 0:
        return "today"
    return "week" if days <= _WEEK else "later"


GROUPS: tuple[tuple[Group, Text], ...] = (
    ("late", Text(ru="Просрочено", en="Overdue")),
    ("today", Text(ru="Сегодня", en="Today")),
    ("week", Text(ru="В ближайшие семь дней", en="Within seven days")),
    ("later", Text(ru="Позже", en="Later")),
    ("paused", Text(ru="Приостановлено", en="Paused")),
)

_OTHER = Text(ru="Задача", en="Task")
_NOTHING = Text(ru="", en="")
_DONE = Text(ru="сделано", en="done")
_CANCELLED = Text(ru="снято", en="cancelled")
_PAUSED = Text(ru="срок приостановлен", en="the clock is stopped")
_LATE = Text(ru="просрочено на {days}", en="{days} overdue")
_TODAY = Text(ru="сегодня последний день", en="today is the last day")
_TOMORROW = Text(ru="завтра последний день", en="tomorrow is the last day")
_LEFT = Text(ru="есть {days}", en="{days} left")
