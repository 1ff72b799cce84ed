"""Bilingual wording: sentences with named values, and nouns that agree with a number."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final, Literal

import msgspec
from babel.numbers import format_decimal
from babel.plural import PluralRule

Locale = Literal["ru", "en"]
DEFAULT_LOCALE: Final[Locale] = "ru"

# CLDR cardinal rules for whole numbers; fractions take the last form in both languages.
_RULES: Final[dict[Locale, PluralRule]] = {
    "ru": PluralRule(
        {
            "one": "v = 0 and i % 10 = 1 and i % 100 != 11",
            "few": "v = 0 and i % 10 = 2..4 and i % 100 != 12..14",
        }
    ),
    "en": PluralRule({"one": "i = 1 and v = 0"}),
}


class Text(msgspec.Struct, frozen=True):
    """One sentence or label in every language of the product; `{name}` marks a value."""

    ru: str
    en: str

    def in_(self, locale: Locale) -> str:
        return self.ru if locale == "ru" else self.en

    def format(self, **values: object) -> "Text":
        """The same text with its values put in; a missing value is a KeyError."""
        return Text(ru=self.ru.format_map(values), en=self.en.format_map(values))

    def with_values(self, values: Mapping[str, "Text | str"]) -> "Text":
        """Like `format`, but each value may itself differ by language."""
        return Text(
            ru=self.ru.format_map({k: _in(v, "ru") for k, v in values.items()}),
            en=self.en.format_map({k: _in(v, "en") for k, v in values.items()}),
        )


def _in(value: "Text | str", locale: Locale) -> str:
    return value.in_(locale) if isinstance(value, Text) else value


class Noun(msgspec.Struct, frozen=True):
    """A countable noun: Russian forms for 1, 2–4, 5–20 and English forms for 1, many."""

    ru: tuple[str, str, str]
    en: tuple[str, str]

    def form(self, n: int, locale: Locale) -> str:
        category = _RULES[locale](n)
        if locale == "en":
            return self.en[0 if category == "one" else 1]
        return self.ru[{"one": 0, "few": 1}.get(category, 2)]

    def count(self, n: int, locale: Locale) -> str:
        """«11 772 жителя», with a no-break space between number and noun."""
        return f"{number(n, locale)}\u00a0{self.form(n, locale)}"

    def text(self, n: int) -> Text:
        return Text(ru=self.count(n, "ru"), en=self.count(n, "en"))


@lru_cache(4096)
def number(n: int | float, locale: Locale) -> str:
    """A number with the language's own grouping («11 772», "11,772")."""
    return format_decimal(n, locale=locale).replace("\u202f", "\u00a0")


DAYS: Final = Noun(ru=("день", "дня", "дней"), en=("day", "days"))
HOURS: Final = Noun(ru=("час", "часа", "часов"), en=("hour", "hours"))
MINUTES: Final = Noun(ru=("минута", "минуты", "минут"), en=("minute", "minutes"))
YEARS: Final = Noun(ru=("год", "года", "лет"), en=("year", "years"))
RESIDENTS: Final = Noun(ru=("житель", "жителя", "жителей"), en=("resident", "residents"))
POINTS: Final = Noun(ru=("балл", "балла", "баллов"), en=("point", "points"))
VOTES: Final = Noun(ru=("голос", "голоса", "голосов"), en=("vote", "votes"))
POLLS: Final = Noun(ru=("опрос", "опроса", "опросов"), en=("poll", "polls"))
QUESTIONS: Final = Noun(ru=("вопрос", "вопроса", "вопросов"), en=("question", "questions"))
ANSWERS: Final = Noun(ru=("вариант", "варианта", "вариантов"), en=("option", "options"))
PEOPLE: Final = Noun(ru=("человек", "человека", "человек"), en=("person", "people"))
