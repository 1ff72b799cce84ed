"""Pure values of ideas: the states an idea goes through, and what may follow what."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from core.kit.text import Text


class State(StrEnum):
    """Where an idea stands. A resident sees the label; officials act by `FOLLOWS`."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    COLLECTING = "collecting"
    UNSUPPORTED = "unsupported"
    CONSIDERATION = "consideration"
    DECLINED = "declined"
    TAKEN_UP = "taken_up"
    IN_WORK = "in_work"
    DONE = "done"
    MERGED = "merged"


LABELS: Final[Mapping[State, Text]] = {
    State.DRAFT: Text(ru="Черновик", en="Draft"),
    State.SUBMITTED: Text(ru="На проверке", en="Being checked"),
    State.REFUSED: Text(ru="Отказано в публикации", en="Refused"),
    State.WITHDRAWN: Text(ru="Отозвана автором", en="Withdrawn by its author"),
    State.COLLECTING: Text(ru="Собирает поддержку", en="Collecting support"),
    State.UNSUPPORTED: Text(ru="Не набрала поддержки", en="Not enough support"),
    State.CONSIDERATION: Text(ru="На рассмотрении", en="Under consideration"),
    State.DECLINED: Text(ru="Отклонена с ответом", en="Declined with an answer"),
    State.TAKEN_UP: Text(ru="Принята к реализации", en="Taken up"),
    State.IN_WORK: Text(ru="В работе", en="In work"),
    State.DONE: Text(ru="Сделано", en="Done"),
    State.MERGED: Text(ru="Объединена с похожей", en="Merged with a similar one"),
}

FOLLOWS: Final[Mapping[State, frozenset[State]]] = {
    State.DRAFT: frozenset({State.SUBMITTED, State.WITHDRAWN}),
    State.SUBMITTED: frozenset({State.COLLECTING, State.REFUSED, State.WITHDRAWN}),
    State.REFUSED: frozenset({State.SUBMITTED}),
    State.WITHDRAWN: frozenset(),
    State.COLLECTING: frozenset(
        {State.CONSIDERATION, State.UNSUPPORTED, State.WITHDRAWN, State.MERGED, State.TAKEN_UP}
    ),
    State.UNSUPPORTED: frozenset({State.CONSIDERATION}),
    State.CONSIDERATION: frozenset({State.TAKEN_UP, State.DECLINED, State.MERGED}),
    State.DECLINED: frozenset({State.CONSIDERATION}),
    State.TAKEN_UP: frozenset({State.IN_WORK, State.DONE, State.DECLINED}),
    State.IN_WORK: frozenset({State.DONE, State.TAKEN_UP}),
    State.DONE: frozenset(),
    State.MERGED: frozenset(),
}
"""What may follow what; everything else is a refusal to the official who tries it."""

PUBLIC: Final = frozenset(
    {
        State.COLLECTING,
        State.UNSUPPORTED,
        State.CONSIDERATION,
        State.DECLINED,
        State.TAKEN_UP,
        State.IN_WORK,
        State.DONE,
        State.MERGED,
    }
)
"""What everybody sees. A refused idea is seen by its author and by staff."""


class CampaignState(StrEnum):
    """Where a campaign on a topic stands."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    OPEN = "open"
    CLOSED = "closed"
    SUMMED_UP = "summed_up"
    WITHDRAWN = "withdrawn"
