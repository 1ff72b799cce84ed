"""The residents of a city: who they are, how well the city knows them, when they signed up.

Five of them are ready to sign in as, one for each level and one who is blocked. They have first
name and initial, are the first to have signed up, and (but for the one about whom nothing is
confirmed) the contact `demo-contact@example.org`, `demo-identity@…`, `demo-resident@…` or
`demo-blocked@…`. They take part in past polls only, so that the running ones are open to them.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from math import exp
from random import Random
from typing import Final
from uuid import UUID

import msgspec

from core.demo.dice import dice, ordered_id, shares
from core.demo.names import full_name
from core.demo.rhythm import Rhythm
from core.demo.tables import Row, Tables, moment
from core.demo.texts import Scale
from core.identity.consents import Purpose, current
from core.kit.level import Level
from core.tenancy.tenant import Tenant

DAY: Final = 86_400
_UNSET: Final = UUID(int=0)

# What people tell of themselves, by level: shares that leave out name, birth date, district. What
# was confirmed is known.
_SILENT: Final = {
    Level.NONE: (0.5, 0.55, 0.6),
    Level.CONTACT: (0.22, 0.1, 0.08),
    Level.IDENTITY: (0.0, 0.0, 0.06),
    Level.RESIDENT: (0.0, 0.0, 0.0),
}
_BLOCKED: Final = 0.004
_NEWS: Final = 0.35


class Person(msgspec.Struct, kw_only=True):
    """A resident in the making. `registered` is a second since 1970 and may still move to an
    earlier one; `reluctance` is small for those who take part often; `id` comes last."""

    name: str
    born_on: date | None
    district: str | None
    level: Level
    registered: int
    reluctance: float
    blocked_at: int | None = None
    ready: str | None = None
    id: UUID = _UNSET


class _Ready(msgspec.Struct, frozen=True):
    key: str
    name: str
    level: Level
    age: int
    blocked: bool = False


_READY: Final = (
    _Ready("none", "Игорь П.", Level.NONE, 29),
    _Ready("contact", "Мария Л.", Level.CONTACT, 34),
    _Ready("identity", "Алексей В.", Level.IDENTITY, 41),
    _Ready("resident", "Ольга Н.", Level.RESIDENT, 38),
    _Ready("blocked", "Денис С.", Level.CONTACT, 26, blocked=True),
)


def make_people(
    seed: object, scale: Scale, districts: Sequence[str], *, today: date, rhythm: Rhythm
) -> list[Person]:
    """All residents in the order of signing up, without ids yet."""
    rng = dice(seed, "people")
    number = max(0, scale.residents - len(_READY))
    levels = [
        level
        for level, many in zip(
            scale.levels, shares(number, list(scale.levels.values())), strict=True
        )
        for _ in range(many)
    ]
    ages = [
        _age(rng, band.since, band.to, oldest=band is scale.ages[-1])
        for band, many in zip(
            scale.ages, shares(number, [band.share for band in scale.ages]), strict=True
        )
        for _ in range(many)
    ]
    homes = (
        rng.choices(districts, weights=_sizes(rng, len(districts)), k=number)
        if districts
        else [None] * number
    )
    rng.shuffle(levels)
    rng.shuffle(ages)
    # The ready ones come first of all.
    moments = sorted(max(at, rhythm.first + 60) for at in rhythm.draw(rng, number))
    people = [
        Person(
            name=one.name,
            born_on=_born(rng, one.age, today),
            district=districts[0] if districts else None,
            level=one.level,
            registered=rhythm.first + place,
            reluctance=0.06,
            blocked_at=rhythm.end - 20 * DAY if one.blocked else None,
            ready=one.key,
        )
        for place, one in enumerate(_READY[: scale.residents])
    ]
    for level, age, home, at in zip(levels, ages, homes, moments, strict=True):
        unnamed, unaged, homeless = _SILENT[level]
        blocked = level is Level.CONTACT and rng.random() < _BLOCKED
        people.append(
            Person(
                name="" if rng.random() < unnamed else full_name(rng),
                born_on=None if rng.random() < unaged else _born(rng, age, today),
                district=None if rng.random() < homeless else home,
                level=level,
                registered=at,
                reluctance=exp(-rng.gauss(0, 0.9)),
                blocked_at=int(rng.uniform(at, rhythm.end)) if blocked else None,
            )
        )
    return people


def _age(rng: Random, first: int, last: int, *, oldest: bool) -> int:
    # The last band thins out towards its end.
    place = rng.random() ** 1.8 if oldest else rng.random()
    return first + int(place * (last - first + 1))


def _born(rng: Random, age: int, today: date) -> date:
    """Somebody whose age today is this."""
    leap = (today.month, today.day) == (2, 29)
    anniversary = today.replace(year=today.year - age, day=28 if leap else today.day)
    return anniversary - timedelta(days=int(rng.random() * 365))


def _sizes(rng: Random, number: int) -> list[float]:
    """Districts are not alike; those named first are larger as a rule."""
    return [(place + 1) ** -0.6 * rng.uniform(0.9, 1.1) for place in range(number)]


def number_people(seed: object, people: list[Person]) -> None:
    """Give ids once nobody's registration moves any more, and put all in that order."""
    rng = dice(seed, "resident ids")
    people.sort(key=lambda one: one.registered)
    for person in people:
        person.id = ordered_id(rng, person.registered)


def write_people(seed: object, tables: Tables, tenant: Tenant, people: Sequence[Person]) -> None:
    """Residents, their e-mail addresses, and what they have consented to."""
    tables.copy(
        "resident",
        "id name born_on district level blocked_at created_at",
        (
            (
                one.id,
                one.name,
                one.born_on,
                one.district,
                one.level.value,
                moment(one.blocked_at) if one.blocked_at is not None else None,
                moment(one.registered),
            )
            for one in people
        ),
    )
    tables.copy(
        "resident_contact",
        "id resident_id kind value verified_at",
        _contacts(dice(seed, "contacts"), people),
    )
    tables.copy(
        "resident_consent",
        "id resident_id purpose wording given_at",
        _consents(dice(seed, "consents"), tenant, people),
    )


def _contacts(rng: Random, people: Sequence[Person]) -> Iterator[Row]:
    for number, one in enumerate(people, 1):
        if one.level is Level.NONE:
            continue
        address = f"demo-{one.ready}" if one.ready else f"resident-{number}"
        yield (
            ordered_id(rng, one.registered),
            one.id,
            "email",
            f"{address}@example.org",
            moment(one.registered),
        )


def _consents(rng: Random, tenant: Tenant, people: Sequence[Person]) -> Iterator[Row]:
    wordings = {purpose: current(purpose).reference(tenant) for purpose in Purpose}
    for one in people:
        purposes = [Purpose.ACCOUNT]
        if one.born_on is not None or one.district is not None:
            purposes.append(Purpose.DETAILS)
        if one.level is not Level.NONE and rng.random() < _NEWS:
            purposes.append(Purpose.NEWS)
        for purpose in purposes:
            yield (
                ordered_id(rng, one.registered),
                one.id,
                purpose.value,
                wordings[purpose],
                moment(one.registered),
            )
