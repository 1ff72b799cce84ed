"""The calendar of terms: a month on a page, and a feed for people's own calendar programs."""

import calendar as months
from datetime import date, datetime, timedelta
from typing import Any, Final

import msgspec
from babel.dates import format_date
from icalendar import Alarm, Calendar, Event
from litestar import Response, get

from core.deadlines import register
from core.deadlines.calendar import NamedDay, calendar_of, named_days
from core.deadlines.register import EVERYBODY, ObligationView
from core.features.desk import queries, service
from core.features.desk.web.lines import Line, line
from core.features.desk.web.overview import ENTER
from core.identity import access, staff
from core.kit.actor import Anonymous
from core.kit.errors import NotFound
from core.kit.text import Locale, Text
from core.tenancy.tenant import Tenant
from core.web.pages import redirect, render
from core.web.request import CityRequest
from core.web.routes import action, page
from core.work import Work

_YEARS: Final = range(2010, 2101)
_FED_BACK: Final = timedelta(days=60)
_SHOWN_IN_CELL: Final = 3


class Day(msgspec.Struct, frozen=True):
    """A day of the month as it is drawn."""

    on: date
    within: bool
    working: bool
    today: bool
    named: NamedDay | None
    lines: tuple[Line, ...]

    @property
    def more(self) -> int:
        return max(0, len(self.lines) - _SHOWN_IN_CELL)


@page("/desk/calendar")
def month(request: CityRequest) -> Response[Any]:
    """A month with its working days and what is due in it."""
    locale = request.locale
    with request.work() as work:
        access.require(work, ENTER)
        everybody = access.may(work, queries.VIEW)
        view = request.query_params.get("whose", "mine")
        if view not in ("mine", "all"):
            raise NotFound
        if view == "all":
            access.require(work, queries.VIEW)
        first = _month(request.query_params.get("month"), work.today)
        shown = list(months.Calendar().itermonthdates(first.year, first.month))
        found = register.of_month(
            work.session,
            EVERYBODY if view == "all" else queries.mine(work),
            first=shown[0],
            last=shown[-1],
        )
        days = _days(work, shown, first, found)
        token = service.feed_token(work)
        return render(
            request,
            "desk/calendar.html",
            work=work,
            view=view,
            title=_title(first, locale),
            weekdays=[
                format_date(one.on, "EEE", locale="ru" if locale == "ru" else "en_GB")
                for one in days[:7]
            ],
            weeks=[days[start : start + 7] for start in range(0, len(days), 7)],
            agenda=[
                day
                for day in days
                if day.within and (day.lines or day.named is not None or day.today)
            ],
            owed=len([one for one in found if first <= one.due_on <= _last(first)]),
            most=_SHOWN_IN_CELL,
            previous=_address(_shifted(first, -1), view),
            next=_address(_shifted(first, 1), view),
            now=_address(work.today.replace(day=1), view),
            this_month=first == work.today.replace(day=1),
            tabs=[
                {
                    "href": _address(first, "mine"),
                    "label": _MINE.in_(locale),
                    "current": view == "mine",
                },
                {
                    "href": _address(first, "all"),
                    "label": _ALL.in_(locale),
                    "current": view == "all",
                },
            ]
            if everybody
            else [],
            feed=_url(request, f"/desk/calendar.ics?token={token}") if token else None,
        )


def _url(request: CityRequest, path: str) -> str:
    return request.runtime.settings.url_of(request.place.host, path)


def _month(asked: str | None, today: date) -> date:
    if not asked:
        return today.replace(day=1)
    year, mark, number = asked.partition("-")
    if not (mark and year.isascii() and year.isdigit() and number.isascii() and number.isdigit()):
        raise NotFound
    if len(asked) > 7 or int(year) not in _YEARS or not 1 <= int(number) <= 12:
        raise NotFound
    return date(int(year), int(number), 1)


def _shifted(first: date, by: int) -> date | None:
    number = first.year * 12 + first.month - 1 + by
    year, month = divmod(number, 12)
    return date(year, month + 1, 1) if year in _YEARS else None


def _last(first: date) -> date:
    return first.replace(day=months.monthrange(first.year, first.month)[1])


def _address(first: date | None, view: str) -> str | None:
    if first is None:
        return None
    whose = "" if view == "mine" else "&whose=all"
    return f"/desk/calendar?month={first:%Y-%m}{whose}"


def _title(first: date, locale: Locale) -> str:
    words = format_date(first, "LLLL y", locale="ru" if locale == "ru" else "en_GB")
    return words[:1].upper() + words[1:]


def _days(
    work: Work, shown: list[date], first: date, found: tuple[ObligationView, ...]
) -> list[Day]:
    years = {one.year for one in shown}
    working = calendar_of(work.tenant, years)
    named = named_days(work.tenant, years)
    due: dict[date, list[Line]] = {}
    for one in found:
        due.setdefault(one.due_on, []).append(line(work, one))
    return [
        Day(
            on=one,
            within=one.month == first.month,
            working=working.is_working(one),
            today=one == work.today,
            named=named.get(one),
            lines=tuple(due.get(one, ())),
        )
        for one in shown
    ]


@action("/desk/calendar")
def renew(request: CityRequest) -> Response[Any]:
    """A new secret address of the feed; programs that know the old one get nothing any more."""
    with request.work(person=False) as work:
        access.require(work, ENTER)
        service.renew_feed(work)
    return redirect(request, "/desk/calendar#feed", flash=("good", _RENEWED.in_(request.locale)))


@get("/desk/calendar.ics", sync_to_thread=True, include_in_schema=False)
def feed(request: CityRequest) -> Response[bytes]:
    """The terms of the one whose secret address this is; no session is needed, or any use."""
    token = request.query_params.get("token", "")
    if not token.isascii() or len(token) > 100:
        raise NotFound
    tenant = request.tenant
    with request.runtime.work(tenant, Anonymous()) as work:
        owner = service.feed_owner(work, token)
        actor = staff.load_staff_actor(work, owner) if owner is not None else None
        if actor is None:
            raise NotFound
        work.actor = actor
        if not access.may(work, ENTER):
            raise NotFound
        found = register.owed(work.session, queries.mine(work), first=work.today - _FED_BACK)
        body = ics(tenant, found, now=work.now, url=_url(request, "/desk/tasks"))
    return Response(
        body,
        media_type="text/calendar; charset=utf-8",
        headers={
            "cache-control": "private, no-store",
            "content-disposition": 'inline; filename="tasks.ics"',
            "x-robots-tag": "noindex",
        },
    )


def ics(tenant: Tenant, found: tuple[ObligationView, ...], *, now: datetime, url: str) -> bytes:
    """Obligations as days in the format of RFC 5545."""
    locale = tenant.locale
    kinds = queries.kinds()
    made = Calendar()
    made.add("prodid", "-//Veche//Deadlines//RU")
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    made.add("x-wr-calname", _CALENDAR.format(city=tenant.product(locale)).in_(locale))
    made.add("x-wr-timezone", tenant.profile.timezone)
    made.add("x-published-ttl", "PT1H")
    for one in found:
        event = Event()
        event.add("uid", f"{one.id}@{tenant.slug}")
        event.add("dtstamp", now)
        event.add("dtstart", one.due_on)
        event.add("dtend", one.due_on + timedelta(days=1))
        event.add("summary", one.title.in_(locale))
        kind = kinds.get(one.kind)
        grounds = "; ".join(
            dict.fromkeys(
                str(clause["citation"])
                for reason in one.reasons
                for clause in reason.get("clauses", ())
                if isinstance(clause, dict) and "citation" in clause
            )
        )
        event.add(
            "description",
            "\n".join(
                part for part in (kind.closed_by.in_(locale) if kind else "", grounds) if part
            ),
        )
        event.add("url", f"{url}/{one.id}")
        event.add("sequence", one.version)
        event.add("transp", "TRANSPARENT")
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", one.title.in_(locale))
        alarm.add("trigger", _MORNING)
        event.add_component(alarm)
        made.add_component(event)
    return bytes(made.to_ical())


_MORNING: Final = timedelta(hours=9)
_MINE = Text(ru="Мои сроки", en="My terms")
_ALL = Text(ru="Все сроки", en="All terms")
_RENEWED = Text(
    ru="Адрес готов. Если был прежний, он больше не работает.",
    en="The address is ready. An older one, if any, no longer works.",
)
_CALENDAR = Text(ru="Сроки, «{city}»", en="Terms, {city}")

HANDLERS: Final = (month, renew, feed)
