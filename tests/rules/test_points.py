"""Decision points say what they accept and refuse to be declared nonsensically."""

import pytest

from core.kit.text import DAYS
from core.rules import ABSENT, ERROR, UNANIMOUS, Verdict, choice, permission, quantity
from tests.rules.sample import COLOUR, COLOURS, LEAST, MAY, Colour, Matter, text


def test_accepts_only_its_own_kind_of_answer() -> None:
    assert MAY.accepts(Verdict.PERMIT)
    assert not MAY.accepts(True)
    assert LEAST.accepts(3)
    assert not LEAST.accepts(True)
    assert COLOUR.accepts(Colour.RED)
    assert not COLOUR.accepts("red")


def test_a_quantity_is_not_combined_by_unanimity() -> None:
    with pytest.raises(ValueError, match="combine"):
        quantity(
            "x.y",
            facts=Matter,
            label=text("X"),
            unit=DAYS,
            combine=UNANIMOUS,
            when_silent=ABSENT,
        )


def test_every_option_of_a_choice_has_its_label() -> None:
    with pytest.raises(ValueError, match="label"):
        choice(
            "x.y",
            facts=Matter,
            label=text("X"),
            options=Colour,
            labels={Colour.RED: COLOURS[Colour.RED]},
            when_silent=ERROR,
        )


def test_points_are_equal_only_to_themselves() -> None:
    again = permission("sample.may", facts=Matter, label=text("May"), when_silent=ERROR)
    assert again != MAY
    assert len({again, MAY}) == 2
