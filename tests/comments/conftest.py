"""A bench to talk about, two neighbours, and an official who may answer."""

from uuid import UUID

import pytest

from core.kit.actor import ResidentActor, StaffActor
from core.tenancy.tenant import Tenant
from core.work import Runtime
from tests.comments.build import Bench, neighbour, speaker
from tests.identity.build import Begin


@pytest.fixture
def benches() -> Bench:
    return Bench()


@pytest.fixture
def bench(benches: Bench) -> UUID:
    return benches.put()


@pytest.fixture
def anna(work: Begin, city: Tenant) -> ResidentActor:
    with work(city) as w:
        return ResidentActor(neighbour(w, "Анна"))


@pytest.fixture
def boris(work: Begin, city: Tenant) -> ResidentActor:
    with work(city) as w:
        return ResidentActor(neighbour(w, "Борис"))


@pytest.fixture
def boss(runtime: Runtime, city: Tenant) -> StaffActor:
    return speaker(runtime, city)
