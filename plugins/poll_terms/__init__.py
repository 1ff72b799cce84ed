"""How long a poll lasts, when its results are seen, whether a vote may be changed, and for how long
the outcome may be contested (R50-R52, R129). Who may vote, and how many must, is decided
elsewhere."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Annotated, Final, Literal

from msgspec import Meta

from core.features.polls.decisions import (
    APPEAL_DAYS,
    MAY_EXTEND,
    MAY_OPEN,
    MAY_REVOTE,
    RESULTS_SHOWN,
    RESULTS_SHOWN_LABELS,
    ExtendFacts,
    OpenFacts,
    PollFacts,
)
from core.features.polls.domain import ResultsShown
from core.kit.text import DAYS, Text
from core.rules import (
    Answer,
    AnyModule,
    Opinion,
    Parameter,
    Params,
    RuleModule,
    Verdict,
    advise,
    hookimpl,
    permit,
    refuse,
    value_of,
)


class PollTerms(Params, frozen=True):
    """The terms of a poll. Lengths are whole calendar days."""

    minimum_days: Annotated[
        int,
        Parameter(
            label=Text(ru="Самый короткий срок опроса", en="Shortest length of a poll"),
            help=Text(
                ru="Опрос короче этого срока открыть нельзя.",
                en="A shorter poll cannot be opened.",
            ),
            unit=DAYS,
        ),
        Meta(ge=1, le=366),
    ]
    maximum_days: Annotated[
        int,
        Parameter(
            label=Text(ru="Самый долгий срок опроса", en="Greatest length of a poll"),
            help=Text(
                ru="Опрос дольше этого срока открыть нельзя; продление считается вместе с ним.",
                en="A longer poll cannot be opened; an extension counts towards it.",
            ),
            unit=DAYS,
        ),
        Meta(ge=1, le=366),
    ]
    recommended_days: (
        Annotated[
            int,
            Parameter(
                label=Text(ru="Рекомендуемый срок опроса", en="Recommended length of a poll"),
                help=Text(
                    ru="Другой срок возможен, но мы подскажем рекомендуемый.",
                    en="Another length is possible, but this one will be suggested.",
                ),
                unit=DAYS,
            ),
            Meta(ge=1, le=366),
        ]
        | None
    ) = None
    counting: Annotated[
        Literal["both_ends", "last_day_excluded"],
        Parameter(
            label=Text(ru="Как считаются дни", en="How days are counted"),
            help=Text(
                ru="Входит ли в срок последний день опроса, если в акте это не сказано.",
                en="Whether the last day of a poll counts, where the act does not say.",
            ),
            labels={
                "both_ends": Text(
                    ru="первый и последний день входят в срок",
                    en="the first and the last day both count",
                ),
                "last_day_excluded": Text(
                    ru="последний день в срок не входит", en="the last day does not count"
                ),
            },
            cite=False,
        ),
    ] = "both_ends"
    results_shown: (
        Annotated[
            ResultsShown,
            Parameter(
                label=Text(ru="Когда видны результаты", en="When results are shown"),
                help=Text(
                    ru="С какого времени жители видят, как распределились голоса.",
                    en="From when residents see how the votes fall.",
                ),
                labels={option.value: text for option, text in RESULTS_SHOWN_LABELS.items()},
            ),
        ]
        | None
    ) = None
    revote: (
        Annotated[
            Literal["never", "until_close"],
            Parameter(
                label=Text(ru="Можно ли изменить голос", en="Whether a vote may be changed"),
                help=Text(
                    ru="Можно ли проголосовать иначе, пока опрос идёт.",
                    en="Whether people may vote differently while the poll runs.",
                ),
                labels={
                    "never": Text(ru="нельзя", en="no"),
                    "until_close": Text(
                        ru="можно до завершения опроса", en="until the poll closes"
                    ),
                },
            ),
        ]
        | None
    ) = None
    maximum_extensions: (
        Annotated[
            int,
            Parameter(
                label=Text(
                    ru="Сколько раз можно продлить опрос", en="How often a poll may be extended"
                ),
                help=Text(
                    ru="Ноль означает, что продлевать нельзя.",
                    en="Zero means that polls may not be extended.",
                ),
            ),
            Meta(ge=0, le=10),
        ]
        | None
    ) = None
    appeal_days: (
        Annotated[
            int,
            Parameter(
                label=Text(ru="Срок обжалования итогов", en="Time to contest the results"),
                help=Text(
                    ru="Сколько календарных дней после завершения можно обжаловать итоги.",
                    en="For how many calendar days after closing the results may be contested.",
                ),
                unit=DAYS,
            ),
            Meta(ge=1, le=366),
        ]
        | None
    ) = None

    def check(self) -> Iterable[Text]:
        if self.minimum_days > self.maximum_days:
            yield Text(
                ru="Самый короткий срок опроса больше самого долгого.",
                en="The shortest length of a poll is greater than the greatest.",
            )
        if self.recommended_days is not None and not (
            self.minimum_days <= self.recommended_days <= self.maximum_days
        ):
            yield Text(
                ru="Рекомендуемый срок опроса выходит за пределы допустимого.",
                en="The recommended length of a poll lies outside the permitted range.",
            )


def _uncounted(rule: PollTerms) -> int:
    """How many days of a poll do not count towards its length."""
    return 1 if rule.counting == "last_day_excluded" else 0


def _last_day(first: date, length: int, rule: PollTerms) -> date:
    """The last day of a poll that counts `length` days from `first`."""
    days = length - 1 + _uncounted(rule)
    return min(first, date.max - timedelta(days=days)) + timedelta(days=days)


def _too_long(first: date, length: int, rule: PollTerms) -> Opinion[Verdict]:
    return refuse(
        Text(
            ru="Опрос длится {length}, а можно не больше {maximum_days_number}.",
            en="The poll lasts {length}; the most allowed is {maximum_days_number}.",
        ),
        next_step=Text(
            ru="Выберите дату окончания не позже {latest}.",
            en="Choose an end date no later than {latest}.",
        ),
        rests_on=["maximum_days"],
        length=DAYS.text(length),
        latest=_last_day(first, rule.maximum_days, rule),
    )


def may_open(facts: OpenFacts, rule: PollTerms) -> Opinion[Verdict]:
    """Between the shortest and the greatest length; the recommended one is only suggested."""
    length = facts.duration_days - _uncounted(rule)
    if length > rule.maximum_days:
        return _too_long(facts.on, length, rule)
    if length < rule.minimum_days:
        return refuse(
            Text(
                ru="Опрос длится {length}, а нужно не меньше {minimum_days_number}.",
                en="The poll lasts {length}; the least allowed is {minimum_days_number}.",
            ),
            next_step=Text(
                ru="Выберите дату окончания не раньше {earliest}.",
                en="Choose an end date no earlier than {earliest}.",
            ),
            rests_on=["minimum_days"],
            length=DAYS.text(length),
            earliest=_last_day(facts.on, rule.minimum_days, rule),
        )
    if rule.recommended_days is None or length == rule.recommended_days:
        suggestion = []
    else:
        suggestion = [
            advise(
                Text(
                    ru="Рекомендуемый срок опроса — {recommended_days}, сейчас — {length}.",
                    en="The recommended length of a poll is {recommended_days}; this is {length}.",
                ),
                rests_on=["recommended_days"],
                length=DAYS.text(length),
            )
        ]
    return permit(
        Text(ru="Срок опроса — {length}: это допустимо.", en="The poll lasts {length}: allowed."),
        rests_on=["minimum_days", "maximum_days"],
        advice=suggestion,
        length=DAYS.text(length),
    )


def may_extend(facts: ExtendFacts, rule: PollTerms) -> Opinion[Verdict] | None:
    """As often as the regulation says, and never beyond the greatest length."""
    if rule.maximum_extensions is None:
        return None
    if rule.maximum_extensions == 0:
        return refuse(
            Text(ru="Продлевать опросы нельзя.", en="Polls may not be extended."),
            next_step=Text(
                ru="Дождитесь завершения опроса и при необходимости объявите новый.",
                en="Wait until the poll closes, and announce a new one if needed.",
            ),
            rests_on=["maximum_extensions"],
        )
    if facts.extensions >= rule.maximum_extensions:
        return refuse(
            Text(
                ru="Опрос уже продлевали, больше продлить его нельзя "
                "(допустимое число продлений: {maximum_extensions}).",
                en="The poll has already been extended and cannot be extended again "
                "(extensions allowed: {maximum_extensions}).",
            ),
            next_step=Text(
                ru="Дождитесь завершения опроса и при необходимости объявите новый.",
                en="Wait until the poll closes, and announce a new one if needed.",
            ),
            rests_on=["maximum_extensions"],
        )
    length = facts.duration_days - _uncounted(rule)
    if length > rule.maximum_days:
        return _too_long(facts.on, length, rule)
    return permit(
        Text(
            ru="Вместе с продлением опрос длится {length}: это допустимо.",
            en="With the extension the poll lasts {length}: allowed.",
        ),
        rests_on=["maximum_extensions", "maximum_days"],
        length=DAYS.text(length),
    )


def may_revote(_: PollFacts, rule: PollTerms) -> Opinion[Verdict] | None:
    """As the regulation says; silent if it says nothing."""
    if rule.revote is None:
        return None
    if rule.revote == "never":
        return refuse(
            Text(
                ru="Ваш голос уже учтён, изменить его нельзя.",
                en="Your vote has been counted and cannot be changed.",
            ),
            next_step=Text(
                ru="Дождитесь итогов опроса: они появятся на его странице.",
                en="Wait for the results: they will appear on the poll's page.",
            ),
            rests_on=["revote"],
        )
    return permit(
        Text(
            ru="Голос можно изменить до завершения опроса.",
            en="A vote may be changed until the poll closes.",
        ),
        rests_on=["revote"],
    )


def results_shown(_: PollFacts, rule: PollTerms) -> Opinion[ResultsShown] | None:
    """As the regulation says; silent if it says nothing."""
    if rule.results_shown is None:
        return None
    return value_of(
        rule.results_shown,
        Text(ru="Результаты видны {results_shown}.", en="Results are shown {results_shown}."),
        rests_on=["results_shown"],
    )


def appeal_days(_: PollFacts, rule: PollTerms) -> Opinion[int] | None:
    """As the regulation says; silent if it says nothing."""
    if rule.appeal_days is None:
        return None
    return value_of(
        rule.appeal_days,
        Text(
            ru="Срок обжалования итогов — {appeal_days} после завершения опроса.",
            en="Results may be contested for {appeal_days} after the poll has closed.",
        ),
        rests_on=["appeal_days"],
    )


MODULE: Final = RuleModule(
    key="poll_terms",
    edition=1,
    label=Text(ru="Сроки и порядок опроса", en="Terms of a poll"),
    about=Text(
        ru="Сколько длится опрос, можно ли его продлить, когда видны результаты, "
        "можно ли изменить голос и сколько времени обжалуются итоги.",
        en="How long a poll lasts, whether it may be extended, when results are shown, "
        "whether a vote may be changed, and for how long results may be contested.",
    ),
    params=PollTerms,
    answers=(
        Answer(MAY_OPEN, may_open),
        Answer(MAY_EXTEND, may_extend),
        Answer(MAY_REVOTE, may_revote),
        Answer(RESULTS_SHOWN, results_shown),
        Answer(APPEAL_DAYS, appeal_days),
    ),
)


@hookimpl
def rule_modules() -> Sequence[AnyModule]:
    return (MODULE,)
