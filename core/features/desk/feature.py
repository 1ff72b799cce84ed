"""The manifest of desk."""

from core.feature import Feature
from core.kit.text import Text

FEATURE = Feature(
    key="desk",
    label=Text(ru="Рабочий стол", en="Desk"),
    permissions={
        "deadlines.view": Text(
            ru="Видеть все обязательства и сроки", en="See all obligations and terms"
        ),
        "deadlines.control": Text(
            ru="Снимать, переносить и поручать обязательства",
            en="Move, cancel and assign obligations",
        ),
        "documents.templates": Text(
            ru="Заменять шаблоны документов", en="Replace document templates"
        ),
    },
)
