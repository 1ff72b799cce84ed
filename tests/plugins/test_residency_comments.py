"""Who may write comments: the conditions of taking part, without an area."""

from datetime import date
from typing import Any

import pytest

from core.comments.decisions import CommentFacts
from core.kit.level import Level
from core.rules import Verdict
from plugins.residency import Residency, may_comment


def facts(**changed: Any) -> CommentFacts:
    known = {"on": date(2026, 6, 1), "age": 30, "level": Level.CONTACT, "blocked": False}
    return CommentFacts(**{**known, **changed})


def rule(**more: Any) -> Residency:
    return Residency(**{"minimum_level": Level.CONTACT, "territory": "residents_only", **more})


@pytest.mark.parametrize(
    ("changed", "conditions", "allowed"),
    [
        ({}, {}, True),
        ({"level": Level.NONE}, {}, False),
        ({"level": Level.IDENTITY}, {"minimum_level": Level.RESIDENT}, False),
        ({"age": 13}, {"minimum_age": 14}, False),
        ({"age": 14}, {"minimum_age": 14}, True),
        ({"age": None}, {"minimum_age": 14}, False),
        ({"age": None}, {}, True),
        ({"blocked": True}, {"blocked_may_vote": False}, False),
        ({"blocked": True}, {"blocked_may_vote": True}, True),
        ({"blocked": True}, {}, True),
    ],
)
def test_each_condition_alone(
    changed: dict[str, Any], conditions: dict[str, Any], allowed: bool
) -> None:
    opinion = may_comment(facts(**changed), rule(**conditions))
    assert (opinion.answer is Verdict.PERMIT) is allowed
    assert opinion.rests_on


def test_a_refusal_speaks_of_comments() -> None:
    opinion = may_comment(facts(level=Level.NONE), rule())
    assert dict(opinion.values)["verb"].ru == "писать комментарии"
