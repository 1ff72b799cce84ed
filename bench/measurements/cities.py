"""A thousand cities beside four: making them, knowing them, serving them, migrating them."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import cycle, islice
from random import Random
from statistics import median
from time import perf_counter
from typing import Final
from unittest.mock import patch
from uuid import UUID

from bench.cpu import memory
from bench.crowd import (
    SEED,
    Ballots,
    Voter,
    add_people,
    clone_polls,
    make_voters,
    open_model_poll,
    paper_of,
)
from bench.figures import Figure, slower, take_turns
from bench.load import drive, get
from bench.scene import Scene
from bench.sizes import Sizes
from bench.stage import Served, Stage, open_stage
from core.embedded import APP
from core.features.polls.domain import Paper
from core.tenancy import schema
from core.tenancy.migrate import Report, migrate
from core.tenancy.registry import Registry
from core.tenancy.schema import History, Revision
from core.tenancy.tenant import Tenant

MOST_SLOWER: Final = 1.2
PEERS_SECONDS_A_CITY: Final = 1.8
LEAST_FASTER: Final = 5.0
MOST_MS_TO_MIGRATE: Final = 5.0
MOST_SECONDS_FOR_NOTHING: Final = 1.0
_CLIENTS: Final = 4
_POLLS: Final = 5


def measure(scene: Scene) -> list[Figure]:
    sizes = scene.sizes
    with open_stage(cities=sizes.cities, fsync=sizes.fsync) as many:
        figures = [*_made(many), *_known(many), *_same_requests(scene, many)]
        return [*figures, *_migrated(many)]


def _made(many: Stage) -> list[Figure]:
    per_city = median(many.created)
    return [
        Figure(
            key="cities.create",
            title=f"Create a city ({len(many.created)} of them)",
            ours=per_city * 1000,
            unit="ms",
            beside=PEERS_SECONDS_A_CITY * 1000,
            beside_title="1.8 s",
            ratio=PEERS_SECONDS_A_CITY / per_city,
            target=LEAST_FASTER,
            target_is="at least",
            note=f"slowest {max(many.created) * 1000:.0f} ms",
        )
    ]


def _known(many: Stage) -> list[Figure]:
    databases = many.runtime.databases

    def load() -> float:
        registry = Registry(databases, ttl=0)
        begun = perf_counter()
        registry.refresh()
        return perf_counter() - begun

    whole = median(load() for _ in range(5))
    registry = Registry(databases, ttl=0)
    registry.refresh()
    looks = []
    for _ in range(20):
        begun = perf_counter()
        registry.refresh()
        looks.append(perf_counter() - begun)
    return [
        Figure(
            key="cities.registry",
            title=f"Read the registry of {len(many.cities)} cities",
            ours=whole * 1000,
            unit="ms",
            note=f"a look for news {median(looks) * 1000:.1f} ms",
        )
    ]


# The same requests.


class _Side:
    """An installation with polls and a few voters in each city, and its web process."""

    def __init__(
        self,
        stage: Stage,
        served: Served,
        paper: Paper,
        polls: Sequence[UUID],
        voters: Mapping[int, Sequence[Voter]],
    ) -> None:
        self.stage, self.served = stage, served
        self.cities = list(stage.cities)
        Random(SEED).shuffle(self.cities)
        self.polls = polls
        ballots = [
            Ballots(stage, city, voters[city.id], paper, served.port) for city in self.cities
        ]
        self._votes_of_first = ballots[0].by_key(ballots[0].pairs(polls))
        self._votes = _interleaved([one.by_key(one.pairs(polls)) for one in ballots[1:]])

    def pages(self, path: str, *, spread: bool) -> Iterator[bytes]:
        cities = self.cities if spread else self.cities[:1]
        return cycle([get(self.stage.host(city), path) for city in cities])

    def votes(self, *, spread: bool) -> Iterator[bytes]:
        return self._votes if spread else self._votes_of_first

    def pace(self, requests: Iterator[bytes], status: int, seconds: float) -> float:
        load = drive(self.served.port, requests, clients=_CLIENTS, seconds=seconds).only(status)
        if load.seconds < seconds * 0.9:
            raise RuntimeError("the voters have run out: raise Sizes.voters")
        return load.pace

    def warm(self, paths: Sequence[str], rounds: int) -> None:
        """Let connections meet cities, as far as chance allows, and processes read all laws."""
        for path in paths:
            addresses = [get(self.stage.host(city), path) for city in self.cities]
            drive(self.served.port, addresses * rounds, clients=_CLIENTS, seconds=600).only(200)
        for votes in (self._votes, self._votes_of_first):
            first = islice(votes, len(self.cities) * min(rounds, 4))
            drive(self.served.port, first, clients=_CLIENTS, seconds=600).only(201)


def _interleaved(ways: Sequence[Iterator[bytes]]) -> Iterator[bytes]:
    """One of each in turn, until the first runs out."""
    while True:
        for way in ways:
            request = next(way, None)
            if request is None:
                return
            yield request


def _same_requests(scene: Scene, many: Stage) -> list[Figure]:
    sizes = scene.sizes
    few = _few_side(scene)
    with _many_side(many, sizes) as thousand:
        poll = f"/polls/{few.polls[0]}"
        paths = ("/", poll)
        for side in (few, thousand):
            side.warm(paths, sizes.warm_rounds)
        figures = []
        for spread, how in ((True, "spread over all"), (False, "all in one city")):
            works: dict[str, tuple[str, int, Callable[[_Side], Iterator[bytes]]]] = {
                "home": ("Home page", 200, partial(_Side.pages, path="/", spread=spread)),
                "poll": ("Poll page", 200, partial(_Side.pages, path=poll, spread=spread)),
                "vote": ("Vote", 201, partial(_Side.votes, spread=spread)),
            }
            for name, (title, status, requests) in works.items():
                sides = {
                    "few": partial(_pace, few, requests(few), status, sizes.seconds),
                    "many": partial(_pace, thousand, requests(thousand), status, sizes.seconds),
                }
                measured = take_turns(sizes.rounds, sides)
                figures.append(
                    slower(
                        f"cities.{name}.{'spread' if spread else 'one'}",
                        f"{title}, {len(thousand.cities)} cities, {how}",
                        ours=measured["many"],
                        beside=measured["few"],
                        beside_title=f"{len(few.cities)} cities",
                        unit="requests/s",
                        target=MOST_SLOWER,
                    )
                )
        figures.append(_memory(few, thousand))
        return figures


def _pace(side: _Side, requests: Iterator[bytes], status: int, seconds: float) -> float:
    return side.pace(requests, status, seconds)


def _few_side(scene: Scene) -> _Side:
    numbers = range(500, 500 + _POLLS)
    for city in scene.stage.cities:
        polls = clone_polls(scene.stage, city, numbers, model=scene.model)
    voters = {city.id: scene.voters(city, scene.sizes.voters) for city in scene.stage.cities}
    return _Side(scene.stage, scene.web, scene.paper, polls, voters)


@contextmanager
def _many_side(stage: Stage, sizes: Sizes) -> Iterator[_Side]:
    first, *others = stage.cities
    model = open_model_poll(stage, first)
    paper = paper_of(stage, first, model)
    numbers = range(500, 500 + _POLLS)
    hammered = _hammered(stage)
    each = max(2, 8 * sizes.voters // len(others))
    voters = {}
    for city in stage.cities:
        polls = clone_polls(stage, city, numbers, model=model)
        number = sizes.voters if city == hammered else each
        add_people(stage, city, number)
        voters[city.id] = make_voters(stage, city, number)
    with stage.web(workers=sizes.web_workers) as served:
        yield _Side(stage, served, paper, polls, voters)


def _hammered(stage: Stage) -> Tenant:
    """The city that takes a load all by itself: the first after shuffling, as in `_Side`."""
    cities = list(stage.cities)
    Random(SEED).shuffle(cities)
    return cities[0]


def _memory(few: _Side, many: _Side) -> Figure:
    used = [memory(side.stage.postmaster) or 0 for side in (few, many)]
    web = [memory(side.served.pid) or 0 for side in (few, many)]
    return Figure(
        key="cities.memory",
        title=f"PostgreSQL's memory with {len(many.cities)} cities in use",
        ours=used[1] / 1e6,
        unit="MB",
        beside=used[0] / 1e6,
        beside_title=f"{len(few.cities)} cities",
        note=f"web processes {web[1] / 1e6:.0f} MB beside {web[0] / 1e6:.0f} MB",
    )


# Migrations.


def _migrated(many: Stage) -> list[Figure]:
    """One more revision than there is, known to this process only."""
    url = many.settings.owner_url
    nothing = _timed(lambda: migrate(url, app_role=APP))
    extra = _one_more_revision()
    known = schema.revisions

    def with_one_more(history: History) -> tuple[Revision, ...]:
        return (*known(history), extra) if history == "tenant" else known(history)

    reports: list[Report] = []
    with patch.object(schema, "revisions", with_one_more):
        spent = _timed(lambda: reports.append(migrate(url, app_role=APP)))
        again = _timed(lambda: migrate(url, app_role=APP))
    report = reports[0]
    if report.failed or len(report.done) != report.cities:
        raise AssertionError(f"not every city was migrated: {report.failed[:3]}")
    return [
        Figure(
            key="cities.migrate",
            title=f"Migrate {report.cities} cities by one revision, per city",
            ours=spent / report.cities * 1000,
            unit="ms",
            ratio=spent / report.cities * 1000,
            target=MOST_MS_TO_MIGRATE,
            note=f"{spent:.1f} s in all",
        ),
        Figure(
            key="cities.migrate.nothing",
            title=f"Find that {report.cities} cities need nothing",
            ours=max(nothing, again),
            unit="s",
            ratio=max(nothing, again),
            target=MOST_SECONDS_FOR_NOTHING,
        ),
    ]


def _one_more_revision() -> Revision:
    last = schema.revisions("tenant")[-1].id
    return Revision(
        id="bench",
        previous=last,
        label="a column for the bench",
        sql="ALTER TABLE poll ADD COLUMN bench INTEGER;\n"
        f"UPDATE {schema.VERSION_TABLE} SET version_num = 'bench' WHERE version_num = '{last}';",
    )


def _timed(run: Callable[[], object]) -> float:
    begun = time.perf_counter()
    run()
    return time.perf_counter() - begun
