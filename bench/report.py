"""The table on the screen, the run as a JSON file, a row in the history of docs/performance.md."""

import os
import platform
import subprocess
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec
from rich.console import Console
from rich.table import Table

from bench.figures import Figure
from bench.sizes import Sizes
from bench.stage import ROOT
from core.kit.clock import SystemClock

RESULTS: Final = ROOT / "build" / "bench"
PAGE: Final = ROOT / "docs" / "performance.md"
HISTORY: Final = "<!-- history: newest first, written by `python -m bench --record` -->"
# The figures of the history's columns, in their order.
COLUMNS: Final = (
    "vote.api.8",
    "vote.form.8",
    "vote.htmx.8",
    "vote.form.32",
    "vote.select.form.8",
    "page.home.anonymous",
    "page.list.anonymous",
    "page.poll.anonymous",
    "page.poll.signed_in",
    "cities.poll.spread",
    "cities.vote.spread",
    "cities.create",
    "cities.migrate",
    "growth.page.poll",
    "growth.vote",
)


class Machine(msgspec.Struct, frozen=True):
    """Where a run took place, as far as it matters for comparing."""

    processors: int
    model: str
    python: str
    load_before: float


class Run(msgspec.Struct, frozen=True):
    """One run, as it is written to build/bench/."""

    at: datetime
    revision: str
    machine: Machine
    sizes: Sizes
    figures: list[Figure]


def machine() -> Machine:
    return Machine(
        processors=len(os.sched_getaffinity(0))
        if hasattr(os, "sched_getaffinity")
        else os.cpu_count() or 0,
        model=_model(),
        python=platform.python_version(),
        load_before=round(os.getloadavg()[0], 1),
    )


def _model() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def revision() -> str:
    """The commit measured, marked when the tree differs from it."""

    def git(*arguments: str) -> str:
        done = subprocess.run(
            ["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
        )
        return done.stdout.strip()

    commit = git("rev-parse", "--short", "HEAD") or "unknown"
    return f"{commit}+" if git("status", "--porcelain", "--", "core", "plugins") else commit


def make_run(before: Machine, sizes: Sizes, figures: Sequence[Figure]) -> Run:
    return Run(SystemClock().now(), revision(), before, sizes, list(figures))


def print_table(console: Console, figures: Sequence[Figure]) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("measured", overflow="fold")
    for title in ("ours", "beside", "ratio", "target"):
        table.add_column(title, justify="right", no_wrap=True)
    table.add_column("note", style="dim", overflow="fold")
    for one in figures:
        colour = {True: "green", False: "red", None: ""}[one.met]
        ratio = _number(one.ratio) if one.ratio is not None else ""
        table.add_row(
            one.title,
            f"{_number(one.ours)} {one.unit}",
            f"{_number(one.beside)} ({one.beside_title})" if one.beside is not None else "",
            f"[{colour}]{ratio}[/]" if colour else ratio,
            _target(one),
            one.note,
        )
    console.print(table)


def _target(one: Figure) -> str:
    if one.target is None:
        return ""
    return f"{'≤' if one.target_is == 'at most' else '≥'} {_number(one.target)}"


def _number(value: float) -> str:
    if abs(value) >= 100:
        return f"{value:,.0f}".replace(",", "\u202f")
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def write_json(run: Run, folder: Path = RESULTS) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{run.at:%Y-%m-%d-%H%M%S}.json"
    path.write_bytes(msgspec.json.format(msgspec.json.encode(run), indent=1))
    return path


def record(run: Run, page: Path = PAGE) -> None:
    """Put a row at the top of the history."""
    text = page.read_text(encoding="utf-8")
    if HISTORY not in text:
        raise LookupError(f"{page} has no place for the history")
    by_key = {one.key: one for one in run.figures}
    cells = [
        f"{run.at:%Y-%m-%d}",
        run.revision,
        f"{run.machine.processors} × {run.machine.model or 'unknown'}",
        *(_number(by_key[key].ratio or 0.0) if key in by_key else "–" for key in COLUMNS),
    ]
    head, _, rest = text.partition(HISTORY)
    lines = rest.lstrip("\n").splitlines(keepends=True)
    lines.insert(2, f"| {' | '.join(cells)} |\n")
    page.write_text(f"{head}{HISTORY}\n{''.join(lines)}", encoding="utf-8")
