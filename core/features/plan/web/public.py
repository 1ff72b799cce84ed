"""What residents read of the plan: the list of a year with what was promised and what is done, one
topic with its passport, its poll or discussion, its measures and its report, and the files."""

from datetime import date
from typing import Any, Final
from uuid import UUID

from litestar import Response
from litestar.params import FromPath

from core.documents.manifest import Format
from core.documents.produce import produce
from core.feature import HomeSection
from core.features.plan import queries
from core.features.plan.domain import (
    KIND_LABELS,
    YEARS,
    ItemState,
    MeasureState,
    YearState,
    in_quarter,
    money_text,
    progress,
    year_subject,
)
from core.features.plan.queries import ItemView, YearView
from core.features.plan.service import gathering, papers, steps
from core.features.plan.web import documents, shown
from core.files import store
from core.identity import access
from core.kit.actor import Anonymous
from core.kit.errors import NotFound
from core.kit.text import Text
from core.web.files import disposition, file_response
from core.web.pages import redirect, render
from core.web.request import CityRequest
from core.web.routes import page
from core.work import Work

_DOWNLOADS: Final = ("docx", "pdf", "xlsx")
_ROMAN: Final = ("I", "II", "III", "IV")
_ON_HOME: Final = 3

_UNKNOWN: Final = Text(ru="Такой темы в перечне нет.", en="There is no such topic on the list.")


def _require_offered(request: CityRequest) -> None:
    if not request.tenant.profile.offers("plan"):
        raise NotFound


def _approved_years(work: Work) -> tuple[YearView, ...]:
    return tuple(one for one in queries.years(work.session) if one.state is YearState.APPROVED)


def _approved(work: Work, year: int) -> YearView:
    found = queries.year_view(work.session, year) if year in YEARS else None
    if found is None or found.state is not YearState.APPROVED:
        raise NotFound
    return found


def current_year(years: tuple[YearView, ...], today: date) -> int | None:
    """The list to open first: this year's, else the one that comes next to it."""
    if not years:
        return None
    return min((one.year for one in years), key=lambda year: (abs(year - today.year), -year))


@page("/plan")
def plan(request: CityRequest) -> Response[Any]:
    """The list of this year, or word that there is none yet."""
    _require_offered(request)
    with request.work() as work:
        year = current_year(_approved_years(work), work.today)
        coming = [one for one in queries.years(work.session) if one.state is not YearState.APPROVED]
        if year is not None:
            return redirect(request, f"/plan/{year}")
        return render(
            request,
            "plan/empty.html",
            coming=coming[-1] if coming else None,
            why=shown.why(work, work.today.year + 1, request.locale),
        )


@page("/plan/{year:int}")
def year_page(request: CityRequest, year: FromPath[int]) -> Response[Any]:
    """The approved list of a year, whole or of one quarter, today or as it stood on a day."""
    _require_offered(request)
    locale = request.locale
    query = request.query_params
    number = query.get("quarter")
    quarter = int(number) if number in ("1", "2", "3", "4") else None
    with request.work() as work:
        found = _approved(work, year)
        day = _day(query.get("on"), work.today)
        everything = shown.lines(work, year, day, locale)
        contents = {
            entry.item_id: entry.content for entry in queries.entries_on(work.session, year, day)
        }
        lines = [
            one
            for one in everything
            if quarter is None or in_quarter(contents[one.item_id], year, quarter)
        ]
        amended = [
            one
            for one in queries.amendments(work.session, year)
            if one.decided_on is not None and one.state == "approved"
        ]
        whole = shown.total(everything)
        years = _approved_years(work)
        change_days = queries.change_days(work.session, year)
        files = store.of_owner(work.session, f"plan_year:{year}")
        why = shown.why(work, year, locale)
        titles = {one.item_id: one.title for one in everything}
        today = work.today
        approved_words = papers.list_data(work, year_subject(year))["approved"]
    return render(
        request,
        "plan/year.html",
        year=found,
        approved_words=approved_words,
        lines=lines,
        whole=whole,
        count=len(everything),
        late_items=sum(1 for one in everything if one.chip == "bad"),
        amendments=amended,
        amendment_words=shown.AMENDMENT_WORDS,
        titles=titles,
        quarter=quarter,
        on=day if day != today else None,
        today=today,
        change_days=change_days,
        years=[
            {"href": f"/plan/{one.year}", "label": str(one.year), "current": one.year == year}
            for one in years
        ],
        quarters=[
            {"href": f"/plan/{year}", "label": _ALL.in_(locale), "current": quarter is None},
            *(
                {
                    "href": f"/plan/{year}?quarter={one}",
                    "label": _QUARTER.format(n=_ROMAN[one - 1]).in_(locale),
                    "current": quarter == one,
                }
                for one in range(1, 5)
            ),
        ],
        downloads=[
            {
                "href": f"/plan/{year}/files/{f'q{quarter}' if quarter else 'list'}.{one}",
                "label": one.upper(),
            }
            for one in _DOWNLOADS
        ],
        files=[
            {
                "href": f"/plan/attachments/{file.id}/original",
                "name": file.name,
                "size": shown.size_text(file.size, locale),
            }
            for file in files
        ],
        money=money_text,
        why=why,
    )


_ALL = Text(ru="Весь год", en="Whole year")
_QUARTER = Text(ru="{n} квартал", en="Quarter {n}")


def _day(raw: str | None, today: date) -> date:
    try:
        day = date.fromisoformat(raw) if raw else today
    except ValueError:
        return today
    return min(day, today)


def _listed(work: Work, year: int, number: int) -> ItemView:
    """A topic that stands or stood on the approved list; raises NotFound."""
    item = (
        queries.item_by_number(work.session, year, number)
        if year in YEARS and 0 < number < 10_000
        else None
    )
    if item is None or item.state not in (ItemState.APPROVED, ItemState.WITHDRAWN):
        raise NotFound("plan.unknown", _UNKNOWN)
    return item


@page("/plan/{year:int}/{number:int}")
def item_page(request: CityRequest, year: FromPath[int], number: FromPath[int]) -> Response[Any]:
    """One topic: what was promised, what was held, what is done, at what cost."""
    _require_offered(request)
    locale = request.locale
    with request.work() as work:
        item = _listed(work, year, number)
        measures = queries.measures(work.session, item.id)
        report = queries.report(work.session, item.id)
        amendments = [
            one
            for one in queries.amendments(work.session, year)
            if one.item_id == item.id and one.state == "approved"
        ]
        history = shown.history(
            [
                one
                for one in queries.steps(work.session, item_id=item.id)
                if one.kind in shown.PUBLIC_STEPS
            ],
            locale,
            names=False,
        )
        content = item.content
        idea = gathering.find_idea(work, content.idea_id) if content.idea_id is not None else None
        return render(
            request,
            "plan/item.html",
            item=item,
            kind=KIND_LABELS[item.kind].in_(locale),
            period=papers.period_text(work, content, year),
            rows=shown.content_rows(work, content, year, locale),
            idea=idea,
            passport=content.passport,
            held=[
                shown.activity_line(one, locale, work)
                for one in queries.activities(work.session, item.id)
            ],
            lines=shown.measure_lines(work, measures, locale),
            progress=progress([one.measured for one in measures], work.today),
            state=MeasureState,
            report=report if report is not None and report.sent_at is not None else None,
            report_due=report.due_on if report is not None and report.sent_at is None else None,
            report_data=report.frozen if report is not None else None,
            amendments=amendments,
            amendment_words=shown.AMENDMENT_WORDS,
            history=history,
            money=money_text,
            size=lambda size: shown.size_text(size, locale),
            today=work.today,
            why=shown.why(work, year, locale),
            may_keep=access.may(work, steps.IMPLEMENT),
        )


@page("/plan/{year:int}/files/{name:str}")
def list_file(request: CityRequest, year: FromPath[int], name: FromPath[str]) -> Response[Any]:
    """The approved list, or a quarter of it, as a document: `list.docx`, `q2.pdf`."""
    _require_offered(request)
    stem, _, ending = name.partition(".")
    wanted = {"list": None, "q1": 1, "q2": 2, "q3": 3, "q4": 4}
    if stem not in wanted or ending not in _DOWNLOADS:
        raise NotFound
    quarter = wanted[stem]
    kind = documents.APPENDIX_1 if quarter is None else documents.QUARTERLY
    return _document(request, year, kind, year_subject(year, quarter), ending)


@page("/plan/{year:int}/{number:int}/{name:str}")
def report_file(
    request: CityRequest, year: FromPath[int], number: FromPath[int], name: FromPath[str]
) -> Response[Any]:
    """The report on a topic as it was sent: `report.docx`."""
    _require_offered(request)
    stem, _, ending = name.partition(".")
    if stem != "report":
        raise NotFound
    with request.work(person=False) as work:
        item = _listed(work, year, number)
        kept = queries.report(work.session, item.id)
    if kept is None or kept.sent_at is None:
        raise NotFound
    return _document(request, year, documents.APPENDIX_2, item.id, ending)


def _document(
    request: CityRequest, year: int, kind: Any, subject: UUID, ending: str
) -> Response[Any]:
    formats: dict[str, Format] = {"docx": "docx", "pdf": "pdf", "xlsx": "xlsx"}
    if ending not in formats:
        raise NotFound
    with request.work(person=False) as work:
        _approved(work, year)
        made = produce(work, kind, subject, formats[ending])
    return Response(
        made.content,
        media_type=made.media_type,
        headers={
            "content-disposition": disposition(made.name),
            "cache-control": "no-cache",
            "x-content-type-options": "nosniff",
        },
    )


@page("/plan/attachments/{file_id:uuid}/{variant:str}")
def attachment(
    request: CityRequest, file_id: FromPath[UUID], variant: FromPath[str]
) -> Response[Any]:
    """An act of approval, a photo of what was done: of lists that are approved only."""
    _require_offered(request)
    variants: dict[str, store.Variant] = {
        "original": "original",
        "large": "large",
        "thumb": "thumb",
    }
    if variant not in variants:
        raise NotFound
    with request.runtime.work(request.tenant, Anonymous()) as work:
        if not _is_public(work, store.owner_of(work.session, file_id)):
            raise NotFound
        found = store.content(work.session, file_id, variant=variants[variant])
    if found is None:
        raise NotFound
    return file_response(request, found, public=True)


def _is_public(work: Work, owner: str | None) -> bool:
    kind, _, key = (owner or "").partition(":")
    if kind == "plan_year":
        year = queries.year_view(work.session, int(key))
        return year is not None and year.state is YearState.APPROVED
    if kind != "measure":
        return False
    measure = queries.measure_view(work.session, UUID(key))
    item = queries.item_view(work.session, measure.item_id) if measure is not None else None
    return item is not None and item.state in (ItemState.APPROVED, ItemState.WITHDRAWN)


def on_home(work: Work) -> dict[str, object] | None:
    """A few topics of the year for the home page: what runs, what is late, what comes next."""
    if not work.tenant.profile.offers("plan"):
        return None
    year = current_year(_approved_years(work), work.today)
    if year is None or abs(year - work.today.year) > 1:
        return None
    found = shown.lines(work, year, work.today, work.tenant.locale)
    if not found:
        return None
    return {
        "year": year,
        "whole": shown.total(found),
        "count": len(found),
        "done": sum(1 for one in found if one.chip == "good"),
        "late": sum(1 for one in found if one.chip == "bad"),
    }


HOME: Final = (HomeSection(order=70, template="plan/home.html", context=on_home),)

HANDLERS: Final = (plan, year_page, item_page, list_file, report_file, attachment)
