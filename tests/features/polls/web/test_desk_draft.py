"""Writing a draft through the browser: without scripts, with two people, with bad input."""

import io
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from PIL import Image
from sqlalchemy import func, select

from core.features.polls import queries
from core.features.polls.domain import State
from core.features.polls.model import Poll, PollPicture
from core.features.polls.service.drafting import create_draft
from core.kit.actor import SystemActor
from tests.features.console.browsing import fields, signed_in
from tests.features.plan.build import listed_topic
from tests.features.polls.build import draft, official, state_of
from tests.support.http import visible_text

NEW = "/desk/polls/new"


@pytest.fixture
def city(runtime):
    return runtime.registry.by_slug("gubkinsky")


@pytest.fixture
def moderator(runtime, city):
    """Somebody who writes polls and does not approve them (R25)."""
    return official(runtime, city, "polls.draft", but_not=("polls.approve",))


@pytest.fixture
def desk(runtime, city, client, moderator):
    return signed_in(runtime, city, client(city), moderator)


@pytest.fixture
def stored(runtime, city, moderator):
    """A complete draft for the time from the tenth day on."""
    with runtime.work(city, moderator) as work:
        return create_draft(work, draft=draft(first=work.today + timedelta(days=10)))


def view(runtime, city, poll):
    with runtime.work(city, SystemActor("test")) as work:
        return queries.poll_view(work.session, poll)


def paper(runtime, city, poll):
    with runtime.work(city, SystemActor("test")) as work:
        return queries.draft_paper(work.session, poll)


def polls_in(runtime, city) -> int:
    with runtime.work(city, SystemActor("test")) as work:
        return work.session.scalar(select(func.count()).select_from(Poll))


def edit(poll) -> str:
    return f"/desk/polls/{poll}/edit"


def filled(page, **changes):
    """The form as the page shows it, with some fields typed anew."""
    return {
        **fields(page, id="editor"),
        **{name.replace("__", "-"): v for name, v in changes.items()},
    }


def first_day(runtime, city, days: int) -> str:
    with runtime.work(city, SystemActor("test")) as work:
        return (work.today + timedelta(days=days)).isoformat()


def test_a_poll_is_written_button_by_button_without_scripts(runtime, city, desk):
    page = desk.get(NEW)
    assert page.status_code == 200
    typed = filled(
        page,
        title="Нужен ли каток?",
        body="Первый абзац.\n\nВторой абзац.",
        q__0__title="Нужен ли каток?",
        **{"q-0-o-0-title": "Да", "q-0-o-1-title": "Нет"},
    )
    page = desk.submit(NEW, {**typed, "do": "add_option:0"})
    assert page.status_code == 200
    assert polls_in(runtime, city) == 0, "a button that adds a row saves nothing"
    typed = filled(page, **{"q-0-o-2-title": "Всё равно"})
    assert typed["title"] == "Нужен ли каток?"
    assert typed["q-0-o-1-title"] == "Нет"
    page = desk.submit(NEW, {**typed, "do": "add_question"})
    typed = filled(
        page,
        **{
            "q-1-title": "Когда его открыть?",
            "q-1-o-0-title": "Этой зимой",
            "q-1-o-1-title": "Следующей зимой",
            "q-1-max": "all",
        },
    )
    page = desk.submit(NEW, {**typed, "do": "question_up:1"})
    page = desk.submit(NEW, {**filled(page), "do": "option_up:1:2"})
    page = desk.submit(NEW, {**filled(page), "do": "remove_option:1:2"})
    answer = desk.submit(NEW, {**filled(page), "do": "save"})
    assert answer.status_code == 303
    poll = UUID(answer.headers["location"].split("/")[3])
    written = paper(runtime, city, poll)
    assert [question.title for question in written.questions] == [
        "Когда его открыть?",
        "Нужен ли каток?",
    ]
    assert [option.title for option in written.questions[1].options] == ["Да", "Всё равно"]
    assert written.questions[0].max_choices == 2
    assert view(runtime, city, poll).body == "Первый абзац.\n\nВторой абзац."
    page = desk.get(answer.headers["location"])
    assert filled(page)["q-0-max"] == "all"
    assert "Черновик сохранён" in visible_text(page)


def test_scripts_get_only_the_form_and_the_address_of_the_draft(runtime, city, desk, stored):
    page = desk.get(edit(stored))
    answer = desk.submit(edit(stored), {**filled(page, title="Иначе"), "do": "save"}, htmx=True)
    assert answer.status_code == 200
    assert answer.headers["hx-replace-url"] == edit(stored)
    assert "<html" not in answer.text
    assert "Сохранено" in visible_text(answer)
    assert view(runtime, city, stored).title == "Иначе"


def test_the_first_submission_sent_twice_makes_one_poll(runtime, city, desk):
    typed = filled(desk.get(NEW), title="Один опрос")
    first = desk.submit(NEW, {**typed, "do": "save"})
    second = desk.submit(NEW, {**typed, "do": "save"})
    assert first.status_code == second.status_code == 303
    assert first.headers["location"] == second.headers["location"]
    assert polls_in(runtime, city) == 1


def test_going_back_to_the_empty_form_does_not_overwrite_the_draft(runtime, city, desk):
    typed = filled(desk.get(NEW), title="Первый вариант")
    poll = UUID(desk.submit(NEW, {**typed, "do": "save"}).headers["location"].split("/")[3])
    answer = desk.submit(NEW, {**typed, "title": "Второй вариант", "do": "save"})
    assert answer.status_code == 409
    assert filled(answer)["title"] == "Второй вариант"
    assert view(runtime, city, poll).title == "Первый вариант"


def test_of_two_people_the_second_loses_no_text_and_overwrites_nothing_unknowingly(
    runtime, city, desk, client, stored
):
    colleague = signed_in(
        runtime, city, client(city), official(runtime, city, "polls.draft", name="Коллега")
    )
    mine, theirs = filled(desk.get(edit(stored))), filled(colleague.get(edit(stored)))
    assert (
        colleague.submit(edit(stored), {**theirs, "summary": "Правка", "do": "save"}).status_code
        == 303
    )
    answer = desk.submit(edit(stored), {**mine, "title": "Моё название", "do": "save"})
    assert answer.status_code == 409
    words = visible_text(answer)
    assert "черновик изменил кто-то другой" in words
    assert "Отличаются: название, краткое описание." in words
    assert filled(answer)["title"] == "Моё название"
    assert view(runtime, city, stored).summary == "Правка"
    # Now it is known, the text may replace the other.
    assert desk.submit(edit(stored), {**filled(answer), "do": "save"}).status_code == 303
    assert view(runtime, city, stored).title == "Моё название"


def test_saving_twice_by_a_double_click_is_no_conflict(runtime, city, desk, stored):
    typed = filled(desk.get(edit(stored)), title="Дважды")
    for _click in range(2):
        assert desk.submit(edit(stored), {**typed, "do": "save"}).status_code == 303
    assert view(runtime, city, stored).version == 2


def test_what_was_sent_on_meanwhile_keeps_the_text_on_the_screen(
    runtime, city, desk, moderator, stored
):
    typed = filled(desk.get(edit(stored)), title="Поздно")
    assert (
        desk.submit(edit(stored), {**typed, "title": "Готово", "do": "submit"}).status_code == 303
    )
    for do in ("save", "submit", "add_option:0"):
        answer = desk.submit(edit(stored), {**typed, "do": do})
        assert answer.status_code == 409
        assert "Поздно" in answer.text
    assert view(runtime, city, stored).title == "Готово"
    assert desk.get(edit(stored)).headers["location"] == f"/desk/polls/{stored}"


def test_sixty_days_are_refused_with_the_clause_and_thirty_are_advised_against(runtime, city, desk):
    first = first_day(runtime, city, 10)
    typed = filled(
        desk.get(NEW),
        title="Нужен ли каток?",
        plan_item=listed_topic(int(first[:4])),
        opens_on=first,
        closes_on=first_day(runtime, city, 69),
        **{"q-0-title": "Нужен?", "q-0-o-0-title": "Да", "q-0-o-1-title": "Нет"},
    )
    saved = desk.submit(NEW, {**typed, "do": "save"})
    page = desk.get(saved.headers["location"])
    words = visible_text(page)
    assert "Опрос длится 60 дней, а можно не больше 45." in words
    assert "п. 3.11" in words
    refused = desk.submit(saved.headers["location"], {**filled(page), "do": "submit"})
    assert refused.status_code == 422
    assert "так не разрешает регламент" in visible_text(refused)
    assert "п. 3.11" in visible_text(refused)
    assert "2272" in visible_text(refused)
    poll = UUID(saved.headers["location"].split("/")[3])
    assert state_of(runtime, city, poll) is State.DRAFT
    shorter = filled(refused, closes_on=first_day(runtime, city, 39))
    checked = desk.submit(saved.headers["location"], {**shorter, "do": "check"})
    words = visible_text(checked)
    assert "Срок опроса — 30 дней: это допустимо." in words
    assert "Рекомендуемый срок опроса — 21 день, сейчас — 30 дней." in words
    assert desk.submit(saved.headers["location"], {**shorter, "do": "submit"}).status_code == 303
    assert state_of(runtime, city, poll) is State.REVIEW


def test_the_rules_answer_while_the_dates_are_typed(runtime, city, desk):
    answer = desk.submit(
        "/desk/polls/check",
        {"opens_on": first_day(runtime, city, 5), "closes_on": first_day(runtime, city, 64)},
        htmx=True,
    )
    assert answer.status_code == 200
    words = visible_text(answer)
    assert "Опрос длится 60 дней" in words
    assert "Кворум 300 жителей п. 3.12" in words
    assert "<html" not in answer.text
    incomplete = desk.submit("/desk/polls/check", {"opens_on": "31.02.2026"}, htmx=True)
    assert incomplete.status_code == 200
    assert "Укажите первый и последний день" in visible_text(incomplete)


def test_what_is_missing_is_said_beside_the_fields_and_the_text_is_saved(
    runtime, city, desk, stored
):
    typed = filled(
        desk.get(edit(stored)),
        opens_on="",
        summary="Уже написано",
        **{"q-0-title": "", "q-0-o-1-title": "", "q-0-max": "3"},
    )
    answer = desk.submit(edit(stored), {**typed, "do": "submit"})
    assert answer.status_code == 422
    for name in ("opens_on", "q-0-title", "q-0-options"):
        assert f'href="#f-{name}"' in answer.text
        assert f'id="f-{name}"' in answer.text
    assert view(runtime, city, stored).summary == "Уже написано"
    assert state_of(runtime, city, stored) is State.DRAFT


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": "щ" * 201}, "title"),
        ({"title": ""}, "title"),
        ({"title": "нуль\x00байт"}, "title"),
        ({"body": "щ" * 8001}, "body"),
        ({"opens_on": "31.02.2026"}, "opens_on"),
        ({"closes_on": "2001-01-01"}, "closes_on"),
        ({"territory": ["atlantis", "mkr-1"]}, "territory"),
        ({"topic": "<script>"}, "topic"),
        ({"q-0-max": "99999999999999999999"}, "q-0-max"),
    ],
)
def test_bad_input_comes_back_as_it_was_typed(runtime, city, desk, stored, changes, field):
    before = view(runtime, city, stored)
    answer = desk.submit(edit(stored), {**filled(desk.get(edit(stored))), **changes, "do": "save"})
    assert answer.status_code == 422
    assert f'href="#f-{field}"' in answer.text
    assert "<script>alert" not in answer.text
    assert view(runtime, city, stored) == before


def test_too_many_questions_and_endless_numbers_are_no_crash(runtime, city, desk, stored):
    typed = filled(desk.get(edit(stored)))
    many = {f"q-{n}-title": "Вопрос" for n in range(1, 40)}
    assert desk.submit(edit(stored), {**typed, **many, "do": "save"}).status_code == 422
    odd = {
        "title": "Иначе",
        "version": "9" * 5000,
        "q-999999-title": "далеко",
        "q-0-o-0-id": "не номер",
    }
    assert desk.submit(edit(stored), {**typed, **odd, "do": "save"}).status_code == 409
    odd["version"] = typed["version"]
    assert desk.submit(edit(stored), {**typed, **odd, "do": "save"}).status_code == 303


def test_questions_of_another_poll_are_not_taken_over(runtime, city, desk, moderator, stored):
    with runtime.work(city, moderator) as work:
        other = create_draft(work, draft=draft(first=work.today + timedelta(days=10)))
    question = paper(runtime, city, other).questions[0]
    typed = filled(
        desk.get(edit(stored)),
        **{"q-0-id": str(question.id), "q-0-o-0-id": str(question.options[0].id)},
    )
    assert desk.submit(edit(stored), {**typed, "do": "save"}).status_code == 303
    assert paper(runtime, city, other).questions[0] == question
    assert paper(runtime, city, stored).questions[0].id != question.id


def test_a_form_without_its_token_is_refused(city, desk, stored):
    answer = desk.post(edit(stored), data={"title": "Без ключа", "do": "save"})
    assert answer.status_code == 403
    assert desk.post(edit(stored), files={"x": ("a", b"b")}).status_code == 403


@pytest.mark.parametrize("poll_id", ["", "не номер", "../../etc"])
def test_a_new_poll_needs_the_id_its_form_was_given(desk, poll_id):
    assert desk.submit(NEW, {"poll_id": poll_id, "title": "Опрос"}).status_code == 404


def test_polls_of_another_city_are_not_here(runtime, desk, other_draft):
    for path in ("", "/edit", "/preview", "/turnout.csv", "/turnout.xlsx"):
        assert desk.get(f"/desk/polls/{other_draft}{path}").status_code == 404, path
    for path in ("", "/edit"):
        answer = desk.submit(f"/desk/polls/{other_draft}{path}", {"do": "submit", "version": "1"})
        assert answer.status_code == 404, path


@pytest.fixture
def other_draft(runtime):
    """A draft of another city."""
    there = runtime.registry.by_slug("perm")
    with runtime.work(there, official(runtime, there)) as work:
        return create_draft(work, draft=draft(first=work.today + timedelta(days=10)))


def jpeg(**more) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (64, 48), "teal").save(stream, "JPEG", **more)
    return stream.getvalue()


def with_gps() -> bytes:
    """A photo that says who took it, and where."""
    exif = Image.Exif()
    exif[0x010F] = "Фирма"
    exif[0x8825] = {1: "N", 2: (64.0, 26.0, 0.0)}
    return jpeg(exif=exif)


def upload(desk, path, typed, content, name="photo.jpg", kind="image/jpeg", do="save"):
    return desk.submit(path, {**typed, "do": do}, files={"q-0-o-0-file": (name, content, kind)})


def test_a_picture_is_cleaned_of_what_the_camera_wrote(runtime, city, desk, stored):
    original = with_gps()
    assert Image.open(io.BytesIO(original)).getexif()
    answer = upload(desk, edit(stored), filled(desk.get(edit(stored))), original)
    assert answer.status_code == 303
    picture = paper(runtime, city, stored).questions[0].options[0].picture
    shown = desk.get(f"/desk/polls/pictures/{picture}")
    assert shown.headers["content-type"] == "image/webp"
    seen = Image.open(io.BytesIO(shown.content))
    assert (seen.format, seen.size) == ("WEBP", (64, 48))
    assert not seen.getexif()
    assert "Фирма".encode() not in shown.content


@pytest.mark.parametrize(
    ("content", "name", "kind"),
    [
        (b"<html><script>alert(1)</script></html>", "photo.jpg", "image/jpeg"),
        (b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "a.svg", "image/svg+xml"),
        (b"\xff\xd8\xff" + b"\x00" * 200, "broken.jpg", "image/jpeg"),
        (b"GIF89a" + b"\x00" * 50, "a.gif", "image/gif"),
    ],
)
def test_what_only_pretends_to_be_a_picture_is_refused_and_the_text_is_kept(
    runtime, city, desk, stored, content, name, kind
):
    typed = filled(desk.get(edit(stored)), title="Новое название")
    answer = upload(desk, edit(stored), typed, content, name, kind)
    assert answer.status_code == 422
    assert "Это не похоже на картинку" in visible_text(answer)
    assert 'href="#f-q-0-o-0-file"' in answer.text
    assert view(runtime, city, stored).title == "Новое название"
    assert paper(runtime, city, stored).questions[0].options[0].picture is None
    with runtime.work(city, SystemActor("test")) as work:
        assert not work.session.scalars(select(PollPicture)).all()


def test_a_picture_survives_a_button_that_moves_rows(runtime, city, desk):
    typed = filled(desk.get(NEW), **{"q-0-o-0-title": "Двор", "q-0-o-1-title": "Парк"})
    page = upload(desk, NEW, typed, jpeg(), do="option_up:0:1")
    assert page.status_code == 200
    shown = filled(page)
    assert (shown["q-0-o-0-title"], shown["q-0-o-1-title"]) == ("Парк", "Двор")
    assert shown["q-0-o-1-picture"]
    assert shown["q-0-o-0-picture"] == ""
    path = edit(shown["poll_id"])
    assert desk.submit(path, {**shown, "title": "Двор или парк", "do": "save"}).status_code == 303
    options = paper(runtime, city, UUID(shown["poll_id"])).questions[0].options
    assert str(options[1].picture) == shown["q-0-o-1-picture"]
    dropped = desk.submit(path, {**filled(desk.get(path)), "do": "drop_picture:0:1"})
    assert filled(dropped)["q-0-o-1-picture"] == ""


def test_pictures_of_another_poll_are_not_taken_over(runtime, city, desk, moderator, stored):
    upload(desk, edit(stored), filled(desk.get(edit(stored))), jpeg())
    picture = paper(runtime, city, stored).questions[0].options[0].picture
    with runtime.work(city, moderator) as work:
        other = create_draft(work, draft=draft(first=work.today + timedelta(days=10)))
    typed = filled(desk.get(edit(other)), **{"q-0-o-0-picture": str(picture)})
    assert desk.submit(edit(other), {**typed, "do": "save"}).status_code == 303
    assert paper(runtime, city, other).questions[0].options[0].picture is None


def test_residents_do_not_see_pictures_of_drafts(runtime, city, desk, client, stored):
    upload(desk, edit(stored), filled(desk.get(edit(stored))), jpeg())
    picture = paper(runtime, city, stored).questions[0].options[0].picture
    stranger = client(city)
    assert stranger.get(f"/desk/polls/pictures/{picture}").status_code == 303
    assert stranger.get(f"/polls/{stored}/pictures/{picture}").status_code == 404
    assert desk.get(f"/desk/polls/pictures/{uuid4()}").status_code == 404


def test_the_text_is_shown_as_text(desk, stored):
    typed = filled(desk.get(edit(stored)), title='<img src=x onerror="alert(1)">')
    desk.submit(edit(stored), {**typed, "do": "save"})
    for path in (edit(stored), f"/desk/polls/{stored}", f"/desk/polls/{stored}/preview"):
        assert "<img src=x" not in desk.get(path).text


def test_a_city_without_an_answer_still_lets_drafts_be_written(runtime, city, desk, owner, stored):
    owner.execute(
        f"INSERT INTO {city.role}.regulation_entry (procedure, module, parameter, in_force_from,"
        " value, source, recorded_by) VALUES ('polls', 'poll_terms', 'minimum_days', '2026-01-01',"
        " '\"two weeks\"', 'desk', 'test')"
    )
    runtime.regulations = type(runtime.regulations)()
    page = desk.get(edit(stored))
    assert page.status_code == 200
    assert "Регламент города не даёт ответа" in visible_text(page)
    assert (
        desk.submit(edit(stored), {**filled(page), "title": "Иначе", "do": "save"}).status_code
        == 303
    )
    assert desk.get(f"/desk/polls/{stored}").status_code == 200
    assert desk.get(f"/desk/polls/{stored}/preview").status_code == 200
