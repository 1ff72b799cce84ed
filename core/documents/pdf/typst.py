"""Typst's own words: whatever comes from a document enters as a quoted string, so that nothing in
it can be taken for markup or code."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

_LONG_WORD: Final = 24
_BREAKABLE: Final = re.compile(r"(?<=[/.?&=,;:@+_-])(?=[^/.?&=,;:@+_\s-])")
_ZERO_WIDTH_SPACE: Final = "\u200b"


def quoted(text: str) -> str:
    """A string literal."""
    plain = "".join(sign for sign in text if sign >= " " and not "\ud800" <= sign <= "\udfff")
    return '"' + plain.replace("\\", "\\\\").replace('"', '\\"') + '"'


def breakable(text: str) -> str:
    """Text in which words that no line could hold, such as addresses, may be divided."""
    if len(text) <= _LONG_WORD:
        return text
    return " ".join(_divided(word) for word in text.split(" "))


def _divided(word: str) -> str:
    if len(word) <= _LONG_WORD or not word.strip("_"):
        return word
    pieces = []
    for piece in _BREAKABLE.split(word):
        pieces += [piece[n : n + _LONG_WORD] for n in range(0, len(piece), _LONG_WORD)]
    return _ZERO_WIDTH_SPACE.join(pieces)


def length(points: float) -> str:
    return f"{points:.2f}".rstrip("0").rstrip(".") + "pt"


def call(function: str, *content: str, **named: str | None) -> str:
    """A call; names are written with hyphens, and what is None is left out."""
    arguments = [
        f"{key.rstrip('_').replace('_', '-')}: {value}"
        for key, value in named.items()
        if value is not None
    ]
    return f"{function}({', '.join([*arguments, *content])})"


def dictionary(values: Mapping[str, str]) -> str:
    return "(" + ", ".join(f"{key}: {value}" for key, value in values.items()) + ")"


def array(values: Iterable[str]) -> str:
    return "(" + "".join(f"{value}, " for value in values) + ")"


def joined(pieces: Iterable[str]) -> str:
    """Several pieces of content as one expression."""
    return "{\n" + "\n".join(pieces) + "\n}"
