"""What moderation does with ideas and amendments: shows them, or refuses them with its letter; and
what it may point to as the original of a duplicate."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from core.features.ideas.domain import LABELS, PUBLIC
from core.features.ideas.model import Idea, IdeaAmendment
from core.features.ideas.queries import one
from core.features.ideas.queries.similar import similar
from core.features.ideas.service import life, writing
from core.files import store
from core.kit.text import VOTES, Text
from core.moderation.manifest import LinkChoice, Picture, Refusal
from core.work import Work

_TOPIC: Final = Text(ru="Тема", en="Topic")
_DISTRICT: Final = Text(ru="Район", en="District")
_PLACE: Final = Text(ru="Место", en="Place")
_CAMPAIGN: Final = Text(ru="Обсуждение", en="Campaign")
_BEFORE: Final = Text(ru="Сейчас написано", en="It reads now")
_WHY: Final = Text(ru="Что изменено", en="What has changed")
_FOUND: Final = 8


def publish_idea(work: Work, idea_id: UUID) -> None:
    """An idea was let through."""
    life.publish(work, idea_id)


def refuse_idea(work: Work, idea_id: UUID, refusal: Refusal) -> None:
    """An idea was refused; its history holds the grounds with their clauses."""
    life.refuse(
        work,
        idea_id,
        note=_number(refusal).in_(work.tenant.locale),
        reasons=refusal.reasons,
        letter_id=refusal.letter_id,
    )


def publish_amendment(work: Work, amendment_id: UUID) -> None:
    """A change of the text was let through."""
    writing.accept_amendment(work, amendment_id)


def refuse_amendment(work: Work, amendment_id: UUID, refusal: Refusal) -> None:
    """A change of the text was refused."""
    writing.refuse_amendment(work, amendment_id, reasons=refusal.reasons)


def _number(refusal: Refusal) -> Text:
    return Text(ru=f"Письмо № {refusal.number}", en=f"Letter No. {refusal.number}")


def lock_idea(work: Work, idea_id: UUID) -> None:
    """Taken before moderation's own rows, as authors do."""
    one.locked_idea(work.session, idea_id)


def lock_amendment(work: Work, amendment_id: UUID) -> None:
    """The idea of an amendment."""
    wish = work.session.get(IdeaAmendment, amendment_id)
    if wish is not None:
        life.lock_alone(work, wish.idea_id)
        one.locked_idea(work.session, wish.idea_id)


def about_idea(work: Work, idea_id: UUID) -> Sequence[tuple[str, str]]:
    """What the queue shows beside the text."""
    idea = work.session.get(Idea, idea_id)
    if idea is None:
        return ()
    locale, profile = work.tenant.locale, work.tenant.profile
    found: list[tuple[str, str]] = []
    topic = profile.topic(idea.topic) if idea.topic else None
    if topic is not None:
        found.append((_TOPIC.in_(locale), topic.name.in_(locale)))
    district = profile.district(idea.district) if idea.district else None
    if district is not None:
        found.append((_DISTRICT.in_(locale), district.name.in_(locale)))
    if idea.place:
        found.append((_PLACE.in_(locale), idea.place))
    if idea.campaign_id is not None:
        campaign = one.campaign_view(work.session, idea.campaign_id)
        if campaign is not None:
            found.append((_CAMPAIGN.in_(locale), campaign.title))
    return found


def pictures_of(work: Work, idea_id: UUID) -> Sequence[Picture]:
    """The photographs that would be published with an idea."""
    return tuple(
        Picture(f"/ideas/files/{file.id}/thumb", f"/ideas/files/{file.id}/large")
        for file in store.of_owner(work.session, f"idea:{idea_id}")
        if file.is_picture
    )


def about_amendment(work: Work, amendment_id: UUID) -> Sequence[tuple[str, str]]:
    """The text as it is now, and why it is to change."""
    wish = work.session.get(IdeaAmendment, amendment_id)
    idea = work.session.get(Idea, wish.idea_id) if wish is not None else None
    if wish is None or idea is None:
        return ()
    locale = work.tenant.locale
    return (
        (_WHY.in_(locale), wish.note),
        (_BEFORE.in_(locale), f"{idea.title}\n\n{idea.body}"),
    )


def idea_of_amendment(work: Work, amendment_id: UUID) -> UUID | None:
    """Which idea an amendment belongs to."""
    wish = work.session.get(IdeaAmendment, amendment_id)
    return wish.idea_id if wish is not None else None


def search_originals(work: Work, words: str, near: str) -> Sequence[LinkChoice]:
    """Ideas that a duplicate may repeat: by number or words, or like the text itself."""
    number = words.strip().lstrip("№# ").strip()
    if number.isdecimal() and number.isascii() and 0 < len(number) < 10:
        idea = one.idea_by_number(work.session, int(number)) if int(number) < 2**31 else None
        return (_choice(work, idea),) if idea is not None and idea.public else ()
    title, _, body = (words or near).partition("\n")
    found = similar(work.session, title, body if not words else "", limit=_FOUND)
    return tuple(
        LinkChoice(
            reference=str(idea.id),
            title=idea.title,
            path=f"/ideas/{idea.number}",
            note=_about(work, idea.number, idea.supports, LABELS[idea.state]),
        )
        for idea in found
    )


def find_original(work: Work, reference: str) -> LinkChoice | None:
    """The idea behind a reference, if everybody may see it."""
    try:
        idea_id = UUID(reference)
    except ValueError:
        return None
    idea = one.idea_view(work.session, idea_id)
    return _choice(work, idea) if idea is not None and idea.state in PUBLIC else None


def _choice(work: Work, idea: one.IdeaView) -> LinkChoice:
    return LinkChoice(
        reference=str(idea.id),
        title=idea.title,
        path=f"/ideas/{idea.number}",
        note=_about(work, idea.number, idea.supports, LABELS[idea.state]),
    )


def _about(work: Work, number: int, supports: int, state: Text) -> str:
    locale = work.tenant.locale
    return f"№ {number}, {VOTES.count(supports, locale)}, {state.in_(locale).lower()}"
