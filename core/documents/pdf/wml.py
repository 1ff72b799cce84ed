"""Reading WordprocessingML: names, values and measures, without meaning."""

from collections.abc import Iterator
from typing import Any, Final

_W: Final = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_R: Final = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_A: Final = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_WP: Final = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}"
_MC: Final = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_SPACES: Final = {"w": _W, "r": _R, "a": _A, "wp": _WP, "mc": _MC}

Element = Any
"""An lxml element; its types are not worth their noise here."""


def name(short: str) -> str:
    """`w:tbl` in full."""
    prefix, _, local = short.partition(":")
    return _SPACES[prefix] + local


def child(element: Element | None, *path: str) -> Element | None:
    """The first child along a path of `w:` names."""
    for step in path:
        if element is None:
            return None
        element = element.find(_W + step)
    return element


def children(element: Element | None, local: str) -> Iterator[Element]:
    if element is not None:
        yield from element.iterchildren(_W + local)


def attribute(element: Element | None, local: str = "val") -> str | None:
    """A `w:` attribute, `w:val` unless told otherwise."""
    if element is None:
        return None
    found = element.get(_W + local)
    return found if found is None or isinstance(found, str) else str(found)


def is_on(element: Element) -> bool:
    """A switch: present means on, unless it says otherwise."""
    return attribute(element) not in ("0", "false", "off", "none")


def number(text: str | None) -> float | None:
    """A number as Word writes it; None for anything else."""
    if text is None:
        return None
    try:
        value = float(text)
    except ValueError:
        return None
    return value if -1e7 < value < 1e7 else None


def points(text: str | None, *, per_point: float = 20) -> float | None:
    """Twips (or another fraction, `per_point` of them) as points."""
    value = number(text)
    return None if value is None else value / per_point
