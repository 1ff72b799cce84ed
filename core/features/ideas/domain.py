"""Pure values of ideas and campaigns: states and what may follow what, the terms kept with an idea,
a campaign's own questions, counters, and what differs between two texts."""

from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Final, Literal
from uuid import UUID

import msgspec

from core.deadlines.domain import DayKind, LastDay
from core.deadlines.domain import Term as DayTerm
from core.kit.errors import Invalid
from core.kit.text import Text

SLOTS: Final = 16
"""Into how many counters the supporters of an idea are spread."""

LONGEST_TITLE: Final = 120
LONGEST_BODY: Final = 5000
LONGEST_PLACE: Final = 200
LONGEST_ANSWER: Final = 5000
LONGEST_NOTE: Final = 1000
MOST_FIELDS: Final = 12
MOST_CHOICES: Final = 20
LONGEST_FIELD: Final = 2000
_LONGEST_LINE: Final = 200
_GREATEST: Final = 1_000_000_000


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
    State.REFUSED: frozenset({State.SUBMITTED, State.COLLECTING}),
    State.WITHDRAWN: frozenset(),
    State.COLLECTING: frozenset(
        {
            # Changed by its author before anybody supported it, or refused after publication.
            State.SUBMITTED,
            State.REFUSED,
            State.CONSIDERATION,
            State.UNSUPPORTED,
            State.WITHDRAWN,
            State.MERGED,
            State.TAKEN_UP,
        }
    ),
    State.UNSUPPORTED: frozenset({State.CONSIDERATION, State.REFUSED}),
    State.CONSIDERATION: frozenset({State.TAKEN_UP, State.DECLINED, State.MERGED, State.REFUSED}),
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


DECIDED: Final = frozenset({State.TAKEN_UP, State.DECLINED, State.IN_WORK, State.DONE})
"""An official has decided."""

SUPPORTABLE: Final = frozenset({State.COLLECTING, State.CONSIDERATION})
"""People may support an idea until its term ends, also while the city considers it: how much
support it has is what the decision should know."""

OURS: Final = frozenset({State.DRAFT, State.SUBMITTED, State.REFUSED})
"""Only the text of these is the author's to change freely."""


def may_become(state: State, following: State) -> bool:
    """Whether an idea may go from one state to the other."""
    return following in FOLLOWS[state]


class CampaignState(StrEnum):
    """Where a campaign on a topic stands."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    OPEN = "open"
    CLOSED = "closed"
    SUMMED_UP = "summed_up"
    WITHDRAWN = "withdrawn"


CAMPAIGN_LABELS: Final[Mapping[CampaignState, Text]] = {
    CampaignState.DRAFT: Text(ru="Черновик", en="Draft"),
    CampaignState.SCHEDULED: Text(ru="Скоро начнётся", en="Starts soon"),
    CampaignState.OPEN: Text(ru="Идёт", en="Open"),
    CampaignState.CLOSED: Text(ru="Подводим итоги", en="Being summed up"),
    CampaignState.SUMMED_UP: Text(ru="Итоги подведены", en="Summed up"),
    CampaignState.WITHDRAWN: Text(ru="Снято", en="Withdrawn"),
}

CAMPAIGN_FOLLOWS: Final[Mapping[CampaignState, frozenset[CampaignState]]] = {
    CampaignState.DRAFT: frozenset({CampaignState.SCHEDULED, CampaignState.WITHDRAWN}),
    CampaignState.SCHEDULED: frozenset(
        {CampaignState.DRAFT, CampaignState.OPEN, CampaignState.WITHDRAWN}
    ),
    CampaignState.OPEN: frozenset({CampaignState.CLOSED, CampaignState.WITHDRAWN}),
    CampaignState.CLOSED: frozenset({CampaignState.SUMMED_UP}),
    CampaignState.SUMMED_UP: frozenset(),
    CampaignState.WITHDRAWN: frozenset(),
}


class Follows(StrEnum):
    """What happens when an idea has the support it needs."""

    CONSIDERATION = "consideration"
    BY_HAND = "by_hand"


class Notice(StrEnum):
    """What becomes of the notice that an idea is not an appeal (R8)."""

    ACKNOWLEDGED = "acknowledged"
    SHOWN = "shown"
    NONE = "none"


class Outcome(StrEnum):
    """What an official can decide about an idea."""

    TAKEN_UP = "taken_up"
    DECLINED = "declined"


class Term(msgspec.Struct, frozen=True):
    """A value that binds an idea, with the reasons (and clauses) it rests on, per language."""

    value: int | str | bool | None
    reasons: Mapping[str, list[object]] = {}


class Terms(msgspec.Struct, frozen=True):
    """The law of the day on which an idea was published, decided once and kept with it."""

    threshold: Term
    support_days: Term
    follows: Term
    consider_days: Term
    consider_counted: Term

    @property
    def needed(self) -> int | None:
        """How many supporters it takes; None if the city asks for no number."""
        return self.threshold.value if isinstance(self.threshold.value, int) else None

    @property
    def days(self) -> int | None:
        """For how many days support is collected; None for no end."""
        return self.support_days.value if isinstance(self.support_days.value, int) else None

    @property
    def automatic(self) -> bool:
        """Whether an idea with enough support is considered without anybody's doing."""
        return self.follows.value == Follows.CONSIDERATION

    @property
    def consider(self) -> DayTerm | None:
        """How long the city has for its answer; None if no term is set."""
        days = self.consider_days.value
        if not isinstance(days, int):
            return None
        return DayTerm(days, DayKind(str(self.consider_counted.value)), LastDay.STAYS)


class CampaignTerms(msgspec.Struct, frozen=True):
    """The law of the day on which a campaign opened."""

    opening: Term
    results_days: Term
    results_counted: Term

    @property
    def results(self) -> DayTerm | None:
        """How long there is to tell the initiator what came of it; None if no term is set."""
        days = self.results_days.value
        if not isinstance(days, int):
            return None
        return DayTerm(days, DayKind(str(self.results_counted.value)), LastDay.STAYS)


FieldKind = Literal["text", "long", "choice", "number"]


class FormField(msgspec.Struct, frozen=True):
    """A question that a campaign asks beside the text of an idea."""

    key: str
    kind: FieldKind
    label: str
    hint: str = ""
    required: bool = False
    options: tuple[str, ...] = ()


FIELD_LABELS: Final[Mapping[FieldKind, Text]] = {
    "text": Text(ru="Строка", en="Line"),
    "long": Text(ru="Абзац", en="Paragraph"),
    "choice": Text(ru="Выбор из списка", en="Choice from a list"),
    "number": Text(ru="Число", en="Number"),
}

_MISSING: Final = Text(ru="Ответьте на этот вопрос.", en="Please answer this question.")
_TOO_LONG: Final = Text(
    ru="Слишком длинно: не больше {most} знаков.", en="Too long: at most {most} characters."
)
_NOT_OFFERED: Final = Text(ru="Выберите из списка.", en="Choose from the list.")
_NOT_WHOLE: Final = Text(ru="Укажите целое число.", en="Give a whole number.")


def read_extra(
    fields: Sequence[FormField], sent: Mapping[str, str], *, complete: bool = True
) -> dict[str, object]:
    """Answers to a campaign's questions. Raises Invalid with a message for `x-<key>` of each that
    makes no sense; unless `complete`, what is missing or wrong is left out instead."""
    found: dict[str, object] = {}
    wrong: dict[str, Text] = {}
    for field in fields:
        answer = sent.get(field.key, "").strip()
        name = f"x-{field.key}"
        most = LONGEST_FIELD if field.kind == "long" else _LONGEST_LINE
        if not answer:
            if field.required:
                wrong[name] = _MISSING
        elif len(answer) > most:
            wrong[name] = _TOO_LONG.format(most=most)
        elif field.kind == "choice" and answer not in field.options:
            wrong[name] = _NOT_OFFERED
        elif field.kind == "number":
            digits = answer.replace(" ", "").replace("\u00a0", "")
            if digits.isdecimal() and digits.isascii() and int(digits) <= _GREATEST:
                found[field.key] = int(digits)
            else:
                wrong[name] = _NOT_WHOLE
        else:
            found[field.key] = answer
    if wrong and complete:
        raise Invalid(wrong)
    return found


def slot_of(resident_id: UUID) -> int:
    """The counter that a resident's support is counted in: the same for giving and taking back."""
    return resident_id.int % SLOTS


Piece = tuple[Literal["same", "gone", "new"], str]


def differences(before: str, after: str) -> tuple[Piece, ...]:
    """Two texts as one: words that stayed, went and came, in order."""
    first, second = _words(before), _words(after)
    pieces: list[Piece] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, first, second, autojunk=False).get_opcodes():
        if tag == "equal":
            pieces.append(("same", "".join(first[i1:i2])))
            continue
        if i2 > i1:
            pieces.append(("gone", "".join(first[i1:i2])))
        if j2 > j1:
            pieces.append(("new", "".join(second[j1:j2])))
    return tuple(pieces)


def _words(text: str) -> list[str]:
    """Words and the white space between them."""
    found: list[str] = []
    for sign in text:
        if found and sign.isspace() == found[-1][-1].isspace():
            found[-1] += sign
        else:
            found.append(sign)
    return found
