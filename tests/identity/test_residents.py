"""One contact and one identity lead to one resident; levels are raised and never lowered."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.identity import own_data, profiles, residents
from core.identity.contacts import Contact
from core.identity.model import Resident, ResidentContact, ResidentLogin
from core.identity.oidc import Identity
from core.kit.actor import ResidentActor, SystemActor
from core.kit.clock import FixedClock
from core.kit.errors import Conflict, Forbidden, Invalid, NotFound, SignInNeeded
from core.kit.level import Level
from core.rules import Refused
from core.tenancy.tenant import Tenant
from core.work import Runtime
from tests.identity.build import (
    Begin,
    acting,
    email,
    official,
    phone,
    post_with,
    post_without,
    resident,
)


def identity(
    subject: str = "one", *, grants: Level = Level.IDENTITY, contacts: tuple[Contact, ...] = ()
) -> Identity:
    return Identity("esia", subject.encode(), grants, contacts)


def test_a_contact_makes_a_resident_once(work: Begin, city: Tenant) -> None:
    with work(city) as w:
        first = residents.find_or_create(w, contact=email())
        second = residents.find_or_create(w, contact=email())
        other = residents.find_or_create(w, contact=phone())
    assert (first.new, second.new, other.new) == (True, False, True)
    assert first.id == second.id != other.id
    with work(city) as w:
        profile = profiles.require_profile(w, first.id)
    assert profile.level is Level.CONTACT
    assert [one.contact for one in profile.contacts] == [email()]


def test_two_tabs_at_once_make_one_resident(runtime: Runtime, city: Tenant) -> None:
    def enter(_: int) -> UUID:
        with runtime.work(city, SystemActor("test")) as w:
            return residents.find_or_create(w, contact=email()).id

    with ThreadPoolExecutor(5) as pool:
        assert len(set(pool.map(enter, range(5)))) == 1
    with runtime.work(city, SystemActor("test")) as w:
        assert w.session.query(Resident).count() == 1
        assert w.session.query(ResidentContact).count() == 1


def test_a_provider_grants_its_level_and_a_code_does_not_lower_it(
    work: Begin, city: Tenant
) -> None:
    with work(city) as w:
        who = residents.find_or_create(
            w, identity=identity(grants=Level.RESIDENT, contacts=(email(),))
        ).id
    with work(city) as w:
        assert residents.find_or_create(w, contact=email()).id == who
        assert residents.find_or_create(w, identity=identity(grants=Level.CONTACT)).id == who
        assert profiles.require_profile(w, who).level is Level.RESIDENT


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(shown=st.lists(st.sampled_from(list(Level)), min_size=1, max_size=6))
def test_the_level_is_the_strongest_ever_shown(
    work: Begin, city: Tenant, shown: list[Level]
) -> None:
    with work(city) as w:
        who = residents.find_or_create(w, contact=email(uuid4().hex)).id
        for level in shown:
            profiles.raise_level(w, who, level)
        strongest = max([Level.CONTACT, *shown], key=list(Level).index)
        assert profiles.require_profile(w, who).level is strongest


def test_an_identity_does_not_take_over_an_account(work: Begin, city: Tenant) -> None:
    """A provider that brings somebody's e-mail neither opens that account nor makes a second."""
    with work(city) as w:
        resident(w, email())
    with pytest.raises(Conflict) as refused, work(city) as w:
        residents.find_or_create(w, identity=identity(contacts=(email(),)))
    assert "anna@example.org" in refused.value.title.ru
    with work(city) as w:
        assert w.session.query(Resident).count() == 1


def test_a_provider_is_linked_to_one_resident(work: Begin, city: Tenant) -> None:
    told = Identity("esia", b"one", Level.RESIDENT, (phone(),), date(1990, 5, 17), None)
    with work(city) as w:
        anna, boris = resident(w, email()), resident(w, email("boris"))
        residents.link_identity(w, anna, told)
        residents.link_identity(w, anna, told)
        profile = profiles.require_profile(w, anna)
    assert (profile.level, profile.born_on) == (Level.RESIDENT, date(1990, 5, 17))
    # Linking proves who somebody is; which contacts they use here is theirs to say.
    assert [one.contact for one in profile.contacts] == [email()]
    with pytest.raises(Conflict), work(city) as w:
        residents.link_identity(w, boris, told)
    with work(city) as w:
        assert profiles.require_profile(w, boris).level is Level.CONTACT


def test_adding_and_removing_contacts(work: Begin, city: Tenant) -> None:
    with work(city) as w:
        anna = resident(w, email())
        resident(w, email("boris"))
        residents.add_contact(w, anna, phone())
        residents.add_contact(w, anna, phone())
    with pytest.raises(Conflict), work(city) as w:
        residents.add_contact(w, anna, email("boris"))
    with work(city) as w:
        first, second = profiles.require_profile(w, anna).contacts
        residents.remove_contact(w, anna, first.id)
    with pytest.raises(Conflict), work(city) as w:
        residents.remove_contact(w, anna, second.id)
    with work(city) as w, pytest.raises(NotFound):
        residents.remove_contact(w, anna, first.id)


def test_nobody_removes_somebody_elses_contact(work: Begin, city: Tenant) -> None:
    with work(city) as w:
        anna, boris = resident(w, email()), resident(w, email("boris"))
        residents.add_contact(w, anna, phone())
        (first, _second) = profiles.require_profile(w, anna).contacts
        with pytest.raises(NotFound):
            residents.remove_contact(w, boris, first.id)


def test_two_removals_at_once_leave_a_way_to_sign_in(runtime: Runtime, city: Tenant) -> None:
    with runtime.work(city, SystemActor("test")) as w:
        anna = resident(w, email())
        residents.add_contact(w, anna, phone())
        both = [one.id for one in profiles.require_profile(w, anna).contacts]

    def remove(contact_id: UUID) -> bool:
        try:
            with runtime.work(city, SystemActor("test")) as w:
                residents.remove_contact(w, anna, contact_id)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(remove, both)) == 1


def test_a_profile_keeps_to_the_citys_lists(work: Begin, city: Tenant) -> None:
    district = city.profile.districts[0].key
    with work(city) as w:
        anna = resident(w)
        profiles.change_profile(w, anna, name="Анна", born_on=date(1985, 3, 2), district=district)
        profile = profiles.require_profile(w, anna)
        assert (profile.name, profile.born_on, profile.district) == (
            "Анна",
            date(1985, 3, 2),
            district,
        )
        for wrong, field in (
            ({"name": "x" * 121}, "name"),
            ({"born_on": w.today + timedelta(days=1)}, "born_on"),
            ({"born_on": date(1899, 12, 31)}, "born_on"),
            ({"district": "atlantis"}, "district"),
        ):
            with pytest.raises(Invalid) as refused:
                profiles.change_profile(
                    w, anna, **{"name": "", "born_on": None, "district": None, **wrong}
                )
            assert set(refused.value.fields) == {field}


def test_what_was_confirmed_is_not_changed_by_the_person(work: Begin, city: Tenant) -> None:
    with work(city) as w:
        anna = resident(w)
        profiles.change_profile(
            w, anna, name="Анна", born_on=date(2009, 3, 2), district=city.profile.districts[0].key
        )
        profiles.raise_level(w, anna, Level.RESIDENT)
        profile = profiles.require_profile(w, anna)
        assert profile.born_on_locked
        assert profile.district_locked
        with pytest.raises(Invalid) as refused:
            profiles.change_profile(w, anna, name="", born_on=date(1980, 1, 1), district=None)
        assert set(refused.value.fields) == {"born_on", "district"}
        profiles.change_profile(
            w, anna, name="Аня", born_on=profile.born_on, district=profile.district
        )


def test_staff_confirm_what_papers_say(work: Begin, city: Tenant) -> None:
    with work(city) as w:
        anna = resident(w)
        allowed = acting(w, official(w, post_with(w, "people.manage")))
        denied = acting(
            w, official(w, post_without(w, "people.manage"), address="other@example.org")
        )
    with pytest.raises(Refused) as refused, work(city, denied) as w:
        profiles.confirm_in_person(w, anna, level=Level.RESIDENT)
    assert refused.value.status == 403
    assert refused.value.decision.clauses
    with pytest.raises(Forbidden), work(city, ResidentActor(anna)) as w:
        profiles.confirm_in_person(w, anna, level=Level.RESIDENT)
    with work(city, allowed) as w:
        profiles.confirm_in_person(w, anna, level=Level.RESIDENT, born_on=date(1985, 3, 2))
        assert profiles.require_profile(w, anna).level is Level.RESIDENT
        with pytest.raises(Invalid):
            profiles.confirm_in_person(w, anna, level=Level.IDENTITY)


def test_somebody_who_erases_the_account_comes_back_as_the_same_person(
    work: Begin, city: Tenant, clock: FixedClock
) -> None:
    """The roll of an open poll knows the id: a new one would be a second vote."""
    with work(city) as w:
        anna = resident(w, email(), name="Анна")
        residents.link_identity(w, anna, identity())
        own_data.erase(w, anna)
        assert profiles.load_profile(w, anna) is None
        assert residents.find(w, contact=email()) is None
        assert not residents.is_free(w, email())
        boris = resident(w, email("boris"))
    with pytest.raises(Conflict), work(city) as w:
        residents.add_contact(w, boris, email())
    with pytest.raises(Conflict), work(city) as w:
        residents.link_identity(w, boris, identity())
    clock.move(timedelta(days=30))
    with work(city) as w:
        back = residents.find_or_create(w, contact=email())
        assert back == residents.Entered(anna, new=True)
        profile = profiles.require_profile(w, anna)
    assert (profile.name, profile.level, profile.logins) == ("", Level.CONTACT, ())


def test_by_a_provider_too(work: Begin, city: Tenant) -> None:
    with work(city) as w:
        anna = residents.find_or_create(w, identity=identity(contacts=(email(),))).id
        own_data.erase(w, anna)
        assert residents.find_or_create(w, identity=identity(contacts=(email(),))).id == anna
        own_data.erase(w, anna)
        # Another account at the provider, but the e-mail of the erased one.
        assert residents.find_or_create(w, identity=identity("two", contacts=(email(),))).id == anna


def test_a_year_later_nothing_is_left(work: Begin, city: Tenant, clock: FixedClock) -> None:
    with work(city) as w:
        anna = resident(w, email())
        own_data.erase(w, anna)
        fact = own_data.ResidentErased(anna, w.now)
        assert w.session.query(ResidentLogin).count() == 1
    clock.move(timedelta(days=366))
    with work(city) as w:
        own_data.settle_erasure(w, fact)
        assert w.session.query(ResidentLogin).count() == 0
        assert residents.find_or_create(w, contact=email()).id != anna


def test_an_old_reminder_does_not_touch_who_has_come_back(
    work: Begin, city: Tenant, clock: FixedClock
) -> None:
    with work(city) as w:
        anna = resident(w, email())
        own_data.erase(w, anna)
        first = own_data.ResidentErased(anna, w.now)
    clock.move(timedelta(days=100))
    with work(city) as w:
        residents.find_or_create(w, contact=email())
        own_data.erase(w, anna)
    with work(city) as w:
        own_data.settle_erasure(w, first)
        assert w.session.query(ResidentLogin).count() == 1


def test_an_erased_account_needs_signing_in(work: Begin, city: Tenant) -> None:
    from core.features.account import service

    with work(city) as w:
        anna = resident(w, email())
        own_data.erase(w, anna)
        with pytest.raises(SignInNeeded):
            service.profile_of(w, anna)
