"""How notices travel beside the cabinet: letters and push messages at once, or digests.

Notices join a digest and a digest takes them under one lock (the person's row in `notice_digest`),
and a notice is marked in the transaction that queues the letter. So a notice that becomes visible
late is taken by the next round and none is sent twice; nothing compares times of sending.
"""

from collections.abc import Mapping, Sequence
from typing import Final, Literal
from uuid import UUID

import msgspec
from sqlalchemy import select, tuple_, update
from sqlalchemy.dialects.postgresql import distinct_on, insert

from core.identity.contacts import Contact
from core.identity.messages import queue
from core.identity.model import Resident, ResidentContact, Staff
from core.kit.text import Text
from core.notify.domain import DigestPace, next_round
from core.notify.letters import Letter, digest_letter, one_letter
from core.notify.manifest import MessageKind
from core.notify.model import NoticeDigest, NoticeRow, PushSubscription
from core.notify.preferences import choices
from core.notify.push import PUSH_DUE, PushDue
from core.work import Work

DIGEST_DUE: Final = "notify.digest_due"

Kinds = Mapping[str, MessageKind]


class DigestDue(msgspec.Struct, frozen=True):
    """The hour of a person's digest has come."""

    recipient_id: UUID
    pace: DigestPace


def kind_of(kinds: Kinds, key: str) -> MessageKind:
    """The declared kind; a feature that has been uninstalled leaves notices that still arrive."""
    return kinds.get(key) or MessageKind(key=key, label=Text(ru="Уведомления", en="Notices"))


def route(work: Work, notice_ids: Sequence[UUID], kinds: Kinds) -> int:
    """Send new notices on their way as their readers want it; returns how many were new.

    What was routed before is passed over, so that it may be called again.
    """
    notices = work.session.scalars(
        select(NoticeRow)
        .where(NoticeRow.id.in_(notice_ids), NoticeRow.routed_at.is_(None))
        .order_by(NoticeRow.id)
        .with_for_update()
    ).all()
    if not notices:
        return 0
    people = sorted({one.recipient_id for one in notices})
    wanted = choices(work, people, [kind_of(kinds, key) for key in {one.kind for one in notices}])
    known = addresses(work, people)
    devices = _devices(work, people)
    joining: dict[tuple[UUID, DigestPace], Literal["resident", "staff"]] = {}
    for notice in notices:
        kind = kind_of(kinds, notice.kind)
        chosen = wanted[notice.recipient_id, kind.key]
        notice.routed_at = work.now
        if chosen.email == "at_once":
            _post(work, known.get(notice.recipient_id), one_letter(work, notice, kind))
        elif chosen.email != "never":
            notice.digest = chosen.email
            joining[notice.recipient_id, chosen.email] = (
                "staff" if notice.recipient_kind == "staff" else "resident"
            )
        if chosen.push:
            for device in devices.get(notice.recipient_id, ()):
                work.emit(PUSH_DUE, PushDue(notice.id, device))
    work.session.flush()
    _join(work, joining)
    return len(notices)


def _join(
    work: Work, joining: Mapping[tuple[UUID, DigestPace], Literal["resident", "staff"]]
) -> None:
    """Ask for the next round of these digests, unless one has been asked for.

    ON CONFLICT DO UPDATE locks the row also where its WHERE does not hold: a round that is due
    right now waits until these notices are there, and takes them.
    """
    if not joining:
        return
    statement = insert(NoticeDigest).values(
        [
            {
                "recipient_id": person,
                "pace": pace,
                "recipient_kind": joining[person, pace],
                "next_at": next_round(pace, work.now, work.tenant.zone),
            }
            for person, pace in sorted(joining)
        ]
    )
    asked = work.session.execute(
        statement.on_conflict_do_update(
            index_elements=["recipient_id", "pace"],
            set_={"next_at": statement.excluded.next_at},
            where=NoticeDigest.next_at.is_(None),
        ).returning(NoticeDigest.recipient_id, NoticeDigest.pace, NoticeDigest.next_at)
    ).all()
    for person, pace, at in asked:
        work.emit(DIGEST_DUE, DigestDue(person, _pace(pace)), due_at=at)


def send_digests(work: Work, dues: Sequence[DigestDue], kinds: Kinds) -> int:
    """Send the digests whose hour has come; returns how many letters were written.

    All that waits is marked as taken in this very transaction. Notices that were read meanwhile or
    whose kind was switched off are left out of the letter.
    """
    rounds = work.session.scalars(
        select(NoticeDigest)
        .where(
            tuple_(NoticeDigest.recipient_id, NoticeDigest.pace).in_(
                [(one.recipient_id, one.pace) for one in dues]
            ),
            NoticeDigest.next_at <= work.now,
        )
        .order_by(NoticeDigest.recipient_id, NoticeDigest.pace)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    if not rounds:
        return 0
    known = addresses(work, [one.recipient_id for one in rounds])
    written = 0
    for one in rounds:
        pace = _pace(one.pace)
        # A statement of its own, after the lock: it sees whatever committed before the lock.
        taken = work.session.scalars(
            update(NoticeRow)
            .where(
                NoticeRow.recipient_id == one.recipient_id,
                NoticeRow.digest == pace,
                NoticeRow.digested_at.is_(None),
            )
            .values(digested_at=work.now)
            .returning(NoticeRow)
            .execution_options(synchronize_session=False, populate_existing=True)
        ).all()
        one.next_at = None
        one.sent_at = work.now
        wanted = choices(
            work, [one.recipient_id], [kind_of(kinds, key) for key in {row.kind for row in taken}]
        )
        shown = sorted(
            (
                row
                for row in taken
                if row.read_at is None and wanted[row.recipient_id, row.kind].email != "never"
            ),
            key=lambda row: row.id,
        )
        contact = known.get(one.recipient_id)
        if shown and contact is not None:
            _post(work, contact, digest_letter(work, shown, pace))
            written += 1
    work.session.flush()
    return written


def _pace(stored: str) -> DigestPace:
    return "weekly" if stored == "weekly" else "daily"


def _post(work: Work, contact: Contact | None, letter: Letter) -> None:
    """Queue a letter; somebody without a confirmed address has the cabinet."""
    if contact is not None:
        queue(
            work,
            contact,
            subject=letter.subject,
            body=letter.body,
            unsubscribe=letter.unsubscribe,
        )


def addresses(work: Work, people: Sequence[UUID]) -> dict[UUID, Contact]:
    """The address each of these people confirmed last; officials have their work address."""
    found: dict[UUID, Contact] = {}
    residents = work.session.execute(
        select(ResidentContact.resident_id, ResidentContact.value)
        .join(Resident, Resident.id == ResidentContact.resident_id)
        .where(
            ResidentContact.resident_id.in_(people),
            ResidentContact.kind == "email",
            Resident.erased_at.is_(None),
        )
        .ext(distinct_on(ResidentContact.resident_id))
        .order_by(
            ResidentContact.resident_id, ResidentContact.verified_at.desc(), ResidentContact.id
        )
    )
    for person, value in residents:
        found[person] = Contact("email", value)
    officials = work.session.execute(
        select(Staff.id, Staff.email).where(Staff.id.in_(people), Staff.disabled_at.is_(None))
    )
    for person, value in officials:
        found[person] = Contact("email", value)
    return found


def _devices(work: Work, people: Sequence[UUID]) -> dict[UUID, list[UUID]]:
    found: dict[UUID, list[UUID]] = {}
    for device, person in work.session.execute(
        select(PushSubscription.id, PushSubscription.recipient_id)
        .where(PushSubscription.recipient_id.in_(people))
        .order_by(PushSubscription.id)
    ):
        found.setdefault(person, []).append(device)
    return found
