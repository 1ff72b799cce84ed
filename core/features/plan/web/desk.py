"""The plan on the desk, a year at a time: gathering, review with what is missing, approval,
amendments, carrying out; and what the plan puts on the desk's first page."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from litestar import Response, Router
from litestar.params import FromPath

from core.feature import DeskItem, HomeSection
from core.features.plan import queries
from core.features.plan.domain import (
    AMENDMENT_STATES,
    ITEM_LABELS,
    KIND_LABELS,
    MISSING,
    YEAR_LABELS,
    AmendmentKind,
    AmendmentState,
    Content,
    ItemKind,
    ItemState,
    Progress,
    YearState,
    missing,
    money_text,
    year_subject,
)
from core.features.plan.queries import ItemView, YearView
from core.features.plan.service import amending, approval, cabinet, gathering, papers, steps
from core.features.plan.web import desk_item, forms, shown
from core.files import store
from core.identity import access
from core.kit.errors import Conflict, Invalid, NotFound, Problem
from core.kit.ids import new_id
from core.kit.text import Text
from core.rules import Refused
from core.rules.explain import reasons_data
from core.web.forms import Form, FormData, UploadData
from core.web.pages import messages, redirect, render
from core.web.request import CityRequest
from core.web.routes import action, page
from core.work import Work

DESK: Final = "desk.enter"
RIGHTS: Final = (steps.VIEW, steps.PROPOSE, steps.APPROVE, steps.IMPLEMENT, steps.CONTROL)

_STATE_CHIPS: Final = {
    ItemState.DRAFT: "plain",
    ItemState.PROPOSED: "warn",
    ItemState.ADMITTED: "good",
    ItemState.REFUSED: "bad",
    ItemState.APPROVED: "good",
    ItemState.WITHDRAWN: "plain",
}
_DONE: Final[Mapping[str, Text]] = {
    "begin": Text(ru="Собираем предложения.", en="Gathering has begun."),
    "review": Text(ru="Передано на рассмотрение.", en="Sent for review."),
    "return": Text(ru="Возвращено для доработки.", en="Returned for more work."),
    "admit": Text(ru="Темы допущены.", en="The topics are admitted."),
    "refuse": Text(ru="Темы не допущены, причина записана.", en="Not admitted; why is kept."),
    "approve": Text(ru="Перечень утверждён.", en="The list is approved."),
    "invite": Text(ru="Ссылка отправлена.", en="The link is sent."),
    "revoke": Text(ru="Ссылка отозвана.", en="The link is taken back."),
    "hide": Text(ru="Идею больше не предлагаем.", en="The idea is offered no more."),
}
_CHOOSE: Final = Text(ru="Отметьте хотя бы одну тему.", en="Tick at least one topic.")


def enter(request: CityRequest, work: Work, permission: str | None = None) -> frozenset[str]:
    """The rights of the one who opens a desk page of the plan; raises as `access.require` does."""
    if not request.tenant.profile.offers("plan"):
        raise NotFound
    access.require(work, DESK)
    held = frozenset(one for one in RIGHTS if access.may(work, one))
    if permission is not None:
        access.require(work, permission)
    elif not held:
        access.require(work, steps.VIEW)
    return held


@page("/desk/plan")
def home(request: CityRequest) -> Response[Any]:
    """The year that needs work now, or the beginning of the first."""
    with request.work() as work:
        held = enter(request, work)
        years = queries.years(work.session)
        if years:
            unfinished = [one for one in years if one.state is not YearState.APPROVED]
            this = [one for one in years if one.year == work.today.year]
            chosen = (unfinished[-1:] or this or [years[0]])[0]
            return redirect(request, f"/desk/plan/{chosen.year}")
        return render(
            request,
            "plan/desk_begin.html",
            work=work,
            held=held,
            offered=_beginnings(work, years),
            why=shown.why(work, work.today.year + 1, request.locale),
        )


def _beginnings(work: Work, years: tuple[YearView, ...]) -> list[int]:
    """The years for which a list can be begun next."""
    known = {one.year for one in years}
    return [year for year in (work.today.year, work.today.year + 1) if year not in known]


@action("/desk/plan")
def begin(request: CityRequest, data: FormData) -> Response[Any]:
    """Begin gathering for a year."""
    form = Form(data)
    year = form.whole("year", least=2000, most=2100)
    form.check()
    with request.work(person=False) as work:
        enter(request, work, steps.PROPOSE)
        gathering.begin_year(work, year=year)
    return redirect(
        request, f"/desk/plan/{year}", flash=("good", _DONE["begin"].in_(request.locale))
    )


@page("/desk/plan/{year:int}")
def board(request: CityRequest, year: FromPath[int]) -> Response[Any]:
    """The board of a year."""
    with request.work() as work:
        return _board(request, work, year, enter(request, work))


@action("/desk/plan/{year:int}")
def act(request: CityRequest, year: FromPath[int], data: UploadData) -> Response[Any]:
    """One of the board's buttons. A second click finds it done and is told the same."""
    form = Form(data)
    do = form.raw("do")
    try:
        with request.work(person=False) as work:
            enter(request, work)
            if queries.year_view(work.session, year) is None:
                raise NotFound
            _do(request, work, year, do, form)
    except (Invalid, Conflict, Refused) as problem:
        if problem.status == 403:
            raise
        with request.work() as work:
            held = enter(request, work)
            return _board(request, work, year, held, tried=do, problem=problem, form=form)
    anchor = "#links" if do in ("invite", "revoke") else ""
    return redirect(
        request, f"/desk/plan/{year}{anchor}", flash=("good", _DONE[do].in_(request.locale))
    )


def _do(request: CityRequest, work: Work, year: int, do: str, form: Form) -> None:
    match do:
        case "review":
            approval.send_to_review(work, year=year)
        case "return":
            note = form.text("note", most=1000, lines=True)
            form.check()
            approval.return_to_gathering(work, year=year, note=note)
        case "admit":
            approval.admit(work, year=year, items=_ticked(form))
        case "refuse":
            reason = form.text("reason", most=2000, required=False, lines=True)
            form.check()
            approval.refuse(work, year=year, items=_ticked(form), reason=reason)
        case "approve":
            _approve(work, year, form)
        case "invite":
            person = form.text("person", most=120, required=False)
            unit = form.choice("link_unit", [one.key for one in work.tenant.profile.units])
            form.check()
            assert unit is not None
            cabinet.invite(
                work,
                year=year,
                unit=unit,
                email=form.raw("email"),
                host=request.place.host,
                person=person,
            )
        case "revoke":
            cabinet.revoke(work, invitation_id=_id(form, "invitation"))
        case "hide":
            gathering.hide_candidate(work, idea_id=_id(form, "idea"))
        case _:
            raise NotFound


def _id(form: Form, name: str) -> UUID:
    found = form.id(name)
    if found is None:
        raise NotFound
    return found


def _ticked(form: Form) -> list[UUID]:
    found = []
    for raw in form.many("item"):
        try:
            found.append(UUID(raw))
        except ValueError:
            continue
    if not found:
        raise Invalid({"item": _CHOOSE})
    return found


def _approve(work: Work, year: int, form: Form) -> None:
    number = form.text("act_number", most=60, required=False)
    day = form.day("act_on", required=False)
    form.check()
    access.require(work, steps.APPROVE)
    files = []
    upload = form.file("act_file")
    if upload is not None:
        content = upload.file.read(approval.ACT_FILES.most_bytes + 1)
        try:
            accepted = store.accept(
                work, name=upload.filename, content=content, purpose=approval.ACT_FILES
            )
        except Invalid as problem:
            raise Invalid({"act_file": problem.fields["files"]}) from problem
        files.append(accepted.id)
    approval.approve_year(work, year=year, act_number=number, act_on=day, files=files)


def _board(
    request: CityRequest,
    work: Work,
    year: int,
    held: frozenset[str],
    *,
    tried: str = "",
    problem: Problem | None = None,
    form: Form | None = None,
) -> Response[Any]:
    locale = request.locale
    found = queries.year_view(work.session, year)
    if found is None:
        raise NotFound
    years = queries.years(work.session)
    checks = approval.checks(work, year)
    lacking = {
        item.id: [MISSING[key].in_(locale) for key in keys] for item, keys in checks.incomplete
    }
    approved = found.state is YearState.APPROVED
    progresses = queries.year_progress(work.session, year, work.today) if approved else {}
    held_there = queries.activities_of_year(work.session, year) if approved else {}
    reports = queries.reports_of_year(work.session, year) if approved else {}
    may_approve = None if approved else approval.may_approve(work, year)
    due = found.proposals_due if found.state is YearState.GATHERING else found.approval_due
    left, left_kind = ("", "") if approved else shown.left_words(due, work.today, locale)
    items = queries.items(work.session, year)
    return render(
        request,
        "plan/desk_board.html",
        work=work,
        status=problem.status if problem else 200,
        year=found,
        state_label=YEAR_LABELS[found.state].in_(locale),
        approved=approved,
        held=held,
        years=[
            {
                "href": f"/desk/plan/{one.year}",
                "label": str(one.year),
                "current": one.year == year,
            }
            for one in years
        ],
        beginnings=_beginnings(work, years),
        due=due,
        left=left,
        left_kind=left_kind,
        items=[
            _row(work, item, lacking.get(item.id, []), progresses, held_there, reports, locale)
            for item in items
            if item.state is not ItemState.DRAFT
        ],
        drafts=sum(1 for item in items if item.state is ItemState.DRAFT),
        undecided=len(checks.undecided),
        admitted=len(checks.admitted),
        incomplete=len(checks.incomplete),
        ready=checks.ready,
        ticked=set(form.many("item")) if form else set(),
        may_approve=may_approve,
        approval_reasons=reasons_data(may_approve, locale) if may_approve is not None else (),
        candidates=gathering.candidates(work) if not approved and steps.PROPOSE in held else (),
        invitations=[
            {
                "view": one,
                "unit": steps.unit_title(work, one.unit),
                "state": _invitation_state(one, work),
            }
            for one in queries.invitations(work.session, year)
        ]
        if steps.PROPOSE in held
        else [],
        amendments=queries.amendments(work.session, year) if approved else (),
        waiting=sum(
            1
            for one in (queries.amendments(work.session, year) if approved else ())
            if one.state is AmendmentState.PROPOSED
        ),
        whole=_sum(progresses),
        units=[
            {"value": one.key, "label": one.title.in_(locale)} for one in work.tenant.profile.units
        ],
        history=shown.history(queries.steps(work.session, year=year), locale),
        downloads=_downloads(year),
        files=[
            {
                "href": f"/plan/attachments/{file.id}/original",
                "name": file.name,
                "size": shown.size_text(file.size, locale),
            }
            for file in store.of_owner(work.session, f"plan_year:{year}")
        ],
        tried=tried,
        problem=problem,
        refusal=reasons_data(problem.decision, locale) if isinstance(problem, Refused) else (),
        errors=messages(problem, locale) if problem else {},
        typed=form.values if form else {},
        today=work.today,
        money=money_text,
        why=shown.why(work, year, locale),
    )


def _sum(progresses: Mapping[UUID, Progress]) -> Progress:
    whole = Progress()
    for one in progresses.values():
        whole += one
    return whole


def _invitation_state(one: queries.InvitationView, work: Work) -> str:
    if one.sent_at is not None:
        return "sent"
    if one.revoked_at is not None:
        return "revoked"
    if one.expires_at <= work.now:
        return "expired"
    return "opened" if one.opened_at is not None else "waiting"


def _downloads(year: int) -> list[dict[str, Any]]:
    base = "/desk/documents"
    return [
        {
            "label": label,
            "links": [
                {"href": f"{base}/{key}/{subject}.{ending}", "label": ending.upper()}
                for ending in ("docx", "pdf", "xlsx")
            ],
        }
        for label, key, subject in (
            (Text(ru="Весь год", en="Whole year"), "plan.appendix_1", year_subject(year)),
            *(
                (
                    Text(ru="{n} квартал", en="Quarter {n}").format(n=roman),
                    "plan.quarterly",
                    year_subject(year, number),
                )
                for number, roman in enumerate(("I", "II", "III", "IV"), 1)
            ),
        )
    ]


def _row(
    work: Work,
    item: ItemView,
    lacking: list[str],
    progresses: Mapping[UUID, Progress],
    held_there: Mapping[UUID, list[queries.ActivityView]],
    reports: Mapping[UUID, Any],
    locale: Any,
) -> dict[str, Any]:
    progress = progresses.get(item.id, Progress())
    mark = chip = ""
    if item.state is ItemState.APPROVED:
        key = shown.mark_of(
            progress,
            held_there.get(item.id, ()),
            item.content.period(item.year).last,
            work.today,
        )
        mark, chip = shown.MARKS[key].in_(locale), shown.MARK_CHIPS[key]
    return {
        "item": item,
        "kind": KIND_LABELS[item.kind].in_(locale),
        "period": papers.period_text(work, item.content, item.year),
        "unit": steps.unit_title(work, item.content.unit),
        "source": papers.source_text(work, item.content),
        "state": ITEM_LABELS[item.state].in_(locale),
        "chip": _STATE_CHIPS[item.state],
        "missing": lacking,
        "progress": progress,
        "mark": mark,
        "mark_chip": chip,
        "reported": reports.get(item.id) is not None,
        "invited": item.invitation_id is not None,
    }


# --- Proposals and amendments -----------------------------------------------------------------


@page("/desk/plan/{year:int}/new")
def new_item(request: CityRequest, year: FromPath[int]) -> Response[Any]:
    """An empty form, or one begun from a resident's idea. After the approval it is an amendment."""
    with request.work() as work:
        enter(request, work, steps.PROPOSE)
        content = Content(kind=ItemKind.POLL, title="")
        raw = request.query_params.get("idea")
        if raw:
            try:
                content = gathering.content_from_idea(work, UUID(raw))
            except ValueError as error:
                raise NotFound from error
        return _form(request, work, year, new_id(), forms.typed_of(content))


@action("/desk/plan/{year:int}/new")
def add_item(request: CityRequest, year: FromPath[int], data: FormData) -> Response[Any]:
    """Enter a proposal, or, once the list is approved, propose an amendment."""
    form = Form(data)
    item_id = _id(form, "item_id")
    try:
        with request.work(person=False) as work:
            enter(request, work, steps.PROPOSE)
            found = queries.year_view(work.session, year)
            if found is None:
                raise NotFound
            content = forms.read_content(form, work.tenant.profile)
            motivation = form.text("motivation", most=2000, required=False, lines=True)
            form.check()
            if found.state is YearState.APPROVED:
                amending.propose_amendment(
                    work,
                    amendment_id=item_id,
                    year=year,
                    kind=AmendmentKind.ADD,
                    content=content,
                    motivation=motivation,
                    unit=content.unit,
                )
                path, said = f"/desk/plan/{year}/amendments", _AMENDMENT_SENT
            else:
                gathering.propose(work, year=year, content=content, item_id=item_id)
                path, said = f"/desk/plan/items/{item_id}", _PROPOSED
    except (Invalid, Conflict, Refused) as problem:
        if problem.status == 403:
            raise
        with request.work() as work:
            enter(request, work, steps.PROPOSE)
            return _form(request, work, year, item_id, forms.shown_again(form), problem=problem)
    return redirect(request, path, flash=("good", said.in_(request.locale)))


_PROPOSED = Text(ru="Предложение внесено.", en="The proposal is entered.")
_AMENDMENT_SENT = Text(ru="Изменение предложено.", en="The amendment is proposed.")


def _form(
    request: CityRequest,
    work: Work,
    year: int,
    item_id: UUID,
    typed: dict[str, Any],
    *,
    problem: Problem | None = None,
) -> Response[Any]:
    found = queries.year_view(work.session, year)
    if found is None:
        raise NotFound
    return desk_item.topic_form(
        request,
        work,
        year=found,
        path=f"/desk/plan/{year}/new",
        back=f"/desk/plan/{year}",
        item_id=item_id,
        version=0,
        typed=typed,
        amendment=AmendmentKind.ADD if found.state is YearState.APPROVED else None,
        problem=problem,
    )


@page("/desk/plan/{year:int}/amendments")
def amendments(request: CityRequest, year: FromPath[int]) -> Response[Any]:
    """Amendments of a year: those that wait, and the history of those decided."""
    with request.work() as work:
        return _amendments(request, work, year, enter(request, work))


@action("/desk/plan/{year:int}/amendments")
def decide(request: CityRequest, year: FromPath[int], data: FormData) -> Response[Any]:
    """Make an amendment, or decline it with a word why."""
    form = Form(data)
    amendment_id = _id(form, "amendment")
    try:
        with request.work(person=False) as work:
            enter(request, work, steps.APPROVE)
            known = queries.amendment_view(work.session, amendment_id)
            if known is None or known.year != year:
                raise NotFound
            note = form.text("note", most=2000, required=False, lines=True)
            number = form.text("act_number", most=60, required=False)
            day = form.day("act_on", required=False)
            form.check()
            accept = form.raw("do") == "accept"
            amending.decide(
                work,
                amendment_id=amendment_id,
                accept=accept,
                note=note,
                act_number=number,
                act_on=day,
            )
    except (Invalid, Conflict, Refused) as problem:
        if problem.status == 403:
            raise
        with request.work() as work:
            held = enter(request, work)
            return _amendments(
                request, work, year, held, tried=amendment_id, problem=problem, form=form
            )
    said = _ACCEPTED if accept else _DECLINED
    return redirect(
        request, f"/desk/plan/{year}/amendments", flash=("good", said.in_(request.locale))
    )


_ACCEPTED = Text(ru="Перечень изменён.", en="The list is amended.")
_DECLINED = Text(ru="Изменение отклонено.", en="The amendment is declined.")


def _amendments(
    request: CityRequest,
    work: Work,
    year: int,
    held: frozenset[str],
    *,
    tried: UUID | None = None,
    problem: Problem | None = None,
    form: Form | None = None,
) -> Response[Any]:
    locale = request.locale
    found = queries.year_view(work.session, year)
    if found is None:
        raise NotFound
    items = {one.id: one for one in queries.items(work.session, year)}

    def line(one: queries.AmendmentView) -> dict[str, Any]:
        item = items.get(one.item_id) if one.item_id is not None else None
        return {
            "view": one,
            "kind": shown.AMENDMENT_KINDS[one.kind].in_(locale),
            "state": AMENDMENT_STATES[one.state].in_(locale),
            "chip": {"proposed": "warn", "approved": "good", "refused": "bad"}[one.state],
            "item": item,
            "title": one.content.title if one.content else (item.title if item else ""),
            "unit": steps.unit_title(work, one.unit),
            "rows": shown.content_rows(work, one.content, year, locale) if one.content else [],
            "differs": shown.differing(work, item.content, one.content, year, locale)
            if item is not None and one.content is not None and one.state is AmendmentState.PROPOSED
            else [],
        }

    every = [line(one) for one in queries.amendments(work.session, year)]
    return render(
        request,
        "plan/desk_amendments.html",
        work=work,
        status=problem.status if problem else 200,
        year=found,
        held=held,
        waiting=[one for one in every if one["view"].state is AmendmentState.PROPOSED],
        decided=[one for one in every if one["view"].state is not AmendmentState.PROPOSED],
        missing=lambda content: [MISSING[key].in_(locale) for key in missing(content)],
        tried=tried,
        problem=problem,
        refusal=reasons_data(problem.decision, locale) if isinstance(problem, Refused) else (),
        errors=messages(problem, locale) if problem else {},
        typed=form.values if form else {},
        why=shown.why(work, year, locale)[-1:],
    )


# --- The first page of the desk -------------------------------------------------------------------


def on_overview(work: Work) -> dict[str, object] | None:
    """What the plan asks of the one who opens the desk."""
    if not work.tenant.profile.offers("plan"):
        return None
    held = {one for one in RIGHTS if access.may(work, one)}
    if not held:
        return None
    locale = work.tenant.locale
    waiting: list[dict[str, object]] = []
    for year in queries.years(work.session)[:3]:
        if year.state is YearState.APPROVED:
            continue
        gathers = year.state is YearState.GATHERING
        due = year.proposals_due if gathers else year.approval_due
        left, kind = shown.left_words(due, work.today, locale)
        counts = queries.state_counts(work.session, year.year)
        waiting.append(
            {
                "year": year.year,
                "gathers": gathers,
                "due": due,
                "left": left,
                "kind": kind,
                "topics": counts.get(ItemState.PROPOSED, 0) + counts.get(ItemState.ADMITTED, 0),
                "undecided": counts.get(ItemState.PROPOSED, 0),
            }
        )
    late = queries.late_measures(work.session, work.today, most=5)
    amendments_waiting = queries.waiting_amendments(work.session) if steps.APPROVE in held else 0
    if not waiting and not late and not amendments_waiting:
        return None
    return {
        "plan_years": waiting,
        "plan_late": late,
        "plan_late_count": queries.count_late(work.session, work.today),
        "plan_amendments": amendments_waiting,
        "plan_year_now": work.today.year,
        "today": work.today,
    }


def waiting_count(work: Work) -> int:
    """The number beside «План» in the menu: what waits for a decision of this person."""
    if not work.tenant.profile.offers("plan"):
        return 0
    number = 0
    if access.may(work, steps.APPROVE):
        number += queries.waiting_amendments(work.session)
        number += queries.undecided_in_review(work.session)
    if access.may(work, steps.IMPLEMENT):
        number += queries.count_late(work.session, work.today)
    return number


MENU: Final = (
    DeskItem(
        path="/desk/plan",
        label=Text(ru="План тематик", en="Topic plan"),
        permission=steps.VIEW,
        order=20,
        icon="plan",
        count=waiting_count,
    ),
)
OVERVIEW: Final = (HomeSection(order=30, template="plan/overview.html", context=on_overview),)

HANDLERS: Final = (
    Router(
        "/",
        route_handlers=[
            home,
            begin,
            board,
            act,
            new_item,
            add_item,
            amendments,
            decide,
            *desk_item.HANDLERS,
        ],
    ),
)
