"""The pure parts behind the pages: descriptions, grounds, kept choices."""

from datetime import date
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as some

from core.features.polls.domain import Option, Paper, Question
from core.features.polls.web.public import pack_choices, unpack_choices
from core.features.polls.web.shown import Line, grounds, prose
from core.rules.explain import ClauseWords, ReasonWords


def paper(sizes: list[int]) -> Paper:
    return Paper(
        tuple(
            Question(
                id=UUID(int=1000 * (n + 1)),
                title=f"Вопрос {n}",
                options=tuple(
                    Option(UUID(int=1000 * (n + 1) + k + 1), f"Вариант {k}") for k in range(size)
                ),
                max_choices=size,
            )
            for n, size in enumerate(sizes)
        )
    )


@given(some.data(), some.lists(some.integers(2, 8), min_size=1, max_size=6))
def test_kept_choices_come_back_as_they_were(data, sizes):
    one = paper(sizes)
    sent = {
        str(question.id): data.draw(
            some.lists(
                some.sampled_from([str(option.id) for option in question.options]),
                unique=True,
                min_size=1,
            )
        )
        for question in one.questions
    }
    assert unpack_choices(one, pack_choices(one, sent)) == sent


@given(some.text(max_size=200))
def test_a_cookie_of_any_text_makes_no_trouble(text):
    one = paper([3, 2])
    found = unpack_choices(one, text)
    assert set(found) <= {str(question.id) for question in one.questions}


def test_a_description_has_paragraphs_lists_and_links():
    assert prose("Раз\nдва\n\n- три\n- четыре\n\nhttps://example.org/a?b=1&c=2.") == (
        "<p>Раз<br>два</p><ul><li>три</li><li>четыре</li></ul>"
        '<p><a href="https://example.org/a?b=1&amp;c=2" rel="nofollow noopener">'
        "https://example.org/a?b=1&amp;c=2</a>.</p>"
    )
    assert prose("") == ""
    assert prose("  \n\n ") == ""


@given(some.text(alphabet=some.sampled_from("<>\"'&=/:.-\n htpsjavcri")))
def test_a_description_never_opens_a_tag_of_its_own(text):
    html = prose(text)
    for tag in ("<p>", "</p>", "<ul>", "</ul>", "<li>", "</li>", "<br>", "</a>"):
        html = html.replace(tag, "")
    rest = html.replace('<a href="http', "").replace('" rel="nofollow noopener">', "")
    assert "<" not in rest
    assert ">" not in rest


def clause(number: str, act: str) -> ClauseWords:
    return ClauseWords(
        number=number,
        act_title=act,
        act_number="1",
        act_date="1 января 2026",
        act_adopted=date(2026, 1, 1),
        link=None,
        example=False,
        citation=f"{number}, {act}, № 1",
    )


def reason(text: str, *clauses: ClauseWords, kind="value") -> ReasonWords:
    return ReasonWords(
        kind=kind,
        text=text,
        next_step=None,
        module="m",
        edition=1,
        values=(),
        clauses=clauses,
    )


def test_each_act_is_named_once_with_all_that_rests_on_it():
    found = grounds(
        [
            reason("Кворум.", clause("п. 1", "Регламент")),
            reason("Срок.", clause("п. 2", "Регламент"), clause("п. 3", "Регламент")),
            reason("Баллы.", clause("п. 1", "Порядок")),
            reason("Кворум.", clause("п. 1", "Регламент")),
        ]
    )
    assert [one.act for one in found] == ["Регламент, № 1", "Порядок, № 1"]
    assert found[0].lines == (Line("п. 1", "Кворум."), Line("п. 2, п. 3", "Срок."))


def test_advice_and_silence_are_not_grounds():
    assert grounds([reason("Совет.", clause("п. 1", "Акт"), kind="advice")]) == ()
    assert grounds([reason("Молчание.", kind="silence")]) == ()
