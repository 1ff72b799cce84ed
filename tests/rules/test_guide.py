"""The guide shows the example plugin as it is: every marked block stands in its file, and the rule
is shown from its first line to its last."""

import re
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "guides" / "rule-module.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"<!-- file: (?P<file>\S+) -->\n```\w+\n(?P<code>.*?)\n```\n", re.DOTALL)
SHOWN: dict[str, list[str]] = defaultdict(list)
for found in BLOCK.finditer(GUIDE):
    SHOWN[found["file"]].append(found["code"])


def test_every_block_of_code_is_marked() -> None:
    assert GUIDE.count("```") == 2 * sum(len(blocks) for blocks in SHOWN.values())


def test_nothing_of_the_example_is_left_out() -> None:
    example = ROOT / "tests" / "example_plugin"
    kept = {
        path.relative_to(ROOT).as_posix()
        for path in example.rglob("*")
        if path.suffix in {".py", ".toml"} and path.name != "conftest.py"
    }
    assert set(SHOWN) == kept


@pytest.mark.parametrize("file", SHOWN)
def test_shown_as_it_is(file: str) -> None:
    def lines(text: str) -> list[str]:
        return [line for line in text.splitlines() if line]

    shown = [line for block in SHOWN[file] for line in lines(block)]
    assert shown == lines((ROOT / file).read_text(encoding="utf-8"))
