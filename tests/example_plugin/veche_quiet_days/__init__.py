"""Before an election the city asks its residents nothing: no poll opens in the quiet days."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Annotated, Final

from msgspec import Meta

from core.features.polls.decisions import MAY_OPEN, OpenFacts
from core.kit.text import DAYS, Text
from core.rules import (
    Answer,
    AnyModule,
    Opinion,
    Parameter,
    Params,
    RuleModule,
    Verdict,
    hookimpl,
    refuse,
)


class QuietDays(Params, frozen=True):
    """How long the quiet lasts, and before which days."""

    quiet_days: Annotated[
        int,
        Parameter(
            label=Text(ru="Дней тишины перед выборами", en="Quiet days before an election"),
            help=Text(
                ru="За сколько дней до выборов перестают открываться новые опросы.",
                en="How many days before an election polls stop opening.",
            ),
            unit=DAYS,
        ),
        Meta(ge=1, le=90),
    ]
    election_days: Annotated[
        tuple[date, ...],
        Parameter(
            label=Text(ru="Дни выборов", en="Election days"),
            help=Text(
                ru="Дни голосования, назначенные избирательной комиссией.",
                en="The days of voting as set by the election commission.",
            ),
        ),
    ]


def may_open(facts: OpenFacts, rule: QuietDays) -> Opinion[Verdict] | None:
    """Refuses from the first quiet day to the election day, both included; otherwise silent."""
    for election_day in sorted(rule.election_days):
        first_quiet_day = election_day - timedelta(days=rule.quiet_days)
        if first_quiet_day <= facts.on <= election_day:
            return refuse(
                Text(
                    ru="С {first_quiet_day} и до дня выборов ({election_day}) "
                    "новые опросы не открываются.",
                    en="From {first_quiet_day} until the election ({election_day}) "
                    "no new polls open.",
                ),
                next_step=Text(
                    ru="Выберите дату начала после {election_day}.",
                    en="Choose a first day after {election_day}.",
                ),
                rests_on=["quiet_days", "election_days"],
                first_quiet_day=first_quiet_day,
                election_day=election_day,
            )
    return None


MODULE: Final = RuleModule(
    key="quiet_days",
    edition=1,
    label=Text(ru="Дни тишины", en="Quiet days"),
    about=Text(
        ru="Перед выборами новые опросы не открываются.",
        en="No new polls open before an election.",
    ),
    params=QuietDays,
    answers=(Answer(MAY_OPEN, may_open),),
)


@hookimpl
def rule_modules() -> Sequence[AnyModule]:
    return (MODULE,)
