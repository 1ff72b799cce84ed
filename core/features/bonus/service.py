"""Use cases of the points ledger: crediting what the city's rules allow and annulling what a block
takes away, each exactly once an event."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from uuid import UUID

import msgspec
from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert

from core.features.bonus import queries
from core.features.bonus.decisions import CREDIT, CreditFacts, EarningAct
from core.features.bonus.domain import ANNULMENT, ISSUE, resident_account
from core.features.bonus.model import BonusAccount, BonusTransfer
from core.rules.explain import reasons_data
from core.work import Work


class Earned(msgspec.Struct, frozen=True):
    """Something a resident did that may earn points. `event` makes the credit unique; `offered`
    is what was promised, with the reasons of that promise."""

    event: UUID
    resident_id: UUID
    act: EarningAct
    subject: str
    day: date
    offered: int | None
    reasons: tuple[object, ...] = ()


def credit(work: Work, acts: Sequence[Earned]) -> int:
    """Credit points for acts as the rules of the day allow (R80, R132); returns points credited.

    Caps count what was credited before, so acts of one person are taken one after another, here and
    in other transactions; writing is one statement for transfers and one for balances. An act that
    was credited before is passed over and takes nothing from the cap.
    """
    if not acts:
        return 0
    people = sorted({one.resident_id for one in acts})
    _open_and_lock(work, people)
    already = queries.earned(work.session, people, sorted({one.day for one in acts}))
    done = set(queries.booked(work.session, [one.event for one in acts]))
    procedure = work.procedure("bonus")
    booked: list[dict[str, object]] = []
    for one in sorted(acts, key=lambda one: one.event):
        if one.event in done:
            continue
        done.add(one.event)
        so_far = already.get((one.resident_id, one.day), 0)
        decision = work.decide(
            CREDIT,
            CreditFacts(on=one.day, act=one.act, offered=one.offered, earned_today=so_far),
            procedure=procedure,
        )
        points = decision.value or 0
        if points <= 0:
            continue
        already[one.resident_id, one.day] = so_far + points
        booked.append(
            {
                "id": one.event,
                "debit": ISSUE,
                "credit": resident_account(one.resident_id),
                "points": points,
                "act": one.act,
                "subject": one.subject,
                "booked_on": one.day,
                "booked_at": work.now,
                "reasons": msgspec.to_builtins(
                    reasons_data(decision, work.tenant.locale) or list(one.reasons)
                ),
            }
        )
    if not booked:
        return 0
    fresh = work.session.execute(
        insert(BonusTransfer)
        .on_conflict_do_nothing(index_elements=["id"])
        .returning(BonusTransfer.credit, BonusTransfer.points),
        booked,
    ).all()
    sums: dict[str, int] = defaultdict(int)
    for account, points in fresh:
        sums[account] += points
    if sums:
        statement = insert(BonusAccount)
        work.session.execute(
            statement.on_conflict_do_update(
                index_elements=["resident_id"],
                set_={"balance": BonusAccount.balance + statement.excluded.balance},
            ),
            [{"resident_id": UUID(account), "balance": sums[account]} for account in sorted(sums)],
        )
    return sum(sums.values())


def annul(
    work: Work,
    *,
    event: UUID,
    resident_id: UUID,
    subject: str,
    day: date,
    reasons: Sequence[object],
) -> int:
    """Take back all points of a resident, by the clauses in `reasons` (R77, R89); returns how many.

    A movement like any other: the points go back to where they came from and the balance is what
    the movements say, nought and never less. The same event annuls once.
    """
    _open_and_lock(work, [resident_id])
    if queries.booked(work.session, [event]):
        return 0
    points = queries.balance(work.session, resident_id)
    if points <= 0:
        return 0
    work.session.execute(
        insert(BonusTransfer).values(
            id=event,
            debit=resident_account(resident_id),
            credit=ISSUE,
            points=points,
            act=ANNULMENT,
            subject=subject,
            booked_on=day,
            booked_at=work.now,
            reasons=msgspec.to_builtins(list(reasons)),
        )
    )
    work.session.execute(
        update(BonusAccount)
        .where(BonusAccount.resident_id == resident_id)
        .values(balance=BonusAccount.balance - points)
    )
    work.record("bonus.annulled", f"resident:{resident_id}", points=points, cause=subject)
    return points


def _open_and_lock(work: Work, people: Sequence[UUID]) -> None:
    """Whoever else credits these people waits until this is done; in the order of accounts, so that
    nobody waits crosswise."""
    work.session.execute(
        insert(BonusAccount).on_conflict_do_nothing(index_elements=["resident_id"]),
        [{"resident_id": one, "balance": 0} for one in people],
    )
    queries.lock_accounts(work.session, people)
