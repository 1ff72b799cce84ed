"""What taking part earns: points for a vote, an idea and a comment, and how many a day (R80, R132).
What points may be spent on is decided elsewhere."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Final

from msgspec import Meta

from core.features.bonus.decisions import CREDIT, CreditFacts
from core.features.ideas.decisions import REWARD as IDEA_REWARD
from core.features.ideas.decisions import IdeaFacts
from core.features.polls.decisions import REWARD, PollFacts
from core.kit.text import POINTS, Text
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


def _tariff(ru: str, en: str) -> Parameter:
    return Parameter(
        label=Text(ru=f"Баллы {ru}", en=f"Points {en}"),
        help=Text(ru="Не задано — баллы не начисляются.", en="Not set: no points are credited."),
        unit=POINTS,
    )


class Rewards(Params, frozen=True):
    """The tariff of the bonus programme."""

    points_per_vote: (
        Annotated[
            int, _tariff("за участие в опросе", "for taking part in a poll"), Meta(ge=0, le=10_000)
        ]
        | None
    ) = None
    points_per_idea: (
        Annotated[int, _tariff("за идею", "for an idea"), Meta(ge=0, le=10_000)] | None
    ) = None
    points_per_comment: (
        Annotated[int, _tariff("за комментарий", "for a comment"), Meta(ge=0, le=10_000)] | None
    ) = None
    daily_cap: (
        Annotated[
            int,
            Parameter(
                label=Text(ru="Не больше баллов в день", en="Most points a day"),
                help=Text(
                    ru="Сколько баллов один человек может получить за день; "
                    "не задано — без ограничения.",
                    en="How many points one person may earn in a day; not set: no limit.",
                ),
                unit=POINTS,
            ),
            Meta(ge=1, le=1_000_000),
        ]
        | None
    ) = None


_PARAMETER: Final[Mapping[str, str]] = {
    "vote": "points_per_vote",
    "idea": "points_per_idea",
    "comment": "points_per_comment",
}


def reward(_: PollFacts, rule: Rewards) -> Opinion[int] | None:
    """What a poll promises for taking part."""
    if rule.points_per_vote is None:
        return None
    return value_of(
        rule.points_per_vote,
        Text(
            ru="За участие в опросе начисляется {points_per_vote}.",
            en="Taking part in a poll earns {points_per_vote}.",
        ),
        rests_on=["points_per_vote"],
    )


def idea_reward(_: IdeaFacts, rule: Rewards) -> Opinion[int] | None:
    """What a published idea promises to earn."""
    if rule.points_per_idea is None:
        return None
    return value_of(
        rule.points_per_idea,
        Text(
            ru="За опубликованную идею начисляется {points_per_idea}.",
            en="A published idea earns {points_per_idea}.",
        ),
        rests_on=["points_per_idea"],
    )


def credit(facts: CreditFacts, rule: Rewards) -> Opinion[int] | None:
    """What was promised, or else the tariff of the day; never beyond what is left of the day."""
    parameter = _PARAMETER[facts.act]
    tariff: int | None = getattr(rule, parameter)
    if tariff is None:
        return None
    due = tariff if facts.offered is None else facts.offered
    if rule.daily_cap is None or facts.earned_today + due <= rule.daily_cap:
        return value_of(
            due,
            Text(ru="Начислено за {act}: {due}.", en="Credited for {act}: {due}."),
            rests_on=[parameter],
            due=POINTS.text(due),
        )
    left = max(0, rule.daily_cap - facts.earned_today)
    return value_of(
        left,
        Text(
            ru="За день можно получить не больше, чем установлено ({daily_cap}): начислено {left}.",
            en="No more than a set number of points can be earned in a day ({daily_cap}): "
            "{left} credited.",
        ),
        rests_on=["daily_cap", parameter],
        left=POINTS.text(left),
    )


MODULE: Final = RuleModule(
    key="rewards",
    edition=1,
    label=Text(ru="Баллы за участие", en="Points for taking part"),
    about=Text(
        ru="Сколько баллов приносят голос, идея и комментарий и сколько можно получить за день.",
        en="How many points a vote, an idea and a comment earn, and how many a day.",
    ),
    params=Rewards,
    answers=(
        Answer(REWARD, reward),
        Answer(IDEA_REWARD, idea_reward),
        Answer(CREDIT, credit),
    ),
)


@hookimpl
def rule_modules() -> Sequence[AnyModule]:
    return (MODULE,)
