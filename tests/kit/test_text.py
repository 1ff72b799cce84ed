"""Sentences and nouns that agree."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.kit.text import DAYS, RESIDENTS, Noun, Text, number


@pytest.mark.parametrize(
    ("n", "ru", "en"),
    [
        (0, "0 дней", "0 days"),
        (1, "1 день", "1 day"),
        (2, "2 дня", "2 days"),
        (5, "5 дней", "5 days"),
        (11, "11 дней", "11 days"),
        (12, "12 дней", "12 days"),
        (21, "21 день", "21 days"),
        (45, "45 дней", "45 days"),
        (101, "101 день", "101 days"),
        (112, "112 дней", "112 days"),
    ],
)
def test_a_noun_agrees_with_its_number(n, ru, en):
    assert DAYS.count(n, "ru").replace("\u00a0", " ") == ru
    assert DAYS.count(n, "en").replace("\u00a0", " ") == en


def test_thousands_are_grouped():
    assert RESIDENTS.count(11772, "ru") == "11\u00a0772\u00a0жителя"
    assert number(11772, "en") == "11,772"


@given(st.integers(min_value=0, max_value=10**9))
def test_every_number_finds_a_form(n):
    noun = Noun(ru=("один", "мало", "много"), en=("one", "many"))
    last, hundred = n % 10, n % 100
    form = noun.form(n, "ru")
    assert (form == "один") == (last == 1 and hundred != 11)
    assert (form == "мало") == (2 <= last <= 4 and not 12 <= hundred <= 14)


def test_values_differ_by_language():
    text = Text(ru="Нужно {n}.", en="{n} needed.").with_values({"n": DAYS.text(2)})
    assert text.in_("ru") == "Нужно 2\u00a0дня."
    assert text.in_("en") == "2\u00a0days needed."


def test_a_missing_value_is_an_error():
    with pytest.raises(KeyError):
        Text(ru="{a}", en="{a}").format(b=1)
