"""Files people attach."""

import sqlalchemy as sa
from alembic import op

revision = "c0007"
down_revision = "c0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "file",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("position", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("uploaded_by", sa.Text(), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(width is null) = (height is null)", name=op.f("ck_file_picture")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_file")),
    )
    op.create_index("ix_file_owner", "file", ["owner", "position", "id"], unique=False)
    op.create_index("ix_file_uploaded_by", "file", ["uploaded_by", "owner"], unique=False)
    op.create_table(
        "file_content",
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("variant", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint(
            "variant in ('original', 'large', 'thumb')", name=op.f("ck_file_content_variant")
        ),
        sa.ForeignKeyConstraint(
            ["file_id"], ["file.id"], name=op.f("fk_file_content_file_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("file_id", "variant", name=op.f("pk_file_content")),
    )


def downgrade() -> None:
    op.drop_table("file_content")
    op.drop_index("ix_file_uploaded_by", table_name="file")
    op.drop_index("ix_file_owner", table_name="file")
    op.drop_table("file")
