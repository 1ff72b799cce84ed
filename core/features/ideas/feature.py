"""The manifest of ideas."""

from core.feature import Feature
from core.kit.text import Text

FEATURE = Feature(
    key="ideas",
    label=Text(ru="Идеи", en="Ideas"),
    permissions={
        "ideas.answer": Text(ru="Давать официальные ответы на идеи", en="Answer ideas officially"),
        "ideas.decide": Text(ru="Решать судьбу идей", en="Decide on ideas"),
        "ideas.merge": Text(ru="Объединять повторяющиеся идеи", en="Merge duplicate ideas"),
        "ideas.campaign": Text(ru="Готовить обсуждения", en="Prepare campaigns"),
        "ideas.open_campaign": Text(
            ru="Открывать и завершать обсуждения", en="Open and close campaigns"
        ),
        "ideas.export": Text(ru="Выгружать идеи", en="Export ideas"),
    },
)
