"""The plan walked through as people do: a year from the first proposal to the report on the desk,
and what residents read of it on the way."""

import io
import re
from datetime import timedelta

import pytest
from PIL import Image

from core.features.plan.domain import ItemState, year_subject
from core.kit.actor import SystemActor
from core.kit.ids import new_id
from tests.features.plan.build import approved, content, item, listed_topic
from tests.features.polls.build import official
from tests.features.polls.web.browsing import city_of, sign_in
from tests.support.http import visible_text

ALL = ("plan.view", "plan.propose", "plan.approve", "plan.implement")


@pytest.fixture
def city(runtime):
    return city_of(runtime, "gubkinsky")


@pytest.fixture
def chief(runtime, city):
    """The deputy head for internal policy: the regulation lets nobody else approve."""
    return official(runtime, city, *ALL)


@pytest.fixture
def desk(runtime, city, chief, client):
    return sign_in(runtime, city, client(city), chief)


def typed(**more):
    return {
        "kind": "poll",
        "title": "Какой двор благоустроить первым",
        "aim": "Выбрать двор по мнению жителей.",
        "quarter": "2",
        "unit": "utilities",
        "responsible": "И. И. Иванов",
        "expected": "Двор войдёт в программу.",
        "q-0-title": "Какой двор?",
        "q-0-options": "Девятый\n- Четырнадцатый",
        "if_wins": "Девятый: начинаем в мае\nЧетырнадцатый: сначала теплотрасса",
        "cost": "18 400 000,50",
        "funds": "Бюджет города",
        **more,
    }


def test_a_year_from_the_first_proposal_to_the_report(runtime, city, client, clock):
    year = 2031
    clock.move(timedelta(days=365 * 4))
    chief = official(runtime, city, *ALL, name="Анна Сергеевна")
    desk = sign_in(runtime, city, client(city), chief)
    begun = desk.submit("/desk/plan", {"year": str(year)})
    assert begun.headers["location"] == f"/desk/plan/{year}"
    board = desk.get(f"/desk/plan/{year}")
    assert board.status_code == 200
    assert "предложения до 1 декабря 2030" in visible_text(board)

    form = desk.get(f"/desk/plan/{year}/new")
    assert form.status_code == 200
    refused = desk.submit(
        f"/desk/plan/{year}/new", typed(item_id=str(new_id()), title="", cost="много")
    )
    assert refused.status_code == 422
    assert "Бюджет города" in refused.text
    item_id = str(new_id())
    for _twice in range(2):
        sent = desk.submit(f"/desk/plan/{year}/new", typed(item_id=item_id))
        assert sent.headers["location"] == f"/desk/plan/items/{item_id}"
    other = str(new_id())
    desk.submit(
        f"/desk/plan/{year}/new",
        {"kind": "campaign", "title": "Каким быть парку", "item_id": other},
    )
    page = desk.get(f"/desk/plan/items/{item_id}")
    assert page.status_code == 200
    assert "18 400 000,50 ₽" in visible_text(page).replace("\u00a0", " ")
    assert client(city).get(f"/plan/{year}").status_code == 404

    desk.submit(f"/desk/plan/{year}", {"do": "review"})
    board = desk.get(f"/desk/plan/{year}")
    assert "Без решения: 2" in visible_text(board)
    unreasoned = desk.submit(f"/desk/plan/{year}", {"do": "refuse", "item": other})
    assert unreasoned.status_code == 422
    assert "Напишите, почему тема не допущена." in visible_text(unreasoned)
    early = desk.submit(
        f"/desk/plan/{year}", {"do": "approve", "act_number": "1", "act_on": "2030-06-10"}
    )
    assert early.status_code == 422
    assert "Есть темы без решения" in visible_text(early)
    desk.submit(f"/desk/plan/{year}", {"do": "admit", "item": item_id})
    desk.submit(
        f"/desk/plan/{year}", {"do": "refuse", "item": other, "reason": "Нет земли под парк."}
    )
    done = desk.submit(
        f"/desk/plan/{year}", {"do": "approve", "act_number": "512-п", "act_on": "2030-06-10"}
    )
    assert done.status_code == 303, visible_text(done)
    public = client(city)
    listed = public.get(f"/plan/{year}")
    assert listed.status_code == 200
    words = visible_text(listed)
    assert "1. Какой двор благоустроить первым" in words
    assert "512-п" in words
    assert "Каким быть парку" not in words
    assert "п. 3.4" in words
    shown = public.get(f"/plan/{year}/1")
    assert shown.status_code == 200
    assert "начинаем в мае" in visible_text(shown)

    measure = str(new_id())
    where = f"/desk/plan/items/{item_id}/measures/{measure}"
    assert desk.get(where).status_code == 200
    for _twice in range(2):
        kept = desk.submit(
            where,
            {
                "do": "plan",
                "version": "0",
                "title": "Убрать старую площадку",
                "due_on": "2031-06-01",
                "planned": "1 200 000",
                "funds": "Бюджет",
                "responsible_post": "utilities_head",
            },
        )
        assert kept.status_code == 303
    assert desk.get(where).status_code == 200
    half = desk.submit(where, {"do": "mark", "version": "1", "state": "not_done"})
    assert half.status_code == 422
    assert "Напишите, что не сделано и почему." in visible_text(half)
    marked = desk.submit(
        where,
        {
            "do": "mark",
            "version": "1",
            "state": "done",
            "done_on": "2030-06-12",
            "spent": "1 180 400,40",
            "result": "Площадка убрана.",
        },
    )
    assert marked.status_code == 303, visible_text(marked)
    words = visible_text(public.get(f"/plan/{year}/1")).replace("\u00a0", " ")
    assert "Площадка убрана." in words
    assert "израсходовано 1 180 400,40 ₽" in words
    assert "Выполнено мероприятий: 1 из 1" in words

    report = f"/desk/plan/items/{item_id}/report"
    assert desk.get(report).status_code == 200
    kept = desk.submit(report, {"do": "save", "version": "1", "decision": "Двор 9"})
    assert kept.status_code == 303
    sent = desk.submit(report, {"do": "send", "version": "2", "decision": "Двор девятый."})
    assert sent.status_code == 303
    assert "отправлен" in visible_text(desk.get(report))
    assert "Двор девятый." in visible_text(public.get(f"/plan/{year}/1"))
    assert desk.get("/desk").status_code == 200
    assert desk.get("/desk/plan").status_code == 303


def test_amendments_on_the_desk_and_in_public(runtime, city, desk, client):
    with runtime.work(city, SystemActor("test")) as work:
        year = work.today.year
    amendment = str(new_id())
    bare = desk.submit(f"/desk/plan/{year}/new", typed(item_id=amendment, motivation=""))
    assert bare.status_code == 422
    assert "п. 3.5" in visible_text(bare)
    for _twice in range(2):
        sent = desk.submit(
            f"/desk/plan/{year}/new",
            typed(item_id=amendment, motivation="Жители попросили после начала года."),
        )
        assert sent.headers["location"] == f"/desk/plan/{year}/amendments"
    page = desk.get(f"/desk/plan/{year}/amendments")
    assert "Жители попросили" in visible_text(page)
    silent = desk.submit(f"/desk/plan/{year}/amendments", {"amendment": amendment, "do": "decline"})
    assert silent.status_code == 422
    made = desk.submit(
        f"/desk/plan/{year}/amendments",
        {"amendment": amendment, "do": "accept", "act_number": "7", "act_on": "2026-06-15"},
    )
    assert made.status_code == 303
    assert desk.get(f"/desk/plan/{year}/amendments").status_code == 200
    words = visible_text(client(city).get(f"/plan/{year}"))
    assert "3. Какой двор благоустроить первым" in words
    assert "Жители попросили после начала года." in words
    before = visible_text(client(city).get(f"/plan/{year}?on=2026-06-14"))
    assert "Какой двор благоустроить первым" not in before.split("Как перечень изменяли")[0]
    assert "каким он был" in before


def test_residents_see_only_what_is_approved(runtime, city, chief, client):
    public = client(city)
    assert public.get("/plan").headers["location"] == "/plan/2026"
    assert public.get("/plan/2026/1").status_code == 200
    assert public.get("/plan/2026/77").status_code == 404
    assert public.get("/plan/99999999").status_code == 404
    assert public.get("/plan/2026/99999999999").status_code == 404
    assert public.get("/plan/2026?quarter=9&on=never").status_code == 200
    assert public.get("/plan/2026/files/list.exe").status_code == 404
    assert public.get(f"/plan/attachments/{new_id()}/large").status_code == 404
    assert public.get("/desk/plan").status_code in (302, 303)
    assert item(runtime, city, listed_topic(2026)).state is ItemState.APPROVED


def test_a_city_without_a_list_has_no_such_pages(runtime, client):
    city = city_of(runtime, "oktyabrsky")
    assert client(city).get("/plan").status_code == 404
    assert client(city).get("/plan/2026").status_code == 404
    chief = official(runtime, city)
    desk = sign_in(runtime, city, client(city), chief)
    assert desk.get("/desk/plan").status_code == 404
    assert desk.get("/desk").status_code == 200


def test_documents_for_staff_and_for_everybody(runtime, city, chief, desk, client, clock):
    clock.set(clock.now().replace(year=2030))
    chief = official(runtime, city, *ALL)
    desk = sign_in(runtime, city, client(city), chief)
    (one,) = approved(runtime, city, chief, 2031, [content()])
    public = client(city)
    for name in ("list.docx", "list.pdf", "list.xlsx", "q2.pdf"):
        assert public.get(f"/plan/2031/files/{name}").status_code == 200
    assert public.get("/plan/2031/1/report.pdf").status_code == 404
    kinds = (
        ("plan.appendix_1", year_subject(2031)),
        ("plan.quarterly", year_subject(2031, 2)),
        ("plan.passport", one),
        ("plan.appendix_2", one),
    )
    for kind, subject in kinds:
        for ending in ("docx", "pdf"):
            made = desk.get(f"/desk/documents/{kind}/{subject}.{ending}")
            assert made.status_code == 200, (kind, ending)
    assert desk.get(f"/desk/documents/plan.appendix_1/{new_id()}.docx").status_code == 404


def test_a_photo_of_what_was_done_and_the_act_can_be_seen(runtime, city, client, clock):
    clock.set(clock.now().replace(year=2030))
    chief = official(runtime, city, *ALL)
    desk = sign_in(runtime, city, client(city), chief)
    (one,) = approved(runtime, city, chief, 2031, [content()])
    where = f"/desk/plan/items/{one}/measures/{new_id()}"
    desk.submit(where, {"do": "plan", "title": "Убрать", "due_on": "2031-06-01"})
    sent = desk.submit(
        where,
        {"do": "mark", "version": "1", "state": "in_work"},
        files=[("files", ("после.png", picture(), "image/png"))],
    )
    assert sent.status_code == 303, visible_text(sent)
    page = client(city).get("/plan/2031/1")
    found = re.search(r"/plan/attachments/[0-9a-f-]+/thumb", page.text)
    assert found
    shown = client(city).get(found[0])
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/webp")
    bad = desk.submit(
        where,
        {"do": "mark", "version": "2", "state": "done", "done_on": "2030-06-14"},
        files=[("files", ("вирус.exe", b"MZ" + b"0" * 100, "application/pdf"))],
    )
    assert bad.status_code == 422
    assert 'value="2030-06-14"' in bad.text


def picture() -> bytes:
    stored = io.BytesIO()
    Image.new("RGB", (40, 30), "green").save(stored, "PNG")
    return stored.getvalue()
