"""What the regulation says of a poll, laid out for those who plan it and those who answer for it:
the length and the advice, and every condition with the clauses it rests on."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import msgspec
import structlog

from core.features.polls.decisions import (
    APPEAL_DAYS,
    MAY_REVOTE,
    QUORUM,
    QUORUM_LEVEL,
    QUORUM_MISSED,
    RESULTS_SHOWN,
    REWARD,
    PollFacts,
)
from core.features.polls.domain import Term, Terms
from core.features.polls.service import drafting
from core.features.polls.web import words
from core.kit.period import Period
from core.kit.text import Locale
from core.rules import Decision, RuleError
from core.rules.explain import ClauseWords, ReasonWords, reasons_data
from core.work import Work

log = structlog.get_logger("polls")


class Condition(msgspec.Struct, frozen=True):
    """One condition of a poll: what it is, its value in words, and what that rests on."""

    key: str
    label: str
    value: str
    reasons: tuple[ReasonWords, ...]

    @property
    def clauses(self) -> tuple[ClauseWords, ...]:
        return distinct(self.reasons)


class Plan(msgspec.Struct, frozen=True):
    """What would hold for a poll of these days. `allowed` is None when the regulation cannot
    answer; then there are no conditions either."""

    first: date
    last: date
    days: int
    allowed: bool | None
    grounds: tuple[ReasonWords, ...] = ()
    advice: tuple[ReasonWords, ...] = ()
    conditions: tuple[Condition, ...] = ()

    @property
    def clauses(self) -> tuple[ClauseWords, ...]:
        return distinct(self.grounds)

    @property
    def reasons(self) -> tuple[ReasonWords, ...]:
        """Everything said of these days."""
        return (
            *self.grounds,
            *self.advice,
            *(reason for condition in self.conditions for reason in condition.reasons),
        )


def distinct(reasons: Iterable[ReasonWords]) -> tuple[ClauseWords, ...]:
    """The clauses of several reasons, each once."""
    return tuple(dict.fromkeys(clause for reason in reasons for clause in reason.clauses))


def plan(
    work: Work,
    *,
    first: date,
    last: date,
    territory: Sequence[str] | None,
    plan_item: UUID | None,
    procedure: str,
    locale: Locale,
) -> Plan:
    """Asks the rules of the first day about a poll from `first` to `last` on a topic."""
    days = Period(first, last).days
    try:
        opening = drafting.check_opening(
            work, opens_on=first, closes_on=last, plan_item=plan_item, procedure=procedure
        )
        said = reasons_data(opening, locale)
        return Plan(
            first=first,
            last=last,
            days=days,
            allowed=opening.allowed,
            grounds=tuple(reason for reason in said if reason.kind != "advice"),
            advice=tuple(reason for reason in said if reason.kind == "advice"),
            conditions=_expected(work, first, territory, procedure, locale),
        )
    except RuleError as error:
        # The editor must stay usable while the regulation is being mended.
        log.error("regulation_incomplete", error=str(error), procedure=procedure)
        return Plan(first=first, last=last, days=days, allowed=None)


def _expected(
    work: Work, on: date, territory: Sequence[str] | None, procedure: str, locale: Locale
) -> tuple[Condition, ...]:
    facts = PollFacts(on=on, territory=frozenset(territory) if territory else None)

    def ask(point: Any, where: str = procedure) -> Decision[Any]:
        return work.decide(point, facts, procedure=where)

    quorum = ask(QUORUM)
    decided = {
        "quorum": quorum,
        **(
            {"quorum_level": ask(QUORUM_LEVEL), "quorum_missed": ask(QUORUM_MISSED)}
            if quorum.value is not None
            else {}
        ),
        "results_shown": ask(RESULTS_SHOWN),
        "revote": ask(MAY_REVOTE),
        "reward": ask(REWARD, work.procedure("bonus")),
        "appeal_days": ask(APPEAL_DAYS),
    }
    return tuple(
        Condition(
            key=name,
            label=words.TERMS[name].in_(locale),
            value=words.term_value(name, msgspec.to_builtins(decision.value)).in_(locale),
            reasons=reasons_data(decision, locale),
        )
        for name, decision in decided.items()
    )


def standing(terms: Terms, locale: Locale) -> tuple[Condition, ...]:
    """The conditions a poll was opened under."""
    skipped = {"quorum_level", "quorum_missed"} if terms.needed is None else set()
    return tuple(
        Condition(
            key=name,
            label=label.in_(locale),
            value=words.term_value(name, getattr(terms, name).value).in_(locale),
            reasons=term_reasons(getattr(terms, name), locale),
        )
        for name, label in words.TERMS.items()
        if name not in skipped
    )


def term_reasons(term: Term, locale: Locale) -> tuple[ReasonWords, ...]:
    return as_reasons(term.reasons.get(locale, []))


def as_reasons(stored: Sequence[object]) -> tuple[ReasonWords, ...]:
    """Reasons as they were kept with a poll or a step of it."""
    return msgspec.convert(list(stored), tuple[ReasonWords, ...])
