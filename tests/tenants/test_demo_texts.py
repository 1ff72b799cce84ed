"""The polls of the demo are lawful in their city, whole, and set in proper Russian type."""

import re
import tomllib
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Literal

import msgspec
import pytest

from core.features.polls.decisions import MAY_OPEN, OpenFacts
from core.rules import Catalogue, decide
from core.tenancy.folder import TenantFolder, read_folder

TENANTS = Path(__file__).resolve().parents[2] / "tenants"
HELD = {"gubkinsky": 35, "oktyabrsky": 9, "tyumen": 14, "perm": 10}
TODAY = date(2026, 11, 23)


class Option(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    title: str
    detail: str | None = None
    weight: Annotated[int, msgspec.Meta(gt=0)] | None = None


class Question(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    title: str
    kind: Literal["single", "multiple"]
    options: Annotated[tuple[Option, ...], msgspec.Meta(min_length=2, max_length=8)]
    max_choices: Annotated[int, msgspec.Meta(ge=2)] | None = None


class Poll(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    key: str
    title: str
    summary: str
    topic: str
    unit: str
    opened_days_ago: int
    days: int
    questions: Annotated[tuple[Question, ...], msgspec.Meta(min_length=1, max_length=3)]
    turnout: Annotated[float, msgspec.Meta(gt=0)] | None = None
    stage: Literal["draft", "review", "scheduled"] | None = None
    districts: tuple[str, ...] | None = None


class Ages(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    since: int = msgspec.field(name="from")
    to: int
    share: float


class Scale(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    residents: int
    votes: int
    levels: dict[Literal["none", "contact", "identity", "resident"], float]
    ages: tuple[Ages, ...]


class City(msgspec.Struct, frozen=True):
    folder: TenantFolder
    polls: tuple[Poll, ...]
    scale: Scale

    @property
    def held(self) -> tuple[Poll, ...]:
        return tuple(poll for poll in self.polls if poll.stage is None)

    def votes(self, poll: Poll) -> float:
        """The share of the year's votes that falls to a poll."""
        assert poll.turnout is not None
        return self.scale.votes * poll.turnout / sum(p.turnout or 0 for p in self.held)


def city(slug: str) -> City:
    demo = TENANTS / slug / "demo"
    polls = msgspec.convert(
        tomllib.loads((demo / "polls.toml").read_text(encoding="utf-8")), dict[str, list[Poll]]
    )
    assert set(polls) == {"poll"}
    scale = msgspec.convert(tomllib.loads((demo / "scale.toml").read_text(encoding="utf-8")), Scale)
    return City(read_folder(TENANTS / slug), tuple(polls["poll"]), scale)


CITIES = {slug: city(slug) for slug in HELD}
POLLS = [
    pytest.param(found, poll, id=f"{slug}: {poll.key}")
    for slug, found in CITIES.items()
    for poll in found.polls
]
SLUGS = pytest.mark.parametrize("slug", HELD)


@SLUGS
def test_as_many_polls_as_the_sources_count(slug: str) -> None:
    assert len(CITIES[slug].held) == HELD[slug]


@SLUGS
def test_titles_and_keys_are_unique(slug: str) -> None:
    polls = CITIES[slug].polls
    assert len({poll.key for poll in polls}) == len(polls)
    assert len({poll.title for poll in polls}) == len(polls)


@SLUGS
def test_the_year_is_lived_in(slug: str) -> None:
    """Something has ended, something runs, something is still to come."""
    polls = CITIES[slug].polls
    assert any(poll.opened_days_ago >= poll.days for poll in polls)
    assert sum(0 <= poll.opened_days_ago < poll.days for poll in polls) >= 2
    assert any(poll.stage for poll in polls)


def test_gubkinsky_shows_every_stage() -> None:
    stages = {poll.stage for poll in CITIES["gubkinsky"].polls}
    assert stages == {None, "draft", "review", "scheduled"}


def test_one_poll_of_gubkinsky_misses_its_quorum() -> None:
    gubkinsky = CITIES["gubkinsky"]
    counted = gubkinsky.scale.levels["resident"] / (1 - gubkinsky.scale.levels["none"])
    ended = [poll for poll in gubkinsky.held if poll.opened_days_ago >= poll.days]
    missed = [poll.key for poll in ended if gubkinsky.votes(poll) * counted < 300]
    assert missed == ["local-history"]
    others = [gubkinsky.votes(poll) * counted for poll in ended if poll.key not in missed]
    assert min(others) > 400


@SLUGS
def test_nobody_need_vote_twice(slug: str) -> None:
    """No poll asks for more votes than there are people it is meant for."""
    found = CITIES[slug]
    for poll in found.held:
        share = len(poll.districts) / len(found.folder.profile.districts) if poll.districts else 1
        assert found.votes(poll) < 0.6 * found.scale.residents * share, poll.key


@SLUGS
def test_shares_come_to_one(slug: str) -> None:
    scale = CITIES[slug].scale
    assert sum(scale.levels.values()) == pytest.approx(1)
    assert sum(band.share for band in scale.ages) == pytest.approx(1)
    assert all(
        earlier.to + 1 == later.since
        for earlier, later in zip(scale.ages, scale.ages[1:], strict=False)
    )


def test_the_scale_is_that_of_the_sources() -> None:
    assert {slug: found.scale.residents for slug, found in CITIES.items()} == {
        "gubkinsky": 11772,
        "oktyabrsky": 1574,
        "tyumen": 16000,
        "perm": 47000,
    }
    assert CITIES["gubkinsky"].scale.votes == 50148


@pytest.mark.parametrize(("found", "poll"), POLLS)
def test_the_poll_is_lawful(found: City, poll: Poll) -> None:
    decision = decide(
        MAY_OPEN,
        OpenFacts(on=TODAY - timedelta(days=poll.opened_days_ago), duration_days=poll.days),
        regulation=found.folder.regulation(),
        procedure="polls",
        catalogue=Catalogue.installed(),
    )
    assert decision.allowed, decision.reasons


@pytest.mark.parametrize(("found", "poll"), POLLS)
def test_the_poll_is_whole(found: City, poll: Poll) -> None:
    profile = found.folder.profile
    assert profile.topic(poll.topic)
    assert profile.unit(poll.unit)
    assert all(profile.district(key) for key in poll.districts or ())
    assert poll.opened_days_ago < 365
    assert (poll.stage is None) is (poll.opened_days_ago >= 0) is (poll.turnout is not None)
    for question in poll.questions:
        assert (question.max_choices is not None) is (question.kind == "multiple")
        assert (question.max_choices or 1) <= len(question.options)
        assert len({option.title for option in question.options}) == len(question.options)
        assert all(
            (option.weight is not None) is (poll.stage is None) for option in question.options
        )


@pytest.mark.parametrize(("found", "poll"), POLLS)
def test_the_poll_is_set_in_proper_type(found: City, poll: Poll) -> None:
    texts = [poll.title, poll.summary]
    for question in poll.questions:
        texts.append(question.title)
        for option in question.options:
            texts += [option.title, option.detail or ""]
    for text in texts:
        assert not re.search(r'"|“|”| - |--|\.\.|  |\s$|^\s', text), text
        assert text.count("«") == text.count("»"), text
        assert not re.search(r"[A-Za-z](?=[а-яё])|[а-яё](?=[A-Za-z])", text), text
    assert 12 <= len(poll.title) <= 82
    assert 2 <= len(re.findall(r"[.?!](?:\s|$)", poll.summary)) <= 4
    assert not poll.title.endswith(".")
    assert all(not question.title.endswith(".") for question in poll.questions)
