"""The manifest of accounts: signing in, the profile, how staff sign in, the demo's pages."""

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

FEATURE = Feature(
    key="account",
    label=Text(ru="Учётные записи", en="Accounts"),
    pages={
        Site.CITY: (
            *sign_in.HANDLERS,
            *profile.HANDLERS,
            *contacts.HANDLERS,
            *own_data.HANDLERS,
            *security.HANDLERS,
        ),
        Site.ASSOCIATION: operator_sign_in.HANDLERS,
        Site.OPERATOR: operator_sign_in.HANDLERS,
    },
    demo_pages={
        Site.CITY: demo.CITY,
        Site.ASSOCIATION: demo.OPERATORS,
        Site.OPERATOR: demo.OPERATORS,
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
