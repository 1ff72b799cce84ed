"""What the application knows of a city at run time: its place in the registry and its profile.

The profile is the municipality's folder as one document (names, hosts, brand, sign-in, reference
lists); it is stored as JSON in the registry row. Legal acts and rule parameters are not here:
they live in the regulation. Unknown keys are tolerated when a stored profile is decoded, so that
two neighbouring releases can read one registry; the folder reader is the strict one.
"""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

import msgspec

from core.kit.level import Level
from core.kit.text import Locale, Text

SLUG_PATTERN = r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$"
KEY_PATTERN = r"^[a-z][a-z0-9]*([_-][a-z0-9]+)*$"

# A slug is a host label and a folder name, hence the limit of 40.
Slug = Annotated[str, msgspec.Meta(pattern=SLUG_PATTERN, min_length=2, max_length=40)]
Key = Annotated[str, msgspec.Meta(pattern=KEY_PATTERN, max_length=60)]

TenantState = Literal["active", "disabled", "spare"]

# The pictures a topic may choose from; the web package draws every one of them.
Icon = Literal[
    "book",
    "bus",
    "coins",
    "heart",
    "house",
    "lamp",
    "leaf",
    "map",
    "people",
    "road",
    "school",
    "screen",
    "shield",
    "shop",
    "sport",
    "ticket",
    "tree",
    "wallet",
]


class Names(msgspec.Struct, frozen=True, kw_only=True):
    """What the city and its resource are called.

    Russian cases are spelled out because software should not decline proper names:
    `genitive` answers «кого? чего?», `prepositional` answers «где?» and carries its preposition
    («в городе», «во дворе»). In English the genitive is the bare name and the prepositional "in …".
    """

    nominative: Text
    genitive: Text
    prepositional: Text
    place: Text  # the short line under the logo: «город такой-то»
    official: Text  # the full name of the municipality
    residents: Text  # what the people who live there are called
    product: Text  # the name of the resource itself
    headline: Text  # the first line of the home page
    about: Text  # one or two sentences below it


class Brand(msgspec.Struct, frozen=True, kw_only=True):
    """The city's look: two numbers of the accent colour (OKLCH) and its pictures as SVG text."""

    hue: Annotated[float, msgspec.Meta(ge=0, lt=360)]
    chroma: Annotated[float, msgspec.Meta(ge=0, le=0.4)]
    emblem: str
    cover: str | None = None


class Contacts(msgspec.Struct, frozen=True, kw_only=True):
    """Whom residents write to about the resource itself."""

    office: Text
    email: str
    address: Text | None = None
    website: str | None = None


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """The legal notice shown wherever residents submit something (R8), and what it rests on."""

    text: Text
    act: Key | None = None
    clause: str | None = None


class Claims(msgspec.Struct, frozen=True, kw_only=True):
    """Which claims of a provider's answer carry what the city needs; None = not taken."""

    subject: str = "sub"
    email: str | None = None
    phone: str | None = None
    birth_date: str | None = None
    district: str | None = None


class Provider(msgspec.Struct, frozen=True, kw_only=True):
    """An OpenID Connect provider. `secret` is the *name* of a secret, never the secret itself."""

    key: Key
    label: Text
    issuer: str
    client_id: str
    secret: str
    grants: Level
    scopes: tuple[str, ...] = ("openid",)
    claims: Claims = Claims()


class SignIn(msgspec.Struct, frozen=True, kw_only=True):
    """How residents may sign in. A confirmed code proves the level `contact` and no more."""

    email_code: bool = True
    phone_code: bool = False
    providers: tuple[Provider, ...] = ()

    def provider(self, key: str) -> Provider | None:
        return next((p for p in self.providers if p.key == key), None)


class FeatureOffer(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the city offers a feature, and what it calls it (R13)."""

    offered: bool
    name: Text
    short: Text  # for the navigation bar: one word if possible


class District(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the city, or a settlement of a district, that a poll may be limited to."""

    key: Key
    name: Text


class Topic(msgspec.Struct, frozen=True, kw_only=True):
    """A subject area that polls are filed under."""

    key: Key
    name: Text
    icon: Icon


class Unit(msgspec.Struct, frozen=True, kw_only=True):
    """A unit of the administration or an institution; `parent` makes the tree (R40)."""

    key: Key
    title: Text
    parent: Key | None = None


class SpecialDay(msgspec.Struct, frozen=True, kw_only=True):
    """A day that is off, or worked, by an act of the city itself, whatever the country's calendar
    says of it."""

    on: date
    working: bool
    title: Text
    act: Key
    clause: str


class CityCalendar(msgspec.Struct, frozen=True, kw_only=True):
    """What the city adds to the country's production calendar, and how many days before the end
    of a term those who owe something are reminded, where no rule says it."""

    remind_days: tuple[Annotated[int, msgspec.Meta(ge=1, le=60)], ...] = (3,)
    day: tuple[SpecialDay, ...] = ()


class MapBox(msgspec.Struct, frozen=True, kw_only=True):
    """The piece of the map that the city fills, in degrees: where maps open."""

    west: Annotated[float, msgspec.Meta(ge=-180, le=180)]
    south: Annotated[float, msgspec.Meta(ge=-90, le=90)]
    east: Annotated[float, msgspec.Meta(ge=-180, le=180)]
    north: Annotated[float, msgspec.Meta(ge=-90, le=90)]


class CityProfile(msgspec.Struct, frozen=True, kw_only=True):
    """Everything of a municipality's folder that is not law."""

    names: Names
    brand: Brand
    contacts: Contacts
    notice: Notice
    locale: Locale = "ru"
    timezone: str = "Europe/Moscow"
    hosts: tuple[str, ...] = ()
    association: Key | None = None
    map: MapBox | None = None
    sign_in: SignIn = SignIn()
    features: Mapping[str, FeatureOffer] = {}
    districts: tuple[District, ...] = ()
    topics: tuple[Topic, ...] = ()
    units: tuple[Unit, ...] = ()
    calendar: CityCalendar = CityCalendar()

    def offers(self, feature: str) -> bool:
        offer = self.features.get(feature)
        return offer is not None and offer.offered

    def district(self, key: str) -> District | None:
        return next((d for d in self.districts if d.key == key), None)

    def topic(self, key: str) -> Topic | None:
        return next((t for t in self.topics if t.key == key), None)

    def unit(self, key: str) -> Unit | None:
        return next((u for u in self.units if u.key == key), None)


class Association(msgspec.Struct, frozen=True, kw_only=True):
    """A body that sees the shared figures of its cities (R10); cities name it by `key`."""

    key: Key
    name: Text
    official: Text
    hue: Annotated[float, msgspec.Meta(ge=0, lt=360)]
    chroma: Annotated[float, msgspec.Meta(ge=0, le=0.4)]


class Tenant(msgspec.Struct, frozen=True, kw_only=True):
    """A city as the registry knows it. It travels in Work, job options, cache keys and logs.

    `role` is at once the PostgreSQL role and the schema; `shard` picks the application role that
    may become it; `database` is None for the default one. `version` changes with the row and
    `regulation_version` with the regulation, which is what caches are keyed by.
    """

    id: int
    slug: Slug
    role: str
    profile: CityProfile
    database: str | None = None
    shard: int = 0
    state: TenantState = "active"
    version: int = 1
    regulation_version: int = 0

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.profile.timezone)

    @property
    def schema(self) -> str:
        return self.role

    @property
    def locale(self) -> Locale:
        return self.profile.locale

    @property
    def active(self) -> bool:
        return self.state == "active"

    def name(self, locale: Locale | None = None) -> str:
        """The municipality, in the nominative."""
        return self.profile.names.nominative.in_(locale or self.locale)

    def product(self, locale: Locale | None = None) -> str:
        """The resource."""
        return self.profile.names.product.in_(locale or self.locale)
