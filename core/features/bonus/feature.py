"""The manifest of the bonus programme."""

from core.feature import Feature, Handler, Site
from core.features.bonus import api, jobs, queries, web
from core.kit.text import Text

FEATURE = Feature(
    key="bonus",
    label=Text(ru="Баллы", en="Points"),
    pages={Site.CITY: web.HANDLERS},
    api=api.HANDLERS,
    handlers=(
        Handler("bonus.credit_votes", "polls.ballot_cast", jobs.credit_votes),
        Handler("bonus.credit_ideas", "ideas.published", jobs.credit_ideas),
        Handler("bonus.credit_comments", "comments.published", jobs.credit_comments),
        Handler("bonus.annul_points", "moderation.resident_blocked", jobs.annul_points),
    ),
    permissions={
        "bonus.view": Text(ru="Смотреть начисления баллов", en="See points credited"),
    },
    balance=lambda work, resident_id: queries.balance(work.session, resident_id),
)
