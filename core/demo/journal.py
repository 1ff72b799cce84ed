"""The journal of a filled city: every action with the same words as the services write, in one
unbroken chain."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec

from core.audit.journal import link_digest
from core.demo.tables import Row, Tables, as_json
from core.kit.actor import Actor, actor_label
from core.kit.text import Locale
from core.rules import Decision
from core.rules.explain import reasons_data


class _Action(msgspec.Struct, frozen=True):
    at: datetime
    actor: str
    action: str
    subject: str
    details: dict[str, object]


class Journal:
    """Collects in any order; written in the order of time."""

    def __init__(self, locale: Locale) -> None:
        self._locale: Locale = locale
        self._actions: list[_Action] = []
        self._decisions: list[tuple[datetime, Row]] = []

    def action(
        self, at: datetime, actor: Actor, action: str, subject: str, **details: object
    ) -> None:
        self._actions.append(
            _Action(at, actor_label(actor), action, subject, msgspec.to_builtins(details))
        )

    def decision(self, at: datetime, actor: Actor, subject: str, decision: Decision[Any]) -> None:
        self._decisions.append(
            (
                at,
                (
                    at,
                    actor_label(actor),
                    subject,
                    decision.point,
                    decision.on,
                    as_json(decision.value),
                    as_json(reasons_data(decision, self._locale)),
                    decision.digest,
                ),
            )
        )

    def write(self, tables: Tables) -> None:
        tables.copy("audit_entry", "at actor action subject details digest", self._chain())
        tables.copy(
            "decision_entry",
            "at actor subject point governing_on value reasons regulation",
            (row for _at, row in sorted(self._decisions, key=lambda one: one[0])),
        )

    def _chain(self) -> Iterator[Row]:
        previous: bytes | None = None
        for one in sorted(self._actions, key=lambda action: action.at):
            previous = link_digest(
                previous, one.at, one.actor, one.action, one.subject, one.details
            )
            yield one.at, one.actor, one.action, one.subject, as_json(one.details), previous
