"""Marks on a text for the moderator's eye: rude words, personal data, links, capitals.

Hints, never verdicts: nothing here hides or refuses anything. Pure and free of the city's data; the
dictionary is loaded when a text is first looked at, which the worker does and no page.
"""

import re
import tomllib
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

import msgspec

from core.kit.text import Text
from core.moderation.domain import Mark

LABELS: Final[dict[str, Text]] = {
    "obscene": Text(ru="возможно, брань", en="may be obscene"),
    "phone": Text(ru="номер телефона", en="phone number"),
    "passport": Text(ru="номер паспорта", en="passport number"),
    "snils": Text(ru="СНИЛС", en="SNILS number"),
    "email": Text(ru="адрес почты", en="e-mail address"),
    "card": Text(ru="номер карты", en="card number"),
    "link": Text(ru="ссылка на другой сайт", en="link to another site"),
    "advert": Text(ru="возможно, реклама", en="may be advertising"),
    "capitals": Text(ru="набрано прописными", en="typed in capitals"),
}
"""What each kind of mark is called in the legend, in the order of the legend."""

MOST_MARKS: Final = 200
_LONGEST: Final = 20_000
_WORD: Final = re.compile(r"[^\W_]+(?:[*@#$]+[^\W_]*)*")
_SPACED: Final = re.compile(r"(?<!\w)[^\W\d_](?:[ .\-_*][^\W\d_]){2,11}(?!\w)")
_CYRILLIC: Final = re.compile(r"[а-яё]")
_ALIKE: Final = str.maketrans(
    {
        "a": "а",
        "b": "в",
        "c": "с",
        "e": "е",
        "h": "н",
        "k": "к",
        "m": "м",
        "o": "о",
        "p": "р",
        "t": "т",
        "u": "и",
        "x": "х",
        "y": "у",
        "0": "о",
        "3": "з",
        "6": "б",
        "@": "а",
    }
)
_EMAIL: Final = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}")
_URL: Final = re.compile(
    r"(?i)(?<![\w@.-])(?:"
    r"(?:https?://|www\.)[^\s<>«»\"']{3,200}"
    r"|(?:[a-zа-яё0-9](?:[a-zа-яё0-9-]{0,61}[a-zа-яё0-9])?\.){1,4}"
    r"(?:ru|рф|рус|su|com|net|org|info|biz|me|io|shop|store|site|online|app|gg|ly|cc)"
    r"(?![\w-])(?:/[^\s<>«»\"']{0,200})?)"
)
_SNILS: Final = re.compile(r"(?<![\d-])\d{3}[- ]?\d{3}[- ]?\d{3}[- ]?\d{2}(?![\d-])")
_PHONE: Final = re.compile(
    r"(?<![\d+№.,-])(?:(?:\+7|8|7)(?:[\s()-]{0,2}\d){10}"
    r"|9\d{2}[\s)-]{0,2}\d{3}[\s-]?\d{2}[\s-]?\d{2})(?![\d-])"
)
_CARD: Final = re.compile(r"(?<![\d-])\d{4}(?:[ -]?\d{4}){3}(?:[ -]?\d{1,3})?(?![\d-])")
_PASSPORT: Final = re.compile(r"(?<![\d-])\d{2}\s\d{2}\s(?:№\s?|номер\s)?\d{6}(?![\d-])")
_PASSPORT_NAMED: Final = re.compile(
    r"(?i)паспорт[а-яё]*[^\d]{0,40}(\d{2}\s?\d{2}[\s,]{0,2}(?:№\s?|номер:?\s)?\d{6})(?!\d)"
)
_ADVERT: Final = re.compile(
    r"(?i)\b(?:промокод\w*|кешбэк\w*|кэшбэк\w*|подписывай(?:тесь|ся) на|переходи(?:те)? по ссылке"
    r"|звоните прямо сейчас|заказывайте (?:у нас|на сайте)|скидк[аиу] (?:до )?\d{1,2} ?%)"
)
_CAPITALS: Final = re.compile(r"\b[А-ЯЁA-Z]{3,}\b(?:[\s,.!?:;–—-]{1,3}[А-ЯЁA-Z]+\b)+[!?]*")
_FEWEST_WORDS: Final = 3


class _Words(msgspec.Struct, frozen=True):
    """The list of rude words as the data file has it."""

    forms: frozenset[str]
    prefixes: tuple[str, ...]
    stems: tuple[str, ...]
    open_stems: tuple[str, ...]
    allowed: frozenset[str]


def marks(text: str, *, own_hosts: Sequence[str] = ()) -> tuple[Mark, ...]:
    """Everything worth a second look, in the order of the text; marks never overlap.

    Addresses on `own_hosts` and below them are not links to another site.
    """
    text = text[:_LONGEST]
    found: list[Mark] = []
    for look in _looks(own_hosts):
        for mark in look(text):
            if all(mark.end <= one.start or one.end <= mark.start for one in found):
                found.append(mark)
            if len(found) == MOST_MARKS:
                break
    return tuple(sorted(found, key=lambda mark: mark.start))


def _looks(own_hosts: Sequence[str]) -> tuple[Callable[[str], Iterator[Mark]], ...]:
    """In the order of what wins where two would overlap."""
    return (
        _emails,
        lambda text: _links(text, own_hosts),
        _snils,
        _cards,
        _passports,
        _phones,
        _obscene,
        lambda text: (Mark(*one.span(), "advert") for one in _ADVERT.finditer(text)),
        _capitals,
    )


def _emails(text: str) -> Iterator[Mark]:
    for one in _EMAIL.finditer(text):
        yield Mark(*one.span(), "email")


def _links(text: str, own_hosts: Sequence[str]) -> Iterator[Mark]:
    for one in _URL.finditer(text):
        address = one.group().rstrip(".,!?:;)")
        host = re.sub(r"(?i)^(?:https?://)?(?:www\.)?", "", address).partition("/")[0].lower()
        host = host.partition(":")[0]
        if any(host == own or host.endswith("." + own) for own in own_hosts):
            continue
        yield Mark(one.start(), one.start() + len(address), "link")


def _snils(text: str) -> Iterator[Mark]:
    for one in _SNILS.finditer(text):
        if is_snils(one.group()):
            yield Mark(*one.span(), "snils")


def is_snils(number: str) -> bool:
    """Whether the last two digits are the check sum of the first nine."""
    digits = [int(sign) for sign in number if sign.isdigit()]
    if len(digits) != 11 or not any(digits[:9]):
        return False
    total = sum(digit * place for digit, place in zip(digits, range(9, 0, -1), strict=False))
    check = total % 101 % 100
    return check == digits[9] * 10 + digits[10]


def _cards(text: str) -> Iterator[Mark]:
    for one in _CARD.finditer(text):
        if is_card(one.group()):
            yield Mark(*one.span(), "card")


def is_card(number: str) -> bool:
    """Whether a number passes the check of payment cards (Luhn)."""
    digits = [int(sign) for sign in number if sign.isdigit()]
    if not 16 <= len(digits) <= 19 or not any(digits):
        return False
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = digit * 2 if place % 2 else digit
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0


def _passports(text: str) -> Iterator[Mark]:
    for one in _PASSPORT_NAMED.finditer(text):
        yield Mark(*one.span(1), "passport")
    for one in _PASSPORT.finditer(text):
        yield Mark(*one.span(), "passport")


def _phones(text: str) -> Iterator[Mark]:
    for one in _PHONE.finditer(text):
        yield Mark(*one.span(), "phone")


def _capitals(text: str) -> Iterator[Mark]:
    for one in _CAPITALS.finditer(text):
        # Abbreviations have few vowels: «ГИБДД МВД РФ» is not shouting.
        words = [
            word
            for word in re.findall(r"[А-ЯЁA-Z]{4,}", one.group())
            if len(re.findall("[АЕЁИОУЫЭЮЯAEIOUY]", word)) >= 2
        ]
        if len(words) >= _FEWEST_WORDS:
            yield Mark(*one.span(), "capitals")


def _obscene(text: str) -> Iterator[Mark]:
    for one in _WORD.finditer(text):
        if is_obscene(one.group()):
            yield Mark(*one.span(), "obscene")
    for one in _SPACED.finditer(text):
        letters = re.sub(r"[^\w]|_", "", one.group()).lower().replace("ё", "е")
        if letters in _list().forms:
            yield Mark(*one.span(), "obscene")


def is_obscene(word: str) -> bool:
    """Whether a word is a form of a listed one, or unknown and built on a stem."""
    plain = word.lower().replace("ё", "е")
    if not _CYRILLIC.search(plain) or len(plain) < 3:
        return False
    if re.search(r"[*@#$]", plain) and _masked(plain):
        return True
    plain = plain.translate(_ALIKE)
    plain = re.sub(r"[*#$]+", "", plain)
    return _is_listed(plain) or (
        (short := re.sub(r"(.)\1{2,}", r"\1", plain)) != plain and _is_listed(short)
    )


def _is_listed(plain: str) -> bool:
    words = _list()
    if plain in words.allowed:
        return False
    if plain in words.forms:
        return True
    morph = _morph()
    if morph.word_is_known(plain):
        return any(
            one.normal_form.replace("ё", "е") in words.forms
            for one in morph.parse(plain)
            if one.is_known
        )
    return _stems().match(plain) is not None


def _masked(plain: str) -> bool:
    """«х*й»: letters are given away by what is left."""
    letters = re.sub(r"[^а-я]", "", plain)
    if len(letters) < 2 or plain.endswith(("*", "#", "@", "$")):
        return False
    pattern = re.compile(
        "".join(
            f"[а-я]{{1,{len(part) + 1}}}" if part[0] in "*@#$" else re.escape(part)
            for part in re.findall(r"[*@#$]+|[^*@#$]+", plain)
        )
    )
    return any(pattern.fullmatch(form) for form in _list().forms)


@cache
def _list() -> _Words:
    source = Path(__file__).with_name("obscene.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(source), _Words)


@cache
def _stems() -> re.Pattern[str]:
    words = _list()
    longest_first = sorted(words.prefixes, key=len, reverse=True)
    open_ones = [one for one in longest_first if one[-1] in "аеиоуыъ"]
    return re.compile(
        f"(?:{'|'.join(longest_first)})?(?:{'|'.join(words.stems)})"
        f"|(?:{'|'.join(open_ones)})?(?:{'|'.join(words.open_stems)})"
    )


@cache
def _morph() -> Any:
    import pymorphy3

    return pymorphy3.MorphAnalyzer(lang="ru")


class Segment(msgspec.Struct, frozen=True):
    """A stretch of text, with the kind of its mark or none."""

    text: str
    kind: str | None


def segments(text: str, found: Sequence[Mark], *, start: int = 0) -> tuple[Segment, ...]:
    """A part of the looked-at text that begins at `start`, cut at its marks, for showing it."""
    parts: list[Segment] = []
    place = start
    end = start + len(text)
    for mark in sorted(found, key=lambda one: one.start):
        first, last = max(mark.start, place), min(mark.end, end)
        if first >= last:
            continue
        if first > place:
            parts.append(Segment(text[place - start : first - start], None))
        parts.append(Segment(text[first - start : last - start], mark.kind))
        place = last
    if place < end:
        parts.append(Segment(text[place - start :], None))
    return tuple(parts)


def looked_at(title: str, body: str) -> tuple[str, int]:
    """The text that marks count in, and where the body begins in it."""
    return f"{title}\n{body}", len(title) + 1
