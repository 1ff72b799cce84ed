"""What features ask of moderation: to queue a thing, to take it back, and how it stands.

What moderators do stands in `deciding`, what is decided of people in `blocking`.
"""

from collections.abc import Sequence
from datetime import date
from typing import Final
from uuid import UUID

import msgspec
from sqlalchemy import case, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core.deadlines.domain import Term
from core.deadlines.obligations import cancel_obligation, open_obligation, term_date
from core.kit.actor import ResidentActor
from core.kit.errors import Conflict, Forbidden, Invalid, NotFound
from core.kit.ids import new_id
from core.kit.text import Text
from core.moderation import queries
from core.moderation.decisions import CHECK, DAYS_COUNTED, REVIEW_DAYS, KindFacts
from core.moderation.domain import (
    LONGEST_PLEA,
    OPEN,
    Check,
    ItemView,
    LetterView,
    LookState,
    Standing,
    State,
)
from core.moderation.model import ModerationDraft, ModerationItem
from core.rules.explain import reasons_data
from core.work import Work

REVIEW: Final = "moderation.review"
"""The right to check, and the obligation to do so in time."""
SUBMITTED: Final = "moderation.submitted"

_PLEA_NEEDED = Text(
    ru="Напишите, почему просите посмотреть ещё раз.", en="Write why you ask for another look."
)
_PLEA_LONG = Text(ru="Не больше {most} знаков.", en="At most {most} characters.")
_NOT_REFUSED = Text(ru="Здесь нечего пересматривать.", en="There is nothing to look at again.")
_LOOKED_TWICE = Text(
    ru="Это решение уже принято после повторной проверки.",
    en="This decision was taken after a second look.",
)
_LATE = Text(
    ru="Срок, в который можно попросить о повторной проверке, прошёл {day}.",
    en="The time to ask for another look ended on {day}.",
)
_NOT_YOURS = Text(ru="Попросить об этом может только автор.", en="Only the author may ask.")


class ItemReference(msgspec.Struct, frozen=True):
    """Announced with every step of an item."""

    item_id: UUID
    kind: str
    subject_id: UUID
    author_id: UUID | None = None


def is_checked_first(work: Work, kind: str) -> bool:
    """Whether things of this kind are seen by others only after they were checked."""
    facts = KindFacts(on=work.today, kind=kind)
    return work.decide(CHECK, facts).value is Check.BEFORE


def submit(
    work: Work,
    *,
    kind: str,
    subject_id: UUID,
    title: str,
    body: str,
    author_id: UUID | None,
    path: str,
) -> UUID:
    """Put a thing into the queue; returns its item.

    A newer text takes the place of one that is still waiting, and a letter in work on the older
    one goes with it. The same text sent again changes nothing.
    """
    for _attempt in range(3):
        waiting = queries.open_item_of(work.session, kind, subject_id)
        if waiting is not None:
            if (waiting.title, waiting.body) == (title, body):
                return waiting.id
            _leave(work, waiting, State.SUPERSEDED)
        item_id = _enter(
            work,
            kind=kind,
            subject_id=subject_id,
            title=title,
            body=body,
            author_id=author_id,
            path=path,
        )
        if item_id is not None:
            return item_id
        # Somebody else has just submitted the same thing: what they sent is older than ours.
    raise Conflict(
        "moderation.busy",
        Text(ru="Этот текст сейчас отправляют ещё раз.", en="This text is being sent again."),
        Text(ru="Обновите страницу.", en="Reload the page."),
    )


def _enter(
    work: Work,
    *,
    kind: str,
    subject_id: UUID,
    title: str,
    body: str,
    author_id: UUID | None,
    path: str,
    looks_again_at: UUID | None = None,
    plea: str = "",
) -> UUID | None:
    item_id = new_id()
    facts = KindFacts(on=work.today, kind=kind)
    first = work.decide(CHECK, facts).value
    term = work.decide(REVIEW_DAYS, facts)
    due_on: date | None = None
    length: Term | None = None
    if term.value is not None:
        length = counted(work, facts, term.value)
        due_on = term_date(work, length, work.today)
    made = work.session.execute(
        insert(ModerationItem)
        .values(
            id=item_id,
            kind=kind,
            subject_id=subject_id,
            title=title,
            body=body,
            author_id=author_id,
            path=path,
            checked=first.value,
            state=State.WAITING.value,
            submitted_at=work.now,
            due_on=due_on,
            looks_again_at=looks_again_at,
            plea=plea,
        )
        .on_conflict_do_nothing()
        .returning(ModerationItem.id)
    ).scalar_one_or_none()
    if made is None:
        return None
    if due_on is not None:
        open_obligation(
            work,
            REVIEW,
            item_subject(item_id),
            title=Text(ru=f"Проверить: {title}", en=f"Check: {title}"),
            path=f"/desk/moderation/{item_id}",
            due_on=due_on,
            reasons=reasons_data(term, work.tenant.locale),
            holder_permission=REVIEW,
            term=length,
        )
    work.emit(SUBMITTED, ItemReference(item_id, kind, subject_id, author_id))
    return item_id


def counted(work: Work, facts: KindFacts, days: int) -> Term:
    """So many days, in the days the city counts in."""
    return Term(days, work.decide(DAYS_COUNTED, facts).value)


def withdraw(work: Work, *, kind: str, subject_id: UUID) -> None:
    """Take a thing out of the queue, because its author took it back; fine if it is not there."""
    waiting = queries.open_item_of(work.session, kind, subject_id)
    if waiting is not None:
        _leave(work, waiting, State.WITHDRAWN)


def _leave(work: Work, row: ModerationItem, state: State) -> None:
    """An item leaves the queue undecided."""
    row.state = state.value
    row.decided_at = work.now
    row.held_by = row.held_until = None
    work.session.flush()
    if row.due_on is not None:
        cancel_obligation(work, REVIEW, item_subject(row.id), note=state.value)


def item_subject(item_id: UUID) -> str:
    """How journals, decisions and obligations call an item."""
    return f"moderation:{item_id}"


def letter(session: Session, letter_id: UUID) -> LetterView:
    """A letter of refusal as it was sent; raises NotFound."""
    found = queries.letter(session, letter_id)
    if found is None:
        raise NotFound
    return found


def standing(
    session: Session, kind: str, subject_id: UUID, *, today: date | None = None
) -> Standing | None:
    """How a thing stands in moderation, for its author; None if it was never submitted.

    With `today` a second look counts as over once its term has passed.
    """
    found = queries.latest_item_of(session, kind, subject_id)
    if found is None:
        return None
    sent = queries.letter(session, found.letter_id) if found.letter_id else None
    return Standing(
        item_id=found.id,
        state=found.state,
        submitted_at=found.submitted_at,
        due_on=found.due_on,
        decided_at=found.decided_at,
        letter=sent,
        look=look_state(session, found, sent, today=today),
        look_until=sent.look_until if sent else None,
        again=found.looks_again_at is not None and found.state in OPEN,
        plea=found.plea,
        earlier=queries.letter(session, found.looks_again_at) if found.looks_again_at else None,
    )


def look_state(
    session: Session, found: ItemView, sent: LetterView | None, *, today: date | None
) -> LookState:
    """Whether the author of a refused item may ask for a second look."""
    if found.looks_again_at is not None:
        return LookState.ASKED if found.state in OPEN else LookState.ANSWERED
    if sent is None:
        return LookState.OVER
    if queries.looking_again_at(session, found.id) is not None:
        return LookState.ASKED
    if today is not None and sent.look_until is not None and today > sent.look_until:
        return LookState.OVER
    return LookState.OPEN


def ask_second_look(work: Work, *, kind: str, subject_id: UUID, reason: str) -> UUID:
    """The author asks somebody else to look at a refusal; returns the new item of the queue.

    Asked twice, it is one look. Raises Invalid without a reason, Conflict when it is too late.
    """
    found = queries.latest_item_of(work.session, kind, subject_id)
    if found is None:
        raise NotFound
    if not isinstance(work.actor, ResidentActor) or work.actor.id != found.author_id:
        raise Forbidden("moderation.not_yours", _NOT_YOURS)
    if found.looks_again_at is not None and found.state in OPEN:
        return found.id
    reason = reason.strip()
    if not reason:
        raise Invalid({"reason": _PLEA_NEEDED})
    if len(reason) > LONGEST_PLEA:
        raise Invalid({"reason": _PLEA_LONG.format(most=LONGEST_PLEA)})
    locked = queries.locked_item(work.session, found.id)
    assert locked is not None
    existing = queries.looking_again_at(work.session, found.id)
    if existing is not None:
        return existing
    sent = queries.letter(work.session, found.letter_id) if found.letter_id else None
    if sent is None:
        raise Conflict("moderation.not_refused", _NOT_REFUSED)
    if found.looks_again_at is not None:
        raise Conflict("moderation.looked_twice", _LOOKED_TWICE)
    if sent.look_until is not None and work.today > sent.look_until:
        raise Conflict("moderation.look_late", _LATE.format(day=f"{sent.look_until:%d.%m.%Y}"))
    item_id = _enter(
        work,
        kind=kind,
        subject_id=subject_id,
        title=found.title,
        body=found.body,
        author_id=found.author_id,
        path=found.path,
        looks_again_at=found.id,
        plea=reason,
    )
    if item_id is None:
        raise Conflict("moderation.not_refused", _NOT_REFUSED)
    return item_id


def forget_authors(work: Work, residents: Sequence[UUID]) -> None:
    """Accounts were erased: the queue keeps neither who wrote nor what was written. Letters that
    were sent are official papers and stay, without a name."""
    mine = ModerationItem.author_id.in_(residents)
    for row in work.session.scalars(
        select(ModerationItem).where(mine, ModerationItem.state.in_(sorted(OPEN))).with_for_update()
    ).all():
        _leave(work, row, State.WITHDRAWN)
    work.session.execute(
        update(ModerationDraft)
        .where(ModerationDraft.item_id.in_(select(ModerationItem.id).where(mine)))
        .values(body="", before="")
    )
    work.session.execute(
        update(ModerationItem)
        .where(mine)
        .values(
            author_id=None,
            title="",
            body="",
            plea=case((ModerationItem.looks_again_at.is_(None), ""), else_="—"),
            hints=None,
            similar=None,
        )
    )
