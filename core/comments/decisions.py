"""What comments ask of a city's rules, and the facts they ask with."""

from typing import Annotated, Final

from msgspec import Meta

from core.identity.decisions import LEVEL_LABELS
from core.kit.level import Level
from core.kit.text import YEARS, Text
from core.rules import DENY, Fact, Facts, permission


class CommentFacts(Facts, frozen=True):
    """Somebody who wants to write a comment on the day `on`. `age` None: not known."""

    age: Annotated[int, Fact(label=Text(ru="Возраст", en="Age"), unit=YEARS), Meta(ge=0)] | None
    level: Annotated[
        Level,
        Fact(
            label=Text(ru="Подтверждение", en="Confirmation"),
            labels={level.value: text for level, text in LEVEL_LABELS.items()},
        ),
    ]
    blocked: Annotated[bool, Fact(label=Text(ru="Вход ограничен", en="Blocked"))]


MAY_COMMENT: Final = permission(
    "comments.may_comment",
    facts=CommentFacts,
    label=Text(ru="Написать комментарий", en="Write a comment"),
    when_silent=DENY,
)
"""May this person write comments?"""
