"""A small copy of the four cities' year, filled once for each module that asks for it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.support.installation import Installation

SMALL = 0.05


@pytest.fixture(scope="module")
def filled(installation: "Installation") -> "Iterator[Installation]":
    """The installation with all cities filled; do not use beside `runtime`, which empties it."""
    from core.demo.data import fill_cities

    installation.clean()
    fill_cities(installation.settings, clock=installation.clock, scale=SMALL, fresh=True)
    yield installation
    installation.clean()
