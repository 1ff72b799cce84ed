"""What the plan does when something happened elsewhere: polls and campaigns on its topics begin and
end, residents' ideas come so far that they may become topics."""

from collections.abc import Sequence
from datetime import date
from typing import Final
from uuid import UUID

import msgspec

from core.events.outbox import Event
from core.features.plan.domain import ActivityKind
from core.features.plan.service import gathering, implementing
from core.work import Work


class PollNews(msgspec.Struct, frozen=True):
    """What the plan reads of `polls.opened`, `closed`, `published` and `withdrawn`."""

    poll_id: UUID
    plan_item: UUID | None = None
    title: str = ""
    state: str = ""
    opens_on: date | None = None
    closes_on: date | None = None
    participants: int | None = None
    votes: int | None = None
    decision: str = ""


class CampaignNews(msgspec.Struct, frozen=True):
    """What the plan reads of `ideas.campaign_opened`, `closed` and `summed_up`."""

    campaign_id: UUID
    plan_item: UUID | None = None
    number: int | None = None
    title: str = ""
    opens_on: date | None = None
    closes_on: date | None = None
    ideas: int | None = None
    admitted: int | None = None
    refused: int | None = None
    participants: int | None = None
    supports: int | None = None


class IdeaNews(msgspec.Struct, frozen=True):
    """What the plan reads of `ideas.state_changed`."""

    idea_id: UUID
    state: str


_CAMPAIGN_STATES: Final = {
    "ideas.campaign_opened": "open",
    "ideas.campaign_closed": "closed",
    "ideas.campaign_summed_up": "summed_up",
    "ideas.campaign_withdrawn": "withdrawn",
}


def note_polls(work: Work, events: Sequence[Event]) -> None:
    """Keep how polls on topics of the list stand."""
    for event in events:
        told = msgspec.json.decode(event.payload, type=PollNews)
        if told.plan_item is None:
            continue
        implementing.note_activity(
            work,
            implementing.Activity(
                kind=ActivityKind.POLL,
                subject_id=told.poll_id,
                item_id=told.plan_item,
                state=told.state,
                title=told.title,
                path=f"/polls/{told.poll_id}",
                opens_on=told.opens_on,
                closes_on=told.closes_on,
                participants=told.participants,
                votes=told.votes,
                decision=told.decision,
            ),
        )


def note_campaigns(work: Work, events: Sequence[Event]) -> None:
    """Keep how campaigns on topics of the list stand."""
    for event in events:
        told = msgspec.json.decode(event.payload, type=CampaignNews)
        if told.plan_item is None:
            continue
        implementing.note_activity(
            work,
            implementing.Activity(
                kind=ActivityKind.CAMPAIGN,
                subject_id=told.campaign_id,
                item_id=told.plan_item,
                state=_CAMPAIGN_STATES[event.kind],
                title=told.title,
                path=f"/campaigns/{told.number}" if told.number is not None else "",
                opens_on=told.opens_on,
                closes_on=told.closes_on,
                participants=told.participants,
                votes=told.supports,
                received=told.ideas,
                admitted=told.admitted,
                refused=told.refused,
            ),
        )


def note_ideas(work: Work, events: Sequence[Event]) -> None:
    """Keep which ideas may become topics of the next list."""
    if not work.tenant.profile.offers("plan"):
        return
    for event in events:
        told = msgspec.json.decode(event.payload, type=IdeaNews)
        gathering.note_idea(work, idea_id=told.idea_id, state=told.state)
