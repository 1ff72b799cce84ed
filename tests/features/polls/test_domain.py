"""Pure values of polls: choices, tallies, verdicts."""

from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.features.polls.domain import (
    SLOTS,
    Consequence,
    Option,
    Paper,
    Question,
    State,
    Verdict,
    canonical,
    chosen_options,
    count_ballots,
    counted_voters,
    judge,
    may_become,
    question_results,
    read_choices,
    slot_of,
    voter_tag,
)
from core.features.polls.service.voting import age_on
from core.kit.errors import Invalid
from core.kit.level import Level


@st.composite
def papers(draw):
    questions = []
    for _ in range(draw(st.integers(1, 4))):
        options = tuple(
            Option(id=draw(st.uuids(version=4)), title=f"в{n}")
            for n in range(draw(st.integers(2, 5)))
        )
        questions.append(
            Question(
                id=draw(st.uuids(version=4)),
                title="?",
                options=options,
                max_choices=draw(st.integers(1, len(options))),
            )
        )
    return Paper(tuple(questions))


@st.composite
def papers_with_choices(draw):
    paper = draw(papers())
    sent = {}
    for question in paper.questions:
        most = question.max_choices
        picked = draw(
            st.lists(st.sampled_from(question.options), min_size=1, max_size=most, unique=True)
        )
        sent[str(question.id)] = [str(option.id) for option in picked]
    return paper, sent


@given(papers_with_choices(), st.randoms())
def test_the_canonical_form_knows_no_order(given_, random):
    paper, sent = given_
    shuffled = {
        key: random.sample(value, len(value))
        for key, value in random.sample(list(sent.items()), len(sent))
    }
    assert canonical(read_choices(paper, sent)) == canonical(read_choices(paper, shuffled))


@given(papers_with_choices())
def test_the_canonical_form_keeps_every_choice(given_):
    paper, sent = given_
    text = canonical(read_choices(paper, sent))
    chosen = {UUID(option) for options in sent.values() for option in options}
    assert set(chosen_options(text)) == chosen
    assert list(chosen_options(text)) == sorted(chosen)
    assert chosen <= paper.option_ids()


@given(papers_with_choices(), st.integers(1, 5))
def test_repeats_count_once(given_, times):
    paper, sent = given_
    repeated = {key: value * times for key, value in sent.items()}
    assert read_choices(paper, repeated) == read_choices(paper, sent)


@given(papers())
def test_every_question_must_be_answered(paper):
    with pytest.raises(Invalid) as problem:
        read_choices(paper, {})
    assert set(problem.value.fields) == {str(question.id) for question in paper.questions}


@given(papers_with_choices())
def test_nothing_foreign_is_taken(given_):
    paper, sent = given_
    first = next(iter(sent))
    for wrong in (
        {**sent, first: [str(uuid4())]},
        {**sent, str(uuid4()): [str(uuid4())]},
        {**sent, first: ["; DROP TABLE poll"]},
    ):
        with pytest.raises(Invalid):
            read_choices(paper, wrong)


@given(st.lists(papers_with_choices().map(lambda given_: canonical(read_choices(*given_)))))
def test_a_recount_counts_each_choice(texts):
    votes = count_ballots(texts)
    assert sum(votes.values()) == sum(len(chosen_options(text)) for text in texts)


@given(papers(), st.data())
def test_shares_are_of_people(paper, data):
    people = data.draw(st.integers(0, 500))
    votes = {
        option.id: data.draw(st.integers(0, people))
        for question in paper.questions
        for option in question.options
    }
    for question in question_results(paper, votes, people):
        most = max(option.votes for option in question.options)
        for option in question.options:
            assert 0 <= option.share <= 1
            assert option.leads == (most > 0 and option.votes == most)


@given(
    st.one_of(st.none(), st.integers(0, 1000)),
    st.integers(0, 1000),
    st.sampled_from(list(Consequence)),
)
def test_a_verdict_follows_quorum_and_consequence(needed, counted, consequence):
    verdict = judge(needed=needed, counted=counted, consequence=consequence)
    reached = needed is None or counted >= needed
    assert (verdict is Verdict.VALID) == reached
    if not reached:
        void = consequence is not Consequence.INFORMATIONAL
        assert (verdict is Verdict.VOID) == void


@given(st.dictionaries(st.sampled_from([level.value for level in Level]), st.integers(0, 1000)))
def test_a_higher_level_never_counts_more(by_level):
    counted = [counted_voters(by_level, level) for level in Level]
    assert counted == sorted(counted, reverse=True)
    assert counted[0] == sum(by_level.values())


def test_final_states_lead_nowhere():
    for state in (State.PUBLISHED, State.INVALID, State.WITHDRAWN):
        assert not any(may_become(state, other) for other in State)


def test_every_state_can_be_reached():
    reached = {State.DRAFT}
    while True:
        more = {o for s in reached for o in State if may_become(s, o)} | reached
        if more == reached:
            break
        reached = more
    assert reached == set(State)


@given(st.uuids(version=4))
def test_slots_are_in_range(number):
    assert 0 <= slot_of(number) < SLOTS


def test_a_tag_belongs_to_one_poll_and_one_key():
    person, poll = uuid4(), uuid4()
    tags = {
        voter_tag(b"a" * 32, poll, person),
        voter_tag(b"b" * 32, poll, person),
        voter_tag(b"a" * 32, uuid4(), person),
        voter_tag(b"a" * 32, poll, uuid4()),
    }
    assert len(tags) == 4
    assert voter_tag(b"a" * 32, poll, person) in tags


@given(st.dates(), st.dates())
def test_age_grows_on_the_birthday(born, day):
    age = age_on(born, day)
    assert age == day.year - born.year - (1 if (day.month, day.day) < (born.month, born.day) else 0)
