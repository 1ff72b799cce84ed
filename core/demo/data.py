"""Fills the cities of a demo installation with a made-up year that ends today.

The same day and seed give the same rows. A city that has residents is left as it is, so a second
call does nothing; an installation that is not a demo's is refused.
"""

from collections.abc import Callable
from datetime import datetime, time
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from core.demo.city import Filled, fill_city
from core.demo.officials import write_operators
from core.demo.tables import Tables
from core.demo.texts import DemoTexts, read_texts
from core.embedded import EmbeddedError
from core.kit.clock import Clock, FixedClock, SystemClock, local_date
from core.rules import Catalogue
from core.settings import Settings
from core.tables import load_tables
from core.tenancy.provision import OwnerConnection, connect_owner
from core.tenancy.tenant import Tenant
from core.work import Runtime

SEED: Final = 1
_LOCK: Final = 0x44454D4F  # "DEMO"
_PLAYGROUNDS: Final = ("demo", "test")

Announce = Callable[[str, int, int], None]
"""Told the city at work, and of how many rows how many are done."""


class NotADemo(EmbeddedError):
    """This database is no demo's; nothing was changed in it."""


def fill(settings: Settings, console: Console) -> None:
    """Fill what is empty, with a progress bar; what `veche demo` calls."""
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as bar:
        task = bar.add_task("", total=None)
        filled = fill_cities(
            settings,
            announce=lambda city, done, total: bar.update(
                task, description=f"{city}: a year of data", completed=done, total=total
            ),
        )
    for city in filled:
        console.print(
            f"[green]✓[/] {city.name}: {city.residents:,} residents, {city.polls} polls,"
            f" {city.votes:,} votes, {city.ideas:,} ideas with {city.supports:,} voices"
        )


def fill_cities(
    settings: Settings,
    *,
    clock: Clock | None = None,
    seed: int = SEED,
    scale: float = 1.0,
    fresh: bool = False,
    announce: Announce = lambda city, done, total: None,
) -> tuple[Filled, ...]:
    """Fill every city that has a `demo/` folder and no residents; returns which were.

    `scale` makes all figures smaller or larger; `fresh` empties the cities first. Raises NotADemo.
    """
    with connect_owner(settings.owner_url) as connection:
        _claim(connection)
        empty = [
            (role, texts)
            for role, slug in _cities(connection)
            if (fresh or not _inhabited(connection, role))
            and (texts := read_texts(settings.tenants / slug)) is not None
        ]
        if not empty:
            return ()
        load_tables()
        clock = FixedClock((clock or SystemClock()).now())
        runtime = Runtime(
            settings, clock=clock, catalogue=Catalogue.installed(), name="demo", pool_size=1
        )
        try:
            year = _Year(connection, runtime, clock, seed=seed, fresh=fresh)
            return year.fill({role: texts.scaled(scale) for role, texts in empty}, announce)
        finally:
            runtime.close()


class _Year:
    """The year that ends on the day of a clock's instant, for one city after another."""

    def __init__(
        self,
        connection: OwnerConnection,
        runtime: Runtime,
        clock: FixedClock,
        *,
        seed: int,
        fresh: bool,
    ) -> None:
        self._connection = connection
        self._runtime = runtime
        self._clock = clock
        self._now = clock.now()
        self._seed = seed
        self._fresh = fresh

    def fill(self, cities: dict[str, DemoTexts], announce: Announce) -> tuple[Filled, ...]:
        total = sum(
            texts.scale.residents
            + texts.scale.votes
            + (texts.ideas.figures.published if texts.ideas is not None else 0)
            for texts in cities.values()
        )
        done = 0
        filled: list[Filled] = []
        for role, texts in cities.items():
            tenant = self._runtime.registry.by_role(role)
            if tenant is None:
                continue
            name = tenant.name()

            def report(rows: int, name: str = name) -> None:
                nonlocal done
                done += rows
                announce(name, done, total)

            report(0)
            city = self._city(tenant, texts, report)
            if city is not None:
                filled.append(city)
        return tuple(filled)

    def _city(
        self, tenant: Tenant, texts: DemoTexts, report: Callable[[int], None]
    ) -> Filled | None:
        # Nothing happens after the last midnight, so that the hour of the call changes no row.
        today = local_date(self._now, tenant.zone)
        self._clock.set(datetime.combine(today, time.min, tenant.zone))
        tables = Tables(self._connection, tenant.role)
        with self._connection.transaction():
            self._connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
            if self._fresh:
                tables.empty()
            elif _inhabited(self._connection, tenant.role):
                return None
            write_operators(self._connection, self._clock.now())
            return fill_city(
                f"{self._seed}/{tenant.slug}/{today}",
                self._runtime,
                tenant,
                texts,
                tables,
                report=report,
            )


def _claim(connection: OwnerConnection) -> None:
    """See that this is a demo, or make it one if nothing says what it is and nobody lives in it."""
    found = connection.execute("SELECT kind FROM platform.installation").fetchone()
    if found is None:
        if any(_inhabited(connection, role) for role, _slug in _cities(connection)):
            raise NotADemo(
                "The cities of this database have residents: it is filled with no made-up ones."
            )
        connection.execute(
            "INSERT INTO platform.installation (id, kind) VALUES (1, 'demo') ON CONFLICT DO NOTHING"
        )
    elif found[0] not in _PLAYGROUNDS:
        raise NotADemo(f"This database is of the kind “{found[0]}”: it is filled with nothing.")


def _cities(connection: OwnerConnection) -> list[tuple[str, str]]:
    """Role and slug of every active city in this database."""
    return connection.execute(
        "SELECT role, slug FROM platform.tenant"
        " WHERE state = 'active' AND database_url IS NULL ORDER BY id"
    ).fetchall()


def _inhabited(connection: OwnerConnection, role: str) -> bool:
    return bool(Tables(connection, role).one("SELECT EXISTS (SELECT FROM {}.resident)"))
