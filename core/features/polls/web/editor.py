"""The editor's form of a draft: what was typed, how its buttons change it, and the draft it makes.
Nothing here knows storage or requests, so a form that fails can always be shown again as it was."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final, TypeVar
from uuid import UUID

import msgspec
from litestar.datastructures import UploadFile

from core.features.polls.domain import MOST_OPTIONS, MOST_QUESTIONS, Paper, Question
from core.features.polls.queries import PollView
from core.features.polls.service.drafting import Draft, OptionDraft, QuestionDraft
from core.kit.text import Locale, Text
from core.tenancy.tenant import CityProfile
from core.web.forms import Form

T = TypeVar("T")

LONGEST_TITLE: Final = 200
LONGEST_SUMMARY: Final = 300
LONGEST_BODY: Final = 8000
LONGEST_QUESTION: Final = 300
LONGEST_HINT: Final = 300
LONGEST_OPTION: Final = 200
LONGEST_DETAIL: Final = 500
ANY_NUMBER: Final = "all"
"""The choice «сколько угодно»: it stays true when options are added."""

_CELL: Final = re.compile(
    r"q-(\d{1,3})-(?:o-(\d{1,3})-)?(id|title|hint|max|detail|picture)", re.ASCII
)
_VERSION: Final = re.compile(r"\d{1,9}", re.ASCII)
_KEPT: Final = 20_000
# Outside these a date is a slip of the keyboard; it limits nobody.
_YEARS: Final = range(2000, 2101)

_FAR = Text(ru="Проверьте год.", en="Please check the year.")
_BACKWARDS = Text(ru="Последний день раньше дня начала.", en="The last day is before the first.")
_NOT_OFFERED = Text(ru="Выберите из списка.", en="Choose from the list.")


class OptionForm(msgspec.Struct, frozen=True):
    """An option as typed; `id` and `picture` are empty until they are stored."""

    id: str = ""
    title: str = ""
    detail: str = ""
    picture: str = ""


class QuestionForm(msgspec.Struct, frozen=True):
    """A question as typed; `max` is a number of answers or `all`."""

    id: str = ""
    title: str = ""
    hint: str = ""
    max: str = "1"
    options: tuple[OptionForm, ...] = (OptionForm(), OptionForm())


class EditorForm(msgspec.Struct, frozen=True):
    """The whole form. `version` is the one the text was read at; 0 means it was never saved."""

    poll_id: UUID
    version: int = 0
    title: str = ""
    summary: str = ""
    body: str = ""
    topic: str = ""
    initiator: str = ""
    procedure: str = ""
    territory: tuple[str, ...] = ()
    opens_on: str = ""
    closes_on: str = ""
    questions: tuple[QuestionForm, ...] = (QuestionForm(),)

    @property
    def shape(self) -> str:
        """Tells forms apart whose fields of one name mean different things: what a browser kept
        for one of them must not be put into another."""
        return "-".join(
            [str(self.version)]
            + [
                f"{question.id[-4:]}.{'.'.join(option.id[-4:] for option in question.options)}"
                for question in self.questions
            ]
        )


def form_of(poll: PollView, paper: Paper) -> EditorForm:
    """A stored draft as a form."""
    return EditorForm(
        poll_id=poll.id,
        version=poll.version,
        title=poll.title,
        summary=poll.summary,
        body=poll.body,
        topic=poll.topic or "",
        initiator=poll.initiator or "",
        procedure=poll.procedure,
        territory=poll.territory or (),
        opens_on=poll.opens_on.isoformat() if poll.opens_on else "",
        closes_on=poll.closes_on.isoformat() if poll.closes_on else "",
        questions=tuple(_question_of(question) for question in paper.questions),
    )


def _question_of(question: Question) -> QuestionForm:
    every = 1 < len(question.options) == question.max_choices
    return QuestionForm(
        id=str(question.id),
        title=question.title,
        hint=question.hint,
        max=ANY_NUMBER if every else str(question.max_choices),
        options=tuple(
            OptionForm(
                id=str(option.id),
                title=option.title,
                detail=option.detail,
                picture=str(option.picture or ""),
            )
            for option in question.options
        ),
    )


def read(data: Mapping[str, Any], poll_id: UUID) -> EditorForm:
    """What was sent, nothing judged yet."""
    sent = Form(data)
    questions: dict[int, dict[str, str]] = {}
    options: dict[int, dict[int, dict[str, str]]] = {}
    for name in data:
        found = _CELL.fullmatch(name)
        if found is None:
            continue
        value = sent.raw(name)[:_KEPT]
        place = int(found[1])
        if found[2] is None:
            questions.setdefault(place, {})[found[3]] = value
        else:
            options.setdefault(place, {}).setdefault(int(found[2]), {})[found[3]] = value
    version = sent.raw("version")
    return EditorForm(
        poll_id=poll_id,
        version=int(version) if _VERSION.fullmatch(version) else 0,
        title=sent.raw("title")[:_KEPT],
        summary=sent.raw("summary")[:_KEPT],
        body=sent.raw("body")[:_KEPT],
        topic=sent.raw("topic"),
        initiator=sent.raw("initiator"),
        procedure=sent.raw("procedure"),
        territory=sent.many("territory"),
        opens_on=sent.raw("opens_on"),
        closes_on=sent.raw("closes_on"),
        questions=tuple(
            _read_question(questions.get(place, {}), options.get(place, {}))
            for place in sorted({*questions, *options})
        ),
    )


def _read_question(
    cells: Mapping[str, str], options: Mapping[int, Mapping[str, str]]
) -> QuestionForm:
    return QuestionForm(
        id=cells.get("id", ""),
        title=cells.get("title", ""),
        hint=cells.get("hint", ""),
        max=cells.get("max", "1"),
        options=tuple(
            OptionForm(
                id=options[place].get("id", ""),
                title=options[place].get("title", ""),
                detail=options[place].get("detail", ""),
                picture=options[place].get("picture", ""),
            )
            for place in sorted(options)
        ),
    )


def uploads(data: Mapping[str, Any], form: EditorForm) -> dict[tuple[int, int], UploadFile]:
    """The files that came with the form, by question and option."""
    sent = Form(data)
    found = {}
    for place, question in enumerate(form.questions):
        for number in range(len(question.options)):
            upload = sent.file(f"q-{place}-o-{number}-file")
            if upload is not None:
                found[place, number] = upload
    return found


def with_picture(form: EditorForm, place: tuple[int, int], picture: UUID) -> EditorForm:
    question, option = place
    return _change_option(form, question, option, picture=str(picture))


def pressed(form: EditorForm, do: str) -> tuple[EditorForm, str | None]:
    """The form after one of its buttons (`add_option:2`, `remove_option:2:1`, …), and the field in
    which to go on typing. A button that means nothing here changes nothing."""
    verb, _, rest = do.partition(":")
    places = [int(part) for part in rest.split(":") if part.isascii() and part.isdigit()]
    if not _stand(form, places):
        return form, None
    match verb, places:
        case "add_question", []:
            if len(form.questions) >= MOST_QUESTIONS:
                return form, None
            return (
                msgspec.structs.replace(form, questions=(*form.questions, QuestionForm())),
                f"q-{len(form.questions)}-title",
            )
        case "remove_question", [at]:
            return msgspec.structs.replace(form, questions=_without(form.questions, at)), None
        case "question_up", [at]:
            return msgspec.structs.replace(form, questions=_raised(form.questions, at)), None
        case "question_down", [at]:
            return msgspec.structs.replace(form, questions=_raised(form.questions, at + 1)), None
        case "add_option", [at]:
            options = form.questions[at].options
            if len(options) >= MOST_OPTIONS:
                return form, None
            return (
                _change_question(form, at, options=(*options, OptionForm())),
                f"q-{at}-o-{len(options)}-title",
            )
        case "remove_option", [at, option]:
            return _change_question(
                form, at, options=_without(form.questions[at].options, option)
            ), None
        case "option_up", [at, option]:
            return _change_question(
                form, at, options=_raised(form.questions[at].options, option)
            ), None
        case "option_down", [at, option]:
            return _change_question(
                form, at, options=_raised(form.questions[at].options, option + 1)
            ), None
        case "drop_picture", [at, option]:
            return _change_option(form, at, option, picture=""), None
    return form, None


def _stand(form: EditorForm, places: Sequence[int]) -> bool:
    """Whether the question and the option that a button names are there."""
    if places and places[0] >= len(form.questions):
        return False
    return len(places) < 2 or places[1] < len(form.questions[places[0]].options)


def _change_question(form: EditorForm, at: int, **changes: object) -> EditorForm:
    changed = msgspec.structs.replace(form.questions[at], **changes)
    return msgspec.structs.replace(
        form, questions=(*form.questions[:at], changed, *form.questions[at + 1 :])
    )


def _change_option(form: EditorForm, at: int, option: int, **changes: object) -> EditorForm:
    options = form.questions[at].options
    changed = msgspec.structs.replace(options[option], **changes)
    return _change_question(form, at, options=(*options[:option], changed, *options[option + 1 :]))


def _without(items: tuple[T, ...], at: int) -> tuple[T, ...]:
    return (*items[:at], *items[at + 1 :])


def _raised(items: tuple[T, ...], at: int) -> tuple[T, ...]:
    """One item a place up; the first stays where it is."""
    if not 0 < at < len(items):
        return items
    return (*items[: at - 1], items[at], items[at - 1], *items[at + 1 :])


def draft_of(
    form: EditorForm, profile: CityProfile, procedures: Iterable[str], known: frozenset[UUID]
) -> tuple[Draft, dict[str, Text]]:
    """The draft a form makes, and what cannot be stored of it, by field.

    `known` are the ids of this poll's own questions and options: ids that came from elsewhere are
    not taken over. Whether the poll is complete or lawful is judged when it is sent on.
    """
    sent = Form(_flat(form))
    opens_on, closes_on = _day(sent, "opens_on"), _day(sent, "closes_on")
    if opens_on and closes_on and closes_on < opens_on:
        sent.wrong("closes_on", _BACKWARDS)
        closes_on = None
    districts = {district.key for district in profile.districts}
    if not districts.issuperset(form.territory):
        sent.wrong("territory", _NOT_OFFERED)
    draft = Draft(
        title=sent.text("title", most=LONGEST_TITLE, required=False),
        summary=sent.text("summary", most=LONGEST_SUMMARY, required=False),
        body=sent.text("body", most=LONGEST_BODY, required=False, lines=True),
        topic=sent.choice("topic", [topic.key for topic in profile.topics], required=False)
        if form.topic
        else None,
        initiator=sent.choice("initiator", [unit.key for unit in profile.units], required=False)
        if form.initiator
        else None,
        procedure=sent.choice("procedure", [*procedures], required=False)
        if form.procedure
        else None,
        territory=tuple(dict.fromkeys(key for key in form.territory if key in districts)) or None,
        opens_on=opens_on,
        closes_on=closes_on,
        questions=tuple(
            _question_draft(sent, place, question, known)
            for place, question in enumerate(form.questions)
        ),
    )
    return draft, sent.errors


def _flat(form: EditorForm) -> dict[str, str]:
    """The form's texts under the names of its fields."""
    cells = {
        name: getattr(form, name)
        for name in (
            "title",
            "summary",
            "body",
            "topic",
            "initiator",
            "procedure",
            "opens_on",
            "closes_on",
        )
    }
    for place, question in enumerate(form.questions):
        for name in ("title", "hint", "max"):
            cells[f"q-{place}-{name}"] = getattr(question, name)
        for number, option in enumerate(question.options):
            for name in ("title", "detail"):
                cells[f"q-{place}-o-{number}-{name}"] = getattr(option, name)
    return cells


def _day(sent: Form, name: str) -> date | None:
    day = sent.day(name, required=False)
    if day is not None and day.year not in _YEARS:
        sent.wrong(name, _FAR)
        return None
    return day


def _question_draft(
    sent: Form, place: int, question: QuestionForm, known: frozenset[UUID]
) -> QuestionDraft:
    name = f"q-{place}"
    if question.max == ANY_NUMBER:
        most = max(1, len(question.options))
    else:
        most = sent.whole(f"{name}-max", least=1, most=MOST_OPTIONS, default=1)
        most = min(max(most, 1), MOST_OPTIONS)
    return QuestionDraft(
        id=_own(question.id, known),
        title=sent.text(f"{name}-title", most=LONGEST_QUESTION, required=False),
        hint=sent.text(f"{name}-hint", most=LONGEST_HINT, required=False),
        max_choices=most,
        options=tuple(
            OptionDraft(
                id=_own(option.id, known),
                title=sent.text(f"{name}-o-{number}-title", most=LONGEST_OPTION, required=False),
                detail=sent.text(f"{name}-o-{number}-detail", most=LONGEST_DETAIL, required=False),
                picture=_uuid(option.picture),
            )
            for number, option in enumerate(question.options)
        ),
    )


def _own(value: str, known: frozenset[UUID]) -> UUID | None:
    number = _uuid(value)
    return number if number in known else None


def _uuid(value: str) -> UUID | None:
    try:
        return UUID(value)
    except ValueError:
        return None


def days_of(form: EditorForm) -> tuple[date, date] | None:
    """First and last day, when both can be read and follow one another."""
    sent = Form({"opens_on": form.opens_on, "closes_on": form.closes_on})
    first, last = _day(sent, "opens_on"), _day(sent, "closes_on")
    return (first, last) if first and last and first <= last else None


def own_ids(paper: Paper) -> frozenset[UUID]:
    """The ids of a stored paper's questions and options."""
    return paper.option_ids() | {question.id for question in paper.questions}


def stored_draft(poll: PollView, paper: Paper) -> Draft:
    """What is stored of a poll, as a draft to compare with."""
    return Draft(
        title=poll.title,
        summary=poll.summary,
        body=poll.body,
        topic=poll.topic,
        initiator=poll.initiator,
        procedure=poll.procedure,
        territory=poll.territory,
        opens_on=poll.opens_on,
        closes_on=poll.closes_on,
        questions=tuple(
            QuestionDraft(
                id=question.id,
                title=question.title,
                hint=question.hint,
                max_choices=question.max_choices,
                options=tuple(
                    OptionDraft(option.title, option.detail, option.id, option.picture)
                    for option in question.options
                ),
            )
            for question in paper.questions
        ),
    )


_PARTS: Final[Sequence[tuple[str, Text]]] = (
    ("title", Text(ru="название", en="title")),
    ("summary", Text(ru="краткое описание", en="summary")),
    ("body", Text(ru="подробности", en="details")),
    ("topic", Text(ru="тема", en="topic")),
    ("initiator", Text(ru="инициатор", en="initiator")),
    ("procedure", Text(ru="порядок", en="procedure")),
    ("territory", Text(ru="территория", en="area")),
    ("opens_on", Text(ru="первый день", en="first day")),
    ("closes_on", Text(ru="последний день", en="last day")),
    ("questions", Text(ru="вопросы и варианты ответа", en="questions and answers")),
)


def differing(mine: Draft, theirs: Draft, *, pictures: bool = True) -> list[Text]:
    """In which parts two drafts say something else; without `pictures` these may differ."""
    mine, theirs = _bare(mine, pictures), _bare(theirs, pictures)
    return [label for name, label in _PARTS if getattr(mine, name) != getattr(theirs, name)]


def _bare(draft: Draft, pictures: bool) -> Draft:
    """A draft without ids: they differ although nobody has changed anything."""
    replace = msgspec.structs.replace
    return replace(
        draft,
        questions=tuple(
            replace(
                question,
                id=None,
                options=tuple(
                    replace(option, id=None, **({} if pictures else {"picture": None}))
                    for option in question.options
                ),
            )
            for question in draft.questions
        ),
    )


def identified(form: EditorForm, saved: EditorForm) -> EditorForm:
    """What was typed, with the version, ids and pictures that storing it gave."""
    replace = msgspec.structs.replace
    return replace(
        form,
        version=saved.version,
        questions=tuple(
            replace(
                question,
                id=there.id,
                options=tuple(
                    replace(option, id=kept.id, picture=kept.picture)
                    for option, kept in zip(question.options, there.options, strict=True)
                ),
            )
            for question, there in zip(form.questions, saved.questions, strict=True)
        ),
    )


def max_choices_offered(question: QuestionForm, locale: Locale) -> list[dict[str, str]]:
    """What may be chosen in the field «Сколько вариантов можно выбрать»."""
    numbers = {*range(2, len(question.options))}
    if question.max.isascii() and question.max.isdigit():
        numbers |= {int(question.max)} & {*range(2, MOST_OPTIONS + 1)}
    return [
        {"value": "1", "label": _ONE.in_(locale)},
        *(
            {
                "value": str(number),
                "label": (_UP_TO_ONE if number % 10 == 1 and number != 11 else _UP_TO)
                .format(number=number)
                .in_(locale),
            }
            for number in sorted(numbers)
        ),
        {"value": ANY_NUMBER, "label": _ANY.in_(locale)},
    ]


_ONE = Text(ru="Только один вариант", en="One answer only")
_UP_TO = Text(ru="Не больше {number} вариантов", en="Up to {number} answers")
_UP_TO_ONE = Text(ru="Не больше {number} варианта", en="Up to {number} answers")
_ANY = Text(ru="Сколько угодно вариантов", en="Any number of answers")
