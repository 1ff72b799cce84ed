"""The texts and figures of a city's demo: `tenants/<slug>/demo/`, read as strictly as the rest of
the folder. tenants/README.md says what each key means."""

from datetime import date, timedelta
from pathlib import Path, PurePath
from typing import Annotated, Literal, TypeVar

import msgspec

from core.demo.idea_texts import IdeaTexts, read_idea_texts
from core.demo.topic_texts import TopicTexts, read_topic_texts
from core.kit.level import Level
from core.kit.period import Period
from core.tenancy.folder.toml import decode

T = TypeVar("T")


class OptionText(msgspec.Struct, frozen=True):
    """An answer; `weight` is how popular it will be."""

    title: str
    detail: str = ""
    weight: Annotated[float, msgspec.Meta(gt=0)] = 1


class QuestionText(msgspec.Struct, frozen=True):
    """A question of a poll."""

    title: str
    kind: Literal["single", "multiple"]
    options: Annotated[tuple[OptionText, ...], msgspec.Meta(min_length=2)]
    max_choices: Annotated[int, msgspec.Meta(ge=1)] = 1


class PollText(msgspec.Struct, frozen=True):
    """A poll, its place in the year, and how many will take part in it, relatively."""

    key: str
    title: str
    summary: str
    topic: str
    unit: str
    opened_days_ago: int
    days: Annotated[int, msgspec.Meta(ge=1)]
    questions: Annotated[tuple[QuestionText, ...], msgspec.Meta(min_length=1)]
    turnout: Annotated[float, msgspec.Meta(gt=0)] | None = None
    stage: Literal["draft", "review", "scheduled"] | None = None
    districts: tuple[str, ...] | None = None

    def period(self, today: date) -> Period:
        first = today - timedelta(days=self.opened_days_ago)
        return Period(first, first + timedelta(days=self.days - 1))

    @property
    def held(self) -> bool:
        """Whether it has opened by now."""
        return self.stage is None


class Ages(msgspec.Struct, frozen=True):
    """A band of ages, both ends counted, and its share of all residents."""

    since: int = msgspec.field(name="from")
    to: int
    share: float


class Scale(msgspec.Struct, frozen=True):
    """How many residents and votes, and of what kind."""

    residents: Annotated[int, msgspec.Meta(ge=1)]
    votes: Annotated[int, msgspec.Meta(ge=0)]
    levels: dict[Level, float]
    ages: tuple[Ages, ...]


class DemoTexts(msgspec.Struct, frozen=True):
    """Everything of one city's `demo/`."""

    polls: tuple[PollText, ...]
    scale: Scale
    ideas: IdeaTexts | None = None
    topics: TopicTexts | None = None

    @property
    def held(self) -> tuple[PollText, ...]:
        return tuple(poll for poll in self.polls if poll.held)

    def scaled(self, factor: float) -> "DemoTexts":
        """The same polls and thoughts in a smaller or larger city."""
        scale = msgspec.structs.replace(
            self.scale,
            residents=max(1, round(self.scale.residents * factor)),
            votes=round(self.scale.votes * factor),
        )
        ideas = self.ideas.scaled(factor) if self.ideas is not None else None
        return DemoTexts(self.polls, scale, ideas, self.topics)


class _PollsFile(msgspec.Struct, frozen=True):
    """demo/polls.toml."""

    poll: tuple[PollText, ...]


def read_texts(folder: Path) -> DemoTexts | None:
    """The demo of the city in `folder`; None if it has none. Raises FolderError."""
    if not (folder / "demo" / "scale.toml").is_file():
        return None
    return DemoTexts(
        polls=_read(folder, "demo/polls.toml", _PollsFile).poll,
        scale=_read(folder, "demo/scale.toml", Scale),
        ideas=read_idea_texts(folder),
        topics=read_topic_texts(folder),
    )


def _read(folder: Path, name: str, kind: type[T]) -> T:
    return decode(PurePath(folder.name, name), (folder / name).read_text(encoding="utf-8"), kind)
