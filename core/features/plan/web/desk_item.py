"""One topic on the desk: its form before the approval, its measures and its report afterwards."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from litestar import Response
from litestar.datastructures import UploadFile
from litestar.params import FromPath

from core.deadlines.obligations import of_subject
from core.features.plan import queries
from core.features.plan.domain import (
    ITEM_LABELS,
    KIND_LABELS,
    MEASURE_LABELS,
    MISSING,
    AmendmentKind,
    ItemState,
    MeasureState,
    Report,
    missing,
    money_text,
    money_typed,
    progress,
)
from core.features.plan.queries import ItemView, MeasureView, YearView
from core.features.plan.service import amending, gathering, implementing, papers, steps
from core.features.plan.web import forms, shown
from core.files import store
from core.identity import access
from core.kit.errors import Conflict, Invalid, NotFound, Problem
from core.kit.ids import new_id
from core.kit.text import Text
from core.rules import Refused
from core.rules.explain import reasons_data
from core.web.files import file_response
from core.web.forms import Form, FormData, UploadData
from core.web.pages import messages, redirect, render
from core.web.request import CityRequest
from core.web.routes import action, page
from core.work import Work

_DESK: Final = "desk.enter"
_RIGHTS: Final = (steps.VIEW, steps.PROPOSE, steps.APPROVE, steps.IMPLEMENT, steps.CONTROL)
_EDITABLE: Final = frozenset({ItemState.PROPOSED, ItemState.ADMITTED, ItemState.REFUSED})

_SAVED = Text(ru="Сохранено.", en="Saved.")
_WITHDRAWN = Text(ru="Предложение отозвано.", en="The proposal is withdrawn.")
_AMENDED = Text(ru="Изменение предложено.", en="The amendment is proposed.")
_REMOVED = Text(ru="Мероприятие убрано.", en="The measure is removed.")
_SENT = Text(ru="Отчёт отправлен.", en="The report is sent.")


def _enter(request: CityRequest, work: Work, permission: str | None = None) -> frozenset[str]:
    if not request.tenant.profile.offers("plan"):
        raise NotFound
    access.require(work, _DESK)
    held = frozenset(one for one in _RIGHTS if access.may(work, one))
    if permission is not None:
        access.require(work, permission)
    elif not held:
        access.require(work, steps.VIEW)
    return held


def _item(work: Work, item_id: UUID) -> ItemView:
    item = queries.item_view(work.session, item_id)
    if item is None or item.state is ItemState.DRAFT:
        raise NotFound
    return item


def _year(work: Work, year: int) -> YearView:
    found = queries.year_view(work.session, year)
    assert found is not None
    return found


def _version(form: Form) -> int:
    raw = form.raw("version")
    return int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 9 else 0


def topic_form(
    request: CityRequest,
    work: Work,
    *,
    year: YearView,
    path: str,
    back: str,
    item_id: UUID,
    version: int,
    typed: dict[str, Any],
    amendment: AmendmentKind | None = None,
    problem: Problem | None = None,
) -> Response[Any]:
    """The form of a topic on the desk."""
    locale = request.locale
    idea = None
    if typed.get("idea_id"):
        try:
            idea = gathering.find_idea(work, UUID(str(typed["idea_id"])))
        except ValueError:
            idea = None
    return render(
        request,
        "plan/desk_form.html",
        work=work,
        status=problem.status if problem else 200,
        year=year,
        path=path,
        back=back,
        item_id=item_id,
        version=version,
        typed=typed,
        idea=idea,
        questions=forms.questions_shown(typed),
        limits=forms.LIMITS,
        amendment=amendment,
        problem=problem,
        refusal=reasons_data(problem.decision, locale) if isinstance(problem, Refused) else (),
        errors=messages(problem, locale) if problem else {},
        fixed_unit=False,
        **shown.choices(work, locale),
    )


@page("/desk/plan/items/{item_id:uuid}")
def look(request: CityRequest, item_id: FromPath[UUID]) -> Response[Any]:
    """A topic: what it says, where it stands, what was held, what is being done."""
    with request.work() as work:
        held = _enter(request, work)
        return _show(request, work, _item(work, item_id), held)


@action("/desk/plan/items/{item_id:uuid}")
def act(request: CityRequest, item_id: FromPath[UUID], data: FormData) -> Response[Any]:
    """Withdraw a proposal, propose to take a topic off the list, or set the period."""
    form = Form(data)
    try:
        with request.work(person=False) as work:
            _enter(request, work)
            item = _item(work, item_id)
            said = _act(work, item, form)
    except (Invalid, Conflict, Refused) as problem:
        if problem.status == 403:
            raise
        with request.work() as work:
            held = _enter(request, work)
            return _show(request, work, _item(work, item_id), held, problem=problem, form=form)
    return redirect(
        request, f"/desk/plan/items/{item_id}", flash=("good", said.in_(request.locale))
    )


def _act(work: Work, item: ItemView, form: Form) -> Text:
    match form.raw("do"):
        case "withdraw":
            note = form.text("note", most=1000, required=False, lines=True)
            form.check()
            gathering.withdraw(work, item_id=item.id, note=note)
            return _WITHDRAWN
        case "remove":
            note = form.text("motivation", most=2000, required=False, lines=True)
            amendment_id = form.id("amendment_id")
            form.check()
            assert amendment_id is not None
            amending.propose_amendment(
                work,
                amendment_id=amendment_id,
                year=item.year,
                kind=AmendmentKind.REMOVE,
                item_id=item.id,
                motivation=note,
                unit=item.content.unit,
            )
            return _AMENDED
        case "period":
            first = form.day("implement_from", required=False)
            last = form.day("implement_until", required=False)
            form.check()
            implementing.set_period(
                work, item_id=item.id, version=_version(form), first=first, last=last
            )
            return _SAVED
        case _:
            raise NotFound


def _show(
    request: CityRequest,
    work: Work,
    item: ItemView,
    held: frozenset[str],
    *,
    problem: Problem | None = None,
    form: Form | None = None,
) -> Response[Any]:
    locale = request.locale
    content = item.content
    measures = queries.measures(work.session, item.id)
    report = queries.report(work.session, item.id)
    approved = item.state is ItemState.APPROVED
    lines = shown.measure_lines(work, measures, locale)
    return render(
        request,
        "plan/desk_item.html",
        work=work,
        status=problem.status if problem else 200,
        item=item,
        year=_year(work, item.year),
        held=held,
        approved=approved,
        editable=item.state in _EDITABLE and steps.PROPOSE in held,
        kind=KIND_LABELS[item.kind].in_(locale),
        state=ITEM_LABELS[item.state].in_(locale),
        period=papers.period_text(work, content, item.year),
        rows=shown.content_rows(work, content, item.year, locale),
        phone=content.phone,
        idea=gathering.find_idea(work, content.idea_id) if content.idea_id else None,
        missing=[MISSING[key].in_(locale) for key in missing(content)],
        passport=content.passport,
        held_there=[
            shown.activity_line(one, locale, work)
            for one in queries.activities(work.session, item.id)
        ],
        lines=lines,
        progress=progress([one.measured for one in measures], work.today),
        report=report,
        obligations=[
            one
            for subject in (
                f"plan_item:{item.id}",
                *(f"measure:{one.id}" for one in measures),
            )
            for one in of_subject(work.session, subject)
            if subject.startswith("plan_item:")
        ],
        amendments=[
            {
                "view": one,
                "kind": shown.AMENDMENT_KINDS[one.kind].in_(locale),
            }
            for one in queries.amendments(work.session, item.year)
            if one.item_id == item.id
        ],
        amendment_id=new_id(),
        new_measure=implementing.new_measure_id(),
        history=shown.history(queries.steps(work.session, item_id=item.id), locale),
        tried=form.raw("do") if form else "",
        typed=form.values if form else {},
        problem=problem,
        refusal=reasons_data(problem.decision, locale) if isinstance(problem, Refused) else (),
        errors=messages(problem, locale) if problem else {},
        money=money_text,
        size=lambda size: shown.size_text(size, locale),
        today=work.today,
        documents=_documents(item, report is not None),
    )


def _documents(item: ItemView, reported: bool) -> list[dict[str, str]]:
    base = "/desk/documents"
    found = [
        {"href": f"{base}/plan.passport/{item.id}.{ending}", "label": ending.upper()}
        for ending in ("docx", "pdf")
    ]
    return found if item.state is not ItemState.DRAFT or reported else []


@page("/desk/plan/items/{item_id:uuid}/edit")
def edit(request: CityRequest, item_id: FromPath[UUID]) -> Response[Any]:
    """A proposal in the form; a topic on the approved list is changed by an amendment."""
    with request.work() as work:
        _enter(request, work, steps.PROPOSE)
        item = _item(work, item_id)
        return _edit(request, work, item, forms.typed_of(item.content), item.version)


def _edit(
    request: CityRequest,
    work: Work,
    item: ItemView,
    typed: dict[str, Any],
    version: int,
    problem: Problem | None = None,
    amendment_id: UUID | None = None,
) -> Response[Any]:
    listed = item.state is ItemState.APPROVED
    return topic_form(
        request,
        work,
        year=_year(work, item.year),
        path=f"/desk/plan/items/{item.id}/edit",
        back=f"/desk/plan/items/{item.id}",
        item_id=(amendment_id or new_id()) if listed else item.id,
        version=version,
        typed=typed,
        amendment=AmendmentKind.CHANGE if listed else None,
        problem=problem,
    )


@action("/desk/plan/items/{item_id:uuid}/edit")
def save(request: CityRequest, item_id: FromPath[UUID], data: FormData) -> Response[Any]:
    """Keep a corrected proposal, or propose to change what the approved list says."""
    form = Form(data)
    sent_id = form.id("item_id")
    try:
        with request.work(person=False) as work:
            _enter(request, work, steps.PROPOSE)
            item = _item(work, item_id)
            content = forms.read_content(form, work.tenant.profile)
            motivation = form.text("motivation", most=2000, required=False, lines=True)
            form.check()
            if item.state is ItemState.APPROVED:
                assert sent_id is not None
                amending.propose_amendment(
                    work,
                    amendment_id=sent_id,
                    year=item.year,
                    kind=AmendmentKind.CHANGE,
                    item_id=item.id,
                    content=content,
                    motivation=motivation,
                    unit=content.unit,
                )
                said = _AMENDED
            else:
                gathering.correct(work, item_id=item_id, version=_version(form), content=content)
                said = _SAVED
    except (Invalid, Conflict, Refused) as problem:
        if problem.status == 403:
            raise
        with request.work() as work:
            _enter(request, work, steps.PROPOSE)
            item = _item(work, item_id)
            # What was typed replaces the other text knowingly when it is sent once more.
            version = item.version if isinstance(problem, steps.Stale) else _version(form)
            return _edit(request, work, item, forms.shown_again(form), version, problem, sent_id)
    return redirect(
        request, f"/desk/plan/items/{item_id}", flash=("good", said.in_(request.locale))
    )


# --- Measures ------------------------------------------------------------------------------------


@page("/desk/plan/items/{item_id:uuid}/measures/{measure_id:uuid}")
def measure(
    request: CityRequest, item_id: FromPath[UUID], measure_id: FromPath[UUID]
) -> Response[Any]:
    """A measure: what is planned, and what became of it. An unknown id is a new one's."""
    with request.work() as work:
        _enter(request, work, steps.IMPLEMENT)
        item = _item(work, item_id)
        found = queries.measure_view(work.session, measure_id)
        if found is not None and found.item_id != item_id:
            raise NotFound
        return _measure(request, work, item, measure_id, found)


def _measure(
    request: CityRequest,
    work: Work,
    item: ItemView,
    measure_id: UUID,
    found: MeasureView | None,
    *,
    problem: Problem | None = None,
    form: Form | None = None,
) -> Response[Any]:
    locale = request.locale
    if found is not None:
        typed: dict[str, Any] = {
            "title": found.title,
            "due_on": found.due_on.isoformat(),
            "unit": found.unit,
            "responsible_post": found.responsible_post,
            "responsible": found.responsible,
            "planned": money_typed(found.planned),
            "funds": found.funds,
            "ideas": [str(one) for one in found.idea_ids],
            "state": found.state.value,
            "done_on": found.done_on.isoformat() if found.done_on else "",
            "spent": money_typed(found.spent),
            "result": found.result,
            "links": "\n".join(found.links),
        }
    else:
        typed = {
            "unit": item.content.unit,
            "responsible_post": item.content.responsible_post,
            "responsible": item.content.responsible,
            "ideas": [str(item.content.idea_id)] if item.content.idea_id else [],
        }
    tried = form.raw("do") if form is not None else ""
    if form is not None:
        typed = {**typed, **form.values}
        if tried == "plan":
            typed["ideas"] = list(form.many("ideas"))
    return render(
        request,
        "plan/desk_measure.html",
        work=work,
        status=problem.status if problem else 200,
        item=item,
        measure_id=measure_id,
        found=found,
        version=found.version if found is not None else 0,
        typed=typed,
        tried=tried,
        ideas=_ideas(work, item, typed.get("ideas", ())),
        states=[
            {"value": one.value, "label": MEASURE_LABELS[one].in_(locale)} for one in MeasureState
        ],
        line=shown.measure_lines(work, [found], locale)[0] if found is not None else None,
        size=lambda size: shown.size_text(size, locale),
        today=work.today,
        problem=problem,
        errors=messages(problem, locale) if problem else {},
        units=[
            {"value": one.key, "label": one.title.in_(locale)} for one in work.tenant.profile.units
        ],
        posts=shown.post_choices(work),
    )


def _ideas(work: Work, item: ItemView, chosen: Sequence[str]) -> list[dict[str, str]]:
    """Residents' ideas that a measure may carry out: the topic's own, those chosen, those taken
    up lately."""
    keys: list[UUID] = [item.content.idea_id] if item.content.idea_id else []
    for raw in chosen:
        try:
            keys.append(UUID(str(raw)))
        except ValueError:
            continue
    keys += [one.idea_id for one in gathering.candidates(work)]
    found = []
    for key in dict.fromkeys(keys):
        link = gathering.find_idea(work, key)
        if link is not None:
            found.append({"value": str(key), "label": link.title, "hint": link.note})
    return found[:20]


@action("/desk/plan/items/{item_id:uuid}/measures/{measure_id:uuid}")
def keep_measure(
    request: CityRequest,
    item_id: FromPath[UUID],
    measure_id: FromPath[UUID],
    data: UploadData,
) -> Response[Any]:
    """Plan a measure, say what became of it, or take it back."""
    form = Form(data)
    said = _SAVED
    try:
        with request.work(person=False) as work:
            _enter(request, work, steps.IMPLEMENT)
            _item(work, item_id)
            known = queries.measure_view(work.session, measure_id)
            if known is not None and known.item_id != item_id:
                raise NotFound
            match form.raw("do"):
                case "plan":
                    _plan(work, item_id, measure_id, form)
                case "mark":
                    _mark(work, measure_id, form)
                case "remove":
                    note = form.text("note", most=1000, required=False, lines=True)
                    form.check()
                    implementing.remove_measure(work, measure_id=measure_id, note=note)
                    said = _REMOVED
                case "drop_file":
                    file_id = form.id("file")
                    form.check()
                    assert file_id is not None
                    store.detach(work, file_id, owner=f"measure:{measure_id}")
                case _:
                    raise NotFound
    except (Invalid, Conflict, Refused) as problem:
        if problem.status == 403:
            raise
        with request.work() as work:
            _enter(request, work, steps.IMPLEMENT)
            return _measure(
                request,
                work,
                _item(work, item_id),
                measure_id,
                queries.measure_view(work.session, measure_id),
                problem=problem,
                form=form,
            )
    return redirect(
        request, f"/desk/plan/items/{item_id}#plan", flash=("good", said.in_(request.locale))
    )


def _plan(work: Work, item_id: UUID, measure_id: UUID, form: Form) -> None:
    due = form.day("due_on")
    draft_title = form.text("title", most=300, lines=False)
    unit = form.choice("unit", [one.key for one in work.tenant.profile.units], required=False)
    planned = forms.money(form, "planned")
    funds = form.text("funds", most=300, required=False)
    post = form.text("responsible_post", most=60, required=False)
    person = form.text("responsible", most=120, required=False)
    ideas = []
    for raw in form.many("ideas"):
        try:
            ideas.append(UUID(raw))
        except ValueError:
            continue
    form.check()
    assert due is not None
    implementing.save_measure(
        work,
        item_id=item_id,
        measure_id=measure_id,
        version=_version(form) or None,
        draft=implementing.MeasureDraft(
            title=draft_title,
            due_on=due,
            unit=unit or "",
            responsible_post=post,
            responsible=person,
            planned=planned,
            funds=funds,
            idea_ids=tuple(dict.fromkeys(ideas)),
        ),
    )


def _uploads(form: Form) -> list[UploadFile]:
    """The files that came with the form."""
    sent = form.values.get("files", [])
    return [
        one
        for one in (sent if isinstance(sent, list) else [sent])
        if isinstance(one, UploadFile) and one.filename
    ]


def _mark(work: Work, measure_id: UUID, form: Form) -> None:
    state = form.choice("state", [one.value for one in MeasureState])
    done_on = form.day("done_on", required=False)
    spent = forms.money(form, "spent")
    result = form.text("result", most=2000, required=False, lines=True)
    links = [
        one.strip()[:500]
        for one in form.text("links", most=4000, required=False, lines=True).split("\n")
        if one.strip()
    ]
    form.check()
    files = []
    for upload in _uploads(form):
        content = upload.file.read(implementing.MEASURE_FILES.most_bytes + 1)
        files.append(
            store.accept(
                work,
                name=upload.filename,
                content=content,
                purpose=implementing.MEASURE_FILES,
            ).id
        )
    implementing.mark(
        work,
        measure_id=measure_id,
        version=_version(form),
        outcome=implementing.Outcome(
            state=MeasureState(state or MeasureState.PLANNED),
            done_on=done_on,
            spent=spent,
            result=result,
            links=tuple(links[: implementing.MOST_LINKS]),
        ),
        files=files,
    )


@page("/desk/plan/attachments/{file_id:uuid}/{variant:str}")
def attachment(
    request: CityRequest, file_id: FromPath[UUID], variant: FromPath[str]
) -> Response[Any]:
    """A file of the plan in any state, for staff."""
    variants: dict[str, store.Variant] = {
        "original": "original",
        "large": "large",
        "thumb": "thumb",
    }
    with request.work(person=False) as work:
        _enter(request, work)
        owner = store.owner_of(work.session, file_id) or ""
        if variant not in variants or not owner.startswith(("plan_year:", "measure:")):
            raise NotFound
        found = store.content(work.session, file_id, variant=variants[variant])
    if found is None:
        raise NotFound
    return file_response(request, found, public=False)


# --- The report ----------------------------------------------------------------------------------


@page("/desk/plan/items/{item_id:uuid}/report")
def report(request: CityRequest, item_id: FromPath[UUID]) -> Response[Any]:
    """The report on a topic: filled in by itself as far as it is known."""
    with request.work() as work:
        _enter(request, work, steps.IMPLEMENT)
        return _report(request, work, _item(work, item_id))


def _report(
    request: CityRequest,
    work: Work,
    item: ItemView,
    *,
    problem: Problem | None = None,
    form: Form | None = None,
) -> Response[Any]:
    locale = request.locale
    kept = queries.report(work.session, item.id)
    content = kept.content if kept is not None else Report()
    if not content.signer_name:
        post, name = papers.signer(work)
        content = Report(
            decision=content.decision
            or "; ".join(
                one.decision for one in queries.activities(work.session, item.id) if one.decision
            ),
            note=content.note,
            signer_post=content.signer_post or post,
            signer_name=name,
        )
    typed: dict[str, Any] = {
        "decision": content.decision,
        "note": content.note,
        "signer_post": content.signer_post,
        "signer_name": content.signer_name,
    }
    if form is not None:
        typed = {**typed, **form.values}
    sent = kept is not None and kept.sent_at is not None
    measures = queries.measures(work.session, item.id)
    left, left_kind = shown.left_words(
        kept.due_on if kept is not None and not sent else None, work.today, locale
    )
    obligation = next(iter(of_subject(work.session, f"plan_item:{item.id}")), None)
    return render(
        request,
        "plan/desk_report.html",
        work=work,
        status=problem.status if problem else 200,
        item=item,
        kept=kept,
        sent=sent,
        version=kept.version if kept is not None else 0,
        typed=typed,
        data=papers.report_data(work, item.id),
        unfinished=[one for one in measures if one.state.value in ("planned", "in_work")],
        left=left,
        left_kind=left_kind,
        obligation=obligation,
        problem=problem,
        errors=messages(problem, locale) if problem else {},
        documents=[
            {
                "href": f"/desk/documents/plan.appendix_2/{item.id}.{ending}",
                "label": ending.upper(),
            }
            for ending in ("docx", "pdf", "xlsx")
        ],
    )


@action("/desk/plan/items/{item_id:uuid}/report")
def keep_report(request: CityRequest, item_id: FromPath[UUID], data: FormData) -> Response[Any]:
    """Keep the report, or send it."""
    form = Form(data)
    send = form.raw("do") == "send"
    try:
        with request.work(person=False) as work:
            _enter(request, work, steps.IMPLEMENT)
            item = _item(work, item_id)
            written = Report(
                decision=form.text("decision", most=4000, required=False, lines=True),
                note=form.text("note", most=2000, required=False, lines=True),
                signer_post=form.text("signer_post", most=300, required=False),
                signer_name=form.text("signer_name", most=120, required=False),
            )
            form.check()
            version = _version(form) or None
            if send:
                implementing.send_report(
                    work,
                    item_id=item_id,
                    version=version,
                    report=written,
                    document=papers.report_now(work, item, written),
                )
            else:
                implementing.save_report(work, item_id=item_id, version=version, report=written)
    except (Invalid, Conflict, Refused) as problem:
        if problem.status == 403:
            raise
        with request.work() as work:
            _enter(request, work, steps.IMPLEMENT)
            return _report(request, work, _item(work, item_id), problem=problem, form=form)
    return redirect(
        request,
        f"/desk/plan/items/{item_id}/report",
        flash=("good", (_SENT if send else _SAVED).in_(request.locale)),
    )


HANDLERS: Final = (
    look,
    act,
    edit,
    save,
    measure,
    keep_measure,
    attachment,
    report,
    keep_report,
)
