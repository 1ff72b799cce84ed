"""Tables of people in one city: residents and how they sign in, staff and their posts."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db.base import CityTable

_LEVELS = "level in ('none', 'contact', 'identity', 'resident')"


class Resident(CityTable):
    """A person who takes part. `level` says how well the city knows them (R130)."""

    __tablename__ = "resident"
    __table_args__ = (
        CheckConstraint(_LEVELS, name="level"),
        Index("ix_resident_created_at", "created_at", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(server_default="")
    born_on: Mapped[date | None]
    district: Mapped[str | None]
    level: Mapped[str] = mapped_column(server_default="none")
    blocked_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class ResidentContact(CityTable):
    """An e-mail address or phone number that has been shown to belong to a resident."""

    __tablename__ = "resident_contact"
    __table_args__ = (
        CheckConstraint("kind in ('email', 'phone')", name="kind"),
        UniqueConstraint("kind", "value"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    resident_id: Mapped[UUID] = mapped_column(ForeignKey("resident.id"), index=True)
    kind: Mapped[str]
    value: Mapped[str]
    verified_at: Mapped[datetime]


class ResidentLogin(CityTable):
    """A link to an identity provider; the person's identifier there is kept as a keyed hash."""

    __tablename__ = "resident_login"

    provider: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[bytes] = mapped_column(primary_key=True)
    resident_id: Mapped[UUID] = mapped_column(ForeignKey("resident.id"), index=True)
    linked_at: Mapped[datetime]


class ResidentConsent(CityTable):
    """Consent for one purpose in one wording (152-ФЗ); withdrawn, not deleted."""

    __tablename__ = "resident_consent"
    __table_args__ = (Index("ix_resident_consent_person", "resident_id", "purpose"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    resident_id: Mapped[UUID] = mapped_column(ForeignKey("resident.id"))
    purpose: Mapped[str]
    wording: Mapped[str]
    given_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]


class ResidentToken(CityTable):
    """A key with which a resident's own program or bot speaks to the API; stored as a hash."""

    __tablename__ = "resident_token"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    resident_id: Mapped[UUID] = mapped_column(ForeignKey("resident.id"), index=True)
    name: Mapped[str]
    digest: Mapped[bytes] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class Staff(CityTable):
    """An official's personal account; what it may do follows from the posts held."""

    __tablename__ = "staff"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    email: Mapped[str] = mapped_column(unique=True)
    unit: Mapped[str | None]
    totp_secret: Mapped[bytes | None]
    disabled_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class StaffPost(CityTable):
    """A post held from a day on, until a day or open-ended; posts come from the `roles` rule."""

    __tablename__ = "staff_post"
    __table_args__ = (
        Index(
            "uq_staff_post_open",
            "staff_id",
            "post",
            unique=True,
            postgresql_where=text("until is null"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"), index=True)
    post: Mapped[str]
    since: Mapped[date]
    until: Mapped[date | None]


class OutgoingMessage(CityTable):
    """A letter or text message to one person, until it has been handed to the carrier.
    `unsubscribe` is the address that ends letters of this kind."""

    __tablename__ = "outgoing_message"
    __table_args__ = (CheckConstraint("channel in ('email', 'phone')", name="channel"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    channel: Mapped[str]
    address: Mapped[str]
    subject: Mapped[str]
    body: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now(), index=True)
    sent_at: Mapped[datetime | None]
    unsubscribe: Mapped[str | None]
