"""Results as files: CSV, Excel, and the protocol for printing. They show no more than the page."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, Final, Literal, get_args
from uuid import UUID

import msgspec
from litestar import Response
from litestar.params import FromPath
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from core.documents.manifest import Format
from core.documents.produce import produce
from core.features.polls import queries
from core.features.polls.queries import PollView
from core.features.polls.web import documents, shown
from core.features.polls.web.shown import ResultsSeen
from core.identity.decisions import LEVEL_LABELS
from core.kit.errors import Forbidden, NotFound
from core.kit.text import Locale, Text
from core.tenancy.tenant import Tenant
from core.web.files import document_response
from core.web.i18n import short_day_text
from core.web.pages import render
from core.web.request import CityRequest
from core.web.routes import page
from core.work import Work

Part = Literal["answers", "days", "districts"]
Value = str | int | float
_EXCEL: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_DANGEROUS: Final = ("=", "+", "-", "@", "\t", "\r")
_WIDEST: Final = 80

_HIDDEN: Final = Text(ru="Результаты этого опроса пока не видны.", en="Results are not shown yet.")
_HIDDEN_ADVICE: Final = Text(
    ru="На странице опроса сказано, когда они появятся и почему.",
    en="The poll's page says when they will appear, and why.",
)


class Sheet(msgspec.Struct, frozen=True):
    """A table of an export: its name, heads and rows."""

    name: str
    heads: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]


_WORDS: Final = {
    "answers": Text(ru="Ответы", en="Answers"),
    "days": Text(ru="По дням", en="By day"),
    "districts": Text(ru="По районам", en="By district"),
    "about": Text(ru="Об опросе", en="About"),
    "question": Text(ru="Вопрос", en="Question"),
    "option": Text(ru="Вариант", en="Answer"),
    "votes": Text(ru="Голоса", en="Votes"),
    "share": Text(ru="Доля участников, %", en="Share of participants, %"),
    "day": Text(ru="День", en="Day"),
    "district": Text(ru="Район", en="District"),
    "voters": Text(ru="Участники", en="Participants"),
    "poll": Text(ru="Опрос", en="Poll"),
    "number": Text(ru="Номер", en="Number"),
    "from": Text(ru="Начался", en="Began"),
    "until": Text(ru="Последний день", en="Last day"),
    "participants": Text(ru="Участники", en="Participants"),
    "counted": Text(ru="Вошли в кворум", en="Counted towards the quorum"),
    "needed": Text(ru="Нужно для кворума", en="Needed for the quorum"),
}


def sheet(part: Part, results: ResultsSeen, tenant: Tenant, locale: Locale) -> Sheet:
    """One part of the results as a table. Days are ISO dates, so that programs can sort them."""

    def heads(*keys: str) -> tuple[str, ...]:
        return tuple(_WORDS[key].in_(locale) for key in keys)

    rows: tuple[tuple[Value, ...], ...]
    match part:
        case "answers":
            columns = heads("question", "option", "votes", "share")
            rows = tuple(
                (question.title, option.title, option.votes, round(option.share * 100, 2))
                for question in results.questions
                for option in question.options
            )
        case "days":
            columns = heads("day", "voters")
            rows = tuple((one.day, one.voters) for one in results.days)
        case "districts":
            columns = heads("district", "voters")
            rows = tuple(
                (shown.district_name(tenant, one.district, locale), one.voters)
                for one in results.districts
            )
    return Sheet(_WORDS[part].in_(locale), columns, rows)


def csv_bytes(table: Sheet, locale: Locale) -> bytes:
    """CSV that a Russian Excel opens with a double click: BOM, semicolons, decimal commas."""
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=";", lineterminator="\r\n")
    writer.writerow(table.heads)
    for row in table.rows:
        writer.writerow([_csv_value(value, locale) for value in row])
    return stream.getvalue().encode("utf-8-sig")


def _csv_value(value: Value, locale: Locale) -> str:
    if isinstance(value, str):
        return harmless(value)
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return text.replace(".", ",") if locale == "ru" else text


def harmless(text: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.lstrip(" \u00a0").startswith(_DANGEROUS) else text


def xlsx_bytes(tables: Iterable[Sheet]) -> bytes:
    """An Excel workbook; what is text stays text, also if it begins with «=»."""
    book = Workbook(write_only=True)
    for table in tables:
        place = book.create_sheet(table.name)
        place.freeze_panes = "A2"
        for n, width in enumerate(_widths(table), start=1):
            place.column_dimensions[get_column_letter(n)].width = width
        place.append([_cell(place, head, bold=True) for head in table.heads])
        for row in table.rows:
            place.append([_cell(place, value) for value in row])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _widths(table: Sheet) -> list[int]:
    columns = zip(table.heads, *table.rows, strict=True)
    return [min(_WIDEST, 2 + max(len(str(value)) for value in column)) for column in columns]


def _cell(place: Any, value: Value, *, bold: bool = False) -> Any:
    if isinstance(value, str):
        value = "".join(sign for sign in value if sign >= " " or sign in "\n\t")
    cell = WriteOnlyCell(place, value=value)
    if isinstance(value, str):
        cell.data_type = "s"
    if bold:
        cell.font = Font(bold=True)
    return cell


def _asked_for(
    request: CityRequest, work: Work, poll_id: UUID
) -> tuple[PollView, ResultsSeen | None]:
    """The poll, and its results if this visitor may see them on the page, too."""
    poll = queries.public_poll(work.session, poll_id)
    if poll is None or not request.tenant.profile.offers("polls"):
        raise NotFound("polls.unknown")
    resident = shown.resident_of(work)
    voted = resident is not None and queries.has_voted(work.session, poll_id, resident)
    return poll, shown.seen_results(work, poll, voted=voted)


def _hidden(request: CityRequest, poll: PollView) -> Response[Any]:
    """A refusal with the clause by which the city keeps results back."""
    problem = Forbidden("polls.results_hidden", _HIDDEN, _HIDDEN_ADVICE)
    return render(
        request,
        "layout/problem.html",
        status=problem.status,
        problem=problem,
        title=problem.title.in_(request.locale),
        advice=_HIDDEN_ADVICE.in_(request.locale),
        field_messages={},
        reasons=poll.terms.results_shown.reasons.get(request.locale, []) if poll.terms else [],
    )


def _file(content: bytes, name: str, media_type: str) -> Response[bytes]:
    return Response(
        content,
        media_type=media_type,
        headers={
            "content-disposition": f'attachment; filename="{name}"',
            "cache-control": "private, no-cache",
        },
    )


@page("/polls/{poll_id:uuid}/results.csv")
def results_csv(request: CityRequest, poll_id: FromPath[UUID]) -> Response[Any]:
    """Votes by answer; with `?part=days` or `?part=districts` the turnout."""
    asked = request.query_params.get("part") or "answers"
    part: Part | None = next((one for one in get_args(Part) if one == asked), None)
    if part is None:
        raise NotFound
    with request.work(person=False) as work:
        poll, results = _asked_for(request, work, poll_id)
    if results is None:
        return _hidden(request, poll)
    table = sheet(part, results, request.tenant, request.locale)
    name = f"poll-{poll.number}{'' if part == 'answers' else f'-{part}'}.csv"
    return _file(csv_bytes(table, request.locale), name, "text/csv; charset=utf-8")


@page("/polls/{poll_id:uuid}/results.xlsx")
def results_xlsx(request: CityRequest, poll_id: FromPath[UUID]) -> Response[Any]:
    """Everything about a poll's results in one workbook."""
    locale = request.locale
    with request.work(person=False) as work:
        poll, results = _asked_for(request, work, poll_id)
    if results is None:
        return _hidden(request, poll)
    tables = [
        _about(poll, locale),
        *(sheet(part, results, request.tenant, locale) for part in get_args(Part)),
    ]
    return _file(xlsx_bytes(tables), f"poll-{poll.number}.xlsx", _EXCEL)


def _about(poll: PollView, locale: Locale) -> Sheet:
    facts: Sequence[tuple[str, Value | date | None]] = (
        ("number", poll.number),
        ("from", poll.opens_on),
        ("until", poll.closes_on),
        ("participants", poll.participants),
        ("counted", poll.counted),
        ("needed", poll.needed),
    )
    return Sheet(
        _WORDS["about"].in_(locale),
        (_WORDS["poll"].in_(locale), poll.title),
        tuple(
            (_WORDS[key].in_(locale), value.isoformat() if isinstance(value, date) else value)
            for key, value in facts
            if value is not None
        ),
    )


@page("/polls/{poll_id:uuid}/protocol")
def protocol(request: CityRequest, poll_id: FromPath[UUID]) -> Response[Any]:
    """The protocol of published results, for paper: turnout, votes, verdict, grounds."""
    locale = request.locale
    tenant = request.tenant
    with request.work() as work:
        poll, results = _asked_for(request, work, poll_id)
        phase = shown.phase_of(poll, work.now)
        if not phase.final or results is None or poll.results is None:
            raise NotFound
        law = shown.law_of(work, poll, locale)
        steps = shown.history(work, poll)
        procedure = work.regulation.procedures.get(poll.procedure)
    return render(
        request,
        "polls/protocol.html",
        poll=poll,
        phase=phase,
        results=results,
        verdict=poll.results.verdict,
        digest=poll.results.paper_digest,
        law=law,
        level=LEVEL_LABELS[law.level].in_(locale),
        steps=steps,
        procedure=procedure.title.in_(locale) if procedure else poll.procedure,
        initiator=shown.initiator_name(tenant, poll.initiator, locale),
        districts=[shown.district_name(tenant, key, locale) for key in poll.territory or ()],
        district_name=lambda key: shown.district_name(tenant, key, locale),
        day_of=lambda iso: short_day_text(date.fromisoformat(iso), locale, tenant.zone),
        official=tenant.profile.names.official.in_(locale),
        back={"href": f"/polls/{poll.id}", "label": _BACK.in_(locale)},
    )


_BACK: Final = Text(ru="К опросу", en="Back to the poll")


def _protocol_file(request: CityRequest, poll_id: UUID, fmt: Format) -> Response[Any]:
    with request.work(person=False) as work:
        made = produce(work, documents.PROTOCOL, poll_id, fmt)
    return document_response(made)


@page("/polls/{poll_id:uuid}/protocol.docx")
def protocol_docx(request: CityRequest, poll_id: FromPath[UUID]) -> Response[Any]:
    """The protocol as a document to edit."""
    return _protocol_file(request, poll_id, "docx")


@page("/polls/{poll_id:uuid}/protocol.pdf")
def protocol_pdf(request: CityRequest, poll_id: FromPath[UUID]) -> Response[Any]:
    """The protocol as a document to keep."""
    return _protocol_file(request, poll_id, "pdf")


@page("/polls/{poll_id:uuid}/protocol.xlsx")
def protocol_xlsx(request: CityRequest, poll_id: FromPath[UUID]) -> Response[Any]:
    """The protocol's votes as a table."""
    return _protocol_file(request, poll_id, "xlsx")


HANDLERS: Final = (
    results_csv,
    results_xlsx,
    protocol,
    protocol_docx,
    protocol_pdf,
    protocol_xlsx,
)
