"""A measured figure beside what it is compared with, and the rounds both were measured in."""

from collections.abc import Callable, Mapping, Sequence
from statistics import median
from typing import Literal

import msgspec

Round = Callable[[], float]


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the table.

    `ours` and `beside` are in `unit`; `ratio` is what a target is set on. A figure without a
    target is there for people to read.
    """

    key: str
    title: str
    ours: float
    unit: str
    beside: float | None = None
    beside_title: str = ""
    ratio: float | None = None
    target: float | None = None
    target_is: Literal["at most", "at least"] = "at most"
    note: str = ""
    samples: Mapping[str, Sequence[float]] = {}

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None if there is none."""
        if self.target is None or self.ratio is None:
            return None
        if self.target_is == "at most":
            return self.ratio <= self.target
        return self.ratio >= self.target


def take_turns(rounds: int, sides: Mapping[str, Round]) -> dict[str, list[float]]:
    """Measure every side once, then every side again, and so on: a neighbour who wakes up on a
    shared machine then slows all of them. The order is turned round each time."""
    measured: dict[str, list[float]] = {name: [] for name in sides}
    for number in range(rounds):
        names = list(sides)
        for name in names if number % 2 == 0 else reversed(names):
            measured[name].append(sides[name]())
    return measured


def ratio_of(above: Sequence[float], below: Sequence[float]) -> float:
    """The median over rounds of above/below; each round's two were measured one after the other."""
    pairs = [a / b for a, b in zip(above, below, strict=True) if b > 0]
    return median(pairs) if pairs else float("inf")


def slower(
    key: str,
    title: str,
    *,
    ours: Sequence[float],
    beside: Sequence[float],
    beside_title: str,
    unit: str,
    target: float | None = None,
    note: str = "",
) -> Figure:
    """How many times slower ours is, both given as paces (things per second)."""
    return Figure(
        key=key,
        title=title,
        ours=median(ours),
        unit=unit,
        beside=median(beside),
        beside_title=beside_title,
        ratio=ratio_of(beside, ours),
        target=target,
        note=note,
        samples={"ours": ours, "beside": beside},
    )
