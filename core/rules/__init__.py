"""The rules of a city: how they are written, found, dated, cited, decided and explained.

A pure library. Features offer decision points, rule modules answer them, a regulation gives the
numbers and the clauses; `decide` brings the three together. Storage and screens lie elsewhere.
"""

from core.rules.catalogue import Catalogue
from core.rules.decision import Decision, Reason, Refused
from core.rules.errors import (
    BadCatalogue,
    BadRegulation,
    Disagreement,
    RuleError,
    Silent,
    Uncited,
)
from core.rules.evaluate import decide
from core.rules.modules import (
    Advice,
    Answer,
    AnyModule,
    Cited,
    Opinion,
    Parameter,
    Params,
    RuleModule,
    advise,
    hookimpl,
    permit,
    refuse,
    value_of,
)
from core.rules.parameters import recorded
from core.rules.points import (
    ABSENT,
    ALLOW,
    DENY,
    ERROR,
    EXACTLY_ONE,
    LARGEST,
    SMALLEST,
    UNANIMOUS,
    AnyPoint,
    DecisionPoint,
    Fact,
    Facts,
    Verdict,
    choice,
    permission,
    quantity,
)
from core.rules.regulation import Act, Clause, Entry, Procedure, Regulation

__all__ = [
    "ABSENT",
    "ALLOW",
    "DENY",
    "ERROR",
    "EXACTLY_ONE",
    "LARGEST",
    "SMALLEST",
    "UNANIMOUS",
    "Act",
    "Advice",
    "Answer",
    "AnyModule",
    "AnyPoint",
    "BadCatalogue",
    "BadRegulation",
    "Catalogue",
    "Cited",
    "Clause",
    "Decision",
    "DecisionPoint",
    "Disagreement",
    "Entry",
    "Fact",
    "Facts",
    "Opinion",
    "Parameter",
    "Params",
    "Procedure",
    "Reason",
    "Refused",
    "Regulation",
    "RuleError",
    "RuleModule",
    "Silent",
    "Uncited",
    "Verdict",
    "advise",
    "choice",
    "decide",
    "hookimpl",
    "permission",
    "permit",
    "quantity",
    "recorded",
    "refuse",
    "value_of",
]
