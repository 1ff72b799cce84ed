"""The grounds for refusing, what each must link to, blocking and annulment."""

from collections.abc import Sequence

from core.rules import AnyModule, hookimpl


@hookimpl
def rule_modules() -> Sequence[AnyModule]:
    return ()
