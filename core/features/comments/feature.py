"""The manifest of comments."""

from core.feature import Feature
from core.kit.text import Text

FEATURE = Feature(
    key="comments",
    label=Text(ru="Комментарии", en="Comments"),
    permissions={
        "comments.answer": Text(
            ru="Отвечать в обсуждениях от имени города", en="Answer in the city's name in comments"
        ),
    },
)
