"""How a paragraph or a run looks once all that says so has been asked: the document's defaults,
the chain of styles, the thing itself."""

import re
from typing import Any, Final

import msgspec

from core.documents.pdf.wml import (
    Element,
    attribute,
    child,
    children,
    is_on,
    number,
    points,
)

_COLOUR: Final = re.compile("[0-9A-Fa-f]{6}")
_MONO: Final = ("mono", "courier", "consolas")


class RunLook(msgspec.Struct, frozen=True):
    """The look of letters; `size` in points."""

    bold: bool = False
    italic: bool = False
    underline: bool = False
    strike: bool = False
    caps: bool = False
    small_caps: bool = False
    hidden: bool = False
    mono: bool = False
    size: float = 10
    colour: str | None = None
    height: str | None = None


class Line(msgspec.Struct, frozen=True):
    """A border: its width in points and its colour."""

    width: float
    colour: str = "000000"


class ParagraphLook(msgspec.Struct, frozen=True):
    """The look of a paragraph, in points. `first` is the first line's indent (negative: hanging);
    `line` the height of lines: a multiple, or an exact or least height in points."""

    align: str = "left"
    left: float = 0
    right: float = 0
    first: float = 0
    before: float = 0
    after: float = 0
    line: float = 1
    line_rule: str = "auto"
    keep_next: bool = False
    break_before: bool = False
    contextual: bool = False
    list_id: str | None = None
    list_level: int = 0
    tabs: tuple[tuple[float, str], ...] = ()
    borders: tuple[tuple[str, Line], ...] = ()
    style: str | None = None


_SWITCHES: Final = {
    "b": "bold",
    "i": "italic",
    "strike": "strike",
    "dstrike": "strike",
    "caps": "caps",
    "smallCaps": "small_caps",
    "vanish": "hidden",
}
_ALIGN: Final = {
    "left": "left",
    "start": "left",
    "center": "center",
    "right": "right",
    "end": "right",
    "both": "justify",
    "distribute": "justify",
}


def colour_of(text: str | None) -> str | None:
    """Six hexadecimal digits, or None for «auto» and for nonsense."""
    return text.upper() if text and _COLOUR.fullmatch(text) else None


def with_run(look: RunLook, properties: Element | None) -> RunLook:
    """The look after run properties have had their say."""
    if properties is None:
        return look
    changes: dict[str, Any] = {}
    for tag, field in _SWITCHES.items():
        found = child(properties, tag)
        if found is not None:
            changes[field] = is_on(found)
    if (line := child(properties, "u")) is not None:
        changes["underline"] = is_on(line)
    if (size := points(attribute(child(properties, "sz")), per_point=2)) is not None:
        changes["size"] = min(max(size, 1.0), 400.0)
    if (colour := child(properties, "color")) is not None:
        changes["colour"] = colour_of(attribute(colour))
    if (height := attribute(child(properties, "vertAlign"))) is not None:
        changes["height"] = height if height in ("superscript", "subscript") else None
    if (font := attribute(child(properties, "rFonts"), "ascii")) is not None:
        changes["mono"] = any(word in font.lower() for word in _MONO)
    return msgspec.structs.replace(look, **changes) if changes else look


def with_paragraph(look: ParagraphLook, properties: Element | None) -> ParagraphLook:
    """The look after paragraph properties have had their say."""
    if properties is None:
        return look
    changes: dict[str, Any] = {}
    if (align := _ALIGN.get(attribute(child(properties, "jc")) or "")) is not None:
        changes["align"] = align
    if (indent := child(properties, "ind")) is not None:
        changes |= _indent(indent)
    if (spacing := child(properties, "spacing")) is not None:
        changes |= _spacing(spacing)
    for tag, field in (
        ("keepNext", "keep_next"),
        ("pageBreakBefore", "break_before"),
        ("contextualSpacing", "contextual"),
    ):
        if (switch := child(properties, tag)) is not None:
            changes[field] = is_on(switch)
    if (numbering := child(properties, "numPr")) is not None:
        if (list_id := attribute(child(numbering, "numId"))) is not None:
            changes["list_id"] = None if list_id == "0" else list_id
        if (level := number(attribute(child(numbering, "ilvl")))) is not None:
            changes["list_level"] = int(level)
    if (tabs := child(properties, "tabs")) is not None:
        changes["tabs"] = tuple(
            sorted(
                (place, attribute(tab) or "left")
                for tab in children(tabs, "tab")
                if (place := points(attribute(tab, "pos"))) is not None
                and attribute(tab) != "clear"
            )
        )
    if (borders := child(properties, "pBdr")) is not None:
        changes["borders"] = tuple(borders_of(borders, ("top", "bottom", "left", "right")).items())
    return msgspec.structs.replace(look, **changes) if changes else look


def _indent(indent: Element) -> dict[str, float]:
    found = {}
    for field, names in (("left", ("left", "start")), ("right", ("right", "end"))):
        for one in names:
            if (value := points(attribute(indent, one))) is not None:
                found[field] = max(0.0, value)
    if (hanging := points(attribute(indent, "hanging"))) is not None:
        found["first"] = -hanging
    elif (first := points(attribute(indent, "firstLine"))) is not None:
        found["first"] = first
    return found


def _spacing(spacing: Element) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for field in ("before", "after"):
        if (value := points(attribute(spacing, field))) is not None:
            found[field] = max(0.0, value)
    rule = attribute(spacing, "lineRule") or "auto"
    if (line := number(attribute(spacing, "line"))) is not None and line > 0:
        found["line"] = line / 240 if rule == "auto" else line / 20
        found["line_rule"] = rule
    return found


def borders_of(borders: Element | None, sides: tuple[str, ...]) -> dict[str, Line | None]:
    """Those of the sides that are spoken of; None for a side that has no line."""
    found: dict[str, Line | None] = {}
    for side in sides:
        names = {"left": ("left", "start"), "right": ("right", "end")}.get(side, (side,))
        line = next((one for n in names if (one := child(borders, n)) is not None), None)
        if line is None:
            continue
        if attribute(line) in ("nil", "none", None):
            found[side] = None
        else:
            width = points(attribute(line, "sz"), per_point=8) or 0.5
            colour = colour_of(attribute(line, "color")) or "000000"
            found[side] = Line(min(max(width, 0.25), 6.0), colour)
    return found


class Styles:
    """The styles of a document."""

    def __init__(self, root: Element | None) -> None:
        self._by_id: dict[str, Element] = {}
        self._default: dict[str, str] = {}
        for style in children(root, "style"):
            key = attribute(style, "styleId")
            if key is None:
                continue
            self._by_id[key] = style
            if attribute(style, "default") in ("1", "true", "on"):
                self._default[attribute(style, "type") or ""] = key
        defaults = child(root, "docDefaults")
        self.run = with_run(RunLook(), child(defaults, "rPrDefault", "rPr"))
        self.paragraph = with_paragraph(ParagraphLook(), child(defaults, "pPrDefault", "pPr"))

    def chain(self, kind: str, key: str | None) -> list[Element]:
        """A style and what it is based on, the root first."""
        found: list[Element] = []
        key = key if key in self._by_id else self._default.get(kind)
        while key is not None and key in self._by_id and self._by_id[key] not in found:
            found.append(self._by_id[key])
            key = attribute(child(self._by_id[key], "basedOn"))
        return found[::-1]

    def of_paragraph(
        self, properties: Element | None, *, around: list[Element] | None = None
    ) -> tuple[ParagraphLook, RunLook]:
        """How a paragraph looks, and the letters in it before their own properties; `around` are
        the styles of the table it stands in."""
        paragraph, run = self.paragraph, self.run
        for style in around or ():
            paragraph = with_paragraph(paragraph, child(style, "pPr"))
            run = with_run(run, child(style, "rPr"))
        key = attribute(child(properties, "pStyle"))
        for style in self.chain("paragraph", key):
            paragraph = with_paragraph(paragraph, child(style, "pPr"))
            run = with_run(run, child(style, "rPr"))
        paragraph = with_paragraph(paragraph, properties)
        return msgspec.structs.replace(paragraph, style=key), run

    def of_run(self, base: RunLook, properties: Element | None) -> RunLook:
        key = attribute(child(properties, "rStyle"))
        look = base
        if key is not None and key in self._by_id:
            for style in self.chain("character", key):
                look = with_run(look, child(style, "rPr"))
        return with_run(look, properties)
