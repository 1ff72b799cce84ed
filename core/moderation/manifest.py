"""What a feature says of the things it sends to moderation, and of what refusals may link to."""

from collections.abc import Callable, Mapping, Sequence
from uuid import UUID

import msgspec

from core.kit.text import Text
from core.work import Work


class Refusal(msgspec.Struct, frozen=True):
    """An approved refusal, as the feature that owns the thing gets it. `reasons` are the clauses in
    the form of `core.rules.explain.reasons_data`; `text` is the whole letter."""

    letter_id: UUID
    number: int
    grounds: tuple[str, ...]
    text: str
    reasons: tuple[object, ...]


class Picture(msgspec.Struct, frozen=True):
    """A picture beside the text: the address of a small one and of one to look at closely."""

    src: str
    href: str


class Moderated(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of thing that is moderated. `publish` and `refuse` run in moderation's own
    transaction: what is shown and what was decided can never differ.

    `publish` also comes after a `refuse`, when a second look has overturned the refusal. Of a
    thing that is checked after publication it comes only then. `refuse` comes after a `publish` of
    such a thing, and again when a second look comes to the same. The author is told of a refusal
    by moderation itself, and of a publication by the feature.

    `lock` takes the lock that the feature itself takes before it submits or withdraws a thing, so
    that a moderator and an author who act at the same time never wait for one another crosswise.
    `path` is the residents' page of a thing; `context` gives the queue more to show beside the text
    (`[(label, value)]` in the city's language), `pictures` the addresses of small pictures that
    belong to it: what is published is checked as a whole.
    """

    kind: str
    label: Text
    permission: str
    publish: Callable[[Work, UUID], None]
    refuse: Callable[[Work, UUID, Refusal], None]
    path: Callable[[UUID], str]
    context: Callable[[Work, UUID], Sequence[tuple[str, str]]] | None = None
    pictures: Callable[[Work, UUID], Sequence[Picture]] | None = None
    lock: Callable[[Work, UUID], None] | None = None


class LinkChoice(msgspec.Struct, frozen=True):
    """Something a refusal may point to: a plan item, the original of a duplicate."""

    reference: str
    title: str
    path: str
    note: str = ""


class LinkSource(msgspec.Struct, frozen=True):
    """Where originals are looked for. `search(work, words, near)` gives the best few; `near` is the
    text of the thing being refused, for suggestions before anything is typed."""

    key: str
    label: Text
    search: Callable[[Work, str, str], Sequence[LinkChoice]]
    find: Callable[[Work, str], LinkChoice | None]


Kinds = Mapping[str, Moderated]
