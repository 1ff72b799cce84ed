"""Campaigns on the staff desk: the list, the editor with its questions, and the steps from approval
to the outcome."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final
from uuid import UUID

from litestar import Response, Router
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from core.deadlines.obligations import of_subject
from core.feature import DeskItem
from core.features.ideas.domain import (
    CAMPAIGN_FOLLOWS,
    FIELD_LABELS,
    LONGEST_ANSWER,
    MOST_FIELDS,
    CampaignState,
    FormField,
)
from core.features.ideas.queries import desk as queries
from core.features.ideas.queries import one
from core.features.ideas.queries.one import CampaignView
from core.features.ideas.service import campaigning
from core.features.ideas.service.campaigning import (
    LONGEST_BODY,
    LONGEST_SUMMARY,
    LONGEST_TITLE,
    CampaignDraft,
)
from core.features.ideas.web import rights, shown
from core.kit.errors import Conflict, Invalid, NotFound, Problem
from core.kit.ids import new_id
from core.kit.period import Period
from core.kit.text import Text
from core.rules import Refused, RuleError
from core.rules.explain import reasons_data
from core.web.forms import Form, FormData
from core.web.pages import messages, redirect, render
from core.web.request import CityRequest
from core.web.routes import action, page
from core.work import Work

SHELVES: Final[tuple[tuple[str, Text, tuple[CampaignState, ...]], ...]] = (
    ("all", Text(ru="Все", en="All"), tuple(CampaignState)),
    ("draft", Text(ru="Черновики", en="Drafts"), (CampaignState.DRAFT,)),
    ("scheduled", Text(ru="Ждут начала", en="Scheduled"), (CampaignState.SCHEDULED,)),
    ("open", Text(ru="Идут", en="Open"), (CampaignState.OPEN,)),
    ("closed", Text(ru="Ждут итогов", en="Closed"), (CampaignState.CLOSED,)),
    ("summed_up", Text(ru="С итогами", en="Summed up"), (CampaignState.SUMMED_UP,)),
)
_SAVED: Final = Text(ru="Черновик сохранён.", en="The draft is saved.")
_DONE: Final[Mapping[str, Text]] = {
    "schedule": Text(ru="Обсуждение утверждено.", en="The campaign is approved."),
    "return": Text(ru="Обсуждение снова черновик.", en="The campaign is a draft again."),
    "open": Text(ru="Обсуждение открыто.", en="The campaign is open."),
    "sum_up": Text(
        ru="Итоги опубликованы, участники о них узнают.",
        en="The outcome is published; those who took part are told.",
    ),
    "withdraw": Text(ru="Обсуждение снято.", en="The campaign is withdrawn."),
}
_FAR: Final = Text(ru="Проверьте год.", en="Please check the year.")
_YEARS: Final = range(2000, 2101)


@page("/desk/campaigns")
def campaigns(request: CityRequest) -> Response[Any]:
    """Campaigns by state, the newest first."""
    shelf = request.query_params.get("state") or "all"
    states = {key: these for key, _label, these in SHELVES}
    if shelf not in states:
        raise NotFound
    with request.work() as work:
        held = _enter(work)
        found = queries.desk_campaigns(work.session, states[shelf])
        return render(
            request,
            "ideas/desk_campaigns.html",
            work=work,
            campaigns=found,
            figures={one_.id: queries.campaign_figures(work.session, one_.id) for one_ in found},
            may_prepare=rights.PREPARE in held,
            labels={state: shown.campaign_label(state) for state in CampaignState},
            chips=shown.CAMPAIGN_CHIPS,
            year=work.today.year,
            tabs=[
                {
                    "href": "/desk/campaigns" + ("" if key == "all" else f"?state={key}"),
                    "label": label.in_(request.locale),
                    "current": key == shelf,
                }
                for key, label, _these in SHELVES
            ],
        )


# --- The editor ---


@page("/desk/campaigns/new")
def begin(request: CityRequest) -> Response[Any]:
    """An empty campaign."""
    with request.work() as work:
        _enter(work, rights.PREPARE)
        return _editor(request, work, campaign_id=new_id(), version=0, values={})


@page("/desk/campaigns/{campaign_id:uuid}/edit")
def edit(request: CityRequest, campaign_id: FromPath[UUID]) -> Response[Any]:
    """A draft in the editor; any other campaign is looked at on its own page."""
    with request.work() as work:
        _enter(work, rights.PREPARE)
        campaign = _existing(work, campaign_id)
        if campaign.state is not CampaignState.DRAFT:
            return redirect(request, f"/desk/campaigns/{campaign_id}")
        return _editor(
            request,
            work,
            campaign_id=campaign_id,
            version=campaign.version,
            values=_values(campaign),
            stored=campaign,
        )


def _values(campaign: CampaignView) -> dict[str, Any]:
    """A stored campaign as the editor's values."""
    return {
        "title": campaign.title,
        "summary": campaign.summary,
        "body": campaign.body,
        "topic": campaign.topic or "",
        "plan_item": str(campaign.plan_item or ""),
        "territory": list(campaign.territory or ()),
        "with_place": "on" if campaign.with_place else "",
        "opens_on": campaign.opens_on.isoformat() if campaign.opens_on else "",
        "closes_on": campaign.closes_on.isoformat() if campaign.closes_on else "",
        "fields": [
            {
                "key": field.key,
                "kind": field.kind,
                "label": field.label,
                "hint": field.hint,
                "required": field.required,
                "options": "\n".join(field.options),
            }
            for field in shown.fields_of(campaign)
        ],
    }


def _typed(form: Form) -> dict[str, Any]:
    """The editor's values as they were typed, in order."""
    fields = []
    for n in range(MOST_FIELDS + 1):
        if form.raw(f"field-{n}-kind"):
            fields.append(
                {
                    "key": form.raw(f"field-{n}-key")[:40],
                    "kind": form.raw(f"field-{n}-kind"),
                    "label": form.raw(f"field-{n}-label"),
                    "hint": form.raw(f"field-{n}-hint"),
                    "required": form.flag(f"field-{n}-required"),
                    "options": form.raw(f"field-{n}-options"),
                }
            )
    return {
        **{
            name: form.raw(name)
            for name in (
                "title",
                "summary",
                "body",
                "topic",
                "plan_item",
                "with_place",
                "opens_on",
                "closes_on",
            )
        },
        "territory": list(form.many("territory")),
        "fields": fields,
    }


def _draft(form: Form, typed: Mapping[str, Any]) -> CampaignDraft:
    """What can be stored of it; complaints stay with the form."""
    fields: list[FormField] = []
    taken: set[str] = set()
    for n, field in enumerate(typed["fields"]):
        kind = field["kind"]
        if kind not in FIELD_LABELS:
            continue
        key = field["key"] if field["key"] and field["key"] not in taken else ""
        if not (key.isascii() and key.replace("_", "").isalnum()):
            # Numbered past every question, so that answers given before keep their question.
            key = next(f"q{i}" for i in range(1, 99) if f"q{i}" not in taken | _keys(typed))
        taken.add(key)
        fields.append(
            FormField(
                key=key,
                kind=kind,
                label=form.text(f"field-{n}-label", most=200, required=False)
                if f"field-{n}-label" in form.values
                else field["label"],
                hint=form.text(f"field-{n}-hint", most=300, required=False),
                required=bool(field["required"]),
                options=tuple(
                    dict.fromkeys(
                        line.strip()[:120] for line in field["options"].splitlines() if line.strip()
                    )
                )
                if kind == "choice"
                else (),
            )
        )
    plan_item = None
    if typed["plan_item"]:
        plan_item = form.id("plan_item")
    return CampaignDraft(
        title=form.text("title", most=LONGEST_TITLE, required=False),
        summary=form.text("summary", most=LONGEST_SUMMARY, required=False),
        body=form.text("body", most=LONGEST_BODY, required=False, lines=True),
        topic=typed["topic"] or None,
        plan_item=plan_item,
        territory=tuple(typed["territory"]),
        with_place=bool(typed["with_place"]),
        opens_on=_day(form, "opens_on"),
        closes_on=_day(form, "closes_on"),
        form=tuple(fields),
    )


def _keys(typed: Mapping[str, Any]) -> set[str]:
    return {field["key"] for field in typed["fields"]}


def _day(form: Form, name: str) -> date | None:
    day = form.day(name, required=False)
    if day is not None and day.year not in _YEARS:
        form.wrong(name, _FAR)
        return None
    return day


@action("/desk/campaigns/new")
def send_new(request: CityRequest, data: FormData) -> Response[Any]:
    """The form of a campaign that may not have been saved yet."""
    campaign_id = Form(data).id("campaign_id")
    if campaign_id is None:
        raise NotFound
    return _sent(request, data, campaign_id)


@action("/desk/campaigns/{campaign_id:uuid}/edit")
def send(request: CityRequest, campaign_id: FromPath[UUID], data: FormData) -> Response[Any]:
    """The form of a stored draft."""
    with request.work(person=False) as work:
        _enter(work, rights.PREPARE)
        _existing(work, campaign_id)
    return _sent(request, data, campaign_id)


def _sent(request: CityRequest, data: Mapping[str, Any], campaign_id: UUID) -> Response[Any]:
    """Do what the pressed button says. Whatever goes wrong, the form comes back as it was typed."""
    form = Form(data)
    typed = _typed(form)
    do = form.raw("do") or "save"
    raw = form.raw("version")
    version = int(raw) if raw.isascii() and raw.isdecimal() and len(raw) < 9 else 0
    if do != "save":
        with request.work() as work:
            _enter(work, rights.PREPARE)
            return _editor(
                request,
                work,
                campaign_id=campaign_id,
                version=version,
                values=_pressed(typed, do),
                stored=one.campaign_view(work.session, campaign_id),
            )
    try:
        with request.work(person=False) as work:
            _enter(work, rights.PREPARE)
            draft = _draft(form, typed)
            if not draft.title:
                form.wrong(
                    "title", Text(ru="Напишите тему обсуждения.", en="Write what it is about.")
                )
            form.check()
            campaigning.save_draft(
                work, draft=draft, campaign_id=campaign_id, version=version or None
            )
    except (Invalid, Conflict) as problem:
        with request.work() as work:
            _enter(work, rights.PREPARE)
            stored = one.campaign_view(work.session, campaign_id)
            return _editor(
                request,
                work,
                campaign_id=campaign_id,
                # Saving once more then replaces the other text knowingly.
                version=stored.version if stored else 0,
                values=typed,
                problem=problem,
                stored=stored,
            )
    return redirect(
        request, f"/desk/campaigns/{campaign_id}", flash=("good", _SAVED.in_(request.locale))
    )


def _pressed(typed: dict[str, Any], do: str) -> dict[str, Any]:
    """The form after one of its buttons: `add:<kind>`, `remove:<n>`, `up:<n>`."""
    verb, _, rest = do.partition(":")
    fields = list(typed["fields"])
    if verb == "add" and rest in FIELD_LABELS and len(fields) < MOST_FIELDS:
        fields.append(
            {"key": "", "kind": rest, "label": "", "hint": "", "required": False, "options": ""}
        )
    elif rest.isascii() and rest.isdecimal() and len(rest) < 3 and int(rest) < len(fields):
        n = int(rest)
        if verb == "remove":
            fields.pop(n)
        elif verb == "up" and n > 0:
            fields[n - 1], fields[n] = fields[n], fields[n - 1]
    return {**typed, "fields": fields}


def _editor(
    request: CityRequest,
    work: Work,
    *,
    campaign_id: UUID,
    version: int,
    values: Mapping[str, Any],
    problem: Problem | None = None,
    stored: CampaignView | None = None,
) -> Response[Any]:
    locale, profile = request.locale, work.tenant.profile
    typed = {"territory": [], "fields": [], **values}
    plan = _plan(work, typed)
    day = work.today
    if typed.get("opens_on"):
        try:
            day = date.fromisoformat(str(typed["opens_on"]))
        except ValueError:
            day = work.today
    listed = campaigning.topics(work, day)
    return render(
        request,
        "ideas/desk_campaign_edit.html",
        work=work,
        status=problem.status if problem is not None else 200,
        campaign_id=campaign_id,
        version=version,
        stored=stored,
        values=typed,
        errors=messages(problem, locale) if isinstance(problem, Invalid) else {},
        problem=problem if isinstance(problem, Conflict) else None,
        plan_reasons=reasons_data(plan, locale) if plan is not None else (),
        plan_allowed=plan.allowed if plan is not None else None,
        listed=[
            {
                "value": str(one_.id),
                "label": f"№ {one_.number}. {one_.title}" if one_.number else one_.title,
            }
            for one_ in listed
        ],
        topics=[{"value": one_.key, "label": one_.name.in_(locale)} for one_ in profile.topics],
        districts=[
            {"value": one_.key, "label": one_.name.in_(locale)} for one_ in profile.districts
        ],
        kinds=FIELD_LABELS,
        most_fields=MOST_FIELDS,
        today=work.today,
        limits={"title": LONGEST_TITLE, "summary": LONGEST_SUMMARY, "body": LONGEST_BODY},
    )


def _plan(work: Work, typed: Mapping[str, Any]) -> Any:
    """What the regulation says of the dates and the topic as they stand in the form."""
    try:
        first = date.fromisoformat(str(typed.get("opens_on") or ""))
        last = date.fromisoformat(str(typed.get("closes_on") or ""))
        item = UUID(str(typed["plan_item"])) if typed.get("plan_item") else None
    except ValueError:
        return None
    if last < first or first.year not in _YEARS or last.year not in _YEARS:
        return None
    return _asked(work, Period(first, last), item)


def _asked(work: Work, period: Period, item: UUID | None) -> Any:
    try:
        return campaigning.check_opening(
            work, opens_on=period.first, closes_on=period.last, plan_item=item
        )
    except RuleError:
        # The editor must stay usable while the regulation is being mended.
        return None


# --- One campaign ---


@page("/desk/campaigns/{campaign_id:uuid}")
def campaign(request: CityRequest, campaign_id: FromPath[UUID]) -> Response[Any]:
    """One campaign: where it stands, what the rules say, what may be done now."""
    return _page(request, campaign_id)


def _page(
    request: CityRequest,
    campaign_id: UUID,
    *,
    tried: str = "",
    values: Mapping[str, Any] | None = None,
    problem: Problem | None = None,
) -> Response[Any]:
    locale, profile = request.locale, request.tenant.profile
    with request.work() as work:
        held = _enter(work)
        found = _existing(work, campaign_id)
        plan = (
            _asked(work, Period(found.opens_on, found.closes_on), found.plan_item)
            if found.state in (CampaignState.DRAFT, CampaignState.SCHEDULED)
            and found.opens_on
            and found.closes_on
            else None
        )
        steps = shown.campaign_history(
            one.campaign_steps(work.session, campaign_id), everything=True
        )
        topic = profile.topic(found.topic) if found.topic else None
        return render(
            request,
            "ideas/desk_campaign.html",
            work=work,
            status=problem.status if problem is not None else 200,
            campaign=found,
            fields=shown.fields_of(found),
            kinds=FIELD_LABELS,
            held=held,
            offered=(offered := _offered(found, held)),
            acts=bool(offered - {"edit"}),
            label=shown.campaign_label(found.state),
            chip_kind=shown.CAMPAIGN_CHIPS[found.state],
            figures=queries.campaign_figures(work.session, campaign_id),
            steps=list(reversed(steps)),
            listed=campaigning.topic_of(work, found.plan_item),
            topic=topic,
            districts=[
                name.name.in_(locale)
                for key in found.territory or ()
                if (name := profile.district(key)) is not None
            ],
            plan_reasons=reasons_data(plan, locale) if plan is not None else (),
            plan_allowed=plan.allowed if plan is not None else None,
            owed=[
                one_
                for one_ in of_subject(work.session, f"campaign:{campaign_id}")
                if one_.state == "open"
            ],
            public=found.public,
            today=work.today,
            tried=tried,
            values=dict(values or {}),
            errors=messages(problem, locale) if isinstance(problem, Invalid) else {},
            problem=problem,
            refusal=reasons_data(problem.decision, locale) if isinstance(problem, Refused) else (),
            longest=LONGEST_ANSWER,
        )


def _offered(found: CampaignView, held: frozenset[str]) -> frozenset[str]:
    follows = CAMPAIGN_FOLLOWS[found.state]
    offered: set[str] = set()
    if rights.OPEN in held:
        for do, state in (
            ("schedule", CampaignState.SCHEDULED),
            ("return", CampaignState.DRAFT),
            ("open", CampaignState.OPEN),
            ("sum_up", CampaignState.SUMMED_UP),
            ("withdraw", CampaignState.WITHDRAWN),
        ):
            if state in follows:
                offered.add(do)
    if rights.PREPARE in held and found.state is CampaignState.DRAFT:
        offered.add("edit")
    return frozenset(offered)


@action("/desk/campaigns/{campaign_id:uuid}")
def act(request: CityRequest, campaign_id: FromPath[UUID], data: FormData) -> Response[Any]:
    """Take a step; what went wrong is said on the same page, with what was typed."""
    form = Form(data)
    do = form.raw("do")
    if do not in _DONE:
        raise NotFound
    try:
        with request.work(person=False) as work:
            _enter(work)
            _act(work, form, do, campaign_id)
    except (Invalid, Conflict, Refused) as problem:
        return _page(request, campaign_id, tried=do, values=form.values, problem=problem)
    return redirect(
        request,
        f"/desk/campaigns/{campaign_id}",
        flash=("good", _DONE[do].in_(request.locale)),
    )


def _act(work: Work, form: Form, do: str, campaign_id: UUID) -> None:
    note = form.text("note", most=2000, required=False, lines=True)
    outcome = form.text("outcome", most=50_000, required=False, lines=True)
    form.check()
    match do:
        case "schedule":
            campaigning.schedule(work, campaign_id=campaign_id)
        case "return":
            campaigning.return_to_draft(work, campaign_id=campaign_id, note=note)
        case "open":
            campaigning.open_now(work, campaign_id=campaign_id)
        case "sum_up":
            campaigning.sum_up(work, campaign_id=campaign_id, outcome=outcome)
        case "withdraw":
            campaigning.withdraw(work, campaign_id=campaign_id, note=note)


def _enter(work: Work, permission: str | None = None) -> frozenset[str]:
    """The rights of the one who opens these pages; NotFound in a city without campaigns."""
    held = rights.enter(work, (permission,) if permission else rights.CAMPAIGNS)
    if not work.tenant.profile.offers("discussions"):
        raise NotFound
    return held


def _existing(work: Work, campaign_id: UUID) -> CampaignView:
    found = one.campaign_view(work.session, campaign_id)
    if found is None:
        raise NotFound
    return found


DESK: Final = (
    DeskItem(
        path="/desk/campaigns",
        label=Text(ru="Обсуждения", en="Campaigns"),
        permission=rights.PREPARE,
        order=30,
        icon="comment",
        offer="discussions",
    ),
)
HANDLERS: Final[tuple[ControllerRouterHandler, ...]] = (
    Router("/", route_handlers=[campaigns, begin, send_new, edit, send, campaign, act]),
)
