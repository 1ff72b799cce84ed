"""The topic list's rules: days in the year before, who approves, amendments, and what is held
outside the list."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.features.ideas.decisions import CampaignFacts
from core.features.plan.decisions import AmendFacts, ApproveFacts, YearFacts
from core.features.plan.domain import Control, day_before
from core.features.polls.decisions import OpenFacts
from core.kit.standing import Standing
from core.rules import Opinion, Verdict
from core.rules.testing import check
from plugins import topic_plan
from plugins.topic_plan import (
    LISTED,
    MODULE,
    Approver,
    DayOfYear,
    ListedTopics,
    TopicPlan,
    approval_due,
    control,
    may_amend,
    may_approve,
    may_open,
    may_open_campaign,
    may_propose,
    proposals_due,
)

ON = date(2026, 6, 1)
DEPUTY = Approver("deputy", "Заместитель главы")


def plan(**more: Any) -> TopicPlan:
    return TopicPlan(
        **({"proposals_due": DayOfYear(12, 1), "approval_due": DayOfYear(12, 25)} | more),
        **({} if "amendments" in more else {"amendments": "reasoned"}),
    )


def ruled(**more: Any) -> ListedTopics:
    return ListedTopics(**({"outside_list": "forbidden"} | more))


def text(opinion: Opinion[Any] | None) -> str:
    assert opinion is not None
    assert opinion.text is not None
    return opinion.text.ru


def test_conforms() -> None:
    check(MODULE)
    check(LISTED)


def test_days_are_counted_back_from_the_first_of_january() -> None:
    facts = YearFacts(on=ON, year=2027)
    assert proposals_due(facts, plan()).answer == 31
    assert approval_due(facts, plan()).answer == 7
    assert dict(proposals_due(facts, plan()).values)["day"] == date(2026, 12, 1)


@given(st.integers(2000, 2100), st.integers(1, 12), st.integers(1, 31))
def test_any_day_of_the_year_before_comes_back(year: int, month: int, day: int) -> None:
    rule = plan(proposals_due=DayOfYear(month, day), approval_due=DayOfYear(12, 31))
    answer = proposals_due(YearFacts(on=ON, year=year), rule).answer
    found = day_before(year, answer)
    assert found.year == year - 1
    assert found.month == month
    assert found.day <= day
    assert found.day == day or day > 28


def test_the_day_has_a_name() -> None:
    assert DayOfYear(12, 1).title.ru == "1 декабря"
    assert DayOfYear(2, 29).on(2027) == date(2026, 2, 28)


@pytest.mark.parametrize(
    ("on", "late", "answer", "advised"),
    [
        (date(2026, 12, 1), None, Verdict.PERMIT, False),
        (date(2026, 12, 2), None, Verdict.PERMIT, True),
        (date(2026, 12, 2), "noted", Verdict.PERMIT, True),
        (date(2026, 12, 2), "refused", Verdict.REFUSE, False),
        (date(2026, 12, 1), "refused", Verdict.PERMIT, False),
    ],
)
def test_late_proposals(on: date, late: str | None, answer: Verdict, advised: bool) -> None:
    opinion = may_propose(YearFacts(on=on, year=2027), plan(late_proposals=late))
    assert opinion.answer is answer
    assert bool(opinion.advice) is advised


def test_only_the_named_posts_approve() -> None:
    rule = plan(approvers=(DEPUTY,))
    on = date(2026, 12, 20)
    assert (
        may_approve(ApproveFacts(on=on, year=2027, posts=("deputy",)), rule).answer
        is Verdict.PERMIT
    )
    refusal = may_approve(ApproveFacts(on=on, year=2027, posts=("other",)), rule)
    assert refusal.answer is Verdict.REFUSE
    assert [one.parameter for one in refusal.rests_on] == ["approvers"]
    assert may_approve(ApproveFacts(on=on, year=2027, posts=()), plan()).answer is Verdict.PERMIT


def test_a_late_approval_is_possible_and_said_to_be_late() -> None:
    opinion = may_approve(ApproveFacts(on=date(2026, 12, 26), year=2027, posts=()), plan())
    assert opinion.answer is Verdict.PERMIT
    assert len(opinion.advice) == 1


@pytest.mark.parametrize(
    ("amendments", "motivated", "answer"),
    [
        ("reasoned", True, Verdict.PERMIT),
        ("reasoned", False, Verdict.REFUSE),
        ("any", False, Verdict.PERMIT),
        ("never", True, Verdict.REFUSE),
    ],
)
def test_amendments(amendments: str, motivated: bool, answer: Verdict) -> None:
    facts = AmendFacts(on=ON, year=2026, motivated=motivated)
    assert may_amend(facts, plan(amendments=amendments)).answer is answer


def test_who_controls_is_said_only_where_it_is_set() -> None:
    facts = YearFacts(on=ON, year=2026)
    assert control(facts, plan()) is None
    named = control(facts, plan(controller="заместитель руководителя"))
    assert named is not None
    assert named.answer is Control.NAMED
    assert [one.parameter for one in named.rests_on] == ["controller"]


@pytest.mark.parametrize(
    ("standing", "rule", "answer"),
    [
        (Standing.LISTED, {}, Verdict.PERMIT),
        (Standing.AMENDED, {}, Verdict.PERMIT),
        (Standing.AMENDED, {"amended_topics": "allowed"}, Verdict.PERMIT),
        (Standing.AMENDED, {"amended_topics": "forbidden"}, Verdict.REFUSE),
        (Standing.UNLISTED, {}, Verdict.REFUSE),
        (Standing.UNLISTED, {"outside_list": "allowed"}, Verdict.PERMIT),
    ],
)
def test_polls_and_campaigns_alike(
    standing: Standing, rule: dict[str, str], answer: Verdict
) -> None:
    poll = may_open(OpenFacts(on=ON, duration_days=21, standing=standing), ruled(**rule))
    campaign = may_open_campaign(
        CampaignFacts(on=ON, duration_days=21, standing=standing), ruled(**rule)
    )
    assert poll is not None
    assert campaign is not None
    assert poll.answer is answer
    assert campaign.answer is answer
    assert text(poll) == text(campaign)


def test_a_city_without_a_list_is_not_asked_for_one() -> None:
    assert may_open(OpenFacts(on=ON, duration_days=21), ruled()) is None


def test_a_refusal_names_both_clauses() -> None:
    refusal = may_open(
        OpenFacts(on=ON, duration_days=21, standing=Standing.UNLISTED),
        ruled(amended_topics="allowed"),
    )
    assert refusal is not None
    assert [one.parameter for one in refusal.rests_on] == ["outside_list", "amended_topics"]


@pytest.mark.parametrize(
    ("proposals", "approval", "problems"),
    [((12, 1), (12, 25), 0), ((12, 25), (12, 1), 1), ((12, 1), (12, 1), 0), ((11, 30), (12, 1), 0)],
)
def test_cross_field_sense(
    proposals: tuple[int, int], approval: tuple[int, int], problems: int
) -> None:
    rule = plan(proposals_due=DayOfYear(*proposals), approval_due=DayOfYear(*approval))
    assert len(tuple(rule.check())) == problems


def test_brings_its_modules() -> None:
    assert topic_plan.rule_modules() == (MODULE, LISTED)
