"""Who acts in a unit of work, as a plain value that needs nothing from the identity package."""

from uuid import UUID

import msgspec


class Anonymous(msgspec.Struct, frozen=True, tag="anonymous"):
    """Somebody who has not signed in."""


class ResidentActor(msgspec.Struct, frozen=True, tag="resident"):
    """A resident of the city whose schema the work is bound to."""

    id: UUID


class StaffActor(msgspec.Struct, frozen=True, tag="staff"):
    """An official of the city; `posts` are the keys of the posts held today (R20)."""

    id: UUID
    name: str
    posts: tuple[str, ...]


class SystemActor(msgspec.Struct, frozen=True, tag="system"):
    """The product itself: a schedule or an event handler; `name` says which."""

    name: str


Actor = Anonymous | ResidentActor | StaffActor | SystemActor


def actor_label(actor: Actor) -> str:
    """A stable reference for journals: kind and id, never a person's name."""
    match actor:
        case ResidentActor(id=id_):
            return f"resident:{id_}"
        case StaffActor(id=id_):
            return f"staff:{id_}"
        case SystemActor(name=name):
            return f"system:{name}"
        case Anonymous():
            return "anonymous"
