"""What is written reads back the same, and the blank becomes a city under any lawful name."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.kit.text import Text
from core.rules import Catalogue, Entry, Procedure
from core.tenancy.folder import (
    FolderError,
    TenantFolder,
    check_folder,
    new_folder,
    read_folder,
    write_folder,
)
from core.tenancy.folder.checking import RESERVED_SLUGS
from core.tenancy.tenant import SLUG_PATTERN, CityProfile
from tests.tenants.conftest import BLANK
from tests.tenants.test_folder_reading import PROVIDER

names = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=40)
slugs = st.from_regex(SLUG_PATTERN, fullmatch=True).filter(
    lambda slug: 2 <= len(slug) <= 40 and slug not in RESERVED_SLUGS
)


@settings(max_examples=25, deadline=None)
@given(slug=slugs, name=names, name_en=names)
def test_the_blank_is_sound_under_any_name(slug: str, name: str, name_en: str) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / slug
        made = new_folder(BLANK, path, name=name, name_en=name_en)
        assert check_folder(made, Catalogue.installed()) == ()
        assert made.profile.names.nominative == Text(ru=name, en=name_en)
        write_folder(made, path)
        assert read_folder(path) == made


def test_a_folder_that_exists_is_left_alone(city_folder: Path) -> None:
    with pytest.raises(FolderError, match="exists already"):
        new_folder(BLANK, city_folder, name="Другой", name_en="Other")
    assert read_folder(city_folder).profile.names.nominative.ru == "Новый"


def test_a_bad_name_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(FolderError, match="becomes the host name"):
        new_folder(BLANK, tmp_path / "Новый", name="Новый", name_en="Novy")
    assert list(tmp_path.iterdir()) == []


def whole(folder: TenantFolder) -> TenantFolder:
    """The folder with everything a folder may hold."""
    entry = Entry(
        procedure="zz",
        module="sample",
        parameter="table",
        since=date(2025, 1, 2),
        value=[{"key": "a", "rows": [{"share": Decimal("0.50"), "day": date(2025, 1, 1)}]}],
        note='Строка\nс "кавычками" и \\',
    )
    procedure = Procedure(key="zz", feature="zz", title=Text(ru="Порядок", en="Procedure"))
    simple = [[], [1, 2], {}, {"a": 1}, {"a": {"b": [1]}}, "x", True, 0, [1, {"a": {}}], [{"a": 1}]]
    more = [
        msgspec.structs.replace(entry, parameter=f"p{n}", value=v) for n, v in enumerate(simple)
    ]
    brand = msgspec.structs.replace(
        folder.profile.brand, cover=folder.profile.brand.emblem, hue=1.5
    )
    return msgspec.structs.replace(
        folder,
        profile=msgspec.structs.replace(folder.profile, brand=brand, hosts=("a.example.org",)),
        procedures=(*folder.procedures, procedure),
        entries=(*folder.entries, entry, *more),
    )


def test_everything_survives(city_folder: Path, tmp_path: Path) -> None:
    tenant = city_folder / "tenant.toml"
    tenant.write_text(tenant.read_text(encoding="utf-8") + PROVIDER, encoding="utf-8")
    folder = whole(read_folder(city_folder))
    target = tmp_path / "elsewhere" / "novy"
    write_folder(folder, target)
    assert read_folder(target) == folder


def test_what_is_gone_is_removed(city_folder: Path) -> None:
    folder = read_folder(city_folder)
    demo = city_folder / "demo" / "polls.toml"
    demo.parent.mkdir()
    demo.touch()
    write_folder(whole(folder), city_folder)
    assert (city_folder / "regulation" / "zz.toml").exists()
    write_folder(folder, city_folder)
    assert not (city_folder / "regulation" / "zz.toml").exists()
    assert not (city_folder / "brand" / "cover.svg").exists()
    assert demo.exists()
    assert read_folder(city_folder) == folder


def test_not_set_has_no_written_form(city_folder: Path, tmp_path: Path) -> None:
    folder = read_folder(city_folder)
    unset = msgspec.structs.replace(folder.entries[-1], value=None)
    folder = msgspec.structs.replace(folder, entries=(*folder.entries, unset))
    with pytest.raises(FolderError, match="cannot be written in TOML"):
        write_folder(folder, tmp_path / "target")


def test_the_profile_survives_the_registry(city_folder: Path) -> None:
    profile = read_folder(city_folder).profile
    assert msgspec.json.decode(msgspec.json.encode(profile), type=CityProfile) == profile


def test_a_newer_release_may_add_to_the_profile(city_folder: Path) -> None:
    profile = read_folder(city_folder).profile
    stored = msgspec.to_builtins(profile) | {"unheard_of": 1}
    assert msgspec.convert(stored, CityProfile) == profile
