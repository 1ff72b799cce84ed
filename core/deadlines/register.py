"""Every SELECT of obligations: one of them, those about a subject, and the lists of the desk."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final, Literal
from uuid import UUID

import msgspec
from sqlalchemy import Select, and_, case, false, func, null, or_, select, true, tuple_
from sqlalchemy.orm import Session

from core.deadlines.domain import Term
from core.deadlines.model import ObligationRow, ObligationStep
from core.identity.model import Staff, StaffPost
from core.kit.actor import StaffActor
from core.kit.text import Text

State = Literal["open", "done", "cancelled"]
PAGE: Final = 30
MOST: Final = 500
"""Obligations on one page that is not a list in pages: a month, a board, a feed."""


class ObligationView(msgspec.Struct, frozen=True, kw_only=True):
    """An obligation as it is shown. `holder_name` is the name of the person who owes it, if it is
    one person's; `reasons` are plain data as `core.rules.explain` writes them."""

    id: UUID
    kind: str
    subject: str
    title: Text
    path: str
    state: State
    due_on: date
    first_due_on: date
    term: Term | None
    remind_days: tuple[int, ...]
    holder_post: str | None
    holder_staff: UUID | None
    holder_name: str | None
    holder_permission: str | None
    controller_permission: str
    reasons: tuple[dict[str, Any], ...]
    paused_on: date | None
    left_days: int | None
    opened_at: datetime
    closed_at: datetime | None
    version: int

    @property
    def running(self) -> bool:
        return self.state == "open" and self.paused_on is None

    def late(self, today: date) -> bool:
        """Whether its last day is over and it is still owed."""
        return self.running and self.due_on < today

    def days(self, today: date) -> int:
        """Calendar days until the last day; negative once it is over."""
        return (self.due_on - today).days


class StepView(msgspec.Struct, frozen=True):
    """One thing that happened to an obligation."""

    kind: str
    at: datetime
    actor: str
    actor_name: str
    note: str
    due_on: date


class Whose(msgspec.Struct, frozen=True):
    """Whose obligations: everybody's when `everybody`, else those of these persons, and of these
    posts and rights as far as they are nobody's personally."""

    everybody: bool = False
    staff: frozenset[UUID] = frozenset()
    posts: frozenset[str] = frozenset()
    permissions: frozenset[str] = frozenset()


EVERYBODY: Final = Whose(everybody=True)


class Found(msgspec.Struct, frozen=True):
    """A part of a list, and where the next part begins."""

    obligations: tuple[ObligationView, ...]
    after: str | None


class Counts(msgspec.Struct, frozen=True):
    """How many are owed, by how pressing they are."""

    late: int = 0
    today: int = 0
    week: int = 0
    later: int = 0
    paused: int = 0

    @property
    def pressing(self) -> int:
        return self.late + self.today

    @property
    def open(self) -> int:
        return self.late + self.today + self.week + self.later + self.paused


def one(session: Session, obligation_id: UUID) -> ObligationView | None:
    """One obligation."""
    found = _views(session, _select().where(ObligationRow.id == obligation_id))
    return found[0] if found else None


def of_subject(session: Session, subject: str) -> tuple[ObligationView, ...]:
    """What is or was owed about a subject, the earliest term first."""
    return _views(
        session,
        _select()
        .where(ObligationRow.subject == subject)
        .order_by(ObligationRow.due_on, ObligationRow.id)
        .limit(MOST),
    )


def steps(session: Session, obligation_id: UUID) -> tuple[StepView, ...]:
    """What happened to an obligation, in order."""
    rows = session.execute(
        select(
            ObligationStep.kind,
            ObligationStep.at,
            ObligationStep.actor,
            ObligationStep.actor_name,
            ObligationStep.note,
            ObligationStep.due_on,
        )
        .where(ObligationStep.obligation_id == obligation_id)
        .order_by(ObligationStep.at, ObligationStep.id)
        .limit(MOST)
    )
    return tuple(StepView(*row) for row in rows)


def owed(
    session: Session, whose: Whose, *, first: date | None = None, last: date | None = None
) -> tuple[ObligationView, ...]:
    """What is open and due between two days, both included, the earliest first."""
    return _views(
        session,
        _select()
        .where(ObligationRow.state == "open", _held(whose), *_between(first, last))
        .order_by(ObligationRow.due_on, ObligationRow.id)
        .limit(MOST),
    )


def of_month(
    session: Session, whose: Whose, *, first: date, last: date
) -> tuple[ObligationView, ...]:
    """What is or was due between two days, done ones included, cancelled ones not."""
    return _views(
        session,
        _select()
        .where(ObligationRow.state != "cancelled", _held(whose), *_between(first, last))
        .order_by(ObligationRow.due_on, ObligationRow.id)
        .limit(MOST),
    )


def listed(
    session: Session,
    whose: Whose,
    *,
    state: State = "open",
    kind: str | None = None,
    without: Collection[str] = (),
    late_on: date | None = None,
    after: str | None = None,
    most: int = PAGE,
) -> Found:
    """A page of a list. What is open goes by its last day, the earliest first; the rest by the day
    it was closed, the latest first. `late_on` leaves only what was late on that day, `without`
    leaves kinds out. Raises ValueError for an `after` that no page gave."""
    key = ObligationRow.due_on if state == "open" else ObligationRow.closed_at
    query = _select().where(ObligationRow.state == state, _held(whose))
    if kind is not None:
        query = query.where(ObligationRow.kind == kind)
    if without:
        query = query.where(ObligationRow.kind.not_in(sorted(without)))
    if late_on is not None:
        query = query.where(ObligationRow.due_on < late_on, ObligationRow.paused_on.is_(None))
    if state == "open":
        order: tuple[Any, ...] = (key.asc(), ObligationRow.id.asc())
    else:
        order = (key.desc(), ObligationRow.id.desc())
    if after is not None:
        place = tuple_(key, ObligationRow.id)
        kept = _place(after, state)
        query = query.where(place > kept if state == "open" else place < kept)
    found = _views(session, query.order_by(*order).limit(most + 1))
    shown = found[:most]
    if len(found) <= most:
        return Found(shown, None)
    last = shown[-1]
    where = last.due_on if state == "open" else last.closed_at
    assert where is not None
    return Found(shown, f"{where.isoformat()}~{last.id.hex}")


def _place(after: str, state: State) -> tuple[date | datetime, UUID]:
    where, mark, identifier = after.partition("~")
    if not mark:
        raise ValueError(after)
    day = date.fromisoformat(where) if state == "open" else datetime.fromisoformat(where)
    if isinstance(day, datetime) and day.tzinfo is None:
        raise ValueError(after)
    return day, UUID(hex=identifier)


def counts(session: Session, whose: Whose, *, today: date) -> Counts:
    """How much is owed."""
    running = ObligationRow.paused_on.is_(None)
    due = ObligationRow.due_on
    row = session.execute(
        select(
            func.count().filter(running, due < today),
            func.count().filter(running, due == today),
            func.count().filter(running, due > today, due <= today + timedelta(days=7)),
            func.count().filter(running, due > today + timedelta(days=7)),
            func.count().filter(ObligationRow.paused_on.is_not(None)),
        ).where(ObligationRow.state == "open", _held(whose))
    ).one()
    return Counts(*row)


class KindLoad(msgspec.Struct, frozen=True):
    """How much of one kind is owed, and by when first."""

    kind: str
    open: int
    late: int
    earliest: date


def by_kind(session: Session, whose: Whose, *, today: date) -> tuple[KindLoad, ...]:
    """What is owed and not paused, kind by kind, the earliest first."""
    earliest = func.min(ObligationRow.due_on)
    rows = session.execute(
        select(
            ObligationRow.kind,
            func.count(),
            func.count().filter(ObligationRow.due_on < today),
            earliest,
        )
        .where(ObligationRow.state == "open", ObligationRow.paused_on.is_(None), _held(whose))
        .group_by(ObligationRow.kind)
        .order_by(earliest, ObligationRow.kind)
    )
    return tuple(KindLoad(*row) for row in rows)


class Load(msgspec.Struct, frozen=True):
    """What one holder owes: somebody by name, or a post or a right."""

    staff: UUID | None
    name: str | None
    post: str | None
    permission: str | None
    late: int
    open: int
    oldest: date


def loads(session: Session, *, today: date) -> tuple[Load, ...]:
    """What is owed by whom, those who are late first."""
    late = func.count().filter(ObligationRow.due_on < today, ObligationRow.paused_on.is_(None))
    post = _personal(ObligationRow.holder_post)
    permission = _personal(ObligationRow.holder_permission)
    rows = session.execute(
        select(
            ObligationRow.holder_staff,
            func.max(Staff.name),
            post,
            permission,
            late,
            func.count(),
            func.min(ObligationRow.due_on),
        )
        .outerjoin(Staff, Staff.id == ObligationRow.holder_staff)
        .where(ObligationRow.state == "open")
        .group_by(ObligationRow.holder_staff, post, permission)
        .order_by(late.desc(), func.min(ObligationRow.due_on), ObligationRow.holder_staff)
        .limit(MOST)
    )
    return tuple(Load(*row) for row in rows)


def _personal(column: Any) -> Any:
    """A post or a right, unless the obligation is one person's."""
    return case((ObligationRow.holder_staff.is_(None), column), else_=null())


def kinds_present(session: Session) -> tuple[str, ...]:
    """The kinds of which there is or was anything owed."""
    return tuple(
        session.scalars(select(ObligationRow.kind).distinct().order_by(ObligationRow.kind))
    )


def permissions_owing(session: Session) -> tuple[str, ...]:
    """The rights whose holders owe something now."""
    return tuple(
        found
        for found in session.scalars(
            select(ObligationRow.holder_permission)
            .where(ObligationRow.state == "open", ObligationRow.holder_permission.is_not(None))
            .distinct()
        )
        if found is not None
    )


def colleagues(session: Session, units: Collection[str], *, today: date) -> tuple[StaffActor, ...]:
    """The officials of these units with the posts they hold today."""
    if not units:
        return ()
    rows = session.execute(
        select(Staff.id, Staff.name, func.array_remove(func.array_agg(StaffPost.post), None))
        .outerjoin(
            StaffPost,
            and_(
                StaffPost.staff_id == Staff.id,
                StaffPost.since <= today,
                or_(StaffPost.until.is_(None), StaffPost.until > today),
            ),
        )
        .where(Staff.unit.in_(sorted(units)), Staff.disabled_at.is_(None))
        .group_by(Staff.id)
        .limit(MOST)
    )
    return tuple(
        StaffActor(id=id_, name=name, posts=tuple(sorted(posts))) for id_, name, posts in rows
    )


def unit_of(session: Session, staff_id: UUID) -> str | None:
    """The unit an official belongs to."""
    return session.scalar(select(Staff.unit).where(Staff.id == staff_id))


def _select() -> Any:
    return select(ObligationRow, Staff.name).outerjoin(
        Staff, Staff.id == ObligationRow.holder_staff
    )


def _held(whose: Whose) -> Any:
    if whose.everybody:
        return true()
    kept: list[Any] = []
    if whose.staff:
        kept.append(ObligationRow.holder_staff.in_(sorted(whose.staff)))
    shared: list[Any] = []
    if whose.posts:
        shared.append(ObligationRow.holder_post.in_(sorted(whose.posts)))
    if whose.permissions:
        shared.append(ObligationRow.holder_permission.in_(sorted(whose.permissions)))
    if shared:
        kept.append(and_(ObligationRow.holder_staff.is_(None), or_(*shared)))
    return or_(*kept) if kept else false()


def _between(first: date | None, last: date | None) -> Sequence[Any]:
    return [
        *([ObligationRow.due_on >= first] if first is not None else []),
        *([ObligationRow.due_on <= last] if last is not None else []),
    ]


def _views(session: Session, query: Select[Any]) -> tuple[ObligationView, ...]:
    return tuple(view_of(row, name) for row, name in session.execute(query))


def view_of(row: ObligationRow, holder_name: str | None = None) -> ObligationView:
    """A row as a value."""
    return ObligationView(
        id=row.id,
        kind=row.kind,
        subject=row.subject,
        title=msgspec.convert(row.title, Text),
        path=row.path,
        state=msgspec.convert(row.state, State),
        due_on=row.due_on,
        first_due_on=row.first_due_on,
        term=msgspec.convert(row.term, Term) if row.term is not None else None,
        remind_days=msgspec.convert(row.remind_days, tuple[int, ...]),
        holder_post=row.holder_post,
        holder_staff=row.holder_staff,
        holder_name=holder_name,
        holder_permission=row.holder_permission,
        controller_permission=row.controller_permission,
        reasons=msgspec.convert(row.reasons, tuple[dict[str, Any], ...]),
        paused_on=row.paused_on,
        left_days=row.left_days,
        opened_at=row.opened_at,
        closed_at=row.closed_at,
        version=row.version,
    )
