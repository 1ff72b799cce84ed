"""`veche outbox` and `veche audit`: what an operator asks of events and journals."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated
from uuid import UUID

import typer
from rich.markup import escape
from rich.table import Table

from core.audit.journal import broken_link
from core.cli.terminal import FAILED, fail, out
from core.events.dead import dead_events, resend, waiting_events
from core.kit.clock import SystemClock
from core.rules import Catalogue
from core.settings import read_settings
from core.work import Runtime

outbox = typer.Typer(help="Events that wait, and events that failed too often.")
audit = typer.Typer(help="The journals of what staff did.")


@contextmanager
def _runtime() -> Iterator[Runtime]:
    runtime = Runtime(
        read_settings(),
        clock=SystemClock(),
        catalogue=Catalogue.installed(),
        name="cli",
        pool_size=1,
    )
    try:
        yield runtime
    finally:
        runtime.close()


@outbox.command("list")
def list_events(
    most: Annotated[int, typer.Option(min=1, help="How many dead events to show.")] = 50,
) -> None:
    """Show what waits in the outbox and what has died there."""
    with _runtime() as runtime:
        slugs = {city.role: city.slug for city in runtime.registry.all()}
        with runtime.databases.platform() as session:
            waiting = waiting_events(session, now=runtime.clock.now())
            dead = dead_events(session, most=most)
    table = Table("city", "kind", "due", "later", "due since", title="waiting")
    for one in waiting:
        since = f"{one.oldest:%Y-%m-%d %H:%M:%S}" if one.oldest else "—"
        table.add_row(slugs.get(one.role, one.role), one.kind, str(one.due), str(one.later), since)
    out.print(table)
    table = Table("id", "city", "kind", "died", "error", title="dead")
    for event in dead:
        table.add_row(
            str(event.id),
            slugs.get(event.role, event.role),
            event.kind,
            f"{event.died_at:%Y-%m-%d %H:%M:%S}",
            escape(event.error.splitlines()[0]),
        )
    out.print(table)


@outbox.command("resend")
def resend_events(
    events: Annotated[
        list[str] | None, typer.Argument(metavar="[ID]...", help="Dead events, as in `list`.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="All dead events.")] = False,
) -> None:
    """Send dead events again, after their cause has been mended.

    Handlers that had taken effect before will not do so twice.
    """
    if not events and not everything:
        fail("Name events by their id, or say --all.", code=2)
    try:
        chosen = None if everything else [UUID(event) for event in events or ()]
    except ValueError as error:
        fail(f"This is no id of an event: {error}", code=2)
    with _runtime() as runtime, runtime.databases.platform() as session:
        count = resend(session, now=runtime.clock.now(), events=chosen)
    out.print(f"[green]✓[/] {count} sent again")


@audit.command()
def verify(
    tenant: Annotated[
        str | None, typer.Option(metavar="SLUG", help="One municipality; all if left out.")
    ] = None,
) -> None:
    """Check that no entry of a journal was changed, removed or slipped in."""
    broken = 0
    with _runtime() as runtime:
        cities = [city for city in runtime.registry.all() if tenant is None or city.slug == tenant]
        if not cities:
            fail(f"There is no city {tenant} in the database." if tenant else "There is no city.")
        for city in cities:
            with runtime.databases.session(
                city.role, database=city.database, shard=city.shard
            ) as session:
                link = broken_link(session)
            if link is None:
                out.print(f"[green]✓[/] {city.slug}: every entry fits the one before it")
            else:
                broken += 1
                out.print(f"[red]✗[/] {city.slug}: the chain is broken at entry {link}")
    if broken:
        raise typer.Exit(FAILED)
