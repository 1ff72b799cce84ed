"""What a decision came to and why, and the refusal that is raised from it."""

from collections.abc import Mapping
from datetime import date
from typing import Generic, Literal, TypeVar

import msgspec

from core.kit.errors import Problem
from core.kit.text import Text
from core.rules.regulation import Clause

V_co = TypeVar("V_co", covariant=True)

ReasonKind = Literal["refusal", "grant", "value", "advice", "silence"]


class Reason(msgspec.Struct, frozen=True):
    """One sentence of the explanation: what a rule says, by which values and clauses.

    `silence` is the reason of a decision on which no rule spoke; it has no module and no clause.
    """

    kind: ReasonKind
    text: Text
    module: str = ""
    edition: int = 0
    next_step: Text | None = None
    values: tuple[tuple[Text, Text], ...] = ()
    clauses: tuple[Clause, ...] = ()


class Decision(msgspec.Struct, Generic[V_co], frozen=True):
    """The answer of a city's rules to one question, by the law of the day `on`.

    `digest` identifies the entries of the regulation that were applied, for the decision log.
    """

    point: str
    label: Text
    value: V_co
    shown: Text
    on: date
    procedure: str
    reasons: tuple[Reason, ...]
    digest: str

    @property
    def allowed(self) -> bool:
        """Whether a permission was granted."""
        return self.value is True

    @property
    def grounds(self) -> tuple[Reason, ...]:
        """The reasons that decided, without advice."""
        return tuple(reason for reason in self.reasons if reason.kind != "advice")

    @property
    def advice(self) -> tuple[Reason, ...]:
        return tuple(reason for reason in self.reasons if reason.kind == "advice")

    @property
    def clauses(self) -> tuple[Clause, ...]:
        """The clauses that decided, each once."""
        return tuple(dict.fromkeys(c for reason in self.grounds for c in reason.clauses))


class Refused(Problem):
    """A city's rules do not allow it; the decision says why and what to do next."""

    status = 422

    def __init__(
        self,
        decision: Decision[bool],
        *,
        status: int | None = None,
        fields: Mapping[str, Text] | None = None,
    ) -> None:
        grounds = decision.grounds
        steps = [reason.next_step for reason in grounds if reason.next_step]
        super().__init__(
            "refused",
            _together([reason.text for reason in grounds]),
            _together(steps) if steps else None,
            status=status,
            fields=fields,
        )
        self.decision = decision


def _together(texts: list[Text]) -> Text:
    unique = list(dict.fromkeys(texts))
    return Text(ru=" ".join(t.ru for t in unique), en=" ".join(t.en for t in unique))
