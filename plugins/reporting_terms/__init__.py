"""By when the results of a poll go to its initiator, and the report on a campaign's implementation
is due (R55, R63, R131): how many days, which days count, what happens if the last is a day off."""

from collections.abc import Sequence
from typing import Annotated, Final

from msgspec import Meta

from core.deadlines.domain import DAY_KIND_LABELS, DAY_NOUNS, LAST_DAY_LABELS, DayKind, LastDay
from core.features.plan.decisions import (
    REPORT_DUE,
    REPORT_DUE_COUNTED,
    REPORT_LAST_DAY,
    REPORT_REMINDER,
)
from core.features.polls.decisions import (
    RESULTS_DUE,
    RESULTS_DUE_COUNTED,
    RESULTS_LAST_DAY,
    RESULTS_REMINDER,
)
from core.kit.text import DAYS, Text
from core.rules import (
    Answer,
    AnyModule,
    Facts,
    Opinion,
    Parameter,
    Params,
    RuleModule,
    hookimpl,
    value_of,
)

_KINDS: Final = {kind.value: text for kind, text in DAY_KIND_LABELS.items()}


class ReportingTerms(Params, frozen=True):
    """The terms of reporting. What the city leaves out is not set."""

    results_days: (
        Annotated[
            int,
            Parameter(
                label=Text(
                    ru="Срок передачи итогов инициатору",
                    en="Time to send the results to the initiator",
                ),
                help=Text(
                    ru="Сколько дней после окончания голосования есть на передачу итогов тому, "
                    "кто предложил опрос. Первым считается следующий день.",
                    en="How many days after the vote the one who proposed the poll must have its "
                    "results. The next day is the first.",
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
                label=Text(
                    ru="Какие дни считаются при передаче итогов",
                    en="Which days count towards sending the results",
                ),
                help=Text(
                    ru="Рабочие дни считаются по производственному календарю страны и города.",
                    en="Working days follow the calendar of the country and the city.",
                ),
                labels=_KINDS,
            ),
        ]
        | None
    ) = None
    report_days: (
        Annotated[
            int,
            Parameter(
                label=Text(
                    ru="Срок отчёта об исполнении плана реализации",
                    en="Time for the report on the implementation plan",
                ),
                help=Text(
                    ru="Сколько дней после окончания срока реализации есть на отчёт. "
                    "Первым считается следующий день.",
                    en="How many days after the implementation period the report is due. "
                    "The next day is the first.",
                ),
                unit=DAYS,
            ),
            Meta(ge=1, le=366),
        ]
        | None
    ) = None
    report_counted: (
        Annotated[
            DayKind,
            Parameter(
                label=Text(
                    ru="Какие дни считаются для отчёта", en="Which days count towards the report"
                ),
                help=Text(
                    ru="Если в акте это не сказано, считаются календарные дни.",
                    en="Where the act does not say, calendar days count.",
                ),
                labels=_KINDS,
            ),
        ]
        | None
    ) = None
    last_day_off: (
        Annotated[
            LastDay,
            Parameter(
                label=Text(
                    ru="Если последний день срока выходной",
                    en="If the last day of a term is a day off",
                ),
                help=Text(
                    ru="Важно для календарных дней: рабочий день выходным не бывает.",
                    en="This matters for calendar days: a working day is never off.",
                ),
                labels={option.value: text for option, text in LAST_DAY_LABELS.items()},
            ),
        ]
        | None
    ) = None
    reminder_days: (
        Annotated[
            int,
            Parameter(
                label=Text(ru="За сколько дней напоминать", en="How many days before to remind"),
                help=Text(
                    ru="Первое напоминание ответственному; второе приходит в последний день срока.",
                    en="The first reminder to those who owe it; another comes on the last day.",
                ),
                unit=DAYS,
            ),
            Meta(ge=1, le=60),
        ]
        | None
    ) = None


def results_due(_: Facts, rule: ReportingTerms) -> Opinion[int] | None:
    """As the regulation says; silent if it says nothing."""
    if rule.results_days is None:
        return None
    return value_of(
        rule.results_days,
        Text(
            ru="Срок передачи итогов инициатору — {term} после окончания голосования.",
            en="The results go to the initiator within {term} after the vote.",
        ),
        rests_on=["results_days"],
        term=DAY_NOUNS[rule.results_counted or DayKind.CALENDAR].text(rule.results_days),
    )


def results_counted(_: Facts, rule: ReportingTerms) -> Opinion[DayKind] | None:
    """Silent unless there is such a term and the regulation says which days it means."""
    if rule.results_days is None or rule.results_counted is None:
        return None
    return value_of(
        rule.results_counted,
        Text(
            ru="При передаче итогов считаются {results_counted}.",
            en="For sending the results, {results_counted} count.",
        ),
        rests_on=["results_counted"],
    )


def report_due(_: Facts, rule: ReportingTerms) -> Opinion[int] | None:
    """As the regulation says; silent if it says nothing."""
    if rule.report_days is None:
        return None
    return value_of(
        rule.report_days,
        Text(
            ru="Срок отчёта — {term} после окончания срока реализации.",
            en="The report is due within {term} after the implementation period.",
        ),
        rests_on=["report_days"],
        term=DAY_NOUNS[rule.report_counted or DayKind.CALENDAR].text(rule.report_days),
    )


def report_counted(_: Facts, rule: ReportingTerms) -> Opinion[DayKind] | None:
    """Silent unless there is such a term and the regulation says which days it means."""
    if rule.report_days is None or rule.report_counted is None:
        return None
    return value_of(
        rule.report_counted,
        Text(
            ru="Для отчёта считаются {report_counted}.",
            en="For the report, {report_counted} count.",
        ),
        rests_on=["report_counted"],
    )


def last_day(_: Facts, rule: ReportingTerms) -> Opinion[LastDay] | None:
    """As the regulation says; silent if it says nothing."""
    if rule.last_day_off is None:
        return None
    return value_of(
        rule.last_day_off,
        Text(
            ru="Если последний день срока выходной, {last_day_off}.",
            en="If the last day of the term is a day off, {last_day_off}.",
        ),
        rests_on=["last_day_off"],
    )


def reminder(_: Facts, rule: ReportingTerms) -> Opinion[int] | None:
    """As the regulation says; silent if it says nothing."""
    if rule.reminder_days is None:
        return None
    return value_of(
        rule.reminder_days,
        Text(
            ru="Напоминание приходит за {reminder_days} до конца срока.",
            en="A reminder comes {reminder_days} before the end.",
        ),
        rests_on=["reminder_days"],
    )


MODULE: Final = RuleModule(
    key="reporting_terms",
    edition=1,
    label=Text(ru="Сроки передачи итогов и отчётов", en="Terms of reporting"),
    about=Text(
        ru="За сколько дней итоги опроса передают инициатору и готовят отчёт об исполнении плана "
        "реализации, какие дни считаются и что бывает, если последний день выходной.",
        en="Within how many days the results of a poll go to its initiator and the report on the "
        "implementation plan is due, which days count, and what happens if the last is a day off.",
    ),
    params=ReportingTerms,
    answers=(
        Answer(RESULTS_DUE, results_due),
        Answer(RESULTS_DUE_COUNTED, results_counted),
        Answer(RESULTS_LAST_DAY, last_day),
        Answer(RESULTS_REMINDER, reminder),
        Answer(REPORT_DUE, report_due),
        Answer(REPORT_DUE_COUNTED, report_counted),
        Answer(REPORT_LAST_DAY, last_day),
        Answer(REPORT_REMINDER, reminder),
    ),
)


@hookimpl
def rule_modules() -> Sequence[AnyModule]:
    return (MODULE,)
