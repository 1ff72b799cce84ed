"""Who of the staff may see ideas on the desk, and what they may do there."""

from typing import Final

from core.identity import access
from core.work import Work

DESK: Final = "desk.enter"
ANSWER: Final = "ideas.answer"
DECIDE: Final = "ideas.decide"
MERGE: Final = "ideas.merge"
PREPARE: Final = "ideas.campaign"
OPEN: Final = "ideas.open_campaign"
EXPORT: Final = "ideas.export"

CONCERNED: Final = (DECIDE, ANSWER, MERGE, EXPORT)
"""Any of these lets somebody see ideas on the desk."""
SEES_UNPUBLISHED: Final = (*CONCERNED, "moderation.review", "moderation.approve_refusal")
CAMPAIGNS: Final = (PREPARE, OPEN)


def enter(work: Work, concerned: tuple[str, ...] = CONCERNED) -> frozenset[str]:
    """The rights of the one who opens a desk page; raises as `access.require` does without any."""
    access.require(work, DESK)
    held = frozenset(one for one in (*CONCERNED, *CAMPAIGNS) if access.may(work, one))
    if not held & set(concerned):
        access.require(work, concerned[0])
    return held
