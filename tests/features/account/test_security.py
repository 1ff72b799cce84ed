"""An official's own page and the second factor, as whole requests."""

import re
from collections.abc import Callable
from datetime import timedelta

import pyotp
import pytest

from core.identity import staff, totp
from core.kit.clock import FixedClock
from core.tenancy.tenant import Tenant
from tests.identity.build import (
    Begin,
    official,
    post_with,
    post_without,
    prove,
    sign_in,
    sign_in_at_desk,
)
from tests.support.http import Client, visible_text

Open = Callable[..., Client]


@pytest.fixture
def boss(browser: Client, work: Begin, city: Tenant) -> Client:
    with work(city) as w:
        official(w, post_with(w, "people.manage"))
    sign_in_at_desk(browser, work, city)
    return browser


def enrol(boss: Client, clock: FixedClock) -> pyotp.TOTP:
    page = boss.get("/desk/security/second")
    assert page.headers["cache-control"] == "no-store"
    assert "<svg" in page.text
    found = re.search(r"<code>([A-Z2-7 ]+)</code>", page.text)
    assert found is not None
    phone = pyotp.TOTP(found[1].replace(" ", ""))
    wrong = boss.submit("/desk/security/second", {"code": "000000"})
    assert wrong.status_code == 422
    assert found[1] in wrong.text, "the same picture, not another secret"
    done = boss.submit("/desk/security/second", {"code": phone.at(clock.now())})
    assert done.headers["location"] == "/desk/security"
    return phone


def test_posts_and_their_clauses_are_shown(boss: Client, work: Begin, city: Tenant) -> None:
    shown = visible_text(boss.get("/desk/security"))
    assert "Ольга Северская" in shown
    with work(city) as w:
        post = next(one for one in staff.city_posts(w) if "people.manage" in one.permissions)
    assert post.title in shown
    assert post.clause is not None
    assert post.clause in shown


def test_a_post_without_rights_is_told_why(browser: Client, work: Begin, city: Tenant) -> None:
    with work(city) as w:
        official(w, post_without(w, "desk.enter"))
    sign_in_at_desk(browser, work, city)
    assert "не даёт прав на рабочем столе" in visible_text(browser.get("/desk/security"))


def test_once_enrolled_the_second_factor_is_required(
    client: Open, boss: Client, work: Begin, city: Tenant, clock: FixedClock
) -> None:
    phone = enrol(boss, clock)
    assert "включён" in visible_text(boss.get("/desk/security"))
    assert boss.get("/desk/security/second").headers["location"] == "/desk/security"
    clock.move(timedelta(minutes=2))
    other = client(city)
    prove(other, work, city, "boss@example.org", "/desk/polls")
    answer = other.submit("/sign-in/as", {"role": "desk"})
    assert answer.headers["location"] == "/sign-in/second"
    assert "veche_session" not in other.cookies
    wrong = other.submit("/sign-in/second", {"code": "000000"})
    assert wrong.status_code == 422
    assert "veche_session" not in other.cookies
    done = other.submit("/sign-in/second", {"code": phone.at(clock.now())})
    assert done.headers["location"] == "/desk/polls"
    assert other.get("/desk/security").status_code == 200
    assert other.submit("/sign-in/second", {"code": "000000"}).status_code == 410


def test_guessing_the_second_factor_is_cut_short(
    client: Open, boss: Client, work: Begin, city: Tenant, clock: FixedClock
) -> None:
    enrol(boss, clock)
    clock.move(timedelta(minutes=2))
    other = client(city)
    prove(other, work, city, "boss@example.org")
    statuses = [other.submit("/sign-in/second", {"code": "000000"}).status_code for _ in range(12)]
    assert set(statuses) == {422, 429}
    assert statuses[-1] == 429


def test_residents_and_strangers_have_no_such_page(
    browser: Client, work: Begin, city: Tenant
) -> None:
    assert browser.get("/desk/security/second").status_code == 303
    sign_in(browser, work, city, "anna@example.org")
    for path in ("/desk/security", "/desk/security/second"):
        assert browser.get(path).status_code == 403
    assert browser.submit("/desk/security/second", {"code": "1"}).status_code in (303, 403)
    with work(city) as w:
        assert not any(totp.is_enrolled(w, one) for one in [official(w, address="x@example.org")])


def test_signing_out_elsewhere_from_the_desk(
    client: Open, boss: Client, work: Begin, city: Tenant
) -> None:
    other = client(city)
    sign_in_at_desk(other, work, city)
    assert boss.submit("/profile/elsewhere").headers["location"] == "/desk/security"
    assert other.get("/desk/security").status_code == 303
    assert boss.get("/desk/security").status_code == 200
