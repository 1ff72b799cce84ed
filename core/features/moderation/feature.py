"""The manifest of moderation."""

from core.feature import Feature
from core.kit.text import Text

FEATURE = Feature(
    key="moderation",
    label=Text(ru="Модерация", en="Moderation"),
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
)
