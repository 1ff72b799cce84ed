"""What ideas ask of a city's rules, and the facts they ask with."""

from collections.abc import Mapping
from typing import Annotated, Final

from msgspec import Meta

from core.deadlines.domain import DAY_KIND_LABELS, DayKind
from core.features.ideas.domain import Follows, Notice, Outcome
from core.identity.decisions import LEVEL_LABELS
from core.kit.level import Level
from core.kit.standing import Standing
from core.kit.text import DAYS, POINTS, VOTES, YEARS, Text
from core.rules import ABSENT, DENY, EXACTLY_ONE, Fact, Facts, choice, permission, quantity

NOTICE_LABELS: Final[Mapping[Notice, Text]] = {
    Notice.ACKNOWLEDGED: Text(
        ru="показываем и просим отметить, что прочитано", en="shown, and to be ticked as read"
    ),
    Notice.SHOWN: Text(ru="показываем", en="shown"),
    Notice.NONE: Text(ru="не показываем", en="not shown"),
}
FOLLOWS_LABELS: Final[Mapping[Follows, Text]] = {
    Follows.CONSIDERATION: Text(
        ru="идея сразу переходит на рассмотрение", en="the idea is considered at once"
    ),
    Follows.BY_HAND: Text(
        ru="на рассмотрение её берёт сотрудник", en="an official takes it into consideration"
    ),
}
OUTCOME_LABELS: Final[Mapping[Outcome, Text]] = {
    Outcome.TAKEN_UP: Text(ru="принять к реализации", en="take up"),
    Outcome.DECLINED: Text(ru="отклонить", en="decline"),
}
STANDING_LABELS: Final[Mapping[Standing, Text]] = {
    Standing.LISTED: Text(ru="есть в утверждённом перечне", en="on the approved list"),
    Standing.AMENDED: Text(ru="внесена в перечень изменением", en="on the list by an amendment"),
    Standing.UNLISTED: Text(ru="в перечне её нет", en="not on the list"),
}

_TERRITORY: Final = Fact(label=Text(ru="Территория", en="Area"), recordable=True)
_IN_CAMPAIGN: Final = Fact(
    label=Text(ru="В рамках обсуждения", en="In a campaign"), recordable=True
)


class IdeaFacts(Facts, frozen=True):
    """An idea as a whole; `on` is the day it was published or, before that, sent."""

    in_campaign: Annotated[bool, _IN_CAMPAIGN] = False


class PersonFacts(Facts, frozen=True):
    """Somebody who wants to take part on the day `on`.

    `age` None: not known. `district` is the key of the home district, None if not known.
    `territory` None: the whole city.
    """

    age: Annotated[int, Fact(label=Text(ru="Возраст", en="Age"), unit=YEARS), Meta(ge=0)] | None
    level: Annotated[
        Level,
        Fact(
            label=Text(ru="Подтверждение", en="Confirmation"),
            labels={level.value: text for level, text in LEVEL_LABELS.items()},
        ),
    ]
    district: Annotated[str, Fact(label=Text(ru="Район", en="District"))] | None
    territory: Annotated[frozenset[str], _TERRITORY] | None
    blocked: Annotated[bool, Fact(label=Text(ru="Вход ограничен", en="Blocked"))]


class SubmitFacts(PersonFacts, frozen=True):
    """An author who sends an idea, alone or in a campaign."""

    in_campaign: Annotated[bool, _IN_CAMPAIGN] = False


class SupportFacts(PersonFacts, frozen=True):
    """Somebody who wants to support an idea; `own`: they wrote it."""

    own: Annotated[bool, Fact(label=Text(ru="Своя идея", en="One's own idea"))] = False


class CampaignFacts(Facts, frozen=True):
    """A campaign that is about to open on the day `on`, with the calendar days both ends counted,
    and how its topic stands to the approved list."""

    duration_days: Annotated[
        int,
        Fact(
            label=Text(ru="Продолжительность обсуждения", en="Length of the campaign"),
            unit=DAYS,
            recordable=True,
        ),
        Meta(ge=1),
    ]
    standing: Annotated[
        Standing,
        Fact(
            label=Text(ru="Тема в перечне", en="The topic on the list"),
            labels={one.value: text for one, text in STANDING_LABELS.items()},
            recordable=True,
        ),
    ]


class DecideFacts(Facts, frozen=True):
    """A decision about an idea that is about to be made: what, and with how long an answer."""

    outcome: Annotated[
        Outcome,
        Fact(
            label=Text(ru="Решение", en="Decision"),
            labels={one.value: text for one, text in OUTCOME_LABELS.items()},
            recordable=True,
        ),
    ]
    answer_length: Annotated[
        int,
        Fact(label=Text(ru="Знаков в ответе", en="Characters in the answer"), recordable=True),
        Meta(ge=0),
    ]


MAY_SUBMIT: Final = permission(
    "ideas.may_submit",
    facts=SubmitFacts,
    label=Text(ru="Предложить идею", en="Suggest an idea"),
    when_silent=DENY,
)
"""May this person send an idea?"""

MAY_SUPPORT: Final = permission(
    "ideas.may_support",
    facts=SupportFacts,
    label=Text(ru="Поддержать идею", en="Support an idea"),
    when_silent=DENY,
)
"""May this person support this idea?"""

MAY_OPEN_CAMPAIGN: Final = permission(
    "ideas.may_open_campaign",
    facts=CampaignFacts,
    label=Text(ru="Открыть обсуждение", en="Open a campaign"),
    when_silent=DENY,
)
"""May a campaign of this length on this topic open?"""

MAY_DECIDE: Final = permission(
    "ideas.may_decide",
    facts=DecideFacts,
    label=Text(ru="Решить судьбу идеи", en="Decide on an idea"),
    when_silent=DENY,
)
"""May an idea be taken up or declined with this answer?"""

NOTICE: Final = choice(
    "ideas.notice",
    facts=IdeaFacts,
    label=Text(
        ru="Предупреждение, что идея не является обращением",
        en="Notice that an idea is not an appeal",
    ),
    options=Notice,
    labels=NOTICE_LABELS,
    when_silent=Notice.SHOWN,
)
"""Is the author told that an idea is not an appeal, and does the author confirm it (R8)?"""

THRESHOLD: Final = quantity(
    "ideas.threshold",
    facts=IdeaFacts,
    label=Text(ru="Сколько голосов нужно идее", en="Votes an idea needs"),
    unit=VOTES,
    combine=EXACTLY_ONE,
    when_silent=ABSENT,
)
"""How many supporters does it take? Absent: the city asks for no number."""

SUPPORT_DAYS: Final = quantity(
    "ideas.support_days",
    facts=IdeaFacts,
    label=Text(ru="Сколько дней собирается поддержка", en="Days for collecting support"),
    unit=DAYS,
    combine=EXACTLY_ONE,
    when_silent=ABSENT,
)
"""For how long is support collected? Absent: without an end. In a campaign: until it closes."""

FOLLOWS_SUPPORT: Final = choice(
    "ideas.follows_support",
    facts=IdeaFacts,
    label=Text(ru="Когда поддержка собрана", en="When an idea has its support"),
    options=Follows,
    labels=FOLLOWS_LABELS,
    when_silent=Follows.BY_HAND,
)
"""What happens when an idea has the support it needs?"""

CONSIDER_DAYS: Final = quantity(
    "ideas.consider_days",
    facts=IdeaFacts,
    label=Text(ru="Срок ответа на идею", en="Time to answer an idea"),
    unit=DAYS,
    combine=EXACTLY_ONE,
    when_silent=ABSENT,
)
"""Within how many days is a considered idea answered? Absent: the city sets no term."""

CONSIDER_COUNTED: Final = choice(
    "ideas.consider_counted",
    facts=IdeaFacts,
    label=Text(ru="Какими днями считается срок ответа", en="Which days the answer's term counts"),
    options=DayKind,
    labels=DAY_KIND_LABELS,
    when_silent=DayKind.CALENDAR,
)
"""Calendar or working days?"""

MERGE_DAYS: Final = quantity(
    "ideas.merge_days",
    facts=IdeaFacts,
    label=Text(ru="Сколько дней спрашиваем сторонников", en="Days for asking supporters"),
    unit=DAYS,
    combine=EXACTLY_ONE,
    when_silent=ABSENT,
)
"""For how long are supporters of a duplicate asked whether they move? Absent: until the official
who asked ends it."""

RESULTS_DAYS: Final = quantity(
    "ideas.results_days",
    facts=CampaignFacts,
    label=Text(ru="Срок передачи итогов обсуждения", en="Time to hand over a campaign's results"),
    unit=DAYS,
    combine=EXACTLY_ONE,
    when_silent=ABSENT,
)
"""Within how many days do the results of a campaign go to its initiator? Absent: no term."""

RESULTS_COUNTED: Final = choice(
    "ideas.results_counted",
    facts=CampaignFacts,
    label=Text(ru="Какими днями считается срок итогов", en="Which days the results' term counts"),
    options=DayKind,
    labels=DAY_KIND_LABELS,
    when_silent=DayKind.CALENDAR,
)
"""Calendar or working days?"""

REWARD: Final = quantity(
    "ideas.reward",
    facts=IdeaFacts,
    label=Text(ru="Баллы за идею", en="Points for an idea"),
    unit=POINTS,
    combine=EXACTLY_ONE,
    when_silent=ABSENT,
)
"""How many points does a published idea earn? Absent: the city awards none."""
