"""The manifest of moderation."""

from core.deadlines.manifest import ObligationKind
from core.feature import Feature, Handler, Site
from core.features.moderation import jobs, service
from core.features.moderation.web import author, blocks, item, queue
from core.identity.own_data import RESIDENT_ERASED
from core.kit.text import Text
from core.moderation import blocking, deciding
from core.moderation.service import REVIEW, SUBMITTED
from core.notify.manifest import MessageKind

FEATURE = Feature(
    key="moderation",
    label=Text(ru="Модерация", en="Moderation"),
    pages={
        Site.CITY: (
            *queue.HANDLERS,
            *item.HANDLERS,
            *blocks.HANDLERS,
            *author.HANDLERS,
        )
    },
    handlers=(
        Handler("moderation.look_at_texts", SUBMITTED, jobs.look_at_texts),
        Handler("moderation.end_blocks", blocking.TERM_OVER, jobs.end_blocks),
        Handler("moderation.forget_residents", RESIDENT_ERASED, jobs.forget_residents),
    ),
    permissions={
        "moderation.review": Text(
            ru="Проверять идеи и комментарии", en="Review ideas and comments"
        ),
        "moderation.approve_refusal": Text(
            ru="Согласовывать письма об отказе", en="Approve letters of refusal"
        ),
        "moderation.block": Text(
            ru="Оформлять решения об ограничении участия", en="Record decisions on blocking"
        ),
    },
    desk=queue.DESK,
    overview=queue.OVERVIEW,
    profile=author.PROFILE,
    messages=(
        MessageKind(
            key=deciding.TOLD_REFUSED,
            label=Text(ru="Отказ в публикации моего текста", en="Publication of mine is refused"),
            binding=True,
        ),
        MessageKind(
            key=deciding.TOLD_RECONSIDERED,
            label=Text(
                ru="Решение изменено после повторной проверки",
                en="A decision was changed after a second look",
            ),
        ),
        MessageKind(
            key=blocking.TOLD_BLOCKED,
            label=Text(ru="Моё участие ограничено", en="I am blocked"),
            binding=True,
        ),
        MessageKind(
            key=blocking.TOLD_UNBLOCKED,
            label=Text(ru="Ограничение снято", en="I am no longer blocked"),
            binding=True,
        ),
        MessageKind(
            key=deciding.TOLD_RETURNED,
            label=Text(ru="Моё письмо вернули на доработку", en="A letter of mine was returned"),
            audience="staff",
        ),
    ),
    obligations=(
        ObligationKind(
            key=REVIEW,
            label=Text(ru="Проверить то, что отправил житель", en="Check what a resident sent"),
            closed_by=Text(
                ru="Опубликовать или отправить письмо об отказе", en="Publish, or send a refusal"
            ),
        ),
    ),
    documents=(service.REFUSAL,),
)
