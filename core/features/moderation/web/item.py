"""One item on the desk: the text with its marks, what is known of it, and the decision.

Every form is a plain form and works without scripts; each button sends the whole of it, so nothing
typed is lost when somebody else was faster or the rule refuses.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import msgspec
from litestar import Response
from litestar.params import FromPath

from core.features.moderation import queries as own
from core.features.moderation import service
from core.features.moderation.domain import Change, changes
from core.features.moderation.web import rights
from core.features.moderation.web.where import Where, where_of
from core.kit.errors import Conflict, NotFound, Problem
from core.kit.text import Locale, Text
from core.moderation import deciding, hints, letters, queries
from core.moderation.decisions import STEPS, KindFacts
from core.moderation.domain import (
    LONGEST_LETTER,
    LONGEST_NOTE,
    DraftView,
    GroundChosen,
    ItemView,
    LetterView,
    Link,
    Mark,
    Needs,
    State,
    Steps,
)
from core.moderation.grounds import Ground
from core.moderation.hints import Segment
from core.moderation.manifest import Kinds
from core.rules import Refused
from core.rules.explain import reasons_data
from core.web.forms import Form, FormData
from core.web.pages import redirect, render
from core.web.request import CityRequest
from core.web.routes import action, page
from core.work import Work

_NEXT: Final = Text(ru="Опубликовано. Следующая запись.", en="Published. The next item.")
_LAST: Final = Text(ru="Опубликовано. Очередь пуста.", en="Published. The queue is empty.")
_WRITTEN: Final = Text(
    ru="Письмо отправлено на согласование.", en="The letter was sent for approval."
)
_SENT: Final = Text(ru="Письмо № {number} отправлено автору.", en="Letter No. {number} was sent.")
_SAVED: Final = Text(ru="Черновик письма сохранён.", en="The draft of the letter is saved.")
_RETURNED: Final = Text(ru="Письмо возвращено.", en="The letter was returned.")
_TAKEN_BACK: Final = Text(ru="Письмо снова у вас.", en="The letter is with you again.")
_NO_LINK: Final = Text(
    ru="По этой ссылке ничего не найдено. Адрес начинается с https:// или с косой черты.",
    en="Nothing was found by this link. An address begins with https:// or a slash.",
)


class GroundRow(msgspec.Struct, frozen=True):
    """A ground as the form shows it: its place on the keyboard, whether it is ticked, and what may
    be pointed to."""

    ground: Ground
    key: int
    ticked: bool
    link: Link | None
    choices: tuple[Link, ...]
    searchable: bool
    words: str
    typed_title: str
    typed_address: str
    error: str = ""


class LetterForm(msgspec.Struct, frozen=True):
    """What the letter form holds; `wrong` are complaints beside its fields."""

    grounds: tuple[GroundChosen, ...] = ()
    body: str = ""
    words: Mapping[str, str] = {}
    typed: Mapping[str, tuple[str, str]] = {}
    wrong: Mapping[str, Text] = {}


@page("/desk/moderation/{item_id:uuid}")
def show(request: CityRequest, item_id: FromPath[UUID]) -> Response[Any]:
    """An item. Opening it tells others that we are looking at it."""
    with request.work() as work:
        rights.enter(work)
        item, kinds, where = _open(request, work, item_id)
        if item.state is State.WAITING:
            deciding.claim(work, item_id)
            item = _item(work, item_id)
        return _page(request, work, item, kinds, where, form=_kept(work, item_id))


@action("/desk/moderation/{item_id:uuid}/publish")
def publish(request: CityRequest, item_id: FromPath[UUID]) -> Response[Any]:
    """Let it through and go on to the next."""
    try:
        with request.work(person=False) as work:
            rights.enter(work)
            item, kinds, where = _open(request, work, item_id)
            deciding.publish(work, item_id, kinds=kinds)
            following = _next(work, item, where, kinds)
    except Conflict as problem:
        return _again(request, item_id, None, problem)
    return redirect(
        request,
        f"/desk/moderation/{following}{where.query}" if following else where.list_path,
        flash=("good", (_NEXT if following else _LAST).in_(request.locale)),
    )


@action("/desk/moderation/{item_id:uuid}/letter")
def write(request: CityRequest, item_id: FromPath[UUID], data: FormData) -> Response[Any]:
    """The letter form: keep it, put it together from its grounds, look at it, or finish it."""
    do = Form(data).raw("do") or "save"
    form = LetterForm()
    try:
        with request.work() as work:
            rights.enter(work)
            item, kinds, where = _open(request, work, item_id)
            form = _read(work, data, item)
            if do == "compose":
                form = msgspec.structs.replace(form, body=_composed(work, form))
            if do == "send":
                if form.wrong:
                    return _page(request, work, item, kinds, where, form=form, status=422)
                state = deciding.write_letter(
                    work, item_id, grounds=form.grounds, body=form.body, kinds=kinds
                )
                following = _next(work, item, where, kinds)
                letter = queries.letter(work.session, item_id)
            elif do == "save":
                deciding.save_letter(work, item_id, grounds=form.grounds, body=form.body)
            if do not in ("save", "send"):
                focus = "letter" if do in ("compose", "preview") else do.partition(":")[2]
                return _page(
                    request,
                    work,
                    item,
                    kinds,
                    where,
                    form=form,
                    preview=do == "preview",
                    focus=focus,
                )
    except (Conflict, Refused) as problem:
        if isinstance(problem, Refused) and not form.body:
            with request.work(person=False) as work:
                form = msgspec.structs.replace(form, body=_composed(work, form))
        return _again(request, item_id, form, problem)
    except Problem as problem:
        return _again(request, item_id, form, problem)
    locale = request.locale
    if do == "save":
        return redirect(
            request,
            f"/desk/moderation/{item_id}{where.query}",
            flash=("good", _SAVED.in_(locale)),
        )
    said = (
        _SENT.format(number=letter.number)
        if state is State.REFUSED and letter is not None
        else _WRITTEN
    )
    return redirect(
        request,
        f"/desk/moderation/{following}{where.query}" if following else where.list_path,
        flash=("good", said.in_(locale)),
    )


@action("/desk/moderation/{item_id:uuid}/take-back")
def take_back(request: CityRequest, item_id: FromPath[UUID]) -> Response[Any]:
    """The one who wrote a letter takes it back to change it."""
    try:
        with request.work(person=False) as work:
            rights.enter(work)
            _item, _kinds, where = _open(request, work, item_id)
            deciding.take_back(work, item_id)
    except Conflict as problem:
        return _again(request, item_id, None, problem)
    return redirect(
        request,
        f"/desk/moderation/{item_id}{where.query}",
        flash=("good", _TAKEN_BACK.in_(request.locale)),
    )


@action("/desk/moderation/{item_id:uuid}/release")
def release(request: CityRequest, item_id: FromPath[UUID]) -> Response[Any]:
    """Leave an item for later, or for somebody else."""
    with request.work(person=False) as work:
        rights.enter(work)
        item, kinds, where = _open(request, work, item_id)
        deciding.release(work, item_id)
        following = _next(work, item, where, kinds)
    return redirect(
        request, f"/desk/moderation/{following}{where.query}" if following else where.list_path
    )


@action("/desk/moderation/{item_id:uuid}/approve")
def approve(request: CityRequest, item_id: FromPath[UUID], data: FormData) -> Response[Any]:
    """The editor's form: compare, approve and send, or return with a note (R28)."""
    form = Form(data)
    do = form.raw("do")
    body = form.raw("body").replace("\r\n", "\n").strip()
    note = form.raw("note").replace("\r\n", "\n").strip()
    letter: LetterView | None = None
    try:
        with request.work() as work:
            rights.enter(work, rights.APPROVE)
            item, kinds, where = _open(request, work, item_id)
            if do == "return":
                deciding.return_letter(work, item_id, note=note)
            elif do == "approve":
                deciding.approve_letter(work, item_id, body=body, kinds=kinds)
                letter = queries.letter(work.session, item_id)
            else:
                return _page(request, work, item, kinds, where, body=body, note=note, compare=True)
            following = _next(work, item, where, kinds)
    except Problem as problem:
        if isinstance(problem, NotFound):
            raise
        return _again(request, item_id, None, problem, body=body, note=note)
    said = _SENT.format(number=letter.number) if letter is not None else _RETURNED
    return redirect(
        request,
        f"/desk/moderation/{following}{where.query}" if following else where.list_path,
        flash=("good", said.in_(request.locale)),
    )


def _item(work: Work, item_id: UUID) -> ItemView:
    found = queries.item(work.session, item_id)
    if found is None:
        raise NotFound
    return found


def _open(request: CityRequest, work: Work, item_id: UUID) -> tuple[ItemView, Kinds, Where]:
    kinds = service.permitted(work)
    item = _item(work, item_id)
    if item.kind not in kinds:
        raise NotFound
    return item, kinds, where_of(request.query_params, kinds)


def _next(work: Work, item: ItemView, where: Where, kinds: Kinds) -> UUID | None:
    me = deciding.staff_of(work)
    return queries.next_after(work.session, where.filter(kinds), item, now=work.now, me=me.id)


def _kept(work: Work, item_id: UUID) -> LetterForm:
    draft = queries.draft_view(work.session, item_id)
    if draft is None:
        return LetterForm()
    return LetterForm(grounds=draft.grounds, body=draft.body)


def _read(work: Work, data: Mapping[str, Any], item: ItemView) -> LetterForm:
    """The form as it was sent. Links are looked up, so that a title is never the browser's."""
    form = Form(data)
    ticked = form.many("ground")
    chosen: list[GroundChosen] = []
    words: dict[str, str] = {}
    typed: dict[str, tuple[str, str]] = {}
    wrong: dict[str, Text] = {}
    for ground in deciding.known_grounds(work):
        words[ground.key] = form.raw(f"find-{ground.key}").strip()[:100]
        title = form.raw(f"title-{ground.key}").strip()[:200]
        address = form.raw(f"address-{ground.key}").strip()[:500]
        typed[ground.key] = (title, address)
        link: Link | None = None
        picked = form.raw(f"link-{ground.key}")
        if ground.needs is not Needs.NONE and picked and picked != service.PAGE:
            source, _, reference = picked.partition("|")
            link = (
                service.typed_link(title, reference)
                if source == service.PAGE
                else service.find_link(work, source, reference)
            )
        elif ground.needs is Needs.PLAN and address:
            link = service.typed_link(title, address)
            if link is None:
                wrong[f"address-{ground.key}"] = _NO_LINK
        if ground.key in ticked:
            chosen.append(GroundChosen(ground.key, link))
    body = form.raw("body").replace("\r\n", "\n").strip()
    return LetterForm(tuple(chosen), body, words, typed, wrong)


def _composed(work: Work, form: LetterForm) -> str:
    chosen = {one.key for one in form.grounds}
    return letters.proposed_body([one for one in deciding.known_grounds(work) if one.key in chosen])


def _again(
    request: CityRequest,
    item_id: UUID,
    form: LetterForm | None,
    problem: Problem,
    *,
    body: str | None = None,
    note: str = "",
) -> Response[Any]:
    """The page with what was typed and what is wrong; nothing was decided."""
    with request.work() as work:
        rights.enter(work)
        item, kinds, where = _open(request, work, item_id)
        return _page(
            request,
            work,
            item,
            kinds,
            where,
            form=form if form is not None else _kept(work, item_id),
            problem=problem,
            body=body,
            note=note,
            status=problem.status,
        )


def _page(
    request: CityRequest,
    work: Work,
    item: ItemView,
    kinds: Kinds,
    where: Where,
    *,
    form: LetterForm | None = None,
    problem: Problem | None = None,
    body: str | None = None,
    note: str = "",
    compare: bool = False,
    preview: bool = False,
    focus: str = "",
    status: int = 200,
) -> Response[Any]:
    locale = request.locale
    me = deciding.staff_of(work)
    kind = kinds[item.kind]
    _text, start = hints.looked_at(item.title, item.body)
    marks = item.hints or ()
    draft = queries.draft_view(work.session, item.id)
    letter = queries.letter(work.session, item.letter_id) if item.letter_id else None
    first = queries.letter(work.session, item.looks_again_at) if item.looks_again_at else None
    form = form or _kept(work, item.id)
    steps = work.decide(STEPS, KindFacts(on=work.today, kind=item.kind))
    two = steps.value is Steps.TWO
    edited = body if body is not None else (draft.body if draft else "")
    held = rights.enter(work)
    wrong = {**(problem.fields if problem else {}), **form.wrong}
    return render(
        request,
        "moderation/item.html",
        work=work,
        status=status,
        item=item,
        kind=kind.label.in_(locale),
        address=kind.path(item.subject_id),
        where=where,
        following=_next(work, item, where, kinds),
        before=_previous(work, item, where, kinds),
        title_parts=hints.segments(item.title, marks),
        body_parts=_paragraphs(item.body, marks, start),
        legend=[
            (key, label.in_(locale), sum(one.kind == key for one in marks))
            for key, label in hints.LABELS.items()
            if any(one.kind == key for one in marks)
        ],
        labels={key: label.in_(locale) for key, label in hints.LABELS.items()},
        looked=item.hints is not None,
        context=kind.context(work, item.subject_id) if kind.context is not None else (),
        pictures=[
            {"src": one.src, "href": one.href, "alt": f"{item.title}: {place}"}
            for place, one in enumerate(kind.pictures(work, item.subject_id), 1)
        ]
        if kind.pictures is not None
        else [],
        similar=list(item.similar or ()),
        author=_author(work, item),
        looking=item.held_name if item.held_by_other(me.id, work.now) else "",
        first=first,
        first_mine=first is not None and me.id in (first.written_by, first.approved_by),
        draft=draft,
        letter=letter,
        changed_parts=changes(letter.written, letter.body) if letter else (),
        own_letter=draft is not None and draft.written_by == me.id,
        grounds=_ground_rows(work, item, form, wrong, locale),
        form_body=form.body,
        preview=_preview(work, item, kinds, form, locale) if preview else None,
        opened=bool(form.grounds or form.body or problem) and item.state is State.WAITING,
        focus=focus,
        two_steps=two,
        steps_reasons=reasons_data(steps, locale),
        may_approve=rights.APPROVE in held,
        may_block=rights.BLOCK in held,
        edited=edited,
        note=note,
        compared=_compared(draft, edited, compare),
        since_return=_since_return(draft),
        opening=_opening(work, item, kinds, letter, locale),
        closing=own.closing(letter, second=first is not None, locale=locale) if letter else "",
        chosen=_chosen(work, draft, letter, locale),
        problem=problem,
        refusal=reasons_data(problem.decision, locale) if isinstance(problem, Refused) else (),
        errors={key: value.in_(locale) for key, value in wrong.items()},
        limits={"letter": LONGEST_LETTER, "note": LONGEST_NOTE},
        State=State,
    )


def _paragraphs(body: str, marks: Sequence[Mark], start: int) -> list[tuple[Segment, ...]]:
    """The body by paragraphs, cut at the marks."""
    found: list[tuple[Segment, ...]] = []
    place = start
    for line in body.split("\n"):
        if line.strip():
            found.append(hints.segments(line, marks, start=place))
        place += len(line) + 1
    return found


def _previous(work: Work, item: ItemView, where: Where, kinds: Kinds) -> UUID | None:
    return queries.before(work.session, where.filter(kinds), item)


def _author(work: Work, item: ItemView) -> Mapping[str, object] | None:
    if item.author_id is None:
        return None
    session = work.session
    return {
        "name": own.resident_name(session, item.author_id),
        "refusals": queries.refusals_of(session, item.author_id),
        "published": queries.published_of(session, item.author_id),
        "others": queries.decided_of(session, item.author_id, except_for=item.id),
        "block": queries.block_in_force(session, item.author_id),
    }


def _ground_rows(
    work: Work, item: ItemView, form: LetterForm, wrong: Mapping[str, Text], locale: Locale
) -> list[GroundRow]:
    chosen = {one.key: one for one in form.grounds}
    rows: list[GroundRow] = []
    for place, ground in enumerate(deciding.known_grounds(work), 1):
        one = chosen.get(ground.key)
        link = one.link if one is not None else None
        source = service.source_for(work, ground.needs)
        words = form.words.get(ground.key, "")
        choices: list[Link] = [] if link is None else [link]
        if source is not None:
            found = (
                [
                    Link(source.key, choice.reference, choice.title, choice.path)
                    for choice in service.search_in(
                        work, source, words, "", but_not=item.subject_id
                    )
                ]
                if words
                else [
                    Link(near.source, near.reference, near.title, near.path)
                    for near in item.similar or ()
                    if near.source == source.key
                ]
            )
            known = {(known.source, known.reference) for known in choices}
            choices += [it for it in found if (it.source, it.reference) not in known]
        title, address = form.typed.get(ground.key, ("", ""))
        complaint = wrong.get(f"address-{ground.key}")
        rows.append(
            GroundRow(
                ground=ground,
                key=place,
                ticked=one is not None,
                link=link,
                choices=tuple(choices),
                searchable=source is not None,
                words=words,
                typed_title=title,
                typed_address=address,
                error=complaint.in_(locale) if complaint else "",
            )
        )
    return rows


def _opening(
    work: Work, item: ItemView, kinds: Kinds, letter: LetterView | None, locale: Locale
) -> str:
    if letter is not None:
        return own.opening(work, letter, kinds, locale)
    return letters.intro(
        kind=own.kind_label(kinds, item.kind),
        title=item.title,
        submitted_on=own.submitted_on(work, item.submitted_at),
        locale=work.tenant.locale,
    )


def _chosen(
    work: Work, draft: DraftView | None, letter: LetterView | None, locale: Locale
) -> list[Mapping[str, object]]:
    """The grounds of a letter, sent or in work, for showing it."""
    if letter is not None:
        return [
            {"title": one.title, "place": one.clause, "link": one.link} for one in letter.grounds
        ]
    known = {one.key: one for one in deciding.known_grounds(work)}
    return [
        {"title": known[one.key].title, "place": known[one.key].place, "link": one.link}
        for one in (draft.grounds if draft else ())
        if one.key in known
    ]


def _preview(
    work: Work, item: ItemView, kinds: Kinds, form: LetterForm, locale: Locale
) -> Mapping[str, object]:
    known = {one.key: one for one in deciding.known_grounds(work)}
    return {
        "grounds": [
            {"title": known[one.key].title, "place": known[one.key].place, "link": one.link}
            for one in form.grounds
        ],
        "body": form.body,
        "closing": letters.appeal(
            until=deciding.look_until(work, item.kind),
            second=item.looks_again_at is not None,
            locale=locale,
        ),
    }


def _compared(draft: DraftView | None, edited: str, compare: bool) -> tuple[Change, ...]:
    if draft is None or not (compare or edited != draft.body):
        return ()
    return changes(draft.body, edited)


def _since_return(draft: DraftView | None) -> tuple[Change, ...]:
    if draft is None or not draft.before or draft.before == draft.body:
        return ()
    return changes(draft.before, draft.body)


HANDLERS: Final = (show, publish, write, take_back, release, approve)
