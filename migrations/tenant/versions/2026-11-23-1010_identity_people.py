"""Residents, staff, tokens, outgoing messages."""

import sqlalchemy as sa
from alembic import op

revision = "c0002"
down_revision = "c0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "outgoing_message",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "channel in ('email', 'phone')", name=op.f("ck_outgoing_message_channel")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outgoing_message")),
    )
    op.create_index(
        op.f("ix_outgoing_message_created_at"), "outgoing_message", ["created_at"], unique=False
    )
    op.create_table(
        "resident",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("born_on", sa.Date(), nullable=True),
        sa.Column("district", sa.Text(), nullable=True),
        sa.Column("level", sa.Text(), server_default="none", nullable=False),
        sa.Column("blocked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "level in ('none', 'contact', 'identity', 'resident')", name=op.f("ck_resident_level")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resident")),
    )
    op.create_index("ix_resident_created_at", "resident", ["created_at", "id"], unique=False)
    op.create_table(
        "staff",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.Column("totp_secret", sa.LargeBinary(), nullable=True),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("email", name=op.f("uq_staff_email")),
    )
    op.create_table(
        "resident_consent",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("resident_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("wording", sa.Text(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["resident_id"], ["resident.id"], name=op.f("fk_resident_consent_resident_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resident_consent")),
    )
    op.create_index(
        "ix_resident_consent_person", "resident_consent", ["resident_id", "purpose"], unique=False
    )
    op.create_table(
        "resident_contact",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("resident_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind in ('email', 'phone')", name=op.f("ck_resident_contact_kind")),
        sa.ForeignKeyConstraint(
            ["resident_id"], ["resident.id"], name=op.f("fk_resident_contact_resident_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resident_contact")),
        sa.UniqueConstraint("kind", "value", name=op.f("uq_resident_contact_kind_value")),
    )
    op.create_index(
        op.f("ix_resident_contact_resident_id"), "resident_contact", ["resident_id"], unique=False
    )
    op.create_table(
        "resident_login",
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("subject", sa.LargeBinary(), nullable=False),
        sa.Column("resident_id", sa.Uuid(), nullable=False),
        sa.Column("linked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["resident_id"], ["resident.id"], name=op.f("fk_resident_login_resident_id")
        ),
        sa.PrimaryKeyConstraint("provider", "subject", name=op.f("pk_resident_login")),
    )
    op.create_index(
        op.f("ix_resident_login_resident_id"), "resident_login", ["resident_id"], unique=False
    )
    op.create_table(
        "resident_token",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("resident_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["resident_id"], ["resident.id"], name=op.f("fk_resident_token_resident_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resident_token")),
        sa.UniqueConstraint("digest", name=op.f("uq_resident_token_digest")),
    )
    op.create_index(
        op.f("ix_resident_token_resident_id"), "resident_token", ["resident_id"], unique=False
    )
    op.create_table(
        "staff_post",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("post", sa.Text(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_staff_post_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_post")),
    )
    op.create_index(op.f("ix_staff_post_staff_id"), "staff_post", ["staff_id"], unique=False)
    op.create_index(
        "uq_staff_post_open",
        "staff_post",
        ["staff_id", "post"],
        unique=True,
        postgresql_where=sa.text("until is null"),
    )


def downgrade() -> None:
    op.drop_index(
        "uq_staff_post_open", table_name="staff_post", postgresql_where=sa.text("until is null")
    )
    op.drop_index(op.f("ix_staff_post_staff_id"), table_name="staff_post")
    op.drop_table("staff_post")
    op.drop_index(op.f("ix_resident_token_resident_id"), table_name="resident_token")
    op.drop_table("resident_token")
    op.drop_index(op.f("ix_resident_login_resident_id"), table_name="resident_login")
    op.drop_table("resident_login")
    op.drop_index(op.f("ix_resident_contact_resident_id"), table_name="resident_contact")
    op.drop_table("resident_contact")
    op.drop_index("ix_resident_consent_person", table_name="resident_consent")
    op.drop_table("resident_consent")
    op.drop_table("staff")
    op.drop_index("ix_resident_created_at", table_name="resident")
    op.drop_table("resident")
    op.drop_index(op.f("ix_outgoing_message_created_at"), table_name="outgoing_message")
    op.drop_table("outgoing_message")
