"""Decision points: the questions a feature puts to a city's rules, and the facts it puts them with.

A point fixes what a rule may know, what kind of answer it may give, how several answers combine
(never by order), and what it means when no rule speaks. It knows nothing of modules or cities.
"""

from collections.abc import Callable, Mapping
from datetime import date
from enum import Enum, StrEnum
from typing import Any, Final, Generic, Literal, TypeVar, cast, overload

import msgspec

from core.kit.text import Noun, Text


class Facts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All that a rule may know of a matter. `on` is the governing date: the day whose law applies.

    Subclasses restate `frozen=True` and annotate each field with `Fact`.
    """

    on: date


class Fact(msgspec.Struct, frozen=True, eq=False):
    """How one field of facts is spoken of; `recordable` says whether the decision log may keep it
    (never for what describes a person)."""

    label: Text
    unit: Noun | None = None
    labels: Mapping[str, Text] | None = None
    recordable: bool = False


class Verdict(Enum):
    """The answer of one rule to a question of permission."""

    PERMIT = "permit"
    REFUSE = "refuse"


class Silence(Enum):
    """What it means when no rule in force answers a point."""

    DENY = "deny"
    ALLOW = "allow"
    ABSENT = "absent"
    ERROR = "error"


DENY: Final = Silence.DENY
ALLOW: Final = Silence.ALLOW
ABSENT: Final = Silence.ABSENT
ERROR: Final = Silence.ERROR


class Combine(Enum):
    """How the answers of several rules become one; none of them depends on order."""

    UNANIMOUS = "unanimous"
    SMALLEST = "smallest"
    LARGEST = "largest"
    EXACTLY_ONE = "exactly_one"


UNANIMOUS: Final = Combine.UNANIMOUS
SMALLEST: Final = Combine.SMALLEST
LARGEST: Final = Combine.LARGEST
EXACTLY_ONE: Final = Combine.EXACTLY_ONE

Kind = Literal["permission", "quantity", "choice"]

F = TypeVar("F", bound=Facts)
"""The facts a point is decided on."""
A = TypeVar("A", bound=Verdict | int | StrEnum)
"""What one rule answers."""
V = TypeVar("V", bound=bool | int | StrEnum | None)
"""What the decision comes to."""
E = TypeVar("E", bound=StrEnum)


class DecisionPoint(msgspec.Struct, Generic[F, A, V], frozen=True, kw_only=True, eq=False):
    """One question that a city's rules answer; made by `permission`, `quantity` or `choice`."""

    key: str
    kind: Kind
    facts: type[F]
    label: Text
    combine: Combine
    silence: Silence | None
    """What silence means; None when silence has a value of its own."""
    silent_value: V
    unit: Noun | None = None
    options: type[StrEnum] | None = None
    labels: Mapping[str, Text] = {}
    outcome: Callable[[A], V]
    """From a rule's answer to the value of the decision."""

    def accepts(self, answer: object) -> bool:
        """Whether a rule may answer this; the type checker says the same earlier."""
        if self.kind == "permission":
            return isinstance(answer, Verdict)
        if self.kind == "quantity":
            return type(answer) is int
        return type(answer) is self.options


AnyPoint = DecisionPoint[Any, Any, Any]


def permission(
    key: str,
    *,
    facts: type[F],
    label: Text,
    when_silent: Literal[Silence.DENY, Silence.ALLOW, Silence.ERROR],
) -> DecisionPoint[F, Verdict, bool]:
    """A point that is answered by yes or no: one refusal refuses."""
    return DecisionPoint(
        key=key,
        kind="permission",
        facts=facts,
        label=label,
        combine=UNANIMOUS,
        silence=when_silent,
        silent_value=when_silent is ALLOW,
        outcome=_is_permit,
    )


@overload
def quantity(
    key: str,
    *,
    facts: type[F],
    label: Text,
    unit: Noun,
    combine: Combine,
    when_silent: Literal[Silence.ABSENT],
) -> DecisionPoint[F, int, int | None]: ...


@overload
def quantity(
    key: str,
    *,
    facts: type[F],
    label: Text,
    unit: Noun,
    combine: Combine,
    when_silent: int | Literal[Silence.ERROR],
) -> DecisionPoint[F, int, int]: ...


def quantity(
    key: str,
    *,
    facts: type[F],
    label: Text,
    unit: Noun,
    combine: Combine,
    when_silent: int | Literal[Silence.ABSENT, Silence.ERROR],
) -> DecisionPoint[F, int, Any]:
    """A point that is answered by a whole number of `unit`."""
    if combine is UNANIMOUS:
        raise ValueError(f"{key}: quantities combine by size or by exactly one")
    given = None if isinstance(when_silent, Silence) else when_silent
    return DecisionPoint(
        key=key,
        kind="quantity",
        facts=facts,
        label=label,
        combine=combine,
        silence=when_silent if isinstance(when_silent, Silence) else None,
        silent_value=given,
        unit=unit,
        outcome=_itself,
    )


def choice(
    key: str,
    *,
    facts: type[F],
    label: Text,
    options: type[E],
    labels: Mapping[E, Text],
    when_silent: E | Literal[Silence.ERROR],
) -> DecisionPoint[F, E, E]:
    """A point that is answered by exactly one of a closed set; each option has a label."""
    if set(labels) != set(options):
        raise ValueError(f"{key}: every option needs its label")
    silent = isinstance(when_silent, Silence)
    return DecisionPoint(
        key=key,
        kind="choice",
        facts=facts,
        label=label,
        combine=EXACTLY_ONE,
        silence=ERROR if silent else None,
        # Never read when silence is an error.
        silent_value=cast("E", None if silent else when_silent),
        options=options,
        labels={option.value: text for option, text in labels.items()},
        outcome=_itself,
    )


def _is_permit(answer: Verdict) -> bool:
    return answer is Verdict.PERMIT


def _itself(answer: Any) -> Any:
    return answer
