"""Ideas as files: open data for everybody, and all that was sent for staff. Rows are read and sent
a thousand at a time, so a file of any length takes no more memory than a page."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from litestar import Response, get
from litestar.response import Stream
from litestar.types import ControllerRouterHandler

from core.features.ideas.domain import LABELS, PUBLIC, State
from core.features.ideas.queries import exports
from core.features.ideas.queries.exports import SENT, Exported
from core.features.ideas.web.gallery import require_ideas
from core.identity import access
from core.kit.actor import Anonymous
from core.kit.text import Text
from core.web.request import CityRequest

EXPORT: Final = "ideas.export"
_BATCH: Final = 1_000
_DANGEROUS: Final = ("=", "+", "-", "@", "\t", "\r")
_CSV: Final = "text/csv; charset=utf-8"

_HEADS: Final[Mapping[str, Text]] = {
    "number": Text(ru="Номер", en="Number"),
    "title": Text(ru="Идея", en="Idea"),
    "body": Text(ru="Текст", en="Text"),
    "state": Text(ru="Состояние", en="State"),
    "since": Text(ru="С какого дня", en="Since"),
    "topic": Text(ru="Тема", en="Topic"),
    "district": Text(ru="Район", en="District"),
    "campaign": Text(ru="Обсуждение", en="Campaign"),
    "place": Text(ru="Место", en="Place"),
    "lat": Text(ru="Широта", en="Latitude"),
    "lon": Text(ru="Долгота", en="Longitude"),
    "supports": Text(ru="Голоса", en="Votes"),
    "comments": Text(ru="Комментарии", en="Comments"),
    "submitted": Text(ru="Отправлена", en="Submitted"),
    "published": Text(ru="Опубликована", en="Published"),
    "ends": Text(ru="Поддержка до", en="Support until"),
    "decided": Text(ru="Решение", en="Decided"),
    "author": Text(ru="Автор на странице", en="Author as shown"),
    "address": Text(ru="Адрес", en="Address"),
}
_FOR_STAFF: Final = frozenset({"submitted", "author"})


@get("/ideas/open.csv", media_type=_CSV, sync_to_thread=True, include_in_schema=False)
def open_data(request: CityRequest) -> Response[Any]:
    """All public ideas as CSV. It names no people: that a text is public makes its author's name
    no data set."""
    require_ideas(request)
    columns = [name for name in _HEADS if name not in _FOR_STAFF]
    return _file(request, "ideas.csv", columns, sorted(PUBLIC))


@get("/desk/ideas/export.csv", media_type=_CSV, sync_to_thread=True, include_in_schema=False)
def everything(request: CityRequest) -> Response[Any]:
    """All ideas that were sent, refused ones too, for staff who may take them out."""
    require_ideas(request)
    with request.work() as work:
        access.require(work, EXPORT)
        work.record("ideas.exported", "ideas")
    return _file(request, "ideas-all.csv", list(_HEADS), SENT)


HANDLERS: Final[Sequence[ControllerRouterHandler]] = (open_data, everything)


def _file(
    request: CityRequest, name: str, columns: Sequence[str], states: Sequence[State]
) -> Response[Any]:
    return Stream(
        _parts(request, columns, states),
        media_type=_CSV,
        headers={
            "content-disposition": f'attachment; filename="{name}"',
            "cache-control": "no-store",
        },
    )


def _parts(
    request: CityRequest, columns: Sequence[str], states: Sequence[State]
) -> Iterator[bytes]:
    """CSV that a Russian Excel opens with a double click: BOM, semicolons."""
    locale = request.locale
    yield _lines([[_HEADS[name].in_(locale) for name in columns]]).encode("utf-8-sig")
    after = 0
    while True:
        # A transaction of its own for each part: a slow reader holds no connection.
        with request.runtime.work(request.tenant, Anonymous()) as work:
            found = exports.rows(work.session, after=after, most=_BATCH, states=states)
        if not found:
            return
        yield _lines([_row(request, idea, columns) for idea in found]).encode()
        after = found[-1].number


def _row(request: CityRequest, idea: Exported, columns: Sequence[str]) -> list[str]:
    locale, profile = request.locale, request.tenant.profile
    topic = profile.topic(idea.topic) if idea.topic else None
    district = profile.district(idea.district) if idea.district else None
    address = request.runtime.settings.url_of(request.place.host, f"/ideas/{idea.number}")
    values = {
        "number": str(idea.number),
        "title": _harmless(idea.title),
        "body": _harmless(idea.body),
        "state": LABELS[idea.state].in_(locale),
        "since": _day(request, idea.state_since),
        "topic": topic.name.in_(locale) if topic else "",
        "district": district.name.in_(locale) if district else "",
        "campaign": _harmless(idea.campaign or ""),
        "place": _harmless(idea.place),
        "lat": _number(idea.lat),
        "lon": _number(idea.lon),
        "supports": str(idea.supports),
        "comments": str(idea.comments),
        "submitted": _day(request, idea.submitted_at),
        "published": _day(request, idea.published_at),
        "ends": _day(request, idea.ends_at),
        "decided": _day(request, idea.decided_at),
        "author": _harmless(idea.author),
        "address": address if idea.state in PUBLIC else "",
    }
    return [values[name] for name in columns]


def _lines(rows: Sequence[Sequence[str]]) -> str:
    stream = io.StringIO()
    csv.writer(stream, delimiter=";", lineterminator="\r\n").writerows(rows)
    return stream.getvalue()


def _day(request: CityRequest, at: datetime | None) -> str:
    return at.astimezone(request.tenant.zone).date().isoformat() if at is not None else ""


def _number(value: float | None) -> str:
    return f"{value:.6f}" if value is not None else ""


def _harmless(text: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.lstrip(" \u00a0").startswith(_DANGEROUS) else text
