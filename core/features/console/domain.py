"""The regulation laid out for reading, and questions to it laid out as forms. Pure: it reads what
`core.rules` knows and decides nothing."""

import types
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin, get_type_hints

import msgspec

from core.kit.text import Noun, Text
from core.rules import (
    Act,
    AnyModule,
    AnyPoint,
    BadRegulation,
    Catalogue,
    Clause,
    Entry,
    Fact,
    Facts,
    Regulation,
)
from core.rules.modules import RESERVED
from core.rules.parameters import ParameterField, annotation, parameters_of
from core.rules.standing import edition_of, ended, missing
from core.rules.wording import shown


class Value(msgspec.Struct, frozen=True):
    """A value of one parameter from a day on: in words (several lines for a list), the clause it
    rests on, and a remark if the act needed one."""

    since: date
    lines: tuple[Text, ...]
    clause: Clause | None
    note: str


class ParameterShown(msgspec.Struct, frozen=True):
    """A parameter on some day: the value that counts, those before it (the latest first), and
    those that are still to come (the next first)."""

    name: str
    label: Text
    help: Text
    now: Value | None
    before: tuple[Value, ...]
    coming: tuple[Value, ...]


class ModuleShown(msgspec.Struct, frozen=True):
    """A rule of a procedure on some day. `lacking` names what it still needs to be in force."""

    key: str
    edition: int
    label: Text
    about: Text
    ended: bool
    lacking: tuple[Text, ...]
    parameters: tuple[ParameterShown, ...]

    @property
    def in_force(self) -> bool:
        return not self.ended and not self.lacking


class Change(msgspec.Struct, frozen=True):
    """Something that will hold from a day on: the parameter, its value before and from then."""

    since: date
    procedure: str
    module: Text
    parameter: Text
    before: tuple[Text, ...]
    value: Value


_RESERVED_LABELS: Final[Mapping[str, Text]] = {
    "in_force": Text(ru="Действие правила", en="Whether the rule is in force"),
    "edition": Text(ru="Редакция правила", en="Edition of the rule"),
}
_IN_FORCE: Final = Text(ru="действует", en="in force")
_ENDED: Final = Text(ru="прекращено", en="ended")
_UNKNOWN: Final = Text(
    ru="Правило не установлено на сервере, решения по нему невозможны.",
    en="This rule is not installed; nothing can be decided by it.",
)


def laid_out(
    regulation: Regulation, catalogue: Catalogue, procedure: str, on: date
) -> tuple[ModuleShown, ...]:
    """Every rule a procedure speaks of, by its label, as it stands on a day."""
    law = regulation.in_force(procedure, on)
    keys = sorted({module for module, _parameter in regulation.names(procedure)})
    found = [
        _module(regulation, catalogue, procedure, key, _of_module(law, key), on) for key in keys
    ]
    return tuple(sorted(found, key=lambda one: one.label.ru))


def _of_module(law: Mapping[tuple[str, str], Entry], key: str) -> dict[str, Entry]:
    return {parameter: entry for (module, parameter), entry in law.items() if module == key}


def _module(
    regulation: Regulation,
    catalogue: Catalogue,
    procedure: str,
    key: str,
    law: Mapping[str, Entry],
    on: date,
) -> ModuleShown:
    try:
        module = edition_of(key, law, catalogue)
        over = ended(law)
    except BadRegulation:
        return ModuleShown(key, 0, Text(ru=key, en=key), _UNKNOWN, True, (), ())
    fields = parameters_of(module.params)
    names = [name for name in fields if regulation.history(procedure, key, name)]
    return ModuleShown(
        key=key,
        edition=module.edition,
        label=module.label,
        about=module.about,
        ended=over,
        lacking=tuple(fields[name].label for name in missing(module, law)),
        parameters=tuple(
            _parameter(regulation, fields[name], regulation.history(procedure, key, name), on)
            for name in names
        ),
    )


def _parameter(
    regulation: Regulation, field: ParameterField, history: Sequence[Entry], on: date
) -> ParameterShown:
    past = [entry for entry in history if entry.since <= on]
    values = [_value(regulation, field, entry) for entry in past]
    return ParameterShown(
        name=field.name,
        label=field.label,
        help=field.help,
        now=values[-1] if values else None,
        before=tuple(reversed(values[:-1])),
        coming=tuple(_value(regulation, field, entry) for entry in history if entry.since > on),
    )


def _value(regulation: Regulation, field: ParameterField, entry: Entry) -> Value:
    return Value(
        since=entry.since,
        lines=in_words(field, entry.value),
        clause=regulation.clause(entry),
        note=entry.note,
    )


def in_words(field: ParameterField, value: object) -> tuple[Text, ...]:
    """A value as a regulation holds it, in words; one line for each item of a list."""
    try:
        typed: object = msgspec.convert(value, field.type)
    except msgspec.ValidationError:
        raw = str(value)
        return (Text(ru=raw, en=raw),)
    if isinstance(typed, tuple):
        return tuple(shown(item, field.unit, field.labels) for item in typed)
    return (shown(typed, field.unit, field.labels),)


def coming(
    regulation: Regulation, catalogue: Catalogue, procedure: str, on: date
) -> tuple[Change, ...]:
    """What changes in a procedure after a day, the next change first."""
    found = [
        change
        for key, name in regulation.names(procedure)
        for change in _changes(regulation, catalogue, procedure, key, name, on)
    ]
    return tuple(sorted(found, key=lambda one: (one.since, one.module.ru, one.parameter.ru)))


def _changes(
    regulation: Regulation, catalogue: Catalogue, procedure: str, key: str, name: str, on: date
) -> Iterator[Change]:
    history = regulation.history(procedure, key, name)
    module = next(iter(reversed(catalogue.editions(key))), None)
    for place, entry in enumerate(history):
        if entry.since <= on:
            continue
        before = history[place - 1] if place else None
        yield Change(
            since=entry.since,
            procedure=procedure,
            module=module.label if module else Text(ru=key, en=key),
            parameter=_label(module, name),
            before=_said(module, name, before) if before else (),
            value=Value(
                since=entry.since,
                lines=_said(module, name, entry),
                clause=regulation.clause(entry),
                note=entry.note,
            ),
        )


def _label(module: AnyModule | None, name: str) -> Text:
    if name in _RESERVED_LABELS:
        return _RESERVED_LABELS[name]
    field = parameters_of(module.params).get(name) if module else None
    return field.label if field else Text(ru=name, en=name)


def _said(module: AnyModule | None, name: str, entry: Entry) -> tuple[Text, ...]:
    if name == "in_force":
        return (_IN_FORCE if entry.value else _ENDED,)
    field = parameters_of(module.params).get(name) if module and name not in RESERVED else None
    if field is None:
        return (Text(ru=str(entry.value), en=str(entry.value)),)
    return in_words(field, entry.value)


def acts_cited(regulation: Regulation, procedure: str) -> tuple[Act, ...]:
    """The acts that a procedure rests on, the latest first."""
    cited = {
        entry.act for entry in regulation.entries if entry.procedure == procedure and entry.act
    }
    acts = [act for key, act in regulation.acts.items() if key in cited]
    return tuple(sorted(acts, key=lambda act: (act.adopted, act.number), reverse=True))


FieldKind = Literal["whole", "flag", "choice", "district", "districts"]


class FactField(msgspec.Struct, frozen=True):
    """One fact of a question as a field of a form."""

    name: str
    kind: FieldKind
    label: Text
    unit: Noun | None = None
    options: tuple[tuple[str, Text], ...] = ()
    optional: bool = False
    least: int | None = None


def questions(
    regulation: Regulation, catalogue: Catalogue, on: date
) -> tuple[tuple[AnyPoint, str], ...]:
    """The decision points that can be asked by a form, each with the procedure that answers it."""
    found = []
    for point in catalogue.points:
        if fact_fields(point.facts) is None:
            continue
        answering = {module.key for module in catalogue.answering(point)}
        found += [
            (point, procedure)
            for procedure in sorted(regulation.procedures)
            if answering & {module for module, _name in regulation.in_force(procedure, on)}
        ]
    return tuple(found)


def fact_fields(facts: type[Facts]) -> tuple[FactField, ...] | None:
    """The facts of a class as form fields, the day left out; None if one of them has no field."""
    hints = get_type_hints(facts, include_extras=True)
    fields = []
    for struct_field in msgspec.structs.fields(facts):
        if struct_field.name == "on":
            continue
        field = _fact_field(struct_field.name, hints[struct_field.name])
        if field is None:
            return None
        fields.append(field)
    return tuple(fields)


def _fact_field(name: str, hint: Any) -> FactField | None:
    note = annotation(hint, Fact)
    if note is None:
        return None
    bounds = annotation(hint, msgspec.Meta)
    base, optional = _plain(hint)
    common: dict[str, Any] = {"name": name, "label": note.label, "optional": optional}
    if base is bool:
        return FactField(kind="flag", **common)
    if base is int:
        least = int(bounds.ge) if bounds is not None and bounds.ge is not None else None
        return FactField(kind="whole", unit=note.unit, least=least, **common)
    if isinstance(base, type) and issubclass(base, StrEnum):
        values = [member.value for member in base]
        return FactField(kind="choice", options=_options(values, note.labels), **common)
    if get_origin(base) is Literal:
        return FactField(kind="choice", options=_options(get_args(base), note.labels), **common)
    if base is str and name == "district":
        return FactField(kind="district", **common)
    if get_origin(base) is frozenset:
        return FactField(kind="districts", **common)
    return None


def _plain(hint: Any) -> tuple[Any, bool]:
    """A type without its notes, and whether it may be absent."""
    if get_origin(hint) is Annotated:
        return _plain(get_args(hint)[0])
    if get_origin(hint) in (Union, types.UnionType):
        sides = [side for side in get_args(hint) if side is not type(None)]
        if len(sides) == 1:
            return _plain(sides[0])[0], True
    return hint, False


def _options(
    values: Sequence[str], labels: Mapping[str, Text] | None
) -> tuple[tuple[str, Text], ...]:
    known = labels or {}
    return tuple((value, known.get(value, Text(ru=value, en=value))) for value in values)
