"""What the law is on one day in one procedure: the modules in force with their parameters, built
from the entries that count on that day, ready to be asked."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import msgspec

from core.kit.text import Text
from core.rules.catalogue import Catalogue
from core.rules.errors import BadRegulation
from core.rules.modules import RESERVED, AnyModule, Params
from core.rules.parameters import bad_value, parameters_of
from core.rules.regulation import Clause, Entry, Regulation
from core.rules.wording import shown


class Standing(msgspec.Struct, frozen=True):
    """One module in force: which edition, its parameters, and where each of them comes from."""

    module: AnyModule
    params: Params
    clauses: Mapping[str, Clause]
    """By parameter; a parameter without an entry or without a clause is absent."""
    entries: Mapping[str, Entry]
    words: Mapping[str, tuple[Text, Text]]
    """By parameter: label and value in words."""
    digest: bytes

    def clause(self, regulation: Regulation, parameter: str, number: str | None) -> Clause | None:
        """The clause a parameter rests on, or a closer one of the same act."""
        if number is None:
            return self.clauses.get(parameter)
        entry = self.entries.get(parameter)
        return regulation.clause(entry, number) if entry else None


def standings(
    regulation: Regulation, procedure: str, on: date, catalogue: Catalogue
) -> Mapping[str, Standing]:
    """Every module in force, by key; raises BadRegulation if one of them cannot be."""
    grouped: dict[str, dict[str, Entry]] = {}
    for (module, parameter), entry in sorted(regulation.in_force(procedure, on).items()):
        grouped.setdefault(module, {})[parameter] = entry
    found: dict[str, Standing] = {}
    for key, entries in grouped.items():
        standing = stand(regulation, key, entries, catalogue)
        if standing is not None:
            found[key] = standing
    return found


def stand(
    regulation: Regulation, key: str, entries: Mapping[str, Entry], catalogue: Catalogue
) -> Standing | None:
    """One module by the entries that count on a day; None if it is not in force then."""
    if ended(entries):
        return None
    module = edition_of(key, entries, catalogue)
    strangers = set(entries) - set(RESERVED) - catalogue.parameter_names(key)
    if strangers:
        raise BadRegulation(f"{key} has no parameter {', '.join(sorted(strangers))}")
    if missing(module, entries):
        return None
    known = parameters_of(module.params)
    used = {name: entry for name, entry in entries.items() if name in known}
    params = build(module, used)
    conflicts = tuple(params.check())
    if conflicts:
        raise BadRegulation(f"{key}: {'; '.join(text.en for text in conflicts)}")
    clauses = {name: regulation.clause(entry) for name, entry in used.items()}
    return Standing(
        module=module,
        params=params,
        clauses={name: clause for name, clause in clauses.items() if clause},
        entries=used,
        words={
            name: (parameter.label, shown(getattr(params, name), parameter.unit, parameter.labels))
            for name, parameter in known.items()
        },
        digest=_digest(entries.values()),
    )


def missing(module: AnyModule, entries: Mapping[str, Entry]) -> tuple[str, ...]:
    """The parameters without which a module cannot be in force, and which have no entry yet."""
    known = parameters_of(module.params).values()
    return tuple(p.name for p in known if p.required and p.name not in entries)


def build(module: AnyModule, entries: Mapping[str, Entry]) -> Params:
    """The parameters that entries make; raises BadRegulation at the first value that is none."""
    for name, entry in entries.items():
        if problem := bad_value(module.params, name, entry.value):
            raise BadRegulation(f"{module.key}.{name} from {entry.since}: {problem.en}")
    values = {name: entry.value for name, entry in entries.items()}
    params: Params = msgspec.convert(values, module.params)
    return params


def ended(entries: Mapping[str, Entry]) -> bool:
    """Whether the reserved `in_force` has put the module out of force."""
    switch = entries.get("in_force")
    if switch is None:
        return False
    if not isinstance(switch.value, bool):
        raise BadRegulation(f"{switch.module}.in_force must be true or false")
    return not switch.value


def edition_of(key: str, entries: Mapping[str, Entry], catalogue: Catalogue) -> AnyModule:
    """The edition a city has adopted: the first one unless an entry says otherwise."""
    adopted = entries.get("edition")
    number: Any = adopted.value if adopted else 1
    module = catalogue.module(key, number) if type(number) is int else None
    if module is None:
        # To go on without it would silently drop a part of the law.
        raise BadRegulation(f"no rule module {key}, edition {number!r}, is installed")
    return module


def _digest(entries: Iterable[Entry]) -> bytes:
    ordered = sorted(entries, key=lambda entry: entry.parameter)
    return hashlib.sha256(msgspec.json.encode(ordered, order="deterministic")).digest()
