"""Finding ideas by words: by number, by full text in all forms of a word, and, when nothing is
found, by titles that look alike, for words with a slip of the pen.

Ranking reads texts, so it is done over the newest matches only, never over all of them.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from msgspec.structs import replace
from sqlalchemy import Integer, bindparam, cast, desc, func, literal, select, text, tuple_
from sqlalchemy.orm import Session

from core.features.ideas.model import Campaign, Idea
from core.features.ideas.queries import gallery
from core.features.ideas.queries.filters import (
    COLUMNS,
    LISTED,
    RUSSIAN,
    Filters,
    Listed,
    asked,
    in_states,
    listed,
    matching,
    narrowed,
)
from core.features.ideas.queries.gallery import Page, Sort

RANKED: Final = 300
"""How many of the newest matches are ranked."""
# A slip and an ending take most of a word's trigrams, so less must do than PostgreSQL's 0.6.
_ALIKE: Final = text("SET LOCAL pg_trgm.word_similarity_threshold = 0.38")
# Who quotes or excludes words means just these.
_EXACT: Final = re.compile(r"\"|(^|\s)-")
_NUMBER: Final = re.compile(r"(?:№|#|n|no\.?)?\s*([1-9][0-9]{0,8})", re.IGNORECASE)
_OPEN, _CLOSE = "\ue000", "\ue001"
_MARKS: Final = f"StartSel={_OPEN}, StopSel={_CLOSE}"


def number_in(words: str) -> int | None:
    """The number of an idea, when that is what was typed: «№ 123», «123»."""
    found = _NUMBER.fullmatch(words.strip())
    return int(found[1]) if found else None


def find(
    session: Session,
    filters: Filters,
    *,
    sort: Sort = Sort.FITTING,
    now: datetime,
    cursor: str | None = None,
    most: int = 12,
) -> Page:
    """A page of the ideas that hold the words, with the words marked. An idea whose number was
    typed comes first; when no text has the words, titles that look alike are `guessed`."""
    if sort is Sort.FITTING:
        page = _fitting(session, filters, cursor=cursor, most=most)
    else:
        page = gallery.ideas(session, filters, sort=sort, now=now, cursor=cursor, most=most)
    if cursor is not None:
        return _marked(session, page, filters.words)
    number = number_in(filters.words)
    numbered = _numbered(session, number) if number is not None else None
    if numbered is not None:
        rest = tuple(one for one in page.ideas if one.id != numbered.id)
        return _marked(session, Page((numbered, *rest), page.next, page.previous), filters.words)
    if not page.ideas and not _EXACT.search(filters.words):
        return Page(_alike(session, filters, most=most), guessed=True)
    return _marked(session, page, filters.words)


def _fitting(session: Session, filters: Filters, *, cursor: str | None, most: int) -> Page:
    place = gallery.read_cursor(cursor, Sort.FITTING) if cursor else None
    newest = (
        select(Idea.id, Idea.search)
        .where(*narrowed(filters), matching(filters.words))
        .order_by(desc(Idea.published_at), desc(Idea.id))
        .limit(RANKED)
        .cte("newest")
        .prefix_with("MATERIALIZED", dialect="postgresql")
    )
    rank = func.ts_rank(newest.c.search, asked(filters.words), 1)
    ranked = select(newest.c.id, cast(rank * 1_000_000_000, Integer).label("rank")).cte("ranked")
    query = select(ranked.c.id, ranked.c.rank)
    forwards = place is None or place.side == "a"
    if place is not None:
        beyond, edge = tuple_(ranked.c.rank, ranked.c.id), (place.key, place.id)
        query = query.where(beyond < edge if forwards else beyond > edge)
    order = (desc(ranked.c.rank), desc(ranked.c.id)) if forwards else (ranked.c.rank, ranked.c.id)
    best = query.order_by(*order).limit(most + 1).subquery("best")
    rows = session.execute(
        select(*COLUMNS, best.c.rank)
        .join_from(best, Idea, Idea.id == best.c.id)
        .outerjoin(Campaign, Campaign.id == Idea.campaign_id)
        .order_by(desc(best.c.rank), desc(best.c.id))
    ).all()
    more = len(rows) > most
    shown = rows[:most] if forwards else rows[-most:]
    ranks = {row.id: row.rank for row in shown}
    return gallery.page_of(
        [listed(row) for row in shown],
        Sort.FITTING,
        more=more,
        place=place,
        key=lambda idea: ranks[idea.id],
    )


def _numbered(session: Session, number: int) -> Listed | None:
    row = session.execute(
        select(*COLUMNS)
        .outerjoin(Campaign, Campaign.id == Idea.campaign_id)
        .where(Idea.number == number, in_states(LISTED))
    ).one_or_none()
    return listed(row) if row is not None else None


def _alike(session: Session, filters: Filters, *, most: int) -> tuple[Listed, ...]:
    """Titles with a piece that looks like the words, those that look most alike first."""
    session.execute(_ALIKE)
    words = literal(filters.words)
    alike = func.public.word_similarity(words, Idea.title).label("alike")
    best = (
        select(Idea.id, alike)
        .where(*narrowed(filters), words.bool_op("OPERATOR(public.<%)")(Idea.title))
        .order_by(desc(alike), desc(Idea.id))
        .limit(bindparam(None, most, literal_execute=True))
        .subquery("best")
    )
    rows = session.execute(
        select(*COLUMNS, best.c.alike)
        .join_from(best, Idea, Idea.id == best.c.id)
        .outerjoin(Campaign, Campaign.id == Idea.campaign_id)
        .order_by(desc(best.c.alike), desc(best.c.id))
    )
    return tuple(listed(row) for row in rows)


def _marked(session: Session, page: Page, words: str) -> Page:
    """The page with the piece of each text in which the words stand."""
    if not page.ideas:
        return page
    pieces = headlines(session, [one.id for one in page.ideas], words)
    return Page(
        tuple(
            replace(one, title_matched=pieces[one.id][0], matched=pieces[one.id][1])
            if one.id in pieces
            else one
            for one in page.ideas
        ),
        page.next,
        page.previous,
        page.guessed,
    )


Pieces = tuple[tuple[str, bool], ...]


def headlines(
    session: Session, ideas: Sequence[UUID], words: str
) -> dict[UUID, tuple[Pieces, Pieces]]:
    """For each idea its title and the piece of its text around the words, cut into (text, found);
    empty where nothing is found."""

    def marked(column: Any, how: str) -> Any:
        plain = func.translate(column, _OPEN + _CLOSE, "")
        return func.ts_headline(RUSSIAN, plain, asked(words), how)

    rows = session.execute(
        select(
            Idea.id,
            marked(Idea.title, f"HighlightAll=true, {_MARKS}"),
            marked(Idea.body, f"MaxWords=36, MinWords=18, {_MARKS}"),
        ).where(Idea.id.in_(ideas))
    )
    return {idea: (_cut(title), _cut(body)) for idea, title, body in rows}


def _cut(piece: str) -> Pieces:
    found: list[tuple[str, bool]] = []
    for part in " ".join(piece.split()).split(_OPEN):
        inside, close, outside = part.partition(_CLOSE)
        if not close:
            inside, outside = "", part
        if inside:
            found.append((inside, True))
        if outside:
            found.append((outside, False))
    return tuple(found) if any(marked for _, marked in found) else ()
