"""The installation that most measurements share: four cities with open polls and residents."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cached_property
from typing import Final
from uuid import UUID

from bench.crowd import (
    Voter,
    add_people,
    clone_polls,
    make_voters,
    open_model_poll,
    paper_of,
)
from bench.sizes import Sizes
from bench.stage import Served, Stage, open_stage
from core.features.polls.domain import Paper
from core.tenancy.tenant import Tenant

SMALL: Final = 4
POLLS: Final = 20


class Scene:
    """Four cities with the same twenty open polls and their web server; residents are added where
    they are needed."""

    def __init__(self, stage: Stage, sizes: Sizes, stack: ExitStack) -> None:
        self._stack = stack
        self.stage = stage
        self.sizes = sizes
        self.city: Tenant = stage.cities[0]
        self.model = open_model_poll(stage, self.city)
        self.paper: Paper = paper_of(stage, self.city, self.model)
        self.polls: list[UUID] = []
        for city in stage.cities:
            self.polls = clone_polls(stage, city, range(POLLS), model=self.model)
        self._voters: dict[int, list[Voter]] = {}

    @cached_property
    def web(self) -> Served:
        """The product's web server, started when first asked for."""
        return self._stack.enter_context(self.stage.web(workers=self.sizes.web_workers))

    def voters(self, city: Tenant, number: int) -> list[Voter]:
        """At least so many residents of a city who can vote; made when first asked for."""
        known = self._voters.get(city.id, [])
        if not known:
            people = self.sizes.people if city.id == self.city.id else number
            add_people(self.stage, city, people)
            known = self._voters[city.id] = make_voters(self.stage, city, number)
        if len(known) < number:
            raise RuntimeError(f"only {len(known)} voters were made in {city.slug}")
        return known


@contextmanager
def open_scene(sizes: Sizes) -> Iterator[Scene]:
    with open_stage(cities=SMALL, fsync=sizes.fsync) as stage, ExitStack() as stack:
        yield Scene(stage, sizes, stack)
