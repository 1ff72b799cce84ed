"""What pages and documents of moderation read beside the queue itself."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.identity.model import Resident, Staff
from core.kit.clock import local_date
from core.kit.text import Locale, Text
from core.moderation import letters
from core.moderation.domain import GroundGiven, LetterView
from core.moderation.manifest import Kinds
from core.moderation.service import letter as require_letter
from core.rules.wording import day_text
from core.work import Work

_SOMETHING: Final = Text(ru="текст", en="text")
_RESIDENT: Final = Text(ru="Автору", en="To the author")


def resident_name(session: Session, resident_id: UUID | None) -> str:
    """What a resident wants to be called; empty for people without a name and erased ones."""
    if resident_id is None:
        return ""
    return session.scalar(select(Resident.name).where(Resident.id == resident_id)) or ""


def kind_label(kinds: Kinds, kind: str) -> Text:
    """What a kind is called, also after its feature has gone."""
    found = kinds.get(kind)
    return found.label if found is not None else _SOMETHING


def submitted_on(work: Work, at: datetime) -> date:
    """The city's own day of a moment."""
    return local_date(at, work.tenant.zone)


def opening(work: Work, letter: LetterView, kinds: Kinds, locale: Locale) -> str:
    """The first sentence of a letter that was sent."""
    return letters.intro(
        kind=kind_label(kinds, letter.kind),
        title=letter.title,
        submitted_on=local_date(letter.submitted_at, work.tenant.zone),
        locale=locale,
    )


def closing(letter: LetterView, *, second: bool, locale: Locale) -> str:
    """What a letter says can be done about it."""
    return letters.appeal(until=letter.look_until, second=second, locale=locale)


def document(work: Work, letter_id: UUID, *, kinds: Kinds, second: bool) -> Mapping[str, object]:
    """The fields of the refusal letter as a document."""
    letter = require_letter(work.session, letter_id)
    locale = work.tenant.locale
    return {
        "city": work.tenant.name(locale),
        "unit": _unit(work, letter, locale),
        "number": str(letter.number),
        "date": day_text(letter.signed_on).in_(locale),
        "addressee": resident_name(work.session, letter.addressee_id) or _RESIDENT.in_(locale),
        "kind": kind_label(kinds, letter.kind).in_(locale),
        "title": letter.title,
        "submitted_on": day_text(local_date(letter.submitted_at, work.tenant.zone)).in_(locale),
        "intro": opening(work, letter, kinds, locale),
        "grounds": [_ground(one) for one in letter.grounds],
        "body": letter.body,
        "appeal": closing(letter, second=second, locale=locale),
        "signer_post": letter.signer_post,
        "signer_name": letter.approved_name,
    }


def _ground(ground: GroundGiven) -> Mapping[str, object]:
    return {
        "number": ground.number,
        "text": ground.title,
        "clause": ground.clause,
        "link": f"{ground.link.title} ({ground.link.path})" if ground.link else "",
    }


def _unit(work: Work, letter: LetterView, locale: Locale) -> str:
    """The unit of whoever signed, where the city's organisation knows it."""
    key = work.session.scalar(select(Staff.unit).where(Staff.id == letter.approved_by))
    unit = work.tenant.profile.unit(key) if key else None
    return unit.title.in_(locale) if unit is not None else ""
