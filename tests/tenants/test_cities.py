"""The municipalities of the demo: their folders are sound, and their law says what its act says."""

from pathlib import Path

import pytest

from core.rules import Catalogue, Regulation
from core.rules.scenarios import Scenario, run
from core.tenancy.folder import (
    check_folder,
    list_folders,
    read_associations,
    read_folder,
    write_folder,
)

TENANTS = Path(__file__).resolve().parents[2] / "tenants"
CITIES = ("gubkinsky", "oktyabrsky", "perm", "tyumen")
FOLDERS = {slug: read_folder(TENANTS / slug) for slug in CITIES}
REGULATIONS = {slug: folder.regulation() for slug, folder in FOLDERS.items()}
SCENARIOS = [
    pytest.param(slug, scenario, id=f"{slug}: {scenario.title}")
    for slug, folder in FOLDERS.items()
    for scenario in folder.scenarios
]


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return Catalogue.installed()


def test_these_are_all_the_cities() -> None:
    assert tuple(path.name for path in list_folders(TENANTS)) == CITIES


@pytest.mark.parametrize("slug", CITIES)
def test_the_folder_is_sound(slug: str, catalogue: Catalogue) -> None:
    associations = [association.key for association in read_associations(TENANTS)]
    assert check_folder(FOLDERS[slug], catalogue, associations=associations) == ()


@pytest.mark.parametrize("slug", CITIES)
def test_what_is_written_reads_back_the_same(slug: str, tmp_path: Path) -> None:
    write_folder(FOLDERS[slug], tmp_path / slug)
    again = read_folder(tmp_path / slug)
    assert again == FOLDERS[slug]
    write_folder(again, tmp_path / slug)
    assert read_folder(tmp_path / slug) == again


@pytest.mark.parametrize(("slug", "scenario"), SCENARIOS)
def test_scenario(slug: str, scenario: Scenario, catalogue: Catalogue) -> None:
    assert run(scenario, REGULATIONS[slug], catalogue).problems == ()


@pytest.mark.parametrize("slug", CITIES)
def test_each_city_has_a_table_worth_reading(slug: str) -> None:
    scenarios = FOLDERS[slug].scenarios
    assert len(scenarios) >= 12
    assert len({scenario.title for scenario in scenarios}) == len(scenarios)
    assert {"polls", "people", "bonus"} <= {scenario.procedure for scenario in scenarios}


@pytest.mark.parametrize("slug", CITIES)
def test_only_a_real_act_is_cited_as_one(slug: str) -> None:
    acts = {act.key: act for act in FOLDERS[slug].acts}
    real = {key for key, act in acts.items() if not act.example}
    assert real == ({"order-2272"} if slug == "gubkinsky" else set())
    for act in acts.values():
        assert act.title.ru.startswith("Пример решения") is act.example


def test_what_the_order_says_rests_on_the_order() -> None:
    by_order = {
        (entry.procedure, entry.module, entry.parameter, entry.clause)
        for entry in FOLDERS["gubkinsky"].entries
        if entry.act == "order-2272"
    }
    assert by_order == {
        ("ideas", "idea_terms", "notice", "п. 1.3"),
        ("ideas", "idea_terms", "results_counted", "п. 3.13"),
        ("ideas", "idea_terms", "results_days", "п. 3.13"),
        ("ideas", "listed_topics", "amended_topics", "п. 3.5"),
        ("ideas", "listed_topics", "outside_list", "п. 3.1"),
        ("ideas", "residency", "blocked_may_vote", "п. 3.9"),
        ("moderation", "refusal_grounds", "block_annuls", "п. 3.9"),
        ("moderation", "refusal_grounds", "block_grounds", "п. 3.9"),
        ("moderation", "refusal_grounds", "block_group", "п. 3.9"),
        ("moderation", "refusal_grounds", "checked_before", "п. 3.8"),
        ("moderation", "refusal_grounds", "grounds", "п. 3.8"),
        ("moderation", "refusal_grounds", "steps", "раздел 2, п. 3"),
        ("people", "roles", "access", "раздел 2"),
        ("people", "roles", "groups", "раздел 2"),
        ("plan", "reporting_terms", "report_days", "п. 3.14"),
        ("plan", "topic_plan", "amendments", "п. 3.5"),
        ("plan", "topic_plan", "approval_due", "п. 3.4"),
        ("plan", "topic_plan", "approvers", "п. 3.4"),
        ("plan", "topic_plan", "controller", "п. 3.6"),
        ("plan", "topic_plan", "proposals_due", "п. 3.3"),
        ("polls", "listed_topics", "amended_topics", "п. 3.5"),
        ("polls", "listed_topics", "outside_list", "п. 3.1"),
        ("polls", "poll_terms", "maximum_days", "п. 3.11"),
        ("polls", "poll_terms", "minimum_days", "п. 3.11"),
        ("polls", "poll_terms", "recommended_days", "п. 3.11"),
        ("polls", "quorum", "counts_from_level", "п. 3.12"),
        ("polls", "quorum", "minimum_participants", "п. 3.12"),
        ("polls", "reporting_terms", "results_counted", "п. 3.13"),
        ("polls", "reporting_terms", "results_days", "п. 3.13"),
    }


def test_section_two_is_entered_row_by_row() -> None:
    groups = next(e.value for e in FOLDERS["gubkinsky"].entries if e.parameter == "groups")
    rows = [post["clause"] for group in groups for post in group["posts"]]
    expected = [
        f"раздел 2, п. {group}.{row}"
        for group, last in ((1, 6), (2, 13), (3, 3), (4, 2))
        for row in range(1, last + 1)
    ]
    assert rows == expected


def test_the_cities_differ(catalogue: Catalogue) -> None:
    """Two cities with the same regulation would prove nothing of tenancy."""

    def numbers(regulation: Regulation) -> frozenset[tuple[str, str]]:
        return frozenset(
            (f"{e.module}.{e.parameter}", str(e.value))
            for e in regulation.entries
            if e.module in ("poll_terms", "residency", "quorum")
        )

    assert len({numbers(regulation) for regulation in REGULATIONS.values()}) == len(CITIES)
