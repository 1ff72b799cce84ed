"""A municipality made from the blank, and a way to spoil it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from core.rules import Catalogue
from core.tenancy.folder import new_folder

BLANK = Path(__file__).resolve().parents[2] / "tenants" / "_blank"


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return Catalogue.installed()


@pytest.fixture
def city_folder(tmp_path: Path) -> Path:
    """A fresh copy of the blank, read and found sound."""
    path = tmp_path / "novy"
    new_folder(BLANK, path, name="Новый", name_en="Novy")
    return path


@pytest.fixture
def change(city_folder: Path) -> Callable[..., Path]:
    """`change("acts.toml", "number", "nomer")` replaces words; `add="…"` appends."""

    def edit(file: str, old: str = "", new: str = "", *, add: str = "") -> Path:
        target = city_folder / file
        text = target.read_text(encoding="utf-8") if target.exists() else ""
        assert old in text
        target.parent.mkdir(exist_ok=True)
        target.write_text((text.replace(old, new, 1) if old else text) + add, encoding="utf-8")
        return city_folder

    return edit
