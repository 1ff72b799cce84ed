"""What comments need to know of an idea: who may read it, whether people may still talk."""

from typing import Final
from uuid import UUID

from core.comments.manifest import Subject
from core.features.ideas.domain import State
from core.features.ideas.queries import one
from core.work import Work

IDEA: Final = "idea"
"""How comments call an idea."""
_CLOSED: Final = frozenset({State.MERGED, State.UNSUPPORTED})


def about_idea(work: Work, idea_id: UUID) -> Subject | None:
    """A public idea; people talk on while anything can still become of it. Followers hear
    of what becomes of the idea, not of every word about it; its author hears of both."""
    idea = one.public_idea(work.session, idea_id)
    if idea is None:
        return None
    return Subject(
        title=idea.title,
        path=f"/ideas/{idea.number}",
        open=idea.state not in _CLOSED,
        author_id=idea.author_id,
    )
