"""Ideas in the browser: writing one without losing a word, supporting it, changing it, what the
desk does with it."""

import io
from datetime import timedelta
from uuid import UUID

import pytest
from PIL import Image
from sqlalchemy import select

from core.features.ideas.domain import Outcome, State
from core.features.ideas.model import Campaign, Idea
from core.features.ideas.queries import one
from core.features.ideas.service import campaigning
from core.kit.ids import new_id
from core.kit.standing import Standing
from tests.features.ideas import build
from tests.features.polls.web.browsing import sign_in
from tests.support.http import visible_text


@pytest.fixture
def author(runtime, city) -> UUID:
    return build.residents(runtime, city, 1, name="Мария")[0]


@pytest.fixture
def browser(runtime, city, client, author):
    return sign_in(runtime, city, client(city), author)


@pytest.fixture
def desk(runtime, city, client):
    return sign_in(runtime, city, client(city), build.official(runtime, city))


def typed(city, **changes):
    return {
        "idea_id": str(new_id()),
        "title": build.TITLE,
        "body": build.BODY,
        "topic": city.profile.topics[0].key,
        "show_name": "name",
        "name": "Мария П.",
        "notice": "on",
        "do": "send",
        **changes,
    }


def number_of(answer) -> int:
    assert answer.status_code == 303, visible_text(answer)
    return int(answer.headers["location"].rsplit("/", 1)[1])


def picture() -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (640, 480), "green").save(stream, "JPEG")
    return stream.getvalue()


def test_an_idea_is_sent_once(browser, city, runtime, work) -> None:
    page = browser.get("/ideas/new")
    assert "59-ФЗ" in page.text
    form = typed(city)
    first = number_of(browser.submit("/ideas/new", form))
    assert number_of(browser.submit("/ideas/new", form)) == first
    shown = browser.get(f"/ideas/{first}")
    assert "проверяет модератор" in visible_text(shown)
    assert "Мария П." in visible_text(shown)


def test_nobody_else_sees_it_before_it_is_published(browser, client, city, runtime) -> None:
    number = number_of(browser.submit("/ideas/new", typed(city)))
    assert client(city).get(f"/ideas/{number}").status_code == 404
    (other,) = build.residents(runtime, city, 1)
    stranger = sign_in(runtime, city, client(city), other)
    assert stranger.get(f"/ideas/{number}").status_code == 404
    assert stranger.get(f"/ideas/{number}/edit").status_code == 404


def test_what_is_wrong_is_said_and_nothing_is_lost(browser, city) -> None:
    answer = browser.submit("/ideas/new", typed(city, title="Да", notice=""))
    assert answer.status_code == 422
    assert 'value="Да"' in answer.text
    assert build.BODY in answer.text
    assert "Отметьте, что прочитали" in visible_text(answer)


def test_photos_come_with_the_idea_and_go_with_a_tick(browser, client, city, runtime, work) -> None:
    form = typed(city)
    number = number_of(
        browser.submit("/ideas/new", form, files={"photos": ("p.jpg", picture(), "image/jpeg")})
    )
    page = browser.get(f"/ideas/{number}")
    src = page.text.split('src="/ideas/files/')[1].split('"')[0]
    assert browser.get(f"/ideas/files/{src}").headers["content-type"] == "image/webp"
    assert client(city).get(f"/ideas/files/{src}").status_code == 404
    with work(city) as w:
        idea = one.idea_by_number(w.session, number)
    assert idea is not None
    build.let_through(runtime, city, idea.id)
    assert client(city).get(f"/ideas/files/{src}").status_code == 200
    browser.submit(f"/ideas/{number}/edit", typed(city))
    assert "/ideas/files/" not in browser.get(f"/ideas/{number}").text


def test_a_file_of_another_kind_is_refused(browser, city) -> None:
    answer = browser.submit(
        "/ideas/new", typed(city), files={"photos": ("a.exe", b"MZ" * 50, "image/jpeg")}
    )
    assert answer.status_code == 422
    assert "f-photos" in answer.text


def test_a_draft_is_kept_while_typing(browser, city) -> None:
    form = typed(city, title="Лавочки", body="Пока думаю")
    saved = browser.submit("/ideas/draft", form, htmx=True)
    assert "Черновик сохранён" in visible_text(saved)
    page = browser.get("/ideas/new")
    assert 'value="Лавочки"' in page.text
    assert form["idea_id"] in page.text
    assert "Лавочки" in visible_text(browser.get("/me/ideas"))
    browser.submit("/ideas/new", {**form, "do": "discard"})
    assert "Лавочки" not in browser.get("/ideas/new").text


def test_signing_in_loses_nothing(runtime, city, client, author) -> None:
    browser = client(city)
    sent = browser.submit("/ideas/new", typed(city, title="Фонари во дворе"))
    assert sent.headers["location"].startswith("/sign-in?next=/ideas/new")
    sign_in(runtime, city, browser, author)
    page = browser.get("/ideas/new")
    assert 'value="Фонари во дворе"' in page.text
    assert build.BODY in page.text
    number_of(browser.submit("/ideas/new", typed(city, title="Фонари во дворе")))
    assert "Фонари" not in browser.get("/ideas/new").text


def test_support_by_form_and_by_script(runtime, city, client, browser) -> None:
    idea = build.view(runtime, city, build.published(runtime, city))
    path = f"/ideas/{idea.number}"
    assert "Поддержать" in visible_text(client(city).get(path))
    assert client(city).submit(f"{path}/support").headers["location"].startswith("/sign-in")
    assert browser.submit(f"{path}/support").status_code == 303
    again = browser.submit(f"{path}/support", htmx=True)
    assert "Вы поддержали эту идею" in visible_text(again)
    assert "<html" not in again.text
    back = browser.submit(f"{path}/unsupport", htmx=True)
    assert "Поддержать" in visible_text(back)


def test_ones_own_idea_is_not_for_oneself(runtime, city, browser, author) -> None:
    idea = build.view(runtime, city, build.published(runtime, city, author=author))
    page = browser.get(f"/ideas/{idea.number}")
    assert "за свою голос отдать нельзя" in visible_text(page)
    refused = browser.submit(f"/ideas/{idea.number}/support")
    assert refused.status_code == 403
    assert "п. 2.4" in visible_text(refused)


def test_following(runtime, city, browser) -> None:
    idea = build.view(runtime, city, build.published(runtime, city))
    browser.submit(f"/ideas/{idea.number}/follow")
    assert "Не следить" in visible_text(browser.get(f"/ideas/{idea.number}"))
    assert idea.title in visible_text(browser.get("/me/ideas"))
    browser.submit(f"/ideas/{idea.number}/follow", {"stop": "1"})
    assert "Следить за идеей" in visible_text(browser.get(f"/ideas/{idea.number}"))


def test_amending_and_comparing(runtime, city, browser, author, work) -> None:
    from core.features.ideas.service import checking

    idea_id = build.published(runtime, city, author=author)
    build.support(runtime, city, idea_id, build.residents(runtime, city, 1))
    number = build.view(runtime, city, idea_id).number
    assert "закреплён" in visible_text(browser.get(f"/ideas/{number}/edit"))
    wrong = browser.submit(f"/ideas/{number}/amend", {"title": build.TITLE, "body": build.BODY})
    assert wrong.status_code == 422
    browser.submit(
        f"/ideas/{number}/amend",
        {"title": build.TITLE, "body": build.BODY + " И урны.", "note": "Добавила урны."},
    )
    assert "поправка проверяется" in visible_text(browser.get(f"/ideas/{number}")).lower()
    with work(city) as w:
        wish = one.waiting_amendment(w.session, idea_id)
        assert wish is not None
        checking.publish_amendment(w, wish.id)
    page = browser.get(f"/ideas/{number}/versions")
    assert "<ins>" in page.text
    assert "Добавила урны." in visible_text(page)


def test_taking_back(runtime, city, browser, author, client) -> None:
    number = build.view(runtime, city, build.published(runtime, city, author=author)).number
    assert browser.submit(f"/ideas/{number}/withdraw", {"note": "Решили иначе"}).status_code == 303
    assert "Отозвана автором" in visible_text(browser.get(f"/ideas/{number}"))
    assert client(city).get(f"/ideas/{number}").status_code == 404


def test_the_desk_decides(runtime, city, desk, client, deliver) -> None:
    idea_id = build.considered(runtime, city)
    number = build.view(runtime, city, idea_id).number
    assert build.TITLE in visible_text(desk.get("/desk/ideas"))
    assert build.TITLE in visible_text(desk.get("/desk"))
    refused = desk.submit(f"/desk/ideas/{idea_id}", {"do": "decline", "text": "Нет"})
    assert refused.status_code in (403, 422)
    assert "п. 3.2" in visible_text(refused)
    assert "Нет</textarea>" in refused.text
    for _ in range(2):
        done = desk.submit(f"/desk/ideas/{idea_id}", {"do": "take_up", "text": build.ANSWER})
        assert done.status_code == 303
    page = client(city).get(f"/ideas/{number}")
    assert build.ANSWER in visible_text(page)
    assert "Принята к реализации" in visible_text(page)
    for do, text in (("start", "Заказали лавочки"), ("finish", "Поставили")):
        assert desk.submit(f"/desk/ideas/{idea_id}", {"do": do, "text": text}).status_code == 303
    assert build.state_of(runtime, city, idea_id) is State.DONE
    late = desk.submit(f"/desk/ideas/{idea_id}", {"do": "consider"})
    assert late.status_code == 409


def test_the_desk_answers_once(runtime, city, desk, client) -> None:
    idea_id = build.published(runtime, city)
    form = {"do": "answer", "text": "Выясняем стоимость.", "answer_id": str(new_id())}
    for _ in range(2):
        assert desk.submit(f"/desk/ideas/{idea_id}", form).status_code == 303
    number = build.view(runtime, city, idea_id).number
    assert visible_text(client(city).get(f"/ideas/{number}")).count("Выясняем стоимость.") == 1


def test_late_ideas_are_found(runtime, city, client, clock, desk) -> None:
    build.considered(runtime, city)
    assert build.TITLE not in visible_text(desk.get("/desk/ideas?late=1"))
    clock.move(timedelta(days=31))
    staff = sign_in(runtime, city, client(city), build.official(runtime, city))
    page = visible_text(staff.get("/desk/ideas?late=1"))
    assert build.TITLE in page
    assert "просрочен" in page


def test_the_desk_page_by_page(runtime, city, desk, work) -> None:
    for _ in range(3):
        build.published(runtime, city)
    with work(city) as w:
        from core.features.ideas.queries import desk as queries

        seen: list[UUID] = []
        after = None
        while True:
            page = queries.desk_ideas(w.session, states=[State.COLLECTING], after=after, most=1)
            seen += [idea.id for idea in page.ideas]
            after = page.after
            if after is None:
                break
        assert len(seen) == len(set(seen)) == 3
    for odd in ("x", "1.x", "9" * 17 + "." + str(new_id()), "-1"):
        assert desk.get(f"/desk/ideas?after={odd}").status_code in (200, 404)
    assert desk.get("/desk/ideas?state=collecting&q=лавочки").status_code == 200
    assert desk.get("/desk/ideas?state=collecting&q=%E2%84%96 1&reached=1").status_code == 200


def test_merging_by_hand(runtime, city, desk, client, browser, author) -> None:
    first, second = build.published(runtime, city), build.published(runtime, city)
    build.support(runtime, city, first, [author])
    wrong = desk.submit(f"/desk/ideas/{first}", {"do": "merge", "original": "999999"})
    assert wrong.status_code == 422
    number = build.view(runtime, city, first).number
    other = build.view(runtime, city, second).number
    assert (
        desk.submit(f"/desk/ideas/{first}", {"do": "merge", "original": f"№ {other}"}).status_code
        == 303
    )
    page = visible_text(browser.get(f"/ideas/{number}"))
    assert "Перенести мой голос" in page
    assert "Перенести мой голос" not in visible_text(client(city).get(f"/ideas/{number}"))
    browser.submit(f"/ideas/{number}/move", {"move": "yes"})
    assert "вы согласились" in visible_text(browser.get(f"/ideas/{number}"))
    assert "Согласны 1 человек" in visible_text(desk.get(f"/desk/ideas/{first}"))
    assert "присоединиться" in visible_text(client(city).get(f"/ideas/{other}"))
    assert desk.submit(f"/desk/ideas/{first}", {"do": "cancel_merge"}).status_code == 303
    over = browser.submit(f"/ideas/{number}/move", {"move": "yes"})
    assert over.status_code == 409


def test_residents_do_not_enter_the_desk(browser, client, city, runtime) -> None:
    idea_id = build.considered(runtime, city)
    for path in ("/desk/ideas", f"/desk/ideas/{idea_id}", "/desk/campaigns"):
        assert browser.get(path).status_code == 403
        assert client(city).get(path).status_code in (302, 303, 401)
    assert browser.submit(f"/desk/ideas/{idea_id}", {"do": "take_up"}).status_code == 403
    assert build.state_of(runtime, city, idea_id) is State.CONSIDERATION


def test_another_citys_numbers(runtime, city, other_city, client, desk) -> None:
    idea_id = build.published(runtime, city)
    number = build.view(runtime, city, idea_id).number
    stranger = client(other_city)
    assert stranger.get(f"/ideas/{number}").status_code == 404
    assert stranger.get(f"/ideas/id/{idea_id}").status_code == 404


def test_odd_addresses(client, city, browser) -> None:
    for path in (
        "/ideas/0",
        "/ideas/99999999999999999999",
        "/ideas/123456",
        "/campaigns/0",
        "/campaigns/99999999999999",
        "/ideas/new?campaign=x",
        "/ideas/new?campaign=99999999999",
        f"/ideas/files/{new_id()}/thumb",
        f"/ideas/amendments/{new_id()}",
        f"/ideas/draft/{new_id()}",
    ):
        assert browser.get(path).status_code == 404, path


def test_a_blocked_author_sees_why(runtime, city, client, work) -> None:
    from core.identity.model import Resident

    (person,) = build.residents(runtime, city, 1)
    with work(city) as w:
        w.session.get_one(Resident, person).blocked_at = w.now
    page = sign_in(runtime, city, client(city), person).get("/ideas/new")
    assert "заблокирована" in visible_text(page)
    assert "п. 3.9" in visible_text(page)
    assert "<textarea" not in page.text


def test_campaigns_from_the_editor_to_the_outcome(
    runtime, city, client, browser, work, clock, deliver, monkeypatch
) -> None:
    monkeypatch.setattr(campaigning, "standing", lambda _work, _item, _on: Standing.LISTED)
    desk = sign_in(runtime, city, client(city), build.official(runtime, city, *build.CAMPAIGNS))
    assert desk.get("/desk/campaigns/new").status_code == 200
    today = clock.now().date()
    campaign_id = str(new_id())
    form = {
        "campaign_id": campaign_id,
        "version": "0",
        "title": "Сквер у школы",
        "body": "Чего не хватает в сквере?",
        "opens_on": today.isoformat(),
        "closes_on": (today + timedelta(days=29)).isoformat(),
        "field-0-kind": "text",
        "field-0-label": "Где в сквере",
        "field-0-required": "on",
    }
    more = desk.submit("/desk/campaigns/new", {**form, "do": "add:choice"})
    assert more.status_code == 200
    assert 'name="field-1-options"' in more.text
    form |= {"field-1-kind": "choice", "field-1-label": "Что", "field-1-options": "свет\nлавочки"}
    assert desk.submit("/desk/campaigns/new", {**form, "do": "save"}).status_code == 303
    path = f"/desk/campaigns/{campaign_id}"
    assert "это допустимо" in visible_text(desk.get(path))
    for do in ("schedule", "open"):
        assert desk.submit(path, {"do": do}).status_code == 303
    with work(city) as w:
        number = w.session.get_one(Campaign, UUID(campaign_id)).number
    public = client(city)
    assert "Сквер у школы" in visible_text(public.get("/campaigns"))
    page = browser.get(f"/ideas/new?campaign={number}")
    assert "Где в сквере" in visible_text(page)
    sent = typed(city, campaign_id=campaign_id, **{"x-q1": "", "x-q2": "свет"})
    wrong = browser.submit("/ideas/new", sent)
    assert wrong.status_code == 422
    idea = number_of(browser.submit("/ideas/new", {**sent, "x-q1": "у входа"}))
    with work(city) as w:
        idea_id = w.session.scalars(select(Idea.id).where(Idea.number == idea)).one()
    build.let_through(runtime, city, idea_id)
    assert build.TITLE in visible_text(public.get(f"/campaigns/{number}"))
    assert "у входа" in visible_text(public.get(f"/ideas/{idea}"))
    clock.move(timedelta(days=31))
    deliver()
    assert "подводим итоги" in visible_text(public.get(f"/campaigns/{number}"))
    # A working day's session is over after a month.
    desk = sign_in(runtime, city, client(city), build.official(runtime, city, *build.CAMPAIGNS))
    assert "просрочен" not in visible_text(desk.get(path))
    assert desk.submit(path, {"do": "sum_up", "outcome": ""}).status_code == 422
    assert desk.submit(path, {"do": "sum_up", "outcome": "Поставим фонари."}).status_code == 303
    assert "Поставим фонари." in visible_text(public.get(f"/campaigns/{number}"))


def test_a_campaign_without_a_topic_says_the_clause(runtime, city, client, clock) -> None:
    desk = sign_in(runtime, city, client(city), build.official(runtime, city, *build.CAMPAIGNS))
    campaign_id, today = str(new_id()), clock.now().date()
    form = {
        "campaign_id": campaign_id,
        "title": "Сквер",
        "body": "Чего не хватает?",
        "opens_on": today.isoformat(),
        "closes_on": (today + timedelta(days=29)).isoformat(),
        "do": "save",
    }
    assert desk.submit("/desk/campaigns/new", form).status_code == 303
    refused = desk.submit(f"/desk/campaigns/{campaign_id}", {"do": "schedule"})
    assert refused.status_code in (403, 422)
    assert "п. 3.1" in visible_text(refused)


def test_declined_ideas_show_the_answer(runtime, city, client) -> None:
    idea_id = build.decided(runtime, city, Outcome.DECLINED)
    page = client(city).get(f"/ideas/{build.view(runtime, city, idea_id).number}")
    assert build.ANSWER in visible_text(page)
    assert "Сбор поддержки по этой идее уже завершён" in visible_text(page)


def test_the_header_knows_who_is_there(browser, city, runtime) -> None:
    number = build.view(runtime, city, build.published(runtime, city)).number
    for path in ("/ideas/new", f"/ideas/{number}", "/me/ideas", "/campaigns"):
        assert "Войти" not in visible_text(browser.get(path)), path


def test_a_copy_of_ones_data_holds_what_one_wrote(browser, city, runtime, author, work) -> None:
    from core.features.account.service import copy_of_data
    from core.kit.actor import ResidentActor

    build.published(runtime, city, author=author)
    other = build.published(runtime, city, title="Чужая идея про каток")
    build.support(runtime, city, other, [author])
    with work(city, ResidentActor(author)) as w:
        copied = str(copy_of_data(w, author))
    assert build.BODY in copied
    assert "Чужая идея про каток" in copied
    assert build.TITLE in visible_text(browser.get("/profile"))


def test_a_campaign_may_ask_for_a_place(runtime, city, browser, monkeypatch) -> None:
    monkeypatch.setattr(campaigning, "standing", lambda _work, _item, _on: Standing.LISTED)
    campaign = build.open_campaign(runtime, city, with_place=True, form=())
    form = typed(city, campaign_id=str(campaign))
    assert "отметьте место" in visible_text(browser.submit("/ideas/new", form))
    number_of(browser.submit("/ideas/new", {**form, "place": "улица Мира, 5"}))
