"""`veche web`, `worker`, `scheduler` and `demo`: the processes of an installation."""

from pathlib import Path
from typing import Annotated

import typer
from granian import Granian
from granian.constants import Interfaces, Loops

from core.demo.supervisor import run_demo
from core.scheduler import run_scheduler
from core.settings import read_settings
from core.worker import run_worker


def web(
    address: Annotated[str, typer.Option(help="The address to listen on.")] = "0.0.0.0",  # noqa: S104
    port: Annotated[int, typer.Option(help="The port to listen on.")] = 8000,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes; VECHE_WEB_WORKERS if left out.")
    ] = None,
    demo: Annotated[bool, typer.Option("--demo", hidden=True)] = False,
) -> None:
    """Serve pages and the API."""
    settings = read_settings()
    Granian(
        "core.app:create_demo_app" if demo else "core.app:create_app",
        factory=True,
        address=address,
        port=port,
        interface=Interfaces.ASGI,
        workers=workers or settings.web_workers,
        loop=Loops.uvloop,
        websockets=False,
        # In a demo nothing is restarted silently.
        respawn_failed_workers=not demo,
        workers_kill_timeout=30,
    ).serve()


def worker(
    threads: Annotated[
        int, typer.Option(min=1, max=64, help="How many batches of events are handled at a time.")
    ] = 4,
) -> None:
    """Handle events: credit points, close polls, send reminders."""
    run_worker(read_settings(), threads=threads)


def scheduler() -> None:
    """Hand events to the workers when they are due. Several may run at once."""
    run_scheduler(read_settings())


def demo(
    folder: Annotated[Path, typer.Option(help="Where the demo keeps its servers and data.")] = Path(
        ".veche"
    ),
    port: Annotated[int, typer.Option(help="The port to serve on.")] = 8000,
    show_logs: Annotated[
        bool, typer.Option("--logs", help="Print logs here instead of keeping them in files.")
    ] = False,
) -> None:
    """Start everything on this machine with four cities and a year of made-up data.

    PostgreSQL and Redis come along; nothing needs to be installed. Ctrl-C stops it all.
    """
    raise typer.Exit(run_demo(folder, port=port, show_logs=show_logs))
