"""People on the desk: staff by the groups of the regulation, and residents by an exact contact."""

from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from core.audit.model import AuditEntry
from core.identity import profiles, residents, staff
from core.identity.contacts import Contact
from core.identity.model import OutgoingMessage
from core.kit.actor import StaffActor, SystemActor
from core.kit.level import Level
from tests.features.console.browsing import fields, signed_in, step_fields
from tests.features.polls.build import official, open_poll
from tests.features.polls.web.browsing import cast
from tests.support.http import visible_text

PEOPLE = "/desk/people"
RESIDENTS = "/desk/people/residents"


@pytest.fixture
def city(runtime):
    return runtime.registry.by_slug("gubkinsky")


@pytest.fixture
def chief(runtime, city):
    return official(runtime, city, "people.manage", name="Администратор")


@pytest.fixture
def desk(runtime, city, client, chief):
    return signed_in(runtime, city, client(city), chief)


@pytest.fixture
def watcher(runtime, city, client):
    """Somebody who sees people and manages none."""
    actor = official(runtime, city, "people.view", but_not=("people.manage",))
    return signed_in(runtime, city, client(city), actor)


def journal(runtime, city, action: str) -> list[AuditEntry]:
    with runtime.work(city, SystemActor("test")) as work:
        return list(
            work.session.scalars(select(AuditEntry).where(AuditEntry.action == action)).all()
        )


def account_of(runtime, city, chief, staff_id):
    with runtime.work(city, chief) as work:
        return staff.require_account(work, staff_id)


def invited(desk, **typed) -> str:
    answer = desk.submit(
        f"{PEOPLE}/new", {"name": "Новый человек", "email": "new@example.org", **typed}
    )
    assert answer.status_code == 303, visible_text(answer)
    return answer.headers["location"]


def test_groups_stand_as_the_regulation_has_them(desk):
    words = visible_text(desk.get(PEOPLE))
    for part in (
        "Группа управления Администратор раздел 2, п. 1",
        "Группа инициации Без права к информационному ресурсу раздел 2, п. 2",
        "Прав на рабочем столе нет",
        "Начальник управления жилищно-коммунального хозяйства",
        "раздел 2, п. 2.7",
        "не назначен",
        "согласовывать и снимать опросы",
    ):
        assert part in words


def test_an_official_is_invited_and_given_a_post(runtime, city, desk, chief):
    path = invited(desk, unit="analytics", post="analytics_specialist")
    number = path.rsplit("/", 1)[1]
    page = visible_text(desk.get(path))
    assert "Ведущий специалист информационно-аналитического сектора" in page
    assert "Готовить опросы" in page
    assert "Согласовывать и снимать опросы" not in page
    assert [held.post for held in account_of(runtime, city, chief, UUID(number)).posts] == [
        "analytics_specialist"
    ]
    with runtime.work(city, SystemActor("test")) as work:
        letter = work.session.scalars(select(OutgoingMessage)).one()
    assert letter.address == "new@example.org"
    assert "Новый человек" in visible_text(desk.get(f"{PEOPLE}?view=names"))


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "щ" * 121}, "name"),
        ({"email": "не почта"}, "email"),
        ({"email": ""}, "email"),
        ({"unit": "atlantis"}, "unit"),
        ({"post": "emperor"}, "post"),
    ],
)
def test_an_account_that_cannot_be_opened(runtime, city, desk, typed, field):
    whole = {"name": "Новый", "email": "new@example.org", "unit": "", "post": "", **typed}
    answer = desk.submit(f"{PEOPLE}/new", whole)
    assert answer.status_code == 422
    assert f'href="#f-{field}"' in answer.text
    shown = fields(answer, action=f"{PEOPLE}/new")
    assert shown["name"] == whole["name"]
    assert shown["email"] == whole["email"]
    assert not journal(runtime, city, "people.staff_invited")


def test_an_e_mail_is_one_account(desk):
    invited(desk)
    answer = desk.submit(f"{PEOPLE}/new", {"name": "Ещё раз", "email": "NEW@example.org"})
    assert answer.status_code == 422
    assert "уже есть учётная запись" in visible_text(answer)


def test_posts_are_given_for_a_day_to_come_and_ended(runtime, city, desk, chief):
    path = invited(desk)
    number = UUID(path.rsplit("/", 1)[1])
    with runtime.work(city, SystemActor("test")) as work:
        today = work.today
    form = step_fields(desk.get(path), "assign")
    later = (today + timedelta(days=7)).isoformat()
    assert desk.submit(path, {**form, "post": "pr_specialist", "since": later}).status_code == 303
    held = account_of(runtime, city, chief, number).posts[0]
    assert (held.post, held.since) == ("pr_specialist", today + timedelta(days=7))
    assert "впереди" in visible_text(desk.get(path))
    again = desk.submit(path, {**form, "post": "pr_specialist", "since": later})
    assert again.status_code == 409
    assert "уже назначена" in visible_text(again)
    end = step_fields(desk.get(path), "end")
    assert desk.submit(path, {**end, "until": today.isoformat()}).status_code == 422
    assert desk.submit(path, {**end, "until": later}).status_code == 303
    assert desk.submit(path, {**end, "until": later}).status_code == 404
    assert account_of(runtime, city, chief, number).posts[0].until is not None


@pytest.mark.parametrize(
    ("typed", "status"),
    [
        ({"do": "assign", "post": "emperor", "since": "2026-06-15"}, 422),
        ({"do": "assign", "post": "", "since": "2026-06-15"}, 422),
        ({"do": "assign", "post": "pr_specialist", "since": "вчера"}, 422),
        ({"do": "assign", "post": "pr_specialist", "since": "2001-01-01"}, 422),
        ({"do": "end", "held": "не номер", "until": "2026-06-15"}, 422),
        ({"do": "end", "held": str(uuid4()), "until": "2026-06-15"}, 404),
        ({"do": "promote"}, 404),
        ({}, 404),
    ],
)
def test_changes_that_make_no_sense(runtime, city, desk, chief, typed, status):
    path = invited(desk)
    assert desk.submit(path, typed).status_code == status
    assert not account_of(runtime, city, chief, UUID(path.rsplit("/", 1)[1])).posts


def test_an_account_is_shut_at_once_and_opened_again(runtime, city, desk, client, chief):
    path = invited(desk, post="pr_specialist")
    number = UUID(path.rsplit("/", 1)[1])
    person = StaffActor(number, "Новый человек", ("pr_specialist",))
    theirs = signed_in(runtime, city, client(city), person)
    assert theirs.get("/desk").status_code == 200
    assert desk.submit(path, {"do": "disable"}).status_code == 303
    assert theirs.get("/desk").status_code == 303
    assert "отключён" in visible_text(desk.get(path))
    assert "Новый человек" not in visible_text(desk.get(PEOPLE))
    assert desk.submit(path, {"do": "enable"}).status_code == 303
    assert theirs.get("/desk").status_code == 200


def test_nobody_shuts_their_own_account(desk, chief):
    answer = desk.submit(f"{PEOPLE}/{chief.id}", {"do": "disable"})
    assert answer.status_code == 409
    assert "Свою учётную запись отключить нельзя" in visible_text(answer)
    assert "disable" not in desk.get(f"{PEOPLE}/{chief.id}").text


def test_those_who_only_look_are_offered_nothing_and_refused(watcher, desk):
    path = invited(desk)
    page = watcher.get(path)
    assert page.status_code == 200
    assert 'name="do"' not in page.text
    for typed in ({"do": "disable"}, {"do": "assign", "post": "pr_specialist"}):
        assert watcher.submit(path, typed).status_code == 403
    assert (
        watcher.submit(f"{PEOPLE}/new", {"name": "Я", "email": "me@example.org"}).status_code == 403
    )


def test_staff_of_another_city_are_not_here(runtime, desk):
    there = runtime.registry.by_slug("perm")
    stranger = official(runtime, there)
    assert desk.get(f"{PEOPLE}/{stranger.id}").status_code == 404
    assert desk.submit(f"{PEOPLE}/{stranger.id}", {"do": "disable"}).status_code == 404
    assert desk.get(f"{PEOPLE}/{uuid4()}").status_code == 404


@pytest.fixture
def neighbour(runtime, city):
    """A resident who has shown an e-mail address."""
    with runtime.work(city, SystemActor("test")) as work:
        person = residents.find_or_create(work, contact=Contact("email", "ann@example.org")).id
        profiles.change_profile(
            work, person, name="Анна", born_on=date(1990, 3, 4), district="mkr-9"
        )
    return person


def test_a_resident_is_found_only_by_the_whole_contact(runtime, city, watcher, neighbour):
    found = watcher.submit(RESIDENTS, {"contact": " ANN@example.org "})
    words = visible_text(found)
    assert "подтверждены почта или телефон" in words
    assert "Микрорайон 9" in words
    assert "Анна" not in words, "a name is for those who compare papers"
    assert "1990" not in words
    looked = journal(runtime, city, "people.resident_viewed")
    assert [entry.subject for entry in looked] == [f"resident:{neighbour}"]
    for part in ("ann@", "example.org", "%"):
        answer = watcher.submit(RESIDENTS, {"contact": part})
        assert "Микрорайон 9" not in visible_text(answer)
    assert len(journal(runtime, city, "people.resident_viewed")) == 1


def test_nobody_is_found_by_a_contact_that_nobody_has(watcher):
    words = visible_text(watcher.submit(RESIDENTS, {"contact": "nobody@example.org"}))
    assert "Никого с таким контактом нет" in words
    assert watcher.submit(RESIDENTS, {"contact": ""}).status_code == 422


def test_a_search_needs_the_token_of_its_form(city, watcher, neighbour):
    assert watcher.post(RESIDENTS, data={"contact": "ann@example.org"}).status_code == 403


def test_how_often_somebody_took_part_is_a_number_and_nothing_more(
    runtime, city, watcher, neighbour
):
    path = f"/desk/polls/participants/{neighbour}"
    assert "пока не участвовал" in visible_text(watcher.get(path))
    poll = open_poll(runtime, city)
    cast(runtime, city, poll, neighbour, 0)
    page = watcher.get(path, headers={"hx-request": "true"})
    words = visible_text(page)
    assert "1 опрос" in words
    assert "двор" not in words
    assert "<html" not in page.text


def test_papers_shown_in_person_raise_the_level(runtime, city, desk, watcher, neighbour):
    card = desk.submit(RESIDENTS, {"contact": "ann@example.org"})
    assert "Анна" in visible_text(card)
    path = f"{RESIDENTS}/{neighbour}"
    form = fields(card, action=path)
    typed = {**form, "level": "resident", "born_on": "1990-03-05", "district": "mkr-12"}
    assert watcher.submit(path, typed).status_code == 403
    assert desk.submit(path, typed).status_code == 303
    with runtime.work(city, SystemActor("test")) as work:
        profile = profiles.require_profile(work, neighbour)
    assert (profile.level, profile.district) == (Level.RESIDENT, "mkr-12")
    assert profile.born_on == date(1990, 3, 5)
    entry = journal(runtime, city, "people.resident_confirmed")[0]
    assert "1990" not in str(entry.details)


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"level": "emperor"}, "level"),
        ({"level": "none"}, "level"),
        ({"born_on": "31.02.1990"}, "born_on"),
        ({"born_on": "2090-01-01"}, "born_on"),
        ({"born_on": "1700-01-01"}, "born_on"),
        ({"district": "atlantis"}, "district"),
    ],
)
def test_papers_that_say_nonsense(runtime, city, desk, neighbour, typed, field):
    answer = desk.submit(f"{RESIDENTS}/{neighbour}", {"level": "identity", **typed})
    assert answer.status_code == 422
    assert f'id="f-{field}' in answer.text
    with runtime.work(city, SystemActor("test")) as work:
        assert profiles.require_profile(work, neighbour).level is Level.CONTACT


def test_a_resident_of_another_city_cannot_be_confirmed_here(runtime, desk):
    there = runtime.registry.by_slug("perm")
    with runtime.work(there, SystemActor("test")) as work:
        other = residents.find_or_create(work, contact=Contact("email", "bob@example.org")).id
    assert desk.submit(f"{RESIDENTS}/{other}", {"level": "resident"}).status_code == 404
    words = visible_text(desk.submit(RESIDENTS, {"contact": "bob@example.org"}))
    assert "Никого с таким контактом нет" in words
