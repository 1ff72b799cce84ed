"""Ideas on a phone as residents use them: found in the gallery, supported, talked about; and the
same without a single script."""

import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from core.features.comments import service as comments
from core.features.ideas.domain import State
from core.features.ideas.service.talking import IDEA
from core.tenancy.tenant import Tenant
from tests.features.ideas import build
from tests.features.polls.build import official
from tests.journeys.city import known_resident
from tests.journeys.conftest import Visit, overflowing

pytestmark = pytest.mark.browser

SITE = "gubkinsky"
BENCHES = "Поставить лавочки вдоль тропы здоровья"
LIGHT = "Осветить двор у школы"


@pytest.fixture
def city(runtime: Any) -> Tenant:
    found: Tenant = runtime.registry.by_slug(SITE)
    return found


@pytest.fixture
def idea(runtime: Any, city: Tenant, deliver: Callable[[], int]) -> UUID:
    """An idea among others of other topics and districts."""
    first, second = city.profile.topics[:2]
    near, far = city.profile.districts[:2]
    found = build.published(
        runtime, city, title=BENCHES, topic=first.key, district=near.key, place="У входа"
    )
    build.published(runtime, city, title=LIGHT, topic=second.key, district=near.key)
    build.published(runtime, city, title="Качели в парке", topic=first.key, district=far.key)
    deliver()
    return found


def test_found_supported_and_talked_about(
    visit: Visit,
    runtime: Any,
    city: Tenant,
    idea: UUID,
    deliver: Callable[[], int],
    accessible: Callable[[Page], None],
) -> None:
    anna = known_resident(runtime, city, "Анна")
    page = visit(SITE, "/", who=anna)
    page.goto("/ideas")
    cards = page.locator("#cards .idea-card")
    expect(cards).to_have_count(3)
    accessible(page)

    # Each condition answers at once, and the address keeps it.
    page.get_by_text("Условия и порядок").click()
    page.get_by_label("Тема", exact=True).select_option(city.profile.topics[0].key)
    expect(cards).to_have_count(2)
    page.get_by_label("Район", exact=True).select_option(city.profile.districts[0].key)
    expect(cards).to_have_count(1)
    expect(page).to_have_url(re.compile(f"topic={city.profile.topics[0].key}"))
    accessible(page)
    assert not overflowing(page)
    page.reload()
    expect(cards).to_have_count(1)
    search = page.get_by_label("Найти идею")
    search.fill("скамеечки в космосе")
    search.press("Enter")
    expect(page.get_by_text("Ничего не нашлось")).to_be_visible()
    accessible(page)
    search.fill("лавочка")
    search.press("Enter")
    expect(cards).to_have_count(1)
    page.get_by_role("link", name=BENCHES).click()

    accessible(page)
    page.get_by_role("button", name="Поддержать").click()
    expect(page.get_by_text("Вы поддержали эту идею")).to_be_visible()
    expect(page.locator("#support .figure")).to_have_text("1")
    page.get_by_role("button", name="Отозвать голос").click()
    expect(page.locator("#support .figure")).to_have_text("0")
    page.get_by_role("button", name="Поддержать").click()
    expect(page.locator("#support .figure")).to_have_text("1")

    page.get_by_label("Ваш комментарий").fill("А урны рядом поставят?")
    page.get_by_role("button", name="Отправить", exact=True).click()
    mine = page.get_by_text("А урны рядом поставят?")
    expect(mine).to_be_visible()
    accessible(page)
    assert not overflowing(page)
    deliver()

    # A neighbour and the city answer; both are told of.
    boris = known_resident(runtime, city, "Борис")
    other = visit(SITE, page.url.partition("#")[0], who=boris)
    other.locator(".comment-reply summary").first.click()
    other.get_by_label("Ваш ответ").fill("Да, и с крышками.")
    other.get_by_role("button", name="Ответить", exact=True).click()
    expect(other.get_by_text("Да, и с крышками.")).to_be_visible()
    accessible(other)
    with runtime.work(city, official(runtime, city, "comments.answer")) as work:
        comments.answer(work, IDEA, idea, body="Посчитаем к осени.", key="1")
    deliver()
    deliver()
    page.goto("/profile/notices")
    reply = page.get_by_role("main").get_by_role("link", name=f"Вам ответили: «{BENCHES}»")
    expect(reply).to_have_count(1)
    accessible(page)
    reply.click()
    expect(page.get_by_text("Да, и с крышками.")).to_be_visible()
    expect(page.get_by_text("Посчитаем к осени.").or_(mine).first).to_be_visible()
    page.goto("/profile/notices")
    expect(page.get_by_text("Новое:")).to_have_count(0)


def test_without_scripts(visit: Visit, runtime: Any, city: Tenant, idea: UUID) -> None:
    vera = known_resident(runtime, city, "Вера")
    page = visit(SITE, "/ideas", scripts=False, who=vera)
    page.get_by_text("Условия и порядок").click()
    page.get_by_label("Тема", exact=True).select_option(city.profile.topics[1].key)
    page.get_by_role("button", name="Показать", exact=True).click()
    expect(page.locator("#cards .idea-card")).to_have_count(1)
    page.get_by_role("link", name=LIGHT).click()
    page.get_by_role("button", name="Поддержать").click()
    expect(page.get_by_text("Вы поддержали эту идею")).to_be_visible()
    page.get_by_label("Ваш комментарий").fill("Давно пора.")
    page.get_by_role("button", name="Отправить", exact=True).click()
    expect(page.get_by_text("Давно пора.")).to_be_visible()

    page.goto("/ideas/new")
    page.get_by_label("Коротко о главном").fill("Каток у стадиона")
    page.get_by_role("button", name="Отправить", exact=True).click()
    expect(page.get_by_role("alert").first).to_be_visible()
    expect(page.get_by_label("Коротко о главном")).to_have_value("Каток у стадиона")
    page.get_by_label("Что предлагаете").fill(
        "Зимой детям негде кататься. Предлагаю залить каток у стадиона и поставить раздевалку."
    )
    page.get_by_label("Тема", exact=True).select_option(city.profile.topics[0].key)
    page.get_by_label("Я прочитал(а)").check()
    page.get_by_role("button", name="Отправить", exact=True).click()
    expect(page.get_by_text("Идею проверяет модератор")).to_be_visible()
    page.goto("/me/ideas")
    expect(page.get_by_role("link", name="Каток у стадиона")).to_be_visible()
    assert build.state_of(runtime, city, idea) is State.COLLECTING


def test_a_draft_is_written_before_signing_in(
    visit: Visit, runtime: Any, city: Tenant, accessible: Callable[[Page], None]
) -> None:
    """Whoever is asked to sign in halfway loses nothing."""
    person = known_resident(runtime, city, "Глеб")
    page = visit(SITE, "/ideas/new")
    page.get_by_label("Коротко о главном").fill("Каток у стадиона")
    page.get_by_label("Что предлагаете").fill("Зимой детям негде кататься, а места много.")
    page.get_by_label("Тема", exact=True).select_option(city.profile.topics[0].key)
    page.get_by_label("Я прочитал(а)").check()
    page.get_by_role("button", name="Отправить", exact=True).click()
    expect(page.get_by_role("heading", name="Вход", exact=True)).to_be_visible()
    visit.enter(page.context, SITE, person)
    page.goto("/ideas/new")
    expect(page.get_by_text("Ваш текст на месте")).to_be_visible()
    expect(page.get_by_label("Коротко о главном")).to_have_value("Каток у стадиона")
    accessible(page)
    page.get_by_role("button", name="Отправить", exact=True).click()
    expect(page.get_by_text("Идею проверяет модератор")).to_be_visible()
