"""Language of pages: gettext catalogues, dates in the city's zone, nouns that agree."""

import gettext
import io
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any, Final
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from core.kit import text as nouns
from core.kit.text import DAYS, HOURS, MINUTES, Locale, Noun, Text, number

NOUNS: Final[Mapping[str, Noun]] = {
    name.lower(): value for name, value in vars(nouns).items() if isinstance(value, Noun)
}
_OTHER: Final[Locale] = "en"


@cache
def translations(locale: Locale) -> gettext.NullTranslations:
    """The catalogue of a language. Russian is the source and needs none."""
    if locale != _OTHER:
        return gettext.NullTranslations()
    source = files("core.web").joinpath("locale/en.po")
    if not source.is_file():
        return gettext.NullTranslations()
    compiled = io.BytesIO()
    with source.open("rb") as stream:
        write_mo(compiled, read_po(stream, locale=locale))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def day_text(day: date | datetime, locale: Locale, zone: ZoneInfo) -> str:
    """«14 июня 2026» / "14 June 2026"."""
    if isinstance(day, datetime):
        day = day.astimezone(zone).date()
    return format_date(day, "d MMMM y", locale=_babel(locale)).replace(" ", "\u00a0", 1)


def short_day_text(day: date | datetime, locale: Locale, zone: ZoneInfo) -> str:
    """«14 июня» / "14 June"."""
    if isinstance(day, datetime):
        day = day.astimezone(zone).date()
    return format_date(day, "d MMMM", locale=_babel(locale)).replace(" ", "\u00a0")


def moment_text(at: datetime, locale: Locale, zone: ZoneInfo) -> str:
    """«14 июня, 23:59» in the city's own time."""
    return format_datetime(at.astimezone(zone), "d MMMM, HH:mm", locale=_babel(locale)).replace(
        " ", "\u00a0", 1
    )


def deadline_text(end: datetime, locale: Locale, zone: ZoneInfo) -> str:
    """The last minute before an open right end: «14 июня, 23:59»."""
    return moment_text(end - timedelta(minutes=1), locale, zone)


def span_text(left: timedelta, locale: Locale) -> str:
    """How long something lasts or is left, in its largest unit: «6 дней»."""
    seconds = max(0, int(left.total_seconds()))
    if seconds >= 86_400:
        return DAYS.count(seconds // 86_400, locale)
    if seconds >= 3_600:
        return HOURS.count(seconds // 3_600, locale)
    return MINUTES.count(max(1, seconds // 60), locale)


def left_text(left: timedelta, locale: Locale) -> str:
    """«осталось 6 дней», «остался 1 день»: the verb agrees as well."""
    span = span_text(left, locale)
    if locale == "en":
        return f"{span} left"
    seconds = int(left.total_seconds())
    unit = 86_400 if seconds >= 86_400 else 3_600 if seconds >= 3_600 else 60
    n = max(1, seconds // unit)
    one = n % 10 == 1 and n % 100 != 11
    verb = "осталась" if unit == 60 and one else "остался" if one else "осталось"
    return f"{verb} {span}"


def _babel(locale: Locale) -> str:
    return "en_GB" if locale == "en" else "ru"


def filters(locale: Locale, zone_of: Callable[[Any], ZoneInfo]) -> dict[str, Any]:
    """Jinja filters for one language; `zone_of` finds the city's zone in a template's context."""
    from jinja2 import pass_context

    @pass_context
    def day(context: Any, value: date | datetime) -> str:
        return day_text(value, locale, zone_of(context))

    @pass_context
    def short_day(context: Any, value: date | datetime) -> str:
        return short_day_text(value, locale, zone_of(context))

    @pass_context
    def moment(context: Any, value: datetime) -> str:
        return moment_text(value, locale, zone_of(context))

    @pass_context
    def deadline(context: Any, value: datetime) -> str:
        return deadline_text(value, locale, zone_of(context))

    def count(value: int, noun: str) -> str:
        return NOUNS[noun].count(value, locale)

    def noun(value: int, name: str) -> str:
        return NOUNS[name].form(value, locale)

    def say(value: Text | str | None) -> str:
        return "" if value is None else value if isinstance(value, str) else value.in_(locale)

    def num(value: float) -> str:
        return number(value, locale)

    def percent(value: float) -> str:
        """A share from 0 to 1 as «46 %»."""
        return f"{number(round(value * 100), locale)}\u00a0%"

    return {
        "day": day,
        "short_day": short_day,
        "moment": moment,
        "deadline": deadline,
        "count": count,
        "noun": noun,
        "say": say,
        "num": num,
        "percent": percent,
        "span": lambda value: span_text(value, locale),
        "left": lambda value: left_text(value, locale),
    }
