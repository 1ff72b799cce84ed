"""Chance that repeats: the same names give the same numbers, ids and shares on every machine."""

from collections.abc import Sequence
from random import Random
from uuid import UUID


def dice(*names: object) -> Random:
    """A source of chance of its own for one thing, so that changing one changes no other."""
    return Random("/".join(str(name) for name in names))  # noqa: S311  (made-up data, no secret)


def ordered_id(rng: Random, at: int) -> UUID:
    """A UUIDv7 of the second `at`: what `new_id` would have given at that time."""
    moment = at * 1000 + int(rng.random() * 1000)
    chance = rng.getrandbits(74)
    return UUID(
        int=moment << 80 | 0x7 << 76 | (chance >> 62) << 64 | 0b10 << 62 | chance & (1 << 62) - 1
    )


def item_id(seed: object, key: str) -> UUID:
    """The id of the topic of a key, known before the topic is made."""
    return ordered_id(dice(seed, "topic", key), 1_700_000_000)


def random_id(rng: Random) -> UUID:
    """A UUIDv4: says nothing of when it was made."""
    return UUID(int=rng.getrandbits(128), version=4)


def shares(total: int, weights: Sequence[float]) -> list[int]:
    """`total` split by weights into whole numbers that add up to it (largest remainder)."""
    whole = sum(weights)
    exact = [total * weight / whole for weight in weights]
    parts = [int(one) for one in exact]
    by_remainder = sorted(range(len(parts)), key=lambda n: (parts[n] - exact[n], n))
    for n in by_remainder[: total - sum(parts)]:
        parts[n] += 1
    return parts
