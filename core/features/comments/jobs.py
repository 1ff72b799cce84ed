"""What happens after a comment: its readers are told, and erased accounts are forgotten."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import msgspec

from core.comments.domain import State
from core.comments.manifest import Subject
from core.events.outbox import Event
from core.features.comments import queries, service
from core.features.comments.queries import Reference
from core.identity.own_data import ResidentErased
from core.kit.errors import NotFound
from core.kit.text import Text
from core.notify.tell import Recipient, tell
from core.work import Work

REPLY: Final = "comments.reply"
ON_MINE: Final = "comments.on_mine"
OFFICIAL: Final = "comments.official"
_QUOTED: Final = 240

_REPLY: Final = Text(ru="Вам ответили: «{title}»", en="You have a reply: “{title}”")
_ON_MINE: Final = Text(ru="Новый комментарий: «{title}»", en="New comment: “{title}”")
_OFFICIAL: Final = Text(ru="Город ответил: «{title}»", en="The city has answered: “{title}”")


class _Said(msgspec.Struct, frozen=True):
    """What this slice needs to know of a comment that was published or of an official answer."""

    comment_id: UUID


def tell_of_comments(work: Work, events: Sequence[Event]) -> None:
    """Tell the author of a comment that it was answered, and the author of a thing that it was
    commented on; each at most once for a comment, and nobody of their own words."""
    for said, subject in _still_shown(work, events):
        replied = _but(said.author_id, [said.parent_author_id])
        _tell(work, REPLY, replied, _REPLY, subject.title, said)
        owner = _but(said.author_id, [subject.author_id])
        _tell(work, ON_MINE, owner, _ON_MINE, subject.title, said)


def tell_of_answers(work: Work, events: Sequence[Event]) -> None:
    """Tell all who follow a thing, and whoever is answered, that the city has spoken."""
    for said, subject in _still_shown(work, events):
        people = _but(None, [said.parent_author_id, subject.author_id, *subject.followers])
        _tell(work, OFFICIAL, people, _OFFICIAL, subject.title, said)


def forget_residents(work: Work, events: Sequence[Event]) -> None:
    """Take back the comments of erased accounts."""
    for event in events:
        fact = msgspec.json.decode(event.payload, type=ResidentErased)
        service.forget(work, fact.resident_id)


def _still_shown(work: Work, events: Sequence[Event]) -> list[tuple[Reference, Subject]]:
    """Comments that are still published, with what they are about."""
    ids = [msgspec.json.decode(event.payload, type=_Said).comment_id for event in events]
    found = queries.references(work.session, ids)
    shown = []
    for comment_id in ids:
        said = found.get(comment_id)
        if said is None or said.state is not State.PUBLISHED:
            continue
        try:
            subject = service.commentable(work, said.kind).subject(work, said.subject_id)
        except NotFound:
            continue
        if subject is not None:
            shown.append((said, subject))
    return shown


def _but(own: UUID | None, people: Sequence[UUID | None]) -> list[Recipient]:
    return [
        Recipient("resident", one)
        for one in dict.fromkeys(people)
        if one is not None and one != own
    ]


def _tell(
    work: Work, kind: str, people: Sequence[Recipient], title: Text, about: str, said: Reference
) -> None:
    words = " ".join(said.body.split())
    quoted = words if len(words) <= _QUOTED else f"{words[: _QUOTED - 1]}…"
    who = f"{said.post}: " if said.post else ""
    tell(
        work,
        kind,
        people,
        title=title.format(title=about),
        text=Text(ru=f"{who}«{quoted}»", en=f"{who}“{quoted}”"),
        path=service.path_of(said.id),
        once=f"comment:{said.id}",
    )
