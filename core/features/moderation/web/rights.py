"""Who of the staff may see the queue, and what they may do there."""

from typing import Final

from core.identity import access
from core.moderation import blocking, deciding, service
from core.work import Work

DESK: Final = "desk.enter"
REVIEW: Final = service.REVIEW
APPROVE: Final = deciding.APPROVE
BLOCK: Final = blocking.BLOCK
CONCERNED: Final = (REVIEW, APPROVE, BLOCK)


def enter(work: Work, permission: str = REVIEW) -> frozenset[str]:
    """The rights of the one who opens a desk page of moderation; raises without `permission`."""
    access.require(work, DESK)
    access.require(work, permission)
    return frozenset(one for one in CONCERNED if access.may(work, one))
