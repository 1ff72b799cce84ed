"""Tasks on the desk: whose they are, what may be done with them and by whom, what is kept of it."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from core.audit.model import AuditEntry
from core.deadlines import register
from core.deadlines.domain import DayKind, Term
from core.deadlines.obligations import close_obligation
from core.features.desk import queries
from core.kit.actor import SystemActor
from core.notify.model import NoticeRow
from tests.features.console.browsing import fields, offers, step_fields
from tests.features.desk.build import BY_HAND, KIND, TODAY, owe, owed
from tests.features.desk.conftest import BONUS, COLLEAGUE
from tests.support.http import visible_text


def act(work, city, *rows):
    with work(city) as w:
        return [
            owe(w, subject, TODAY + timedelta(days=days), title, **more)
            for subject, days, title, more in rows
        ]


def look(work, city, subject="poll:1"):
    with work(city, SystemActor("test")) as w:
        return owed(w, subject)


def test_my_tasks_stand_on_the_first_page_the_most_pressing_first(work, city, desk_of, moderator):
    act(
        work,
        city,
        ("poll:1", 20, "Задача позже", {}),
        ("poll:2", -3, "Задача просроченная", {}),
        ("poll:3", 0, "Задача на сегодня", {}),
        ("poll:4", 4, "Задача на неделе", {}),
        ("poll:5", 1, "Чужая задача", {"holder_permission": "people.manage"}),
    )
    words = visible_text(desk_of(moderator).get("/desk"))
    order = [
        "Мои задачи",
        "Просрочено",
        "Задача просроченная",
        "просрочено на 3 дня",
        "Сегодня",
        "Задача на сегодня",
        "В ближайшие семь дней",
        "Задача на неделе",
        "есть 4 дня",
        "Позже",
        "Задача позже",
    ]
    places = [words.index(one) for one in order]
    assert places == sorted(places)
    assert "п. 3.13" in words
    assert "Чужая задача" not in words
    # The number in the menu: what is late or due today.
    assert "Задачи 2" in words


def test_somebody_who_owes_nothing_is_told_so(desk_of, moderator, hire):
    assert "Задач со сроком нет" in visible_text(desk_of(moderator).get("/desk"))
    words = visible_text(desk_of(hire(BONUS)).get("/desk"))
    assert "Вам доступно" in words


def test_lists_mine_of_my_unit_and_all(work, city, desk_of, moderator, hire, chief):
    colleague = hire(COLLEAGUE, name="Коллега", unit="analytics")
    stranger = hire(COLLEAGUE, name="Другой", unit="finance")
    act(
        work,
        city,
        ("poll:1", 1, "Моя лично", {"holder_staff": moderator.id}),
        ("poll:2", 2, "Коллеги лично", {"holder_staff": colleague.id}),
        ("poll:3", 3, "Чужая лично", {"holder_staff": stranger.id}),
        (
            "poll:4",
            4,
            "По должности коллеги",
            {"holder_post": COLLEAGUE, "holder_permission": None},
        ),
        ("poll:5", 5, "Контрольная", {"holder_permission": "deadlines.control"}),
    )
    desk = desk_of(moderator)

    def seen(query):
        words = visible_text(desk.get(f"/desk/tasks{query}"))
        return {
            title
            for title in (
                "Моя лично",
                "Коллеги лично",
                "Чужая лично",
                "По должности коллеги",
                "Контрольная",
            )
            if title in words
        }

    assert seen("") == {"Моя лично"}
    assert seen("?whose=unit") == {"Моя лично", "Коллеги лично", "По должности коллеги"}
    assert len(seen("?whose=all")) == 5
    assert "?whose=unit" not in desk_of(chief).get("/desk/tasks").text


def test_a_unit_includes_those_below_it(work, city, desk_of, hire, moderator):
    above = hire(COLLEAGUE, name="Начальник", unit="general-policy")
    act(work, city, ("poll:1", 1, "Моя лично", {"holder_staff": moderator.id}))
    assert "Моя лично" in visible_text(desk_of(above).get("/desk/tasks?whose=unit"))


def test_shelves_and_kinds_narrow_the_list_page_by_page(work, city, desk_of, moderator, by_hand):
    act(work, city, *((f"poll:{n}", n - 20, f"Дело {n:02}", {}) for n in range(40)))
    act(work, city, ("letter:1", 3, "Письмо", {"kind": BY_HAND}))
    with work(city) as w:
        close_obligation(w, KIND, "poll:39", note="Отправлено")
    desk = desk_of(moderator)
    page = desk.get("/desk/tasks")
    assert "Дело 00" in visible_text(page)
    more = page.text.split('rel="next"')[0].rpartition('href="')[2].split('"')[0]
    words = visible_text(desk.get(more.replace("&amp;", "&")))
    assert "Дело 30" in words
    assert "Дело 28" not in words
    late = visible_text(desk.get("/desk/tasks?state=late"))
    assert "Дело 19" in late
    assert "Дело 20" not in late
    assert "Дело 39" in visible_text(desk.get("/desk/tasks?state=done"))
    letters = visible_text(desk.get(f"/desk/tasks?kind={BY_HAND}"))
    assert "Письмо" in letters
    assert "Дело 01" not in letters


@pytest.mark.parametrize(
    "query",
    [
        "?state=magic",
        "?whose=them",
        "?kind=nothing",
        "?after=x",
        "?after=2026-06-01~zz",
        "?whose=unit&after=" + "9" * 300,
    ],
)
def test_what_no_page_offers_is_not_there(desk_of, moderator, query):
    assert desk_of(moderator).get(f"/desk/tasks{query}").status_code == 404


def test_everybody_s_tasks_are_for_those_with_the_right(work, city, desk_of, hire):
    (task,) = act(work, city, ("poll:1", 1, "Передать итоги", {}))
    desk = desk_of(hire(BONUS))
    assert desk.get("/desk/tasks").status_code == 200
    for path in ("/desk/tasks?whose=all", "/desk/control", "/desk/calendar?whose=all"):
        answer = desk.get(path)
        assert answer.status_code == 403
        assert "раздел 2" in visible_text(answer)
    assert desk.get(f"/desk/tasks/{task}").status_code == 404


# By hand.


def test_a_task_that_is_closed_by_hand_is_closed_from_the_list_once(
    work, city, desk_of, moderator, by_hand
):
    (task,) = act(work, city, ("letter:1", 1, "Ответить", {"kind": BY_HAND}))
    desk = desk_of(moderator)
    form = step_fields(desk.get("/desk"), "finish")
    for _click in range(2):
        answer = desk.submit(f"/desk/tasks/{task}", form)
        assert (answer.status_code, answer.headers["location"]) == (303, "/desk")
    found = look(work, city, "letter:1")
    assert found.state == "done"
    with work(city) as w:
        assert [one.kind for one in register.steps(w.session, task)] == ["opened", "done"]
    assert "Сделано" in visible_text(desk.get(f"/desk/tasks/{task}"))


def test_a_task_that_closes_by_itself_cannot_be_ticked_off(work, city, desk_of, moderator):
    (task,) = act(work, city, ("poll:1", 1, "Передать итоги", {}))
    desk = desk_of(moderator)
    assert "finish" not in offers(desk.get(f"/desk/tasks/{task}"))
    answer = desk.submit(f"/desk/tasks/{task}", {"do": "finish", "version": "1"})
    assert answer.status_code == 409
    assert "закрывается сама" in visible_text(answer)
    assert look(work, city).state == "open"


def test_somebody_else_s_task_is_not_ticked_off(work, city, desk_of, moderator, hire, by_hand):
    other = hire(COLLEAGUE)
    (task,) = act(
        work, city, ("letter:1", 1, "Ответить", {"kind": BY_HAND, "holder_staff": other.id})
    )
    desk = desk_of(moderator)
    assert offers(desk.get(f"/desk/tasks/{task}")) == set()
    answer = desk.submit(f"/desk/tasks/{task}", {"do": "finish", "version": "1"})
    assert answer.status_code == 403
    assert look(work, city, "letter:1").state == "open"


# Control.


def test_only_those_who_control_move_assign_pause_and_cancel(work, city, desk_of, moderator, chief):
    (task,) = act(work, city, ("poll:1", 3, "Передать итоги", {}))
    assert offers(desk_of(moderator).get(f"/desk/tasks/{task}")) == set()
    assert offers(desk_of(chief).get(f"/desk/tasks/{task}")) == {
        "move",
        "assign",
        "pause",
        "cancel",
    }
    for do in ("move", "assign", "pause", "resume", "cancel"):
        answer = desk_of(moderator).submit(
            f"/desk/tasks/{task}",
            {"do": do, "version": "1", "note": "Хочу", "due_on": "2026-07-01", "staff": "all"},
        )
        assert answer.status_code == 403, do
        assert "раздел 2" in visible_text(answer)


def test_moving_says_why_keeps_the_first_day_and_tells_who_owes_it(
    work, city, desk_of, moderator, chief
):
    (task,) = act(work, city, ("poll:1", 3, "Передать итоги", {"holder_staff": moderator.id}))
    desk = desk_of(chief)
    form = step_fields(desk.get(f"/desk/tasks/{task}"), "move")
    silent = desk.submit(f"/desk/tasks/{task}", {**form, "due_on": "2026-07-01", "note": " "})
    assert silent.status_code == 422
    assert look(work, city).due_on == date(2026, 6, 18)
    past = desk.submit(f"/desk/tasks/{task}", {**form, "due_on": "2026-06-01", "note": "Так"})
    assert past.status_code == 422
    assert "не раньше сегодняшнего" in visible_text(past)
    assert "Так" in past.text
    sent = {**form, "due_on": "2026-07-01", "note": "Ждём смету."}
    for _click in range(2):
        assert desk.submit(f"/desk/tasks/{task}", sent).status_code == 303
    found = look(work, city)
    assert (found.due_on, found.first_due_on) == (date(2026, 7, 1), date(2026, 6, 18))
    words = visible_text(desk.get(f"/desk/tasks/{task}"))
    assert "Сначала был 18 июня 2026" in words
    assert "«Ждём смету.»" in words
    with work(city) as w:
        actions = [
            (one.action, one.actor, one.details)
            for one in w.session.scalars(select(AuditEntry).order_by(AuditEntry.id))
            if one.action == "deadlines.moved"
        ]
        notices = list(w.session.scalars(select(NoticeRow)))
    assert len(actions) == 1
    assert actions[0][1] == f"staff:{chief.id}"
    assert actions[0][2]["note"] == "Ждём смету."
    assert [(one.recipient_id, one.kind) for one in notices] == [
        (moderator.id, "deadlines.changed")
    ]


def test_assigning_makes_it_one_person_s_and_giving_back_everybody_s(
    work, city, desk_of, moderator, chief, hire
):
    other = hire(COLLEAGUE, name="Ольга Вторая")
    (task,) = act(work, city, ("poll:1", 3, "Передать итоги", {}))
    desk = desk_of(chief)
    path = f"/desk/tasks/{task}"
    form = step_fields(desk.get(path), "assign")
    nobody = desk.submit(path, {**form, "staff": str(task), "note": "Вам"})
    assert nobody.status_code == 422
    assert desk.submit(path, {**form, "staff": "x", "note": "Вам"}).status_code == 422
    done = desk.submit(path, {**form, "staff": str(other.id), "note": "Ваша тема"})
    assert done.status_code == 303
    assert "Ольга Вторая" in visible_text(desk.get(path))
    assert "Передать итоги" in visible_text(desk_of(other).get("/desk/tasks"))
    assert "Передать итоги" not in visible_text(desk_of(moderator).get("/desk/tasks"))
    form = step_fields(desk.get(path), "assign")
    assert desk.submit(path, {**form, "staff": "all", "note": "Всем"}).status_code == 303
    assert "Передать итоги" in visible_text(desk_of(moderator).get("/desk/tasks"))


def test_a_pause_stops_the_clock_and_going_on_gives_back_what_was_left(
    work, city, desk_of, chief, clock
):
    (task,) = act(work, city, ("poll:1", 7, "Передать итоги", {"term": Term(5, DayKind.WORKING)}))
    path = f"/desk/tasks/{task}"
    desk = desk_of(chief)
    form = step_fields(desk.get(path), "pause")
    assert desk.submit(path, {**form, "note": "Запросили данные"}).status_code == 303
    assert "срок приостановлен" in visible_text(desk.get(path))
    clock.move(timedelta(days=10))
    desk = desk_of(chief)
    form = step_fields(desk.get(path), "resume")
    assert desk.submit(path, form).status_code == 303
    assert look(work, city).due_on == date(2026, 7, 2)


def test_cancelling_is_told_to_who_owes_it_and_cannot_be_undone(
    work, city, desk_of, moderator, chief
):
    (task,) = act(work, city, ("poll:1", 3, "Передать итоги", {"holder_staff": moderator.id}))
    path = f"/desk/tasks/{task}"
    desk = desk_of(chief)
    form = step_fields(desk.get(path), "cancel")
    assert desk.submit(path, {**form, "note": "Инициатор отозвал"}).status_code == 303
    assert look(work, city).state == "cancelled"
    assert offers(desk.get(path)) == set()
    assert "Инициатор отозвал" in visible_text(desk.get(path))
    with work(city) as w:
        assert "отозвал" in str(w.session.scalars(select(NoticeRow.body)).one())


def test_what_has_changed_since_it_was_read_is_not_moved(work, city, desk_of, chief, hire):
    (task,) = act(work, city, ("poll:1", 3, "Передать итоги", {}))
    path = f"/desk/tasks/{task}"
    form = step_fields(desk_of(chief).get(path), "move")
    second = desk_of(hire("first_deputy", name="Другой"))
    assert (
        second.submit(path, {**form, "due_on": "2026-07-01", "note": "Раньше"}).status_code == 303
    )
    answer = desk_of(chief).submit(path, {**form, "due_on": "2026-07-02", "note": "Позже"})
    assert answer.status_code == 409
    assert "Пока вы смотрели, задача изменилась." in visible_text(answer)
    assert look(work, city).due_on == date(2026, 7, 1)


def test_the_board_shows_what_is_late_and_with_whom(work, city, desk_of, moderator, chief):
    act(
        work,
        city,
        ("poll:1", -5, "Забытая задача", {"holder_staff": moderator.id}),
        ("poll:2", 2, "Скорая задача", {}),
        ("poll:3", 9, "Далёкая задача", {}),
    )
    words = visible_text(desk_of(chief).get("/desk/control"))
    for part in (
        "Просрочено 1",
        "Забытая задача",
        "просрочено на 5 дней",
        "Мария Модератор 1 1 10 июня 2026",
        "Все, у кого есть право «Публиковать итоги» 0 2 17 июня 2026",
        "Скорая задача",
    ):
        assert part in words, part
    assert "Далёкая задача" not in words


def test_strangers_are_asked_to_sign_in(city, client, work):
    (task,) = act(work, city, ("poll:1", 3, "Передать итоги", {}))
    for path in ("/desk", "/desk/tasks", f"/desk/tasks/{task}", "/desk/control", "/desk/calendar"):
        answer = client(city).get(path)
        assert (answer.status_code, answer.headers["location"].split("?")[0]) == (303, "/sign-in")


def test_another_city_s_task_is_not_there(work, city, runtime, client, desk_of, chief):
    other = runtime.registry.by_slug("tyumen")
    with work(other) as w:
        theirs = owe(w, "poll:1", TODAY)
    assert desk_of(chief).get(f"/desk/tasks/{theirs}").status_code == 404


def test_the_page_says_when_a_day_is_off(desk_of, hire, clock):
    clock.move(timedelta(days=5))
    assert "20 июня 2026, выходной" in visible_text(desk_of(hire("first_deputy")).get("/desk"))


def test_whose_is_asked_once_a_page(work, city, moderator):
    with work(city, moderator) as w:
        assert queries.mine(w) is queries.mine(w)
    with work(city) as w:
        assert queries.mine(w) == register.Whose()
        assert queries.unit_of(w) is None


def test_the_form_of_the_first_page_needs_no_more_than_is_in_it(
    work, city, desk_of, moderator, by_hand
):
    act(work, city, ("letter:1", 1, "Ответить", {"kind": BY_HAND}))
    page = desk_of(moderator).get("/desk")
    assert fields(page, method="post") is not None
    assert step_fields(page, "finish")["back"] == "/desk"


def test_many_of_a_kind_are_one_line_with_a_number(work, city, desk_of, moderator, by_hand):
    act(work, city, *((f"poll:{n}", n - 2, f"Дело {n:02}", {}) for n in range(12)))
    act(work, city, ("letter:1", 1, "Ответить", {"kind": BY_HAND}))
    words = visible_text(desk_of(moderator).get("/desk"))
    assert "Просрочено Передать итоги опроса инициатору: 12 из них просрочено: 2" in words
    assert "Дело 05" not in words
    assert "Ответить" in words
