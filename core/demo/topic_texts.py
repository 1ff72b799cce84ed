"""The yearly topic list of a city's demo as its folder tells it: `demo/plan.toml`."""

from pathlib import Path
from typing import Annotated, Literal

import msgspec

from core.tenancy.folder.toml import decode

Roubles = Annotated[float, msgspec.Meta(ge=0)]


class ProgrammeText(msgspec.Struct, frozen=True):
    """What is written of topics of one kind: from which programme, why, to what end."""

    topic: str
    title: str
    code: str
    aim: str
    expected: str
    unit: str
    risks: str


class MeasureText(msgspec.Struct, frozen=True):
    """A measure; `due` and `done` are days after the poll or campaign ended. `ideas`: it carries
    out ideas of its campaign."""

    title: str
    unit: str
    due: int
    done: int | None = None
    planned: Roubles = 0
    spent: Roubles | None = None
    result: str = ""
    partly: bool = False
    begun: bool = False
    ideas: bool = False


class ItemText(msgspec.Struct, frozen=True):
    """What followed from the poll or campaign of this key."""

    key: str
    cost: Roubles = 0
    measures: tuple[MeasureText, ...] = ()


class AmendmentText(msgspec.Struct, frozen=True):
    """The poll or campaign of this key came onto the list later, and why."""

    key: str
    motivation: str


class ProposalText(msgspec.Struct, frozen=True):
    """A topic proposed for next year; `complete`: its passport is filled in."""

    kind: Literal["poll", "campaign"]
    title: str
    topic: str
    unit: str
    quarter: Annotated[int, msgspec.Meta(ge=1, le=4)]
    complete: bool = False
    from_idea: bool = False


class TopicTexts(msgspec.Struct, frozen=True):
    """Everything a city's demo says about its list."""

    programme: tuple[ProgrammeText, ...]
    item: tuple[ItemText, ...] = ()
    amendment: tuple[AmendmentText, ...] = ()
    proposal: tuple[ProposalText, ...] = ()

    def motivation(self, key: str) -> str:
        """Why the poll or campaign of this key came onto the list later; empty if it did not."""
        return next((one.motivation for one in self.amendment if one.key == key), "")

    def of(self, topic: str) -> ProgrammeText:
        """What is written of topics of this kind; of the first kind if there is none."""
        return next((one for one in self.programme if one.topic == topic), self.programme[0])


def read_topic_texts(folder: Path) -> TopicTexts | None:
    """The list of the city in `folder`; None if its demo has none. Raises FolderError."""
    path = folder / "demo" / "plan.toml"
    if not path.is_file():
        return None
    return decode(path.relative_to(folder.parent), path.read_text(encoding="utf-8"), TopicTexts)
