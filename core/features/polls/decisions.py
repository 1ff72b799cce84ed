"""What polls ask of a city's rules, and the facts they ask with."""

from typing import Annotated, Final

from msgspec import Meta

from core.features.polls.domain import Consequence, ResultsShown
from core.identity.decisions import LEVEL_LABELS
from core.kit.level import Level
from core.kit.text import DAYS, POINTS, RESIDENTS, YEARS, Text
from core.rules import ABSENT, DENY, EXACTLY_ONE, Fact, Facts, choice, permission, quantity

_DURATION: Final = Fact(
    label=Text(ru="Продолжительность опроса", en="Length of the poll"), unit=DAYS, recordable=True
)
_TERRITORY: Final = Fact(label=Text(ru="Территория опроса", en="Area of the poll"), recordable=True)


CONSEQUENCE_LABELS: Final = {
    Consequence.VOID: Text(ru="опрос признаётся несостоявшимся", en="the poll is void"),
    Consequence.EXTEND: Text(ru="опрос продлевается", en="the poll is extended"),
    Consequence.INFORMATIONAL: Text(
        ru="результат принимается к сведению", en="the result is taken note of"
    ),
}

RESULTS_SHOWN_LABELS: Final = {
    ResultsShown.ALWAYS: Text(ru="сразу", en="at once"),
    ResultsShown.AFTER_VOTE: Text(ru="после своего голоса", en="after one's own vote"),
    ResultsShown.AFTER_CLOSE: Text(ru="после завершения опроса", en="after the poll has closed"),
}


class PollFacts(Facts, frozen=True):
    """A poll as a whole; `on` is the day it opened. `territory` None means the whole city."""

    territory: Annotated[frozenset[str], _TERRITORY] | None = None


class OpenFacts(Facts, frozen=True):
    """A poll that is about to open on the day `on`, with the calendar days both ends counted."""

    duration_days: Annotated[int, _DURATION, Meta(ge=1)]


class ExtendFacts(Facts, frozen=True):
    """A poll that opened on the day `on` and shall last longer: its whole length afterwards, and
    how often it has been extended before."""

    duration_days: Annotated[int, _DURATION, Meta(ge=1)]
    extensions: Annotated[
        int,
        Fact(label=Text(ru="Уже продлевали, раз", en="Extended so far, times"), recordable=True),
        Meta(ge=0),
    ]


class VoterFacts(Facts, frozen=True):
    """Somebody who wants to vote in a poll that opened on the day `on`.

    `age` None: not known. `district` is the key of the home district, None if not known.
    `territory` None: the poll is for the whole city.
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


MAY_OPEN: Final = permission(
    "polls.may_open",
    facts=OpenFacts,
    label=Text(ru="Открыть опрос", en="Open a poll"),
    when_silent=DENY,
)
"""May a poll of this length open?"""

MAY_EXTEND: Final = permission(
    "polls.may_extend",
    facts=ExtendFacts,
    label=Text(ru="Продлить опрос", en="Extend a poll"),
    when_silent=DENY,
)
"""May a running poll be extended to this length?"""

MAY_VOTE: Final = permission(
    "polls.may_vote",
    facts=VoterFacts,
    label=Text(ru="Проголосовать", en="Vote"),
    when_silent=DENY,
)
"""May this person vote in this poll?"""

MAY_REVOTE: Final = permission(
    "polls.may_revote",
    facts=PollFacts,
    label=Text(ru="Изменить свой голос", en="Change one's vote"),
    when_silent=DENY,
)
"""May people who have voted change their vote until the poll closes?"""

QUORUM: Final = quantity(
    "polls.quorum",
    facts=PollFacts,
    label=Text(ru="Сколько жителей должно принять участие", en="How many residents must take part"),
    unit=RESIDENTS,
    combine=EXACTLY_ONE,
    when_silent=ABSENT,
)
"""How many people must take part? Absent: the city demands no number."""

QUORUM_LEVEL: Final = choice(
    "polls.quorum_level",
    facts=PollFacts,
    label=Text(ru="Чьи голоса входят в кворум", en="Whose votes count towards the quorum"),
    options=Level,
    labels=LEVEL_LABELS,
    when_silent=Level.NONE,
)
"""From which verification level does a participant count towards the quorum (R130)?"""

QUORUM_MISSED: Final = choice(
    "polls.quorum_missed",
    facts=PollFacts,
    label=Text(ru="Если участников не хватило", en="If too few people took part"),
    options=Consequence,
    labels=CONSEQUENCE_LABELS,
    when_silent=Consequence.INFORMATIONAL,
)
"""What becomes of a poll in which too few took part?"""

RESULTS_SHOWN: Final = choice(
    "polls.results_shown",
    facts=PollFacts,
    label=Text(ru="Когда видны результаты", en="When results are shown"),
    options=ResultsShown,
    labels=RESULTS_SHOWN_LABELS,
    when_silent=ResultsShown.AFTER_CLOSE,
)
"""From when do residents see the results?"""

APPEAL_DAYS: Final = quantity(
    "polls.appeal_days",
    facts=PollFacts,
    label=Text(ru="Срок обжалования итогов", en="Time to contest the results"),
    unit=DAYS,
    combine=EXACTLY_ONE,
    when_silent=ABSENT,
)
"""For how long may the results be contested? Absent: the city sets no such time."""

REWARD: Final = quantity(
    "polls.reward",
    facts=PollFacts,
    label=Text(ru="Баллы за участие", en="Points for taking part"),
    unit=POINTS,
    combine=EXACTLY_ONE,
    when_silent=ABSENT,
)
"""How many points does taking part earn? Absent: the city awards none."""
