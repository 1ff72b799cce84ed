"""The guide "Add a feature" is carried out: its slice is built from its own words, given a table in
real cities, and tested by the tests it tells the reader to write. All of it in another process,
because a feature, once there, is everywhere."""

import os
import re
import shutil
import subprocess
import sys

from core.tenancy.schema import head

BLOCK = re.compile(r"<!-- file: (.+?) -->\n```\w+\n(.*?)```", re.DOTALL)

PLUGIN = '''
"""Puts the guide's slice among the features."""
import pathlib
import core.features
core.features.__path__.append(str(pathlib.Path(__file__).parent / "features"))
'''


def test_the_guide_works(root, tmp_path):
    blocks = dict(BLOCK.findall((root / "docs" / "guides" / "feature.md").read_text()))
    assert {"bulletins/web.py", "migration", "entry point", "features.toml"} <= set(blocks)

    for name, text in blocks.items():
        if name.startswith("bulletins/"):
            file = tmp_path / "features" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
    (tmp_path / "test_bulletins.py").write_text(blocks["test_bulletins.py"])
    (tmp_path / "guide_slice.py").write_text(PLUGIN)

    shutil.copytree(root / "migrations", tmp_path / "migrations")
    revision = re.sub(
        r'down_revision = ".*"', f'down_revision = "{head("tenant")}"', blocks["migration"]
    )
    versions = tmp_path / "migrations" / "tenant" / "versions"
    (versions / "2099-01-01-0000_bulletins.py").write_text(revision)

    distribution = tmp_path / "guide_slice-1.dist-info"
    distribution.mkdir()
    (distribution / "METADATA").write_text("Metadata-Version: 2.1\nName: guide-slice\nVersion: 1\n")
    listed = re.search(r'entry-points\."(.+)"\]\n(.+)', blocks["entry point"])
    (distribution / "entry_points.txt").write_text(
        f"[{listed[1]}]\n{listed[2].replace(chr(34), '')}\n"
    )

    tenants = shutil.copytree(root / "tenants", tmp_path / "tenants")
    for folder in tenants.glob("[a-z]*/features.toml"):
        folder.write_text(folder.read_text() + "\n" + blocks["features.toml"])

    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "guide_slice", "-p", "tests.conftest",
         "-p", "no:cacheprovider", "--rootdir", str(tmp_path), str(tmp_path / "test_bulletins.py")],
        cwd=tmp_path,
        env={
            **{n: v for n, v in os.environ.items() if not n.startswith("PYTEST_")},
            "PYTHONPATH": f"{tmp_path}{os.pathsep}{root}",
            "VECHE_TEST_TENANTS": str(tenants),
        },
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
    assert "3 passed" in done.stdout
