"""The papers of the plan as data for templates and spreadsheets: the list (appendix 1), its
quarterly slice, a topic's passport, the report (appendix 2). How they look, the templates say."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final
from uuid import UUID

import msgspec

from core.documents.manifest import Cell, Sheet
from core.features.plan import queries
from core.features.plan.domain import (
    KIND_LABELS,
    MEASURE_LABELS,
    SOURCE_LABELS,
    ActivityKind,
    Content,
    ItemState,
    MeasureState,
    Report,
    Source,
    YearState,
    in_quarter,
    money_text,
    subject_year,
)
from core.features.plan.queries import ActivityView, ItemView, MeasureView, YearView
from core.features.plan.service import steps
from core.identity import staff
from core.kit.errors import NotFound
from core.kit.text import Text
from core.rules.wording import day_text
from core.work import Work

_ROMAN: Final = ("I", "II", "III", "IV")
_DRAFT: Final = (ItemState.PROPOSED, ItemState.ADMITTED)


class Line(msgspec.Struct, frozen=True):
    """A line of the list, in words."""

    number: int
    kind: str
    title: str
    aim: str
    programme: str
    audience: str
    period: str
    source: str
    unit: str
    responsible: str
    phone: str
    expected: str
    funding: str
    note: str


def day(work: Work, value: date | None) -> str:
    """«14 июня 2026» in the city's language."""
    return day_text(value).in_(work.tenant.locale) if value is not None else ""


def period_text(work: Work, content: Content, year: int) -> str:
    """When it is held, in words."""
    if content.opens_on is not None and content.closes_on is not None:
        return f"{day(work, content.opens_on)} — {day(work, content.closes_on)}"
    if content.quarter is not None:
        roman = _ROMAN[content.quarter - 1]
        return Text(ru=f"{roman} квартал", en=f"Quarter {roman}").in_(work.tenant.locale)
    return Text(ru=f"в течение {year} года", en=f"during {year}").in_(work.tenant.locale)


def source_text(work: Work, content: Content) -> str:
    """Who it comes from, in words."""
    if content.source is Source.IDEA and content.idea_number is not None:
        return (
            Text(ru="Идея жителя № {n}", en="Resident’s idea no. {n}")
            .format(n=content.idea_number)
            .in_(work.tenant.locale)
        )
    if content.source is Source.IDEA:
        return SOURCE_LABELS[Source.IDEA].in_(work.tenant.locale)
    return steps.unit_title(work, content.unit) or SOURCE_LABELS[Source.UNIT].in_(
        work.tenant.locale
    )


def responsible_text(work: Work, post: str, person: str) -> str:
    """Post and name of the one who answers for it; some write the post as the name."""
    title = steps.post_title(work, post) if post else ""
    return ", ".join(part for part in dict.fromkeys((title, person)) if part)


def audience_text(work: Work, content: Content) -> str:
    """Whom it concerns, and in which parts of the city."""
    locale = work.tenant.locale
    places = [
        district.name.in_(locale)
        for key in content.territory
        if (district := work.tenant.profile.district(key)) is not None
    ]
    return "; ".join(part for part in (content.audience, ", ".join(places)) if part)


def line(work: Work, number: int, content: Content, year: int) -> Line:
    """A topic as a line of the form of appendix 1."""
    return Line(
        number=number,
        kind=KIND_LABELS[content.kind].in_(work.tenant.locale),
        title=content.title,
        aim=content.aim,
        programme=content.programme,
        audience=audience_text(work, content),
        period=period_text(work, content, year),
        source=source_text(work, content),
        unit=steps.unit_title(work, content.unit),
        responsible=responsible_text(work, content.responsible_post, content.responsible),
        phone=content.phone,
        expected=content.expected,
        funding=content.funding,
        note=content.note,
    )


def _lines(
    work: Work, year: YearView, quarter: int | None, on: date | None = None
) -> Sequence[Line]:
    """The list as it stands (or stood on a day); before the approval, what is proposed."""
    if year.state is YearState.APPROVED:
        return [
            line(work, entry.number, entry.content, year.year)
            for entry in queries.entries_on(work.session, year.year, on or work.today)
            if quarter is None or in_quarter(entry.content, year.year, quarter)
        ]
    found = [
        item.content
        for item in queries.items(work.session, year.year, states=_DRAFT)
        if quarter is None or in_quarter(item.content, year.year, quarter)
    ]
    return [line(work, number, content, year.year) for number, content in enumerate(found, 1)]


def _year(work: Work, subject: UUID) -> tuple[YearView, int | None]:
    known = subject_year(subject)
    found = queries.year_view(work.session, known[0]) if known is not None else None
    if known is None or found is None:
        raise NotFound
    return found, known[1]


def _title(work: Work, year: YearView, quarter: int | None) -> str:
    if quarter is None:
        words = Text(
            ru="Перечень тематик опросов и обсуждений на {year} год",
            en="Topics of polls and discussions for {year}",
        ).format(year=year.year)
    else:
        words = Text(
            ru="Перечень тематик опросов и обсуждений на {roman} квартал {year} года",
            en="Topics of polls and discussions for quarter {roman} of {year}",
        ).format(year=year.year, roman=_ROMAN[quarter - 1])
    if year.state is not YearState.APPROVED:
        words = Text(ru=f"{words.ru} (проект)", en=f"{words.en} (draft)")
    return words.in_(work.tenant.locale)


def _approved(work: Work, year: YearView) -> str:
    if year.state is not YearState.APPROVED:
        return ""
    if not year.act_number:
        return (
            Text(ru="Утверждён {day}", en="Approved on {day}")
            .format(day=day(work, year.approved_on))
            .in_(work.tenant.locale)
        )
    return (
        Text(ru="Утверждён: акт от {day} № {number}", en="Approved by act no. {number} of {day}")
        .format(day=day(work, year.act_on or year.approved_on), number=year.act_number)
        .in_(work.tenant.locale)
    )


def list_data(work: Work, subject: UUID) -> Mapping[str, object]:
    """Appendix 1, and the quarterly slice of it."""
    year, quarter = _year(work, subject)
    return {
        "city": work.tenant.profile.names.official.in_(work.tenant.locale),
        "year": year.year,
        "quarter": _ROMAN[quarter - 1] if quarter is not None else "",
        "title": _title(work, year, quarter),
        "approved": _approved(work, year),
        "approver": year.approved_by,
        "items": [msgspec.structs.asdict(one) for one in _lines(work, year, quarter)],
    }


def list_name(work: Work, subject: UUID) -> str:
    year, quarter = _year(work, subject)
    return _title(work, year, quarter)


_COLUMNS: Final[Sequence[tuple[str, Text, int]]] = (
    ("number", Text(ru="№", en="No."), 6),
    ("kind", Text(ru="Вид", en="Kind"), 13),
    ("title", Text(ru="Тема", en="Topic"), 44),
    ("aim", Text(ru="Обоснование и цель", en="Grounds and aim"), 44),
    ("programme", Text(ru="Программа или вопрос местного значения", en="Programme"), 30),
    ("audience", Text(ru="Аудитория, территория", en="Audience, area"), 26),
    ("period", Text(ru="Срок", en="Period"), 26),
    ("source", Text(ru="Источник", en="Source"), 30),
    ("unit", Text(ru="Подразделение", en="Unit"), 34),
    ("responsible", Text(ru="Ответственный", en="Responsible"), 34),
    ("phone", Text(ru="Телефон", en="Telephone"), 18),
    ("expected", Text(ru="Ожидаемый результат", en="Expected result"), 40),
    ("funding", Text(ru="Финансирование", en="Funding"), 28),
    ("note", Text(ru="Примечание", en="Note"), 28),
)


def list_sheet(work: Work, subject: UUID) -> Sheet:
    """Appendix 1 as a table."""
    year, quarter = _year(work, subject)
    locale = work.tenant.locale
    return Sheet(
        title=_title(work, year, quarter),
        columns=tuple(label.in_(locale) for _name, label, _width in _COLUMNS),
        rows=tuple(
            tuple(getattr(one, name) for name, _label, _width in _COLUMNS)
            for one in _lines(work, year, quarter)
        ),
        widths=tuple(width for _name, _label, width in _COLUMNS),
        above=tuple(part for part in (_approved(work, year), year.approved_by) if part),
    )


# --- A topic's passport --------------------------------------------------------------------------


def _item(work: Work, subject: UUID) -> ItemView:
    item = queries.item_view(work.session, subject)
    if item is None:
        raise NotFound
    return item


def passport_data(work: Work, subject: UUID) -> Mapping[str, object]:
    """The passport with its financial justification."""
    item = _item(work, subject)
    content, passport = item.content, item.content.passport
    return {
        "city": work.tenant.profile.names.official.in_(work.tenant.locale),
        "year": item.year,
        "number": item.number if item.number is not None else "",
        "kind": KIND_LABELS[item.kind].in_(work.tenant.locale),
        "title": item.title,
        "aim": content.aim,
        "questions": [
            {"title": one.title, "options": list(one.options)} for one in passport.questions
        ],
        "materials": passport.materials,
        "cost": ". ".join(
            part
            for part in (
                money_text(passport.cost) if passport.cost is not None else "",
                passport.justification,
            )
            if part
        ),
        "funds": passport.funds,
        "programme_code": passport.programme_code,
        "if_wins": [{"option": one.option, "action": one.action} for one in passport.if_wins],
        "risks": passport.risks,
        "unit": steps.unit_title(work, content.unit),
        "responsible": responsible_text(work, content.responsible_post, content.responsible),
        "phone": content.phone,
        "period": period_text(work, content, item.year),
    }


def passport_name(work: Work, subject: UUID) -> str:
    item = _item(work, subject)
    words = Text(ru="Паспорт темы № {number}", en="Passport of topic no. {number}")
    if item.number is None:
        words = Text(ru="Паспорт темы", en="Passport of a topic")
    return f"{words.format(number=item.number).in_(work.tenant.locale)}, {item.year}: {item.title}"


# --- The report ----------------------------------------------------------------------------------


def report_data(work: Work, subject: UUID) -> Mapping[str, object]:
    """Appendix 2: as it was sent, else as it would read now."""
    kept = queries.report(work.session, subject)
    if kept is not None and kept.frozen is not None:
        return kept.frozen
    return report_now(work, _item(work, subject), kept.content if kept is not None else Report())


def report_now(work: Work, item: ItemView, report: Report) -> dict[str, object]:
    """The report from what is known now."""
    held = queries.activities(work.session, item.id)
    measures = queries.measures(work.session, item.id)
    return {
        "city": work.tenant.profile.names.official.in_(work.tenant.locale),
        "year": item.year,
        "title": item.title,
        "number": item.number if item.number is not None else "",
        "kind": KIND_LABELS[item.kind].in_(work.tenant.locale),
        "dates": "; ".join(_held_dates(work, one) for one in held)
        or period_text(work, item.content, item.year),
        "participants": _sum(held, "participants"),
        "votes": _sum(held, "votes"),
        "received": _sum(held, "received"),
        "admitted": _sum(held, "admitted"),
        "refused": _sum(held, "refused"),
        "decision": report.decision,
        "rows": [_row(work, number, one) for number, one in enumerate(measures, 1)],
        "note": report.note,
        "signer_post": report.signer_post,
        "signer_name": report.signer_name,
        "date": day(work, work.today),
    }


def _held_dates(work: Work, one: ActivityView) -> str:
    name = {
        ActivityKind.POLL: Text(ru="опрос", en="poll"),
        ActivityKind.CAMPAIGN: Text(ru="обсуждение", en="discussion"),
    }[one.kind].in_(work.tenant.locale)
    return f"{name} {day(work, one.opens_on)} — {day(work, one.closes_on)}"


def _sum(held: Sequence[ActivityView], name: str) -> int | str:
    values = [getattr(one, name) for one in held if getattr(one, name) is not None]
    return sum(values) if values else ""


def _row(work: Work, number: int, one: MeasureView) -> dict[str, object]:
    ended = MEASURE_LABELS[one.state].in_(work.tenant.locale)
    unsaid = one.state in (MeasureState.PARTLY, MeasureState.NOT_DONE)
    return {
        "number": number,
        "measure": one.title,
        "responsible": ", ".join(
            part
            for part in (
                responsible_text(work, one.responsible_post, one.responsible),
                steps.unit_title(work, one.unit),
            )
            if part
        ),
        "due": day(work, one.due_on),
        "done": day(work, one.done_on),
        "planned_money": money_text(one.planned) if one.planned is not None else "",
        "spent_money": money_text(one.spent) if one.spent is not None else "",
        "funds": one.funds,
        "result": ended if unsaid or not one.result else f"{ended}: {one.result}",
        "reason": one.result if unsaid else "",
        "links": ", ".join(one.links),
    }


def report_name(work: Work, subject: UUID) -> str:
    item = _item(work, subject)
    return (
        Text(ru="Отчёт по теме № {number}, {year}", en="Report on topic no. {number}, {year}")
        .format(number=item.number or "", year=item.year)
        .in_(work.tenant.locale)
    )


_REPORT_COLUMNS: Final[Sequence[tuple[str, Text, int]]] = (
    ("number", Text(ru="№", en="No."), 6),
    ("measure", Text(ru="Мероприятие", en="Measure"), 44),
    ("responsible", Text(ru="Ответственный", en="Responsible"), 34),
    ("due", Text(ru="Срок", en="Due"), 18),
    ("done", Text(ru="Выполнено", en="Done"), 18),
    ("planned_money", Text(ru="Запланировано", en="Planned"), 20),
    ("spent_money", Text(ru="Израсходовано", en="Spent"), 20),
    ("funds", Text(ru="Источник", en="Funds"), 24),
    ("result", Text(ru="Результат", en="Result"), 34),
    ("reason", Text(ru="Причина", en="Reason"), 30),
    ("links", Text(ru="Ссылки", en="Links"), 30),
)


def report_sheet(work: Work, subject: UUID) -> Sheet:
    """Appendix 2 as a table; what is said of the topic stands above it."""
    data = report_data(work, subject)
    locale = work.tenant.locale
    rows = msgspec.convert(data["rows"], list[dict[str, str | int]])
    labels: Sequence[tuple[str, Text]] = (
        ("dates", Text(ru="Проведено", en="Held")),
        ("participants", Text(ru="Участники", en="Participants")),
        ("votes", Text(ru="Голоса", en="Votes")),
        ("received", Text(ru="Поступило идей", en="Ideas received")),
        ("admitted", Text(ru="Допущено", en="Admitted")),
        ("refused", Text(ru="Отказано", en="Refused")),
        ("decision", Text(ru="Решение", en="Decision")),
    )

    def cell(row: Mapping[str, str | int], name: str) -> Cell:
        return row.get(name, "")

    return Sheet(
        title=report_name(work, subject),
        columns=tuple(label.in_(locale) for _name, label, _width in _REPORT_COLUMNS),
        rows=tuple(
            tuple(cell(row, name) for name, _label, _width in _REPORT_COLUMNS) for row in rows
        ),
        widths=tuple(width for _name, _label, width in _REPORT_COLUMNS),
        above=(
            str(data["title"]),
            *(f"{label.in_(locale)}: {data[name]}" for name, label in labels if data.get(name)),
        ),
        below=tuple(
            str(part)
            for part in (
                data.get("note"),
                f"{data.get('signer_post')} {data.get('signer_name')}".strip(),
            )
            if part
        ),
    )


def signer(work: Work) -> tuple[str, str]:
    """Post and name of the one who signs unless said otherwise: whoever acts."""
    posts = steps.actor_posts(work)
    known = {post.key: post.title for post in staff.city_posts(work)}
    return (known.get(posts[0], "") if posts else "", steps.actor_name(work))
