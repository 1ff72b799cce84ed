"""When digests leave, what may be chosen, which addresses are push services."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.notify.domain import MORNING, device_name, is_push_service, next_round, paces_of, proposed
from tests.notify.build import kind

ZONES = ("Asia/Yekaterinburg", "Europe/Moscow", "Europe/Berlin", "America/New_York")


@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC)),
    st.sampled_from(ZONES),
    st.sampled_from(("daily", "weekly")),
)
def test_a_round_is_the_next_morning_in_the_city(now, name, pace):
    zone = ZoneInfo(name)
    found = next_round(pace, now, zone)
    local = found.astimezone(zone)
    assert local.time() == MORNING
    assert now < found
    longest = timedelta(days=1 if pace == "daily" else 7)
    # A change of clocks makes a day an hour longer.
    assert found - now <= longest + timedelta(hours=1)
    assert pace == "daily" or local.weekday() == 0
    assert next_round(pace, found, zone) > found
    assert next_round(pace, found - timedelta(seconds=1), zone) == found


@pytest.mark.parametrize("binding", [True, False])
@pytest.mark.parametrize("email", ["at_once", "daily", "weekly", "never"])
def test_only_what_is_not_binding_can_be_switched_off(binding, email):
    declared = kind(binding=binding, email=email)
    assert ("never" in paces_of(declared)) is not binding
    assert proposed(declared).email in paces_of(declared)


@pytest.mark.parametrize(
    ("endpoint", "fits"),
    [
        ("https://fcm.googleapis.com/fcm/send/abc", True),
        ("https://updates.push.services.mozilla.com/wpush/v2/abc", True),
        ("https://web.push.apple.com/abc", True),
        ("https://wns2-par02p.notify.windows.com/w/?token=abc", True),
        ("https://fcm.googleapis.com:443/fcm/send/abc", True),
        ("http://fcm.googleapis.com/fcm/send/abc", False),
        ("https://fcm.googleapis.com:8443/abc", False),
        ("https://evilfcm.googleapis.com.example.org/abc", False),
        ("https://notfcm-googleapis.com/abc", False),
        ("https://user@fcm.googleapis.com/abc", False),
        ("https://127.0.0.1/abc", False),
        ("https://169.254.169.254/latest", False),
        ("https://localhost/abc", False),
        ("https://fcm.googleapis.com\\@localhost/abc", False),
        ("https://[::1]/", False),
        ("https://[", False),
        ("https://fcm.googleapis.com:port/", False),
        ("", False),
        ("https://fcm.googleapis.com/" + "a" * 1000, False),
    ],
)
def test_only_push_services_of_browser_makers_are_called(endpoint, fits):
    assert is_push_service(endpoint) is fits


@given(st.text())
def test_any_text_can_be_asked_about(endpoint):
    assert is_push_service(endpoint) in (True, False)


def test_a_device_is_called_as_people_call_it():
    assert (
        device_name(
            "Mozilla/5.0 (Linux; Android 13) AppleWebKit/537.36 (KHTML, like Gecko)"
            " Chrome/120.0.0.0 YaBrowser/24.1 Mobile Safari/537.36"
        )
        == "Яндекс Браузер, Android"
    )
    assert device_name("Mozilla/5.0 (iPhone; …) Version/17 Safari/604.1") == "Safari, iPhone"
    assert device_name("curl/8") == ""
