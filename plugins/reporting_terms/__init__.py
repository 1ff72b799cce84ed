"""By when results and reports are due."""

from collections.abc import Sequence

from core.rules import AnyModule, hookimpl


@hookimpl
def rule_modules() -> Sequence[AnyModule]:
    return ()
