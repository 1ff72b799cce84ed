"""Pure values of notify: when digests leave, what a person chose, where push messages may go."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Final, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import msgspec

from core.kit.text import Text
from core.notify.manifest import MessageKind, Pace

DigestPace = Literal["daily", "weekly"]

MORNING: Final = time(8)
"""In the city's own time: early enough for the day ahead, late enough for a sound on the phone."""
_MONDAY: Final = 0
_WEEK: Final = 7

PACES: Final[Mapping[Pace, Text]] = {
    "at_once": Text(ru="Сразу", en="At once"),
    "daily": Text(ru="Раз в день", en="Once a day"),
    "weekly": Text(ru="Раз в неделю", en="Once a week"),
    "never": Text(ru="Не присылать", en="Never"),
}


class Chosen(msgspec.Struct, frozen=True):
    """How one kind of notice reaches a person beside the cabinet."""

    email: Pace
    push: bool


def proposed(kind: MessageKind) -> Chosen:
    """What holds until a person chooses; a binding kind is never proposed as switched off."""
    email: Pace = "weekly" if kind.binding and kind.email == "never" else kind.email
    return Chosen(email, kind.push)


def paces_of(kind: MessageKind) -> tuple[Pace, ...]:
    """What may be chosen for a kind: a binding one can be slowed down, not switched off."""
    return tuple(one for one in PACES if not (kind.binding and one == "never"))


def next_round(pace: DigestPace, now: datetime, zone: ZoneInfo) -> datetime:
    """The next morning in the city, strictly after `now`; for weekly digests a Monday's."""
    local = now.astimezone(zone)
    day = local.date()
    if local.replace(tzinfo=None) >= datetime.combine(day, MORNING):
        day += timedelta(days=1)
    if pace == "weekly":
        day += timedelta(days=(_MONDAY - day.weekday()) % _WEEK)
    return datetime.combine(day, MORNING, tzinfo=zone)


# A subscription comes from a browser, that is from anybody, and names an address that we call:
# only the push services that browsers really use are taken.
_PUSH_SERVICES: Final = (
    "fcm.googleapis.com",
    "jmt17.google.com",
    "push.services.mozilla.com",
    "push.apple.com",
    "notify.windows.com",
    "push.yandex.ru",
    "push.yandex.net",
)
_LONGEST_ENDPOINT: Final = 1000


def is_push_service(endpoint: str) -> bool:
    """Whether an address is that of a browser maker's push service."""
    if len(endpoint) > _LONGEST_ENDPOINT or not endpoint.isascii() or not endpoint.isprintable():
        return False
    try:
        parts = urlsplit(endpoint)
        port = parts.port
    except ValueError:
        return False
    if parts.scheme != "https" or parts.username is not None or port not in (None, 443):
        return False
    host = (parts.hostname or "").rstrip(".")
    return any(host == one or host.endswith(f".{one}") for one in _PUSH_SERVICES)


_BROWSERS: Final = (
    ("YaBrowser", "Яндекс Браузер"),
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS: Final = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)


def device_name(user_agent: str) -> str:
    """«Chrome, Android»: what a person calls the device, and no more of it than that."""
    named = [
        next((name for sign, name in known if sign in user_agent), None)
        for known in (_BROWSERS, _SYSTEMS)
    ]
    return ", ".join(one for one in named if one is not None)
