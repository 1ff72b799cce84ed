"""A resident's own ideas with what became of each, and the ideas they follow; what the cabinet
shows of them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import msgspec
from litestar import Response

from core.feature import HomeSection
from core.features.ideas.domain import LABELS, PUBLIC, State
from core.features.ideas.queries import desk, one
from core.features.ideas.service import writing
from core.features.ideas.web import shown
from core.kit.actor import ResidentActor
from core.kit.text import Text
from core.moderation import service as moderation
from core.web.pages import render
from core.web.request import CityRequest
from core.web.routes import page
from core.work import Work

_MOST: Final = 100
_MOST_KEPT: Final = 500


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


class Own(msgspec.Struct, frozen=True):
    """An idea of one's own, as the cabinet and the copy of one's data hold it."""

    number: int
    title: str
    body: str
    place: str
    author_name: str
    extra: Mapping[str, object]
    state: State
    supports: int
    created_at: datetime
    published_at: datetime | None

    @property
    def label(self) -> Text:
        return LABELS[self.state]

    @property
    def chip(self) -> str:
        return shown.CHIPS[self.state]

    @property
    def public(self) -> bool:
        return self.state in PUBLIC


def in_cabinet(work: Work) -> Mapping[str, object] | None:
    """For a resident's own room, and for the copy of their data: what they wrote, supported and
    follow, the latest first. The page shows a few."""
    if not isinstance(work.actor, ResidentActor):
        return None
    person = work.actor.id
    return {
        "ideas": [
            Own(**{name: getattr(idea, name) for name in Own.__struct_fields__})
            for idea in one.ideas_of(work.session, person, most=_MOST)
        ],
        "supported": desk.supported(work.session, person, most=_MOST_KEPT),
        "followed": [
            {"number": row.number, "title": row.title}
            for row in desk.followed(work.session, person, most=_MOST_KEPT)
        ],
    }


PROFILE: Final = (HomeSection(order=20, template="ideas/profile.html", context=in_cabinet),)
HANDLERS: Final = (my_ideas,)
