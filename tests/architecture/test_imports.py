"""The import contracts hold, and each of them fails when it is broken on purpose."""

import copy
from pathlib import Path

import grimp
import pytest
from importlinter.application import use_cases
from importlinter.configuration import configure
from importlinter.domain.contract import registry

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def options():
    configure()
    found = use_cases.read_user_options(str(ROOT / "pyproject.toml"))
    use_cases._register_contract_types(found)
    return found


@pytest.fixture(scope="module")
def graph(options):
    return grimp.build_graph(
        *options.session_options["root_packages"],
        include_external_packages=True,
        exclude_type_checking_imports=True,
        cache_dir=None,
    )


@pytest.fixture(scope="module")
def kept(options):
    """`kept(contract, graph)`: whether the contract of this id holds."""

    def check(contract_id, graph):
        chosen = next(c for c in options.contracts_options if c["id"] == contract_id)
        contract = registry.get_contract_class(chosen["type"])(
            name=chosen["name"],
            session_options=options.session_options,
            contract_options=chosen,
        )
        return contract.check(graph=copy.deepcopy(graph), verbose=False).kept

    return check


CONTRACTS = (
    "layers",
    "features",
    "slice",
    "pure",
    "plugins-see",
    "plugins-apart",
    "core-without-plugins",
    "nobody-imports",
)


def test_every_contract_is_tried_here(options):
    assert sorted(c["id"] for c in options.contracts_options) == sorted(CONTRACTS)


@pytest.mark.parametrize("contract", CONTRACTS)
def test_the_contract_holds(contract, graph, kept):
    assert kept(contract, graph)


BREACHES = [
    ("layers", "core.kit.text", "core.settings"),
    ("layers", "core.db.engine", "core.rules.evaluate"),
    ("layers", "core.tenancy.registry", "core.work"),
    ("layers", "core.work", "core.web.pages"),
    ("layers", "core.web.pages", "core.features.polls.service"),
    ("layers", "core.feature", "core.features.polls.feature"),
    ("layers", "core.features.polls.service", "core.app"),
    ("layers", "core.worker", "core.scheduler"),
    ("features", "core.features.bonus.service", "core.features.polls.queries"),
    ("features", "core.features.polls.domain", "core.features.bonus.domain"),
    ("slice", "core.features.polls.domain", "core.features.polls.model"),
    ("slice", "core.features.polls.model", "core.features.polls.queries"),
    ("slice", "core.features.polls.queries", "core.features.polls.service"),
    ("slice", "core.features.polls.api", "core.features.polls.web"),
    ("slice", "core.features.polls.jobs", "core.features.polls.api"),
    ("slice", "core.features.polls.service", "core.features.polls.feature"),
    ("pure", "plugins.quorum", "sqlalchemy"),
    ("pure", "core.rules.evaluate", "redis"),
    ("pure", "core.rules.evaluate", "core.db.engine"),
    ("pure", "core.features.polls.domain", "litestar"),
    ("pure", "core.features.bonus.decisions", "httpx"),
    ("pure", "core.identity.decisions", "dramatiq"),
    ("pure", "core.kit.text", "sqlalchemy"),
    ("plugins-see", "plugins.quorum", "core.features.polls.service"),
    ("plugins-see", "plugins.residency", "core.features.polls.model"),
    ("plugins-see", "plugins.roles", "core.identity.model"),
    ("plugins-see", "plugins.rewards", "core.kit.text"),  # made indirect below
    ("plugins-apart", "plugins.quorum", "plugins.residency"),
    ("core-without-plugins", "core.rules.catalogue", "plugins.quorum"),
    ("core-without-plugins", "core.app", "plugins.roles"),
    ("nobody-imports", "core.tenancy.schema", "migrations"),
    ("nobody-imports", "plugins.quorum", "tests"),
]


@pytest.mark.parametrize(("contract", "importer", "imported"), BREACHES)
def test_a_breach_is_noticed(contract, importer, imported, graph, kept):
    broken = copy.deepcopy(graph)
    if (importer, imported) == ("plugins.rewards", "core.kit.text"):
        # Through something that plugins may see.
        importer, imported = "core.kit.text", "core.settings"
    if imported not in broken.modules:
        broken.add_module(imported, is_squashed=True)
    broken.add_import(importer=importer, imported=imported)
    assert not kept(contract, broken)


@pytest.mark.parametrize(
    ("contract", "stranger"),
    [("slice", "core.features.polls.helpers"), ("layers", "core.manager")],
)
def test_a_file_that_has_no_place_is_noticed(contract, stranger, graph, kept):
    broken = copy.deepcopy(graph)
    broken.add_module(stranger)
    assert not kept(contract, broken)


def test_whatever_is_new_in_core_is_forbidden_to_plugins_at_first(options, graph):
    """The contract lists what plugins may not see; nothing of core is missing from that list."""
    chosen = next(c for c in options.contracts_options if c["id"] == "plugins-see")
    listed = {name.removesuffix(".*") for name in chosen["forbidden_modules"]}
    open_to_plugins = {"core.kit", "core.rules"}
    slices = {"feature", "web", "api", "jobs", "service", "queries", "model"}
    assert {f"core.features.*.{name}" for name in slices} <= listed
    assert graph.find_children("core") - open_to_plugins - listed == {"core.features"}
