"""A poll and the city's list of topics: chosen in the editor, asked of the rules when it is sent
and when it opens, shown to residents; a city without a list hears nothing of it."""

from datetime import timedelta
from uuid import UUID

import msgspec
import pytest

from core.features.plan.domain import AmendmentKind, ItemKind
from core.features.plan.service import amending
from core.features.polls import queries
from core.features.polls.domain import State
from core.features.polls.service import life
from core.features.polls.service.drafting import create_draft, submit_for_review
from core.kit.actor import SystemActor
from core.kit.ids import new_id
from core.rules import Refused
from tests.features.plan.build import content, listed_topic
from tests.features.polls.build import draft, official, open_poll, state_of
from tests.features.polls.web.browsing import city_of, sign_in
from tests.support.http import visible_text

NEW = "/desk/polls/new"
ALL = ("polls.draft", "polls.approve", "polls.open", "plan.propose", "plan.approve")


@pytest.fixture
def listing(runtime):
    return city_of(runtime, "gubkinsky")


@pytest.fixture
def chief(runtime, listing):
    return official(runtime, listing, *ALL)


def without_topic(work, **more):
    return msgspec.structs.replace(draft(first=work.today), plan_item=None, **more)


def test_a_poll_outside_the_list_is_refused_with_both_clauses(runtime, listing, chief):
    with runtime.work(listing, chief) as work:
        poll = create_draft(work, draft=without_topic(work))
    with runtime.work(listing, chief) as work, pytest.raises(Refused) as refused:
        submit_for_review(work, poll_id=poll)
    numbers = {c.number for reason in refused.value.decision.grounds for c in reason.clauses}
    assert numbers == {"п. 3.1", "п. 3.5"}
    assert state_of(runtime, listing, poll) is State.DRAFT


@pytest.mark.parametrize(
    "topic",
    [
        lambda year: listed_topic(year, ItemKind.CAMPAIGN),
        lambda year: listed_topic(year + 1),
        lambda _year: UUID(int=1),
    ],
    ids=["meant for a campaign", "of another year", "made up"],
)
def test_only_a_topic_of_this_kind_and_year_counts(runtime, listing, chief, topic):
    with runtime.work(listing, chief) as work:
        poll = create_draft(
            work,
            draft=msgspec.structs.replace(
                draft(first=work.today), plan_item=topic(work.today.year)
            ),
        )
    with runtime.work(listing, chief) as work, pytest.raises(Refused):
        submit_for_review(work, poll_id=poll)


def test_an_amendment_opens_the_way(runtime, listing, chief):
    with runtime.work(listing, chief) as work:
        amendment = amending.propose_amendment(
            work,
            amendment_id=new_id(),
            year=work.today.year,
            kind=AmendmentKind.ADD,
            content=content(title="Нужен ли каток у школы"),
            motivation="Жители попросили об этом после начала года.",
        )
        topic = amending.decide(work, amendment_id=amendment, accept=True)
        poll = create_draft(
            work, draft=msgspec.structs.replace(draft(first=work.today), plan_item=topic)
        )
        submit_for_review(work, poll_id=poll)
        life.approve(work, poll_id=poll)
        life.open_now(work, poll_id=poll)
    with runtime.work(listing, SystemActor("test")) as work:
        view = queries.poll_view(work.session, poll)
    assert view.plan_item == topic
    reasons = view.terms.duration.reasons["ru"]
    assert any("изменением" in reason["text"] for reason in reasons)


def test_a_topic_taken_off_the_list_keeps_its_poll_from_opening(
    runtime, listing, chief, clock, deliver
):
    with runtime.work(listing, chief) as work:
        first = work.today + timedelta(days=5)
        poll = create_draft(work, draft=draft(first=first))
        submit_for_review(work, poll_id=poll)
        life.approve(work, poll_id=poll)
    assert state_of(runtime, listing, poll) is State.SCHEDULED
    with runtime.work(listing, chief) as work:
        removal = amending.propose_amendment(
            work,
            amendment_id=new_id(),
            year=first.year,
            kind=AmendmentKind.REMOVE,
            item_id=listed_topic(first.year),
            motivation="Средств в этом году не будет.",
        )
        amending.decide(work, amendment_id=removal, accept=True)
    clock.move(timedelta(days=6))
    deliver()
    assert state_of(runtime, listing, poll) is State.DRAFT
    with runtime.work(listing, SystemActor("test")) as work:
        assert queries.steps(work.session, poll)[-1].kind == "returned"


def test_the_editor_offers_topics_and_residents_read_them(runtime, listing, chief, client):
    desk = sign_in(runtime, listing, client(listing), chief)
    page = desk.get(NEW)
    assert "Тема годового перечня" in visible_text(page)
    with runtime.work(listing, chief) as work:
        year = work.today.year
    assert f'value="{listed_topic(year)}"' in page.text
    assert f'value="{listed_topic(year, ItemKind.CAMPAIGN)}"' not in page.text
    poll = open_poll(runtime, listing, staff=chief)
    shown = client(listing).get(f"/polls/{poll}")
    assert f'href="/plan/{year}/1"' in shown.text
    assert "Тема 1" in visible_text(desk.get(f"/desk/polls/{poll}"))


def test_a_made_up_topic_is_not_taken(runtime, listing, chief, client):
    desk = sign_in(runtime, listing, client(listing), chief)
    sent = desk.submit(
        NEW,
        {"poll_id": str(new_id()), "version": "0", "title": "Опрос", "plan_item": str(new_id())},
    )
    assert sent.status_code == 422
    assert "Выберите тему из перечня." in visible_text(sent)


def test_a_city_without_a_list_hears_nothing_of_it(runtime, client):
    city = city_of(runtime, "oktyabrsky")
    chief = official(runtime, city)
    desk = sign_in(runtime, city, client(city), chief)
    assert "годового перечня" not in visible_text(desk.get(NEW))
    with runtime.work(city, chief) as work:
        poll = create_draft(work, draft=without_topic(work))
        submit_for_review(work, poll_id=poll)
    assert state_of(runtime, city, poll) is State.REVIEW
