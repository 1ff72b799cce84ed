"""Where signing in may lead: only ever to a page of this very host."""

from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.features.account.domain import (
    LEVEL_ADVICE,
    LEVEL_STANDING,
    LEVEL_TITLES,
    is_desk,
    return_path,
)
from core.kit.level import Level
from core.web.pages import local_path

HERE = "https://gubkinsky.example.org/sign-in"


@pytest.mark.parametrize(
    "path", ["/", "/polls", "/polls/7?from=/desk", "/polls?a=1&b=%D0%B4#part", "/a/..;/b"]
)
def test_a_page_of_this_host_is_kept(path: str) -> None:
    assert return_path(path) == path


@pytest.mark.parametrize(
    "path",
    [
        None,
        "",
        "polls",
        "https://evil.example.org/",
        "//evil.example.org",
        "///evil.example.org",
        "/\\evil.example.org",
        "\\\\evil.example.org",
        "/\t/evil.example.org",
        "/\n//evil.example.org",
        " /polls",
        "/polls\x7f",
        "/polls\r\nSet-Cookie: a=b",
        "javascript:alert(1)",
        "/.//evil.example.org",
        "/[",
        "/sign-in?next=/sign-in",
        "/sign-in/with/esia",
        "/sign-out",
        "/demo",
        "/" + "x" * 2000,
    ],
)
def test_anything_else_leads_home(path: str | None) -> None:
    expected = {"/[": "/["}.get(path or "", "/")
    assert return_path(path) == expected


@given(
    st.one_of(
        st.text(max_size=40),
        st.text(alphabet="/\\.:@?#%\t\r\n evil", max_size=20).map(lambda tail: "/" + tail),
        st.text(max_size=20).map(lambda tail: "//" + tail),
        st.text(max_size=20).map(lambda tail: "/опрос/" + tail),
    )
)
def test_no_text_leads_to_another_host(value: str) -> None:
    path = return_path(value)
    assert path.startswith("/")
    assert path.isascii()
    assert urlsplit(urljoin(HERE, path)).netloc == "gubkinsky.example.org"
    assert return_path(path) == path
    assert local_path(path) == path
    path.encode("latin-1")


def test_the_desk_is_told_apart() -> None:
    assert is_desk("/desk")
    assert is_desk("/desk/polls")
    assert is_desk("/desk?tab=1")
    assert not is_desk("/desktop")
    assert not is_desk("/polls?next=/desk")


@pytest.mark.parametrize("words", [LEVEL_TITLES, LEVEL_STANDING, LEVEL_ADVICE])
def test_every_level_is_worded(words: object) -> None:
    assert set(words) == set(Level)  # type: ignore[call-overload]
