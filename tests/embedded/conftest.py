"""Folders for real servers: short ones under /tmp, and one initdb for the whole run."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.embedded import Bundle, launch


@pytest.fixture(scope="session")
def template() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="veche-template-"))
    yield path
    shutil.rmtree(path)


@pytest.fixture
def folder() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="veche-embedded-"))
    yield path
    shutil.rmtree(path)


@pytest.fixture(scope="session")
def bundle(template: Path) -> Iterator[Bundle]:
    """Both servers, for tests that neither stop them nor leave anything behind."""
    path = Path(tempfile.mkdtemp(prefix="veche-embedded-"))
    with launch(path, fsync=False, initdb_template=template) as started:
        yield started
    shutil.rmtree(path)
