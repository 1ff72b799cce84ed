"""Every kind of notice that the source tells of is declared by a feature, once and in words."""

import ast
from collections import Counter
from pathlib import Path

import pytest

from core.feature import installed_features

ROOT = Path(__file__).resolve().parents[2]


def constants(tree):
    """Strings that a module gives names to at its top, also within a class or a mapping."""
    found = {}
    for node in ast.walk(tree):
        targets = (
            node.targets
            if isinstance(node, ast.Assign)
            else [node.target]
            if isinstance(node, ast.AnnAssign)
            else []
        )
        value = getattr(node, "value", None)
        for target in targets:
            if isinstance(target, ast.Name) and isinstance(value, ast.Constant):
                found[target.id] = value.value
    return found


def kinds_told(source, known):
    """The second argument of each call of `tell`, where it is a string or the name of one."""
    for node in ast.walk(ast.parse(source)):
        if not (isinstance(node, ast.Call) and node.args):
            continue
        name = getattr(node.func, "id", None) or getattr(node.func, "attr", None)
        if name not in ("tell", "_tell"):
            continue
        kind = next((one.value for one in node.keywords if one.arg == "kind"), None)
        kind = kind or (node.args[1] if len(node.args) > 1 else None)
        if isinstance(kind, ast.Constant):
            yield node.lineno, kind.value
        elif isinstance(kind, ast.Name) and kind.id in known:
            yield node.lineno, known[kind.id]


@pytest.fixture(scope="module")
def declared():
    return [kind for feature in installed_features() for kind in feature.messages]


def test_every_kind_told_is_declared(declared):
    keys = {kind.key for kind in declared}
    missing = []
    for file in sorted((ROOT / "core").rglob("*.py")):
        source = file.read_text(encoding="utf-8")
        if "tell(" not in source:
            continue
        tree = ast.parse(source)
        for line, kind in kinds_told(source, constants(tree)):
            if kind not in keys:
                missing.append(f"{file.relative_to(ROOT)}:{line}: {kind}")
    assert not missing


def test_the_search_finds_what_is_told():
    source = 'KIND: Final = "a.b"\ntell(work, KIND, [])\ntell(work, "c.d", [])\n'
    assert [kind for _, kind in kinds_told(source, constants(ast.parse(source)))] == ["a.b", "c.d"]


def test_kinds_are_declared_once_and_in_both_languages(declared):
    twice = [key for key, number in Counter(one.key for one in declared).items() if number > 1]
    assert not twice
    assert all(one.label.ru and one.label.en for one in declared)
    assert all(not (one.binding and one.email == "never") for one in declared)
