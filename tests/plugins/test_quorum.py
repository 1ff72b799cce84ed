"""The quorum: how many, who counts, and what follows."""

from datetime import date

from core.features.polls.decisions import (
    QUORUM,
    QUORUM_LEVEL,
    QUORUM_MISSED,
    PollFacts,
)
from core.features.polls.domain import Consequence
from core.kit.level import Level
from plugins import quorum
from tests.plugins.law import ON, asked, one

POLL = PollFacts(on=ON, territory=frozenset({"north"}))


def test_the_number_and_its_noun() -> None:
    decision = asked(QUORUM, POLL)
    assert decision.value == 300
    assert decision.shown.ru == "300\u00a0жителей"
    assert one(decision) == (
        "Опрос состоится, если в нём примут участие 300 жителей или больше.",
        None,
        ("п. 3.12",),
    )


def test_who_counts() -> None:
    decision = asked(QUORUM_LEVEL, POLL)
    assert decision.value is Level.RESIDENT
    assert "подтверждено проживание в городе" in one(decision)[0]


def test_what_follows() -> None:
    decision = asked(QUORUM_MISSED, POLL)
    assert decision.value is Consequence.VOID
    assert one(decision)[0] == (
        "Если участников меньше, чем нужно, опрос признаётся несостоявшимся."
    )


def test_silence() -> None:
    before = PollFacts(on=date(2024, 1, 1))
    assert asked(QUORUM_MISSED, before).value is Consequence.INFORMATIONAL
    never = PollFacts(on=date(2020, 1, 1))
    assert asked(QUORUM, never).value is None
    assert asked(QUORUM_LEVEL, never).value is Level.NONE


def test_brings_its_module() -> None:
    assert quorum.rule_modules() == (quorum.MODULE,)
