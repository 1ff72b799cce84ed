"""The first page of the desk: own tasks, and what each feature has to say to this person."""

from collections.abc import Iterator
from typing import Any, Final

from litestar import Response
from markupsafe import Markup

from core.deadlines import register
from core.deadlines.calendar import calendar_of, named_days
from core.feature import DeskItem, installed_features
from core.features.desk import queries
from core.features.desk.web.lines import GROUPS, group_of, group_on, kind_label, lines
from core.identity import access
from core.kit.actor import StaffActor
from core.kit.text import Text
from core.web.pages import render, render_text
from core.web.request import CityRequest
from core.web.routes import page
from core.work import Work

ENTER: Final = "desk.enter"
_SHOWN: Final = 8
_ALIKE: Final = 5
"""So many tasks of one kind are shown one by one; more of them are one line with a number."""


@page("/desk")
def overview(request: CityRequest) -> Response[Any]:
    """What is owed, what waits, what to keep an eye on."""
    with request.work() as work:
        access.require(work, ENTER)
        whose = queries.mine(work)
        many = [
            one
            for one in register.by_kind(work.session, whose, today=work.today)
            if one.open > _ALIKE
        ]
        owed = register.listed(
            work.session, whose, without=[one.kind for one in many], most=_SHOWN
        ).obligations
        found = lines(work, owed)
        sections = [
            # Safe: a page of ours, rendered with escaping.
            Markup(render_text(request, template, **context))  # noqa: S704
            for template, context in _sections(work)
        ]
        shell = request.place.shell.desk_nav(request, work)
        return render(
            request,
            "desk/overview.html",
            work=work,
            name=work.actor.name if isinstance(work.actor, StaffActor) else "",
            today=work.today,
            off=_day_off(work),
            groups=[
                (
                    label,
                    [
                        (kind_label(one.kind), one)
                        for one in many
                        if group_on(one.earliest, work.today) == key
                    ],
                    [one for one in found if group_of(one.owed, work.today) == key],
                )
                for key, label in GROUPS
            ],
            counts=register.counts(work.session, whose, today=work.today),
            shown=len(found) + sum(one.open for one in many),
            sections=sections,
            places=[item for item in shell if item["href"] not in _OWN],
        )


_OWN: Final = ("/desk", "/desk/tasks", "/desk/calendar")


def _sections(work: Work) -> Iterator[tuple[str, dict[str, Any]]]:
    """The parts of this page that features bring, as far as the city has them and this person may
    see them."""
    profile = work.tenant.profile
    offered = [
        section
        for feature in installed_features()
        if profile.offers(feature.key) or (not feature.nav and feature.key not in profile.features)
        for section in feature.overview
    ]
    for section in sorted(offered, key=lambda one: (one.order, one.template)):
        context = section.context(work)
        if context is not None:
            yield section.template, dict(context)


def _day_off(work: Work) -> Text | None:
    """What today is called if nobody need work."""
    if calendar_of(work.tenant, (work.today.year,)).is_working(work.today):
        return None
    named = named_days(work.tenant, (work.today.year,)).get(work.today)
    return named.title if named is not None else _DAY_OFF


_DAY_OFF: Final = Text(ru="выходной", en="day off")


def pressing(work: Work) -> int:
    """The number beside «Задачи»: what is overdue or due today."""
    return register.counts(work.session, queries.mine(work), today=work.today).pressing


DESK: Final = (
    DeskItem(
        path="/desk",
        label=Text(ru="Обзор", en="Overview"),
        permission=ENTER,
        order=0,
        icon="desk",
    ),
    DeskItem(
        path="/desk/tasks",
        label=Text(ru="Задачи", en="Tasks"),
        permission=ENTER,
        order=2,
        icon="clock",
        count=pressing,
    ),
    DeskItem(
        path="/desk/calendar",
        label=Text(ru="Календарь сроков", en="Calendar"),
        permission=ENTER,
        order=4,
        icon="plan",
    ),
    DeskItem(
        path="/desk/control",
        label=Text(ru="Контроль сроков", en="Control"),
        permission=queries.VIEW,
        order=6,
        icon="flag",
        count=None,
    ),
)

HANDLERS: Final = (overview,)
