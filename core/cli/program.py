"""Puts the commands together and turns what can go wrong into one polite line."""

import sys
from collections.abc import Sequence
from typing import Final

import psycopg
import redis
import typer
from rich.markup import escape
from sqlalchemy.exc import OperationalError

from core.cli import law, messages, municipalities, processes, schemas
from core.cli.terminal import BUSY, FAILED, IMPOSSIBLE, err
from core.embedded import EmbeddedError, LocaleProblem
from core.rules import RuleError
from core.settings import Misconfigured
from core.tenancy.folder import FolderError
from core.tenancy.migrate import Busy
from core.tenancy.provision import AlreadyThere
from core.tenancy.sync import CannotSync

app = typer.Typer(
    name="veche",
    help="Veche: one installation where residents of many municipalities vote, each city by its "
    "own regulation.\n\nBegin with `veche demo`. Servers and keys are named by VECHE_* variables; "
    "see docs/guides/deploy.md.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_show_locals=False,
)
app.add_typer(municipalities.app, name="tenants")
app.add_typer(law.app, name="rules")
app.add_typer(messages.outbox, name="outbox")
app.add_typer(messages.audit, name="audit")
app.command(name="explain", help=law.explain.__doc__)(law.explain)
app.command()(schemas.migrate)
app.command()(schemas.bootstrap)
app.command()(processes.demo)
app.command()(processes.web)
app.command()(processes.worker)
app.command()(processes.scheduler)

_IMPOSSIBLE: Final = (Misconfigured, EmbeddedError, LocaleProblem)
_REFUSED: Final = (FolderError, AlreadyThere, RuleError, LookupError)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command; exit codes: 0 done, 1 not as it should be, 2 impossible, 3 busy."""
    try:
        app(args=list(arguments) if arguments is not None else None)
    except CannotSync as error:
        for problem in error.problems:
            _say(f"{error.slug}: {problem}")
        sys.exit(FAILED)
    except Busy as error:
        _say(f"{error}; leave out --no-wait to wait for it.")
        sys.exit(BUSY)
    except _REFUSED as error:
        _say(str(error.args[0] if error.args else error))
        sys.exit(FAILED)
    except _IMPOSSIBLE as error:
        _say(str(error))
        sys.exit(IMPOSSIBLE)
    except (psycopg.OperationalError, OperationalError) as error:
        _say(f"PostgreSQL does not answer: {str(error).strip().splitlines()[0]}")
        sys.exit(IMPOSSIBLE)
    except redis.ConnectionError as error:
        _say(f"Redis does not answer: {error}")
        sys.exit(IMPOSSIBLE)


def _say(message: str) -> None:
    err.print(f"[red]✗[/] {escape(message)}", soft_wrap=True)
