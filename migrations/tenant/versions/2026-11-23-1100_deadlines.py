"""Obligations, their history, and the calendar feeds of officials."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "c0005"
down_revision = "c0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "calendar_feed",
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("nonce", sa.LargeBinary(), nullable=False),
        sa.Column("renewed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_calendar_feed_staff_id")),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("pk_calendar_feed")),
    )
    op.create_table(
        "obligation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("title", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("first_due_on", sa.Date(), nullable=False),
        sa.Column(
            "term", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True
        ),
        sa.Column(
            "remind_days",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default="[]",
            nullable=False,
        ),
        sa.Column("holder_post", sa.Text(), nullable=True),
        sa.Column("holder_staff", sa.Uuid(), nullable=True),
        sa.Column("holder_permission", sa.Text(), nullable=True),
        sa.Column("controller_permission", sa.Text(), nullable=False),
        sa.Column(
            "reasons", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False
        ),
        sa.Column("paused_on", sa.Date(), nullable=True),
        sa.Column("left_days", sa.Integer(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "state in ('open', 'done', 'cancelled')", name=op.f("ck_obligation_state")
        ),
        sa.CheckConstraint(
            "(paused_on is null) = (left_days is null)", name=op.f("ck_obligation_paused")
        ),
        sa.ForeignKeyConstraint(
            ["holder_staff"], ["staff.id"], name=op.f("fk_obligation_holder_staff")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_obligation")),
        sa.UniqueConstraint("kind", "subject", name=op.f("uq_obligation_kind_subject")),
    )
    op.create_index(
        "ix_obligation_holder_staff_state", "obligation", ["holder_staff", "state"], unique=False
    )
    op.create_index(
        "ix_obligation_state_closed_at", "obligation", ["state", "closed_at", "id"], unique=False
    )
    op.create_index(
        "ix_obligation_state_due_on", "obligation", ["state", "due_on", "id"], unique=False
    )
    op.create_index("ix_obligation_subject", "obligation", ["subject"], unique=False)
    op.create_table(
        "obligation_step",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("obligation_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("actor_name", sa.Text(), server_default="", nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column(
            "reasons", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False
        ),
        sa.Column("once", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "kind in ('opened', 'reminded', 'missed', 'moved', 'assigned', 'paused', 'resumed',"
            " 'done', 'cancelled')",
            name=op.f("ck_obligation_step_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["obligation_id"], ["obligation.id"], name=op.f("fk_obligation_step_obligation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_obligation_step")),
        sa.UniqueConstraint(
            "obligation_id", "once", name=op.f("uq_obligation_step_obligation_id_once")
        ),
    )
    op.create_index(
        op.f("ix_obligation_step_obligation_id"),
        "obligation_step",
        ["obligation_id"],
        unique=False,
    )


def downgrade() -> None:
    op.drop_table("obligation_step")
    op.drop_table("obligation")
    op.drop_table("calendar_feed")
