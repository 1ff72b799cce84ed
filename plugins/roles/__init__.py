"""Who may act for the city: posts belong to groups, a group has a type of access, an access type
has permissions, possibly none (R19-R35). Rights belong to posts, never to persons."""

from collections.abc import Iterable, Sequence
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from core.identity.decisions import MAY_ACT, ActFacts
from core.kit.text import Text
from core.rules import (
    Answer,
    AnyModule,
    Cited,
    Opinion,
    Parameter,
    Params,
    RuleModule,
    Verdict,
    hookimpl,
    permit,
    refuse,
)

Key = Annotated[str, Meta(pattern="^[a-z][a-z0-9_]*$", max_length=60)]
Title = Annotated[str, Meta(min_length=1, max_length=300)]
ClauseNumber = Annotated[str, Meta(min_length=1, max_length=100)]
Permission = Annotated[str, Meta(pattern=r"^[a-z_]+\.[a-z_]+$", max_length=60)]


class Access(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A type of access as the regulation names it; one without permissions is «без права»."""

    key: Key
    title: Title
    permissions: frozenset[Permission] = frozenset()


class Post(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A post that belongs to a group; `clause` if it has a row of its own."""

    key: Key
    title: Title
    clause: ClauseNumber | None = None


class Group(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A group of the regulation: its access type, its row, and its posts."""

    key: Key
    title: Title
    access: Key
    clause: ClauseNumber
    posts: tuple[Post, ...] = ()


class Roles(Params, frozen=True):
    """The table of groups and posts. Clauses within it are places in the act of its entry."""

    access: Annotated[
        tuple[Access, ...],
        Parameter(
            label=Text(ru="Типы доступа", en="Types of access"),
            help=Text(
                ru="Что можно делать с каждым типом доступа; без прав — пустой список.",
                en="What each type of access allows; without rights, an empty list.",
            ),
        ),
    ]
    groups: Annotated[
        tuple[Group, ...],
        Parameter(
            label=Text(ru="Группы и должности", en="Groups and posts"),
            help=Text(
                ru="Какие должности входят в группу и какой у неё тип доступа.",
                en="Which posts belong to a group, and which type of access it has.",
            ),
        ),
    ]

    def check(self) -> Iterable[Text]:
        accesses = [access.key for access in self.access]
        groups = [group.key for group in self.groups]
        for key in _repeated(accesses):
            yield Text(ru=f"Тип доступа «{key}» описан дважды.", en=f"Access {key} stands twice.")
        for key in _repeated(groups):
            yield Text(ru=f"Группа «{key}» описана дважды.", en=f"Group {key} stands twice.")
        for group in self.groups:
            if group.access not in accesses:
                yield Text(
                    ru=f"У группы «{group.title}» неизвестный тип доступа «{group.access}».",
                    en=f"Group {group.key} has an unknown access {group.access}.",
                )
            for key in _repeated([post.key for post in group.posts]):
                yield Text(
                    ru=f"Должность «{key}» стоит в группе «{group.title}» дважды.",
                    en=f"Post {key} stands twice in group {group.key}.",
                )


def _repeated(keys: list[str]) -> list[str]:
    return sorted({key for key in keys if keys.count(key) > 1})


def may_act(facts: ActFacts, rule: Roles) -> Opinion[Verdict]:
    """Granted by any post whose group has the permission; otherwise by none."""
    allowing = {a.key for a in rule.access if facts.permission in a.permissions}
    held = [(g, p) for g in rule.groups for p in g.posts if p.key in facts.posts]
    for group, post in held:
        if group.access in allowing:
            return permit(
                Text(
                    ru="Это право есть у должности «{post}» (группа «{group}»).",
                    en="The post “{post}” (group “{group}”) has this right.",
                ),
                rests_on=[_row(group, post)],
                post=post.title,
                group=group.title,
            )
    others = [group.title for group in rule.groups if group.access in allowing]
    next_step = (
        Text(ru="Это может сделать: {others}.", en="This can be done by: {others}.")
        if others
        else Text(
            ru="В регламенте это не поручено никому: обратитесь к администратору.",
            en="The regulation entrusts this to nobody: ask the administrator.",
        )
    )
    if not held:
        return refuse(
            Text(
                ru="Ваша должность не входит ни в одну группу регламента.",
                en="Your post belongs to no group of the regulation.",
            ),
            next_step=next_step,
            rests_on=["groups"],
            others=", ".join(others),
        )
    titles = {access.key: access.title for access in rule.access}
    return refuse(
        Text(
            ru="У вашей группы нет права на это действие: {reasons}.",
            en="Your group has no right to do this: {reasons}.",
        ),
        next_step=next_step,
        rests_on=[_row(group, post) for group, post in held],
        others=", ".join(others),
        reasons="; ".join(
            dict.fromkeys(f"{group.title} — «{titles[group.access]}»" for group, _ in held)
        ),
    )


def _row(group: Group, post: Post) -> Cited:
    return Cited("groups", clause=post.clause or group.clause)


MODULE: Final = RuleModule(
    key="roles",
    edition=1,
    label=Text(ru="Группы и доступ", en="Groups and access"),
    about=Text(
        ru="Какие должности что могут делать от имени города.",
        en="Which posts may do what in the city's name.",
    ),
    params=Roles,
    answers=(Answer(MAY_ACT, may_act),),
)


@hookimpl
def rule_modules() -> Sequence[AnyModule]:
    return (MODULE,)
