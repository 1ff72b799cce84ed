"""A decision in words: one structure for pages and the API, and plain text for the terminal."""

from datetime import date
from typing import Any, Final

import msgspec

from core.kit.text import Locale, Text
from core.rules.decision import Decision, Reason, ReasonKind
from core.rules.regulation import Act, Clause
from core.rules.wording import day_text


class NamedValue(msgspec.Struct, frozen=True):
    """A value a reason speaks of."""

    label: str
    value: str


class ClauseWords(msgspec.Struct, frozen=True):
    """A clause with its act; `act_date` is for reading, `act_adopted` for reckoning, and
    `citation` is the whole of it in one line."""

    number: str
    act_title: str
    act_number: str
    act_date: str
    act_adopted: date
    link: str | None
    example: bool
    citation: str


class ReasonWords(msgspec.Struct, frozen=True):
    """One reason; `next_step` says what the person can do about a refusal."""

    kind: ReasonKind
    text: str
    next_step: str | None
    module: str
    edition: int
    values: tuple[NamedValue, ...]
    clauses: tuple[ClauseWords, ...]


class Explanation(msgspec.Struct, frozen=True):
    """A decision in one language; `value` is plain, `shown` is in words."""

    point: str
    label: str
    value: bool | int | str | None
    shown: str
    on: date
    procedure: str
    reasons: tuple[ReasonWords, ...]
    digest: str


def explain(decision: Decision[Any], locale: Locale) -> Explanation:
    """The same for the «Почему?» fragment, the API's `reasons`, and the decision log."""
    return Explanation(
        point=decision.point,
        label=decision.label.in_(locale),
        value=msgspec.to_builtins(decision.value),
        shown=decision.shown.in_(locale),
        on=decision.on,
        procedure=decision.procedure,
        reasons=reasons_data(decision, locale),
        digest=decision.digest,
    )


def reasons_data(decision: Decision[Any], locale: Locale) -> tuple[ReasonWords, ...]:
    """The reasons alone, for the decision log and for problem details."""
    return tuple(reason_words(reason, locale) for reason in decision.reasons)


def as_data(decision: Decision[Any], locale: Locale) -> dict[str, Any]:
    """The explanation as plain dictionaries, lists, strings and numbers."""
    data: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(explain(decision, locale)))
    return data


def reason_words(reason: Reason, locale: Locale) -> ReasonWords:
    return ReasonWords(
        kind=reason.kind,
        text=reason.text.in_(locale),
        next_step=reason.next_step.in_(locale) if reason.next_step else None,
        module=reason.module,
        edition=reason.edition,
        values=tuple(
            NamedValue(label.in_(locale), value.in_(locale)) for label, value in reason.values
        ),
        clauses=tuple(clause_words(clause, locale) for clause in reason.clauses),
    )


def clause_words(clause: Clause, locale: Locale) -> ClauseWords:
    act = clause.act
    return ClauseWords(
        number=clause.number,
        act_title=act.title.in_(locale),
        act_number=act.number,
        act_date=day_text(act.adopted).in_(locale),
        act_adopted=act.adopted,
        link=act.link,
        example=act.example,
        citation=f"{clause.number}, {act_words(act).in_(locale)}",
    )


def act_words(act: Act) -> Text:
    """«Регламент работы с ресурсом, № 2272 от 23 октября 2023»."""
    named = _ACT.with_values(
        {"title": act.title, "number": act.number, "adopted": day_text(act.adopted)}
    )
    if not act.example:
        return named
    return _EXAMPLE.with_values({"act": named})


def as_text(decision: Decision[Any], locale: Locale) -> str:
    """Several plain lines for a terminal or a letter."""
    words = explain(decision, locale)
    lines = [
        f"{words.label}: {words.shown}",
        _BY_LAW_OF.with_values({"day": day_text(decision.on)}).in_(locale),
    ]
    for reason in words.reasons:
        lines += ["", f"{_SIGNS[reason.kind]} {reason.text}"]
        if reason.next_step:
            lines.append(f"  {reason.next_step}")
        lines += [f"  {named.label}: {named.value}" for named in reason.values]
        for clause in reason.clauses:
            lines.append(f"  {_GROUND.in_(locale)}: {clause.citation}")
            if clause.link:
                lines.append(f"    {clause.link}")
    return "\n".join(lines) + "\n"


_SIGNS: Final[dict[ReasonKind, str]] = {
    "refusal": "✗",
    "grant": "✓",
    "value": "•",
    "advice": "→",
    "silence": "○",
}
_ACT: Final = Text(ru="{title}, № {number} от {adopted}", en="{title}, No. {number} of {adopted}")
_EXAMPLE: Final = Text(
    ru="{act} (вымышленный акт, для примера)", en="{act} (a made-up act, as an example)"
)
_BY_LAW_OF: Final = Text(ru="по правилам на {day}", en="by the rules of {day}")
_GROUND: Final = Text(ru="Основание", en="Basis")
