"""People for tests: residents, officials, and browsers that have just signed in."""

import re
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Protocol
from uuid import UUID

from core.identity import consents, profiles, residents, staff
from core.identity.consents import Purpose
from core.identity.contacts import Contact
from core.identity.messages import newest
from core.kit.actor import Actor, StaffActor
from core.kit.level import Level
from core.tenancy.tenant import Tenant
from core.work import Work
from tests.support.http import Client

ADDRESS = "203.0.113.7"


class Begin(Protocol):
    """The fixture `work`."""

    def __call__(
        self, city: Tenant, actor: Actor | None = None
    ) -> AbstractContextManager[Work]: ...


def email(name: str = "anna") -> Contact:
    return Contact("email", f"{name}@example.org")


def phone(number: str = "+79123456789") -> Contact:
    return Contact("phone", number)


def resident(
    work: Work,
    contact: Contact | None = None,
    *,
    name: str = "",
    level: Level = Level.CONTACT,
    agreed: Sequence[Purpose] = (Purpose.ACCOUNT,),
) -> UUID:
    """A resident who has signed in by a code and given consents."""
    made = residents.find_or_create(work, contact=contact or email()).id
    consents.give(work, made, agreed)
    profiles.raise_level(work, made, level)
    if name:
        profiles.change_profile(work, made, name=name, born_on=None, district=None)
    return made


def post_with(work: Work, permission: str) -> str:
    """A post of the city that brings a right."""
    return next(one.key for one in staff.city_posts(work) if permission in one.permissions)


def post_without(work: Work, permission: str) -> str:
    """A post of the city that does not bring it."""
    return next(one.key for one in staff.city_posts(work) if permission not in one.permissions)


def official(work: Work, *posts: str, address: str = "boss@example.org") -> UUID:
    """An official with these posts from today on."""
    return staff.invite(work, name="Ольга Северская", email=address, posts=posts)


def acting(work: Work, staff_id: UUID) -> StaffActor:
    found = staff.load_staff_actor(work, staff_id)
    assert found is not None
    return found


def last_code(work: Begin, city: Tenant) -> str:
    """The code in the newest message of the city."""
    with work(city) as w:
        found = re.search(r"\b\d{6}\b", newest(w, most=1)[0].subject)
    assert found is not None
    return found[0]


def prove(browser: Client, work: Begin, city: Tenant, contact: str, next: str = "/") -> str:
    """Ask for a code and enter it; returns where the browser is sent then."""
    browser.get("/sign-in")
    sent = browser.submit("/sign-in", {"contact": contact, "next": next})
    assert sent.headers["location"] == "/sign-in/code", sent.text
    answer = browser.submit("/sign-in/code", {"code": last_code(work, city)})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def sign_in(browser: Client, work: Begin, city: Tenant, contact: str, next: str = "/") -> str:
    """Sign in as a resident, with the needed consent if it is owed."""
    there = prove(browser, work, city, contact, next)
    if there == "/sign-in/consent":
        answer = browser.submit("/sign-in/consent", {"account": "on"})
        assert answer.status_code == 303, answer.text
        return str(answer.headers["location"])
    return there


def sign_in_at_desk(
    browser: Client, work: Begin, city: Tenant, address: str = "boss@example.org"
) -> str:
    """Sign in as an official without a second factor."""
    assert prove(browser, work, city, address) == "/sign-in/as"
    answer = browser.submit("/sign-in/as", {"role": "desk"})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])
