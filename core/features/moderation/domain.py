"""Pure values of the pages of moderation: nouns, parts of the queue, what changed in a text."""

import re
from collections.abc import Mapping
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Final, Literal

import msgspec

from core.kit.text import Noun, Text

ITEMS: Final = Noun(ru=("запись", "записи", "записей"), en=("item", "items"))
LETTERS: Final = Noun(ru=("письмо", "письма", "писем"), en=("letter", "letters"))
REFUSALS: Final = Noun(ru=("отказ", "отказа", "отказов"), en=("refusal", "refusals"))
PUBLICATIONS: Final = Noun(
    ru=("публикация", "публикации", "публикаций"), en=("publication", "publications")
)
MARKS: Final = Noun(ru=("пометка", "пометки", "пометок"), en=("mark", "marks"))


class View(StrEnum):
    """A part of the queue."""

    WAITING = "waiting"
    LOOKS = "looks"
    LETTERS = "letters"


VIEW_LABELS: Final[Mapping[View, Text]] = {
    View.WAITING: Text(ru="Ждут проверки", en="Waiting"),
    View.LOOKS: Text(ru="Просят посмотреть ещё раз", en="Second looks"),
    View.LETTERS: Text(ru="Письма на согласовании", en="Letters to approve"),
}


class Change(msgspec.Struct, frozen=True):
    """A stretch of text that stayed, was added or was taken out."""

    kind: Literal["same", "added", "removed"]
    text: str


_WORDS: Final = re.compile(r"\s+|[^\s]+")


def changes(before: str, after: str) -> tuple[Change, ...]:
    """What an editor changed, by words; white space goes with the word it follows."""
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    found: list[Change] = []
    for tag, i, j, k, m in SequenceMatcher(a=old, b=new, autojunk=False).get_opcodes():
        if tag == "equal":
            found.append(Change("same", "".join(old[i:j])))
            continue
        if i < j:
            found.append(Change("removed", "".join(old[i:j])))
        if k < m:
            found.append(Change("added", "".join(new[k:m])))
    return tuple(found)
