"""Tables of the topic plan. What was on the approved list, and since when, is an append-only fact
(`plan_entry`): the list of any past day can be shown; the item itself is how it reads now."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    SmallInteger,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.db.base import APPEND, CityTable
from core.features.plan.domain import (
    ActivityKind,
    AmendmentKind,
    AmendmentState,
    ItemKind,
    ItemState,
    MeasureState,
    YearState,
)


def _any(column: str, values: type) -> str:
    return f"{column} in {tuple(one.value for one in values)!r}"  # type: ignore[attr-defined]


class PlanYear(CityTable):
    """The list of one year: who approved it when, by which act."""

    __tablename__ = "plan_year"
    __table_args__ = (CheckConstraint(_any("state", YearState), name="state"),)

    year: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    state: Mapped[str] = mapped_column(server_default="gathering")
    proposals_due: Mapped[date | None] = mapped_column(Date)
    approval_due: Mapped[date | None] = mapped_column(Date)
    approved_on: Mapped[date | None] = mapped_column(Date)
    approved_by: Mapped[str] = mapped_column(server_default="")
    act_number: Mapped[str] = mapped_column(server_default="")
    act_on: Mapped[date | None] = mapped_column(Date)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    version: Mapped[int] = mapped_column(server_default="1")


class PlanItem(CityTable):
    """A topic. `number` is its place on the approved list; `content` everything written of it
    (`domain.Content`), of which kind, title, unit and days stand in columns for finding it.
    `amendment_id` is set when an amendment brought it; `reason` says why it was not admitted."""

    __tablename__ = "plan_item"
    __table_args__ = (
        CheckConstraint(_any("kind", ItemKind), name="kind"),
        CheckConstraint(_any("state", ItemState), name="state"),
        UniqueConstraint("year", "number"),
        Index("ix_plan_item_year", "year", "state", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(SmallInteger, ForeignKey("plan_year.year"))
    number: Mapped[int | None]
    kind: Mapped[str]
    title: Mapped[str]
    unit: Mapped[str] = mapped_column(server_default="")
    idea_id: Mapped[UUID | None] = mapped_column(index=True)
    content: Mapped[dict[str, object]] = mapped_column(JSONB)
    state: Mapped[str] = mapped_column(server_default="proposed")
    reason: Mapped[str] = mapped_column(server_default="")
    amendment_id: Mapped[UUID | None] = mapped_column(index=True)
    invitation_id: Mapped[UUID | None] = mapped_column(ForeignKey("plan_invitation.id"), index=True)
    implement_from: Mapped[date | None] = mapped_column(Date)
    implement_until: Mapped[date | None] = mapped_column(Date)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    created_by: Mapped[str]
    version: Mapped[int] = mapped_column(server_default="1")


class PlanEntry(CityTable):
    """A line of the approved list as it stands from a day on; the latest of an item counts.
    `listed` false: the item is off the list since then."""

    __tablename__ = "plan_entry"
    __table_args__ = (
        Index("ix_plan_entry_year", "year", "item_id", "since", "id"),
        {"info": {"access": APPEND}},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(SmallInteger)
    item_id: Mapped[UUID] = mapped_column(ForeignKey("plan_item.id"))
    number: Mapped[int]
    since: Mapped[date] = mapped_column(Date)
    listed: Mapped[bool]
    content: Mapped[dict[str, object]] = mapped_column(JSONB)
    amendment_id: Mapped[UUID | None]
    at: Mapped[datetime]


class PlanAmendment(CityTable):
    """A proposal to change the approved list, with its reason (п. 3.5), and what was decided.
    `content` is how the item would read: for an addition and a change."""

    __tablename__ = "plan_amendment"
    __table_args__ = (
        CheckConstraint(_any("kind", AmendmentKind), name="kind"),
        CheckConstraint(_any("state", AmendmentState), name="state"),
        UniqueConstraint("year", "number"),
        Index("ix_plan_amendment_state", "state", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(SmallInteger, ForeignKey("plan_year.year"))
    number: Mapped[int]
    kind: Mapped[str]
    item_id: Mapped[UUID | None] = mapped_column(index=True)
    content: Mapped[dict[str, object] | None] = mapped_column(JSONB(none_as_null=True))
    motivation: Mapped[str]
    unit: Mapped[str] = mapped_column(server_default="")
    state: Mapped[str] = mapped_column(server_default="proposed")
    decided_on: Mapped[date | None] = mapped_column(Date)
    decided_by: Mapped[str] = mapped_column(server_default="")
    decision_note: Mapped[str] = mapped_column(server_default="")
    act_number: Mapped[str] = mapped_column(server_default="")
    act_on: Mapped[date | None] = mapped_column(Date)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    created_by: Mapped[str]


class PlanStep(CityTable):
    """One step in the life of a year or of an item, with who took it and what it rested on."""

    __tablename__ = "plan_step"
    __table_args__ = (
        Index("ix_plan_step_year", "year", "at"),
        {"info": {"access": APPEND}},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(SmallInteger)
    item_id: Mapped[UUID | None] = mapped_column(index=True)
    at: Mapped[datetime]
    kind: Mapped[str]
    actor: Mapped[str]
    actor_name: Mapped[str] = mapped_column(server_default="")
    note: Mapped[str] = mapped_column(server_default="")
    reasons: Mapped[list[object]] = mapped_column(JSONB, server_default="[]")


class PlanMeasure(CityTable):
    """A measure of an implementation plan (R65). Money is in kopecks. `idea_ids` are residents'
    ideas that it carries out."""

    __tablename__ = "plan_measure"
    __table_args__ = (
        CheckConstraint(_any("state", MeasureState), name="state"),
        CheckConstraint("planned >= 0 and spent >= 0", name="money"),
        Index("ix_plan_measure_item", "item_id", "due_on", "id"),
        Index("ix_plan_measure_due", "due_on", "id", postgresql_where=text("done_on is null")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    item_id: Mapped[UUID] = mapped_column(ForeignKey("plan_item.id"))
    title: Mapped[str]
    unit: Mapped[str] = mapped_column(server_default="")
    responsible_post: Mapped[str] = mapped_column(server_default="")
    responsible: Mapped[str] = mapped_column(server_default="")
    due_on: Mapped[date] = mapped_column(Date)
    planned: Mapped[int | None] = mapped_column(BigInteger)
    funds: Mapped[str] = mapped_column(server_default="")
    state: Mapped[str] = mapped_column(server_default="planned")
    done_on: Mapped[date | None] = mapped_column(Date)
    spent: Mapped[int | None] = mapped_column(BigInteger)
    result: Mapped[str] = mapped_column(server_default="")
    links: Mapped[list[object]] = mapped_column(JSONB, server_default="[]")
    idea_ids: Mapped[list[object]] = mapped_column(JSONB, server_default="[]")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    version: Mapped[int] = mapped_column(server_default="1")


class PlanReport(CityTable):
    """The report on an item by the form of appendix 2; `frozen` keeps the whole document as it was
    when it was sent."""

    __tablename__ = "plan_report"

    item_id: Mapped[UUID] = mapped_column(ForeignKey("plan_item.id"), primary_key=True)
    content: Mapped[dict[str, object]] = mapped_column(JSONB)
    due_on: Mapped[date | None] = mapped_column(Date)
    sent_at: Mapped[datetime | None]
    sent_by: Mapped[str] = mapped_column(server_default="")
    frozen: Mapped[dict[str, object] | None] = mapped_column(JSONB(none_as_null=True))
    version: Mapped[int] = mapped_column(server_default="1")


class PlanActivity(CityTable):
    """A poll or a campaign held on a topic, as the events of its own feature told."""

    __tablename__ = "plan_activity"
    __table_args__ = (CheckConstraint(_any("kind", ActivityKind), name="kind"),)

    kind: Mapped[str] = mapped_column(primary_key=True)
    subject_id: Mapped[UUID] = mapped_column(primary_key=True)
    item_id: Mapped[UUID] = mapped_column(ForeignKey("plan_item.id"), index=True)
    title: Mapped[str] = mapped_column(server_default="")
    path: Mapped[str] = mapped_column(server_default="")
    state: Mapped[str]
    opens_on: Mapped[date | None] = mapped_column(Date)
    closes_on: Mapped[date | None] = mapped_column(Date)
    participants: Mapped[int | None]
    votes: Mapped[int | None]
    received: Mapped[int | None]
    admitted: Mapped[int | None]
    refused: Mapped[int | None]
    decision: Mapped[str] = mapped_column(server_default="")
    changed_at: Mapped[datetime]


class PlanCandidate(CityTable):
    """A resident's idea that has been taken up or considered and may become a topic (R16)."""

    __tablename__ = "plan_candidate"
    __table_args__ = (Index("ix_plan_candidate_since", "since", "idea_id"),)

    idea_id: Mapped[UUID] = mapped_column(primary_key=True)
    state: Mapped[str]
    since: Mapped[datetime]
    hidden: Mapped[bool] = mapped_column(server_default="false")


class PlanInvitation(CityTable):
    """A one-time cabinet for the head of a unit: one list of proposals behind a link that is known
    to its recipient only (the table has the token's hash), until it is sent, expires or is taken
    back."""

    __tablename__ = "plan_invitation"
    __table_args__ = (Index("ix_plan_invitation_year", "year", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(SmallInteger, ForeignKey("plan_year.year"))
    unit: Mapped[str]
    person: Mapped[str] = mapped_column(server_default="")
    email: Mapped[str]
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    expires_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    opened_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    created_by: Mapped[str]
