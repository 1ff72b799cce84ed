"""The product's server beside its rivals, and how many threads handlers get. Nothing here has a
target: it is for choosing, so it runs only when asked for."""

from collections.abc import Mapping
from contextlib import ExitStack
from functools import partial
from itertools import repeat
from typing import Final

import msgspec

from bench.crowd import Ballots
from bench.figures import Figure, slower, take_turns
from bench.load import drive, get
from bench.scene import Scene
from bench.serve import available
from bench.stage import Served
from bench.tuned import GC, SWITCH, THREADS

_CLIENTS: Final = 16


class Variant(msgspec.Struct, frozen=True):
    """A way to run the web process."""

    title: str
    server: str = "granian"
    environment: Mapping[str, str] = {}


BASE: Final = Variant("granian, as it is")
VARIANTS: Final = (
    Variant("granian on asyncio's loop", "granian-asyncio"),
    Variant("uvicorn, uvloop, httptools", "uvicorn"),
    *(Variant(f"{n} threads", environment={THREADS: str(n)}) for n in (2, 4, 8, 16)),
    Variant("garbage collected after 50 000", environment={GC: "50000"}),
    Variant("threads take turns every 1 ms", environment={SWITCH: "0.001"}),
    Variant("threads take turns every 20 ms", environment={SWITCH: "0.020"}),
)


def measure(scene: Scene) -> list[Figure]:
    stage, sizes = scene.stage, scene.sizes
    variants = [one for one in (BASE, *VARIANTS) if available(one.server)]
    voters = scene.voters(scene.city, sizes.voters)
    with ExitStack() as stack:
        served = {
            one.title: stack.enter_context(
                stage.served(
                    "bench.tuned:create_app",
                    workers=sizes.web_workers,
                    server=one.server,
                    environment=one.environment,
                )
            )
            for one in variants
        }
        first = next(iter(served.values()))
        ballots = Ballots(stage, scene.city, voters, scene.paper, first.port)
        votes = ballots.by_key(ballots.pairs(scene.polls))
        page = get(stage.host(scene.city), f"/polls/{scene.polls[0]}")

        def pages(where: Served) -> float:
            return (
                drive(where.port, repeat(page), clients=_CLIENTS, seconds=sizes.seconds)
                .only(200)
                .pace
            )

        def votes_of(where: Served) -> float:
            return drive(where.port, votes, clients=_CLIENTS, seconds=sizes.seconds).only(201).pace

        figures = []
        for name, unit, run in (("vote", "votes/s", votes_of), ("page", "pages/s", pages)):
            sides = {title: partial(run, where) for title, where in served.items()}
            for side in sides.values():
                side()  # warm
            measured = take_turns(sizes.rounds, sides)
            figures += [
                slower(
                    f"servers.{name}.{title}",
                    f"{name.capitalize()}: {title}",
                    ours=paces,
                    beside=measured[BASE.title],
                    beside_title=BASE.title,
                    unit=unit,
                )
                for title, paces in measured.items()
                if title != BASE.title
            ]
        return figures
