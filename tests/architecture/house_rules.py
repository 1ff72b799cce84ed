"""House rules that no linter knows, each a function from source text to what is wrong with it."""

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePath

Problem = tuple[int, str]
"""Line and complaint."""


def _calls(tree: ast.AST) -> Iterator[tuple[ast.Call, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute):
                yield node, node.func.attr
            elif isinstance(node.func, ast.Name):
                yield node, node.func.id


def municipal_names(text: str, slugs: Iterable[str], names: Iterable[str]) -> Iterator[Problem]:
    """A municipality's name anywhere, or its slug as a quoted word or host label."""
    slug = re.compile(rf"""(["'/]|//)({"|".join(map(re.escape, slugs))})(["'/.])""")
    # Names without their endings, so that no case slips through.
    stems = "|".join(re.escape(name[:-2] if len(name) > 6 else name[:-1]) for name in names)
    name = re.compile(rf"\b({stems})\w{{0,4}}\b")
    for number, line in enumerate(text.splitlines(), 1):
        if found := slug.search(line) or name.search(line):
            yield number, f"names a municipality: {found.group().strip()}"


def queries_outside(source: str, path: PurePath) -> Iterator[Problem]:
    """Database work of a slice outside queries.py, service.py, model.py."""
    if {path.stem, path.parent.name} & {"queries", "service", "model"}:
        return
    tree = ast.parse(source)
    for node in ast.walk(tree):
        module = (
            node.module
            if isinstance(node, ast.ImportFrom)
            else node.names[0].name
            if isinstance(node, ast.Import)
            else None
        )
        if module and module.partition(".")[0] == "sqlalchemy":
            yield node.lineno, "imports SQLAlchemy"
    for call, name in _calls(tree):
        function = call.func
        if (
            name in {"execute", "scalars", "scalar", "scalar_one", "add", "add_all", "get"}
            and isinstance(function, ast.Attribute)
            and isinstance(function.value, ast.Attribute | ast.Name)
            and (getattr(function.value, "attr", None) or getattr(function.value, "id", None))
            == "session"
        ):
            yield call.lineno, f"calls session.{name}"


_CLOCKS = {
    ("datetime", "now"),
    ("datetime", "today"),
    ("datetime", "utcnow"),
    ("date", "today"),
    ("time", "time"),
    ("time", "time_ns"),
    ("time", "localtime"),
    ("time", "gmtime"),
}


def clock_reads(source: str) -> Iterator[Problem]:
    """The time read elsewhere than in the clock, called or passed on as a function."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute):
            owner = node.value
            name = (
                owner.id
                if isinstance(owner, ast.Name)
                else owner.attr
                if isinstance(owner, ast.Attribute)
                else ""
            )
            if (name, node.attr) in _CLOCKS:
                yield node.lineno, f"reads the time: {name}.{node.attr}"
        elif (
            isinstance(node, ast.ImportFrom)
            and node.module == "time"
            and any(alias.name == "time" for alias in node.names)
        ):
            yield node.lineno, "imports time.time"


_STATEMENTS = {"text", "execute", "executemany", "exec_driver_sql", "SQL", "stream", "copy"}


def composed_sql(source: str) -> Iterator[Problem]:
    """SQL put together from pieces instead of being given parameters."""
    for call, name in _calls(ast.parse(source)):
        if not (name in _STATEMENTS and call.args and _is_composed(call.args[0])):
            continue
        # A form has a method `text` too; SQLAlchemy's is a function.
        if name != "text" or isinstance(call.func, ast.Name):
            yield call.lineno, f"{name}() of a composed string"


def _is_composed(node: ast.expr) -> bool:
    if isinstance(node, ast.JoinedStr):
        return any(isinstance(part, ast.FormattedValue) for part in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Mod):
        return True
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if node.func.attr in {"format", "join", "replace"}:
            return isinstance(node.func.value, ast.Constant | ast.JoinedStr)
        return node.func.attr == "encode" and _is_composed(node.func.value)
    return False


_VAGUE = re.compile(r"(^|_)(utils?|helpers?|common|managers?|misc|base)(_|$)")
_VAGUE_CLASS = re.compile(r"(Service|Manager|Helper|Util|Utils)$")


def vague_names(source: str, path: PurePath) -> Iterator[Problem]:
    """Names that say nothing of what is inside."""
    if path.as_posix() != "core/db/base.py" and _VAGUE.search(path.stem):
        yield 1, f"a module named {path.stem}"
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ClassDef) and _VAGUE_CLASS.search(node.name):
            yield node.lineno, f"a class named {node.name}"


def undocumented(source: str) -> Iterator[Problem]:
    """A module that does not say what it is responsible for."""
    if ast.get_docstring(ast.parse(source)) is None:
        yield 1, "has no docstring"


def more_than_a_docstring(source: str) -> Iterator[Problem]:
    """A slice's __init__.py that does something: a plugin would execute the whole slice."""
    body = ast.parse(source).body
    for node in body[1:] if ast.get_docstring(ast.parse(source)) else body:
        yield node.lineno, "holds more than a docstring"


def application_imports(source: str) -> Iterator[Problem]:
    """A migration that depends on what the application looks like today."""
    for node in ast.walk(ast.parse(source)):
        modules = (
            [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else []
        )
        for module in modules:
            if module.partition(".")[0] in {"core", "plugins", "tests"}:
                yield node.lineno, f"imports {module}"


def python_files(root: Path, *folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from sorted((root / folder).rglob("*.py"))
