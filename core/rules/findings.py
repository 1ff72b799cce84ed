"""What is wrong with a regulation, found before anybody is refused by it: `veche tenants check`."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Literal

import msgspec

from core.kit.text import Text
from core.rules.catalogue import Catalogue
from core.rules.errors import BadRegulation
from core.rules.modules import RESERVED, AnyModule
from core.rules.parameters import bad_value, parameters_of
from core.rules.points import EXACTLY_ONE
from core.rules.regulation import Entry, Regulation
from core.rules.standing import build, edition_of, ended, missing, standings

FindingKey = Literal[
    "unknown_procedure",
    "unknown_module",
    "unknown_parameter",
    "unknown_act",
    "bad_value",
    "uncited",
    "conflict",
    "incomplete",
    "two_answers",
]


class Finding(msgspec.Struct, frozen=True):
    """One thing that is wrong, where it is, and from which day on.

    A warning may be intended; an error makes decisions of the procedure stop.
    """

    key: FindingKey
    severity: Literal["error", "warning"]
    procedure: str
    message: Text
    module: str = ""
    parameter: str = ""
    on: date | None = None


def check_regulation(regulation: Regulation, catalogue: Catalogue) -> tuple[Finding, ...]:
    """Everything that is wrong, entry by entry and then day by day; empty if all is well."""
    found = [f for entry in regulation.entries for f in _entry(entry, regulation, catalogue)]
    broken = {(f.procedure, f.module) for f in found if f.severity == "error" and _fatal(f)}
    for procedure in sorted({entry.procedure for entry in regulation.entries}):
        modules = sorted({module for module, _ in regulation.names(procedure)})
        sound = [module for module in modules if (procedure, module) not in broken]
        for module in sound:
            found += _history(regulation, procedure, module, catalogue)
        if len(sound) == len(modules) and not any(
            f.key == "conflict" and f.procedure == procedure for f in found
        ):
            found += _rivals(regulation, procedure, catalogue)
    return tuple(found)


def _fatal(finding: Finding) -> bool:
    """Whether a module cannot be built at all, so that looking day by day would only repeat it."""
    return finding.key in ("unknown_module", "unknown_parameter", "bad_value")


def _entry(entry: Entry, regulation: Regulation, catalogue: Catalogue) -> Iterator[Finding]:
    def finding(key: FindingKey, ru: str, en: str) -> Finding:
        return Finding(
            key,
            "error",
            entry.procedure,
            Text(ru=ru, en=en),
            entry.module,
            entry.parameter,
            entry.since,
        )

    if entry.procedure not in regulation.procedures:
        yield finding(
            "unknown_procedure",
            f"Порядок «{entry.procedure}» не описан.",
            f"The procedure {entry.procedure} is not described.",
        )
    editions = catalogue.editions(entry.module)
    if not editions:
        yield finding(
            "unknown_module",
            f"Правило «{entry.module}» не установлено.",
            f"The rule module {entry.module} is not installed.",
        )
        return
    if entry.act is not None and entry.act not in regulation.acts:
        yield finding(
            "unknown_act",
            f"Акта «{entry.act}» нет среди актов города.",
            f"The act {entry.act} is not among the city's acts.",
        )
    knowing = [m for m in editions if entry.parameter in parameters_of(m.params)]
    if not knowing and entry.parameter not in RESERVED:
        yield finding(
            "unknown_parameter",
            f"У правила «{entry.module}» нет параметра «{entry.parameter}».",
            f"The rule module {entry.module} has no parameter {entry.parameter}.",
        )
        return
    problem = _reserved(entry, editions) if not knowing else _value(entry, knowing)
    if problem:
        yield finding("bad_value", problem.ru, problem.en)
    cite = not knowing or any(parameters_of(m.params)[entry.parameter].cite for m in knowing)
    if cite and not (entry.act and entry.clause):
        yield finding(
            "uncited",
            "Не указаны пункт и акт, на которых основано значение.",
            "The clause and the act that the value rests on are not given.",
        )


def _value(entry: Entry, knowing: list[AnyModule]) -> Text | None:
    """What is wrong with a value by every edition that knows it; one that takes it is enough."""
    problems = [bad_value(module.params, entry.parameter, entry.value) for module in knowing]
    return None if None in problems else problems[-1]


def _reserved(entry: Entry, editions: tuple[AnyModule, ...]) -> Text | None:
    if entry.parameter == "in_force":
        if isinstance(entry.value, bool):
            return None
        return Text(ru="Нужно true или false.", en="True or false is needed.")
    if type(entry.value) is int and entry.value in {module.edition for module in editions}:
        return None
    known = ", ".join(str(module.edition) for module in editions)
    return Text(
        ru=f"Такой редакции нет. Есть редакции: {known}.",
        en=f"There is no such edition. Editions: {known}.",
    )


def _history(
    regulation: Regulation, procedure: str, module: str, catalogue: Catalogue
) -> Iterator[Finding]:
    """Conflicts on each day on which something changes, and a module that never comes to force."""
    ever = False
    lacking: tuple[str, ...] = ()
    before: frozenset[Text] = frozenset()
    for on in regulation.changes(procedure):
        entries = _entries(regulation, procedure, module, on)
        if not entries or ended(entries):
            continue
        edition = edition_of(module, entries, catalogue)
        lacking = missing(edition, entries)
        if lacking:
            continue
        ever = True
        known = parameters_of(edition.params)
        try:
            params = build(edition, {n: e for n, e in entries.items() if n in known})
        except BadRegulation as error:
            # Legal for another edition than the one adopted on that day.
            problems = frozenset({Text(ru=str(error), en=str(error))})
        else:
            problems = frozenset(params.check())
        for problem in sorted(problems - before, key=lambda text: text.en):
            yield Finding("conflict", "error", procedure, problem, module, on=on)
        before = problems
    if lacking and not ever:
        names = ", ".join(lacking)
        yield Finding(
            "incomplete",
            "error",
            procedure,
            Text(
                ru=f"Правило не вступит в силу: не заданы {names}.",
                en=f"The rule never comes into force: {names} not set.",
            ),
            module,
        )


def _rivals(regulation: Regulation, procedure: str, catalogue: Catalogue) -> Iterator[Finding]:
    """Several modules in force that may answer what exactly one may; each pair reported once."""
    seen: set[str] = set()
    for on in regulation.changes(procedure):
        law = standings(regulation, procedure, on, catalogue)
        for point in catalogue.points:
            answering = [key for key, s in law.items() if s.module.answer_to(point)]
            if point.combine is EXACTLY_ONE and len(answering) > 1 and point.key not in seen:
                seen.add(point.key)
                names = ", ".join(answering)
                yield Finding(
                    "two_answers",
                    "warning",
                    procedure,
                    Text(
                        ru=f"На вопрос «{point.label.ru}» могут ответить сразу: {names}.",
                        en=f"More than one may answer “{point.label.en}”: {names}.",
                    ),
                    on=on,
                )


def _entries(regulation: Regulation, procedure: str, module: str, on: date) -> Mapping[str, Entry]:
    found = regulation.in_force(procedure, on)
    return {parameter: entry for (key, parameter), entry in found.items() if key == module}
