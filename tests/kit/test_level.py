"""Verification levels have an order."""

from core.kit.level import Level


def test_each_level_reaches_itself_and_those_below():
    levels = list(Level)
    for index, level in enumerate(levels):
        for other_index, other in enumerate(levels):
            assert level.reaches(other) == (index >= other_index)
