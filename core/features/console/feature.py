"""The manifest of the administrator's desk."""

from litestar import Router

from core.feature import DeskItem, Feature, Site
from core.features.console.web import journal, people, regulation, residents
from core.kit.text import Text

FEATURE = Feature(
    key="console",
    label=Text(ru="Рабочий стол", en="Staff desk"),
    pages={
        Site.CITY: (
            # Within a router all methods of a path are registered at once, which synchronous
            # handlers need (Litestar 2.25 wraps them anew for each method that joins later).
            Router(
                "/",
                route_handlers=[
                    *people.HANDLERS,
                    *residents.HANDLERS,
                    *regulation.HANDLERS,
                    *journal.HANDLERS,
                ],
            ),
        )
    },
    permissions={
        "desk.enter": Text(ru="Входить на рабочий стол", en="Enter the staff desk"),
        "people.view": Text(ru="Видеть сотрудников и должности", en="See staff and posts"),
        "people.manage": Text(
            ru="Назначать должности и подтверждать жителей",
            en="Give posts and confirm residents",
        ),
        "regulation.view": Text(ru="Видеть регламент", en="See the regulation"),
        "audit.view": Text(ru="Видеть журнал", en="See the journal"),
    },
    desk=(
        DeskItem(
            path="/desk/people",
            label=Text(ru="Люди и должности", en="People and posts"),
            permission="people.view",
            order=700,
            icon="people",
        ),
        DeskItem(
            path="/desk/regulation",
            label=Text(ru="Регламент", en="Regulation"),
            permission="regulation.view",
            order=710,
            icon="scale",
        ),
        DeskItem(
            path="/desk/journal",
            label=Text(ru="Журнал", en="Journal"),
            permission="audit.view",
            order=720,
            icon="journal",
        ),
    ),
)
