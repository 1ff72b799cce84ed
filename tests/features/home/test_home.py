"""A city's home page and its page about itself."""

import re
from datetime import timedelta

from psycopg.types.json import Jsonb
from sqlalchemy import update

from core.features.polls.model import Poll
from core.features.polls.service import life
from core.features.polls.service.drafting import create_draft, submit_for_review
from core.kit.actor import SystemActor
from tests.features.polls.build import draft, official, open_poll, residents
from tests.features.polls.web.browsing import (
    AFTER_VOTE,
    ALWAYS,
    city_of,
    counted,
    finished,
    sees,
    sees_not,
    sign_in,
    titles,
    turn_out,
)
from tests.support.http import visible_text


def test_a_new_city_has_a_home_without_dead_links(client, runtime):
    for city in runtime.registry.all():
        browser = client(city)
        answer = browser.get("/")
        assert answer.status_code == 200
        sees(answer, city.profile.names.headline.ru, city.profile.names.about.ru)
        links = set(re.findall(r'<a[^>]* href="(/[^"#]*)', answer.text))
        assert "/about" in links
        for link in links:
            assert browser.get(link).status_code in (200, 303), link


def test_the_home_page_shows_what_runs_and_what_was_decided(client, runtime, clock):
    city = city_of(runtime, ALWAYS)
    finished(runtime, clock, city, title="Решённый вопрос")
    for number in range(4):
        open_poll(runtime, city, title=f"Опрос {number}", days=15 + number)
    answer = client(city).get("/")
    assert titles(answer) == ["Опрос 0", "Опрос 1", "Опрос 2", "Решённый вопрос"]
    sees(answer, "Идут сейчас", "Недавние итоги", "голоса в опросах 3", "опрос с итогами 1")


def test_figures_count_votes_of_running_polls_too(client, runtime):
    city = city_of(runtime, ALWAYS)
    poll = open_poll(runtime, city)
    turn_out(runtime, city, poll, 2)
    answer = client(city).get("/")
    figures = re.sub(r"\s+", " ", visible_text(answer))
    assert "голоса в опросах 2" in figures
    sees_not(answer, "с итогами")


def test_with_nothing_running_the_next_polls_are_announced(client, runtime):
    city = city_of(runtime, AFTER_VOTE)
    sees(client(city).get("/"), "Сейчас опросов нет")
    with runtime.work(city, official(runtime, city)) as work:
        poll = create_draft(
            work, draft=draft(first=work.today + timedelta(days=3), title="Будущий опрос")
        )
        submit_for_review(work, poll_id=poll)
        life.approve(work, poll_id=poll)
    answer = client(city).get("/")
    sees(answer, "Скоро")
    assert titles(answer) == ["Будущий опрос"]


def test_the_home_page_costs_the_same_whatever_the_city_holds(client, runtime, clock):
    city = city_of(runtime, ALWAYS)
    finished(runtime, clock, city)
    poll = open_poll(runtime, city)
    turn_out(runtime, city, poll, 1)
    (person,) = residents(runtime, city, 1)
    anonymous = client(city)
    signed_in = sign_in(runtime, city, client(city), person)
    few = counted(runtime, anonymous, "/"), counted(runtime, signed_in, "/")
    for _ in range(5):
        finished(runtime, clock, city)
        running = open_poll(runtime, city)
        turn_out(runtime, city, running, 6)
    many = counted(runtime, anonymous, "/"), counted(runtime, signed_in, "/")
    assert few == many
    assert max(many) <= 12


def test_the_emblem_colours_and_cover_are_the_city_s_own(client, runtime):
    for city in runtime.registry.all():
        page = client(city).get("/").text
        assert "/brand/accent.css" in page
        assert ("/brand/cover.svg" in page) is (city.profile.brand.cover is not None)


def test_a_city_without_polls_shows_none(client, runtime, installation):
    city = city_of(runtime, ALWAYS)
    open_poll(runtime, city, title="Был когда-то опрос")
    installation.owner.execute(
        "UPDATE platform.tenant SET version = nextval('platform.tenant_version'),"
        " profile = jsonb_set(profile, '{features,polls,offered}', %s) WHERE id = %s",
        (Jsonb(False), city.id),
    )
    browser = client(city)
    answer = browser.get("/")
    sees_not(answer, "Был когда-то опрос", "Идут сейчас", "голоса в опросах", "голосов в опросах")
    assert browser.get("/polls").status_code == 404


def test_about_names_the_acts_in_force_and_the_notice(client, runtime):
    for city in runtime.registry.all():
        answer = client(city).get("/about")
        assert answer.status_code == 200
        sees(answer, city.profile.notice.text.ru, city.profile.contacts.email, "Доступность")
        with runtime.work(city, SystemActor("test")) as work:
            regulation = work.regulation
            acts = {
                entry.act
                for procedure in regulation.procedures
                for entry in regulation.in_force(procedure, work.today).values()
                if entry.act
            }
            assert acts
            for key in acts:
                assert f"№ {work.regulation.acts[key].number}" in visible_text(answer)


def test_about_cites_clauses_in_their_order(client, runtime):
    sees(client(city_of(runtime, AFTER_VOTE)).get("/about"), "п. 3.11, п. 3.12", "п. 9, п. 10")


def test_robots_keep_out_of_what_is_personal(client, runtime):
    answer = client(city_of(runtime, ALWAYS)).get("/robots.txt")
    assert answer.headers["content-type"].startswith("text/plain")
    assert "Disallow: /profile" in answer.text
    assert "Disallow: /\n" not in answer.text


def test_the_home_page_never_names_another_city(client, runtime):
    cities = runtime.registry.all()
    for city in cities:
        open_poll(runtime, city, days=30, title=f"Опрос города {city.slug}")
        with runtime.work(city, SystemActor("test")) as work:
            work.session.execute(update(Poll).values(topic=None))
    for city in cities:
        text = client(city).get("/").text
        for other in cities:
            assert (f"Опрос города {other.slug}" in text) is (other.slug == city.slug)
