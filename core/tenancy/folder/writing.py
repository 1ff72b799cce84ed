"""Writes folders: the exporter, and the copy of the blank that a new municipality starts from.

What is written reads back as the same values; comments, `demo/` and README.md are left alone.
"""

import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePath
from typing import Any

from core.kit.text import Text
from core.rules import Entry, Procedure
from core.tenancy.folder.content import FolderError, TenantFolder
from core.tenancy.folder.reading import (
    Accent,
    DistrictsFile,
    OrganisationFile,
    TenantFile,
    TopicsFile,
    read_folder,
)
from core.tenancy.folder.toml import plain, write
from core.tenancy.tenant import CityCalendar


def write_folder(folder: TenantFolder, path: Path) -> None:
    """Write a municipality to `path`, replacing what was there of the same kind."""
    written = dict(_files(folder))
    for file, text in written.items():
        target = path / file
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8", newline="\n")
    for pattern in (
        "regulation/*.toml",
        "scenarios/*.toml",
        "reference/calendar.toml",
        "brand/cover.svg",
    ):
        for old in path.glob(pattern):
            if old.relative_to(path) not in written:
                old.unlink()


def new_folder(blank: Path, target: Path, *, name: str, name_en: str) -> TenantFolder:
    """Copy the blank to `target`, whose own name is the slug, and put the names in.

    What the blank says of law is an example and says so; the city replaces it act by act.
    """
    if target.exists():
        raise FolderError(
            target.name,
            Text(
                ru="такая папка уже есть; выберите другое имя",
                en="the folder exists already; please choose another name",
            ),
        )
    values = {"{slug}": target.name, "{name}": name, "{name_en}": name_en}
    shutil.copytree(blank, target)
    try:
        for file in target.rglob("*.toml"):
            file.write_text(_filled(file.read_text(encoding="utf-8"), values), encoding="utf-8")
        return read_folder(target)
    except FolderError:
        shutil.rmtree(target)
        raise


def _filled(text: str, values: dict[str, str]) -> str:
    """Put values where the blank names them; they stand inside TOML strings."""
    for mark, value in values.items():
        text = text.replace(mark, write({"v": value})[5:-2])
    return text


def _files(folder: TenantFolder) -> Iterator[tuple[PurePath, str]]:
    profile = folder.profile
    tenant = TenantFile(
        locale=profile.locale,
        timezone=profile.timezone,
        association=profile.association,
        hosts=profile.hosts,
        names=profile.names,
        brand=Accent(hue=profile.brand.hue, chroma=profile.brand.chroma),
        contacts=profile.contacts,
        notice=profile.notice,
        map=profile.map,
        sign_in=profile.sign_in,
    )
    yield PurePath("tenant.toml"), write(plain(tenant))
    yield PurePath("features.toml"), write({k: plain(f) for k, f in profile.features.items()})
    yield PurePath("acts.toml"), write({"act": [plain(act) for act in folder.acts]})
    for procedure in folder.procedures:
        file = PurePath("regulation", f"{procedure.key}.toml")
        yield file, write(_procedure(file, procedure, folder.entries))
    for key in dict.fromkeys(scenario.procedure for scenario in folder.scenarios):
        rows = [plain(s) for s in folder.scenarios if s.procedure == key]
        yield PurePath("scenarios", f"{key}.toml"), write({"scenario": rows})
    yield PurePath("reference/topics.toml"), write(plain(TopicsFile(profile.topics)))
    yield PurePath("reference/districts.toml"), write(plain(DistrictsFile(profile.districts)))
    yield PurePath("reference/organisation.toml"), write(plain(OrganisationFile(profile.units)))
    if profile.calendar != CityCalendar():
        yield PurePath("reference/calendar.toml"), write(plain(profile.calendar))
    yield PurePath("brand/emblem.svg"), profile.brand.emblem
    if profile.brand.cover is not None:
        yield PurePath("brand/cover.svg"), profile.brand.cover


def _procedure(file: PurePath, procedure: Procedure, entries: Iterable[Entry]) -> dict[str, Any]:
    content: dict[str, Any] = {"feature": procedure.feature, "title": plain(procedure.title)}
    for entry in entries:
        if entry.procedure != procedure.key:
            continue
        if entry.value is None:
            name = f"{entry.module}.{entry.parameter}"
            raise FolderError(
                file,
                Text(
                    ru=f"{name} с {entry.since}: «не задано» нельзя записать в TOML",
                    en=f"{name} from {entry.since}: “not set” cannot be written in TOML",
                ),
            )
        line = plain(entry)
        for key in ("procedure", "module", "parameter"):
            del line[key]
        content.setdefault(entry.module, {}).setdefault(entry.parameter, []).append(line)
    return content
