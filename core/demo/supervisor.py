"""Starts the demo as one thing and stops it as one thing: servers, schemas, cities, data, and the
three processes of an installation. Nothing is restarted: when one part ends, all of it ends.
"""

import importlib
import importlib.util
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO, Final, NoReturn

import msgspec
from rich.console import Console
from rich.markup import escape

from core.embedded import APP, Bundle, launch
from core.embedded.process import EmbeddedError, tied_to_parent, write_private
from core.rules import Catalogue
from core.settings import Settings, read_settings
from core.tables import load_tables
from core.tenancy.folder import list_folders, read_folder
from core.tenancy.migrate import migrate
from core.tenancy.provision import connect_owner
from core.tenancy.sync import CannotSync, hosts_of, sync

Fill = Callable[[Settings, Console], None]
"""Fills the cities with data unless they have it already."""

_READY_WITHIN: Final = 60.0
_STOP_WITHIN: Final = 20.0
_EXTERNAL: Final = ("VECHE_DATABASE_URL", "VECHE_OWNER_DATABASE_URL", "VECHE_REDIS_URL")


class Ended(Exception):
    """A part of the demo ended by itself; the message says which and what it said last."""


class Child(msgspec.Struct, frozen=True):
    """One process of the installation; `log` is None when it writes to the terminal."""

    name: str
    process: "subprocess.Popen[bytes]"
    log: Path | None

    def last_words(self) -> str:
        if self.log is None:
            return ""
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(["", *(f"  {line}" for line in lines[-15:]), f"  (all of it: {self.log})"])


def run_demo(folder: Path, *, port: int, show_logs: bool) -> int:
    """Run until Ctrl-C, SIGTERM or the end of any part; returns the exit code."""
    console = Console(highlight=False)
    _interrupt_on_sigterm()
    try:
        _check_port(port)
        with ExitStack() as stack:
            bundle = _servers(stack, folder, console)
            environment = _environment(folder, port, bundle)
            settings = read_settings(environment)
            _check_assets(settings)
            prepare(settings, console, fill=_installed_fill())
            children = stack.enter_context(
                _children(environment, folder, port, show_logs=show_logs)
            )
            _wait_until_ready(port, children)
            _print_addresses(settings, console)
            stack.callback(console.print, "Stopping …")
            _watch(children, bundle)
    except KeyboardInterrupt:
        console.print("[green]✓[/] Stopped.")
        return 0
    except Ended as ended:
        console.print(f"[red]✗[/] {escape(str(ended))}", soft_wrap=True)
        return 1


def prepare(settings: Settings, console: Console, *, fill: Fill | None) -> None:
    """Bring schemas and cities up to the folder; harmless and quick when all is there."""
    load_tables()
    with console.status("Schemas …"):
        report = migrate(settings.owner_url, app_role=APP)
    for failed in report.failed:
        console.print(f"[red]✗[/] {failed.city.slug}: {escape(failed.error or '')}")
    if report.failed:
        raise Ended("A city could not be migrated.")
    with connect_owner(settings.owner_url) as connection:
        connection.execute(
            "INSERT INTO platform.installation (id, kind) VALUES (1, 'demo') ON CONFLICT DO NOTHING"
        )
        row = connection.execute("SELECT kind FROM platform.installation").fetchone()
        if row is None or row[0] != "demo":
            raise EmbeddedError("This database belongs to no demo; nothing was changed in it.")
        for path in list_folders(settings.tenants):
            city = read_folder(path)
            with console.status(f"{city.profile.names.nominative.ru} …"):
                try:
                    sync(
                        connection,
                        city,
                        hosts=hosts_of(city, settings.base_domain),
                        app_role=APP,
                        catalogue=Catalogue.installed(),
                    )
                except CannotSync as error:
                    for problem in error.problems:
                        console.print(f"[yellow]![/] {city.slug}: {escape(problem)}")
    if fill is not None:
        fill(settings, console)


def _installed_fill() -> Fill | None:
    if importlib.util.find_spec("core.demo.data") is None:
        return None
    fill: Fill = importlib.import_module("core.demo.data").fill
    return fill


# Servers and surroundings.


def _servers(stack: ExitStack, folder: Path, console: Console) -> Bundle | None:
    """Embedded servers in `folder`, or none if all three URLs name servers elsewhere."""
    named = [name for name in _EXTERNAL if os.environ.get(name)]
    if len(named) == len(_EXTERNAL):
        return None
    if named:
        missing = ", ".join(sorted(set(_EXTERNAL) - set(named)))
        raise EmbeddedError(f"{named[0]} is set, but not {missing}: set all of them or none.")
    with console.status("PostgreSQL and Valkey …"):
        return stack.enter_context(launch(folder))


def _environment(folder: Path, port: int, bundle: Bundle | None) -> dict[str, str]:
    """The variables of all processes; kept in a file so that other commands can use them."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    secret = folder / "secret"
    if not secret.exists():
        write_private(secret, secrets.token_urlsafe(48))
    ours = {
        **(bundle.urls.environment() if bundle else {}),
        "VECHE_SECRET_KEY": secret.read_text(),
        "VECHE_BASE_DOMAIN": "localhost",
        "VECHE_PUBLIC_SCHEME": "http",
        "VECHE_PUBLIC_PORT": str(port),
    }
    lines = "".join(f"{name}='{value}'\n" for name, value in ours.items())
    write_private(folder / "environment", lines)
    return {**os.environ, **ours}


# What would go wrong late is noticed early.


def _check_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise EmbeddedError(
                f"Port {port} is taken by another program: stop it, or choose one with --port."
            ) from None


def _check_assets(settings: Settings) -> None:
    if not (settings.assets / "manifest.json").is_file():
        raise EmbeddedError(f"There are no styles in {settings.assets}: run `make assets` first.")


# The processes.


@contextmanager
def _children(
    environment: Mapping[str, str], folder: Path, port: int, *, show_logs: bool
) -> Iterator[list[Child]]:
    commands = {
        "web": ["web", "--demo", "--address", "127.0.0.1", "--port", str(port)],
        "worker": ["worker"],
        "scheduler": ["scheduler"],
    }
    logs = folder / "logs"
    logs.mkdir(exist_ok=True)
    started: list[Child] = []
    try:
        for name, arguments in commands.items():
            log = None if show_logs else logs / f"{name}.log"
            started.append(_start(name, arguments, environment, log))
        yield started
    finally:
        _stop(started)


def _start(
    name: str, arguments: list[str], environment: Mapping[str, str], log: Path | None
) -> Child:
    with ExitStack() as stack:
        output: IO[bytes] | None = stack.enter_context(log.open("wb")) if log else None
        process = subprocess.Popen(  # noqa: S603  (our own program)
            [sys.executable, "-m", "core.cli", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT if output else None,
            env=dict(environment),
            # A session of its own keeps the terminal's Ctrl-C away: we stop it, and in order.
            start_new_session=True,
            preexec_fn=tied_to_parent(signal.SIGTERM),  # noqa: PLW1509  (one system call)
        )
    return Child(name, process, log)


def _stop(children: list[Child]) -> None:
    """Ask all to finish, wait, and end by force what does not; their own children included."""
    for child in children:
        if child.process.poll() is None:
            child.process.terminate()
    deadline = time.monotonic() + _STOP_WITHIN
    for child in children:
        with suppress(subprocess.TimeoutExpired):
            child.process.wait(timeout=max(0.1, deadline - time.monotonic()))
        try:
            os.killpg(child.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
        child.process.wait()


def _watch(children: list[Child], bundle: Bundle | None) -> NoReturn:
    """Return never; raise Ended as soon as a part has ended."""
    while True:
        _none_ended(children)
        if bundle is not None:
            for server in (bundle.postgres, bundle.redis):
                if not server.running:
                    raise Ended(f"{server.title} ended; its log is {server.log_file}.")
        time.sleep(0.3)


def _none_ended(children: list[Child]) -> None:
    for child in children:
        code = child.process.poll()
        if code is not None:
            raise Ended(f"{child.name} ended with code {code}.{child.last_words()}")


def _wait_until_ready(port: int, children: list[Child]) -> None:
    deadline = time.monotonic() + _READY_WITHIN
    while time.monotonic() < deadline:
        _none_ended(children)
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise Ended(f"web does not answer.{children[0].last_words()}")


def _print_addresses(settings: Settings, console: Console) -> None:
    with connect_owner(settings.owner_url) as connection:
        rows = connection.execute(
            "SELECT profile->'names'->'nominative'->>'ru', min(h.host) FROM platform.tenant t"
            " JOIN platform.tenant_host h ON h.tenant_id = t.id AND h.host = t.slug || '.' || %s"
            " WHERE state = 'active' GROUP BY t.id ORDER BY t.slug",
            (settings.base_domain,),
        ).fetchall()
    places = [
        *((str(name), str(host)) for name, host in rows),
        ("Ассоциация", settings.host_of(settings.association_host)),
        ("Оператор", settings.host_of(settings.operator_host)),
    ]
    width = max(len(name) for name, _host in places)
    console.print()
    for name, host in places:
        console.print(f"  {name:<{width}}  [bold]{settings.url_of(host)}[/]")
    console.print("\nCtrl-C stops everything; the data stays.\n")


def _interrupt_on_sigterm() -> None:
    def interrupt(_number: int, _frame: object) -> None:
        # Once is enough: a second signal must not cut the orderly stop short.
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, interrupt)
