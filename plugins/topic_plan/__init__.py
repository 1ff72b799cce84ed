"""The yearly topic list: dates, approval, amendments."""

from collections.abc import Sequence

from core.rules import AnyModule, hookimpl


@hookimpl
def rule_modules() -> Sequence[AnyModule]:
    return ()
