"""Pure parts of signing in: where to go afterwards, how a level of confirmation is explained."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote, urlsplit

from core.kit.level import Level
from core.kit.text import Text

HOME: Final = "/"
DESK: Final = "/desk"
_LONGEST: Final = 1500
# Going back to these after signing in would lead nowhere or sign out again.
_NEVER: Final = ("/sign-in", "/sign-out", "/demo")
_KEPT: Final = "/?&=#%+,;:@!$'()*~-._[]"


def return_path(value: str | None, fallback: str = HOME) -> str:
    """A path on this very host to go to after signing in, in ASCII; `fallback` for anything that
    could lead to another host, or back into signing in."""
    if not value or len(value) > _LONGEST or not value.startswith("/"):
        return fallback
    if "\\" in value or any(ord(sign) <= 32 or ord(sign) == 127 for sign in value):
        return fallback
    try:
        parts = urlsplit(value)
    except ValueError:
        return fallback
    # A doubled slash at the start names a host; urlsplit overlooks "///host", browsers do not.
    if parts.scheme or parts.netloc or "//" in value.partition("?")[0].partition("#")[0]:
        return fallback
    if any(parts.path == one or parts.path.startswith(f"{one}/") for one in _NEVER):
        return fallback
    return quote(value, safe=_KEPT, errors="replace")


def is_desk(path: str) -> bool:
    """Whether a path belongs to the staff desk."""
    return path == DESK or path.startswith((f"{DESK}/", f"{DESK}?"))


LEVEL_TITLES: Final[Mapping[Level, Text]] = {
    Level.NONE: Text(ru="Регистрация", en="Signed up"),
    Level.CONTACT: Text(ru="Почта или телефон", en="E-mail or phone"),
    Level.IDENTITY: Text(ru="Личность", en="Identity"),
    Level.RESIDENT: Text(ru="Проживание", en="Residence"),
}
"""The steps of confirmation, one or two words each."""

LEVEL_STANDING: Final[Mapping[Level, Text]] = {
    Level.NONE: Text(ru="Пока ничего не подтверждено", en="Nothing is confirmed yet"),
    Level.CONTACT: Text(
        ru="Подтверждены почта или телефон", en="Your e-mail or phone is confirmed"
    ),
    Level.IDENTITY: Text(ru="Личность подтверждена", en="Your identity is confirmed"),
    Level.RESIDENT: Text(
        ru="Проживание в городе подтверждено", en="Your residence in the city is confirmed"
    ),
}

LEVEL_ADVICE: Final[Mapping[Level, Text]] = {
    Level.NONE: Text(
        ru="Добавьте почту или телефон и подтвердите их кодом.",
        en="Add an e-mail address or a phone number and confirm it with a code.",
    ),
    Level.CONTACT: Text(
        ru="Правила города могут требовать большего: подтвердить личность или то, что вы здесь"
        " живёте. Рядом с опросом всегда сказано, чей голос учитывается.",
        en="The city's rules may ask for more: that you confirm who you are, or that you live"
        " here. Each poll says whose votes count.",
    ),
    Level.IDENTITY: Text(
        ru="Осталось подтвердить, что вы живёте в этом городе: для некоторых опросов это нужно.",
        en="What is left is to confirm that you live in this city: some polls ask for it.",
    ),
    Level.RESIDENT: Text(
        ru="Это самый высокий уровень: вам доступны все опросы, которые разрешают правила города.",
        en="This is the highest level: every poll that the city's rules open to you is yours.",
    ),
}
