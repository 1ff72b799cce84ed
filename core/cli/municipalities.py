"""`veche tenants`: municipalities as folders and as cities in the database."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated

import redis
import typer
from rich.markup import escape
from rich.table import Table

from core.cli.terminal import AppLogin, Tenants, err, fail, out, owner
from core.kit.text import Locale
from core.rules import Catalogue
from core.settings import Settings
from core.tenancy.differences import Differences
from core.tenancy.folder import (
    Finding,
    FolderError,
    TenantFolder,
    check_path,
    list_folders,
    new_folder,
    read_associations,
    read_folder,
    write_folder,
)
from core.tenancy.provision import drop_city, set_state
from core.tenancy.sync import compare, hosts_of, stored_folder, sync

app = typer.Typer(help="Municipalities: folders of data, and the cities made from them.")

Slugs = Annotated[
    list[str] | None, typer.Argument(metavar="[SLUG]...", help="Municipalities by their slug.")
]
All = Annotated[bool, typer.Option("--all", help="Every municipality of the folder.")]
Language = Annotated[str, typer.Option("--language", help="ru or en.")]


@app.command()
def new(
    slug: Annotated[str, typer.Argument(help="Folder name and host label: lower case, hyphens.")],
    name: Annotated[str, typer.Option(help="The municipality's name in Russian.")],
    name_en: Annotated[str, typer.Option(help="The municipality's name in English.")],
    folder: Tenants = Path("tenants"),
) -> None:
    """Start a municipality from the blank folder `_blank`."""
    new_folder(folder / "_blank", folder / slug, name=name, name_en=name_en)
    out.print(f"[green]✓[/] {escape(str(folder / slug))}")
    out.print(
        "Its regulation is an example: replace it act by act, then run "
        f"`veche tenants check {slug}` and `veche tenants sync {slug}`.",
        soft_wrap=True,
    )


@app.command()
def check(
    slugs: Slugs = None,
    everything: All = False,
    folder: Tenants = Path("tenants"),
    language: Language = "en",
) -> None:
    """Look for mistakes in folders: names, brand, law, scenarios. Needs no server."""
    paths = _paths(folder, slugs, everything)
    associations = {one.key for one in read_associations(folder)}
    locale: Locale = "ru" if language == "ru" else "en"
    errors = 0
    for path in paths:
        findings = check_path(path, Catalogue.installed(), associations=associations)
        wrong = [one for one in findings if one.severity == "error"]
        errors += len(wrong)
        sign = "[red]✗[/]" if wrong else "[green]✓[/]"
        out.print(f"{sign} [bold]{escape(path.name)}[/]")
        for finding in findings:
            _print_finding(finding, locale)
    errors += _shared_hosts(folder)
    if errors:
        raise typer.Exit(1)


@app.command("sync")
def synchronise(
    slugs: Slugs = None, everything: All = False, folder: Tenants = Path("tenants")
) -> None:
    """Bring folders into the database: makes missing cities, appends to regulations.

    Doing it again changes nothing. Nothing is deleted, and what was entered on screen stays.
    """
    paths = _paths(folder, slugs, everything)
    _refuse_mistakes(folder, paths)
    with owner() as (settings, connection):
        login = AppLogin(settings)
        for path in paths:
            city = read_folder(path)
            done = sync(
                connection,
                city,
                hosts=hosts_of(city, settings.base_domain),
                app_role=login.role,
                app_password=login.password,
                catalogue=Catalogue.installed(),
            )
            _print_differences(done, "synchronised")


@app.command()
def diff(slugs: Slugs = None, everything: All = False, folder: Tenants = Path("tenants")) -> None:
    """Show what `sync` would change, without changing it."""
    refused = False
    with owner() as (settings, connection):
        for path in _paths(folder, slugs, everything):
            city = read_folder(path)
            hosts = hosts_of(city, settings.base_domain)
            found = compare(connection, city, hosts=hosts, catalogue=Catalogue.installed())
            _print_differences(found, "to change")
            for problem in found.problems:
                out.print(f"  [red]![/] {escape(problem)}", soft_wrap=True)
                refused = True
    if refused:
        raise typer.Exit(1)


@app.command()
def export(
    slug: Annotated[str, typer.Argument(help="The municipality.")],
    to: Annotated[
        Path | None, typer.Option(help="Where to write; its own place in the folder if left out.")
    ] = None,
    folder: Tenants = Path("tenants"),
) -> None:
    """Write a city back to its folder, with what was entered on screen.

    Scenarios, which are not stored, are taken from the folder; comments in TOML files are lost.
    """
    with owner() as (_settings, connection):
        city = stored_folder(connection, slug)
    if city is None:
        fail(f"There is no city {slug} in the database.")
    target = to or folder / slug
    known = next((path for path in (target, folder / slug) if path.is_dir()), None)
    scenarios = read_folder(known).scenarios if known else ()
    write_folder(
        TenantFolder(
            slug=city.slug,
            profile=city.profile,
            acts=city.acts,
            procedures=city.procedures,
            entries=city.entries,
            scenarios=scenarios,
        ),
        target,
    )
    out.print(f"[green]✓[/] {escape(str(target))}")


@app.command("list")
def list_cities() -> None:
    """List the cities in the database."""
    with owner() as (_settings, connection):
        rows = connection.execute(
            "SELECT slug, profile->'names'->'nominative'->>'ru', state, role, revision,"
            " regulation_version, (SELECT string_agg(host, ' ' ORDER BY host)"
            " FROM platform.tenant_host WHERE tenant_id = tenant.id)"
            " FROM platform.tenant ORDER BY slug"
        ).fetchall()
    table = Table("slug", "name", "state", "schema", "revision", "regulation", "hosts")
    for row in rows:
        table.add_row(*(escape(str(cell)) if cell is not None else "—" for cell in row))
    out.print(table)


@app.command()
def disable(slug: Annotated[str, typer.Argument(help="The municipality.")]) -> None:
    """Take a city off the network; its data stays."""
    _switch(slug, "disabled")


@app.command()
def enable(slug: Annotated[str, typer.Argument(help="The municipality.")]) -> None:
    """Put a disabled city back on the network."""
    _switch(slug, "active")


@app.command()
def drop(
    slug: Annotated[str, typer.Argument(help="The municipality; it must be disabled.")],
    confirm: Annotated[
        str, typer.Option(help="The slug once more, instead of being asked.", metavar="SLUG")
    ] = "",
) -> None:
    """Delete a disabled city with all its data, for good."""
    said = confirm or typer.prompt(f"Everything of {slug} will be deleted. Type the slug again")
    if said != slug:
        fail("The slug was not repeated; nothing was deleted.")
    with owner() as (settings, connection):
        row = connection.execute(
            "SELECT role FROM platform.tenant WHERE slug = %s", (slug,)
        ).fetchone()
        if row is None or not drop_city(connection, slug):
            fail(f"There is no city {slug} in the database.")
    _forget_in_redis(settings, str(row[0]))
    out.print(f"[green]✓[/] {slug} deleted")


def _forget_in_redis(settings: Settings, role: str) -> None:
    """Sessions, codes and limits of the city; they would end by themselves, but later."""
    with redis.Redis.from_url(settings.redis_url, socket_timeout=5) as store:
        for key in store.scan_iter(match=f"{role}:*", count=1000):
            store.unlink(key)


def _switch(slug: str, state: str) -> None:
    with owner() as (_settings, connection):
        if not set_state(connection, slug, state):
            fail(f"There is no city {slug} in the database.")
    out.print(f"[green]✓[/] {slug}: {state}")


def _paths(folder: Path, slugs: Sequence[str] | None, everything: bool) -> Sequence[Path]:
    if not folder.is_dir():
        fail(f"There is no folder {folder}; name it with --folder.")
    if everything:
        return list_folders(folder)
    if not slugs:
        known = ", ".join(path.name for path in list_folders(folder))
        fail(f"Name a municipality or say --all. There are: {known or 'none yet'}.")
    return [folder / slug for slug in slugs]


def _refuse_mistakes(folder: Path, paths: Iterable[Path]) -> None:
    associations = {one.key for one in read_associations(folder)}
    mistakes = False
    for path in paths:
        for finding in check_path(path, Catalogue.installed(), associations=associations):
            if finding.severity == "error":
                mistakes = True
                err.print(f"[red]✗[/] [bold]{escape(path.name)}[/]")
                err.print(f"  {escape(finding.where)}: {escape(finding.message.en)}")
    if mistakes:
        fail("Nothing was synchronised: mend the folders first.")


def _shared_hosts(folder: Path) -> int:
    """Complain about host names that two municipalities claim; returns how many."""
    claimed: dict[str, list[str]] = {}
    for path in list_folders(folder):
        try:
            hosts = read_folder(path).profile.hosts
        except FolderError:  # reported already, if it was asked about
            continue
        for host in hosts:
            claimed.setdefault(host, []).append(path.name)
    shared = {host: slugs for host, slugs in claimed.items() if len(slugs) > 1}
    for host, slugs in shared.items():
        out.print(f"[red]✗[/] {escape(host)} is claimed by {escape(', '.join(slugs))}")
    return len(shared)


def _print_finding(finding: Finding, locale: Locale) -> None:
    colour = "red" if finding.severity == "error" else "yellow"
    out.print(
        f"  [{colour}]{finding.severity}[/] {escape(finding.where)}: "
        f"{escape(finding.message.in_(locale))}",
        soft_wrap=True,
    )


def _print_differences(found: Differences, word: str) -> None:
    if found.nothing:
        out.print(f"[green]✓[/] [bold]{found.slug}[/]: no change")
    else:
        out.print(f"[green]✓[/] [bold]{found.slug}[/]: {len(found.changes)} {word}")
    for change in found.changes:
        was = f"[red]{escape(change.was)}[/] → " if change.was is not None else ""
        sign = "[yellow]~[/]" if change.was is not None else "[green]+[/]"
        out.print(
            f"  {sign} {change.kind} {escape(change.subject)}: {was}{escape(change.becomes)}",
            soft_wrap=True,
        )
    for kept in found.kept:
        why = "entered on screen" if kept.on_screen else "not in the folder, stays in history"
        out.print(
            f"  [dim]· {escape(kept.subject)} = {escape(kept.value)}: {why}[/]", soft_wrap=True
        )
