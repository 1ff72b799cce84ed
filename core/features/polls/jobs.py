"""What polls do when something happened or an hour has come."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import msgspec

from core.events.outbox import Event
from core.features.polls import queries
from core.features.polls.domain import State
from core.features.polls.service import life, turnout
from core.features.polls.service.drafting import PollReference, add_step, change_state
from core.identity import messages, staff
from core.identity.contacts import Contact
from core.kit.text import RESIDENTS
from core.rules import Refused
from core.work import Work


def fold_turnout(work: Work, events: Sequence[Event]) -> None:
    """Add new voters to the turnout by day and district."""
    turnout.fold(work, [msgspec.json.decode(event.payload, type=turnout.Voter) for event in events])


def open_due(work: Work, events: Sequence[Event]) -> None:
    """Open polls whose first day has begun. If the law has changed since the approval and no
    longer allows it, the poll goes back to its authors with the clause."""
    for poll_id in _polls(events):
        try:
            with work.session.begin_nested():
                life.open_when_due(work, poll_id=poll_id)
        except Refused as refusal:
            change_state(work, poll_id, State.DRAFT)
            add_step(
                work,
                poll_id,
                "returned",
                note=refusal.title.in_(work.tenant.locale),
                decision=refusal.decision,
            )
            work.record("polls.opening_refused", f"poll:{poll_id}")


def close_due(work: Work, events: Sequence[Event]) -> None:
    """Close polls whose last day is over."""
    for poll_id in _polls(events):
        life.close_when_due(work, poll_id=poll_id)


def seal_due(work: Work, events: Sequence[Event]) -> None:
    """Destroy the keys of polls whose result can no longer be contested."""
    for poll_id in _polls(events):
        life.seal_ballots(work, poll_id=poll_id)


_SOON_SUBJECT: Final = "Завтра завершится опрос № {number}"
_SOON_BODY: Final = (
    "Опрос «{title}» завершится {end}.\n\nПроголосовали: {participants}.\n{quorum}\n\n{address}\n"
)


def remind_staff(work: Work, events: Sequence[Event]) -> None:
    """A day before the end, tell those who may extend a poll how it stands with the quorum."""
    for poll_id in _polls(events):
        poll = queries.poll_view(work.session, poll_id)
        if poll is None or poll.state is not State.OPEN or poll.closes_at is None:
            continue
        if poll.closes_at <= work.now:
            continue
        locale = work.tenant.locale
        missing = max(0, (poll.needed or 0) - poll.counted)
        quorum = (
            f"До кворума не хватает: {RESIDENTS.count(missing, locale)}."
            if missing
            else "Кворум набран."
        )
        settings = work.runtime.settings
        host = (work.runtime.registry.hosts(work.tenant) or (work.tenant.slug,))[0]
        for person in staff.holders(work, "polls.extend"):
            messages.queue(
                work,
                Contact("email", person.email),
                subject=_SOON_SUBJECT.format(number=poll.number),
                body=_SOON_BODY.format(
                    title=poll.title,
                    end=poll.closes_at.astimezone(work.tenant.zone).strftime("%d.%m.%Y в %H:%M"),
                    participants=RESIDENTS.count(poll.participants, locale),
                    quorum=quorum,
                    address=settings.url_of(host, f"/desk/polls/{poll_id}"),
                ),
            )


def _polls(events: Sequence[Event]) -> list[UUID]:
    """The polls that events speak of, each once."""
    return list(
        dict.fromkeys(
            msgspec.json.decode(event.payload, type=PollReference).poll_id for event in events
        )
    )
