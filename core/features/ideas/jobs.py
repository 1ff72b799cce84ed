"""What ideas do when something happened or an hour has come."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import msgspec

from core.comments.threads import counts
from core.events.outbox import Event
from core.features.ideas.domain import LABELS, State
from core.features.ideas.queries import desk, one
from core.features.ideas.service import campaigning, life, merging, writing
from core.features.ideas.service.campaigning import CampaignNews, CampaignReference
from core.features.ideas.service.life import IdeaReference, StepTaken
from core.features.ideas.service.merging import MergeReference
from core.features.ideas.service.talking import IDEA
from core.identity.own_data import ResidentErased
from core.kit.text import Text
from core.notify.tell import Recipient, tell
from core.work import Work

MINE: Final = "ideas.mine"
FOLLOWED: Final = "ideas.followed"
MERGING: Final = "ideas.merging"
CAMPAIGN: Final = "ideas.campaign_outcome"


def fold_supports(work: Work, events: Sequence[Event]) -> None:
    """Bring the counters of lists up to date; ideas with enough support move on."""
    life.fold(work, _ideas(events))


def end_support(work: Work, events: Sequence[Event]) -> None:
    """The time for support is over."""
    for idea_id in _ideas(events):
        life.end_support(work, idea_id=idea_id)


def end_mergings(work: Work, events: Sequence[Event]) -> None:
    """The time for asking supporters is over."""
    for event in events:
        reference = msgspec.json.decode(event.payload, type=MergeReference)
        merging.end(work, merge_id=reference.merge_id)


def open_campaigns(work: Work, events: Sequence[Event]) -> None:
    """Open campaigns whose first day has begun."""
    for campaign_id in _campaigns(events):
        campaigning.open_when_due(work, campaign_id=campaign_id)


def close_campaigns(work: Work, events: Sequence[Event]) -> None:
    """Close campaigns whose last day is over."""
    for campaign_id in _campaigns(events):
        campaigning.close_when_due(work, campaign_id=campaign_id)


class _Comment(msgspec.Struct, frozen=True):
    kind: str
    subject_id: UUID


def fold_comments(work: Work, events: Sequence[Event]) -> None:
    """Count comments anew for the lists."""
    found = [msgspec.json.decode(event.payload, type=_Comment) for event in events]
    ideas = sorted({comment.subject_id for comment in found if comment.kind == IDEA})
    for idea_id, number in sorted(counts(work.session, IDEA, ideas).items() if ideas else ()):
        desk.set_comments(work.session, idea_id, number)


class _Measure(msgspec.Struct, frozen=True):
    idea_ids: tuple[UUID, ...] = ()
    state: str = ""
    title: str = ""


def follow_measures(work: Work, events: Sequence[Event]) -> None:
    """Work on a measure of the plan is work on the ideas it came from."""
    for event in events:
        measure = msgspec.json.decode(event.payload, type=_Measure)
        for idea_id in sorted(measure.idea_ids):
            life.follow_measure(work, idea_id=idea_id, state=measure.state, note=measure.title)


def forget_authors(work: Work, events: Sequence[Event]) -> None:
    """Take the names of erased accounts off their ideas."""
    for event in events:
        erased = msgspec.json.decode(event.payload, type=ResidentErased)
        writing.forget_author(work, erased.resident_id)


_QUIET: Final = frozenset({State.DRAFT.value, State.SUBMITTED.value, State.WITHDRAWN.value})
_OTHER: Final = {
    "answered": Text(ru="Официальный ответ", en="Official answer"),
    "amended": Text(ru="Текст изменён", en="The text has changed"),
    "joined": Text(ru="Присоединилась похожая идея", en="A similar idea has joined"),
    "merge_offered": Text(ru="Предложено объединение", en="A merging is suggested"),
    "merge_cancelled": Text(ru="Объединения не будет", en="There will be no merging"),
}


def tell_of_steps(work: Work, events: Sequence[Event]) -> None:
    """Tell the author and the followers of a step, each once. What the author did is not told to
    the author, and a refusal is told by moderation, with its letter."""
    for event in events:
        taken = msgspec.json.decode(event.payload, type=StepTaken)
        step = desk.step(work.session, taken.step_id)
        idea = one.idea_view(work.session, taken.idea_id)
        if step is None or idea is None or step.kind in _QUIET:
            continue
        what = _OTHER.get(step.kind) or LABELS[State(step.kind)]
        title = Text(
            ru=f"{what.ru}: «{idea.title}»",
            en=f"{what.en}: “{idea.title}”",
        )
        said = _short(step.note)
        text = Text(ru=said or f"Идея № {idea.number}.", en=said or f"Idea No. {idea.number}.")
        own_doing = step.kind == "amended"
        if idea.author_id is not None and step.kind != State.REFUSED and not own_doing:
            tell(
                work,
                MINE,
                [Recipient("resident", idea.author_id)],
                title=title,
                text=text,
                path=f"/ideas/{idea.number}",
                once=f"idea.step:{step.id}",
            )
        if idea.public:
            tell(
                work,
                FOLLOWED,
                [
                    Recipient("resident", person)
                    for person in desk.followers(work.session, idea.id)
                    if person != idea.author_id
                ],
                title=title,
                text=text,
                path=f"/ideas/{idea.number}",
                once=f"idea.step:{step.id}",
            )


def ask_supporters(work: Work, events: Sequence[Event]) -> None:
    """Ask the supporters of a duplicate whether they move to the original."""
    for event in events:
        reference = msgspec.json.decode(event.payload, type=MergeReference)
        waiting = one.merge_asking(work.session, reference.idea_id)
        idea = one.idea_view(work.session, reference.idea_id)
        if waiting is None or idea is None or waiting.id != reference.merge_id:
            continue
        original = one.idea_view(work.session, waiting.original_id)
        assert original is not None
        tell(
            work,
            MERGING,
            [Recipient("resident", one_) for one_ in desk.supporters(work.session, idea.id)],
            title=Text(
                ru=f"Перенести ваш голос к похожей идее? «{idea.title}»",
                en=f"Move your vote to a similar idea? “{idea.title}”",
            ),
            text=Text(
                ru=f"Похожая идея № {original.number}: «{original.title}». Решаете только вы: "
                "без вашего согласия голос останется на месте.",
                en=f"A similar idea is No. {original.number}: “{original.title}”. It is for you "
                "to decide: without your consent your vote stays where it is.",
            ),
            path=f"/ideas/{idea.number}",
            once=f"idea.merge:{waiting.id}",
        )


def tell_of_campaigns(work: Work, events: Sequence[Event]) -> None:
    """Tell those who took part in a campaign what it came to."""
    for event in events:
        news = msgspec.json.decode(event.payload, type=CampaignNews)
        step = desk.campaign_step(work.session, news.step_id)
        campaign = one.campaign_view(work.session, news.campaign_id)
        if step is None or campaign is None:
            continue
        over = step.kind == "withdrawn"
        tell(
            work,
            CAMPAIGN,
            [
                Recipient("resident", one_)
                for one_ in desk.campaign_people(work.session, campaign.id)
            ],
            title=Text(
                ru=f"Обсуждение снято: «{campaign.title}»"
                if over
                else f"Итоги обсуждения: «{campaign.title}»",
                en=f"Campaign withdrawn: “{campaign.title}”"
                if over
                else f"Campaign summed up: “{campaign.title}”",
            ),
            text=Text(ru=_short(step.note), en=_short(step.note)),
            path=f"/campaigns/{campaign.number}",
            once=f"campaign.step:{step.id}",
        )


def _short(text: str) -> str:
    """The beginning of a text for a notice."""
    plain = " ".join(text.split())
    return plain if len(plain) <= 280 else plain[:279].rstrip() + "…"


def _ideas(events: Sequence[Event]) -> list[UUID]:
    """The ideas that events speak of, each once."""
    return list(
        dict.fromkeys(
            msgspec.json.decode(event.payload, type=IdeaReference).idea_id for event in events
        )
    )


def _campaigns(events: Sequence[Event]) -> list[UUID]:
    return list(
        dict.fromkeys(
            msgspec.json.decode(event.payload, type=CampaignReference).campaign_id
            for event in events
        )
    )
