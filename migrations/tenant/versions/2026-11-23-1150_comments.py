"""Comments, and how many of them a thing has."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "c0010"
down_revision = "c0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "comment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("staff_id", sa.Uuid(), nullable=True),
        sa.Column("post", sa.Text(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column(
            "refusal", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True
        ),
        sa.Column("replies", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state in ('waiting', 'published', 'refused', 'withdrawn')",
            name=op.f("ck_comment_state"),
        ),
        sa.CheckConstraint(
            "(author_id is null) <> (staff_id is null)", name=op.f("ck_comment_author")
        ),
        sa.ForeignKeyConstraint(["parent_id"], ["comment.id"], name=op.f("fk_comment_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comment")),
        sa.UniqueConstraint("digest", name=op.f("uq_comment_digest")),
    )
    op.create_index("ix_comment_author", "comment", ["author_id", "id"], unique=False)
    op.create_index(
        "ix_comment_replies",
        "comment",
        ["parent_id", "id"],
        unique=False,
        postgresql_where=sa.text("parent_id is not null"),
    )
    op.create_index(
        "ix_comment_thread",
        "comment",
        ["kind", "subject_id", "id"],
        unique=False,
        postgresql_where=sa.text("parent_id is null"),
    )
    op.create_index(
        "ix_comment_unpublished",
        "comment",
        ["author_id", "kind", "subject_id"],
        unique=False,
        postgresql_where=sa.text("state in ('waiting', 'refused')"),
    )
    op.create_table(
        "comment_count",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("published", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "subject_id", name=op.f("pk_comment_count")),
    )


def downgrade() -> None:
    op.drop_table("comment_count")
    op.drop_table("comment")
