"""What every use case of the plan does besides: history, who acts, words for what moved on."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import msgspec
from sqlalchemy import insert

from core.features.plan import queries
from core.features.plan.model import PlanItem, PlanStep, PlanYear
from core.identity import staff
from core.kit.actor import StaffActor, actor_label
from core.kit.errors import Conflict, NotFound
from core.kit.ids import new_id
from core.kit.text import Text
from core.notify.tell import Recipient
from core.rules import Decision
from core.rules.explain import reasons_data
from core.work import Work

VIEW: Final = "plan.view"
PROPOSE: Final = "plan.propose"
APPROVE: Final = "plan.approve"
IMPLEMENT: Final = "plan.implement"
CONTROL: Final = "plan.control"

PROPOSALS_DUE: Final = "plan.proposals_due"
APPROVAL_DUE: Final = "plan.approval_due"
MEASURE_DUE: Final = "plan.measure_due"
REPORT_DUE: Final = "plan.report_due"


class Stale(Conflict):
    """Somebody else has changed it since it was read; what was typed stays in the form."""

    def __init__(self) -> None:
        super().__init__(
            "plan.stale",
            Text(
                ru="Пока вы писали, это изменил кто-то другой.",
                en="Somebody else has changed this while you were writing.",
            ),
            Text(
                ru="Ваш текст остался в форме. Сравните с сохранённым в соседней вкладке и "
                "отправьте ещё раз.",
                en="Your text is still in the form. Compare it with what is stored in another tab "
                "and send it again.",
            ),
        )


class MovedOn(Conflict):
    """It is no longer in the state that the action is for."""

    def __init__(self) -> None:
        super().__init__(
            "plan.moved_on",
            Text(ru="Состояние уже изменилось.", en="This is no longer in that state."),
            Text(ru="Обновите страницу.", en="Reload the page."),
        )


def add_step(
    work: Work,
    year: int,
    kind: str,
    *,
    item_id: UUID | None = None,
    note: str = "",
    who: str = "",
    decision: Decision[Any] | None = None,
) -> None:
    """Write one step into the history of a year, or of one of its items."""
    work.session.execute(
        insert(PlanStep).values(
            id=new_id(),
            year=year,
            item_id=item_id,
            at=work.now,
            kind=kind,
            actor=actor_label(work.actor),
            actor_name=who or actor_name(work),
            note=note,
            reasons=reasons_of(work, decision),
        )
    )


def reasons_of(work: Work, decision: Decision[Any] | None) -> list[object]:
    """The clauses of a decision as they are kept."""
    if decision is None:
        return []
    kept: list[object] = msgspec.to_builtins(list(reasons_data(decision, work.tenant.locale)))
    return kept


def actor_name(work: Work) -> str:
    return work.actor.name if isinstance(work.actor, StaffActor) else ""


def actor_posts(work: Work) -> tuple[str, ...]:
    return work.actor.posts if isinstance(work.actor, StaffActor) else ()


def locked_year(work: Work, year: int) -> PlanYear:
    """The row of a year for a change; raises NotFound."""
    found = queries.locked_year(work.session, year)
    if found is None:
        raise NotFound
    return found


def locked_item(work: Work, item_id: UUID, *, version: int | None = None) -> PlanItem:
    """The row of an item for a change; raises NotFound, or Stale for another version."""
    found = queries.locked_item(work.session, item_id)
    if found is None:
        raise NotFound
    if version is not None and found.version != version:
        raise Stale
    return found


def holders(work: Work, permission: str) -> Sequence[Recipient]:
    """The officials who hold a right, for telling them; not the one who acts."""
    me = work.actor.id if isinstance(work.actor, StaffActor) else None
    return [Recipient("staff", one.id) for one in staff.holders(work, permission) if one.id != me]


def post_title(work: Work, key: str) -> str:
    """A post in the words of the act; the key itself once the act knows it no more."""
    return next((post.title for post in staff.city_posts(work) if post.key == key), key)


def unit_title(work: Work, key: str) -> str:
    """A unit's name in the city's language."""
    unit = work.tenant.profile.unit(key) if key else None
    return unit.title.in_(work.tenant.locale) if unit is not None else key
