"""The wording of letters, and what an editor changed."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.features.moderation.domain import changes
from core.kit.text import Text
from core.moderation.grounds import deciding_posts, grounds_on
from core.moderation.letters import appeal, intro, proposed_body, whole


def test_a_letter_says_what_was_sent_and_when() -> None:
    said = intro(
        kind=Text(ru="Идея", en="Idea"),
        title="Лавочка",
        submitted_on=date(2026, 6, 12),
        locale="ru",
    )
    assert said == (
        "Здравствуйте! Мы проверили то, что вы отправили 12 июня 2026: идея «Лавочка». "
        "Опубликовать этот текст нельзя, и вот почему."
    )


@pytest.mark.parametrize("title", ["Скидка {day}", "100 %", "{", "«ёлочки»"])
def test_a_title_is_text_and_nothing_more(title: str) -> None:
    said = intro(
        kind=Text(ru="Идея", en="Idea"),
        title=title,
        submitted_on=date(2026, 6, 12),
        locale="ru",
    )
    assert f"«{title}»" in said


def test_what_can_be_done_about_it() -> None:
    assert "до 24 июня 2026" in appeal(until=date(2026, 6, 24), second=False, locale="ru")
    assert "другой сотрудник" in appeal(until=None, second=False, locale="ru")
    assert "повторной проверки" in appeal(until=None, second=True, locale="ru")


def test_the_whole_letter() -> None:
    text = whole(intro="Раз.", grounds=["Первое", "Второе"], body="Два.", appeal="Три.")
    assert text == "Раз.\n\n1. Первое\n2. Второе\n\nДва.\n\nТри."


def test_the_grounds_of_the_source(runtime, work, city) -> None:
    with work(city) as w:
        found = grounds_on(w.regulation, w.procedure("moderation"), w.today)
        assert [one.place for one in found] == [f"п. 3.8({n})" for n in range(1, 9)]
        assert [one.key for one in found if one.needs != "none"] == ["already_planned", "duplicate"]
        assert proposed_body(found[:2]) == f"{found[0].text}\n\n{found[1].text}"
        before = grounds_on(w.regulation, w.procedure("moderation"), date(2023, 10, 22))
        assert before == ()
        posts = deciding_posts(w.regulation, w.procedure("moderation"), "people", w.today)
        assert [post.clause for post in posts] == [f"раздел 2, п. 3.{n}" for n in (1, 2, 3)]


@given(st.text(max_size=80), st.text(max_size=80))
def test_changes_are_both_texts(before: str, after: str) -> None:
    found = changes(before, after)
    assert "".join(one.text for one in found if one.kind != "added") == before
    assert "".join(one.text for one in found if one.kind != "removed") == after


def test_changes_go_by_words() -> None:
    kinds = [(one.kind, one.text) for one in changes("Уберите телефон.", "Уберите адрес.")]
    assert kinds == [("same", "Уберите "), ("removed", "телефон."), ("added", "адрес.")]
