"""A poll on the desk from approval to results: every step through the browser, by those who may."""

from datetime import timedelta
from uuid import uuid4

import pytest

from core.features.polls import queries
from core.features.polls.domain import State
from core.features.polls.service import life
from core.features.polls.service.drafting import create_draft, submit_for_review
from core.kit.actor import SystemActor
from tests.features.console.browsing import fields, offers, signed_in, step_fields
from tests.features.plan.build import listed_topic
from tests.features.polls.build import draft, official, open_poll, resident, state_of
from tests.features.polls.web.browsing import sign_in, turn_out
from tests.support.http import visible_text


@pytest.fixture
def city(runtime):
    return runtime.registry.by_slug("gubkinsky")


@pytest.fixture
def chief(runtime, city):
    return official(runtime, city, name="Заместитель главы")


@pytest.fixture
def moderator(runtime, city):
    return official(runtime, city, "polls.draft", but_not=("polls.approve",), name="Модератор")


@pytest.fixture
def desk(runtime, city, client, chief):
    """The desk of an administrator."""
    return signed_in(runtime, city, client(city), chief)


@pytest.fixture
def waiting(runtime, city, moderator):
    """A poll that waits for approval and begins in ten days."""
    with runtime.work(city, moderator) as work:
        poll = create_draft(work, draft=draft(first=work.today + timedelta(days=10)))
        submit_for_review(work, poll_id=poll)
    return poll


@pytest.fixture
def running(runtime, city, chief):
    return open_poll(runtime, city, staff=chief)


def page_of(poll) -> str:
    return f"/desk/polls/{poll}"


def step(desk, poll, do, **typed):
    """Take a step by the form that the page shows."""
    form = step_fields(desk.get(page_of(poll)), do)
    return desk.submit(page_of(poll), {**form, **typed})


def view(runtime, city, poll):
    with runtime.work(city, SystemActor("test")) as work:
        return queries.poll_view(work.session, poll)


def close(runtime, city, clock, deliver, poll):
    clock.set(view(runtime, city, poll).closes_at)
    deliver()


def test_from_a_blank_form_to_a_published_result(
    runtime, city, client, clock, deliver, moderator, chief
):
    author = signed_in(runtime, city, client(city), moderator)
    with runtime.work(city, SystemActor("test")) as work:
        first = work.today + timedelta(days=3)
    typed = {
        **fields(author.get("/desk/polls/new"), id="editor"),
        "title": "Нужен ли городу каток?",
        "plan_item": str(listed_topic(first.year)),
        "opens_on": first.isoformat(),
        "closes_on": (first + timedelta(days=59)).isoformat(),
        "q-0-title": "Нужен ли каток?",
        "q-0-o-0-title": "Нужен",
        "q-0-o-1-title": "Не нужен",
    }
    refused = author.submit("/desk/polls/new", {**typed, "do": "submit"})
    assert refused.status_code == 422
    assert "п. 3.11" in visible_text(refused)

    corrected = {
        **fields(refused, id="editor"),
        "closes_on": (first + timedelta(days=20)).isoformat(),
    }
    path = f"/desk/polls/{corrected['poll_id']}"
    sent = author.submit(f"{path}/edit", {**corrected, "do": "submit"})
    assert (sent.status_code, sent.headers["location"]) == (303, path)
    poll = view(runtime, city, corrected["poll_id"]).id
    words = visible_text(author.get(path))
    assert "Следующий шаг делаете не вы" in words
    assert "Это может сделать: Группа управления." in words
    assert offers(author.get(path)) == set()

    approver = signed_in(runtime, city, client(city), chief)
    assert "Нужен ли городу каток?" in visible_text(approver.get("/desk"))
    assert step(approver, poll, "approve").status_code == 303
    assert state_of(runtime, city, poll) is State.SCHEDULED

    assert step(approver, poll, "open").status_code == 303
    assert state_of(runtime, city, poll) is State.OPEN
    with runtime.work(city, SystemActor("test")) as work:
        person = resident(work)
    voter = sign_in(runtime, city, client(city), person)
    paper = view(runtime, city, poll).paper.questions[0]
    cast = voter.submit(f"/polls/{poll}/vote", {str(paper.id): str(paper.options[0].id)})
    assert cast.status_code == 303
    turn_out(runtime, city, poll, 4)
    deliver()
    watched = visible_text(author.get(path))
    assert "5 из 300 для кворума" in watched
    assert "Как распределились голоса, пока не видит никто" in watched

    close(runtime, city, clock, deliver, poll)
    author = signed_in(runtime, city, author, moderator)
    words = visible_text(author.get(path))
    assert "Кворум не набран, опрос признаётся несостоявшимся" in words
    assert "В кворум вошли 5 жителей, нужно 300." in words
    unchecked = step(author, poll, "publish")
    assert unchecked.status_code == 422
    assert "Отметьте, что итоги проверены" in visible_text(unchecked)
    assert step(author, poll, "publish", checked="on", note="Вернёмся осенью.").status_code == 303
    assert state_of(runtime, city, poll) is State.INVALID
    final = visible_text(author.get(path))
    assert "Признан несостоявшимся" in final
    assert "«Вернёмся осенью.»" in final
    assert "Нужен 100 % · 5 голосов" in final
    assert client(city).get(f"/polls/{poll}").status_code == 200


def test_every_step_is_in_the_history_with_who_when_and_the_clause(runtime, city, desk, waiting):
    step(desk, waiting, "approve")
    words = visible_text(desk.get(page_of(waiting)))
    for part in (
        "Черновик создан",
        "Модератор",
        "Согласован",
        "Заместитель главы",
        "п. 3.11",
        "Ждёт первого дня",
    ):
        assert part in words


def test_a_poll_is_returned_with_a_remark_that_its_author_finds(
    runtime, city, desk, client, moderator, waiting
):
    silent = step(desk, waiting, "return", note="  ")
    assert silent.status_code == 422
    assert "Напишите, что исправить" in visible_text(silent)
    assert step(desk, waiting, "return", note="Добавьте площадь участка.").status_code == 303
    assert state_of(runtime, city, waiting) is State.DRAFT
    author = signed_in(runtime, city, client(city), moderator)
    home = visible_text(author.get("/desk"))
    assert "Исправить по замечанию" in home
    assert "«Добавьте площадь участка.»" in home


def test_approving_twice_by_a_double_click_does_no_harm(runtime, city, desk, waiting):
    form = step_fields(desk.get(page_of(waiting)), "approve")
    answers = [desk.submit(page_of(waiting), form) for _click in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    with runtime.work(city, SystemActor("test")) as work:
        kinds = [one.kind for one in queries.steps(work.session, waiting)]
    assert kinds == ["created", "submitted", "approved"]


def test_what_has_changed_since_it_was_read_is_not_approved(
    runtime, city, desk, moderator, chief, waiting
):
    form = step_fields(desk.get(page_of(waiting)), "approve")
    with runtime.work(city, chief) as work:
        life.return_to_draft(work, poll_id=waiting, note="Перепишите.")
    with runtime.work(city, moderator) as work:
        submit_for_review(work, poll_id=waiting)
    answer = desk.submit(page_of(waiting), form)
    assert answer.status_code == 409
    assert "Пока вы смотрели, опрос изменился." in visible_text(answer)
    assert state_of(runtime, city, waiting) is State.REVIEW
    assert desk.submit(page_of(waiting), step_fields(answer, "approve")).status_code == 303


def test_a_step_that_is_over_is_told_so(runtime, city, desk, client, waiting):
    form = step_fields(desk.get(page_of(waiting)), "approve")
    colleague = signed_in(runtime, city, client(city), official(runtime, city, name="Другой"))
    colleague.submit(page_of(waiting), form)
    answer = desk.submit(page_of(waiting), form)
    assert answer.status_code == 409
    assert "Запланирован" in visible_text(answer)


def test_the_dates_are_judged_again_on_approval(runtime, city, desk, clock, waiting):
    form = step_fields(desk.get(page_of(waiting)), "approve")
    clock.set(runtime.clock.now() + timedelta(days=11))
    desk = signed_in(runtime, city, desk, official(runtime, city))
    assert "День начала уже прошёл" in visible_text(desk.get(page_of(waiting)))
    answer = desk.submit(page_of(waiting), form)
    assert answer.status_code == 422
    assert "День начала уже прошёл" in visible_text(answer)
    assert state_of(runtime, city, waiting) is State.REVIEW


def test_an_extension_shows_the_latest_lawful_day_and_stays_within_it(runtime, city, desk, running):
    before = view(runtime, city, running)
    form = step_fields(desk.get(page_of(running)), "extend")
    latest = before.opens_on + timedelta(days=44)
    assert form["closes_on"] == latest.isoformat()
    beyond = {**form, "closes_on": (latest + timedelta(days=1)).isoformat(), "note": "Лето"}
    refused = desk.submit(page_of(running), beyond)
    assert refused.status_code == 422
    words = visible_text(refused)
    assert "46 дней, а можно не больше 45" in words
    assert "п. 3.11" in words
    assert "Лето" in refused.text
    assert desk.submit(page_of(running), {**form, "note": ""}).status_code == 422
    for _click in range(2):
        done = desk.submit(page_of(running), {**form, "note": "Много отпусков."})
        assert done.status_code == 303
    after = view(runtime, city, running)
    assert (after.closes_on, after.extensions) == (latest, 1)
    assert "больше нельзя" in visible_text(desk.get(page_of(running)))


@pytest.mark.parametrize("day", ["", "31.02.2026", "9999-12-31", "2020-01-01"])
def test_an_extension_to_no_day_at_all(runtime, city, desk, running, day):
    form = step_fields(desk.get(page_of(running)), "extend")
    answer = desk.submit(page_of(running), {**form, "closes_on": day, "note": "Лето"})
    assert answer.status_code == 422
    assert view(runtime, city, running).extensions == 0


def test_withdrawing_needs_a_reason_and_cannot_be_undone(runtime, city, desk, running):
    assert step(desk, running, "withdraw", note="").status_code == 422
    assert step(desk, running, "withdraw", note="Ошибка в вопросе.").status_code == 303
    assert state_of(runtime, city, running) is State.WITHDRAWN
    assert offers(desk.get(page_of(running))) == set()


@pytest.mark.parametrize("do", ["", "explode", "approve; drop table poll"])
def test_a_step_that_does_not_exist(desk, running, do):
    assert desk.submit(page_of(running), {"do": do, "version": "1"}).status_code == 404


def test_an_unknown_poll_is_not_found(desk):
    assert desk.get(page_of(uuid4())).status_code == 404
    assert desk.get("/desk/polls/no-uuid").status_code == 404
    assert desk.submit(page_of(uuid4()), {"do": "approve", "version": "1"}).status_code == 404


def test_a_step_without_the_token_of_the_form_is_refused(runtime, city, desk, waiting):
    form = step_fields(desk.get(page_of(waiting)), "approve")
    assert desk.post(page_of(waiting), data=form).status_code == 403
    assert state_of(runtime, city, waiting) is State.REVIEW


def test_staff_see_the_turnout_and_never_the_votes_before_residents_do(
    runtime, city, desk, clock, deliver, running
):
    turn_out(runtime, city, running, 3, 0, district="mkr-1")
    turn_out(runtime, city, running, 2, 1, district="mkr-1")
    deliver()
    words = visible_text(desk.get(page_of(running)))
    for part in (
        "5 из 300 для кворума",
        "подтверждено проживание в городе 5 да",
        "Микрорайон 1 100 % · 5 человек",
    ):
        assert part in words
    for leak in ("3 голоса", "2 голоса", "60 %", "40 %"):
        assert leak not in words
    assert desk.get(f"/polls/{running}/results.csv").status_code == 403
    close(runtime, city, clock, deliver, running)
    desk = signed_in(runtime, city, desk, official(runtime, city))
    assert "3 голоса" not in visible_text(desk.get(page_of(running)))
    step(desk, running, "publish", checked="on")
    assert "3 голоса" in visible_text(desk.get(page_of(running)))


def test_the_turnout_can_be_taken_away_as_a_file_by_those_who_may(
    runtime, city, desk, deliver, running
):
    turn_out(runtime, city, running, 3, district="mkr-1")
    deliver()
    days = desk.get(f"{page_of(running)}/turnout.csv")
    assert days.headers["content-type"].startswith("text/csv")
    assert days.content.decode("utf-8-sig").splitlines()[1].endswith(";3")
    parts = desk.get(f"{page_of(running)}/turnout.csv?part=districts").text
    assert "Микрорайон 1;3" in parts
    assert (
        "подтверждено проживание в городе;3;да"
        in desk.get(f"{page_of(running)}/turnout.csv?part=levels").text
    )
    assert desk.get(f"{page_of(running)}/turnout.xlsx").content[:2] == b"PK"
    assert desk.get(f"{page_of(running)}/turnout.csv?part=votes").status_code == 404


def test_a_draft_has_no_turnout_yet(desk, waiting):
    assert desk.get(f"{page_of(waiting)}/turnout.csv").status_code == 404


def test_the_preview_shows_the_ballot_and_sends_nothing(desk, waiting):
    page = desk.get(f"{page_of(waiting)}/preview")
    assert page.status_code == 200
    words = visible_text(page)
    assert "Проголосовать отсюда нельзя" in words
    assert "Микрорайон 14" in words
    assert f"/polls/{waiting}/vote" not in page.text


def test_the_overview_warns_of_a_quorum_in_danger(runtime, city, desk, clock, running):
    assert "Кворум под угрозой" not in visible_text(desk.get("/desk"))
    clock.set(runtime.clock.now() + timedelta(days=10))
    desk = signed_in(runtime, city, desk, official(runtime, city))
    assert "Кворум под угрозой" in visible_text(desk.get("/desk"))


def test_the_list_goes_by_state_and_page_by_page(runtime, city, desk, moderator, waiting, running):
    with runtime.work(city, moderator) as work:
        for number in range(32):
            create_draft(work, draft=draft(first=work.today, title=f"Черновик {number}"))
    page = desk.get("/desk/polls?state=draft")
    words = visible_text(page)
    assert "Черновики 32" in words
    assert "Согласуются 1" in words
    assert "Черновик 31" in words
    assert "Черновик 1 №" not in words
    more = page.text.split('rel="next"')[0].rpartition('href="')[2].split('"')[0]
    words = visible_text(desk.get(more.replace("&amp;", "&")))
    assert "Черновик 1 №" in words
    for bad in ("?state=magic", "?after=x", "?after=9999999999999999999", "?after=-1"):
        assert desk.get(f"/desk/polls{bad}").status_code == 404
