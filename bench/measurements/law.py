"""What a question to the rules costs, and reading a city's whole regulation."""

from collections.abc import Callable
from statistics import median
from time import perf_counter
from typing import Any

from bench.crowd import ACTOR
from bench.figures import Figure
from bench.scene import Scene
from core.features.polls.decisions import MAY_OPEN, MAY_VOTE, OpenFacts, VoterFacts
from core.kit.level import Level
from core.rules import decide
from core.tenancy.regulation import load_regulation

_REPEAT = 500
_BATCHES = 7


def measure(scene: Scene) -> list[Figure]:
    runtime, city = scene.stage.runtime, scene.city
    regulation = runtime.regulation(city)
    with runtime.work(city, ACTOR) as work:
        today = work.today
        begun = perf_counter()
        loaded = load_regulation(work.session, version=city.regulation_version)
        first_load = perf_counter() - begun
        loads = []
        for _ in range(10):
            begun = perf_counter()
            load_regulation(work.session, version=city.regulation_version)
            loads.append(perf_counter() - begun)

    def ask(point: Any, facts: Any) -> Callable[[], object]:
        return lambda: decide(
            point, facts, regulation=regulation, procedure="polls", catalogue=runtime.catalogue
        )

    questions = {
        "may_open": ask(MAY_OPEN, OpenFacts(on=today, duration_days=21)),
        "may_open.refused": ask(MAY_OPEN, OpenFacts(on=today, duration_days=400)),
        "may_vote": ask(
            MAY_VOTE,
            VoterFacts(
                on=today,
                age=40,
                level=Level.RESIDENT,
                district=None,
                territory=None,
                blocked=False,
            ),
        ),
    }
    figures = [
        Figure(
            key=f"law.{name}",
            title=f"Decide polls.{name.replace('.', ', ')}",
            ours=_microseconds(question),
            unit="µs",
        )
        for name, question in questions.items()
    ]
    figures.append(
        Figure(
            key="law.load",
            title=f"Load a regulation of {len(loaded.entries)} entries",
            ours=median(loads) * 1000,
            unit="ms",
            note=f"the first time {first_load * 1000:.1f} ms; then kept per process and version",
        )
    )
    return figures


def _microseconds(run: Callable[[], object]) -> float:
    """The best batch: what the code costs when nothing disturbs it."""
    best = float("inf")
    for _ in range(_BATCHES):
        begun = perf_counter()
        for _ in range(_REPEAT):
            run()
        best = min(best, perf_counter() - begun)
    return best / _REPEAT * 1e6
