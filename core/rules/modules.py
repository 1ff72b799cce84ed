"""Rule modules: typed, cited parameters and pure functions that answer decision points.

This is what the author of a rule writes with. A module is finished law-free: the numbers, and the
clauses they rest on, come from a city's regulation.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import Any, Generic, TypeVar

import msgspec
import pluggy

from core.kit.text import Noun, Text
from core.rules.points import A, AnyPoint, DecisionPoint, F, Verdict

RESERVED = ("in_force", "edition")
"""Keys that every module has in a regulation beside its own parameters."""


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The numbers and choices of a module, for one procedure of one city on one day.

    Subclasses restate `frozen=True` and annotate each field with `Parameter`. A cited parameter
    has no default, except None: "the regulation says nothing of it".
    """

    def check(self) -> Iterable[Text]:
        """What makes no sense between the fields; looked at on every date something changes."""
        return ()


class Parameter(msgspec.Struct, frozen=True, eq=False):
    """How one parameter is shown and filled in; bounds stand beside it in `msgspec.Meta`.

    `cite`: the value limits or grants something, so every entry names clause and act.
    `labels`: wording for the options of a closed set.
    """

    label: Text
    help: Text
    unit: Noun | None = None
    labels: Mapping[str, Text] | None = None
    cite: bool = True


class Cited(msgspec.Struct, frozen=True):
    """What a statement rests on: the entry of a parameter, or a closer clause of the same act."""

    parameter: str
    clause: str | None = None


Value = Text | str | int | date
"""What may be put into a sentence beside parameters and facts."""

Rests = str | Cited


class Advice(msgspec.Struct, frozen=True):
    """A recommendation: it limits nobody, and is shown whatever is decided."""

    text: Text
    rests_on: tuple[Cited, ...] = ()
    values: tuple[tuple[str, Value], ...] = ()


A_co = TypeVar("A_co", covariant=True)


class Opinion(msgspec.Struct, Generic[A_co], frozen=True):
    """What one rule says of one matter, made by `permit`, `refuse` or `value_of`.

    Texts name parameters and facts as `{name}` (with the unit in its right form) or
    `{name_number}` (bare); further placeholders come from `values`.
    """

    answer: A_co
    text: Text | None = None
    next_step: Text | None = None
    rests_on: tuple[Cited, ...] = ()
    values: tuple[tuple[str, Value], ...] = ()
    advice: tuple[Advice, ...] = ()


def permit(
    text: Text | None = None,
    *,
    rests_on: Sequence[Rests] = (),
    advice: Sequence[Advice] = (),
    **values: Value,
) -> Opinion[Verdict]:
    """Yes, as far as this rule is concerned."""
    return Opinion(
        Verdict.PERMIT,
        text,
        rests_on=_cited(rests_on),
        values=tuple(values.items()),
        advice=tuple(advice),
    )


def refuse(
    text: Text,
    *,
    next_step: Text,
    rests_on: Sequence[Rests],
    advice: Sequence[Advice] = (),
    **values: Value,
) -> Opinion[Verdict]:
    """No: why, what to do instead, and the parameters whose clauses say so."""
    return Opinion(
        Verdict.REFUSE,
        text,
        next_step,
        _cited(rests_on),
        tuple(values.items()),
        tuple(advice),
    )


N = TypeVar("N", bound=int | StrEnum)


def value_of(
    answer: N,
    text: Text | None = None,
    *,
    rests_on: Sequence[Rests],
    advice: Sequence[Advice] = (),
    **values: Value,
) -> Opinion[N]:
    """A quantity or a choice, and the parameters whose clauses make it binding."""
    return Opinion(
        answer,
        text,
        rests_on=_cited(rests_on),
        values=tuple(values.items()),
        advice=tuple(advice),
    )


def advise(text: Text, *, rests_on: Sequence[Rests] = (), **values: Value) -> Advice:
    """A recommendation to go with an opinion."""
    return Advice(text, _cited(rests_on), tuple(values.items()))


def _cited(rests_on: Sequence[Rests]) -> tuple[Cited, ...]:
    return tuple(r if isinstance(r, Cited) else Cited(r) for r in rests_on)


P = TypeVar("P", bound=Params)


class Answer(msgspec.Struct, Generic[F, P, A], frozen=True):
    """Binds a pure function to the point it answers; the function returns None to stay silent."""

    point: DecisionPoint[F, A, Any]
    function: Callable[[F, P], Opinion[A] | None]


class RuleModule(msgspec.Struct, Generic[P], frozen=True, kw_only=True, eq=False):
    """One edition of a rule: its parameters and its answers.

    When logic, not numbers, changes, edition 2 is shipped beside edition 1 and each city adopts it
    by a dated and cited entry; an edition that has decided anything is never changed.
    """

    key: str
    edition: int = 1
    label: Text
    about: Text
    params: type[P]
    answers: tuple[Answer[Any, P, Any], ...]

    def answer_to(self, point: AnyPoint) -> Answer[Any, P, Any] | None:
        return next((a for a in self.answers if a.point.key == point.key), None)


AnyModule = RuleModule[Any]

hookimpl = pluggy.HookimplMarker("veche")
"""Marks `rule_modules` in a distribution that brings rule modules."""
hookspec = pluggy.HookspecMarker("veche")


class RuleHooks:
    """The one hook by which modules are found; decisions are never taken through hooks."""

    @hookspec
    def rule_modules(self) -> Sequence[AnyModule]:  # type: ignore[empty-body]
        """The rule modules this distribution brings."""
