"""How many people must take part in a poll, who of them counts, and what follows if they are too
few (R53, R54, R130)."""

from collections.abc import Sequence
from typing import Annotated, Final

from msgspec import Meta

from core.features.polls.decisions import (
    CONSEQUENCE_LABELS,
    QUORUM,
    QUORUM_LEVEL,
    QUORUM_MISSED,
    PollFacts,
)
from core.features.polls.domain import Consequence
from core.identity.decisions import LEVEL_LABELS
from core.kit.level import Level
from core.kit.text import RESIDENTS, Text
from core.rules import (
    Answer,
    AnyModule,
    Opinion,
    Parameter,
    Params,
    RuleModule,
    hookimpl,
    value_of,
)


class Quorum(Params, frozen=True):
    """The number of participants that a poll needs."""

    minimum_participants: Annotated[
        int,
        Parameter(
            label=Text(ru="Наименьшее число участников", en="Least number of participants"),
            help=Text(
                ru="Сколько человек должно проголосовать, чтобы опрос состоялся.",
                en="How many people must vote for the poll to count.",
            ),
            unit=RESIDENTS,
        ),
        Meta(ge=1, le=20_000_000),
    ]
    counts_from_level: Annotated[
        Level,
        Parameter(
            label=Text(ru="Чьи голоса входят в кворум", en="Whose votes count"),
            help=Text(
                ru="С какого подтверждения участник считается жителем города.",
                en="From which confirmation a participant counts as a resident.",
            ),
            labels={level.value: text for level, text in LEVEL_LABELS.items()},
        ),
    ]
    when_missed: (
        Annotated[
            Consequence,
            Parameter(
                label=Text(ru="Если участников не хватило", en="If too few people took part"),
                help=Text(
                    ru="Что происходит с опросом, в котором участников меньше нужного.",
                    en="What becomes of a poll with fewer participants than needed.",
                ),
                labels={option.value: text for option, text in CONSEQUENCE_LABELS.items()},
            ),
        ]
        | None
    ) = None


def needed(_: PollFacts, rule: Quorum) -> Opinion[int]:
    """The number the regulation gives, whatever the area of the poll."""
    return value_of(
        rule.minimum_participants,
        Text(
            ru="Опрос состоится, если в нём примут участие {minimum_participants} или больше.",
            en="The poll counts if {minimum_participants} or more take part.",
        ),
        rests_on=["minimum_participants"],
    )


def level(_: PollFacts, rule: Quorum) -> Opinion[Level]:
    """The level the regulation gives."""
    return value_of(
        rule.counts_from_level,
        Text(
            ru="В кворум входят голоса тех, у кого есть отметка «{counts_from_level}» или выше.",
            en="Votes count towards the quorum from the mark “{counts_from_level}” upwards.",
        ),
        rests_on=["counts_from_level"],
    )


def missed(_: PollFacts, rule: Quorum) -> Opinion[Consequence] | None:
    """The consequence the regulation gives; silent if it gives none."""
    if rule.when_missed is None:
        return None
    return value_of(
        rule.when_missed,
        Text(
            ru="Если участников меньше, чем нужно, {when_missed}.",
            en="If fewer take part than needed, {when_missed}.",
        ),
        rests_on=["when_missed"],
    )


MODULE: Final = RuleModule(
    key="quorum",
    edition=1,
    label=Text(ru="Кворум опроса", en="Quorum of a poll"),
    about=Text(
        ru="Сколько жителей должно принять участие, чьи голоса считаются и что бывает, "
        "если участников не хватило.",
        en="How many residents must take part, whose votes count, and what follows "
        "if there were too few.",
    ),
    params=Quorum,
    answers=(
        Answer(QUORUM, needed),
        Answer(QUORUM_LEVEL, level),
        Answer(QUORUM_MISSED, missed),
    ),
)


@hookimpl
def rule_modules() -> Sequence[AnyModule]:
    return (MODULE,)
