"""The yearly topic list and what came of it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "c0011"
down_revision = "c0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "plan_candidate",
        sa.Column("idea_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("hidden", sa.Boolean(), server_default="false", nullable=False),
        sa.PrimaryKeyConstraint("idea_id", name=op.f("pk_plan_candidate")),
    )
    op.create_index("ix_plan_candidate_since", "plan_candidate", ["since", "idea_id"], unique=False)
    op.create_table(
        "plan_step",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("actor_name", sa.Text(), server_default="", nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "reasons", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_step")),
        info={"access": ("SELECT", "INSERT")},
    )
    op.create_index(op.f("ix_plan_step_item_id"), "plan_step", ["item_id"], unique=False)
    op.create_index("ix_plan_step_year", "plan_step", ["year", "at"], unique=False)
    op.create_table(
        "plan_year",
        sa.Column("year", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("state", sa.Text(), server_default="gathering", nullable=False),
        sa.Column("proposals_due", sa.Date(), nullable=True),
        sa.Column("approval_due", sa.Date(), nullable=True),
        sa.Column("approved_on", sa.Date(), nullable=True),
        sa.Column("approved_by", sa.Text(), server_default="", nullable=False),
        sa.Column("act_number", sa.Text(), server_default="", nullable=False),
        sa.Column("act_on", sa.Date(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "state in ('gathering', 'review', 'approved')", name=op.f("ck_plan_year_state")
        ),
        sa.PrimaryKeyConstraint("year", name=op.f("pk_plan_year")),
    )
    op.create_table(
        "plan_amendment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=True),
        sa.Column(
            "content", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True
        ),
        sa.Column("motivation", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.Text(), server_default="proposed", nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("decided_by", sa.Text(), server_default="", nullable=False),
        sa.Column("decision_note", sa.Text(), server_default="", nullable=False),
        sa.Column("act_number", sa.Text(), server_default="", nullable=False),
        sa.Column("act_on", sa.Date(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "kind in ('add', 'change', 'remove')", name=op.f("ck_plan_amendment_kind")
        ),
        sa.CheckConstraint(
            "state in ('proposed', 'approved', 'refused')", name=op.f("ck_plan_amendment_state")
        ),
        sa.ForeignKeyConstraint(["year"], ["plan_year.year"], name=op.f("fk_plan_amendment_year")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_amendment")),
        sa.UniqueConstraint("year", "number", name=op.f("uq_plan_amendment_year_number")),
    )
    op.create_index(op.f("ix_plan_amendment_item_id"), "plan_amendment", ["item_id"], unique=False)
    op.create_index("ix_plan_amendment_state", "plan_amendment", ["state", "id"], unique=False)
    op.create_table(
        "plan_invitation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), server_default="", nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["year"], ["plan_year.year"], name=op.f("fk_plan_invitation_year")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_invitation")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_plan_invitation_token_hash")),
    )
    op.create_index("ix_plan_invitation_year", "plan_invitation", ["year", "id"], unique=False)
    op.create_table(
        "plan_item",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), server_default="", nullable=False),
        sa.Column("idea_id", sa.Uuid(), nullable=True),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), server_default="proposed", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("amendment_id", sa.Uuid(), nullable=True),
        sa.Column("invitation_id", sa.Uuid(), nullable=True),
        sa.Column("implement_from", sa.Date(), nullable=True),
        sa.Column("implement_until", sa.Date(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("kind in ('campaign', 'poll')", name=op.f("ck_plan_item_kind")),
        sa.CheckConstraint(
            "state in ('draft', 'proposed', 'admitted', 'refused', 'approved', 'withdrawn')",
            name=op.f("ck_plan_item_state"),
        ),
        sa.ForeignKeyConstraint(
            ["invitation_id"], ["plan_invitation.id"], name=op.f("fk_plan_item_invitation_id")
        ),
        sa.ForeignKeyConstraint(["year"], ["plan_year.year"], name=op.f("fk_plan_item_year")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_item")),
        sa.UniqueConstraint("year", "number", name=op.f("uq_plan_item_year_number")),
    )
    op.create_index(op.f("ix_plan_item_amendment_id"), "plan_item", ["amendment_id"], unique=False)
    op.create_index(op.f("ix_plan_item_idea_id"), "plan_item", ["idea_id"], unique=False)
    op.create_index(
        op.f("ix_plan_item_invitation_id"), "plan_item", ["invitation_id"], unique=False
    )
    op.create_index("ix_plan_item_year", "plan_item", ["year", "state", "id"], unique=False)
    op.create_table(
        "plan_activity",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), server_default="", nullable=False),
        sa.Column("path", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("opens_on", sa.Date(), nullable=True),
        sa.Column("closes_on", sa.Date(), nullable=True),
        sa.Column("participants", sa.Integer(), nullable=True),
        sa.Column("votes", sa.Integer(), nullable=True),
        sa.Column("received", sa.Integer(), nullable=True),
        sa.Column("admitted", sa.Integer(), nullable=True),
        sa.Column("refused", sa.Integer(), nullable=True),
        sa.Column("decision", sa.Text(), server_default="", nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind in ('poll', 'campaign')", name=op.f("ck_plan_activity_kind")),
        sa.ForeignKeyConstraint(
            ["item_id"], ["plan_item.id"], name=op.f("fk_plan_activity_item_id")
        ),
        sa.PrimaryKeyConstraint("kind", "subject_id", name=op.f("pk_plan_activity")),
    )
    op.create_index(op.f("ix_plan_activity_item_id"), "plan_activity", ["item_id"], unique=False)
    op.create_table(
        "plan_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("listed", sa.Boolean(), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("amendment_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["plan_item.id"], name=op.f("fk_plan_entry_item_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_entry")),
        info={"access": ("SELECT", "INSERT")},
    )
    op.create_index(
        "ix_plan_entry_year", "plan_entry", ["year", "item_id", "since", "id"], unique=False
    )
    op.create_table(
        "plan_measure",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), server_default="", nullable=False),
        sa.Column("responsible_post", sa.Text(), server_default="", nullable=False),
        sa.Column("responsible", sa.Text(), server_default="", nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("planned", sa.BigInteger(), nullable=True),
        sa.Column("funds", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.Text(), server_default="planned", nullable=False),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.Column("spent", sa.BigInteger(), nullable=True),
        sa.Column("result", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "links", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False
        ),
        sa.Column(
            "idea_ids", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "state in ('planned', 'in_work', 'done', 'partly', 'not_done')",
            name=op.f("ck_plan_measure_state"),
        ),
        sa.CheckConstraint("planned >= 0 and spent >= 0", name=op.f("ck_plan_measure_money")),
        sa.ForeignKeyConstraint(
            ["item_id"], ["plan_item.id"], name=op.f("fk_plan_measure_item_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_measure")),
    )
    op.create_index(
        "ix_plan_measure_due",
        "plan_measure",
        ["due_on", "id"],
        unique=False,
        postgresql_where=sa.text("done_on is null"),
    )
    op.create_index(
        "ix_plan_measure_item", "plan_measure", ["item_id", "due_on", "id"], unique=False
    )
    op.create_table(
        "plan_report",
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_by", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "frozen", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True
        ),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["plan_item.id"], name=op.f("fk_plan_report_item_id")),
        sa.PrimaryKeyConstraint("item_id", name=op.f("pk_plan_report")),
    )


def downgrade() -> None:
    op.drop_table("plan_report")
    op.drop_table("plan_measure")
    op.drop_table("plan_entry")
    op.drop_table("plan_activity")
    op.drop_table("plan_item")
    op.drop_table("plan_invitation")
    op.drop_table("plan_amendment")
    op.drop_table("plan_year")
    op.drop_table("plan_step")
    op.drop_table("plan_candidate")
