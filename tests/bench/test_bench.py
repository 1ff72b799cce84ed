"""The bench runs from end to end; what it measures at these sizes means nothing."""

import msgspec
import pytest
from rich.console import Console

from bench import plans, report
from bench.__main__ import NOT_BY_ITSELF, PARTS, run
from bench.figures import Figure, take_turns
from bench.sizes import TINY


@pytest.fixture(scope="module")
def figures() -> list[Figure]:
    parts = [part for part in PARTS if part not in NOT_BY_ITSELF]
    return run(TINY, parts, Console(quiet=True))


def test_every_part_gives_figures(figures: list[Figure]) -> None:
    keys = [one.key for one in figures]
    assert len(keys) == len(set(keys))
    for part in ("vote.", "page.", "law.", "growth.", "ideas.", "cities."):
        assert any(key.startswith(part) for key in keys)
    assert all(one.ours > 0 for one in figures)


def test_the_run_is_kept(figures: list[Figure], tmp_path, capsys) -> None:
    made = report.make_run(report.machine(), TINY, figures)
    path = report.write_json(made, tmp_path)
    assert len(msgspec.json.decode(path.read_bytes())["figures"]) == len(figures)
    report.print_table(Console(width=200), figures)
    assert "pgbench" in capsys.readouterr().out


def test_a_run_becomes_the_first_row_of_the_history(figures: list[Figure], tmp_path) -> None:
    page = tmp_path / "performance.md"
    page.write_text(report.PAGE.read_text(encoding="utf-8"), encoding="utf-8")
    made = report.make_run(report.machine(), TINY, figures)
    report.record(made, page)
    _before, _, history = page.read_text(encoding="utf-8").partition(report.HISTORY)
    heading, rule, newest, *_older = history.strip().splitlines()
    assert heading.count("|") == rule.count("|") == newest.count("|")
    assert made.revision in newest


def test_no_page_reads_all_ballots(tmp_path) -> None:
    sizes = msgspec.structs.replace(TINY, ballots=8_000)
    found = plans.explain(sizes)
    grow = {"poll_roll", "poll_ballot", "bonus_transfer"}
    assert not {one.title: one.whole for one in found if grow & set(one.whole)}
    page = tmp_path / "performance.md"
    page.write_text(f"{plans.BEGIN}\nold\n{plans.END}\n", encoding="utf-8")
    plans.record(found, sizes, page)
    assert "poll_roll" in page.read_text(encoding="utf-8")
    assert "old" not in page.read_text(encoding="utf-8")


def test_sides_take_turns() -> None:
    order: list[str] = []

    def side(name: str) -> float:
        order.append(name)
        return 1.0

    take_turns(2, {"a": lambda: side("a"), "b": lambda: side("b")})
    assert order == ["a", "b", "b", "a"]
