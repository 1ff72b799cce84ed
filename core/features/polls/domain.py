"""Pure values of polls: states, the ballot paper, choices and their canonical form, tallies,
the verdict on a quorum. No storage, no clock, no rules."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from core.kit.crypto import keyed_hash
from core.kit.errors import Invalid
from core.kit.level import Level
from core.kit.text import ANSWERS, Text

SLOTS: Final = 16
"""Over how many rows one counter is spread, so that voters do not wait for one another."""

MOST_QUESTIONS: Final = 30
MOST_OPTIONS: Final = 40


class Consequence(StrEnum):
    """What becomes of a poll that fewer people took part in than needed (R54)."""

    VOID = "void"
    EXTEND = "extend"
    INFORMATIONAL = "informational"


class ResultsShown(StrEnum):
    """From when residents see how the votes fall."""

    ALWAYS = "always"
    AFTER_VOTE = "after_vote"
    AFTER_CLOSE = "after_close"


class State(StrEnum):
    """Where a poll is in its life."""

    DRAFT = "draft"
    REVIEW = "review"
    SCHEDULED = "scheduled"
    OPEN = "open"
    CLOSED = "closed"
    PUBLISHED = "published"
    INVALID = "invalid"
    WITHDRAWN = "withdrawn"


_NEXT: Final[Mapping[State, frozenset[State]]] = {
    State.DRAFT: frozenset({State.REVIEW, State.WITHDRAWN}),
    State.REVIEW: frozenset({State.DRAFT, State.SCHEDULED, State.WITHDRAWN}),
    State.SCHEDULED: frozenset({State.DRAFT, State.OPEN, State.WITHDRAWN}),
    State.OPEN: frozenset({State.OPEN, State.CLOSED, State.WITHDRAWN}),
    State.CLOSED: frozenset({State.PUBLISHED, State.INVALID, State.WITHDRAWN}),
    State.PUBLISHED: frozenset(),
    State.INVALID: frozenset(),
    State.WITHDRAWN: frozenset(),
}

PUBLIC: Final = frozenset(
    {State.SCHEDULED, State.OPEN, State.CLOSED, State.PUBLISHED, State.INVALID}
)
"""States in which residents see a poll."""

FINAL: Final = frozenset({State.PUBLISHED, State.INVALID, State.WITHDRAWN})


def may_become(state: State, other: State) -> bool:
    return other in _NEXT[state]


class Option(msgspec.Struct, frozen=True):
    """An answer on the ballot paper."""

    id: UUID
    title: str
    detail: str = ""
    picture: UUID | None = None


class Question(msgspec.Struct, frozen=True):
    """A question with its options; `max_choices` of 1 means a single answer (п. 3.10)."""

    id: UUID
    title: str
    options: tuple[Option, ...]
    max_choices: int = 1
    hint: str = ""

    @property
    def single(self) -> bool:
        return self.max_choices == 1


class Paper(msgspec.Struct, frozen=True):
    """The ballot paper: what is asked, in order. Frozen when the poll opens."""

    questions: tuple[Question, ...]

    @property
    def digest(self) -> str:
        """What this paper says, as a fingerprint for the protocol."""
        return hashlib.sha256(msgspec.json.encode(self, order="deterministic")).hexdigest()[:16]

    def option_ids(self) -> frozenset[UUID]:
        return frozenset(option.id for question in self.questions for option in question.options)


class Term(msgspec.Struct, frozen=True):
    """A value that binds a poll, with the reasons (and clauses) it rests on, as data per language:
    `{"ru": [...], "en": [...]}`."""

    value: int | str | bool | None
    reasons: Mapping[str, list[object]] = {}


class Terms(msgspec.Struct, frozen=True):
    """The law of a poll's opening: decisions taken once and kept with the poll."""

    duration: Term
    quorum: Term
    quorum_level: Term
    quorum_missed: Term
    results_shown: Term
    revote: Term
    reward: Term
    appeal_days: Term

    @property
    def needed(self) -> int | None:
        return self.quorum.value if isinstance(self.quorum.value, int) else None

    @property
    def level(self) -> Level:
        return Level(str(self.quorum_level.value))

    @property
    def consequence(self) -> Consequence:
        return Consequence(str(self.quorum_missed.value))

    @property
    def shown(self) -> ResultsShown:
        return ResultsShown(str(self.results_shown.value))

    @property
    def points(self) -> int:
        """Points for taking part; a city that awards none answers nothing."""
        return self.reward.value if isinstance(self.reward.value, int) else 0


Choices = Mapping[UUID, tuple[UUID, ...]]
"""Question → chosen options, sorted; unanswered questions are absent."""

_NOTHING_CHOSEN: Final = Text(ru="Выберите вариант ответа.", en="Choose an answer.")
_NOT_ON_PAPER: Final = Text(
    ru="Такого варианта в опросе нет. Обновите страницу.",
    en="There is no such answer in this poll. Reload the page.",
)


def read_choices(paper: Paper, sent: Mapping[str, Sequence[str]]) -> Choices:
    """What was sent (question id → option ids) as choices; raises Invalid with a message for each
    question. Every question must be answered; repeats count once."""
    wrong: dict[str, Text] = {}
    choices: dict[UUID, tuple[UUID, ...]] = {}
    known = {str(question.id) for question in paper.questions}
    for name in sent:
        if name not in known:
            wrong[name] = _NOT_ON_PAPER
    for question in paper.questions:
        name = str(question.id)
        offered = {str(option.id): option.id for option in question.options}
        values = list(dict.fromkeys(sent.get(name, ())))
        if any(value not in offered for value in values):
            wrong[name] = _NOT_ON_PAPER
        elif not values:
            wrong[name] = _NOTHING_CHOSEN
        elif len(values) > question.max_choices:
            wrong[name] = Text(
                ru="Можно выбрать не больше чем {most}, а отмечено {now}.",
                en="You may choose {most} at most; {now} are marked.",
            ).with_values({"most": ANSWERS.text(question.max_choices), "now": str(len(values))})
        else:
            choices[question.id] = tuple(sorted(offered[value] for value in values))
    if wrong:
        raise Invalid(wrong)
    return choices


def canonical(choices: Choices) -> str:
    """One and the same text for the same choices, whatever order they were made in."""
    ordered = {str(key): [str(option) for option in choices[key]] for key in sorted(choices)}
    return msgspec.json.encode(ordered).decode()


def chosen_options(text: str) -> tuple[UUID, ...]:
    """All options in a canonical text, sorted: the order in which counters are locked."""
    decoded = msgspec.json.decode(text, type=dict[str, list[UUID]])
    return tuple(sorted(option for options in decoded.values() for option in options))


def voter_tag(key: bytes, poll_id: UUID, resident_id: UUID) -> bytes:
    """The name of a voter on ballots of one poll: useless without that poll's key."""
    return keyed_hash(key, poll_id.bytes, resident_id.bytes)


def slot_of(random_id: UUID) -> int:
    """A counter slot for a ballot, from an id that is random."""
    return random_id.int % SLOTS


def hour_of(instant: datetime) -> datetime:
    """All that a ballot keeps of its time."""
    return instant.replace(minute=0, second=0, microsecond=0)


class Verdict(StrEnum):
    """Whether a result stands."""

    VALID = "valid"
    VOID = "void"
    INFORMATIONAL = "informational"


def judge(*, needed: int | None, counted: int, consequence: Consequence) -> Verdict:
    """The standing of a closed poll. A missed quorum that would extend the poll, but no longer
    can, leaves it void."""
    if needed is None or counted >= needed:
        return Verdict.VALID
    return Verdict.INFORMATIONAL if consequence is Consequence.INFORMATIONAL else Verdict.VOID


class OptionResult(msgspec.Struct, frozen=True):
    """Votes for one option; `share` is of the people who answered the question, 0 to 1."""

    id: UUID
    title: str
    votes: int
    share: float
    leads: bool = False


class QuestionResult(msgspec.Struct, frozen=True):
    """How one question was answered."""

    id: UUID
    title: str
    max_choices: int
    options: tuple[OptionResult, ...]


class DayTurnout(msgspec.Struct, frozen=True):
    """Voters on one day (ISO date)."""

    day: str
    voters: int


class DistrictTurnout(msgspec.Struct, frozen=True):
    """Voters of one district; an empty key stands for those who named none."""

    district: str
    voters: int


class Results(msgspec.Struct, frozen=True):
    """What a closed poll came to; stored with the poll and shown ever after."""

    participants: int
    counted: int
    needed: int | None
    verdict: Verdict
    questions: tuple[QuestionResult, ...]
    days: tuple[DayTurnout, ...] = ()
    districts: tuple[DistrictTurnout, ...] = ()
    paper_digest: str = ""


def question_results(
    paper: Paper, votes: Mapping[UUID, int], participants: int
) -> tuple[QuestionResult, ...]:
    """Tallies on the paper's own order; leaders are all options with the most votes (none at 0)."""
    found = []
    for question in paper.questions:
        most = max((votes.get(option.id, 0) for option in question.options), default=0)
        found.append(
            QuestionResult(
                id=question.id,
                title=question.title,
                max_choices=question.max_choices,
                options=tuple(
                    OptionResult(
                        id=option.id,
                        title=option.title,
                        votes=votes.get(option.id, 0),
                        share=votes.get(option.id, 0) / participants if participants else 0.0,
                        leads=most > 0 and votes.get(option.id, 0) == most,
                    )
                    for option in question.options
                ),
            )
        )
    return tuple(found)


def counted_voters(by_level: Mapping[str, int], level: Level) -> int:
    """Voters whose verification reaches the level that the quorum counts from (R130)."""
    return sum(voters for key, voters in by_level.items() if Level(key).reaches(level))


def count_ballots(texts: Iterable[str]) -> dict[UUID, int]:
    """A tally from ballots, for the recount."""
    votes: dict[UUID, int] = {}
    for text in texts:
        for option in chosen_options(text):
            votes[option] = votes.get(option, 0) + 1
    return votes
