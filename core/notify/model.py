"""Tables: notices, preferences, push subscriptions, digests."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db.base import CityTable

_RECIPIENT = "recipient_kind in ('resident', 'staff')"
_PACES = "in ('at_once', 'daily', 'weekly', 'never')"


class NoticeRow(CityTable):
    """A notice to one person, in both languages. `once` makes it unique for that person.

    `routed_at`: when it was decided how it travels beside the cabinet; `digest` names the digest it
    waits for, and `digested_at` says that a digest has taken it.
    """

    __tablename__ = "personal_notice"
    __table_args__ = (
        CheckConstraint(_RECIPIENT, name="recipient_kind"),
        CheckConstraint("digest in ('daily', 'weekly')", name="digest"),
        UniqueConstraint("recipient_id", "once"),
        Index(
            "ix_personal_notice_unread",
            "recipient_id",
            "id",
            postgresql_where=text("read_at is null"),
        ),
        Index(
            "ix_personal_notice_read",
            "recipient_id",
            "id",
            postgresql_where=text("read_at is not null"),
        ),
        Index(
            "ix_personal_notice_waiting",
            "recipient_id",
            "digest",
            "id",
            postgresql_where=text("digest is not null and digested_at is null"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    recipient_kind: Mapped[str]
    recipient_id: Mapped[UUID]
    kind: Mapped[str]
    title: Mapped[dict[str, object]]
    body: Mapped[dict[str, object]]
    path: Mapped[str]
    once: Mapped[str]
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    routed_at: Mapped[datetime | None]
    digest: Mapped[str | None]
    digested_at: Mapped[datetime | None]


class NoticePreference(CityTable):
    """How a person wants one kind of notice; without a row it is as the feature proposes."""

    __tablename__ = "notice_preference"
    __table_args__ = (
        CheckConstraint(_RECIPIENT, name="recipient_kind"),
        CheckConstraint(f"email {_PACES}", name="email"),
    )

    recipient_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    recipient_kind: Mapped[str]
    email: Mapped[str]
    push: Mapped[bool]
    changed_at: Mapped[datetime]


class NoticeDigest(CityTable):
    """A person's place in the digests of one pace: `next_at` is the round that was asked for, None
    when nothing waits. The row is also the lock under which notices join a round or a round takes
    them, so none falls between two."""

    __tablename__ = "notice_digest"
    __table_args__ = (
        CheckConstraint(_RECIPIENT, name="recipient_kind"),
        CheckConstraint("pace in ('daily', 'weekly')", name="pace"),
    )

    recipient_id: Mapped[UUID] = mapped_column(primary_key=True)
    pace: Mapped[str] = mapped_column(primary_key=True)
    recipient_kind: Mapped[str]
    next_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]


class PushSubscription(CityTable):
    """A browser that takes push messages for one person. `session` is the session that asked for
    them: signing out there ends them."""

    __tablename__ = "push_subscription"
    __table_args__ = (CheckConstraint(_RECIPIENT, name="recipient_kind"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    recipient_kind: Mapped[str]
    recipient_id: Mapped[UUID] = mapped_column(index=True)
    endpoint: Mapped[str] = mapped_column(unique=True)
    p256dh: Mapped[str]
    auth: Mapped[str]
    device: Mapped[str]
    session: Mapped[str]
    created_at: Mapped[datetime]
