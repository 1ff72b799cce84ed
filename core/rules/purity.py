"""Reads the source of a rule module and says what in it is not pure: what it may not import, call
or change. A rule knows its facts and its parameters, and nothing else."""

import ast
from collections.abc import Iterator
from typing import Final

_STANDARD: Final = frozenset(
    {
        "__future__",
        "collections",
        "dataclasses",
        "datetime",
        "decimal",
        "enum",
        "fractions",
        "functools",
        "itertools",
        "math",
        "msgspec",
        "operator",
        "re",
        "string",
        "types",
        "typing",
        "typing_extensions",
    }
)
_OURS: Final = (
    "core.rules",
    "core.kit.level",
    "core.kit.period",
    "core.kit.standing",
    "core.kit.text",
)
_CALLS: Final = frozenset(
    {
        "__import__",
        "breakpoint",
        "compile",
        "delattr",
        "eval",
        "exec",
        "globals",
        "input",
        "open",
        "print",
        "setattr",
    }
)
_CLOCK: Final = frozenset(["today", "now", "utcnow", "fromtimestamp"])


def impurities(source: str, package: str) -> Iterator[str]:
    """What is not pure in one file of `package`, with line numbers."""
    for node in ast.walk(ast.parse(source)):
        for problem in _problems(node, package):
            yield f"line {getattr(node, 'lineno', 0)}: {problem}"


def _problems(node: ast.AST, package: str) -> Iterator[str]:
    match node:
        case ast.Import(names=names):
            yield from (f"imports {n.name}" for n in names if not _allowed(n.name, package))
        case ast.ImportFrom(module=str(module), level=0):
            yield from (
                f"imports {module}.{n.name}"
                for n in node.names
                if not (_allowed(module, package) or _allowed(f"{module}.{n.name}", package))
            )
        case ast.Call(func=ast.Name(id=name)) if name in _CALLS:
            yield f"calls {name}"
        case ast.Attribute(attr=name, ctx=ast.Load()) if name in _CLOCK:
            yield f"reads the clock ({name})"
        case ast.Attribute(attr="force_setattr"):
            yield "changes a frozen value"
        case ast.Attribute(attr=name, ctx=ast.Store() | ast.Del()):
            yield f"changes an attribute ({name})"
        case ast.Global() | ast.Nonlocal():
            yield "keeps state between calls"


def _allowed(module: str, package: str) -> bool:
    if module.split(".", maxsplit=1)[0] in _STANDARD:
        return True
    if any(module == prefix or module.startswith(f"{prefix}.") for prefix in (*_OURS, package)):
        return True
    return _offers_points(module)


def _offers_points(module: str) -> bool:
    """Whether this is where a feature keeps its decision points and pure values."""
    parts = module.split(".")
    return parts[0] == "core" and any(part in ("decisions", "domain") for part in parts)
