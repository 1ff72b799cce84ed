"""Writing a poll: drafts, their questions and pictures, sending for approval."""

from collections.abc import Sequence
from datetime import date
from typing import Final
from uuid import UUID

import msgspec
from sqlalchemy import delete, insert
from sqlalchemy.exc import IntegrityError

from core.features.polls import queries
from core.features.polls.decisions import MAY_OPEN, OpenFacts
from core.features.polls.domain import (
    MOST_OPTIONS,
    MOST_QUESTIONS,
    Paper,
    State,
    may_become,
)
from core.features.polls.model import Poll, PollOption, PollPicture, PollQuestion, PollStep
from core.features.polls.service import topics
from core.files import pictures
from core.identity import access
from core.kit.actor import StaffActor, actor_label
from core.kit.errors import Conflict, Invalid, NotFound
from core.kit.ids import new_id
from core.kit.period import Period
from core.kit.text import Text
from core.rules import Decision
from core.work import Work

LARGEST_PICTURE: Final = pictures.LARGEST
_LONGEST_SIDE: Final = 1280


class OptionDraft(msgspec.Struct, frozen=True):
    """An option as it is being written; `id` is None until it is first saved."""

    title: str
    detail: str = ""
    id: UUID | None = None
    picture: UUID | None = None


class QuestionDraft(msgspec.Struct, frozen=True):
    """A question as it is being written."""

    title: str
    options: tuple[OptionDraft, ...]
    max_choices: int = 1
    hint: str = ""
    id: UUID | None = None


class Draft(msgspec.Struct, frozen=True):
    """Everything that can be written of a poll before it is approved."""

    title: str
    summary: str = ""
    body: str = ""
    topic: str | None = None
    plan_item: UUID | None = None
    initiator: str | None = None
    territory: tuple[str, ...] | None = None
    opens_on: date | None = None
    closes_on: date | None = None
    procedure: str | None = None
    questions: tuple[QuestionDraft, ...] = ()


def create_draft(work: Work, *, draft: Draft, poll_id: UUID | None = None) -> UUID:
    """Begin a poll. With `poll_id` (made by the form) a repeated submission makes no second one."""
    access.require(work, "polls.draft")
    number = poll_id or new_id()
    if queries.locked_poll(work.session, number) is not None:
        return number
    for _attempt in range(20):
        try:
            with work.session.begin_nested():
                work.session.execute(
                    insert(Poll).values(
                        id=number,
                        number=queries.next_number(work.session),
                        procedure=_procedure(work, draft),
                        title=draft.title,
                        state=State.DRAFT,
                        created_by=actor_label(work.actor),
                        created_at=work.now,
                    )
                )
            break
        except IntegrityError as error:
            if "pk_poll" in str(error.orig):
                # The same form was sent twice at the same moment: the other one made it.
                return number
            if "poll_number" not in str(error.orig):
                raise
    else:
        raise Conflict(
            "polls.busy",
            Text(ru="Не получилось присвоить номер.", en="No number could be assigned."),
            Text(ru="Повторите ещё раз.", en="Please try once more."),
        )
    _write(work, number, draft)
    add_step(work, number, "created")
    work.record("polls.created", f"poll:{number}", title=draft.title)
    return number


def save_draft(work: Work, *, poll_id: UUID, version: int, draft: Draft) -> int:
    """Replace the draft's content; returns its new version.

    Raises Conflict when somebody else saved since `version` was read: nothing is overwritten.
    """
    access.require(work, "polls.draft")
    poll = _editable(work, poll_id)
    if poll.version != version:
        raise Conflict(
            "polls.stale",
            Text(
                ru="Пока вы писали, черновик изменил кто-то другой.",
                en="Somebody else has changed this draft while you were writing.",
            ),
            Text(
                ru="Ваш текст остался в форме. Откройте черновик в соседней вкладке, сравните и "
                "сохраните ещё раз.",
                en="Your text is still in the form. Open the draft in another tab, compare, and "
                "save again.",
            ),
        )
    poll.procedure = _procedure(work, draft)
    poll.version += 1
    work.session.flush()
    _write(work, poll_id, draft)
    work.record("polls.saved", f"poll:{poll_id}", version=poll.version)
    return poll.version


def check_opening(
    work: Work,
    *,
    opens_on: date,
    closes_on: date,
    plan_item: UUID | None = None,
    procedure: str | None = None,
) -> Decision[bool]:
    """What the regulation says of these dates and this topic: a refusal, a permission, or advice
    (п. 3.1, 3.11)."""
    facts = opening_facts(work, Period(opens_on, closes_on), plan_item)
    return work.decide(MAY_OPEN, facts, procedure=procedure)


def opening_facts(work: Work, period: Period, plan_item: UUID | None) -> OpenFacts:
    """What the rules are told of a poll that opens on the first day of this period."""
    return OpenFacts(
        on=period.first,
        duration_days=period.days,
        standing=topics.standing(work, plan_item, period.first),
    )


def submit_for_review(work: Work, *, poll_id: UUID) -> None:
    """Send a draft to those who approve: complete, and lawful on its planned opening day."""
    access.require(work, "polls.draft")
    poll = _editable(work, poll_id)
    paper = queries.draft_paper(work.session, poll_id)
    check_complete(work, poll, paper)
    assert poll.opens_on is not None
    assert poll.closes_on is not None
    decision = work.require(
        MAY_OPEN,
        opening_facts(work, Period(poll.opens_on, poll.closes_on), poll.plan_item),
        procedure=poll.procedure,
    )
    poll.state = State.REVIEW
    poll.version += 1
    add_step(work, poll_id, "submitted", decision=decision)
    work.record("polls.submitted", f"poll:{poll_id}")
    work.emit("polls.submitted", PollReference(poll_id))


class PollReference(msgspec.Struct, frozen=True):
    """The payload of events that say no more than which poll is meant."""

    poll_id: UUID


def check_complete(work: Work, poll: Poll, paper: Paper) -> None:
    """Raises Invalid with everything that is still missing from a poll."""
    wrong: dict[str, Text] = {}
    if not poll.title.strip():
        wrong["title"] = Text(ru="Напишите вопрос или тему опроса.", en="Write what it is about.")
    if poll.opens_on is None:
        wrong["opens_on"] = Text(ru="Укажите день начала.", en="Give the first day.")
    elif poll.opens_on < work.today:
        wrong["opens_on"] = Text(
            ru="День начала уже прошёл. Выберите сегодня или позже.",
            en="The first day is over. Choose today or later.",
        )
    if poll.closes_on is None:
        wrong["closes_on"] = Text(ru="Укажите последний день.", en="Give the last day.")
    elif poll.opens_on is not None and poll.closes_on < poll.opens_on:
        wrong["closes_on"] = Text(
            ru="Последний день раньше дня начала.", en="The last day is before the first."
        )
    if not paper.questions:
        wrong["questions"] = Text(ru="Добавьте хотя бы один вопрос.", en="Add a question.")
    for index, question in enumerate(paper.questions):
        if not question.title.strip():
            wrong[f"q-{index}-title"] = Text(ru="Напишите вопрос.", en="Write the question.")
        if len(question.options) < 2:
            wrong[f"q-{index}-options"] = Text(
                ru="Нужно хотя бы два варианта ответа.", en="At least two answers are needed."
            )
        titles = [option.title.strip().casefold() for option in question.options]
        if any(not title for title in titles):
            wrong[f"q-{index}-options"] = Text(
                ru="Есть пустой вариант ответа: заполните или удалите его.",
                en="One answer is empty: fill it in or remove it.",
            )
        elif len(set(titles)) < len(titles):
            wrong[f"q-{index}-options"] = Text(
                ru="Два варианта ответа одинаковы.", en="Two answers are the same."
            )
        if not 1 <= question.max_choices <= max(1, len(question.options)):
            wrong[f"q-{index}-max"] = Text(
                ru="Выбрать можно не больше вариантов, чем их есть.",
                en="No more answers can be chosen than there are.",
            )
    if wrong:
        raise Invalid(wrong)


def add_picture(work: Work, *, poll_id: UUID, content: bytes) -> UUID:
    """Store a picture for an option, encoded anew (see `core.files.pictures`). Raises Invalid for
    anything that is not a picture."""
    access.require(work, "polls.draft")
    _editable(work, poll_id)
    try:
        (encoded,) = pictures.recode(content, sides=(_LONGEST_SIDE,))
    except pictures.Unfit as unfit:
        raise Invalid({"picture": unfit.text}) from unfit
    picture = new_id()
    work.session.execute(
        insert(PollPicture).values(
            id=picture,
            poll_id=poll_id,
            content=encoded.content,
            width=encoded.width,
            height=encoded.height,
            created_at=work.now,
        )
    )
    return picture


def add_step(
    work: Work,
    poll_id: UUID,
    kind: str,
    *,
    note: str = "",
    decision: Decision[bool] | None = None,
    reasons: Sequence[object] = (),
) -> None:
    """Write one step into the poll's history, with the clauses it rested on."""
    from core.rules.explain import reasons_data

    work.session.execute(
        insert(PollStep).values(
            id=new_id(),
            poll_id=poll_id,
            at=work.now,
            kind=kind,
            actor=actor_label(work.actor),
            actor_name=work.actor.name if isinstance(work.actor, StaffActor) else "",
            note=note,
            reasons=msgspec.to_builtins(
                reasons_data(decision, work.tenant.locale) if decision is not None else [*reasons]
            ),
        )
    )


def change_state(work: Work, poll_id: UUID, state: State) -> Poll:
    """The locked row in its new state; raises Conflict when the poll cannot go there from here."""
    poll = queries.locked_poll(work.session, poll_id)
    if poll is None:
        raise NotFound
    if not may_become(State(poll.state), state):
        raise Conflict(
            "polls.state",
            Text(ru="Состояние опроса уже изменилось.", en="The poll is no longer in that state."),
            Text(ru="Обновите страницу.", en="Reload the page."),
        )
    poll.state = state
    poll.version += 1
    return poll


def _editable(work: Work, poll_id: UUID) -> Poll:
    poll = queries.locked_poll(work.session, poll_id)
    if poll is None:
        raise NotFound
    if poll.state != State.DRAFT:
        raise Conflict(
            "polls.not_a_draft",
            Text(
                ru="Опрос уже не черновик, править его нельзя.",
                en="This poll is no longer a draft and cannot be edited.",
            ),
            Text(
                ru="Верните его в черновики или создайте новый.",
                en="Return it to drafts or make a new one.",
            ),
        )
    return poll


def _procedure(work: Work, draft: Draft) -> str:
    return draft.procedure or work.procedure("polls")


def _write(work: Work, poll_id: UUID, draft: Draft) -> None:
    """Write the draft's fields and replace its questions; known ids stay the same."""
    if len(draft.questions) > MOST_QUESTIONS:
        raise Invalid(
            {"questions": Text(ru="Слишком много вопросов.", en="There are too many questions.")}
        )
    session = work.session
    poll = session.get_one(Poll, poll_id)
    poll.title = draft.title
    poll.summary = draft.summary
    poll.body = draft.body
    poll.topic = draft.topic
    poll.plan_item = draft.plan_item
    poll.initiator = draft.initiator
    poll.territory = list(draft.territory) if draft.territory else None
    poll.opens_on = draft.opens_on
    poll.closes_on = draft.closes_on
    pictures = queries.poll_pictures(session, poll_id)
    session.flush()
    session.execute(delete(PollQuestion).where(PollQuestion.poll_id == poll_id))
    seen: set[UUID] = set()
    for position, question in enumerate(draft.questions):
        if len(question.options) > MOST_OPTIONS:
            raise Invalid(
                {
                    f"q-{position}-options": Text(
                        ru="Слишком много вариантов ответа.", en="There are too many answers."
                    )
                }
            )
        question_id = _own_id(question.id, seen)
        session.execute(
            insert(PollQuestion).values(
                id=question_id,
                poll_id=poll_id,
                position=position,
                title=question.title,
                hint=question.hint,
                max_choices=max(1, question.max_choices),
            )
        )
        for place, option in enumerate(question.options):
            session.execute(
                insert(PollOption).values(
                    id=_own_id(option.id, seen),
                    question_id=question_id,
                    position=place,
                    title=option.title,
                    detail=option.detail,
                    picture_id=option.picture if option.picture in pictures else None,
                )
            )


def _own_id(given: UUID | None, seen: set[UUID]) -> UUID:
    """The id from the form unless it repeats. An id that belongs to another poll of the city hits
    the primary key and the transaction fails: nothing is taken over."""
    chosen = given if given is not None and given not in seen else new_id()
    seen.add(chosen)
    return chosen
