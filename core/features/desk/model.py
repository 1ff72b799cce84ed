"""The table of calendar feeds: whose address is good."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from core.db.base import CityTable


class CalendarFeed(CityTable):
    """The calendar feed of an official. The address is worked out from `nonce` with the city's own
    key and stands nowhere; a new nonce makes every older address worthless."""

    __tablename__ = "calendar_feed"

    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"), primary_key=True)
    nonce: Mapped[bytes]
    renewed_at: Mapped[datetime]
