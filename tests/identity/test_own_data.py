"""Consents, a copy of one's data, erasing: what 152-ФЗ gives a person."""

from datetime import date, timedelta

import msgspec
import pytest

from core.identity import consents, own_data, profiles, tokens
from core.identity.consents import NEEDED, WORDINGS, Purpose
from core.identity.messages import newest, queue
from core.identity.model import (
    OutgoingMessage,
    Resident,
    ResidentConsent,
    ResidentContact,
    ResidentToken,
)
from core.kit.clock import FixedClock
from core.kit.errors import Conflict
from core.kit.level import Level
from core.tenancy.tenant import Tenant
from tests.identity.build import Begin, email, phone, resident


def test_every_purpose_has_its_own_wording_in_both_languages(city: Tenant) -> None:
    assert {one.purpose for one in WORDINGS} == set(Purpose)
    for one in WORDINGS:
        text = one.of(city)
        assert "{" not in text.ru + text.en
        assert city.profile.names.official.ru in text.ru
        assert one.title.ru != one.title.en
    versions = [(one.purpose, one.version) for one in WORDINGS]
    assert len(set(versions)) == len(versions)


def test_a_consent_is_kept_with_a_digest_of_its_text(work: Begin, city: Tenant) -> None:
    with work(city) as w:
        anna = resident(w, agreed=())
        assert consents.missing(w, anna) == NEEDED
        assert consents.missing(w, None) == NEEDED
        consents.give(w, anna, [Purpose.ACCOUNT, Purpose.NEWS])
        consents.give(w, anna, [Purpose.ACCOUNT])
        assert consents.missing(w, anna) == ()
        kept = consents.history(w, anna)
    assert sorted(one.purpose for one in kept) == ["account", "news"]
    wording = consents.current(Purpose.ACCOUNT)
    assert {one.wording for one in kept} >= {wording.reference(city)}
    changed = msgspec.structs.replace(
        city,
        profile=msgspec.structs.replace(
            city.profile,
            contacts=msgspec.structs.replace(city.profile.contacts, email="new@example.org"),
        ),
    )
    assert wording.reference(changed) != wording.reference(city)


def test_a_new_wording_is_asked_for_again(
    work: Begin, city: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    with work(city) as w:
        anna = resident(w)
        newer = msgspec.structs.replace(consents.current(Purpose.ACCOUNT), version=2)
        monkeypatch.setattr(consents, "WORDINGS", (*WORDINGS, newer))
        assert consents.missing(w, anna) == (Purpose.ACCOUNT,)
        consents.give(w, anna, [Purpose.ACCOUNT])
        assert consents.missing(w, anna) == ()
        assert len(consents.history(w, anna)) == 2


def test_withdrawing_erases_what_it_covered(work: Begin, city: Tenant, clock: FixedClock) -> None:
    with work(city) as w:
        anna = resident(w, agreed=tuple(Purpose))
        profiles.change_profile(w, anna, name="Анна", born_on=date(1985, 3, 2), district=None)
        profiles.raise_level(w, anna, Level.RESIDENT)
    clock.move(timedelta(days=1))
    with work(city) as w:
        consents.withdraw(w, anna, Purpose.DETAILS)
        profile = profiles.require_profile(w, anna)
        assert (profile.name, profile.born_on) == ("Анна", None)
        # A confirmed person could otherwise put another birth date in the place of the checked one.
        assert profile.level is Level.CONTACT
        assert Purpose.DETAILS not in consents.given(w, anna)
        (ended,) = (one for one in consents.history(w, anna) if one.withdrawn_at)
        assert ended.withdrawn_at == w.now
        consents.give(w, anna, [Purpose.DETAILS])
        assert Purpose.DETAILS in consents.given(w, anna)


def test_the_needed_one_ends_with_the_account(work: Begin, city: Tenant) -> None:
    with work(city) as w:
        anna = resident(w)
        with pytest.raises(Conflict) as refused:
            consents.withdraw(w, anna, Purpose.ACCOUNT)
        assert refused.value.advice is not None


def test_a_copy_holds_everything_of_this_person_and_nothing_of_others(
    work: Begin, city: Tenant
) -> None:
    with work(city) as w:
        anna, boris = resident(w, email(), name="Анна"), resident(w, email("boris"), name="Борис")
        key = tokens.issue(w, anna, name="бот", lasts=tokens.LIFETIMES[0])
        tokens.issue(w, boris, name="чужой", lasts=tokens.LIFETIMES[0])
        queue(w, email(), subject="Анне", body="тайна")
        queue(w, email("boris"), subject="Борису", body="тайна")
        w.session.flush()
        data = own_data.export(w, anna, sections={"polls": [{"title": "Двор"}]})
    text = msgspec.json.encode(data).decode()
    assert set(data) == {
        "made_at",
        "city",
        "account",
        "contacts",
        "linked_providers",
        "consents",
        "api_keys",
        "messages",
        "sections",
    }
    for present in ("Анна", "anna@example.org", "бот", "Анне", "Двор", str(anna)):
        assert present in text
    for absent in ("Борис", "boris@", "чужой", str(boris), key, "тайна"):
        assert absent not in text


def test_erasing_leaves_only_the_id(work: Begin, city: Tenant) -> None:
    with work(city) as w:
        anna = resident(w, email(), name="Анна", agreed=tuple(Purpose))
        boris = resident(w, email("boris"), name="Борис")
        for who in (anna, boris):
            tokens.issue(w, who, name="бот", lasts=tokens.LIFETIMES[0])
        queue(w, email(), subject="Анне", body="")
        queue(w, phone(), subject="никому", body="")
        w.session.flush()
        own_data.erase(w, anna)
    with work(city) as w:
        row = w.session.get(Resident, anna)
        assert row is not None
        assert (row.name, row.born_on, row.district, row.level) == ("", None, None, "none")
        assert row.erased_at == w.now
        for table in (ResidentContact, ResidentToken):
            assert [one.resident_id for one in w.session.query(table)] == [boris]
        assert [one.subject for one in newest(w, most=9)] == ["никому"]
        assert all(
            one.withdrawn_at is not None
            for one in w.session.query(ResidentConsent).filter_by(resident_id=anna)
        )
        # Nothing anywhere in the city's schema spells the person's name or address any more.
        kept = [
            str(vars(row))
            for table in (Resident, ResidentContact, OutgoingMessage)
            for row in w.session.query(table)
        ]
        assert not any("Анна" in one or "anna@" in one for one in kept)


def test_erasing_is_announced_and_its_traces_end(work: Begin, city: Tenant) -> None:
    with work(city) as w:
        anna = resident(w)
        own_data.erase(w, anna)
        announced = {one.kind: one.due_at for one in w.waiting_events}
        assert announced[own_data.RESIDENT_ERASED] == w.now
        assert announced[own_data.ERASURE_SETTLED] == w.now + timedelta(days=365)
