"""Who may vote: each condition alone, in order, and politely."""

from datetime import date
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.features.polls.decisions import MAY_VOTE, VoterFacts
from core.kit.level import Level
from core.rules import Verdict
from plugins import residency
from plugins.residency import Residency, may_vote
from tests.plugins.law import ON, asked, one

VOTER = VoterFacts(
    on=ON, age=30, level=Level.RESIDENT, district="north", territory=None, blocked=False
)


def voter(**changed: Any) -> VoterFacts:
    return msgspec.structs.replace(VOTER, **changed)


def rule(**more: Any) -> Residency:
    return Residency(**({"minimum_level": Level.CONTACT, "territory": "residents_only"} | more))


def test_may_vote() -> None:
    decision = asked(MAY_VOTE, VOTER)
    assert decision.allowed
    assert one(decision) == ("Правило «Кто может участвовать» это разрешает.", None, ("п. 3.10",))


@pytest.mark.parametrize(
    ("changed", "text", "step", "clause"),
    [
        (
            {"blocked": True},
            "Ваша учётная запись заблокирована, поэтому голосовать сейчас нельзя.",
            "Причина указана в вашем профиле; если вы с ней не согласны, напишите нам.",
            "п. 7",
        ),
        (
            {"level": Level.NONE},
            "Чтобы голосовать, нужно подтверждение: подтверждены почта или телефон.",
            "Подтвердите свои данные в профиле: это займёт несколько минут.",
            "п. 3.10",
        ),
        (
            {"age": None},
            "Возраст, с которого можно голосовать, — 16 лет, а ваш нам неизвестен.",
            "Укажите дату рождения в профиле или подтвердите личность.",
            "п. 6",
        ),
        (
            {"age": 15},
            "Возраст, с которого можно голосовать, — 16 лет, а вам 15 лет.",
            "Посмотрите, что уже можно делать: предлагать идеи и обсуждать чужие.",
            "п. 6",
        ),
        (
            {"territory": frozenset({"south"}), "district": None},
            "Этот опрос только для жителей одной части города, а ваш район нам неизвестен.",
            "Укажите в профиле, где вы живёте.",
            "п. 3.10",
        ),
        (
            {"territory": frozenset({"south"})},
            "Этот опрос только для жителей другой части города.",
            "Посмотрите опросы вашего района; если вы переехали, исправьте адрес в профиле.",
            "п. 3.10",
        ),
    ],
)
def test_refusals(changed: dict[str, Any], text: str, step: str, clause: str) -> None:
    decision = asked(MAY_VOTE, voter(**changed))
    assert not decision.allowed
    assert one(decision) == (text, step, (clause,))


def test_at_the_edges() -> None:
    assert asked(MAY_VOTE, voter(age=16)).allowed
    assert asked(MAY_VOTE, voter(level=Level.CONTACT)).allowed
    assert asked(MAY_VOTE, voter(territory=frozenset({"north", "south"}))).allowed


def test_everyone_may_vote_in_a_districts_poll_if_the_city_says_so() -> None:
    outsider = voter(territory=frozenset({"south"}), district=None)
    assert may_vote(outsider, rule(territory="everyone")).answer is Verdict.PERMIT


@pytest.mark.parametrize("setting", [None, True])
def test_being_blocked_takes_the_vote_away_only_if_the_city_says_so(setting: bool | None) -> None:
    assert may_vote(voter(blocked=True), rule(blocked_may_vote=setting)).answer is Verdict.PERMIT


def test_without_an_age_limit_age_does_not_matter() -> None:
    assert may_vote(voter(age=None), rule()).answer is Verdict.PERMIT


def test_before_the_regulation_nobody_votes() -> None:
    decision = asked(MAY_VOTE, voter(on=date(2020, 1, 1)))
    assert [reason.kind for reason in decision.reasons] == ["silence"]


@given(
    st.integers(0, 120) | st.none(),
    st.sampled_from(list(Level)),
    st.sampled_from([None, "north", "south"]),
    st.booleans(),
)
def test_one_unmet_condition_is_enough(
    age: int | None, level: Level, district: str | None, blocked: bool
) -> None:
    facts = voter(
        age=age,
        level=level,
        district=district,
        blocked=blocked,
        territory=frozenset({"north"}),
    )
    met = (
        age is not None
        and age >= 16
        and level.reaches(Level.IDENTITY)
        and district == "north"
        and not blocked
    )
    strict = rule(minimum_level=Level.IDENTITY, minimum_age=16, blocked_may_vote=False)
    assert (may_vote(facts, strict).answer is Verdict.PERMIT) is met


def test_brings_its_module() -> None:
    assert residency.rule_modules() == (residency.MODULE,)
