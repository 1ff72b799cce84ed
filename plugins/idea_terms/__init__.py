"""How long an idea collects support and how much it needs, how soon it is answered and how, how
duplicates are joined, how long a campaign lasts, and whether authors are told that an idea is not
an appeal (R8, R55, R62). Who may take part is decided elsewhere."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Annotated, Final, Literal

from msgspec import Meta

from core.deadlines.domain import DAY_KIND_LABELS, DayKind
from core.features.ideas.decisions import (
    CONSIDER_COUNTED,
    CONSIDER_DAYS,
    FOLLOWS_LABELS,
    FOLLOWS_SUPPORT,
    MAY_DECIDE,
    MAY_OPEN_CAMPAIGN,
    MAY_SUPPORT,
    MERGE_DAYS,
    NOTICE,
    NOTICE_LABELS,
    RESULTS_COUNTED,
    RESULTS_DAYS,
    SUPPORT_DAYS,
    THRESHOLD,
    CampaignFacts,
    DecideFacts,
    IdeaFacts,
    SupportFacts,
)
from core.features.ideas.domain import Follows, Notice, Outcome
from core.kit.text import DAYS, VOTES, Text
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

_COUNTED: Final = {kind.value: text for kind, text in DAY_KIND_LABELS.items()}


class IdeaTerms(Params, frozen=True):
    """The terms of ideas and campaigns. What a city leaves out, it does not limit."""

    notice: (
        Annotated[
            Notice,
            Parameter(
                label=Text(
                    ru="Предупреждение о 59-ФЗ при подаче", en="Notice on 59-FZ at submission"
                ),
                help=Text(
                    ru="Говорим ли автору, что идея не является обращением граждан.",
                    en="Whether authors are told that an idea is not a formal appeal.",
                ),
                labels={one.value: text for one, text in NOTICE_LABELS.items()},
            ),
        ]
        | None
    ) = None
    threshold: (
        Annotated[
            int,
            Parameter(
                label=Text(ru="Сколько голосов нужно идее", en="Votes an idea needs"),
                help=Text(
                    ru="После стольких голосов город рассматривает идею. "
                    "Не задано — порога нет, идею берёт на рассмотрение сотрудник.",
                    en="With so many votes the city considers an idea. "
                    "Not set: no threshold, an official takes it up for consideration.",
                ),
                unit=VOTES,
            ),
            Meta(ge=1, le=1_000_000),
        ]
        | None
    ) = None
    support_days: (
        Annotated[
            int,
            Parameter(
                label=Text(
                    ru="Сколько дней собирается поддержка", en="Days for collecting support"
                ),
                help=Text(
                    ru="Со дня публикации. Не задано — без срока.",
                    en="From the day of publication. Not set: without an end.",
                ),
                unit=DAYS,
            ),
            Meta(ge=1, le=3660),
        ]
        | None
    ) = None
    follows_support: (
        Annotated[
            Follows,
            Parameter(
                label=Text(ru="Когда поддержка собрана", en="When an idea has its support"),
                help=Text(
                    ru="Переходит ли идея на рассмотрение сама.",
                    en="Whether the idea goes on to consideration by itself.",
                ),
                labels={one.value: text for one, text in FOLLOWS_LABELS.items()},
            ),
        ]
        | None
    ) = None
    consider_days: (
        Annotated[
            int,
            Parameter(
                label=Text(ru="Срок ответа на идею", en="Time to answer an idea"),
                help=Text(
                    ru="Сколько дней есть у города, чтобы решить и ответить.",
                    en="How many days the city has to decide and to answer.",
                ),
                unit=DAYS,
            ),
            Meta(ge=1, le=366),
        ]
        | None
    ) = None
    consider_counted: (
        Annotated[
            DayKind,
            Parameter(
                label=Text(ru="Дни срока ответа", en="Days of the answer's term"),
                help=Text(
                    ru="Календарные это дни или рабочие.",
                    en="Whether these are calendar or working days.",
                ),
                labels=_COUNTED,
            ),
        ]
        | None
    ) = None
    answer_needed: (
        Annotated[
            Literal["when_declined", "always"],
            Parameter(
                label=Text(ru="Когда решению нужен ответ", en="When a decision needs an answer"),
                help=Text(
                    ru="Без письменного ответа автору такое решение принять нельзя.",
                    en="Without a written answer to the author it cannot be made.",
                ),
                labels={
                    "when_declined": Text(ru="когда идею отклоняют", en="when an idea is declined"),
                    "always": Text(ru="всегда", en="always"),
                },
            ),
        ]
        | None
    ) = None
    least_answer: (
        Annotated[
            int,
            Parameter(
                label=Text(ru="Наименьший ответ, знаков", en="Shortest answer, characters"),
                help=Text(
                    ru="Ответ короче не считается мотивированным.",
                    en="A shorter answer does not count as a reasoned one.",
                ),
            ),
            Meta(ge=1, le=2000),
        ]
        | None
    ) = None
    own_support: (
        Annotated[
            Literal["allowed", "not_allowed"],
            Parameter(
                label=Text(ru="Поддержка своей идеи", en="Supporting one's own idea"),
                help=Text(
                    ru="Может ли автор отдать голос за собственную идею.",
                    en="Whether authors may vote for their own ideas.",
                ),
                labels={
                    "allowed": Text(ru="можно", en="allowed"),
                    "not_allowed": Text(ru="нельзя", en="not allowed"),
                },
            ),
        ]
        | None
    ) = None
    merge_days: (
        Annotated[
            int,
            Parameter(
                label=Text(
                    ru="Сколько дней спрашиваем сторонников", en="Days for asking supporters"
                ),
                help=Text(
                    ru="Столько дней у сторонников повторной идеи, чтобы согласиться "
                    "перенести голос.",
                    en="So many days supporters of a duplicate have to agree to move their vote.",
                ),
                unit=DAYS,
            ),
            Meta(ge=1, le=366),
        ]
        | None
    ) = None
    campaign_minimum_days: (
        Annotated[
            int,
            Parameter(
                label=Text(ru="Самое короткое обсуждение", en="Shortest campaign"),
                help=Text(
                    ru="Обсуждение короче открыть нельзя.", en="A shorter one cannot be opened."
                ),
                unit=DAYS,
            ),
            Meta(ge=1, le=366),
        ]
        | None
    ) = None
    campaign_maximum_days: (
        Annotated[
            int,
            Parameter(
                label=Text(ru="Самое долгое обсуждение", en="Longest campaign"),
                help=Text(
                    ru="Обсуждение дольше открыть нельзя.", en="A longer one cannot be opened."
                ),
                unit=DAYS,
            ),
            Meta(ge=1, le=366),
        ]
        | None
    ) = None
    campaign_recommended_days: (
        Annotated[
            int,
            Parameter(
                label=Text(ru="Рекомендуемое обсуждение", en="Recommended campaign"),
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
    results_days: (
        Annotated[
            int,
            Parameter(
                label=Text(
                    ru="Срок передачи итогов обсуждения",
                    en="Time to hand over a campaign's results",
                ),
                help=Text(
                    ru="Через сколько дней после завершения итоги должны быть у инициатора.",
                    en="How many days after the end the initiator has the results.",
                ),
                unit=DAYS,
            ),
            Meta(ge=1, le=366),
        ]
        | None
    ) = None
    results_counted: (
        Annotated[
            DayKind,
            Parameter(
                label=Text(ru="Дни срока итогов", en="Days of the results' term"),
                help=Text(
                    ru="Календарные это дни или рабочие.",
                    en="Whether these are calendar or working days.",
                ),
                labels=_COUNTED,
            ),
        ]
        | None
    ) = None

    def check(self) -> Iterable[Text]:
        least, most = self.campaign_minimum_days, self.campaign_maximum_days
        best = self.campaign_recommended_days
        if least is not None and most is not None and least > most:
            yield Text(
                ru="Самое короткое обсуждение длиннее самого долгого.",
                en="The shortest campaign is longer than the longest.",
            )
        if best is not None and (
            (least is not None and best < least) or (most is not None and best > most)
        ):
            yield Text(
                ru="Рекомендуемое обсуждение выходит за пределы допустимого.",
                en="The recommended campaign lies outside the permitted range.",
            )
        if self.consider_days is not None and self.consider_counted is None:
            yield Text(
                ru="Не сказано, какими днями считается срок ответа.",
                en="It is not said which days the answer's term counts.",
            )
        if self.results_days is not None and self.results_counted is None:
            yield Text(
                ru="Не сказано, какими днями считается срок передачи итогов.",
                en="It is not said which days the results' term counts.",
            )


def notice(_: IdeaFacts, rule: IdeaTerms) -> Opinion[Notice] | None:
    """As the regulation says; silent if it says nothing."""
    if rule.notice is None:
        return None
    return value_of(
        rule.notice,
        Text(
            ru="Идея не является обращением граждан: автору об этом {told}.",
            en="An idea is not a formal appeal: to the author this is {told}.",
        ),
        rests_on=["notice"],
        told=Text(
            ru="не говорим" if rule.notice is Notice.NONE else "говорим",
            en="not said" if rule.notice is Notice.NONE else "said",
        ),
    )


def threshold(_: IdeaFacts, rule: IdeaTerms) -> Opinion[int] | None:
    if rule.threshold is None:
        return None
    return value_of(
        rule.threshold,
        Text(
            ru="Чтобы город рассмотрел идею, нужно набрать {threshold}.",
            en="It takes {threshold} for the city to consider an idea.",
        ),
        rests_on=["threshold"],
    )


def support_days(_: IdeaFacts, rule: IdeaTerms) -> Opinion[int] | None:
    if rule.support_days is None:
        return None
    return value_of(
        rule.support_days,
        Text(
            ru="Поддержку собирают {support_days} со дня публикации.",
            en="Support is collected for {support_days} from publication.",
        ),
        rests_on=["support_days"],
    )


def follows_support(_: IdeaFacts, rule: IdeaTerms) -> Opinion[Follows] | None:
    if rule.follows_support is None:
        return None
    return value_of(
        rule.follows_support,
        Text(
            ru="Когда поддержка собрана, {follows_support}.",
            en="Once it has its support, {follows_support}.",
        ),
        rests_on=["follows_support"],
    )


def consider_days(_: IdeaFacts, rule: IdeaTerms) -> Opinion[int] | None:
    if rule.consider_days is None or rule.consider_counted is None:
        return None
    return value_of(
        rule.consider_days,
        Text(
            ru="Город отвечает на идею за {consider_days} ({consider_counted}).",
            en="The city answers an idea within {consider_days} ({consider_counted}).",
        ),
        rests_on=["consider_days", "consider_counted"],
    )


def consider_counted(_: IdeaFacts, rule: IdeaTerms) -> Opinion[DayKind] | None:
    if rule.consider_counted is None:
        return None
    return value_of(
        rule.consider_counted,
        Text(
            ru="Срок ответа считается так: {consider_counted}.",
            en="The answer's term counts {consider_counted}.",
        ),
        rests_on=["consider_counted"],
    )


def merge_days(_: IdeaFacts, rule: IdeaTerms) -> Opinion[int] | None:
    if rule.merge_days is None:
        return None
    return value_of(
        rule.merge_days,
        Text(
            ru="Сторонников спрашивают {merge_days}.",
            en="Supporters are asked for {merge_days}.",
        ),
        rests_on=["merge_days"],
    )


def may_support(facts: SupportFacts, rule: IdeaTerms) -> Opinion[Verdict] | None:
    """Speaks of one's own idea only."""
    if not facts.own or rule.own_support is None:
        return None
    if rule.own_support == "not_allowed":
        return refuse(
            Text(
                ru="Это ваша идея: за свою голос отдать нельзя.",
                en="This is your own idea: you cannot vote for it yourself.",
            ),
            next_step=Text(
                ru="Поделитесь ссылкой с соседями: их голоса считаются.",
                en="Share the link with neighbours: their votes count.",
            ),
            rests_on=["own_support"],
        )
    return permit(rests_on=["own_support"])


def may_decide(facts: DecideFacts, rule: IdeaTerms) -> Opinion[Verdict] | None:
    """A decision that needs an answer has one, and a reasoned one."""
    if rule.answer_needed is None:
        return None
    needed = rule.answer_needed == "always" or facts.outcome is Outcome.DECLINED
    least = rule.least_answer or 1
    if needed and facts.answer_length < least:
        return refuse(
            Text(
                ru="Без мотивированного ответа автору такое решение принять нельзя.",
                en="This decision cannot be made without a reasoned answer to the author.",
            ),
            next_step=Text(
                ru="Напишите ответ: что решили и почему. Не короче {least} знаков.",
                en="Write the answer: what was decided and why, at least {least} characters.",
            ),
            rests_on=["answer_needed", "least_answer"] if rule.least_answer else ["answer_needed"],
            least=str(least),
        )
    return permit(
        Text(ru="Решение с ответом автору.", en="A decision with an answer to the author."),
        rests_on=["answer_needed"],
    )


def _day(first: date, length: int) -> date:
    """The last day of a campaign of `length` days from `first`."""
    days = max(0, length - 1)
    return min(first, date.max - timedelta(days=days)) + timedelta(days=days)


def may_open_campaign(facts: CampaignFacts, rule: IdeaTerms) -> Opinion[Verdict] | None:
    """Between the shortest and the longest; the recommended length is only suggested."""
    least, most = rule.campaign_minimum_days, rule.campaign_maximum_days
    length = facts.duration_days
    if most is not None and length > most:
        return refuse(
            Text(
                ru="Обсуждение длится {length}, а можно не больше {campaign_maximum_days_number}.",
                en="The campaign lasts {length}; the most allowed is "
                "{campaign_maximum_days_number}.",
            ),
            next_step=Text(
                ru="Выберите дату окончания не позже {latest}.",
                en="Choose an end date no later than {latest}.",
            ),
            rests_on=["campaign_maximum_days"],
            length=DAYS.text(length),
            latest=_day(facts.on, most),
        )
    if least is not None and length < least:
        return refuse(
            Text(
                ru="Обсуждение длится {length}, а нужно не меньше {campaign_minimum_days_number}.",
                en="The campaign lasts {length}; the least allowed is "
                "{campaign_minimum_days_number}.",
            ),
            next_step=Text(
                ru="Выберите дату окончания не раньше {earliest}.",
                en="Choose an end date no earlier than {earliest}.",
            ),
            rests_on=["campaign_minimum_days"],
            length=DAYS.text(length),
            earliest=_day(facts.on, least),
        )
    rests_on = [
        name
        for name, value in (("campaign_minimum_days", least), ("campaign_maximum_days", most))
        if value is not None
    ]
    if not rests_on:
        return None
    best = rule.campaign_recommended_days
    suggestion = (
        [
            advise(
                Text(
                    ru="Рекомендуемый срок обсуждения — {campaign_recommended_days}, "
                    "сейчас — {length}.",
                    en="The recommended length of a campaign is {campaign_recommended_days}; "
                    "this is {length}.",
                ),
                rests_on=["campaign_recommended_days"],
                length=DAYS.text(length),
            )
        ]
        if best is not None and length != best
        else []
    )
    return permit(
        Text(
            ru="Срок обсуждения — {length}: это допустимо.",
            en="The campaign lasts {length}: allowed.",
        ),
        rests_on=rests_on,
        advice=suggestion,
        length=DAYS.text(length),
    )


def results_days(_: CampaignFacts, rule: IdeaTerms) -> Opinion[int] | None:
    if rule.results_days is None or rule.results_counted is None:
        return None
    return value_of(
        rule.results_days,
        Text(
            ru="Итоги обсуждения передают инициатору за {results_days} ({results_counted}).",
            en="A campaign's results go to its initiator within {results_days} "
            "({results_counted}).",
        ),
        rests_on=["results_days", "results_counted"],
    )


def results_counted(_: CampaignFacts, rule: IdeaTerms) -> Opinion[DayKind] | None:
    if rule.results_counted is None:
        return None
    return value_of(
        rule.results_counted,
        Text(
            ru="Срок передачи итогов считается так: {results_counted}.",
            en="The results' term counts {results_counted}.",
        ),
        rests_on=["results_counted"],
    )


MODULE: Final = RuleModule(
    key="idea_terms",
    edition=1,
    label=Text(ru="Порядок работы с идеями", en="Terms of ideas"),
    about=Text(
        ru="Сколько голосов нужно идее и за какой срок, как скоро город отвечает, "
        "как объединяют повторы, сколько длится обсуждение и что говорят автору при подаче.",
        en="How many votes an idea needs and by when, how soon the city answers, how duplicates "
        "are joined, how long a campaign lasts, and what authors are told.",
    ),
    params=IdeaTerms,
    answers=(
        Answer(NOTICE, notice),
        Answer(THRESHOLD, threshold),
        Answer(SUPPORT_DAYS, support_days),
        Answer(FOLLOWS_SUPPORT, follows_support),
        Answer(CONSIDER_DAYS, consider_days),
        Answer(CONSIDER_COUNTED, consider_counted),
        Answer(MERGE_DAYS, merge_days),
        Answer(MAY_SUPPORT, may_support),
        Answer(MAY_DECIDE, may_decide),
        Answer(MAY_OPEN_CAMPAIGN, may_open_campaign),
        Answer(RESULTS_DAYS, results_days),
        Answer(RESULTS_COUNTED, results_counted),
    ),
)


@hookimpl
def rule_modules() -> Sequence[AnyModule]:
    return (MODULE,)
