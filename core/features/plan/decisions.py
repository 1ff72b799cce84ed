"""What the topic plan asks of a city's rules, and the facts it asks with."""

from typing import Annotated, Final

from msgspec import Meta

from core.deadlines.domain import DAY_KIND_LABELS, LAST_DAY_LABELS, DayKind, LastDay
from core.features.plan.domain import Control
from core.kit.text import DAYS, Text
from core.rules import (
    ABSENT,
    DENY,
    EXACTLY_ONE,
    Fact,
    Facts,
    choice,
    permission,
    quantity,
)

_YEAR: Final = Fact(label=Text(ru="Год перечня", en="Year of the list"), recordable=True)


class YearFacts(Facts, frozen=True):
    """The list of a year; `on` is the day whose rules are asked for."""

    year: Annotated[int, _YEAR, Meta(ge=1900, le=2200)]


class ApproveFacts(Facts, frozen=True):
    """Somebody who wants to approve the list of a year on the day `on`, with the posts held."""

    year: Annotated[int, _YEAR, Meta(ge=1900, le=2200)]
    posts: Annotated[tuple[str, ...], Fact(label=Text(ru="Должности", en="Posts"), recordable=True)]


class AmendFacts(Facts, frozen=True):
    """A change to the approved list of a year on the day `on`; `motivated`: it says why."""

    year: Annotated[int, _YEAR, Meta(ge=1900, le=2200)]
    motivated: Annotated[
        bool, Fact(label=Text(ru="Изменение обосновано", en="Reasons are given"), recordable=True)
    ]


class ReportFacts(Facts, frozen=True):
    """An item whose implementation period ends on the day `on`."""


PROPOSALS_DUE: Final = quantity(
    "plan.proposals_due",
    facts=YearFacts,
    label=Text(
        ru="За сколько дней до начала года нужны предложения",
        en="How many days before the year proposals are due",
    ),
    unit=DAYS,
    combine=EXACTLY_ONE,
    when_silent=ABSENT,
)
"""How many days before the first of January are proposals due? Absent: no such day is set."""

APPROVAL_DUE: Final = quantity(
    "plan.approval_due",
    facts=YearFacts,
    label=Text(
        ru="За сколько дней до начала года утверждают перечень",
        en="How many days before the year the list is to be approved",
    ),
    unit=DAYS,
    combine=EXACTLY_ONE,
    when_silent=ABSENT,
)
"""How many days before the first of January is the list to be approved? Absent: no day is set."""

MAY_PROPOSE: Final = permission(
    "plan.may_propose",
    facts=YearFacts,
    label=Text(ru="Внести предложение в перечень", en="Propose a topic"),
    when_silent=DENY,
)
"""May a proposal for the list of this year still be entered on that day?"""

MAY_APPROVE: Final = permission(
    "plan.may_approve",
    facts=ApproveFacts,
    label=Text(ru="Утвердить перечень", en="Approve the list"),
    when_silent=DENY,
)
"""May this person approve the list of a year, and changes to it?"""

MAY_AMEND: Final = permission(
    "plan.may_amend",
    facts=AmendFacts,
    label=Text(ru="Изменить утверждённый перечень", en="Amend the approved list"),
    when_silent=DENY,
)
"""May the approved list be changed?"""

CONTROL_LABELS: Final = {
    Control.NAMED: Text(ru="назначен", en="named"),
    Control.NOBODY: Text(ru="не назначен", en="not named"),
}

CONTROL: Final = choice(
    "plan.control",
    facts=YearFacts,
    label=Text(ru="Контроль исполнения перечня", en="Control over the list"),
    options=Control,
    labels=CONTROL_LABELS,
    when_silent=Control.NOBODY,
)
"""Does the regulation name who controls that the list is carried out?"""

REPORT_DUE: Final = quantity(
    "plan.report_due",
    facts=ReportFacts,
    label=Text(
        ru="Срок отчёта об исполнении плана реализации",
        en="Time for the report on the implementation plan",
    ),
    unit=DAYS,
    combine=EXACTLY_ONE,
    when_silent=ABSENT,
)
"""How many days after the end of the implementation period is the report due (п. 3.14)?"""

REPORT_DUE_COUNTED: Final = choice(
    "plan.report_due_counted",
    facts=ReportFacts,
    label=Text(ru="Как считаются дни срока отчёта", en="How the days of that time are counted"),
    options=DayKind,
    labels=DAY_KIND_LABELS,
    when_silent=DayKind.CALENDAR,
)
"""Are these days calendar or working days? Silence: calendar days (R63)."""

REPORT_LAST_DAY: Final = choice(
    "plan.report_last_day",
    facts=ReportFacts,
    label=Text(
        ru="Если последний день отчёта выходной", en="If the report's last day is a day off"
    ),
    options=LastDay,
    labels=LAST_DAY_LABELS,
    when_silent=LastDay.STAYS,
)
"""What becomes of the report's term if it would end on a day off (ст. 193 ГК РФ)?"""

REPORT_REMINDER: Final = quantity(
    "plan.report_reminder",
    facts=ReportFacts,
    label=Text(
        ru="За сколько дней напоминать об отчёте",
        en="How many days before its end to remind of the report",
    ),
    unit=DAYS,
    combine=EXACTLY_ONE,
    when_silent=ABSENT,
)
"""How many days before the end is the one who owes the report reminded? Absent: as the city's
calendar says."""
