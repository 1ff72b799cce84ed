"""Who of the staff may see the polls on the desk, and what they may do there."""

from typing import Final

from core.identity import access
from core.work import Work

DESK: Final = "desk.enter"
DRAFT: Final = "polls.draft"
APPROVE: Final = "polls.approve"
OPEN: Final = "polls.open"
EXTEND: Final = "polls.extend"
PUBLISH: Final = "polls.publish"
EXPORT: Final = "polls.export"
PEOPLE: Final = "people.view"

CONCERNED: Final = (EXPORT, DRAFT, APPROVE, OPEN, EXTEND, PUBLISH)
"""Any of these lets somebody see polls in every state."""


def enter(work: Work, permission: str | None = None) -> frozenset[str]:
    """The rights of the one who opens a desk page of polls; raises as `access.require` does unless
    there is `permission`, or any concern with polls when none is named."""
    access.require(work, DESK)
    held = frozenset(one for one in CONCERNED if access.may(work, one))
    if permission is not None:
        access.require(work, permission)
    elif not held:
        access.require(work, EXPORT)
    return held
