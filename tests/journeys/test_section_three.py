"""Section 3 of the Gubkinsky regulation, walked as people walk it: the yearly list, a discussion on
one of its topics, an idea with its letters, and what the city did about it."""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Locator, Page, expect

from core.features.ideas.domain import State
from core.features.plan.domain import ItemKind
from core.identity import consents
from core.identity.consents import Purpose
from core.identity.model import Staff, StaffPost
from core.kit.actor import StaffActor, SystemActor
from core.kit.ids import new_id
from core.tenancy.tenant import Tenant
from tests.features.ideas import build
from tests.features.plan import build as plan
from tests.journeys.city import known_resident
from tests.journeys.conftest import OFFICE, Visit
from tests.journeys.steps import agree

pytestmark = pytest.mark.browser

SITE = "gubkinsky"
TOPIC = "Каким быть скверу у школы № 4"
IDEA = "Поставить лавочки вдоль аллеи сквера"
BODY = (
    "Вдоль аллеи негде присесть. Предлагаю поставить лавочки со спинками каждые пятьдесят метров."
)
ANSWER = (
    "Лавочки включены в план благоустройства сквера, их поставят к маю, когда сойдёт снег. "
    "Отвечает управление жилищно-коммунального хозяйства."
)
Check = Callable[[Page], None]


@pytest.fixture
def city(runtime: Any) -> Tenant:
    found: Tenant = runtime.registry.by_slug(SITE)
    return found


@pytest.fixture
def officials(runtime: Any, city: Tenant) -> dict[str, StaffActor]:
    """People in the posts that section 3 speaks of, by post; the city has no list yet."""
    names = {
        "analytics_head": "Заведующая сектором",
        "analytics_specialist": "Ведущий специалист",
        "pr_specialist": "Специалист по связям",
        "deputy_internal_policy": "Заместитель главы",
    }
    with runtime.work(city, SystemActor("test")) as work:
        return {post: appointed(work, post, name) for post, name in names.items()}


def appointed(work: Any, post: str, name: str) -> StaffActor:
    person = new_id()
    work.session.add(Staff(id=person, name=name, email=f"{person}@example.org"))
    work.session.flush()
    work.session.add(StaffPost(id=new_id(), staff_id=person, post=post, since=date(2025, 1, 1)))
    return StaffActor(id=person, name=name, posts=(post,))


@pytest.fixture
def campaign(
    runtime: Any, city: Tenant, officials: dict[str, StaffActor], deliver: Callable[[], int]
) -> tuple[UUID, UUID]:
    """An open campaign on a topic of this year's approved list, and the topic."""
    with runtime.work(city, SystemActor("test")) as work:
        today = work.today
    topics = plan.approved(
        runtime,
        city,
        officials["deputy_internal_policy"],
        today.year,
        [plan.content(kind=ItemKind.CAMPAIGN, title=TOPIC)],
    )
    made = build.open_campaign(runtime, city, title=TOPIC, plan_item=topics[0], form=())
    deliver()
    return made, topics[0]


def agreed(runtime: Any, city: Tenant, people: Sequence[UUID]) -> None:
    """They have agreed to everything, so that no page asks."""
    with runtime.work(city, SystemActor("test")) as work:
        for person in people:
            consents.give(work, person, tuple(Purpose))


def opened(page: Page, summary: str) -> Locator:
    """The part of a page behind this line, unfolded."""
    part = page.locator("details").filter(has=page.locator("summary", has_text=summary)).last
    if part.get_attribute("open") is None:
        part.locator("summary").first.click()
    return part


def test_the_yearly_list_comes_before_a_discussion(
    visit: Visit,
    runtime: Any,
    clock: Any,
    deliver: Callable[[], int],
    city: Tenant,
    officials: dict[str, StaffActor],
    accessible: Check,
) -> None:
    # п. 3.3: proposals for the next year, before the first of December.
    clock.set(datetime(2025, 11, 20, 7, 0, tzinfo=UTC))
    specialist = visit(SITE, "/desk/plan", screen=OFFICE, who=officials["analytics_specialist"])
    accessible(specialist)
    specialist.get_by_role("button", name="Собирать предложения на 2026 год").click()
    expect(specialist.get_by_text("предложения до 1 декабря 2025").first).to_be_visible()
    accessible(specialist)

    # The initiating unit has no access (R22): the moderator enters its proposal, passport and all.
    specialist.get_by_role("link", name="Внести предложение").click()
    specialist.get_by_label("Обсуждение", exact=True).check()
    specialist.get_by_label("Название темы").fill(TOPIC)
    specialist.get_by_label("Обоснование и цель").fill("Сквер обновят по тому, что скажут жители.")
    specialist.get_by_label("Квартал").select_option("1")
    specialist.get_by_label("Подразделение").select_option("utilities")
    specialist.get_by_label("Должность ответственного").select_option("utilities_head")
    specialist.get_by_label("Ответственное лицо").fill("Начальник отдела благоустройства")
    specialist.get_by_label("Ожидаемый результат").fill("Проект сквера на следующий сезон.")
    first = specialist.get_by_role("group", name="Вопрос 1")
    first.get_by_label("Что спрашиваем").fill("Чего не хватает в сквере?")
    first.get_by_label("Варианты ответа").fill("Лавочек\nСвета")
    specialist.get_by_label("Что сделаем при каждом ответе").fill("Лавочек: поставим к маю")
    cost = specialist.get_by_label("Стоимость")
    cost.fill("много")
    specialist.get_by_label("Источник средств").fill("Бюджет города")
    accessible(specialist)
    specialist.get_by_role("button", name="Внести предложение").click()
    expect(specialist.get_by_role("alert")).to_be_focused()
    expect(specialist.get_by_label("Название темы")).to_have_value(TOPIC)
    cost.fill("1 250 000,50")
    specialist.get_by_role("button", name="Внести предложение").click()
    expect(specialist.get_by_role("heading", name=TOPIC)).to_be_visible()
    expect(
        specialist.get_by_text("Управление жилищно-коммунального хозяйства").first
    ).to_be_visible()
    expect(specialist.get_by_text(re.compile(r"1.250.000,50.₽")).first).to_be_visible()
    accessible(specialist)
    specialist.get_by_role("link", name="План на 2026 год").click()
    specialist.get_by_role("button", name="Передать на рассмотрение").click()
    agree(specialist)
    expect(specialist.get_by_text("Решает группа управления.")).to_be_visible()
    accessible(specialist)

    # п. 3.4: the management group admits; the deputy head approves, with the act.
    clock.set(datetime(2025, 12, 18, 7, 0, tzinfo=UTC))
    deputy = visit(SITE, "/desk/plan", screen=OFFICE, who=officials["deputy_internal_policy"])
    approve = deputy.get_by_role("button", name="Утвердить перечень")
    expect(approve).to_be_disabled()
    deputy.get_by_label(f"Выбрать: {TOPIC}").check()
    deputy.get_by_role("button", name="Допустить отмеченные").click()
    expect(deputy.get_by_text("По всем темам есть решение")).to_be_visible()
    accessible(deputy)
    deputy.get_by_label("Номер акта").fill("512-п")
    deputy.get_by_label("Дата акта").fill("2025-12-17")
    approve.click()
    agree(deputy)
    expect(deputy.get_by_text("Перечень утверждён.")).to_be_visible()
    accessible(deputy)
    reader = visit(SITE, "/plan/2026")
    expect(reader.get_by_text("512-п").first).to_be_visible()
    expect(reader.get_by_text(TOPIC).first).to_be_visible()
    accessible(reader)

    # п. 3.1: no discussion outside the list.
    clock.set(datetime(2026, 1, 26, 7, 0, tzinfo=UTC))
    visit.enter(specialist.context, SITE, officials["analytics_specialist"])
    specialist.goto("/desk/campaigns/new")
    specialist.get_by_label("О чём обсуждение").fill(TOPIC)
    specialist.get_by_label("Что спрашиваем и что будет с идеями").fill(
        "Сквер обновят летом. Чего в нём не хватает?"
    )
    specialist.get_by_label("Первый день").fill("2026-02-02")
    specialist.get_by_label("Последний день").fill("2026-03-03")
    accessible(specialist)
    specialist.get_by_role("button", name="Сохранить").click()
    expect(specialist.get_by_text("Черновик сохранён.")).to_be_visible()
    specialist.get_by_role("button", name="Утвердить").click()
    agree(specialist)
    refused = specialist.get_by_role("alert").filter(has_text="перечн")
    expect(refused).to_be_focused()
    refused.locator("summary").click()
    expect(refused.get_by_text(re.compile(r"п. 3\.1 Регламент"))).to_be_visible()
    accessible(specialist)

    # On a topic of the list it is approved, and opens by itself on its first day.
    specialist.get_by_role("link", name="Править").click()
    specialist.get_by_label("Тема годового перечня").select_option(label=f"№ 1. {TOPIC}")
    specialist.get_by_role("button", name="Сохранить").click()
    expect(specialist.get_by_text("Черновик сохранён.")).to_be_visible()
    specialist.get_by_role("button", name="Утвердить").click()
    agree(specialist)
    expect(specialist.get_by_text("Обсуждение утверждено.")).to_be_visible()
    accessible(specialist)
    reader.goto("/campaigns")
    expect(reader.get_by_text("Скоро начнётся").first).to_be_visible()
    clock.set(datetime(2026, 2, 1, 19, 1, tzinfo=UTC))
    deliver()
    reader.goto("/campaigns")
    accessible(reader)
    reader.get_by_role("link", name=TOPIC).first.click()
    expect(reader.get_by_role("link", name="Предложить идею").first).to_be_visible()
    expect(reader.get_by_text("Проводится по теме годового перечня:")).to_be_visible()
    accessible(reader)


def test_an_idea_is_published_and_another_refused_with_a_letter(
    visit: Visit,
    runtime: Any,
    deliver: Callable[[], int],
    city: Tenant,
    officials: dict[str, StaffActor],
    campaign: tuple[UUID, UUID],
    accessible: Check,
) -> None:
    build.published(runtime, city, title="Поставить лавочки в сквере у школы")
    deliver()
    author = known_resident(runtime, city, "Мария Орлова")
    page = visit(SITE, "/campaigns", who=author)
    page.get_by_role("link", name=TOPIC).first.click()
    page.get_by_role("link", name="Предложить идею").first.click()

    # Ideas like it are shown while one types; the text is kept before anything is sent.
    page.get_by_label("Коротко о главном").press_sequentially(IDEA, delay=5)
    expect(page.get_by_text("Похоже, об этом уже писали")).to_be_visible()
    expect(page.get_by_role("link", name="Поставить лавочки в сквере у школы")).to_be_visible()
    accessible(page)
    page.get_by_label("Что предлагаете").fill(BODY)
    expect(page.locator("#saved")).to_contain_text("Черновик сохранён")
    page.reload()
    expect(page.get_by_label("Коротко о главном")).to_have_value(IDEA)
    expect(page.get_by_label("Что предлагаете")).to_have_value(BODY)

    # п. 1.3: not an appeal under 59-ФЗ, and whoever writes has read that.
    expect(page.get_by_text("Это не обращение по 59-ФЗ")).to_be_visible()
    page.get_by_role("button", name="Отправить", exact=True).click()
    expect(page.get_by_role("alert").first).to_contain_text("Отметьте, что прочитали")
    accessible(page)
    page.get_by_label("Я прочитал(а)").check()
    page.get_by_role("button", name="Отправить", exact=True).click()
    expect(page.get_by_text("Идею проверяет модератор")).to_be_visible()
    accessible(page)
    address = page.url

    # Somebody else's idea is what п. 3.8 does not let through.
    other = known_resident(runtime, city, "Пётр Ильин")
    refused = build.sent(runtime, city, author=other, title="Сквер от нашей студии под ключ")
    deliver()

    desk = visit(SITE, "/desk/moderation", screen=OFFICE, who=officials["analytics_specialist"])
    accessible(desk)
    desk.get_by_role("link", name=IDEA).click()
    accessible(desk)
    desk.get_by_role("button", name="Опубликовать", exact=True).click()
    expect(desk.get_by_role("heading", name="Сквер от нашей студии под ключ")).to_be_visible()
    deliver()
    item = desk.url
    desk.get_by_text("Отказать с письмом").click()
    desk.get_by_label("Открытая или скрытая реклама").check()
    desk.get_by_label("Предложенное уже осуществляется").check()
    letter = desk.get_by_label("Письмо автору")
    expect(letter).not_to_be_empty()
    desk.get_by_role("button", name="Отправить на согласование").click()
    agree(desk)
    # One of the grounds is nothing without a link.
    expect(desk.get_by_text("ссылк").first).to_be_visible()
    accessible(desk)
    planned = desk.locator("[data-mod-ground]").filter(has_text="Предложенное уже осуществляется")
    planned.get_by_role("searchbox").fill("сквер")
    planned.get_by_role("button", name="Найти").click()
    planned.get_by_role("radio").first.check()
    letter.fill(letter.input_value() + "\n\nСквер обновят по итогам обсуждения.")
    desk.get_by_role("button", name="Посмотреть письмо").click()
    expect(desk.locator("#preview")).to_contain_text("Сквер обновят по итогам обсуждения.")
    accessible(desk)
    desk.get_by_role("button", name="Отправить на согласование").click()
    agree(desk)
    expect(desk.get_by_text("Письмо отправлено на согласование.")).to_be_visible()
    desk.goto(item)
    expect(desk.get_by_text("Письмо согласует другой сотрудник")).to_be_visible()
    accessible(desk)

    # раздел 2, п. 3: another official edits the letter before it goes out.
    editor = visit(
        SITE, "/desk/moderation?view=letters", screen=OFFICE, who=officials["analytics_head"]
    )
    accessible(editor)
    editor.get_by_role("link", name="Сквер от нашей студии под ключ").click()
    text = editor.get_by_label("Текст письма")
    text.fill(text.input_value().replace("по итогам обсуждения", "после обсуждения"))
    editor.get_by_role("button", name="Показать правки").click()
    expect(editor.locator("ins").first).to_be_visible()
    accessible(editor)
    editor.get_by_role("button", name="Согласовать и отправить автору").click()
    agree(editor)
    expect(editor.get_by_text("отправлено автору")).to_be_visible()
    deliver()
    assert build.state_of(runtime, city, refused) is State.REFUSED

    # The author is told once, reads the clauses and asks for a second look.
    reader = visit(SITE, "/profile/notices", who=other)
    accessible(reader)
    told = reader.get_by_role("main").get_by_role("link", name="Сквер от нашей студии под ключ")
    expect(told).to_have_count(1)
    told.click()
    expect(reader.get_by_text("(п. 3.8(6))")).to_be_visible()
    expect(reader.get_by_text("(п. 3.8(5))")).to_be_visible()
    expect(reader.get_by_role("link", name=TOPIC)).to_be_visible()
    expect(reader.get_by_text("Сквер обновят после обсуждения.").first).to_be_visible()
    accessible(reader)
    opened(reader, "Попросить посмотреть ещё раз")
    reader.get_by_label("Почему вы не согласны").fill("Это эскиз жителей, а не реклама студии.")
    accessible(reader)
    reader.get_by_role("button", name="Отправить просьбу").click()
    expect(reader.get_by_text("другой сотрудник").first).to_be_visible()
    accessible(reader)
    deliver()

    # Neither of the two who refused decides again.
    third = visit(SITE, "/desk/moderation", screen=OFFICE, who=officials["pr_specialist"])
    third.get_by_role("link", name="Сквер от нашей студии под ключ").click()
    expect(third.get_by_text("Это эскиз жителей, а не реклама студии.")).to_be_visible()
    accessible(third)
    third.get_by_role("button", name="Отменить отказ и опубликовать").click()
    expect(third.get_by_text("Опубликовано").first).to_be_visible()
    deliver()
    assert build.state_of(runtime, city, refused) is State.COLLECTING

    page.goto(address)
    expect(page.get_by_text("Собирает поддержку").first).to_be_visible()
    accessible(page)
    page.goto("/me/ideas")
    expect(page.get_by_role("link", name=IDEA)).to_be_visible()
    accessible(page)


def test_from_support_to_the_report(
    visit: Visit,
    runtime: Any,
    clock: Any,
    deliver: Callable[[], int],
    city: Tenant,
    officials: dict[str, StaffActor],
    campaign: tuple[UUID, UUID],
    accessible: Check,
) -> None:
    campaign_id, topic = campaign
    author = known_resident(runtime, city, "Мария Орлова")
    idea = build.published(
        runtime, city, author=author, campaign=campaign_id, title=IDEA, body=BODY
    )
    build.support(runtime, city, idea, build.residents(runtime, city, 99))
    deliver()
    number = build.view(runtime, city, idea).number
    path = f"/ideas/{number}"

    # The hundredth vote, pressed twice.
    voter = visit(SITE, path, who=known_resident(runtime, city, "Ольга Титова"))
    support = voter.locator("#support")
    expect(support).to_contain_text("не хватает 1")
    accessible(voter)
    voter.get_by_role("button", name="Поддержать").dblclick()
    expect(support.get_by_text("Вы поддержали эту идею")).to_be_visible()
    expect(support.locator(".figure")).to_have_text("100")
    accessible(voter)
    deliver()
    voter.reload()
    expect(support.locator(".figure")).to_have_text("100")
    expect(voter.get_by_text("На рассмотрении").first).to_be_visible()

    # An official takes it up with an answer that everybody reads.
    desk = visit(SITE, "/desk/ideas", screen=OFFICE, who=officials["analytics_specialist"])
    accessible(desk)
    desk.get_by_role("link", name=IDEA).first.click()
    part = opened(desk, "Принять к реализации")
    part.get_by_label("Что будет сделано").fill(ANSWER)
    accessible(desk)
    part.get_by_role("button", name="Принять", exact=True).click()
    agree(desk)
    expect(desk.get_by_role("heading", name="Что можно сделать")).to_be_visible()
    expect(desk.get_by_text("Принята к реализации").first).to_be_visible()
    deliver()
    voter.goto(path)
    expect(voter.get_by_text(ANSWER)).to_be_visible()
    accessible(voter)

    # A measure of the implementation plan carries it out.
    desk.goto(f"/desk/plan/items/{topic}")
    accessible(desk)
    desk.get_by_role("link", name="Добавить мероприятие").click()
    desk.get_by_label("Что будет сделано").fill("Поставить 24 лавочки вдоль аллеи")
    today = clock.now().astimezone(city.zone).date()
    desk.get_by_label("К какому дню").fill((today + timedelta(days=20)).isoformat())
    desk.get_by_label("Должность ответственного").select_option("utilities_head")
    desk.get_by_label("Запланировано, ₽").fill("1 200 000")
    desk.get_by_label(IDEA).check()
    accessible(desk)
    desk.get_by_role("button", name="Добавить в план").click()
    desk.get_by_role("link", name="Поставить 24 лавочки вдоль аллеи").first.click()
    desk.get_by_label("В работе").check()
    desk.get_by_role("button", name="Сохранить результат").click()
    expect(desk.locator(".timeline .chip", has_text="В работе")).to_be_visible()
    deliver()
    voter.goto(path)
    expect(voter.locator(".chip", has_text="В работе").first).to_be_visible()
    clock.move(timedelta(days=3))
    visit.enter(desk.context, SITE, officials["analytics_specialist"])
    desk.goto(f"/desk/plan/items/{topic}")
    desk.get_by_role("link", name="Поставить 24 лавочки вдоль аллеи").first.click()
    desk.get_by_label("Сделано", exact=True).check()
    desk.get_by_label("Когда завершено").fill((today + timedelta(days=2)).isoformat())
    desk.get_by_label("Израсходовано, ₽").fill("1 180 400,40")
    desk.get_by_label("Результат").fill("Поставили 24 лавочки.")
    accessible(desk)
    desk.get_by_role("button", name="Сохранить результат").click()
    expect(desk.get_by_text("Выполнено мероприятий: 1 из 1")).to_be_visible()
    accessible(desk)
    deliver()
    voter.goto(path)
    expect(voter.locator(".chip", has_text="Сделано").first).to_be_visible()
    accessible(voter)

    # The discussion ends by itself; its outcome is published (п. 3.13).
    clock.move(timedelta(days=30))
    deliver()
    visit.enter(desk.context, SITE, officials["analytics_specialist"])
    desk.goto(f"/desk/campaigns/{campaign_id}")
    expect(desk.get_by_text("итоги до").first).to_be_visible()
    accessible(desk)
    desk.get_by_label("Итоги").fill("Жители попросили лавочки. Лавочки стоят.")
    desk.get_by_role("button", name="Опубликовать итоги").click()
    agree(desk)
    expect(desk.get_by_text("Итоги опубликованы")).to_be_visible()
    accessible(desk)
    deliver()

    # The report by the form of appendix 2 (п. 3.14), in both formats.
    desk.goto(f"/desk/plan/items/{topic}")
    desk.get_by_role("link", name="Отчёт").first.click()
    expect(desk.get_by_text("Поставили 24 лавочки.").first).to_be_visible()
    accessible(desk)
    desk.get_by_label("Принятое решение").fill("Лавочки поставлены по идее жителей.")
    desk.get_by_role("button", name="Отправить отчёт").click()
    agree(desk)
    expect(desk.locator(".chip", has_text="отправлен")).to_be_visible()
    accessible(desk)
    for name, begins in (("DOCX", b"PK\x03\x04"), ("PDF", b"%PDF-")):
        with desk.expect_download() as download:
            desk.get_by_role("link", name=name).first.click()
        assert download.value.path().read_bytes().startswith(begins)
    reader = visit(SITE, f"/plan/{today.year}/1")
    expect(reader.get_by_text("Лавочки поставлены по идее жителей.")).to_be_visible()
    accessible(reader)

    # The author was told of every step, of each once.
    deliver()
    notices = visit(SITE, "/profile/notices", who=author)
    main = notices.get_by_role("main")
    for words in (
        "Собирает поддержку",
        "На рассмотрении",
        "Принята к реализации",
        "В работе",
        "Сделано",
    ):
        expect(main.get_by_role("link", name=f"{words}: «{IDEA}»")).to_have_count(1)
    expect(main.get_by_role("link", name=f"Итоги обсуждения: «{TOPIC}»")).to_have_count(1)
    expect(main.get_by_role("listitem").filter(has_text=IDEA)).to_have_count(5)
    accessible(notices)
    main.get_by_role("link", name=f"Сделано: «{IDEA}»").click()
    expect(notices.get_by_role("heading", name=IDEA)).to_be_visible()
