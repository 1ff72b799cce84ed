"""Reads a municipality's folder into values. It is strict: a file or key that nobody will look at
is an error, because a misspelt name would otherwise drop a part of the law in silence."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path, PurePath
from typing import Annotated, Final, TypeVar

import msgspec

from core.kit.text import Locale, Text
from core.rules import BadRegulation, Entry, Procedure
from core.rules.scenarios import Scenario, read_scenarios
from core.rules.written import read_acts, read_procedure
from core.tenancy.folder.content import FolderError, TenantFolder
from core.tenancy.folder.toml import decode, parse, unreadable
from core.tenancy.tenant import (
    SLUG_PATTERN,
    Association,
    Brand,
    CityCalendar,
    CityProfile,
    Contacts,
    District,
    FeatureOffer,
    Key,
    MapBox,
    Names,
    Notice,
    SignIn,
    Slug,
    Topic,
    Unit,
)

T = TypeVar("T")

_FILES: Final = (
    "tenant.toml",
    "features.toml",
    "acts.toml",
    "README.md",
    "regulation/*.toml",
    "scenarios/*.toml",
    "reference/topics.toml",
    "reference/districts.toml",
    "reference/organisation.toml",
    "reference/calendar.toml",
    "brand/emblem.svg",
    "brand/cover.svg",
    "demo/*",
)


class Accent(msgspec.Struct, frozen=True, kw_only=True):
    """`[brand]` in tenant.toml; the pictures are files of their own."""

    hue: Annotated[float, msgspec.Meta(ge=0, lt=360)]
    chroma: Annotated[float, msgspec.Meta(ge=0, le=0.4)]


class TenantFile(msgspec.Struct, frozen=True, kw_only=True):
    """tenant.toml."""

    locale: Locale = "ru"
    timezone: str
    association: Key | None = None
    hosts: tuple[str, ...] = ()
    names: Names
    brand: Accent
    contacts: Contacts
    notice: Notice
    map: MapBox | None = None
    sign_in: SignIn = SignIn()


class TopicsFile(msgspec.Struct, frozen=True):
    """reference/topics.toml."""

    topic: tuple[Topic, ...] = ()


class DistrictsFile(msgspec.Struct, frozen=True):
    """reference/districts.toml."""

    district: tuple[District, ...] = ()


class OrganisationFile(msgspec.Struct, frozen=True):
    """reference/organisation.toml."""

    unit: tuple[Unit, ...] = ()


class AssociationsFile(msgspec.Struct, frozen=True):
    """tenants/associations.toml."""

    association: tuple[Association, ...] = ()


def read_folder(path: Path) -> TenantFolder:
    """The folder of one municipality; raises FolderError naming the first thing that is wrong."""
    _slug(path)
    _no_strangers(path)
    acts = _law(path, PurePath("acts.toml"), read_acts)
    procedures: list[Procedure] = []
    entries: list[Entry] = []
    for file in _within(path, "regulation", ".toml"):
        procedure, found = _law(path, file, partial(read_procedure, file.stem), _misplaced)
        procedures.append(procedure)
        entries += found
    scenarios = [s for file in _within(path, "scenarios", ".toml") for s in _scenarios(path, file)]
    _once(PurePath("acts.toml"), [act.key for act in acts])
    return TenantFolder(
        slug=path.name,
        profile=_profile(path),
        acts=acts,
        procedures=tuple(procedures),
        entries=tuple(entries),
        scenarios=tuple(scenarios),
    )


def read_associations(tenants: Path) -> tuple[Association, ...]:
    """The associations that cities may name, from `associations.toml` beside their folders."""
    file = PurePath("associations.toml")
    if not (tenants / file).is_file():
        return ()
    found = decode(file, _text(tenants, file), AssociationsFile).association
    _once(file, [association.key for association in found])
    return found


def list_folders(tenants: Path) -> tuple[Path, ...]:
    """The municipalities' folders, by slug; names that begin with `_` or `.` are not cities."""
    return tuple(
        sorted(p for p in tenants.iterdir() if p.is_dir() and not p.name.startswith(("_", ".")))
    )


def _profile(path: Path) -> CityProfile:
    tenant = _file(path, "tenant.toml", TenantFile)
    features = _file(path, "features.toml", dict[Key, FeatureOffer])
    topics = _file(path, "reference/topics.toml", TopicsFile, TopicsFile()).topic
    districts = _file(path, "reference/districts.toml", DistrictsFile, DistrictsFile()).district
    units = _file(path, "reference/organisation.toml", OrganisationFile, OrganisationFile()).unit
    calendar = _file(path, "reference/calendar.toml", CityCalendar, CityCalendar())
    _once(PurePath("reference/topics.toml"), [topic.key for topic in topics])
    _once(PurePath("reference/districts.toml"), [district.key for district in districts])
    _once(PurePath("reference/organisation.toml"), [unit.key for unit in units])
    _once(PurePath("reference/calendar.toml"), [f"{one.on:%Y-%m-%d}" for one in calendar.day])
    cover = PurePath("brand/cover.svg")
    return CityProfile(
        names=tenant.names,
        brand=Brand(
            hue=tenant.brand.hue,
            chroma=tenant.brand.chroma,
            emblem=_text(path, PurePath("brand/emblem.svg")),
            cover=_text(path, cover) if (path / cover).is_file() else None,
        ),
        contacts=tenant.contacts,
        notice=tenant.notice,
        locale=tenant.locale,
        timezone=tenant.timezone,
        hosts=tenant.hosts,
        association=tenant.association,
        map=tenant.map,
        sign_in=tenant.sign_in,
        features=features,
        districts=districts,
        topics=topics,
        units=units,
        calendar=calendar,
    )


def _file(path: Path, name: str, kind: type[T], missing: T | None = None) -> T:
    file = PurePath(name)
    if missing is not None and not (path / file).is_file():
        return missing
    return decode(file, _text(path, file), kind)


def _law(
    path: Path,
    file: PurePath,
    read: Callable[[str], T],
    misplaced: Callable[[PurePath, str], FolderError | None] = lambda file, text: None,
) -> T:
    text = _text(path, file)
    try:
        return read(text)
    except BadRegulation as error:
        cause = error.__cause__ if isinstance(error.__cause__, Exception) else error
        raise misplaced(file, text) or unreadable(file, text, cause) from error


def _misplaced(file: PurePath, text: str) -> FolderError | None:
    """The entry of a procedure that cannot be read, by module, parameter and number."""
    for module, parameters in parse(file, text).items():
        for parameter, rows in parameters.items() if isinstance(parameters, dict) else ():
            names = {"procedure": file.stem, "module": module, "parameter": parameter}
            for number, row in enumerate(rows if isinstance(rows, list) else ()):
                try:
                    msgspec.convert(names | row if isinstance(row, dict) else row, Entry)
                except msgspec.ValidationError as error:
                    return unreadable(file, text, error, (module, parameter, str(number)))
    return None


def _scenarios(path: Path, file: PurePath) -> tuple[Scenario, ...]:
    scenarios = _law(path, file, read_scenarios)
    for scenario in scenarios:
        if scenario.procedure != file.stem:
            raise FolderError(
                file,
                Text(
                    ru=f"пример «{scenario.title}» относится к порядку «{scenario.procedure}»; "
                    f"перенесите его в scenarios/{scenario.procedure}.toml",
                    en=f"the scenario “{scenario.title}” is about {scenario.procedure!r}; "
                    f"please move it to scenarios/{scenario.procedure}.toml",
                ),
            )
    return scenarios


def _text(path: Path, file: PurePath) -> str:
    try:
        return (path / file).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise FolderError(
            file,
            Text(
                ru=f"файла нет в папке {path.name}; образец лежит в папке _blank",
                en=f"the file is missing from {path.name}; see _blank for a sample",
            ),
        ) from None
    except UnicodeDecodeError as error:
        raise FolderError(
            file,
            Text(
                ru="файл не в кодировке UTF-8; сохраните его заново",
                en="the file is not UTF-8; please save it again",
            ),
        ) from error


def _within(path: Path, folder: str, suffix: str) -> Iterator[PurePath]:
    for file in sorted((path / folder).glob(f"*{suffix}")):
        yield PurePath(folder, file.name)


def _slug(path: Path) -> None:
    try:
        msgspec.convert(path.name, Slug)
    except msgspec.ValidationError:
        raise FolderError(
            path.name,
            Text(
                ru="имя папки станет адресом сайта: строчные латинские буквы, цифры и дефисы, "
                f"от 2 до 40 знаков ({SLUG_PATTERN})",
                en="the folder's name becomes the host name: lower-case Latin letters, digits and "
                f"hyphens, 2 to 40 characters ({SLUG_PATTERN})",
            ),
        ) from None
    if not path.is_dir():
        raise FolderError(path.name, Text(ru="такой папки нет", en="there is no such folder"))


def _no_strangers(path: Path) -> None:
    for file in sorted(p.relative_to(path) for p in path.rglob("*") if p.is_file()):
        if file.name.startswith(".") or any(_matches(file, pattern) for pattern in _FILES):
            continue
        raise FolderError(
            file,
            Text(
                ru="такого файла в описании города быть не должно; проверьте имя и папку",
                en="no such file belongs in a city's folder; please check its name and place",
            ),
        )


def _matches(file: PurePath, pattern: str) -> bool:
    wanted = PurePath(pattern)
    return len(file.parts) == len(wanted.parts) and file.match(pattern)


def _once(file: PurePath, keys: list[str]) -> None:
    for key in keys:
        if keys.count(key) > 1:
            raise FolderError(
                file,
                Text(ru=f"ключ «{key}» встречается дважды", en=f"the key {key!r} occurs twice"),
            )
