"""The rule catalogue as Markdown (docs/rules): one page for each module and an index of modules and
decision points. The same catalogue always gives the same text."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from core.kit.text import Text
from core.rules.catalogue import Catalogue
from core.rules.modules import AnyModule
from core.rules.parameters import ParameterField, annotation, facts_of, parameters_of
from core.rules.points import AnyPoint, Silence
from core.rules.wording import shown

_GENERATED = "<!-- Generated from the rule modules; edit their labels and help instead. -->"

_COMBINE = {
    "unanimous": "one refusal refuses",
    "smallest": "the smallest answer counts",
    "largest": "the largest answer counts",
    "exactly_one": "exactly one rule may answer",
}
_SILENCE = {
    Silence.DENY: "not allowed",
    Silence.ALLOW: "allowed",
    Silence.ABSENT: "no value",
    Silence.ERROR: "an error",
}


def pages(catalogue: Catalogue) -> Mapping[str, str]:
    """File name → Markdown: `index.md`, and `<module>.md` for each module."""
    keys = sorted({module.key for module in catalogue.modules})
    found = {"index.md": _index(catalogue, keys)}
    for key in keys:
        found[f"{key}.md"] = _page(catalogue.editions(key))
    return found


def _index(catalogue: Catalogue, keys: Sequence[str]) -> str:
    modules = [catalogue.editions(key)[-1] for key in keys]
    lines = [
        "# Rule catalogue",
        "",
        _GENERATED,
        "",
        "## Modules",
        "",
        *_table(
            ("module", "правило", "what it is"),
            ((f"[{m.key}]({m.key}.md)", m.label.ru, m.about.en) for m in modules),
        ),
        "",
        "## Decision points",
        "",
        *_table(
            (
                "point",
                "вопрос",
                "question",
                "answers combine",
                "when no rule speaks",
                "answered by",
            ),
            (
                (
                    f"`{point.key}`",
                    point.label.ru,
                    point.label.en,
                    _COMBINE[point.combine.value],
                    _silence(point),
                    ", ".join(
                        sorted({f"[{m.key}]({m.key}.md)" for m in catalogue.answering(point)})
                    ),
                )
                for point in catalogue.points
            ),
        ),
        "",
        "## Facts",
        "",
        "All that a rule may know beside the governing date.",
        "",
        *_table(("point", "fact", "label", "kept in the decision log"), _facts(catalogue.points)),
    ]
    return "\n".join(lines) + "\n"


def _facts(points: Iterable[AnyPoint]) -> Iterable[tuple[str, ...]]:
    for point in points:
        for name, fact in facts_of(point.facts).items():
            kept = "yes" if fact.recordable else "no"
            yield f"`{point.key}`", f"`{name}`", _both(fact.label), kept


def _silence(point: AnyPoint) -> str:
    if point.silence is not None:
        return _SILENCE[point.silence]
    return shown(point.silent_value, point.unit, point.labels).en


def _page(editions: Sequence[AnyModule]) -> str:
    newest = editions[-1]
    lines = [f"# {newest.label.en} (`{newest.key}`)", "", _GENERATED, ""]
    for module in editions:
        if len(editions) > 1:
            lines += [f"## Edition {module.edition}", ""]
        lines += [
            f"**{module.label.ru}.** {module.about.ru}",
            "",
            module.about.en,
            "",
            "Answers: " + ", ".join(f"`{answer.point.key}`" for answer in module.answers) + ".",
            "",
        ]
        for parameter in parameters_of(module.params).values():
            lines += _parameter(parameter)
    return "\n".join(lines).rstrip() + "\n"


def _parameter(parameter: ParameterField) -> list[str]:
    facts = [_both(parameter.label), _values(parameter)]
    if parameter.cite:
        facts.append("every entry names clause and act")
    if parameter.required:
        facts.append("needed for the rule to be in force")
    else:
        default = shown(parameter.default, parameter.unit, parameter.labels)
        facts.append(f"without an entry: {_both(default)}")
    return [
        f"### `{parameter.name}`",
        "",
        *(f"- {fact}" for fact in facts if fact),
        "",
        parameter.help.ru,
        "",
        parameter.help.en,
        "",
    ]


def _values(parameter: ParameterField) -> str:
    if parameter.labels:
        options = (f"`{value}` {_both(text)}" for value, text in parameter.labels.items())
        return "one of: " + "; ".join(options)
    bounds: Any = annotation(parameter.type, msgspec.Meta)
    if bounds and bounds.ge is not None and bounds.le is not None:
        unit = f" {parameter.unit.form(bounds.le, 'en')}" if parameter.unit else ""
        return f"{bounds.ge} to {bounds.le}{unit}"
    return ""


def _both(text: Text) -> str:
    return f"{text.ru} / {text.en}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    return [
        "| " + " | ".join(head) + " |",
        "|" + " --- |" * len(head),
        *("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows),
    ]
