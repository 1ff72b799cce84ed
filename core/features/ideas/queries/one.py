"""One idea or campaign and what belongs to it: steps, versions, supporters, followers, merging."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import desc, func, select
from sqlalchemy.orm import Session

from core.features.ideas.domain import PUBLIC, CampaignState, State
from core.features.ideas.model import (
    Campaign,
    CampaignStep,
    Idea,
    IdeaAmendment,
    IdeaFollow,
    IdeaMerge,
    IdeaMergeAnswer,
    IdeaStep,
    IdeaSupport,
    IdeaSupportCount,
    IdeaVersion,
)


class IdeaView(msgspec.Struct, frozen=True):
    """An idea as it reads now. `supports` is the folded counter of lists; the idea's own page asks
    `live_supports`."""

    id: UUID
    number: int
    campaign_id: UUID | None
    author_id: UUID | None
    author_name: str
    title: str
    body: str
    extra: Mapping[str, object]
    topic: str | None
    district: str | None
    place_lat: float | None
    place_lon: float | None
    place: str
    state: State
    state_since: datetime
    governing_on: date | None
    terms: Mapping[str, Any] | None
    supports: int
    comments: int
    merged_into: UUID | None
    plan_item: UUID | None
    submitted_at: datetime | None
    published_at: datetime | None
    ends_at: datetime | None
    decided_at: datetime | None
    created_at: datetime
    version: int

    @property
    def public(self) -> bool:
        return self.state in PUBLIC


_COLUMNS = tuple(
    getattr(Idea, name) for name in IdeaView.__struct_fields__
)  # never `search`: the vector is as long as the text


def idea_view(session: Session, idea_id: UUID) -> IdeaView | None:
    """One idea in any state."""
    row = session.execute(select(*_COLUMNS).where(Idea.id == idea_id)).one_or_none()
    return _view(row) if row is not None else None


def idea_by_number(session: Session, number: int) -> IdeaView | None:
    """One idea in any state, by the number people write."""
    row = session.execute(select(*_COLUMNS).where(Idea.number == number)).one_or_none()
    return _view(row) if row is not None else None


def public_idea(session: Session, idea_id: UUID) -> IdeaView | None:
    """One idea that everybody may see."""
    view = idea_view(session, idea_id)
    return view if view is not None and view.public else None


def ideas_of(session: Session, author_id: UUID, *, most: int = 100) -> tuple[IdeaView, ...]:
    """What a resident has written, the latest first, drafts included."""
    rows = session.execute(
        select(*_COLUMNS).where(Idea.author_id == author_id).order_by(desc(Idea.id)).limit(most)
    )
    return tuple(_view(row) for row in rows)


def _view(row: Any) -> IdeaView:
    values = row._mapping
    return IdeaView(**{**values, "state": State(values["state"])})


def locked_idea(session: Session, idea_id: UUID) -> Idea | None:
    """The row for a change; others who want to change the same idea wait."""
    return session.execute(
        select(Idea).where(Idea.id == idea_id).with_for_update(),
        execution_options={"populate_existing": True},
    ).scalar_one_or_none()


def steps(session: Session, idea_id: UUID) -> Sequence[IdeaStep]:
    """The life of an idea, oldest first."""
    return session.scalars(
        select(IdeaStep).where(IdeaStep.idea_id == idea_id).order_by(IdeaStep.at, IdeaStep.id)
    ).all()


def versions(session: Session, idea_id: UUID) -> Sequence[IdeaVersion]:
    """Earlier texts, the latest first."""
    return session.scalars(
        select(IdeaVersion)
        .where(IdeaVersion.idea_id == idea_id)
        .order_by(desc(IdeaVersion.version))
    ).all()


def waiting_amendment(session: Session, idea_id: UUID) -> IdeaAmendment | None:
    """The amendment that waits for moderation, if any."""
    return session.scalars(
        select(IdeaAmendment)
        .where(IdeaAmendment.idea_id == idea_id, IdeaAmendment.state == "submitted")
        .order_by(desc(IdeaAmendment.at), desc(IdeaAmendment.id))
        .limit(1)
    ).one_or_none()


def live_supports(session: Session, idea_id: UUID) -> int:
    """Supporters of an idea to the last one, summed from the slots."""
    return int(
        session.scalar(
            select(func.coalesce(func.sum(IdeaSupportCount.supports), 0)).where(
                IdeaSupportCount.idea_id == idea_id
            )
        )
        or 0
    )


def supported_among(session: Session, resident_id: UUID, ideas: Sequence[UUID]) -> frozenset[UUID]:
    """Which of these ideas the resident supports."""
    if not ideas:
        return frozenset()
    return frozenset(
        session.scalars(
            select(IdeaSupport.idea_id).where(
                IdeaSupport.resident_id == resident_id, IdeaSupport.idea_id.in_(ideas)
            )
        )
    )


def supports(session: Session, idea_id: UUID, resident_id: UUID) -> bool:
    return bool(supported_among(session, resident_id, [idea_id]))


def follows(session: Session, idea_id: UUID, resident_id: UUID) -> bool:
    return (
        session.execute(
            select(IdeaFollow.at).where(
                IdeaFollow.idea_id == idea_id, IdeaFollow.resident_id == resident_id
            )
        ).first()
        is not None
    )


def merge_asking(session: Session, idea_id: UUID) -> IdeaMerge | None:
    """The merging of this duplicate whose supporters are being asked."""
    return session.scalars(
        select(IdeaMerge).where(IdeaMerge.idea_id == idea_id, IdeaMerge.state == "asking")
    ).one_or_none()


def merges_into(session: Session, original_id: UUID, *, most: int = 50) -> Sequence[IdeaMerge]:
    """Mergings into an idea that run or are done, the latest first."""
    return session.scalars(
        select(IdeaMerge)
        .where(IdeaMerge.original_id == original_id, IdeaMerge.state != "cancelled")
        .order_by(desc(IdeaMerge.started_at), desc(IdeaMerge.id))
        .limit(most)
    ).all()


def merge_answer(session: Session, merge_id: UUID, resident_id: UUID) -> bool | None:
    """What a supporter answered; None if nothing yet."""
    return session.scalar(
        select(IdeaMergeAnswer.agreed).where(
            IdeaMergeAnswer.merge_id == merge_id, IdeaMergeAnswer.resident_id == resident_id
        )
    )


class CampaignView(msgspec.Struct, frozen=True):
    """A campaign as it reads now."""

    id: UUID
    number: int
    title: str
    summary: str
    body: str
    topic: str | None
    plan_item: UUID | None
    territory: tuple[str, ...] | None
    form: tuple[Any, ...]
    with_place: bool
    state: CampaignState
    opens_on: date | None
    closes_on: date | None
    opens_at: datetime | None
    closes_at: datetime | None
    governing_on: date | None
    terms: Mapping[str, Any] | None
    outcome: str
    closed_at: datetime | None
    created_at: datetime
    created_by: str
    version: int

    @property
    def public(self) -> bool:
        return self.state in PUBLIC_CAMPAIGNS


PUBLIC_CAMPAIGNS = frozenset(
    {
        CampaignState.SCHEDULED,
        CampaignState.OPEN,
        CampaignState.CLOSED,
        CampaignState.SUMMED_UP,
    }
)


def campaign_view(session: Session, campaign_id: UUID) -> CampaignView | None:
    """One campaign in any state."""
    row = session.get(Campaign, campaign_id)
    return _campaign(row) if row is not None else None


def campaign_by_number(session: Session, number: int) -> CampaignView | None:
    row = session.scalars(select(Campaign).where(Campaign.number == number)).one_or_none()
    return _campaign(row) if row is not None else None


def locked_campaign(session: Session, campaign_id: UUID) -> Campaign | None:
    """The row for a change; others who want to change the same campaign wait."""
    return session.execute(
        select(Campaign).where(Campaign.id == campaign_id).with_for_update(),
        execution_options={"populate_existing": True},
    ).scalar_one_or_none()


def campaigns(
    session: Session,
    states: Sequence[CampaignState],
    *,
    soonest_first: bool = True,
    most: int = 50,
) -> tuple[CampaignView, ...]:
    """Campaigns in these states by their last day."""
    order = (
        (Campaign.closes_at, Campaign.id)
        if soonest_first
        else (desc(Campaign.closes_at), desc(Campaign.id))
    )
    rows = session.scalars(
        select(Campaign).where(Campaign.state.in_(states)).order_by(*order).limit(most)
    )
    return tuple(_campaign(row) for row in rows)


def campaign_steps(session: Session, campaign_id: UUID) -> Sequence[CampaignStep]:
    """The life of a campaign, oldest first."""
    return session.scalars(
        select(CampaignStep)
        .where(CampaignStep.campaign_id == campaign_id)
        .order_by(CampaignStep.at, CampaignStep.id)
    ).all()


def _campaign(row: Campaign) -> CampaignView:
    values = {name: getattr(row, name) for name in CampaignView.__struct_fields__}
    return CampaignView(
        **{
            **values,
            "state": CampaignState(row.state),
            "territory": tuple(row.territory) if row.territory is not None else None,
            "form": tuple(row.form),
        }
    )


def next_number(session: Session) -> int:
    """The next number of an idea in this city. The caller retries if two take the same."""
    return int(session.scalar(select(func.coalesce(func.max(Idea.number), 0) + 1)) or 1)


def next_campaign_number(session: Session) -> int:
    """The next number of a campaign in this city. The caller retries if two take the same."""
    return int(session.scalar(select(func.coalesce(func.max(Campaign.number), 0) + 1)) or 1)
