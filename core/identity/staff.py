"""Officials of a city: their personal accounts and the posts they hold.

An account is a person's own; what it may do follows from the posts held on the day, and what a post
may do follows from the city's regulation (R20). So nobody is given rights by name.
"""

from datetime import date, datetime
from typing import Final
from uuid import UUID

import msgspec
from sqlalchemy import and_, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from core.identity import access
from core.identity.contacts import Contact, read_contact
from core.identity.messages import queue
from core.identity.model import Staff, StaffPost
from core.identity.posts import Post, posts_on
from core.kit.actor import StaffActor
from core.kit.errors import Conflict, Invalid, NotFound
from core.kit.ids import new_id
from core.kit.text import Text
from core.work import Work

VIEW: Final = "people.view"
MANAGE: Final = "people.manage"
_LONGEST_NAME: Final = 120

_NAME_NEEDED = Text(
    ru="Укажите имя, до 120 знаков.", en="Please give a name of up to 120 characters."
)
_EMAIL_TAKEN = Text(
    ru="У сотрудника с этой почтой уже есть учётная запись.",
    en="Somebody with this e-mail has an account already.",
)
_NO_UNIT = Text(ru="Выберите подразделение из списка.", en="Choose a unit from the list.")
_NO_POST = Text(
    ru="Такой должности в регламенте города сейчас нет.",
    en="The city's regulation has no such post at present.",
)
_HELD = Text(ru="Эта должность уже назначена.", en="This post is held already.")
_ENDS_EARLY = Text(
    ru="Должность не может закончиться раньше, чем началась.",
    en="A post cannot end before it began.",
)
_YOURSELF = Text(
    ru="Свою учётную запись отключить нельзя.", en="You cannot disable your own account."
)
_YOURSELF_ADVICE = Text(
    ru="Попросите об этом другого администратора.", en="Please ask another administrator."
)
_INVITED_SUBJECT = Text(
    ru="Доступ к рабочему столу, «{product}»", en="Access to the staff desk of {product}"
)
_INVITED = Text(
    ru="Здравствуйте! Вам открыт доступ к рабочему столу ресурса «{product}». Чтобы войти, укажите"
    " на странице входа эту почту: {email} — и введите код из письма.",
    en="Hello! You now have access to the staff desk of {product}. To sign in, give this e-mail"
    " on the sign-in page, {email}, and enter the code that comes by e-mail.",
)


class Held(msgspec.Struct, frozen=True):
    """A post somebody holds or held; `until` is the first day without it."""

    id: UUID
    post: str
    since: date
    until: date | None


class Account(msgspec.Struct, frozen=True):
    """An official as the desk shows them."""

    id: UUID
    name: str
    email: str
    unit: str | None
    second_factor: bool
    disabled_at: datetime | None
    created_at: datetime
    posts: tuple[Held, ...]

    def held_on(self, day: date) -> tuple[Held, ...]:
        return tuple(
            one for one in self.posts if one.since <= day and (one.until is None or day < one.until)
        )


def city_posts(work: Work) -> tuple[Post, ...]:
    """The posts of the city's regulation today."""
    return posts_on(work.regulation, work.procedure("people"), work.today)


def find_by_contact(work: Work, contact: Contact) -> UUID | None:
    """The official whose work e-mail this is, unless the account is disabled."""
    if contact.kind != "email":
        return None
    return work.session.execute(
        select(Staff.id).where(Staff.email == contact.value, Staff.disabled_at.is_(None))
    ).scalar_one_or_none()


def load_staff_actor(work: Work, staff_id: UUID) -> StaffActor | None:
    """The official as an actor with the posts held today; None once disabled or unknown."""
    row = work.session.execute(
        select(
            Staff.name,
            func.array_remove(func.array_agg(StaffPost.post), None),
        )
        .outerjoin(
            StaffPost,
            and_(
                StaffPost.staff_id == Staff.id,
                StaffPost.since <= work.today,
                or_(StaffPost.until.is_(None), StaffPost.until > work.today),
            ),
        )
        .where(Staff.id == staff_id, Staff.disabled_at.is_(None))
        .group_by(Staff.id)
    ).one_or_none()
    if row is None:
        return None
    name, posts = row
    return StaffActor(staff_id, name, tuple(sorted(set(posts))))


def holders(work: Work, permission: str) -> tuple[Account, ...]:
    """The officials who hold a right today, for writing to them; by name."""
    return tuple(
        one
        for one in _all(work)
        if one.disabled_at is None
        and access.holds(
            work,
            StaffActor(one.id, one.name, tuple(held.post for held in one.held_on(work.today))),
            permission,
        )
    )


def accounts(work: Work) -> tuple[Account, ...]:
    """Every official of the city with their posts, by name. Raises Refused without the right."""
    access.require(work, VIEW)
    return _all(work)


def _all(work: Work) -> tuple[Account, ...]:
    held: dict[UUID, list[Held]] = {}
    for one in work.session.execute(
        select(StaffPost).order_by(StaffPost.since, StaffPost.id)
    ).scalars():
        held.setdefault(one.staff_id, []).append(Held(one.id, one.post, one.since, one.until))
    return tuple(
        Account(
            id=row.id,
            name=row.name,
            email=row.email,
            unit=row.unit,
            second_factor=row.totp_secret is not None,
            disabled_at=row.disabled_at,
            created_at=row.created_at,
            posts=tuple(held.get(row.id, ())),
        )
        for row in work.session.execute(
            # No Russian collation is to be relied on: ё sorts as е by hand.
            select(Staff).order_by(func.replace(func.lower(Staff.name), "ё", "е"), Staff.id)
        ).scalars()
    )


def require_account(work: Work, staff_id: UUID) -> Account:
    """One official; raises NotFound."""
    found = next((one for one in accounts(work) if one.id == staff_id), None)
    if found is None:
        raise NotFound
    return found


def invite(
    work: Work, *, name: str, email: str, unit: str | None = None, posts: tuple[str, ...] = ()
) -> UUID:
    """Open an account and tell the person how to sign in. Raises Refused, Invalid or Conflict."""
    access.require(work, MANAGE)
    contact = read_contact(email, phone=False, field="email")
    wrong: dict[str, Text] = {}
    if not name.strip() or len(name) > _LONGEST_NAME:
        wrong["name"] = _NAME_NEEDED
    if unit is not None and work.tenant.profile.unit(unit) is None:
        wrong["unit"] = _NO_UNIT
    if not _known(work, posts):
        wrong["posts"] = _NO_POST
    if wrong:
        raise Invalid(wrong)
    staff_id = new_id()
    try:
        with work.session.begin_nested():
            work.session.execute(
                insert(Staff).values(
                    id=staff_id,
                    name=name.strip(),
                    email=contact.value,
                    unit=unit,
                    created_at=work.now,
                )
            )
    except IntegrityError as error:
        raise Invalid({"email": _EMAIL_TAKEN}) from error
    work.record("people.staff_invited", f"staff:{staff_id}", unit=unit)
    for post in posts:
        assign_post(work, staff_id, post=post, since=work.today)
    product = work.tenant.product()
    queue(
        work,
        contact,
        subject=_INVITED_SUBJECT.format(product=product).in_(work.tenant.locale),
        body=_INVITED.format(product=product, email=contact.value).in_(work.tenant.locale),
    )
    return staff_id


def assign_post(work: Work, staff_id: UUID, *, post: str, since: date) -> UUID:
    """Give somebody a post from a day on; it must exist in the city's regulation on that day."""
    access.require(work, MANAGE)
    _require_staff(work, staff_id)
    if not _known(work, (post,), on=since):
        raise Invalid({"post": _NO_POST})
    held_id = new_id()
    try:
        with work.session.begin_nested():
            work.session.execute(
                insert(StaffPost).values(id=held_id, staff_id=staff_id, post=post, since=since)
            )
    except IntegrityError as error:
        raise Conflict("post_held", _HELD) from error
    work.record("people.post_assigned", f"staff:{staff_id}", post=post, since=since)
    return held_id


def end_post(work: Work, staff_id: UUID, held_id: UUID, *, until: date) -> None:
    """End a post: `until` is the first day without it, so today ends it at once."""
    access.require(work, MANAGE)
    held = work.session.execute(
        select(StaffPost)
        .where(StaffPost.id == held_id, StaffPost.staff_id == staff_id, StaffPost.until.is_(None))
        .with_for_update()
    ).scalar_one_or_none()
    if held is None:
        raise NotFound
    if until < held.since:
        raise Invalid({"until": _ENDS_EARLY})
    held.until = until
    work.session.flush()
    work.record("people.post_ended", f"staff:{staff_id}", post=held.post, until=until)


def disable(work: Work, staff_id: UUID) -> None:
    """Shut an account: it acts no more from the next request on; posts and history stay."""
    access.require(work, MANAGE)
    if isinstance(work.actor, StaffActor) and work.actor.id == staff_id:
        raise Conflict("yourself", _YOURSELF, _YOURSELF_ADVICE)
    _switch(work, staff_id, disabled_at=work.now)
    work.record("people.staff_disabled", f"staff:{staff_id}")


def enable(work: Work, staff_id: UUID) -> None:
    """Open a shut account again."""
    access.require(work, MANAGE)
    _switch(work, staff_id, disabled_at=None)
    work.record("people.staff_enabled", f"staff:{staff_id}")


def _known(work: Work, posts: tuple[str, ...], *, on: date | None = None) -> bool:
    known = posts_on(work.regulation, work.procedure("people"), on or work.today)
    return set(posts) <= {one.key for one in known}


def _require_staff(work: Work, staff_id: UUID) -> None:
    if (
        work.session.execute(select(Staff.id).where(Staff.id == staff_id)).scalar_one_or_none()
        is None
    ):
        raise NotFound


def _switch(work: Work, staff_id: UUID, *, disabled_at: datetime | None) -> None:
    done = work.session.execute(
        update(Staff)
        .where(Staff.id == staff_id)
        .values(disabled_at=disabled_at)
        .returning(Staff.id)
    ).scalar_one_or_none()
    if done is None:
        raise NotFound
