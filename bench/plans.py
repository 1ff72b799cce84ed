"""`python -m bench plans`: how PostgreSQL runs the main queries at the full number of ballots.

The queries are not repeated here: the product's own functions are called, and what they send is
explained with the very values it was sent with.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import msgspec
from psycopg import sql
from sqlalchemy import event
from sqlalchemy.orm import Session

from bench.crowd import ACTOR, FIRST, PERSON_PREFIX, clone_polls, person_id
from bench.measurements.growth import FULL_POLL, copy_ballots, write_counters
from bench.scene import Scene, open_scene
from bench.sizes import Sizes
from bench.stage import Stage
from core.features.bonus import queries as bonus
from core.features.polls import queries as polls
from core.features.polls.domain import Results, Verdict, question_results
from core.features.polls.service import voting
from core.identity import tokens
from core.tenancy.provision import OwnerConnection
from core.tenancy.tenant import Tenant

BEGIN: Final = "<!-- plans: written by `python -m bench plans --record` -->"
END: Final = "<!-- end of plans -->"
_VALUE: Final = re.compile(r"'[^']*'(::\w+(\[\])?)?")
_FINISHED: Final = 400
_EARNERS: Final = 5_000
LARGE: Final = 5_000
"""A table with more rows than this may not be read from end to end for a page."""


class Plan(msgspec.Struct, frozen=True):
    """How one statement is run. `rows` is how many rows its scans touched in all; `whole` names
    the large tables that were read from end to end."""

    title: str
    statement: str
    lines: tuple[str, ...]
    rows: int
    whole: tuple[str, ...]


def explain(sizes: Sizes) -> list[Plan]:
    """The plans of the statements behind pages and votes, in a city with so many ballots."""
    with open_scene(sizes) as scene:
        stage, city = scene.stage, scene.city
        voters = scene.voters(city, min(sizes.voters, 50))
        full = clone_polls(stage, city, [FULL_POLL], model=scene.model)[0]
        copy_ballots(stage, city, full, scene.paper, sizes.ballots)
        _finished_polls(scene, sizes.ballots // 100)
        _transfers(stage, city, sizes.ballots)
        person = person_id(7)
        large = large_tables(stage.owner, city)
        asked: dict[str, Callable[[Session], object]] = {
            "poll page": lambda s: polls.poll_view(s, full),
            "results": lambda s: polls.tally(s, full),
            "turnout by level": lambda s: polls.turnout_by_level(s, full),
            "turnout by day": lambda s: polls.turnout_days(s, full),
            "turnout by district": lambda s: polls.turnout_districts(s, full),
            "has voted": lambda s: polls.has_voted(s, full, person),
            "history": lambda s: polls.steps(s, full),
            "list": lambda s: polls.public_polls(s, shelf="now", most=12),
            "list of the finished": lambda s: polls.public_polls(s, shelf="done", most=12),
            "list counts": polls.state_counts,
            "home figures": polls.totals,
            "took part": lambda s: polls.participations(s, person),
            "points": lambda s: bonus.balance(s, person),
            "statement": lambda s: bonus.statement(s, person),
        }
        plans = []
        with stage.runtime.work(city, ACTOR) as work:
            for title, ask in asked.items():
                with listening(work.session) as heard:
                    ask(work.session)
                for number, (statement, values) in enumerate(heard, 1):
                    name = f"{title}, {number}" if len(heard) > 1 else title
                    plans.append(explained(stage.owner, city, name, statement, values, large))
        with _listening_all(stage) as heard:
            tokens.resident_of(stage.runtime, city, voters[0].token)
        plans += [explained(stage.owner, city, "API key", *one, large) for one in heard]
        plans.append(
            explained(
                stage.owner,
                city,
                "vote: the read",
                voting._READ,
                {"poll": full, "resident": person},
                large,
            )
        )
        return plans


Heard = list[tuple[str, Any]]


@contextmanager
def listening(session: Session) -> Iterator[Heard]:
    """What is sent to the database through this session's engine, with its values."""
    heard: Heard = []

    def note(_c: Any, _k: Any, statement: str, values: Any, _x: Any, _many: bool) -> None:
        heard.append((statement, values))

    engine = session.connection().engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield heard
    finally:
        event.remove(engine, "before_cursor_execute", note)


@contextmanager
def _listening_all(stage: Stage) -> Iterator[Heard]:
    with stage.runtime.databases.platform() as session, listening(session) as heard:
        yield heard


def large_tables(owner: OwnerConnection, city: Tenant) -> frozenset[str]:
    """The tables that may not be read from end to end."""
    rows = owner.execute(
        "SELECT relname FROM pg_class WHERE relnamespace = %s::regnamespace"
        " AND relkind = 'r' AND reltuples > %s",
        (city.role, LARGE),
    ).fetchall()
    return frozenset(str(name) for (name,) in rows)


def explained(
    owner: OwnerConnection,
    city: Tenant,
    title: str,
    statement: str,
    values: Mapping[str, Any],
    large: frozenset[str],
    *,
    before: Sequence[str] = (),
) -> Plan:
    """The plan of a statement; `before` are statements that set something for it."""
    with owner.transaction():
        owner.execute(sql.SQL("SET LOCAL search_path = {}").format(sql.Identifier(city.role)))
        for setting in before:
            owner.execute(setting.encode())
        row = owner.execute(
            f"EXPLAIN (ANALYZE, BUFFERS OFF, TIMING OFF, SUMMARY OFF, FORMAT JSON) {statement}",
            values,
        ).fetchone()
    assert row is not None
    lines: list[str] = []
    seen = _Seen()
    _walk(row[0][0]["Plan"], 0, lines, seen)
    return Plan(
        title,
        " ".join(statement.split()),
        tuple(lines),
        seen.rows,
        tuple(sorted(seen.whole & large)),
    )


class _Seen:
    def __init__(self) -> None:
        self.rows = 0
        self.whole: set[str] = set()


def _walk(node: Mapping[str, Any], depth: int, lines: list[str], seen: _Seen) -> None:
    kind = str(node["Node Type"])
    table = node.get("Relation Name")
    index = node.get("Index Name")
    loops = int(node.get("Actual Loops", 1))
    rows = round(float(node.get("Actual Rows", 0)) * loops)
    removed = round(float(node.get("Rows Removed by Filter", 0)) * loops)
    if "Scan" in kind:
        seen.rows += rows + removed
    if kind == "Seq Scan" and table:
        seen.whole.add(str(table))
    said = kind + (f" on {table}" if table else "") + (f" using {index}" if index else "")
    if condition := node.get("Index Cond"):
        said += f" by {_VALUE.sub('…', str(condition))}"
    lines.append(f"{'  ' * depth}{said}: {rows} rows" + (f", {removed} skipped" if removed else ""))
    for child in node.get("Plans", ()):
        _walk(child, depth + 1, lines, seen)


def _finished_polls(scene: Scene, voters: int) -> None:
    """Ten years of polls that are over, with their counters."""
    stage, city = scene.stage, scene.city
    first = 10_000
    numbers = range(first, first + _FINISHED)
    made = clone_polls(stage, city, numbers, model=scene.model)
    schema = sql.Identifier(city.role)
    with stage.owner.transaction():
        for days, poll in enumerate(made, 1):
            write_counters(stage, city, poll, scene.paper, voters)
            stage.owner.execute(
                sql.SQL(
                    "UPDATE {}.poll SET state = 'published', results = %(results)s::jsonb,"
                    " opens_at = opens_at - %(ago)s, closes_at = closes_at - %(ago)s,"
                    " closed_at = closes_at - %(ago)s, published_at = closes_at - %(ago)s"
                    " WHERE id = %(poll)s"
                ).format(schema),
                {
                    "poll": poll,
                    "ago": timedelta(days=30 + 9 * days),
                    "results": msgspec.json.encode(
                        Results(
                            participants=voters,
                            counted=voters,
                            needed=None,
                            verdict=Verdict.VALID,
                            questions=question_results(scene.paper, {}, voters),
                        )
                    ).decode(),
                },
            )
    stage.owner.execute(sql.SQL("VACUUM ANALYZE {}.poll").format(schema))
    stage.owner.execute(
        sql.SQL("ANALYZE {0}.poll_turnout, {0}.poll_tally, {0}.poll_step").format(schema)
    )


def _transfers(stage: Stage, city: Tenant, number: int) -> None:
    """Points credited for as many votes, spread over the city's residents."""
    schema = sql.Identifier(city.role)
    stage.owner.execute(
        sql.SQL(
            "INSERT INTO {0}.bonus_transfer"
            " (id, debit, credit, points, act, subject, booked_on, booked_at, reasons)"
            " SELECT gen_random_uuid(), 'issue', %s || (%s + n %% %s), 5, 'vote', 'poll:' || n,"
            " current_date - (n %% 300), now(), '[]' FROM generate_series(1, %s) AS n"
        ).format(schema),
        (PERSON_PREFIX, FIRST, _EARNERS, number),
    )
    stage.owner.execute(
        sql.SQL(
            "INSERT INTO {0}.bonus_account SELECT credit::uuid, sum(points)"
            " FROM {0}.bonus_transfer GROUP BY credit"
        ).format(schema)
    )
    stage.owner.execute(sql.SQL("ANALYZE {0}.bonus_transfer, {0}.bonus_account").format(schema))


def as_markdown(plans: list[Plan], intro: str) -> str:
    """A section of docs/performance.md."""
    parts = [intro, ""]
    parts += ["| query | rows touched | large tables read whole |", "| --- | ---: | --- |"]
    parts += [f"| {one.title} | {one.rows} | {', '.join(one.whole) or 'none'} |" for one in plans]
    for one in plans:
        parts += ["", f"**{one.title}**", "", "```text", *one.lines, "```"]
    return "\n".join(parts)


def record(
    plans: list[Plan], sizes: Sizes, page: Path, *, begin: str = BEGIN, intro: str | None = None
) -> None:
    """Replace a section of plans in a page."""
    text = page.read_text(encoding="utf-8")
    head, found, rest = text.partition(begin)
    _old, ended, tail = rest.partition(END)
    if not found or not ended:
        raise LookupError(f"{page} has no place for plans")
    intro = intro or _spaced(f"At {sizes.ballots:,} ballots in one poll:")
    page.write_text(
        f"{head}{begin}\n\n{as_markdown(plans, intro)}\n\n{END}{tail}", encoding="utf-8"
    )


def _spaced(text: str) -> str:
    return text.replace(",", "\u202f")
