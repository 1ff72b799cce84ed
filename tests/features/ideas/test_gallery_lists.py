"""Lists of ideas: orders, filters, pages in both directions, search, likeness, the map's grid."""

from contextlib import suppress
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.features.ideas.domain import State
from core.features.ideas.queries import gallery, places, search, similar
from core.features.ideas.queries.filters import GROUPS, LISTED, Box, Filters, Group, read_box
from core.features.ideas.queries.gallery import Cursor, Sort, read_cursor
from core.kit.actor import SystemActor
from tests.features.ideas.shelf import put, put_campaign


@pytest.fixture
def ideas(work, city, clock):
    """`ideas(sort, **filters)`: a page of the city's ideas."""

    def ask(sort=Sort.NEW, *, cursor=None, most=12, **filters):
        with work(city) as w:
            find = search.find if filters.get("words") else gallery.ideas
            return find(
                w.session, Filters(**filters), sort=sort, now=w.now, cursor=cursor, most=most
            )

    return ask


def ids(page):
    return [idea.id for idea in page.ideas]


def test_every_public_state_is_in_one_group_but_merged_ideas():
    shown = [state for states in GROUPS.values() for state in states]
    assert len(shown) == len(set(shown))
    assert set(LISTED) == set(shown)
    assert State.MERGED not in LISTED


def test_what_is_not_public_is_in_no_list(runtime, city, ideas):
    for state in (State.DRAFT, State.SUBMITTED, State.REFUSED, State.WITHDRAWN, State.MERGED):
        put(runtime, city, state=state, title="Тайная лавочка", supports=9)
    assert not ideas().ideas
    assert not ideas(Sort.POPULAR).ideas
    assert not ideas(Sort.FITTING, words="лавочка").ideas
    with runtime.work(city, SystemActor("test")) as work:
        assert similar.similar(work.session, "Тайная лавочка") == ()


def test_orders(runtime, city, ideas):
    old = put(runtime, city, age=50, supports=7)
    new = put(runtime, city, age=1, supports=3)
    done = put(runtime, city, age=90, supports=90, state=State.DONE)
    declined = put(runtime, city, age=70, supports=1, state=State.DECLINED)
    ended = put(runtime, city, age=61, supports=0)
    assert ids(ideas(Sort.NEW)) == [new, old, ended, declined, done]
    assert ids(ideas(Sort.POPULAR)) == [done, old, new, declined, ended]
    assert ids(ideas(Sort.ENDING)) == [old, new]
    assert ids(ideas(Sort.DECIDED)) == [declined, done]
    assert ids(ideas(Sort.DECIDED, group=Group.DONE)) == [done]
    assert ids(ideas(Sort.ENDING, group=Group.DONE)) == []


def test_filters(runtime, city, ideas):
    campaign = put_campaign(runtime, city)
    plain = put(runtime, city, age=5)
    roads = put(runtime, city, age=4, topic="roads")
    ninth = put(runtime, city, age=3, district="mkr-9", topic="roads", photo=True)
    called = put(runtime, city, age=2, campaign_id=campaign)
    placed = put(runtime, city, age=1, place_lat=64.4, place_lon=76.4)
    assert ids(ideas(topic="roads")) == [ninth, roads]
    assert ids(ideas(topic="roads", district="mkr-9")) == [ninth]
    assert ids(ideas(campaign=campaign)) == [called]
    assert ids(ideas(photo=True)) == [ninth]
    assert ids(ideas(box=Box(76, 64, 77, 65))) == [placed]
    assert ids(ideas(box=Box(10, 10, 11, 11))) == []
    assert ids(ideas()) == [placed, called, ninth, roads, plain]
    assert ideas(photo=True).ideas[0].cover is not None
    assert ideas(campaign=campaign).ideas[0].campaign_title == "Каким быть скверу"


@pytest.mark.parametrize("sort", [Sort.NEW, Sort.POPULAR, Sort.ENDING, Sort.FITTING])
def test_pages_go_on_and_back_without_a_gap(runtime, city, ideas, sort):
    # Many of them alike in what they are sorted by: then their ids decide.
    for n in range(11):
        put(runtime, city, age=10 + n // 3, supports=n // 4, title="Лавочка у школы")
    words = {"words": "лавочка"} if sort is Sort.FITTING else {}
    whole = ids(ideas(sort, most=50, **words))
    assert len(whole) == 11
    pages, cursor = [], None
    while True:
        page = ideas(sort, most=4, cursor=cursor, **words)
        pages.append(page)
        if page.next is None:
            break
        cursor = page.next
    assert [one for page in pages for one in ids(page)] == whole
    assert [len(page.ideas) for page in pages] == [4, 4, 3]
    assert pages[0].previous is None
    back = ideas(sort, most=4, cursor=pages[2].previous, **words)
    assert ids(back) == ids(pages[1])
    first = ideas(sort, most=4, cursor=back.previous, **words)
    assert ids(first) == ids(pages[0])
    assert first.previous is None
    assert ids(ideas(sort, most=4, cursor=first.next, **words)) == ids(pages[1])


def test_a_page_stays_where_it_is_when_new_ideas_come(runtime, city, ideas):
    for n in range(4):
        put(runtime, city, age=10 + n)
    first = ideas(most=2)
    put(runtime, city, age=0.5)
    assert len(set(ids(ideas(most=2, cursor=first.next))) & set(ids(first))) == 0


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "!!!",
        "WyJuZXciXQ",
        "a" * 500,
        "\0",
        "я",
        Cursor(Sort.NEW, "a", 5, UUID(int=7)).packed(),
        Cursor(Sort.POPULAR, "a", 2**40, UUID(int=7)).packed(),
    ],
)
def test_a_cursor_that_was_not_made_here_is_refused(cursor):
    for sort in (Sort.NEW, Sort.POPULAR):
        with pytest.raises(ValueError):
            read_cursor(cursor, sort)


@given(st.text(max_size=200))
def test_reading_a_cursor_never_fails_otherwise(text):
    with suppress(ValueError):
        read_cursor(text, Sort.NEW)


def test_a_cursor_of_another_order_is_refused(runtime, city, ideas):
    for n in range(3):
        put(runtime, city, age=n + 1)
    cursor = ideas(most=1).next
    with pytest.raises(ValueError):
        ideas(Sort.POPULAR, cursor=cursor)


def test_words_are_found_in_all_their_forms_and_marked(runtime, city, ideas):
    found = put(runtime, city, title="Починить детскую площадку", body="Качели сломаны давно.")
    put(runtime, city, title="Открыть каток", body="Зимой негде кататься.")
    page = ideas(Sort.FITTING, words="детские площадки")
    assert ids(page) == [found]
    assert [piece for piece, marked in page.ideas[0].title_matched if marked] == [
        "детскую",
        "площадку",
    ]
    assert page.ideas[0].matched == ()
    in_text = ideas(Sort.FITTING, words="качель")
    assert [piece for piece, marked in in_text.ideas[0].matched if marked] == ["Качели"]
    assert not ideas(Sort.FITTING, words="площадка -детская").ideas


def test_the_title_weighs_more_than_the_text(runtime, city, ideas):
    text = put(runtime, city, age=1, title="Открыть каток", body="Рядом есть библиотека, и всё.")
    title = put(runtime, city, age=9, title="Открыть библиотеку", body="Книг негде взять.")
    assert ids(ideas(Sort.FITTING, words="библиотека")) == [title, text]
    assert ids(ideas(Sort.NEW, words="библиотека")) == [text, title]


def test_a_number_is_found(runtime, city, ideas):
    wanted = put(runtime, city, number=345, title="Открыть каток")
    put(runtime, city, title="Дом 345: починить крыльцо")
    for words in ("345", "№ 345", "№345", "#345"):
        assert ids(ideas(Sort.FITTING, words=words))[0] == wanted
    assert len(ideas(Sort.FITTING, words="345").ideas) == 2
    hidden = put(runtime, city, number=346, state=State.REFUSED)
    assert hidden not in ids(ideas(Sort.FITTING, words="346"))


@pytest.mark.parametrize("words", ["велодорошка", "библеотека", "детская плошадка", "остоновка"])
def test_a_slip_of_the_pen_is_guessed(runtime, city, ideas, words):
    for title in (
        "Сделать велодорожку вдоль набережной",
        "Открыть библиотеку на Мира",
        "Починить детскую площадку",
        "Перенести остановку автобуса",
    ):
        put(runtime, city, title=title)
    page = ideas(Sort.FITTING, words=words)
    assert page.guessed
    stem = {"в": "велодорожку", "б": "библиотеку", "д": "площадку", "о": "остановку"}[words[0]]
    assert stem in page.ideas[0].title


@pytest.mark.parametrize(
    "words", ["'", "\\", "a & | ! (", '"', "-", "%", "()", "'':*", "\U0001f600", "№", "0", "№ 0"]
)
def test_whatever_is_typed_is_no_error(runtime, city, ideas, words):
    put(runtime, city)
    ideas(Sort.FITTING, words=words)
    with runtime.work(city, SystemActor("test")) as work:
        similar.similar(work.session, words * 5, words)


@pytest.mark.parametrize(
    ("title", "body"),
    [
        ("Починить детскую площадку у дома 5", "Сломаны качели."),
        ("Ремонт детской площадки", "Качели сломаны, дети падают."),
        ("Починить деткую площатку", ""),
        ("Отремонтируйте площадку для детей", "Детская площадка во дворе без качелей."),
    ],
)
def test_an_idea_like_the_one_being_written_is_found(work, runtime, city, title, body):
    wanted = put(
        runtime,
        city,
        title="Починить детскую площадку",
        body="Качели сломаны второй год, детям негде играть во дворе.",
    )
    for other in ("Открыть каток", "Осветить сквер", "Перенести остановку"):
        put(runtime, city, title=other, body="Так будет лучше.")
    with work(city) as w:
        found = similar.similar(w.session, title, body)
        assert found[0].id == wanted
        assert [one.alike for one in found] == sorted((one.alike for one in found), reverse=True)
        assert wanted not in [
            one.id for one in similar.similar(w.session, title, body, but_not=wanted)
        ]
        assert similar.similar(w.session, "Да") == ()
        assert similar.similar(w.session, "Космодром на Луне", "Полетим") == ()
        assert len(similar.similar(w.session, title, body, limit=1)) == 1


def test_close_ideas_are_drawn_together(work, runtime, city):
    lone = put(runtime, city, place_lat=64.48, place_lon=76.55, title="Одна")
    for n in range(5):
        put(runtime, city, place_lat=64.4401 + n / 10_000, place_lon=76.4401)
    put(runtime, city, place_lat=64.44, place_lon=76.44, state=State.DRAFT)
    box = Box(76.3, 64.4, 76.6, 64.5)
    with work(city) as w:
        far = places.spots(w.session, Filters(), box, zoom=11)
        near = places.spots(w.session, Filters(), box, zoom=19)
        none = places.spots(w.session, Filters(topic="roads"), box, zoom=11)
    assert sorted(spot.ideas for spot in far) == [1, 5]
    assert next(spot for spot in far if spot.ideas == 1).idea == lone
    assert sum(spot.ideas for spot in near) == 6
    assert none == ()


@given(
    st.floats(-180, 179),
    st.floats(-90, 89),
    st.floats(0.0001, 180),
    st.floats(0.0001, 90),
    st.integers(-5, 40),
)
def test_a_map_never_has_more_markers_than_fit(west, south, width, height, zoom):
    box = Box(west, south, min(180, west + width), min(90, south + height))
    grid = places.grid_of(box, zoom)
    columns = (box.east - box.west) / grid.lon + 1
    rows = (box.north - box.south) / grid.lat + 1
    assert columns * rows <= places.MOST_CELLS


@pytest.mark.parametrize(
    "text", ["", "1,2,3", "a,b,c,d", "nan,0,1,1", "0,0,inf,1", "5,0,4,1", "0,0,200,1", "0,-91,1,1"]
)
def test_what_is_no_box_is_refused(text):
    with pytest.raises(ValueError):
        read_box(text)


def test_the_end_of_support_is_exact(runtime, city, ideas, clock):
    put(runtime, city, age=60)
    assert not ideas(Sort.ENDING).ideas
    clock.move(-timedelta(seconds=1))
    assert len(ideas(Sort.ENDING).ideas) == 1
