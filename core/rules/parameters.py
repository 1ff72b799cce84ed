"""What a parameter class says of itself: labels, bounds, whether a clause is needed, and the JSON
Schema that forms are built from. Values of a regulation are checked here, one by one."""

import types
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import msgspec

from core.kit.text import Locale, Noun, Text
from core.rules.modules import Parameter, Params
from core.rules.points import Fact, Facts
from core.rules.wording import number_text


class ParameterField(msgspec.Struct, frozen=True):
    """One parameter of a module, as its class declares it."""

    name: str
    type: Any
    label: Text
    help: Text
    unit: Noun | None
    labels: Mapping[str, Text] | None
    cite: bool
    required: bool
    default: Any = None


_PARAMETERS: dict[type[Params], Mapping[str, ParameterField]] = {}
_FACTS: dict[type[Facts], Mapping[str, Fact]] = {}


def parameters_of(params: type[Params]) -> Mapping[str, ParameterField]:
    """The parameters of a module in the order of its class; each must carry a `Parameter`."""
    if params not in _PARAMETERS:
        _PARAMETERS[params] = _declared(params)
    return _PARAMETERS[params]


def _declared(params: type[Params]) -> Mapping[str, ParameterField]:
    hints = get_type_hints(params, include_extras=True)
    found: dict[str, ParameterField] = {}
    for field in msgspec.structs.fields(params):
        note = annotation(hints[field.name], Parameter)
        if note is None:
            raise TypeError(f"{params.__name__}.{field.name} carries no Parameter")
        found[field.name] = ParameterField(
            name=field.name,
            type=hints[field.name],
            label=note.label,
            help=note.help,
            unit=note.unit,
            labels=note.labels,
            cite=note.cite,
            required=field.required,
            default=None if field.required else field.default,
        )
    return found


def facts_of(facts: type[Facts]) -> Mapping[str, Fact]:
    """The annotated facts of a class; `on` speaks for itself."""
    if facts not in _FACTS:
        hints = get_type_hints(facts, include_extras=True)
        notes = {
            field.name: annotation(hints[field.name], Fact)
            for field in msgspec.structs.fields(facts)
        }
        _FACTS[facts] = {name: note for name, note in notes.items() if note}
    return _FACTS[facts]


def recorded(facts: Facts) -> dict[str, Any]:
    """What the decision log may keep of facts: the governing date and what is marked recordable."""
    kept = {name for name, note in facts_of(type(facts)).items() if note.recordable} | {"on"}
    plain: dict[str, Any] = msgspec.to_builtins(facts)
    return {name: value for name, value in plain.items() if name in kept}


def annotation(hint: Any, kind: type[Any]) -> Any:
    """The note of a kind within `Annotated`, also when that is one side of `… | None`."""
    if get_origin(hint) is Annotated:
        found = next((note for note in hint.__metadata__ if isinstance(note, kind)), None)
        return found or annotation(get_args(hint)[0], kind)
    if get_origin(hint) in (Union, types.UnionType):
        return next((n for n in (annotation(arg, kind) for arg in get_args(hint)) if n), None)
    return None


def bad_value(params: type[Params], name: str, value: Any) -> Text | None:
    """What is wrong with the value of one parameter, and what is expected; None if it is legal."""
    parameter = parameters_of(params)[name]
    if any(_floats(value)):
        return Text(
            ru="Дробное число нужно записать точно, а не с плавающей точкой.",
            en="A decimal must be written exactly, not as a floating-point number.",
        )
    try:
        msgspec.convert(value, parameter.type)
    except msgspec.ValidationError as error:
        return expected(parameter) or Text(
            ru=f"Значение не подходит: {error}.", en=f"The value does not fit: {error}."
        )
    return None


def expected(parameter: ParameterField) -> Text | None:
    """What may be filled in, in words, for bounded numbers and closed sets."""
    if parameter.labels:
        options = ", ".join(parameter.labels)
        return Text(ru=f"Нужно одно из: {options}.", en=f"One of these is needed: {options}.")
    bounds = annotation(parameter.type, msgspec.Meta)
    if bounds and bounds.ge is not None and bounds.le is not None:
        return Text(
            ru="Нужно целое число от {least} до {most}.",
            en="A whole number from {least} to {most} is needed.",
        ).with_values({"least": number_text(bounds.ge), "most": number_text(bounds.le)})
    return None


def _floats(value: Any) -> Iterator[bool]:
    if isinstance(value, float):
        yield True
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _floats(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _floats(item)


def json_schema(params: type[Params], locale: Locale = "ru") -> dict[str, Any]:
    """JSON Schema (2020-12) of a module's parameters for building a form in one language.

    Beyond the standard: `x-unit` (the noun for "many"), `x-cite`, `x-options` (value → wording).
    """
    (_,), components = msgspec.json.schema_components((params,), ref_template="#/$defs/{name}")
    schema: dict[str, Any] = components.pop(params.__name__)
    for name, parameter in parameters_of(params).items():
        described = schema["properties"][name]
        described["title"] = parameter.label.in_(locale)
        described["description"] = parameter.help.in_(locale)
        described["x-cite"] = parameter.cite
        if parameter.unit:
            described["x-unit"] = parameter.unit.form(5, locale)
        if parameter.labels:
            described["x-options"] = {
                value: text.in_(locale) for value, text in parameter.labels.items()
            }
    if components:
        schema["$defs"] = components
    return schema
