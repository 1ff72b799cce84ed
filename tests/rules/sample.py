"""A small world for the tests of the rules: points of every kind, modules, and a regulation."""

from collections.abc import Callable, Iterable
from datetime import date
from enum import StrEnum
from typing import Annotated, Any

from msgspec import Meta

from core.kit.text import DAYS, Text
from core.rules import (
    ABSENT,
    ALLOW,
    DENY,
    ERROR,
    EXACTLY_ONE,
    LARGEST,
    SMALLEST,
    Act,
    Answer,
    AnyModule,
    AnyPoint,
    Catalogue,
    Entry,
    Fact,
    Facts,
    Opinion,
    Parameter,
    Params,
    Procedure,
    Regulation,
    RuleModule,
    choice,
    permission,
    quantity,
)


def text(word: str) -> Text:
    return Text(ru=f"{word} (по-русски)", en=word)


class Colour(StrEnum):
    RED = "red"
    GREEN = "green"


COLOURS = {Colour.RED: Text(ru="красный", en="red"), Colour.GREEN: Text(ru="зелёный", en="green")}


class Matter(Facts, frozen=True):
    days: Annotated[int, Fact(label=Text(ru="Дней", en="Days"), unit=DAYS, recordable=True)] = 1
    name: Annotated[str, Fact(label=Text(ru="Имя", en="Name"))] = ""


class Other(Facts, frozen=True):
    pass


MAY = permission("sample.may", facts=Matter, label=text("May"), when_silent=DENY)
MAY_FREELY = permission("sample.may_freely", facts=Matter, label=text("Free"), when_silent=ALLOW)
MAY_STRICTLY = permission("sample.strict", facts=Matter, label=text("Strict"), when_silent=ERROR)
LEAST = quantity(
    "sample.least",
    facts=Matter,
    label=text("Least"),
    unit=DAYS,
    combine=SMALLEST,
    when_silent=ABSENT,
)
MOST = quantity(
    "sample.most", facts=Matter, label=text("Most"), unit=DAYS, combine=LARGEST, when_silent=7
)
ONE = quantity(
    "sample.one",
    facts=Matter,
    label=text("One"),
    unit=DAYS,
    combine=EXACTLY_ONE,
    when_silent=ERROR,
)
COLOUR = choice(
    "sample.colour",
    facts=Matter,
    label=text("Colour"),
    options=Colour,
    labels=COLOURS,
    when_silent=Colour.RED,
)
POINTS: tuple[AnyPoint, ...] = (MAY, MAY_FREELY, MAY_STRICTLY, LEAST, MOST, ONE, COLOUR)


class Rule(Params, frozen=True):
    """One needed and cited number, one cited that may be left open, one free."""

    limit: Annotated[
        int, Parameter(label=text("Limit"), help=text("Help"), unit=DAYS), Meta(ge=1, le=99)
    ]
    extra: (
        Annotated[int, Parameter(label=text("Extra"), help=text("Help")), Meta(ge=0, le=9)] | None
    ) = None
    free: Annotated[bool, Parameter(label=text("Free"), help=text("Help"), cite=False)] = False

    def check(self) -> Iterable[Text]:
        if self.extra is not None and self.extra > self.limit:
            yield text("Extra is greater than limit")


ACT = Act(
    key="act",
    title=Text(ru="Регламент", en="Regulation"),
    number="7",
    adopted=date(2020, 1, 15),
    link="https://example.org/7",
)
EXAMPLE_ACT = Act(
    key="example",
    title=Text(ru="Решение", en="Decision"),
    number="8",
    adopted=date(2021, 2, 3),
    example=True,
)
PROCEDURE = Procedure(key="main", feature="sample", title=text("Main"))
ON = date(2024, 6, 1)
START = date(2024, 1, 1)


def module(
    key: str,
    answers: dict[AnyPoint, Callable[[Any, Any], Opinion[Any] | None]] | None = None,
    *,
    edition: int = 1,
    params: type[Params] = Rule,
) -> AnyModule:
    return RuleModule(
        key=key,
        edition=edition,
        label=text(key),
        about=text(key),
        params=params,
        answers=tuple(Answer(point, function) for point, function in (answers or {}).items()),
    )


def entry(
    module: str,
    parameter: str = "limit",
    value: Any = 5,
    *,
    since: date = START,
    procedure: str = "main",
    clause: str | None = "п. 1",
    act: str | None = "act",
) -> Entry:
    return Entry(
        procedure=procedure,
        module=module,
        parameter=parameter,
        since=since,
        value=value,
        clause=clause,
        act=act,
    )


def regulation(*entries: Entry) -> Regulation:
    return Regulation(1, [ACT, EXAMPLE_ACT], [PROCEDURE], entries)


def catalogue(*modules: AnyModule) -> Catalogue:
    return Catalogue.of(modules, POINTS)
