"""The command `veche` called in this process, on this process's servers or on none."""

import contextlib
import os
from collections.abc import Callable

import msgspec
import pytest

from core.cli import main
from core.cli.terminal import err, out


class Said(msgspec.Struct, frozen=True):
    """How a command ended and what it wrote, with single spaces."""

    code: int
    out: str
    err: str


@pytest.fixture
def alone(monkeypatch):
    """No VECHE_* variable: a command that needs a server must say so."""
    for name in [name for name in os.environ if name.startswith("VECHE_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def veche(alone, capsys) -> Callable[..., Said]:
    """`veche("tenants", "list")`."""

    def run(*arguments: object) -> Said:
        capsys.readouterr()
        code: object = 0
        width = out.width
        out.width = err.width = 200
        try:
            with contextlib.suppress(SystemExit):
                code = 1
                try:
                    main([str(argument) for argument in arguments])
                except SystemExit as ended:
                    code = ended.code or 0
        finally:
            out.width = err.width = width
        written = capsys.readouterr()
        return Said(int(code), written.out, " ".join(written.err.split()))  # type: ignore[call-overload]

    return run


@pytest.fixture
def connected(alone, settings, runtime, monkeypatch):
    """The variables by which a command finds this process's servers."""
    monkeypatch.setenv("VECHE_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("VECHE_OWNER_DATABASE_URL", settings.owner_url)
    monkeypatch.setenv("VECHE_REDIS_URL", settings.redis_url)
    monkeypatch.setenv("VECHE_SECRET_KEY", "0123456789abcdef0123456789abcdef")
