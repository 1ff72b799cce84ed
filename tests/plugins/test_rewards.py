"""Points: the tariff, the promise, and the most in a day."""

from datetime import date
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.features.bonus.decisions import CREDIT, CreditFacts
from core.features.polls.decisions import REWARD, PollFacts
from plugins import rewards
from plugins.rewards import Rewards, credit, reward
from tests.plugins.law import ON, asked, one


def earned(
    act: Literal["vote", "idea", "comment"], offered: int | None = None, today: int = 0
) -> CreditFacts:
    return CreditFacts(on=ON, act=act, offered=offered, earned_today=today)


def test_what_a_poll_promises() -> None:
    decision = asked(REWARD, PollFacts(on=ON), procedure="bonus")
    assert decision.value == 5
    assert one(decision) == ("За участие в опросе начисляется 5 баллов.", None, ("п. 8",))


def test_nothing_is_promised_where_nothing_is_set() -> None:
    assert reward(PollFacts(on=ON), Rewards(points_per_idea=1)) is None
    before = PollFacts(on=date(2024, 1, 1))
    assert asked(REWARD, before, procedure="bonus").value is None


@pytest.mark.parametrize(
    ("facts", "value", "clauses"),
    [
        (earned("vote"), 5, ("п. 8",)),
        (earned("vote", offered=7), 7, ("п. 8",)),
        (earned("idea", today=10), 20, ("п. 8",)),
        (earned("idea", today=11), 19, ("п. 9", "п. 8")),
        (earned("vote", today=30), 0, ("п. 9", "п. 8")),
        (earned("vote", today=99), 0, ("п. 9", "п. 8")),
    ],
)
def test_credit(facts: CreditFacts, value: int, clauses: tuple[str, ...]) -> None:
    decision = asked(CREDIT, facts, procedure="bonus")
    assert decision.value == value
    assert one(decision)[2] == clauses


def test_credit_in_words() -> None:
    assert one(asked(CREDIT, earned("vote"), procedure="bonus"))[0] == (
        "Начислено за участие в опросе: 5 баллов."
    )
    assert one(asked(CREDIT, earned("vote", today=29), procedure="bonus"))[0] == (
        "За день можно получить не больше, чем установлено (30 баллов): начислено 1 балл."
    )


def test_an_act_without_a_tariff_earns_nothing() -> None:
    assert asked(CREDIT, earned("comment", offered=3), procedure="bonus").value is None


@given(st.integers(0, 500), st.integers(0, 500), st.integers(1, 500))
def test_never_more_than_the_most_in_a_day(offered: int, today: int, cap: int) -> None:
    opinion = credit(earned("vote", offered, today), Rewards(points_per_vote=1, daily_cap=cap))
    assert opinion is not None
    assert 0 <= opinion.answer <= offered
    assert opinion.answer == offered or today + opinion.answer <= max(cap, today)


@given(st.integers(0, 500), st.integers(0, 500))
def test_without_a_limit_the_promise_is_kept(offered: int, today: int) -> None:
    opinion = credit(earned("vote", offered, today), Rewards(points_per_vote=1))
    assert opinion is not None
    assert opinion.answer == offered


def test_brings_its_module() -> None:
    assert rewards.rule_modules() == (rewards.MODULE,)
