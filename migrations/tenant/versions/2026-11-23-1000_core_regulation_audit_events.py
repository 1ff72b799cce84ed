"""Regulation history, journal, event receipts."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "c0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
        info={"access": ("SELECT", "INSERT")},
    )
    op.create_index(op.f("ix_audit_entry_action"), "audit_entry", ["action"], unique=False)
    op.create_index(op.f("ix_audit_entry_subject"), "audit_entry", ["subject"], unique=False)
    op.create_table(
        "decision_entry",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("point", sa.Text(), nullable=False),
        sa.Column("governing_on", sa.Date(), nullable=False),
        sa.Column("value", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("reasons", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("regulation", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision_entry")),
        info={"access": ("SELECT", "INSERT")},
    )
    op.create_index(op.f("ix_decision_entry_subject"), "decision_entry", ["subject"], unique=False)
    op.create_table(
        "event_receipt",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("handler", sa.Text(), nullable=False),
        sa.Column(
            "handled_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("event_id", "handler", name=op.f("pk_event_receipt")),
        info={"access": ("SELECT", "INSERT", "DELETE")},
    )
    op.create_index(
        op.f("ix_event_receipt_handled_at"), "event_receipt", ["handled_at"], unique=False
    )
    op.create_table(
        "regulation_act",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("document", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_regulation_act")),
    )
    op.create_table(
        "regulation_procedure",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("document", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_regulation_procedure")),
    )
    op.create_table(
        "regulation_entry",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("procedure", sa.Text(), nullable=False),
        sa.Column("module", sa.Text(), nullable=False),
        sa.Column("parameter", sa.Text(), nullable=False),
        sa.Column("in_force_from", sa.Date(), nullable=False),
        sa.Column("value", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("clause", sa.Text(), nullable=True),
        sa.Column("act", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.CheckConstraint("source in ('file', 'desk')", name=op.f("ck_regulation_entry_source")),
        sa.ForeignKeyConstraint(
            ["act"], ["regulation_act.key"], name=op.f("fk_regulation_entry_act")
        ),
        sa.ForeignKeyConstraint(
            ["procedure"], ["regulation_procedure.key"], name=op.f("fk_regulation_entry_procedure")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_regulation_entry")),
        info={"access": ("SELECT", "INSERT")},
    )


def downgrade() -> None:
    op.drop_table("regulation_entry")
    op.drop_table("regulation_procedure")
    op.drop_table("regulation_act")
    op.drop_index(op.f("ix_event_receipt_handled_at"), table_name="event_receipt")
    op.drop_table("event_receipt")
    op.drop_index(op.f("ix_decision_entry_subject"), table_name="decision_entry")
    op.drop_table("decision_entry")
    op.drop_index(op.f("ix_audit_entry_subject"), table_name="audit_entry")
    op.drop_index(op.f("ix_audit_entry_action"), table_name="audit_entry")
    op.drop_table("audit_entry")
