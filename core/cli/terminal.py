"""What every command shares: where it writes, how it fails, which surroundings it finds."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final, NoReturn

import typer
from rich.console import Console
from sqlalchemy import make_url

from core.settings import Settings, read_settings
from core.tables import load_tables
from core.tenancy.provision import OwnerConnection, connect_owner

FAILED: Final = 1
"""Something was looked at and is not as it should be."""

IMPOSSIBLE: Final = 2
"""The command could not even begin: settings, servers, arguments."""

BUSY: Final = 3
"""Somebody else is doing the same."""

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

Tenants = Annotated[
    Path,
    typer.Option(
        "--folder",
        envvar="VECHE_TENANTS",
        help="The folder that holds one folder for each municipality.",
        file_okay=False,
    ),
]
Tenant = Annotated[
    str, typer.Option("--tenant", metavar="SLUG", help="The municipality, by its slug.")
]


def fail(message: str, *, code: int = FAILED) -> NoReturn:
    """End the command with a message on standard error."""
    err.print(f"[red]✗[/] {message}", soft_wrap=True)
    raise typer.Exit(code)


def has_database() -> bool:
    """Whether the surroundings name a database at all."""
    return bool(os.environ.get("VECHE_DATABASE_URL"))


class AppLogin:
    """The application's login role, taken from its own URL."""

    def __init__(self, settings: Settings) -> None:
        url = make_url(settings.database_url)
        self.role = url.username or "veche_app"
        self.password = url.password


@contextmanager
def owner(settings: Settings | None = None) -> Iterator[tuple[Settings, OwnerConnection]]:
    """Settings and a connection as the owner of all schemas."""
    found = settings or read_settings()
    load_tables()
    with connect_owner(found.owner_url) as connection:
        yield found, connection
