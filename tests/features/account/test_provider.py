"""Signing in through a provider, whole requests against a real provider on loopback."""

from collections.abc import Callable
from urllib.parse import urlsplit

from core.identity import profiles, residents
from core.identity.consents import Purpose
from core.kit.level import Level
from core.tenancy.tenant import Tenant
from tests.identity.build import Begin, email, official, sign_in, sign_in_at_desk
from tests.identity.provider import OpenIdProvider, visit
from tests.support.http import Client, visible_text

Open = Callable[..., Client]


def go(browser: Client, query: str = "") -> str:
    """There and back; returns where the browser is sent then."""
    left = browser.get(f"/sign-in/with/esia{query}")
    assert left.status_code == 303, left.text
    back = urlsplit(visit(left.headers["location"]))
    answer = browser.get(f"{back.path}?{back.query}")
    assert answer.status_code == 303, visible_text(answer)
    return str(answer.headers["location"])


def test_the_sign_in_page_offers_the_provider(browser: Client, open_city: Tenant) -> None:
    page = browser.get("/sign-in?next=/polls")
    assert "Войти через «Проверка»" in visible_text(page)
    assert 'href="/sign-in/with/esia?next=/polls"' in page.text


def test_a_first_sign_in(
    browser: Client, work: Begin, open_city: Tenant, openid: OpenIdProvider
) -> None:
    openid.claims |= {"email": "anna@example.org", "email_verified": True}
    assert go(browser, "?next=/polls") == "/sign-in/consent"
    answer = browser.submit("/sign-in/consent", {"account": "on"})
    assert answer.headers["location"] == "/polls"
    with work(open_city) as w:
        who = residents.find(w, contact=email())
        assert who is not None
        profile = profiles.require_profile(w, who)
    assert profile.level is Level.IDENTITY
    assert [one.provider for one in profile.logins] == ["esia"]
    assert "Проверка" in visible_text(browser.get("/profile/contacts"))


def test_a_second_sign_in_goes_straight_back(
    client: Open, browser: Client, open_city: Tenant
) -> None:
    go(browser)
    browser.submit("/sign-in/consent", {"account": "on"})
    other = client(open_city)
    assert go(other, "?next=/profile") == "/profile"
    assert "Личность подтверждена" in visible_text(other.get("/profile"))


def test_birth_date_and_district_only_with_consent(
    browser: Client, client: Open, work: Begin, open_city: Tenant, openid: OpenIdProvider
) -> None:
    openid.claims |= {"birthdate": "1990-05-17"}
    go(browser)
    page = browser.get("/sign-in/consent")
    assert f'name="{Purpose.DETAILS.value}"' in page.text
    browser.submit("/sign-in/consent", {"account": "on"})
    assert "дата рождения и район не указаны" in visible_text(browser.get("/profile"))
    browser.submit("/profile/consents/details", {"give": "1"})
    assert go(browser, "?link=1") == "/profile"
    assert "17 мая 1990" in visible_text(browser.get("/profile"))
    openid.claims["sub"] = "person-2"
    other = client(open_city)
    go(other)
    other.submit("/sign-in/consent", {"account": "on", "details": "on"})
    assert "17 мая 1990" in visible_text(other.get("/profile"))


def test_linking_raises_the_level(browser: Client, work: Begin, open_city: Tenant) -> None:
    sign_in(browser, work, open_city, "anna@example.org")
    page = browser.get("/profile")
    assert "Подтвердить через «Проверка»" in visible_text(page)
    assert go(browser, "?link=1") == "/profile"
    page = browser.get("/profile")
    assert "Личность подтверждена" in visible_text(page)
    assert "Подтвердить через" not in visible_text(page)


def test_an_identity_of_somebody_else_is_refused(
    client: Open, browser: Client, work: Begin, open_city: Tenant
) -> None:
    go(browser)
    browser.submit("/sign-in/consent", {"account": "on"})
    other = client(open_city)
    sign_in(other, work, open_city, "boris@example.org")
    left = other.get("/sign-in/with/esia?link=1")
    back = urlsplit(visit(left.headers["location"]))
    answer = other.get(f"{back.path}?{back.query}")
    assert answer.status_code == 409
    assert "уже связана с другим жителем" in visible_text(answer)


def test_an_account_is_not_taken_over_by_an_email(
    client: Open, browser: Client, work: Begin, open_city: Tenant, openid: OpenIdProvider
) -> None:
    sign_in(browser, work, open_city, "anna@example.org")
    openid.claims |= {"email": "anna@example.org", "email_verified": True}
    other = client(open_city)
    go(other)
    answer = other.submit("/sign-in/consent", {"account": "on"})
    assert answer.status_code == 409
    assert "Войдите по коду" in visible_text(answer) or "войдите по коду" in visible_text(answer)
    assert "veche_session" not in other.cookies


def test_a_link_begun_by_one_person_is_not_finished_by_another(
    browser: Client, work: Begin, open_city: Tenant
) -> None:
    sign_in(browser, work, open_city, "anna@example.org")
    left = browser.get("/sign-in/with/esia?link=1")
    back = urlsplit(visit(left.headers["location"]))
    browser.submit("/sign-out")
    browser.get("/sign-in")
    kept = left.cookies["veche_provider"]
    sign_in(browser, work, open_city, "boris@example.org")
    browser.cookies.set("veche_provider", kept, domain=browser.base_url.host)
    answer = browser.get(f"{back.path}?{back.query}")
    assert answer.status_code == 410
    with work(open_city) as w:
        for name in ("anna", "boris"):
            who = residents.find(w, contact=email(name))
            assert who is not None
            assert profiles.require_profile(w, who).logins == ()


def test_an_address_used_twice_or_handed_on(
    client: Open, browser: Client, open_city: Tenant
) -> None:
    left = browser.get("/sign-in/with/esia")
    back = urlsplit(visit(left.headers["location"]))
    stranger = client(open_city)
    assert stranger.get(f"{back.path}?{back.query}").status_code == 410
    again = browser.get(f"{back.path}?{back.query}")
    assert again.status_code == 410
    assert "Начните вход ещё раз" in visible_text(again)


def test_saying_no_and_a_provider_that_is_away(
    browser: Client, open_city: Tenant, openid: OpenIdProvider
) -> None:
    openid.deny = True
    left = browser.get("/sign-in/with/esia")
    back = urlsplit(visit(left.headers["location"]))
    answer = browser.get(f"{back.path}?{back.query}")
    assert answer.status_code == 403
    assert "отменён" in visible_text(answer)
    openid.deny = False
    left = browser.get("/sign-in/with/esia")
    back = urlsplit(visit(left.headers["location"]))
    openid.broken = True
    answer = browser.get(f"{back.path}?{back.query}")
    assert answer.status_code == 503
    assert "не отвечает" in visible_text(answer)


def test_a_providers_word_opens_no_desk(
    browser: Client, work: Begin, open_city: Tenant, openid: OpenIdProvider
) -> None:
    with work(open_city) as w:
        official(w, address="boss@example.org")
    openid.claims |= {"email": "boss@example.org", "email_verified": True}
    assert go(browser) == "/sign-in/consent"
    assert browser.submit("/sign-in/as", {"role": "desk"}).headers["location"] == "/sign-in/consent"


def test_an_unknown_provider_and_the_wrong_visitor(
    browser: Client, work: Begin, open_city: Tenant
) -> None:
    assert browser.get("/sign-in/with/vk").status_code == 404
    assert browser.get("/sign-in/with/vk/back?state=x").status_code == 404
    with work(open_city) as w:
        official(w)
    sign_in_at_desk(browser, work, open_city)
    assert browser.get("/sign-in/with/esia?link=1").status_code == 403
