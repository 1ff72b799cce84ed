"""How well the city knows that a person is who they say and lives where they say (R130)."""

from enum import StrEnum


class Level(StrEnum):
    """Verification levels from weakest to strongest; compare with `reaches`."""

    NONE = "none"
    CONTACT = "contact"
    IDENTITY = "identity"
    RESIDENT = "resident"

    def reaches(self, needed: "Level") -> bool:
        order = list(Level)
        return order.index(self) >= order.index(needed)
