"""The moderation queue, refusals, blocks."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "c0009"
down_revision = "c0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "moderation_letter",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("addressee_id", sa.Uuid(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("grounds", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("reasons", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("written", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("written_by", sa.Uuid(), nullable=False),
        sa.Column("written_name", sa.Text(), nullable=False),
        sa.Column("approved_by", sa.Uuid(), nullable=False),
        sa.Column("approved_name", sa.Text(), nullable=False),
        sa.Column("signer_post", sa.Text(), nullable=False),
        sa.Column("look_until", sa.Date(), nullable=True),
        sa.Column("look_reasons", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint("body <> ''", name=op.f("ck_moderation_letter_body")),
        sa.CheckConstraint(
            "jsonb_array_length(grounds) > 0", name=op.f("ck_moderation_letter_grounds")
        ),
        sa.CheckConstraint("number > 0", name=op.f("ck_moderation_letter_number")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moderation_letter")),
        sa.UniqueConstraint("year", "number", name=op.f("uq_moderation_letter_year_number")),
        info={"access": ("SELECT", "INSERT")},
    )
    op.create_index(
        "ix_moderation_letter_addressee", "moderation_letter", ["addressee_id", "id"], unique=False
    )
    op.create_table(
        "moderation_number",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("year", name=op.f("pk_moderation_number")),
    )
    op.create_table(
        "moderation_block",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("resident_id", sa.Uuid(), nullable=False),
        sa.Column("letter_id", sa.Uuid(), nullable=False),
        sa.Column("protocol_number", sa.Text(), nullable=False),
        sa.Column("protocol_on", sa.Date(), nullable=False),
        sa.Column("members", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("annuls", sa.Boolean(), nullable=False),
        sa.Column("reasons", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("blocked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.Column("recorded_name", sa.Text(), nullable=False),
        sa.Column("ended", sa.Text(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        sa.Column("ended_name", sa.Text(), server_default="", nullable=False),
        sa.Column("ended_reason", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "ended in ('lifted', 'expired')", name=op.f("ck_moderation_block_ended")
        ),
        sa.CheckConstraint("protocol_number <> ''", name=op.f("ck_moderation_block_protocol")),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_moderation_block_reason")),
        sa.CheckConstraint(
            "(ended is null) = (ended_at is null)", name=op.f("ck_moderation_block_ended_at")
        ),
        sa.CheckConstraint(
            "jsonb_array_length(members) > 0", name=op.f("ck_moderation_block_members")
        ),
        sa.ForeignKeyConstraint(
            ["letter_id"], ["moderation_letter.id"], name=op.f("fk_moderation_block_letter_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moderation_block")),
    )
    op.create_index(
        "ix_moderation_block_blocked_at", "moderation_block", ["blocked_at", "id"], unique=False
    )
    op.create_index(
        "uq_moderation_block_resident",
        "moderation_block",
        ["resident_id"],
        unique=True,
        postgresql_where=sa.text("ended is null"),
    )
    op.create_table(
        "moderation_item",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("checked", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column(
            "hints", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True
        ),
        sa.Column(
            "similar", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True
        ),
        sa.Column("held_by", sa.Uuid(), nullable=True),
        sa.Column("held_name", sa.Text(), server_default="", nullable=False),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("looks_again_at", sa.Uuid(), nullable=True),
        sa.Column("plea", sa.Text(), server_default="", nullable=False),
        sa.Column("letter_id", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_name", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "(state = 'refused') = (letter_id is not null)", name=op.f("ck_moderation_item_letter")
        ),
        sa.CheckConstraint(
            "checked in ('before', 'after')", name=op.f("ck_moderation_item_checked")
        ),
        sa.CheckConstraint(
            "looks_again_at is null or plea <> ''", name=op.f("ck_moderation_item_plea")
        ),
        sa.CheckConstraint(
            "state in ('waiting', 'written', 'published', 'refused', 'withdrawn', 'superseded')",
            name=op.f("ck_moderation_item_state"),
        ),
        sa.CheckConstraint(
            "(held_by is null) = (held_until is null)", name=op.f("ck_moderation_item_held")
        ),
        sa.CheckConstraint("letter_id = id", name=op.f("ck_moderation_item_own_letter")),
        sa.ForeignKeyConstraint(
            ["letter_id"], ["moderation_letter.id"], name=op.f("fk_moderation_item_letter_id")
        ),
        sa.ForeignKeyConstraint(
            ["looks_again_at"],
            ["moderation_item.id"],
            name=op.f("fk_moderation_item_looks_again_at"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moderation_item")),
    )
    op.create_index(
        "ix_moderation_item_author", "moderation_item", ["author_id", "submitted_at"], unique=False
    )
    op.create_index(
        "ix_moderation_item_queue",
        "moderation_item",
        ["state", "submitted_at", "id"],
        unique=False,
        postgresql_where=sa.text("state in ('waiting', 'written')"),
    )
    op.create_index(
        "ix_moderation_item_subject",
        "moderation_item",
        ["kind", "subject_id", "submitted_at"],
        unique=False,
    )
    op.create_index(
        "uq_moderation_item_look",
        "moderation_item",
        ["looks_again_at"],
        unique=True,
        postgresql_where=sa.text("looks_again_at is not null"),
    )
    op.create_index(
        "uq_moderation_item_open",
        "moderation_item",
        ["kind", "subject_id"],
        unique=True,
        postgresql_where=sa.text("state in ('waiting', 'written')"),
    )
    op.create_table(
        "moderation_draft",
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("grounds", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), server_default="", nullable=False),
        sa.Column("written_by", sa.Uuid(), nullable=False),
        sa.Column("written_name", sa.Text(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("returned_name", sa.Text(), server_default="", nullable=False),
        sa.Column("returned_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state in ('writing', 'submitted', 'returned')", name=op.f("ck_moderation_draft_state")
        ),
        sa.ForeignKeyConstraint(
            ["item_id"], ["moderation_item.id"], name=op.f("fk_moderation_draft_item_id")
        ),
        sa.PrimaryKeyConstraint("item_id", name=op.f("pk_moderation_draft")),
    )


def downgrade() -> None:
    op.drop_table("moderation_draft")
    op.drop_table("moderation_item")
    op.drop_table("moderation_block")
    op.drop_table("moderation_number")
    op.drop_table("moderation_letter")
