"""What the desk does at the hours that obligations set: reminds those who owe something, and tells
those who control it when a term was missed (п. 3.6 of the source)."""

from collections.abc import Sequence
from datetime import date
from typing import Final
from uuid import UUID

import msgspec

from core.deadlines import reminders
from core.deadlines.register import ObligationView
from core.deadlines.reminders import TermTimer
from core.events.outbox import Event
from core.features.desk import queries
from core.kit.text import DAYS, Noun, Text
from core.notify.tell import Recipient, tell
from core.rules.wording import day_text
from core.work import Work

REMINDER: Final = "deadlines.reminder"
MISSED: Final = "deadlines.missed"
_ONE_BY_ONE: Final = 3
"""So many obligations of a kind are told of one by one."""


class Claimed(msgspec.Struct, frozen=True):
    """Obligations of one kind that the same people are told of for the same reason."""

    owed: tuple[ObligationView, ...]
    holders: tuple[UUID, ...]
    once: tuple[str, ...]

    @property
    def many(self) -> bool:
        return len(self.owed) > _ONE_BY_ONE


def remind(work: Work, events: Sequence[Event]) -> None:
    """Tell those who owe it that the term is about to end."""
    for found in _claimed(work, events):
        left = found.owed[0].days(work.today)
        words = _SOON if left > 0 else _TODAY
        _tell(work, REMINDER, found, words, found.holders, left=left)


def escalate(work: Work, events: Sequence[Event]) -> None:
    """Tell those who owe it that the term was missed, and those who control it who is late."""
    for found in _claimed(work, events):
        _tell(work, MISSED, found, _LATE, found.holders)
        above = [
            one for one in reminders.controllers(work, found.owed[0]) if one not in found.holders
        ]
        _tell(work, MISSED, found, _LATE, above, control=True)


def _claimed(work: Work, events: Sequence[Event]) -> list[Claimed]:
    """What these timers still mean, by kind and by who is to be told: a queue that a hundred people
    filled on one day is one matter for those who work it off."""
    groups: dict[tuple[str, date, str, tuple[UUID, ...]], list[tuple[ObligationView, str]]] = {}
    known: dict[tuple[object, ...], tuple[UUID, ...]] = {}
    for event in events:
        timer = msgspec.json.decode(event.payload, type=TermTimer)
        owed = reminders.claim(work, timer)
        if owed is None:
            continue
        whose = (owed.holder_staff, owed.holder_post, owed.holder_permission)
        if whose not in known:
            known[whose] = reminders.holders(work, owed)
        key = (owed.kind, owed.due_on, owed.controller_permission, known[whose])
        groups.setdefault(key, []).append((owed, reminders.once(timer)))
    return [
        Claimed(
            tuple(owed for owed, _ in found),
            people,
            tuple(once for _, once in found),
        )
        for (_kind, _due, _control, people), found in groups.items()
    ]


def _tell(
    work: Work,
    kind: str,
    found: Claimed,
    words: Text,
    people: Sequence[UUID],
    *,
    left: int = 0,
    control: bool = False,
) -> None:
    """One notice for each obligation, or one for all where there are many."""
    recipients = [Recipient("staff", one) for one in people]
    first = found.owed[0]
    if found.many:
        tell(
            work,
            kind,
            recipients,
            title=words.with_values(
                {"title": _many(first.kind, len(found.owed)), "left": DAYS.text(left)}
            ),
            text=_who_is_late(work, first) if control else _what_to_do(first),
            path="/desk/control" if control else f"/desk/tasks?kind={first.kind}",
            once=f"obligations:{first.id}:{found.once[0]}",
        )
        return
    for owed, once in zip(found.owed, found.once, strict=True):
        tell(
            work,
            kind,
            recipients,
            title=words.with_values({"title": owed.title, "left": DAYS.text(left)}),
            text=_who_is_late(work, owed) if control else _what_to_do(owed),
            path=f"/desk/tasks/{owed.id}" if control else owed.path,
            once=f"obligation:{owed.id}:{once}",
        )


def _many(key: str, number: int) -> Text:
    kind = queries.kinds().get(key)
    tasks = _TASKS.text(number)
    return _OF_A_KIND.with_values({"kind": kind.label, "tasks": tasks}) if kind else tasks


def _who_is_late(work: Work, owed: ObligationView) -> Text:
    return _WHO_IS_LATE.with_values(
        {"holder": queries.holder_of(work, owed), "day": day_text(owed.due_on)}
    )


def _what_to_do(owed: ObligationView) -> Text:
    kind = queries.kinds().get(owed.kind)
    last = _LAST_DAY.with_values({"day": day_text(owed.due_on)})
    if kind is None:
        return last
    return Text(
        ru=f"{last.ru} {kind.closed_by.ru}".strip(), en=f"{last.en} {kind.closed_by.en}".strip()
    )


_SOON = Text(ru="Через {left} заканчивается срок: {title}", en="{left} left: {title}")
_TODAY = Text(ru="Сегодня последний день: {title}", en="Today is the last day: {title}")
_LATE = Text(ru="Срок прошёл: {title}", en="Overdue: {title}")
_LAST_DAY = Text(ru="Последний день срока: {day}.", en="The last day of the term: {day}.")
_WHO_IS_LATE = Text(
    ru="Последний день был {day}. Отвечает: {holder}. Можно поторопить, поручить другому или "
    "перенести срок с указанием причины.",
    en="The last day was {day}. Answering for it: {holder}. You can press on, assign it to "
    "somebody else, or move the last day with a reason.",
)
_TASKS: Final = Noun(ru=("задача", "задачи", "задач"), en=("task", "tasks"))
_OF_A_KIND = Text(ru="{kind} ({tasks})", en="{kind} ({tasks})")
