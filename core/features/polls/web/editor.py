"""The editor's form of a draft: what was typed, and how its buttons change it. Nothing here knows
storage or requests, so a form that fails can always be shown again as it was."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeVar
from uuid import UUID

import msgspec
from litestar.datastructures import UploadFile

from core.features.polls.domain import MOST_OPTIONS, MOST_QUESTIONS
from core.kit.text import Locale, Text
from core.web.forms import Form

T = TypeVar("T")

ANY_NUMBER: Final = "all"
"""The choice «сколько угодно»: it stays true when options are added."""

_CELL: Final = re.compile(
    r"q-(\d{1,3})-(?:o-(\d{1,3})-)?(id|title|hint|max|detail|picture)", re.ASCII
)
_VERSION: Final = re.compile(r"\d{1,9}", re.ASCII)
_KEPT: Final = 20_000


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
    plan_item: str = ""
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
        plan_item=sent.raw("plan_item")[:_KEPT],
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
