"""Deciding on a year's topics: review, admission by the management group with a reason for what is
not admitted (R79), approval of the list by the post that the regulation names (R44)."""

from collections.abc import Sequence
from datetime import date
from typing import Final
from uuid import UUID

import msgspec
from sqlalchemy import insert

from core.deadlines import obligations
from core.features.plan import queries
from core.features.plan.decisions import MAY_APPROVE, ApproveFacts
from core.features.plan.domain import Content, ItemKind, ItemState, YearState, missing
from core.features.plan.model import PlanEntry, PlanItem
from core.features.plan.queries import ItemView
from core.features.plan.service import steps
from core.files import store
from core.identity import access
from core.kit.errors import Invalid
from core.kit.ids import new_id
from core.kit.text import Text
from core.notify.tell import tell
from core.rules import Decision
from core.work import Work

_FEW: Final = 500
_REASON: Final = Text(
    ru="Напишите, почему тема не допущена.", en="Write why the topic is not admitted."
)
_NOTHING: Final = Text(
    ru="В перечне нет ни одной допущенной темы.", en="The list has no admitted topic."
)
_UNDECIDED: Final = Text(
    ru="Есть темы без решения. Допустите их или откажите с причиной.",
    en="Some topics are undecided. Admit them or refuse them with a reason.",
)
_ACT: Final = Text(ru="Укажите номер акта.", en="Give the number of the act.")
_ACT_DAY: Final = Text(ru="Укажите дату акта.", en="Give the date of the act.")
_FUTURE: Final = Text(ru="Эта дата ещё не наступила.", en="This day has not come yet.")

ACT_FILES: Final = store.Purpose(
    pictures=False, documents=True, most_bytes=15 * 1024 * 1024, most=3
)


class ItemApproved(msgspec.Struct, frozen=True):
    """Announced as `plan.item_approved`: a topic stands on the approved list now."""

    item_id: UUID
    year: int
    number: int
    kind: ItemKind
    title: str
    path: str
    idea_id: UUID | None


class Checks(msgspec.Struct, frozen=True):
    """What stands between a list and its approval, and what its topics still lack."""

    undecided: tuple[ItemView, ...]
    admitted: tuple[ItemView, ...]
    incomplete: tuple[tuple[ItemView, tuple[str, ...]], ...]

    @property
    def ready(self) -> bool:
        return bool(self.admitted) and not self.undecided


def checks(work: Work, year: int) -> Checks:
    """Looks at a year before its approval."""
    items = queries.items(work.session, year)
    admitted = tuple(one for one in items if one.state is ItemState.ADMITTED)
    lacking = [(one, missing(one.content)) for one in items if one.state in _ALIVE]
    return Checks(
        undecided=tuple(one for one in items if one.state is ItemState.PROPOSED),
        admitted=admitted,
        incomplete=tuple((one, keys) for one, keys in lacking if keys),
    )


_ALIVE: Final = frozenset({ItemState.PROPOSED, ItemState.ADMITTED})


def send_to_review(work: Work, *, year: int) -> None:
    """Proposals are gathered; the management group decides from now on."""
    access.require(work, steps.PROPOSE)
    row = steps.locked_year(work, year)
    if row.state != YearState.GATHERING:
        return
    row.state = YearState.REVIEW
    row.version += 1
    steps.add_step(work, year, "sent_to_review")
    work.record("plan.sent_to_review", f"plan_year:{year}")
    obligations.close_obligation(work, steps.PROPOSALS_DUE, f"plan_year:{year}")
    tell(
        work,
        "plan.review",
        steps.holders(work, steps.APPROVE),
        title=Text(
            ru="Перечень тематик на {year} год ждёт решения",
            en="The topic list of {year} waits for decisions",
        ).format(year=year),
        text=Text(
            ru="Предложения собраны. Допустите темы или откажите с причиной, потом утвердите.",
            en="Proposals are gathered. Admit topics or refuse them with a reason, then approve.",
        ),
        path=f"/desk/plan/{year}",
        once=f"plan.review:{year}:{row.version}",
    )


def return_to_gathering(work: Work, *, year: int, note: str) -> None:
    """Go on gathering: something is missing."""
    access.require(work, steps.APPROVE)
    row = steps.locked_year(work, year)
    if row.state != YearState.REVIEW:
        return
    row.state = YearState.GATHERING
    row.version += 1
    steps.add_step(work, year, "returned", note=note)
    work.record("plan.returned", f"plan_year:{year}", note=note)


def admit(work: Work, *, year: int, items: Sequence[UUID]) -> int:
    """Admit topics; returns how many of them were not admitted before."""
    access.require(work, steps.APPROVE)
    return sum(_decide(work, row, ItemState.ADMITTED, "") for row in _undecided(work, year, items))


def refuse(work: Work, *, year: int, items: Sequence[UUID], reason: str) -> int:
    """Admit topics not, and say why (R79)."""
    access.require(work, steps.APPROVE)
    if not reason.strip():
        raise Invalid({"reason": _REASON})
    return sum(
        _decide(work, row, ItemState.REFUSED, reason) for row in _undecided(work, year, items)
    )


def _undecided(work: Work, year: int, items: Sequence[UUID]) -> list[PlanItem]:
    """The rows to decide on, locked in one order; the year must not be approved yet."""
    if steps.locked_year(work, year).state == YearState.APPROVED:
        raise steps.MovedOn
    rows = [queries.locked_item(work.session, item) for item in sorted(set(items))[:_FEW]]
    return [
        row
        for row in rows
        if row is not None
        and row.year == year
        and row.state in (ItemState.PROPOSED, ItemState.ADMITTED, ItemState.REFUSED)
    ]


def _decide(work: Work, row: PlanItem, state: ItemState, reason: str) -> int:
    if (row.state, row.reason) == (state, reason):
        return 0
    row.state = state
    row.reason = reason
    row.version += 1
    steps.add_step(work, row.year, state, item_id=row.id, note=reason)
    work.record(f"plan.{state}", f"plan_item:{row.id}", reason=reason)
    return 1


def may_approve(work: Work, year: int) -> Decision[bool]:
    """What the rules say of this person approving this list today."""
    return work.decide(
        MAY_APPROVE, ApproveFacts(on=work.today, year=year, posts=steps.actor_posts(work))
    )


def approve_year(
    work: Work,
    *,
    year: int,
    act_number: str,
    act_on: date | None,
    files: Sequence[UUID] = (),
) -> int:
    """Approve the list: its topics get their numbers and may be held from now on. Returns how many.

    Approving twice changes nothing. Raises Refused for a post that does not approve, Invalid for
    what is missing."""
    access.require(work, steps.APPROVE)
    row = steps.locked_year(work, year)
    if row.state == YearState.APPROVED:
        return 0
    found = checks(work, year)
    wrong: dict[str, Text] = {}
    if not act_number.strip():
        wrong["act_number"] = _ACT
    if act_on is None:
        wrong["act_on"] = _ACT_DAY
    elif act_on > work.today:
        wrong["act_on"] = _FUTURE
    if found.undecided:
        wrong["items"] = _UNDECIDED
    elif not found.admitted:
        wrong["items"] = _NOTHING
    if wrong:
        raise Invalid(wrong)
    decision = work.require(
        MAY_APPROVE, ApproveFacts(on=work.today, year=year, posts=steps.actor_posts(work))
    )
    row.state = YearState.APPROVED
    row.approved_on = work.today
    row.approved_by = _approver(work)
    row.act_number = act_number.strip()
    row.act_on = act_on
    row.version += 1
    store.attach(work, files, owner=f"plan_year:{year}", purpose=ACT_FILES)
    for number, item in enumerate(sorted(found.admitted, key=_place), 1):
        put_on_list(work, steps.locked_item(work, item.id), number=number, decision=decision)
    steps.add_step(work, year, "approved", note=f"№ {row.act_number}", decision=decision)
    work.record(
        "plan.approved", f"plan_year:{year}", act_number=row.act_number, items=len(found.admitted)
    )
    work.record_decision(f"plan_year:{year}", decision)
    obligations.close_obligation(work, steps.PROPOSALS_DUE, f"plan_year:{year}")
    obligations.close_obligation(work, steps.APPROVAL_DUE, f"plan_year:{year}")
    return len(found.admitted)


def _place(item: ItemView) -> tuple[date, str, UUID]:
    """The order of the list: by when, then by name."""
    return (item.content.period(item.year).first, item.title.casefold(), item.id)


def _approver(work: Work) -> str:
    posts = [steps.post_title(work, key) for key in steps.actor_posts(work)]
    name = steps.actor_name(work)
    return f"{posts[0]} {name}".strip() if posts else name


def put_on_list(
    work: Work,
    row: PlanItem,
    *,
    number: int,
    amendment_id: UUID | None = None,
    decision: Decision[bool] | None = None,
) -> None:
    """An item stands on the approved list from today on."""
    row.number = number
    row.state = ItemState.APPROVED
    row.amendment_id = amendment_id
    row.reason = ""
    row.version += 1
    content = msgspec.convert(row.content, Content)
    add_entry(work, row, content, listed=True, amendment_id=amendment_id)
    steps.add_step(work, row.year, "listed", item_id=row.id, decision=decision)
    work.record("plan.listed", f"plan_item:{row.id}", number=number)
    work.emit(
        "plan.item_approved",
        ItemApproved(
            item_id=row.id,
            year=row.year,
            number=number,
            kind=ItemKind(row.kind),
            title=row.title,
            path=f"/plan/{row.year}/{number}",
            idea_id=row.idea_id,
        ),
    )


def add_entry(
    work: Work,
    row: PlanItem,
    content: Content,
    *,
    listed: bool,
    amendment_id: UUID | None = None,
) -> None:
    """Write how an item stands on the list from today on."""
    work.session.execute(
        insert(PlanEntry).values(
            id=new_id(),
            year=row.year,
            item_id=row.id,
            number=row.number,
            since=work.today,
            listed=listed,
            content=msgspec.to_builtins(content),
            amendment_id=amendment_id,
            at=work.now,
        )
    )
