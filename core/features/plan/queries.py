"""Every SELECT of the topic plan. A year has some dozens of topics: a list of one year is bounded
by the year itself, everything else by a limit."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

import msgspec
from sqlalchemy import and_, case, desc, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from core.features.plan.domain import (
    ENDED,
    ActivityKind,
    AmendmentKind,
    AmendmentState,
    Content,
    ItemKind,
    ItemState,
    Measured,
    MeasureState,
    Progress,
    Report,
    YearState,
    progress,
)
from core.features.plan.model import (
    PlanActivity,
    PlanAmendment,
    PlanCandidate,
    PlanEntry,
    PlanInvitation,
    PlanItem,
    PlanMeasure,
    PlanReport,
    PlanStep,
    PlanYear,
)

MOST_ITEMS: Final = 500
"""No city holds more polls and campaigns in a year than this."""
_MOST_STEPS: Final = 200
_OF_THE_LIST: Final = ("amendment_proposed", "amendment_refused", "amended")
"""Steps about one item that are steps of the whole list as well."""


class YearView(msgspec.Struct, frozen=True):
    """The list of a year as pages show it."""

    year: int
    state: YearState
    proposals_due: date | None
    approval_due: date | None
    approved_on: date | None
    approved_by: str
    act_number: str
    act_on: date | None
    version: int


class ItemView(msgspec.Struct, frozen=True):
    """A topic as it reads now."""

    id: UUID
    year: int
    number: int | None
    kind: ItemKind
    title: str
    content: Content
    state: ItemState
    reason: str
    amendment_id: UUID | None
    invitation_id: UUID | None
    implement_from: date | None
    implement_until: date | None
    created_at: datetime
    version: int

    @property
    def path(self) -> str:
        """The residents' page of a topic that stands on the list."""
        return f"/plan/{self.year}/{self.number}"


class EntryView(msgspec.Struct, frozen=True):
    """A line of the approved list as it stood on a day."""

    item_id: UUID
    number: int
    since: date
    content: Content
    amendment_id: UUID | None


class AmendmentView(msgspec.Struct, frozen=True):
    """An amendment; `before` is what its item read when asked for, if it had one."""

    id: UUID
    year: int
    number: int
    kind: AmendmentKind
    item_id: UUID | None
    content: Content | None
    motivation: str
    unit: str
    state: AmendmentState
    decided_on: date | None
    decided_by: str
    decision_note: str
    act_number: str
    act_on: date | None
    created_at: datetime


class MeasureView(msgspec.Struct, frozen=True):
    """A measure of an implementation plan."""

    id: UUID
    item_id: UUID
    title: str
    unit: str
    responsible_post: str
    responsible: str
    due_on: date
    planned: int | None
    funds: str
    state: MeasureState
    done_on: date | None
    spent: int | None
    result: str
    links: tuple[str, ...]
    idea_ids: tuple[UUID, ...]
    version: int

    @property
    def measured(self) -> Measured:
        return Measured(self.state, self.due_on, self.done_on, self.planned, self.spent)


class ReportView(msgspec.Struct, frozen=True):
    """The report on an item."""

    item_id: UUID
    content: Report
    due_on: date | None
    sent_at: datetime | None
    sent_by: str
    frozen: Mapping[str, object] | None
    version: int


class ActivityView(msgspec.Struct, frozen=True):
    """What was held on a topic."""

    kind: ActivityKind
    subject_id: UUID
    title: str
    path: str
    state: str
    opens_on: date | None
    closes_on: date | None
    participants: int | None
    votes: int | None
    received: int | None
    admitted: int | None
    refused: int | None
    decision: str


class InvitationView(msgspec.Struct, frozen=True):
    """A link that a unit was sent."""

    id: UUID
    year: int
    unit: str
    person: str
    email: str
    expires_at: datetime
    sent_at: datetime | None
    revoked_at: datetime | None
    opened_at: datetime | None
    created_at: datetime
    items: int = 0


# --- Years -----------------------------------------------------------------------------------


def _year(row: PlanYear) -> YearView:
    return YearView(
        year=row.year,
        state=YearState(row.state),
        proposals_due=row.proposals_due,
        approval_due=row.approval_due,
        approved_on=row.approved_on,
        approved_by=row.approved_by,
        act_number=row.act_number,
        act_on=row.act_on,
        version=row.version,
    )


def years(session: Session) -> tuple[YearView, ...]:
    """Every year with a list, the latest first."""
    rows = session.scalars(select(PlanYear).order_by(desc(PlanYear.year)).limit(100))
    return tuple(_year(row) for row in rows)


def year_view(session: Session, year: int) -> YearView | None:
    row = session.execute(select(PlanYear).where(PlanYear.year == year)).scalar_one_or_none()
    return _year(row) if row is not None else None


def locked_year(session: Session, year: int) -> PlanYear | None:
    """The row for a change; others who want to change the same year wait."""
    return session.execute(
        select(PlanYear).where(PlanYear.year == year).with_for_update(),
        execution_options={"populate_existing": True},
    ).scalar_one_or_none()


# --- Items -----------------------------------------------------------------------------------


def _item(row: PlanItem) -> ItemView:
    return ItemView(
        id=row.id,
        year=row.year,
        number=row.number,
        kind=ItemKind(row.kind),
        title=row.title,
        content=msgspec.convert(row.content, Content),
        state=ItemState(row.state),
        reason=row.reason,
        amendment_id=row.amendment_id,
        invitation_id=row.invitation_id,
        implement_from=row.implement_from,
        implement_until=row.implement_until,
        created_at=row.created_at,
        version=row.version,
    )


def items(
    session: Session,
    year: int,
    *,
    states: Sequence[ItemState] | None = None,
    kind: ItemKind | None = None,
) -> tuple[ItemView, ...]:
    """Topics of a year: those on the list by number, then the others as they came."""
    query = select(PlanItem).where(PlanItem.year == year)
    if states is not None:
        query = query.where(PlanItem.state.in_(states))
    if kind is not None:
        query = query.where(PlanItem.kind == kind)
    rows = session.scalars(
        query.order_by(PlanItem.number.nulls_last(), PlanItem.id).limit(MOST_ITEMS)
    )
    return tuple(_item(row) for row in rows)


def item_view(session: Session, item_id: UUID) -> ItemView | None:
    row = session.execute(select(PlanItem).where(PlanItem.id == item_id)).scalar_one_or_none()
    return _item(row) if row is not None else None


def item_by_number(session: Session, year: int, number: int) -> ItemView | None:
    """A topic that stands, or stood, on the approved list."""
    row = session.execute(
        select(PlanItem).where(PlanItem.year == year, PlanItem.number == number)
    ).scalar_one_or_none()
    return _item(row) if row is not None else None


def locked_item(session: Session, item_id: UUID) -> PlanItem | None:
    return session.execute(
        select(PlanItem).where(PlanItem.id == item_id).with_for_update(),
        execution_options={"populate_existing": True},
    ).scalar_one_or_none()


def last_number(session: Session, year: int) -> int:
    """The greatest number on the list of a year. Call with the year locked."""
    return int(
        session.scalar(
            select(func.coalesce(func.max(PlanItem.number), 0)).where(PlanItem.year == year)
        )
        or 0
    )


def state_counts(session: Session, year: int) -> dict[ItemState, int]:
    rows = session.execute(
        select(PlanItem.state, func.count()).where(PlanItem.year == year).group_by(PlanItem.state)
    )
    return {ItemState(state): number for state, number in rows}


def undecided_in_review(session: Session) -> int:
    """Topics without a decision in lists that are under review."""
    return (
        session.scalar(
            select(func.count())
            .select_from(PlanItem)
            .join(PlanYear, PlanYear.year == PlanItem.year)
            .where(PlanYear.state == YearState.REVIEW, PlanItem.state == ItemState.PROPOSED)
        )
        or 0
    )


def search(session: Session, words: str, *, most: int = 8) -> tuple[ItemView, ...]:
    """Topics on approved lists whose title or aim speaks of this, the likeliest first."""
    likeness = func.public.word_similarity(words, PlanItem.title)
    rows = session.scalars(
        select(PlanItem)
        .where(
            PlanItem.state == ItemState.APPROVED,
            or_(
                PlanItem.title.icontains(words, autoescape=True),
                PlanItem.content["aim"].astext.icontains(words, autoescape=True),
                likeness > _LIKE,
            ),
        )
        .order_by(desc(likeness), desc(PlanItem.id))
        .limit(most)
    )
    return tuple(_item(row) for row in rows)


_LIKE: Final = 0.35


def search_measures(
    session: Session, words: str, *, most: int = 8
) -> tuple[tuple[MeasureView, ItemView], ...]:
    """Measures that speak of this, with their topics, the likeliest first."""
    likeness = func.public.word_similarity(words, PlanMeasure.title)
    rows = session.execute(
        select(PlanMeasure, PlanItem)
        .join(PlanItem, PlanItem.id == PlanMeasure.item_id)
        .where(
            PlanItem.state == ItemState.APPROVED,
            or_(PlanMeasure.title.icontains(words, autoescape=True), likeness > _LIKE),
        )
        .order_by(desc(likeness), desc(PlanMeasure.id))
        .limit(most)
    )
    return tuple((_measure(measure), _item(item)) for measure, item in rows)


# --- The list as it stood ----------------------------------------------------------------------


def entries_on(session: Session, year: int, day: date) -> tuple[EntryView, ...]:
    """The approved list of a year as it stood at the end of a day, by number."""
    latest = (
        select(PlanEntry)
        .where(PlanEntry.year == year, PlanEntry.since <= day)
        .ext(distinct_on(PlanEntry.item_id))
        .order_by(PlanEntry.item_id, desc(PlanEntry.since), desc(PlanEntry.id))
        .limit(MOST_ITEMS)
    )
    found = [
        EntryView(
            item_id=row.item_id,
            number=row.number,
            since=row.since,
            content=msgspec.convert(row.content, Content),
            amendment_id=row.amendment_id,
        )
        for row in session.scalars(latest)
        if row.listed
    ]
    return tuple(sorted(found, key=lambda one: one.number))


def change_days(session: Session, year: int) -> tuple[date, ...]:
    """The days on which the list became what it is, the latest first."""
    rows = session.scalars(
        select(PlanEntry.since)
        .where(PlanEntry.year == year)
        .distinct()
        .order_by(desc(PlanEntry.since))
        .limit(100)
    )
    return tuple(rows)


# --- Amendments --------------------------------------------------------------------------------


def _amendment(row: PlanAmendment) -> AmendmentView:
    return AmendmentView(
        id=row.id,
        year=row.year,
        number=row.number,
        kind=AmendmentKind(row.kind),
        item_id=row.item_id,
        content=msgspec.convert(row.content, Content) if row.content is not None else None,
        motivation=row.motivation,
        unit=row.unit,
        state=AmendmentState(row.state),
        decided_on=row.decided_on,
        decided_by=row.decided_by,
        decision_note=row.decision_note,
        act_number=row.act_number,
        act_on=row.act_on,
        created_at=row.created_at,
    )


def amendments(session: Session, year: int) -> tuple[AmendmentView, ...]:
    """Amendments of a year, the latest first."""
    rows = session.scalars(
        select(PlanAmendment)
        .where(PlanAmendment.year == year)
        .order_by(desc(PlanAmendment.number))
        .limit(MOST_ITEMS)
    )
    return tuple(_amendment(row) for row in rows)


def amendment_view(session: Session, amendment_id: UUID) -> AmendmentView | None:
    row = session.execute(
        select(PlanAmendment).where(PlanAmendment.id == amendment_id)
    ).scalar_one_or_none()
    return _amendment(row) if row is not None else None


def locked_amendment(session: Session, amendment_id: UUID) -> PlanAmendment | None:
    return session.execute(
        select(PlanAmendment).where(PlanAmendment.id == amendment_id).with_for_update(),
        execution_options={"populate_existing": True},
    ).scalar_one_or_none()


def last_amendment_number(session: Session, year: int) -> int:
    return int(
        session.scalar(
            select(func.coalesce(func.max(PlanAmendment.number), 0)).where(
                PlanAmendment.year == year
            )
        )
        or 0
    )


def waiting_amendments(session: Session) -> int:
    return (
        session.scalar(select(func.count()).where(PlanAmendment.state == AmendmentState.PROPOSED))
        or 0
    )


# --- Measures and reports ------------------------------------------------------------------------


def _measure(row: PlanMeasure) -> MeasureView:
    return MeasureView(
        id=row.id,
        item_id=row.item_id,
        title=row.title,
        unit=row.unit,
        responsible_post=row.responsible_post,
        responsible=row.responsible,
        due_on=row.due_on,
        planned=row.planned,
        funds=row.funds,
        state=MeasureState(row.state),
        done_on=row.done_on,
        spent=row.spent,
        result=row.result,
        links=tuple(str(one) for one in row.links),
        idea_ids=tuple(UUID(str(one)) for one in row.idea_ids),
        version=row.version,
    )


def measures(session: Session, item_id: UUID) -> tuple[MeasureView, ...]:
    """The implementation plan of a topic by due day."""
    rows = session.scalars(
        select(PlanMeasure)
        .where(PlanMeasure.item_id == item_id)
        .order_by(PlanMeasure.due_on, PlanMeasure.id)
        .limit(MOST_ITEMS)
    )
    return tuple(_measure(row) for row in rows)


def measure_view(session: Session, measure_id: UUID) -> MeasureView | None:
    row = session.execute(
        select(PlanMeasure).where(PlanMeasure.id == measure_id)
    ).scalar_one_or_none()
    return _measure(row) if row is not None else None


def locked_measure(session: Session, measure_id: UUID) -> PlanMeasure | None:
    return session.execute(
        select(PlanMeasure).where(PlanMeasure.id == measure_id).with_for_update(),
        execution_options={"populate_existing": True},
    ).scalar_one_or_none()


def year_progress(session: Session, year: int, today: date) -> dict[UUID, Progress]:
    """How the measures of each topic of a year stand."""
    rows = session.execute(
        select(
            PlanMeasure.item_id,
            PlanMeasure.state,
            PlanMeasure.due_on,
            PlanMeasure.done_on,
            PlanMeasure.planned,
            PlanMeasure.spent,
        )
        .join(PlanItem, PlanItem.id == PlanMeasure.item_id)
        .where(PlanItem.year == year)
        .limit(MOST_ITEMS * 20)
    )
    found: dict[UUID, list[Measured]] = {}
    for item_id, state, due_on, done_on, planned, spent in rows:
        found.setdefault(item_id, []).append(
            Measured(MeasureState(state), due_on, done_on, planned, spent)
        )
    return {item_id: progress(these, today) for item_id, these in found.items()}


def late_measures(
    session: Session, today: date, *, most: int = 20
) -> tuple[tuple[MeasureView, ItemView], ...]:
    """Measures whose day has passed without an end, the longest overdue first."""
    rows = session.execute(
        select(PlanMeasure, PlanItem)
        .join(PlanItem, PlanItem.id == PlanMeasure.item_id)
        .where(
            PlanItem.state == ItemState.APPROVED,
            PlanMeasure.state.not_in(ENDED),
            PlanMeasure.due_on < today,
        )
        .order_by(PlanMeasure.due_on, PlanMeasure.id)
        .limit(most)
    )
    return tuple((_measure(measure), _item(item)) for measure, item in rows)


def count_late(session: Session, today: date) -> int:
    return (
        session.scalar(
            select(func.count())
            .select_from(PlanMeasure)
            .join(PlanItem, PlanItem.id == PlanMeasure.item_id)
            .where(
                PlanItem.state == ItemState.APPROVED,
                PlanMeasure.state.not_in(ENDED),
                PlanMeasure.due_on < today,
            )
        )
        or 0
    )


def report(session: Session, item_id: UUID) -> ReportView | None:
    row = session.execute(
        select(PlanReport).where(PlanReport.item_id == item_id)
    ).scalar_one_or_none()
    if row is None:
        return None
    return ReportView(
        item_id=row.item_id,
        content=msgspec.convert(row.content, Report),
        due_on=row.due_on,
        sent_at=row.sent_at,
        sent_by=row.sent_by,
        frozen=row.frozen,
        version=row.version,
    )


def reports_of_year(session: Session, year: int) -> dict[UUID, datetime | None]:
    """When the report on each topic of a year was sent; None for one still being written."""
    rows = session.execute(
        select(PlanReport.item_id, PlanReport.sent_at)
        .join(PlanItem, PlanItem.id == PlanReport.item_id)
        .where(PlanItem.year == year)
        .limit(MOST_ITEMS)
    )
    return {row[0]: row[1] for row in rows}


def locked_report(session: Session, item_id: UUID) -> PlanReport | None:
    return session.execute(
        select(PlanReport).where(PlanReport.item_id == item_id).with_for_update(),
        execution_options={"populate_existing": True},
    ).scalar_one_or_none()


# --- What was held, what may become a topic -------------------------------------------------------


def _activity(row: PlanActivity) -> ActivityView:
    return ActivityView(
        kind=ActivityKind(row.kind),
        subject_id=row.subject_id,
        title=row.title,
        path=row.path,
        state=row.state,
        opens_on=row.opens_on,
        closes_on=row.closes_on,
        participants=row.participants,
        votes=row.votes,
        received=row.received,
        admitted=row.admitted,
        refused=row.refused,
        decision=row.decision,
    )


def activities(session: Session, item_id: UUID) -> tuple[ActivityView, ...]:
    """Polls and campaigns held on a topic, in order of their opening."""
    rows = session.scalars(
        select(PlanActivity)
        .where(PlanActivity.item_id == item_id)
        .order_by(PlanActivity.opens_on.nulls_last(), PlanActivity.subject_id)
        .limit(50)
    )
    return tuple(_activity(row) for row in rows)


def activities_of_year(session: Session, year: int) -> dict[UUID, list[ActivityView]]:
    rows = session.scalars(
        select(PlanActivity)
        .join(PlanItem, PlanItem.id == PlanActivity.item_id)
        .where(PlanItem.year == year)
        .order_by(PlanActivity.opens_on.nulls_last(), PlanActivity.subject_id)
        .limit(MOST_ITEMS * 2)
    )
    found: dict[UUID, list[ActivityView]] = {}
    for row in rows:
        found.setdefault(row.item_id, []).append(_activity(row))
    return found


def candidates(session: Session, *, most: int = 20) -> tuple[tuple[UUID, str, datetime], ...]:
    """Residents' ideas that may become topics and are none yet, the latest first."""
    taken = select(PlanItem.id).where(
        PlanItem.idea_id == PlanCandidate.idea_id,
        PlanItem.state.not_in([ItemState.REFUSED, ItemState.WITHDRAWN]),
    )
    rows = session.execute(
        select(PlanCandidate.idea_id, PlanCandidate.state, PlanCandidate.since)
        .where(PlanCandidate.hidden.is_(False), ~taken.exists())
        .order_by(desc(PlanCandidate.since), PlanCandidate.idea_id)
        .limit(most)
    )
    return tuple((row[0], row[1], row[2]) for row in rows)


# --- Links for units -----------------------------------------------------------------------------


def _invitation(row: PlanInvitation, number: int = 0) -> InvitationView:
    return InvitationView(
        id=row.id,
        year=row.year,
        unit=row.unit,
        person=row.person,
        email=row.email,
        expires_at=row.expires_at,
        sent_at=row.sent_at,
        revoked_at=row.revoked_at,
        opened_at=row.opened_at,
        created_at=row.created_at,
        items=number,
    )


def invitations(session: Session, year: int) -> tuple[InvitationView, ...]:
    """Links of a year, the latest first, with how many topics came through each."""
    rows = session.execute(
        select(PlanInvitation, func.count(PlanItem.id))
        .outerjoin(PlanItem, PlanItem.invitation_id == PlanInvitation.id)
        .where(PlanInvitation.year == year)
        .group_by(PlanInvitation.id)
        .order_by(desc(PlanInvitation.id))
        .limit(200)
    )
    return tuple(_invitation(row, number) for row, number in rows)


def invitation_by_hash(session: Session, token_hash: bytes) -> PlanInvitation | None:
    return session.execute(
        select(PlanInvitation).where(PlanInvitation.token_hash == token_hash).with_for_update()
    ).scalar_one_or_none()


def invited_items(session: Session, invitation_id: UUID) -> tuple[ItemView, ...]:
    """What a unit has written behind its link."""
    rows = session.scalars(
        select(PlanItem)
        .where(PlanItem.invitation_id == invitation_id)
        .order_by(PlanItem.id)
        .limit(100)
    )
    return tuple(_item(row) for row in rows)


# --- History ---------------------------------------------------------------------------------


def steps(
    session: Session, *, year: int | None = None, item_id: UUID | None = None
) -> tuple[PlanStep, ...]:
    """The history of an item, or of a year as a whole, the latest last."""
    query = select(PlanStep)
    if item_id is not None:
        query = query.where(PlanStep.item_id == item_id)
    else:
        query = query.where(
            PlanStep.year == year,
            or_(PlanStep.item_id.is_(None), PlanStep.kind.in_(_OF_THE_LIST)),
        )
    rows = session.scalars(
        query.order_by(desc(PlanStep.at), desc(PlanStep.id)).limit(_MOST_STEPS)
    ).all()
    return tuple(reversed(rows))


def idea_topics(session: Session, idea_ids: Sequence[UUID]) -> dict[UUID, ItemView]:
    """The topic that each of these ideas has become."""
    if not idea_ids:
        return {}
    rows = session.scalars(
        select(PlanItem)
        .where(
            and_(PlanItem.idea_id.in_(idea_ids), PlanItem.state != ItemState.REFUSED),
        )
        .order_by(case((PlanItem.state == ItemState.APPROVED, 1), else_=0), PlanItem.id)
        .limit(200)
    )
    return {row.idea_id: _item(row) for row in rows if row.idea_id is not None}
