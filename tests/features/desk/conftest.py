"""Officials of Gubkinsky, where section 2 of the regulation says who may what."""

from uuid import UUID

import pytest

from core.features.desk import queries
from core.identity.model import Staff, StaffPost
from core.kit.actor import StaffActor, SystemActor
from core.kit.ids import new_id
from tests.features.console.browsing import signed_in
from tests.features.desk.build import BY_HAND, letter_kind

CHIEF = "deputy_internal_policy"
MODERATOR = "analytics_specialist"
COLLEAGUE = "pr_specialist"
BONUS = "publishing_deputy"


@pytest.fixture
def city(runtime):
    return runtime.registry.by_slug("gubkinsky")


@pytest.fixture
def hire(runtime, city):
    """`hire(post, unit=…)`: somebody who holds just this post."""

    def appoint(post: str, *, name: str = "Сотрудник", unit: str | None = None) -> StaffActor:
        with runtime.work(city, SystemActor("test")) as work:
            person: UUID = new_id()
            work.session.add(Staff(id=person, name=name, email=f"{person}@example.org", unit=unit))
            work.session.flush()
            work.session.add(StaffPost(id=new_id(), staff_id=person, post=post, since=work.today))
        return StaffActor(id=person, name=name, posts=(post,))

    return appoint


@pytest.fixture
def chief(hire):
    return hire(CHIEF, name="Заместитель главы")


@pytest.fixture
def moderator(hire):
    return hire(MODERATOR, name="Мария Модератор", unit="analytics")


@pytest.fixture
def desk_of(runtime, city, client):
    def open_desk(actor: StaffActor):
        return signed_in(runtime, city, client(city), actor)

    return open_desk


@pytest.fixture
def by_hand(monkeypatch):
    """A kind that is closed by hand is among those that features declare."""
    known = dict(queries.kinds())
    monkeypatch.setattr(queries, "kinds", lambda: {**known, BY_HAND: letter_kind()})
