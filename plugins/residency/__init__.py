"""Who may vote: confirmation, age, the area of the poll, and people whose access is restricted
(R53, R76, R130)."""

from collections.abc import Sequence
from typing import Annotated, Final, Literal

from msgspec import Meta

from core.features.polls.decisions import MAY_VOTE, VoterFacts
from core.identity.decisions import LEVEL_LABELS
from core.kit.level import Level
from core.kit.text import YEARS, Text
from core.rules import (
    Answer,
    AnyModule,
    Opinion,
    Parameter,
    Params,
    RuleModule,
    Verdict,
    hookimpl,
    permit,
    refuse,
)


class Residency(Params, frozen=True):
    """Who counts as a voter."""

    minimum_level: Annotated[
        Level,
        Parameter(
            label=Text(ru="Нужное подтверждение", en="Confirmation needed"),
            help=Text(
                ru="С какого подтверждения можно голосовать.",
                en="From which confirmation people may vote.",
            ),
            labels={level.value: text for level, text in LEVEL_LABELS.items()},
        ),
    ]
    territory: Annotated[
        Literal["residents_only", "everyone"],
        Parameter(
            label=Text(ru="Кто голосует в опросе района", en="Who votes in a district's poll"),
            help=Text(
                ru="Если опрос касается части города: только жители этой части или все.",
                en="If a poll concerns a part of the city: only those living there, or everyone.",
            ),
            labels={
                "residents_only": Text(
                    ru="только жители этого района", en="only those living in the district"
                ),
                "everyone": Text(ru="все жители города", en="everyone in the city"),
            },
        ),
    ]
    minimum_age: (
        Annotated[
            int,
            Parameter(
                label=Text(ru="Возраст участия", en="Age of participation"),
                help=Text(
                    ru="С какого возраста можно голосовать.",
                    en="From which age people may vote.",
                ),
                unit=YEARS,
            ),
            Meta(ge=6, le=21),
        ]
        | None
    ) = None
    blocked_may_vote: (
        Annotated[
            bool,
            Parameter(
                label=Text(
                    ru="Могут ли голосовать заблокированные", en="Whether blocked people may vote"
                ),
                help=Text(
                    ru="Лишает ли блокировка права голосовать в опросах.",
                    en="Whether being blocked takes away the right to vote in polls.",
                ),
            ),
        ]
        | None
    ) = None


def may_vote(facts: VoterFacts, rule: Residency) -> Opinion[Verdict]:
    """Every condition must hold; the first that does not is the one explained."""
    return (
        _blocked(facts, rule)
        or _unconfirmed(facts, rule)
        or _too_young(facts, rule)
        or _elsewhere(facts, rule)
        or permit(rests_on=["minimum_level", "territory"])
    )


def _blocked(facts: VoterFacts, rule: Residency) -> Opinion[Verdict] | None:
    if not facts.blocked or rule.blocked_may_vote is not False:
        return None
    return refuse(
        Text(
            ru="Ваша учётная запись заблокирована, поэтому голосовать сейчас нельзя.",
            en="Your account is blocked, so you cannot vote now.",
        ),
        next_step=Text(
            ru="Причина указана в вашем профиле; если вы с ней не согласны, напишите нам.",
            en="The reason is given in your profile; if you disagree with it, write to us.",
        ),
        rests_on=["blocked_may_vote"],
    )


def _unconfirmed(facts: VoterFacts, rule: Residency) -> Opinion[Verdict] | None:
    if facts.level.reaches(rule.minimum_level):
        return None
    return refuse(
        Text(
            ru="Чтобы голосовать, нужно подтверждение: {minimum_level}.",
            en="To vote you need a confirmation: {minimum_level}.",
        ),
        next_step=Text(
            ru="Подтвердите свои данные в профиле: это займёт несколько минут.",
            en="Confirm your details in your profile: it takes a few minutes.",
        ),
        rests_on=["minimum_level"],
    )


def _too_young(facts: VoterFacts, rule: Residency) -> Opinion[Verdict] | None:
    if rule.minimum_age is None:
        return None
    if facts.age is None:
        return refuse(
            Text(
                ru="Возраст, с которого можно голосовать, — {minimum_age}, а ваш нам неизвестен.",
                en="The age from which people may vote is {minimum_age}; we do not know yours.",
            ),
            next_step=Text(
                ru="Укажите дату рождения в профиле или подтвердите личность.",
                en="Fill in your date of birth in your profile, or confirm your identity.",
            ),
            rests_on=["minimum_age"],
        )
    if facts.age < rule.minimum_age:
        return refuse(
            Text(
                ru="Возраст, с которого можно голосовать, — {minimum_age}, а вам {age}.",
                en="The age from which people may vote is {minimum_age}; you are {age_number}.",
            ),
            next_step=Text(
                ru="Посмотрите, что уже можно делать: предлагать идеи и обсуждать чужие.",
                en="See what you can do already: suggest ideas and discuss those of others.",
            ),
            rests_on=["minimum_age"],
        )
    return None


def _elsewhere(facts: VoterFacts, rule: Residency) -> Opinion[Verdict] | None:
    if facts.territory is None or rule.territory == "everyone":
        return None
    if facts.district is None:
        return refuse(
            Text(
                ru="Этот опрос только для жителей одной части города, а ваш район нам неизвестен.",
                en="This poll is only for those who live in one part of the city; "
                "we do not know your district.",
            ),
            next_step=Text(
                ru="Укажите в профиле, где вы живёте.",
                en="Fill in where you live in your profile.",
            ),
            rests_on=["territory"],
        )
    if facts.district in facts.territory:
        return None
    return refuse(
        Text(
            ru="Этот опрос только для жителей другой части города.",
            en="This poll is only for those who live in another part of the city.",
        ),
        next_step=Text(
            ru="Посмотрите опросы вашего района; если вы переехали, исправьте адрес в профиле.",
            en="See the polls of your district; if you have moved, update your profile.",
        ),
        rests_on=["territory"],
    )


MODULE: Final = RuleModule(
    key="residency",
    edition=1,
    label=Text(ru="Кто может голосовать", en="Who may vote"),
    about=Text(
        ru="Какое подтверждение и какой возраст нужны, чтобы голосовать, "
        "и кто участвует в опросе части города.",
        en="Which confirmation and which age it takes to vote, "
        "and who takes part in the poll of a part of the city.",
    ),
    params=Residency,
    answers=(Answer(MAY_VOTE, may_vote),),
)


@hookimpl
def rule_modules() -> Sequence[AnyModule]:
    return (MODULE,)
