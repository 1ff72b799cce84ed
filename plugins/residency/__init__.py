"""Who may take part: confirmation, age, the area of a poll or an idea, and people whose access is
restricted (R53, R66, R76, R130)."""

from collections.abc import Sequence
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from core.comments.decisions import MAY_COMMENT, CommentFacts
from core.features.ideas.decisions import MAY_SUBMIT, MAY_SUPPORT, SubmitFacts, SupportFacts
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
    """Who counts as a participant. A procedure for polls speaks of voting, one for ideas of
    suggesting and supporting."""

    minimum_level: Annotated[
        Level,
        Parameter(
            label=Text(ru="Нужное подтверждение", en="Confirmation needed"),
            help=Text(
                ru="С какого подтверждения можно участвовать.",
                en="From which confirmation people may take part.",
            ),
            labels={level.value: text for level, text in LEVEL_LABELS.items()},
        ),
    ]
    territory: Annotated[
        Literal["residents_only", "everyone"],
        Parameter(
            label=Text(
                ru="Кто участвует в вопросе района", en="Who takes part in a district's matter"
            ),
            help=Text(
                ru="Если вопрос касается части города: только жители этой части или все.",
                en="If a matter concerns a part of the city: only those living there, or everyone.",
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
                    ru="С какого возраста можно участвовать.",
                    en="From which age people may take part.",
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
                    ru="Могут ли участвовать заблокированные",
                    en="Whether blocked people may take part",
                ),
                help=Text(
                    ru="Лишает ли блокировка права голосовать, предлагать и поддерживать.",
                    en="Whether being blocked takes away the right to vote, suggest and support.",
                ),
            ),
        ]
        | None
    ) = None


class _Act(msgspec.Struct, frozen=True):
    """What somebody wants to do, in the words of the place where they do it: «чтобы {verb}»,
    «{noun} — только для жителей…», «посмотрите {others}»."""

    verb: Text
    only: Text
    meanwhile: Text
    others: Text


_VOTE: Final = _Act(
    verb=Text(ru="голосовать", en="vote"),
    only=Text(ru="Этот опрос только для жителей", en="This poll is only for those who live in"),
    meanwhile=Text(
        ru="Посмотрите, что уже можно делать: предлагать идеи и обсуждать чужие.",
        en="See what you can do already: suggest ideas and discuss those of others.",
    ),
    others=Text(
        ru="Посмотрите опросы вашего района; если вы переехали, исправьте адрес в профиле.",
        en="See the polls of your district; if you have moved, update your profile.",
    ),
)
_SUBMIT: Final = _Act(
    verb=Text(ru="предлагать идеи", en="suggest ideas"),
    only=Text(
        ru="Это обсуждение только для жителей", en="This discussion is only for those who live in"
    ),
    meanwhile=Text(
        ru="Посмотрите идеи других жителей: за ними можно следить.",
        en="See the ideas of others: you can follow them.",
    ),
    others=Text(
        ru="Предложите идею без обсуждения; если вы переехали, исправьте адрес в профиле.",
        en="Suggest your idea outside the discussion; if you have moved, update your profile.",
    ),
)
_SUPPORT: Final = _Act(
    verb=Text(ru="поддерживать идеи", en="support ideas"),
    only=Text(ru="Эта идея только для жителей", en="This idea is only for those who live in"),
    meanwhile=Text(
        ru="За идеей можно следить: мы напишем, когда по ней решат.",
        en="You can follow the idea: we will write when it is decided.",
    ),
    others=Text(
        ru="Посмотрите идеи вашего района; если вы переехали, исправьте адрес в профиле.",
        en="See the ideas of your district; if you have moved, update your profile.",
    ),
)

_COMMENT: Final = _Act(
    verb=Text(ru="писать комментарии", en="write comments"),
    only=Text(ru="Это обсуждение только для жителей", en="This is only for those who live in"),
    meanwhile=Text(
        ru="Читать обсуждения можно и сейчас.", en="You can read discussions all the same."
    ),
    others=Text(
        ru="Читать обсуждения можно и сейчас.", en="You can read discussions all the same."
    ),
)

_Person = VoterFacts | SubmitFacts | SupportFacts


def may_vote(facts: VoterFacts, rule: Residency) -> Opinion[Verdict]:
    """Every condition must hold; the first that does not is the one explained."""
    return _may(facts, rule, _VOTE)


def may_submit(facts: SubmitFacts, rule: Residency) -> Opinion[Verdict]:
    """The same conditions for those who suggest."""
    return _may(facts, rule, _SUBMIT)


def may_support(facts: SupportFacts, rule: Residency) -> Opinion[Verdict]:
    """The same conditions for those who support."""
    return _may(facts, rule, _SUPPORT)


def may_comment(facts: CommentFacts, rule: Residency) -> Opinion[Verdict]:
    """The same conditions for those who write comments; a discussion has no area of its own."""
    return (
        _blocked(facts, rule, _COMMENT)
        or _unconfirmed(facts, rule, _COMMENT)
        or _too_young(facts, rule, _COMMENT)
        or permit(rests_on=["minimum_level"])
    )


def _may(facts: _Person, rule: Residency, act: _Act) -> Opinion[Verdict]:
    return (
        _blocked(facts, rule, act)
        or _unconfirmed(facts, rule, act)
        or _too_young(facts, rule, act)
        or _elsewhere(facts, rule, act)
        or permit(rests_on=["minimum_level", "territory"])
    )


def _blocked(facts: _Person | CommentFacts, rule: Residency, act: _Act) -> Opinion[Verdict] | None:
    if not facts.blocked or rule.blocked_may_vote is not False:
        return None
    return refuse(
        Text(
            ru="Ваша учётная запись заблокирована, поэтому {verb} сейчас нельзя.",
            en="Your account is blocked, so you cannot {verb} now.",
        ),
        next_step=Text(
            ru="Причина указана в вашем профиле; если вы с ней не согласны, напишите нам.",
            en="The reason is given in your profile; if you disagree with it, write to us.",
        ),
        rests_on=["blocked_may_vote"],
        verb=act.verb,
    )


def _unconfirmed(
    facts: _Person | CommentFacts, rule: Residency, act: _Act
) -> Opinion[Verdict] | None:
    if facts.level.reaches(rule.minimum_level):
        return None
    return refuse(
        Text(
            ru="Чтобы {verb}, нужно подтверждение: {minimum_level}.",
            en="To {verb} you need a confirmation: {minimum_level}.",
        ),
        next_step=Text(
            ru="Подтвердите свои данные в профиле: это займёт несколько минут.",
            en="Confirm your details in your profile: it takes a few minutes.",
        ),
        rests_on=["minimum_level"],
        verb=act.verb,
    )


def _too_young(
    facts: _Person | CommentFacts, rule: Residency, act: _Act
) -> Opinion[Verdict] | None:
    if rule.minimum_age is None:
        return None
    if facts.age is None:
        return refuse(
            Text(
                ru="Возраст, с которого можно {verb}, — {minimum_age}, а ваш нам неизвестен.",
                en="The age from which people may {verb} is {minimum_age}; we do not know yours.",
            ),
            next_step=Text(
                ru="Укажите дату рождения в профиле или подтвердите личность.",
                en="Fill in your date of birth in your profile, or confirm your identity.",
            ),
            rests_on=["minimum_age"],
            verb=act.verb,
        )
    if facts.age < rule.minimum_age:
        return refuse(
            Text(
                ru="Возраст, с которого можно {verb}, — {minimum_age}, а вам {age}.",
                en="The age from which people may {verb} is {minimum_age}; you are {age_number}.",
            ),
            next_step=act.meanwhile,
            rests_on=["minimum_age"],
            verb=act.verb,
        )
    return None


def _elsewhere(facts: _Person, rule: Residency, act: _Act) -> Opinion[Verdict] | None:
    if facts.territory is None or rule.territory == "everyone":
        return None
    if facts.district is None:
        return refuse(
            Text(
                ru="{only} одной части города, а ваш район нам неизвестен.",
                en="{only} one part of the city; we do not know your district.",
            ),
            next_step=Text(
                ru="Укажите в профиле, где вы живёте.",
                en="Fill in where you live in your profile.",
            ),
            rests_on=["territory"],
            only=act.only,
        )
    if facts.district in facts.territory:
        return None
    return refuse(
        Text(
            ru="{only} другой части города.",
            en="{only} another part of the city.",
        ),
        next_step=act.others,
        rests_on=["territory"],
        only=act.only,
    )


MODULE: Final = RuleModule(
    key="residency",
    edition=1,
    label=Text(ru="Кто может участвовать", en="Who may take part"),
    about=Text(
        ru="Какое подтверждение и какой возраст нужны, чтобы голосовать и предлагать, "
        "и кто участвует в вопросе части города.",
        en="Which confirmation and which age it takes to vote and to suggest, "
        "and who takes part in a matter of a part of the city.",
    ),
    params=Residency,
    answers=(
        Answer(MAY_VOTE, may_vote),
        Answer(MAY_SUBMIT, may_submit),
        Answer(MAY_SUPPORT, may_support),
        Answer(MAY_COMMENT, may_comment),
    ),
)


@hookimpl
def rule_modules() -> Sequence[AnyModule]:
    return (MODULE,)
