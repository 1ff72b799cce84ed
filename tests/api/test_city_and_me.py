"""What the API says of the city and of the owner of the key."""

from core.identity.model import Resident
from core.kit.actor import SystemActor
from core.kit.level import Level
from tests.api.bot import problem
from tests.features.polls.build import residents


def test_each_city_speaks_of_itself(runtime, bot):
    seen = set()
    for city in runtime.registry.all():
        said = bot(city).get("/city").json()
        profile = city.profile
        assert said["name"] == profile.names.nominative.ru
        assert said["timezone"] == profile.timezone
        assert [one["key"] for one in said["districts"]] == [one.key for one in profile.districts]
        assert [one["key"] for one in said["topics"]] == [one.key for one in profile.topics]
        assert ("polls" in said["features"]) == profile.offers("polls")
        seen.add(said["name"])
    assert len(seen) == len(runtime.registry.all())


def test_the_city_in_another_language(city, bot):
    asking = bot(city)
    asking.headers["accept-language"] = "en"
    assert asking.get("/city").json()["name"] == city.profile.names.nominative.en


def test_a_program_learns_of_its_owner_what_the_rules_look_at(runtime, city, bot):
    district = city.profile.districts[0].key if city.profile.districts else None
    (person,) = residents(runtime, city, 1, level=Level.IDENTITY, district=district)
    asking = bot(city, person)
    assert asking.get("/me").json() == {
        "level": "identity",
        "district": district,
        "age_known": True,
        "blocked": False,
    }
    with runtime.work(city, SystemActor("test")) as work:
        row = work.session.get(Resident, person)
        row.blocked_at, row.born_on = work.now, None
    changed = asking.get("/me").json()
    assert changed["blocked"]
    assert not changed["age_known"]


def test_nobody_is_nobody(city, bot):
    problem(bot(city).get("/me"), 401)
