"""How ideas are collected and considered: support needed, terms, the notice at submission."""

from collections.abc import Sequence

from core.rules import AnyModule, hookimpl


@hookimpl
def rule_modules() -> Sequence[AnyModule]:
    return ()
