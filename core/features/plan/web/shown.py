"""The plan as pages show it: lines with what became of them, history in words, choices to offer."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from core.features.plan import queries
from core.features.plan.decisions import (
    APPROVAL_DUE,
    CONTROL,
    MAY_AMEND,
    PROPOSALS_DUE,
    AmendFacts,
    YearFacts,
)
from core.features.plan.domain import (
    ENDED,
    KIND_LABELS,
    MEASURE_LABELS,
    ActivityKind,
    AmendmentKind,
    Content,
    ItemKind,
    MeasureState,
    Progress,
    Source,
    is_late,
    money_text,
)
from core.features.plan.model import PlanStep
from core.features.plan.queries import ActivityView, MeasureView
from core.features.plan.service import papers, steps
from core.files import store
from core.files.store import FileView
from core.identity import staff
from core.kit.text import Locale, Text
from core.rules import RuleError
from core.rules.explain import ReasonWords, reasons_data
from core.web.i18n import day_text
from core.work import Work

STEPS: Final[Mapping[str, Text]] = {
    "begun": Text(ru="Начали собирать предложения", en="Gathering began"),
    "sent_to_review": Text(ru="Переданы на рассмотрение", en="Sent for review"),
    "returned": Text(ru="Возвращены для доработки", en="Returned for more work"),
    "approved": Text(ru="Перечень утверждён", en="The list was approved"),
    "invited": Text(ru="Подразделению отправлена ссылка", en="A unit was sent its link"),
    "amendment_proposed": Text(ru="Предложено изменение", en="An amendment was proposed"),
    "amendment_refused": Text(ru="Изменение отклонено", en="An amendment was declined"),
    "amended": Text(ru="Перечень изменён", en="The list was amended"),
    "draft": Text(ru="Подразделение начало заполнять", en="A unit began to write it"),
    "proposed": Text(ru="Тема предложена", en="The topic was proposed"),
    "corrected": Text(ru="Предложение исправлено", en="The proposal was corrected"),
    "admitted": Text(ru="Тема допущена", en="The topic was admitted"),
    "refused": Text(ru="Тема не допущена", en="The topic was not admitted"),
    "withdrawn": Text(ru="Предложение отозвано", en="The proposal was withdrawn"),
    "listed": Text(ru="Тема вошла в перечень", en="The topic came onto the list"),
    "measure_added": Text(ru="Запланировано мероприятие", en="A measure was planned"),
    "measure_corrected": Text(ru="Мероприятие уточнено", en="A measure was corrected"),
    "measure_moved": Text(ru="Изменён срок мероприятия", en="A measure was given another day"),
    "measure_removed": Text(ru="Мероприятие убрано", en="A measure was removed"),
    "measure_planned": Text(ru="Мероприятие запланировано", en="A measure is planned"),
    "measure_in_work": Text(ru="Мероприятие начато", en="A measure was begun"),
    "measure_done": Text(ru="Мероприятие выполнено", en="A measure was done"),
    "measure_partly": Text(ru="Мероприятие выполнено частично", en="A measure was partly done"),
    "measure_not_done": Text(ru="Мероприятие не выполнено", en="A measure was not done"),
    "period_set": Text(ru="Установлен срок реализации", en="The period was set"),
    "reported": Text(ru="Отправлен отчёт", en="The report was sent"),
    "poll_open": Text(ru="Опрос открыт", en="The poll opened"),
    "poll_closed": Text(ru="Опрос завершён", en="The poll closed"),
    "poll_published": Text(ru="Итоги опроса опубликованы", en="The poll’s results came out"),
    "poll_invalid": Text(ru="Опрос не состоялся", en="The poll was void"),
    "poll_withdrawn": Text(ru="Опрос снят", en="The poll was withdrawn"),
    "campaign_open": Text(ru="Обсуждение открыто", en="The discussion opened"),
    "campaign_closed": Text(ru="Обсуждение завершено", en="The discussion closed"),
    "campaign_summed_up": Text(ru="Подведены итоги обсуждения", en="The discussion was summed up"),
    "campaign_withdrawn": Text(ru="Обсуждение снято", en="The discussion was withdrawn"),
}
_BY_ITSELF: Final = Text(ru="по расписанию", en="by schedule")
ACTIVITY_STATES: Final[Mapping[str, Text]] = {
    "open": Text(ru="идёт", en="running"),
    "closed": Text(ru="завершается", en="closing"),
    "published": Text(ru="есть итоги", en="has results"),
    "summed_up": Text(ru="есть итоги", en="has results"),
    "invalid": Text(ru="не состоялся", en="void"),
    "withdrawn": Text(ru="снят", en="withdrawn"),
}
MEASURE_CHIPS: Final = {
    MeasureState.PLANNED: "plain",
    MeasureState.IN_WORK: "",
    MeasureState.DONE: "good",
    MeasureState.PARTLY: "warn",
    MeasureState.NOT_DONE: "bad",
}


class HistoryLine(msgspec.Struct, frozen=True):
    """A step in words: what, when, by whom, why, on which clauses."""

    title: str
    at: datetime
    who: str
    note: str
    reasons: tuple[ReasonWords, ...]

    @property
    def clauses(self) -> tuple[Any, ...]:
        return tuple(dict.fromkeys(c for reason in self.reasons for c in reason.clauses))


def history(
    found: Sequence[PlanStep], locale: Locale, *, names: bool = True
) -> tuple[HistoryLine, ...]:
    """Steps in words; residents are not told the names of those who took them."""
    return tuple(
        HistoryLine(
            title=STEPS[step.kind].in_(locale) if step.kind in STEPS else step.kind,
            at=step.at,
            who=(step.actor_name or _BY_ITSELF.in_(locale)) if names else "",
            note=step.note,
            reasons=tuple(
                reason
                for reason in msgspec.convert(list(step.reasons), tuple[ReasonWords, ...])
                if reason.kind != "advice"
            ),
        )
        for step in found
    )


PUBLIC_STEPS: Final = frozenset(STEPS) - {"draft", "invited", "corrected", "amendment_refused"}
"""What residents read of an item's history."""


class MeasureLine(msgspec.Struct, frozen=True):
    """A measure as a page shows it."""

    view: MeasureView
    state: str
    chip: str
    late: bool
    ended: bool
    responsible: str
    unit: str
    planned: str
    spent: str
    pictures: tuple[FileView, ...]
    papers: tuple[FileView, ...]
    ideas: tuple[Any, ...]


def measure_lines(
    work: Work, measures: Sequence[MeasureView], locale: Locale
) -> tuple[MeasureLine, ...]:
    """Measures with their files and in words."""
    files = store.of_owners(work.session, [f"measure:{one.id}" for one in measures])
    from core.features.plan.service.gathering import find_idea

    found = []
    for one in measures:
        attached = files.get(f"measure:{one.id}", ())
        found.append(
            MeasureLine(
                view=one,
                state=MEASURE_LABELS[one.state].in_(locale),
                chip=MEASURE_CHIPS[one.state],
                late=is_late(one.measured, work.today),
                ended=one.state in ENDED,
                responsible=papers.responsible_text(work, one.responsible_post, one.responsible),
                unit=steps.unit_title(work, one.unit),
                planned=money_text(one.planned) if one.planned is not None else "",
                spent=money_text(one.spent) if one.spent is not None else "",
                pictures=tuple(file for file in attached if file.is_picture),
                papers=tuple(file for file in attached if not file.is_picture),
                ideas=tuple(
                    link for key in one.idea_ids[:5] if (link := find_idea(work, key)) is not None
                ),
            )
        )
    return tuple(found)


class Line(msgspec.Struct, frozen=True):
    """A line of the list with what became of it: `mark` says how it stands."""

    item_id: UUID
    number: int
    title: str
    kind: str
    period: str
    unit: str
    path: str
    mark: str
    chip: str
    progress: Progress
    held: tuple[ActivityView, ...]
    amended: bool
    reported: bool


MARKS: Final = {
    "done": Text(ru="выполнено", en="done"),
    "late": Text(ru="есть просрочка", en="something is late"),
    "partly": Text(ru="выполнено не всё", en="not all was done"),
    "work": Text(ru="выполняется", en="being carried out"),
    "held": Text(ru="подводим итоги", en="being summed up"),
    "open": Text(ru="идёт сейчас", en="running now"),
    "missed": Text(ru="срок прошёл, не проведено", en="not held in time"),
    "ahead": Text(ru="впереди", en="ahead"),
}
MARK_CHIPS: Final = {
    "done": "good",
    "late": "bad",
    "partly": "warn",
    "work": "",
    "held": "",
    "open": "",
    "missed": "bad",
    "ahead": "plain",
}


def mark_of(progress: Progress, held: Sequence[ActivityView], last_day: date, today: date) -> str:
    """How a topic stands, in one word; what is late is never hidden behind what is done."""
    if progress.late:
        return "late"
    if progress.measures and not progress.open:
        return "done" if progress.done == progress.measures else "partly"
    if any(one.state == "open" for one in held):
        return "open"
    if progress.measures:
        return "work"
    if any(one.state in ("closed", "published", "summed_up") for one in held):
        return "held"
    return "missed" if last_day < today else "ahead"


def lines(work: Work, year: int, day: date, locale: Locale) -> tuple[Line, ...]:
    """The approved list as it stood on a day, with what has become of it by today."""
    progresses = queries.year_progress(work.session, year, work.today)
    held = queries.activities_of_year(work.session, year)
    reports = queries.reports_of_year(work.session, year)
    found = []
    for entry in queries.entries_on(work.session, year, day):
        progress = progresses.get(entry.item_id, Progress())
        these = tuple(held.get(entry.item_id, ()))
        mark = mark_of(progress, these, entry.content.period(year).last, work.today)
        found.append(
            Line(
                item_id=entry.item_id,
                number=entry.number,
                title=entry.content.title,
                kind=KIND_LABELS[entry.content.kind].in_(locale),
                period=papers.period_text(work, entry.content, year),
                unit=steps.unit_title(work, entry.content.unit),
                path=f"/plan/{year}/{entry.number}",
                mark=MARKS[mark].in_(locale),
                chip=MARK_CHIPS[mark],
                progress=progress,
                held=these,
                amended=entry.amendment_id is not None,
                reported=reports.get(entry.item_id) is not None,
            )
        )
    return tuple(found)


def total(found: Sequence[Line]) -> Progress:
    """All measures of these lines together."""
    whole = Progress()
    for one in found:
        whole += one.progress
    return whole


def why(work: Work, year: int, locale: Locale) -> tuple[ReasonWords, ...]:
    """What the rules of today say of lists like this one, for «Почему?»."""
    facts = YearFacts(on=work.today, year=year)
    found: list[ReasonWords] = []
    try:
        for decision in (
            work.decide(PROPOSALS_DUE, facts),
            work.decide(APPROVAL_DUE, facts),
            work.decide(CONTROL, facts),
            work.decide(MAY_AMEND, AmendFacts(on=work.today, year=year, motivated=True)),
        ):
            found += [
                reason
                for reason in reasons_data(decision, locale)
                if reason.kind not in ("advice", "silence")
            ]
    except RuleError:
        # A regulation that is being mended must not keep anybody from reading the list.
        return ()
    return tuple(found)


def choices(work: Work, locale: Locale) -> dict[str, Any]:
    """What the form of a topic offers to choose from."""
    profile = work.tenant.profile
    roman = ("I", "II", "III", "IV")
    return {
        "kinds": [{"value": one.value, "label": KIND_LABELS[one].in_(locale)} for one in ItemKind],
        "quarters": [
            {
                "value": str(number),
                "label": Text(ru="{n} квартал", en="Quarter {n}")
                .format(n=roman[number - 1])
                .in_(locale),
            }
            for number in range(1, 5)
        ],
        "units": [{"value": one.key, "label": one.title.in_(locale)} for one in profile.units],
        "districts": [
            {"value": one.key, "label": one.name.in_(locale)} for one in profile.districts
        ],
        "posts": post_choices(work),
    }


def post_choices(work: Work) -> list[dict[str, Any]]:
    """The city's posts by group, for choosing who answers for something."""
    groups: dict[str, list[dict[str, str]]] = {}
    for post in staff.city_posts(work):
        groups.setdefault(post.group_title, []).append({"value": post.key, "label": post.title})
    return [{"group": title, "options": options} for title, options in groups.items()]


def size_text(size: int, locale: Locale) -> str:
    """«240 КБ»."""
    if size < 1024 * 1024:
        return Text(ru="{n} КБ", en="{n} kB").format(n=max(1, round(size / 1024))).in_(locale)
    value = f"{size / 1024 / 1024:.1f}"
    return Text(ru=f"{value.replace('.', ',')} МБ", en=f"{value} MB").in_(locale)


def left_words(due: date | None, today: date, locale: Locale) -> tuple[str, str]:
    """«осталось 8 дней» with the kind of its chip; empty where nothing is due."""
    if due is None:
        return "", ""
    from core.kit.text import DAYS

    days = (due - today).days
    if days < 0:
        return (
            Text(ru="срок прошёл {n} назад", en="{n} overdue")
            .with_values({"n": DAYS.text(-days)})
            .in_(locale),
            "bad",
        )
    if days == 0:
        return Text(ru="последний день", en="the last day").in_(locale), "warn"
    return (
        Text(ru="осталось {n}", en="{n} left").with_values({"n": DAYS.text(days)}).in_(locale),
        "warn" if days <= 14 else "",
    )


def content_rows(work: Work, content: Content, year: int, locale: Locale) -> list[dict[str, str]]:
    """The form of appendix 1 as terms and values; what is not filled in is left out."""
    rows = [
        (_("Срок", "Period"), papers.period_text(work, content, year)),
        (_("Обоснование и цель", "Grounds and aim"), content.aim),
        (_("Программа или вопрос местного значения", "Programme"), content.programme),
        (_("Аудитория и территория", "Audience and area"), papers.audience_text(work, content)),
        (
            _("Источник темы", "Source"),
            papers.source_text(work, content) if content.source is Source.IDEA else "",
        ),
        (_("Подразделение", "Unit"), steps.unit_title(work, content.unit)),
        (
            _("Ответственный", "Responsible"),
            papers.responsible_text(work, content.responsible_post, content.responsible),
        ),
        (_("Ожидаемый результат", "Expected result"), content.expected),
        (_("Финансирование", "Funding"), content.funding),
        (_("Примечание", "Note"), content.note),
    ]
    return [{"term": term.in_(locale), "value": value} for term, value in rows if value]


def _(ru: str, en: str) -> Text:
    return Text(ru=ru, en=en)


def activity_line(one: ActivityView, locale: Locale, work: Work) -> dict[str, Any]:
    """A poll or a campaign on a topic, in words."""
    dates = ""
    if one.opens_on is not None and one.closes_on is not None:
        zone = work.tenant.zone
        dates = f"{day_text(one.opens_on, locale, zone)} — {day_text(one.closes_on, locale, zone)}"
    return {
        "title": one.title,
        "path": one.path if one.state != "withdrawn" else "",
        "kind": (
            _("Опрос", "Poll") if one.kind is ActivityKind.POLL else _("Обсуждение", "Discussion")
        ).in_(locale),
        "state": ACTIVITY_STATES[one.state].in_(locale) if one.state in ACTIVITY_STATES else "",
        "chip": {"open": "", "published": "good", "summed_up": "good", "invalid": "bad"}.get(
            one.state, "plain"
        ),
        "dates": dates,
        "view": one,
    }


AMENDMENT_WORDS: Final = {
    AmendmentKind.ADD: Text(ru="Тема добавлена", en="A topic was added"),
    AmendmentKind.CHANGE: Text(ru="Тема изменена", en="A topic was changed"),
    AmendmentKind.REMOVE: Text(ru="Тема исключена", en="A topic was removed"),
}
AMENDMENT_KINDS: Final = {
    AmendmentKind.ADD: Text(ru="Добавить тему", en="Add a topic"),
    AmendmentKind.CHANGE: Text(ru="Изменить тему", en="Change a topic"),
    AmendmentKind.REMOVE: Text(ru="Исключить тему", en="Remove a topic"),
}


def differing(
    work: Work, before: Content, after: Content, year: int, locale: Locale
) -> list[dict[str, str]]:
    """What an amendment would change: term, what it reads now, what it would read."""
    rows = {
        row["term"]: row["value"]
        for row in [
            {"term": _("Тема", "Topic").in_(locale), "value": before.title},
            *content_rows(work, before, year, locale),
        ]
    }
    wanted = {
        row["term"]: row["value"]
        for row in [
            {"term": _("Тема", "Topic").in_(locale), "value": after.title},
            *content_rows(work, after, year, locale),
        ]
    }
    return [
        {"term": term, "was": rows.get(term, ""), "now": wanted.get(term, "")}
        for term in dict.fromkeys([*rows, *wanted])
        if rows.get(term, "") != wanted.get(term, "")
    ]
