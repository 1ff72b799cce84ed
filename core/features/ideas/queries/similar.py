"""Ideas like the one that somebody is writing, so that they join it instead of repeating it."""

import re
from collections import Counter
from collections.abc import Iterable
from itertools import combinations
from typing import Any, Final
from uuid import UUID

import msgspec
from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Float,
    Select,
    Subquery,
    bindparam,
    cast,
    desc,
    func,
    literal,
    select,
    union,
)
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.orm import Session

from core.features.ideas.domain import State
from core.features.ideas.model import Idea
from core.features.ideas.queries.filters import LISTED, RUSSIAN, in_states

SHORTEST: Final = 4
"""Letters below which nothing is looked for."""
_CANDIDATES: Final = 30
_MOST_ALIKE: Final = 200
_PAIR: Final = 2
_OF_TITLE: Final = 5
_OF_BODY: Final = 3
_FREQUENT: Final = 8
_LEAST: Final = 0.2
_WORD: Final = re.compile(r"[^\W_]{3,}", re.UNICODE)


class Similar(msgspec.Struct, frozen=True):
    """A public idea that looks like a text."""

    id: UUID
    number: int
    title: str
    state: State
    supports: int
    alike: float


def similar(
    session: Session, title: str, body: str = "", *, limit: int = 5, but_not: UUID | None = None
) -> tuple[Similar, ...]:
    """Public ideas whose title looks like this title, or whose text has its words; the likest
    first. `but_not` is the idea itself."""
    title = " ".join(title.split())
    if len(title) < SHORTEST:
        return ()
    of_title, of_body = _lexemes(session, title, body)
    queries = _queries(of_title, of_body)
    found: tuple[Similar, ...] = ()
    if queries:
        near = union(*(select(_with_words(query, but_not).c.id) for query in queries))
        found = _likest(session, near, title, queries[-1], limit)
    if len(found) < limit:
        # Nothing has these words, or hardly anything: one of them may be misspelt. Trigrams of
        # common words are in nearly every title, so they are asked last.
        rest = _likest(session, _looking_alike(title, but_not), title, None, limit)
        known = {one.id for one in found}
        found = (*found, *(one for one in rest if one.id not in known))[:limit]
    return found


def _with_words(query: str, but_not: UUID | None) -> Subquery:
    return (
        select(Idea.id)
        .where(*_others(but_not), Idea.search.bool_op("@@")(cast(query, TSQUERY)))
        .order_by(desc(Idea.published_at), desc(Idea.id))
        .limit(bindparam(None, _CANDIDATES, literal_execute=True))
        .subquery()
    )


def _looking_alike(title: str, but_not: UUID | None) -> Select[UUID]:
    return (
        select(Idea.id)
        # PostgreSQL's own threshold of likeness, 0.3, is about right for titles.
        .where(*_others(but_not), Idea.title.bool_op("OPERATOR(public.%)")(literal(title)))
        .limit(bindparam(None, _MOST_ALIKE, literal_execute=True))
    )


def _others(but_not: UUID | None) -> list[ColumnElement[bool]]:
    return [in_states(LISTED), *([Idea.id != but_not] if but_not is not None else [])]


def _likest(
    session: Session,
    candidates: "Select[UUID] | CompoundSelect[UUID]",
    title: str,
    query: str | None,
    limit: int,
) -> tuple[Similar, ...]:
    near = candidates.cte("near").prefix_with("MATERIALIZED", dialect="postgresql")
    alike: ColumnElement[Any] = func.public.similarity(Idea.title, literal(title))
    if query is not None:
        alike = alike + func.ts_rank(Idea.search, cast(query, TSQUERY), 32)
    alike = cast(alike, Float).label("alike")
    best = (
        select(Idea.id, Idea.number, Idea.title, Idea.state, Idea.supports, alike)
        .join_from(near, Idea, Idea.id == near.c.id)
        .order_by(desc(alike), desc(Idea.id))
        .limit(limit)
    )
    return tuple(
        Similar(row.id, row.number, row.title, State(row.state), row.supports, row.alike)
        for row in session.execute(best)
        if row.alike >= _LEAST
    )


def _lexemes(session: Session, title: str, body: str) -> tuple[list[str], list[str]]:
    """The words of the title and the frequent ones of the text, in the form the index keeps."""
    frequent = [word for word, _ in Counter(_WORD.findall(body.lower())).most_common(_FREQUENT)]
    row = session.execute(
        select(
            func.tsvector_to_array(func.to_tsvector(RUSSIAN, title)),
            func.tsvector_to_array(func.to_tsvector(RUSSIAN, " ".join(frequent))),
        )
    ).one()
    of_title = sorted(row[0], key=len, reverse=True)[:_OF_TITLE]
    return of_title, [word for word in row[1] if word not in row[0]][:_OF_BODY]


def _queries(of_title: list[str], of_body: list[str]) -> list[str]:
    """What to look for, the narrowest first: all words of the title, all but one of them, any two
    of title and text. One word alone is in too many ideas, unless it is all there is."""
    words = [_quoted(word) for word in of_title]
    if not words:
        return []
    found = [" & ".join(words)]
    if len(words) > _PAIR:
        found.append(_any(combinations(words, len(words) - 1)))
        found.append(_any(combinations(words, _PAIR)))
    if of_body:
        found.append(_any((one, _quoted(two)) for one in words for two in of_body))
    return list(dict.fromkeys(found))


def _any(groups: Iterable[Iterable[str]]) -> str:
    return " | ".join(f"({' & '.join(group)})" for group in groups)


def _quoted(lexeme: str) -> str:
    return "'" + lexeme.replace("\\", "\\\\").replace("'", "''") + "'"
