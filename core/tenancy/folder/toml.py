"""TOML to typed values and back, strictly: unknown keys are errors, and errors name key and line.

Reading is tomllib and msgspec; here are the wording of their messages and a layout for writing
that a person would have chosen (one line per text, one table per entry).
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from decimal import Decimal
from enum import Enum
from pathlib import PurePath
from typing import Any, Final, TypeVar

import msgspec
import tomli_w

from core.kit.text import Text
from core.tenancy.folder.content import FolderError

T = TypeVar("T")

_PATH: Final = re.compile(r"^(?P<what>.*?)(?: - at `(?P<path>\$?.*)`)?$", re.DOTALL)
_TOML_LINE: Final = re.compile(r"\(at line (\d+), column \d+\)$")
_WORDINGS: Final = (
    (re.compile(r"Object missing required field `(.+)`"), "не хватает ключа «{0}»"),
    (re.compile(r"Object contains unknown field `(.+)`"), "неизвестный ключ «{0}»"),
    (re.compile(r"Expected `(.+)`, got `(.+)`"), "нужно значение вида {0}, а указано {1}"),
    (re.compile(r"Invalid enum value (.+)"), "значение {0} не из списка допустимых"),
    (re.compile(r"Expected `str` matching regex (.+)"), "текст не соответствует образцу {0}"),
    (re.compile(r"Expected `(.+)` (>=|<=|<|>) (.+)"), "нужно {0} {1} {2}"),
)


def parse(file: PurePath | str, text: str) -> dict[str, Any]:
    """The tables of a file; raises FolderError with the line."""
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise unreadable(file, text, error) from error


def decode(file: PurePath | str, text: str, kind: type[T]) -> T:
    """A whole file as one value; raises FolderError also for keys that `kind` does not have."""
    tables = parse(file, text)
    try:
        value = msgspec.convert(tables, kind)
    except msgspec.ValidationError as error:
        raise unreadable(file, text, error) from error
    for path in _unknown(tables, msgspec.to_builtins(value)):
        key = ".".join(path)
        raise FolderError(
            file,
            Text(
                ru=f"неизвестный ключ «{key}»; проверьте, нет ли опечатки",
                en=f"unknown key {key!r}; please check the spelling",
            ),
            line_of(text, path[-1]),
        )
    return value


def unreadable(
    file: PurePath | str, text: str, error: Exception, within: tuple[str, ...] = ()
) -> FolderError:
    """What tomllib or msgspec found wrong, in words and with its place.

    `within` are the keys that lead to the value msgspec was given, if it was not the whole file.
    """
    message = str(error)
    if isinstance(error, tomllib.TOMLDecodeError):
        found = _TOML_LINE.search(message)
        what = _TOML_LINE.sub("", message).strip()
        return FolderError(
            file,
            Text(ru=f"это не TOML: {what}", en=f"this is not TOML: {what}"),
            int(found[1]) if found else None,
        )
    matched = _PATH.match(message)
    what, path = (matched["what"], matched["path"]) if matched else (message, None)
    keys = [*within, *_keys(path or "")]
    unknown = re.search(r"unknown field `(.+)`", what)
    lines = (line_of(text, key) for key in ([unknown[1]] if unknown else []) + keys[::-1])
    where = _place(keys)
    return FolderError(
        file,
        Text(ru=f"{where}{_in_russian(what)}", en=f"{where}{what}"),
        next((line for line in lines if line is not None), None),
    )


def _keys(path: str) -> list[str]:
    """`$.names.place` or `$[0].title` as its parts; what stands for "any key" is left out."""
    parts = re.split(r"[.\[\]]+", path.removeprefix("$"))
    return [part for part in parts if part not in ("", "...")]


def _place(keys: list[str]) -> str:
    """`act № 1, number: `; what has no place is about the whole file."""
    words = ""
    for key in keys:
        number = f" № {int(key) + 1}" if key.isdecimal() else None
        words += number or (f"{'.' if words else ''}{key}")
    return f"{words.strip()}: " if words else ""


def _in_russian(what: str) -> str:
    for pattern, wording in _WORDINGS:
        found = pattern.match(what)
        if found:
            return wording.format(*(group.strip("`") for group in found.groups()))
    return what


def line_of(text: str, key: str) -> int | None:
    """The line that sets a key, if there is just one such line."""
    if not key:
        return None
    setting = re.compile(rf"(?:^|[\s{{,.\[\"]){re.escape(key)}\"?\s*(?:=|\])")
    found = [n for n, line in enumerate(text.splitlines(), 1) if setting.search(line)]
    return found[0] if len(found) == 1 else None


def _unknown(given: Any, taken: Any) -> Iterator[tuple[str, ...]]:
    """Paths of keys that were given but not taken: decoding to structs drops them silently."""
    if isinstance(given, Mapping) and isinstance(taken, Mapping):
        for key, value in given.items():
            if key not in taken:
                yield (key,)
            else:
                yield from ((key, *rest) for rest in _unknown(value, taken[key]))
    elif isinstance(given, list) and isinstance(taken, list | tuple):
        for one, other in zip(given, taken, strict=True):
            yield from _unknown(one, other)


def plain(value: msgspec.Struct) -> dict[str, Any]:
    """A struct as tables, without what is None or left at its default."""
    table: dict[str, Any] = {}
    for field in msgspec.structs.fields(value):
        item = getattr(value, field.name)
        default = field.default
        if field.default_factory is not msgspec.NODEFAULT:
            default = field.default_factory()
        if item is not None and item != default:
            table[field.encode_name] = _plain(item)
    return table


def _plain(item: Any) -> Any:
    match item:
        case msgspec.Struct():
            return plain(item)
        case Mapping():
            return {key: _plain(value) for key, value in item.items()}
        case list() | tuple():
            return [_plain(value) for value in item]
        case Enum():
            return item.value
    return item


def write(table: Mapping[str, Any]) -> str:
    """The text of a file: short things on one line, the rest as tables in the given order."""
    return "\n\n".join(_sections(table, "", "")) + "\n"


def _sections(table: Mapping[str, Any], path: str, header: str) -> Iterator[str]:
    row = header.startswith("[[")
    within = {key: value for key, value in table.items() if _on_one_line(value, path, row=row)}
    lines = [f"{_key(key)} = {_value(value)}" for key, value in within.items()]
    if header or lines:
        yield "\n".join([header, *lines] if header else lines)
    for key, value in table.items():
        if key in within:
            continue
        name = f"{path}.{_key(key)}" if path else _key(key)
        if isinstance(value, Mapping):
            bare = value and not any(_on_one_line(item, name) for item in value.values())
            yield from _sections(value, name, "" if bare else f"[{name}]")
        else:
            for item in value:
                yield from _sections(item, name, f"[[{name}]]")


def _on_one_line(value: Any, path: str, *, row: bool = False) -> bool:
    """Scalars and short tables; a list of tables only within a row of another such list."""
    if isinstance(value, Mapping):
        flat = not any(_holds_tables(item) for item in value.values())
        return flat and (path != "" or set(value) == {"ru", "en"})
    if not _holds_tables(value) or not all(isinstance(item, Mapping) for item in value):
        return True
    return row and not any(
        isinstance(inner, Mapping | list) for item in value for inner in item.values()
    )


def _holds_tables(value: Any) -> bool:
    return isinstance(value, Mapping) or (
        isinstance(value, list) and any(isinstance(item, Mapping) for item in value)
    )


def _key(key: str) -> str:
    return tomli_w.dumps({key: 0}).partition(" = ")[0]


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        inside = ", ".join(f"{_key(key)} = {_value(item)}" for key, item in value.items())
        return f"{{ {inside} }}" if inside else "{}"
    if isinstance(value, list):
        if any(isinstance(item, Mapping) for item in value):
            return "[\n" + "".join(f"    {_value(item)},\n" for item in value) + "]"
        return "[" + ", ".join(_value(item) for item in value) + "]"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return tomli_w.dumps({"v": value}).partition(" = ")[2].rstrip("\n")
