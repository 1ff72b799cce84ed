"""The editor's form: its buttons, what it makes of what was typed, and what it refuses to make."""

from datetime import date
from uuid import UUID, uuid4

import pytest

from core.features.polls.web import editor, editor_draft
from core.features.polls.web.editor import EditorForm, OptionForm, QuestionForm
from core.kit.text import Text
from core.tenancy.tenant import (
    Brand,
    CityProfile,
    Contacts,
    District,
    Names,
    Notice,
    Topic,
    Unit,
)


def profile() -> CityProfile:
    text = Text(ru="Город", en="City")
    return CityProfile(
        names=Names(**dict.fromkeys(Names.__struct_fields__, text)),
        brand=Brand(hue=200, chroma=0.1, emblem="<svg/>"),
        contacts=Contacts(office=text, email="a@example.org"),
        notice=Notice(text=text),
        districts=(District(key="north", name=text), District(key="south", name=text)),
        topics=(Topic(key="sport", name=text, icon="sport"),),
        units=(Unit(key="culture", title=text),),
    )


def form(*titles: str, **more: object) -> EditorForm:
    """One question with these options."""
    question = QuestionForm(
        title="Что построить?", options=tuple(OptionForm(title=t) for t in titles)
    )
    return EditorForm(poll_id=uuid4(), title="Опрос", questions=(question,), **more)


def titles(changed: EditorForm, question: int = 0) -> list[str]:
    return [option.title for option in changed.questions[question].options]


def draft_of(given: EditorForm, known: frozenset[UUID] = frozenset()):
    return editor_draft.draft_of(given, profile(), ["polls"], known)


def test_what_was_sent_is_read_in_the_order_of_its_numbers():
    poll = uuid4()
    read = editor.read(
        {
            "title": "Опрос",
            "version": "7",
            "territory": ["north", "south"],
            "q-3-title": "Второй вопрос",
            "q-3-o-10-title": "В",
            "q-3-o-2-title": "Б",
            "q-0-title": "Первый вопрос",
            "q-0-max": "all",
            "q-x-title": "чужое поле",
        },
        poll,
    )
    assert (read.poll_id, read.version, read.territory) == (poll, 7, ("north", "south"))
    assert [question.title for question in read.questions] == ["Первый вопрос", "Второй вопрос"]
    assert titles(read, 1) == ["Б", "В"]
    assert read.questions[0].max == editor.ANY_NUMBER


@pytest.mark.parametrize("version", ["", "-1", "1.5", "²", "x"])
def test_a_version_that_is_no_number_counts_as_never_saved(version):
    assert editor.read({"version": version}, uuid4()).version == 0


@pytest.mark.parametrize(
    ("do", "expected"),
    [
        ("add_option:0", ["А", "Б", "В", ""]),
        ("remove_option:0:1", ["А", "В"]),
        ("option_up:0:2", ["А", "В", "Б"]),
        ("option_up:0:0", ["А", "Б", "В"]),
        ("option_down:0:0", ["Б", "А", "В"]),
        ("option_down:0:2", ["А", "Б", "В"]),
    ],
)
def test_buttons_of_options(do, expected):
    assert titles(editor.pressed(form("А", "Б", "В"), do)[0]) == expected


def test_buttons_of_questions():
    given = form("А", "Б")
    two, focus = editor.pressed(given, "add_question")
    assert (len(two.questions), focus) == (2, "q-1-title")
    swapped, _focus = editor.pressed(two, "question_up:1")
    assert [question.title for question in swapped.questions] == ["", "Что построить?"]
    assert editor.pressed(swapped, "question_down:0")[0] == two
    assert editor.pressed(two, "remove_question:1")[0] == given


@pytest.mark.parametrize(
    "do", ["", "save", "add_option", "add_option:9", "remove_option:0:9", "option_up:-1:0", "x:y:z"]
)
def test_a_button_that_means_nothing_changes_nothing(do):
    given = form("А", "Б")
    assert editor.pressed(given, do) == (given, None)


def test_the_paper_cannot_grow_beyond_its_limits():
    full = form(*("вариант" for _ in range(editor.MOST_OPTIONS)))
    assert editor.pressed(full, "add_option:0") == (full, None)
    many = EditorForm(poll_id=uuid4(), questions=(QuestionForm(),) * editor.MOST_QUESTIONS)
    assert editor.pressed(many, "add_question") == (many, None)


def test_a_form_becomes_a_draft():
    draft, errors = draft_of(
        form(
            "  Каток ",
            "Сквер",
            topic="sport",
            initiator="culture",
            procedure="polls",
            territory=("north",),
            opens_on="2026-07-01",
            closes_on="21.07.2026",
            body="Первый абзац\r\n\r\nВторой",
        )
    )
    assert errors == {}
    assert (draft.opens_on, draft.closes_on) == (date(2026, 7, 1), date(2026, 7, 21))
    assert (draft.topic, draft.initiator, draft.procedure) == ("sport", "culture", "polls")
    assert draft.territory == ("north",)
    assert draft.body == "Первый абзац\n\nВторой"
    assert [option.title for option in draft.questions[0].options] == ["Каток", "Сквер"]


def test_no_district_means_the_whole_city():
    assert draft_of(form("А", "Б"))[0].territory is None


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"opens_on": "31.02.2026"}, "opens_on"),
        ({"opens_on": "завтра"}, "opens_on"),
        ({"opens_on": "9999-12-31"}, "opens_on"),
        ({"opens_on": "2026-07-21", "closes_on": "2026-07-01"}, "closes_on"),
        ({"territory": ("atlantis",)}, "territory"),
        ({"topic": "magic"}, "topic"),
        ({"initiator": "nobody"}, "initiator"),
        ({"procedure": "bonus"}, "procedure"),
        ({"title": "щ" * 201}, "title"),
        ({"title": "нуль\x00"}, "title"),
        ({"summary": "щ" * 301}, "summary"),
        ({"body": "щ" * 8001}, "body"),
    ],
)
def test_what_cannot_be_stored_is_said_beside_its_field(changes, field):
    given = EditorForm(**{"poll_id": uuid4(), "title": "Опрос", **changes})
    draft, errors = draft_of(given)
    assert set(errors) == {field}
    assert draft.closes_on is None or draft.closes_on >= (draft.opens_on or draft.closes_on)


@pytest.mark.parametrize(("choice", "most"), [("1", 1), ("2", 2), (editor.ANY_NUMBER, 3), ("3", 3)])
def test_how_many_answers_may_be_chosen(choice, most):
    given = EditorForm(
        poll_id=uuid4(),
        questions=(QuestionForm(max=choice, options=(OptionForm(title="А"),) * 3),),
    )
    assert draft_of(given)[0].questions[0].max_choices == most


@pytest.mark.parametrize("choice", ["", "0", "-3", "99999", "много"])
def test_a_number_of_answers_out_of_reason_is_refused(choice):
    given = EditorForm(poll_id=uuid4(), questions=(QuestionForm(max=choice),))
    draft, errors = draft_of(given)
    assert set(errors) == {"q-0-max"}
    assert 1 <= draft.questions[0].max_choices <= editor.MOST_OPTIONS


def test_ids_of_other_polls_are_not_taken_over():
    own, foreign = uuid4(), uuid4()
    given = EditorForm(
        poll_id=uuid4(),
        questions=(
            QuestionForm(
                id=str(foreign), options=(OptionForm(id=str(own)), OptionForm(id="не номер"))
            ),
        ),
    )
    draft, _errors = draft_of(given, frozenset({own}))
    question = draft.questions[0]
    assert question.id is None
    assert [option.id for option in question.options] == [own, None]


def test_two_drafts_differ_in_what_people_wrote_and_not_in_ids():
    mine, _errors = draft_of(form("А", "Б"))
    theirs, _errors = draft_of(form("А", "В", summary="Кратко"))
    assert [part.ru for part in editor_draft.differing(mine, theirs)] == [
        "краткое описание",
        "вопросы и варианты ответа",
    ]
    assert editor_draft.differing(mine, draft_of(form("А", "Б"))[0]) == []


def test_the_choices_of_a_number_agree_with_the_number():
    question = QuestionForm(max="11", options=(OptionForm(),) * 22)
    labels = {one["value"]: one["label"] for one in editor.max_choices_offered(question, "ru")}
    assert labels["2"] == "Не больше 2 вариантов"
    assert labels["11"] == "Не больше 11 вариантов"
    assert labels["21"] == "Не больше 21 варианта"
    assert "22" not in labels


def test_a_browser_keeps_text_only_for_the_form_it_was_typed_into():
    given = form("А", "Б")
    assert given.shape != editor.pressed(given, "add_option:0")[0].shape
    assert given.shape == form("В", "Г").shape
