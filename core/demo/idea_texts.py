"""The ideas of a city's demo as its folder tells them: `demo/ideas.toml` and `demo/talk.toml`."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec

from core.kit.period import Period
from core.tenancy.folder.toml import decode

PLACE: Final = "{in}"


class PlaceText(msgspec.Struct, frozen=True):
    """Where an idea is about: the words for it, its district, and degrees north and east."""

    words: str = msgspec.field(name="in")
    district: str
    at: tuple[float, float]


class IdeaText(msgspec.Struct, frozen=True):
    """A thought that may come from several places; `weight` is how popular it will be, relatively.
    What the city answers if it comes to that: `taken`, `declined`, `done`."""

    title: str
    body: str
    topic: str
    weight: Annotated[float, msgspec.Meta(gt=0)] = 1
    campaign: str | None = None
    taken: str | None = None
    declined: str | None = None
    done: str | None = None

    def at(self, place: PlaceText) -> "IdeaText":
        """The same thought from one place."""
        return msgspec.structs.replace(
            self,
            title=self.title.replace(PLACE, place.words),
            body=self.body.replace(PLACE, place.words),
        )


class CampaignText(msgspec.Struct, frozen=True):
    """A campaign, its place in the year and how many ideas it got."""

    key: str
    title: str
    summary: str
    body: str
    topic: str
    unit: str
    opened_days_ago: int
    days: Annotated[int, msgspec.Meta(ge=1)]
    ideas: Annotated[int, msgspec.Meta(ge=0)]
    with_place: bool = False
    outcome: str = ""
    form: tuple[Mapping[str, object], ...] = ()
    stage: Literal["draft", "scheduled"] | None = None

    def period(self, today: date) -> Period:
        first = today - timedelta(days=self.opened_days_ago)
        return Period(first, first + timedelta(days=self.days - 1))


class Figures(msgspec.Struct, frozen=True):
    """How many of each; `waiting` and `refused` come on top of those published."""

    published: int
    supports: int
    taken_up: int
    waiting: int
    refused: int
    comments: int

    def scaled(self, factor: float) -> "Figures":
        return Figures(*(max(1, round(value * factor)) for value in msgspec.structs.astuple(self)))


class UncheckedText(msgspec.Struct, frozen=True):
    """What somebody has sent and nobody has looked at; `hint`: something in it catches the eye."""

    title: str
    body: str
    topic: str
    hint: bool = False


class RefusedText(msgspec.Struct, frozen=True):
    """What was refused, and on which grounds of the city's regulation."""

    title: str
    body: str
    topic: str
    grounds: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]


class _IdeasFile(msgspec.Struct, frozen=True):
    figures: Figures
    idea: tuple[IdeaText, ...]
    place: tuple[PlaceText, ...] = ()
    campaign: tuple[CampaignText, ...] = ()


class _TalkFile(msgspec.Struct, frozen=True):
    comments: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
    replies: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
    official: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
    waiting: tuple[UncheckedText, ...] = ()
    refused: tuple[RefusedText, ...] = ()


class IdeaTexts(msgspec.Struct, frozen=True):
    """Everything a city's demo says about ideas."""

    figures: Figures
    ideas: tuple[IdeaText, ...]
    places: tuple[PlaceText, ...]
    campaigns: tuple[CampaignText, ...]
    talk: _TalkFile

    def everywhere(self, campaign: str | None) -> Iterator[tuple[IdeaText, PlaceText | None]]:
        """Each thought of a campaign (None: free ones) from each of its places, all different."""
        for idea in self.ideas:
            if idea.campaign != campaign:
                continue
            if PLACE not in idea.title:
                yield idea, None
                continue
            for place in self.places:
                yield idea.at(place), place

    def scaled(self, factor: float) -> "IdeaTexts":
        return msgspec.structs.replace(
            self,
            figures=self.figures.scaled(factor),
            campaigns=tuple(
                msgspec.structs.replace(one, ideas=round(one.ideas * factor))
                for one in self.campaigns
            ),
        )


def read_idea_texts(folder: Path) -> IdeaTexts | None:
    """The ideas of the city in `folder`; None if its demo has none. Raises FolderError."""
    path = folder / "demo" / "ideas.toml"
    if not path.is_file():
        return None
    ideas = decode(path.relative_to(folder.parent), path.read_text(encoding="utf-8"), _IdeasFile)
    other = folder / "demo" / "talk.toml"
    talk = decode(other.relative_to(folder.parent), other.read_text(encoding="utf-8"), _TalkFile)
    return IdeaTexts(ideas.figures, ideas.idea, ideas.place, ideas.campaign, talk)
