"""The topic a poll is held on."""

import sqlalchemy as sa
from alembic import op

revision = "c0013"
down_revision = "c0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("poll", sa.Column("plan_item", sa.Uuid(), nullable=True))
    op.create_index(op.f("ix_poll_plan_item"), "poll", ["plan_item"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_poll_plan_item"), table_name="poll")
    op.drop_column("poll", "plan_item")
