"""What the desk does at the hours that obligations set: reminds those who owe something, and tells
those who control it when a term was missed (п. 3.6 of the source)."""

from collections.abc import Sequence
from typing import Final

import msgspec

from core.deadlines import reminders
from core.deadlines.register import ObligationView
from core.deadlines.reminders import TermTimer
from core.events.outbox import Event
from core.features.desk import queries
from core.kit.text import DAYS, Text
from core.notify.tell import Recipient, tell
from core.rules.wording import day_text
from core.work import Work

REMINDER: Final = "deadlines.reminder"
MISSED: Final = "deadlines.missed"


def remind(work: Work, events: Sequence[Event]) -> None:
    """Tell those who owe it that the term is about to end."""
    for event in events:
        timer = msgspec.json.decode(event.payload, type=TermTimer)
        owed = reminders.claim(work, timer)
        if owed is None:
            continue
        left = owed.days(work.today)
        words = _SOON if left > 0 else _TODAY
        tell(
            work,
            REMINDER,
            [Recipient("staff", one) for one in reminders.holders(work, owed)],
            title=words.with_values({"title": owed.title, "left": DAYS.text(left)}),
            text=_what_to_do(owed),
            path=owed.path,
            once=f"obligation:{owed.id}:{reminders.once(timer)}",
        )


def escalate(work: Work, events: Sequence[Event]) -> None:
    """Tell those who owe it that the term was missed, and those who control it who is late."""
    for event in events:
        timer = msgspec.json.decode(event.payload, type=TermTimer)
        owed = reminders.claim(work, timer)
        if owed is None:
            continue
        once = f"obligation:{owed.id}:{reminders.once(timer)}"
        title = _LATE.with_values({"title": owed.title})
        holders = reminders.holders(work, owed)
        tell(
            work,
            MISSED,
            [Recipient("staff", one) for one in holders],
            title=title,
            text=_what_to_do(owed),
            path=owed.path,
            once=once,
        )
        tell(
            work,
            MISSED,
            [
                Recipient("staff", one)
                for one in reminders.controllers(work, owed)
                if one not in set(holders)
            ],
            title=title,
            text=_WHO_IS_LATE.with_values(
                {"holder": queries.holder_of(work, owed), "day": day_text(owed.due_on)}
            ),
            path=f"/desk/tasks/{owed.id}",
            once=once,
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
