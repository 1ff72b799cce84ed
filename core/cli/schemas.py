"""`veche migrate` and `veche bootstrap`: the schemas of all cities, and the very first step."""

import os
from typing import Annotated

import typer
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from sqlalchemy import make_url

from core.cli.terminal import FAILED, AppLogin, err, fail, out, owner
from core.embedded import bootstrap as bootstrap_database
from core.embedded import bootstrap_sql, check_database_locale
from core.settings import read_settings
from core.tables import load_tables
from core.tenancy.migrate import Report, fingerprints
from core.tenancy.migrate import migrate as migrate_all
from core.tenancy.provision import OwnerConnection
from core.tenancy.schema import head


def migrate(
    parallel: Annotated[
        int, typer.Option(min=1, max=32, help="How many cities are migrated at a time.")
    ] = 4,
    no_wait: Annotated[
        bool, typer.Option("--no-wait", help="Give up (exit code 3) if another run is under way.")
    ] = False,
    compare: Annotated[
        bool,
        typer.Option("--fingerprints", help="Change nothing; compare the schemas of all cities."),
    ] = False,
) -> None:
    """Bring the platform and every city's schema to this release.

    A city that fails stays where it was and holds up no other one; running the command again goes
    on from there. Exit codes: 0 all done, 1 some cities failed, 2 no server, 3 busy.
    """
    settings = read_settings()
    load_tables()
    if compare:
        _compare_fingerprints()
        return
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=err,
        transient=True,
    ) as bar:
        task = bar.add_task("Cities", total=None)
        report = migrate_all(
            settings.owner_url,
            app_role=AppLogin(settings).role,
            parallel=parallel,
            wait=not no_wait,
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )
    with owner(settings) as (_settings, connection):
        check_database_locale(connection)
        _declare_production(connection)
    _print_report(report)
    if report.failed:
        raise typer.Exit(FAILED)


def _print_report(report: Report) -> None:
    for revision in report.platform:
        out.print(f"[green]✓[/] platform: {revision}")
    moved = len(report.done) - len(report.failed)
    out.print(
        f"[green]✓[/] {report.cities} cities, {moved} migrated, "
        f"all others were at {head('tenant')} already"
        if not report.failed
        else f"[red]✗[/] {report.cities} cities, {moved} migrated, {len(report.failed)} failed"
    )
    for failed in report.failed:
        reached = failed.applied[-1] if failed.applied else failed.city.revision
        out.print(
            f"  [red]{escape(failed.city.slug)}[/] ({failed.city.role}) stands at {reached}: "
            f"{escape(failed.error or '')}",
            soft_wrap=True,
        )


def _declare_production(connection: OwnerConnection) -> None:
    """A database that is not a demo's by now will never show the demo's sign-in page."""
    connection.execute(
        "INSERT INTO platform.installation (id, kind) VALUES (1, 'production')"
        " ON CONFLICT (id) DO NOTHING"
    )


def _compare_fingerprints() -> None:
    with owner() as (_settings, connection):
        found = fingerprints(connection)
    table = Table("fingerprint", "cities", "which")
    for digest, slugs in sorted(found.items(), key=lambda item: -len(item[1])):
        shown = ", ".join(slugs[:8]) + (" …" if len(slugs) > 8 else "")
        table.add_row(digest, str(len(slugs)), escape(shown))
    out.print(table)
    if len(found) > 1:
        fail("The schemas differ: some city was changed by hand or has not been migrated.")


def bootstrap(
    printed: Annotated[
        bool, typer.Option("--print", help="Print the SQL for psql instead of running it.")
    ] = False,
    database: Annotated[str, typer.Option(help="The database to make (with --print).")] = "veche",
) -> None:
    """Make roles, database and extensions on a PostgreSQL server, once, as a superuser.

    Without --print it connects to VECHE_SUPERUSER_DATABASE_URL and takes names and passwords from
    VECHE_DATABASE_URL and VECHE_OWNER_DATABASE_URL. It may be repeated.
    """
    if printed:
        out.print(bootstrap_sql(database).for_psql(), markup=False, soft_wrap=True)
        return
    superuser = os.environ.get("VECHE_SUPERUSER_DATABASE_URL")
    if not superuser:
        fail(
            "VECHE_SUPERUSER_DATABASE_URL is not set. Set it, or let a database administrator run "
            "the output of `veche bootstrap --print`.",
            code=2,
        )
    settings = read_settings()
    app_url, owner_url = make_url(settings.database_url), make_url(settings.owner_url)
    if not app_url.password or not owner_url.password or not app_url.database:
        fail("Both URLs need a database name and a password.", code=2)
    bootstrap_database(
        superuser,
        database=app_url.database,
        owner_password=owner_url.password,
        app_password=app_url.password,
    )
    out.print(f"[green]✓[/] {app_url.database} is ready; go on with `veche migrate`")
