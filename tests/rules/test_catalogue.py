"""Finding modules and points, and refusing those that do not fit."""

import sys
from typing import Annotated

import pluggy
import pytest

from core.rules import BadCatalogue, Catalogue, DecisionPoint, Parameter, Params, permit
from core.rules.catalogue import points_in
from tests.rules.sample import LEAST, MAY, POINTS, Colour, catalogue, module, text


def yes(facts: object, rule: object) -> object:
    return permit()


class Reserved(Params, frozen=True):
    edition: Annotated[int, Parameter(label=text("E"), help=text("E"))] = 1


def test_offers_modules_points_and_editions() -> None:
    one, two, other = module("a", {MAY: yes}), module("a", edition=2), module("b")  # type: ignore[dict-item]
    known = catalogue(two, other, one)
    assert known.modules == (one, two, other)
    assert known.module("a") is one
    assert known.module("a", 2) is two
    assert known.module("a", 3) is None
    assert known.editions("a") == (one, two)
    assert known.editions("z") == ()
    assert known.parameter_names("a") == {"limit", "extra", "free"}
    assert known.parameter_names("z") == frozenset()
    assert known.point("sample.may") is MAY
    assert known.point("sample.none") is None
    assert set(known.points) == set(POINTS)
    assert known.answering(MAY) == (one,)


def test_the_same_thing_found_twice_is_one() -> None:
    one = module("a")
    assert Catalogue.of([one, one], [MAY, MAY]).modules == (one,)


def test_what_does_not_fit_is_refused() -> None:
    again = DecisionPoint(
        key="sample.may",
        kind=MAY.kind,
        facts=MAY.facts,
        label=MAY.label,
        combine=MAY.combine,
        silence=MAY.silence,
        silent_value=MAY.silent_value,
        outcome=MAY.outcome,
    )
    with pytest.raises(BadCatalogue, match="offered twice"):
        Catalogue.of([], [MAY, again])
    with pytest.raises(BadCatalogue, match="twice"):
        catalogue(module("a"), module("a"))
    with pytest.raises(BadCatalogue, match="no feature offers"):
        Catalogue.of([module("a", {MAY: yes})], [LEAST])  # type: ignore[dict-item]
    with pytest.raises(BadCatalogue, match=r"answers sample\.may twice"):
        catalogue(module("a", {MAY: yes, again: yes}))  # type: ignore[dict-item]
    with pytest.raises(BadCatalogue, match="may not name a parameter edition"):
        catalogue(module("a", params=Reserved))


def test_points_of_a_module() -> None:
    here = sys.modules[Colour.__module__]
    assert set(points_in(here)) == set(POINTS)


def test_what_is_installed() -> None:
    installed = Catalogue.installed()
    assert Catalogue.installed() is installed
    keys = {module.key for module in installed.modules}
    assert keys >= {"poll_terms", "quorum", "residency", "rewards", "roles"}
    assert {"polls.may_open", "bonus.credit", "people.may_act"} <= {p.key for p in installed.points}


def test_every_installed_point_is_answered_by_some_module() -> None:
    installed = Catalogue.installed()
    assert [p.key for p in installed.points if not installed.answering(p)] == []


def test_a_hook_nobody_specified_is_found_out() -> None:
    from core.rules import hookimpl
    from core.rules.modules import RuleHooks

    class Strange:
        @hookimpl
        def rule_modulez(self) -> None: ...

    manager = pluggy.PluginManager("veche")
    manager.add_hookspecs(RuleHooks)
    manager.register(Strange())
    with pytest.raises(pluggy.PluginValidationError):
        manager.check_pending()
