"""Polls: questions, roll, ballots, tallies."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "c0003"
down_revision = "c0002"
branch_labels = None
depends_on = None

# The city's role may not delete ballots. Sealing is the one exception: it writes a published
# poll's ballots anew, in random order, in one transaction and without the hour, so that neither
# the order of rows nor transaction numbers tell who cast which; then it destroys the poll's key.
SEAL = """
CREATE FUNCTION poll_seal(poll uuid) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT AS $$
BEGIN
  PERFORM 1 FROM poll p WHERE p.id = poll_seal.poll
    AND p.state IN ('published', 'invalid', 'withdrawn') FOR UPDATE;
  IF NOT FOUND THEN RETURN false; END IF;
  WITH gone AS (
    DELETE FROM poll_ballot b WHERE b.poll_id = poll_seal.poll RETURNING b.*
  )
  INSERT INTO poll_ballot (id, poll_id, voter_tag, round, choices, nonce, cast_hour)
    SELECT id, poll_id, voter_tag, round, choices, nonce, NULL FROM gone ORDER BY random();
  DELETE FROM poll_secret s WHERE s.poll_id = poll_seal.poll;
  RETURN true;
END $$;
REVOKE ALL ON FUNCTION poll_seal(uuid) FROM PUBLIC;
DO $$ BEGIN
  EXECUTE 'GRANT EXECUTE ON FUNCTION poll_seal(uuid) TO ' || quote_ident(current_schema());
END $$;
"""


def upgrade() -> None:
    op.create_table(
        "poll",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("procedure", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), server_default="", nullable=False),
        sa.Column("body", sa.Text(), server_default="", nullable=False),
        sa.Column("topic", sa.Text(), nullable=True),
        sa.Column("initiator", sa.Text(), nullable=True),
        sa.Column(
            "territory", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True
        ),
        sa.Column("state", sa.Text(), server_default="draft", nullable=False),
        sa.Column("opens_on", sa.Date(), nullable=True),
        sa.Column("closes_on", sa.Date(), nullable=True),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("governing_on", sa.Date(), nullable=True),
        sa.Column(
            "terms", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True
        ),
        sa.Column(
            "paper", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True
        ),
        sa.Column("extensions", sa.Integer(), server_default="0", nullable=False),
        sa.Column(
            "results", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True
        ),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "state in ('draft', 'review', 'scheduled', 'open',"
            " 'closed', 'published', 'invalid', 'withdrawn')",
            name=op.f("ck_poll_state"),
        ),
        sa.CheckConstraint("closes_on >= opens_on", name=op.f("ck_poll_period")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_poll")),
        sa.UniqueConstraint("number", name=op.f("uq_poll_number")),
    )
    op.create_index("ix_poll_state_closes_at", "poll", ["state", "closes_at", "id"], unique=False)
    op.create_index(
        "ix_poll_state_published_at", "poll", ["state", "published_at", "id"], unique=False
    )
    op.create_index(op.f("ix_poll_topic"), "poll", ["topic"], unique=False)
    op.create_table(
        "poll_ballot",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("poll_id", sa.Uuid(), nullable=False),
        sa.Column("voter_tag", sa.LargeBinary(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("choices", sa.Text(), nullable=False),
        sa.Column("nonce", sa.LargeBinary(), nullable=False),
        sa.Column("cast_hour", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["poll_id"], ["poll.id"], name=op.f("fk_poll_ballot_poll_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_poll_ballot")),
        sa.UniqueConstraint(
            "poll_id", "voter_tag", "round", name=op.f("uq_poll_ballot_poll_id_voter_tag_round")
        ),
        info={"access": ("SELECT", "INSERT")},
    )
    op.create_table(
        "poll_picture",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("poll_id", sa.Uuid(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["poll_id"], ["poll.id"], name=op.f("fk_poll_picture_poll_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_poll_picture")),
    )
    op.create_index(op.f("ix_poll_picture_poll_id"), "poll_picture", ["poll_id"], unique=False)
    op.create_table(
        "poll_question",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("poll_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("hint", sa.Text(), server_default="", nullable=False),
        sa.Column("max_choices", sa.SmallInteger(), server_default="1", nullable=False),
        sa.CheckConstraint("max_choices >= 1", name=op.f("ck_poll_question_max_choices")),
        sa.ForeignKeyConstraint(
            ["poll_id"], ["poll.id"], name=op.f("fk_poll_question_poll_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_poll_question")),
    )
    op.create_index(op.f("ix_poll_question_poll_id"), "poll_question", ["poll_id"], unique=False)
    op.create_table(
        "poll_roll",
        sa.Column("poll_id", sa.Uuid(), nullable=False),
        sa.Column("resident_id", sa.Uuid(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("district", sa.Text(), nullable=True),
        sa.Column("cast_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["poll_id"], ["poll.id"], name=op.f("fk_poll_roll_poll_id")),
        sa.PrimaryKeyConstraint("poll_id", "resident_id", name=op.f("pk_poll_roll")),
        info={"access": ("SELECT", "INSERT")},
    )
    op.create_index("ix_poll_roll_resident", "poll_roll", ["resident_id", "poll_id"], unique=False)
    op.create_table(
        "poll_secret",
        sa.Column("poll_id", sa.Uuid(), nullable=False),
        sa.Column("sealed_key", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["poll_id"], ["poll.id"], name=op.f("fk_poll_secret_poll_id")),
        sa.PrimaryKeyConstraint("poll_id", name=op.f("pk_poll_secret")),
    )
    op.create_table(
        "poll_step",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("poll_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("actor_name", sa.Text(), server_default="", nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "reasons", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False
        ),
        sa.ForeignKeyConstraint(["poll_id"], ["poll.id"], name=op.f("fk_poll_step_poll_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_poll_step")),
        info={"access": ("SELECT", "INSERT")},
    )
    op.create_index(op.f("ix_poll_step_poll_id"), "poll_step", ["poll_id"], unique=False)
    op.create_table(
        "poll_tally",
        sa.Column("poll_id", sa.Uuid(), nullable=False),
        sa.Column("option_id", sa.Uuid(), nullable=False),
        sa.Column("slot", sa.SmallInteger(), nullable=False),
        sa.Column("votes", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["poll_id"], ["poll.id"], name=op.f("fk_poll_tally_poll_id")),
        sa.PrimaryKeyConstraint("poll_id", "option_id", "slot", name=op.f("pk_poll_tally")),
    )
    op.create_table(
        "poll_turnout",
        sa.Column("poll_id", sa.Uuid(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("slot", sa.SmallInteger(), nullable=False),
        sa.Column("voters", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["poll_id"], ["poll.id"], name=op.f("fk_poll_turnout_poll_id")),
        sa.PrimaryKeyConstraint("poll_id", "level", "slot", name=op.f("pk_poll_turnout")),
    )
    op.create_table(
        "poll_turnout_day",
        sa.Column("poll_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("district", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("voters", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["poll_id"], ["poll.id"], name=op.f("fk_poll_turnout_day_poll_id")),
        sa.PrimaryKeyConstraint(
            "poll_id", "day", "district", "level", name=op.f("pk_poll_turnout_day")
        ),
    )
    op.create_table(
        "poll_option",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("question_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), server_default="", nullable=False),
        sa.Column("picture_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["picture_id"], ["poll_picture.id"], name=op.f("fk_poll_option_picture_id")
        ),
        sa.ForeignKeyConstraint(
            ["question_id"],
            ["poll_question.id"],
            name=op.f("fk_poll_option_question_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_poll_option")),
    )
    op.create_index(
        op.f("ix_poll_option_question_id"), "poll_option", ["question_id"], unique=False
    )

    op.execute(SEAL)


def downgrade() -> None:
    op.execute("DROP FUNCTION poll_seal(uuid)")
    op.drop_index(op.f("ix_poll_option_question_id"), table_name="poll_option")
    op.drop_table("poll_option")
    op.drop_table("poll_turnout_day")
    op.drop_table("poll_turnout")
    op.drop_table("poll_tally")
    op.drop_index(op.f("ix_poll_step_poll_id"), table_name="poll_step")
    op.drop_table("poll_step")
    op.drop_table("poll_secret")
    op.drop_index("ix_poll_roll_resident", table_name="poll_roll")
    op.drop_table("poll_roll")
    op.drop_index(op.f("ix_poll_question_poll_id"), table_name="poll_question")
    op.drop_table("poll_question")
    op.drop_index(op.f("ix_poll_picture_poll_id"), table_name="poll_picture")
    op.drop_table("poll_picture")
    op.drop_table("poll_ballot")
    op.drop_index(op.f("ix_poll_topic"), table_name="poll")
    op.drop_index("ix_poll_state_published_at", table_name="poll")
    op.drop_index("ix_poll_state_closes_at", table_name="poll")
    op.drop_table("poll")
