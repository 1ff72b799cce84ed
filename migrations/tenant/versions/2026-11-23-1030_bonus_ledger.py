"""Points ledger."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "c0004"
down_revision = "c0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "bonus_account",
        sa.Column("resident_id", sa.Uuid(), nullable=False),
        sa.Column("balance", sa.Integer(), nullable=False),
        sa.CheckConstraint("balance >= 0", name=op.f("ck_bonus_account_balance")),
        sa.PrimaryKeyConstraint("resident_id", name=op.f("pk_bonus_account")),
    )
    op.create_table(
        "bonus_transfer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("debit", sa.Text(), nullable=False),
        sa.Column("credit", sa.Text(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("booked_on", sa.Date(), nullable=False),
        sa.Column("booked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reasons", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint("debit <> credit", name=op.f("ck_bonus_transfer_accounts")),
        sa.CheckConstraint("points > 0", name=op.f("ck_bonus_transfer_points")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bonus_transfer")),
        info={"access": ("SELECT", "INSERT")},
    )
    op.create_index(
        "ix_bonus_transfer_credit", "bonus_transfer", ["credit", "booked_on"], unique=False
    )
    op.create_index(
        "ix_bonus_transfer_debit", "bonus_transfer", ["debit", "booked_on"], unique=False
    )


def downgrade() -> None:
    op.drop_index("ix_bonus_transfer_debit", table_name="bonus_transfer")
    op.drop_index("ix_bonus_transfer_credit", table_name="bonus_transfer")
    op.drop_table("bonus_transfer")
    op.drop_table("bonus_account")
