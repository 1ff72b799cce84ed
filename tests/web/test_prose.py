"""Text that people typed becomes safe markup: nothing of it is a tag, addresses are links."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.web.prose import prose

_OURS = re.compile(
    r'</?(?:p|ul|li)>|<br>|<a href="https?://[^"<>]*" rel="nofollow ugc noopener noreferrer">|</a>',
    re.IGNORECASE,
)


@given(st.text(alphabet=st.sampled_from("<>\"'&/=:ahrefscriptjonlod. \n-htps0;#"), max_size=120))
def test_whatever_is_typed_only_our_own_tags_come_out(text):
    rest = _OURS.sub("", str(prose(text)))
    assert "<" not in rest
    assert ">" not in rest


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("", ""),
        ("Раз\nдва\n\nтри", "<p>Раз<br>два</p><p>три</p>"),
        ("- раз\n- два", "<ul><li>раз</li><li>два</li></ul>"),
        ("- не список", "<p>- не список</p>"),
        ("5 < 6 & 7", "<p>5 &lt; 6 &amp; 7</p>"),
        ("<b>x</b>", "<p>&lt;b&gt;x&lt;/b&gt;</p>"),
    ],
)
def test_lines_paragraphs_and_lists(typed, shown):
    assert str(prose(typed)) == shown


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("см. https://example.org/a?b=1&c=2.", "https://example.org/a?b=1&amp;c=2"),
        ("(http://example.org/a)", "http://example.org/a"),
        ("«https://example.org/»", "https://example.org/"),
        ('https://example.org/"onmouseover="x', "https://example.org/"),
    ],
)
def test_addresses_are_links_without_the_signs_after_them(typed, address):
    assert f'<a href="{address}" rel=' in prose(typed)


@pytest.mark.parametrize("typed", ["javascript:alert(1)", "data:text/html,x", "//example.org"])
def test_nothing_else_is_a_link(typed):
    assert "<a" not in prose(typed)


def test_a_long_address_is_shown_short_and_leads_to_the_whole():
    address = "https://example.org/" + "a" * 200
    found = prose(address)
    assert f'href="{address}"' in found
    assert found.count("a" * 200) == 1


def test_marks_that_turn_the_text_around_are_taken_out():
    assert "\u202e" not in prose("https://example.org/\u202egpj.exe")
