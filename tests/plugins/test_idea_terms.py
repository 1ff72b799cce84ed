"""The terms of ideas: every number comes with its clause, and what is left out limits nobody."""

from datetime import date
from typing import Any

import pytest

from core.deadlines.domain import DayKind
from core.features.ideas.decisions import CampaignFacts, DecideFacts, IdeaFacts, SupportFacts
from core.features.ideas.domain import Follows, Notice, Outcome
from core.kit.level import Level
from core.kit.standing import Standing
from core.rules import Verdict
from core.rules.testing import check
from plugins import idea_terms
from plugins.idea_terms import IdeaTerms

ON = date(2026, 6, 15)
EVERYTHING: dict[str, Any] = {
    "notice": Notice.ACKNOWLEDGED,
    "threshold": 100,
    "support_days": 60,
    "follows_support": Follows.CONSIDERATION,
    "consider_days": 30,
    "consider_counted": DayKind.CALENDAR,
    "answer_needed": "when_declined",
    "least_answer": 40,
    "own_support": "not_allowed",
    "merge_days": 14,
    "campaign_minimum_days": 14,
    "campaign_maximum_days": 45,
    "campaign_recommended_days": 21,
    "results_days": 5,
    "results_counted": DayKind.WORKING,
}
IDEA = IdeaFacts(on=ON)


def test_conforms() -> None:
    check(idea_terms.MODULE)


def test_a_city_that_says_nothing_limits_nobody() -> None:
    rule = IdeaTerms()
    campaign = CampaignFacts(on=ON, duration_days=400, standing=Standing.UNLISTED)
    assert idea_terms.threshold(IDEA, rule) is None
    assert idea_terms.support_days(IDEA, rule) is None
    assert idea_terms.consider_days(IDEA, rule) is None
    assert idea_terms.may_open_campaign(campaign, rule) is None
    assert idea_terms.may_decide(DecideFacts(ON, Outcome.DECLINED, 0), rule) is None


def test_what_a_city_says_is_what_holds() -> None:
    rule = IdeaTerms(**EVERYTHING)
    asked = {
        idea_terms.notice: Notice.ACKNOWLEDGED,
        idea_terms.threshold: 100,
        idea_terms.support_days: 60,
        idea_terms.follows_support: Follows.CONSIDERATION,
        idea_terms.consider_days: 30,
        idea_terms.merge_days: 14,
    }
    for answer, value in asked.items():
        opinion = answer(IDEA, rule)
        assert opinion is not None
        assert opinion.answer == value


@pytest.mark.parametrize(
    ("days", "refused"), [(13, True), (14, False), (21, False), (45, False), (46, True)]
)
def test_the_length_of_a_campaign(days: int, refused: bool) -> None:
    facts = CampaignFacts(on=ON, duration_days=days, standing=Standing.LISTED)
    opinion = idea_terms.may_open_campaign(facts, IdeaTerms(**EVERYTHING))
    assert opinion is not None
    assert (opinion.answer is Verdict.REFUSE) is refused
    assert bool(opinion.advice) is (not refused and days != 21)


@pytest.mark.parametrize(
    ("outcome", "length", "refused"),
    [
        (Outcome.DECLINED, 39, True),
        (Outcome.DECLINED, 40, False),
        (Outcome.TAKEN_UP, 0, False),
    ],
)
def test_nobody_is_declined_without_an_answer(outcome: Outcome, length: int, refused: bool) -> None:
    opinion = idea_terms.may_decide(DecideFacts(ON, outcome, length), IdeaTerms(**EVERYTHING))
    assert opinion is not None
    assert (opinion.answer is Verdict.REFUSE) is refused


def test_ones_own_idea() -> None:
    facts = SupportFacts(
        on=ON, age=30, level=Level.RESIDENT, district=None, territory=None, blocked=False, own=True
    )
    opinion = idea_terms.may_support(facts, IdeaTerms(**EVERYTHING))
    assert opinion is not None
    assert opinion.answer is Verdict.REFUSE


@pytest.mark.parametrize(
    "conflict",
    [
        {"campaign_minimum_days": 50},
        {"campaign_recommended_days": 60},
        {"consider_counted": None},
        {"results_counted": None},
    ],
)
def test_what_cannot_hold_together_is_said(conflict: dict[str, Any]) -> None:
    assert list(IdeaTerms(**{**EVERYTHING, **conflict}).check())
    assert not list(IdeaTerms(**EVERYTHING).check())
