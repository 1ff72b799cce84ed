"""What stands inside a paragraph: runs of letters, fields, links, pictures, breaks."""

import io
import re
from collections.abc import Iterator
from typing import Final

import msgspec
from PIL import Image, UnidentifiedImageError

from core.documents.pdf import typst
from core.documents.pdf.styles import RunLook, Styles
from core.documents.pdf.wml import Element, attribute, child, name, number

LINE_TOP: Final = 0.9
LINE_BOTTOM: Final = 0.25
"""A line of letters takes 1.15 of their size, as it does with the usual fonts of Word."""

_EMU: Final = 12_700
_MOST_PIXELS: Final = 40_000_000
_DEFAULT_TAB: Final = 35.4
# The width of a letter beside its size, generously.
_LETTER: Final = 0.58
_FORMATS: Final = {"PNG": "png", "JPEG": "jpg", "GIF": "gif", "WEBP": "webp"}
_INSIDE: Final = frozenset(
    name(one)
    for one in (
        "w:hyperlink",
        "w:ins",
        "w:smartTag",
        "w:sdt",
        "w:sdtContent",
        "w:customXml",
        "w:dir",
    )
)
PAGE_BREAK: Final = "\f"


class Piece(msgspec.Struct, frozen=True):
    """Something in a line: letters with their look, or an expression of Typst."""

    text: str = ""
    look: RunLook = RunLook()
    code: str = ""
    tab: bool = False
    page_break: bool = False


class _Field(msgspec.Struct):
    """A field that is being read: its instruction, and whether its old result is passed over."""

    instruction: str = ""
    replaced: bool = False


class Pictures:
    """Pictures of the document by the names under which Typst will find them."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    def add(self, content: bytes) -> str | None:
        """The name of a picture; None for one that cannot be shown."""
        try:
            with Image.open(io.BytesIO(content), formats=tuple(_FORMATS)) as image:
                if image.width * image.height > _MOST_PIXELS:
                    return None
                ending = _FORMATS[image.format or ""]
        except (UnidentifiedImageError, Image.DecompressionBombError, OSError, KeyError):
            return None
        for known, kept in self.files.items():
            if kept == content:
                return known
        key = f"p{len(self.files) + 1}.{ending}"
        self.files[key] = content
        return key


class Inline:
    """Reads paragraphs of one part of a document (its body, a header, a footer); `missing` gathers
    what the PDF will not show."""

    def __init__(self, styles: Styles, part: object, pictures: Pictures, missing: set[str]) -> None:
        self._styles = styles
        self._part = part
        self._pictures = pictures
        self._missing = missing

    def pieces(self, paragraph: Element, base: RunLook) -> list[Piece]:
        """The pieces of a paragraph, those that look alike joined."""
        fields: list[_Field] = []
        found: list[Piece] = []
        for piece in self._walk(paragraph, base, fields):
            last = found[-1] if found else None
            if piece.text and last is not None and last.text and last.look == piece.look:
                found[-1] = msgspec.structs.replace(last, text=last.text + piece.text)
            else:
                found.append(piece)
        return found

    def _walk(self, parent: Element, base: RunLook, fields: list[_Field]) -> Iterator[Piece]:
        for one in parent.iterchildren():
            if one.tag == name("w:r"):
                yield from self._run(one, base, fields)
            elif one.tag in _INSIDE:
                yield from self._walk(one, base, fields)
            elif one.tag == name("w:fldSimple"):
                code = _counter(attribute(one, "instr") or "")
                look = base
                for run in one.iterchildren(name("w:r")):
                    look = self._styles.of_run(base, child(run, "rPr"))
                if code is not None:
                    yield Piece(code=letters(code, look))
                else:
                    yield from self._walk(one, base, fields)

    def _run(self, run: Element, base: RunLook, fields: list[_Field]) -> Iterator[Piece]:
        look = self._styles.of_run(base, child(run, "rPr"))
        for one in run.iterchildren():
            if not isinstance(one.tag, str):
                continue
            match one.tag.rpartition("}")[2]:
                case "fldChar":
                    yield from self._field(attribute(one, "fldCharType"), look, fields)
                case "instrText" if fields:
                    fields[-1].instruction += one.text or ""
                case _ if any(field.replaced for field in fields) or look.hidden:
                    continue
                case "t":
                    yield Piece(text=one.text or "", look=look)
                case "tab" | "ptab":
                    yield Piece(tab=True, look=look)
                case "br" | "cr":
                    page = attribute(one, "type") == "page"
                    yield Piece(page_break=True) if page else Piece(code="linebreak()")
                case "noBreakHyphen":
                    yield Piece(text="\u2011", look=look)
                case "sym":
                    self._missing.add("symbols")
                case "footnoteReference" | "endnoteReference":
                    self._missing.add("notes")
                case "drawing":
                    yield from self._drawing(one)
                case "AlternateContent":
                    for inner in one.iter(name("w:drawing")):
                        yield from self._drawing(inner)
                        break
                case "pict" | "object":
                    self._missing.add("old pictures")

    def _field(self, kind: str | None, look: RunLook, fields: list[_Field]) -> Iterator[Piece]:
        if kind == "begin":
            fields.append(_Field())
        elif kind == "separate" and fields:
            code = _counter(fields[-1].instruction)
            fields[-1].replaced = code is not None
            if code is not None:
                yield Piece(code=letters(code, look))
        elif kind == "end" and fields:
            field = fields.pop()
            code = None if field.replaced else _counter(field.instruction)
            if code is not None:
                # A field that was never calculated has no result to replace.
                yield Piece(code=letters(code, look))

    def _drawing(self, drawing: Element) -> Iterator[Piece]:
        if any(True for _ in drawing.iter(name("w:txbxContent"))):
            self._missing.add("text boxes")
            return
        blip = next(drawing.iter(name("a:blip")), None)
        extent = next(drawing.iter(name("wp:extent")), None)
        key = blip.get(name("r:embed")) if blip is not None else None
        related = getattr(self._part, "related_parts", {}).get(key)
        file = self._pictures.add(related.blob) if related is not None else None
        if file is None or extent is None:
            self._missing.add("drawings")
            return
        width, height = (number(extent.get(side)) or 0 for side in ("cx", "cy"))
        yield Piece(
            code=typst.call(
                "box",
                typst.call(
                    "image",
                    typst.quoted(f"/{file}"),
                    width=typst.length(min(width / _EMU, 1_600)),
                    height=typst.length(min(height / _EMU, 1_600)),
                ),
            )
        )


def _counter(instruction: str) -> str | None:
    """The page counters that headers and footers use; None for any other field."""
    match instruction.split()[:1]:
        case ["PAGE"]:
            return "context counter(page).display()"
        case ["NUMPAGES" | "SECTIONPAGES"]:
            return "context str(counter(page).final().first())"
        case _:
            return None


def letters(content: str, look: RunLook) -> str:
    """Content in the look of a run."""
    code = typst.call(
        "text",
        content,
        size=typst.length(look.size),
        weight='"bold"' if look.bold else '"regular"',
        style='"italic"' if look.italic else '"normal"',
        fill=f'rgb("#{look.colour}")' if look.colour else None,
        font='"DejaVu Sans Mono"' if look.mono else None,
    )
    if look.small_caps:
        code = typst.call("smallcaps", code)
    if look.underline:
        code = typst.call("underline", code, offset="0.12em", stroke="0.05em")
    if look.strike:
        code = typst.call("strike", code)
    if look.height is not None:
        code = typst.call("super" if look.height == "superscript" else "sub", code)
    return code


def line_code(
    pieces: list[Piece], tabs: tuple[tuple[float, str], ...], *, room: float
) -> list[str]:
    """Pieces as Typst's expressions. A tab before any letter leads to its stop; one after letters
    pushes what follows to the right if its stop is there, else leaves the usual gap."""
    found: list[str] = []
    used = 0
    started = False
    for piece in pieces:
        if piece.tab:
            place, kind = tabs[used] if used < len(tabs) else (_DEFAULT_TAB * (used + 1), "left")
            used += 1
            if kind in ("right", "end", "center"):
                found.append("h(1fr)")
            else:
                found.append(typst.call("h", typst.length(_DEFAULT_TAB if started else place)))
        elif piece.code:
            started = True
            found.append(piece.code)
        elif piece.text:
            started = True
            text = piece.text.upper() if piece.look.caps else piece.text
            found.append(letters(_words(typst.breakable(text), piece.look.size, room), piece.look))
    return found


def _words(text: str, size: float, room: float) -> str:
    """Text in which only words that a whole line could not hold may be divided."""
    most = max(4, int(room / (size * _LETTER)))

    def is_long(word: str) -> bool:
        # A line may end after a hyphen anyway.
        return any(len(part) > most for part in word.strip().split("-"))

    if not any(is_long(word) for word in text.split(" ")):
        return typst.quoted(text)
    pieces: list[str] = []
    kept: list[str] = []
    for word in re.split(r"(?<= )", text):
        if is_long(word):
            if kept:
                pieces.append(typst.quoted("".join(kept)))
                kept = []
            pieces.append(typst.call("text", typst.quoted(word), hyphenate="true"))
        else:
            kept.append(word)
    if kept:
        pieces.append(typst.quoted("".join(kept)))
    return typst.joined(pieces)
