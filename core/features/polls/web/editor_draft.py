"""From the editor's form to a draft and back: what can be stored of what was typed, and in what two
drafts differ. Whether a poll is complete or lawful is judged elsewhere."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final
from uuid import UUID

import msgspec

from core.features.polls.domain import MOST_OPTIONS, Paper, Question
from core.features.polls.queries import PollView
from core.features.polls.service.drafting import Draft, OptionDraft, QuestionDraft
from core.features.polls.web.editor import ANY_NUMBER, EditorForm, OptionForm, QuestionForm
from core.kit.text import Text
from core.tenancy.tenant import CityProfile
from core.web.forms import Form

LONGEST_TITLE: Final = 200
LONGEST_SUMMARY: Final = 300
LONGEST_BODY: Final = 8000
LONGEST_QUESTION: Final = 300
LONGEST_HINT: Final = 300
LONGEST_OPTION: Final = 200
LONGEST_DETAIL: Final = 500

# Outside these a date is a slip of the keyboard; it limits nobody.
_YEARS: Final = range(2000, 2101)

_FAR = Text(ru="Проверьте год.", en="Please check the year.")
_BACKWARDS = Text(ru="Последний день раньше дня начала.", en="The last day is before the first.")
_NOT_OFFERED = Text(ru="Выберите из списка.", en="Choose from the list.")


def form_of(poll: PollView, paper: Paper) -> EditorForm:
    """A stored draft as a form."""
    return EditorForm(
        poll_id=poll.id,
        version=poll.version,
        title=poll.title,
        summary=poll.summary,
        body=poll.body,
        topic=poll.topic or "",
        plan_item=str(poll.plan_item or ""),
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
        plan_item=plan_item_of(form),
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


def plan_item_of(form: EditorForm) -> UUID | None:
    """The topic of the yearly list that was chosen; whether it stands there, the rules ask."""
    return _uuid(form.plan_item)


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
        plan_item=poll.plan_item,
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
    ("plan_item", Text(ru="тема годового перечня", en="topic of the yearly list")),
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
