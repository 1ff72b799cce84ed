"""The life of an idea: what may follow what, what everybody is told, and that every refusal has a
clause."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from core.features.ideas.domain import FOLLOWS, PUBLIC, Outcome, State
from core.features.ideas.model import IdeaStep, IdeaSupport, IdeaVersion
from core.features.ideas.queries import desk, one
from core.features.ideas.service import checking, following, life, merging, supporting, writing
from core.identity import own_data
from core.identity.model import Resident
from core.kit.actor import ResidentActor
from core.kit.errors import Conflict, Invalid, NotFound, SignInNeeded
from core.kit.ids import new_id
from core.kit.level import Level
from core.moderation.manifest import Refusal
from core.notify.model import NoticeRow
from core.rules import Refused
from tests.features.ideas import build


def step_kinds(work: Any, runtime: Any, city: Any, idea_id: UUID) -> list[str]:
    with work(city) as w:
        return [step.kind for step in one.steps(w.session, idea_id)]


def notices(work: Any, city: Any, person: UUID) -> list[str]:
    with work(city) as w:
        return [
            row.title["ru"]
            for row in w.session.scalars(
                select(NoticeRow).where(NoticeRow.recipient_id == person).order_by(NoticeRow.id)
            )
        ]


@pytest.fixture
def author(runtime, city) -> UUID:
    return build.residents(runtime, city, 1)[0]


def test_from_the_draft_to_the_deed(runtime, city, work, deliver, author) -> None:
    idea = build.sent(runtime, city, author=author)
    assert build.state_of(runtime, city, idea) is State.SUBMITTED
    build.let_through(runtime, city, idea)
    found = build.view(runtime, city, idea)
    assert found.state is State.COLLECTING
    assert found.governing_on is not None
    assert found.ends_at is not None
    assert found.terms is not None
    assert found.terms["threshold"]["value"] == 100
    people = build.residents(runtime, city, 100)
    build.support(runtime, city, idea, people)
    deliver()
    assert build.state_of(runtime, city, idea) is State.CONSIDERATION
    assert build.view(runtime, city, idea).supports == 100
    with work(city, build.official(runtime, city)) as w:
        life.decide(w, idea_id=idea, outcome=Outcome.TAKEN_UP, text=build.ANSWER)
        life.start_work(w, idea_id=idea)
        life.finish(w, idea_id=idea, note="Поставили двенадцать лавочек.")
    deliver()
    assert build.state_of(runtime, city, idea) is State.DONE
    assert step_kinds(work, runtime, city, idea) == [
        "submitted",
        "collecting",
        "consideration",
        "taken_up",
        "in_work",
        "done",
    ]
    told = notices(work, city, author)
    assert [one_.split(":")[0] for one_ in told] == [
        "Собирает поддержку",
        "На рассмотрении",
        "Принята к реализации",
        "В работе",
        "Сделано",
    ]
    deliver()
    assert notices(work, city, author) == told


def test_a_considered_idea_is_owed_an_answer(runtime, city, work) -> None:
    from core.deadlines.obligations import of_subject

    idea = build.considered(runtime, city)
    with work(city) as w:
        (owed,) = of_subject(w.session, f"idea:{idea}")
        assert owed.state == "open"
        assert owed.due_on == w.today + timedelta(days=30)
        life.decide(w, idea_id=idea, outcome=Outcome.DECLINED, text=build.ANSWER)
    with work(city) as w:
        (owed,) = of_subject(w.session, f"idea:{idea}")
        assert owed.state == "done"
        life.consider(w, idea_id=idea, note="Появились деньги.")
    with work(city) as w:
        assert [one_.state for one_ in of_subject(w.session, f"idea:{idea}:2")] == ["open"]


def test_declining_without_an_answer_is_refused_with_its_clause(runtime, city, work) -> None:
    idea = build.considered(runtime, city)
    with work(city) as w, pytest.raises(Refused) as refused:
        life.decide(w, idea_id=idea, outcome=Outcome.DECLINED, text="Нет.")
    clauses = [clause for reason in refused.value.decision.reasons for clause in reason.clauses]
    assert [clause.number for clause in clauses] == ["п. 3.2"]
    assert build.state_of(runtime, city, idea) is State.CONSIDERATION


def test_too_little_support(runtime, city, work, deliver, clock) -> None:
    idea = build.published(runtime, city)
    build.support(runtime, city, idea, build.residents(runtime, city, 3))
    clock.move(timedelta(days=92))
    deliver()
    found = build.view(runtime, city, idea)
    assert found.state is State.UNSUPPORTED
    assert found.supports == 3
    with work(city) as w:
        last = one.steps(w.session, idea)[-1]
        assert last.reasons
        assert {"п. 2.1", "п. 2.2"} <= {
            clause["number"] for reason in last.reasons for clause in reason["clauses"]
        }


@pytest.mark.parametrize("state", [one_ for one_ in State if one_ is not State.DRAFT])
def test_no_step_outside_the_map(runtime, city, work, state) -> None:
    idea = build.published(runtime, city)
    build.put(runtime, city, idea, state=state)
    for wanted in State:
        if wanted in FOLLOWS[state]:
            continue
        with work(city) as w, pytest.raises(Conflict):
            life.change_state(w, idea, wanted)


def test_submitting_twice_is_one_idea(runtime, city, work, author) -> None:
    idea_id = new_id()
    sent = []
    for _ in range(2):
        with work(city, ResidentActor(author)) as w:
            sent.append(
                writing.submit(
                    w,
                    author_id=author,
                    idea_id=idea_id,
                    draft=build.draft(city),
                    acknowledged=True,
                )
            )
    assert sent[0].number == sent[1].number
    with work(city) as w:
        assert len(one.ideas_of(w.session, author)) == 1
        assert w.session.scalar(select(func.count()).select_from(IdeaStep)) == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": "Да"}, "title"),
        ({"title": "Ы" * 121}, "title"),
        ({"body": "коротко"}, "body"),
        ({"topic": None}, "topic"),
        ({"topic": "no-such"}, "topic"),
        ({"district": "no-such"}, "district"),
    ],
)
def test_what_is_missing_is_said(runtime, city, work, author, changes, field) -> None:
    with pytest.raises(Invalid) as problem:
        build.sent(runtime, city, author=author, **changes)
    assert set(problem.value.fields) == {field}


def test_the_notice_must_be_ticked(runtime, city, work, author) -> None:
    with work(city, ResidentActor(author)) as w, pytest.raises(Invalid) as problem:
        writing.submit(
            w,
            author_id=author,
            idea_id=new_id(),
            draft=build.draft(city),
            acknowledged=False,
        )
    assert set(problem.value.fields) == {"notice"}


@pytest.mark.parametrize(
    ("known", "clause"),
    [
        ({"level": Level.NONE}, "п. 1.2"),
        ({"born_on": None}, "п. 1.1"),
    ],
)
def test_who_may_not_suggest_is_told_why(runtime, city, work, known, clause) -> None:
    (person,) = build.residents(runtime, city, 1, **known)
    with pytest.raises(Refused) as refused:
        build.sent(runtime, city, author=person)
    reasons = refused.value.decision.reasons
    assert [one_.number for reason in reasons for one_ in reason.clauses] == [clause]


def test_a_blocked_author_neither_suggests_nor_supports(runtime, city, work) -> None:
    idea = build.published(runtime, city)
    (person,) = build.residents(runtime, city, 1)
    with work(city) as w:
        w.session.get_one(Resident, person).blocked_at = w.now
    for attempt in (
        lambda: build.sent(runtime, city, author=person),
        lambda: build.support(runtime, city, idea, [person]),
    ):
        with pytest.raises(Refused) as refused:
            attempt()
        reasons = refused.value.decision.reasons
        assert [one_.number for reason in reasons for one_ in reason.clauses] == ["п. 3.9"]


def test_a_refusal_is_kept_with_its_grounds(runtime, city, work, deliver, author) -> None:
    idea = build.sent(runtime, city, author=author)
    refusal = Refusal(
        letter_id=new_id(),
        number=7,
        grounds=("advertising",),
        text="Уважаемая Мария!",
        reasons=({"text": "Реклама", "clauses": [{"number": "п. 3.8(6)"}]},),
    )
    with work(city) as w:
        checking.refuse_idea(w, idea, refusal)
    with work(city) as w:
        checking.refuse_idea(w, idea, refusal)
    found = build.view(runtime, city, idea)
    assert found.state is State.REFUSED
    with work(city) as w:
        last = one.steps(w.session, idea)[-1]
        assert last.reasons[0]["clauses"][0]["number"] == "п. 3.8(6)"
    with work(city) as w:
        checking.publish_idea(w, idea)
    assert build.state_of(runtime, city, idea) is State.COLLECTING
    with work(city, ResidentActor(author)) as w:
        sent = writing.edit(
            w, author_id=author, idea_id=idea, draft=build.draft(city, title="Лавочки на тропе")
        )
    assert not sent.published
    assert build.state_of(runtime, city, idea) is State.SUBMITTED


def test_the_text_stands_once_somebody_supports_it(runtime, city, work, author) -> None:
    idea = build.published(runtime, city, author=author)
    build.support(runtime, city, idea, build.residents(runtime, city, 1))
    with work(city, ResidentActor(author)) as w, pytest.raises(Conflict):
        writing.edit(w, author_id=author, idea_id=idea, draft=build.draft(city, title="Другое"))
    with work(city, ResidentActor(author)) as w:
        wish = writing.amend(
            w,
            author_id=author,
            idea_id=idea,
            title=build.TITLE,
            body=build.BODY + " И урны рядом.",
            note="Добавила урны.",
        )
    assert wish is not None
    assert build.view(runtime, city, idea).body == build.BODY
    with work(city) as w:
        checking.publish_amendment(w, wish)
    with work(city) as w:
        checking.publish_amendment(w, wish)
    found = build.view(runtime, city, idea)
    assert found.body.endswith("И урны рядом.")
    assert found.version == 2
    with work(city) as w:
        assert [one_.body for one_ in one.versions(w.session, idea)] == [found.body, build.BODY]


def test_a_refused_amendment_changes_nothing(runtime, city, work, author) -> None:
    idea = build.published(runtime, city, author=author)
    build.support(runtime, city, idea, build.residents(runtime, city, 1))
    with work(city, ResidentActor(author)) as w:
        wish = writing.amend(
            w,
            author_id=author,
            idea_id=idea,
            title="Совсем другое дело",
            body=build.BODY,
            note="Передумала.",
        )
    assert wish is not None
    with work(city) as w:
        checking.refuse_amendment(w, wish, Refusal(new_id(), 8, ("x",), "…", ()))
    assert build.view(runtime, city, idea).title == build.TITLE
    with work(city) as w:
        assert w.session.scalar(select(func.count()).select_from(IdeaVersion)) == 1


def test_an_author_takes_an_idea_back(runtime, city, work, author) -> None:
    idea = build.published(runtime, city, author=author)
    with work(city, ResidentActor(author)) as w:
        writing.withdraw(w, author_id=author, idea_id=idea)
        writing.withdraw(w, author_id=author, idea_id=idea)
    assert build.state_of(runtime, city, idea) is State.WITHDRAWN
    other = build.published(runtime, city)
    with work(city, ResidentActor(author)) as w, pytest.raises(NotFound):
        writing.withdraw(w, author_id=author, idea_id=other)


def test_an_erased_author_leaves_the_idea_without_a_name(
    runtime, city, work, deliver, author
) -> None:
    public = build.published(runtime, city, author=author)
    waiting = build.sent(runtime, city, author=author)
    with work(city, ResidentActor(author)) as w:
        drafted = writing.save_draft(w, author_id=author, draft=build.draft(city))
        own_data.erase(w, author)
    deliver()
    found = build.view(runtime, city, public)
    assert (found.author_id, found.author_name, found.state) == (None, "", State.COLLECTING)
    assert build.view(runtime, city, waiting).state is State.WITHDRAWN
    with work(city) as w:
        assert one.idea_view(w.session, drafted) is None
        assert desk.followers(w.session, public) == []
    with pytest.raises(SignInNeeded):
        build.support(runtime, city, public, [author])


def test_followers_are_told_once(runtime, city, work, deliver) -> None:
    idea = build.considered(runtime, city)
    (reader,) = build.residents(runtime, city, 1)
    deliver()
    with work(city) as w:
        following.follow(w, idea_id=idea, resident_id=reader)
        following.follow(w, idea_id=idea, resident_id=reader)
    answer = new_id()
    for _ in range(2):
        with work(city, build.official(runtime, city)) as w:
            life.answer(w, idea_id=idea, text="Считаем стоимость.", answer_id=answer)
    deliver()
    assert [one_.split(":")[0] for one_ in notices(work, city, reader)] == ["Официальный ответ"]


def test_merging_moves_only_those_who_agree(runtime, city, work, deliver, clock) -> None:
    first, second = build.published(runtime, city), build.published(runtime, city)
    people = build.residents(runtime, city, 6)
    build.support(runtime, city, first, people[:4])
    build.support(runtime, city, second, people[3:])
    with work(city, build.official(runtime, city)) as w:
        merge = merging.offer(w, idea_id=first, original_id=second, note="Об одном и том же.")
        assert merging.offer(w, idea_id=first, original_id=second, note="") == merge
    deliver()
    assert any("Перенести" in one_ for one_ in notices(work, city, people[0]))
    with work(city) as w:
        for person, agreed in ((people[0], True), (people[1], False), (people[3], True)):
            merging.reply(w, idea_id=first, resident_id=person, agreed=agreed)
        assert desk.merge_counts(w.session, merge) == (2, 1)
        assert one.live_supports(w.session, first) == 4
    clock.move(timedelta(days=16))
    deliver()
    found = build.view(runtime, city, first)
    assert found.state is State.MERGED
    assert found.merged_into == second
    with work(city) as w:
        assert set(desk.supporters(w.session, first)) == {people[1], people[2]}
        assert set(desk.supporters(w.session, second)) == {people[0], *people[3:]}
        assert one.live_supports(w.session, first) == 2
        assert one.live_supports(w.session, second) == 4
    assert build.view(runtime, city, first).supports == 2
    assert build.view(runtime, city, second).supports == 4
    # Who was moved takes support back from a counter that knows them.
    supporting.take_back(runtime, city, idea_id=second, resident_id=people[0])
    with work(city) as w:
        assert one.live_supports(w.session, second) == 3


def test_merging_can_be_called_off(runtime, city, work, deliver, clock) -> None:
    first, second = build.published(runtime, city), build.published(runtime, city)
    people = build.residents(runtime, city, 2)
    build.support(runtime, city, first, people)
    with work(city, build.official(runtime, city)) as w:
        merging.offer(w, idea_id=first, original_id=second, note="")
        merging.cancel(w, idea_id=first, note="Разные места.")
        merging.cancel(w, idea_id=first)
    clock.move(timedelta(days=16))
    deliver()
    assert build.state_of(runtime, city, first) is State.COLLECTING
    with work(city) as w, pytest.raises(Conflict):
        merging.reply(w, idea_id=first, resident_id=people[0], agreed=True)


def test_work_on_a_measure_is_work_on_its_ideas(runtime, city, work, deliver) -> None:
    import msgspec

    class Changed(msgspec.Struct):
        measure_id: UUID
        idea_ids: list[UUID]
        state: str

    idea = build.decided(runtime, city)
    declined = build.decided(runtime, city, Outcome.DECLINED)
    for state, expected in (("in_work", State.IN_WORK), ("done", State.DONE)):
        with work(city) as w:
            w.emit("plan.measure_changed", Changed(new_id(), [idea, declined], state))
        deliver()
        assert build.state_of(runtime, city, idea) is expected
        assert build.state_of(runtime, city, declined) is State.DECLINED


def test_another_city_knows_nothing_of_it(runtime, city, other_city, work) -> None:
    idea = build.published(runtime, city)
    (stranger,) = build.residents(runtime, other_city, 1)
    with pytest.raises(NotFound):
        build.support(runtime, other_city, idea, [stranger])
    with pytest.raises(SignInNeeded):
        build.support(runtime, city, idea, [stranger])
    with work(other_city) as w:
        for act in (
            lambda: life.consider(w, idea_id=idea),
            lambda: life.decide(w, idea_id=idea, outcome=Outcome.TAKEN_UP, text=""),
            lambda: life.answer(w, idea_id=idea, text="Да"),
            lambda: following.follow(w, idea_id=idea, resident_id=stranger),
            lambda: merging.offer(w, idea_id=idea, original_id=new_id(), note=""),
        ):
            with pytest.raises(NotFound):
                act()


def test_counters_are_rows(runtime, city, work, deliver) -> None:
    idea = build.published(runtime, city)
    people = build.residents(runtime, city, 7)
    build.support(runtime, city, idea, people)
    build.support(runtime, city, idea, people[:3])
    for person in people[:2]:
        for _ in range(2):
            supporting.take_back(runtime, city, idea_id=idea, resident_id=person)
    deliver()
    with work(city) as w:
        rows = w.session.scalar(
            select(func.count()).select_from(IdeaSupport).where(IdeaSupport.idea_id == idea)
        )
        assert rows == one.live_supports(w.session, idea) == 5
    assert build.view(runtime, city, idea).supports == 5


def test_what_everybody_sees_is_what_the_index_covers() -> None:
    from core.features.ideas.model import _PUBLIC

    for state in State:
        assert (f"'{state.value}'" in str(_PUBLIC)) is (state in PUBLIC)
