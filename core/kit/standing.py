"""How a matter stands to the approved topic list of its year (п. 3.1, 3.5 of the source)."""

from enum import StrEnum


class Standing(StrEnum):
    """On the list as it was approved, on it by a recorded amendment, or not on it at all."""

    LISTED = "listed"
    AMENDED = "amended"
    UNLISTED = "unlisted"
