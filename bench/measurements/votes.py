"""Votes over HTTP beside pgbench: the whole product against its bare SQL on the same server."""

import time
from collections.abc import Callable, Iterator
from functools import partial
from statistics import median
from typing import Any, Final

from psycopg import sql

from bench.crowd import Ballots, clone_polls
from bench.figures import Figure, ratio_of, slower, take_turns
from bench.load import Load, drive
from bench.pgbench import Votes, prepare_select, select_only
from bench.scene import POLLS, Scene
from core.features.polls.service.voting import cast_ballot

MOST_SLOWER: Final = 4.0
LEAST_PER_SELECTS: Final = 10.8
"""40 times the pace of 0.27 votes per 1 000 `pgbench -S` transactions."""
_ENOUGH: Final = 90
# By htmx a vote and a page come in one answer: each is judged by itself.
_JUDGED: Final = frozenset({"api", "form"})
_HOT: Final = 900  # numbers of polls in which everybody votes at once
_DRAINED_WITHIN: Final = 180.0


def measure(scene: Scene) -> list[Figure]:
    stage, sizes = scene.stage, scene.sizes
    voters = scene.voters(scene.city, sizes.voters)
    pgbench = Votes(
        stage,
        scene.city,
        scene.paper,
        first_person=sizes.voters,
        people=sizes.people - sizes.voters,
        payload=_payload_of_a_vote(scene),
    )
    prepare_select(stage, sizes.select_scale)
    port = scene.web.port
    with stage.background():
        ballots = Ballots(stage, scene.city, voters, scene.paper, port)
        count = _Count(scene)
        figures: list[Figure] = []
        ways = _ways(scene, ballots)
        for clients in sizes.clients:
            figures += _beside_sql(scene, pgbench, ways, count, port, clients)
        figures += _hot(scene, ballots, pgbench, count, port)
        figures.append(count.check())
    return figures


Way = Iterator[bytes]


def _ways(scene: Scene, ballots: Ballots) -> dict[str, tuple[str, Way, tuple[int, ...]]]:
    """Ways to vote, each with polls of its own so that nobody votes twice."""
    shares = [
        clone_polls(scene.stage, scene.city, range(n, n + POLLS), model=scene.model)
        for n in (100, 200, 300)
    ]
    return {
        "api": ("API with a key", ballots.by_key(ballots.pairs(shares[0])), (201,)),
        "form": ("form, redirect", ballots.by_form(ballots.pairs(shares[1]), htmx=False), (303,)),
        "htmx": ("form by htmx", ballots.by_form(ballots.pairs(shares[2]), htmx=True), (200,)),
    }


class _Count:
    """Votes acknowledged, to be compared with what the database has in the end."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.acknowledged = 0
        self.votes_by_sql = 0
        self._before = self._rows()

    def vote(self, port: int, way: Way, expected: tuple[int, ...], clients: int) -> Load:
        """A round of votes; every answer must be the one expected."""

        def heard(status: int, answer: bytes) -> None:
            if status not in expected:
                raise AssertionError(answer.decode(errors="replace")[:2000])
            self.acknowledged += 1

        load = drive(port, way, clients=clients, seconds=self.scene.sizes.seconds, heard=heard)
        # In one poll everybody can vote only once: some hundreds of votes are enough to tell.
        if load.seconds < self.scene.sizes.seconds * 0.9 and load.answers < _ENOUGH:
            raise RuntimeError("the voters have run out: raise Sizes.voters")
        return load

    def _rows(self) -> dict[str, int]:
        queries = {
            "roll": "SELECT count(*) FROM {}.poll_roll",
            "ballots": "SELECT count(*) FROM {}.poll_ballot",
            "turnout": "SELECT coalesce(sum(voters), 0) FROM {}.poll_turnout",
            "tally": "SELECT coalesce(sum(votes), 0) / 2 FROM {}.poll_tally",
            "folded": "SELECT coalesce(sum(voters), 0) FROM {}.poll_turnout_day",
            "receipts": "SELECT count(*) FROM {}.event_receipt"
            " WHERE handler = 'bonus.credit_votes'",
        }
        found = {}
        for name, query in queries.items():
            statement: Any = sql.SQL(query).format(sql.Identifier(self.scene.city.role))
            row = self.scene.stage.owner.execute(statement).fetchone()
            found[name] = int(row[0]) if row else 0
        return found

    def check(self) -> Figure:
        """Acknowledged = roll = ballots = counters = credited, once the events are handled."""
        begun = time.monotonic()
        while self._waiting():
            if time.monotonic() - begun > _DRAINED_WITHIN:
                raise AssertionError("events of votes are still waiting")
            time.sleep(0.2)
        spent = time.monotonic() - begun
        gained = {name: n - self._before[name] for name, n in self._rows().items()}
        all_votes = self.acknowledged + self.votes_by_sql
        expected = {
            **dict.fromkeys(("roll", "ballots", "turnout", "tally"), all_votes),
            **dict.fromkeys(("folded", "receipts"), self.acknowledged),
        }
        if gained != expected:
            raise AssertionError(f"votes were lost or doubled: {gained}, not {expected}")
        return Figure(
            key="votes.counted",
            title="Acknowledged votes = roll = ballots = counters = credited",
            ours=self.acknowledged,
            unit="votes",
            note=f"events handled {spent:.1f} s after the last vote",
        )

    def _waiting(self) -> int:
        row = self.scene.stage.owner.execute(
            "SELECT count(*) FROM platform.outbox WHERE kind = 'polls.ballot_cast'"
            " AND created_at + interval '1 year' > due_at"
        ).fetchone()
        return int(row[0]) if row else 0


def _beside_sql(
    scene: Scene,
    pgbench: Votes,
    ways: dict[str, tuple[str, Way, tuple[int, ...]]],
    count: _Count,
    port: int,
    clients: int,
) -> list[Figure]:
    seconds = scene.sizes.seconds
    latencies: dict[str, list[float]] = {name: [] for name in ways}

    def by_sql() -> float:
        ran = pgbench.run(clients=clients, seconds=seconds, first_poll=0, polls=POLLS)
        count.votes_by_sql += ran.transactions
        return ran.pace

    def by_http(name: str) -> float:
        _title, way, expected = ways[name]
        load = count.vote(port, way, expected, clients)
        latencies[name].append(load.quantile(0.95))
        return load.pace

    sides: dict[str, Callable[[], float]] = {
        "sql": by_sql,
        "select": lambda: select_only(scene.stage, clients=clients, seconds=seconds).pace,
        **{name: partial(by_http, name) for name in ways},
    }
    for name in (*ways, "sql"):
        sides[name]()  # warm
    for kept in latencies.values():
        kept.clear()
    measured = take_turns(scene.sizes.rounds, sides)
    rows = [
        slower(
            f"vote.{name}.{clients}",
            f"Vote, {title}, {clients} clients",
            ours=measured[name],
            beside=measured["sql"],
            beside_title="pgbench, same SQL",
            unit="votes/s",
            target=MOST_SLOWER if name in _JUDGED else None,
            note=f"p95 {median(latencies[name]) * 1000:.0f} ms",
        )
        for name, (title, _way, _expected) in ways.items()
    ]
    for name, (title, _way, _expected) in ways.items():
        rows.append(
            Figure(
                key=f"vote.select.{name}.{clients}",
                title=f"Votes per 1 000 pgbench -S, {title}, {clients} clients",
                ours=median(measured[name]),
                unit="votes/s",
                beside=median(measured["select"]),
                beside_title="pgbench -S",
                ratio=1000 * ratio_of(measured[name], measured["select"]),
                target=LEAST_PER_SELECTS if name in _JUDGED else None,
                target_is="at least",
            )
        )
    return rows


def _hot(scene: Scene, ballots: Ballots, pgbench: Votes, count: _Count, port: int) -> list[Figure]:
    """Everybody in one poll beside everybody in twenty."""
    rounds, clients, seconds = scene.sizes.rounds, scene.sizes.clients[-1], scene.sizes.seconds
    hot = clone_polls(scene.stage, scene.city, range(_HOT, _HOT + rounds), model=scene.model)
    spread = clone_polls(
        scene.stage, scene.city, range(_HOT + 50, _HOT + 50 + POLLS), model=scene.model
    )
    waiting = iter(hot)
    everywhere = ballots.by_key(ballots.pairs(spread))
    by_sql = iter(range(_HOT, _HOT + rounds))

    def in_one() -> float:
        way = ballots.by_key(ballots.pairs([next(waiting)]))
        return count.vote(port, way, (201,), clients).pace

    def in_one_by_sql() -> float:
        ran = pgbench.run(clients=clients, seconds=seconds, first_poll=next(by_sql), polls=1)
        count.votes_by_sql += ran.transactions
        return ran.pace

    measured = take_turns(
        rounds,
        {
            "hot": in_one,
            "spread": lambda: count.vote(port, everywhere, (201,), clients).pace,
            "sql": in_one_by_sql,
        },
    )
    return [
        slower(
            "vote.hot",
            f"Vote, all {clients} clients in one poll",
            ours=measured["hot"],
            beside=measured["spread"],
            beside_title=f"in {POLLS} polls",
            unit="votes/s",
        ),
        slower(
            "vote.hot.sql",
            f"The same beside SQL, {clients} clients",
            ours=measured["hot"],
            beside=measured["sql"],
            beside_title="pgbench, one poll",
            unit="votes/s",
            target=MOST_SLOWER,
        ),
    ]


def _payload_of_a_vote(scene: Scene) -> str:
    """What the outbox holds of a vote, so that pgbench writes as much."""
    voter = scene.voters(scene.city, scene.sizes.voters)[0]
    poll = clone_polls(scene.stage, scene.city, [_HOT - 1], model=scene.model)[0]
    cast_ballot(
        scene.stage.runtime,
        scene.city,
        poll_id=poll,
        resident_id=voter.id,
        sent={
            str(question.id): [str(question.options[0].id)] for question in scene.paper.questions
        },
    )
    # Taken away, so that nobody handles it and all counts begin at nothing.
    row = scene.stage.owner.execute(
        "DELETE FROM platform.outbox WHERE kind = 'polls.ballot_cast' RETURNING payload::text"
    ).fetchone()
    assert row is not None
    return str(row[0])
