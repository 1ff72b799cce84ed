"""The numbers and marks of list items, counted as Word counts them."""

from typing import Final

from core.documents.pdf.styles import ParagraphLook, with_paragraph
from core.documents.pdf.wml import Element, attribute, child, children, number

_RUSSIAN: Final = "абвгдежзиклмнопрстуфхцчшщэюя"
_LATIN: Final = "abcdefghijklmnopqrstuvwxyz"
_ROMAN: Final = (
    (1000, "m"),
    (900, "cm"),
    (500, "d"),
    (400, "cd"),
    (100, "c"),
    (90, "xc"),
    (50, "l"),
    (40, "xl"),
    (10, "x"),
    (9, "ix"),
    (5, "v"),
    (4, "iv"),
    (1, "i"),
)
_MOST_LEVELS: Final = 9


class Lists:
    """The lists of a document, and how far each has counted."""

    def __init__(self, root: Element | None) -> None:
        abstract = {attribute(one, "abstractNumId"): one for one in children(root, "abstractNum")}
        self._lists: dict[str, Element] = {}
        for one in children(root, "num"):
            key, of = attribute(one, "numId"), attribute(child(one, "abstractNumId"))
            if key is not None and of in abstract:
                self._lists[key] = abstract[of]
        self._counted: dict[str, list[int]] = {}

    def _level(self, list_id: str, level: int) -> Element | None:
        return next(
            (
                one
                for one in children(self._lists.get(list_id), "lvl")
                if attribute(one, "ilvl") == str(level)
            ),
            None,
        )

    def look(self, look: ParagraphLook, own: Element | None) -> ParagraphLook:
        """The look of a list item: the level's indents hold unless the paragraph has its own."""
        if look.list_id is None:
            return look
        level = self._level(look.list_id, look.list_level)
        return with_paragraph(with_paragraph(look, child(level, "pPr")), own)

    def label(self, look: ParagraphLook) -> str | None:
        """The next label of the paragraph's list; None for a paragraph in no list."""
        if look.list_id is None or not 0 <= look.list_level < _MOST_LEVELS:
            return None
        level = self._level(look.list_id, look.list_level)
        if level is None:
            return None
        starts = [self._start(look.list_id, n) for n in range(_MOST_LEVELS)]
        counted = self._counted.setdefault(look.list_id, [start - 1 for start in starts])
        counted[look.list_level] += 1
        for deeper in range(look.list_level + 1, _MOST_LEVELS):
            counted[deeper] = starts[deeper] - 1
        text = attribute(child(level, "lvlText")) or ""
        if attribute(child(level, "numFmt")) == "bullet":
            return "•" if not text or ord(text[0]) >= 0xE000 else text
        for n in range(_MOST_LEVELS):
            if f"%{n + 1}" in text:
                kind = attribute(child(self._level(look.list_id, n), "numFmt")) or "decimal"
                shown = max(counted[n], starts[n])
                text = text.replace(f"%{n + 1}", numeral(shown, kind))
        return text

    def _start(self, list_id: str, level: int) -> int:
        return int(number(attribute(child(self._level(list_id, level), "start"))) or 1)


def numeral(n: int, kind: str) -> str:
    """A number in one of Word's formats; what is not known is written in digits."""
    match kind:
        case "lowerLetter" | "upperLetter":
            text = _LATIN[(n - 1) % len(_LATIN)] * (1 + (n - 1) // len(_LATIN))
        case "russianLower" | "russianUpper":
            text = _RUSSIAN[(n - 1) % len(_RUSSIAN)] * (1 + (n - 1) // len(_RUSSIAN))
        case "lowerRoman" | "upperRoman":
            text = ""
            for value, sign in _ROMAN:
                text += sign * (n // value)
                n %= value
        case "none":
            return ""
        case _:
            return str(n)
    return text.upper() if kind.startswith("upper") or kind.endswith("Upper") else text
