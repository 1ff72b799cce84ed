"""The manifest of accounts: signing in, the profile, how staff sign in, the demo's pages."""

from typing import Final

from core.feature import DeskItem, Feature, Handler, HomeFigure, Site
from core.features.account import jobs, queries
from core.features.account.web import (
    contacts,
    demo,
    notices,
    operator_sign_in,
    own_data,
    profile,
    security,
    sign_in,
)
from core.files import sweep
from core.kit.text import Noun, Text
from core.work import Work

_REGISTERED: Final = Noun(
    ru=("житель участвует", "жителя участвуют", "жителей участвуют"),
    en=("resident takes part", "residents take part"),
)


def _residents(work: Work) -> tuple[int, Text] | None:
    number = queries.residents_known(work)
    if not number:
        return None
    return number, Text(ru=_REGISTERED.form(number, "ru"), en=_REGISTERED.form(number, "en"))


FEATURE = Feature(
    key="account",
    label=Text(ru="Учётные записи", en="Accounts"),
    pages={
        Site.CITY: (
            *sign_in.HANDLERS,
            *profile.HANDLERS,
            *contacts.HANDLERS,
            *own_data.HANDLERS,
            *notices.HANDLERS,
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
        Handler(*jobs.ROUTE, jobs.route_notices),
        Handler(*jobs.DIGEST, jobs.send_digests),
        Handler(*jobs.PUSH, jobs.push_notices),
        Handler(*jobs.FORGET, jobs.forget_notices),
        Handler(*sweep.SWEEP, sweep.sweep),
        Handler(*sweep.FORGET, sweep.forget),
    ),
    figures=(HomeFigure(order=10, figure=_residents),),
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
