"""Who wants to know what becomes of an idea. Supporting one is not yet following it."""

from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from core.features.ideas.model import IdeaFollow
from core.features.ideas.queries import one
from core.kit.errors import NotFound
from core.work import Work


def follow(work: Work, *, idea_id: UUID, resident_id: UUID) -> None:
    """Follow an idea; following it twice is following it once."""
    if one.public_idea(work.session, idea_id) is None:
        raise NotFound
    work.session.execute(
        insert(IdeaFollow)
        .values(idea_id=idea_id, resident_id=resident_id, at=work.now)
        .on_conflict_do_nothing()
    )


def unfollow(work: Work, *, idea_id: UUID, resident_id: UUID) -> None:
    """Follow it no more."""
    work.session.execute(
        delete(IdeaFollow).where(
            IdeaFollow.idea_id == idea_id, IdeaFollow.resident_id == resident_id
        )
    )
