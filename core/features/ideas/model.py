"""Tables of ideas and campaigns. Support is one row per person and idea; what lists and sorting
read is folded into the idea by the worker, what the idea's own page shows is summed from slots."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Computed,
    Date,
    ForeignKey,
    Index,
    SmallInteger,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from core.db.base import APPEND, CityTable
from core.features.ideas.domain import CampaignState, State

_STATES = tuple(one.value for one in State)
_CAMPAIGN_STATES = tuple(one.value for one in CampaignState)
# Written out, as all SQL is; a test compares it with `PUBLIC`.
_PUBLIC = text(
    "state in ('collecting', 'consideration', 'declined', 'done', 'in_work', 'merged', "
    "'taken_up', 'unsupported')"
)
_PUBLIC_PLACE = text(
    "place_lat is not null and state in ('collecting', 'consideration', 'declined', 'done', "
    "'in_work', 'merged', 'taken_up', 'unsupported')"
)
SEARCHED = (
    "setweight(to_tsvector('pg_catalog.russian'::regconfig, title), 'A') || "
    "setweight(to_tsvector('pg_catalog.russian'::regconfig, body), 'B')"
)


class Campaign(CityTable):
    """A call for ideas on a topic of the approved list (п. 3.1). `form` are fields beside the text,
    `terms` the decisions frozen at opening, `plan_item` the topic it is held on."""

    __tablename__ = "campaign"
    __table_args__ = (
        CheckConstraint(f"state in {_CAMPAIGN_STATES!r}", name="state"),
        CheckConstraint("closes_on >= opens_on", name="period"),
        Index("ix_campaign_state_closes_at", "state", "closes_at", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(unique=True)
    title: Mapped[str]
    summary: Mapped[str] = mapped_column(server_default="")
    body: Mapped[str] = mapped_column(server_default="")
    topic: Mapped[str | None]
    plan_item: Mapped[UUID | None] = mapped_column(index=True)
    territory: Mapped[list[str] | None] = mapped_column(JSONB(none_as_null=True))
    form: Mapped[list[object]] = mapped_column(JSONB, server_default="[]")
    with_place: Mapped[bool] = mapped_column(server_default="false")
    state: Mapped[str] = mapped_column(server_default="draft")
    opens_on: Mapped[date | None] = mapped_column(Date)
    closes_on: Mapped[date | None] = mapped_column(Date)
    opens_at: Mapped[datetime | None]
    closes_at: Mapped[datetime | None]
    governing_on: Mapped[date | None] = mapped_column(Date)
    terms: Mapped[dict[str, object] | None] = mapped_column(JSONB(none_as_null=True))
    outcome: Mapped[str] = mapped_column(server_default="")
    closed_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    created_by: Mapped[str]
    version: Mapped[int] = mapped_column(server_default="1")


class Idea(CityTable):
    """An idea as it reads now. `author_id` is empty after erasure; `author_name` is what the author
    chose to show. `extra` answers the campaign's form. `terms` are the decisions of the day of
    publication. `supports` and `comments` are folded counters for lists."""

    __tablename__ = "idea"
    __table_args__ = (
        CheckConstraint(f"state in {_STATES!r}", name="state"),
        CheckConstraint("(place_lat is null) = (place_lon is null)", name="place"),
        Index("ix_idea_new", "published_at", "id", postgresql_where=_PUBLIC),
        Index("ix_idea_popular", "supports", "id", postgresql_where=_PUBLIC),
        Index("ix_idea_decided", "decided_at", "id", postgresql_where=_PUBLIC),
        Index("ix_idea_ending", "ends_at", "id", postgresql_where=text("state = 'collecting'")),
        # What is new is hardly ever decided: walked by day, the lists of later states would pass
        # all that still collects. An idea is in one of these four at most.
        Index(
            "ix_idea_considered",
            "published_at",
            "id",
            postgresql_where=text("state = 'consideration'"),
        ),
        Index(
            "ix_idea_accepted",
            "published_at",
            "id",
            postgresql_where=text("state in ('taken_up', 'in_work')"),
        ),
        Index("ix_idea_done", "published_at", "id", postgresql_where=text("state = 'done'")),
        Index(
            "ix_idea_declined",
            "published_at",
            "id",
            postgresql_where=text("state in ('declined', 'unsupported')"),
        ),
        Index("ix_idea_state", "state", "state_since", "id"),
        Index("ix_idea_campaign", "campaign_id", "published_at", "id"),
        Index("ix_idea_author", "author_id", "id"),
        Index("ix_idea_topic", "topic", "published_at", "id", postgresql_where=_PUBLIC),
        Index("ix_idea_district", "district", "published_at", "id", postgresql_where=_PUBLIC),
        # The map draws a whole city from this index alone, whatever it is narrowed by.
        Index(
            "ix_idea_place",
            "place_lat",
            "place_lon",
            postgresql_include=["state", "topic", "district", "campaign_id", "number"],
            postgresql_where=_PUBLIC_PLACE,
        ),
        Index("ix_idea_search", "search", postgresql_using="gin"),
        Index(
            "ix_idea_title_similar",
            "title",
            postgresql_using="gin",
            postgresql_ops={"title": "public.gin_trgm_ops"},
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(unique=True)
    campaign_id: Mapped[UUID | None] = mapped_column(ForeignKey("campaign.id"))
    author_id: Mapped[UUID | None]
    author_name: Mapped[str] = mapped_column(server_default="")
    title: Mapped[str] = mapped_column(server_default="")
    body: Mapped[str] = mapped_column(server_default="")
    extra: Mapped[dict[str, object]] = mapped_column(JSONB, server_default="{}")
    topic: Mapped[str | None]
    district: Mapped[str | None]
    place_lat: Mapped[float | None]
    place_lon: Mapped[float | None]
    place: Mapped[str] = mapped_column(server_default="")
    state: Mapped[str] = mapped_column(server_default="draft")
    state_since: Mapped[datetime]
    governing_on: Mapped[date | None] = mapped_column(Date)
    terms: Mapped[dict[str, object] | None] = mapped_column(JSONB(none_as_null=True))
    supports: Mapped[int] = mapped_column(server_default="0")
    comments: Mapped[int] = mapped_column(server_default="0")
    merged_into: Mapped[UUID | None] = mapped_column(ForeignKey("idea.id"), index=True)
    plan_item: Mapped[UUID | None] = mapped_column(index=True)
    submitted_at: Mapped[datetime | None]
    published_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    version: Mapped[int] = mapped_column(server_default="1")
    search: Mapped[str] = mapped_column(TSVECTOR, Computed(SEARCHED, persisted=True))


class IdeaVersion(CityTable):
    """What an idea says in each version, the present one included; version 1 is the text first
    published, `note` what its author changed."""

    __tablename__ = "idea_version"
    __table_args__ = ({"info": {"access": APPEND}},)

    idea_id: Mapped[UUID] = mapped_column(ForeignKey("idea.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    body: Mapped[str]
    extra: Mapped[dict[str, object]] = mapped_column(JSONB, server_default="{}")
    at: Mapped[datetime]
    note: Mapped[str] = mapped_column(server_default="")


class IdeaAmendment(CityTable):
    """A change of the text that its author asks for once people support it; moderated before it
    becomes a version."""

    __tablename__ = "idea_amendment"
    __table_args__ = (
        CheckConstraint("state in ('submitted', 'accepted', 'refused')", name="state"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    idea_id: Mapped[UUID] = mapped_column(ForeignKey("idea.id"), index=True)
    title: Mapped[str]
    body: Mapped[str]
    note: Mapped[str] = mapped_column(server_default="")
    state: Mapped[str] = mapped_column(server_default="submitted")
    at: Mapped[datetime]


class IdeaStep(CityTable):
    """One step in the life of an idea: a state reached or an official answer (`kind`), by whom,
    with the text people read and the clauses it rests on."""

    __tablename__ = "idea_step"
    __table_args__ = (Index("ix_idea_step_idea", "idea_id", "at"), {"info": {"access": APPEND}})

    id: Mapped[UUID] = mapped_column(primary_key=True)
    idea_id: Mapped[UUID] = mapped_column(ForeignKey("idea.id"))
    at: Mapped[datetime]
    kind: Mapped[str]
    actor: Mapped[str]
    actor_name: Mapped[str] = mapped_column(server_default="")
    note: Mapped[str] = mapped_column(server_default="")
    reasons: Mapped[list[object]] = mapped_column(JSONB, server_default="[]")


class CampaignStep(CityTable):
    """One step in the life of a campaign."""

    __tablename__ = "campaign_step"
    __table_args__ = ({"info": {"access": APPEND}},)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaign.id"), index=True)
    at: Mapped[datetime]
    kind: Mapped[str]
    actor: Mapped[str]
    actor_name: Mapped[str] = mapped_column(server_default="")
    note: Mapped[str] = mapped_column(server_default="")
    reasons: Mapped[list[object]] = mapped_column(JSONB, server_default="[]")


class IdeaSupport(CityTable):
    """A resident supports an idea; withdrawn support is deleted, so the row is the truth."""

    __tablename__ = "idea_support"
    __table_args__ = (Index("ix_idea_support_resident", "resident_id", "idea_id"),)

    idea_id: Mapped[UUID] = mapped_column(ForeignKey("idea.id"), primary_key=True)
    resident_id: Mapped[UUID] = mapped_column(primary_key=True)
    level: Mapped[str]
    district: Mapped[str | None]
    at: Mapped[datetime]


class IdeaSupportCount(CityTable):
    """Supporters of an idea, spread over slots so that many do not wait for one row."""

    __tablename__ = "idea_support_count"

    idea_id: Mapped[UUID] = mapped_column(ForeignKey("idea.id"), primary_key=True)
    slot: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    supports: Mapped[int]


class IdeaFollow(CityTable):
    """Who wants to know what becomes of an idea; its author always does."""

    __tablename__ = "idea_follow"
    __table_args__ = (Index("ix_idea_follow_resident", "resident_id", "idea_id"),)

    idea_id: Mapped[UUID] = mapped_column(ForeignKey("idea.id"), primary_key=True)
    resident_id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime]


class IdeaMerge(CityTable):
    """A duplicate and the idea it repeats. Supporters are asked; both counters are shown until
    `ends_at`, then those who agreed have moved and the others stay counted where they were."""

    __tablename__ = "idea_merge"
    __table_args__ = (
        CheckConstraint("state in ('asking', 'done', 'cancelled')", name="state"),
        CheckConstraint("idea_id <> original_id", name="not_itself"),
        Index(
            "uq_idea_merge_asking",
            "idea_id",
            unique=True,
            postgresql_where=text("state = 'asking'"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    idea_id: Mapped[UUID] = mapped_column(ForeignKey("idea.id"))
    original_id: Mapped[UUID] = mapped_column(ForeignKey("idea.id"), index=True)
    state: Mapped[str] = mapped_column(server_default="asking")
    started_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    started_by: Mapped[str]
    note: Mapped[str] = mapped_column(server_default="")


class IdeaMergeAnswer(CityTable):
    """What a supporter of a duplicate answered: move my support, or leave it."""

    __tablename__ = "idea_merge_answer"

    merge_id: Mapped[UUID] = mapped_column(ForeignKey("idea_merge.id"), primary_key=True)
    resident_id: Mapped[UUID] = mapped_column(primary_key=True)
    agreed: Mapped[bool]
    at: Mapped[datetime]


class IdeaFigure(CityTable):
    """What the worker last counted of the ideas in a state: how many, their supporters, and the
    box on the map around them. Pages read this and count nothing. `due_at` is set while a count
    is on its way."""

    __tablename__ = "idea_figure"

    state: Mapped[str] = mapped_column(primary_key=True)
    ideas: Mapped[int]
    supports: Mapped[int] = mapped_column(BigInteger)
    west: Mapped[float | None]
    south: Mapped[float | None]
    east: Mapped[float | None]
    north: Mapped[float | None]
    counted_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
