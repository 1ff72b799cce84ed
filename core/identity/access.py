"""Whether the one who acts may do something in the city's name: asked of the city's rules.

Also what to call a visitor in the header of a page."""

from typing import Final
from weakref import WeakKeyDictionary

from sqlalchemy import select

from core.identity.decisions import MAY_ACT, ActFacts
from core.identity.model import Resident
from core.identity.sessions import STAFF_ONLY, STAFF_ONLY_ADVICE, Visitor
from core.kit.actor import Anonymous, ResidentActor, StaffActor, SystemActor
from core.kit.errors import Forbidden, SignInNeeded
from core.kit.text import Text
from core.rules import Decision, Refused
from core.work import Work

# A desk page asks for the same rights many times: menu, buttons, handler.
_decided: Final[WeakKeyDictionary[Work, dict[tuple[StaffActor, str], Decision[bool]]]] = (
    WeakKeyDictionary()
)


def may(work: Work, permission: str) -> bool:
    """Whether the actor holds this right today; residents and strangers hold none."""
    match work.actor:
        case SystemActor():
            return True
        case StaffActor() as actor:
            return _decide(work, actor, permission).allowed
        case _:
            return False


def holds(work: Work, actor: StaffActor, permission: str) -> bool:
    """Whether this official, who need not be the one acting, holds the right today."""
    return _decide(work, actor, permission).allowed


def require(work: Work, permission: str) -> None:
    """Raise unless the actor may: SignInNeeded, Forbidden, or Refused (403) with the clauses."""
    match work.actor:
        case SystemActor():
            return
        case Anonymous():
            raise SignInNeeded
        case ResidentActor():
            raise Forbidden("staff_only", STAFF_ONLY, STAFF_ONLY_ADVICE)
        case StaffActor() as actor:
            decision = _decide(work, actor, permission)
            if not decision.allowed:
                raise Refused(decision, status=403)


def _decide(work: Work, actor: StaffActor, permission: str) -> Decision[bool]:
    kept = _decided.setdefault(work, {})
    known = kept.get((actor, permission))
    if known is None:
        known = work.decide(
            MAY_ACT, ActFacts(on=work.today, posts=actor.posts, permission=permission)
        )
        kept[actor, permission] = known
    return known


def resident_name(work: Work, visitor: Visitor) -> str:
    """What the header calls a resident; many give no name, and need not."""
    name = work.session.execute(
        select(Resident.name).where(Resident.id == visitor.resident_id)
    ).scalar_one_or_none()
    return name or _RESIDENT.in_(work.tenant.locale)


_RESIDENT: Final = Text(ru="Житель", en="Resident")
