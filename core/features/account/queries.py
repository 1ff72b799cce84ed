"""What the demo shows: people to sign in as, messages that would have been sent."""

from contextlib import suppress
from datetime import date
from typing import Final
from uuid import UUID

import msgspec
import redis
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on

from core.identity import staff
from core.identity.messages import newest
from core.identity.model import OutgoingMessage, Resident
from core.identity.staff import city_posts
from core.kit.level import Level
from core.kit.text import Text
from core.tenancy.model import Installation
from core.work import Runtime, Work

_FRESH_SECONDS: Final = 300
_PLAYGROUNDS = ("demo", "test")


class DemoResident(msgspec.Struct, frozen=True):
    """A resident to sign in as; one for each level there is, and a blocked one."""

    id: UUID
    name: str
    level: Level
    district: Text | None
    born_on: date | None
    blocked: bool


class DemoOfficial(msgspec.Struct, frozen=True):
    """An official to sign in as, with the first post held and what it brings."""

    id: UUID
    name: str
    post: str
    group: str
    access: str
    has_access: bool


def residents_known(work: Work) -> int:
    """How many residents have an account, at most some minutes old: counting them all grows with
    the city, and a page must not."""
    key = f"{work.tenant.role}:figures:residents"
    kept = _kept(work.runtime, key)
    if kept is None:
        kept = int(
            work.session.scalar(
                select(func.count()).select_from(Resident).where(Resident.erased_at.is_(None))
            )
            or 0
        )
        with suppress(redis.RedisError):
            work.runtime.redis.set(key, kept, ex=_FRESH_SECONDS)
    return kept


def _kept(runtime: Runtime, key: str) -> int | None:
    try:
        value = runtime.redis.get(key)
    except redis.RedisError:
        return None
    return int(value) if isinstance(value, bytes) else None


def is_playground(runtime: Runtime) -> bool:
    """Whether the database says of itself that it is a demo's or a test's."""
    with runtime.databases.platform() as session:
        kind = session.execute(select(Installation.kind)).scalar_one_or_none()
    return kind in _PLAYGROUNDS


def demo_residents(work: Work) -> tuple[DemoResident, ...]:
    """From the weakest level to the strongest, the blocked one last."""
    blocked = Resident.blocked_at.is_not(None)
    rows = work.session.execute(
        select(Resident)
        .where(Resident.erased_at.is_(None), Resident.name != "")
        .ext(distinct_on(Resident.level, blocked))
        .order_by(
            Resident.level,
            blocked,
            Resident.born_on.is_(None),
            Resident.district.is_(None),
            Resident.created_at,
            Resident.id,
        )
    ).scalars()
    order = list(Level)
    found = [
        DemoResident(
            id=row.id,
            name=row.name,
            level=Level(row.level),
            district=known.name
            if row.district and (known := work.tenant.profile.district(row.district))
            else None,
            born_on=row.born_on,
            blocked=row.blocked_at is not None,
        )
        for row in rows
    ]
    return tuple(sorted(found, key=lambda one: (one.blocked, order.index(one.level))))


def demo_officials(work: Work) -> tuple[DemoOfficial, ...]:
    """Officials in the order of the regulation: everybody with access, and one without (R22)."""
    people = [one for one in staff.accounts(work) if one.disabled_at is None]
    found: list[DemoOfficial] = []
    seen: set[UUID] = set()
    without = False
    for post in city_posts(work):
        if not post.permissions and without:
            continue
        for person in people:
            if person.id in seen:
                continue
            if post.key in {held.post for held in person.held_on(work.today)}:
                seen.add(person.id)
                without = without or not post.permissions
                found.append(
                    DemoOfficial(
                        id=person.id,
                        name=person.name,
                        post=post.title,
                        group=post.group_title,
                        access=post.access_title,
                        has_access=bool(post.permissions),
                    )
                )
                break
    return tuple(found)


def mailbox(work: Work, *, most: int) -> tuple[OutgoingMessage, ...]:
    """The latest messages of the city, newest first."""
    return newest(work, most=most)
