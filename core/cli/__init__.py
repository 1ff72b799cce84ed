"""The command `veche`: municipalities, schemas, rules and processes from a terminal."""

from core.cli.program import main

__all__ = ["main"]
