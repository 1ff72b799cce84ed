"""Tables of polls. Who took part (`poll_roll`) and what was chosen (`poll_ballot`) are two
append-only facts of one transaction; only the poll's sealed key could join them, and it is
destroyed once the result is final."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    SmallInteger,
    UniqueConstraint,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.db.base import APPEND, CityTable

STATES = (
    "draft",
    "review",
    "scheduled",
    "open",
    "closed",
    "published",
    "invalid",
    "withdrawn",
)


class Poll(CityTable):
    """One poll. What binds it is frozen at opening: `terms` (decisions with their clauses) and
    `paper` (questions and options), so that a poll keeps the law and the wording of its opening.
    `plan_item` is the topic it is held on, in cities that keep a list of topics."""

    __tablename__ = "poll"
    __table_args__ = (
        CheckConstraint(f"state in {STATES!r}", name="state"),
        CheckConstraint("closes_on >= opens_on", name="period"),
        Index("ix_poll_state_closes_at", "state", "closes_at", "id"),
        Index("ix_poll_state_published_at", "state", "published_at", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(unique=True)
    procedure: Mapped[str]
    title: Mapped[str]
    summary: Mapped[str] = mapped_column(server_default="")
    body: Mapped[str] = mapped_column(server_default="")
    topic: Mapped[str | None] = mapped_column(index=True)
    plan_item: Mapped[UUID | None] = mapped_column(index=True)
    initiator: Mapped[str | None]
    territory: Mapped[list[str] | None] = mapped_column(JSONB(none_as_null=True))
    state: Mapped[str] = mapped_column(server_default="draft")
    opens_on: Mapped[date | None] = mapped_column(Date)
    closes_on: Mapped[date | None] = mapped_column(Date)
    opens_at: Mapped[datetime | None]
    closes_at: Mapped[datetime | None]
    governing_on: Mapped[date | None] = mapped_column(Date)
    terms: Mapped[dict[str, object] | None] = mapped_column(JSONB(none_as_null=True))
    paper: Mapped[dict[str, object] | None] = mapped_column(JSONB(none_as_null=True))
    extensions: Mapped[int] = mapped_column(server_default="0")
    results: Mapped[dict[str, object] | None] = mapped_column(JSONB(none_as_null=True))
    closed_at: Mapped[datetime | None]
    published_at: Mapped[datetime | None]
    sealed_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    created_by: Mapped[str]
    version: Mapped[int] = mapped_column(server_default="1")


class PollQuestion(CityTable):
    """A question of a poll; `max_choices` is 1 for a single answer (п. 3.10)."""

    __tablename__ = "poll_question"
    __table_args__ = (CheckConstraint("max_choices >= 1", name="max_choices"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    poll_id: Mapped[UUID] = mapped_column(ForeignKey("poll.id", ondelete="CASCADE"), index=True)
    position: Mapped[int] = mapped_column(SmallInteger)
    title: Mapped[str]
    hint: Mapped[str] = mapped_column(server_default="")
    max_choices: Mapped[int] = mapped_column(SmallInteger, server_default="1")


class PollOption(CityTable):
    """An answer that can be chosen."""

    __tablename__ = "poll_option"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    question_id: Mapped[UUID] = mapped_column(
        ForeignKey("poll_question.id", ondelete="CASCADE"), index=True
    )
    position: Mapped[int] = mapped_column(SmallInteger)
    title: Mapped[str]
    detail: Mapped[str] = mapped_column(server_default="")
    picture_id: Mapped[UUID | None] = mapped_column(ForeignKey("poll_picture.id"))


class PollPicture(CityTable):
    """A picture of an option, re-encoded on upload: no metadata of the original survives."""

    __tablename__ = "poll_picture"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    poll_id: Mapped[UUID] = mapped_column(ForeignKey("poll.id", ondelete="CASCADE"), index=True)
    content: Mapped[bytes]
    width: Mapped[int]
    height: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class PollStep(CityTable):
    """One step in the life of a poll, with who took it and the clauses it rested on."""

    __tablename__ = "poll_step"
    __table_args__ = ({"info": {"access": APPEND}},)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    poll_id: Mapped[UUID] = mapped_column(ForeignKey("poll.id"), index=True)
    at: Mapped[datetime]
    kind: Mapped[str]
    actor: Mapped[str]
    actor_name: Mapped[str] = mapped_column(server_default="")
    note: Mapped[str] = mapped_column(server_default="")
    reasons: Mapped[list[object]] = mapped_column(JSONB, server_default="[]")


class PollSecret(CityTable):
    """The poll's key, encrypted with the installation's; the row is deleted when the result is
    final and the appeal term is over."""

    __tablename__ = "poll_secret"

    poll_id: Mapped[UUID] = mapped_column(ForeignKey("poll.id"), primary_key=True)
    sealed_key: Mapped[bytes]


class PollRoll(CityTable):
    """Who took part: for uniqueness, quorum (R53) and points (R80). Never what was chosen."""

    __tablename__ = "poll_roll"
    __table_args__ = (
        Index("ix_poll_roll_resident", "resident_id", "poll_id"),
        {"info": {"access": APPEND}},
    )

    poll_id: Mapped[UUID] = mapped_column(ForeignKey("poll.id"), primary_key=True)
    resident_id: Mapped[UUID] = mapped_column(primary_key=True)
    level: Mapped[str]
    district: Mapped[str | None]
    cast_on: Mapped[date] = mapped_column(Date)


class PollBallot(CityTable):
    """What was chosen, under a tag that only the poll's key can tie to a person. Only the hour is
    kept. `round` 0 is the first ballot of a tag; a revote adds the next round and supersedes."""

    __tablename__ = "poll_ballot"
    __table_args__ = (
        UniqueConstraint("poll_id", "voter_tag", "round"),
        {"info": {"access": APPEND}},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    poll_id: Mapped[UUID] = mapped_column(ForeignKey("poll.id"))
    voter_tag: Mapped[bytes]
    round: Mapped[int] = mapped_column(Integer)
    choices: Mapped[str]
    nonce: Mapped[bytes]
    cast_hour: Mapped[datetime | None]


class PollTally(CityTable):
    """Votes for an option, spread over slots so that many voters do not wait for one row."""

    __tablename__ = "poll_tally"
    __table_args__ = (ForeignKeyConstraint(["poll_id"], ["poll.id"]),)

    poll_id: Mapped[UUID] = mapped_column(primary_key=True)
    option_id: Mapped[UUID] = mapped_column(primary_key=True)
    slot: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    votes: Mapped[int]


class PollTurnout(CityTable):
    """Voters by verification level, spread over slots: what the quorum meter reads."""

    __tablename__ = "poll_turnout"
    __table_args__ = (ForeignKeyConstraint(["poll_id"], ["poll.id"]),)

    poll_id: Mapped[UUID] = mapped_column(primary_key=True)
    level: Mapped[str] = mapped_column(primary_key=True)
    slot: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    voters: Mapped[int]


class PollTurnoutDay(CityTable):
    """Voters by day, district and level, folded from events by the worker."""

    __tablename__ = "poll_turnout_day"
    __table_args__ = (ForeignKeyConstraint(["poll_id"], ["poll.id"]),)

    poll_id: Mapped[UUID] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    district: Mapped[str] = mapped_column(primary_key=True)
    level: Mapped[str] = mapped_column(primary_key=True)
    voters: Mapped[int]
