"""What a city's brand must satisfy before anybody sees it: readable colour and harmless pictures.

The stylesheet derives every tint from two numbers of the accent (hue and chroma); the lightnesses
below are the ones it uses. Contrast is computed here, never trusted to the city.
"""

import re
from collections.abc import Iterator
from typing import Final
from xml.etree import ElementTree

from core.kit.colour import Oklch, contrast
from core.kit.text import Text

MINIMUM_CONTRAST: Final = 4.5
"""WCAG 2.2 AA for text of ordinary size."""

EMBLEM_LIMIT: Final = 16 * 1024
COVER_LIMIT: Final = 64 * 1024


def accent_contrasts(hue: float, chroma: float) -> dict[str, float]:
    """The contrast of the accent wherever the stylesheet puts text in it or upon it."""
    white = Oklch(1.0, 0.0, hue)
    light, dark = Oklch(0.47, chroma, hue), Oklch(0.78, chroma * 0.8, hue)
    return {
        "light: accent on white": contrast(light, white),
        "light: accent on its tint": contrast(light, Oklch(0.955, 0.022, hue)),
        "dark: accent on the ground": contrast(dark, Oklch(0.225, 0.012, hue)),
        "dark: accent on its tint": contrast(dark, Oklch(0.31, 0.045, hue)),
    }


_DRAWING: Final = frozenset(
    [
        "svg",
        "g",
        "path",
        "circle",
        "ellipse",
        "rect",
        "line",
        "polyline",
        "polygon",
        "defs",
        "linearGradient",
        "radialGradient",
        "stop",
        "title",
        "desc",
        "clipPath",
        "mask",
        "pattern",
        "symbol",
        "use",
    ]
)
_REFERENCE: Final = re.compile(r"url\(\s*['\"]?(?!#)", re.IGNORECASE)


def svg_problems(svg: str, limit: int) -> Iterator[Text]:
    """Why a picture may not be put into a page: it must be a small, self-contained drawing."""
    size = len(svg.encode())
    if size > limit:
        yield Text(
            ru=f"файл весит {size} байт, а можно не больше {limit}",
            en=f"the file has {size} bytes; the most allowed is {limit}",
        )
        return
    if "<!" in svg.replace("<!--", "") or "<?" in svg.removeprefix('<?xml version="1.0"'):
        yield Text(
            ru="объявления DOCTYPE, ENTITY, CDATA и инструкции обработки не допускаются",
            en="DOCTYPE, ENTITY, CDATA and processing instructions are not allowed",
        )
        return
    try:
        root = ElementTree.fromstring(svg)  # noqa: S314  declarations were refused above
    except ElementTree.ParseError as error:
        yield Text(ru=f"это не SVG: {error}", en=f"this is not SVG: {error}")
        return
    if _local(root.tag) != "svg" or not root.tag.startswith("{http://www.w3.org/2000/svg}"):
        yield Text(
            ru='нужен корневой элемент <svg xmlns="http://www.w3.org/2000/svg">',
            en='the root element must be <svg xmlns="http://www.w3.org/2000/svg">',
        )
    if "viewBox" not in root.attrib:
        yield Text(
            ru="у элемента <svg> нет viewBox: рисунок нельзя уменьшить до 40 пикселей",
            en="<svg> has no viewBox: the picture cannot be drawn at 40 pixels",
        )
    for element in root.iter():
        yield from _element_problems(element)


def _element_problems(element: ElementTree.Element) -> Iterator[Text]:
    tag = _local(element.tag)
    if tag not in _DRAWING:
        yield Text(
            ru=f"элемент <{tag}> не допускается",
            en=f"the element <{tag}> is not allowed",
        )
    for name, value in element.attrib.items():
        attribute = _local(name)
        outside = attribute == "href" and not value.startswith("#")
        if attribute.lower().startswith("on") or attribute == "style":
            yield Text(
                ru=f"атрибут {attribute} у <{tag}> не допускается: цвета пишут в fill и stroke",
                en=f"the attribute {attribute} of <{tag}> is not allowed: use fill and stroke",
            )
        elif outside or _REFERENCE.search(value):
            yield Text(
                ru=f"атрибут {attribute} у <{tag}> ссылается за пределы рисунка",
                en=f"the attribute {attribute} of <{tag}> points outside the picture",
            )


def _local(name: object) -> str:
    return str(name).rpartition("}")[2]
