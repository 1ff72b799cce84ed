"""Notices, preferences, push subscriptions, digests; letters that can be unsubscribed from."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "c0008"
down_revision = "c0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "personal_notice",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("recipient_kind", sa.Text(), nullable=False),
        sa.Column("recipient_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("once", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("routed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("digest", sa.Text(), nullable=True),
        sa.Column("digested_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("digest in ('daily', 'weekly')", name=op.f("ck_personal_notice_digest")),
        sa.CheckConstraint(
            "recipient_kind in ('resident', 'staff')",
            name=op.f("ck_personal_notice_recipient_kind"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_personal_notice")),
        sa.UniqueConstraint(
            "recipient_id", "once", name=op.f("uq_personal_notice_recipient_id_once")
        ),
    )
    op.create_index(
        "ix_personal_notice_read",
        "personal_notice",
        ["recipient_id", "id"],
        unique=False,
        postgresql_where=sa.text("read_at is not null"),
    )
    op.create_index(
        "ix_personal_notice_unread",
        "personal_notice",
        ["recipient_id", "id"],
        unique=False,
        postgresql_where=sa.text("read_at is null"),
    )
    op.create_index(
        "ix_personal_notice_waiting",
        "personal_notice",
        ["recipient_id", "digest", "id"],
        unique=False,
        postgresql_where=sa.text("digest is not null and digested_at is null"),
    )
    op.create_table(
        "notice_digest",
        sa.Column("recipient_id", sa.Uuid(), nullable=False),
        sa.Column("pace", sa.Text(), nullable=False),
        sa.Column("recipient_kind", sa.Text(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("pace in ('daily', 'weekly')", name=op.f("ck_notice_digest_pace")),
        sa.CheckConstraint(
            "recipient_kind in ('resident', 'staff')", name=op.f("ck_notice_digest_recipient_kind")
        ),
        sa.PrimaryKeyConstraint("recipient_id", "pace", name=op.f("pk_notice_digest")),
    )
    op.create_table(
        "notice_preference",
        sa.Column("recipient_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("recipient_kind", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("push", sa.Boolean(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "email in ('at_once', 'daily', 'weekly', 'never')",
            name=op.f("ck_notice_preference_email"),
        ),
        sa.CheckConstraint(
            "recipient_kind in ('resident', 'staff')",
            name=op.f("ck_notice_preference_recipient_kind"),
        ),
        sa.PrimaryKeyConstraint("recipient_id", "kind", name=op.f("pk_notice_preference")),
    )
    op.create_table(
        "push_subscription",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("recipient_kind", sa.Text(), nullable=False),
        sa.Column("recipient_id", sa.Uuid(), nullable=False),
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column("p256dh", sa.Text(), nullable=False),
        sa.Column("auth", sa.Text(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("session", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "recipient_kind in ('resident', 'staff')",
            name=op.f("ck_push_subscription_recipient_kind"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_push_subscription")),
        sa.UniqueConstraint("endpoint", name=op.f("uq_push_subscription_endpoint")),
    )
    op.create_index(
        op.f("ix_push_subscription_recipient_id"),
        "push_subscription",
        ["recipient_id"],
        unique=False,
    )
    op.add_column("outgoing_message", sa.Column("unsubscribe", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("outgoing_message", "unsubscribe")
    op.drop_table("push_subscription")
    op.drop_table("notice_preference")
    op.drop_table("notice_digest")
    op.drop_table("personal_notice")
