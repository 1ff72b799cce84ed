"""All shipped modules together: they conform, a city adopts them, and its scenarios hold."""

import pytest
from hypothesis import strategies as st

from core.rules import AnyModule
from core.rules.findings import check_regulation
from core.rules.scenarios import Scenario, read_scenarios, run
from core.rules.testing import check
from plugins.roles import Access, Group, Post, Roles
from tests.plugins.law import CATALOGUE, CITY, read

KEYS = st.sampled_from(["a", "b", "c"])
ROLES = st.builds(
    Roles,
    access=st.lists(
        st.builds(
            Access,
            key=KEYS,
            title=KEYS,
            permissions=st.frozensets(st.sampled_from(["polls.open", "polls.draft"])),
        ),
        unique_by=lambda access: access.key,
    ).map(tuple),
    groups=st.lists(
        st.builds(
            Group,
            key=KEYS,
            title=KEYS,
            access=KEYS,
            clause=KEYS,
            posts=st.lists(
                st.builds(Post, key=KEYS, title=KEYS, clause=st.none() | KEYS),
                unique_by=lambda post: post.key,
            ).map(tuple),
        ),
        unique_by=lambda group: group.key,
    ).map(tuple),
)
SHIPPED = [m for m in CATALOGUE.modules if m.params.__module__.startswith("plugins.")]


@pytest.mark.parametrize("module", SHIPPED, ids=lambda module: f"{module.key}-{module.edition}")
def test_every_shipped_module_conforms(module: AnyModule) -> None:
    check(module, params=ROLES if module.key == "roles" else None)


def test_the_regulation_has_no_findings() -> None:
    assert check_regulation(CITY, CATALOGUE) == ()


@pytest.mark.parametrize(
    "scenario", read_scenarios(read("scenarios")), ids=lambda scenario: scenario.title
)
def test_scenario(scenario: Scenario) -> None:
    assert run(scenario, CITY, CATALOGUE).problems == ()
