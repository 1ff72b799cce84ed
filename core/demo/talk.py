"""Comments on demo ideas: residents, replies, the city's own answers."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from random import Random
from typing import Final
from uuid import UUID

import msgspec

from core.demo.dice import dice, ordered_id, shares
from core.demo.idea_texts import IdeaTexts
from core.demo.ideas import HOUR, DemoIdea
from core.demo.officials import Officials
from core.demo.people import DAY, Person
from core.demo.tables import Row, Tables, moment
from core.kit.actor import StaffActor
from core.kit.level import Level

KIND: Final = "idea"
_REPLIES: Final = 0.28
_OFFICIAL: Final = 0.05


class Said(msgspec.Struct, kw_only=True):
    """A comment, or a reply to `parent`; written by a resident or by an official."""

    id: UUID
    idea: DemoIdea
    parent: "Said | None"
    person: Person | None
    official: StaffActor | None
    text: str
    at: int
    replies: int = 0


def make_comments(
    seed: object,
    texts: IdeaTexts,
    ideas: Sequence[DemoIdea],
    people: Sequence[Person],
    officials: Officials,
    *,
    now: int,
) -> list[Said]:
    """So many comments in all, more under ideas that many support; in the order of time."""
    rng = dice(seed, "comments")
    able = [
        one
        for one in people
        if one.level is not Level.NONE and one.blocked_at is None and one.ready is None
    ]
    since = [one.registered for one in able]
    pull = [len(one.supporters) ** 0.6 * rng.uniform(0.2, 1.4) + 0.05 for one in ideas]
    said: list[Said] = []
    for idea, many in zip(ideas, shares(texts.figures.comments, pull), strict=True):
        said += _thread(rng, texts, idea, many, able, since, officials, now)
    said.sort(key=lambda one: (one.at, one.idea.number))
    # Ids tell the time, and a reply comes after what it answers.
    for one in said:
        one.id = ordered_id(rng, one.at)
    return said


def _thread(
    rng: Random,
    texts: IdeaTexts,
    idea: DemoIdea,
    many: int,
    able: Sequence[Person],
    since: Sequence[int],
    officials: Officials,
    now: int,
) -> list[Said]:
    span = max(HOUR, min(now, idea.published + 70 * DAY) - idea.published - HOUR)
    moments = sorted(idea.published + 900 + int(span * rng.random() ** 2) for _ in range(many))
    talk = texts.talk
    fresh = rng.sample(talk.comments, len(talk.comments))
    thread: list[Said] = []
    tops: list[Said] = []
    for place, at in enumerate(moments):
        parent = rng.choice(tops) if tops and rng.random() < _REPLIES else None
        official = None
        if tops and rng.random() < _OFFICIAL:
            actor = officials.pick(rng, "comments.answer")
            official = actor if isinstance(actor, StaffActor) else None
        known = max(1, bisect_left(since, at))
        person = None if official else able[rng.randrange(known)]
        if official is not None:
            parent, text = rng.choice(tops), rng.choice(talk.official)
        elif parent is not None:
            text = rng.choice(talk.replies)
        else:
            text = fresh[place % len(fresh)]
        one = Said(
            id=UUID(int=0),
            idea=idea,
            parent=parent,
            person=person,
            official=official,
            text=text,
            at=at,
        )
        if parent is not None:
            parent.replies += 1
        else:
            tops.append(one)
        thread.append(one)
    return thread


def counts(said: Sequence[Said]) -> dict[UUID, int]:
    """How many comments each idea has."""
    return Counter(one.idea.id for one in said)


def write_comments(seed: object, tables: Tables, said: Sequence[Said]) -> None:
    """Comments before their replies, and how many each idea has."""
    rng = dice(seed, "comment digests")
    tables.copy(
        "comment",
        "id kind subject_id parent_id author_id staff_id post body state digest replies"
        " created_at published_at",
        (_row(rng, one) for one in sorted(said, key=lambda one: one.parent is not None)),
    )
    tables.copy(
        "comment_count",
        "kind subject_id published",
        ((KIND, idea, number) for idea, number in counts(said).items()),
    )


def _row(rng: Random, one: Said) -> Row:
    at = moment(one.at)
    return (
        one.id,
        KIND,
        one.idea.id,
        one.parent.id if one.parent else None,
        one.person.id if one.person else None,
        one.official.id if one.official else None,
        one.official.name if one.official else None,
        one.text,
        "published",
        rng.randbytes(32),
        one.replies,
        at,
        at,
    )
