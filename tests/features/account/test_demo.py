"""The demo's own pages: only in the demo's application, and only on a database made for it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date

import pytest

from core.identity import profiles, staff
from core.kit.level import Level
from core.tenancy.model import OperatorRow
from core.tenancy.provision import OwnerConnection
from core.tenancy.tenant import Tenant
from core.work import Runtime
from tests.identity.build import Begin, email, resident
from tests.support.http import Client, visible_text

Open = Callable[..., Client]
PAGES = ("/demo", "/demo/mailbox")


@contextmanager
def installed_as(owner: OwnerConnection, kind: str) -> Iterator[None]:
    owner.execute("UPDATE platform.installation SET kind = %s", (kind,))
    try:
        yield
    finally:
        owner.execute("UPDATE platform.installation SET kind = 'test'")


@pytest.fixture
def people(work: Begin, city: Tenant) -> None:
    """A resident of each kind, and an official of each kind of access."""
    with work(city) as w:
        anna = resident(w, email("anna"), name="Анна Незнакомая")
        profiles.change_profile(
            w,
            anna,
            name="Анна Незнакомая",
            born_on=date(1985, 3, 2),
            district=city.profile.districts[0].key,
        )
        resident(w, email("sergey"), name="Сергей Здешний", level=Level.RESIDENT)
        resident(w, email("nameless"), level=Level.IDENTITY)
        seen = set()
        for n, post in enumerate(staff.city_posts(w)):
            if post.access not in seen:
                seen.add(post.access)
                staff.invite(w, name=f"Сотрудник {n}", email=f"s{n}@example.org", posts=(post.key,))


def choose(browser: Client, name: str, next: str = "/") -> str:
    page = browser.get(f"/demo?next={next}").text
    row = page.split(f"<b>{name}</b>")[1]
    chosen = row.split('name="id" value="')[1].split('"')[0]
    kept = row.split('name="next" value="')[1].split('"')[0]
    return str(browser.submit("/demo", {"id": chosen, "next": kept}).headers["location"])


@pytest.mark.usefixtures("people")
def test_ready_people_of_this_city(client: Open, city: Tenant) -> None:
    browser = client(city, demo=True)
    shown = visible_text(browser.get("/demo"))
    assert "Анна Незнакомая" in shown
    assert "Сергей Здешний" in shown
    assert shown.count("Сотрудник") >= 3
    assert choose(browser, "Анна Незнакомая", "/profile/details") == "/profile/details"
    assert "Анна Незнакомая" in visible_text(browser.get("/profile"))
    assert choose(browser, "Сергей Здешний", "/desk") == "/"
    assert "Сергей Здешний" in visible_text(browser.get("/profile"))


@pytest.mark.usefixtures("people")
def test_officials_go_to_the_desk(client: Open, city: Tenant) -> None:
    browser = client(city, demo=True)
    assert choose(browser, "Сотрудник 0") == "/desk"
    assert browser.get("/desk/security").status_code == 200


@pytest.mark.usefixtures("people")
def test_only_those_who_are_offered(
    client: Open, work: Begin, city: Tenant, other_city: Tenant
) -> None:
    with work(other_city) as w:
        stranger = resident(w, email("stranger"), name="Чужая Душа")
    with work(city) as w:
        second = resident(w, email("second"), name="Вторая Такая", level=Level.RESIDENT)
    browser = client(city, demo=True)
    assert "Чужая Душа" not in visible_text(browser.get("/demo"))
    for id_ in (str(stranger), str(second), "nonsense", ""):
        assert browser.submit("/demo", {"id": id_}).status_code == 404
    assert "veche_session" not in browser.cookies


def test_the_mailbox_shows_what_would_have_been_sent(
    client: Open, city: Tenant, other_city: Tenant
) -> None:
    browser = client(city, demo=True)
    assert "Пусто" in visible_text(browser.get("/demo/mailbox"))
    browser.get("/sign-in")
    browser.submit("/sign-in", {"contact": "anna@example.org"})
    shown = visible_text(browser.get("/demo/mailbox"))
    assert "anna@example.org" in shown
    assert "код для входа" in shown
    assert "Пусто" in visible_text(client(other_city, demo=True).get("/demo/mailbox"))


@pytest.mark.parametrize("path", PAGES)
def test_the_ordinary_application_has_no_such_pages(browser: Client, path: str) -> None:
    assert browser.get(path).status_code == 404
    assert browser.submit(path, {"id": "x"}).status_code in (404, 405)
    assert "/demo" not in browser.get("/sign-in").text


@pytest.mark.parametrize("path", PAGES)
def test_a_real_database_opens_nothing_even_in_the_demo(
    client: Open, owner: OwnerConnection, city: Tenant, path: str
) -> None:
    browser = client(city, demo=True)
    browser.get("/sign-in")
    with installed_as(owner, "production"):
        assert browser.get(path).status_code == 404
        assert browser.submit("/demo", {"id": "x"}).status_code == 404
    with installed_as(owner, "demo"):
        assert browser.get(path).status_code == 200


def test_operators_of_the_demo(client: Open, runtime: Runtime) -> None:
    with runtime.databases.platform() as session:
        session.add(OperatorRow(email="anna@example.org", name="Анна Оператор", kind="operator"))
    for label in (runtime.settings.operator_host, runtime.settings.association_host):
        browser = client(runtime.settings.host_of(label), demo=True)
        browser.get("/sign-in")
        page = browser.get("/demo").text
        assert "Анна Оператор" in page
        chosen = page.split('name="id" value="')[1].split('"')[0]
        answer = browser.submit("/demo", {"id": chosen})
        assert answer.status_code == 303
        assert browser.cookies["veche_session"].startswith("o.")
        assert browser.submit("/demo", {"id": "999999"}).status_code == 404
        assert browser.submit("/sign-out").status_code == 303
        assert "veche_session" not in browser.cookies
