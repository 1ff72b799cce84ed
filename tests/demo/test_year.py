"""A filled city is whole: counters, results, ledger and journal agree with their grounds."""

import random
from datetime import datetime, time

import msgspec
import pytest
from sqlalchemy import func, select, text

from core.audit.journal import broken_link
from core.demo.texts import read_texts
from core.feature import installed_features
from core.features.account.queries import demo_residents
from core.features.bonus import queries as points
from core.features.polls import queries
from core.features.polls.decisions import MAY_OPEN, OpenFacts
from core.features.polls.domain import State, Terms, voter_tag
from core.features.polls.model import Poll
from core.features.polls.service import life, topics
from core.features.polls.service.voting import eligibility
from core.identity import staff
from core.identity.model import Resident, ResidentContact
from core.kit.actor import SystemActor
from core.kit.crypto import unseal
from core.kit.level import Level
from core.kit.period import Period
from tests.demo.conftest import SMALL
from tests.demo.invariants import broken

SLUGS = pytest.mark.parametrize("slug", ["gubkinsky", "oktyabrsky", "perm", "tyumen"])


@pytest.fixture
def place(filled, slug):
    return filled.runtime.registry.by_slug(slug)


@pytest.fixture
def work(filled, place):
    with filled.runtime.work(place, SystemActor("test")) as opened:
        yield opened


def stored(value):
    """A value as the database gives it back."""
    return msgspec.json.decode(msgspec.json.encode(value))


def midnight(filled, place):
    """Where the year ends: nothing is later than the last midnight."""
    day = filled.clock.now().astimezone(place.zone).date()
    return datetime.combine(day, time.min, place.zone)


@SLUGS
def test_everything_fits_together(filled, place):
    assert broken(filled.owner, place, midnight(filled, place)) == {}


@SLUGS
def test_the_figures_are_those_of_the_folder(filled, place, work):
    texts = read_texts(filled.settings.tenants / place.slug).scaled(SMALL)
    assert work.session.scalar(select(func.count()).select_from(Resident)) == texts.scale.residents
    held = queries.totals(work.session)
    assert held.votes == texts.scale.votes
    stages = queries.state_counts(work.session)
    assert sum(stages.values()) == len(texts.polls)
    unopened = (State.DRAFT, State.REVIEW, State.SCHEDULED)
    assert sum(stages.get(state, 0) for state in unopened) == len(texts.polls) - len(texts.held)


@SLUGS
def test_a_recount_finds_the_same(work):
    """`life.count` goes back to roll and ballots, and would note any counter that differs."""
    opened = work.session.scalars(select(Poll).where(Poll.terms.is_not(None))).all()
    assert opened
    for poll in opened:
        counted = life.count(work, poll)
        if poll.results is not None:
            assert stored(counted) == poll.results
    recounts = "SELECT count(*) FROM audit_entry WHERE action = 'polls.recounted'"
    assert work.session.scalar(text(recounts)) == 0


@SLUGS
def test_who_voted_might_vote(work):
    """Asked once more through the service that asks for a page."""
    rows = work.session.execute(text("SELECT poll_id, resident_id FROM poll_roll")).all()
    views = {}
    for poll_id, resident_id in random.Random(5).sample(rows, min(60, len(rows))):
        view = views.setdefault(poll_id, queries.poll_view(work.session, poll_id))
        assert eligibility(work, poll=view, resident_id=resident_id).allowed


@SLUGS
def test_the_terms_are_those_of_the_opening(work):
    """Deciding anew by the law of that day comes to the same, with the same clauses."""
    for poll in work.session.scalars(select(Poll).where(Poll.terms.is_not(None))):
        if poll.extensions:
            continue
        length = Period(poll.opens_on, poll.closes_on).days
        standing = topics.standing(work, poll.plan_item, poll.opens_on)
        facts = OpenFacts(on=poll.governing_on, duration_days=length, standing=standing)
        opening = work.decide(MAY_OPEN, facts)
        assert stored(life.terms_of(work, poll, opening=opening)) == poll.terms
        assert poll.terms["appeal_days"]["reasons"]["ru"][0]["clauses"]


@SLUGS
def test_an_unsealed_poll_knows_its_voters_by_their_tags(filled, place, work):
    """Whoever has voted cannot vote again: the tag of the roll is the tag on the ballot."""
    (poll_id,) = work.session.scalars(select(Poll.id).where(Poll.state == "open").limit(1))
    key = unseal(
        filled.runtime.city_key(place, life.SECRET_PURPOSE),
        queries.sealed_key(work.session, poll_id),
    )
    voters = work.session.scalars(
        text("SELECT resident_id FROM poll_roll WHERE poll_id = :poll"), {"poll": poll_id}
    ).all()
    tags = work.session.scalars(
        text("SELECT DISTINCT voter_tag FROM poll_ballot WHERE poll_id = :poll"), {"poll": poll_id}
    ).all()
    assert {voter_tag(key, poll_id, one) for one in voters} == set(tags)


@SLUGS
def test_ledger_and_journal_are_sound(work, place):
    assert points.unsound_accounts(work.session) == ()
    assert broken_link(work.session) is None
    rewarded = work.session.scalar(text("SELECT count(*) FROM bonus_transfer"))
    assert (rewarded > 0) is place.profile.offers("bonus")


@SLUGS
def test_every_event_has_a_handler(filled, place):
    kinds = filled.owner.execute(
        "SELECT DISTINCT kind FROM platform.outbox WHERE role = %s", (place.role,)
    ).fetchall()
    handled = {handler.kind for one in installed_features() for handler in one.handlers}
    assert {kind for (kind,) in kinds} <= handled
    assert ("polls.closing_due",) in kinds


@SLUGS
def test_every_post_has_its_official(work):
    accounts = staff.accounts(work)
    held = {post.post for one in accounts for post in one.held_on(work.today)}
    assert held == {post.key for post in staff.city_posts(work)}
    assert all(one.email.endswith("example.org") and one.name for one in accounts)
    assert staff.holders(work, "polls.approve")


@SLUGS
def test_there_are_people_to_sign_in_as(work):
    """One for each level and one who is blocked: found by the demo's page and by contact."""
    shown = {("blocked" if one.blocked else one.level.value): one for one in demo_residents(work)}
    assert set(shown) == {*Level, "blocked"}
    for key, one in shown.items():
        assert one.born_on is not None
        assert one.district is not None
        contact = work.session.scalar(
            select(ResidentContact.value).where(ResidentContact.resident_id == one.id)
        )
        assert contact == (None if key == "none" else f"demo-{key}@example.org")


@SLUGS
def test_the_rest_of_the_profile_is_known_to_the_city(work, place):
    districts = {one.key for one in place.profile.districts}
    found = set(work.session.scalars(text("SELECT DISTINCT district FROM resident")))
    assert found - {None} <= districts
    for poll in work.session.scalars(select(Poll)):
        assert place.profile.topic(poll.topic)
        assert place.profile.unit(poll.initiator)


def test_the_operator_and_an_analyst_can_sign_in(filled):
    kinds = filled.owner.execute("SELECT kind FROM platform.operator ORDER BY kind").fetchall()
    assert kinds == [("analyst",), ("operator",)]


@pytest.mark.parametrize("slug", ["tyumen"])
def test_where_too_few_voted_the_city_decides(work):
    """In the small copy no poll of this city reaches its quorum: each is extended once, by the
    rule, and void if that did not help."""
    ended = work.session.scalars(select(Poll).where(Poll.results.is_not(None))).all()
    assert ended
    for poll in ended:
        terms = msgspec.convert(poll.terms, Terms)
        assert poll.results["counted"] < terms.needed
        assert terms.consequence == "extend"
        assert poll.extensions == 1 or life.latest_extension(work, poll) is None
        assert poll.state == "invalid"
