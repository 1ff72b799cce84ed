"""The queue on the desk: everything that waits, who waits longest first, and publishing several at
once. One item is looked at in `item`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from litestar import Response

from core.feature import DeskItem, HomeSection
from core.features.moderation import service
from core.features.moderation.domain import ITEMS, LETTERS, VIEW_LABELS, View
from core.features.moderation.web import rights
from core.features.moderation.web.where import Where, where_of
from core.identity import access
from core.kit.errors import Invalid, NotFound
from core.kit.text import Locale, Text
from core.moderation import deciding, hints, queries
from core.moderation.domain import ItemView, State
from core.moderation.manifest import Kinds
from core.web.forms import Form, FormData
from core.web.pages import redirect, render
from core.web.request import CityRequest, FlashKind
from core.web.routes import action, page
from core.work import Work

_EXCERPT: Final = 220
_CHOOSE: Final = Text(ru="Сначала отметьте записи.", en="Tick some items first.")
_DONE: Final = Text(ru="Опубликовано: {done}.", en="Published: {done}.")
_PASSED: Final = Text(ru="Пропущено: {what}.", en="Passed over: {what}.")


class Row(msgspec.Struct, frozen=True):
    """An item as the list shows it. `marks` are the kinds of marks, each once; `looking` is whoever
    else is at it; `writer` wrote the letter that waits."""

    item: ItemView
    kind: str
    excerpt: str
    marks: tuple[str, ...]
    similar: int
    looking: str
    writer: str


def cursor_of(item: ItemView) -> str:
    """Where the next page begins."""
    return f"{item.submitted_at.isoformat()}~{item.id}"


def _after(value: str | None) -> tuple[datetime, UUID] | None:
    if not value:
        return None
    at, _, last = value.partition("~")
    try:
        found = datetime.fromisoformat(at.replace(" ", "+"))
        if found.tzinfo is None:
            raise NotFound
        return found, UUID(last)
    except ValueError as error:
        raise NotFound from error


@page("/desk/moderation")
def queue(request: CityRequest) -> Response[Any]:
    """What waits, by part: to be checked, second looks, letters to approve."""
    after = _after(request.query_params.get("after"))
    with request.work() as work:
        held = rights.enter(work)
        kinds = service.permitted(work)
        where = where_of(request.query_params, kinds)
        found = queries.queue(work.session, where.filter(kinds), after=after, most=queries.PAGE + 1)
        shown, more = found[: queries.PAGE], len(found) > queries.PAGE
        writers = queries.writers(
            work.session, [item.id for item in shown if item.state is State.WRITTEN]
        )
        locale = request.locale
        query = where.query
        join = "&" if query else "?"
        return render(
            request,
            "moderation/queue.html",
            work=work,
            rows=[_row(work, item, kinds, writers.get(item.id, ""), locale) for item in shown],
            where=where,
            tabs=_tabs(work, where, kinds, locale),
            kind_filters=_kind_filters(where, kinds, locale),
            hint_filters=_hint_filters(where, locale),
            first=where.list_path if after else None,
            next=f"/desk/moderation{query}{join}after={cursor_of(shown[-1])}" if more else None,
            may_block=rights.BLOCK in held,
            legend=hints.LABELS,
        )


@action("/desk/moderation/publish")
def publish_chosen(request: CityRequest, data: FormData) -> Response[Any]:
    """Publish the ticked ones at once; what others have taken meanwhile is passed over."""
    form = Form(data)
    chosen: list[UUID] = []
    for one in form.many("item"):
        try:
            chosen.append(UUID(one))
        except ValueError as error:
            raise NotFound from error
    locale = request.locale
    with request.work(person=False) as work:
        rights.enter(work)
        kinds = service.permitted(work)
        where = where_of(request.query_params, kinds)
        if not chosen:
            return redirect(request, where.list_path, flash=("warn", _CHOOSE.in_(locale)))
        try:
            came = deciding.publish_many(work, chosen, kinds=kinds)
        except Invalid as problem:
            title = next(iter(problem.fields.values()), problem.title)
            return redirect(request, where.list_path, flash=("bad", title.in_(locale)))
    kind: FlashKind = "warn" if came.skipped else "good"
    return redirect(request, where.list_path, flash=(kind, _came_to(came, locale)))


def _came_to(came: deciding.Published, locale: Locale) -> str:
    said = [_DONE.format(done=ITEMS.count(len(came.done), locale)).in_(locale)]
    if came.skipped:
        what = "; ".join(
            f"«{one.title}» ({one.why.in_(locale).rstrip('.')})" for one in came.skipped[:3]
        )
        if len(came.skipped) > 3:
            what += "…"
        said.append(_PASSED.format(what=what).in_(locale))
    return " ".join(said)


def _row(work: Work, item: ItemView, kinds: Kinds, writer: str, locale: Locale) -> Row:
    me = deciding.staff_of(work)
    body = " ".join(item.body.split())
    return Row(
        item=item,
        kind=kinds[item.kind].label.in_(locale),
        excerpt=body[:_EXCERPT].rstrip() + ("…" if len(body) > _EXCERPT else ""),
        marks=tuple(key for key in hints.LABELS if key in {one.kind for one in item.hints or ()}),
        similar=sum(one.source != "plan" for one in item.similar or ()),
        looking=item.held_name if item.held_by_other(me.id, work.now) else "",
        writer=writer,
    )


def _tabs(work: Work, where: Where, kinds: Kinds, locale: Locale) -> list[Mapping[str, object]]:
    counts = queries.counts(work.session)

    def number(view: View) -> int:
        state = State.WRITTEN if view is View.LETTERS else State.WAITING
        return sum(
            n
            for (s, kind, look), n in counts.items()
            if s == state.value and kind in kinds and (view is not View.LOOKS or look)
        )

    return [
        {
            "href": msgspec.structs.replace(where, view=view).list_path,
            "label": VIEW_LABELS[view].in_(locale),
            "current": where.view is view,
            "count": number(view),
        }
        for view in View
    ]


def _kind_filters(where: Where, kinds: Kinds, locale: Locale) -> Sequence[Mapping[str, object]]:
    if len(kinds) < 2:
        return ()
    options = [
        ("", _ALL.in_(locale)),
        *((key, kinds[key].label.in_(locale)) for key in sorted(kinds)),
    ]
    return [
        {
            "href": msgspec.structs.replace(where, kind=key).list_path,
            "label": label,
            "current": where.kind == key,
        }
        for key, label in options
    ]


def _hint_filters(where: Where, locale: Locale) -> Sequence[Mapping[str, object]]:
    return [
        {
            "href": msgspec.structs.replace(where, hints=key).list_path,
            "label": label.in_(locale),
            "current": where.hints == key,
        }
        for key, label in (("", _ANY), ("marked", _MARKED), ("clean", _CLEAN))
    ]


_ALL: Final = Text(ru="Все виды", en="All kinds")
_ANY: Final = Text(ru="С пометками и без", en="With and without marks")
_MARKED: Final = Text(ru="С пометками", en="With marks")
_CLEAN: Final = Text(ru="Без пометок", en="Without marks")


def overview(work: Work) -> Mapping[str, object] | None:
    """For the desk's first page: how many wait, and how long the first of them has."""
    held = frozenset(one for one in rights.CONCERNED if access.may(work, one))
    if not held & {rights.REVIEW, rights.APPROVE}:
        return None
    waiting = queries.waiting_count(work.session) if rights.REVIEW in held else 0
    letters = queries.letters_count(work.session) if rights.APPROVE in held else 0
    if not waiting and not letters:
        return None
    oldest = queries.oldest(work.session) if waiting else None
    counts = queries.counts(work.session)
    return {
        "waiting": waiting,
        "waiting_words": ITEMS.text(waiting),
        "letters": letters,
        "letters_words": LETTERS.text(letters),
        "looks": sum(
            n for (state, _kind, look), n in counts.items() if look and state == "waiting"
        ),
        "waited": work.now - oldest if oldest is not None else None,
    }


def count(work: Work) -> int:
    """For the desk's menu."""
    number = queries.waiting_count(work.session)
    if access.may(work, rights.APPROVE):
        number += queries.letters_count(work.session)
    return number


HANDLERS: Final = (queue, publish_chosen)
DESK: Final = (
    DeskItem(
        path="/desk/moderation",
        label=Text(ru="Модерация", en="Moderation"),
        permission=rights.REVIEW,
        order=15,
        icon="shield",
        count=count,
    ),
)
OVERVIEW: Final = (
    HomeSection(order=15, template="moderation/desk_overview.html", context=overview),
)
