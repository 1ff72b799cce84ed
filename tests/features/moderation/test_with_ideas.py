"""Real ideas through the real queue: published, refused with a link, shown again after a look."""

import pytest

from core.features.ideas.domain import State
from core.kit.actor import ResidentActor
from core.moderation import queries
from core.moderation.service import ask_second_look
from tests.features.console.browsing import fields, signed_in
from tests.features.ideas import build as ideas
from tests.features.polls.build import resident
from tests.support.http import visible_text


@pytest.fixture
def things():
    """The kinds of the installed features themselves."""


@pytest.fixture
def author(work, city):
    with work(city) as w:
        return resident(w, name="Марина")


def item_of(work, city, idea):
    with work(city) as w:
        return queries.latest_item_of(w.session, "ideas.idea", idea)


def test_an_idea_from_the_queue_to_its_readers_and_back(
    runtime, work, city, client, desk, deliver, author
):
    original = ideas.published(runtime, city, title="Больше скамеек у третьей школы")
    idea = ideas.sent(runtime, city, author=author, title="Скамейки у третьей школы")
    deliver()
    item = item_of(work, city, idea)
    path = f"/desk/moderation/{item.id}"
    page = desk[0].browser.get(path)
    assert "Больше скамеек у третьей школы" in visible_text(page)
    form = {
        **fields(page, action=f"{path}/letter"),
        "ground": "duplicate",
        "body": "Такая идея уже есть.",
        "link-duplicate": f"ideas|{original}",
        "do": "send",
    }
    assert desk[0].browser.submit(f"{path}/letter", form).status_code == 303
    done = desk[1].browser.submit(
        f"{path}/approve", {"do": "approve", "body": "Такая идея уже есть."}
    )
    assert done.status_code == 303
    assert ideas.state_of(runtime, city, idea) is State.REFUSED
    deliver()
    me = signed_in(runtime, city, client(city), ResidentActor(author))
    letter = visible_text(me.get(f"/me/letters/{item.id}"))
    assert "Больше скамеек у третьей школы" in letter
    assert "п. 3.8(7)" in letter
    with work(city, ResidentActor(author)) as w:
        look = ask_second_look(w, kind="ideas.idea", subject_id=idea, reason="Это другая школа.")
    assert desk[2].browser.get(f"/desk/moderation/{look}").status_code == 200
    assert desk[2].browser.submit(f"/desk/moderation/{look}/publish").status_code == 303
    assert ideas.state_of(runtime, city, idea) is State.COLLECTING
    deliver()
    assert "Скамейки у третьей школы" in visible_text(client(city).get("/ideas"))
