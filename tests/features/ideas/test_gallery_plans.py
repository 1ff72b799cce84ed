"""Lists stay fast: with twenty thousand ideas no query of a page reads them from end to end, every
list reads about as many rows as it shows, and a page asks a fixed number of times."""

import pytest
from sqlalchemy import event

from bench import ideas as filling
from bench.measurements.ideas import plans_of
from core.features.ideas.service.figures import count
from core.kit.actor import SystemActor

IDEAS = 20_000
SUPPORTS = 100_000
LARGE = {"idea", "idea_support", "idea_support_count", "idea_step", "file"}
MOST_ROWS = IDEAS // 4
"""What any list may touch, entries of indexes that are laid over each other among them; nearly all
touch some dozens."""
FULL = 12


@pytest.fixture
def full(runtime, owner, city):
    """A city full of ideas."""
    filling.fill(owner, city, ideas=IDEAS, supports=SUPPORTS)
    with runtime.work(city, SystemActor("test")) as work:
        count(work)
    return city


@pytest.fixture
def statements(runtime, city):
    """`statements(browser, path)`: how many statements a page sends."""

    def ask(browser, path):
        browser.get(path)
        heard = []
        with runtime.work(city, SystemActor("test")) as work:
            engine = work.session.connection().engine

        def note(_c, _k, statement, _v, _x, _many):
            # Tests look into the registry anew for every request.
            if "tenant" not in statement:
                heard.append(statement)

        event.listen(engine, "before_cursor_execute", note)
        try:
            answer = browser.get(path)
        finally:
            event.remove(engine, "before_cursor_execute", note)
        assert answer.status_code == 200
        return heard

    return ask


def test_no_page_reads_all_ideas(runtime, owner, client, full, statements):
    plans = plans_of(runtime, owner, full)
    whole = {plan.title: plan.whole for plan in plans if LARGE & set(plan.whole)}
    assert not whole
    lists = [plan for plan in plans if plan.title.startswith("list")]
    assert len(lists) > 20
    greedy = {plan.title: plan.rows for plan in lists if plan.rows > MOST_ROWS}
    assert not greedy
    # One filling serves both looks: it takes some seconds.
    browser = client(full)
    topic = full.profile.topics[0].key
    asked = {
        path: len(statements(browser, path))
        for path in (
            "/ideas",
            "/ideas?sort=popular",
            f"/ideas?topic={topic}&group=done",
            "/ideas?photo=1",
            "/ideas?campaign=3",
            "/ideas?q=каток",
            "/ideas/map",
        )
    }
    assert asked == {
        "/ideas": 3,
        "/ideas?sort=popular": 3,
        f"/ideas?topic={topic}&group=done": 3,
        "/ideas?photo=1": 3,
        "/ideas?campaign=3": 4,
        "/ideas?q=каток": 4,
        "/ideas/map": 3,
    }
    assert len(statements(browser, "/ideas/points?box=76,64,77,65&zoom=12")) <= 2


def test_supporters_are_spread_as_people_do_it():
    counts = [
        filling.supporters_of(rank, ideas=1_000, supports=100_000) for rank in range(1, 1_001)
    ]
    assert counts == sorted(counts, reverse=True)
    assert 0.9 < sum(counts) / 100_000 < 1.1
    assert counts[0] > 20 * counts[-1] > 0
