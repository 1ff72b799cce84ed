"""`decide`: puts a question to the rules in force on the governing date, and combines what they
answer without regard to order. It never guesses: what cannot be decided raises a RuleError."""

import hashlib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

import msgspec

from core.kit.text import Text
from core.rules.catalogue import Catalogue
from core.rules.decision import Decision, Reason, ReasonKind
from core.rules.errors import BadRegulation, Disagreement, Silent, Uncited
from core.rules.modules import Cited, Opinion, Value
from core.rules.parameters import facts_of
from core.rules.points import (
    EXACTLY_ONE,
    LARGEST,
    A,
    AnyPoint,
    DecisionPoint,
    F,
    Facts,
    Silence,
    V,
    Verdict,
)
from core.rules.regulation import Regulation
from core.rules.standing import Standing, standings
from core.rules.wording import NO, YES, placeholders, shown

_NO_RULE: Final = Text(
    ru="В правилах города пока нет нормы, которая это разрешает: «{label}».",
    en="The city's rules do not yet have a provision that allows this: “{label}”.",
)
_ASK: Final = Text(
    ru="Напишите в администрацию: норму можно добавить в регламент.",
    en="Write to the administration: a provision can be added to the regulation.",
)
_FREE: Final = Text(
    ru="Правила города этого не ограничивают: «{label}».",
    en="The city's rules do not limit this: “{label}”.",
)
_UNSET: Final = Text(
    ru="Правила города этого не устанавливают: «{label}».",
    en="The city's rules do not set this: “{label}”.",
)
_GRANTED: Final = Text(
    ru="Правило «{module}» это разрешает.", en="The rule “{module}” allows this."
)
_SET: Final = Text(ru="{label}: {value}.", en="{label}: {value}.")


class _Voice(msgspec.Struct, frozen=True):
    """One module that spoke."""

    standing: Standing
    opinion: Opinion[Any]


def decide(
    point: DecisionPoint[F, A, V],
    facts: F,
    *,
    regulation: Regulation,
    procedure: str,
    catalogue: Catalogue,
) -> Decision[V]:
    """The answer of the rules in force in `procedure` on `facts.on`.

    Raises Uncited, Silent, Disagreement or BadRegulation when there is no lawful answer.
    """
    if type(facts) is not point.facts:
        raise TypeError(f"{point.key} is decided on {point.facts.__name__}")
    voices = _ask(point, facts, regulation, procedure, catalogue)
    value = _combine(point, voices, procedure)
    return Decision(
        point=point.key,
        label=point.label,
        value=value,
        shown=_in_words(point, value),
        on=facts.on,
        procedure=procedure,
        reasons=_reasons(point, facts, value, voices, regulation),
        digest=_digest(tuple(voice.standing.digest for voice in voices)),
    )


def _ask(
    point: AnyPoint, facts: Facts, regulation: Regulation, procedure: str, catalogue: Catalogue
) -> list[_Voice]:
    """Every module in force that has something to say, by key."""
    law = regulation.kept(
        procedure,
        facts.on,
        catalogue,
        lambda since: standings(regulation, procedure, since, catalogue),
    )
    voices = []
    for standing in law.values():
        answer = standing.module.answer_to(point)
        opinion = answer.function(facts, standing.params) if answer else None
        if opinion is None:
            continue
        if not point.accepts(opinion.answer):
            raise BadRegulation(
                f"{standing.module.key} answers {point.key} with {opinion.answer!r}"
            )
        voices.append(_Voice(standing, opinion))
    return voices


def _combine(point: DecisionPoint[F, A, V], voices: Sequence[_Voice], procedure: str) -> V:
    if not voices:
        if point.silence is Silence.ERROR:
            raise Silent(f"no rule in force answers {point.key} in {procedure}")
        return point.silent_value
    answers = [voice.opinion.answer for voice in voices]
    if point.kind == "permission":
        refused = Verdict.REFUSE in answers
        return point.outcome(Verdict.REFUSE if refused else Verdict.PERMIT)  # type: ignore[arg-type]
    if point.combine is EXACTLY_ONE:
        if len(answers) > 1:
            keys = ", ".join(voice.standing.module.key for voice in voices)
            raise Disagreement(f"{keys} all answer {point.key} in {procedure}")
        return point.outcome(answers[0])
    return point.outcome(max(answers) if point.combine is LARGEST else min(answers))


def _reasons(
    point: AnyPoint,
    facts: Facts,
    value: object,
    voices: Sequence[_Voice],
    regulation: Regulation,
) -> tuple[Reason, ...]:
    """What decided, by module key; then the advice of everyone who spoke."""
    if not voices:
        return (_silence(point, value),)
    reasons = []
    for voice in voices:
        opinion = voice.opinion
        if point.outcome(opinion.answer) != value:
            continue
        reason = _reason(_kind(point, opinion), voice, facts, opinion, regulation, point)
        if reason.kind != "grant" and not reason.clauses:
            raise Uncited(f"{voice.standing.module.key} decides {point.key} without a clause")
        reasons.append(reason)
    for voice in voices:
        for advice in voice.opinion.advice:
            plain = Opinion(None, advice.text, rests_on=advice.rests_on, values=advice.values)
            reasons.append(_reason("advice", voice, facts, plain, regulation, point))
    return tuple(reasons)


def _kind(point: AnyPoint, opinion: Opinion[Any]) -> ReasonKind:
    if point.kind != "permission":
        return "value"
    return "refusal" if opinion.answer is Verdict.REFUSE else "grant"


def _reason(
    kind: ReasonKind,
    voice: _Voice,
    facts: Facts,
    opinion: Opinion[Any],
    regulation: Regulation,
    point: AnyPoint,
) -> Reason:
    standing = voice.standing
    text, next_step = opinion.text, opinion.next_step
    if text is None:
        text = (
            _GRANTED.with_values({"module": standing.module.label})
            if kind == "grant"
            else _SET.with_values({"label": point.label, "value": _in_words(point, opinion.answer)})
        )
    names = placeholders(text) | (placeholders(next_step) if next_step else frozenset())
    words = _words(names, standing, facts, dict(opinion.values)) if names else {}
    clauses = (
        standing.clause(regulation, cited.parameter, cited.clause) for cited in opinion.rests_on
    )
    return Reason(
        kind=kind,
        text=text.with_values(words) if words else text,
        module=standing.module.key,
        edition=standing.module.edition,
        next_step=next_step.with_values(words) if next_step else None,
        values=_values(names, opinion.rests_on, standing, facts),
        clauses=tuple(dict.fromkeys(clause for clause in clauses if clause)),
    )


def _words(
    names: frozenset[str], standing: Standing, facts: Facts, given: Mapping[str, Value]
) -> dict[str, Text | str]:
    """What stands for each placeholder: a given value, a parameter, or a fact."""
    words: dict[str, Text | str] = {}
    for name in names:
        bare = name.removesuffix("_number")
        if name in given:
            words[name] = shown(given[name])
        elif name in standing.words:
            words[name] = standing.words[name][1]
        elif bare in standing.words:
            words[name] = shown(getattr(standing.params, bare))
        else:
            note = facts_of(type(facts)).get(bare)
            unit, labels = (note.unit, note.labels) if note and bare == name else (None, None)
            words[name] = shown(getattr(facts, bare), unit, labels)
    return words


def _values(
    names: frozenset[str], rests_on: Sequence[Cited], standing: Standing, facts: Facts
) -> tuple[tuple[Text, Text], ...]:
    """The facts a sentence speaks of, and the parameters it rests on, each with its label."""
    found: list[tuple[Text, Text]] = []
    if names:
        mentioned = {name.removesuffix("_number") for name in names}
        found += [
            (note.label, shown(getattr(facts, name), note.unit, note.labels))
            for name, note in facts_of(type(facts)).items()
            if name in mentioned
        ]
    rested = dict.fromkeys(cited.parameter for cited in rests_on)
    return (*found, *(standing.words[name] for name in rested))


def _silence(point: AnyPoint, value: object) -> Reason:
    if point.kind != "permission":
        return Reason(kind="silence", text=_UNSET.with_values({"label": point.label}))
    if value:
        return Reason(kind="silence", text=_FREE.with_values({"label": point.label}))
    return Reason(kind="silence", text=_NO_RULE.with_values({"label": point.label}), next_step=_ASK)


def _in_words(point: AnyPoint, value: object) -> Text:
    if point.kind == "permission":
        return YES if value else NO
    return shown(value, point.unit, point.labels)


@lru_cache(maxsize=1024)
def _digest(digests: tuple[bytes, ...]) -> str:
    return hashlib.sha256(b"".join(digests)).hexdigest()
