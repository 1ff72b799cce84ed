"""Rules as the conformance kit meets them, sound and unsound."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from core.kit.text import DAYS, Text
from core.rules import (
    Fact,
    Facts,
    Opinion,
    Parameter,
    Params,
    advise,
    permit,
    refuse,
    value_of,
)
from tests.rules.sample import COLOURS, Colour, Matter, Rule

HELLO = Text(ru="Привет", en="Hello")
LABELS = {colour.value: label for colour, label in COLOURS.items()}


def parameter(**more: Any) -> Parameter:
    return Parameter(label=HELLO, help=HELLO, **more)


class Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    key: Annotated[str, Meta(pattern="^[a-z]+$", max_length=8)]
    word: Annotated[str, Meta(min_length=1, max_length=5)]
    numbers: frozenset[int]


class Sound(Params, frozen=True):
    """Every type that parameters may have."""

    number: Annotated[int, parameter(unit=DAYS), Meta(ge=1, le=9, description="A number")]
    rows: Annotated[tuple[Row, ...], parameter()]
    open_to: Annotated[Colour, parameter(labels=LABELS)] | None = None
    word: Annotated[Literal["red", "green"], parameter(labels=LABELS, cite=False)] = "red"
    price: Annotated[Decimal, parameter(cite=False)] = Decimal("1.5")
    day: Annotated[date, parameter()] | None = None
    on_off: Annotated[bool, parameter(cite=False)] = False
    name: Annotated[str, parameter(cite=False)] = ""


def sound_answer(facts: Matter, rule: Sound) -> Opinion[Any] | None:
    if facts.days > rule.number:
        return refuse(
            Text(ru="{days}: {number_number} {word}", en="{days}: {number} {word}"),
            next_step=Text(ru="Ещё {price}", en="{price}"),
            rests_on=["number"],
        )
    return permit(advice=[advise(Text(ru="Да", en="Yes"))]) if rule.on_off else None


class Optional(Params, frozen=True):
    number: Annotated[int, parameter(), Meta(ge=1, le=9)] | None = None


def differing(facts: Matter, rule: Rule) -> Opinion[Any]:
    return permit(Text(ru="{days} и {limit}", en="{days}"))


def unresolved(facts: Matter, rule: Rule) -> Opinion[Any]:
    return permit(Text(ru="{what}", en="{what}"))


def uncited(facts: Matter, rule: Rule) -> Opinion[Any]:
    return value_of(1, rests_on=[])


def raising(facts: Matter, rule: Rule) -> Opinion[Any]:
    return value_of(9 // facts.days, rests_on=["number"])


CALLS: list[int] = []


def moody(facts: Matter, rule: Rule) -> Opinion[Any]:
    CALLS.append(1)
    return value_of(len(CALLS), rests_on=["number"])


class Holding(Facts, frozen=True):
    days: Annotated[list[int], Fact(label=HELLO)]


def greedy(facts: Holding, rule: Sound) -> None:
    facts.days.append(1)


SEEN: list[Sound] = []


def remember(facts: Matter, rule: Sound) -> None:
    SEEN.append(rule)


def silent(facts: Any, rule: Any) -> None:
    return None
