"""What moderation asks of a city's rules, and the facts it asks with."""

from collections.abc import Mapping
from typing import Annotated, Final

from msgspec import Meta

from core.deadlines.domain import DAY_KIND_LABELS, DayKind
from core.kit.text import DAYS, PEOPLE, Text
from core.moderation.domain import Check, Steps
from core.rules import ABSENT, DENY, EXACTLY_ONE, Fact, Facts, choice, permission, quantity

CHECK_LABELS: Final[Mapping[Check, Text]] = {
    Check.BEFORE: Text(ru="до публикации", en="before publication"),
    Check.AFTER: Text(ru="после публикации", en="after publication"),
}
STEPS_LABELS: Final[Mapping[Steps, Text]] = {
    Steps.ONE: Text(
        ru="письмо пишет и отправляет один сотрудник", en="one person writes and sends the letter"
    ),
    Steps.TWO: Text(
        ru="письмо пишет один сотрудник, согласует другой",
        en="one person writes the letter, another one approves it",
    ),
}

_KIND: Final = Fact(label=Text(ru="Что проверяется", en="What is checked"), recordable=True)
_GROUNDS: Final = Fact(label=Text(ru="Основания отказа", en="Grounds of refusal"), recordable=True)


class KindFacts(Facts, frozen=True):
    """Something of a kind (`ideas.idea`, `comments.comment`) that came in on the day `on`."""

    kind: Annotated[str, _KIND]


class RefuseFacts(Facts, frozen=True):
    """A refusal that is about to be written or sent: its grounds by key, those among them that
    have the link they may need, and how long the letter is."""

    kind: Annotated[str, _KIND]
    grounds: Annotated[tuple[str, ...], _GROUNDS]
    linked: Annotated[
        frozenset[str], Fact(label=Text(ru="Со ссылкой", en="With a link"), recordable=True)
    ]
    letter_length: Annotated[
        int,
        Fact(label=Text(ru="Знаков в письме", en="Characters in the letter"), recordable=True),
        Meta(ge=0),
    ]


class BlockFacts(Facts, frozen=True):
    """A decision on blocking that is about to be recorded: the grounds of the refusal it rests on
    and how many took part in it."""

    grounds: Annotated[tuple[str, ...], _GROUNDS]
    members: Annotated[
        int,
        Fact(label=Text(ru="Участвовали в решении", en="Took part"), unit=PEOPLE, recordable=True),
        Meta(ge=0),
    ]


CHECK: Final = choice(
    "moderation.check",
    facts=KindFacts,
    label=Text(ru="Когда проверяется", en="When it is checked"),
    options=Check,
    labels=CHECK_LABELS,
    when_silent=Check.BEFORE,
)
"""Is a thing of this kind checked before others see it, or after?"""

REVIEW_DAYS: Final = quantity(
    "moderation.review_days",
    facts=KindFacts,
    label=Text(ru="Срок проверки", en="Time to check"),
    unit=DAYS,
    combine=EXACTLY_ONE,
    when_silent=ABSENT,
)
"""How long may checking take? Absent: the city sets no term."""

SECOND_LOOK_DAYS: Final = quantity(
    "moderation.second_look_days",
    facts=KindFacts,
    label=Text(ru="Срок просьбы о повторной проверке", en="Time to ask for a second look"),
    unit=DAYS,
    combine=EXACTLY_ONE,
    when_silent=ABSENT,
)
"""For how long may an author ask for a second look? Absent: the city sets no term."""

DAYS_COUNTED: Final = choice(
    "moderation.days_counted",
    facts=KindFacts,
    label=Text(ru="Как считаются сроки", en="How terms are counted"),
    options=DayKind,
    labels=DAY_KIND_LABELS,
    when_silent=DayKind.CALENDAR,
)
"""In which days are the terms of moderation counted?"""

MAY_REFUSE: Final = permission(
    "moderation.may_refuse",
    facts=RefuseFacts,
    label=Text(ru="Отказать в публикации", en="Refuse publication"),
    when_silent=DENY,
)
"""May this be refused on these grounds, with this letter?"""

STEPS: Final = choice(
    "moderation.refusal_steps",
    facts=KindFacts,
    label=Text(ru="Кто согласует отказ", en="Who approves a refusal"),
    options=Steps,
    labels=STEPS_LABELS,
    when_silent=Steps.TWO,
)
"""Does a refusal need a second person?"""

MAY_BLOCK: Final = permission(
    "moderation.may_block",
    facts=BlockFacts,
    label=Text(ru="Ограничить участие автора", en="Exclude the author from taking part"),
    when_silent=DENY,
)
"""May the author be blocked by this decision?"""

BLOCK_DAYS: Final = quantity(
    "moderation.block_days",
    facts=BlockFacts,
    label=Text(ru="Срок ограничения", en="Term of the block"),
    unit=DAYS,
    combine=EXACTLY_ONE,
    when_silent=ABSENT,
)
"""For how long at most may an author be blocked? Absent: the city sets no term."""

ANNULS: Final = permission(
    "moderation.annuls",
    facts=BlockFacts,
    label=Text(ru="Аннулировать начисленные баллы", en="Annul points credited"),
    when_silent=DENY,
)
"""Are points credited before annulled by a block?"""
