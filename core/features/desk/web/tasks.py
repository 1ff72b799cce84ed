"""Tasks: lists of what is owed, one of them with its history, and what may be done with it; the
board of those who control."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

import msgspec
from litestar import Response
from litestar.params import FromPath

from core.deadlines import register
from core.deadlines.register import EVERYBODY, ObligationView, State, Whose
from core.features.desk import queries, service
from core.features.desk.web.lines import line, lines
from core.features.desk.web.overview import ENTER
from core.identity import access
from core.kit.errors import Conflict, Invalid, NotFound, Problem
from core.kit.text import Text
from core.web.forms import Form, FormData
from core.web.pages import messages, redirect, render
from core.web.request import CityRequest
from core.web.routes import action, page
from core.work import Work

_LONGEST_NOTE: Final = 1000
_LONGEST_PLACE: Final = 100

SHELVES: Final[Sequence[tuple[str, Text]]] = (
    ("open", Text(ru="Открытые", en="Open")),
    ("late", Text(ru="Просроченные", en="Overdue")),
    ("done", Text(ru="Сделанные", en="Done")),
    ("cancelled", Text(ru="Снятые", en="Cancelled")),
)


@page("/desk/tasks")
def tasks(request: CityRequest) -> Response[Any]:
    """What is owed: by this person, by their unit, by everybody."""
    locale = request.locale
    asked = request.query_params
    shelf = asked.get("state", "open")
    if shelf not in dict(SHELVES):
        raise NotFound
    with request.work() as work:
        access.require(work, ENTER)
        unit = queries.unit_of(work)
        views = _views(work, unit)
        view = asked.get("whose", "mine")
        if view not in views:
            if view == "all":
                access.require(work, queries.VIEW)
            raise NotFound
        whose = views[view][1]
        present = {
            key: kind
            for key, kind in queries.kinds().items()
            if key in set(register.kinds_present(work.session))
        }
        kind = asked.get("kind") or None
        if kind is not None and kind not in queries.kinds():
            raise NotFound
        kept = {"whose": view, "state": shelf, "kind": kind}
        found = _found(work, whose, shelf, kind, asked.get("after"))
        return render(
            request,
            "desk/tasks.html",
            work=work,
            lines=lines(work, found.obligations),
            view=view,
            shelf=shelf,
            today=work.today,
            counts=register.counts(work.session, whose, today=work.today),
            first=_address(kept) if asked.get("after") else None,
            next=_address({**kept, "after": found.after}) if found.after else None,
            tabs=[
                {
                    "href": _address({"whose": key}),
                    "label": label.in_(locale),
                    "current": key == view,
                    "count": register.counts(work.session, one, today=work.today).open or None,
                }
                for key, (label, one) in views.items()
            ],
            shelves=[
                {
                    "href": _address({**kept, "state": key}),
                    "label": label.in_(locale),
                    "current": key == shelf,
                }
                for key, label in SHELVES
            ],
            kinds=[
                {
                    "href": _address({**kept, "kind": key}),
                    "label": label.in_(locale),
                    "current": key == kind,
                }
                for key, label in [
                    (None, _ALL_KINDS),
                    *((k, one.label) for k, one in present.items()),
                ]
            ]
            if len(present) > 1
            else [],
        )


def _views(work: Work, unit: str | None) -> Mapping[str, tuple[Text, Whose]]:
    """The lists this person may see."""
    views = {"mine": (_MINE, queries.mine(work))}
    if unit is not None:
        views["unit"] = (_UNIT, queries.of_unit(work, unit))
    if access.may(work, queries.VIEW):
        views["all"] = (_ALL, EVERYBODY)
    return views


def _found(
    work: Work, whose: Whose, shelf: str, kind: str | None, after: str | None
) -> register.Found:
    state: State = "open" if shelf == "late" else msgspec.convert(shelf, State)
    if after is not None and len(after) > _LONGEST_PLACE:
        raise NotFound
    try:
        return register.listed(
            work.session,
            whose,
            state=state,
            kind=kind,
            late_on=work.today if shelf == "late" else None,
            after=after or None,
        )
    except ValueError as error:
        raise NotFound from error


def _address(kept: Mapping[str, str | None]) -> str:
    shown = {
        key: value
        for key, value in kept.items()
        if value is not None and (key, value) not in (("whose", "mine"), ("state", "open"))
    }
    return "/desk/tasks" + (f"?{urlencode(shown)}" if shown else "")


# One task.


class Step(msgspec.Struct, frozen=True):
    """Something that may be done with a task, and what is said afterwards."""

    take: Callable[[Work, UUID, int, Form], None]
    done: Text


def _note(form: Form, *, required: bool = True) -> str:
    note = form.text("note", most=_LONGEST_NOTE, required=required, lines=True)
    form.check()
    return note


def _finish(work: Work, task: UUID, version: int, form: Form) -> None:
    service.finish(work, task, version=version, note=_note(form, required=False))


def _move(work: Work, task: UUID, version: int, form: Form) -> None:
    day = form.day("due_on")
    note = _note(form)
    assert day is not None
    service.move(work, task, version=version, due_on=day, note=note)


def _assign(work: Work, task: UUID, version: int, form: Form) -> None:
    person = None if form.raw("staff") == "all" else form.id("staff")
    service.assign(work, task, version=version, staff_id=person, note=_note(form))


STEPS: Final[Mapping[str, Step]] = {
    "finish": Step(_finish, Text(ru="Отмечено: сделано.", en="Marked as done.")),
    "move": Step(_move, Text(ru="Срок перенесён.", en="The last day was moved.")),
    "assign": Step(_assign, Text(ru="Поручено.", en="Assigned.")),
    "pause": Step(
        lambda work, task, version, form: service.pause(
            work, task, version=version, note=_note(form)
        ),
        Text(ru="Срок приостановлен.", en="The clock is stopped."),
    ),
    "resume": Step(
        lambda work, task, version, form: service.resume(
            work, task, version=version, note=_note(form, required=False)
        ),
        Text(ru="Срок снова идёт.", en="The clock goes on."),
    ),
    "cancel": Step(
        lambda work, task, version, form: service.cancel(
            work, task, version=version, note=_note(form)
        ),
        Text(ru="Задача снята.", en="The task was cancelled."),
    ),
}


@page("/desk/tasks/{task_id:uuid}")
def task(request: CityRequest, task_id: FromPath[UUID]) -> Response[Any]:
    """One task: by when, why, whose, and what happened to it."""
    with request.work() as work:
        access.require(work, ENTER)
        return _show(request, work, service.visible(work, task_id))


@action("/desk/tasks/{task_id:uuid}")
def take_step(request: CityRequest, task_id: FromPath[UUID], data: FormData) -> Response[Any]:
    """Do something with a task as it was shown; a second click finds it done."""
    form = Form(data)
    do = form.raw("do")
    step = STEPS.get(do)
    if step is None:
        raise NotFound
    version = form.whole("version", least=1, most=10**9, required=False)
    try:
        with request.work(person=False) as work:
            access.require(work, ENTER)
            step.take(work, task_id, version, form)
    except (Conflict, Invalid) as problem:
        with request.work() as work:
            access.require(work, ENTER)
            owed = service.visible(work, task_id)
            return _show(request, work, owed, do=do, problem=problem, form=form)
    back = form.raw("back")
    return redirect(
        request,
        back if back in ("/desk", "/desk/tasks") else f"/desk/tasks/{task_id}",
        flash=("good", step.done.in_(request.locale)),
    )


def _show(
    request: CityRequest,
    work: Work,
    owed: ObligationView,
    *,
    do: str = "",
    problem: Problem | None = None,
    form: Form | None = None,
) -> Response[Any]:
    locale = request.locale
    control = owed.state == "open" and queries.may_control(work, owed)
    return render(
        request,
        "desk/task.html",
        work=work,
        status=problem.status if problem else 200,
        owed=owed,
        line=line(work, owed),
        today=work.today,
        control=control,
        controller=queries.holder_text(
            work, name=None, post=None, permission=owed.controller_permission
        ),
        history=[
            {
                "title": _HISTORY[step.kind].in_(locale),
                "at": step.at,
                "who": step.actor_name or _BY_ITSELF.in_(locale),
                "note": step.note,
                "due_on": step.due_on if step.kind in ("opened", "moved", "resumed") else None,
            }
            for step in register.steps(work.session, owed.id)
        ],
        people=[
            *([{"value": "all", "label": _GIVE_BACK.in_(locale)}] if _shared(owed) else []),
            *(
                {"value": str(id_), "label": name}
                for id_, name in queries.officials(work.session)
                if id_ != owed.holder_staff
            ),
        ]
        if control
        else [],
        do=do,
        problem=problem,
        errors=messages(problem, locale) if problem else {},
        typed={
            name: form.raw(name)[:_LONGEST_NOTE] if form else ""
            for name in ("note", "due_on", "staff")
        },
    )


def _shared(owed: ObligationView) -> bool:
    """Whether a task of one person can go back to everybody with the post or the right."""
    return owed.holder_staff is not None and (
        owed.holder_post is not None or owed.holder_permission is not None
    )


# The board of those who control.


@page("/desk/control")
def control(request: CityRequest) -> Response[Any]:
    """What is late, and with whom (п. 3.6 of the source: control of fulfilment)."""
    locale = request.locale
    with request.work() as work:
        access.require(work, ENTER)
        access.require(work, queries.VIEW)
        counts = register.counts(work.session, EVERYBODY, today=work.today)
        late = register.listed(work.session, EVERYBODY, late_on=work.today)
        soon = register.owed(
            work.session,
            EVERYBODY,
            first=work.today,
            last=work.today + _SOON,
        )
        return render(
            request,
            "desk/control.html",
            work=work,
            today=work.today,
            figures=[
                {
                    "label": _LATE.in_(locale),
                    "value": counts.late,
                    "href": "/desk/tasks?whose=all&state=late",
                },
                {"label": _TODAY.in_(locale), "value": counts.today},
                {"label": _WEEK.in_(locale), "value": counts.week},
                {
                    "label": _OPEN.in_(locale),
                    "value": counts.open,
                    "href": "/desk/tasks?whose=all",
                },
            ],
            late=lines(work, late.obligations),
            more=late.after is not None,
            soon=lines(work, soon[:_MOST_SOON]),
            loads=[
                {
                    "who": queries.holder_text(
                        work, name=one.name, post=one.post, permission=one.permission
                    ).in_(locale),
                    "late": one.late,
                    "open": one.open,
                    "oldest": one.oldest,
                }
                for one in register.loads(work.session, today=work.today)
            ],
        )


_SOON: Final = timedelta(days=3)
_MOST_SOON: Final = 20
_MINE = Text(ru="Мои", en="Mine")
_UNIT = Text(ru="Моего подразделения", en="Of my unit")
_ALL = Text(ru="Все", en="All")
_ALL_KINDS = Text(ru="Все виды", en="All kinds")
_LATE = Text(ru="Просрочено", en="Overdue")
_TODAY = Text(ru="Сегодня последний день", en="Due today")
_WEEK = Text(ru="В ближайшие семь дней", en="Within seven days")
_OPEN = Text(ru="Всего открыто", en="Open in all")
_GIVE_BACK = Text(ru="Всем, у кого есть право", en="Everybody who has the right")
_BY_ITSELF = Text(ru="само, по расписанию", en="by schedule")
_HISTORY: Final[Mapping[str, Text]] = {
    "opened": Text(ru="Задача появилась", en="The task appeared"),
    "reminded": Text(ru="Напомнили о сроке", en="A reminder was sent"),
    "missed": Text(ru="Срок прошёл, контролирующему сообщили", en="Missed; control was told"),
    "moved": Text(ru="Срок перенесён", en="The last day was moved"),
    "assigned": Text(ru="Поручено другому", en="Assigned to somebody else"),
    "paused": Text(ru="Срок приостановлен", en="The clock was stopped"),
    "resumed": Text(ru="Срок снова идёт", en="The clock went on"),
    "done": Text(ru="Сделано", en="Done"),
    "cancelled": Text(ru="Снято", en="Cancelled"),
}

HANDLERS: Final = (tasks, task, take_step, control)
