"""Ideas and campaigns."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "c0012"
down_revision = "c0011"
branch_labels = None
depends_on = None

STATES = (
    "state in ('draft', 'submitted', 'refused', 'withdrawn', 'collecting', 'unsupported', "
    "'consideration', 'declined', 'taken_up', 'in_work', 'done', 'merged')"
)
PUBLIC = (
    "state in ('collecting', 'consideration', 'declined', 'done', 'in_work', 'merged', "
    "'taken_up', 'unsupported')"
)
PUBLIC_PLACE = "place_lat is not null and " + PUBLIC
SEARCHED = (
    "setweight(to_tsvector('pg_catalog.russian'::regconfig, title), 'A') || "
    "setweight(to_tsvector('pg_catalog.russian'::regconfig, body), 'B')"
)


def upgrade() -> None:
    op.create_table(
        "campaign",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), server_default="", nullable=False),
        sa.Column("body", sa.Text(), server_default="", nullable=False),
        sa.Column("topic", sa.Text(), nullable=True),
        sa.Column("plan_item", sa.Uuid(), nullable=True),
        sa.Column(
            "territory", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True
        ),
        sa.Column(
            "form", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False
        ),
        sa.Column("with_place", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("state", sa.Text(), server_default="draft", nullable=False),
        sa.Column("opens_on", sa.Date(), nullable=True),
        sa.Column("closes_on", sa.Date(), nullable=True),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("governing_on", sa.Date(), nullable=True),
        sa.Column(
            "terms", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True
        ),
        sa.Column("outcome", sa.Text(), server_default="", nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "state in ('draft', 'scheduled', 'open', 'closed', 'summed_up', 'withdrawn')",
            name=op.f("ck_campaign_state"),
        ),
        sa.CheckConstraint("closes_on >= opens_on", name=op.f("ck_campaign_period")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign")),
        sa.UniqueConstraint("number", name=op.f("uq_campaign_number")),
    )
    op.create_index(op.f("ix_campaign_plan_item"), "campaign", ["plan_item"], unique=False)
    op.create_index(
        "ix_campaign_state_closes_at", "campaign", ["state", "closes_at", "id"], unique=False
    )
    op.create_table(
        "campaign_step",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("actor_name", sa.Text(), server_default="", nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "reasons", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_campaign_step_campaign_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign_step")),
        info={"access": ("SELECT", "INSERT")},
    )
    op.create_index(
        op.f("ix_campaign_step_campaign_id"), "campaign_step", ["campaign_id"], unique=False
    )
    op.create_table(
        "idea",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=True),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("author_name", sa.Text(), server_default="", nullable=False),
        sa.Column("title", sa.Text(), server_default="", nullable=False),
        sa.Column("body", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "extra", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False
        ),
        sa.Column("topic", sa.Text(), nullable=True),
        sa.Column("district", sa.Text(), nullable=True),
        sa.Column("place_lat", sa.Double(), nullable=True),
        sa.Column("place_lon", sa.Double(), nullable=True),
        sa.Column("place", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.Text(), server_default="draft", nullable=False),
        sa.Column("state_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("governing_on", sa.Date(), nullable=True),
        sa.Column(
            "terms", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True
        ),
        sa.Column("supports", sa.Integer(), server_default="0", nullable=False),
        sa.Column("comments", sa.Integer(), server_default="0", nullable=False),
        sa.Column("merged_into", sa.Uuid(), nullable=True),
        sa.Column("plan_item", sa.Uuid(), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column(
            "search",
            postgresql.TSVECTOR(),
            sa.Computed(
                SEARCHED,
                persisted=True,
            ),
            nullable=False,
        ),
        sa.CheckConstraint(
            STATES,
            name=op.f("ck_idea_state"),
        ),
        sa.CheckConstraint("(place_lat is null) = (place_lon is null)", name=op.f("ck_idea_place")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_idea_campaign_id")),
        sa.ForeignKeyConstraint(["merged_into"], ["idea.id"], name=op.f("fk_idea_merged_into")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idea")),
        sa.UniqueConstraint("number", name=op.f("uq_idea_number")),
    )
    op.create_index("ix_idea_author", "idea", ["author_id", "id"], unique=False)
    op.create_index("ix_idea_campaign", "idea", ["campaign_id", "published_at", "id"], unique=False)
    op.create_index(
        "ix_idea_decided",
        "idea",
        ["decided_at", "id"],
        unique=False,
        postgresql_where=sa.text(PUBLIC),
    )
    op.create_index(
        "ix_idea_district",
        "idea",
        ["district", "published_at", "id"],
        unique=False,
        postgresql_where=sa.text(PUBLIC),
    )
    op.create_index(
        "ix_idea_ending",
        "idea",
        ["ends_at", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'collecting'"),
    )
    op.create_index(op.f("ix_idea_merged_into"), "idea", ["merged_into"], unique=False)
    op.create_index(
        "ix_idea_new",
        "idea",
        ["published_at", "id"],
        unique=False,
        postgresql_where=sa.text(PUBLIC),
    )
    op.create_index(
        "ix_idea_place",
        "idea",
        ["place_lat", "place_lon"],
        unique=False,
        postgresql_include=["state", "topic", "district", "campaign_id", "number"],
        postgresql_where=sa.text(PUBLIC_PLACE),
    )
    op.create_index(op.f("ix_idea_plan_item"), "idea", ["plan_item"], unique=False)
    op.create_index(
        "ix_idea_popular",
        "idea",
        ["supports", "id"],
        unique=False,
        postgresql_where=sa.text(PUBLIC),
    )
    op.create_index(
        "ix_idea_considered",
        "idea",
        ["published_at", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'consideration'"),
    )
    op.create_index(
        "ix_idea_accepted",
        "idea",
        ["published_at", "id"],
        unique=False,
        postgresql_where=sa.text("state in ('taken_up', 'in_work')"),
    )
    op.create_index(
        "ix_idea_done",
        "idea",
        ["published_at", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'done'"),
    )
    op.create_index(
        "ix_idea_declined",
        "idea",
        ["published_at", "id"],
        unique=False,
        postgresql_where=sa.text("state in ('declined', 'unsupported')"),
    )
    op.create_index("ix_idea_search", "idea", ["search"], unique=False, postgresql_using="gin")
    op.create_index("ix_idea_state", "idea", ["state", "state_since", "id"], unique=False)
    op.create_index(
        "ix_idea_title_similar",
        "idea",
        ["title"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"title": "public.gin_trgm_ops"},
    )
    op.create_index(
        "ix_idea_topic",
        "idea",
        ["topic", "published_at", "id"],
        unique=False,
        postgresql_where=sa.text(PUBLIC),
    )
    op.create_table(
        "idea_amendment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("idea_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.Text(), server_default="submitted", nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state in ('submitted', 'accepted', 'refused')", name=op.f("ck_idea_amendment_state")
        ),
        sa.ForeignKeyConstraint(["idea_id"], ["idea.id"], name=op.f("fk_idea_amendment_idea_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idea_amendment")),
    )
    op.create_index(op.f("ix_idea_amendment_idea_id"), "idea_amendment", ["idea_id"], unique=False)
    op.create_table(
        "idea_follow",
        sa.Column("idea_id", sa.Uuid(), nullable=False),
        sa.Column("resident_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["idea_id"], ["idea.id"], name=op.f("fk_idea_follow_idea_id")),
        sa.PrimaryKeyConstraint("idea_id", "resident_id", name=op.f("pk_idea_follow")),
    )
    op.create_index(
        "ix_idea_follow_resident", "idea_follow", ["resident_id", "idea_id"], unique=False
    )
    op.create_table(
        "idea_merge",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("idea_id", sa.Uuid(), nullable=False),
        sa.Column("original_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), server_default="asking", nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_by", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "state in ('asking', 'done', 'cancelled')", name=op.f("ck_idea_merge_state")
        ),
        sa.CheckConstraint("idea_id <> original_id", name=op.f("ck_idea_merge_not_itself")),
        sa.ForeignKeyConstraint(["idea_id"], ["idea.id"], name=op.f("fk_idea_merge_idea_id")),
        sa.ForeignKeyConstraint(
            ["original_id"], ["idea.id"], name=op.f("fk_idea_merge_original_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idea_merge")),
    )
    op.create_index(op.f("ix_idea_merge_original_id"), "idea_merge", ["original_id"], unique=False)
    op.create_index(
        "uq_idea_merge_asking",
        "idea_merge",
        ["idea_id"],
        unique=True,
        postgresql_where=sa.text("state = 'asking'"),
    )
    op.create_table(
        "idea_step",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("idea_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("actor_name", sa.Text(), server_default="", nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "reasons", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False
        ),
        sa.ForeignKeyConstraint(["idea_id"], ["idea.id"], name=op.f("fk_idea_step_idea_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idea_step")),
        info={"access": ("SELECT", "INSERT")},
    )
    op.create_index("ix_idea_step_idea", "idea_step", ["idea_id", "at"], unique=False)
    op.create_table(
        "idea_support",
        sa.Column("idea_id", sa.Uuid(), nullable=False),
        sa.Column("resident_id", sa.Uuid(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("district", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["idea_id"], ["idea.id"], name=op.f("fk_idea_support_idea_id")),
        sa.PrimaryKeyConstraint("idea_id", "resident_id", name=op.f("pk_idea_support")),
    )
    op.create_index(
        "ix_idea_support_resident", "idea_support", ["resident_id", "idea_id"], unique=False
    )
    op.create_table(
        "idea_support_count",
        sa.Column("idea_id", sa.Uuid(), nullable=False),
        sa.Column("slot", sa.SmallInteger(), nullable=False),
        sa.Column("supports", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["idea_id"], ["idea.id"], name=op.f("fk_idea_support_count_idea_id")
        ),
        sa.PrimaryKeyConstraint("idea_id", "slot", name=op.f("pk_idea_support_count")),
    )
    op.create_table(
        "idea_version",
        sa.Column("idea_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column(
            "extra", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["idea_id"], ["idea.id"], name=op.f("fk_idea_version_idea_id")),
        sa.PrimaryKeyConstraint("idea_id", "version", name=op.f("pk_idea_version")),
        info={"access": ("SELECT", "INSERT")},
    )
    op.create_table(
        "idea_figure",
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("ideas", sa.Integer(), nullable=False),
        sa.Column("supports", sa.BigInteger(), nullable=False),
        sa.Column("west", sa.Double(), nullable=True),
        sa.Column("south", sa.Double(), nullable=True),
        sa.Column("east", sa.Double(), nullable=True),
        sa.Column("north", sa.Double(), nullable=True),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("state", name=op.f("pk_idea_figure")),
    )
    op.create_table(
        "idea_merge_answer",
        sa.Column("merge_id", sa.Uuid(), nullable=False),
        sa.Column("resident_id", sa.Uuid(), nullable=False),
        sa.Column("agreed", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["merge_id"], ["idea_merge.id"], name=op.f("fk_idea_merge_answer_merge_id")
        ),
        sa.PrimaryKeyConstraint("merge_id", "resident_id", name=op.f("pk_idea_merge_answer")),
    )


def downgrade() -> None:
    op.drop_table("idea_merge_answer")
    op.drop_table("idea_figure")
    op.drop_table("idea_version")
    op.drop_table("idea_support_count")
    op.drop_table("idea_support")
    op.drop_table("idea_step")
    op.drop_table("idea_merge")
    op.drop_table("idea_follow")
    op.drop_table("idea_amendment")
    op.drop_table("idea")
    op.drop_table("campaign_step")
    op.drop_table("campaign")
