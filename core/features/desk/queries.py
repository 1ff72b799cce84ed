"""What the desk reads beside the register of obligations: whose they are, and what to call those
who owe them."""

from collections.abc import Mapping
from uuid import UUID
from weakref import WeakKeyDictionary

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.deadlines import register
from core.deadlines.manifest import ObligationKind
from core.deadlines.register import ObligationView, Whose
from core.feature import installed_features, permissions
from core.features.desk.model import CalendarFeed
from core.identity import access
from core.identity.model import Staff
from core.identity.staff import city_posts
from core.kit.actor import StaffActor
from core.kit.text import Text
from core.work import Work

VIEW = "deadlines.view"
MOST_STAFF = 500

# The menu counts, the page lists: both ask whose obligations they are.
_mine: WeakKeyDictionary[Work, Whose] = WeakKeyDictionary()


def mine(work: Work) -> Whose:
    """What the one who acts owes: by name, by post, or by a right they hold today."""
    if not isinstance(work.actor, StaffActor):
        return Whose()
    if work not in _mine:
        _mine[work] = Whose(
            staff=frozenset({work.actor.id}),
            posts=frozenset(work.actor.posts),
            permissions=frozenset(
                one for one in register.permissions_owing(work.session) if access.may(work, one)
            ),
        )
    return _mine[work]


def unit_of(work: Work) -> str | None:
    """The unit of the one who acts."""
    if not isinstance(work.actor, StaffActor):
        return None
    return register.unit_of(work.session, work.actor.id)


def of_unit(work: Work, unit: str) -> Whose:
    """What those owe who belong to a unit, or to a unit below it."""
    below = {unit}
    for _level in range(len(work.tenant.profile.units)):
        more = {one.key for one in work.tenant.profile.units if one.parent in below}
        if more <= below:
            break
        below |= more
    people = register.colleagues(work.session, below, today=work.today)
    return Whose(
        staff=frozenset(one.id for one in people),
        posts=frozenset(post for one in people for post in one.posts),
        permissions=frozenset(
            right
            for right in register.permissions_owing(work.session)
            if any(access.holds(work, one, right) for one in people)
        ),
    )


def is_mine(work: Work, owed: ObligationView) -> bool:
    """Whether the one who acts owes this."""
    return _belongs(owed, mine(work))


def may_see(work: Work, owed: ObligationView) -> bool:
    """Whether the one who acts may look at it: who owes it, who controls it, who sees everything,
    and those of the same unit."""
    if is_mine(work, owed) or any(
        access.may(work, one) for one in (VIEW, owed.controller_permission)
    ):
        return True
    unit = unit_of(work)
    return unit is not None and _belongs(owed, of_unit(work, unit))


def may_control(work: Work, owed: ObligationView) -> bool:
    """Whether the one who acts may move, cancel or assign it."""
    return access.may(work, owed.controller_permission)


def _belongs(owed: ObligationView, whose: Whose) -> bool:
    if owed.holder_staff is not None:
        return owed.holder_staff in whose.staff
    # A right that nobody owes anything by any more is not in `whose`: the obligation is closed.
    return owed.holder_post in whose.posts or owed.holder_permission in whose.permissions


def kinds() -> Mapping[str, ObligationKind]:
    """Every kind of obligation that a feature declares."""
    return {kind.key: kind for feature in installed_features() for kind in feature.obligations}


def holder_text(work: Work, *, name: str | None, post: str | None, permission: str | None) -> Text:
    """Who owes something: a name, a post, or all who may do what fulfils it."""
    if name is not None:
        return Text(ru=name, en=name)
    if post is not None:
        found = next((one.title for one in city_posts(work) if one.key == post), post)
        return Text(ru=found, en=found)
    label = permissions().get(permission or "")
    if label is None:
        return _NOBODY
    return _EVERYBODY.with_values({"right": label})


def holder_of(work: Work, owed: ObligationView) -> Text:
    """Who owes this."""
    return holder_text(
        work, name=owed.holder_name, post=owed.holder_post, permission=owed.holder_permission
    )


def officials(session: Session) -> tuple[tuple[UUID, str], ...]:
    """Everybody whom something can be assigned to, by name."""
    rows = session.execute(
        select(Staff.id, Staff.name)
        .where(Staff.disabled_at.is_(None))
        .order_by(func.replace(func.lower(Staff.name), "ё", "е"), Staff.id)
        .limit(MOST_STAFF)
    )
    return tuple((id_, name) for id_, name in rows)


def feed_nonce(session: Session, staff_id: UUID) -> bytes | None:
    """What an official's feed address is worked out from; None if they have none."""
    return session.scalar(select(CalendarFeed.nonce).where(CalendarFeed.staff_id == staff_id))


_EVERYBODY = Text(ru="Все, у кого есть право «{right}»", en="Everybody with the right “{right}”")
_NOBODY = Text(ru="Никто не назначен", en="Nobody is assigned")
