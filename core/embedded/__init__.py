"""Embedded PostgreSQL and Valkey for demo, tests and benchmarks, and the bootstrap of a database.

Production uses servers of its own and takes only the bootstrap and the locale check from here.
"""

from core.embedded.bootstrap import (
    APP,
    OWNER,
    BootstrapSql,
    LocaleProblem,
    Urls,
    bootstrap,
    bootstrap_roles,
    bootstrap_sql,
    check_database_locale,
)
from core.embedded.bundle import Bundle, BundleUrls, launch
from core.embedded.postgres import SUPERUSER, PostgresServer
from core.embedded.process import EmbeddedError
from core.embedded.valkey import RedisServer

__all__ = [
    "APP",
    "OWNER",
    "SUPERUSER",
    "BootstrapSql",
    "Bundle",
    "BundleUrls",
    "EmbeddedError",
    "LocaleProblem",
    "PostgresServer",
    "RedisServer",
    "Urls",
    "bootstrap",
    "bootstrap_roles",
    "bootstrap_sql",
    "check_database_locale",
    "launch",
]
