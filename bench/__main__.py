"""The command behind `make bench`: measures, prints a table, writes build/bench/<date>.json."""

import argparse
import sys
from collections.abc import Callable, Sequence
from typing import Final

import msgspec
from rich.console import Console

from bench import plans, report
from bench.figures import Figure
from bench.measurements import cities, growth, ideas, law, pages, servers, votes
from bench.plans import Plan
from bench.scene import Scene, open_scene
from bench.sizes import FULL, QUICK, Sizes
from bench.stage import ROOT

# In the order of the table. `growth`, `ideas` and `cities` come last: they fill the database.
PARTS: Final[dict[str, Callable[[Scene], list[Figure]]]] = {
    "votes": votes.measure,
    "pages": pages.measure,
    "law": law.measure,
    "growth": growth.measure,
    "ideas": ideas.measure,
    "cities": cities.measure,
    "servers": servers.measure,
}
NOT_BY_ITSELF: Final = frozenset({"servers"})


def run(sizes: Sizes, parts: Sequence[str], console: Console) -> list[Figure]:
    """Measure these parts on an installation of their own."""
    figures: list[Figure] = []
    with console.status("servers and cities …") as status, open_scene(sizes) as scene:
        for part in parts:
            status.update(f"{part} …")
            figures += PARTS[part](scene)
    return figures


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns 1 if a target was missed."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "what", nargs="?", choices=("run", "plans"), default="run", help="run is the default"
    )
    parser.add_argument("--quick", action="store_true", help="small sizes, rough figures")
    parser.add_argument(
        "--only", action="append", choices=sorted(PARTS), help="only this part; may be repeated"
    )
    parser.add_argument("--seconds", type=float, help="length of one round of load")
    parser.add_argument("--rounds", type=int, help="rounds of each comparison")
    parser.add_argument("--cities", type=int, help="cities of the large installation")
    parser.add_argument("--ballots", type=int, help="ballots of the full poll")
    parser.add_argument("--ideas", type=int, help="ideas of the city full of them")
    parser.add_argument("--supports", type=int, help="votes for these ideas")
    parser.add_argument(
        "--record", action="store_true", help="write the result into docs/performance.md too"
    )
    chosen = parser.parse_args(arguments)
    sizes = QUICK if chosen.quick else FULL
    given = {
        name: getattr(chosen, name)
        for name in ("seconds", "rounds", "cities", "ballots", "ideas", "supports")
        if getattr(chosen, name) is not None
    }
    sizes = msgspec.structs.replace(sizes, **given)
    # In a file or a pipe the table may be as wide as it needs to be.
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 200)
    if chosen.what == "plans":
        return _plans(sizes, console, only=chosen.only, to_page=chosen.record)
    before = report.machine()
    parts = chosen.only or [part for part in PARTS if part not in NOT_BY_ITSELF]
    figures = run(sizes, [part for part in PARTS if part in parts], console)
    made = report.make_run(before, sizes, figures)
    report.print_table(console, figures)
    if before.load_before > before.processors / 2:
        console.print(
            f"[yellow]The machine was busy (load {before.load_before}): figures are rough.[/]"
        )
    console.print(f"Written to {report.write_json(made).relative_to(ROOT)}")
    if chosen.record:
        report.record(made)
    return int(any(one.met is False for one in figures))


def _plans(sizes: Sizes, console: Console, *, only: Sequence[str] | None, to_page: bool) -> int:
    """Plans of polls and votes, and of ideas; `--only ideas` leaves out the others."""
    found: list[Plan] = []
    if not only or set(only) - {"ideas"}:
        with console.status("plans …"):
            of_polls = plans.explain(sizes)
        found += of_polls
        if to_page:
            plans.record(of_polls, sizes, report.PAGE)
    if not only or "ideas" in only:
        with console.status("plans of ideas …"):
            of_ideas = ideas.explain(sizes)
        found += of_ideas
        if to_page:
            plans.record(of_ideas, sizes, report.PAGE, begin=ideas.BEGIN, intro=ideas.intro(sizes))
    for one in found:
        colour = "red" if one.whole else "green"
        console.print(f"[{colour}]{one.title}[/]: {one.rows} rows touched")
        lines = "\n".join(f"    {line}" for line in one.lines)
        console.print(lines, markup=False, soft_wrap=True)
    return int(any(one.whole for one in found))


if __name__ == "__main__":
    sys.exit(main())
