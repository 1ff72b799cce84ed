"""What polls ask of a city's rules, and the facts they ask with."""

from typing import Annotated, Final

from msgspec import Meta

from core.deadlines.domain import DAY_KIND_LABELS, LAST_DAY_LABELS, DayKind, LastDay
from core.features.polls.domain import Consequence, ResultsShown
from core.identity.decisions import LEVEL_LABELS
from core.kit.level import Level
from core.kit.standing import Standing
from core.kit.text import DAYS, POINTS, RESIDENTS, YEARS, Text
from core.rules import ABSENT, DENY, EXACTLY_ONE, Fact, Facts, choice, permission, quantity

_DURATION: Final = Fact(
    label=Text(ru="Продолжительность опроса", en="Length of the poll"), unit=DAYS, recordable=True
)
_TERRITORY: Final = Fact(label=Text(ru="Территория опроса", en="Area of the poll"), recordable=True)

STANDING_LABELS: Final = {
    Standing.LISTED: Text(ru="в утверждённом перечне", en="on the approved list"),
    Standing.AMENDED: Text(ru="внесена изменением перечня", en="added by an amendment"),
    Standing.UNLISTED: Text(ru="не в перечне", en="not on the list"),
}

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
    """A poll that is about to open on the day `on`, with the calendar days both ends counted.
    `standing` is its topic's on the city's list of topics, None where no list is kept."""

    duration_days: Annotated[int, _DURATION, Meta(ge=1)]
    standing: (
        Annotated[
            Standing,
            Fact(
                label=Text(ru="Тема опроса", en="Topic of the poll"),
                labels={one.value: text for one, text in STANDING_LABELS.items()},
                recordable=True,
            ),
        ]
        | None
    ) = None


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
"""May a poll of this length, on this topic, open?"""

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

RESULTS_DUE: Final = quantity(
    "polls.results_due",
    facts=PollFacts,
    label=Text(
        ru="Срок передачи итогов инициатору", en="Time to send the results to the initiator"
    ),
    unit=DAYS,
    combine=EXACTLY_ONE,
    when_silent=ABSENT,
)
"""Within how many days after the last one must the initiator have the results (R55)? Absent: the
city sets no such time."""

RESULTS_DUE_COUNTED: Final = choice(
    "polls.results_due_counted",
    facts=PollFacts,
    label=Text(ru="Как считаются дни этого срока", en="How the days of that time are counted"),
    options=DayKind,
    labels=DAY_KIND_LABELS,
    when_silent=DayKind.CALENDAR,
)
"""Are these days calendar or working days?"""

RESULTS_LAST_DAY: Final = choice(
    "polls.results_last_day",
    facts=PollFacts,
    label=Text(
        ru="Если последний день передачи итогов выходной",
        en="If the last day to send the results is a day off",
    ),
    options=LastDay,
    labels=LAST_DAY_LABELS,
    when_silent=LastDay.STAYS,
)
"""What becomes of that time if it would end on a day off (ст. 193 ГК РФ)?"""

RESULTS_REMINDER: Final = quantity(
    "polls.results_reminder",
    facts=PollFacts,
    label=Text(
        ru="За сколько дней напоминать о передаче итогов",
        en="How many days before its end to remind of sending the results",
    ),
    unit=DAYS,
    combine=EXACTLY_ONE,
    when_silent=ABSENT,
)
"""How many days before the end are those reminded who send the results? Absent: as the city's
calendar says."""
