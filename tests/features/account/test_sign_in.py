"""Signing in as a person does it: contact, code, consent, back to where one was."""

from collections.abc import Callable
from uuid import uuid4

import pytest
import redis
from litestar.status_codes import HTTP_303_SEE_OTHER

from core.identity import consents, residents, sessions, staff
from core.identity.consents import Purpose
from core.identity.messages import newest
from core.tenancy.model import OperatorRow
from core.tenancy.provision import OwnerConnection
from core.tenancy.tenant import Tenant
from core.work import Runtime
from tests.identity.build import (
    Begin,
    email,
    last_code,
    official,
    phone,
    post_with,
    prove,
    resident,
    sign_in,
    sign_in_at_desk,
)
from tests.support.http import Client, visible_text

Open = Callable[..., Client]


def test_a_first_sign_in_asks_for_consent_and_leads_back(
    browser: Client, work: Begin, city: Tenant
) -> None:
    assert prove(browser, work, city, "Anna@Example.org", "/polls?tab=open") == "/sign-in/consent"
    with work(city) as w:
        assert residents.find(w, contact=email()) is None, "nothing is kept before the consent"
    refused = browser.submit("/sign-in/consent", {"news": "on"})
    assert refused.status_code == 422
    assert "Без этого согласия" in visible_text(refused)
    assert 'name="news" value="on" checked' in refused.text, "what was ticked stays ticked"
    answer = browser.submit("/sign-in/consent", {"account": "on"})
    assert answer.headers["location"] == "/polls?tab=open"
    with work(city) as w:
        who = residents.find(w, contact=email())
        assert who is not None
        assert set(consents.given(w, who)) == {Purpose.ACCOUNT}
    assert visible_text(browser.get("/profile")).count("Ваш профиль")


def test_a_second_sign_in_goes_straight_back(
    client: Open, browser: Client, work: Begin, city: Tenant
) -> None:
    sign_in(browser, work, city, "anna@example.org")
    other = client(city)
    assert prove(other, work, city, "anna@example.org", "/profile/data") == "/profile/data"
    assert "нескольких браузерах: 2" in visible_text(other.get("/profile/data"))


def test_consents_are_separate_and_not_ticked_beforehand(
    browser: Client, work: Begin, city: Tenant
) -> None:
    prove(browser, work, city, "anna@example.org")
    page = browser.get("/sign-in/consent")
    assert page.text.count('type="checkbox"') == 2
    assert " checked" not in page.text
    assert city.profile.names.official.ru in visible_text(page)


def test_a_wrong_contact_stays_in_the_field(browser: Client) -> None:
    page = browser.submit("/sign-in", {"contact": "ivan@", "next": "/polls"})
    assert page.status_code == 422
    assert 'value="ivan@"' in page.text
    assert 'aria-invalid="true"' in page.text
    assert 'name="next" value="/polls"' in page.text


def test_a_wrong_code_is_said_beside_the_field(browser: Client, work: Begin, city: Tenant) -> None:
    browser.submit("/sign-in", {"contact": "anna@example.org"})
    right = last_code(work, city)
    page = browser.submit("/sign-in/code", {"code": "000000" if right != "000000" else "111111"})
    assert page.status_code == 422
    assert "Осталось: 4 попытки" in visible_text(page)
    assert browser.submit("/sign-in/code", {"code": right}).status_code == HTTP_303_SEE_OTHER


def test_the_same_pages_for_known_and_unknown(client: Open, work: Begin, city: Tenant) -> None:
    with work(city) as w:
        resident(w, email())
        official(w, address="boss@example.org")
    seen = set()
    for name in ("anna", "boss", "stranger"):
        one = client(city)
        one.get("/sign-in")
        sent = one.submit("/sign-in", {"contact": f"{name}@example.org"})
        shown = visible_text(one.get("/sign-in/code")).replace(name, "…")
        seen.add((sent.status_code, sent.headers["location"], shown))
    assert len(seen) == 1


def test_too_many_codes_are_said_politely(browser: Client) -> None:
    for _ in range(5):
        assert browser.submit("/sign-in", {"contact": "anna@example.org"}).status_code == 303
    page = browser.submit("/sign-in", {"contact": "anna@example.org"})
    assert page.status_code == 429
    assert "Попробуйте снова через" in visible_text(page)
    assert 'value="anna@example.org"' in page.text


@pytest.mark.parametrize(
    "next_path",
    ["https://evil.example.org/", "//evil.example.org", "/\\evil.example.org", "/sign-out"],
)
def test_nobody_is_led_to_another_host(
    browser: Client, work: Begin, city: Tenant, next_path: str
) -> None:
    assert sign_in(browser, work, city, "anna@example.org", next_path) == "/"
    assert 'href="https://evil' not in browser.get(f"/sign-in?next={next_path}").text


def test_signing_in_rotates_the_session(
    browser: Client, runtime: Runtime, work: Begin, city: Tenant
) -> None:
    """A token planted in the browser beforehand is worth nothing afterwards."""
    planted = sessions.begin(runtime, city, kind="resident", id=uuid4())
    browser.cookies.set("veche_session", planted, domain="gubkinsky.localhost")
    sign_in(browser, work, city, "anna@example.org")
    assert sessions.load(runtime, city, planted) is None


def test_cookies_are_for_this_host_and_no_script(
    browser: Client, work: Begin, city: Tenant
) -> None:
    prove(browser, work, city, "anna@example.org")
    answer = browser.submit("/sign-in/consent", {"account": "on"})
    (kept,) = (
        one for one in answer.headers.get_list("set-cookie") if one.startswith("veche_session=r.")
    )
    assert "HttpOnly" in kept
    assert "SameSite=lax" in kept
    assert "Domain" not in kept


def test_signing_out(browser: Client, runtime: Runtime, work: Begin, city: Tenant) -> None:
    sign_in(browser, work, city, "anna@example.org")
    token = browser.cookies["veche_session"]
    assert browser.get("/sign-out").status_code == 405, "only by a form: a link could be planted"
    assert browser.submit("/sign-out").headers["location"] == "/"
    assert sessions.load(runtime, city, token) is None
    assert browser.get("/profile").headers["location"].startswith("/sign-in?next=")


def test_a_form_from_elsewhere_is_refused(browser: Client, work: Begin, city: Tenant) -> None:
    answer = browser.post("/sign-in", data={"contact": "anna@example.org"})
    assert answer.status_code == 403
    with work(city) as w:
        assert newest(w, most=1) == ()


def test_without_redis_public_pages_work_and_signing_in_says_so(
    browser: Client, runtime: Runtime, work: Begin, city: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_in(browser, work, city, "anna@example.org")
    token = browser.cookies["veche_session"]
    monkeypatch.setattr(runtime, "redis", redis.Redis(port=1, socket_connect_timeout=0.2))
    away = browser.get("/profile")
    assert away.status_code == 503
    assert browser.submit("/sign-out").status_code == 303, "signing out works all the same"
    assert browser.cookies.get("veche_session") is None
    assert browser.get("/sign-in").status_code == 200
    sent = browser.submit("/sign-in", {"contact": "anna@example.org"})
    assert sent.status_code == 503
    monkeypatch.undo()
    assert sessions.load(runtime, city, token) is not None


def test_a_code_of_one_city_does_not_work_in_another(
    client: Open, work: Begin, city: Tenant, other_city: Tenant
) -> None:
    here, there = client(city), client(other_city)
    for one in (here, there):
        one.get("/sign-in")
    here.submit("/sign-in", {"contact": "anna@example.org"})
    token = here.cookies["veche_code"]
    there.cookies.set("veche_code", token, domain=there.base_url.host)
    answer = there.submit("/sign-in/code", {"code": last_code(work, city)})
    assert answer.headers["location"] == "/sign-in"
    sign_in(client(city), work, city, "boris@example.org")
    assert here.submit("/sign-in/code", {"code": "000000"}).status_code in (303, 422)


def test_a_session_of_one_city_does_not_work_in_another(
    client: Open, browser: Client, work: Begin, city: Tenant, other_city: Tenant
) -> None:
    sign_in(browser, work, city, "anna@example.org")
    there = client(other_city)
    there.cookies.set("veche_session", browser.cookies["veche_session"], domain=there.base_url.host)
    assert there.get("/profile").headers["location"].startswith("/sign-in")


def test_steps_cannot_be_skipped(browser: Client) -> None:
    for path in ("/sign-in/as", "/sign-in/second", "/sign-in/consent"):
        assert browser.get(path).status_code == 410
        assert browser.submit(path, {"account": "on", "role": "desk"}).status_code == 410
    assert browser.get("/sign-in/code").headers["location"] == "/sign-in"
    answer = browser.submit("/sign-in/code", {"code": "123456"})
    assert answer.headers["location"] == "/sign-in"


def test_somebody_signed_in_is_told_so(browser: Client, work: Begin, city: Tenant) -> None:
    sign_in(browser, work, city, "anna@example.org")
    page = browser.get("/sign-in?next=/polls")
    assert page.status_code == 200
    assert "Вы уже вошли" in visible_text(page)
    answer = browser.submit("/sign-out", {"again": "1", "next": "/polls?a=1&b=2"})
    assert answer.headers["location"] == "/sign-in?next=/polls%3Fa%3D1%26b%3D2"
    assert 'name="next" value="/polls?a=1&amp;b=2"' in browser.get(answer.headers["location"]).text


def test_phones_only_where_the_city_takes_them(
    browser: Client, owner: OwnerConnection, runtime: Runtime, city: Tenant, work: Begin
) -> None:
    owner.execute(
        "UPDATE platform.tenant SET version = nextval('platform.tenant_version'), profile ="
        ' profile || \'{"sign_in": {"email_code": false, "phone_code": true}}\' WHERE id = %s',
        (city.id,),
    )
    page = browser.get("/sign-in")
    assert 'type="tel"' in page.text
    assert browser.submit("/sign-in", {"contact": "anna@example.org"}).status_code == 422
    assert browser.submit("/sign-in", {"contact": "8 912 345-67-89"}).status_code == 303
    with work(city) as w:
        (sent,) = newest(w, most=1)
    assert (sent.channel, sent.address) == ("phone", phone().value)


def test_staff_sign_in_on_the_same_page(browser: Client, work: Begin, city: Tenant) -> None:
    with work(city) as w:
        official(w, post_with(w, "desk.enter"))
    assert prove(browser, work, city, "boss@example.org", "/desk/polls") == "/sign-in/as"
    assert "Как житель" in visible_text(browser.get("/sign-in/as"))
    assert browser.submit("/sign-in/as", {}).status_code == 422
    answer = browser.submit("/sign-in/as", {"role": "desk"})
    assert answer.headers["location"] == "/desk/polls"
    page = browser.get("/desk/security")
    assert page.status_code == 200
    assert "не включён" in visible_text(page)
    assert browser.get("/profile").headers["location"] == "/desk/security"


def test_staff_may_go_on_as_residents(browser: Client, work: Begin, city: Tenant) -> None:
    with work(city) as w:
        official(w, post_with(w, "desk.enter"))
    prove(browser, work, city, "boss@example.org", "/desk")
    there = browser.submit("/sign-in/as", {"role": "resident"}).headers["location"]
    assert there == "/sign-in/consent"
    answer = browser.submit("/sign-in/consent", {"account": "on"})
    assert answer.headers["location"] == "/", "a resident is not sent to the desk"
    assert browser.get("/profile").status_code == 200
    assert browser.get("/desk/security").status_code == 403


def test_a_resident_cannot_claim_the_desk(browser: Client, work: Begin, city: Tenant) -> None:
    assert prove(browser, work, city, "anna@example.org") == "/sign-in/consent"
    assert browser.get("/sign-in/as").status_code == 410
    answer = browser.submit("/sign-in/as", {"role": "desk"})
    assert answer.headers["location"] == "/sign-in/consent"
    assert "veche_session" not in browser.cookies
    assert browser.submit("/sign-in/second", {"code": "123456"}).status_code == 410


def test_a_disabled_official_is_a_stranger_at_once(
    browser: Client, work: Begin, city: Tenant
) -> None:
    with work(city) as w:
        who = official(w, post_with(w, "desk.enter"))
    sign_in_at_desk(browser, work, city)
    assert browser.get("/desk/security").status_code == 200
    with work(city) as w:
        staff.disable(w, who)
    assert browser.get("/desk/security").headers["location"].startswith("/sign-in")


def test_operators_have_pages_of_their_own(client: Open, runtime: Runtime) -> None:
    with runtime.databases.platform() as session:
        session.add(OperatorRow(email="anna@example.org", name="Анна", kind="operator"))
    one = client(runtime.settings.host_of(runtime.settings.operator_host))
    page = one.get("/sign-in?next=/tenants")
    assert page.status_code == 200
    assert one.submit("/sign-in", {"contact": "nonsense"}).status_code == 422
    sent = one.submit("/sign-in", {"contact": "anna@example.org", "next": "/tenants"})
    assert sent.headers["location"] == "/sign-in/code"
    assert one.get("/sign-in/code").status_code == 200
    wrong = one.submit("/sign-in/code", {"code": "123456"})
    assert wrong.status_code in (303, 422)
    assert one.get("/profile").status_code == 404
