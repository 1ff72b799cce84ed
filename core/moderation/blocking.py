"""Decisions to exclude an author from taking part, and their end (п. 3.9 of the source).

A block is a collegial decision with a protocol, recorded by one official; it rests on a refusal.
`resident.blocked_at`, which every hot path reads, is set and cleared here and nowhere else.
"""

from collections.abc import Sequence
from datetime import date
from typing import Final
from uuid import UUID

import msgspec
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from core.identity import access
from core.identity.model import Resident, Staff, StaffPost
from core.kit.errors import Conflict, Invalid, NotFound
from core.kit.ids import new_id
from core.kit.period import Period
from core.kit.text import Text
from core.moderation import queries
from core.moderation.deciding import staff_of
from core.moderation.decisions import ANNULS, BLOCK_DAYS, MAY_BLOCK, BlockFacts
from core.moderation.domain import BlockTerms, BlockView, LetterView, Member
from core.moderation.grounds import deciding_posts
from core.moderation.model import ModerationBlock
from core.moderation.service import letter as require_letter
from core.notify.tell import Recipient, tell
from core.rules import Refused
from core.rules.explain import reasons_data
from core.rules.wording import day_text
from core.work import Work

BLOCK: Final = "moderation.block"
"""The right to record decisions on blocking and to lift blocks."""
BLOCKED: Final = "moderation.resident_blocked"
UNBLOCKED: Final = "moderation.resident_unblocked"
TERM_OVER: Final = "moderation.block_term_over"
TOLD_BLOCKED: Final = "moderation.blocked"
TOLD_UNBLOCKED: Final = "moderation.unblocked"
LONGEST_REASON: Final = 2000
_LONGEST_NUMBER: Final = 40

_BLOCKED_ALREADY = Text(
    ru="Участие этого автора уже ограничено.", en="This author is blocked already."
)
_SEE_BLOCKS = Text(
    ru="Посмотрите действующее решение в списке ограничений.",
    en="See the decision in force in the list of blocks.",
)
_NO_AUTHOR = Text(ru="Автор удалил свою учётную запись.", en="The author has erased the account.")
_NUMBER = Text(
    ru="Укажите номер протокола, до 40 знаков.", en="Give the protocol's number, up to 40 signs."
)
_FUTURE = Text(ru="Протокол не может быть из будущего.", en="A protocol is not from the future.")
_REASON = Text(
    ru="Напишите, за что ограничено участие: это увидит автор. До {most} знаков.",
    en="Write what the author is blocked for: the author will read it. Up to {most} characters.",
)
_MEMBERS = Text(ru="Отметьте, кто участвовал в решении.", en="Mark who took part in the decision.")
_PAST = Text(ru="Последний день не может быть в прошлом.", en="The last day cannot have passed.")
_UNTIL_NEEDED = Text(
    ru="Укажите последний день: по регламенту — не позже {day}.",
    en="Give the last day: by the regulation no later than {day}.",
)
_ENDED = Text(ru="Это ограничение уже снято.", en="This block has ended already.")
_LIFT_REASON = Text(
    ru="Напишите, почему ограничение снято. До {most} знаков.",
    en="Write why the block is lifted. Up to {most} characters.",
)
_TITLE_BLOCKED = Text(ru="Ваше участие ограничено", en="You have been blocked")
_TEXT_BLOCKED_UNTIL = Text(
    ru="Причина: {reason} Ограничение действует по {day} включительно. Что можно сделать, сказано "
    "в вашем профиле.",
    en="Reason: {reason} The block lasts until {day}. Your profile says what you can do.",
)
_TEXT_BLOCKED = Text(
    ru="Причина: {reason} Срок ограничения регламентом не установлен. Что можно сделать, сказано "
    "в вашем профиле.",
    en="Reason: {reason} The regulation sets no term for the block. Your profile says what you "
    "can do.",
)
_TITLE_UNBLOCKED = Text(ru="Ограничение снято", en="You are no longer blocked")
_TEXT_UNBLOCKED = Text(
    ru="Вы снова можете голосовать, предлагать идеи и комментировать.",
    en="You can vote, suggest ideas and comment again.",
)
_TERM_PASSED = "Срок ограничения закончился."


class ResidentBlocked(msgspec.Struct, frozen=True):
    """Announced as `moderation.resident_blocked`; `annul` by the clauses in `reasons`."""

    block_id: UUID
    resident_id: UUID
    day: date
    annul: bool
    reasons: tuple[object, ...]


class ResidentUnblocked(msgspec.Struct, frozen=True):
    """Announced as `moderation.resident_unblocked`."""

    block_id: UUID
    resident_id: UUID
    day: date


class BlockReference(msgspec.Struct, frozen=True):
    """The block whose last day is over."""

    block_id: UUID


class Decided(msgspec.Struct, frozen=True):
    """A collegial decision as the form gives it; `posts` are those that took part."""

    protocol_number: str
    protocol_on: date
    posts: tuple[str, ...]
    reason: str
    until: date | None


def terms(work: Work, letter: LetterView, members: int) -> BlockTerms:
    """What the city's rules say of blocking after a refusal, for the form: nothing is refused."""
    facts = _facts(work, letter, members)
    return BlockTerms(
        allowed=work.decide(MAY_BLOCK, facts),
        days=work.decide(BLOCK_DAYS, facts),
        annuls=work.decide(ANNULS, facts),
    )


def members_to_choose(work: Work) -> tuple[Member, ...]:
    """The posts of the group that decides, and who holds them today."""
    posts = deciding_posts(
        work.regulation, work.procedure("moderation"), work.procedure("people"), work.today
    )
    holders: dict[str, list[str]] = {}
    for post, name in work.session.execute(
        select(StaffPost.post, Staff.name)
        .join(Staff, Staff.id == StaffPost.staff_id)
        .where(
            StaffPost.post.in_([one.key for one in posts]),
            StaffPost.since <= work.today,
            StaffPost.until.is_(None) | (StaffPost.until > work.today),
            Staff.disabled_at.is_(None),
        )
        .order_by(Staff.name)
    ):
        holders.setdefault(post, []).append(name)
    return tuple(
        Member(post.key, post.title, ", ".join(holders.get(post.key, ()))) for post in posts
    )


def block(work: Work, letter_id: UUID, *, decided: Decided) -> UUID:
    """Record a decision on blocking; the author is out from now on. Returns the block.

    The same protocol sent twice is one decision. Raises Invalid, Refused with the clauses, or
    Conflict when the author is blocked by another decision.
    """
    access.require(work, BLOCK)
    me = staff_of(work)
    letter = require_letter(work.session, letter_id)
    if letter.addressee_id is None:
        raise Conflict("moderation.no_author", _NO_AUTHOR)
    resident = work.session.execute(
        select(Resident)
        .where(Resident.id == letter.addressee_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).scalar_one_or_none()
    if resident is None or resident.erased_at is not None:
        raise Conflict("moderation.no_author", _NO_AUTHOR)
    number = " ".join(decided.protocol_number.split())
    same = queries.protocol_taken(work.session, resident.id, number, decided.protocol_on)
    if same is not None:
        return same
    choices = {one.post: one for one in members_to_choose(work)}
    members = [choices[post] for post in dict.fromkeys(decided.posts) if post in choices]
    reason = decided.reason.strip()
    facts = _facts(work, letter, len(members))
    limit = work.decide(BLOCK_DAYS, facts)
    _check(work, number, decided, reason, members, limit.value)
    if queries.block_in_force(work.session, resident.id) is not None:
        raise Conflict("moderation.blocked_already", _BLOCKED_ALREADY, _SEE_BLOCKS)
    allowed = work.decide(MAY_BLOCK, facts)
    if not allowed.allowed:
        raise Refused(allowed, fields={"members": allowed.grounds[0].text})
    annuls = work.decide(ANNULS, facts)
    locale = work.tenant.locale
    reasons = tuple(
        msgspec.to_builtins(
            (
                *reasons_data(allowed, locale),
                *(reasons_data(limit, locale) if limit.value is not None else ()),
                *(reasons_data(annuls, locale) if annuls.allowed else ()),
            )
        )
    )
    block_id = new_id()
    work.session.execute(
        insert(ModerationBlock).values(
            id=block_id,
            resident_id=resident.id,
            letter_id=letter.id,
            protocol_number=number,
            protocol_on=decided.protocol_on,
            members=msgspec.to_builtins(members),
            reason=reason,
            until=decided.until,
            annuls=annuls.allowed,
            reasons=list(reasons),
            blocked_at=work.now,
            recorded_by=me.id,
            recorded_name=me.name,
        )
    )
    resident.blocked_at = work.now
    work.session.flush()
    work.record(
        "moderation.blocked",
        f"resident:{resident.id}",
        block=block_id,
        protocol=number,
        protocol_on=decided.protocol_on,
        members=[one.post for one in members],
        until=decided.until,
        letter=letter.id,
        annuls=annuls.allowed,
    )
    subject = f"block:{block_id}"
    work.record_decision(subject, allowed)
    if limit.value is not None:
        work.record_decision(subject, limit)
    work.record_decision(subject, annuls)
    work.emit(
        BLOCKED,
        ResidentBlocked(
            block_id=block_id,
            resident_id=resident.id,
            day=work.today,
            annul=annuls.allowed,
            reasons=tuple(msgspec.to_builtins(reasons_data(annuls, locale))),
        ),
    )
    _plan_end(work, block_id, decided.until)
    text = _TEXT_BLOCKED if decided.until is None else _TEXT_BLOCKED_UNTIL
    tell(
        work,
        TOLD_BLOCKED,
        [Recipient("resident", resident.id)],
        title=_TITLE_BLOCKED,
        text=text.with_values(
            {
                "reason": reason if reason.endswith((".", "!", "?")) else reason + ".",
                "day": day_text(decided.until) if decided.until else "",
            }
        ),
        path="/profile",
        once=f"moderation.blocked:{block_id}",
    )
    return block_id


def lift(work: Work, block_id: UUID, *, reason: str) -> bool:
    """Lift a block before its term, with a reason; False if it was over already."""
    access.require(work, BLOCK)
    me = staff_of(work)
    reason = reason.strip()
    if not reason or len(reason) > LONGEST_REASON:
        raise Invalid({"reason": _LIFT_REASON.format(most=LONGEST_REASON)})
    row = queries.locked_block(work.session, block_id)
    if row is None:
        raise NotFound
    if row.ended == "lifted" and row.ended_by == me.id:
        return False
    if row.ended is not None:
        raise Conflict("moderation.block_ended", _ENDED)
    row.ended_by = me.id
    row.ended_name = me.name
    _end(work, row, "lifted", reason)
    return True


def end_when_due(work: Work, block_id: UUID) -> bool:
    """What the schedule does after the last day; False when there is nothing to end (yet)."""
    row = queries.locked_block(work.session, block_id)
    if row is None or row.ended is not None or row.until is None:
        return False
    if row.until >= work.today:
        _plan_end(work, row.id, row.until)
        return False
    _end(work, row, "expired", _TERM_PASSED)
    return True


def standing_of(work: Work, resident_id: UUID) -> BlockView | None:
    """The block that keeps a resident out at present."""
    return queries.block_in_force(work.session, resident_id)


def _end(work: Work, row: ModerationBlock, how: str, reason: str) -> None:
    row.ended = how
    row.ended_at = work.now
    row.ended_reason = reason
    work.session.execute(
        update(Resident).where(Resident.id == row.resident_id).values(blocked_at=None)
    )
    work.session.flush()
    work.record(
        "moderation.unblocked", f"resident:{row.resident_id}", block=row.id, how=how, reason=reason
    )
    work.emit(UNBLOCKED, ResidentUnblocked(row.id, row.resident_id, work.today))
    tell(
        work,
        TOLD_UNBLOCKED,
        [Recipient("resident", row.resident_id)],
        title=_TITLE_UNBLOCKED,
        text=_TEXT_UNBLOCKED,
        path="/profile",
        once=f"moderation.unblocked:{row.id}",
    )


def _plan_end(work: Work, block_id: UUID, until: date | None) -> None:
    if until is not None:
        over = Period(until, until).ends_at(work.tenant.zone)
        work.emit(TERM_OVER, BlockReference(block_id), due_at=over)


def _facts(work: Work, letter: LetterView, members: int) -> BlockFacts:
    return BlockFacts(
        on=work.today, grounds=tuple(one.key for one in letter.grounds), members=members
    )


def _check(
    work: Work,
    number: str,
    decided: Decided,
    reason: str,
    members: Sequence[Member],
    limit: int | None,
) -> None:
    wrong: dict[str, Text] = {}
    if not number or len(number) > _LONGEST_NUMBER:
        wrong["protocol_number"] = _NUMBER
    if decided.protocol_on > work.today:
        wrong["protocol_on"] = _FUTURE
    if not reason or len(reason) > LONGEST_REASON:
        wrong["reason"] = _REASON.format(most=LONGEST_REASON)
    if not members:
        wrong["members"] = _MEMBERS
    latest = latest_day(work.today, limit)
    if decided.until is not None and decided.until < work.today:
        wrong["until"] = _PAST
    elif latest is not None and (decided.until is None or decided.until > latest):
        wrong["until"] = _UNTIL_NEEDED.with_values({"day": day_text(latest)})
    if wrong:
        raise Invalid(wrong)


def latest_day(today: date, limit: int | None) -> date | None:
    """The last day a block of today may have: today is the first of its days."""
    if limit is None:
        return None
    return date.fromordinal(min(today.toordinal() + limit - 1, date.max.toordinal() - 1))
