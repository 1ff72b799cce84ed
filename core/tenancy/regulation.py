"""A city's regulation in its tables: reading it back as the value that rules are decided by.

What the acts and entries mean is `core.rules`' business; how files get into the tables is `sync`'s.
"""

import json
from decimal import Decimal
from typing import Any, Final

import msgspec
from sqlalchemy import Text, cast, select
from sqlalchemy.orm import Session

from core.rules import Act, Entry, Procedure, Regulation
from core.tenancy.model import RegulationAct, RegulationEntry, RegulationProcedure

# The database keeps decimals exactly, and so must whoever reads and writes them.
_ENCODER: Final = msgspec.json.Encoder(decimal_format="number", order="deterministic")


def value_to_json(value: Any) -> str:
    """A parameter's value as canonical JSON: equal values give equal texts."""
    return _ENCODER.encode(value).decode()


def value_from_json(text: str) -> Any:
    """A parameter's value without floats: whole numbers stay int, the others become Decimal."""
    return json.loads(text, parse_float=Decimal)


def load_regulation(session: Session, *, version: int) -> Regulation:
    """The whole regulation of the city whose transaction this is, in the order of recording.

    `version` is the registry's `regulation_version`: caches are keyed by it.
    """
    acts = session.scalars(select(RegulationAct.document).order_by(RegulationAct.key))
    procedures = session.scalars(
        select(RegulationProcedure.document).order_by(RegulationProcedure.key)
    )
    entries = session.execute(
        select(
            RegulationEntry.procedure,
            RegulationEntry.module,
            RegulationEntry.parameter,
            RegulationEntry.in_force_from,
            cast(RegulationEntry.value, Text),
            RegulationEntry.clause,
            RegulationEntry.act,
            RegulationEntry.note,
        ).order_by(RegulationEntry.id)
    )
    return Regulation(
        version=version,
        acts=[msgspec.convert(document, Act) for document in acts],
        procedures=[msgspec.convert(document, Procedure) for document in procedures],
        entries=[
            Entry(procedure, module, parameter, since, value_from_json(value), clause, act, note)
            for procedure, module, parameter, since, value, clause, act, note in entries
        ],
    )
