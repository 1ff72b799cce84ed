"""Supporting an idea and taking support back, over the driver in two round trips; no ORM.

The first reads idea, campaign and person in one statement under the idea's shared lock; the rules
decide in the process; the second inserts and commits, and everything in it hangs on whether the
row of support was new. Nobody supports an idea twice and no counter is ever wrong, whatever
arrives at once. After a lost connection it is repeated once: the row says whether it worked.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Final, TypeVar, cast
from uuid import UUID

import msgspec
import psycopg
from psycopg.rows import TupleRow

from core.db.engine import begin_sql, is_connection_loss
from core.features.ideas.decisions import MAY_SUPPORT, SupportFacts
from core.features.ideas.domain import PUBLIC, SUPPORTABLE, State, slot_of
from core.features.ideas.queries.one import IdeaView
from core.features.ideas.service.life import IdeaReference, lock_number
from core.identity.model import Resident
from core.kit.clock import local_date
from core.kit.errors import Conflict, NotFound, SignInNeeded
from core.kit.ids import new_id
from core.kit.level import Level
from core.kit.text import Text
from core.rules import Decision, Refused, decide
from core.tenancy.tenant import Tenant
from core.work import Runtime, Work

T = TypeVar("T")
Driver = psycopg.Connection[TupleRow]


class Receipt(msgspec.Struct, frozen=True):
    """What a supporter is told: whether they support the idea now, whether that was so before, and
    how many do."""

    idea_id: UUID
    supported: bool
    repeated: bool
    supports: int


class _Found(msgspec.Struct, frozen=True):
    state: State
    ends_at: datetime | None
    facts: SupportFacts
    supported: bool
    supports: int


_READ: Final = """
SELECT i.state, i.ends_at, i.governing_on, i.author_id, c.territory::text,
       r.id, r.born_on, r.level, r.district, r.blocked_at IS NOT NULL, r.erased_at IS NOT NULL,
       EXISTS (SELECT FROM idea_support s WHERE s.idea_id = i.id AND s.resident_id = r.id),
       (SELECT coalesce(sum(n.supports), 0) FROM idea_support_count n WHERE n.idea_id = i.id)
FROM idea i
LEFT JOIN campaign c ON c.id = i.campaign_id
LEFT JOIN resident r ON r.id = %(resident)s
WHERE i.id = %(idea)s
"""

# The row of support comes first: who waits for it holds no counter that others wait for.
_GIVE: Final = """
WITH fresh AS (
  INSERT INTO idea_support (idea_id, resident_id, level, district, at)
  VALUES (%(idea)s, %(resident)s, %(level)s, %(district)s, %(now)s)
  ON CONFLICT DO NOTHING RETURNING idea_id
), event AS (
  INSERT INTO platform.outbox (id, kind, payload, due_at)
  SELECT %(event)s, 'ideas.supported', %(payload)s::jsonb, %(now)s FROM fresh
), counter AS (
  INSERT INTO idea_support_count (idea_id, slot, supports)
  SELECT idea_id, %(slot)s, 1 FROM fresh
  ON CONFLICT (idea_id, slot) DO UPDATE SET supports = idea_support_count.supports + 1
)
SELECT count(*) FROM fresh
"""

_TAKE_BACK: Final = """
WITH gone AS (
  DELETE FROM idea_support WHERE idea_id = %(idea)s AND resident_id = %(resident)s
  RETURNING idea_id
), event AS (
  INSERT INTO platform.outbox (id, kind, payload, due_at)
  SELECT %(event)s, 'ideas.supported', %(payload)s::jsonb, %(now)s FROM gone
), counter AS (
  INSERT INTO idea_support_count (idea_id, slot, supports)
  SELECT idea_id, %(slot)s, -1 FROM gone
  ON CONFLICT (idea_id, slot) DO UPDATE SET supports = idea_support_count.supports - 1
)
SELECT count(*) FROM gone
"""


def support(runtime: Runtime, tenant: Tenant, *, idea_id: UUID, resident_id: UUID) -> Receipt:
    """Support an idea, or recognise that one does.

    Raises NotFound, Conflict (no longer collecting), Refused (the city's rules, with clauses),
    SignInNeeded (the account is gone).
    """
    return _once_more(lambda: _change(runtime, tenant, idea_id, resident_id, give=True))


def take_back(runtime: Runtime, tenant: Tenant, *, idea_id: UUID, resident_id: UUID) -> Receipt:
    """Take support back while it is being collected; not having supported is fine. Nobody needs a
    right for that, so the rules are not asked."""
    return _once_more(lambda: _change(runtime, tenant, idea_id, resident_id, give=False))


def _once_more(attempt: Callable[[], T]) -> T:
    try:
        return attempt()
    except Exception as error:
        if not is_connection_loss(error):
            raise
    return attempt()


@contextmanager
def _connection(runtime: Runtime, tenant: Tenant) -> Iterator[Driver]:
    """A driver connection from the city's pool, given back clean or thrown away."""
    pooled = runtime.databases.engine(tenant.database, tenant.shard).raw_connection()
    try:
        yield cast("Driver", pooled.driver_connection)
    except BaseException as error:
        if is_connection_loss(error):
            pooled.invalidate(error)
        raise
    finally:
        pooled.close()


def _change(
    runtime: Runtime, tenant: Tenant, idea_id: UUID, resident_id: UUID, *, give: bool
) -> Receipt:
    now = runtime.clock.now()
    # Before the connection is taken: reading the law may need one too, and the pool is small.
    regulation = runtime.regulation(tenant)
    with _connection(runtime, tenant) as driver:
        found = _read(driver, tenant, idea_id, resident_id, now)
        if found.supported is give:
            driver.rollback()
            return Receipt(idea_id, give, repeated=True, supports=found.supports)
        check_collecting(found.state, found.ends_at, now)
        if give:
            procedures = sorted(
                key for key, one in regulation.procedures.items() if one.feature == "ideas"
            )
            decision = decide(
                MAY_SUPPORT,
                found.facts,
                regulation=regulation,
                procedure=procedures[0] if procedures else "ideas",
                catalogue=runtime.catalogue,
            )
            if not decision.value:
                raise Refused(decision, status=403)
        changed = _write(driver, idea_id, resident_id, found.facts, now, give=give)
    step = (1 if give else -1) if changed else 0
    return Receipt(idea_id, give, repeated=not changed, supports=found.supports + step)


def _read(
    driver: Driver, tenant: Tenant, idea_id: UUID, resident_id: UUID, now: datetime
) -> _Found:
    """First round trip. The lock comes in a statement of its own: the next one then sees every
    change made before it, a new text included."""
    begin, switch = begin_sql(tenant.role).split("; ")
    with driver.pipeline():
        driver.execute(begin)
        driver.execute(switch)
        driver.execute("SELECT pg_advisory_xact_lock_shared(%s)", (lock_number(idea_id),))
        cursor = driver.execute(_READ, {"idea": idea_id, "resident": resident_id})
    # Fetched after the pipeline has ended: inside it, every fetch would be a round trip more.
    row = cursor.fetchone()
    if row is None or State(row[0]) not in PUBLIC:
        raise NotFound("ideas.unknown")
    if row[5] is None or row[10]:
        raise SignInNeeded
    on = row[2] or local_date(now, tenant.zone)
    return _Found(
        state=State(row[0]),
        ends_at=row[1],
        facts=SupportFacts(
            on=on,
            age=age_on(row[6], on) if row[6] else None,
            level=Level(row[7]),
            district=row[8],
            territory=frozenset(msgspec.json.decode(row[4], type=list[str])) if row[4] else None,
            blocked=bool(row[9]),
            own=row[3] == resident_id,
        ),
        supported=bool(row[11]),
        supports=int(row[12]),
    )


def _write(
    driver: Driver,
    idea_id: UUID,
    resident_id: UUID,
    facts: SupportFacts,
    now: datetime,
    *,
    give: bool,
) -> bool:
    """Second round trip. False when another tab was faster."""
    with driver.pipeline():
        cursor = driver.execute(
            _GIVE if give else _TAKE_BACK,
            {
                "idea": idea_id,
                "resident": resident_id,
                "level": facts.level.value,
                "district": facts.district,
                "now": now,
                "event": new_id(),
                "payload": msgspec.json.encode(IdeaReference(idea_id)).decode(),
                "slot": slot_of(resident_id),
            },
        )
        driver.execute("COMMIT")
    row = cursor.fetchone()
    return bool(row and row[0])


def check_collecting(state: State, ends_at: datetime | None, now: datetime) -> None:
    """Raises Conflict unless the idea can be supported at this instant."""
    if state in SUPPORTABLE and (ends_at is None or now < ends_at):
        return
    raise Conflict(
        "ideas.not_collecting",
        Text(
            ru="Сбор поддержки по этой идее уже завершён.",
            en="Support for this idea is no longer being collected.",
        ),
        Text(
            ru="Следите за идеей: мы напишем, что с ней будет.",
            en="Follow the idea: we will write what becomes of it.",
        ),
    )


def age_on(born_on: date, day: date) -> int:
    """Full years lived on a day."""
    return day.year - born_on.year - ((day.month, day.day) < (born_on.month, born_on.day))


def eligibility(
    work: Work, *, idea: IdeaView, resident_id: UUID, territory: frozenset[str] | None
) -> Decision[bool]:
    """Whether a resident may support an idea, for showing it before they try. Raises SignInNeeded
    when the account is gone."""
    resident = work.session.get(Resident, resident_id)
    if resident is None or resident.erased_at is not None:
        raise SignInNeeded
    on = idea.governing_on or work.today
    return work.decide(
        MAY_SUPPORT,
        SupportFacts(
            on=on,
            age=age_on(resident.born_on, on) if resident.born_on else None,
            level=Level(resident.level),
            district=resident.district,
            territory=territory,
            blocked=resident.blocked_at is not None,
            own=idea.author_id == resident_id,
        ),
    )
