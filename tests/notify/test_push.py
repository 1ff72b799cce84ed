"""Web push: each city's own keys, encrypted messages, subscriptions that end."""

from datetime import timedelta

import pytest
from py_vapid import Vapid02
from sqlalchemy import select

from core.features.account import jobs
from core.kit.errors import Invalid
from core.notify import cabinet, push
from core.notify.domain import Chosen
from core.notify.model import NoticeRow, PushSubscription
from core.notify.preferences import choose
from tests.notify.build import AT_ONCE, SILENT, Browser, claims, told


@pytest.fixture
def browser():
    return Browser()


def subscribed(work, city, who, service, browser, name="phone", session="s1"):
    with work(city) as w:
        return push.subscribe(
            w,
            who,
            endpoint=service.endpoint(name),
            p256dh=browser.p256dh,
            auth=browser.auth,
            session=session,
            user_agent="Mozilla/5.0 (Linux; Android 13) Chrome/120 Mobile Safari/537.36",
        )


def standing(work, city):
    with work(city) as w:
        return [one.rpartition("/")[2] for one in w.session.scalars(
            select(PushSubscription.endpoint).order_by(PushSubscription.id)
        )]  # fmt: skip


def test_no_city_shares_its_keys(runtime, city, other_city):
    ours = push.public_key(runtime, city)
    assert ours == push.public_key(runtime, city)
    assert ours != push.public_key(runtime, other_city)
    assert len(ours) == 87


def test_a_message_is_encrypted_for_one_browser_and_signed_by_the_city(
    runtime, work, city, deliver, anna, service, browser
):
    subscribed(work, city, anna, service, browser)
    with work(city) as w:
        told(w, AT_ONCE, anna, title="Вам ответили", text="Город ответил.", path="/ideas/7")
        notice = w.session.scalars(select(NoticeRow.id)).one()
    deliver()
    ((name, headers, body),) = service.taken
    assert name == "phone"
    assert b"ideas" not in body
    assert browser.read(body) == {
        "title": "Вам ответили",
        "body": "Город ответил.",
        "url": f"/profile/notices/{notice}",
        "tag": str(notice),
    }
    assert Vapid02.verify(headers["authorization"])
    assert push.public_key(runtime, city) in headers["authorization"]
    assert claims(headers["authorization"])["sub"] == f"mailto:{city.profile.contacts.email}"
    assert headers["ttl"] == "86400"


def test_long_words_are_cut_to_what_a_push_message_holds(
    work, city, deliver, anna, service, browser
):
    subscribed(work, city, anna, service, browser)
    with work(city) as w:
        told(w, AT_ONCE, anna, title="Ы" * 3000, text="Щ" * 9000)
    deliver()
    ((_, _, body),) = service.taken
    assert len(body) < 4096
    assert browser.read(body)["body"].endswith("…")


def test_every_device_of_those_who_want_it(work, city, deliver, anna, boris, service, browser):
    for who, name in ((anna, "phone"), (anna, "laptop"), (boris, "tablet")):
        subscribed(work, city, who, service, browser, name)
    with work(city) as w:
        choose(w, boris, AT_ONCE, Chosen("at_once", push=False))
        told(w, AT_ONCE, anna, boris, once="1")
        told(w, SILENT, anna, boris, once="2")
    deliver()
    assert sorted(name for name, *_ in service.taken) == ["laptop", "phone"]


@pytest.mark.parametrize("status", [404, 410])
def test_a_subscription_that_has_ended_is_forgotten(
    work, city, deliver, anna, service, browser, status
):
    subscribed(work, city, anna, service, browser, "old")
    subscribed(work, city, anna, service, browser, "new")
    service.status["old"] = status
    with work(city) as w:
        told(w, AT_ONCE, anna)
    assert deliver() >= 1
    assert [name for name, *_ in service.taken] == ["new"]
    assert standing(work, city) == ["new"]


@pytest.mark.parametrize("status", [429, 500, 503, 302])
def test_a_service_that_fails_is_asked_again_and_nobody_is_told_twice(
    work, city, deliver, clock, anna, service, browser, status
):
    subscribed(work, city, anna, service, browser, "works")
    subscribed(work, city, anna, service, browser, "fails")
    service.status["fails"] = status
    with work(city) as w:
        told(w, AT_ONCE, anna)
    deliver()
    assert [name for name, *_ in service.taken] == ["works"]
    assert "elsewhere" not in service.asked
    service.status.clear()
    clock.move(timedelta(minutes=5))
    deliver()
    assert [name for name, *_ in service.taken] == ["works", "fails"]
    clock.move(timedelta(hours=5))
    deliver()
    assert len(service.taken) == 2


def test_a_dead_service_is_asked_again(work, city, deliver, clock, anna, service, browser):
    device = subscribed(work, city, anna, service, browser)
    with work(city) as w:
        w.session.get_one(PushSubscription, device).endpoint = "http://127.0.0.1:1/x"
        told(w, AT_ONCE, anna)
    deliver()
    with work(city) as w:
        w.session.get_one(PushSubscription, device).endpoint = service.endpoint("back")
    clock.move(timedelta(minutes=5))
    deliver()
    assert [name for name, *_ in service.taken] == ["back"]


def test_what_the_service_refuses_for_good_is_let_go(work, city, deliver, anna, service, browser):
    subscribed(work, city, anna, service, browser)
    service.usual = 413
    with work(city) as w:
        told(w, AT_ONCE, anna)
    deliver()
    assert len(service.asked) == 1
    assert standing(work, city) == ["phone"]


def test_a_rollback_after_pushing_pushes_no_second_time(
    work, city, deliver, anna, service, browser, monkeypatch
):
    subscribed(work, city, anna, service, browser)
    with work(city) as w:
        told(w, AT_ONCE, anna)
    really, times = push.send, []

    def once_broken(*args):
        really(*args)
        times.append(1)
        if len(times) == 1:
            raise RuntimeError

    monkeypatch.setattr(jobs.push, "send", once_broken)
    deliver()
    assert len(times) == 2
    assert len(service.taken) == 1


def test_what_was_read_or_is_a_day_old_is_not_pushed(
    work, city, deliver, clock, anna, service, browser
):
    subscribed(work, city, anna, service, browser)
    with work(city) as w:
        told(w, AT_ONCE, anna, once="read")
        told(w, AT_ONCE, anna, once="old")
        notice = w.session.scalars(select(NoticeRow.id).where(NoticeRow.once == "read")).one()
        cabinet.open_notice(w, notice, anna)
    clock.move(timedelta(days=1))
    deliver()
    assert service.asked == []


# Subscriptions.


def test_a_browser_belongs_to_whoever_subscribed_last(work, city, anna, boris, service, browser):
    first = subscribed(work, city, anna, service, browser)
    assert subscribed(work, city, boris, service, browser, session="s2") == first
    with work(city) as w:
        assert push.devices(w, anna) == ()
        (device,) = push.devices(w, boris, session="s2")
        assert device.name == "Chrome, Android"
        assert device.here


def test_signing_out_ends_the_messages_of_that_browser(work, city, anna, boris, service, browser):
    subscribed(work, city, anna, service, browser, "one", "s1")
    subscribed(work, city, anna, service, browser, "two", "s2")
    subscribed(work, city, anna, service, browser, "three", "s3")
    subscribed(work, city, boris, service, browser, "other", "s1")
    with work(city) as w:
        assert push.unsubscribe(w, anna, session="s1") == 1
    assert standing(work, city) == ["two", "three", "other"]
    with work(city) as w:
        assert push.unsubscribe(w, anna, but_session="s3") == 1
    assert standing(work, city) == ["three", "other"]


def test_only_so_many_devices_of_one_person(work, city, anna, service, browser):
    for number in range(push.MOST_DEVICES + 3):
        subscribed(work, city, anna, service, browser, str(number))
    assert standing(work, city) == [str(n) for n in range(3, push.MOST_DEVICES + 3)]


@pytest.mark.parametrize(
    ("p256dh", "auth"),
    [
        ("", ""),
        ("AAAA", "MDEyMzQ1Njc4OWFiY2RlZg"),
        ("B" + "A" * 86, "MDEyMzQ1Njc4OWFiY2RlZg"),
        (None, "AAAA"),
        (None, "не ключ"),
        ("не ключ", None),
    ],
)
def test_keys_no_browser_has_are_refused(work, city, anna, service, browser, p256dh, auth):
    with work(city) as w, pytest.raises(Invalid):
        push.subscribe(
            w,
            anna,
            endpoint=service.endpoint("x"),
            p256dh=browser.p256dh if p256dh is None else p256dh,
            auth=browser.auth if auth is None else auth,
            session="s",
            user_agent="",
        )


def test_an_address_that_is_no_push_service_is_refused(work, city, anna, browser):
    with work(city) as w, pytest.raises(Invalid):
        push.subscribe(
            w,
            anna,
            endpoint="https://169.254.169.254/latest/meta-data",
            p256dh=browser.p256dh,
            auth=browser.auth,
            session="s",
            user_agent="",
        )
