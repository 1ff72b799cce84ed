"""The builder of topic lists for tests: approved lists with one topic of each kind, whole years
through the services."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy.dialects.postgresql import insert

from core.features.plan import queries
from core.features.plan.domain import (
    Content,
    IfWins,
    ItemKind,
    ItemState,
    Passport,
    PassportQuestion,
    YearState,
)
from core.features.plan.model import PlanEntry, PlanItem, PlanYear
from core.features.plan.service import approval, gathering
from core.kit.actor import StaffActor
from core.tenancy.tenant import Tenant
from core.work import Runtime, Work

YEARS = range(2023, 2031)
_KINDS = (ItemKind.POLL, ItemKind.CAMPAIGN)


def listed_topic(year: int, kind: ItemKind = ItemKind.POLL) -> UUID:
    """The topic of this kind that `keep_lists` puts on the list of a year."""
    return UUID(int=(year << 8) + _KINDS.index(kind) + 1)


def keep_lists(work: Work) -> None:
    """Approved lists for some years, in a city that keeps any: for tests that hold polls and
    campaigns and are not about the list."""
    if not work.tenant.profile.offers("plan"):
        return
    for year in YEARS:
        work.session.execute(
            insert(PlanYear)
            .values(year=year, state=YearState.APPROVED, act_number="1-п", created_at=work.now)
            .on_conflict_do_nothing()
        )
        for number, kind in enumerate(_KINDS, 1):
            item = content(kind=kind, title=f"Тема {number}")
            key = listed_topic(year, kind)
            made = work.session.scalar(
                insert(PlanItem)
                .values(
                    id=key,
                    year=year,
                    number=number,
                    **gathering.columns(item),
                    state=ItemState.APPROVED,
                    created_at=work.now,
                    created_by="test",
                )
                .on_conflict_do_nothing()
                .returning(PlanItem.id)
            )
            if made is not None:
                work.session.execute(
                    insert(PlanEntry).values(
                        id=UUID(int=key.int << 8),
                        year=year,
                        item_id=key,
                        number=number,
                        since=date(year - 1, 12, 20),
                        listed=True,
                        content=msgspec.to_builtins(item),
                        at=work.now,
                    )
                )


def content(**more: Any) -> Content:
    """A complete topic."""
    return Content(
        **{
            "kind": ItemKind.POLL,
            "title": "Какой двор благоустроить первым",
            "aim": "Выбрать двор по мнению жителей.",
            "quarter": 2,
            "unit": "utilities",
            "responsible": "И. И. Иванов",
            "expected": "Двор войдёт в программу следующего года.",
            "passport": Passport(
                questions=(PassportQuestion("Какой двор?", ("Девятый", "Четырнадцатый")),),
                cost=1_840_000_00,
                funds="Бюджет города",
                if_wins=(IfWins("Девятый", "Начинаем с девятого"),),
            ),
            **more,
        }
    )


def proposed(
    runtime: Runtime, city: Tenant, staff: StaffActor, year: int, contents: Sequence[Content]
) -> list[UUID]:
    """A year with these proposals."""
    with runtime.work(city, staff) as work:
        gathering.begin_year(work, year=year)
        return [gathering.propose(work, year=year, content=one) for one in contents]


def approved(
    runtime: Runtime, city: Tenant, staff: StaffActor, year: int, contents: Sequence[Content]
) -> list[UUID]:
    """A year approved with these topics, by somebody who may do it all; ids in their order."""
    made = proposed(runtime, city, staff, year, contents)
    with runtime.work(city, staff) as work:
        approval.send_to_review(work, year=year)
        approval.admit(work, year=year, items=made)
        approval.approve_year(work, year=year, act_number="512-п", act_on=work.today)
    return made


def item(runtime: Runtime, city: Tenant, item_id: UUID) -> queries.ItemView:
    from core.kit.actor import SystemActor

    with runtime.work(city, SystemActor("test")) as work:
        found = queries.item_view(work.session, item_id)
    assert found is not None
    return found
