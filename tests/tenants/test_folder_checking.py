"""The check finds what would go wrong later, and is quiet about what is sound."""

from collections.abc import Callable
from pathlib import Path

import pytest

from core.rules import Catalogue
from core.tenancy.folder import check_folder, check_path, new_folder, read_folder
from tests.tenants.conftest import BLANK
from tests.tenants.test_folder_reading import PROVIDER

Change = Callable[..., Path]


def test_the_blank_is_sound(city_folder: Path, catalogue: Catalogue) -> None:
    assert check_path(city_folder, catalogue, associations=()) == ()


@pytest.mark.parametrize(
    ("file", "old", "new", "where", "message"),
    [
        ("tenant.toml", "Asia/Yekaterinburg", "Asia/Gubkinsky", "tenant.toml: timezone", "пояса"),
        ("tenant.toml", "hosts = []", 'hosts = ["a b"]', "tenant.toml: hosts", "имя узла"),
        (
            "tenant.toml",
            "hosts = []",
            'hosts = ["a.example.org", "a.example.org"]',
            "tenant.toml: hosts",
            "повторяется",
        ),
        ("tenant.toml", '# association = "', 'association = "x', "tenant.toml: association", "нет"),
        ("tenant.toml", "veche@", "veche at ", "tenant.toml: contacts.email", "неверно"),
        ("tenant.toml", 'act = "example-start"\n', "", "tenant.toml: notice", "и акт, и пункт"),
        (
            "tenant.toml",
            'act = "example-start"',
            'act = "other"',
            "tenant.toml: notice.act",
            "нет в acts.toml",
        ),
        ("tenant.toml", "email_code = true", "email_code = false", "tenant.toml: sign_in", "войти"),
        (
            "tenant.toml",
            "hue = 250       # оттенок акцента, 0–360 (OKLCH)\nchroma = 0.1 ",
            "hue = 30\nchroma = 0.4 ",
            "tenant.toml: brand",
            "контраст",
        ),
        (
            "reference/organisation.toml",
            'key = "administration"',
            'key = "administration"\nparent = "head"',
            "reference/organisation.toml: administration",
            "нет в этом файле",
        ),
        (
            "reference/organisation.toml",
            'key = "administration"',
            'key = "administration"\nparent = "administration"',
            "reference/organisation.toml: administration",
            "само",
        ),
        (
            "features.toml",
            "offered = false",
            "offered = true",
            "features.toml: bonus",
            "regulation/bonus.toml",
        ),
        (
            "regulation/polls.toml",
            'act = "example-start"',
            'act = "order"',
            "regulation/polls.toml: poll_terms.minimum_days (2024-01-01)",
            "нет среди актов",
        ),
        (
            "regulation/polls.toml",
            'clause = "п. 2"\n',
            "",
            "regulation/polls.toml: poll_terms.minimum_days (2024-01-01)",
            "пункт и акт",
        ),
        (
            "regulation/polls.toml",
            "poll_terms.minimum_days",
            "poll_terms.shortest",
            "regulation/polls.toml: poll_terms.shortest (2024-01-01)",
            "нет параметра",
        ),
        (
            "regulation/polls.toml",
            "value = 7",
            "value = 70",
            "regulation/polls.toml: poll_terms (2024-01-01)",
            "больше самого долгого",
        ),
        (
            "scenarios/polls.toml",
            "value = true",
            "value = false",
            "scenarios/polls.toml: Самый короткий срок — 7 дней",
            "ожидали False, получили True",
        ),
        (
            "scenarios/polls.toml",
            'point = "polls.may_open"',
            'point = "polls.may_sing"',
            "scenarios/polls.toml: Самый короткий срок — 7 дней",
            "нет такого вопроса",
        ),
    ],
)
def test_an_error_and_its_place(
    change: Change, catalogue: Catalogue, file: str, old: str, new: str, where: str, message: str
) -> None:
    findings = check_path(change(file, old, new), catalogue, associations=())
    found = [f for f in findings if f.where == where and message in f.message.ru]
    assert found, findings
    assert found[0].severity == "error"
    assert found[0].message.en


def test_a_folder_that_cannot_be_read_is_one_error(change: Change, catalogue: Catalogue) -> None:
    (finding,) = check_path(change("acts.toml", 'number = "1"', "number = 1"), catalogue)
    assert (finding.severity, finding.where) == ("error", "acts.toml:6")


@pytest.mark.parametrize(
    ("old", "new", "part"),
    [
        ("https://id", "http://id", "issuer"),
        ('"openid", ', "", "scopes"),
        ('grants = "identity"', 'grants = "none"', "grants"),
        ("OIDC_REGIONAL_SECRET", "9f8b7c6d", "secret"),
    ],
)
def test_a_provider_that_would_not_work(
    change: Change, catalogue: Catalogue, old: str, new: str, part: str
) -> None:
    path = change("tenant.toml", add=PROVIDER.replace(old, new))
    (finding,) = check_path(path, catalogue)
    assert finding.where == f"tenant.toml: sign_in.providers.regional.{part}"


def test_a_provider_twice(change: Change, catalogue: Catalogue) -> None:
    findings = check_path(change("tenant.toml", add=PROVIDER * 2), catalogue)
    assert {finding.where for finding in findings} == {"tenant.toml: sign_in.providers"}


@pytest.mark.parametrize("slug", ["association", "operator", "www"])
def test_a_name_of_the_installation(tmp_path: Path, catalogue: Catalogue, slug: str) -> None:
    folder = new_folder(BLANK, tmp_path / slug, name="Город", name_en="City")
    (finding,) = check_folder(folder, catalogue)
    assert (finding.severity, finding.where) == ("error", slug)


def test_a_value_older_than_its_act(change: Change, catalogue: Catalogue) -> None:
    def older(note: str) -> Path:
        return change(
            "regulation/polls.toml",
            "from = 2024-01-01\nvalue = 30",
            f"from = 2023-12-31\n{note}value = 30",
        )

    (finding,) = check_path(older(""), catalogue)
    assert finding.severity == "warning"
    assert "обратную силу" in finding.message.ru


def test_a_value_older_than_its_act_with_a_reason(change: Change, catalogue: Catalogue) -> None:
    path = change(
        "regulation/polls.toml",
        "from = 2024-01-01\nvalue = 30",
        'from = 2023-12-31\nnote = "Акт распространён на отношения с 31.12.2023."\nvalue = 30',
    )
    assert check_path(path, catalogue) == ()


def test_a_procedure_without_proof(city_folder: Path, catalogue: Catalogue) -> None:
    (city_folder / "scenarios" / "people.toml").unlink()
    (finding,) = check_path(city_folder, catalogue)
    assert (finding.severity, finding.where) == ("warning", "scenarios/people.toml")


def test_polls_without_topics(city_folder: Path, catalogue: Catalogue) -> None:
    (city_folder / "reference" / "topics.toml").unlink()
    (finding,) = check_path(city_folder, catalogue)
    assert (finding.severity, finding.where) == ("warning", "reference/topics.toml")


def test_a_picture_is_inspected(change: Change, catalogue: Catalogue) -> None:
    path = change("brand/emblem.svg", "</svg>", "<script/></svg>")
    (finding,) = check_path(path, catalogue)
    assert finding.where == "brand/emblem.svg"


def test_offering_polls_needs_a_procedure(city_folder: Path, catalogue: Catalogue) -> None:
    (city_folder / "regulation" / "polls.toml").unlink()
    (city_folder / "scenarios" / "polls.toml").unlink()
    assert "features.toml: polls" in {f.where for f in check_path(city_folder, catalogue)}
    assert read_folder(city_folder).profile.offers("polls")
