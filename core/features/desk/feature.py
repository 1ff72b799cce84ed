"""The manifest of desk."""

from core.deadlines import reminders
from core.feature import Feature, Handler, Site
from core.features.desk import jobs, service
from core.features.desk.web import calendar, documents, overview, tasks
from core.kit.text import Text
from core.notify.manifest import MessageKind

FEATURE = Feature(
    key="desk",
    label=Text(ru="Рабочий стол", en="Desk"),
    pages={
        Site.CITY: (
            *overview.HANDLERS,
            *tasks.HANDLERS,
            *calendar.HANDLERS,
            *documents.HANDLERS,
        )
    },
    handlers=(
        Handler("desk.remind", reminders.REMINDER_DUE, jobs.remind),
        Handler("desk.escalate", reminders.MISSED_DUE, jobs.escalate),
    ),
    desk=(*overview.DESK, *documents.DESK),
    messages=(
        MessageKind(
            key=jobs.REMINDER,
            label=Text(ru="Напоминания о сроках", en="Reminders of terms"),
            audience="staff",
        ),
        MessageKind(
            key=jobs.MISSED,
            label=Text(ru="Пропущенные сроки", en="Missed terms"),
            audience="staff",
            binding=True,
        ),
        MessageKind(
            key=service.CHANGED,
            label=Text(ru="Поручения и изменения сроков", en="Assignments and changes of terms"),
            audience="staff",
        ),
    ),
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
