"""What a reader finds in a document: its text, its pages, its cells."""

import io
import re
import zlib
from collections.abc import Iterator
from typing import Any

import docx
import openpyxl


def docx_text(content: bytes) -> str:
    """All text of the body, paragraphs and table cells in order."""
    document = docx.Document(io.BytesIO(content))
    body: Any = document.element.body
    space = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
    return "\n".join(
        "".join(one.text or "" for one in paragraph.iter(f"{space}t"))
        for paragraph in body.iter(f"{space}p")
    )


def cells(content: bytes) -> list[list[Any]]:
    page: Any = openpyxl.load_workbook(io.BytesIO(content)).active
    return [[cell.value for cell in row] for row in page.iter_rows()]


def pdf_pages(content: bytes) -> int:
    """How many pages a PDF has."""
    return len(_pages(_objects(content)))


def pdf_text(content: bytes) -> str:
    """The text of a PDF, page after page, as its own fonts map glyphs to letters; a soft end of a
    line is a space."""
    objects = _objects(content)
    return " ".join(_page_text(objects, page) for page in _pages(objects))


def _pages(objects: dict[bytes, bytes]) -> list[bytes]:
    return [body for body in objects.values() if re.search(rb"/Type\s*/Page\b(?!s)", body)]


_TOKEN = re.compile(rb"/(\w+) [\d.]+ Tf|<([0-9A-Fa-f]*)>|(\()|(T[jJ])\b")


def _tokens(stream: bytes) -> Iterator[tuple[str, bytes]]:
    """Fonts chosen and strings shown; a string in brackets may hold brackets."""
    place = 0
    while found := _TOKEN.search(stream, place):
        place = found.end()
        name, hexadecimal, literal, end = found.groups()
        if name is not None:
            yield "font", name
        elif hexadecimal is not None:
            yield "shown", bytes.fromhex(hexadecimal.decode())
        elif literal is not None:
            depth, start = 1, place
            while depth:
                sign = stream[place : place + 1]
                place += 2 if sign == b"\\" else 1
                depth += (sign == b"(") - (sign == b")")
            yield "shown", _unescaped(stream[start : place - 1])
        elif end is not None:
            yield "end", b""


def _page_text(objects: dict[bytes, bytes], page: bytes) -> str:
    resources = objects[_reference(rb"/Resources", page)]
    fonts = {
        name: _letters(_stream(objects[_reference(rb"/ToUnicode", objects[number])]))
        for name, number in re.findall(rb"/(f\d+) (\d+) 0 R", resources)
    }
    text: list[str] = []
    current: dict[int, str] = {}
    for kind, value in _tokens(_stream(objects[_reference(rb"/Contents", page)])):
        if kind == "font":
            current = fonts.get(value, {})
        elif kind == "end":
            text.append(" ")
        else:
            text += [
                current.get(int.from_bytes(value[n : n + 2], "big"), "")
                for n in range(0, len(value) - 1, 2)
            ]
    return re.sub(r"\s+", " ", "".join(text).replace("\u200b", ""))


def _reference(key: bytes, body: bytes) -> bytes:
    found = re.search(key + rb" (\d+) 0 R", body)
    assert found
    return found.group(1)


def _objects(content: bytes) -> dict[bytes, bytes]:
    return dict(re.findall(rb"(?:^|\n)(\d+) 0 obj\b(.*?)\nendobj", content, re.DOTALL))


def _stream(body: bytes) -> bytes:
    found = re.search(rb"stream\r?\n(.*)\r?\nendstream", body, re.DOTALL)
    if not found:
        return b""
    try:
        return zlib.decompress(found.group(1)) if b"FlateDecode" in body else found.group(1)
    except zlib.error:
        return b""


def _letters(cmap: bytes) -> dict[int, str]:
    return {
        int(code, 16): bytes.fromhex(letters.decode()).decode("utf-16-be", "replace")
        for code, letters in re.findall(rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>\s*\n", cmap)
    }


_ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def _unescaped(literal: bytes) -> bytes:
    return re.sub(
        rb"\\([0-7]{1,3}|.)",
        lambda m: (
            bytes([int(m.group(1), 8)])
            if m.group(1).isdigit()
            else _ESCAPES.get(m.group(1), m.group(1))
        ),
        literal,
        flags=re.DOTALL,
    )
