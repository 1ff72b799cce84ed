"""Pages: their size, margins, headers and footers, section by section; and the making of a PDF."""

import io
import tempfile
from pathlib import Path
from typing import Any, Final, cast

import docx
import msgspec
import typst as compiler
from docx.opc.constants import RELATIONSHIP_TYPE

from core.documents.pdf import typst
from core.documents.pdf.blocks import Blocks
from core.documents.pdf.inline import LINE_BOTTOM, LINE_TOP, Inline, Pictures
from core.documents.pdf.lists import Lists
from core.documents.pdf.styles import Styles
from core.documents.pdf.wml import Element, attribute, child, children, is_on, name, points

_A4: Final = (595.3, 841.9)
_FONT: Final = "Libertinus Serif"
_SMALLEST: Final = 72.0
_LARGEST: Final = 3_000.0


class Made(msgspec.Struct, frozen=True):
    """A PDF, and what of the DOCX it does not show."""

    content: bytes
    missing: frozenset[str]


class Geometry(msgspec.Struct, frozen=True):
    """A page's measures in points."""

    width: float
    height: float
    top: float
    bottom: float
    left: float
    right: float
    header: float
    footer: float

    @property
    def room(self) -> float:
        return max(36.0, self.width - self.left - self.right)


def make_pdf(content: bytes, *, title: str) -> Made:
    """The PDF of a filled DOCX; the same bytes give the same bytes."""
    pictures = Pictures()
    missing: set[str] = set()
    source = _source(content, title=title, pictures=pictures, missing=missing)
    return Made(_compiled(source, pictures.files), frozenset(missing))


def _compiled(source: str, files: dict[str, bytes]) -> bytes:
    with tempfile.TemporaryDirectory(prefix="veche-document-") as folder:
        for key, picture in files.items():
            (Path(folder) / key).write_bytes(picture)
        # What stands on this machine, fonts above all, must not show in a document.
        typesetter = compiler.Compiler(root=folder, ignore_system_fonts=True)
        return cast("bytes", typesetter.compile(source.encode(), format="pdf", timestamp=0))


def _source(content: bytes, *, title: str, pictures: Pictures, missing: set[str]) -> str:
    document = docx.Document(io.BytesIO(content))
    main: Any = document.part
    styles = Styles(document.styles.element)
    lists = Lists(_related(main, RELATIONSHIP_TYPE.NUMBERING))
    settings = _related(main, RELATIONSHIP_TYPE.SETTINGS)
    even = child(settings, "evenAndOddHeaders")
    alternate = even is not None and is_on(even)

    def blocks(part: object) -> Blocks:
        return Blocks(styles, lists, Inline(styles, part, pictures, missing))

    body = blocks(main)
    sections = _sections(document.element.body)
    code = [
        typst.call("set document", title=typst.quoted(title), date="none"),
        typst.call(
            "set text",
            font=f'("{_FONT}", "DejaVu Sans Mono")',
            lang='"ru"',
            size="12pt",
            top_edge=f"{LINE_TOP}em",
            bottom_edge=f"-{LINE_BOTTOM}em",
            hyphenate="false",
        ),
        "set par(spacing: 0pt, leading: 0pt)",
        "set block(spacing: 0pt)",
    ]
    running: dict[tuple[str, str], str] = {}
    before: tuple[Geometry, bool] | None = None
    for n, (elements, properties) in enumerate(sections):
        geometry = _geometry(properties)
        changed = False
        for place in ("header", "footer"):
            for reference in children(properties, f"{place}Reference"):
                part = main.related_parts.get(reference.get(name("r:id")))
                if part is not None and hasattr(part, "element"):
                    kind = attribute(reference, "type") or "default"
                    inner = blocks(part).within(part.element, width=geometry.room)
                    running[place, kind] = typst.joined(inner)
                    changed = True
        first = child(properties, "titlePg")
        titled = first is not None and is_on(first)
        if before != (geometry, titled) or changed:
            code.append(_page(geometry, running, first=n if titled else None, even=alternate))
        elif attribute(child(properties, "type")) != "continuous":
            code.append("pagebreak()")
        before = (geometry, titled)
        if titled:
            code.append(f"[#metadata(none) <section-{n}>]")
        for element in elements:
            code += body.block(element, width=geometry.room)
    return "#" + typst.joined(code)


def _related(part: Any, kind: str) -> Element | None:
    for relation in part.rels.values():
        if relation.reltype == kind and not relation.is_external:
            return getattr(relation.target_part, "element", None)
    return None


def _sections(body: Element) -> list[tuple[list[Element], Element | None]]:
    """The blocks of each section and the properties that end it."""
    found: list[tuple[list[Element], Element | None]] = []
    elements: list[Element] = []
    for one in body.iterchildren():
        if one.tag == name("w:sectPr"):
            found.append((elements, one))
            elements = []
            continue
        elements.append(one)
        properties = child(one, "pPr", "sectPr") if one.tag == name("w:p") else None
        if properties is not None:
            # A paragraph that is nothing but the end of a section takes no room of its own.
            if not any(True for _ in one.iter(name("w:r"))):
                elements.pop()
            found.append((elements, properties))
            elements = []
    if elements or not found:
        found.append((elements, None))
    return found


def _geometry(properties: Element | None) -> Geometry:
    size, margin = child(properties, "pgSz"), child(properties, "pgMar")

    def measure(element: Element | None, local: str, usual: float) -> float:
        value = points(attribute(element, local))
        return usual if value is None else abs(value)

    width = min(max(measure(size, "w", _A4[0]), _SMALLEST), _LARGEST)
    height = min(max(measure(size, "h", _A4[1]), _SMALLEST), _LARGEST)
    return Geometry(
        width=width,
        height=height,
        top=min(measure(margin, "top", 56.7), height / 3),
        bottom=min(measure(margin, "bottom", 56.7), height / 3),
        left=min(measure(margin, "left", 56.7), width / 3),
        right=min(measure(margin, "right", 56.7), width / 3),
        header=measure(margin, "header", 35.4),
        footer=measure(margin, "footer", 35.4),
    )


def _page(
    geometry: Geometry, running: dict[tuple[str, str], str], *, first: int | None, even: bool
) -> str:
    def running_head(place: str) -> str:
        usual = running.get((place, "default"), "none")
        if first is None and not even:
            chosen = usual
        else:
            code = usual
            if even:
                code = (
                    f"if calc.even(here().page()) {{ {running.get((place, 'even'), 'none')} }}"
                    f" else {{ {usual} }}"
                )
            if first is not None:
                code = (
                    f"if query(<section-{first}>).any(it => it.location().page() =="
                    f" here().page()) {{ {running.get((place, 'first'), 'none')} }}"
                    f" else {{ {code} }}"
                )
            chosen = f"context {{ {code} }}"
        if chosen == "none":
            return "none"
        side, away = ("top", geometry.header) if place == "header" else ("bottom", geometry.footer)
        padded = typst.call("pad", chosen, **{side: typst.length(away)})
        return typst.call("align", f"{side} + left", padded)

    return typst.call(
        "set page",
        width=typst.length(geometry.width),
        height=typst.length(geometry.height),
        margin=typst.dictionary(
            {
                side: typst.length(getattr(geometry, side))
                for side in ("top", "bottom", "left", "right")
            }
        ),
        header=running_head("header"),
        footer=running_head("footer"),
        header_ascent="0pt",
        footer_descent="0pt",
    )
