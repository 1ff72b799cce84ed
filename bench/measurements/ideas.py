"""A hundred thousand ideas and ten million votes in one city: each list, search and page beside the
same templates without a database and beside a city with a hundredth of the ideas; supporting an
idea over HTTP beside the same SQL in pgbench."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from statistics import median
from time import perf_counter
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

import msgspec
from psycopg import sql
from sqlalchemy.orm import Session

from bench import ideas as filling
from bench.canned import VARIABLE, Asked
from bench.crowd import ACTOR, FIRST, PERSON_PREFIX, Voter
from bench.figures import Figure, slower, take_turns
from bench.load import drive, get, post
from bench.measurements.pages import Pages
from bench.pgbench import SupportScript
from bench.plans import Plan, explained, large_tables, listening
from bench.scene import Scene
from bench.sizes import Sizes
from bench.stage import Stage, open_stage
from core.features.ideas.domain import CampaignState
from core.features.ideas.queries import figures, gallery, one, places, search, similar
from core.features.ideas.queries.filters import Box, Filters, Group
from core.features.ideas.queries.gallery import Sort
from core.features.ideas.service import figures as counting
from core.features.ideas.service import life
from core.kit.clock import SystemClock
from core.tenancy.provision import OwnerConnection
from core.tenancy.tenant import Tenant
from core.work import Runtime

MOST_SLOWER_PAGE: Final = 3.0
MOST_SLOWER_GROWN: Final = 2.0
MOST_SLOWER_VOTE: Final = 4.0
_CLIENTS: Final = 8
_LONGEST: Final = 2.0
_SHARE: Final = 100
_FOLDS: Final = 50
WHOLE_CITY: Final = Box(76.2, 64.3, 76.8, 64.6)
A_QUARTER: Final = Box(76.46, 64.44, 76.48, 64.45)
WORDS: Final = "детская площадка"
COMMON: Final = "каток"
SLIP: Final = "велодорошка"
TITLE: Final = "Построить детскую площадку на улице Ленина"
BODY: Final = "Детям негде играть, рядом школа и поликлиника"

BEGIN: Final = "<!-- plans of ideas: written by `python -m bench plans --only ideas --record` -->"

Question = Callable[[Session], object]


def questions(city: Tenant, campaign: UUID, idea: UUID, person: UUID) -> dict[str, Question]:
    """Every way in which pages ask for ideas, by what it is called."""
    topic, district = city.profile.topics[0].key, city.profile.districts[0].key
    now = SystemClock().now()

    def listed(sort: Sort = Sort.NEW, cursor: str | None = None, **filters: Any) -> Question:
        return lambda session: gallery.ideas(
            session, Filters(**filters), sort=sort, now=now, cursor=cursor
        )

    def found(words: str, sort: Sort = Sort.FITTING, **filters: Any) -> Question:
        asked = Filters(words=words, **filters)
        return lambda session: search.find(session, asked, sort=sort, now=now)

    def next_page(session: Session) -> object:
        asked = Filters()
        first = gallery.ideas(session, asked, sort=Sort.POPULAR, now=now, most=500)
        return gallery.ideas(session, asked, sort=Sort.POPULAR, now=now, cursor=first.next)

    narrowing: dict[str, dict[str, Any]] = {
        "topic": {"topic": topic},
        "district": {"district": district},
        "campaign": {"campaign": campaign},
        "photo": {"photo": True},
        "box": {"box": A_QUARTER},
        "topic, district, done": {
            "topic": topic,
            "district": district,
            "group": Group.DONE,
        },
    }
    return {
        **{f"list: {sort.value}": listed(sort) for sort in Sort if sort is not Sort.FITTING},
        **{f"list: new, {group.value}": listed(group=group) for group in Group},
        **{f"list: popular, {group.value}": listed(Sort.POPULAR, group=group) for group in Group},
        **{
            f"list: {sort.value}, {name}": listed(sort, **filters)
            for sort in (Sort.NEW, Sort.POPULAR)
            for name, filters in narrowing.items()
        },
        "list: ending, topic": listed(Sort.ENDING, topic=topic),
        "list: decided, district": listed(Sort.DECIDED, district=district),
        "list: page after 500": next_page,
        "search: two words": found(WORDS),
        "search: a common word": found(COMMON),
        "search: common, popular": found(COMMON, Sort.POPULAR),
        "search: with filters": found(WORDS, topic=topic, group=Group.COLLECTING),
        "search: a number": found("№ 77"),
        "search: a slip": found(SLIP),
        "similar": lambda session: similar.similar(session, TITLE, BODY),
        "similar: nothing like it": lambda session: similar.similar(session, "Космодром"),
        "map: whole city": lambda session: places.spots(session, Filters(), WHOLE_CITY, zoom=12),
        "map: a quarter": lambda session: places.spots(session, Filters(), A_QUARTER, zoom=17),
        "map: a topic": lambda session: places.spots(
            session, Filters(topic=topic), WHOLE_CITY, zoom=12
        ),
        "figures": figures.figures,
        "campaigns": lambda session: one.campaigns(
            session, [CampaignState.OPEN, CampaignState.SUMMED_UP], soonest_first=False
        ),
        "idea": lambda session: one.idea_by_number(session, 77),
        "idea: supporters": lambda session: one.live_supports(session, idea),
        "idea: steps": lambda session: one.steps(session, idea),
        "supported among twelve": lambda session: one.supported_among(
            session, person, [filling.idea_id(number) for number in range(1, 13)]
        ),
        "ideas of an author": lambda session: one.ideas_of(session, person),
    }


def plans_of(runtime: Runtime, owner: OwnerConnection, city: Tenant) -> list[Plan]:
    """The plan of every statement behind `questions`."""
    found: list[Plan] = []
    large = large_tables(owner, city)
    asked = questions(
        city, filling.campaign_id(3), filling.idea_id(77), UUID(f"{PERSON_PREFIX}{FIRST + 5}")
    )
    for title, ask in asked.items():
        with runtime.work(city, ACTOR) as work, listening(work.session) as heard:
            ask(work.session)
        settings = [statement for statement, _ in heard if statement.startswith("SET ")]
        statements = [pair for pair in heard if not pair[0].startswith("SET ")]
        for number, (statement, values) in enumerate(statements, 1):
            name = f"{title} ({number})" if len(statements) > 1 else title
            found.append(explained(owner, city, name, statement, values, large, before=settings))
    return found


def explain(sizes: Sizes) -> list[Plan]:
    """The plans in a city full of ideas."""
    with open_stage(cities=1, fsync=False) as stage:
        city = stage.cities[0]
        filling.fill(stage.owner, city, ideas=sizes.ideas, supports=sizes.supports)
        return plans_of(stage.runtime, stage.owner, city)


def intro(sizes: Sizes) -> str:
    """What stands above the plans in docs/performance.md."""
    text = f"In a city with {sizes.ideas:,} ideas and {sizes.supports:,} votes for them:"
    return text.replace(",", "\u202f")


def measure(scene: Scene) -> list[Figure]:
    stage, sizes = scene.stage, scene.sizes
    full, small = stage.cities[1], stage.cities[3]
    began = perf_counter()
    filling.fill(stage.owner, full, ideas=sizes.ideas, supports=sizes.supports)
    seconds = perf_counter() - began
    filling.fill(stage.owner, small, ideas=sizes.ideas // _SHARE, supports=sizes.supports // _SHARE)
    for city in (full, small):
        with stage.runtime.work(city, ACTOR) as work:
            counting.count(work)
    return [
        Figure(
            key="ideas.fill",
            title=f"Filling a city: {sizes.ideas} ideas, {sizes.supports} votes",
            ours=seconds,
            unit="s",
        ),
        *_pages(scene, full),
        *_growth(scene, full, small),
        *_votes(scene, full),
        *_folds(scene, full),
    ]


# `/ideas/similar` is not among them: asked at this pace it would only say "too many".
def _addresses(city: Tenant, number: int) -> dict[str, str]:
    topic, district = city.profile.topics[0].key, city.profile.districts[0].key
    lists: dict[str, Mapping[str, str]] = {
        "new": {},
        "popular": {"sort": "popular"},
        "ending": {"sort": "ending"},
        "decided": {"sort": "decided"},
        "done": {"group": "done"},
        "topic": {"topic": topic, "sort": "popular"},
        "filters": {"topic": topic, "district": district, "group": "accepted", "photo": "1"},
        "search": {"q": WORDS},
        "search_common": {"q": COMMON},
        "search_slip": {"q": SLIP},
    }
    return {
        **{
            name: "/ideas" + (f"?{urlencode(query)}" if query else "")
            for name, query in lists.items()
        },
        "idea": f"/ideas/{number}",
        "home": "/",
    }


def _pages(scene: Scene, city: Tenant) -> list[Figure]:
    """Each page beside the same template without a database."""
    stage, sizes = scene.stage, scene.sizes
    host = stage.host(city)
    addresses = _addresses(city, _collecting(stage, city)[0][1])
    asked = [Asked(host, path) for path in addresses.values()]
    environment = {VARIABLE: msgspec.json.encode(asked).decode()}
    seconds = min(sizes.seconds, _LONGEST)
    found = []
    with stage.served(
        "bench.canned:create_app", workers=sizes.web_workers, environment=environment
    ) as canned:
        for name, path in addresses.items():
            request = get(host, path)
            real = Pages(stage, scene.web, request, seconds)
            beside = Pages(stage, canned, request, seconds)
            for warming in (real, beside):
                warming()
            measured = take_turns(sizes.rounds, {"real": real, "canned": beside})
            found.append(
                slower(
                    f"ideas.page.{name}",
                    f"Page: {name}",
                    ours=measured["real"],
                    beside=measured["canned"],
                    beside_title="no database",
                    unit="pages/s",
                    target=MOST_SLOWER_PAGE if not name.startswith("search") else None,
                    note=f"{real.note}; without: {median(beside.web_cpu) * 1000:.1f} ms",
                )
            )
    return found


def _growth(scene: Scene, full: Tenant, small: Tenant) -> list[Figure]:
    """The queries alone, beside a city with a hundredth of the ideas. The targets are for lists
    and pages; search, likeness and the map have more to look at and are shown."""
    runtime, sizes = scene.stage.runtime, scene.sizes
    person = UUID(f"{PERSON_PREFIX}{FIRST + 5}")
    asked = questions(full, filling.campaign_id(3), filling.idea_id(77), person)
    seconds = min(sizes.seconds, _LONGEST) / 4
    found = []

    def pace(city: Tenant, ask: Question) -> float:
        times = 0
        with runtime.work(city, ACTOR) as work:
            ask(work.session)
            began = perf_counter()
            while (spent := perf_counter() - began) < seconds or not times:
                ask(work.session)
                times += 1
        return times / spent

    for name, ask in asked.items():
        measured = take_turns(
            sizes.rounds, {"full": partial(pace, full, ask), "small": partial(pace, small, ask)}
        )
        judged = name.startswith(("list", "idea", "figures", "campaigns", "supported"))
        # These grow with what they are narrowed to: a campaign, a piece of the map, a rare match.
        judged = judged and not name.endswith(("campaign", "box", "photo", "district, done"))
        found.append(
            slower(
                f"ideas.query.{name}",
                f"Query: {name}",
                ours=measured["full"],
                beside=measured["small"],
                beside_title=f"{sizes.ideas // _SHARE} ideas",
                unit="queries/s",
                target=MOST_SLOWER_GROWN if judged else None,
                note=f"{1000 / median(measured['full']):.1f} ms",
            )
        )
    return found


def _votes(scene: Scene, city: Tenant) -> list[Figure]:
    """Supporting ideas through the API beside the same statements in pgbench."""
    stage, sizes = scene.stage, scene.sizes
    voters = scene.voters(city, sizes.voters)
    ideas = [idea for idea, _number in _collecting(stage, city)]
    pgbench = SupportScript(stage, city, ideas, first_person=sizes.voters)
    requests = _supports(stage.host(city), voters, ideas)
    seconds = min(sizes.seconds, _LONGEST)

    def product() -> float:
        return drive(scene.web.port, requests, clients=_CLIENTS, seconds=seconds).only(200).pace

    measured = take_turns(
        sizes.rounds,
        {"product": product, "pgbench": lambda: pgbench.run(_CLIENTS, seconds).pace},
    )
    return [
        slower(
            "ideas.support",
            f"Support by the API, {sizes.supports} votes there",
            ours=measured["product"],
            beside=measured["pgbench"],
            beside_title="pgbench",
            unit="votes/s",
            target=MOST_SLOWER_VOTE,
        )
    ]


def _supports(host: str, voters: list[Voter], ideas: list[UUID]) -> Iterator[bytes]:
    for round_ in range(len(ideas)):
        for n, voter in enumerate(voters):
            yield post(
                host,
                f"/api/v1/ideas/{ideas[(n + round_) % len(ideas)]}/support",
                b'{"support": true}',
                media_type="application/json",
                headers=[("authorization", f"Bearer {voter.token}")],
            )


def _collecting(stage: Stage, city: Tenant) -> list[tuple[UUID, int]]:
    rows = stage.owner.execute(
        sql.SQL(
            "SELECT id, number FROM {}.idea WHERE state = 'collecting'"
            " AND ends_at > now() + interval '1 day' ORDER BY number LIMIT 1000"
        ).format(sql.Identifier(city.role))
    ).fetchall()
    return [(row[0], row[1]) for row in rows]


def _folds(scene: Scene, city: Tenant) -> list[Figure]:
    """What the worker does after votes: the counter of one idea, and the city's figures."""
    runtime = scene.stage.runtime
    ideas = [idea for idea, _number in _collecting(scene.stage, city)[:_FOLDS]]
    folds: list[float] = []
    for idea in ideas:
        scene.stage.owner.execute(
            sql.SQL("UPDATE {}.idea SET supports = supports + 1 WHERE id = %s").format(
                sql.Identifier(city.role)
            ),
            (idea,),
        )
        began = perf_counter()
        with runtime.work(city, ACTOR) as work:
            life.fold(work, [idea])
        folds.append(perf_counter() - began)
    began = perf_counter()
    with runtime.work(city, ACTOR) as work:
        counting.count(work)
    counted = perf_counter() - began
    return [
        Figure(
            key="ideas.fold",
            title="Worker: folding the votes of one idea",
            ours=median(folds) * 1000,
            unit="ms",
        ),
        Figure(
            key="ideas.count",
            title="Worker: counting the city's figures, once a minute at most",
            ours=counted * 1000,
            unit="ms",
        ),
    ]
