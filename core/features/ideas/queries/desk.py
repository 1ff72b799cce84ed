"""What use cases, the desk and the author's own pages read: counters folded from their slots,
recipients of notices, lists of officials, figures of a campaign."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from sqlalchemy import Uuid, cast, delete, desc, distinct, func, select, text, tuple_, union, update
from sqlalchemy.orm import Session

from core.deadlines.model import ObligationRow
from core.features.ideas.domain import PUBLIC, CampaignState, State
from core.features.ideas.model import (
    Campaign,
    CampaignStep,
    Idea,
    IdeaFollow,
    IdeaMerge,
    IdeaMergeAnswer,
    IdeaStep,
    IdeaSupport,
    IdeaSupportCount,
)
from core.identity.model import Resident

OWED: Final = "ideas.answer_due"
"""The kind of obligation to decide on a considered idea and to answer it."""

_FOLD: Final = text(
    """
UPDATE idea SET supports = counted.supports
FROM (
  SELECT idea_id, sum(supports)::integer AS supports FROM idea_support_count
  WHERE idea_id = any(:ideas) GROUP BY idea_id
) AS counted
WHERE idea.id = counted.idea_id AND idea.supports <> counted.supports
"""
)


def fold_supports(session: Session, ideas: Sequence[UUID]) -> list[tuple[UUID, int]]:
    """Set the counters of lists from the slots; the ideas with their counters, in order of id.
    Rows are locked in that order, so that two workers never wait crosswise."""
    wanted = list(dict.fromkeys(ideas))
    if not wanted:
        return []
    session.execute(
        select(Idea.id).where(Idea.id.in_(wanted)).order_by(Idea.id).with_for_update(key_share=True)
    )
    session.execute(_FOLD, {"ideas": wanted})
    return [
        (row.id, row.supports)
        for row in session.execute(
            select(Idea.id, Idea.supports).where(Idea.id.in_(wanted)).order_by(Idea.id)
        )
    ]


_RECOUNT: Final = text(
    """
INSERT INTO idea_support_count (idea_id, slot, supports)
SELECT idea_id, (get_byte(uuid_send(resident_id), 15) & 15)::smallint, count(*)
FROM idea_support WHERE idea_id = :idea GROUP BY 1, 2
"""
)


def recount(session: Session, idea_id: UUID) -> None:
    """Make the slots of an idea anew from its supporters; the caller keeps supporters waiting."""
    session.execute(delete(IdeaSupportCount).where(IdeaSupportCount.idea_id == idea_id))
    session.execute(_RECOUNT, {"idea": idea_id})


def set_comments(session: Session, idea_id: UUID, number: int) -> None:
    session.execute(update(Idea).where(Idea.id == idea_id).values(comments=number))


def followers(session: Session, idea_id: UUID) -> list[UUID]:
    """Everybody who follows an idea."""
    return list(
        session.scalars(
            select(IdeaFollow.resident_id)
            .where(IdeaFollow.idea_id == idea_id)
            .order_by(IdeaFollow.resident_id)
        )
    )


def supporters(session: Session, idea_id: UUID) -> list[UUID]:
    """Everybody who supports an idea."""
    return list(
        session.scalars(
            select(IdeaSupport.resident_id)
            .where(IdeaSupport.idea_id == idea_id)
            .order_by(IdeaSupport.resident_id)
        )
    )


def followed(session: Session, resident_id: UUID, *, most: int = 50) -> list[Any]:
    """What a resident follows but did not write, the latest first."""
    return list(
        session.execute(
            select(Idea.number, Idea.title, Idea.state, Idea.state_since, Idea.supports)
            .join(IdeaFollow, IdeaFollow.idea_id == Idea.id)
            .where(
                IdeaFollow.resident_id == resident_id,
                Idea.author_id.is_distinct_from(resident_id),
                Idea.state.in_([state.value for state in PUBLIC]),
            )
            .order_by(desc(IdeaFollow.at), desc(Idea.id))
            .limit(most)
        )
    )


def draft_of(session: Session, author_id: UUID, campaign_id: UUID | None) -> Idea | None:
    """The draft a resident is writing, alone or in a campaign."""
    return session.scalars(
        select(Idea)
        .where(
            Idea.author_id == author_id,
            Idea.state == State.DRAFT.value,
            Idea.campaign_id == campaign_id if campaign_id else Idea.campaign_id.is_(None),
        )
        .order_by(desc(Idea.id))
        .limit(1)
    ).one_or_none()


def merge_counts(session: Session, merge_id: UUID) -> tuple[int, int]:
    """How many supporters agreed to move, and how many wish to stay."""
    row = session.execute(
        select(
            func.count().filter(IdeaMergeAnswer.agreed),
            func.count().filter(~IdeaMergeAnswer.agreed),
        ).where(IdeaMergeAnswer.merge_id == merge_id)
    ).one()
    return int(row[0]), int(row[1])


def merges_of(session: Session, idea_id: UUID) -> list[IdeaMerge]:
    """Every merging of an idea into another, the latest first."""
    return list(
        session.scalars(
            select(IdeaMerge)
            .where(IdeaMerge.idea_id == idea_id)
            .order_by(desc(IdeaMerge.started_at), desc(IdeaMerge.id))
            .limit(20)
        )
    )


class DeskIdea(msgspec.Struct, frozen=True):
    """An idea in the list of officials; `due_on` is the last day for the answer."""

    id: UUID
    number: int
    title: str
    state: State
    state_since: datetime
    supports: int
    needed: int | None
    topic: str | None
    district: str | None
    campaign_number: int | None
    due_on: Any


class DeskPage(msgspec.Struct, frozen=True):
    """A piece of the list and the place where the next one begins."""

    ideas: tuple[DeskIdea, ...]
    after: tuple[datetime, UUID] | None


def desk_ideas(
    session: Session,
    *,
    states: Sequence[State],
    topic: str | None = None,
    campaign: UUID | None = None,
    words: str = "",
    reached: bool = False,
    overdue_on: Any = None,
    after: tuple[datetime, UUID] | None = None,
    most: int = 30,
) -> DeskPage:
    """Ideas for officials: in these states, those that wait longest first."""
    needed = Idea.terms["threshold"]["value"].as_integer()
    owed = (
        select(
            cast(func.split_part(ObligationRow.subject, ":", 2), Uuid).label("id"),
            func.min(ObligationRow.due_on).label("due_on"),
        )
        .where(ObligationRow.kind == OWED, ObligationRow.state == "open")
        .group_by(text("1"))
        .subquery("owed")
    )
    query = (
        select(
            Idea.id,
            Idea.number,
            Idea.title,
            Idea.state,
            Idea.state_since,
            Idea.supports,
            needed.label("needed"),
            Idea.topic,
            Idea.district,
            Campaign.number.label("campaign_number"),
            owed.c.due_on,
        )
        .outerjoin(Campaign, Campaign.id == Idea.campaign_id)
        .outerjoin(owed, owed.c.id == Idea.id)
        .where(Idea.state.in_([state.value for state in states]))
    )
    if topic:
        query = query.where(Idea.topic == topic)
    if campaign:
        query = query.where(Idea.campaign_id == campaign)
    if reached:
        query = query.where(Idea.supports >= needed)
    if overdue_on is not None:
        query = query.where(owed.c.due_on < overdue_on)
    if words:
        number = words.strip().lstrip("№# ").strip()
        if number.isdecimal() and number.isascii() and len(number) < 9:
            query = query.where(Idea.number == int(number))
        else:
            query = query.where(
                Idea.search.bool_op("@@")(
                    func.websearch_to_tsquery(text("'pg_catalog.russian'::regconfig"), words)
                )
            )
    if after is not None:
        query = query.where(tuple_(Idea.state_since, Idea.id) > after)
    rows = session.execute(query.order_by(Idea.state_since, Idea.id).limit(most + 1)).all()
    found = tuple(DeskIdea(**{**row._mapping, "state": State(row.state)}) for row in rows[:most])
    more = (found[-1].state_since, found[-1].id) if len(rows) > most else None
    return DeskPage(found, more)


def state_counts(session: Session) -> Mapping[State, int]:
    """How many ideas there are in each state."""
    return {
        State(state): number
        for state, number in session.execute(select(Idea.state, func.count()).group_by(Idea.state))
    }


def waiting_for_answer(session: Session) -> int:
    """How many ideas wait for a decision."""
    return int(
        session.scalar(
            select(func.count()).select_from(Idea).where(Idea.state == State.CONSIDERATION.value)
        )
        or 0
    )


class CampaignFigures(msgspec.Struct, frozen=True):
    """What a campaign came to: ideas received, published, refused; who took part; votes."""

    ideas: int = 0
    admitted: int = 0
    refused: int = 0
    participants: int = 0
    supports: int = 0
    taken_up: int = 0


def campaign_figures(session: Session, campaign_id: UUID) -> CampaignFigures:
    """Counted from the ideas themselves."""
    public = [state.value for state in PUBLIC]
    sent = Idea.state.not_in([State.DRAFT.value, State.WITHDRAWN.value])
    row = session.execute(
        select(
            func.count().filter(sent),
            func.count().filter(Idea.state.in_(public)),
            func.count().filter(Idea.state == State.REFUSED.value),
            func.coalesce(func.sum(Idea.supports).filter(Idea.state.in_(public)), 0),
            func.count().filter(
                Idea.state.in_([State.TAKEN_UP.value, State.IN_WORK.value, State.DONE.value])
            ),
        ).where(Idea.campaign_id == campaign_id)
    ).one()
    people = union(
        select(Idea.author_id.label("id")).where(
            Idea.campaign_id == campaign_id, sent, Idea.author_id.is_not(None)
        ),
        select(IdeaSupport.resident_id)
        .join(Idea, Idea.id == IdeaSupport.idea_id)
        .where(Idea.campaign_id == campaign_id),
    ).subquery()
    return CampaignFigures(
        ideas=int(row[0]),
        admitted=int(row[1]),
        refused=int(row[2]),
        supports=int(row[3]),
        taken_up=int(row[4]),
        participants=int(session.scalar(select(func.count(distinct(people.c.id)))) or 0),
    )


def campaign_people(session: Session, campaign_id: UUID) -> list[UUID]:
    """Authors and followers of a campaign's ideas."""
    return list(
        session.scalars(
            union(
                select(Idea.author_id).where(
                    Idea.campaign_id == campaign_id,
                    Idea.author_id.is_not(None),
                    Idea.state.in_([state.value for state in PUBLIC]),
                ),
                select(IdeaFollow.resident_id)
                .join(Idea, Idea.id == IdeaFollow.idea_id)
                .where(Idea.campaign_id == campaign_id),
            )
        )
    )


def desk_campaigns(
    session: Session, states: Sequence[CampaignState], *, most: int = 100
) -> list[Campaign]:
    """Campaigns for officials, the latest first."""
    return list(
        session.scalars(
            select(Campaign)
            .where(Campaign.state.in_([state.value for state in states]))
            .order_by(desc(Campaign.number))
            .limit(most)
        )
    )


def forget_follows(session: Session, resident_id: UUID) -> None:
    session.execute(delete(IdeaFollow).where(IdeaFollow.resident_id == resident_id))


def supported(session: Session, resident_id: UUID, *, most: int) -> list[dict[str, object]]:
    """What a resident supports, by number and title, with when."""
    rows = session.execute(
        select(Idea.number, Idea.title, IdeaSupport.at)
        .join(IdeaSupport, IdeaSupport.idea_id == Idea.id)
        .where(IdeaSupport.resident_id == resident_id)
        .order_by(desc(IdeaSupport.idea_id))
        .limit(most)
    )
    return [{"number": number, "title": title, "at": at} for number, title, at in rows]


def name_of(session: Session, resident_id: UUID) -> str:
    """The name a resident gave, if any."""
    return session.scalar(select(Resident.name).where(Resident.id == resident_id)) or ""


def step(session: Session, step_id: UUID) -> IdeaStep | None:
    return session.get(IdeaStep, step_id)


def campaign_step(session: Session, step_id: UUID) -> CampaignStep | None:
    return session.get(CampaignStep, step_id)
