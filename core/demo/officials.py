"""The officials of a city, one for each post of its `roles` rule, named by the post: no person is
made up. Also the operator of the installation and an analyst of the association."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from core.demo.dice import dice, ordered_id
from core.demo.journal import Journal
from core.demo.tables import Tables
from core.identity.decisions import MAY_ACT, ActFacts
from core.identity.posts import posts_on
from core.kit.actor import StaffActor, SystemActor
from core.tenancy.provision import OwnerConnection
from core.work import Work

_LONGEST_NAME: Final = 120
_RIGHTS: Final = (
    "polls.draft",
    "polls.approve",
    "polls.publish",
    "ideas.campaign",
    "ideas.open_campaign",
    "ideas.decide",
    "moderation.review",
    "moderation.approve_refusal",
    "comments.answer",
    "plan.propose",
    "plan.approve",
    "plan.implement",
)
_BY: Final = SystemActor("demo")


class Official(msgspec.Struct, frozen=True):
    """An account with its one post."""

    actor: StaffActor
    email: str
    since: date
    created_at: datetime


class Officials(msgspec.Struct, frozen=True):
    """Everyone, and who of them holds a right by the city's own rules."""

    everyone: tuple[Official, ...]
    holders: Mapping[str, tuple[Official, ...]]

    def pick(self, rng: Random, permission: str) -> StaffActor | SystemActor:
        """Somebody who may do this; the product itself where the city entrusts it to nobody."""
        able = self.holders[permission]
        return rng.choice(able).actor if able else _BY


def make_officials(seed: object, work: Work, *, launch: date) -> Officials:
    """One account for each post that the city's regulation has today."""
    rng = dice(seed, "officials")
    procedure = work.procedure("people")
    email_host = f"{work.tenant.slug}.example.org"
    since: dict[str, date] = {}
    changes = [day for day in work.regulation.changes(procedure) if launch < day <= work.today]
    for day in (launch, *changes):
        for post in posts_on(work.regulation, procedure, day):
            since.setdefault(post.key, day)
    found: dict[str, Official] = {}
    for post in posts_on(work.regulation, procedure, work.today):
        first = since[post.key]
        created_at = _morning(first, work.tenant.zone) + timedelta(minutes=4 * len(found))
        created_at = min(created_at, work.now)
        found.setdefault(
            post.key,
            Official(
                actor=StaffActor(
                    id=ordered_id(rng, int(created_at.timestamp())),
                    name=post.title[:_LONGEST_NAME],
                    posts=(post.key,),
                ),
                email=f"{post.key.replace('_', '-')}@{email_host}",
                since=first,
                created_at=created_at,
            ),
        )
    everyone = tuple(found.values())
    return Officials(
        everyone, {right: _holders(work, everyone, right, launch) for right in _RIGHTS}
    )


def _holders(
    work: Work, officials: Sequence[Official], permission: str, launch: date
) -> tuple[Official, ...]:
    """Those who may, since the launch; those who may do least first to be asked, as in life."""
    able = [one for one in officials if one.since == launch and _may(work, one, permission)]
    if permission == "polls.approve":
        return tuple(able)
    lesser = [one for one in able if not _may(work, one, "polls.approve")]
    return tuple(lesser or able)


def _may(work: Work, official: Official, permission: str) -> bool:
    facts = ActFacts(on=work.today, posts=official.actor.posts, permission=permission)
    return work.decide(MAY_ACT, facts).allowed


def _morning(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(9, 5), zone)


def write_officials(
    seed: object, tables: Tables, journal: Journal, officials: Sequence[Official]
) -> None:
    """Accounts, posts, and the journal's word on both."""
    rng = dice(seed, "posts")
    tables.copy(
        "staff",
        "id name email created_at",
        ((one.actor.id, one.actor.name, one.email, one.created_at) for one in officials),
    )
    tables.copy(
        "staff_post",
        "id staff_id post since",
        (
            (ordered_id(rng, int(one.created_at.timestamp())), one.actor.id, post, one.since)
            for one in officials
            for post in one.actor.posts
        ),
    )
    for one in officials:
        subject = f"staff:{one.actor.id}"
        journal.action(one.created_at, _BY, "people.staff_invited", subject, unit=None)
        for post in one.actor.posts:
            journal.action(
                one.created_at, _BY, "people.post_assigned", subject, post=post, since=one.since
            )


def write_operators(connection: OwnerConnection, since: datetime) -> None:
    """People of the installation, unless it has some."""
    for email, name, kind in (
        ("operator@example.org", "Оператор установки", "operator"),
        ("analyst@example.org", "Аналитик ассоциации", "analyst"),
    ):
        connection.execute(
            "INSERT INTO platform.operator (email, name, kind, created_at)"
            " VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING",
            (email, name, kind, since),
        )
