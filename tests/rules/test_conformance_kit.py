"""The conformance kit passes what is sound and says what is wrong with the rest."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Meta

from core.kit.text import DAYS, Text
from core.rules import (
    ABSENT,
    SMALLEST,
    AnyModule,
    Facts,
    Parameter,
    Params,
    quantity,
)
from core.rules.points import AnyPoint
from core.rules.testing import check, strategy_for
from tests.rules.rulings import (
    HELLO,
    SEEN,
    Holding,
    Optional,
    Sound,
    differing,
    greedy,
    moody,
    parameter,
    raising,
    remember,
    silent,
    sound_answer,
    uncited,
    unresolved,
)
from tests.rules.sample import LEAST, MAY, Colour, module


def made(
    answers: Mapping[AnyPoint, Callable[[Any, Any], Any]] | None = None,
    params: type[Params] = Sound,
    **changed: Any,
) -> AnyModule:
    plain = module("sample", dict(answers or {}), params=params)
    return msgspec.structs.replace(plain, **({"label": HELLO, "about": HELLO} | changed))


def test_what_is_sound_passes() -> None:
    check(made({MAY: sound_answer}), examples=300)


def test_a_later_edition_passes() -> None:
    check(made({MAY: sound_answer}, edition=2), examples=20)


def test_parameters_may_all_be_open() -> None:
    check(made({LEAST: silent}, params=Optional), examples=20)


def test_parameters_may_be_made_by_hand() -> None:
    SEEN.clear()
    given = Sound(number=3, rows=())
    check(made({MAY: remember}), params=st.just(given), examples=5)
    assert set(SEEN) == {given}


class Defaulted(Params, frozen=True):
    number: Annotated[int, parameter(), Meta(ge=1, le=9)] = 3


class Mutable(Params, frozen=True):
    rows: Annotated[list[int], parameter()]


class Floating(Params, frozen=True):
    price: Annotated[tuple[float, ...], parameter()]


class Unbounded(Params, frozen=True):
    number: Annotated[int, parameter(), Meta(ge=1)]


class Boundless(Params, frozen=True):
    number: Annotated[int, parameter()]


class Unlabelled(Params, frozen=True):
    colour: Annotated[Colour, parameter(labels={"red": HELLO})]


class English(Params, frozen=True):
    flag: Annotated[bool, Parameter(label=Text(ru="Flag", en="Flag"), help=Text(ru="Да", en="Да"))]


class Badly(Params, frozen=True):
    flag: Annotated[Literal["a"], parameter(labels={"a": Text(ru="", en=" ")})]


@pytest.mark.parametrize(
    ("params", "problem"),
    [
        (Defaulted, "number is cited, so it may have no default but None"),
        (Mutable, "rows can be changed in place"),
        (Floating, "price is a float"),
        (Unbounded, "number has no bounds"),
        (Boundless, "number has no bounds"),
        (Unlabelled, "colour does not label each of its options"),
        (English, "flag: label has no Russian wording; flag: help has no English wording"),
        (Badly, "flag: a has no Russian wording; flag: a has no English wording"),
    ],
)
def test_unsound_parameters(params: type[Params], problem: str) -> None:
    with pytest.raises(AssertionError, match=re.escape(problem)):
        check(made(params=params))


def test_unsound_labels() -> None:
    with pytest.raises(AssertionError, match="about has no English"):
        check(made(about=Text(ru="Да", en="")))


class Unnoted(Facts, frozen=True):
    days: int


def test_facts_without_a_note() -> None:
    point = quantity(
        "x.y", facts=Unnoted, label=HELLO, unit=DAYS, combine=SMALLEST, when_silent=ABSENT
    )
    with pytest.raises(AssertionError, match=r"Unnoted\.days carries no Fact"):
        check(made({point: silent}))


@pytest.mark.parametrize(
    ("answers", "error", "match"),
    [
        ({MAY: differing}, AssertionError, "the languages differ in"),
        ({MAY: unresolved}, AttributeError, "what"),
        ({LEAST: uncited}, Exception, "without a clause"),
        ({LEAST: raising}, ZeroDivisionError, "division"),
        ({LEAST: moody}, AssertionError, "not deterministic"),
    ],
)
def test_unsound_answers(
    answers: Mapping[AnyPoint, Callable[[Any, Any], Any]],
    error: type[Exception],
    match: str,
) -> None:
    with pytest.raises(error, match=match):
        check(made(answers), examples=300)


def test_facts_that_are_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    point = quantity(
        "x.y", facts=Holding, label=HELLO, unit=DAYS, combine=SMALLEST, when_silent=ABSENT
    )
    held = Holding(on=date(2024, 1, 1), days=[])
    monkeypatch.setattr("core.rules.testing._strategy", lambda described: st.just(held))
    rule = made({point: greedy})
    with pytest.raises(AssertionError, match="were changed"):
        check(rule, params=st.just(Sound(number=1, rows=())), examples=1)


IMPURE = """
import os
from core.rules import Params

class Nothing(Params, frozen=True):
    pass
"""


@pytest.mark.parametrize(
    ("file", "name"), [("impure.py", "impure"), ("impure/__init__.py", "impure")]
)
def test_impure_source(
    file: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import importlib
    import sys

    source = tmp_path / file
    source.parent.mkdir(exist_ok=True)
    source.write_text(IMPURE, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, name, raising=False)
    importlib.invalidate_caches()
    nothing = importlib.import_module(name).Nothing
    with pytest.raises(AssertionError, match=r"py, line 2: imports os"):
        check(made(params=nothing))
    monkeypatch.delitem(sys.modules, name)


@settings(max_examples=50, deadline=None, database=None)
@given(strategy_for(Sound))
def test_made_up_values_are_legal(rule: Sound) -> None:
    assert msgspec.convert(msgspec.to_builtins(rule), Sound) == rule


def test_types_that_cannot_be_made_up_are_named() -> None:
    with pytest.raises(TypeError, match="use a simpler one"):
        strategy_for(bytes)
