"""The manifest of accounts: signing in, the profile, how staff sign in, the demo's pages."""

from litestar import Router
from litestar.types import ControllerRouterHandler

from core.feature import DeskItem, Feature, Handler, Site
from core.features.account import jobs
from core.features.account.web import (
    contacts,
    demo,
    operator_sign_in,
    own_data,
    profile,
    security,
    sign_in,
)
from core.kit.text import Text


def _together(*handlers: ControllerRouterHandler) -> Router:
    """Pages and the forms on them as one router. Litestar 2.25 wraps a synchronous handler anew
    for each method that joins its path later; within a router all methods of a path come at once.
    """
    return Router("/", route_handlers=handlers)


FEATURE = Feature(
    key="account",
    label=Text(ru="Учётные записи", en="Accounts"),
    pages={
        Site.CITY: (
            _together(
                *sign_in.HANDLERS,
                *profile.HANDLERS,
                *contacts.HANDLERS,
                *own_data.HANDLERS,
                *security.HANDLERS,
            ),
        ),
        Site.ASSOCIATION: (_together(*operator_sign_in.HANDLERS),),
        Site.OPERATOR: (_together(*operator_sign_in.HANDLERS),),
    },
    demo_pages={
        Site.CITY: (_together(*demo.CITY),),
        Site.ASSOCIATION: (_together(*demo.OPERATORS),),
        Site.OPERATOR: (_together(*demo.OPERATORS),),
    },
    handlers=(
        Handler(*jobs.CARRY, jobs.carry_messages),
        Handler(*jobs.SETTLE, jobs.settle_erasures),
    ),
    desk=(
        DeskItem(
            path=security.PATH,
            label=Text(ru="Мой вход", en="My sign-in"),
            permission=security.ENTER,
            order=900,
            icon="shield",
        ),
    ),
)
