"""A resident's own ideas with what became of each, and the ideas they follow; what the cabinet
shows of them."""

from collections.abc import Mapping
from typing import Any, Final

from litestar import Response

from core.feature import HomeSection
from core.features.ideas.domain import LABELS, State
from core.features.ideas.queries import desk, one
from core.features.ideas.service import writing
from core.features.ideas.web import shown
from core.kit.actor import ResidentActor
from core.moderation import service as moderation
from core.web.pages import render
from core.web.request import CityRequest
from core.web.routes import page
from core.work import Work

_MOST: Final = 100
_IN_CABINET: Final = 3


@page("/me/ideas")
def my_ideas(request: CityRequest) -> Response[Any]:
    """Everything I wrote, drafts first, with letters; and what I follow."""
    shown.require_offered(request, "ideas")
    person = request.signed_in.resident_id
    with request.work() as work:
        ideas = one.ideas_of(work.session, person, most=_MOST)
        letters = {
            idea.id: standing.letter
            for idea in ideas
            if idea.state is State.REFUSED
            and (standing := moderation.standing(work.session, writing.KIND, idea.id)) is not None
        }
        followed = desk.followed(work.session, person)
    return render(
        request,
        "ideas/mine.html",
        drafts=[idea for idea in ideas if idea.state is State.DRAFT],
        ideas=[idea for idea in ideas if idea.state is not State.DRAFT],
        letters=letters,
        followed=followed,
        labels=LABELS,
        chips=shown.CHIPS,
    )


def in_cabinet(work: Work) -> Mapping[str, object] | None:
    """For a resident's own room: the latest of their ideas."""
    if not isinstance(work.actor, ResidentActor):
        return None
    ideas = one.ideas_of(work.session, work.actor.id, most=_IN_CABINET)
    return {"ideas": ideas, "labels": LABELS, "chips": shown.CHIPS}


PROFILE: Final = (HomeSection(order=20, template="ideas/profile.html", context=in_cabinet),)
HANDLERS: Final = (my_ideas,)
