"""What a rule may not do is seen in its source."""

import pytest

from core.rules.purity import impurities

PURE = """
from collections.abc import Sequence
from datetime import date, timedelta
import msgspec, re
from . import wording
from veche_rule.numbers import MOST
from core.rules import permit
from core.kit.text import Text
from core.features.polls.decisions import MAY_OPEN
from core.features.polls import decisions
from core.features.polls.domain import Poll
from core.identity.decisions import MAY_ACT
from typing import Any

def answer(facts: Any, rule: Any) -> Any:
    found = {}
    found["a"] = sorted(facts.days)
    return permit()
"""


def test_a_pure_rule_has_none() -> None:
    assert list(impurities(PURE, "veche_rule")) == []


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("import os", "imports os"),
        ("import msgspec, random", "imports random"),
        ("from time import time", "imports time.time"),
        ("from core.db import engine", "imports core.db.engine"),
        ("from core.kit.clock import SystemClock", "imports core.kit.clock.SystemClock"),
        ("from core.features.polls.model import Poll", "imports core.features.polls.model.Poll"),
        ("from core.features.polls import model", "imports core.features.polls.model"),
        ("from plugins.quorum import MODULE", "imports plugins.quorum.MODULE"),
        ("print(1)", "calls print"),
        ("open('x')", "calls open"),
        ("setattr(rule, 'x', 1)", "calls setattr"),
        ("date.today()", "reads the clock (today)"),
        ("clock = datetime.now", "reads the clock (now)"),
        ("msgspec.structs.force_setattr(rule, 'x', 1)", "changes a frozen value"),
        ("rule.limit = 5", "changes an attribute (limit)"),
        ("rule.limit += 5", "changes an attribute (limit)"),
        ("del rule.limit", "changes an attribute (limit)"),
        ("def f():\n    global x", "keeps state between calls"),
    ],
)
def test_what_is_impure_is_named_with_its_line(line: str, problem: str) -> None:
    (found,) = impurities("\n" + line, "veche_rule")
    assert found.endswith(problem)
    assert found.startswith("line ")
