"""The written form of a regulation: TOML text in, acts and dated entries out. Files are opened by
whoever keeps them; unknown keys are errors, decimals are read exactly."""

import tomllib
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

import msgspec

from core.kit.text import Text
from core.rules.errors import BadRegulation
from core.rules.regulation import Act, Entry, Procedure

T = TypeVar("T")


class _Acts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    act: tuple[Act, ...] = ()


class _Head(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    feature: str
    title: Text


class _Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    since: date = msgspec.field(name="from")
    value: Any
    clause: str | None = None
    act: str | None = None
    note: str = ""


def read_acts(text: str) -> tuple[Act, ...]:
    """`[[act]]` tables: key, title (ru, en), number, adopted, link, example."""
    return _convert(_parse(text, "acts"), _Acts, "acts").act


def read_procedure(key: str, text: str) -> tuple[Procedure, tuple[Entry, ...]]:
    """One procedure: `feature`, `title`, and `[[module.parameter]]` tables with from, value,
    clause, act and note, in the order in which they were decided."""
    content = _parse(text, key)
    tables = {name: value for name, value in content.items() if isinstance(value, Mapping)}
    title = tables.pop("title", None)
    plain = {name: value for name, value in content.items() if name not in tables}
    head = _convert(plain | ({"title": title} if title else {}), _Head, key)
    entries = []
    for module, parameters in tables.items():
        lines = _convert(parameters, dict[str, tuple[_Line, ...]], f"{key}: {module}")
        entries += [
            Entry(
                procedure=key,
                module=module,
                parameter=parameter,
                since=line.since,
                value=line.value,
                clause=line.clause,
                act=line.act,
                note=line.note,
            )
            for parameter, history in lines.items()
            for line in history
        ]
    return Procedure(key=key, feature=head.feature, title=head.title), tuple(entries)


def _parse(text: str, where: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise BadRegulation(f"{where}: {error}") from error


def _convert(content: Any, kind: type[T], where: str) -> T:
    try:
        return msgspec.convert(content, kind)
    except msgspec.ValidationError as error:
        raise BadRegulation(f"{where}: {error}") from error
