"""Pure values of the topic plan: states of a year, an item and a measure, what is written of them,
money to the kopeck, quarters, and how much of a promise has been kept. No storage, no rules."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from core.kit.errors import Invalid
from core.kit.period import Period
from core.kit.text import Text

YEARS: Final = range(2000, 2101)
"""Outside these a year is a slip of the keyboard; it limits nobody."""

MOST_MONEY: Final = 10**14
"""Kopecks. More than this is a slip of the keyboard as well."""


class YearState(StrEnum):
    """Where the list of a year stands."""

    GATHERING = "gathering"
    REVIEW = "review"
    APPROVED = "approved"


class ItemKind(StrEnum):
    """What is held on a topic."""

    CAMPAIGN = "campaign"
    POLL = "poll"


class ItemState(StrEnum):
    """Where a proposal stands. A `draft` is being written by a unit behind its own link."""

    DRAFT = "draft"
    PROPOSED = "proposed"
    ADMITTED = "admitted"
    REFUSED = "refused"
    APPROVED = "approved"
    WITHDRAWN = "withdrawn"


class Source(StrEnum):
    """Who a topic comes from (R42)."""

    UNIT = "unit"
    IDEA = "idea"


class AmendmentKind(StrEnum):
    """What an amendment does to the approved list."""

    ADD = "add"
    CHANGE = "change"
    REMOVE = "remove"


class AmendmentState(StrEnum):
    """Where an amendment stands."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    REFUSED = "refused"


class MeasureState(StrEnum):
    """What has become of a measure."""

    PLANNED = "planned"
    IN_WORK = "in_work"
    DONE = "done"
    PARTLY = "partly"
    NOT_DONE = "not_done"


class Control(StrEnum):
    """Whether somebody is named who sees to it that the list is carried out (R36)."""

    NAMED = "named"
    NOBODY = "nobody"


class ActivityKind(StrEnum):
    """What was held on a topic, as its own feature tells us."""

    POLL = "poll"
    CAMPAIGN = "campaign"


YEAR_LABELS: Final[Mapping[YearState, Text]] = {
    YearState.GATHERING: Text(ru="Собираем предложения", en="Gathering proposals"),
    YearState.REVIEW: Text(ru="На рассмотрении", en="Under review"),
    YearState.APPROVED: Text(ru="Утверждён", en="Approved"),
}

KIND_LABELS: Final[Mapping[ItemKind, Text]] = {
    ItemKind.CAMPAIGN: Text(ru="Обсуждение", en="Discussion"),
    ItemKind.POLL: Text(ru="Опрос", en="Poll"),
}

ITEM_LABELS: Final[Mapping[ItemState, Text]] = {
    ItemState.DRAFT: Text(ru="Заполняется подразделением", en="Being written by a unit"),
    ItemState.PROPOSED: Text(ru="Предложена", en="Proposed"),
    ItemState.ADMITTED: Text(ru="Допущена", en="Admitted"),
    ItemState.REFUSED: Text(ru="Не допущена", en="Not admitted"),
    ItemState.APPROVED: Text(ru="Утверждена", en="Approved"),
    ItemState.WITHDRAWN: Text(ru="Исключена", en="Withdrawn"),
}

SOURCE_LABELS: Final[Mapping[Source, Text]] = {
    Source.UNIT: Text(ru="Предложение подразделения", en="A unit’s proposal"),
    Source.IDEA: Text(ru="Идея жителя", en="A resident’s idea"),
}

AMENDMENT_LABELS: Final[Mapping[AmendmentKind, Text]] = {
    AmendmentKind.ADD: Text(ru="Добавить тему", en="Add a topic"),
    AmendmentKind.CHANGE: Text(ru="Изменить тему", en="Change a topic"),
    AmendmentKind.REMOVE: Text(ru="Исключить тему", en="Remove a topic"),
}

AMENDMENT_STATES: Final[Mapping[AmendmentState, Text]] = {
    AmendmentState.PROPOSED: Text(ru="Ждёт решения", en="Waits for a decision"),
    AmendmentState.APPROVED: Text(ru="Внесено", en="Made"),
    AmendmentState.REFUSED: Text(ru="Отклонено", en="Declined"),
}

MEASURE_LABELS: Final[Mapping[MeasureState, Text]] = {
    MeasureState.PLANNED: Text(ru="Запланировано", en="Planned"),
    MeasureState.IN_WORK: Text(ru="В работе", en="In work"),
    MeasureState.DONE: Text(ru="Сделано", en="Done"),
    MeasureState.PARTLY: Text(ru="Сделано частично", en="Partly done"),
    MeasureState.NOT_DONE: Text(ru="Не сделано", en="Not done"),
}

ENDED: Final = frozenset({MeasureState.DONE, MeasureState.PARTLY, MeasureState.NOT_DONE})
"""States of a measure about which nothing more is expected."""


# --- Money ---------------------------------------------------------------------------------

_MONEY: Final = re.compile(r"(\d{1,13})(?:[.,](\d{1,2}))?", re.ASCII)
_BAD_MONEY: Final = Text(
    ru="Укажите сумму в рублях, например 1 250 000 или 1 250 000,50.",
    en="Give a sum in roubles, such as 1 250 000 or 1 250 000.50.",
)
_NARROW: Final = "\u00a0"


def read_money(text: str) -> int:
    """Kopecks of a sum as people write it: «1 250 000», «1250000,50», «18 000 ₽». Raises Invalid
    under the name `money`; nothing is ever rounded."""
    plain = "".join(text.split()).removesuffix("₽").removesuffix("руб.").removesuffix("руб")
    found = _MONEY.fullmatch(plain)
    if found is None:
        raise Invalid({"money": _BAD_MONEY})
    return int(found[1]) * 100 + int((found[2] or "").ljust(2, "0"))


def money_text(kopecks: int) -> str:
    """«1 250 000,50 ₽»; kopecks only where there are some."""
    roubles, rest = divmod(abs(kopecks), 100)
    sign = "−" if kopecks < 0 else ""
    whole = f"{roubles:,}".replace(",", _NARROW)
    return f"{sign}{whole}{f',{rest:02d}' if rest else ''}{_NARROW}₽"


def money_typed(kopecks: int | None) -> str:
    """A sum as it stands in a form's field."""
    if kopecks is None:
        return ""
    return money_text(kopecks).removesuffix(f"{_NARROW}₽").replace(_NARROW, " ")


# --- When ----------------------------------------------------------------------------------


def quarter_of(day: date) -> int:
    """1 to 4."""
    return (day.month - 1) // 3 + 1


def quarter(year: int, number: int) -> Period:
    """The whole quarter."""
    first = date(year, 3 * number - 2, 1)
    last = date(year, 12, 31) if number == 4 else date(year, 3 * number + 1, 1) - timedelta(days=1)
    return Period(first, last)


def year_period(year: int) -> Period:
    return Period(date(year, 1, 1), date(year, 12, 31))


def days_before(year: int, month: int, day: int) -> int:
    """How many days before the first of January of `year` lies this day of the year before."""
    last = (
        date(year - 1, month + 1, 1) - timedelta(days=1) if month < 12 else date(year - 1, 12, 31)
    )
    return (date(year, 1, 1) - date(year - 1, month, min(day, last.day))).days


def day_before(year: int, days: int) -> date:
    """The day that lies so many days before the first of January of `year`."""
    return date(year, 1, 1) - timedelta(days=min(days, 3660))


# --- What is written of a topic ---------------------------------------------------------------


class PassportQuestion(msgspec.Struct, frozen=True):
    """A question that residents would be asked, with the answers they would choose from."""

    title: str
    options: tuple[str, ...] = ()


class IfWins(msgspec.Struct, frozen=True):
    """What the city does if this answer wins."""

    option: str
    action: str


class Passport(msgspec.Struct, frozen=True):
    """The passport of a topic with its financial justification (R24, R48)."""

    questions: tuple[PassportQuestion, ...] = ()
    materials: str = ""
    cost: int | None = None
    justification: str = ""
    funds: str = ""
    programme_code: str = ""
    if_wins: tuple[IfWins, ...] = ()
    risks: str = ""

    @property
    def complete(self) -> bool:
        """Whether it says what a decision needs: what is asked, at what cost and from what funds,
        and what is done then."""
        return bool(self.questions and self.cost is not None and self.funds and self.if_wins)


class Content(msgspec.Struct, frozen=True):
    """A topic as it is written down on the form of appendix 1 (R47), with its passport."""

    kind: ItemKind
    title: str
    aim: str = ""
    programme: str = ""
    audience: str = ""
    territory: tuple[str, ...] = ()
    quarter: int | None = None
    opens_on: date | None = None
    closes_on: date | None = None
    source: Source = Source.UNIT
    unit: str = ""
    idea_id: UUID | None = None
    idea_number: int | None = None
    responsible_post: str = ""
    responsible: str = ""
    phone: str = ""
    expected: str = ""
    funding: str = ""
    note: str = ""
    passport: Passport = Passport()

    def period(self, year: int) -> Period:
        """When it is held: its dates, else its quarter, else some time in the year."""
        if self.opens_on is not None and self.closes_on is not None:
            return Period(self.opens_on, max(self.opens_on, self.closes_on))
        if self.quarter is not None:
            return quarter(year, self.quarter)
        return year_period(year)


def in_quarter(content: Content, year: int, number: int) -> bool:
    """Whether a topic belongs to the list of a quarter: a topic with dates stands in the quarter
    in which it begins; one without any belongs to each."""
    if content.opens_on is not None:
        return quarter_of(content.opens_on) == number
    return content.quarter is None or content.quarter == number


MISSING: Final[Mapping[str, Text]] = {
    "aim": Text(ru="обоснование и цель", en="grounds and aim"),
    "period": Text(ru="срок", en="period"),
    "unit": Text(ru="ответственное подразделение", en="responsible unit"),
    "responsible": Text(ru="ответственное лицо", en="responsible person"),
    "expected": Text(ru="ожидаемый результат", en="expected result"),
    "passport": Text(ru="паспорт и финансовое обоснование", en="passport and justification"),
}


def missing(content: Content) -> tuple[str, ...]:
    """What the form of appendix 1 still lacks, by the keys of `MISSING`."""
    there = {
        "aim": bool(content.aim),
        "period": content.quarter is not None or content.opens_on is not None,
        "unit": bool(content.unit),
        "responsible": bool(content.responsible),
        "expected": bool(content.expected),
        "passport": content.passport.complete,
    }
    return tuple(key for key, present in there.items() if not present)


# --- What became of a promise ----------------------------------------------------------------


class Measured(msgspec.Struct, frozen=True):
    """What counting needs to know of a measure."""

    state: MeasureState
    due_on: date
    done_on: date | None
    planned: int | None
    spent: int | None


def is_late(measure: Measured, today: date) -> bool:
    """Whether the day has passed without an end, or the end came after it."""
    if measure.state in ENDED:
        return measure.done_on is not None and measure.done_on > measure.due_on
    return today > measure.due_on


class Progress(msgspec.Struct, frozen=True):
    """How measures stand: numbers of them, and money in kopecks."""

    measures: int = 0
    done: int = 0
    partly: int = 0
    not_done: int = 0
    late: int = 0
    planned: int = 0
    spent: int = 0

    @property
    def open(self) -> int:
        return self.measures - self.done - self.partly - self.not_done

    @property
    def share(self) -> int:
        """Whole percent of measures that are done; 100 only when every one is."""
        return self.done * 100 // self.measures if self.measures else 0

    def __add__(self, other: "Progress") -> "Progress":
        return Progress(
            *(
                getattr(self, name) + getattr(other, name)
                for name in ("measures", "done", "partly", "not_done", "late", "planned", "spent")
            )
        )


def progress(measures: Iterable[Measured], today: date) -> Progress:
    """Measures counted on a day. `late` are those still open after their day."""
    found = Progress()
    for one in measures:
        found += Progress(
            measures=1,
            done=int(one.state is MeasureState.DONE),
            partly=int(one.state is MeasureState.PARTLY),
            not_done=int(one.state is MeasureState.NOT_DONE),
            late=int(one.state not in ENDED and today > one.due_on),
            planned=one.planned or 0,
            spent=one.spent or 0,
        )
    return found


class Report(msgspec.Struct, frozen=True):
    """What the report on an item says beside its measures (appendix 2, R64)."""

    decision: str = ""
    note: str = ""
    signer_post: str = ""
    signer_name: str = ""


def joined(parts: Sequence[str], sign: str = ", ") -> str:
    """The parts that say something, with a sign between them."""
    return sign.join(part for part in parts if part)


# --- Papers ----------------------------------------------------------------------------------


def year_subject(year: int, number: int | None = None) -> UUID:
    """A year, or a quarter of it, under an id as documents ask for one."""
    return UUID(int=year * 10 + (number or 0))


def subject_year(subject: UUID) -> tuple[int, int | None] | None:
    """The year and quarter of an id that `year_subject` has made; None for any other."""
    year, number = divmod(subject.int, 10)
    if year not in YEARS or number not in range(5):
        return None
    return year, number or None
