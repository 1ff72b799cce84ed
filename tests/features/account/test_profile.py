"""The profile: what a resident sees, changes, takes along and erases."""

from collections.abc import Callable
from datetime import date, timedelta
from uuid import UUID

import msgspec
import pytest

from core.identity import consents, own_data, profiles, residents, sessions, tokens
from core.identity.consents import Purpose
from core.kit.clock import FixedClock
from core.kit.level import Level
from core.tenancy.tenant import Tenant
from core.work import Runtime
from tests.identity.build import Begin, email, last_code, phone, resident, sign_in
from tests.support.http import Client, visible_text

Open = Callable[..., Client]
PAGES = (
    "/profile",
    "/profile/details",
    "/profile/contacts",
    "/profile/consents",
    "/profile/keys",
    "/profile/data",
    "/profile/erase",
    "/profile/data.json",
)


@pytest.fixture
def anna(browser: Client, work: Begin, city: Tenant) -> UUID:
    """The resident who is signed in in `browser`."""
    sign_in(browser, work, city, "anna@example.org")
    with work(city) as w:
        found = residents.find(w, contact=email())
    assert found is not None
    return found


@pytest.mark.parametrize("path", [*PAGES, "/profile/contacts/code", "/desk/security"])
def test_strangers_are_asked_to_sign_in(browser: Client, path: str) -> None:
    answer = browser.get(path)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in?next=")


@pytest.mark.usefixtures("anna")
@pytest.mark.parametrize("path", PAGES)
def test_every_page_opens_and_is_kept_by_no_cache(browser: Client, path: str) -> None:
    page = browser.get(path)
    assert page.status_code == 200
    assert page.headers["cache-control"] == "no-store"


def test_the_level_is_explained(browser: Client, work: Begin, city: Tenant, anna: UUID) -> None:
    shown = visible_text(browser.get("/profile"))
    assert "Подтверждены почта или телефон" in shown
    assert "Подтвердить лично" in shown
    assert city.profile.contacts.office.ru in shown
    with work(city) as w:
        profiles.raise_level(w, anna, Level.RESIDENT)
    shown = visible_text(browser.get("/profile"))
    assert "Проживание в городе подтверждено" in shown
    assert "Подтвердить лично" not in shown


def test_details_need_a_consent_of_their_own(
    browser: Client, work: Begin, city: Tenant, anna: UUID
) -> None:
    typed = {"name": "Анна", "born_on": "1985-03-02", "district": city.profile.districts[0].key}
    refused = browser.submit("/profile/details", typed)
    assert refused.status_code == 422
    assert 'value="Анна"' in refused.text
    assert 'value="1985-03-02"' in refused.text
    with work(city) as w:
        assert profiles.require_profile(w, anna).born_on is None
    assert browser.submit("/profile/details", {**typed, "agree": "on"}).status_code == 303
    with work(city) as w:
        profile = profiles.require_profile(w, anna)
        assert (profile.name, profile.born_on) == ("Анна", date(1985, 3, 2))
        assert Purpose.DETAILS in consents.given(w, anna)
    assert "Анна" in visible_text(browser.get("/profile"))
    assert 'name="agree"' not in browser.get("/profile/details").text


def test_a_name_alone_needs_no_further_consent(
    browser: Client, work: Begin, city: Tenant, anna: UUID
) -> None:
    assert browser.submit("/profile/details", {"name": " Анна  М. "}).status_code == 303
    with work(city) as w:
        assert profiles.require_profile(w, anna).name == "Анна М."
        assert Purpose.DETAILS not in consents.given(w, anna)


@pytest.mark.usefixtures("anna")
@pytest.mark.parametrize(
    "wrong",
    [
        {"born_on": "2090-01-01"},
        {"born_on": "1812-09-07"},
        {"born_on": "вчера"},
        {"district": "atlantis"},
        {"name": "я" * 121},
    ],
)
def test_senseless_details_are_said_beside_the_field(
    browser: Client, wrong: dict[str, str]
) -> None:
    page = browser.submit("/profile/details", {**wrong, "agree": "on"})
    assert page.status_code == 422
    (field,) = wrong
    assert f'href="#f-{field}"' in page.text


def test_what_was_confirmed_is_shown_and_not_asked(
    browser: Client, work: Begin, city: Tenant, anna: UUID
) -> None:
    with work(city) as w:
        profiles.change_profile(w, anna, name="", born_on=date(1985, 3, 2), district=None)
        profiles.raise_level(w, anna, Level.RESIDENT)
    page = browser.get("/profile/details")
    assert 'name="born_on"' not in page.text
    browser.submit("/profile/details", {"name": "Анна", "born_on": "2000-01-01"})
    with work(city) as w:
        profile = profiles.require_profile(w, anna)
        assert (profile.name, profile.born_on) == ("Анна", date(1985, 3, 2))


def test_a_contact_is_added_by_a_code(
    browser: Client, work: Begin, city: Tenant, anna: UUID
) -> None:
    wrong = browser.submit("/profile/contacts", {"contact": "nonsense"})
    assert (wrong.status_code, 'value="nonsense"' in wrong.text) == (422, True)
    sent = browser.submit("/profile/contacts", {"contact": "8 912 345 67 89"})
    assert sent.headers["location"] == "/profile/contacts/code"
    assert "+7 912 345-67-89" in visible_text(browser.get("/profile/contacts/code"))
    assert browser.submit("/profile/contacts/code", {"code": "12"}).status_code == 422
    done = browser.submit("/profile/contacts/code", {"code": last_code(work, city)})
    assert done.headers["location"] == "/profile/contacts"
    with work(city) as w:
        assert residents.find(w, contact=phone()) == anna
        first = profiles.require_profile(w, anna).contacts[0]
    assert browser.submit(f"/profile/contacts/{first.id}/remove").status_code == 303
    with work(city) as w:
        (left,) = profiles.require_profile(w, anna).contacts
    answer = browser.submit(f"/profile/contacts/{left.id}/remove", follow=True)
    assert "единственный способ войти" in visible_text(answer)


def test_somebody_elses_contact_is_refused_after_the_code_only(
    browser: Client, work: Begin, city: Tenant, anna: UUID
) -> None:
    with work(city) as w:
        boris = resident(w, email("boris"))
    sent = browser.submit("/profile/contacts", {"contact": "boris@example.org"})
    assert sent.headers["location"] == "/profile/contacts/code"
    answer = browser.submit("/profile/contacts/code", {"code": last_code(work, city)}, follow=True)
    assert "принадлежит другой учётной записи" in visible_text(answer)
    with work(city) as w:
        assert residents.find(w, contact=email("boris")) == boris


def test_a_code_for_signing_in_adds_no_contact(
    client: Open, browser: Client, work: Begin, city: Tenant, anna: UUID
) -> None:
    """Nor does a code that another resident asked for."""
    other = client(city)
    sign_in(other, work, city, "boris@example.org")
    other.submit("/profile/contacts", {"contact": "8 912 345 67 89"})
    browser.cookies.set("veche_code", other.cookies["veche_code"], domain=browser.base_url.host)
    answer = browser.submit("/profile/contacts/code", {"code": last_code(work, city)})
    assert answer.headers["location"] == "/profile/contacts"
    with work(city) as w:
        assert residents.find(w, contact=phone()) is None


def test_consents_are_given_and_withdrawn(
    browser: Client, work: Begin, city: Tenant, anna: UUID, clock: FixedClock
) -> None:
    assert browser.submit("/profile/consents/news", {"give": "1"}).status_code == 303
    with work(city) as w:
        assert Purpose.NEWS in consents.given(w, anna)
    clock.move(timedelta(days=1))
    assert browser.submit("/profile/consents/news").status_code == 303
    assert "Отозванные согласия" in visible_text(browser.get("/profile/consents"))
    assert browser.submit("/profile/consents/account").status_code == 409
    assert browser.submit("/profile/consents/everything").status_code == 404


def test_consent_texts_are_public(browser: Client) -> None:
    for purpose in Purpose:
        assert browser.get(f"/consents/{purpose.value}").status_code == 200
    assert browser.get("/consents/everything").status_code == 404


def test_a_key_is_shown_once(
    browser: Client, runtime: Runtime, work: Begin, city: Tenant, anna: UUID
) -> None:
    wrong = browser.submit("/profile/keys", {"name": "", "lasts": "77"})
    assert wrong.status_code == 422
    page = browser.submit("/profile/keys", {"name": "Бот", "lasts": "30"})
    assert page.headers["cache-control"] == "no-store"
    key = page.text.split('value="veche_')[1].split('"')[0]
    assert tokens.resident_of(runtime, city, f"veche_{key}") == anna
    again = browser.get("/profile/keys")
    assert key not in again.text
    assert "Бот" in visible_text(again)
    with work(city) as w:
        (kept,) = tokens.standing(w, anna)
    browser.submit(f"/profile/keys/{kept.id}/revoke")
    assert tokens.resident_of(runtime, city, f"veche_{key}") is None


def test_a_copy_of_ones_data(browser: Client, anna: UUID) -> None:
    answer = browser.get("/profile/data.json")
    assert answer.headers["content-type"].startswith("application/json")
    assert "attachment" in answer.headers["content-disposition"]
    data = msgspec.json.decode(answer.content)
    assert data["account"]["id"] == str(anna)
    assert data["contacts"][0]["value"] == "anna@example.org"


def test_signing_out_elsewhere(
    client: Open, browser: Client, work: Begin, city: Tenant, anna: UUID
) -> None:
    other = client(city)
    sign_in(other, work, city, "anna@example.org")
    assert browser.submit("/profile/elsewhere").status_code == 303
    assert browser.get("/profile").status_code == 200
    assert other.get("/profile").status_code == 303


def test_erasing_takes_a_confirmation_and_ends_everything(
    client: Open, browser: Client, runtime: Runtime, work: Begin, city: Tenant, anna: UUID
) -> None:
    other = client(city)
    sign_in(other, work, city, "anna@example.org")
    assert browser.submit("/profile/erase").status_code == 422
    with work(city) as w:
        assert profiles.load_profile(w, anna) is not None
    answer = browser.submit("/profile/erase", {"understood": "on"})
    assert answer.headers["location"] == "/"
    with work(city) as w:
        assert profiles.load_profile(w, anna) is None
    assert sessions.count(runtime, city, kind="resident", id=anna) == 0
    for one in (browser, other):
        assert one.get("/profile").status_code == 303
    assert sign_in(browser, work, city, "anna@example.org", "/profile") == "/profile"
    with work(city) as w:
        assert residents.find(w, contact=email()) == anna


def test_traces_of_an_erased_account_end_by_themselves(
    work: Begin, city: Tenant, deliver: Callable[[], int], clock: FixedClock
) -> None:
    with work(city) as w:
        anna = resident(w)
        own_data.erase(w, anna)
    deliver()
    clock.move(timedelta(days=364))
    deliver()
    with work(city) as w:
        assert not residents.is_free(w, email())
    clock.move(timedelta(days=2))
    deliver()
    with work(city) as w:
        assert residents.is_free(w, email())


def test_one_resident_does_not_reach_anothers_things(
    client: Open, browser: Client, work: Begin, city: Tenant, anna: UUID
) -> None:
    with work(city) as w:
        boris = resident(w, email("boris"))
        residents.add_contact(w, boris, phone())
        tokens.issue(w, boris, name="его", lasts=tokens.LIFETIMES[0])
        contact = profiles.require_profile(w, boris).contacts[0]
        (key,) = tokens.standing(w, boris)
    assert browser.submit(f"/profile/contacts/{contact.id}/remove").status_code == 404
    assert browser.submit(f"/profile/keys/{key.id}/revoke").status_code == 404
    assert browser.submit("/profile/keys/not-an-id/revoke").status_code == 404
