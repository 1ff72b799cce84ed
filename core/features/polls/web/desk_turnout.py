"""The turnout of a poll on the desk, also as files: who took part by level, day and district. What
was chosen is nowhere in it."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec
from litestar import Response
from litestar.params import FromPath

from core.features.polls import queries
from core.features.polls.domain import DayTurnout, DistrictTurnout
from core.features.polls.queries import PollView
from core.features.polls.web import exports, rights, shown
from core.features.polls.web.exports import Sheet
from core.identity.decisions import LEVEL_LABELS
from core.kit.errors import NotFound
from core.kit.level import Level
from core.kit.text import Locale, Text
from core.web.request import CityRequest
from core.web.routes import page
from core.work import Work


class LevelTurnout(msgspec.Struct, frozen=True):
    """Voters of one verification level, and whether they count towards the quorum (R130)."""

    label: str
    voters: int
    counts: bool


class Turnout(msgspec.Struct, frozen=True):
    """Who took part, never what was chosen."""

    levels: tuple[LevelTurnout, ...]
    days: tuple[DayTurnout, ...]
    districts: tuple[DistrictTurnout, ...]


def turnout(work: Work, poll: PollView, locale: Locale) -> Turnout | None:
    """Who took part in a poll that has opened: by level, by district, by day from the first."""
    if poll.terms is None:
        return None
    session = work.session
    if poll.results is not None:
        days, districts = poll.results.days, poll.results.districts
    else:
        days = queries.turnout_days(session, poll.id)
        districts = queries.turnout_districts(session, poll.id)
    by_level = queries.turnout_by_level(session, poll.id)
    counted = poll.terms.level
    return Turnout(
        levels=tuple(
            LevelTurnout(
                label=LEVEL_LABELS[level].in_(locale),
                voters=by_level.get(level, 0),
                counts=level.reaches(counted),
            )
            for level in reversed(Level)
            if by_level.get(level) or (level is counted and poll.needed is not None)
        ),
        days=_every_day(poll, days, work.today),
        districts=districts,
    )


def _every_day(poll: PollView, days: Sequence[DayTurnout], today: date) -> tuple[DayTurnout, ...]:
    """Days without a voter are days, too."""
    voters = {one.day: one.voters for one in days}
    if poll.opens_on is not None and poll.closes_on is not None:
        length = (min(poll.closes_on, today) - poll.opens_on).days + 1
        for n in range(length):
            voters.setdefault((poll.opens_on + timedelta(days=n)).isoformat(), 0)
    return tuple(DayTurnout(day, voters[day]) for day in sorted(voters))


_LEVEL: Final = Text(ru="Подтверждение", en="Confirmation")
_VOTERS: Final = Text(ru="Участники", en="Participants")
_COUNTS: Final = Text(ru="Входят в кворум", en="Count towards the quorum")
_YES: Final = Text(ru="да", en="yes")
_NO: Final = Text(ru="нет", en="no")
_DAY: Final = Text(ru="День", en="Day")
_DISTRICT: Final = Text(ru="Район", en="District")
_LEVELS: Final = Text(ru="По подтверждению", en="By confirmation")
_DAYS: Final = Text(ru="По дням", en="By day")
_DISTRICTS: Final = Text(ru="По районам", en="By district")


def _sheets(request: CityRequest, poll_id: FromPath[UUID]) -> tuple[PollView, list[Sheet]]:
    locale = request.locale
    with request.work(person=False) as work:
        rights.enter(work, rights.EXPORT)
        poll = queries.poll_view(work.session, poll_id)
        if poll is None:
            raise NotFound
        found = turnout(work, poll, locale)
    if found is None:
        raise NotFound
    voters = _VOTERS.in_(locale)
    return poll, [
        Sheet(
            _DAYS.in_(locale),
            (_DAY.in_(locale), voters),
            tuple((one.day, one.voters) for one in found.days),
        ),
        Sheet(
            _DISTRICTS.in_(locale),
            (_DISTRICT.in_(locale), voters),
            tuple(
                (shown.district_name(request.tenant, one.district, locale), one.voters)
                for one in found.districts
            ),
        ),
        Sheet(
            _LEVELS.in_(locale),
            (_LEVEL.in_(locale), voters, _COUNTS.in_(locale)),
            tuple(
                (one.label, one.voters, (_YES if one.counts else _NO).in_(locale))
                for one in found.levels
            ),
        ),
    ]


_PARTS: Final = ("days", "districts", "levels")


@page("/desk/polls/{poll_id:uuid}/turnout.csv")
def turnout_csv(request: CityRequest, poll_id: FromPath[UUID]) -> Response[Any]:
    """The turnout by day; with `?part=districts` or `?part=levels` by district or level."""
    part = request.query_params.get("part") or "days"
    if part not in _PARTS:
        raise NotFound
    poll, sheets = _sheets(request, poll_id)
    return _file(
        exports.csv_bytes(sheets[_PARTS.index(part)], request.locale),
        f"poll-{poll.number}-turnout-{part}.csv",
        "text/csv; charset=utf-8",
    )


@page("/desk/polls/{poll_id:uuid}/turnout.xlsx")
def turnout_xlsx(request: CityRequest, poll_id: FromPath[UUID]) -> Response[Any]:
    """The whole turnout in one workbook."""
    poll, sheets = _sheets(request, poll_id)
    return _file(
        exports.xlsx_bytes(sheets),
        f"poll-{poll.number}-turnout.xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    )


def _file(content: bytes, name: str, media_type: str) -> Response[bytes]:
    return Response(
        content,
        media_type=media_type,
        headers={
            "content-disposition": f'attachment; filename="{name}"',
            "cache-control": "private, no-store",
        },
    )


HANDLERS: Final = (turnout_csv, turnout_xlsx)
