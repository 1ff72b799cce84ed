"""Values in words."""

from datetime import date
from decimal import Decimal

import msgspec
import pytest

from core.kit.level import Level
from core.kit.text import DAYS, Text
from core.rules.wording import day_text, placeholders, shown
from tests.rules.sample import COLOURS, Colour, text


class Titled(msgspec.Struct, frozen=True):
    title: str


class Untitled(msgspec.Struct, frozen=True):
    n: int


LABELS = {colour.value: label for colour, label in COLOURS.items()}


@pytest.mark.parametrize(
    ("value", "ru", "en"),
    [
        (None, "не задано", "not set"),
        (True, "да", "yes"),
        (False, "нет", "no"),
        (Colour.RED, "красный", "red"),
        ("green", "зелёный", "green"),
        ("blue", "blue", "blue"),
        (21, "21\u00a0день", "21\u00a0days"),
        (Decimal("1234.50"), "1\u00a0234,5", "1,234.5"),
        (date(2026, 6, 14), "14 июня 2026", "14 June 2026"),
        (text("X"), "X (по-русски)", "X"),
        (Titled("Группа"), "Группа", "Группа"),
        (Untitled(1), "Untitled(n=1)", "Untitled(n=1)"),
        ((2, 3), "2\u00a0дня, 3\u00a0дня", "2\u00a0days, 3\u00a0days"),
        (frozenset({"red", "green"}), "зелёный, красный", "green, red"),
        ((), "ничего", "nothing"),
    ],
)
def test_shown(value: object, ru: str, en: str) -> None:
    assert shown(value, DAYS, LABELS) == Text(ru=ru, en=en)


def test_without_unit_and_labels() -> None:
    assert shown(11772).ru == "11\u00a0772"
    assert shown(Level.NONE).en == "none"


def test_what_cannot_be_said_is_an_error() -> None:
    with pytest.raises(TypeError, match="object"):
        shown(object())


def test_days_and_placeholders() -> None:
    assert day_text(date(2026, 1, 1)).en == "1 January 2026"
    assert placeholders(Text(ru="{a} и {b}", en="{a} and {c}, {{d}}")) == {"a", "b", "c"}
