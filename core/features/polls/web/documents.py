"""The protocol of a poll's results as an official document, from what its page is made of."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final
from uuid import UUID

import msgspec

from core.documents.manifest import DocumentKind, Sheet
from core.features.polls import queries
from core.features.polls.domain import Results, Verdict
from core.features.polls.queries import PollView
from core.features.polls.web import shown
from core.features.polls.web.shown import Law, ResultsSeen
from core.identity.decisions import LEVEL_LABELS
from core.kit.errors import NotFound
from core.kit.text import ANSWERS, Locale, Text
from core.web.i18n import day_text, short_day_text
from core.work import Work

# Documents of a city are in its own language, whoever asks for them; so far that is Russian.
_LOCALE: Final[Locale] = "ru"
_VERDICTS: Final[Mapping[Verdict, str]] = {
    Verdict.VALID: "опрос состоялся",
    Verdict.VOID: "опрос не состоялся",
    Verdict.INFORMATIONAL: "результат принят к сведению",
}
_STEPS: Final[Mapping[str, str]] = {
    "approved": "Опрос согласован",
    "opened": "Голосование началось",
    "extended": "Голосование продлено",
    "closed": "Голосование завершилось, голоса подсчитаны",
    "published": "Итоги опубликованы",
    "invalidated": "Опрос признан несостоявшимся",
    "withdrawn": "Опрос снят",
    "sealed": "Связь голосов с людьми уничтожена навсегда",
}


class _Final(msgspec.Struct, frozen=True):
    """A poll whose results are final, and what its protocol is made of."""

    poll: PollView
    results: Results
    seen: ResultsSeen
    law: Law


def _final(work: Work, poll_id: UUID) -> _Final:
    poll = queries.public_poll(work.session, poll_id)
    if poll is None or not work.tenant.profile.offers("polls"):
        raise NotFound("polls.unknown")
    seen = shown.seen_results(work, poll, voted=False)
    if not shown.phase_of(poll, work.now).final or seen is None or poll.results is None:
        raise NotFound
    return _Final(poll, poll.results, seen, shown.law_of(work, poll, _LOCALE))


def _name(work: Work, poll_id: UUID) -> str:
    return f"Протокол итогов опроса № {_final(work, poll_id).poll.number}"


def _day(work: Work, day: Any) -> str:
    return day_text(day, _LOCALE, work.tenant.zone) if day is not None else ""


def _share(value: float) -> str:
    """«53,4»: a share of the participants in per cent."""
    return f"{value * 100:.1f}".replace(".", ",")


def _data(work: Work, poll_id: UUID) -> Mapping[str, object]:
    found = _final(work, poll_id)
    poll, tenant = found.poll, work.tenant
    procedure = work.regulation.procedures.get(poll.procedure)
    districts = [shown.district_name(tenant, key, _LOCALE) for key in poll.territory or ()]
    return {
        "city": tenant.profile.names.place.in_(_LOCALE),
        "official": tenant.profile.names.official.in_(_LOCALE),
        "product": tenant.profile.names.product.in_(_LOCALE),
        "number": poll.number,
        "title": poll.title,
        "initiator": shown.initiator_name(tenant, poll.initiator, _LOCALE) or "",
        "territory": ", ".join(districts) or "весь город",
        "opens": _day(work, poll.opens_on),
        "closes": _day(work, poll.closes_on),
        "published": _day(work, poll.published_at),
        "procedure": procedure.title.in_(_LOCALE) if procedure else poll.procedure,
        "governing_on": _day(work, poll.governing_on),
        "participants": poll.participants,
        "counted": poll.counted,
        "level": LEVEL_LABELS[found.law.level].in_(_LOCALE),
        "needed": found.law.needed,
        "verdict": _VERDICTS[found.results.verdict],
        "questions": [
            {
                "title": question.title,
                "note": "Один вариант ответа."
                if question.max_choices == 1
                else f"Не больше чем {ANSWERS.count(question.max_choices, _LOCALE)}.",
                "options": [
                    {"title": one.title, "votes": one.votes, "share": _share(one.share)}
                    for one in question.options
                ],
            }
            for question in found.seen.questions
        ],
        "districts": [
            {"name": shown.district_name(tenant, one.district, _LOCALE), "voters": one.voters}
            for one in found.seen.districts
        ]
        if len(found.seen.districts) > 1
        else [],
        "days": [
            {
                "day": short_day_text(date.fromisoformat(one.day), _LOCALE, tenant.zone),
                "voters": one.voters,
            }
            for one in found.seen.days
        ],
        "steps": [
            {
                "day": _day(work, step.at),
                "text": _STEPS[step.kind],
                "clauses": ", ".join(step.clauses),
                "note": step.note.rstrip("."),
            }
            for step in shown.history(work, poll)
        ],
        "grounds": [
            {
                "act": ground.act,
                "lines": [{"number": line.number, "text": line.text} for line in ground.lines],
            }
            for ground in found.law.grounds
        ],
        "digest": found.results.paper_digest,
    }


def _sheet(work: Work, poll_id: UUID) -> Sheet:
    found = _final(work, poll_id)
    poll = found.poll
    needed = found.law.needed
    quorum = f"; для кворума нужно {needed}, вошли в него {poll.counted}" if needed else ""
    return Sheet(
        title=f"Итоги опроса № {poll.number}",
        columns=("№ вопроса", "Вопрос", "Вариант ответа", "Голосов", "Доля участников, %"),
        rows=tuple(
            (n, question.title, option.title, option.votes, round(option.share * 100, 1))
            for n, question in enumerate(found.seen.questions, start=1)
            for option in question.options
        ),
        widths=(10, 46, 46, 12, 14),
        above=(
            f"Протокол итогов опроса № {poll.number}: {poll.title}",
            f"Проведён с {_day(work, poll.opens_on)} по {_day(work, poll.closes_on)}",
        ),
        below=(
            f"Приняли участие: {poll.participants}{quorum}.",
            f"Решение: {_VERDICTS[found.results.verdict]}.",
        ),
    )


PROTOCOL: Final = DocumentKind(
    key="polls.protocol",
    label=Text(ru="Протокол итогов опроса", en="Protocol of a poll's results"),
    permission="polls.export",
    template="features/polls/templates/documents/protocol.docx",
    data=_data,
    name=_name,
    sheet=_sheet,
    formats=("docx", "pdf", "xlsx"),
    fields={
        "city": Text(ru="Город", en="City"),
        "official": Text(ru="Орган власти", en="Authority"),
        "product": Text(ru="Как называется сайт", en="What the site is called"),
        "number": Text(ru="Номер опроса", en="The poll's number"),
        "title": Text(ru="О чём опрос", en="What the poll is about"),
        "initiator": Text(ru="Инициатор", en="Initiator"),
        "territory": Text(ru="Территория", en="Territory"),
        "opens": Text(ru="Первый день", en="First day"),
        "closes": Text(ru="Последний день", en="Last day"),
        "published": Text(ru="Когда опубликованы итоги", en="When the results were published"),
        "procedure": Text(ru="Порядок проведения", en="Procedure"),
        "governing_on": Text(
            ru="На какой день взяты правила", en="The day whose rules are applied"
        ),
        "participants": Text(ru="Сколько приняли участие", en="How many took part"),
        "counted": Text(ru="Сколько вошли в кворум", en="How many count for the quorum"),
        "level": Text(ru="Кто входит в кворум", en="Who counts for the quorum"),
        "needed": Text(
            ru="Сколько нужно для кворума (пусто, если он не установлен)",
            en="How many the quorum needs (empty if there is none)",
        ),
        "verdict": Text(ru="Решение", en="Verdict"),
        "questions": Text(ru="Вопросы (список)", en="Questions (a list)"),
        "questions.title": Text(ru="Вопрос", en="The question"),
        "questions.note": Text(
            ru="Сколько ответов можно выбрать", en="How many answers may be chosen"
        ),
        "questions.options": Text(ru="Варианты ответа (список)", en="Answers (a list)"),
        "questions.options.title": Text(ru="Вариант ответа", en="The answer"),
        "questions.options.votes": Text(ru="Голоса", en="Votes"),
        "questions.options.share": Text(ru="Доля участников, %", en="Share of participants, %"),
        "districts": Text(ru="Явка по районам (список)", en="Turnout by district (a list)"),
        "districts.name": Text(ru="Район", en="District"),
        "districts.voters": Text(ru="Участники", en="Participants"),
        "days": Text(ru="Явка по дням (список)", en="Turnout by day (a list)"),
        "days.day": Text(ru="День", en="Day"),
        "days.voters": Text(ru="Участники", en="Participants"),
        "steps": Text(ru="Ход опроса (список)", en="The poll's history (a list)"),
        "steps.day": Text(ru="День", en="Day"),
        "steps.text": Text(ru="Что произошло", en="What happened"),
        "steps.clauses": Text(ru="Пункты правил", en="Clauses"),
        "steps.note": Text(ru="Пояснение", en="Note"),
        "grounds": Text(ru="Основания (список актов)", en="Grounds (a list of acts)"),
        "grounds.act": Text(ru="Акт", en="The act"),
        "grounds.lines": Text(
            ru="Что из него следует (список)", en="What follows from it (a list)"
        ),
        "grounds.lines.number": Text(ru="Пункт", en="Clause"),
        "grounds.lines.text": Text(ru="Правило", en="Rule"),
        "digest": Text(ru="Отпечаток бюллетеня", en="Digest of the ballot paper"),
    },
    example={
        "city": "Город",
        "official": "Администрация города",
        "product": "Город решает",
        "number": 7,
        "title": "Какой двор благоустроить первым?",
        "initiator": "Управление благоустройства",
        "territory": "весь город",
        "opens": "1 июня 2026",
        "closes": "21 июня 2026",
        "published": "24 июня 2026",
        "procedure": "Порядок проведения опросов",
        "governing_on": "1 июня 2026",
        "participants": 1312,
        "counted": 1207,
        "level": "подтверждённые жители",
        "needed": 300,
        "verdict": "опрос состоялся",
        "questions": [
            {
                "title": "Какой двор благоустроить первым?",
                "note": "Один вариант ответа.",
                "options": [
                    {"title": "Двор на первой улице", "votes": 700, "share": "53,4"},
                    {"title": "Двор на второй улице", "votes": 612, "share": "46,6"},
                ],
            }
        ],
        "districts": [
            {"name": "Первый микрорайон", "voters": 400},
            {"name": "Второй микрорайон", "voters": 912},
        ],
        "days": [{"day": "1 июня", "voters": 610}, {"day": "2 июня", "voters": 702}],
        "steps": [
            {
                "day": "1 июня 2026",
                "text": "Голосование началось",
                "clauses": "п. 3.11",
                "note": "",
            }
        ],
        "grounds": [
            {
                "act": "Постановление администрации города",
                "lines": [{"number": "п. 3.12", "text": "Для кворума нужны 300 жителей."}],
            }
        ],
        "digest": "f0e1d2c3b4a59687",
    },
)
"""The protocol that closes a poll: votes, turnout, verdict, clauses."""
