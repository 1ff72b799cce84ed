"""Notices in the cabinet, how people want them, devices, and links that stop letters."""

import re
from uuid import uuid4

import pytest
from sqlalchemy import select

from core.feature import Feature
from core.features.account import service
from core.identity import own_data, sessions
from core.identity.messages import newest
from core.notify import domain, push
from core.notify.domain import Chosen
from core.notify.model import NoticeDigest, NoticePreference, NoticeRow, PushSubscription
from core.notify.preferences import choices, choose
from core.notify.tell import Recipient, unread
from core.web.request import SESSION_COOKIE
from tests.identity.build import email, official, post_with, resident
from tests.notify.build import AT_ONCE, BINDING, DAILY, KINDS, Browser, kind, told
from tests.support.http import visible_text

STAFF = kind("test.staff", audience="staff")


@pytest.fixture(autouse=True)
def kinds(monkeypatch):
    known = {**KINDS, STAFF.key: STAFF}
    monkeypatch.setattr(service, "message_kinds", lambda: known)
    monkeypatch.setattr(
        service,
        "offered_kinds",
        lambda _work, audience: tuple(one for one in known.values() if one.audience == audience),
    )


@pytest.fixture
def anna(work, city):
    with work(city) as w:
        return Recipient("resident", resident(w, email("anna"), name="Анна"))


@pytest.fixture
def boss(work, city):
    with work(city) as w:
        return Recipient("staff", official(w, post_with(w, "desk.enter")))


@pytest.fixture
def signed_in(runtime, city, client):
    """A browser in which a recipient has signed in."""

    def open_for(who):
        opened = client(city)
        token = sessions.begin(runtime, city, kind=who.kind, id=who.id, name="Ольга")
        opened.cookies.set(SESSION_COOKIE, token)
        return opened

    return open_for


def many(work, city, who, number, of=AT_ONCE):
    with work(city) as w:
        for n in range(number):
            told(w, of, who, once=f"{of.key}:{n}", title=f"Весть-{n:02}", path=f"/polls?n={n}")


def test_the_bell_counts_and_reading_is_opening(work, city, signed_in, anna):
    page = signed_in(anna)
    assert "непрочитанных" not in page.get("/profile/notices").text
    many(work, city, anna, 3)
    shown = page.get("/polls")
    assert "непрочитанных уведомлений: 3" in shown.text
    shown = page.get("/profile/notices")
    links = re.findall(r'href="(/profile/notices/[0-9a-f-]{36})"', shown.text)
    assert len(links) == 3
    opened = page.get(links[0])
    assert (opened.status_code, opened.headers["location"]) == (303, "/polls?n=2")
    text = visible_text(page.get("/profile/notices"))
    assert "Непрочитанных: 2" in text
    assert text.index("Весть-01") < text.index("Весть-02")


def test_a_link_from_a_letter_works_without_signing_in(client, work, city, anna):
    many(work, city, anna, 1)
    with work(city) as w:
        notice = w.session.scalars(select(NoticeRow.id)).one()
    opened = client(city).get(f"/profile/notices/{notice}")
    assert opened.headers["location"] == "/polls?n=0"
    with work(city) as w:
        assert unread(w.session, anna) == 1
    assert client(city).get(f"/profile/notices/{uuid4()}").status_code == 404


def test_all_read_leaves_what_came_after_the_page(work, city, signed_in, anna):
    many(work, city, anna, 2)
    page = signed_in(anna)
    until = re.search(r'name="until" value="([^"]+)"', page.get("/profile/notices").text)[1]
    many(work, city, anna, 1, DAILY)
    assert page.submit("/profile/notices/read", {"until": until}).status_code == 303
    with work(city) as w:
        assert unread(w.session, anna) == 1
    assert page.submit("/profile/notices/read", {"until": "nonsense"}).status_code == 422


def test_a_long_list_goes_on_by_pages(work, city, signed_in, anna):
    many(work, city, anna, 45)
    page, seen, where = signed_in(anna), [], "/profile/notices"
    while where:
        shown = page.get(where)
        seen += re.findall(r"Весть-\d\d", shown.text)
        further = re.search(r'href="([^"]+after=[^"]+)"', shown.text)
        where = further[1] if further else None
    assert seen == [f"Весть-{n:02}" for n in range(44, -1, -1)]
    assert page.get("/profile/notices?after=nonsense").status_code == 404


def test_officials_have_theirs_at_the_same_place(work, city, signed_in, anna, boss):
    many(work, city, anna, 1)
    with work(city) as w:
        told(w, STAFF, boss, title="Срок прошёл")
    page = signed_in(boss)
    text = visible_text(page.get("/profile/notices"))
    assert "Срок прошёл" in text
    assert "Весть" not in text
    shown = page.get("/profile/notices/settings")
    assert 'name="email.test.staff"' in shown.text
    assert "test.at_once" not in shown.text
    assert "desk-page" in shown.text


def test_strangers_sign_in_first(client, city):
    for where in ("/profile/notices", "/profile/notices/settings"):
        assert "/sign-in" in client(city).get(where).headers["location"]


# Settings.


def test_the_table_is_an_ordinary_form(work, city, signed_in, anna):
    page = signed_in(anna)
    shown = page.get("/profile/notices/settings").text
    assert "anna@example.org" in shown
    row = re.search(r'<select name="email.test.binding".*?</select>', shown)[0]
    assert "never" not in row
    sent = page.submit(
        "/profile/notices/settings",
        {
            "email.test.at_once": "weekly",
            "email.test.binding": "daily",
            "push.test.binding": "on",
            "email.no.such": "never",
        },
    )
    assert sent.status_code == 303
    with work(city) as w:
        found = choices(w, [anna.id], list(KINDS.values()))
    assert found[anna.id, AT_ONCE.key] == Chosen("weekly", push=False)
    assert found[anna.id, BINDING.key] == Chosen("daily", push=True)
    # What the form did not name stays as it was.
    assert found[anna.id, DAILY.key] == Chosen("daily", push=True)


@pytest.mark.parametrize(
    "wrong", [{"email.test.binding": "never"}, {"email.test.at_once": "hourly"}]
)
def test_what_may_not_be_chosen_changes_nothing(work, city, signed_in, anna, wrong):
    page = signed_in(anna)
    sent = page.submit("/profile/notices/settings", {"email.test.daily": "never", **wrong})
    assert sent.status_code == 422
    with work(city) as w:
        assert choices(w, [anna.id], [DAILY])[anna.id, DAILY.key].email == "daily"


# Devices.


@pytest.fixture
def device(monkeypatch):
    """The fields that the page's script sends."""
    monkeypatch.setattr(domain, "is_push_service", lambda endpoint: "push.example" in endpoint)
    browser = Browser()
    return {
        "endpoint": "https://push.example/1",
        "p256dh": browser.p256dh,
        "auth": browser.auth,
    }


def devices(work, city):
    with work(city) as w:
        return w.session.scalars(select(PushSubscription.endpoint)).all()


def test_a_device_is_added_shown_and_removed(runtime, work, city, signed_in, anna, device):
    page = signed_in(anna)
    shown = page.get("/profile/notices/settings").text
    assert f'data-push="{push.public_key(runtime, city)}"' in shown
    assert page.submit("/profile/notices/devices", device).status_code == 303
    shown = page.get("/profile/notices/settings")
    assert "это устройство" in visible_text(shown)
    where = re.search(r'action="(/profile/notices/devices/[^"]+/forget)"', shown.text)[1]
    assert signed_in(Recipient("resident", uuid4())).submit(where).status_code == 303
    assert len(devices(work, city)) == 1
    page.submit(where)
    assert devices(work, city) == []
    page.submit("/profile/notices/devices", device)
    page.submit("/profile/notices/devices/forget", {"endpoint": device["endpoint"]})
    assert devices(work, city) == []


def test_what_is_no_subscription_is_refused(work, city, signed_in, anna, device):
    page = signed_in(anna)
    for wrong in ({"endpoint": "https://localhost/"}, {"p256dh": "x"}, {"auth": ""}):
        assert page.submit("/profile/notices/devices", {**device, **wrong}).status_code == 422
    assert page.submit("/profile/notices/devices", {}).status_code == 422
    assert devices(work, city) == []


def test_signing_out_ends_push_in_that_browser(work, city, signed_in, anna, device):
    here, there = signed_in(anna), signed_in(anna)
    here.submit("/profile/notices/devices", device)
    there.submit("/profile/notices/devices", {**device, "endpoint": "https://push.example/2"})
    here.submit("/sign-out")
    assert devices(work, city) == ["https://push.example/2"]


def test_signing_out_elsewhere_ends_push_elsewhere(work, city, signed_in, anna, device):
    here, there = signed_in(anna), signed_in(anna)
    here.submit("/profile/notices/devices", device)
    there.submit("/profile/notices/devices", {**device, "endpoint": "https://push.example/2"})
    here.submit("/profile/elsewhere")
    assert devices(work, city) == [device["endpoint"]]


# Links in letters.


@pytest.fixture
def stop_link(work, city, deliver):
    def of(who, which):
        with work(city) as w:
            told(w, which, who, once=uuid4().hex)
        deliver()
        with work(city) as w:
            link = newest(w, most=1)[0].unsubscribe
        return link[link.index("/notices/") :]

    return of


def test_a_letter_is_stopped_without_signing_in(client, work, city, anna, stop_link):
    where, stranger = stop_link(anna, AT_ONCE), client(city)
    asked = stranger.get(where)
    assert "Новости проверки" in visible_text(asked)
    with work(city) as w:
        assert choices(w, [anna.id], [AT_ONCE])[anna.id, AT_ONCE.key].email == "at_once"
    done = stranger.submit(where)
    assert done.status_code == 200
    assert "Больше не будем присылать" in visible_text(done)
    with work(city) as w:
        assert choices(w, [anna.id], [AT_ONCE])[anna.id, AT_ONCE.key] == Chosen("never", push=True)
        assert choices(w, [anna.id], [DAILY])[anna.id, DAILY.key].email == "daily"


def test_a_mail_program_stops_letters_at_one_click(client, work, city, anna, stop_link):
    """RFC 8058: no cookies, no token of ours, this very body."""
    where, program = stop_link(anna, AT_ONCE), client(city)
    for content, kind_of_body in (
        (b"List-Unsubscribe=One-Click", "application/x-www-form-urlencoded"),
        (
            b'--x\r\ncontent-disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click'
            b"\r\n--x--\r\n",
            "multipart/form-data; boundary=x",
        ),
    ):
        done = program.post(where, content=content, headers={"content-type": kind_of_body})
        assert done.status_code == 200
    with work(city) as w:
        assert choices(w, [anna.id], [AT_ONCE])[anna.id, AT_ONCE.key].email == "never"


def test_a_link_of_another_city_or_made_up_is_not_found(client, city, other_city, anna, stop_link):
    where = stop_link(anna, AT_ONCE)
    assert client(other_city).get(where).status_code == 404
    for wrong in ("/notices/unsubscribe/x", "/notices/unsubscribe/%00", where + "A"):
        assert client(city).get(wrong).status_code == 404
        assert client(city).post(wrong).status_code == 404


# One's own data.


def test_a_copy_holds_notices_and_erasing_takes_them(work, city, deliver, signed_in, anna, device):
    page = signed_in(anna)
    many(work, city, anna, 1)
    page.submit("/profile/notices/devices", device)
    with work(city) as w:
        choose(w, anna, DAILY, Chosen("weekly", push=False))
        told(w, DAILY, anna)
    deliver()
    data = page.get("/profile/data.json").json()["sections"]
    assert {one["title"] for one in data["notices"]["notices"]} == {"Весть-00", "Новость"}
    assert data["notices"]["preferences"][0]["email"] == "weekly"
    assert data["notices"]["devices"][0]["endpoint"] == device["endpoint"]
    assert data["comments"] == []
    with work(city) as w:
        own_data.erase(w, anna.id)
    deliver()
    with work(city) as w:
        for table in (NoticeRow, NoticePreference, NoticeDigest, PushSubscription):
            assert w.session.scalars(select(table)).all() == []


def test_what_a_city_does_without_is_not_offered(work, city, monkeypatch):
    monkeypatch.undo()
    features = tuple(
        Feature(key=key, label=AT_ONCE.label, messages=(kind(f"{key}.told"), STAFF))
        for key in ("polls", "shop", "account")
    )
    monkeypatch.setattr(service, "installed_features", lambda: features)
    with work(city) as w:
        assert not w.tenant.profile.offers("shop")
        offered = [one.key for one in service.offered_kinds(w, "residents")]
    assert offered == ["polls.told", "account.told"]
