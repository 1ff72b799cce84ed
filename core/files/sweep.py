"""What becomes of files nobody needs any more: uploads that were never attached go after a day,
files of a person who erased the account go with it."""

from collections.abc import Sequence
from typing import Final

import msgspec
from sqlalchemy import delete

from core.events.outbox import Event
from core.files.model import File
from core.files.store import UPLOAD_WAITING, UploadWaiting
from core.identity.own_data import RESIDENT_ERASED, ResidentErased
from core.kit.actor import ResidentActor, actor_label
from core.work import Work

SWEEP: Final = ("files.sweep", UPLOAD_WAITING)
FORGET: Final = ("files.forget", RESIDENT_ERASED)


def sweep(work: Work, events: Sequence[Event]) -> None:
    """Remove those of the uploads that are still attached to nothing."""
    ids = [msgspec.json.decode(event.payload, type=UploadWaiting).file_id for event in events]
    work.session.execute(delete(File).where(File.id.in_(ids), File.owner.is_(None)))


def forget(work: Work, events: Sequence[Event]) -> None:
    """Remove every file that erased residents ever uploaded, attached or not."""
    people = [
        actor_label(
            ResidentActor(msgspec.json.decode(event.payload, type=ResidentErased).resident_id)
        )
        for event in events
    ]
    work.session.execute(delete(File).where(File.uploaded_by.in_(people)))
