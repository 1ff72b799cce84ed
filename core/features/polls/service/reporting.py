"""Sending the results to the one who proposed the poll, and the term for it (R55)."""

from typing import Any, Final, Literal
from uuid import UUID

import msgspec

from core.deadlines.domain import DayKind, LastDay
from core.deadlines.domain import Term as DayTerm
from core.deadlines.obligations import (
    cancel_obligation,
    close_obligation,
    open_obligation,
    term_date,
)
from core.features.polls import queries
from core.features.polls.decisions import (
    RESULTS_DUE,
    RESULTS_DUE_COUNTED,
    RESULTS_LAST_DAY,
    RESULTS_REMINDER,
    PollFacts,
)
from core.features.polls.domain import Results, State, Verdict
from core.features.polls.model import Poll
from core.features.polls.service.drafting import add_step
from core.identity import access, messages, staff
from core.identity.contacts import read_contact
from core.kit.errors import Conflict, Invalid, NotFound
from core.kit.text import RESIDENTS, VOTES, Text
from core.rules import Decision
from core.rules.explain import reasons_data
from core.rules.wording import day_text
from core.work import Work

RESULTS: Final = "polls.results_to_initiator"
"""The kind of obligation that begins when a poll closes."""
PUBLISH: Final = "polls.publish"
HANDED_OVER: Final = "handed_over"

Way = Literal["email", "otherwise"]
"""How the results reached the initiator: by a letter from here, or in another way that is noted."""


def subject_of(poll_id: UUID) -> str:
    """How obligations name a poll."""
    return f"poll:{poll_id}"


def owe_results(work: Work, poll: Poll) -> None:
    """From the last day of a poll on, whoever publishes results owes them to the initiator, as the
    law of the poll's opening says; nothing is owed where no term is set."""
    assert poll.closes_on is not None
    facts = PollFacts(
        on=poll.governing_on or poll.closes_on,
        territory=frozenset(poll.territory) if poll.territory is not None else None,
    )

    def ask(point: Any) -> Decision[Any]:
        return work.decide(point, facts, procedure=poll.procedure)

    due = ask(RESULTS_DUE)
    if due.value is None:
        return
    counted, last_day, reminder = (
        ask(RESULTS_DUE_COUNTED),
        ask(RESULTS_LAST_DAY),
        ask(RESULTS_REMINDER),
    )
    term = DayTerm(due.value, DayKind(counted.value), LastDay(last_day.value))
    shown = [due, counted, *([last_day] if term.kind is DayKind.CALENDAR else [])]
    open_obligation(
        work,
        RESULTS,
        subject_of(poll.id),
        title=_OWED.format(number=poll.number, title=poll.title),
        path=f"/desk/polls/{poll.id}",
        due_on=term_date(work, term, poll.closes_on),
        reasons=[
            reason
            for decision in shown
            for reason in reasons_data(decision, work.tenant.locale)
            if reason.clauses
        ],
        holder_staff=_author(work, poll),
        holder_permission=PUBLISH,
        term=term,
        remind_days=None if reminder.value is None else (reminder.value,),
    )
    work.record_decision(subject_of(poll.id), due)


def _author(work: Work, poll: Poll) -> UUID | None:
    """The one who wrote the poll, if they may publish results; else it is owed by all who may."""
    kind, _, identifier = poll.created_by.partition(":")
    if kind != "staff":
        return None
    try:
        author = UUID(identifier)
    except ValueError:
        return None
    actor = staff.load_staff_actor(work, author)
    return author if actor is not None and access.holds(work, actor, PUBLISH) else None


def owe_nothing(work: Work, poll: Poll, note: str) -> None:
    """A poll that is withdrawn has no results to send."""
    cancel_obligation(work, RESULTS, subject_of(poll.id), note=note)


def hand_over(work: Work, *, poll_id: UUID, way: Way, address: str = "", note: str = "") -> None:
    """Send the published results to the initiator by e-mail, or record how else they were handed
    over; this fulfils the obligation. Raises Conflict before publication, and a second time."""
    access.require(work, PUBLISH)
    poll = queries.locked_poll(work.session, poll_id)
    if poll is None:
        raise NotFound
    if poll.results is None or poll.state not in (State.PUBLISHED, State.INVALID):
        raise Conflict("polls.not_published", _NOT_YET, _PUBLISH_FIRST)
    if any(step.kind == HANDED_OVER for step in queries.steps(work.session, poll_id)):
        raise Conflict("polls.handed_over", _DONE_ALREADY)
    if way == "email":
        contact = read_contact(address, phone=False, field="address")
        said = _BY_EMAIL.format(address=contact.value).in_(work.tenant.locale)
        messages.queue(work, contact, subject=_subject(work, poll), body=_letter(work, poll, note))
    else:
        if not note.strip():
            raise Invalid({"note": _SAY_HOW})
        said = ""
    said = " ".join(part for part in (said, note.strip()) if part)
    poll.version += 1
    work.session.flush()
    add_step(work, poll_id, HANDED_OVER, note=said)
    work.record("polls.handed_over", subject_of(poll_id), way=way)
    close_obligation(work, RESULTS, subject_of(poll_id), note=said)


def _subject(work: Work, poll: Poll) -> str:
    return _SUBJECT.format(number=poll.number).in_(work.tenant.locale)


def _letter(work: Work, poll: Poll, note: str) -> str:
    """The results in plain words, with the address of the protocol."""
    locale = work.tenant.locale
    assert poll.opens_on is not None
    assert poll.closes_on is not None
    results = msgspec.convert(poll.results, Results)
    host = (work.runtime.registry.hosts(work.tenant) or (work.tenant.slug,))[0]
    head = _HEAD.with_values(
        {
            "number": str(poll.number),
            "title": poll.title,
            "first": day_text(poll.opens_on),
            "last": day_text(poll.closes_on),
            "participants": RESIDENTS.text(results.participants),
            "verdict": _VERDICTS[results.verdict],
        }
    ).in_(locale)
    answers = "\n\n".join(
        "\n".join(
            [
                question.title,
                *(
                    f"- {option.title}: {VOTES.count(option.votes, locale)},"
                    f" {round(option.share * 100)}\u00a0%"
                    for option in question.options
                ),
            ]
        )
        for question in results.questions
    )
    protocol = work.runtime.settings.url_of(host, f"/polls/{poll.id}/protocol")
    return "\n\n".join(
        part
        for part in (head, answers, note.strip(), f"{_PROTOCOL.in_(locale)}\n{protocol}")
        if part
    )


_OWED = Text(
    ru="Передать итоги опроса № {number} инициатору: {title}",
    en="Send the results of poll No. {number} to its initiator: {title}",
)
_NOT_YET = Text(
    ru="Итоги ещё не опубликованы, передавать нечего.",
    en="The results are not published yet, so there is nothing to send.",
)
_PUBLISH_FIRST = Text(ru="Сначала опубликуйте итоги.", en="Publish the results first.")
_DONE_ALREADY = Text(
    ru="Итоги инициатору уже переданы.", en="The results have been sent to the initiator already."
)
_SAY_HOW = Text(
    ru="Напишите, как и кому переданы итоги: номер письма, дата.",
    en="Write how and to whom they were handed over: number of the letter, date.",
)
_BY_EMAIL = Text(ru="Отправлено на {address}.", en="Sent to {address}.")
_SUBJECT = Text(ru="Итоги опроса № {number}", en="Results of poll No. {number}")
_HEAD = Text(
    ru="Здравствуйте! Направляем итоги опроса № {number} «{title}».\n\n"
    "Голосование шло с {first} по {last}. Приняли участие: {participants}. {verdict}",
    en="Hello! These are the results of poll No. {number}, “{title}”.\n\n"
    "The vote lasted from {first} to {last}. Taking part: {participants}. {verdict}",
)
_PROTOCOL = Text(ru="Протокол итогов:", en="The protocol of the results:")
_VERDICTS: Final = {
    Verdict.VALID: Text(ru="Опрос состоялся.", en="The poll is valid."),
    Verdict.VOID: Text(
        ru="Кворум не набран, опрос не состоялся.", en="The quorum was missed; the poll is void."
    ),
    Verdict.INFORMATIONAL: Text(
        ru="Кворум не набран, результат принимается к сведению.",
        en="The quorum was missed; the result is taken note of.",
    ),
}
