"""Decisions on blocking: recorded with a protocol, felt at once, ended by a term or a reason."""

from datetime import date, timedelta

import pytest

from core.features.bonus import queries as bonus
from core.features.bonus.service import Earned, credit
from core.identity.model import Resident
from core.kit.errors import Conflict, Invalid
from core.kit.ids import new_id
from core.moderation import blocking, queries
from core.moderation.blocking import Decided
from core.moderation.domain import GroundChosen
from core.rules import Refused
from tests.features.polls.build import official, resident
from tests.moderation.build import (
    BLOCK,
    LINK,
    REVIEW,
    journal,
    moderators,
    notices,
    refused,
    submitted,
)

TODAY = date(2026, 6, 15)


@pytest.fixture
def perm(runtime):
    return next(one for one in runtime.registry.all() if one.slug == "perm")


def decided(work, city, **other):
    with work(city) as w:
        posts = tuple(one.post for one in blocking.members_to_choose(w))[:2]
    values = {
        "protocol_number": "7",
        "protocol_on": TODAY,
        "posts": posts,
        "reason": "Оскорблял соседей.",
        "until": None,
        **other,
    }
    return Decided(**values)


@pytest.fixture
def guilty(runtime, city, work):
    """An author with points whose item was refused: (resident, letter, who recorded)."""
    two = moderators(runtime, city)
    with work(city) as w:
        author = resident(w)
        for _ in range(3):
            credit(
                w,
                [
                    Earned(
                        event=new_id(),
                        resident_id=author,
                        act="vote",
                        subject="poll:x",
                        day=w.today,
                        offered=5,
                    )
                ],
            )
    letter = refused(runtime, city, *two, item=submitted(runtime, city, author=author))
    return author, letter, two[0]


def blocked_at(work, city, author):
    with work(city) as w:
        return w.session.get_one(Resident, author).blocked_at


def test_a_decision_keeps_somebody_out_and_annuls_once(work, city, guilty, deliver):
    author, letter, me = guilty
    with work(city, me) as w:
        block_id = blocking.block(w, letter, decided=decided(work, city))
        assert blocking.block(w, letter, decided=decided(work, city)) == block_id
    assert blocked_at(work, city, author) is not None
    with work(city) as w:
        assert bonus.balance(w.session, author) == 15
    deliver()
    deliver()
    with work(city) as w:
        assert bonus.balance(w.session, author) == 0
        transfers, _more = bonus.statement(w.session, author)
        assert (transfers[0].act, transfers[0].points) == ("annulment", -15)
        clauses = [c["number"] for r in transfers[0].reasons for c in r["clauses"]]
        assert clauses == ["п. 3.9"]
        assert bonus.unsound_accounts(w.session) == ()
        (notice,) = notices(w, "moderation.blocked")
        assert notice.recipient_id == author
        assert "Оскорблял соседей." in str(notice.body)
        assert "не установлен" in str(notice.body)
        assert journal(w, "moderation.blocked") == journal(w, "bonus.annulled") == 1
        block = queries.block_in_force(w.session, author)
        assert block is not None
        assert {c["number"] for r in block.reasons for c in r["clauses"]} == {"п. 3.9", "п. 2"}
        assert len(block.members) == 2


def test_nothing_to_annul_is_no_movement(runtime, work, city, deliver):
    two = moderators(runtime, city)
    letter = refused(runtime, city, *two)
    with work(city, two[0]) as w:
        blocking.block(w, letter, decided=decided(work, city))
    deliver()
    with work(city) as w:
        author = queries.letter(w.session, letter).addressee_id
        assert bonus.statement(w.session, author) == ((), None)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"protocol_number": " "}, "protocol_number"),
        ({"protocol_on": TODAY + timedelta(days=1)}, "protocol_on"),
        ({"reason": "  "}, "reason"),
        ({"posts": ()}, "members"),
        ({"posts": ("culture_head",)}, "members"),
        ({"until": TODAY - timedelta(days=1)}, "until"),
    ],
)
def test_what_a_decision_must_say(work, city, guilty, wrong, field):
    author, letter, me = guilty
    with pytest.raises(Invalid) as problem, work(city, me) as w:
        blocking.block(w, letter, decided=decided(work, city, **wrong))
    assert field in problem.value.fields
    assert blocked_at(work, city, author) is None


def test_one_person_is_no_body(work, city, guilty):
    _author, letter, me = guilty
    one = decided(work, city)
    alone = Decided(**{**_values(one), "posts": one.posts[:1]})
    with pytest.raises(Refused) as problem, work(city, me) as w:
        blocking.block(w, letter, decided=alone)
    assert [clause.number for clause in problem.value.decision.clauses] == ["п. 2"]


def _values(one):
    return {name: getattr(one, name) for name in one.__struct_fields__}


def test_one_block_at_a_time(work, city, guilty):
    _author, letter, me = guilty
    with work(city, me) as w:
        blocking.block(w, letter, decided=decided(work, city))
    with pytest.raises(Conflict), work(city, me) as w:
        blocking.block(w, letter, decided=decided(work, city, protocol_number="8"))


def test_the_right_to_block_is_its_own(runtime, work, city, guilty):
    _author, letter, _me = guilty
    other = official(runtime, city, "desk.enter", but_not=(BLOCK, REVIEW))
    with pytest.raises(Refused), work(city, other) as w:
        blocking.block(w, letter, decided=decided(work, city))


def test_a_term_ends_by_itself(work, city, guilty, deliver, clock):
    author, letter, me = guilty
    with work(city, me) as w:
        until = TODAY + timedelta(days=2)
        block_id = blocking.block(w, letter, decided=decided(work, city, until=until))
    deliver()
    clock.move(timedelta(days=2, hours=11))
    deliver()
    assert blocked_at(work, city, author) is not None, "the last day is a day of the block"
    clock.move(timedelta(hours=2))
    deliver()
    assert blocked_at(work, city, author) is None
    with work(city) as w:
        block = queries.block(w.session, block_id)
        assert block is not None
        assert block.ended == "expired"
        assert len(notices(w, "moderation.unblocked")) == 1


def test_lifting_needs_a_reason_and_outlives_the_term(work, city, guilty, deliver, clock):
    author, letter, me = guilty
    with work(city, me) as w:
        until = TODAY + timedelta(days=2)
        block_id = blocking.block(w, letter, decided=decided(work, city, until=until))
        with pytest.raises(Invalid):
            blocking.lift(w, block_id, reason="")
        assert blocking.lift(w, block_id, reason="Суд отменил решение.")
        assert not blocking.lift(w, block_id, reason="Суд отменил решение.")
    assert blocked_at(work, city, author) is None
    with work(city, me) as w:
        again = blocking.block(w, letter, decided=decided(work, city, protocol_number="9"))
    clock.move(timedelta(days=4))
    deliver()
    assert blocked_at(work, city, author) is not None, "the old term is not the new block's"
    with work(city) as w:
        assert queries.block_in_force(w.session, author).id == again


def test_a_city_s_longest_term_binds(runtime, work, perm, deliver):
    two = moderators(runtime, perm)
    letter = refused(runtime, perm, *two)
    for until in (None, TODAY + timedelta(days=90)):
        with pytest.raises(Invalid) as problem, work(perm, two[0]) as w:
            blocking.block(w, letter, decided=decided(work, perm, until=until))
        assert list(problem.value.fields) == ["until"]
    with work(perm, two[0]) as w:
        until = TODAY + timedelta(days=89)
        blocking.block(w, letter, decided=decided(work, perm, until=until))
        assert (
            w.session.get_one(Resident, queries.letter(w.session, letter).addressee_id).blocked_at
            is not None
        )
    deliver()
    with work(perm) as w:
        assert journal(w, "bonus.annulled") == 0


def test_not_every_refusal_leads_to_a_block(runtime, work, perm):
    two = moderators(runtime, perm)
    letter = refused(runtime, perm, *two, grounds=(GroundChosen("duplicate", LINK),))
    decision = decided(work, perm, until=TODAY + timedelta(days=5))
    with pytest.raises(Refused) as problem, work(perm, two[0]) as w:
        blocking.block(w, letter, decided=decision)
    assert [clause.number for clause in problem.value.decision.clauses] == ["п. 5.1"]


def test_the_form_says_what_the_rules_say(work, city, guilty):
    _author, letter, me = guilty
    with work(city, me) as w:
        sent = queries.letter(w.session, letter)
        terms = blocking.terms(w, sent, 3)
        assert terms.allowed.allowed
        assert terms.days.value is None
        assert terms.annuls.allowed
        assert [one.post for one in blocking.members_to_choose(w)] == [
            "analytics_head",
            "analytics_specialist",
            "pr_specialist",
        ]
