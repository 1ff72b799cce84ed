"""Looks for what is wrong with a municipality before it is offered to anybody: the law through the
rules library, its scenarios, and the sense of everything that is not law."""

import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from email_validator import EmailNotValidError, validate_email

from core.kit.level import Level
from core.kit.text import Text
from core.rules import Catalogue
from core.rules.findings import check_regulation
from core.rules.scenarios import run
from core.tenancy.brand import (
    COVER_LIMIT,
    EMBLEM_LIMIT,
    MINIMUM_CONTRAST,
    accent_contrasts,
    svg_problems,
)
from core.tenancy.folder.content import FolderError, TenantFolder
from core.tenancy.folder.reading import read_folder
from core.tenancy.tenant import CityProfile, Provider, Unit

RESERVED_SLUGS: Final = frozenset(
    [
        "admin",
        "api",
        "app",
        "assets",
        "association",
        "demo",
        "mail",
        "operator",
        "platform",
        "static",
        "status",
        "test",
        "www",
    ]
)
"""Host labels that belong to the installation."""

_HOST: Final = re.compile(r"^(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$")
_SECRET: Final = re.compile(r"^[A-Z][A-Z0-9_]*$")


class Finding(msgspec.Struct, frozen=True):
    """One thing to mend and where it is; an error keeps the folder from being synchronised."""

    severity: Literal["error", "warning"]
    where: str
    message: Text


def check_folder(
    folder: TenantFolder,
    catalogue: Catalogue,
    *,
    associations: Collection[str] | None = None,
) -> tuple[Finding, ...]:
    """Everything that is wrong with a folder; empty if all is well.

    `associations` are the keys a city may name; None leaves that unchecked.
    """
    return (
        *_profile(folder, associations),
        *_brand(folder.profile),
        *_offers(folder),
        *_law(folder, catalogue),
        *_scenarios(folder, catalogue),
    )


def check_path(
    path: Path, catalogue: Catalogue, *, associations: Collection[str] | None = None
) -> tuple[Finding, ...]:
    """Like `check_folder` for a folder on disk; one that cannot be read is one error."""
    try:
        folder = read_folder(path)
    except FolderError as error:
        where = error.file if error.line is None else f"{error.file}:{error.line}"
        return (Finding("error", where, error.problem),)
    return check_folder(folder, catalogue, associations=associations)


def _error(where: str, ru: str, en: str) -> Finding:
    return Finding("error", where, Text(ru=ru, en=en))


def _warning(where: str, ru: str, en: str) -> Finding:
    return Finding("warning", where, Text(ru=ru, en=en))


def _profile(folder: TenantFolder, associations: Collection[str] | None) -> Iterator[Finding]:
    profile = folder.profile
    file = "tenant.toml"
    if folder.slug in RESERVED_SLUGS:
        yield _error(
            folder.slug,
            "это имя занято самой установкой; переименуйте папку",
            "this name belongs to the installation itself; please rename the folder",
        )
    try:
        ZoneInfo(profile.timezone)
    except (ZoneInfoNotFoundError, ValueError):
        yield _error(
            f"{file}: timezone",
            f"часового пояса «{profile.timezone}» нет; пример: Asia/Yekaterinburg",
            f"there is no time zone {profile.timezone!r}; an example: Asia/Yekaterinburg",
        )
    for host in profile.hosts:
        if not _HOST.match(host):
            yield _error(
                f"{file}: hosts",
                f"«{host}» не похоже на имя узла; пример: golos.example.org",
                f"{host!r} is no host name; an example: golos.example.org",
            )
    if len(set(profile.hosts)) != len(profile.hosts):
        yield _error(f"{file}: hosts", "имя узла повторяется", "a host name is repeated")
    if associations is not None and profile.association not in {None, *associations}:
        yield _error(
            f"{file}: association",
            f"ассоциации «{profile.association}» нет в associations.toml",
            f"the association {profile.association!r} is not in associations.toml",
        )
    try:
        validate_email(profile.contacts.email, check_deliverability=False, test_environment=True)
    except EmailNotValidError as problem:
        yield _error(
            f"{file}: contacts.email",
            f"адрес «{profile.contacts.email}» записан неверно",
            f"the address {profile.contacts.email!r} is not valid: {problem}",
        )
    yield from _notice(folder)
    yield from _sign_in(profile)
    yield from _tree(profile.units)
    yield from _calendar(folder)


def _calendar(folder: TenantFolder) -> Iterator[Finding]:
    known = {act.key: act for act in folder.acts}
    for day in folder.profile.calendar.day:
        where = f"reference/calendar.toml: {day.on:%Y-%m-%d}"
        if day.act not in known:
            yield _error(
                where,
                f"акта «{day.act}» нет в acts.toml",
                f"the act {day.act!r} is not in acts.toml",
            )
        elif day.on < known[day.act].adopted:
            yield _warning(
                where,
                f"день раньше акта, принятого {known[day.act].adopted:%d.%m.%Y}",
                f"the day lies before the act, which dates from {known[day.act].adopted}",
            )
        if not day.working and day.on.weekday() >= 5:
            yield _warning(
                where,
                "суббота и воскресенье и так выходные",
                "Saturday and Sunday are days off anyway",
            )
        if not day.clause.strip():
            yield _error(where, "укажите пункт акта", "please name the clause of the act")


def _notice(folder: TenantFolder) -> Iterator[Finding]:
    notice = folder.profile.notice
    known = {act.key for act in folder.acts}
    if (notice.act is None) != (notice.clause is None):
        yield _error(
            "tenant.toml: notice",
            "укажите и акт, и пункт или не указывайте ничего",
            "give both act and clause, or neither",
        )
    if notice.act is not None and notice.act not in known:
        yield _error(
            "tenant.toml: notice.act",
            f"акта «{notice.act}» нет в acts.toml",
            f"the act {notice.act!r} is not in acts.toml",
        )


def _sign_in(profile: CityProfile) -> Iterator[Finding]:
    sign_in, file = profile.sign_in, "tenant.toml: sign_in"
    if not (sign_in.email_code or sign_in.phone_code or sign_in.providers):
        yield _error(
            file,
            "жителям нечем войти; включите код по почте или телефону",
            "residents have no way to sign in; please allow codes by e-mail or phone",
        )
    keys = [provider.key for provider in sign_in.providers]
    for provider in sign_in.providers:
        if keys.count(provider.key) > 1:
            yield _error(
                f"{file}.providers",
                f"ключ «{provider.key}» повторяется",
                f"the key {provider.key!r} is repeated",
            )
        yield from _provider(provider, f"{file}.providers.{provider.key}")


def _provider(provider: Provider, where: str) -> Iterator[Finding]:
    if not provider.issuer.startswith("https://"):
        yield _error(
            f"{where}.issuer",
            "адрес должен начинаться с https://",
            "the address must begin with https://",
        )
    if "openid" not in provider.scopes:
        yield _error(f"{where}.scopes", "среди прав нужен openid", "the scopes must include openid")
    if provider.grants is Level.NONE:
        yield _error(
            f"{where}.grants",
            "вход через поставщика должен что-то подтверждать",
            "signing in through a provider must confirm something",
        )
    if not _SECRET.match(provider.secret):
        yield _error(
            f"{where}.secret",
            "здесь пишут имя секрета прописными буквами (OIDC_SECRET), а не сам секрет",
            "this is the name of a secret in capitals (OIDC_SECRET), never the secret itself",
        )


def _tree(units: tuple[Unit, ...]) -> Iterator[Finding]:
    parents = {unit.key: unit.parent for unit in units}
    for unit in units:
        where = f"reference/organisation.toml: {unit.key}"
        if unit.parent is not None and unit.parent not in parents:
            yield _error(
                where,
                f"вышестоящего подразделения «{unit.parent}» нет в этом файле",
                f"the parent {unit.parent!r} is not in this file",
            )
            continue
        above, steps = unit.parent, 0
        while above is not None and steps <= len(units):
            above, steps = parents.get(above), steps + 1
        if above is not None:
            yield _error(
                where,
                "подразделение подчиняется само себе",
                "the unit stands above itself",
            )


def _brand(profile: CityProfile) -> Iterator[Finding]:
    brand = profile.brand
    for where, ratio in accent_contrasts(brand.hue, brand.chroma).items():
        if ratio < MINIMUM_CONTRAST:
            yield _error(
                "tenant.toml: brand",
                f"контраст {ratio:.2f} меньше {MINIMUM_CONTRAST} ({where}); уменьшите chroma",
                f"contrast {ratio:.2f} is below {MINIMUM_CONTRAST} ({where}); lower the chroma",
            )
    for file, svg, limit in (
        ("brand/emblem.svg", brand.emblem, EMBLEM_LIMIT),
        ("brand/cover.svg", brand.cover, COVER_LIMIT),
    ):
        for problem in svg_problems(svg, limit) if svg is not None else ():
            yield Finding("error", file, problem)


def _offers(folder: TenantFolder) -> Iterator[Finding]:
    governed = {procedure.feature for procedure in folder.procedures}
    offered = {key for key, offer in folder.profile.features.items() if offer.offered}
    for key in sorted(offered - governed):
        if key in _NEEDS_PROCEDURE:
            yield _error(
                f"features.toml: {key}",
                f"возможность предлагается, но порядка для неё нет: добавьте regulation/{key}.toml",
                f"the feature is offered, but has no procedure: please add regulation/{key}.toml",
            )
    if "polls" in offered and not folder.profile.topics:
        yield _warning(
            "reference/topics.toml",
            "опросы предлагаются, но ни одной темы для них нет",
            "polls are offered, but there is no topic to file them under",
        )


_NEEDS_PROCEDURE: Final = frozenset({"polls", "bonus"})


def _law(folder: TenantFolder, catalogue: Catalogue) -> Iterator[Finding]:
    for found in check_regulation(folder.regulation(), catalogue):
        name = ".".join(part for part in (found.module, found.parameter) if part)
        since = f" ({found.on:%Y-%m-%d})" if found.on else ""
        where = f"regulation/{found.procedure}.toml"
        yield Finding(found.severity, f"{where}: {name}{since}" if name else where, found.message)
    adopted = {act.key: act.adopted for act in folder.acts}
    for entry in folder.entries:
        day = adopted.get(entry.act or "")
        if day is not None and entry.since < day and not entry.note:
            yield _warning(
                f"regulation/{entry.procedure}.toml: {entry.module}.{entry.parameter}",
                f"значение действует с {entry.since:%d.%m.%Y}, а акт принят {day:%d.%m.%Y}; "
                "если акт имеет обратную силу, объясните это в note",
                f"the value is in force from {entry.since}, but the act dates from {day}; "
                "if the act is retroactive, please say so in note",
            )


def _scenarios(folder: TenantFolder, catalogue: Catalogue) -> Iterator[Finding]:
    regulation = folder.regulation()
    for scenario in folder.scenarios:
        where = f"scenarios/{scenario.procedure}.toml: {scenario.title}"
        for problem in run(scenario, regulation, catalogue).problems:
            yield Finding("error", where, problem)
    proved = {scenario.procedure for scenario in folder.scenarios}
    for key in sorted({entry.procedure for entry in folder.entries} - proved):
        yield _warning(
            f"scenarios/{key}.toml",
            "у порядка нет ни одного проверочного примера",
            "the procedure has no scenario to prove it",
        )
