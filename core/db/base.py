"""Declarative bases: one catalogue of tables for the platform schema, one for every city's schema.

Tables carry no schema name. The role a transaction runs under decides the schema (`engine.py`).
A table's `info` may hold `access`: the statements a city's role may run on it; the default is
`FULL`. Append-only tables say `APPEND`, so that the database itself refuses to edit history.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import DateTime, LargeBinary, MetaData, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase

_NAMING: Final = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

FULL: Final = ("SELECT", "INSERT", "UPDATE", "DELETE")
APPEND: Final = ("SELECT", "INSERT")

_TYPES: Final = {
    str: Text,
    UUID: Uuid,
    bytes: LargeBinary,
    datetime: DateTime(timezone=True),
    dict[str, object]: JSONB,
    list[object]: JSONB,
}


class PlatformTable(DeclarativeBase):
    """Base of the few tables shared by the whole installation (schema `platform`)."""

    metadata = MetaData(naming_convention=_NAMING)
    type_annotation_map = _TYPES


class CityTable(DeclarativeBase):
    """Base of every table that each city has for itself (schema `t_<id>`)."""

    metadata = MetaData(naming_convention=_NAMING)
    type_annotation_map = _TYPES
