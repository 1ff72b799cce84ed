"""How much of everything a run measures."""

from typing import Final

import msgspec


class Sizes(msgspec.Struct, frozen=True, kw_only=True):
    """Sizes of one run. `seconds` is the length of one round of load, and every comparison takes
    `rounds` of them in turns, so that a change of the machine's mood meets both sides."""

    seconds: float
    rounds: int
    clients: tuple[int, ...]
    people: int
    """Residents of the city in which votes are measured."""
    voters: int
    """Those of them who vote over HTTP, each with a key and a session."""
    cities: int
    """Cities of the large installation; the small one has four."""
    ballots: int
    """Ballots in the poll that shows whether anything grows with them."""
    warm_rounds: int
    """How often each city is asked for each page before cities are compared."""
    ideas: int
    """Ideas in the city full of them; beside it is one with a hundredth."""
    supports: int
    """Votes for these ideas."""
    select_scale: int
    """pgbench's own scale factor for the read-only comparison: 100 000 rows each."""
    web_workers: int = 2
    fsync: bool = True


FULL: Final = Sizes(
    seconds=5,
    rounds=3,
    clients=(8, 32),
    people=60_000,
    voters=3_000,
    cities=1_000,
    ballots=200_000,
    warm_rounds=8,
    ideas=100_000,
    supports=10_000_000,
    select_scale=10,
)
QUICK: Final = Sizes(
    seconds=1.5,
    rounds=2,
    clients=(8,),
    people=20_000,
    voters=600,
    cities=60,
    ballots=20_000,
    warm_rounds=6,
    ideas=10_000,
    supports=500_000,
    select_scale=2,
)
TINY: Final = Sizes(
    seconds=0.2,
    rounds=1,
    clients=(2,),
    people=5_000,
    voters=100,
    cities=6,
    ballots=300,
    warm_rounds=1,
    ideas=300,
    supports=6_000,
    select_scale=1,
    web_workers=1,
    fsync=False,
)
"""Only shows that everything runs; its figures mean nothing."""
