"""Gathering a year's topics: proposals entered by moderators on behalf of those who have no access
(R22), taken from residents' ideas (R16), corrected and withdrawn until the list is approved."""

from datetime import date
from itertools import pairwise
from typing import Any, Final
from uuid import UUID

import msgspec
from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert

from core.deadlines import obligations
from core.feature import installed_features
from core.features.plan import queries
from core.features.plan.decisions import (
    APPROVAL_DUE,
    MAY_PROPOSE,
    PROPOSALS_DUE,
    YearFacts,
)
from core.features.plan.domain import (
    YEARS,
    Content,
    ItemKind,
    ItemState,
    Source,
    YearState,
    day_before,
)
from core.features.plan.model import PlanCandidate, PlanItem, PlanYear
from core.features.plan.service import steps
from core.identity import access
from core.kit.actor import actor_label
from core.kit.errors import Conflict, Invalid, NotFound
from core.kit.ids import new_id
from core.kit.text import Text
from core.moderation.manifest import LinkChoice
from core.rules import Decision
from core.work import Work

_AHEAD: Final = 5
_BAD_YEAR: Final = Text(
    ru="Перечень можно начать на этот год или на ближайшие пять.",
    en="A list can be begun for this year or the next five.",
)
_NO_TITLE: Final = Text(ru="Напишите название темы.", en="Write the title of the topic.")
_CLOSED: Final = Text(
    ru="Перечень на этот год уже утверждён.", en="The list of this year is approved already."
)
_AMEND: Final = Text(
    ru="Внесите тему изменением: с обоснованием и решением.",
    en="Propose the topic as an amendment, with reasons and a decision.",
)
_PROPOSALS_TITLE: Final = Text(
    ru="Собрать предложения в перечень тематик на {year} год",
    en="Gather proposals for the topic list of {year}",
)
_APPROVAL_TITLE: Final = Text(
    ru="Утвердить перечень тематик на {year} год", en="Approve the topic list of {year}"
)

CANDIDATE_STATES: Final = frozenset({"consideration", "taken_up"})
"""States of an idea in which it may become a topic of the next list."""


def begin_year(work: Work, *, year: int) -> None:
    """Begin gathering for a year, with the days its rules set. Beginning twice changes nothing."""
    access.require(work, steps.PROPOSE)
    if year not in YEARS or not work.today.year <= year <= work.today.year + _AHEAD:
        raise Invalid({"year": _BAD_YEAR})
    facts = YearFacts(on=work.today, year=year)
    proposals = work.decide(PROPOSALS_DUE, facts)
    approval = work.decide(APPROVAL_DUE, facts)
    made = work.session.scalar(
        insert(PlanYear)
        .values(
            year=year,
            state=YearState.GATHERING,
            proposals_due=_due(proposals, year),
            approval_due=_due(approval, year),
            created_at=work.now,
        )
        .on_conflict_do_nothing()
        .returning(PlanYear.year)
    )
    if made is None:
        return
    steps.add_step(work, year, "begun", decision=proposals)
    work.record("plan.begun", f"plan_year:{year}")
    for decision in (proposals, approval):
        if decision.value is not None:
            work.record_decision(f"plan_year:{year}", decision)
    _owe(work, steps.PROPOSALS_DUE, year, proposals, _PROPOSALS_TITLE, steps.PROPOSE)
    _owe(work, steps.APPROVAL_DUE, year, approval, _APPROVAL_TITLE, steps.APPROVE)


def _due(decision: Decision[int | None], year: int) -> date | None:
    return day_before(year, decision.value) if decision.value is not None else None


def _owe(
    work: Work,
    kind: str,
    year: int,
    decision: Decision[int | None],
    title: Text,
    permission: str,
) -> None:
    due = _due(decision, year)
    # A list that is begun in the middle of its own year owes nothing for the year before.
    if due is None or due < work.today:
        return
    obligations.open_obligation(
        work,
        kind,
        f"plan_year:{year}",
        title=title.format(year=year),
        path=f"/desk/plan/{year}",
        due_on=due,
        reasons=steps.reasons_of(work, decision),
        holder_permission=permission,
        controller_permission=steps.CONTROL,
    )


def propose(
    work: Work,
    *,
    year: int,
    content: Content,
    item_id: UUID | None = None,
    invitation_id: UUID | None = None,
) -> UUID:
    """Enter a proposal. With `item_id` (made by the form) a repeated submission makes no second
    one. Raises Refused when the rules take no more proposals, Conflict after the approval."""
    access.require(work, steps.PROPOSE)
    decision = check_gathering(work, year)
    return insert_item(
        work,
        year=year,
        content=content,
        item_id=item_id or new_id(),
        state=ItemState.PROPOSED,
        by=actor_label(work.actor),
        invitation_id=invitation_id,
        decision=decision,
    )


def check_gathering(work: Work, year: int) -> Decision[bool]:
    """Whether proposals are taken for this year now; the year is locked."""
    row = steps.locked_year(work, year)
    if row.state == YearState.APPROVED:
        raise Conflict("plan.approved", _CLOSED, _AMEND)
    return work.require(MAY_PROPOSE, YearFacts(on=work.today, year=year))


def insert_item(
    work: Work,
    *,
    year: int,
    content: Content,
    item_id: UUID,
    state: ItemState,
    by: str,
    number: int | None = None,
    amendment_id: UUID | None = None,
    invitation_id: UUID | None = None,
    decision: Decision[bool] | None = None,
    who: str = "",
) -> UUID:
    """Write a new item with its first step; an item of this id is left as it is."""
    check_content(work, content)
    made = work.session.scalar(
        insert(PlanItem)
        .values(
            id=item_id,
            year=year,
            number=number,
            **columns(content),
            state=state,
            amendment_id=amendment_id,
            invitation_id=invitation_id,
            created_at=work.now,
            created_by=by,
        )
        .on_conflict_do_nothing(index_elements=["id"])
        .returning(PlanItem.id)
    )
    if made is not None:
        steps.add_step(work, year, state, item_id=item_id, decision=decision, who=who)
        work.record(f"plan.{state}", f"plan_item:{item_id}", year=year, title=content.title)
    return item_id


def columns(content: Content) -> dict[str, Any]:
    """What of a topic stands in columns, beside the whole."""
    return {
        "kind": content.kind,
        "title": content.title,
        "unit": content.unit,
        "idea_id": content.idea_id,
        "content": msgspec.to_builtins(content),
    }


def check_content(work: Work, content: Content) -> None:
    """Raises Invalid for what cannot be kept; whether the form is complete is another question."""
    wrong: dict[str, Text] = {}
    if not content.title.strip():
        wrong["title"] = _NO_TITLE
    if content.unit and work.tenant.profile.unit(content.unit) is None:
        wrong["unit"] = Text(ru="Выберите из списка.", en="Choose from the list.")
    if (
        content.opens_on is not None
        and content.closes_on is not None
        and content.closes_on < content.opens_on
    ):
        wrong["closes_on"] = Text(
            ru="Последний день раньше первого.", en="The last day is before the first."
        )
    if wrong:
        raise Invalid(wrong)


def write(row: PlanItem, content: Content) -> None:
    """Put a topic's new wording into its row."""
    for name, value in columns(content).items():
        setattr(row, name, value)
    row.version += 1


def correct(work: Work, *, item_id: UUID, version: int, content: Content) -> None:
    """Change a proposal before the approval. A topic that has been decided on and now says
    something else is decided on anew."""
    access.require(work, steps.PROPOSE)
    check_content(work, content)
    row = steps.locked_item(work, item_id)
    before = msgspec.convert(row.content, Content)
    if before == content:
        return
    if row.version != version:
        raise steps.Stale
    if row.state not in (ItemState.PROPOSED, ItemState.ADMITTED, ItemState.REFUSED):
        raise steps.MovedOn
    if (content.title, content.kind, content.aim) != (before.title, before.kind, before.aim):
        row.state = ItemState.PROPOSED
        row.reason = ""
    write(row, content)
    steps.add_step(work, row.year, "corrected", item_id=item_id)
    work.record("plan.corrected", f"plan_item:{item_id}", version=row.version)


def withdraw(work: Work, *, item_id: UUID, note: str) -> None:
    """Take a proposal back before the approval; why is kept."""
    access.require(work, steps.PROPOSE)
    row = steps.locked_item(work, item_id)
    if row.state == ItemState.WITHDRAWN:
        return
    if row.state not in (ItemState.PROPOSED, ItemState.ADMITTED, ItemState.REFUSED):
        raise steps.MovedOn
    row.state = ItemState.WITHDRAWN
    row.reason = note
    row.version += 1
    steps.add_step(work, row.year, "withdrawn", item_id=item_id, note=note)
    work.record("plan.withdrawn", f"plan_item:{item_id}", note=note)


# --- Residents' ideas --------------------------------------------------------------------------


class Candidate(msgspec.Struct, frozen=True):
    """A resident's idea that may become a topic."""

    idea_id: UUID
    title: str
    path: str
    note: str
    state: str


def note_idea(work: Work, *, idea_id: UUID, state: str) -> None:
    """Remember an idea that has come so far, forget one that has not."""
    if state in CANDIDATE_STATES:
        statement = insert(PlanCandidate).values(idea_id=idea_id, state=state, since=work.now)
        work.session.execute(
            statement.on_conflict_do_update(
                index_elements=["idea_id"], set_={"state": statement.excluded.state}
            )
        )
        return
    row = work.session.get(PlanCandidate, idea_id, with_for_update=True)
    if row is not None:
        work.session.delete(row)


def candidates(work: Work) -> tuple[Candidate, ...]:
    """Ideas that may become topics, as their own feature speaks of them."""
    found = []
    for idea_id, state, _since in queries.candidates(work.session):
        link = find_idea(work, idea_id)
        if link is not None:
            found.append(Candidate(idea_id, link.title, link.path, link.note, state))
    return tuple(found)


def find_idea(work: Work, idea_id: UUID) -> LinkChoice | None:
    """An idea by its id, through the links that the feature of ideas offers."""
    for feature in installed_features():
        if not work.tenant.profile.offers(feature.key):
            continue
        for source in feature.links:
            if source.key == "ideas":
                return source.find(work, str(idea_id))
    return None


def hide_candidate(work: Work, *, idea_id: UUID) -> None:
    """An idea that will not become a topic: it is offered no more."""
    access.require(work, steps.PROPOSE)
    work.session.execute(
        update(PlanCandidate).where(PlanCandidate.idea_id == idea_id).values(hidden=True)
    )
    work.record("plan.candidate_hidden", f"idea:{idea_id}")


def content_from_idea(work: Work, idea_id: UUID) -> Content:
    """The beginning of a topic that comes from a resident's idea; raises NotFound."""
    link = find_idea(work, idea_id)
    if link is None:
        raise NotFound
    return Content(
        kind=ItemKind.POLL,
        title=link.title,
        source=Source.IDEA,
        idea_id=idea_id,
        idea_number=_number_in(link),
    )


def _number_in(link: LinkChoice) -> int | None:
    """The number by which people know an idea, as its note gives it: «№ 118»."""
    for sign, word in pairwise(link.note.replace("\u00a0", " ").split()):
        digits = word.strip(".,;:·")
        if sign == "№" and digits.isascii() and digits.isdigit() and len(digits) < 10:
            return int(digits)
    return None
