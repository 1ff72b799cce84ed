"""What identity asks of a city's rules: who may act for the city. Verification levels are worded
here for every feature that speaks of them."""

from collections.abc import Mapping
from typing import Annotated, Final

from core.kit.level import Level
from core.kit.text import Text
from core.rules import DENY, Fact, Facts, permission

LEVEL_LABELS: Final[Mapping[Level, Text]] = {
    Level.NONE: Text(ru="без подтверждения", en="not confirmed"),
    Level.CONTACT: Text(ru="подтверждены почта или телефон", en="e-mail or phone confirmed"),
    Level.IDENTITY: Text(ru="подтверждена личность", en="identity confirmed"),
    Level.RESIDENT: Text(
        ru="подтверждено проживание в городе", en="residence in the city confirmed"
    ),
}


class ActFacts(Facts, frozen=True):
    """An official wants to do something: the keys of the posts held on the day, and what."""

    posts: Annotated[tuple[str, ...], Fact(label=Text(ru="Должности", en="Posts"), recordable=True)]
    permission: Annotated[str, Fact(label=Text(ru="Действие", en="Action"), recordable=True)]


MAY_ACT: Final = permission(
    "people.may_act",
    facts=ActFacts,
    label=Text(ru="Право действовать от имени города", en="The right to act for the city"),
    when_silent=DENY,
)
"""May somebody holding these posts do this in the city's name?"""
