"""The grounds of refusal: what may be refused and blocked, and what a city's silence means."""

from datetime import date
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.deadlines.domain import DayKind
from core.kit.text import Text
from core.moderation.decisions import (
    ANNULS,
    BLOCK_DAYS,
    CHECK,
    DAYS_COUNTED,
    MAY_BLOCK,
    MAY_REFUSE,
    REVIEW_DAYS,
    SECOND_LOOK_DAYS,
    STEPS,
    BlockFacts,
    KindFacts,
    RefuseFacts,
)
from core.moderation.domain import Check, Needs, Steps
from core.rules import Act, Catalogue, Decision, Entry, Procedure, Regulation, decide
from core.rules.points import AnyPoint
from core.rules.testing import check
from plugins import refusal_grounds
from plugins.refusal_grounds import Ground, RefusalGrounds

ON = date(2026, 6, 1)
GROUNDS = (
    Ground("rude", "1", "Брань", "Уберите брань.", "п. 1.1"),
    Ground("planned", "2", "Уже запланировано", "Смотрите план.", "п. 1.2", Needs.PLAN),
    Ground("copy", "3", "Повтор", "Смотрите исходное.", None, Needs.ORIGINAL),
)
CATALOGUE = Catalogue.installed()


def city(**said: Any) -> Regulation:
    act = Act("act", Text(ru="Порядок", en="Procedure"), "1", date(2020, 1, 1))
    values = {"grounds": msgspec.to_builtins(GROUNDS), **said}
    return Regulation(
        1,
        [act],
        [Procedure("moderation", "moderation", Text(ru="Проверка", en="Review"))],
        [
            Entry(
                procedure="moderation",
                module="refusal_grounds",
                parameter=name,
                since=date(2020, 1, 1),
                value=value,
                clause="п. 1" if name == "grounds" else f"п. {name}",
                act="act",
            )
            for name, value in values.items()
        ],
    )


def asked(point: AnyPoint, facts: Any, **said: Any) -> Decision[Any]:
    return decide(
        point, facts, regulation=city(**said), procedure="moderation", catalogue=CATALOGUE
    )


def numbers(decision: Decision[Any]) -> list[str]:
    return [clause.number for clause in decision.clauses]


def refusal(*grounds: str, linked: tuple[str, ...] = (), length: int = 100) -> RefuseFacts:
    return RefuseFacts(
        on=ON,
        kind="ideas.idea",
        grounds=grounds,
        linked=frozenset(linked),
        letter_length=length,
    )


def test_conforms() -> None:
    check(refusal_grounds.MODULE, examples=60)


def test_each_ground_is_cited_in_its_own_place() -> None:
    decision = asked(MAY_REFUSE, refusal("rude", "copy", linked=("copy",)))
    assert decision.allowed
    assert numbers(decision) == ["п. 1.1", "п. 1"]
    assert "1) Брань; 3) Повтор" in decision.grounds[0].text.ru


@pytest.mark.parametrize(
    ("facts", "clauses"),
    [
        (refusal(), ["п. 1"]),
        (refusal("dull"), ["п. 1"]),
        (refusal("rude", "dull"), ["п. 1"]),
        (refusal("planned", "copy"), ["п. 1.2", "п. 1"]),
        (refusal("planned", "copy", linked=("copy",)), ["п. 1.2"]),
        (refusal("rude", length=0), ["п. 1.1"]),
    ],
)
def test_refusals_of_a_refusal(facts: RefuseFacts, clauses: list[str]) -> None:
    decision = asked(MAY_REFUSE, facts)
    assert not decision.allowed
    assert numbers(decision) == clauses
    assert decision.grounds[0].next_step is not None


KEYS = st.sampled_from(["rude", "planned", "copy", "dull"])


@given(st.lists(KEYS, max_size=5), st.frozensets(KEYS), st.integers(0, 5))
def test_a_refusal_stands_if_and_only_if_it_is_complete(
    grounds: list[str], linked: frozenset[str], length: int
) -> None:
    facts = refusal(*grounds, linked=tuple(linked), length=length)
    complete = (
        bool(grounds)
        and "dull" not in grounds
        and all(key in linked for key in grounds if key in ("planned", "copy"))
        and length > 0
    )
    assert asked(MAY_REFUSE, facts).allowed is complete


KIND = KindFacts(on=ON, kind="ideas.idea")
FACTS = BlockFacts(on=ON, grounds=("rude",), members=2)


@pytest.mark.parametrize(
    ("point", "facts", "value"),
    [
        (CHECK, KIND, Check.BEFORE),
        (STEPS, KIND, Steps.TWO),
        (DAYS_COUNTED, KIND, DayKind.CALENDAR),
        (REVIEW_DAYS, KIND, None),
        (SECOND_LOOK_DAYS, KIND, None),
        (MAY_BLOCK, FACTS, False),
        (BLOCK_DAYS, FACTS, None),
        (ANNULS, FACTS, False),
    ],
)
def test_silence_is_careful(point: AnyPoint, facts: Any, value: Any) -> None:
    assert asked(point, facts).value == value


@pytest.mark.parametrize(
    ("point", "facts", "said", "value"),
    [
        (CHECK, KIND, {"checked_before": ["ideas.idea"]}, Check.BEFORE),
        (CHECK, KIND, {"checked_after": ["ideas.idea"]}, Check.AFTER),
        (STEPS, KIND, {"steps": "one_step"}, Steps.ONE),
        (DAYS_COUNTED, KIND, {"days_counted": "working"}, DayKind.WORKING),
        (REVIEW_DAYS, KIND, {"review_days": 3}, 3),
        (SECOND_LOOK_DAYS, KIND, {"second_look_days": 10}, 10),
        (MAY_BLOCK, FACTS, {"block_grounds": ["rude"]}, True),
        (MAY_BLOCK, FACTS, {"block_grounds": ["copy"]}, False),
        (MAY_BLOCK, FACTS, {"block_grounds": ["rude"], "block_members": 3}, False),
        (BLOCK_DAYS, FACTS, {"block_days": 30}, 30),
        (ANNULS, FACTS, {"block_annuls": True}, True),
        (ANNULS, FACTS, {"block_annuls": False}, False),
    ],
)
def test_what_is_said_binds_with_its_clause(
    point: AnyPoint, facts: Any, said: dict[str, Any], value: Any
) -> None:
    decision = asked(point, facts, **said)
    assert decision.value == value
    assert set(numbers(decision)) <= {f"п. {name}" for name in said}
    assert numbers(decision)


def test_sense_between_parameters() -> None:
    rule = RefusalGrounds(
        grounds=(GROUNDS[0], GROUNDS[0]),
        block_grounds=frozenset({"rude", "unheard_of"}),
        checked_before=frozenset({"ideas.idea"}),
        checked_after=frozenset({"ideas.idea"}),
    )
    assert [problem.en for problem in rule.check()] == [
        "Ground rude stands twice.",
        "Blocking names an unknown ground unheard_of.",
        "ideas.idea is checked both before and after publication.",
    ]
    assert tuple(RefusalGrounds(grounds=GROUNDS).check()) == ()
