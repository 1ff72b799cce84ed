"""The posts a city's regulation knows: which groups there are, who belongs to them by post, and
which type of access a group has (R19–R24). Read from the entries in force; nothing is decided."""

from datetime import date
from typing import Final

import msgspec

from core.rules import Regulation

MODULE: Final = "roles"
_GROUPS: Final = "groups"
_ACCESS: Final = "access"


class Post(msgspec.Struct, frozen=True):
    """A post and what it brings, in the words of the act; `permissions` is empty for a group
    without access (R22)."""

    key: str
    title: str
    group: str
    group_title: str
    access: str
    access_title: str
    permissions: tuple[str, ...]
    clause: str | None = None


class _Place(msgspec.Struct, frozen=True):
    key: str
    title: str
    clause: str | None = None


class _Group(msgspec.Struct, frozen=True):
    key: str
    title: str
    access: str
    posts: tuple[_Place, ...] = ()
    clause: str | None = None


class _Access(msgspec.Struct, frozen=True):
    key: str
    title: str
    permissions: tuple[str, ...] = ()


def posts_on(regulation: Regulation, procedure: str, day: date) -> tuple[Post, ...]:
    """All posts in the order of the regulation on that day; none if it does not say."""
    law = regulation.in_force(procedure, day)
    switch = law.get((MODULE, "in_force"))
    groups, access = law.get((MODULE, _GROUPS)), law.get((MODULE, _ACCESS))
    if groups is None or access is None or (switch is not None and switch.value is False):
        return ()
    kinds = {one.key: one for one in msgspec.convert(access.value, tuple[_Access, ...])}
    found: list[Post] = []
    for group in msgspec.convert(groups.value, tuple[_Group, ...]):
        kind = kinds.get(group.access)
        if kind is None:
            continue
        found.extend(
            Post(
                key=place.key,
                title=place.title,
                group=group.key,
                group_title=group.title,
                access=kind.key,
                access_title=kind.title,
                permissions=kind.permissions,
                clause=place.clause or group.clause,
            )
            for place in group.posts
        )
    return tuple(found)
