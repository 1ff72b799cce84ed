"""What a feature says of the notices it sends, so that people can choose how to get them."""

from typing import Literal

import msgspec

from core.kit.text import Text

Pace = Literal["at_once", "daily", "weekly", "never"]
Audience = Literal["residents", "staff"]


class MessageKind(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of notice. The cabinet always gets it; `email` and `push` are what a person has before
    choosing. `binding` kinds (a refusal, a block) can be slowed down but not switched off."""

    key: str
    label: Text
    audience: Audience = "residents"
    email: Pace = "at_once"
    push: bool = True
    binding: bool = False
