"""How values are spoken of: numbers with their nouns, days, options, and sentences with values."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from string import Formatter
from typing import Final

import msgspec
from babel.dates import format_date

from core.kit.text import Noun, Text, number

YES: Final = Text(ru="да", en="yes")
NO: Final = Text(ru="нет", en="no")
NOT_SET: Final = Text(ru="не задано", en="not set")


@lru_cache(maxsize=4096)
def day_text(day: date) -> Text:
    """«14 июня 2026», "14 June 2026"."""
    return Text(
        ru=format_date(day, "d MMMM y", locale="ru"), en=format_date(day, "d MMMM y", locale="en")
    )


@lru_cache(maxsize=4096)
def number_text(value: int | Decimal, unit: Noun | None = None) -> Text:
    """A number, with its noun in the right form if it has a unit."""
    if unit is None or isinstance(value, Decimal):
        return Text(ru=number(value, "ru"), en=number(value, "en"))
    return unit.text(value)


def shown(
    value: object, unit: Noun | None = None, labels: Mapping[str, Text] | None = None
) -> Text:
    """A value of a parameter or fact in words."""
    match value:
        case None:
            return NOT_SET
        case Text():
            return value
        case bool():
            return YES if value else NO
        case Enum():
            return _labelled(str(value.value), labels)
        case str():
            return _labelled(value, labels)
        case int() | Decimal():
            return number_text(value, unit)
        case date():
            return day_text(value)
        case msgspec.Struct():
            title = getattr(value, "title", None)
            return shown(title if title is not None else repr(value))
        case frozenset():
            return _listed([shown(item, unit, labels) for item in sorted(value, key=repr)])
        case tuple():
            return _listed([shown(item, unit, labels) for item in value])
    raise TypeError(f"a rule cannot speak of a {type(value).__name__}")


def _labelled(value: str, labels: Mapping[str, Text] | None) -> Text:
    found = labels.get(value) if labels else None
    return found or Text(ru=value, en=value)


def _listed(items: list[Text]) -> Text:
    if not items:
        return Text(ru="ничего", en="nothing")
    return Text(ru=", ".join(i.ru for i in items), en=", ".join(i.en for i in items))


@lru_cache(maxsize=4096)
def placeholders(text: Text) -> frozenset[str]:
    """The names a sentence asks for, in either language."""
    return frozenset(
        name
        for wording in (text.ru, text.en)
        for _, name, _, _ in Formatter().parse(wording)
        if name
    )
