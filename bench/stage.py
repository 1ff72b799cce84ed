"""One installation for measuring: embedded servers, cities of one make, and the processes that an
installation runs. Everything lives in a temporary folder and on free ports, and ends with it."""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import Final

import msgspec
from psycopg import sql

from bench.cpu import spent
from bench.load import NotAnswered, ask, get
from core.embedded import APP, Bundle, launch
from core.embedded.process import tied_to_parent
from core.kit.clock import SystemClock
from core.rules import Catalogue
from core.settings import Settings, read_settings
from core.tables import load_tables
from core.tenancy.folder import list_folders, read_folder
from core.tenancy.provision import (
    OwnerConnection,
    connect_owner,
    create_city,
    prepare_platform,
)
from core.tenancy.sync import sync
from core.tenancy.tenant import Tenant
from core.work import Runtime

ROOT: Final = Path(__file__).resolve().parent.parent
LAW: Final = ("regulation_act", "regulation_procedure", "regulation_entry")
_READY_WITHIN: Final = 60.0
_STOP_WITHIN: Final = 15.0


class Served(msgspec.Struct, frozen=True):
    """A web server that answers."""

    port: int
    pid: int

    def cpu(self) -> float:
        """Seconds of processor time its processes have used."""
        return spent(self.pid) or 0.0


class Stage:
    """A running installation whose cities differ in nothing but their names.

    `created` holds the seconds that making each city took.
    """

    def __init__(self, folder: Path, bundle: Bundle, owner: OwnerConnection) -> None:
        self.folder = folder
        self.bundle = bundle
        self.owner = owner
        self.environment = {
            **bundle.urls.environment(),
            "VECHE_SECRET_KEY": secrets.token_urlsafe(48),
            "VECHE_BASE_DOMAIN": "localhost",
            "VECHE_PUBLIC_SCHEME": "http",
            "VECHE_TENANTS": str(ROOT / "tenants"),
            "VECHE_ASSETS": str(ROOT / "build" / "assets"),
            "VECHE_LOG": "json",
        }
        self.settings: Settings = read_settings(self.environment)
        self.runtime = Runtime(
            self.settings,
            clock=SystemClock(),
            catalogue=Catalogue.installed(),
            name="bench",
            pool_size=2,
        )
        self.created: list[float] = []

    @property
    def cities(self) -> list[Tenant]:
        return list(self.runtime.registry.all())

    def host(self, city: Tenant) -> str:
        return self.runtime.registry.hosts(city)[0]

    def add_cities(self, number: int) -> None:
        """Make cities: the first by its folder, as `veche tenants sync` does, each further one by
        `create_city` (which is timed) and with a copy of the first one's law."""
        folder = read_folder(list_folders(self.settings.tenants)[0])
        profile = msgspec.json.encode(folder.profile)
        password = self.bundle.postgres.password(APP)
        first = msgspec.structs.replace(folder, slug="city-1")
        sync(
            self.owner,
            first,
            hosts=(f"{first.slug}.localhost",),
            app_role=APP,
            catalogue=self.runtime.catalogue,
        )
        # The polls measured here stand on no list of topics.
        self.owner.execute("DELETE FROM t_1.regulation_entry WHERE module = 'listed_topics'")
        for n in range(2, number + 1):
            begun = perf_counter()
            made = create_city(
                self.owner,
                slug=f"city-{n}",
                hosts=(f"city-{n}.localhost",),
                profile=msgspec.Raw(profile),
                app_role=APP,
                app_password=password,
            )
            self.created.append(perf_counter() - begun)
            self._copy_law(f"t_{made}")
        self.owner.execute(
            "UPDATE platform.tenant SET regulation_version = 1,"
            " version = nextval('platform.tenant_version')"
        )
        self.owner.execute("ANALYZE platform.tenant, platform.tenant_host")
        self.runtime.registry.refresh()

    def _copy_law(self, role: str) -> None:
        for table in LAW:
            copy_rows(self.owner, table, to=role)

    def process(self, *arguments: str, log: str) -> "subprocess.Popen[bytes]":
        """Start a Python program of this checkout in this installation's environment."""
        with (self.folder / f"{log}.log").open("ab") as output:
            return subprocess.Popen(
                [sys.executable, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=ROOT,
                env={
                    **{k: v for k, v in os.environ.items() if not k.startswith("VECHE_")},
                    **self.environment,
                },
                start_new_session=True,
                preexec_fn=tied_to_parent(signal.SIGTERM),  # noqa: PLW1509  (one system call)
            )

    @contextmanager
    def background(self) -> Iterator[None]:
        """The worker and the scheduler."""
        started = [
            self.process("-m", "core.cli", name, log=name) for name in ("worker", "scheduler")
        ]
        try:
            yield
        finally:
            stop(started)

    @contextmanager
    def web(self, *, workers: int) -> Iterator[Served]:
        """The product's web server with the settings of `veche web`."""
        with self.served("core.app:create_app", workers=workers) as served:
            yield served

    @contextmanager
    def served(
        self,
        target: str,
        *,
        workers: int,
        server: str = "granian",
        environment: Mapping[str, str] | None = None,
    ) -> Iterator[Served]:
        """An application on the product's server or on a rival; see `bench.serve`."""
        port = free_port()
        before = dict(self.environment)
        self.environment |= environment or {}
        name = target.replace(":", ".")
        options = ["--port", str(port), "--workers", str(workers), "--server", server]
        started = self.process("-m", "bench.serve", target, *options, log=name)
        self.environment = before
        with self._answering(started, port, name):
            yield Served(port, started.pid)

    @contextmanager
    def _answering(
        self, started: "subprocess.Popen[bytes]", port: int, name: str
    ) -> Iterator[None]:
        try:
            deadline = time.monotonic() + _READY_WITHIN
            while not _answers(port):
                if started.poll() is not None or time.monotonic() > deadline:
                    log = (self.folder / f"{name}.log").read_text(errors="replace")
                    raise RuntimeError(f"{name} does not answer\n{log[-3000:]}")
                time.sleep(0.1)
            yield
        finally:
            stop([started])

    def database_cpu(self) -> float:
        """Seconds of processor time that PostgreSQL has used, those of closed connections left
        out."""
        return spent(self.postmaster) or 0.0

    @property
    def postmaster(self) -> int:
        return int((self.bundle.postgres.data_folder / "postmaster.pid").read_text().split()[0])

    def close(self) -> None:
        self.runtime.close()
        self.owner.close()


@contextmanager
def open_stage(*, cities: int, fsync: bool = True) -> Iterator[Stage]:
    """An installation that vanishes in the end. Servers sync to disk unless told otherwise."""
    folder = Path(tempfile.mkdtemp(prefix="veche-bench-", dir="/tmp"))
    try:
        with launch(folder, fsync=fsync) as bundle:
            load_tables()
            owner = connect_owner(bundle.urls.owner)
            prepare_platform(owner, APP)
            owner.execute("INSERT INTO platform.installation (id, kind) VALUES (1, 'test')")
            stage = Stage(folder, bundle, owner)
            try:
                stage.add_cities(cities)
                yield stage
            finally:
                stage.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def copy_rows(
    owner: OwnerConnection, table: str, *, to: str, source: str = "t_1", where: str = "true"
) -> None:
    """Copy rows of a table from one city to another."""
    name = sql.Identifier(table)
    owner.execute(
        sql.SQL("INSERT INTO {}.{} OVERRIDING SYSTEM VALUE SELECT * FROM {}.{} WHERE {}").format(
            sql.Identifier(to), name, sql.Identifier(source), name, sql.SQL(where)
        )
    )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _answers(port: int) -> bool:
    try:
        return ask(port, get("localhost", "/health/ready"))[0] == 200
    except (OSError, NotAnswered):
        return False


def stop(processes: Sequence["subprocess.Popen[bytes]"]) -> None:
    """Ask all to finish, then end what is left, children included."""
    for process in processes:
        if process.poll() is None:
            process.terminate()
    deadline = time.monotonic() + _STOP_WITHIN
    for process in processes:
        try:
            process.wait(timeout=max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
