"""The gallery, the map, feeds and files over HTTP: what stands in the address, what readers and
programs get, and that nothing but public ideas leaves by any of these doors."""

import csv
import io
import json
import re
from datetime import timedelta
from xml.etree import ElementTree

import msgspec
import pytest

from core.app import Sites
from core.features.ideas.domain import State
from core.features.ideas.model import IdeaSupport
from core.features.ideas.queries.figures import figures
from core.features.ideas.service.life import IdeaReference
from core.features.ideas.web import exports
from core.features.ideas.web.gallery import _ASKING
from core.kit.actor import SystemActor
from core.kit.ids import new_id
from core.settings import Misconfigured, read_settings
from tests.features.ideas.shelf import count_all, put, put_campaign
from tests.features.polls.build import official, residents
from tests.features.polls.web.browsing import sign_in
from tests.support.http import Client, visible_text

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def topic(city):
    return city.profile.topics[0].key


@pytest.fixture
def district(city):
    return city.profile.districts[0].key


def titles(page):
    return re.findall(r'<h2><a href="/ideas/\d+">(.*?)</a></h2>', page.text)


def link(page, words):
    found = re.search(rf'<a[^>]*href="([^"]*)"[^>]*>(?:<[^>]*>)*\s*{words}', page.text)
    assert found, words
    return found[1].replace("&amp;", "&")


def test_a_city_without_ideas_has_no_gallery(runtime, client):
    without = next(one for one in runtime.registry.all() if not one.profile.offers("ideas"))
    for path in (
        "/ideas",
        "/ideas/map",
        "/ideas/points?box=1,1,2,2",
        "/ideas/feed.rss",
        "/ideas/similar?title=каток",
        "/ideas/open.csv",
        "/campaigns/feed.atom",
    ):
        assert client(without).get(path).status_code == 404, path


def test_an_empty_gallery_says_what_to_do(client, city):
    page = client(city).get("/ideas")
    assert page.status_code == 200
    assert "Идей пока нет" in visible_text(page)
    assert 'href="/ideas/new"' in page.text
    assert "Таких идей пока нет" in visible_text(client(city).get("/ideas?group=done"))
    assert "Ничего не нашлось" in visible_text(client(city).get("/ideas?q=каток"))
    assert "На карте пока пусто" in visible_text(client(city).get("/ideas/map"))


def test_a_card_says_how_an_idea_stands(runtime, client, city, topic):
    put(runtime, city, age=50, supports=63, comments=2, topic=topic, title="Осветить сквер")
    text = visible_text(client(city).get("/ideas"))
    assert "63 из 100 голосов" in text
    assert "Собирает поддержку" in text
    assert "2 комментария" in text
    assert "осталось 10 дней" in text
    assert city.profile.topic(topic).name.ru in text


def test_filters_stand_in_the_address_and_can_be_taken_away(runtime, client, city, topic, district):
    put(runtime, city, title="Одна", topic=topic, district=district, photo=True)
    put(runtime, city, title="Другая", topic=topic)
    browser = client(city)
    page = browser.get(f"/ideas?topic={topic}&district={district}&photo=1")
    assert titles(page) == ["Одна"]
    assert f'<option value="{topic}" selected' in page.text
    assert "/thumb" in page.text
    taking_away = r'<a class="filter" href="([^"]*)"[^>]*><span class="sr">[^<]*</span>с фото'
    without = re.search(taking_away, page.text)
    assert without is not None
    assert without[1].replace("&amp;", "&") == f"/ideas?topic={topic}&district={district}"
    assert sorted(titles(browser.get(f"/ideas?topic={topic}"))) == ["Другая", "Одна"]


def test_pages_are_links_that_work_without_scripts(runtime, client, city):
    for n in range(15):
        put(runtime, city, age=n + 1, title=f"Идея {n}")
    browser = client(city)
    first = browser.get("/ideas")
    assert titles(first) == [f"Идея {n}" for n in range(12)]
    second = browser.get(link(first, "Дальше"))
    assert titles(second) == ["Идея 12", "Идея 13", "Идея 14"]
    assert titles(browser.get(link(second, "Назад"))) == titles(first)


@pytest.mark.parametrize(
    "query",
    ["group=nope", "sort=nope", "campaign=x", "campaign=99999999999999", "campaign=5", "box=1,2",
     "box=nan,1,2,3"],
)  # fmt: skip
def test_what_makes_no_sense_is_not_found(client, city, query):
    assert client(city).get(f"/ideas?{query}").status_code == 404


def test_a_stale_place_in_the_list_says_so(client, city):
    page = client(city).get("/ideas?at=abc")
    assert page.status_code == 400
    assert "Откройте список идей заново" in visible_text(page)


@pytest.mark.parametrize("query", ["topic=%00", "q=%00%01", "district=" + "x" * 500, "photo=maybe"])
def test_odd_filters_find_nothing_but_do_no_harm(client, city, query):
    assert client(city).get(f"/ideas?{query}").status_code == 200


def test_a_campaign_has_its_own_list(runtime, client, city):
    campaign = put_campaign(runtime, city, number=7, title="Каким быть скверу")
    put(runtime, city, title="В обсуждении", campaign_id=campaign)
    put(runtime, city, title="Сама по себе")
    page = client(city).get("/ideas?campaign=7")
    assert titles(page) == ["В обсуждении"]
    assert "Обсуждение: Каким быть скверу" in visible_text(page)
    put_campaign(runtime, city, number=8, state="draft")
    assert client(city).get("/ideas?campaign=8").status_code == 404


def test_found_words_are_marked_and_nothing_typed_becomes_markup(runtime, client, city):
    put(
        runtime,
        city,
        title="<b>Каток</b> & <script>alert(1)</script>",
        body="Нужен каток <img src=x onerror=alert(2)> зимой",
    )
    page = client(city).get("/ideas", params={"q": "каток"})
    assert "<mark>Каток</mark>" in page.text
    assert "<mark>каток</mark>" in page.text
    assert "<script>alert" not in page.text
    assert "<img src=x" not in page.text
    assert "&lt;script&gt;" in page.text
    odd = client(city).get("/ideas", params={"q": '"><script>alert(3)</script>'})
    assert "<script>alert" not in odd.text


def test_who_has_supported_sees_it(runtime, client, city):

    person = residents(runtime, city, 1)[0]
    idea = put(runtime, city)
    with runtime.work(city, SystemActor("test")) as work:
        work.session.add(
            IdeaSupport(idea_id=idea, resident_id=person, level="resident", at=work.now)
        )
    browser = client(city)
    assert "вы поддержали" not in visible_text(browser.get("/ideas"))
    sign_in(runtime, city, browser, person)
    assert "вы поддержали" in visible_text(browser.get("/ideas"))


# --- Likeness ---


def test_ideas_like_the_one_being_written_are_a_fragment_that_nobody_keeps(runtime, client, city):
    put(runtime, city, number=12, title="Починить детскую площадку", body="Качели сломаны.")
    answer = client(city).get("/ideas/similar", params={"title": "Детская площадка сломана"})
    assert answer.headers["cache-control"] == "no-store"
    assert 'href="/ideas/12"' in answer.text
    assert "<html" not in answer.text
    assert client(city).get("/ideas/similar", params={"title": "Космодром"}).text.strip() == ""
    assert client(city).get("/ideas/similar").text.strip() == ""
    assert client(city).get("/ideas/similar?title=a%00b&idea=nope").status_code == 200


def test_asking_for_likeness_has_a_limit(client, city):
    browser = client(city)
    for _ in range(_ASKING.most):
        assert browser.get("/ideas/similar").status_code == 200
    assert browser.get("/ideas/similar").status_code == 429


# --- The map ---


def test_the_map_has_its_list_and_works_without_it(runtime, client, city):
    put(runtime, city, title="На карте", place_lat=64.44, place_lon=76.44)
    put(runtime, city, title="Без места")
    count_all(runtime, city)
    page = client(city).get("/ideas/map")
    assert titles(page) == ["На карте"]
    assert 'data-points="/ideas/points"' in page.text
    assert "data-tiles" not in page.text
    assert "img-src 'self' data:;" in page.headers["content-security-policy"]


def test_points_are_geojson(runtime, client, city, topic):
    put(runtime, city, number=31, title="Одна", place_lat=64.48, place_lon=76.55, supports=3)
    for n in range(3):
        put(runtime, city, place_lat=64.44 + n / 100_000, place_lon=76.44, topic=topic)
    put(runtime, city, place_lat=64.44, place_lon=76.44, state=State.REFUSED)
    browser = client(city)
    answer = browser.get("/ideas/points?box=76,64,77,65&zoom=12")
    assert answer.headers["content-type"].startswith("application/geo+json")
    found = json.loads(answer.text)
    assert found["type"] == "FeatureCollection"
    one, many = sorted(found["features"], key=lambda feature: feature["properties"]["ideas"])
    assert one["geometry"] == {"type": "Point", "coordinates": [76.55, 64.48]}
    assert one["properties"]["href"] == "/ideas/31"
    assert one["properties"]["note"] == "3\u00a0голоса"
    assert many["properties"]["label"] == "3\u00a0идеи"
    same = browser.get("/ideas/points?box=76,64,77,65&zoom=12",
                       headers={"if-none-match": answer.headers["etag"]})  # fmt: skip
    assert same.status_code == 304
    narrowed = json.loads(browser.get(f"/ideas/points?box=76,64,77,65&topic={topic}").text)
    assert [one["properties"]["ideas"] for one in narrowed["features"]] == [3]


@pytest.mark.parametrize("query", ["", "box=x", "box=1,1,1,1", "box=1,1,2,2&zoom=x"])
def test_points_of_no_box_are_not_found(client, city, query):
    assert client(city).get(f"/ideas/points?{query}").status_code == 404


def test_only_one_host_may_give_tiles(settings):
    given = {
        "VECHE_DATABASE_URL": "postgresql://x",
        "VECHE_REDIS_URL": "redis://x",
        "VECHE_SECRET_KEY": "s" * 32,
    }
    tiles = "https://tiles.example.org:8443/{z}/{x}/{y}.png?key=1"
    read = read_settings({**given, "VECHE_MAP_TILES": tiles})
    assert read.map_origin == "https://tiles.example.org:8443"
    assert read_settings(given).map_origin is None
    for wrong in (
        "https://{s}.tiles.example.org/{z}/{x}/{y}.png",
        "https://tiles.example.org/{z}/{x}.png",
        "javascript:alert({x}{y}{z})",
        "https://tiles.example.org; script-src */{z}/{x}/{y}",
        "https://a.example/{z}/{x}/{y}.png; script-src *",
        "/tiles/{z}/{x}/{y}",
    ):
        with pytest.raises(Misconfigured):
            read_settings({**given, "VECHE_MAP_TILES": wrong})


def test_the_policy_allows_exactly_the_tiles(settings, runtime, city, portal, monkeypatch):

    tiles = "https://tiles.example.org/{z}/{x}/{y}.png"
    changed = msgspec.structs.replace(runtime.settings, map_tiles=tiles, map_credit="© Карты")
    monkeypatch.setattr(runtime, "settings", changed)
    put(runtime, city, place_lat=64.44, place_lon=76.44)
    count_all(runtime, city)
    browser = Client(Sites(runtime), portal, runtime.registry.hosts(city)[0])
    page = browser.get("/ideas/map")
    policy = page.headers["content-security-policy"]
    assert "img-src 'self' data: https://tiles.example.org;" in policy
    assert f'data-tiles="{tiles}"' in page.text
    assert 'data-credit="© Карты"' in page.text


# --- Feeds ---


@pytest.fixture
def feed_ideas(runtime, city, topic):
    put(runtime, city, number=21, title="Каток & <лёд>", topic=topic, age=2)
    put(runtime, city, number=22, title="Сделано \x07уже", state=State.DONE, age=20)
    put(runtime, city, number=23, title="Отказано", state=State.REFUSED)


def test_atom_is_whole_and_escaped(client, city, feed_ideas):
    answer = client(city).get("/ideas/feed.atom")
    assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
    root = ElementTree.fromstring(answer.content)
    entries = root.findall(f"{ATOM}entry")
    assert [one.findtext(f"{ATOM}title") for one in entries] == ["Каток & <лёд>", "Сделано уже"]
    for needed in ("id", "updated", "title", "author"):
        assert all(one.find(f"{ATOM}{needed}") is not None for one in entries)
    assert entries[0].find(f"{ATOM}link").get("href").endswith("/ideas/21")
    assert root.find(f"{ATOM}id") is not None
    assert {one.get("rel") for one in root.findall(f"{ATOM}link")} == {"self", "alternate"}


def test_rss_is_whole_and_takes_the_filters(client, city, topic, feed_ideas):
    root = ElementTree.fromstring(client(city).get(f"/ideas/feed.rss?topic={topic}").content)
    assert root.get("version") == "2.0"
    items = root.findall("channel/item")
    assert [one.findtext("title") for one in items] == ["Каток & <лёд>"]
    assert items[0].find("guid").get("isPermaLink") == "false"
    for needed in ("title", "link", "description"):
        assert root.findtext(f"channel/{needed}")


def test_a_feed_is_sent_once(runtime, client, city, feed_ideas):
    browser = client(city)
    first = browser.get("/ideas/feed.atom")
    again = browser.get("/ideas/feed.atom", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    since = {"if-modified-since": first.headers["last-modified"]}
    assert browser.get("/ideas/feed.atom", headers=since).status_code == 304
    put(runtime, city, age=0.01)
    assert browser.get("/ideas/feed.atom", headers=since).status_code == 200
    assert browser.get("/ideas/feed.atom", headers={"if-modified-since": "x"}).status_code == 200


def test_campaigns_have_a_feed(runtime, client, city):
    put_campaign(runtime, city, number=5, title="Сквер")
    put_campaign(runtime, city, number=6, title="Тайное", state="draft", opens_at=None)
    for kind in ("rss", "atom"):
        text = client(city).get(f"/campaigns/feed.{kind}").text
        assert "/campaigns/5" in text
        assert "Тайное" not in text


# --- Files ---


def table(answer):
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))


def test_open_data_is_all_that_is_public_and_names_nobody(runtime, client, city):
    put(runtime, city, number=41, title="=1+1", body="Строка\nвторая; третья", author_name="Мария")
    put(runtime, city, number=42, title="Отказано", state=State.REFUSED)
    answer = client(city).get("/ideas/open.csv")
    assert answer.headers["content-disposition"] == 'attachment; filename="ideas.csv"'
    head, *rows = table(answer)
    assert [row[0] for row in rows] == ["41"]
    assert rows[0][1] == "'=1+1"
    assert rows[0][2] == "Строка\nвторая; третья"
    assert "Мария" not in answer.text
    assert len(head) == len(rows[0])


def test_a_long_file_is_sent_in_parts(runtime, client, city, monkeypatch):

    monkeypatch.setattr(exports, "_BATCH", 3)
    for _ in range(8):
        put(runtime, city)
    assert len(table(client(city).get("/ideas/open.csv"))) == 9


def test_all_that_was_sent_is_for_staff_who_may(runtime, client, city):
    put(runtime, city, number=51, author_name="Мария", state=State.REFUSED)
    put(runtime, city, number=52, state=State.DRAFT)
    browser = client(city)
    assert browser.get("/desk/ideas/export.csv").status_code in (302, 303, 401, 403)
    other = sign_in(runtime, city, client(city), residents(runtime, city, 1)[0])
    assert other.get("/desk/ideas/export.csv").status_code == 403
    sign_in(runtime, city, browser, official(runtime, city, "ideas.export"))
    _head, *rows = table(browser.get("/desk/ideas/export.csv"))
    assert [row[0] for row in rows] == ["51"]
    assert "Мария" in rows[0]


# --- The home page and its figures ---


def test_the_home_page_shows_ideas_campaigns_and_figures(runtime, client, city):
    put(runtime, city, title="Популярная", supports=90, age=9)
    put(runtime, city, title="Свежая", supports=0, age=0.1)
    put(runtime, city, title="Готовая", supports=7, state=State.DONE, age=90)
    put_campaign(runtime, city, title="Каким быть скверу")
    count_all(runtime, city)
    text = visible_text(client(city).get("/"))
    for words in ("Популярная", "Свежая", "Каким быть скверу", "Обсуждаем сейчас"):
        assert words in text
    assert "идеи жителей 3" in text or "3 идеи жителей" in text
    assert "97" in text
    assert "принято к реализации" in text


def test_figures_are_counted_at_most_once_a_minute_and_never_wrong(
    runtime, city, clock, work, deliver
):

    def counted():
        with work(city) as w:
            return figures(w.session).ideas

    def changed():
        with work(city) as w:
            w.emit("ideas.supported", IdeaReference(new_id()))
        deliver()

    put(runtime, city)
    changed()
    assert counted() == 1
    put(runtime, city)
    put(runtime, city)
    changed()
    changed()
    assert counted() == 1
    clock.move(timedelta(minutes=1))
    deliver()
    assert counted() == 3
    clock.move(timedelta(minutes=5))
    put(runtime, city)
    changed()
    assert counted() == 4
