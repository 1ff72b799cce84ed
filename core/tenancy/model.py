"""Tables of tenancy: the registry in `platform`, the regulation history in every city."""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Sequence, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.db.base import APPEND, CityTable, PlatformTable

TENANT_VERSION = Sequence("tenant_version", metadata=PlatformTable.metadata)


class Installation(PlatformTable):
    """One row that says what this installation is; only a demo may show its sign-in page."""

    __tablename__ = "installation"
    __table_args__ = (
        CheckConstraint("id = 1", name="single"),
        CheckConstraint("kind in ('production', 'demo', 'test')", name="kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str]


class TenantRow(PlatformTable):
    """One municipality. `version` grows with every change, so that processes fetch only news."""

    __tablename__ = "tenant"
    __table_args__ = (CheckConstraint("state in ('active', 'disabled', 'spare')", name="state"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    role: Mapped[str] = mapped_column(unique=True)
    database_url: Mapped[str | None]
    shard: Mapped[int] = mapped_column(server_default="0")
    state: Mapped[str] = mapped_column(server_default="active")
    version: Mapped[int] = mapped_column(
        BigInteger, TENANT_VERSION, server_default=TENANT_VERSION.next_value(), index=True
    )
    regulation_version: Mapped[int] = mapped_column(server_default="0")
    profile: Mapped[dict[str, object]] = mapped_column(JSONB)
    revision: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class TenantHost(PlatformTable):
    """A host name under which a municipality is reached; each name belongs to one only."""

    __tablename__ = "tenant_host"

    host: Mapped[str] = mapped_column(primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id", ondelete="CASCADE"), index=True)


class MigrationRun(PlatformTable):
    """The ledger of the migration runner: one row for each revision and city, also for failures."""

    __tablename__ = "migration_run"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id", ondelete="CASCADE"), index=True)
    revision: Mapped[str]
    started_at: Mapped[datetime] = mapped_column(server_default=func.now())
    milliseconds: Mapped[int]
    outcome: Mapped[str]
    message: Mapped[str | None]


class OperatorRow(PlatformTable):
    """Somebody who works for the installation or the association, not for one city."""

    __tablename__ = "operator"
    __table_args__ = (CheckConstraint("kind in ('operator', 'analyst')", name="kind"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    kind: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class RegulationAct(CityTable):
    """A legal act that entries rest on; `example` marks an act made up to show the product."""

    __tablename__ = "regulation_act"

    key: Mapped[str] = mapped_column(primary_key=True)
    document: Mapped[dict[str, object]] = mapped_column(JSONB)


class RegulationProcedure(CityTable):
    """A procedure (порядок): a named set of rule parameters for one feature."""

    __tablename__ = "regulation_procedure"

    key: Mapped[str] = mapped_column(primary_key=True)
    document: Mapped[dict[str, object]] = mapped_column(JSONB)


class RegulationEntry(CityTable):
    """One dated, cited value of one parameter. Appended, never edited; later records win."""

    __tablename__ = "regulation_entry"
    __table_args__ = (
        CheckConstraint("source in ('file', 'desk')", name="source"),
        {"info": {"access": APPEND}},
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    procedure: Mapped[str] = mapped_column(ForeignKey("regulation_procedure.key"))
    module: Mapped[str]
    parameter: Mapped[str]
    in_force_from: Mapped[date]
    value: Mapped[object] = mapped_column(JSONB)
    clause: Mapped[str | None]
    act: Mapped[str | None] = mapped_column(ForeignKey("regulation_act.key"))
    note: Mapped[str] = mapped_column(server_default="")
    source: Mapped[str]
    recorded_at: Mapped[datetime] = mapped_column(server_default=func.now())
    recorded_by: Mapped[str]
