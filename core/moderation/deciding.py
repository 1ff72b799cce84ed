"""What moderators decide: to publish, or to refuse with a letter that another person approves.

What a feature shows, the letter, the notice to the author and the journal are one transaction: a
failure in any of them leaves the item as it was. Each item is decided under its row's lock, so of
two people who press at the same time one decides and the other is told.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final
from uuid import UUID

import msgspec
from sqlalchemy import and_, exists, or_, update
from sqlalchemy.dialects.postgresql import insert

from core.deadlines.obligations import close_obligation, term_date
from core.identity import access
from core.identity.posts import posts_on
from core.kit.actor import StaffActor
from core.kit.clock import local_date
from core.kit.errors import Conflict, Forbidden, Invalid, NotFound
from core.kit.text import Text
from core.moderation import queries
from core.moderation.decisions import (
    MAY_REFUSE,
    SECOND_LOOK_DAYS,
    STEPS,
    KindFacts,
    RefuseFacts,
)
from core.moderation.domain import (
    LONGEST_LETTER,
    LONGEST_NOTE,
    MOST_AT_ONCE,
    OPEN,
    Check,
    GroundChosen,
    GroundGiven,
    State,
    Steps,
)
from core.moderation.grounds import Ground, grounds_on
from core.moderation.letters import appeal, intro, whole
from core.moderation.manifest import Kinds, Moderated, Refusal
from core.moderation.model import (
    ModerationDraft,
    ModerationItem,
    ModerationLetter,
    ModerationNumber,
)
from core.moderation.service import REVIEW, ItemReference, counted, item_subject
from core.notify.tell import Recipient, tell
from core.rules import Decision, Refused
from core.rules.explain import clause_words, reasons_data
from core.rules.wording import day_text
from core.work import Work

APPROVE: Final = "moderation.approve_refusal"
"""The right to approve a letter of refusal and send it."""
TOLD_REFUSED: Final = "moderation.refused"
TOLD_RECONSIDERED: Final = "moderation.reconsidered"
TOLD_RETURNED: Final = "moderation.returned"
HELD_FOR: Final = timedelta(minutes=10)
"""For how long an item that was opened is left to whoever opened it."""

_RELOAD = Text(
    ru="Откройте следующую запись: её место в очереди не потеряно.",
    en="Open the next one: nothing in the queue is lost.",
)
_HELD = Text(
    ru="Эту запись сейчас проверяет {name}.", en="{name} is checking this one at the moment."
)
_PUBLISHED = Text(ru="Эту запись уже опубликовали.", en="This one has been published already.")
_REFUSED_ALREADY = Text(
    ru="Письмо об отказе уже отправлено, его согласовал {name}.",
    en="The letter of refusal has been sent; {name} approved it.",
)
_LEFT = Text(
    ru="Автор отозвал эту запись или прислал новый текст.",
    en="The author has taken this back or sent a newer text.",
)
_WRITTEN = Text(
    ru="По этой записи уже написано письмо об отказе, оно ждёт согласования.",
    en="A letter of refusal has been written on this one and waits for approval.",
)
_NOT_WRITTEN = Text(
    ru="Это письмо вернули автору письма или отозвали.",
    en="This letter has been returned or taken back.",
)
_LOOK_AGAIN = Text(
    ru="Повторную проверку проводит другой сотрудник: первое решение принимали вы.",
    en="A second look is for somebody else: you took part in the first decision.",
)
_OWN_LETTER = Text(
    ru="Письмо согласует другой сотрудник: это написали вы.",
    en="A letter is approved by somebody else: you wrote this one.",
)
_OWN_LETTER_ADVICE = Text(
    ru="Дождитесь согласования или заберите письмо, чтобы изменить его.",
    en="Wait for approval, or take the letter back to change it.",
)
_LETTER_LONG = Text(
    ru="Не больше {most} знаков, сейчас {now}.", en="At most {most} characters, now {now}."
)
_NOTE_NEEDED = Text(ru="Напишите, что исправить.", en="Write what should be mended.")
_TOO_MANY = Text(ru="За один раз — не больше {most} записей.", en="At most {most} items at a time.")
_TITLE_REFUSED = Text(ru="Отказ в публикации: «{title}»", en="Publication refused: “{title}”")
_TEXT_REFUSED = Text(
    ru="Письмо № {number} от {day}. Основания: {grounds}. В письме сказано, что можно сделать.",
    en="Letter No. {number} of {day}. Grounds: {grounds}. The letter says what you can do.",
)
_TITLE_RECONSIDERED = Text(
    ru="Решение изменено: «{title}»", en="The decision was changed: “{title}”"
)
_TEXT_RECONSIDERED = Text(
    ru="Вы просили посмотреть ещё раз. Отказ отменён, текст опубликован.",
    en="You asked for another look. The refusal was overturned and the text is published.",
)
_TITLE_RETURNED = Text(
    ru="Письмо вернули на доработку: «{title}»", en="A letter was returned: “{title}”"
)


class Skipped(msgspec.Struct, frozen=True):
    """An item that was not published with the others, and why."""

    item_id: UUID
    title: str
    why: Text


class Published(msgspec.Struct, frozen=True):
    """What publishing several at once came to."""

    done: tuple[UUID, ...]
    skipped: tuple[Skipped, ...]


class LetterSent(msgspec.Struct, frozen=True):
    """Announced as `moderation.refused`."""

    item_id: UUID
    letter_id: UUID
    kind: str
    subject_id: UUID
    author_id: UUID | None


class Claim(msgspec.Struct, frozen=True):
    """Whether an item is ours to decide now; `holder` is whoever else is looking at it."""

    mine: bool
    holder: str = ""


def staff_of(work: Work) -> StaffActor:
    """The official who acts: decisions of moderation are a person's."""
    if not isinstance(work.actor, StaffActor):
        raise Forbidden(
            "staff_only",
            Text(ru="Решение принимает сотрудник.", en="A member of staff decides."),
        )
    return work.actor


def claim(work: Work, item_id: UUID) -> Claim:
    """Say that we are looking at an item, so that others take another one. Lapses by itself."""
    access.require(work, REVIEW)
    me = staff_of(work)
    free = or_(
        ModerationItem.held_by.is_(None),
        ModerationItem.held_by == me.id,
        ModerationItem.held_until <= work.now,
    )
    taken = work.session.execute(
        update(ModerationItem)
        .where(
            ModerationItem.id == item_id,
            ModerationItem.state.in_([one.value for one in OPEN]),
            free,
            # Who took part in the first decision would only keep others from the second.
            ~exists().where(
                ModerationLetter.id == ModerationItem.looks_again_at,
                or_(ModerationLetter.written_by == me.id, ModerationLetter.approved_by == me.id),
            ),
        )
        .values(held_by=me.id, held_name=me.name, held_until=work.now + HELD_FOR)
        .returning(ModerationItem.id)
    ).scalar_one_or_none()
    if taken is not None:
        return Claim(mine=True)
    found = queries.item(work.session, item_id)
    if found is None:
        raise NotFound
    return Claim(mine=False, holder=found.held_name if found.held_by_other(me.id, work.now) else "")


def release(work: Work, item_id: UUID) -> None:
    """Leave an item to others before the claim lapses."""
    me = staff_of(work)
    work.session.execute(
        update(ModerationItem)
        .where(and_(ModerationItem.id == item_id, ModerationItem.held_by == me.id))
        .values(held_by=None, held_until=None)
    )


def publish(work: Work, item_id: UUID, *, kinds: Kinds) -> bool:
    """Let an item through; False if it was already. Raises Conflict if somebody else decides."""
    access.require(work, REVIEW)
    me = staff_of(work)
    row = _locked(work, item_id, kinds)
    if row.state == State.PUBLISHED:
        return False
    _check_mine(work, row, me)
    _publish(work, row, me, kinds)
    return True


def publish_many(work: Work, items: Sequence[UUID], *, kinds: Kinds) -> Published:
    """Let several through. What somebody else decides, or has decided, is passed over and named."""
    access.require(work, REVIEW)
    me = staff_of(work)
    wanted = sorted(set(items))
    if len(wanted) > MOST_AT_ONCE:
        raise Invalid({"items": _TOO_MANY.format(most=MOST_AT_ONCE)})
    done: list[UUID] = []
    skipped: list[Skipped] = []
    for item_id in wanted:
        try:
            row = _locked(work, item_id, kinds)
        except NotFound:
            continue
        if row.state == State.PUBLISHED:
            done.append(row.id)
            continue
        try:
            _check_mine(work, row, me)
        except (Conflict, Forbidden) as problem:
            skipped.append(Skipped(row.id, row.title, problem.title))
            continue
        _publish(work, row, me, kinds)
        done.append(row.id)
    return Published(tuple(done), tuple(skipped))


def _publish(work: Work, row: ModerationItem, me: StaffActor, kinds: Kinds) -> None:
    kind = kind_of(kinds, row.kind)
    again = row.looks_again_at is not None
    _decide(work, row, me, State.PUBLISHED)
    if again or row.checked == Check.BEFORE:
        kind.publish(work, row.subject_id)
    work.record(
        "moderation.reconsidered" if again else "moderation.published",
        item_subject(row.id),
        kind=row.kind,
        subject_id=row.subject_id,
    )
    close_obligation(work, REVIEW, item_subject(row.id))
    work.emit(
        "moderation.published", ItemReference(row.id, row.kind, row.subject_id, row.author_id)
    )
    if again and row.author_id is not None:
        tell(
            work,
            TOLD_RECONSIDERED,
            [Recipient("resident", row.author_id)],
            title=_TITLE_RECONSIDERED.format(title=row.title),
            text=_TEXT_RECONSIDERED,
            path=row.path,
            once=f"moderation.reconsidered:{row.id}",
        )


def save_letter(work: Work, item_id: UUID, *, grounds: Sequence[GroundChosen], body: str) -> None:
    """Keep a letter in work as it is; nothing is checked but its length."""
    access.require(work, REVIEW)
    me = staff_of(work)
    row = _locked(work, item_id)
    _check_mine(work, row, me)
    _keep_letter(work, row, me, grounds, body.strip(), "writing")


def write_letter(
    work: Work, item_id: UUID, *, grounds: Sequence[GroundChosen], body: str, kinds: Kinds
) -> State:
    """Finish a letter of refusal. Where the city's rule asks for a second person it waits for
    approval; where it does not, it is sent. Returns the state the item is in now."""
    access.require(work, REVIEW)
    me = staff_of(work)
    row = _locked(work, item_id, kinds)
    body = body.strip()
    known = queries.draft_view(work.session, item_id)
    if (
        row.state == State.WRITTEN
        and known is not None
        and known.written_by == me.id
        and (known.grounds, known.body) == (tuple(grounds), body)
    ):
        return State.WRITTEN
    if row.state == State.REFUSED and row.decided_by == me.id and known and known.body == body:
        return State.REFUSED
    _check_mine(work, row, me)
    decision = may_refuse(work, row, grounds, body)
    draft = _keep_letter(work, row, me, grounds, body, "submitted")
    steps = work.decide(STEPS, KindFacts(on=work.today, kind=row.kind))
    if steps.value is Steps.ONE:
        _send(work, row, draft, me, body=body, decision=decision, kinds=kinds)
        return State.REFUSED
    row.state = State.WRITTEN.value
    row.held_by = row.held_until = None
    work.session.flush()
    work.record(
        "moderation.letter_written", item_subject(row.id), grounds=[one.key for one in grounds]
    )
    work.emit("moderation.letter_written", ItemReference(row.id, row.kind, row.subject_id))
    return State.WRITTEN


def take_back(work: Work, item_id: UUID) -> None:
    """The one who wrote a letter takes it back from approval; the item waits again."""
    access.require(work, REVIEW)
    me = staff_of(work)
    row = _locked(work, item_id)
    draft = queries.draft(work.session, item_id, lock=True)
    if row.state == State.WAITING:
        return
    if row.state != State.WRITTEN or draft is None:
        raise _gone(row)
    if draft.written_by != me.id:
        raise Forbidden("moderation.not_yours", _OWN_LETTER)
    draft.state = "writing"
    row.state = State.WAITING.value
    work.session.flush()
    work.record("moderation.letter_taken_back", item_subject(row.id))


def return_letter(work: Work, item_id: UUID, *, note: str) -> None:
    """The editor returns a letter with a word on what to mend (R28)."""
    access.require(work, APPROVE)
    me = staff_of(work)
    note = note.strip()
    if not note:
        raise Invalid({"note": _NOTE_NEEDED})
    if len(note) > LONGEST_NOTE:
        raise Invalid({"note": _LETTER_LONG.format(most=LONGEST_NOTE, now=len(note))})
    row = _locked(work, item_id)
    draft = queries.draft(work.session, item_id, lock=True)
    if row.state == State.WAITING and draft and draft.state == "returned" and draft.note == note:
        return
    if row.state != State.WRITTEN or draft is None:
        raise _gone(row)
    _check_held(row, me, work)
    draft.state = "returned"
    draft.note = note
    draft.before = draft.body
    draft.returned_name = me.name
    draft.returned_at = work.now
    row.state = State.WAITING.value
    row.held_by = row.held_until = None
    work.session.flush()
    work.record("moderation.letter_returned", item_subject(row.id), note=note)
    tell(
        work,
        TOLD_RETURNED,
        [Recipient("staff", draft.written_by)],
        title=_TITLE_RETURNED.format(title=row.title),
        text=Text(ru=note, en=note),
        path=f"/desk/moderation/{row.id}",
        once=f"moderation.returned:{row.id}:{work.now.isoformat()}",
    )


def approve_letter(work: Work, item_id: UUID, *, body: str, kinds: Kinds) -> UUID:
    """Approve a letter as it reads now and send it; returns the letter (R28, R67).

    The editor may have changed the text; what the moderator wrote is kept beside it. Where two
    steps are asked for, the same person cannot take both.
    """
    access.require(work, APPROVE)
    me = staff_of(work)
    row = _locked(work, item_id, kinds)
    if row.state == State.REFUSED and row.decided_by == me.id and row.letter_id is not None:
        return row.letter_id
    draft = queries.draft(work.session, item_id, lock=True)
    if row.state != State.WRITTEN or draft is None:
        raise _gone(row)
    _check_held(row, me, work)
    steps = work.decide(STEPS, KindFacts(on=work.today, kind=row.kind))
    if steps.value is Steps.TWO and draft.written_by == me.id:
        raise Conflict("moderation.own_letter", _OWN_LETTER, _OWN_LETTER_ADVICE)
    body = body.strip()
    _check_length(body)
    chosen = msgspec.convert(draft.grounds, tuple[GroundChosen, ...])
    decision = may_refuse(work, row, chosen, body)
    return _send(work, row, draft, me, body=body, decision=decision, kinds=kinds)


def may_refuse(
    work: Work, row: ModerationItem, grounds: Sequence[GroundChosen], body: str
) -> Decision[bool]:
    """Ask the city's rule; a refusal of theirs is raised with the place in the form."""
    decision = work.decide(
        MAY_REFUSE,
        RefuseFacts(
            on=work.today,
            kind=row.kind,
            grounds=tuple(one.key for one in grounds),
            linked=frozenset(one.key for one in grounds if one.link is not None),
            letter_length=len(body),
        ),
    )
    if not decision.allowed:
        why = decision.grounds[0].text
        raise Refused(decision, fields={"body" if grounds and not body else "grounds": why})
    return decision


def known_grounds(work: Work) -> tuple[Ground, ...]:
    """The grounds of the city's regulation today."""
    return grounds_on(work.regulation, work.procedure("moderation"), work.today)


def kind_of(kinds: Kinds, key: str) -> Moderated:
    """The kind of an item; an item of a feature that is gone cannot be decided."""
    found = kinds.get(key)
    if found is None:
        raise NotFound
    return found


def _send(
    work: Work,
    row: ModerationItem,
    draft: ModerationDraft,
    me: StaffActor,
    *,
    body: str,
    decision: Decision[bool],
    kinds: Kinds,
) -> UUID:
    """The letter leaves: number, letter, what the feature does, notice and journal, or nothing."""
    kind = kind_of(kinds, row.kind)
    locale = work.tenant.locale
    chosen = msgspec.convert(draft.grounds, tuple[GroundChosen, ...])
    by_key = {ground.key: ground for ground in known_grounds(work)}
    given = tuple(
        GroundGiven(
            key=one.key,
            number=by_key[one.key].number,
            title=by_key[one.key].title,
            clause=by_key[one.key].place,
            link=one.link,
        )
        for one in chosen
    )
    reasons = tuple(msgspec.to_builtins(reasons_data(decision, locale)))
    second = row.looks_again_at is not None
    until, look_reasons = (None, ()) if second else _look_until(work, row.kind)
    number = _next_number(work)
    work.session.execute(
        insert(ModerationLetter).values(
            id=row.id,
            year=work.today.year,
            number=number,
            signed_on=work.today,
            signed_at=work.now,
            kind=row.kind,
            subject_id=row.subject_id,
            addressee_id=row.author_id,
            title=row.title,
            path=row.path,
            submitted_at=row.submitted_at,
            grounds=msgspec.to_builtins(given),
            reasons=list(reasons),
            written=draft.body,
            body=body,
            written_by=draft.written_by,
            written_name=draft.written_name,
            approved_by=me.id,
            approved_name=me.name,
            signer_post=_post_title(work, me),
            look_until=until,
            look_reasons=list(look_reasons),
        )
    )
    row.letter_id = row.id
    _decide(work, row, me, State.REFUSED)
    text = whole(
        intro=intro(
            kind=kind.label,
            title=row.title,
            submitted_on=local_date(row.submitted_at, work.tenant.zone),
            locale=locale,
        ),
        grounds=[one.title for one in given],
        body=body,
        appeal=appeal(until=until, second=second, locale=locale),
    )
    refusal = Refusal(
        letter_id=row.id,
        number=number,
        grounds=tuple(one.key for one in given),
        text=text,
        reasons=reasons,
    )
    kind.refuse(work, row.subject_id, refusal)
    work.record_decision(item_subject(row.id), decision)
    work.record(
        "moderation.refused",
        item_subject(row.id),
        kind=row.kind,
        subject_id=row.subject_id,
        number=number,
        grounds=[one.key for one in given],
        clauses=[clause_words(one, locale).number for one in decision.clauses],
        written_by=draft.written_by,
        second_look=second,
    )
    close_obligation(work, REVIEW, item_subject(row.id))
    work.emit(
        "moderation.refused",
        LetterSent(row.id, row.id, row.kind, row.subject_id, row.author_id),
    )
    if row.author_id is not None:
        tell(
            work,
            TOLD_REFUSED,
            [Recipient("resident", row.author_id)],
            title=_TITLE_REFUSED.format(title=row.title),
            text=_TEXT_REFUSED.with_values(
                {
                    "number": str(number),
                    "day": day_text(work.today),
                    "grounds": "; ".join(one.title for one in given),
                }
            ),
            path=f"/me/letters/{row.id}",
            once=f"moderation.refused:{row.id}",
        )
    return row.id


def look_until(work: Work, kind: str) -> date | None:
    """Until when an author could ask for a second look at a letter of today."""
    return _look_until(work, kind)[0]


def _look_until(work: Work, kind: str) -> tuple[date | None, tuple[object, ...]]:
    facts = KindFacts(on=work.today, kind=kind)
    decision = work.decide(SECOND_LOOK_DAYS, facts)
    if decision.value is None:
        return None, ()
    until = term_date(work, counted(work, facts, decision.value), work.today)
    return until, tuple(msgspec.to_builtins(reasons_data(decision, work.tenant.locale)))


def _next_number(work: Work) -> int:
    """The next number of the year. Whoever sends at the same time waits for this to be over, so
    numbers have no gaps and no twins."""
    statement = insert(ModerationNumber).values(year=work.today.year, last=1)
    return work.session.execute(
        statement.on_conflict_do_update(
            index_elements=["year"], set_={"last": ModerationNumber.last + 1}
        ).returning(ModerationNumber.last)
    ).scalar_one()


def _post_title(work: Work, me: StaffActor) -> str:
    posts = posts_on(work.regulation, work.procedure("people"), work.today)
    return next((post.title for post in posts if post.key in me.posts), "")


def _keep_letter(
    work: Work,
    row: ModerationItem,
    me: StaffActor,
    grounds: Sequence[GroundChosen],
    body: str,
    state: str,
) -> ModerationDraft:
    _check_length(body)
    draft = queries.draft(work.session, row.id, lock=True)
    if draft is None:
        draft = ModerationDraft(item_id=row.id)
        work.session.add(draft)
    draft.state = state if state == "submitted" or draft.state != "returned" else "returned"
    draft.grounds = msgspec.to_builtins(list(grounds))
    draft.body = body
    draft.written_by = me.id
    draft.written_name = me.name
    draft.written_at = work.now
    work.session.flush()
    return draft


def _check_length(body: str) -> None:
    if len(body) > LONGEST_LETTER:
        raise Invalid({"body": _LETTER_LONG.format(most=LONGEST_LETTER, now=len(body))})


def _locked(work: Work, item_id: UUID, kinds: Kinds | None = None) -> ModerationItem:
    """The item, held still; with `kinds` the thing itself first, in the order its author takes."""
    if kinds is not None:
        seen = queries.item(work.session, item_id)
        kind = kinds.get(seen.kind) if seen is not None else None
        if seen is not None and kind is not None and kind.lock is not None:
            kind.lock(work, seen.subject_id)
    row = queries.locked_item(work.session, item_id)
    if row is None:
        raise NotFound
    return row


def _check_mine(work: Work, row: ModerationItem, me: StaffActor) -> None:
    """The item still waits, nobody else is at it, and it may be us who decide."""
    if row.state != State.WAITING:
        raise _gone(row)
    _check_held(row, me, work)
    if row.looks_again_at is not None:
        first = queries.letter(work.session, row.looks_again_at)
        if first is not None and me.id in (first.written_by, first.approved_by):
            raise Conflict("moderation.first_decision_yours", _LOOK_AGAIN, _RELOAD)


def _check_held(row: ModerationItem, me: StaffActor, work: Work) -> None:
    if queries.item_view(row).held_by_other(me.id, work.now):
        raise Conflict("moderation.held", _HELD.format(name=row.held_name), _RELOAD)


def _gone(row: ModerationItem) -> Conflict:
    """Why an item cannot be decided as the person thought."""
    why = {
        State.WAITING: _NOT_WRITTEN,
        State.WRITTEN: _WRITTEN,
        State.PUBLISHED: _PUBLISHED,
        State.REFUSED: _REFUSED_ALREADY.format(name=row.decided_name),
    }.get(State(row.state), _LEFT)
    return Conflict("moderation.decided", why, _RELOAD)


def _decide(work: Work, row: ModerationItem, me: StaffActor, state: State) -> None:
    row.state = state.value
    row.decided_at = work.now
    row.decided_by = me.id
    row.decided_name = me.name
    row.held_by = row.held_until = None
    work.session.flush()
