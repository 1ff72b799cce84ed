"""The manifest of polls."""

from core.deadlines.manifest import ObligationKind
from core.feature import Feature, Handler, NavItem, Site
from core.features.polls import api, jobs
from core.features.polls.service import reporting
from core.features.polls.web import desk, documents, exports, public
from core.kit.text import Text

FEATURE = Feature(
    key="polls",
    label=Text(ru="Опросы", en="Polls"),
    pages={Site.CITY: (*public.HANDLERS, *exports.HANDLERS, *desk.HANDLERS)},
    api=api.HANDLERS,
    handlers=(
        Handler("polls.fold_turnout", "polls.ballot_cast", jobs.fold_turnout),
        Handler("polls.open_due", "polls.opening_due", jobs.open_due),
        Handler("polls.close_due", "polls.closing_due", jobs.close_due),
        Handler("polls.remind_staff", "polls.closing_soon", jobs.remind_staff),
        Handler("polls.seal_due", "polls.sealing_due", jobs.seal_due),
    ),
    permissions={
        "polls.draft": Text(ru="Готовить опросы", en="Prepare polls"),
        "polls.approve": Text(ru="Согласовывать и снимать опросы", en="Approve and withdraw polls"),
        "polls.open": Text(ru="Открывать опросы", en="Open polls"),
        "polls.extend": Text(ru="Продлевать опросы", en="Extend polls"),
        "polls.publish": Text(ru="Публиковать итоги", en="Publish results"),
        "polls.export": Text(ru="Выгружать явку и итоги", en="Export turnout and results"),
    },
    nav=(NavItem(path="/polls", icon="vote", order=10),),
    desk=desk.DESK,
    home=public.HOME,
    figures=public.FIGURES,
    profile=public.PROFILE,
    overview=desk.OVERVIEW,
    documents=(documents.PROTOCOL,),
    obligations=(
        ObligationKind(
            key=reporting.RESULTS,
            label=Text(
                ru="Передать итоги опроса инициатору", en="Send a poll's results to its initiator"
            ),
            closed_by=Text(
                ru="Опубликуйте итоги, затем на странице опроса передайте их инициатору.",
                en="Publish the results, then send them to the initiator on the poll's page.",
            ),
        ),
    ),
)
