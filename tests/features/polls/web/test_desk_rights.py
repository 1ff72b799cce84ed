"""Who may do what with polls on the desk: as the city's own `roles` rule says, page by page."""

from datetime import timedelta

import pytest

from core.features.polls.domain import State
from core.features.polls.service.drafting import create_draft, submit_for_review
from core.identity import staff
from core.identity.model import Staff, StaffPost
from core.kit.actor import ResidentActor, StaffActor, SystemActor
from core.kit.ids import new_id
from tests.features.console.browsing import offers, signed_in
from tests.features.polls.build import draft, official, open_poll, resident, state_of
from tests.support.http import visible_text

# Gubkinsky, section 2: the four groups with their types of access.
ADMINISTRATOR = "deputy_internal_policy"
MODERATOR = "analytics_specialist"
INITIATOR = "utilities_head"
BONUS = "publishing_deputy"

SEEN_BY = {
    "/desk": {ADMINISTRATOR, MODERATOR, BONUS},
    "/desk/polls": {ADMINISTRATOR, MODERATOR},
    "/desk/polls/new": {ADMINISTRATOR, MODERATOR},
    "/desk/polls/{poll}": {ADMINISTRATOR, MODERATOR},
    "/desk/polls/{poll}/preview": {ADMINISTRATOR, MODERATOR},
    "/desk/polls/{running}/turnout.csv": {ADMINISTRATOR, MODERATOR},
    "/desk/polls/participants/{person}": {ADMINISTRATOR, MODERATOR},
    "/desk/people": {ADMINISTRATOR, MODERATOR},
    "/desk/people/new": {ADMINISTRATOR},
    "/desk/people/residents": {ADMINISTRATOR, MODERATOR},
    "/desk/regulation": {ADMINISTRATOR, MODERATOR},
    "/desk/regulation/ask": {ADMINISTRATOR, MODERATOR},
    "/desk/journal": {ADMINISTRATOR},
    "/desk/journal/decisions": {ADMINISTRATOR},
}
POSTS = (ADMINISTRATOR, MODERATOR, INITIATOR, BONUS)


@pytest.fixture
def city(runtime):
    return runtime.registry.by_slug("gubkinsky")


@pytest.fixture
def holder(runtime, city):
    """`holder(post)`: somebody who holds just this post of the regulation."""

    def appoint(post: str) -> StaffActor:
        with runtime.work(city, SystemActor("test")) as work:
            person = new_id()
            work.session.add(Staff(id=person, name="Сотрудник", email=f"{person}@example.org"))
            work.session.flush()
            work.session.add(StaffPost(id=new_id(), staff_id=person, post=post, since=work.today))
        return StaffActor(id=person, name="Сотрудник", posts=(post,))

    return appoint


@pytest.fixture
def places(runtime, city):
    """What the addresses speak of: a poll awaiting approval, a running one, a resident."""
    chief = official(runtime, city)
    with runtime.work(city, chief) as work:
        poll = create_draft(work, draft=draft(first=work.today + timedelta(days=10)))
        submit_for_review(work, poll_id=poll)
        person = resident(work)
    return {"poll": poll, "running": open_poll(runtime, city, staff=chief), "person": person}


@pytest.mark.parametrize("post", POSTS)
def test_each_group_sees_just_its_pages(runtime, city, client, holder, places, post):
    desk = signed_in(runtime, city, client(city), holder(post))
    seen = {path for path in SEEN_BY if desk.get(path.format(**places)).status_code == 200}
    assert seen == {path for path, posts in SEEN_BY.items() if post in posts}


def test_the_initiating_group_is_refused_politely_with_its_clause(
    runtime, city, client, holder, places
):
    desk = signed_in(runtime, city, client(city), holder(INITIATOR))
    for path in SEEN_BY:
        answer = desk.get(path.format(**places))
        assert answer.status_code == 403
        words = visible_text(answer)
        assert "Без права к информационному ресурсу" in words
        assert "раздел 2, п. 2.7" in words
        assert "2272" in words


@pytest.mark.parametrize("path", SEEN_BY)
def test_strangers_are_asked_to_sign_in_and_residents_are_sent_away(
    runtime, city, client, places, path
):
    address = path.format(**places)
    answer = client(city).get(address)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/sign-in?next={address}")
    home = signed_in(runtime, city, client(city), ResidentActor(places["person"]))
    answer = home.get(address)
    assert answer.status_code == 403
    assert "для сотрудников" in visible_text(answer)


def test_buttons_are_there_just_for_those_who_may_press_them(runtime, city, client, holder, places):
    shown = {}
    for post in (ADMINISTRATOR, MODERATOR):
        desk = signed_in(runtime, city, client(city), holder(post))
        shown[post] = {
            name: offers(desk.get(f"/desk/polls/{places[name]}")) for name in ("poll", "running")
        }
    assert shown[ADMINISTRATOR] == {
        "poll": {"approve", "return", "withdraw"},
        "running": {"extend", "withdraw"},
    }
    assert shown[MODERATOR] == {"poll": set(), "running": set()}


@pytest.mark.parametrize("do", ["approve", "return", "withdraw", "extend"])
@pytest.mark.parametrize("post", [MODERATOR, INITIATOR, BONUS])
def test_who_sends_the_form_all_the_same_is_refused_with_the_clause(
    runtime, city, client, holder, places, post, do
):
    desk = signed_in(runtime, city, client(city), holder(post))
    poll = places["running" if do == "extend" else "poll"]
    answer = desk.submit(
        f"/desk/polls/{poll}",
        {"do": do, "version": "2", "note": "Хочу", "closes_on": "2026-07-10"},
    )
    assert answer.status_code == 403
    assert "раздел 2, п." in visible_text(answer)
    assert state_of(runtime, city, places["poll"]) is State.REVIEW


@pytest.mark.parametrize("post", [INITIATOR, BONUS])
def test_only_those_who_prepare_polls_write_drafts(runtime, city, client, holder, places, post):
    desk = signed_in(runtime, city, client(city), holder(post))
    for path, typed in (
        ("/desk/polls/new", {"poll_id": str(places["person"]), "title": "Опрос", "do": "save"}),
        (f"/desk/polls/{places['poll']}/edit", {"title": "Опрос", "do": "add_option:0"}),
        ("/desk/polls/check", {"opens_on": "2026-07-01", "closes_on": "2026-07-21"}),
    ):
        assert desk.submit(path, typed).status_code == 403, path


def test_a_post_that_has_ended_opens_nothing(runtime, city, client, holder, clock):
    person = holder(MODERATOR)
    desk = signed_in(runtime, city, client(city), person)
    assert desk.get("/desk").status_code == 200
    with runtime.work(city, official(runtime, city, "people.manage")) as work:
        held = staff.require_account(work, person.id).posts[0]
        staff.end_post(work, person.id, held.id, until=work.today)
    answer = desk.get("/desk")
    assert answer.status_code == 403
    assert "не входит ни в одну группу" in visible_text(answer)


def test_the_desk_of_somebody_without_polls_shows_what_there_is(runtime, city, client, holder):
    words = visible_text(signed_in(runtime, city, client(city), holder(BONUS)).get("/desk"))
    assert "Вам доступно" in words
    assert "Ждёт вас" not in words


def test_another_city_knows_other_posts(runtime, client):
    """Tyumen's leaders watch and decide nothing (R39)."""
    there = runtime.registry.by_slug("tyumen")
    head = official(runtime, there, "audit.view", but_not=("polls.draft",))
    desk = signed_in(runtime, there, client(there), head)
    poll = open_poll(runtime, there)
    assert desk.get("/desk").status_code == 200
    page = desk.get(f"/desk/polls/{poll}")
    assert page.status_code == 200
    assert offers(page) == set()
    assert desk.get("/desk/polls/new").status_code == 403
