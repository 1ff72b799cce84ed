"""Who may act for the city: by post, group and type of access, with the row of the table."""

import pytest

from core.identity.decisions import MAY_ACT, ActFacts
from core.rules import Decision
from plugins import roles
from plugins.roles import Access, Group, Post, Roles
from tests.plugins.law import ON, asked, one


def acting(permission: str, *posts: str) -> Decision[bool]:
    return asked(MAY_ACT, ActFacts(on=ON, posts=posts, permission=permission), procedure="people")


def test_a_post_with_a_row_of_its_own() -> None:
    decision = acting("polls.approve", "deputy_head")
    assert decision.allowed
    assert one(decision) == (
        "Это право есть у должности «Заместитель главы» (группа «Группа управления»).",
        None,
        ("раздел 2, строка 1.1",),
    )


def test_a_post_without_one_takes_the_row_of_its_group() -> None:
    decision = acting("polls.draft", "specialist")
    assert decision.allowed
    assert one(decision)[2] == ("раздел 2, строка 3",)


def test_one_of_several_posts_is_enough() -> None:
    assert acting("polls.draft", "head_of_sport", "specialist").allowed


def test_the_initiating_group_has_no_access() -> None:
    decision = acting("polls.draft", "head_of_sport")
    assert not decision.allowed
    assert one(decision) == (
        "У вашей группы нет права на это действие: "
        "Группа инициации — «Без права к информационному ресурсу».",
        "Это может сделать: Группа размещения и анализа.",
        ("раздел 2, строка 2",),
    )


def test_each_row_that_was_held_is_named() -> None:
    decision = acting("polls.approve", "head_of_sport", "specialist")
    assert one(decision)[2] == ("раздел 2, строка 2", "раздел 2, строка 3")


def test_what_nobody_may_do() -> None:
    assert one(acting("polls.erase", "specialist"))[1] == (
        "В регламенте это не поручено никому: обратитесь к администратору."
    )


@pytest.mark.parametrize("posts", [(), ("driver",)])
def test_an_unknown_post_is_refused_with_the_section(posts: tuple[str, ...]) -> None:
    decision = acting("polls.approve", *posts)
    assert one(decision) == (
        "Ваша должность не входит ни в одну группу регламента.",
        "Это может сделать: Группа управления.",
        ("раздел 2",),
    )


def test_cross_field_sense() -> None:
    post = Post("p", "Пост")
    group = Group("g", "Группа", "missing", "п. 1", (post, post))
    access = Access("a", "Доступ")
    problems = Roles(access=(access, access), groups=(group, group)).check()
    assert {problem.en for problem in problems} == {
        "Access a stands twice.",
        "Group g stands twice.",
        "Group g has an unknown access missing.",
        "Post p stands twice in group g.",
    }


def test_a_sound_table_has_no_problems() -> None:
    group = Group("g", "Группа", "a", "п. 1", (Post("p", "Пост"),))
    assert tuple(Roles(access=(Access("a", "Доступ"),), groups=(group,)).check()) == ()


def test_brings_its_module() -> None:
    assert roles.rule_modules() == (roles.MODULE,)
