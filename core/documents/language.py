"""What a template may say: fields, conditions, lists, a few filters; and what is wrong with one
that says more, in plain words.

Templates come from people whom nobody has checked. The language is therefore closed: every kind of
expression is named here, nothing can be called, nothing reaches outside the data, and a list can
only run over the data, so that no template takes long."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec
from jinja2 import TemplateSyntaxError, nodes
from jinja2.runtime import ChainableUndefined, LoopContext, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from core.kit.text import Text, number

_LONGEST: Final = 16 * 1024 * 1024
_DEEPEST: Final = 4
_LOOP: Final = frozenset({"index", "index0", "first", "last", "length", "revindex", "revindex0"})
_TESTS: Final = frozenset({"defined", "undefined", "none", "odd", "even"})
_NODES: Final = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.Const,
    nodes.Getattr,
    nodes.Getitem,
    nodes.For,
    nodes.If,
    nodes.CondExpr,
    nodes.Filter,
    nodes.Test,
    nodes.Compare,
    nodes.Operand,
    nodes.And,
    nodes.Or,
    nodes.Not,
    nodes.Concat,
)


class Refused(Exception):
    """A template that is not taken; `findings` say why."""

    def __init__(self, findings: Sequence[Text]) -> None:
        super().__init__("; ".join(one.en for one in findings))
        self.findings = tuple(findings)


class TooLong(Exception):
    """A filled template would be larger than any document."""


def _printed(value: object) -> object:
    """What a field shows: nothing for nothing, several values with commas between them."""
    if isinstance(value, list | tuple):
        return ", ".join(str(one) for one in value)
    return "" if value is None else value


def _number(value: object) -> str:
    return number(value, "ru") if isinstance(value, int | float) else _text(value)


def _text(value: object) -> str:
    return "" if value is None or isinstance(value, Undefined) else str(value)


def _join(values: object, by: str = "") -> str:
    return str(by).join(str(one) for one in values) if isinstance(values, list | tuple) else ""


def _length(value: object) -> int:
    return len(value) if isinstance(value, list | tuple | str | Mapping) else 0


def _default(value: object, other: object = "") -> object:
    return other if isinstance(value, Undefined) or value in (None, "") else value


FILTERS: Final[Mapping[str, Callable[..., object]]] = {
    "upper": lambda value: _text(value).upper(),
    "lower": lambda value: _text(value).lower(),
    "capitalize": lambda value: _text(value)[:1].upper() + _text(value)[1:],
    "trim": lambda value: _text(value).strip(),
    "num": _number,
    "join": _join,
    "length": _length,
    "default": _default,
    # The sign by which the filling begins a new paragraph of the same look.
    "paragraphs": lambda value: re.sub(r"\s*\n\s*", "\a", _text(value).strip()),
}
"""Filters of the language; `num` writes a number with spaces («11 772»), `paragraphs` makes each
line of a text a paragraph."""


class Language(ImmutableSandboxedEnvironment):
    """Jinja reduced to the language of templates."""

    def __init__(self, undefined: type[Undefined] = ChainableUndefined) -> None:
        super().__init__(
            autoescape=True,
            undefined=undefined,
            finalize=_printed,
        )
        self.filters = dict(FILTERS)
        self.globals = {}
        self.tests = {name: self.tests[name] for name in _TESTS}

    def from_string(self, source: Any, *arguments: Any, **named: Any) -> Any:
        """A template, if it keeps to the language; raises Refused."""
        wrong = findings_in(self.parse(source) if isinstance(source, str) else source)
        if wrong:
            raise Refused(wrong)
        return super().from_string(source, *arguments, **named)

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Fields of the data and what is said of a loop; nothing else has attributes."""
        if isinstance(obj, Mapping):
            return obj[attribute] if attribute in obj else self.undefined(name=attribute)
        if isinstance(obj, LoopContext) and attribute in _LOOP:
            return getattr(obj, attribute)
        if isinstance(obj, Undefined):
            return obj
        return self.undefined(name=attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        if isinstance(obj, Mapping) and isinstance(argument, str):
            return self.getattr(obj, argument)
        if isinstance(obj, list | tuple) and isinstance(argument, int):
            return obj[argument] if -len(obj) <= argument < len(obj) else self.undefined()
        return obj if isinstance(obj, Undefined) else self.undefined()

    def is_safe_callable(self, obj: Any) -> bool:
        return False

    @staticmethod
    def concat(pieces: Iterable[str]) -> str:
        """Joins what a template gives, as long as it is no more than any document could hold."""
        found: list[str] = []
        size = 0
        for piece in pieces:
            size += len(piece)
            if size > _LONGEST:
                raise TooLong
            found.append(piece)
        return "".join(found)


# What is wrong, in words.

_NOT_ALLOWED: Final = Text(
    ru="В шаблоне можно писать только поля, условия {{% if %}} и списки {{% for %}}; здесь есть"
    " что-то ещё: {what}.",
    en="A template may hold fields, conditions {{% if %}} and lists {{% for %}} only; here is"
    " something else: {what}.",
)
_UNKNOWN_FILTER: Final = Text(
    ru="Неизвестный фильтр «{name}». Есть: {known}.",
    en="Unknown filter “{name}”. There are: {known}.",
)
_UNKNOWN_TEST: Final = Text(ru="Неизвестная проверка «{name}».", en="Unknown test “{name}”.")
_FOREIGN_LIST: Final = Text(
    ru="Список «for {name} in …» может идти только по полю документа; список внутри списка —"
    " только по полю его строки.",
    en="A list “for {name} in …” may only run over a field of the document; a list inside a list,"
    " over a field of its row.",
)
_TOO_DEEP: Final = Text(
    ru="Списки и условия вложены слишком глубоко.", en="Lists and conditions are nested too deep."
)
_CALLED: Final = {
    nodes.Call: Text(ru="вызов функции", en="a call"),
    nodes.Assign: Text(ru="присваивание set", en="an assignment with set"),
    nodes.AssignBlock: Text(ru="присваивание set", en="an assignment with set"),
    nodes.Macro: Text(ru="макрос", en="a macro"),
    nodes.Include: Text(ru="include", en="include"),
    nodes.Import: Text(ru="import", en="import"),
    nodes.FromImport: Text(ru="import", en="import"),
    nodes.Extends: Text(ru="extends", en="extends"),
    nodes.BinExpr: Text(ru="арифметика", en="arithmetic"),
    nodes.Slice: Text(ru="срез", en="a slice"),
}


def findings_in(tree: nodes.Template) -> list[Text]:
    """What in a template goes beyond the language."""
    found: list[Text] = []
    _look(tree, (), found, depth=0)
    return list(dict.fromkeys(found))


def _look(node: nodes.Node, loops: tuple[str, ...], found: list[Text], *, depth: int) -> None:
    if depth > 60:
        found.append(_TOO_DEEP)
        return
    if not isinstance(node, _NODES):
        word = next((text for kind, text in _CALLED.items() if isinstance(node, kind)), None)
        name = type(node).__name__
        what = word or Text(ru=name, en=name)
        found.append(_NOT_ALLOWED.with_values({"what": what}))
        return
    match node:
        case nodes.Filter() if node.name not in FILTERS:
            known = ", ".join(sorted(FILTERS))
            found.append(_UNKNOWN_FILTER.format(name=node.name, known=known))
        case nodes.Test() if node.name not in _TESTS:
            found.append(_UNKNOWN_TEST.format(name=node.name))
        case nodes.For():
            _look_at_loop(node, loops, found, depth=depth)
            return
    for inner in node.iter_child_nodes():
        _look(inner, loops, found, depth=depth + 1)


def _look_at_loop(
    node: nodes.For, loops: tuple[str, ...], found: list[Text], *, depth: int
) -> None:
    target = node.target.name if isinstance(node.target, nodes.Name) else None
    path = path_of(node.iter)
    if target is None or path is None or node.recursive:
        found.append(_FOREIGN_LIST.format(name=target or "…"))
        return
    # A list within a list runs over what belongs to the row, so all rows together are no more
    # than the data holds.
    if loops and path[0] != loops[-1]:
        found.append(_FOREIGN_LIST.format(name=target))
    if len(loops) >= _DEEPEST:
        found.append(_TOO_DEEP)
        return
    inside = (*loops, target)
    for inner in (*node.body, *([node.test] if node.test is not None else [])):
        _look(inner, inside, found, depth=depth + 1)
    for inner in node.else_:
        _look(inner, loops, found, depth=depth + 1)


def path_of(node: nodes.Node) -> tuple[str, ...] | None:
    """`item.rows` as ("item", "rows"); None for anything that is not a path of names."""
    if isinstance(node, nodes.Name):
        return (node.name,)
    if isinstance(node, nodes.Getattr):
        before = path_of(node.node)
        return (*before, node.attr) if before is not None else None
    return None


# Which fields a template asks for.


class Shape(msgspec.Struct):
    """What is known of the data: the fields of a row, each with what is inside; `open` when
    nothing is known and any name may be right."""

    fields: dict[str, "Shape"] = {}
    open: bool = False


def shape_of(example: Mapping[str, object], described: Iterable[str]) -> Shape:
    """The shape of a document's data, from an example and the names that are described; a field
    within rows is described as `items.number`."""
    shape = _shape(example)
    shape.open = False
    for name in described:
        inner = shape
        for step in name.replace("[]", "").split("."):
            known = inner.fields.get(step)
            if known is None:
                known = Shape(open=True)
                inner.fields[step] = known
            inner = known
    return shape


def _shape(value: object) -> Shape:
    if isinstance(value, Mapping):
        return Shape({str(key): _shape(one) for key, one in value.items()})
    if isinstance(value, list | tuple):
        rows = [one for one in value if isinstance(one, Mapping)]
        merged: dict[str, Shape] = {}
        for row in rows:
            merged |= _shape(row).fields
        return Shape(merged, open=not merged)
    return Shape(open=value is None)


def unknown_fields(tree: nodes.Template, shape: Shape) -> list[str]:
    """Fields that a template asks for and the document does not have."""
    found: list[str] = []
    _ask(tree, {}, shape, found)
    return list(dict.fromkeys(found))


def _ask(node: nodes.Node, names: Mapping[str, Shape], shape: Shape, found: list[str]) -> None:
    path = path_of(node)
    if path is not None:
        _ask_path(path, names, shape, found)
        return
    if isinstance(node, nodes.For) and isinstance(node.target, nodes.Name):
        over = path_of(node.iter)
        rows = _ask_path(over, names, shape, found) if over is not None else Shape(open=True)
        inside = {
            **names,
            node.target.name: rows or Shape(open=True),
            "loop": Shape({one: Shape() for one in _LOOP}),
        }
        for inner in (*node.body, *([node.test] if node.test is not None else [])):
            _ask(inner, inside, shape, found)
        for inner in node.else_:
            _ask(inner, names, shape, found)
        return
    for inner in node.iter_child_nodes():
        _ask(inner, names, shape, found)


def _ask_path(
    path: Sequence[str], names: Mapping[str, Shape], shape: Shape, found: list[str]
) -> Shape | None:
    inner: Shape | None = names.get(path[0], shape.fields.get(path[0]))
    if inner is None:
        found.append(path[0])
        return None
    for n, step in enumerate(path[1:], start=2):
        if step not in inner.fields:
            if not inner.open:
                found.append(".".join(path[:n]))
            return None
        inner = inner.fields[step]
    return inner


# Syntax errors, in words.

_UNCLOSED: Final = Text(
    ru="Не закрыт блок «{name}»: после него нужно {closing}.",
    en="The block “{name}” is not closed: {closing} must follow.",
)
_UNKNOWN_TAG: Final = Text(ru="Неизвестная команда «{name}».", en="Unknown command “{name}”.")
_OUT_OF_PLACE: Final = Text(
    ru="Команда «{name}» стоит не на своём месте: «tr» пишут в строке таблицы, «tc» в ячейке,"
    " «p» в отдельном абзаце.",
    en="The command “{name}” is out of place: “tr” belongs into a row of a table, “tc” into a"
    " cell, “p” into a paragraph of its own.",
)
_UNOPENED: Final = Text(
    ru="Команда «{name}» стоит без своего начала.", en="The command “{name}” has no beginning."
)
_GARBLED: Final = Text(
    ru="Не удаётся разобрать запись в фигурных скобках рядом с «{near}».",
    en="What stands in the curly brackets near “{near}” cannot be understood.",
)
_TAG: Final = re.compile(r"<[^>]+>")


def in_plain_words(error: TemplateSyntaxError, source: str) -> Text:
    """A syntax error as a sentence for whoever wrote the template."""
    message = error.message or ""
    if found := re.search(r"innermost block that needs to be closed is '(\w+)'", message):
        name = found.group(1)
        return _UNCLOSED.format(name=name, closing=f"{{% end{name} %}}")
    if found := re.search(r"unknown tag '(\w+)'", message):
        name = found.group(1)
        if name in ("tr", "tc", "p", "r"):
            return _OUT_OF_PLACE.format(name=name)
        return (_UNOPENED if name.startswith(("end", "el")) else _UNKNOWN_TAG).format(name=name)
    lines = source.splitlines()
    text = _TAG.sub("", lines[error.lineno - 1]) if 0 < error.lineno <= len(lines) else ""
    bracket = text.find("{")
    return _GARBLED.format(near=" ".join(text[max(0, bracket) :].split())[:60] or "…")
