"""What the desk calls states, steps and conditions of polls."""

from collections.abc import Mapping
from typing import Final

from core.features.polls.decisions import CONSEQUENCE_LABELS, RESULTS_SHOWN_LABELS
from core.features.polls.domain import Consequence, State, Verdict
from core.features.polls.domain import ResultsShown as Shown
from core.identity.decisions import LEVEL_LABELS
from core.kit.level import Level
from core.kit.text import DAYS, POINTS, RESIDENTS, Text

UNTITLED: Final = Text(ru="Без названия", en="Untitled")
UNSET: Final = Text(ru="не установлено", en="not set")
YES: Final = Text(ru="можно", en="yes")
NO: Final = Text(ru="нельзя", en="no")

STATES: Final[Mapping[State, Text]] = {
    State.DRAFT: Text(ru="Черновик", en="Draft"),
    State.REVIEW: Text(ru="Согласуется", en="In approval"),
    State.SCHEDULED: Text(ru="Запланирован", en="Scheduled"),
    State.OPEN: Text(ru="Идёт", en="Open"),
    State.CLOSED: Text(ru="Ждёт итогов", en="Closed, results to come"),
    State.PUBLISHED: Text(ru="Есть итоги", en="Results published"),
    State.INVALID: Text(ru="Не состоялся", en="Void"),
    State.WITHDRAWN: Text(ru="Снят", en="Withdrawn"),
}

CHIPS: Final[Mapping[State, str]] = {
    State.DRAFT: "plain",
    State.REVIEW: "warn",
    State.SCHEDULED: "",
    State.OPEN: "good",
    State.CLOSED: "warn",
    State.PUBLISHED: "",
    State.INVALID: "bad",
    State.WITHDRAWN: "plain",
}

STEPS: Final[Mapping[str, Text]] = {
    "created": Text(ru="Черновик создан", en="Draft created"),
    "submitted": Text(ru="Отправлен на согласование", en="Sent for approval"),
    "returned": Text(ru="Возвращён в черновики", en="Returned to drafts"),
    "approved": Text(ru="Согласован", en="Approved"),
    "opened": Text(ru="Голосование открыто", en="Voting opened"),
    "extended": Text(ru="Продлён", en="Extended"),
    "closed": Text(ru="Голосование завершено", en="Voting closed"),
    "published": Text(ru="Итоги опубликованы", en="Results published"),
    "invalidated": Text(ru="Признан несостоявшимся", en="Declared void"),
    "withdrawn": Text(ru="Снят", en="Withdrawn"),
    "handed_over": Text(ru="Итоги переданы инициатору", en="Results sent to the initiator"),
    "sealed": Text(
        ru="Ключ голосования уничтожен: связать голоса с людьми больше нельзя",
        en="The poll's key was destroyed: ballots can no longer be tied to people",
    ),
}

COMING: Final[Mapping[State, tuple[Text, ...]]] = {
    State.DRAFT: (
        Text(ru="Согласование", en="Approval"),
        Text(ru="Голосование", en="Voting"),
        Text(ru="Итоги", en="Results"),
    ),
    State.REVIEW: (
        Text(ru="Голосование", en="Voting"),
        Text(ru="Итоги", en="Results"),
    ),
    State.SCHEDULED: (
        Text(ru="Голосование", en="Voting"),
        Text(ru="Итоги", en="Results"),
    ),
    State.OPEN: (Text(ru="Итоги", en="Results"),),
}
"""What lies ahead of a poll in each state."""

NOW: Final[Mapping[State, Text]] = {
    State.DRAFT: Text(ru="Готовится", en="Being written"),
    State.REVIEW: Text(ru="Ждёт согласования", en="Waits for approval"),
    State.SCHEDULED: Text(ru="Ждёт первого дня", en="Waits for its first day"),
    State.OPEN: Text(ru="Жители голосуют", en="Residents are voting"),
    State.CLOSED: Text(ru="Ждёт публикации итогов", en="Waits for its results to be published"),
}

VERDICTS: Final[Mapping[Verdict, Text]] = {
    Verdict.VALID: Text(ru="Кворум набран, опрос состоялся", en="The poll is valid"),
    Verdict.VOID: Text(
        ru="Кворум не набран, опрос признаётся несостоявшимся",
        en="The quorum was missed; the poll is void",
    ),
    Verdict.INFORMATIONAL: Text(
        ru="Кворум не набран, результат принимается к сведению",
        en="The quorum was missed; the result is taken note of",
    ),
}

TERMS: Final[Mapping[str, Text]] = {
    "quorum": Text(ru="Кворум", en="Quorum"),
    "quorum_level": Text(ru="Кто входит в кворум", en="Who counts towards it"),
    "quorum_missed": Text(ru="Если кворум не набран", en="If the quorum is missed"),
    "results_shown": Text(ru="Когда видны результаты", en="When results are shown"),
    "revote": Text(ru="Изменить голос", en="Changing one's vote"),
    "reward": Text(ru="Баллы за участие", en="Points for taking part"),
    "appeal_days": Text(ru="Обжалование итогов", en="Contesting the results"),
}
"""The conditions of a poll beside its length, in the order in which they are shown."""


def term_value(name: str, value: object) -> Text:
    """The value of a condition in words."""
    if value is None:
        return UNSET
    match name, value:
        case "quorum", int(number):
            return RESIDENTS.text(number)
        case "quorum_level", str(key):
            return LEVEL_LABELS[Level(key)]
        case "quorum_missed", str(key):
            return CONSEQUENCE_LABELS[Consequence(key)]
        case "results_shown", str(key):
            return RESULTS_SHOWN_LABELS[Shown(key)]
        case "revote", bool(allowed):
            return YES if allowed else NO
        case "reward", int(number):
            return POINTS.text(number)
        case "appeal_days", int(number):
            return DAYS.text(number)
    raise ValueError(f"{name} is no condition of a poll")
