"""Officials: rights by post and by the city's regulation, from day to day; the second factor."""

from datetime import timedelta

import pyotp
import pytest

from core.audit.model import AuditEntry
from core.identity import access, staff, totp
from core.identity.limits import TooMany
from core.identity.messages import newest
from core.identity.model import Staff
from core.identity.posts import posts_on
from core.kit.actor import Anonymous, ResidentActor, StaffActor, SystemActor
from core.kit.clock import FixedClock
from core.kit.errors import Conflict, Forbidden, Invalid, NotFound, Problem, SignInNeeded
from core.rules import Entry, Refused, Regulation
from core.tenancy.tenant import Tenant
from tests.identity.build import Begin, acting, email, official, post_with, post_without, resident


def test_posts_come_from_the_regulation(work: Begin, city: Tenant) -> None:
    with work(city) as w:
        posts = staff.city_posts(w)
    assert posts
    assert len({one.key for one in posts}) == len(posts)
    assert any(one.permissions for one in posts)
    assert all(one.title and one.group_title and one.clause for one in posts)
    assert any(not one.permissions for one in posts), "a group without access (R22)"


def test_a_regulation_that_says_nothing_knows_no_posts(work: Begin, city: Tenant) -> None:
    with work(city) as w:
        assert posts_on(Regulation(), "people", w.today) == ()
        law = w.regulation
        ended = Regulation(
            99,
            law.acts.values(),
            law.procedures.values(),
            [*law.entries, Entry("people", "roles", "in_force", w.today, False)],
        )
        assert posts_on(ended, w.procedure("people"), w.today) == ()


def test_an_invitation_tells_the_person(work: Begin, city: Tenant) -> None:
    with work(city) as w:
        who = official(w, post_with(w, "desk.enter"), address=" Boss@Example.org ")
        (letter,) = newest(w, most=1)
        assert staff.find_by_contact(w, email("boss")) == who
    assert letter.address == "boss@example.org"
    assert "boss@example.org" in letter.body


def test_an_invitation_is_checked(work: Begin, city: Tenant) -> None:
    with work(city) as w:
        official(w)
        for more, field in (
            ({"name": " "}, "name"),
            ({"email": "nonsense"}, "email"),
            ({"email": "boss@example.org"}, "email"),
            ({"unit": "atlantis"}, "unit"),
            ({"posts": ("emperor",)}, "posts"),
        ):
            with pytest.raises(Invalid) as refused:
                staff.invite(w, **{"name": "Имя", "email": "new@example.org", "posts": (), **more})
            assert set(refused.value.fields) == {field}
        assert w.session.query(Staff).count() == 1


def test_rights_follow_posts_from_day_to_day(work: Begin, city: Tenant, clock: FixedClock) -> None:
    with work(city) as w:
        post = post_with(w, "desk.enter")
        who = official(w)
        assert acting(w, who).posts == ()
        held = staff.assign_post(w, who, post=post, since=w.today + timedelta(days=1))
        assert acting(w, who).posts == ()
    clock.move(timedelta(days=1))
    with work(city) as w:
        assert acting(w, who).posts == (post,)
        with pytest.raises(Conflict):
            staff.assign_post(w, who, post=post, since=w.today)
        staff.end_post(w, who, held, until=w.today + timedelta(days=1))
        assert acting(w, who).posts == (post,)
        with pytest.raises(NotFound):
            staff.end_post(w, who, held, until=w.today)
    clock.move(timedelta(days=1))
    with work(city) as w:
        assert acting(w, who).posts == ()
        (account,) = staff.accounts(w)
        assert account.held_on(w.today) == ()
        assert len(account.posts) == 1


def test_a_post_ends_no_earlier_than_it_began(work: Begin, city: Tenant) -> None:
    with work(city) as w:
        post = post_with(w, "desk.enter")
        who = official(w)
        held = staff.assign_post(w, who, post=post, since=w.today)
        with pytest.raises(Invalid):
            staff.end_post(w, who, held, until=w.today - timedelta(days=1))
        staff.end_post(w, who, held, until=w.today)
        assert acting(w, who).posts == ()


def test_the_regulation_decides_what_a_post_may(work: Begin, city: Tenant) -> None:
    with work(city) as w:
        allowed = acting(w, official(w, post_with(w, "people.manage")))
        denied = acting(w, official(w, post_without(w, "people.manage"), address="b@example.org"))
    with work(city, allowed) as w:
        assert access.may(w, "people.manage")
        access.require(w, "people.manage")
        assert not access.may(w, "universe.rule")
    with work(city, denied) as w:
        assert not access.may(w, "people.manage")
        with pytest.raises(Refused) as refused:
            access.require(w, "people.manage")
    assert refused.value.status == 403
    assert refused.value.decision.clauses, "a refusal names its clause"


def test_others_hold_no_rights(work: Begin, city: Tenant) -> None:
    with work(city) as w:
        anna = resident(w)
    with work(city, ResidentActor(anna)) as w:
        assert not access.may(w, "desk.enter")
        with pytest.raises(Forbidden):
            access.require(w, "desk.enter")
    with work(city, Anonymous()) as w:
        assert not access.may(w, "desk.enter")
        with pytest.raises(SignInNeeded):
            access.require(w, "desk.enter")
    with work(city, SystemActor("test")) as w:
        assert access.may(w, "desk.enter")


def test_a_decision_is_taken_once_for_each_work_and_actor(
    work: Begin, city: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    with work(city) as w:
        boss = acting(w, official(w, post_with(w, "desk.enter")))
    with work(city, boss) as w:
        asked = []
        decide = w.decide
        monkeypatch.setattr(
            w, "decide", lambda *a, **k: (asked.append(1), decide(*a, **k))[1], raising=False
        )
        assert access.may(w, "desk.enter")
        assert access.may(w, "desk.enter")
        assert len(asked) == 1
        w.actor = StaffActor(boss.id, boss.name, ())
        assert not access.may(w, "desk.enter")


def test_only_those_who_may_manage_people(work: Begin, city: Tenant) -> None:
    with work(city) as w:
        denied = acting(w, official(w, post_without(w, "people.manage")))
    attempts = (
        lambda w: staff.invite(w, name="Имя", email="x@example.org"),
        lambda w: staff.assign_post(w, denied.id, post="any", since=w.today),
        lambda w: staff.end_post(w, denied.id, denied.id, until=w.today),
        lambda w: staff.disable(w, denied.id),
        lambda w: staff.enable(w, denied.id),
        lambda w: totp.reset(w, denied.id),
    )
    for attempt in attempts:
        with pytest.raises(Refused), work(city, denied) as w:
            attempt(w)


def test_a_disabled_account_acts_no_more(work: Begin, city: Tenant) -> None:
    with work(city) as w:
        boss = acting(w, official(w, post_with(w, "people.manage")))
        who = official(w, post_with(w, "desk.enter"), address="other@example.org")
    with work(city, boss) as w:
        with pytest.raises(Conflict):
            staff.disable(w, boss.id)
        staff.disable(w, who)
        assert staff.load_staff_actor(w, who) is None
        assert staff.find_by_contact(w, email("other")) is None
        assert who not in {one.id for one in staff.holders(w, "desk.enter")}
        staff.enable(w, who)
        assert staff.load_staff_actor(w, who) is not None
        assert who in {one.id for one in staff.holders(w, "desk.enter")}


def test_what_is_done_to_accounts_is_in_the_journal(work: Begin, city: Tenant) -> None:
    with work(city) as w:
        who = official(w, post_with(w, "desk.enter"))
        (held,) = staff.require_account(w, who).posts
        staff.end_post(w, who, held.id, until=w.today)
        staff.disable(w, who)
        actions = [one.action for one in w.session.query(AuditEntry).order_by(AuditEntry.id)]
    assert actions == [
        "people.staff_invited",
        "people.post_assigned",
        "people.post_ended",
        "people.staff_disabled",
    ]


@pytest.fixture
def boss(work: Begin, city: Tenant) -> StaffActor:
    with work(city) as w:
        return acting(w, official(w, post_with(w, "people.manage")))


def enrol(work: Begin, city: Tenant, boss: StaffActor, clock: FixedClock) -> pyotp.TOTP:
    with work(city, boss) as w:
        phone = pyotp.TOTP(totp.begin_enrolment(w, boss.id).secret)
        totp.confirm_enrolment(w, boss.id, phone.at(clock.now()))
    return phone


def test_enrolling_takes_a_first_code(
    work: Begin, city: Tenant, boss: StaffActor, clock: FixedClock
) -> None:
    with work(city, boss) as w:
        shown = totp.begin_enrolment(w, boss.id)
        assert totp.begin_enrolment(w, boss.id).secret == shown.secret
        assert shown.uri.startswith("otpauth://totp/")
        assert shown.svg.startswith("<svg")
        assert "style=" not in shown.svg
        with pytest.raises(Invalid):
            totp.confirm_enrolment(w, boss.id, "000000")
        assert not totp.is_enrolled(w, boss.id)
        totp.confirm_enrolment(w, boss.id, pyotp.TOTP(shown.secret).at(clock.now()))
        assert totp.is_enrolled(w, boss.id)
        row = w.session.get(Staff, boss.id)
        assert row is not None
        assert row.totp_secret is not None
        assert shown.secret.encode() not in row.totp_secret
        with pytest.raises(Problem):
            totp.confirm_enrolment(w, boss.id, pyotp.TOTP(shown.secret).at(clock.now()))


def test_a_code_is_accepted_once(
    work: Begin, city: Tenant, boss: StaffActor, clock: FixedClock
) -> None:
    phone = enrol(work, city, boss, clock)
    with work(city, boss) as w, pytest.raises(Invalid):
        totp.check(w, boss.id, phone.at(clock.now()))
    clock.move(timedelta(seconds=60))
    with work(city, boss) as w:
        totp.check(w, boss.id, phone.at(clock.now()))
        with pytest.raises(Invalid):
            totp.check(w, boss.id, phone.at(clock.now()))
        # A phone that is a little slow.
        clock.move(timedelta(seconds=60))
    with work(city, boss) as w:
        totp.check(w, boss.id, phone.at(clock.now() - timedelta(seconds=30)))
        with pytest.raises(Invalid):
            totp.check(w, boss.id, phone.at(clock.now() - timedelta(minutes=5)))
        with pytest.raises(Invalid):
            totp.check(w, boss.id, "")


def test_guessing_is_cut_short(
    work: Begin, city: Tenant, boss: StaffActor, clock: FixedClock
) -> None:
    phone = enrol(work, city, boss, clock)
    clock.move(timedelta(minutes=2))
    with work(city, boss) as w:
        for _ in range(9):
            with pytest.raises(Invalid):
                totp.check(w, boss.id, "000000")
        with pytest.raises(TooMany):
            totp.check(w, boss.id, phone.at(clock.now()))


def test_an_administrator_resets_a_lost_phone(
    work: Begin, city: Tenant, boss: StaffActor, clock: FixedClock
) -> None:
    enrol(work, city, boss, clock)
    with work(city) as w:
        other = acting(w, official(w, post_with(w, "people.manage"), address="b@example.org"))
    with work(city, other) as w:
        totp.reset(w, boss.id)
        assert not totp.is_enrolled(w, boss.id)
        with pytest.raises(NotFound):
            totp.check(w, boss.id, "000000")
        with pytest.raises(NotFound):
            totp.begin_enrolment(w, resident(w))
