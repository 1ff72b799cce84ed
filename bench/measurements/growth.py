"""Whether anything grows with the number of ballots: a poll with none beside one with very many."""

import secrets
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from itertools import repeat
from random import Random
from typing import Final
from uuid import UUID

import msgspec
from psycopg import sql

from bench.crowd import SEED, Ballots, clone_polls
from bench.figures import Figure, slower, take_turns
from bench.load import drive, get
from bench.scene import Scene
from bench.stage import Stage
from core.features.polls.domain import SLOTS, Paper
from core.kit.clock import SystemClock
from core.kit.ids import new_id, unordered_id
from core.kit.level import Level
from core.tenancy.tenant import Tenant

MOST_SLOWER: Final = 1.2
FULL_POLL: Final = 700
_CLIENTS: Final = 4
_LEVEL: Final = Level.RESIDENT.value


def measure(scene: Scene) -> list[Figure]:
    stage, sizes = scene.stage, scene.sizes
    empty_city, full_city = stage.cities[1], stage.cities[2]
    voters = [scene.voters(city, sizes.voters) for city in (empty_city, full_city)]
    polls = [
        clone_polls(stage, city, [FULL_POLL], model=scene.model)[0]
        for city in (empty_city, full_city)
    ]
    copy_ballots(stage, full_city, polls[1], scene.paper, sizes.ballots)
    served = scene.web
    works: dict[str, tuple[str, int, list[Iterator[bytes]]]] = {}
    for name, path in {"poll": f"/polls/{polls[0]}", "list": "/polls", "home": "/"}.items():
        works[f"page.{name}"] = (
            f"Page: {name}",
            200,
            [repeat(get(stage.host(city), path)) for city in (empty_city, full_city)],
        )
    casting = [
        Ballots(stage, city, people, scene.paper, served.port)
        for city, people in zip((empty_city, full_city), voters, strict=True)
    ]
    # Votes come last: from then on the empty poll is not empty any more.
    works["vote"] = (
        "Vote",
        201,
        [one.by_key(one.pairs([poll])) for one, poll in zip(casting, polls, strict=True)],
    )

    def pace(requests: Iterator[bytes], status: int, seconds: float) -> float:
        load = drive(served.port, requests, clients=_CLIENTS, seconds=seconds)
        return load.only(status).pace

    figures = []
    for name, (title, status, (of_empty, of_full)) in works.items():
        # One poll takes one vote of each person: rounds that use them up are short.
        seconds = min(sizes.seconds, 1.5) if name == "vote" else sizes.seconds
        measured = take_turns(
            sizes.rounds,
            {
                "empty": partial(pace, of_empty, status, seconds),
                "full": partial(pace, of_full, status, seconds),
            },
        )
        figures.append(
            slower(
                f"growth.{name}",
                f"{title}, {sizes.ballots} ballots in the poll",
                ours=measured["full"],
                beside=measured["empty"],
                beside_title="none",
                unit="requests/s",
                target=MOST_SLOWER,
            )
        )
    return figures


def copy_ballots(stage: Stage, city: Tenant, poll: UUID, paper: Paper, number: int) -> None:
    """A poll in which so many people have voted: roll, ballots, counters, events handled."""
    random = Random(SEED)
    now = SystemClock().now().replace(minute=0, second=0, microsecond=0)
    districts = [one.key for one in city.profile.districts] or [""]
    schema = sql.Identifier(city.role)
    papers = _texts(paper)
    people = [new_id() for _ in range(number)]
    with stage.owner.transaction(), stage.owner.cursor() as cursor:
        roll = "COPY {}.poll_roll (poll_id, resident_id, level, district, cast_on) FROM STDIN"
        with cursor.copy(sql.SQL(roll).format(schema)) as copy:
            for person in people:
                day = (now - timedelta(days=random.randrange(20))).date()
                copy.write_row((poll, person, _LEVEL, random.choice(districts), day))
        ballots = (
            "COPY {}.poll_ballot (id, poll_id, voter_tag, round, choices, nonce, cast_hour)"
            " FROM STDIN"
        )
        with cursor.copy(sql.SQL(ballots).format(schema)) as copy:
            for _ in people:
                tag, nonce = secrets.token_bytes(32), secrets.token_bytes(16)
                hour = now - timedelta(hours=random.randrange(480))
                copy.write_row((unordered_id(), poll, tag, 0, random.choice(papers), nonce, hour))
        write_counters(stage, city, poll, paper, number)
        for table in ("poll_roll", "poll_ballot", "poll_tally", "poll_turnout"):
            cursor.execute(sql.SQL("ANALYZE {}.{}").format(schema, sql.Identifier(table)))


def _texts(paper: Paper) -> list[str]:
    """Every possible ballot as it is stored."""
    found: list[dict[str, list[str]]] = [{}]
    for question in sorted(paper.questions, key=lambda one: one.id):
        found = [
            {**before, str(question.id): [str(option.id)]}
            for before in found
            for option in question.options
        ]
    return [msgspec.json.encode(one).decode() for one in found]


def write_counters(stage: Stage, city: Tenant, poll: UUID, paper: Paper, number: int) -> None:
    """Totals as if the ballots had come one by one, spread evenly."""
    schema = sql.Identifier(city.role)
    each = number // SLOTS
    shares = {
        option.id: each // len(question.options)
        for question in paper.questions
        for option in question.options
    }
    stage.owner.execute(
        sql.SQL(
            "INSERT INTO {}.poll_turnout (poll_id, level, slot, voters)"
            " SELECT %s, %s, slot, %s FROM generate_series(0, %s) AS slot"
        ).format(schema),
        (poll, _LEVEL, each, SLOTS - 1),
    )
    stage.owner.execute(
        sql.SQL(
            "INSERT INTO {}.poll_tally (poll_id, option_id, slot, votes)"
            " SELECT %s, option_id, slot, votes FROM generate_series(0, %s) AS slot,"
            " unnest(%s::uuid[], %s::int[]) AS share (option_id, votes)"
        ).format(schema),
        (poll, SLOTS - 1, list(shares), list(shares.values())),
    )
    stage.owner.execute(
        sql.SQL(
            "INSERT INTO {0}.poll_turnout_day (poll_id, day, district, level, voters)"
            " SELECT poll_id, cast_on, coalesce(district, ''), level, count(*) FROM {0}.poll_roll"
            " WHERE poll_id = %s GROUP BY 1, 2, 3, 4"
        ).format(schema),
        (poll,),
    )
