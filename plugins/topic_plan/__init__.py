"""The yearly topic list: until when proposals are due, by when and by whom it is approved, how it
is amended, and that nothing is held outside it (R41, R43–R45, R128).

Two rules, because two procedures carry them: the list's own procedure says how the list comes about
(`topic_plan`), the procedures of polls and of ideas say that the list binds them (`listed_topics`).
"""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from core.features.ideas.decisions import MAY_OPEN_CAMPAIGN, CampaignFacts
from core.features.plan.decisions import (
    APPROVAL_DUE,
    CONTROL,
    MAY_AMEND,
    MAY_APPROVE,
    MAY_PROPOSE,
    PROPOSALS_DUE,
    AmendFacts,
    ApproveFacts,
    YearFacts,
)
from core.features.plan.domain import Control, day_before, days_before
from core.features.polls.decisions import MAY_OPEN, OpenFacts
from core.kit.standing import Standing
from core.kit.text import Text
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

_MONTHS: Final = (
    Text(ru="января", en="January"),
    Text(ru="февраля", en="February"),
    Text(ru="марта", en="March"),
    Text(ru="апреля", en="April"),
    Text(ru="мая", en="May"),
    Text(ru="июня", en="June"),
    Text(ru="июля", en="July"),
    Text(ru="августа", en="August"),
    Text(ru="сентября", en="September"),
    Text(ru="октября", en="October"),
    Text(ru="ноября", en="November"),
    Text(ru="декабря", en="December"),
)


class DayOfYear(msgspec.Struct, frozen=True):
    """A day of the year before the list's: «1 декабря»."""

    month: Annotated[int, Meta(ge=1, le=12)]
    day: Annotated[int, Meta(ge=1, le=31)]

    @property
    def title(self) -> Text:
        """How the day is spoken of."""
        month = _MONTHS[self.month - 1]
        return Text(ru=f"{self.day} {month.ru}", en=f"{self.day} {month.en}")

    def before(self, year: int) -> int:
        """How many days it lies before the first of January of `year`."""
        return days_before(year, self.month, self.day)

    def on(self, year: int) -> date:
        """The day itself, for the list of `year`."""
        return day_before(year, self.before(year))


class Approver(msgspec.Struct, frozen=True):
    """A post that approves the list, under its key in the city's structures."""

    key: str
    title: str


class TopicPlan(Params, frozen=True):
    """How the list of a year comes about."""

    proposals_due: Annotated[
        DayOfYear,
        Parameter(
            label=Text(ru="До какого дня ждём предложения", en="By which day proposals are due"),
            help=Text(
                ru="Месяц и день года, который идёт перед годом перечня.",
                en="Month and day of the year before the year of the list.",
            ),
        ),
    ]
    approval_due: Annotated[
        DayOfYear,
        Parameter(
            label=Text(ru="До какого дня утверждаем перечень", en="By which day it is approved"),
            help=Text(
                ru="Месяц и день года, который идёт перед годом перечня.",
                en="Month and day of the year before the year of the list.",
            ),
        ),
    ]
    amendments: Annotated[
        Literal["reasoned", "any", "never"],
        Parameter(
            label=Text(ru="Изменения утверждённого перечня", en="Changes to the approved list"),
            help=Text(
                ru="Можно ли менять перечень после утверждения и нужно ли обоснование.",
                en="Whether the approved list may be changed, and whether reasons are needed.",
            ),
            labels={
                "reasoned": Text(
                    ru="по мотивированному предложению", en="on a proposal that gives reasons"
                ),
                "any": Text(ru="без обоснования", en="without giving reasons"),
                "never": Text(ru="не допускаются", en="not allowed"),
            },
        ),
    ]
    late_proposals: (
        Annotated[
            Literal["noted", "refused"],
            Parameter(
                label=Text(ru="Предложения после срока", en="Proposals after the day"),
                help=Text(
                    ru="Что делать с предложением, которое вносят после срока. "
                    "Если не задано, оно принимается с пометкой.",
                    en="What becomes of a proposal entered after the day. "
                    "If not set, it is taken and marked.",
                ),
                labels={
                    "noted": Text(ru="принимаются с пометкой", en="taken and marked"),
                    "refused": Text(ru="не принимаются", en="not taken"),
                },
            ),
        ]
        | None
    ) = None
    approvers: (
        Annotated[
            tuple[Approver, ...],
            Parameter(
                label=Text(ru="Кто утверждает перечень", en="Who approves the list"),
                help=Text(
                    ru="Должности. Если не задано, утверждает любой, у кого есть это право.",
                    en="Posts. If not set, anybody who holds the right approves it.",
                ),
            ),
        ]
        | None
    ) = None

    controller: (
        Annotated[
            str,
            Parameter(
                label=Text(ru="Кто контролирует исполнение", en="Who controls fulfilment"),
                help=Text(
                    ru="Должность, которой докладывают о просроченных мероприятиях и отчётах.",
                    en="The post that is told of measures and reports that are late.",
                ),
            ),
        ]
        | None
    ) = None

    def check(self) -> Sequence[Text]:
        early = (self.approval_due.month, self.approval_due.day)
        if early < (self.proposals_due.month, self.proposals_due.day):
            return (
                Text(
                    ru="Перечень утверждают раньше, чем собраны предложения.",
                    en="The list is to be approved before proposals are due.",
                ),
            )
        return ()


def proposals_due(facts: YearFacts, rule: TopicPlan) -> Opinion[int]:
    """How many days before the year."""
    return value_of(
        rule.proposals_due.before(facts.year),
        Text(
            ru="Предложения в перечень на {year} год ждём до {day} включительно.",
            en="Proposals for the list of {year} are due by {day}.",
        ),
        rests_on=["proposals_due"],
        year=_plain(facts.year),
        day=rule.proposals_due.on(facts.year),
    )


def approval_due(facts: YearFacts, rule: TopicPlan) -> Opinion[int]:
    """How many days before the year."""
    return value_of(
        rule.approval_due.before(facts.year),
        Text(
            ru="Перечень на {year} год утверждают до {day} включительно.",
            en="The list of {year} is to be approved by {day}.",
        ),
        rests_on=["approval_due"],
        year=_plain(facts.year),
        day=rule.approval_due.on(facts.year),
    )


def may_propose(facts: YearFacts, rule: TopicPlan) -> Opinion[Verdict]:
    """In time, or late if the city takes late proposals; then it says so."""
    last = rule.proposals_due.on(facts.year)
    if facts.on <= last:
        return permit(
            Text(ru="Предложения принимаются до {day}.", en="Proposals are taken until {day}."),
            rests_on=["proposals_due"],
            day=last,
        )
    if rule.late_proposals == "refused":
        return refuse(
            Text(
                ru="Предложения в перечень на {year} год принимались до {day}.",
                en="Proposals for the list of {year} were taken until {day}.",
            ),
            next_step=Text(
                ru="После утверждения перечня внесите тему изменением.",
                en="Propose the topic as an amendment once the list is approved.",
            ),
            rests_on=["proposals_due", "late_proposals"],
            year=_plain(facts.year),
            day=last,
        )
    return permit(
        Text(ru="Предложение вносится после срока.", en="The proposal comes after the day."),
        rests_on=["proposals_due"],
        advice=[
            advise(
                Text(
                    ru="Предложения ждали до {day}: это отметим как поздно поданное.",
                    en="Proposals were due by {day}: this one will be marked as late.",
                ),
                rests_on=["proposals_due"],
                day=last,
            )
        ],
    )


def may_approve(facts: ApproveFacts, rule: TopicPlan) -> Opinion[Verdict]:
    """Only the posts that the regulation names, if it names any; after the day with advice."""
    if rule.approvers is not None and not {one.key for one in rule.approvers} & {*facts.posts}:
        return refuse(
            Text(
                ru="Перечень утверждает {approvers}.",
                en="The list is approved by: {approvers}.",
            ),
            next_step=Text(
                ru="Передайте перечень на утверждение.", en="Hand the list over for approval."
            ),
            rests_on=["approvers"],
        )
    last = rule.approval_due.on(facts.year)
    late = [
        advise(
            Text(
                ru="Срок утверждения прошёл {day}: опоздание останется в истории.",
                en="The list was to be approved by {day}: the delay stays in its history.",
            ),
            rests_on=["approval_due"],
            day=last,
        )
    ]
    return permit(
        Text(
            ru="Перечень на {year} год можно утвердить.", en="The list of {year} may be approved."
        ),
        rests_on=["approval_due", *(["approvers"] if rule.approvers is not None else [])],
        advice=late if facts.on > last else (),
        year=_plain(facts.year),
    )


def may_amend(facts: AmendFacts, rule: TopicPlan) -> Opinion[Verdict]:
    """As the regulation says: with reasons, without, or not at all."""
    if rule.amendments == "never":
        return refuse(
            Text(ru="Утверждённый перечень не изменяют.", en="The approved list is not changed."),
            next_step=Text(
                ru="Предложите тему в перечень на следующий год.",
                en="Propose the topic for the list of the next year.",
            ),
            rests_on=["amendments"],
        )
    if rule.amendments == "reasoned" and not facts.motivated:
        return refuse(
            Text(
                ru="Изменить перечень можно только по мотивированному предложению.",
                en="The list is changed only on a proposal that gives reasons.",
            ),
            next_step=Text(
                ru="Напишите, почему изменение необходимо.", en="Write why the change is needed."
            ),
            rests_on=["amendments"],
        )
    return permit(
        Text(
            ru="Перечень можно изменить {amendments}.", en="The list may be changed: {amendments}."
        ),
        rests_on=["amendments"],
    )


def control(_: YearFacts, rule: TopicPlan) -> Opinion[Control] | None:
    """The post that the regulation names; silent if it names none."""
    if rule.controller is None:
        return None
    return value_of(
        Control.NAMED,
        Text(
            ru="Исполнение перечня контролирует {controller}.",
            en="Fulfilment of the list is controlled by: {controller}.",
        ),
        rests_on=["controller"],
    )


def _plain(year: int) -> Text:
    """A year is no number of things: it has no spaces between thousands."""
    return Text(ru=str(year), en=str(year))


class ListedTopics(Params, frozen=True):
    """Whether polls or campaigns are held on topics of the approved list only."""

    outside_list: Annotated[
        Literal["forbidden", "allowed"],
        Parameter(
            label=Text(ru="Вне утверждённого перечня", en="Outside the approved list"),
            help=Text(
                ru="Можно ли проводить это по теме, которой нет в утверждённом перечне на год.",
                en="Whether it may be held on a topic that the approved list of the year lacks.",
            ),
            labels={
                "forbidden": Text(ru="не проводим", en="not held"),
                "allowed": Text(ru="проводим", en="held"),
            },
        ),
    ]
    amended_topics: (
        Annotated[
            Literal["allowed", "forbidden"],
            Parameter(
                label=Text(ru="Темы, внесённые изменением", en="Topics added by an amendment"),
                help=Text(
                    ru="Можно ли проводить это по теме, которую внесли в перечень изменением. "
                    "Если не задано, такая тема не отличается от остальных.",
                    en="Whether it may be held on a topic that an amendment brought. "
                    "If not set, such a topic is like any other.",
                ),
                labels={
                    "allowed": Text(ru="проводим", en="held"),
                    "forbidden": Text(ru="не проводим", en="not held"),
                },
            ),
        ]
        | None
    ) = None


def may_open(facts: OpenFacts, rule: ListedTopics) -> Opinion[Verdict] | None:
    """A poll on a topic of the list; silent where the city keeps no list."""
    return _listed(facts.standing, rule)


def may_open_campaign(facts: CampaignFacts, rule: ListedTopics) -> Opinion[Verdict] | None:
    """A campaign on a topic of the list."""
    return _listed(facts.standing, rule)


def _listed(standing: Standing | None, rule: ListedTopics) -> Opinion[Verdict] | None:
    amended = [] if rule.amended_topics is None else ["amended_topics"]
    match standing:
        case None:
            return None
        case Standing.LISTED:
            return permit(
                Text(
                    ru="Тема есть в утверждённом перечне на год.",
                    en="The topic is on the approved list of the year.",
                ),
                rests_on=["outside_list"],
            )
        case Standing.AMENDED if rule.amended_topics != "forbidden":
            return permit(
                Text(
                    ru="Тема внесена в утверждённый перечень изменением.",
                    en="The topic was added to the approved list by an amendment.",
                ),
                rests_on=["outside_list", *amended],
            )
        case Standing.AMENDED:
            return refuse(
                Text(
                    ru="Тема внесена в перечень изменением, а проводить можно только по темам, "
                    "которые были в нём с утверждения.",
                    en="The topic was added by an amendment; only topics that were on the list "
                    "when it was approved may be used.",
                ),
                next_step=Text(
                    ru="Выберите другую тему перечня.", en="Choose another topic of the list."
                ),
                rests_on=["outside_list", *amended],
            )
    if rule.outside_list == "allowed":
        return permit(
            Text(
                ru="Проводить можно и вне утверждённого перечня.",
                en="It may be held outside the approved list.",
            ),
            rests_on=["outside_list"],
        )
    return refuse(
        Text(
            ru="Темы нет в утверждённом перечне на год.",
            en="The topic is not on the approved list of the year.",
        ),
        next_step=Text(
            ru="Выберите тему перечня. Если её там нет, сначала внесите её "
            "мотивированным изменением.",
            en="Choose a topic of the list. If it is not there, have it added first by an "
            "amendment that gives reasons.",
        ),
        rests_on=["outside_list", *amended],
    )


MODULE: Final = RuleModule(
    key="topic_plan",
    edition=1,
    label=Text(ru="Годовой перечень тематик", en="Yearly topic list"),
    about=Text(
        ru="До какого дня ждут предложения, кто и когда утверждает перечень, как его изменяют.",
        en="Until when proposals are taken, who approves the list and when, how it is changed.",
    ),
    params=TopicPlan,
    answers=(
        Answer(PROPOSALS_DUE, proposals_due),
        Answer(APPROVAL_DUE, approval_due),
        Answer(MAY_PROPOSE, may_propose),
        Answer(MAY_APPROVE, may_approve),
        Answer(MAY_AMEND, may_amend),
        Answer(CONTROL, control),
    ),
)

LISTED: Final = RuleModule(
    key="listed_topics",
    edition=1,
    label=Text(ru="Только по темам перечня", en="On listed topics only"),
    about=Text(
        ru="Опросы и обсуждения проводятся по темам утверждённого годового перечня.",
        en="Polls and campaigns are held on topics of the approved yearly list.",
    ),
    params=ListedTopics,
    answers=(
        Answer(MAY_OPEN, may_open),
        Answer(MAY_OPEN_CAMPAIGN, may_open_campaign),
    ),
)


@hookimpl
def rule_modules() -> Sequence[AnyModule]:
    return (MODULE, LISTED)
