"""The written form of acts and procedures."""

from datetime import date
from decimal import Decimal

import pytest

from core.kit.text import Text
from core.rules import BadRegulation, Entry, Procedure
from core.rules.written import read_acts, read_procedure

ACTS = """
[[act]]
key = "charter"
title = { ru = "Устав", en = "Charter" }
number = "1"
adopted = 2020-01-15
link = "https://example.org"
"""
HEAD = 'feature = "polls"\ntitle = { ru = "Опросы", en = "Polls" }\n'


def test_acts() -> None:
    (act,) = read_acts(ACTS)
    assert (act.key, act.adopted, act.example) == ("charter", date(2020, 1, 15), False)
    assert read_acts("") == ()


def test_a_procedure_and_its_entries_in_order() -> None:
    procedure, entries = read_procedure(
        "polls",
        HEAD
        + """
        [[terms.price]]
        from = 2024-01-01
        value = 10.50
        clause = "п. 1"
        act = "charter"
        [[terms.price]]
        from = 2023-01-01
        value = 9
        note = "задним числом"
        [[other.in_force]]
        from = 2024-01-01
        value = true
        """,
    )
    assert procedure == Procedure("polls", "polls", Text(ru="Опросы", en="Polls"))
    assert entries == (
        Entry("polls", "terms", "price", date(2024, 1, 1), Decimal("10.50"), "п. 1", "charter"),
        Entry("polls", "terms", "price", date(2023, 1, 1), 9, note="задним числом"),
        Entry("polls", "other", "in_force", date(2024, 1, 1), True),
    )
    assert str(entries[0].value) == "10.50"


@pytest.mark.parametrize(
    "written",
    [
        "feature = ",
        'feature = "polls"',
        'title = { ru = "О", en = "P" }',
        HEAD + 'colour = "red"',
        HEAD + "[terms]\nprice = 5",
        HEAD + "[[terms.price]]\nvalue = 5",
        HEAD + "[[terms.price]]\nfrom = 2024-01-01\nvalue = 5\nclauze = '1'",
        HEAD + "[[terms.price]]\nfrom = 'soon'\nvalue = 5",
    ],
)
def test_what_is_written_wrongly_is_an_error_with_its_place(written: str) -> None:
    with pytest.raises(BadRegulation, match="polls"):
        read_procedure("polls", written)


def test_unknown_keys_of_acts_are_errors() -> None:
    with pytest.raises(BadRegulation, match="color"):
        read_acts(ACTS + 'color = "red"')
