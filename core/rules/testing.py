"""The conformance kit: `check(MODULE)` proves what every rule module promises. Modules of the
product and of anybody else call the same function from a test; it needs `hypothesis`."""

import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec import inspect

from core.kit.text import Text
from core.rules.catalogue import Catalogue
from core.rules.evaluate import decide
from core.rules.modules import Answer, AnyModule, Opinion, Params
from core.rules.parameters import annotation, facts_of, json_schema, parameters_of
from core.rules.points import Facts
from core.rules.purity import impurities
from core.rules.regulation import Act, Entry, Procedure, Regulation
from core.rules.wording import placeholders

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

_CYRILLIC: Final = re.compile("[А-Яа-яЁё]")
_ACT: Final = Act(
    key="sample",
    title=Text(ru="Пример", en="Sample"),
    number="1",
    adopted=date(2000, 1, 1),
    example=True,
)
_FIRST, _LAST = date(2000, 1, 1), date(2100, 12, 31)


def check(
    module: AnyModule,
    *,
    params: "SearchStrategy[Any] | None" = None,
    examples: int = 100,
) -> None:
    """Raise AssertionError with everything that is wrong with a module.

    Looks at labels in both languages, bounds, cited parameters, immutability and purity; then
    decides with any legal parameters and any facts: nothing may raise, every refusal and value
    must rest on a clause, every placeholder must resolve, the same question must get the same
    answer. `params` replaces the parameters made up from the types, where sensible ones are rare.
    """
    problems = [
        *_labels(module),
        *_parameters(module),
        *_facts(module),
        *_impure(module),
    ]
    assert not problems, f"{module.key}: " + "; ".join(problems)
    strategy = params if params is not None else strategy_for(module.params)
    for answer in module.answers:
        _fuzz(module, answer, strategy, examples)


def _labels(module: AnyModule) -> Iterator[str]:
    yield from _wording("label", module.label)
    yield from _wording("about", module.about)
    for name, parameter in parameters_of(module.params).items():
        yield from _wording(f"{name}: label", parameter.label)
        yield from _wording(f"{name}: help", parameter.help)
        for value, text in (parameter.labels or {}).items():
            yield from _wording(f"{name}: {value}", text)


def _wording(where: str, text: Text) -> Iterator[str]:
    if not _CYRILLIC.search(text.ru):
        yield f"{where} has no Russian wording"
    if not text.en.strip() or _CYRILLIC.search(text.en):
        yield f"{where} has no English wording"


def _parameters(module: AnyModule) -> Iterator[str]:
    fields = {field.name: field.type for field in _struct(module.params).fields}
    for name, parameter in parameters_of(module.params).items():
        if parameter.cite and not parameter.required and parameter.default is not None:
            yield f"{name} is cited, so it may have no default but None"
        types = list(_types(fields[name]))
        if any(isinstance(t, _MUTABLE) for t in types):
            yield f"{name} can be changed in place; use tuple or frozenset"
        if any(isinstance(t, inspect.FloatType) for t in types):
            yield f"{name} is a float; use int or Decimal"
        if isinstance(types[0], inspect.IntType):
            bounds = annotation(parameter.type, msgspec.Meta)
            if not bounds or bounds.ge is None or bounds.le is None:
                yield f"{name} has no bounds (Meta(ge=…, le=…))"
        if isinstance(types[0], inspect.EnumType | inspect.LiteralType):
            options = {msgspec.to_builtins(value) for value in _closed_set(types[0])}
            if options != set(parameter.labels or {}):
                yield f"{name} does not label each of its options"
    json_schema(module.params)


def _facts(module: AnyModule) -> Iterator[str]:
    for answer in module.answers:
        facts = answer.point.facts
        for field in _struct(facts).fields:
            if field.name != "on" and field.name not in facts_of(facts):
                yield f"{facts.__name__}.{field.name} carries no Fact"


def _impure(module: AnyModule) -> Iterator[str]:
    homes = {module.params.__module__} | {a.function.__module__ for a in module.answers}
    for home in sorted(homes):
        file = Path(sys.modules[home].__file__ or "")
        package = home if file.name == "__init__.py" else home.rpartition(".")[0] or home
        sources = sorted(file.parent.glob("*.py")) if file.name == "__init__.py" else [file]
        for source in sources:
            for problem in impurities(source.read_text(encoding="utf-8"), package):
                yield f"{source.name}, {problem}"


def _fuzz(
    module: AnyModule,
    answer: Answer[Any, Any, Any],
    params: "SearchStrategy[Any]",
    examples: int,
) -> None:
    from hypothesis import HealthCheck, Phase, given, settings

    catalogue = Catalogue.of([module], {a.point.key: a.point for a in module.answers}.values())

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=True,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    @given(params.filter(_sensible), strategy_for(answer.point.facts))
    def never_raises(rule: Params, facts: Facts) -> None:
        before = msgspec.json.encode((rule, facts), order="deterministic")
        opinion = answer.function(facts, rule)
        _same_placeholders(opinion)
        regulation = adopting(module, rule)
        decisions = [
            decide(
                answer.point, facts, regulation=regulation, procedure="sample", catalogue=catalogue
            )
            for _ in range(2)
        ]
        assert decisions[0] == decisions[1], f"{answer.point.key}: not deterministic"
        after = msgspec.json.encode((rule, facts), order="deterministic")
        assert before == after, f"{answer.point.key}: facts or parameters were changed"

    never_raises()


def _sensible(rule: Params) -> bool:
    return not tuple(rule.check())


def _same_placeholders(opinion: Opinion[Any] | None) -> None:
    if opinion is None:
        return
    texts = [opinion.text, opinion.next_step, *(advice.text for advice in opinion.advice)]
    for text in filter(None, texts):
        ru, en = (_named(wording) for wording in (text.ru, text.en))
        assert ru == en, f"the languages differ in {sorted(ru ^ en)}: {text.en}"


def _named(wording: str) -> frozenset[str]:
    """What a sentence speaks of; with or without the unit makes no difference."""
    names = placeholders(Text(ru=wording, en=wording))
    return frozenset(name.removesuffix("_number") for name in names)


def adopting(module: AnyModule, rule: Params) -> Regulation:
    """A made-up regulation (procedure `sample`) in which a module has just these parameters."""
    plain: Mapping[str, Any] = msgspec.to_builtins(rule)
    values = {name: value for name, value in plain.items() if value is not None}
    if module.edition != 1:
        values["edition"] = module.edition
    if not values:
        values["in_force"] = True
    return Regulation(
        version=1,
        acts=[_ACT],
        procedures=[Procedure(key="sample", feature="sample", title=_ACT.title)],
        entries=[
            Entry(
                procedure="sample",
                module=module.key,
                parameter=name,
                since=_ACT.adopted,
                value=value,
                clause="1",
                act=_ACT.key,
            )
            for name, value in values.items()
        ],
    )


_MUTABLE = (inspect.ListType, inspect.DictType, inspect.SetType, inspect.AnyType)


def _struct(kind: type[Any]) -> inspect.StructType:
    described = inspect.type_info(kind)
    assert isinstance(described, inspect.StructType)
    return described


def _types(described: inspect.Type) -> Iterator[inspect.Type]:
    """A type and all within it, the first that is not None first."""
    match described:
        case inspect.UnionType(types=types):
            for one in types:
                if not isinstance(one, inspect.NoneType):
                    yield from _types(one)
        case inspect.Metadata(type=inner):
            yield from _types(inner)
        case inspect.VarTupleType(item_type=item) | inspect.FrozenSetType(item_type=item):
            yield described
            yield from _types(item)
        case inspect.StructType(fields=fields):
            yield described
            for field in fields:
                yield from _types(field.type)
        case _:
            yield described


def _closed_set(described: inspect.EnumType | inspect.LiteralType) -> Iterable[Any]:
    if isinstance(described, inspect.EnumType):
        members: type[Enum] = described.cls
        return list(members)
    return described.values


def strategy_for(kind: type[Any]) -> "SearchStrategy[Any]":
    """Legal values of a parameter or facts class, made up from its types and bounds."""
    return _strategy(inspect.type_info(kind))


def _strategy(described: inspect.Type) -> "SearchStrategy[Any]":
    from hypothesis import strategies as st

    match described:
        case inspect.Metadata(type=inner):
            return _strategy(inner)
        case inspect.UnionType(types=types):
            return st.one_of(*(_strategy(one) for one in types))
        case inspect.NoneType():
            return st.none()
        case inspect.BoolType():
            return st.booleans()
        case inspect.IntType(ge=least, le=most):
            top = most if most is not None else (least or 0) + 10_000
            return st.integers(least if least is not None else -10_000, top)
        case inspect.DecimalType():
            return st.decimals(min_value=0, max_value=1_000_000, places=2)
        case inspect.StrType(pattern=str(pattern), max_length=longest):
            matching = st.from_regex(re.compile(pattern), fullmatch=False)
            return matching.filter(lambda text: longest is None or len(text) <= longest)
        case inspect.StrType(min_length=least, max_length=most):
            return st.text(min_size=least or 0, max_size=min(most or 20, 20))
        case inspect.DateType():
            return st.dates(_FIRST, _LAST)
        case inspect.EnumType() | inspect.LiteralType():
            return st.sampled_from(list(_closed_set(described)))
        case inspect.VarTupleType(item_type=item):
            return st.lists(_strategy(item), max_size=4).map(tuple)
        case inspect.FrozenSetType(item_type=item):
            return st.frozensets(_strategy(item), max_size=4)
        case inspect.StructType(cls=cls, fields=fields):
            return st.builds(cls, **{field.name: _strategy(field.type) for field in fields})
    raise TypeError(f"no parameters or facts of type {described!r}: use a simpler one")
