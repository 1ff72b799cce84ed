"""The manifest of comments."""

from core.comments.service import ANSWERED, PUBLISHED, lock
from core.feature import Feature, Handler, Site
from core.features.comments import api, jobs, service, web
from core.identity.own_data import RESIDENT_ERASED
from core.kit.text import Text
from core.moderation.manifest import Moderated
from core.notify.manifest import MessageKind

FEATURE = Feature(
    key="comments",
    label=Text(ru="Комментарии", en="Comments"),
    pages={Site.CITY: web.HANDLERS},
    api=api.HANDLERS,
    handlers=(
        Handler("comments.tell_of_comments", PUBLISHED, jobs.tell_of_comments),
        Handler("comments.tell_of_answers", ANSWERED, jobs.tell_of_answers),
        Handler("comments.forget_residents", RESIDENT_ERASED, jobs.forget_residents),
    ),
    permissions={
        "comments.answer": Text(
            ru="Отвечать в обсуждениях от имени города", en="Answer in the city's name in comments"
        ),
    },
    moderated=(
        Moderated(
            kind=service.KIND,
            label=Text(ru="Комментарий", en="Comment"),
            permission="moderation.review",
            publish=service.published,
            refuse=service.refused,
            path=service.path_of,
            context=service.said_about,
            lock=lock,
        ),
    ),
    messages=(
        MessageKind(
            key=jobs.OFFICIAL,
            label=Text(
                ru="Город ответил там, где вы участвуете", en="The city answers where you take part"
            ),
        ),
        MessageKind(
            key=jobs.REPLY, label=Text(ru="Ответы на мои комментарии", en="Replies to my comments")
        ),
        MessageKind(
            key=jobs.ON_MINE,
            label=Text(ru="Комментарии к моим идеям", en="Comments on my ideas"),
            email="daily",
        ),
        MessageKind(
            key=service.SHOWN,
            label=Text(ru="Мой комментарий прошёл проверку", en="My comment was let through"),
            email="never",
        ),
    ),
)
