"""What the bonus programme asks of a city's rules: how many points an act earns."""

from typing import Annotated, Final, Literal

from msgspec import Meta

from core.kit.text import POINTS, Text
from core.rules import ABSENT, EXACTLY_ONE, Fact, Facts, quantity

EarningAct = Literal["vote", "idea", "comment"]
"""The three acts that earn points (R80)."""


class CreditFacts(Facts, frozen=True):
    """A resident has done something that may earn points.

    `offered` is what was promised for it, by the law of the day of the promise; None asks for the
    tariff of the day. `earned_today` counts what the same person has already been credited.
    """

    act: Annotated[
        EarningAct,
        Fact(
            label=Text(ru="За что", en="For what"),
            labels={
                "vote": Text(ru="участие в опросе", en="taking part in a poll"),
                "idea": Text(ru="идея", en="an idea"),
                "comment": Text(ru="комментарий", en="a comment"),
            },
            recordable=True,
        ),
    ]
    offered: (
        Annotated[
            int,
            Fact(label=Text(ru="Обещано", en="Promised"), unit=POINTS, recordable=True),
            Meta(ge=0),
        ]
        | None
    )
    earned_today: Annotated[
        int,
        Fact(label=Text(ru="Уже начислено сегодня", en="Credited today"), unit=POINTS),
        Meta(ge=0),
    ]


CREDIT: Final = quantity(
    "bonus.credit",
    facts=CreditFacts,
    label=Text(ru="Сколько баллов начислить", en="How many points to credit"),
    unit=POINTS,
    combine=EXACTLY_ONE,
    when_silent=ABSENT,
)
"""How many points does this act earn? Absent: the city awards none for it."""
