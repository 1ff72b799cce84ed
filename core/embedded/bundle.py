"""PostgreSQL and Valkey together, bootstrapped: what the demo, the tests and the bench start."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Self

import msgspec

from core.embedded.bootstrap import bootstrap_roles
from core.embedded.postgres import PostgresServer
from core.embedded.valkey import RedisServer

_NO_SETTINGS: Mapping[str, str] = MappingProxyType({})


class BundleUrls(msgspec.Struct, frozen=True):
    """Where the two servers answer: application role, owner role, Redis."""

    app: str
    owner: str
    redis: str

    def environment(self) -> dict[str, str]:
        """The VECHE_* variables by which processes of the product find the servers."""
        return {
            "VECHE_DATABASE_URL": self.app,
            "VECHE_OWNER_DATABASE_URL": self.owner,
            "VECHE_REDIS_URL": self.redis,
        }


class Bundle:
    """Both servers in `folder`; `urls` once started. A context manager, like each of them."""

    def __init__(
        self,
        folder: Path,
        *,
        fsync: bool = True,
        database: str = "veche",
        settings: Mapping[str, str] = _NO_SETTINGS,
        initdb_template: Path | None = None,
    ) -> None:
        self.database = database
        self.postgres = PostgresServer(
            folder / "postgres", fsync=fsync, settings=settings, initdb_template=initdb_template
        )
        self.redis = RedisServer(folder / "redis", appendonly=fsync)
        self._urls: BundleUrls | None = None

    @property
    def urls(self) -> BundleUrls:
        if self._urls is None:
            raise RuntimeError("The bundle has not been started.")
        return self._urls

    def start(self) -> Self:
        try:
            self.redis.start()
            self.postgres.start()
            made = bootstrap_roles(self.postgres, database=self.database)
        except BaseException:
            self.stop()
            raise
        self._urls = BundleUrls(app=made.app, owner=made.owner, redis=self.redis.url())
        return self

    def stop(self) -> None:
        self._urls = None
        try:
            self.postgres.stop()
        finally:
            self.redis.stop()

    def __enter__(self) -> Self:
        return self if self._urls is not None else self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def launch(
    folder: Path,
    *,
    fsync: bool = True,
    database: str = "veche",
    settings: Mapping[str, str] = _NO_SETTINGS,
    initdb_template: Path | None = None,
) -> Bundle:
    """Start both servers in `folder` and return them running; use it in a `with` statement.

    `fsync=False` is for tests: faster, and a power cut may lose the data.
    """
    return Bundle(
        folder,
        fsync=fsync,
        database=database,
        settings=settings,
        initdb_template=initdb_template,
    ).start()
