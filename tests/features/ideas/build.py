"""The builder of ideas for tests: residents, staff, ideas in any state, through the services."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from core.features.ideas.domain import FormField, Outcome, State
from core.features.ideas.model import Idea
from core.features.ideas.queries import one
from core.features.ideas.queries.one import IdeaView
from core.features.ideas.service import campaigning, life, supporting, writing
from core.features.ideas.service.campaigning import CampaignDraft
from core.features.ideas.service.writing import IdeaDraft
from core.kit.actor import ResidentActor, StaffActor, SystemActor
from core.kit.ids import new_id
from core.moderation.model import ModerationItem
from core.tenancy.tenant import Tenant
from core.work import Runtime
from tests.features.polls.build import official as any_official
from tests.features.polls.build import resident, residents

__all__ = ["resident", "residents"]

EVERYTHING = ("ideas.answer", "ideas.decide", "ideas.merge")
CAMPAIGNS = ("ideas.campaign", "ideas.open_campaign")
TITLE = "Поставить лавочки вдоль тропы здоровья"
BODY = "Вдоль тропы негде отдохнуть пожилым людям. Предлагаю поставить лавочки каждые сто метров."
ANSWER = (
    "Лавочки включены в план благоустройства на следующий год, работы начнутся в мае после схода "
    "снега."
)


def official(runtime: Runtime, city: Tenant, *permissions: str, **how: Any) -> StaffActor:
    """A member of staff whose post may do this (everything with ideas, if nothing is named)."""
    return any_official(runtime, city, *(permissions or EVERYTHING), **how)


def draft(city: Tenant, **changes: Any) -> IdeaDraft:
    """A complete draft."""
    topics = city.profile.topics
    return IdeaDraft(
        **{
            "title": TITLE,
            "body": BODY,
            "topic": topics[0].key if topics else None,
            "author_name": "Мария",
            **changes,
        }
    )


def sent(
    runtime: Runtime,
    city: Tenant,
    *,
    author: UUID | None = None,
    campaign: UUID | None = None,
    **changes: Any,
) -> UUID:
    """An idea that waits for moderation (or is public, where the city checks afterwards)."""
    author = author or residents(runtime, city, 1)[0]
    idea_id = new_id()
    with runtime.work(city, ResidentActor(author)) as work:
        writing.submit(
            work,
            author_id=author,
            idea_id=idea_id,
            draft=draft(city, **changes),
            acknowledged=True,
            campaign_id=campaign,
        )
    return idea_id


def let_through(runtime: Runtime, city: Tenant, idea_id: UUID) -> None:
    """What moderation does with an idea that is in order."""
    with runtime.work(city, SystemActor("test")) as work:
        for item in work.session.query(ModerationItem).filter_by(subject_id=idea_id).all():
            if item.state == "waiting":
                item.state = "published"
        life.publish(work, idea_id)


def published(runtime: Runtime, city: Tenant, **how: Any) -> UUID:
    """An idea that collects support."""
    idea_id = sent(runtime, city, **how)
    let_through(runtime, city, idea_id)
    return idea_id


def support(runtime: Runtime, city: Tenant, idea_id: UUID, people: Sequence[UUID]) -> None:
    for person in people:
        supporting.support(runtime, city, idea_id=idea_id, resident_id=person)


def considered(runtime: Runtime, city: Tenant, **how: Any) -> UUID:
    """An idea that the city considers."""
    idea_id = published(runtime, city, **how)
    with runtime.work(city, SystemActor("test")) as work:
        life.consider(work, idea_id=idea_id)
    return idea_id


def decided(
    runtime: Runtime, city: Tenant, outcome: Outcome = Outcome.TAKEN_UP, **how: Any
) -> UUID:
    """An idea that is taken up, or declined with an answer."""
    idea_id = considered(runtime, city, **how)
    with runtime.work(city, SystemActor("test")) as work:
        life.decide(work, idea_id=idea_id, outcome=outcome, text=ANSWER)
    return idea_id


def view(runtime: Runtime, city: Tenant, idea_id: UUID) -> IdeaView:
    with runtime.work(city, SystemActor("test")) as work:
        found = one.idea_view(work.session, idea_id)
    assert found is not None
    return found


def state_of(runtime: Runtime, city: Tenant, idea_id: UUID) -> State:
    return view(runtime, city, idea_id).state


def put(runtime: Runtime, city: Tenant, idea_id: UUID, **values: Any) -> None:
    """Set columns of an idea directly, for what a test does not want to walk through."""
    with runtime.work(city, SystemActor("test")) as work:
        row = work.session.get_one(Idea, idea_id)
        for name, value in values.items():
            setattr(row, name, value)


def campaign_draft(first: date, *, days: int = 30, **changes: Any) -> CampaignDraft:
    """A complete campaign without a topic of the list."""
    return CampaignDraft(
        **{
            "title": "Каким быть скверу у школы № 4",
            "summary": "Собираем идеи до конца месяца.",
            "body": "Сквер обновят в следующем году. Расскажите, чего в нём не хватает.",
            "opens_on": first,
            "closes_on": first + timedelta(days=days - 1),
            "form": (
                FormField(key="where", kind="text", label="Где в сквере", required=True),
                FormField(key="what", kind="choice", label="Что", options=("лавочки", "свет")),
            ),
            **changes,
        }
    )


def open_campaign(runtime: Runtime, city: Tenant, **how: Any) -> UUID:
    """A campaign that takes ideas; in a city that keeps a list, `plan_item` must be given."""
    campaign_id = new_id()
    with runtime.work(city, SystemActor("test")) as work:
        draft = campaign_draft(**{"first": work.today, **how})
        campaigning.save_draft(work, draft=draft, campaign_id=campaign_id)
        campaigning.schedule(work, campaign_id=campaign_id)
        campaigning.open_now(work, campaign_id=campaign_id)
    return campaign_id
