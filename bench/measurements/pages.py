"""Pages over HTTP beside the same templates without a database, on the same server."""

from itertools import repeat
from statistics import median
from typing import Final

import msgspec

from bench.canned import VARIABLE, Asked
from bench.crowd import sessions_cookie
from bench.figures import Figure, slower, take_turns
from bench.load import drive, get
from bench.scene import Scene
from bench.stage import Served, Stage

MOST_SLOWER: Final = 2.0
_CLIENTS: Final = 8


class Pages:
    """One page asked for again and again; remembers what it cost besides time."""

    def __init__(self, stage: Stage, served: Served, request: bytes, seconds: float) -> None:
        self._stage, self._served = stage, served
        self._request, self._seconds = request, seconds
        self.latencies: list[float] = []
        self.web_cpu: list[float] = []
        self.database_cpu: list[float] = []

    def __call__(self) -> float:
        web, database = self._served.cpu(), self._stage.database_cpu()
        load = drive(
            self._served.port, repeat(self._request), clients=_CLIENTS, seconds=self._seconds
        ).only(200)
        self.latencies.append(load.quantile(0.95))
        self.web_cpu.append((self._served.cpu() - web) / load.answers)
        self.database_cpu.append((self._stage.database_cpu() - database) / load.answers)
        return load.pace

    @property
    def note(self) -> str:
        return (
            f"p95 {median(self.latencies) * 1000:.0f} ms; CPU a page:"
            f" web {median(self.web_cpu) * 1000:.1f} + database"
            f" {median(self.database_cpu) * 1000:.1f} ms"
        )


def measure(scene: Scene) -> list[Figure]:
    stage, sizes = scene.stage, scene.sizes
    # A city in which nothing else is measured.
    city = stage.cities[-1]
    host = stage.host(city)
    signed = sessions_cookie(scene.voters(city, sizes.voters)[0])
    places = {"home": "/", "list": "/polls", "poll": f"/polls/{scene.polls[0]}"}
    asked = [Asked(host, path, cookies) for path in places.values() for cookies in ("", signed)]
    environment = {VARIABLE: msgspec.json.encode(asked).decode()}
    figures: list[Figure] = []
    real = scene.web
    with stage.served(
        "bench.canned:create_app", workers=sizes.web_workers, environment=environment
    ) as canned:
        for name, path in places.items():
            for who, cookies in (("anonymous", ""), ("signed in", signed)):
                request = get(host, path, cookies=cookies)
                figures.append(
                    _compare(
                        f"page.{name}.{who.replace(' ', '_')}",
                        f"Page: {name}, {who}",
                        Pages(stage, real, request, sizes.seconds),
                        Pages(stage, canned, request, sizes.seconds),
                        sizes.rounds,
                    )
                )
    return figures


def _compare(key: str, title: str, real: Pages, canned: Pages, rounds: int) -> Figure:
    for warming in (real, canned):
        warming()
    measured = take_turns(rounds, {"real": real, "canned": canned})
    return slower(
        key,
        title,
        ours=measured["real"],
        beside=measured["canned"],
        beside_title="no database",
        unit="pages/s",
        target=MOST_SLOWER,
        note=f"{real.note}; without: {median(canned.web_cpu) * 1000:.1f} ms",
    )
