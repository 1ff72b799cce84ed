"""Readable colour, harmless pictures."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.tenancy.brand import (
    MINIMUM_CONTRAST,
    Oklch,
    accent_contrasts,
    contrast,
    svg_problems,
)

WHITE, BLACK = Oklch(1, 0, 0), Oklch(0, 0, 0)


def test_black_on_white_is_the_most() -> None:
    assert contrast(WHITE, BLACK) == pytest.approx(21, abs=0.01)
    assert contrast(BLACK, WHITE) == contrast(WHITE, BLACK)
    assert contrast(WHITE, WHITE) == 1


def test_a_known_colour() -> None:
    """#767676 is the lightest grey that reads on white: 4.54."""
    assert contrast(Oklch(0.5659, 0, 0), WHITE) == pytest.approx(4.54, abs=0.03)


@given(hue=st.floats(0, 359.9), chroma=st.floats(0, 0.2))
def test_ordinary_accents_read_everywhere(hue: float, chroma: float) -> None:
    assert min(accent_contrasts(hue, chroma).values()) >= MINIMUM_CONTRAST


def test_a_glaring_accent_does_not() -> None:
    assert min(accent_contrasts(30, 0.4).values()) < MINIMUM_CONTRAST


def svg(inside: str = "", *, head: str = 'viewBox="0 0 40 40"') -> str:
    return f'<svg xmlns="http://www.w3.org/2000/svg" {head}>{inside}</svg>'


@pytest.mark.parametrize(
    "inside",
    [
        '<g fill="#fff"><path d="M0 0h1"/></g>',
        '<defs><linearGradient id="a"><stop offset="1"/></linearGradient></defs>'
        '<rect fill="url(#a)"/>',
        '<symbol id="b"/><use href="#b"/>',
        "<!-- a remark --><title>Эмблема</title>",
    ],
)
def test_a_plain_drawing(inside: str) -> None:
    assert list(svg_problems(svg(inside), 1000)) == []


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (svg("<script>alert(1)</script>"), "<script> is not allowed"),
        (svg("<foreignObject/>"), "<foreignObject> is not allowed"),
        (svg("<image/>"), "<image> is not allowed"),
        (svg("<style>*{}</style>"), "<style> is not allowed"),
        (svg('<path onclick="x()"/>'), "attribute onclick"),
        (svg('<path style="fill:red"/>'), "attribute style"),
        (svg('<use href="https://example.org/a.svg#b"/>'), "points outside"),
        (svg('<rect fill="url(https://example.org/#a)"/>'), "points outside"),
        (
            svg('<use xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href="data:x"/>'),
            "points outside",
        ),
        (svg(head=""), "no viewBox"),
        ("<html/>", "root element"),
        ("<svg/>", "root element"),
        ("not a picture", "not SVG"),
        ("<!DOCTYPE svg>" + svg(), "DOCTYPE"),
        (svg("<?php ?>"), "DOCTYPE"),
        (svg("x" * 1000), "the most allowed"),
    ],
)
def test_a_picture_that_may_not_enter_a_page(text: str, problem: str) -> None:
    assert any(problem in found.en for found in svg_problems(text, 1000))
