"""The grounds of refusal a city's regulation knows, and who decides on blocking, read from the
entries in force; nothing is decided."""

from datetime import date
from typing import Final

import msgspec

from core.identity.posts import Post, posts_on
from core.kit.text import Locale
from core.moderation.domain import Needs
from core.rules import Clause, Regulation
from core.rules.explain import clause_words

MODULE: Final = "refusal_grounds"


class Ground(msgspec.Struct, frozen=True):
    """A ground of refusal on a day: number, title and clause in the words of the act, `text` what a
    letter says of it to the author."""

    key: str
    number: str
    title: str
    text: str
    needs: Needs
    clause: Clause | None

    @property
    def place(self) -> str:
        """The number of the clause, «п. 3.8(5)»."""
        return self.clause.number if self.clause else ""

    def citation(self, locale: Locale) -> str:
        """The clause with its act, in one line."""
        return clause_words(self.clause, locale).citation if self.clause else ""


class _Row(msgspec.Struct, frozen=True):
    key: str
    number: str
    title: str
    text: str
    clause: str | None = None
    needs_link: Needs = Needs.NONE


def grounds_on(regulation: Regulation, procedure: str, day: date) -> tuple[Ground, ...]:
    """The grounds in the order of the regulation on that day; none if it does not say."""
    law = regulation.in_force(procedure, day)
    switch = law.get((MODULE, "in_force"))
    entry = law.get((MODULE, "grounds"))
    if entry is None or (switch is not None and switch.value is False):
        return ()
    return tuple(
        Ground(
            key=row.key,
            number=row.number,
            title=row.title,
            text=row.text,
            needs=row.needs_link,
            clause=regulation.clause(entry, row.clause),
        )
        for row in msgspec.convert(entry.value, tuple[_Row, ...])
    )


def deciding_posts(
    regulation: Regulation, procedure: str, people: str, day: date
) -> tuple[Post, ...]:
    """The posts of the group that decides on blocking, by the `people` procedure; none if the
    regulation names no group."""
    entry = regulation.in_force(procedure, day).get((MODULE, "block_group"))
    if entry is None:
        return ()
    return tuple(
        post for post in posts_on(regulation, people, day) if post.group == str(entry.value)
    )
