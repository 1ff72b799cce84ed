"""Which rule modules and decision points are installed.

Modules are found by pluggy through the entry-point group `veche.rules`, points by scanning the
modules named in the group `veche.points`. Finding is all that happens here; nothing is decided.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib.metadata import entry_points
from itertools import chain
from types import ModuleType
from typing import Final

import pluggy

from core.rules.errors import BadCatalogue
from core.rules.modules import RESERVED, AnyModule, RuleHooks
from core.rules.parameters import parameters_of
from core.rules.points import AnyPoint, DecisionPoint

RULES_GROUP: Final = "veche.rules"
POINTS_GROUP: Final = "veche.points"


class Catalogue:
    """The modules by key and edition, and the points by key; equal only to itself."""

    __slots__ = ("_modules", "_names", "_points")

    def __init__(
        self, modules: Mapping[tuple[str, int], AnyModule], points: Mapping[str, AnyPoint]
    ) -> None:
        self._modules = modules
        self._points = points
        self._names: dict[str, frozenset[str]] = {}
        for (key, _), module in modules.items():
            known = self._names.get(key, frozenset())
            self._names[key] = known | frozenset(parameters_of(module.params))

    @classmethod
    def of(cls, modules: Iterable[AnyModule], points: Iterable[AnyPoint]) -> "Catalogue":
        """A catalogue of just these; raises BadCatalogue if they do not fit one another."""
        offered: dict[str, AnyPoint] = {}
        for point in points:
            if offered.setdefault(point.key, point) is not point:
                raise BadCatalogue(f"decision point {point.key} is offered twice")
        found: dict[tuple[str, int], AnyModule] = {}
        for module in modules:
            if found.setdefault((module.key, module.edition), module) is not module:
                raise BadCatalogue(f"rule module {module.key}, edition {module.edition}, twice")
            _fits(module, offered)
        return cls(dict(sorted(found.items())), dict(sorted(offered.items())))

    @classmethod
    def installed(cls) -> "Catalogue":
        """What is installed in this process, found once."""
        return _installed()

    @property
    def modules(self) -> tuple[AnyModule, ...]:
        return tuple(self._modules.values())

    @property
    def points(self) -> tuple[AnyPoint, ...]:
        return tuple(self._points.values())

    def module(self, key: str, edition: int = 1) -> AnyModule | None:
        return self._modules.get((key, edition))

    def editions(self, key: str) -> tuple[AnyModule, ...]:
        """All editions of a module, oldest first; empty if it is not installed."""
        return tuple(module for (name, _), module in self._modules.items() if name == key)

    def parameter_names(self, key: str) -> frozenset[str]:
        """The parameters that any edition of a module knows."""
        return self._names.get(key, frozenset())

    def point(self, key: str) -> AnyPoint | None:
        return self._points.get(key)

    def answering(self, point: AnyPoint) -> tuple[AnyModule, ...]:
        """The modules that may answer a point."""
        return tuple(module for module in self.modules if module.answer_to(point))


def _fits(module: AnyModule, offered: Mapping[str, AnyPoint]) -> None:
    where = f"rule module {module.key}, edition {module.edition},"
    answered = [answer.point.key for answer in module.answers]
    for key in answered:
        if key not in offered:
            raise BadCatalogue(f"{where} answers {key}, which no feature offers")
        if answered.count(key) > 1:
            raise BadCatalogue(f"{where} answers {key} twice")
    if taken := set(RESERVED) & set(parameters_of(module.params)):
        raise BadCatalogue(f"{where} may not name a parameter {', '.join(sorted(taken))}")


def points_in(module: ModuleType) -> tuple[AnyPoint, ...]:
    """The decision points a Python module defines."""
    return tuple(value for value in vars(module).values() if isinstance(value, DecisionPoint))


@lru_cache(maxsize=1)
def _installed() -> Catalogue:
    manager = pluggy.PluginManager("veche")
    manager.add_hookspecs(RuleHooks)
    manager.load_setuptools_entrypoints(RULES_GROUP)
    manager.check_pending()
    offering = sorted(entry_points(group=POINTS_GROUP), key=lambda found: found.name)
    return Catalogue.of(
        chain.from_iterable(manager.hook.rule_modules()),
        chain.from_iterable(points_in(found.load()) for found in offering),
    )
