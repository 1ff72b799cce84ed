"""The schema of a city as SQL: revisions compiled once, grants from the metadata, fingerprints."""

import hashlib
import io
import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final, Literal

import msgspec
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from psycopg import Connection, sql
from sqlalchemy import MetaData

from core.db.base import FULL, CityTable, PlatformTable

History = Literal["platform", "tenant"]
VERSION_TABLE: Final = "schema_revision"
_CREATED: Final = re.compile(r"CREATE TABLE (\w+)")
_DROPPED: Final = re.compile(r"DROP TABLE (\w+)")


class Revision(msgspec.Struct, frozen=True):
    """One step of a history as SQL without names of schemas; `previous` is None for the first."""

    id: str
    previous: str | None
    label: str
    sql: str


def history_config(history: History) -> Config:
    """Alembic's configuration for one history, wherever the package is installed."""
    spec = find_spec("migrations")
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError("the package `migrations` is not installed beside `core`")
    config = Config()
    config.set_main_option(
        "script_location", str(Path(spec.submodule_search_locations[0], history))
    )
    config.set_main_option(
        "file_template", "%%(year)d-%%(month).2d-%%(day).2d-%%(hour).2d%%(minute).2d_%%(slug)s"
    )
    config.attributes["metadata"] = metadata_of(history)
    return config


def metadata_of(history: History) -> MetaData:
    return PlatformTable.metadata if history == "platform" else CityTable.metadata


@cache
def complete_metadata(history: History) -> MetaData:
    """The metadata, checked to know every table of the history.

    Grants are written from it: a model nobody has imported would leave its tables without any.
    """
    made: set[str] = set()
    for step in revisions(history):
        made |= set(_CREATED.findall(step.sql))
        made -= set(_DROPPED.findall(step.sql))
    metadata = metadata_of(history)
    if missing := made - set(metadata.tables) - {VERSION_TABLE}:
        raise RuntimeError(
            f"the models of {', '.join(sorted(missing))} are not imported: "
            "call core.tables.load_tables() first"
        )
    return metadata


@cache
def revisions(history: History) -> tuple[Revision, ...]:
    """The whole history from base to head, compiled once per process."""
    scripts = ScriptDirectory.from_config(history_config(history))
    steps = reversed(list(scripts.walk_revisions("base", "heads")))
    return tuple(
        Revision(
            id=step.revision,
            previous=step.down_revision if isinstance(step.down_revision, str) else None,
            label=step.doc,
            sql=_compile(history, step.down_revision or "base", step.revision),
        )
        for step in steps
    )


def _compile(history: History, start: object, end: str) -> str:
    output = io.StringIO()
    config = history_config(history)
    config.attributes["output"] = output
    scripts = ScriptDirectory.from_config(config)
    with EnvironmentContext(
        config,
        scripts,
        fn=lambda rev, _context: scripts._upgrade_revs(end, rev),
        as_sql=True,
        starting_rev=None if start == "base" else str(start),
        destination_rev=end,
    ):
        scripts.run_env()
    compiled = output.getvalue()
    if "%%" in compiled:
        raise ValueError(f"revision {end}: a percent sign is doubled in offline SQL; avoid it")
    return compiled


def head(history: History) -> str:
    return revisions(history)[-1].id


def pending(history: History, current: str | None) -> tuple[Revision, ...]:
    """Revisions still to apply to a schema that stands at `current`; an unknown one is an error."""
    steps = revisions(history)
    if current is None:
        return steps
    ids = [step.id for step in steps]
    if current not in ids:
        raise LookupError(
            f"the schema stands at revision {current}, which this release does not know: "
            "a newer release has been here; upgrade this program instead of the schema"
        )
    return steps[ids.index(current) + 1 :]


def grants_sql(role: str, metadata: MetaData, *, step: Revision | None = None) -> str:
    """What a role may do on each table, from `Table.info["access"]`.

    With `step`, only on the tables which that revision creates.
    """
    made = None if step is None else set(_CREATED.findall(step.sql))
    lines = [
        f'GRANT {", ".join(table.info.get("access", FULL))} ON "{table.name}" TO "{role}";'
        for table in metadata.sorted_tables
        if made is None or table.name in made
    ]
    if made is None or made:
        lines.append(f'GRANT USAGE ON ALL SEQUENCES IN SCHEMA "{role}" TO "{role}";')
    return "\n".join(lines)


def fingerprint(connection: Connection[tuple[object, ...]], schema: str) -> str:
    """A digest of everything in a schema: equal for all cities at the same revision.

    Covers columns, constraints, indexes, functions and grants, with the schema's own name taken
    out, read in one query.
    """
    row = connection.execute(_FINGERPRINT, {"schema": schema}).fetchone()
    lines = row[0] if row and isinstance(row[0], list) else []
    # As a whole word only: t_1 is also the end of other names.
    text = re.sub(rf"\b{re.escape(schema)}\b", "$", "\n".join(lines))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


_FINGERPRINT = sql.SQL(
    """
WITH relation AS (
  SELECT c.oid, c.relname, c.relkind, c.relacl
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = %(schema)s AND c.relkind IN ('r', 'i', 'S', 'v')
), line AS (
  SELECT format('relation %%s %%s %%s', relname, relkind,
    (SELECT string_agg(a.privilege_type || ':' || COALESCE(g.rolname, 'public'), ','
       ORDER BY g.rolname, a.privilege_type)
     FROM aclexplode(relacl) a LEFT JOIN pg_roles g ON g.oid = a.grantee)) AS said
  FROM relation
  UNION ALL
  SELECT format('column %%s.%%s %%s null=%%s default=%%s identity=%%s', r.relname, a.attname,
    format_type(a.atttypid, a.atttypmod), NOT a.attnotnull,
    pg_get_expr(d.adbin, d.adrelid), a.attidentity)
  FROM relation r JOIN pg_attribute a ON a.attrelid = r.oid
    AND a.attnum > 0 AND NOT a.attisdropped AND r.relkind = 'r'
    LEFT JOIN pg_attrdef d ON d.adrelid = r.oid AND d.adnum = a.attnum
  UNION ALL
  SELECT format('constraint %%s.%%s %%s', r.relname, k.conname, pg_get_constraintdef(k.oid))
  FROM relation r JOIN pg_constraint k ON k.conrelid = r.oid WHERE k.contype <> 'n'
  UNION ALL
  SELECT format('index %%s', pg_get_indexdef(r.oid)) FROM relation r WHERE r.relkind = 'i'
  UNION ALL
  SELECT format('function %%s', pg_get_functiondef(p.oid))
  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = %(schema)s
)
SELECT array_agg(said ORDER BY said) FROM line
"""
)
