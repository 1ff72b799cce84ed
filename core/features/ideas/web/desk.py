"""Ideas on the staff desk: the list by state, one idea with its answer, decision, merging and
history; and what waits on the desk's first page."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from litestar import Response, Router
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from core.deadlines.obligations import of_subject
from core.feature import DeskItem, HomeSection, topic_list
from core.features.ideas.domain import (
    LABELS,
    LONGEST_ANSWER,
    LONGEST_NOTE,
    Outcome,
    State,
    may_become,
)
from core.features.ideas.queries import desk as queries
from core.features.ideas.queries import one
from core.features.ideas.queries.one import IdeaView
from core.features.ideas.queries.similar import similar
from core.features.ideas.service import life, merging
from core.features.ideas.web import rights, shown
from core.features.ideas.web.cards import clean
from core.identity import access
from core.kit.errors import Conflict, Invalid, NotFound, Problem
from core.kit.ids import new_id
from core.kit.standing import Standing
from core.kit.text import Text
from core.rules import Refused
from core.rules.explain import reasons_data
from core.web.forms import Form, FormData
from core.web.pages import messages, redirect, render
from core.web.request import CityRequest
from core.web.routes import action, page
from core.work import Work

SHELVES: Final[tuple[tuple[str, Text, tuple[State, ...]], ...]] = (
    (
        "consideration",
        Text(ru="Ждут ответа", en="Waiting for an answer"),
        (State.CONSIDERATION,),
    ),
    ("collecting", Text(ru="Собирают поддержку", en="Collecting"), (State.COLLECTING,)),
    ("taken_up", Text(ru="Приняты", en="Taken up"), (State.TAKEN_UP,)),
    ("in_work", Text(ru="В работе", en="In work"), (State.IN_WORK,)),
    ("done", Text(ru="Сделаны", en="Done"), (State.DONE,)),
    ("declined", Text(ru="Отклонены", en="Declined"), (State.DECLINED,)),
    (
        "other",
        Text(ru="Прочие", en="Other"),
        (State.UNSUPPORTED, State.MERGED, State.SUBMITTED, State.REFUSED, State.WITHDRAWN),
    ),
)
_LONGEST_SEARCH: Final = 100
_DONE: Final[Mapping[str, Text]] = {
    "consider": Text(ru="Идея на рассмотрении.", en="The idea is under consideration."),
    "answer": Text(ru="Ответ опубликован.", en="The answer is published."),
    "take_up": Text(ru="Идея принята к реализации.", en="The idea is taken up."),
    "decline": Text(ru="Идея отклонена, ответ отправлен.", en="Declined; the answer is sent."),
    "start": Text(ru="Идея в работе.", en="The idea is in work."),
    "finish": Text(ru="Готово: идея выполнена.", en="Done: the idea is carried out."),
    "merge": Text(ru="Сторонников спрашивают.", en="Supporters are being asked."),
    "cancel_merge": Text(ru="Объединение отменено.", en="The merging is called off."),
    "plan": Text(ru="Связь с перечнем сохранена.", en="The link to the list is saved."),
}
_NO_ORIGINAL: Final = Text(ru="Идеи с таким номером нет.", en="There is no idea with this number.")


@page("/desk/ideas")
def ideas(request: CityRequest) -> Response[Any]:
    """Ideas by state, those that wait longest first."""
    query = request.query_params
    shelf = query.get("state") or "consideration"
    states = {key: these for key, _label, these in SHELVES}
    if shelf not in states:
        raise NotFound
    words = clean(query.get("q"))[:_LONGEST_SEARCH]
    topic = clean(query.get("topic"))[:60] or None
    late, reached = query.get("late") == "1", query.get("reached") == "1"
    locale = request.locale
    with request.work() as work:
        rights.enter(work)
        counts = queries.state_counts(work.session)
        found = queries.desk_ideas(
            work.session,
            states=states[shelf],
            topic=topic,
            words=words,
            reached=reached,
            overdue_on=work.today if late else None,
            after=_after(query.get("after")),
        )

        def address(**changes: Any) -> str:
            asked = {
                "state": None if shelf == "consideration" else shelf,
                "topic": topic,
                "q": words,
                "late": "1" if late else None,
                "reached": "1" if reached else None,
                **changes,
            }
            kept = {name: value for name, value in asked.items() if value}
            return "/desk/ideas" + (f"?{urlencode(kept)}" if kept else "")

        return render(
            request,
            "ideas/desk_list.html",
            work=work,
            ideas=found.ideas,
            shelf=shelf,
            words=words,
            topic=topic,
            late=late,
            reached=reached,
            address=address,
            first=address() if query.get("after") else None,
            next=address(after=_cursor(found.after)) if found.after else None,
            labels=LABELS,
            chips=shown.CHIPS,
            today=work.today,
            topics=request.tenant.profile.topics,
            tabs=[
                {
                    "href": address(state=None if key == "consideration" else key, late=None),
                    "label": label.in_(locale),
                    "current": shelf == key,
                    "count": sum(counts.get(state, 0) for state in these),
                }
                for key, label, these in SHELVES
            ],
        )


def _cursor(place: tuple[datetime, UUID]) -> str:
    return f"{int(place[0].timestamp() * 1_000_000)}.{place[1]}"


def _after(raw: str | None) -> tuple[datetime, UUID] | None:
    """The place in the list; NotFound for what was not made here."""
    if not raw:
        return None
    moment, _, key = raw.partition(".")
    if not (moment.isascii() and moment.isdecimal() and len(moment) < 18):
        raise NotFound
    try:
        seconds, rest = divmod(int(moment), 1_000_000)
        at = datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest)
        return at, UUID(key)
    except (ValueError, OverflowError) as error:
        raise NotFound from error


@page("/desk/ideas/{idea_id:uuid}")
def idea(request: CityRequest, idea_id: FromPath[UUID]) -> Response[Any]:
    """One idea: where it stands and what may be done now."""
    return _page(request, idea_id)


def _page(
    request: CityRequest,
    idea_id: UUID,
    *,
    tried: str = "",
    values: Mapping[str, Any] | None = None,
    problem: Problem | None = None,
) -> Response[Any]:
    locale, profile = request.locale, request.tenant.profile
    with request.work() as work:
        held = rights.enter(work)
        found = one.idea_view(work.session, idea_id)
        if found is None or found.state is State.DRAFT:
            raise NotFound
        session = work.session
        campaign = one.campaign_view(session, found.campaign_id) if found.campaign_id else None
        steps = shown.history(one.steps(session, idea_id), everything=True)
        merge = one.merge_asking(session, idea_id)
        topics = topic_list(work)
        plan = topics.find(work, found.plan_item) if topics and found.plan_item else None
        owed = [
            *of_subject(session, f"idea:{idea_id}"),
            *(
                of_subject(session, subject)
                if (subject := life.answer_subject(work, idea_id)) != f"idea:{idea_id}"
                else ()
            ),
        ]
        topic = profile.topic(found.topic) if found.topic else None
        district = profile.district(found.district) if found.district else None
        return render(
            request,
            "ideas/desk_idea.html",
            work=work,
            status=problem.status if problem is not None else 200,
            idea=found,
            campaign=campaign,
            held=held,
            offered=(offered := _offered(found, held, merging_now=merge is not None)),
            acts=bool(offered - {"plan"}),
            label=shown.state_label(found.state),
            chip_kind=shown.CHIPS[found.state],
            supports=one.live_supports(session, idea_id),
            terms=shown.terms(found),
            steps=list(reversed(steps)),
            files=shown.files(work, idea_id, found.title),
            extras=shown.extras(shown.fields_of(campaign), found.extra),
            topic=topic,
            district=district,
            owed=[one_ for one_ in owed if one_.state == "open"],
            today=work.today,
            merge=merge,
            original=one.idea_view(session, merge.original_id) if merge else None,
            merge_counts=queries.merge_counts(session, merge.id) if merge else (0, 0),
            similar=similar(session, found.title, found.body, limit=5, but_not=idea_id)
            if found.public
            else (),
            labels=LABELS,
            topics=[
                {
                    "value": str(one_.id),
                    "label": f"№ {one_.number}. {one_.title}" if one_.number else one_.title,
                }
                for kind in ("campaign", "poll")
                for one_ in topics.choices(work, kind, work.today)
                if one_.standing is not Standing.UNLISTED
            ]
            if topics
            else [],
            plan=plan,
            tried=tried,
            values=dict(values or {}),
            errors=messages(problem, locale) if isinstance(problem, Invalid) else {},
            problem=problem,
            refusal=reasons_data(problem.decision, locale) if isinstance(problem, Refused) else (),
            answer_id=new_id(),
            limits={"answer": LONGEST_ANSWER, "note": LONGEST_NOTE},
        )


def _offered(idea: IdeaView, held: frozenset[str], *, merging_now: bool) -> frozenset[str]:
    """The steps this official may take with an idea now."""
    found: set[str] = set()
    state = idea.state
    if rights.DECIDE in held:
        if may_become(state, State.CONSIDERATION) and not merging_now:
            found.add("consider")
        if may_become(state, State.TAKEN_UP) and not merging_now and state is not State.IN_WORK:
            found.add("take_up")
        if may_become(state, State.DECLINED) and not merging_now:
            found.add("decline")
        if may_become(state, State.IN_WORK):
            found.add("start")
        if may_become(state, State.DONE):
            found.add("finish")
        if idea.public:
            found.add("plan")
    if rights.ANSWER in held and idea.public:
        found.add("answer")
    if rights.MERGE in held:
        if merging_now:
            found.add("cancel_merge")
        elif may_become(state, State.MERGED):
            found.add("merge")
    return frozenset(found)


@action("/desk/ideas/{idea_id:uuid}")
def act(request: CityRequest, idea_id: FromPath[UUID], data: FormData) -> Response[Any]:
    """Take a step; what went wrong is said on the same page, with what was typed."""
    form = Form(data)
    do = form.raw("do")
    if do not in _DONE:
        raise NotFound
    try:
        with request.work(person=False) as work:
            rights.enter(work)
            _act(work, form, do, idea_id)
    except (Invalid, Conflict, Refused) as problem:
        return _page(request, idea_id, tried=do, values=form.values, problem=problem)
    return redirect(
        request, f"/desk/ideas/{idea_id}", flash=("good", _DONE[do].in_(request.locale))
    )


def _act(work: Work, form: Form, do: str, idea_id: UUID) -> None:
    text = form.text("text", most=50_000, required=False, lines=True)
    note = form.text("note", most=50_000, required=False, lines=True)
    form.check()
    match do:
        case "consider":
            life.consider(work, idea_id=idea_id, note=note)
        case "answer":
            answer_id = form.id("answer_id")
            form.check()
            life.answer(work, idea_id=idea_id, text=text, answer_id=answer_id)
        case "take_up":
            life.decide(work, idea_id=idea_id, outcome=Outcome.TAKEN_UP, text=text)
        case "decline":
            life.decide(work, idea_id=idea_id, outcome=Outcome.DECLINED, text=text)
        case "start":
            life.start_work(work, idea_id=idea_id, note=text)
        case "finish":
            life.finish(work, idea_id=idea_id, note=text)
        case "merge":
            original = _original(work, form.raw("original"))
            merging.offer(work, idea_id=idea_id, original_id=original, note=note)
        case "cancel_merge":
            merging.cancel(work, idea_id=idea_id, note=note)
        case "plan":
            raw = form.raw("plan_item")
            chosen = form.id("plan_item") if raw else None
            form.check()
            life.link_to_plan(work, idea_id=idea_id, plan_item=chosen)


def _original(work: Work, raw: str) -> UUID:
    """The idea whose number was typed; raises Invalid."""
    number = raw.strip().lstrip("№# ").strip()
    found = None
    if number.isascii() and number.isdecimal() and 0 < int(number or "0") < 2**31:
        found = one.idea_by_number(work.session, int(number))
    if found is None or not found.public:
        raise Invalid({"original": _NO_ORIGINAL})
    return found.id


def waiting_count(work: Work) -> int:
    """The number beside «Идеи»: what this person can decide."""
    return queries.waiting_for_answer(work.session) if access.may(work, rights.DECIDE) else 0


def overview(work: Work) -> Mapping[str, object] | None:
    """For the desk's first page: the ideas that wait longest for a decision."""
    if not work.tenant.profile.offers("ideas") or not access.may(work, rights.DECIDE):
        return None
    found = queries.desk_ideas(work.session, states=[State.CONSIDERATION], most=5)
    if not found.ideas:
        return None
    return {
        "ideas": found.ideas,
        "number": queries.waiting_for_answer(work.session),
        "today": work.today,
    }


DESK: Final = (
    DeskItem(
        path="/desk/ideas",
        label=Text(ru="Идеи", en="Ideas"),
        permission=rights.DECIDE,
        order=20,
        icon="idea",
        count=waiting_count,
        offer="ideas",
    ),
)
OVERVIEW: Final = (HomeSection(order=30, template="ideas/desk_overview.html", context=overview),)
HANDLERS: Final[tuple[ControllerRouterHandler, ...]] = (
    Router("/", route_handlers=[ideas, idea, act]),
)
